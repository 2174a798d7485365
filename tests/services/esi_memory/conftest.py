"""The same stand-in and clients as for the client alone."""

from tests.services.esi.conftest import client, clock, esi, session, start, watch

__all__ = ["client", "clock", "esi", "session", "start", "watch"]
