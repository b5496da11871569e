"""The product's test of itself, in production: walks the journey from outside, as a customer and an agent would."""
