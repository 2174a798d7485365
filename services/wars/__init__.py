"""Declared wars of those whom servers know."""
