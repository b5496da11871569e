"""Tests of everything; those of the assistant (`bot/`, `actions/`) run in the bot's own environment."""
