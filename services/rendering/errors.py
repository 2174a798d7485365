"""What can go wrong between asking for a picture and having it."""

from services.domain.errors import UserError, WarRoomError


class RenderError(WarRoomError):
    """The root of the errors raised here."""


class WorkerClosed(RenderError):
    """A picture was asked for while the process is going down."""


class RenderBusy(RenderError, UserError):
    """More pictures wait than one thread can draw in reasonable time; `str()` is the reply."""

    def __init__(self) -> None:
        super().__init__(
            "Too many pictures are being drawn right now. Please ask again in a moment."
        )
