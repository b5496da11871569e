"""The rules of the desk: pure values and functions, standard library only.

Nothing here waits, reads a clock, draws a random number or writes a log. Callers bring `now` and new ids.
"""
