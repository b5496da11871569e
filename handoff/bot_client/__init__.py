"""Talks to the bot over HTTP: its answers checked for shape, its failures named."""
