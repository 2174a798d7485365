"""The whole bot as a process of its own, against stand-ins of Discord and of the kill feed."""
