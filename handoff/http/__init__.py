"""REST routes, health, metrics, and the built pages."""
