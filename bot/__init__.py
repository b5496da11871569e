"""Byname's assistant: the domain, our NLU components and the connector that the handoff server calls."""
