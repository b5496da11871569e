"""The whole product in a real browser: server, assistant, actions, pages. Nothing is faked here."""
