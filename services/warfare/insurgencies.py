"""The pirates' insurgencies, from the game's website: a polled source.

One is over when two good answers in a row do not name it, or when the website has said for half an hour that there is
none at all; a first answer without any is doubted as long. Stages are told for systems that both answers name.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from services.domain.ids import SystemId
from services.domain.occurrence import Occurrence, OccurrenceKind
from services.domain.warfare import Insurgency
from services.polling.source import EMPTY, Doubted, Fetched, Moment
from services.storage.database import Transaction
from services.warfare import store
from services.warfare.rules import faction, minute
from services.warfare.settings import WarfareSettings
from services.warfare.website import Page, Website
from services.warfare.website_wire import Insurgencies, read_insurgencies

NAME = "insurgency"
PAGE = Page(
    website="/api/warzone/insurgency",
    mirror="/warzone-insurgency/warzone-insurgency-latest.json",
)


class _Kept(msgspec.Struct, frozen=True):
    """Those that are under way; `missed` are those of them that the last answer did not name."""

    campaigns: tuple[Insurgency, ...] = ()
    missed: tuple[str, ...] = ()


class InsurgencySource:
    """The website's insurgencies."""

    name = NAME

    def __init__(self, website: Website, settings: WarfareSettings) -> None:
        self._website = website
        self._settings = settings

    @property
    def pace(self) -> timedelta:
        """As the website bears."""
        return self._settings.website_pace

    async def fetch(self, etag: str | None) -> Fetched[Insurgencies]:
        """Ask. Raises SourceFault."""
        return await self._website.fetch(PAGE, read_insurgencies, etag=etag)

    async def take(
        self, tx: Transaction, value: Insurgencies | None, moment: Moment
    ) -> Sequence[Occurrence]:
        """Compare, keep, say what happened. Raises Doubted."""
        if value is None:
            return ()  # the mirror's copy of before says nothing new
        kept = await store.load_copy(tx, NAME, _Kept) or _Kept()
        none = not value.campaigns and (bool(kept.campaigns) or moment.is_first)
        patience = timedelta(minutes=self._settings.no_insurgency_minutes)
        if none and not moment.has_doubted_for(patience, EMPTY):
            # Also the first time: what the second answer named would all count as new.
            raise Doubted("no insurgency is named", EMPTY)
        named = {one.key for one in value.campaigns}
        absent = [one for one in kept.campaigns if value.whole and one.key not in named]
        over = {one.key for one in absent if none or one.key in kept.missed}
        waiting = tuple(o for o in kept.campaigns if o.key not in named and o.key not in over)
        missed = tuple(one.key for one in absent if one.key not in over)
        await _save(tx, kept, _Kept((*value.campaigns, *waiting), missed), at=moment.at)
        since = moment.since(self.pace)
        return list(_changes(kept.campaigns, value.campaigns, over, at=moment.at, since=since))


async def load(tx: Transaction) -> tuple[Insurgency, ...]:
    """Those that are under way, as far as is known."""
    kept = await store.load_copy(tx, NAME, _Kept)
    return kept.campaigns if kept else ()


async def _save(tx: Transaction, old: _Kept, new: _Kept, *, at: datetime) -> None:
    if new != old:
        await store.save_copy(tx, NAME, new, at=at)


def _changes(
    old: Sequence[Insurgency],
    new: Sequence[Insurgency],
    over: set[str],
    *,
    at: datetime,
    since: datetime | None,
) -> Iterator[Occurrence]:
    known = {one.key: one for one in old}
    for one in new:
        if one.key not in known:
            when = one.started or at
            yield _told(OccurrenceKind.INSURGENCY_STARTED, one, one.key, at=when, since=since)
        else:
            yield from _stages(known[one.key], one, at=at, since=since)
    for key in sorted(over):
        yield _told(OccurrenceKind.INSURGENCY_ENDED, known[key], key, at=at, since=since)


def _stages(
    before: Insurgency, now: Insurgency, *, at: datetime, since: datetime | None
) -> Iterator[Occurrence]:
    known = {system.system_id: system for system in before.systems}
    for system in now.systems:
        then = known.get(system.system_id)
        if then is None:
            continue
        for word, old, new in (
            ("corruption", then.corruption_stage, system.corruption_stage),
            ("suppression", then.suppression_stage, system.suppression_stage),
        ):
            if old != new:
                yield _told(
                    OccurrenceKind.INSURGENCY_STAGE,
                    now,
                    f"{now.key}:{system.system_id}:{word}:{minute(at)}",
                    at=at,
                    since=since,
                    systems=(system.system_id,),
                    word=word,
                    before=float(old),
                    after=float(new),
                )


def _told(
    kind: OccurrenceKind,
    one: Insurgency,
    about: str,
    *,
    at: datetime,
    since: datetime | None,
    systems: tuple[SystemId, ...] | None = None,
    **more: Any,
) -> Occurrence:
    others = (system.system_id for system in one.systems if system.system_id != one.origin_id)
    return Occurrence(
        key=f"{kind}:{about}",
        kind=kind,
        at=at,
        since=since,
        systems=systems or (one.origin_id, *others),
        new=faction(one.pirate_id),
        subject=int(one.key) if one.key.isdecimal() else None,
        **more,
    )
