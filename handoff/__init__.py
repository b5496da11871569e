"""The handoff server of Byname: conversations, handoffs and the people who answer."""
