"""Which record of one kill stands when several come: the best informed, and of those the newest.

Better informed is what zKillboard valued, then what zKillboard looked at (flags, labels, a location), then the bare
mail of an archive. Newer is what was published later: zKillboard stamps a file anew whenever it writes it. At the same
moment a record that is marked as revised goes before one that is not. The record that wins stands whole, so the order
in which they come cannot matter. Only two revisions published in the same second are told apart by which came last: a
file is overwritten, so whoever reads it later reads the newer one.

A kill does not move. A record of another time or another system is not believed, whatever else it says: the first one
stays.
"""

from collections.abc import Iterable, Sequence

import msgspec

from services.domain.ids import KillmailId, SystemId
from services.domain.isk import ValueSource
from services.domain.killmail import Arrival, Killmail, Rejected
from services.storage.columns import to_milliseconds

Rank = tuple[int, int]
"""How well informed, and when published (milliseconds since 1970)."""

_SOURCE = "revision"


def rank(killmail: Killmail, published_ms: int | None) -> Rank:
    """Orders the records of one kill; the higher one stands."""
    return _knowledge(killmail), published_ms or 0


def rank_of(arrival: Arrival) -> Rank:
    """The rank of a record that comes in."""
    published = arrival.published_at
    return rank(arrival.killmail, None if published is None else to_milliseconds(published))


def replaces(arrival: Arrival, standing: Rank) -> bool:
    """True when the record goes before the one that stands."""
    own = rank_of(arrival)
    return own > standing or (own == standing and arrival.revised)


def may_replace(arrival: Arrival) -> bool:
    """False for what can go before nothing: no need to look at what stands. Most of what a backfill repeats is such."""
    return arrival.revised or arrival.published_at is not None or _knowledge(arrival.killmail) > 0


def contradiction(known: Killmail, other: Killmail) -> str | None:
    """Why the other record cannot be of the same kill; None when it can."""
    if known.system_id != other.system_id:
        return f"the kill was in system {known.system_id}, this record says {other.system_id}"
    if to_milliseconds(known.time) != to_milliseconds(other.time):
        return (
            f"the kill was at {known.time.isoformat()}, this record says {other.time.isoformat()}"
        )
    return None


def refused(record: Killmail, reason: str) -> Rejected:
    """A record that is not believed, for the quarantine."""
    return Rejected(
        source=_SOURCE,
        reference=f"{record.id} {record.system_id} {record.time.isoformat()}",
        reason=reason,
        body=msgspec.json.encode(record),
    )


def best_of_each(arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Of each kill the record that stands, in the order in which the kills came first.

    Records that contradict each other stay side by side: who is right only what is stored can say.
    """
    if len({arrival.killmail.id for arrival in arrivals}) == len(arrivals):
        return list(arrivals)  # as nearly always: a backfill has no time for more
    best: dict[tuple[KillmailId, SystemId, int], Arrival] = {}
    for arrival in arrivals:
        mail = arrival.killmail
        key = (mail.id, mail.system_id, to_milliseconds(mail.time))
        found = best.setdefault(key, arrival)
        if found is not arrival and replaces(arrival, rank_of(found)):
            best[key] = arrival
    return list(best.values())


def first_of_each(arrivals: Iterable[Arrival]) -> tuple[list[Arrival], list[Rejected]]:
    """Of kills that nothing is stored of: what is believed, one record each, and what contradicts it."""
    first: dict[KillmailId, Arrival] = {}
    doubted: list[Rejected] = []
    for arrival in arrivals:
        found = first.setdefault(arrival.killmail.id, arrival)
        if found is not arrival:
            reason = contradiction(found.killmail, arrival.killmail)
            assert reason is not None, "of records that agree only the best is left"
            doubted.append(refused(arrival.killmail, reason))
    return list(first.values()), doubted


def _knowledge(killmail: Killmail) -> int:
    if killmail.value.source is ValueSource.ZKB:
        return 2
    flags = (killmail.npc, killmail.solo, killmail.awox, killmail.location_id)
    return int(bool(killmail.labels) or any(flag is not None for flag in flags))
