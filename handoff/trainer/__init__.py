"""The trainer's workshop: what was not well answered, what the assistant learns from it, and which model serves.

It edits nothing but the assistant's sentences, answers, rules and stories, and runs nothing that a trainer wrote.
"""
