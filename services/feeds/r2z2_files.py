"""R2Z2's files and what becomes of each: a killmail, something that cannot be read, or something to try again."""

from services.domain.clock import Clock
from services.domain.killmail import Arrival, Rejected
from services.feeds.client import Verdict
from services.feeds.items import FeedItem, FeedNote, FileRewritten
from services.feeds.wire import Publication

SOURCE = "r2z2"
POINTER = "/ephemeral/sequence.json"
PRESENT = frozenset({Verdict.FOUND, Verdict.CUT, Verdict.TOO_LARGE})
"""Verdicts that prove a file to be there, whatever is in it."""


def path_of(sequence: int) -> str:
    """Where the file with this number lies."""
    return f"/ephemeral/{sequence}.json"


def arrival_of(publication: Publication, clock: Clock, *, revised: bool = False) -> Arrival:
    """The killmail on its way in."""
    return Arrival(
        killmail=publication.killmail,
        received_at=clock(),
        published_at=publication.uploaded_at,
        revised=revised,
    )


def rewritten_by(publication: Publication, sequence: int) -> tuple[FeedNote, ...]:
    """The older file that was written anew together with this one, if any: to be read again out of turn."""
    older = publication.sequence_updated
    return () if older is None or older >= sequence else (FileRewritten(older),)


def rejected_item(
    sequence: int,
    reason: str,
    *,
    body: bytes,
    cursor: int | None,
    notes: tuple[FeedNote, ...] = (),
) -> FeedItem:
    """A file that is there and will never be a killmail."""
    rejected = Rejected(source=SOURCE, reference=str(sequence), reason=reason, body=body)
    return FeedItem(cursor=cursor, rejected=rejected, notes=notes)
