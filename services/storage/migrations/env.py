"""Alembic asks for this file; `services.storage.migrate` drives the migrations itself."""
