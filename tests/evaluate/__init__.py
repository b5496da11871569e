"""`make evaluate`: how well messages are understood, ours that were held back or those of a file."""
