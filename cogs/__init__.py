"""Slash commands, one module a group: they ask the services, hand the answer to the presentation, and reply."""
