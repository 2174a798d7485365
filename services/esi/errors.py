"""What can go wrong at the ESI border. One root, so that callers need to know one name.

EsiError
├── EsiUnavailable   no usable answer now (down, busy, pausing, garbage); the same question may work later
│   └── EsiUnreadable   ESI answered, in a shape that we do not know
└── EsiRefused       ESI understood and said no (4xx); the same question will be refused again
"""

from services.domain.errors import WarRoomError


class EsiError(WarRoomError):
    """ESI gave nothing that can be used."""


class EsiUnavailable(EsiError):
    """No usable answer now. `retry_after` is in seconds, None where nobody said."""

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class EsiUnreadable(EsiUnavailable):
    """The answer is JSON, and not what its route used to give."""


class EsiRefused(EsiError):
    """A 4xx that says something about the question. `text` is the beginning of the body."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"ESI refused with {status}: {text}")
        self.status = status
        self.text = text
