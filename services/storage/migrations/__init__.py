"""Alembic's folder: one file a step in `versions`."""
