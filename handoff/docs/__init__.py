"""Papers on how the product works; some are written by the modules here."""
