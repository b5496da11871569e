"""The whole server on virtual time, with simulated people, network, disk and bot, and faults drawn from a seed."""
