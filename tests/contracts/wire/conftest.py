"""The same real server as in the integration tests."""

from tests.integration.conftest import accounts, house, open_house

__all__ = ["accounts", "house", "open_house"]
