"""Socket.IO: one namespace a role. Parses, hands to the service, returns the ack. No business rule lives here."""
