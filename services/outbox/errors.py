"""Errors of the outbox."""

from services.domain.errors import WarRoomError


class OutboxError(WarRoomError):
    """Root of the outbox's errors."""


class SendingRefused(OutboxError):
    """Discord refuses the token itself: nothing can be sent until the operator acts."""


class UnknownMessageVersion(OutboxError):
    """A row was written by a newer War Room; it is left alone."""
