"""Durable delivery: what is to be said stands in a table until Discord has it."""
