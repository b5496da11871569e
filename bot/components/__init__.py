"""NLU components of ours, named in `config.yml`; they know nothing of the connector or of the actions."""
