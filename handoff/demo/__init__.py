"""The pretend trader Nordlicht: accounts, shop and page of the demo.

Nothing here runs unless the composition root mounts it.
"""
