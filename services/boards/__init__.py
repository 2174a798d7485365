"""Messages that keep themselves up to date with what lies ahead."""
