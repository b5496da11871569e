"""Faults planted in the code, one a patch file: the simulation has to find each of them."""
