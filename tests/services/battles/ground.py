"""A made-up map on which fights move, what is to stand in the tables on it, and a way to bring killmails in."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import select

from services.battles.atlas import Atlas
from services.battles.ids import numbered, stem
from services.battles.learning import (
    LEARNT,
    Pair,
    faded,
    is_known,
    shared_out,
    week_of,
    weeks_before,
)
from services.battles.rules import REACH, Reach, Trace, clusters, is_battle, linkable, state_of
from services.battles.service import BattleService
from services.battles.settings import BattleSettings
from services.battles.sides import Prior
from services.battles.summary import summarise
from services.domain.battle import Battle, BattleSearch
from services.domain.ids import BattleKey, SystemId
from services.domain.killmail import Killmail, Organisation
from services.killmails.store import load_killmails
from services.storage.battle_tables import acquaintances, battle_index
from tests.factories import MIDNIGHT
from tests.services.newsroom import ATLAS, Newsroom

AFTERWARDS = MIDNIGHT + timedelta(hours=100)
HERE, NEXT, LATER, NEAR, FAR, HOLE = (SystemId(30_000_001 + at) for at in range(6))
"""Gates lead from HERE to NEXT and on to LATER; NEAR is 5 light-years from HERE, FAR is 9, HOLE lies nowhere."""

_GATES = {HERE: (NEXT,), NEXT: (HERE, LATER), LATER: (NEXT,)}
_PLACES = {HERE: 0.0, NEXT: 20.0, LATER: 40.0, NEAR: 5.0, FAR: -9.0}


def _light_years(one: SystemId, other: SystemId) -> float | None:
    if one in _PLACES and other in _PLACES:
        return abs(_PLACES[one] - _PLACES[other])
    return None


MAP = replace(
    ATLAS, neighbours=lambda system_id: _GATES.get(system_id, ()), light_years=_light_years
)
FEW = BattleSettings(follow_people=2, gang_people=3, fleet_people=3)
"""With these a made-up handful is a fleet."""


PriorOf = Callable[[Collection[Organisation], datetime], Prior]
"""What is known of parties from before a moment."""

EARLIER = week_of(MIDNIGHT - LEARNT) - 1
"""A week that every battle from midnight on looks back to."""


def follow(newsroom: Newsroom, atlas: Atlas, settings: BattleSettings) -> None:
    """Let battles of this process be found over that map."""
    newsroom.battles = BattleService(
        newsroom.database,
        atlas,
        load_killmails,
        settings=settings,
        clock=newsroom.clock,
        acquaintances=newsroom.acquaintances,
    )
    newsroom.pipeline = newsroom.make_pipeline()


async def remember(newsroom: Newsroom, weights: Mapping[Pair, float]) -> PriorOf:
    """Let that be learnt of an earlier week, and say what should be known of it."""
    rows = [*((one, other, weight) for (one, other), weight in weights.items()), (0, 0, 0.0)]
    names = ("week", "one_id", "other_id", "weight")
    async with newsroom.database.write() as tx:
        await tx.execute(
            acquaintances.insert(),
            [dict(zip(names, (EARLIER, *row), strict=True)) for row in rows],
        )

    def prior(parties: Collection[Organisation], start: datetime) -> Prior:
        present = {party.id: party for party in parties if is_known(party)}
        last = weeks_before(start, LEARNT)[-1]
        here = {pair: w for pair, w in weights.items() if present.keys() >= set(pair)}
        return shared_out({pair: faded([(EARLIER, w)], last) for pair, w in here.items()}, present)

    return prior


def expected(
    mails: Iterable[Killmail],
    atlas: Atlas = ATLAS,
    reach: Reach = REACH,
    *,
    prior: PriorOf | None = None,
) -> list[Battle]:
    """What the plain rules make of all mails at once."""
    known = {m.id: m for m in mails}
    battles: list[Battle] = []
    traces = (Trace.of(m) for m in known.values() if linkable(m))
    for found in clusters(traces, atlas, reach=reach):
        group = [known[trace.killmail_id] for trace in found]
        if is_battle(group):
            battles.append(_picture_of(group, atlas, prior))
    names: dict[str, Iterable[str]] = {}
    numbered_battles = []
    for battle in sorted(battles, key=lambda b: b.killmail_ids[0]):
        free = names.setdefault(battle.public_id, numbered(battle.public_id))
        numbered_battles.append(replace(battle, public_id=next(iter(free))))
    return sorted(numbered_battles, key=lambda b: b.public_id)


def parties_of(mails: Iterable[Killmail]) -> set[Organisation]:
    """Everybody on these mails who is a party, or of one."""
    found = {who.organisation for mail in mails for who in (mail.victim, *mail.attackers)}
    return {party for party in found if party is not None}


def _picture_of(group: Sequence[Killmail], atlas: Atlas, prior: PriorOf | None) -> Battle:
    first = min(group, key=lambda m: (m.time, m.id))
    return summarise(
        group,
        key=BattleKey(0),
        public_id=stem(atlas.system_name(first.system_id), first.time),
        state=state_of(max(m.time for m in group), AFTERWARDS),
        atlas=atlas,
        prior=prior(parties_of(group), first.time) if prior else None,
    )


async def stored(newsroom: Newsroom) -> list[Battle]:
    """What stands in the tables; each battle is what its id leads to."""
    found = await newsroom.battles.search(BattleSearch(), shown=False)
    for battle in found:
        assert (await newsroom.battles.get(battle.public_id)).key == battle.key
    return sorted((replace(b, key=BattleKey(0)) for b in found), key=lambda b: b.public_id)


async def indexed(newsroom: Newsroom) -> dict[str, dict[int, int | None]]:
    """What each battle can be found by: ids, and whom they fought for."""
    battles = await newsroom.battles.search(BattleSearch(), shown=False)
    async with newsroom.database.read() as tx:
        rows = (await tx.execute(select(battle_index))).all()
    names = {battle.key: battle.public_id for battle in battles}
    found: dict[str, dict[int, int | None]] = {name: {} for name in names.values()}
    for row in rows:
        found[names[row.battle_key]][row.entity_id] = row.party_id
    return found


def index_of(
    battles: Iterable[Battle], mails: Iterable[Killmail], atlas: Atlas = MAP
) -> dict[str, dict[int, int | None]]:
    """What they should be found by. Made-up NPCs are left out; so are the corporations that the game runs."""
    known = {m.id: m for m in mails}
    found: dict[str, dict[int, int | None]] = {}
    for battle in battles:
        entries: dict[int, int | None] = {}
        for mail in (known[number] for number in battle.killmail_ids):
            entries[mail.system_id] = entries[atlas.region_of(mail.system_id)] = None
            for who in (mail.victim, *mail.attackers):
                if who.organisation is None:
                    continue
                ids = {who.organisation.id, who.character_id, who.corporation_id, who.alliance_id}
                for number in ids - {None}:
                    if not 1_000_000 <= number < 2_000_000:
                        party = who.organisation.id
                        entries[number] = min(party, entries.get(number, party))
        found[battle.public_id] = entries
    return found


async def feed(newsroom: Newsroom, mails: Sequence[Killmail], *, size: int) -> None:
    """Bring them in, so many a transaction."""
    rest = iter(mails)
    while batch := list(islice(rest, size)):
        await newsroom.take(*batch, live=False)
