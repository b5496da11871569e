"""Notices outside the console: by e-mail and by webhook."""
