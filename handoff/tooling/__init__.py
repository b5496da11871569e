"""What `make` does behind its targets: environments, pages, model, browser and the supervisor.

Standard library only and nothing of `handoff`, because it runs before any environment exists; up to the
environments it must run on every Python from 3.8 on.
"""
