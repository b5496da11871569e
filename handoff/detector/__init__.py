"""Recognises a request for a person, and distress, in the customer's own words, without Rasa and without a network.

It must neither keep nor log what it reads.
"""
