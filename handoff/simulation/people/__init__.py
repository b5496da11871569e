"""Simulated people. They know only what the wire tells them, keep a book of it, and draw what they do from the seed."""
