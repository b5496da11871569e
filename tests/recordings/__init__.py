"""What a real server says to a customer and an agent, written down for the tests of the pages' state."""
