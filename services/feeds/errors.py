"""What can go wrong at the feeds' border. One root, so that callers need to know one name.

FeedError
├── WireError       a document that is not a readable killmail
└── ArchiveError    an archive that ends early, or is none
"""

from pathlib import Path

from services.domain.errors import WarRoomError


class FeedError(WarRoomError):
    """A feed gave something that cannot be used."""


class WireError(FeedError):
    """A document that cannot be read as a killmail.

    `malformed` tells a body that is no JSON at all (cut off, or something else) from JSON that says too little.
    """

    def __init__(self, reason: str, *, malformed: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.malformed = malformed


class ArchiveError(FeedError):
    """An archive that could not be read to its end. `read` is how many of its members were handed out before."""

    def __init__(self, path: Path, reason: str, *, read: int) -> None:
        super().__init__(f"{path}: {reason} ({read} killmails were read before that)")
        self.path = path
        self.reason = reason
        self.read = read
