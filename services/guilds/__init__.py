"""Discord servers: their settings, and forgetting them."""
