"""Durable storage behind the service's `Storage` port: SQLite, and memory for fast tests. No rule of the desk."""
