"""The fights of one pilot, corporation or alliance: how they went, beside whom and against whom.

Whoever is asked for has an enemy when he stands on one of the two main sides of a fight whose sides are clear. Fights
of which the sides are unclear, and third parties, count among the fights and in nothing else that sides tell. A fight
is won or lost, and its losses are summed, where the card of the battle compares them too
(`services.domain.battle.ahead`): not where others lost much beside the two.

For whom a pilot or a corporation fought is what the battle's index says: their party then, not the one of today.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from services.battles.service import BattleService
from services.battles.side_moves import SidesService
from services.domain.battle import (
    Battle,
    BattleSearch,
    Side,
    ahead,
    main_sides,
    opponents,
)
from services.domain.battle_history import BattleHistory, Company, Fight, FightOutcome
from services.domain.ids import BattleKey, GuildId
from services.domain.isk import IskSum
from services.domain.killmail import Organisation, OrganisationKind
from services.storage.battle_tables import battle_index
from services.storage.database import Database, Transaction
from services.storage.statements import chunks


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One battle and the one who is asked for: his side, and the other main side where the sides are clear."""

    battle: Battle
    party: Organisation | None
    own: Side | None
    other: Side | None

    @property
    def duel(self) -> tuple[Side, Side] | None:
        """His side and the other one, where what the one lost is the other's work."""
        if self.own is None or self.other is None or opponents(self.battle) is None:
            return None
        return self.own, self.other


def history_of(
    entity_id: int,
    battles: Sequence[Battle],
    party_ids: dict[BattleKey, int],
    *,
    since: datetime,
    total: int,
) -> BattleHistory:
    """The history that these battles make, the latest first. `party_ids`: whom the one asked for fought for in each."""
    parts = [_part(battle, party_ids.get(battle.key)) for battle in battles]
    duels = [duel for part in parts if (duel := part.duel) is not None]
    allies: Counter[Organisation] = Counter()
    enemies: Counter[Organisation] = Counter()
    for part in parts:
        if part.own is not None and part.battle.is_clear:
            allies.update(p.organisation for p in part.own.parties if p.organisation != part.party)
        if part.other is not None:
            enemies.update(p.organisation for p in part.other.parties)
    return BattleHistory(
        entity_id=entity_id,
        since=since,
        fights=tuple(_fight(part) for part in parts),
        isk_destroyed=sum((other.isk_lost for _, other in duels), IskSum()),
        isk_lost=sum((own.isk_lost for own, _ in duels), IskSum()),
        allies=_ranked(allies),
        enemies=_ranked(enemies),
        read=len(parts),
        total=total,
    )


def _part(battle: Battle, party_id: int | None) -> _Part:
    party = own = other = None
    for side in battle.sides:
        for candidate in side.parties:
            if candidate.organisation.id == party_id:
                party, own = candidate.organisation, side
    main = main_sides(battle)
    if battle.is_clear and own in main and len(main) == 2:
        other = main[1] if own == main[0] else main[0]
    return _Part(battle=battle, party=party, own=own, other=other)


def _fight(part: _Part) -> Fight:
    return Fight(
        battle=part.battle,
        side=None if part.own is None else part.battle.sides.index(part.own),
        outcome=_outcome(part),
    )


def _outcome(part: _Part) -> FightOutcome:
    found = ahead(part.battle)
    if part.duel is None or found is None or found.is_even:
        return FightOutcome.OPEN
    return FightOutcome.WON if found.side == part.own else FightOutcome.LOST


def _ranked(fights: Counter[Organisation]) -> tuple[Company, ...]:
    """The most frequent first, of these alliances before corporations before single pilots, then by id."""
    order = tuple(OrganisationKind)
    ranked = sorted(
        fights.items(), key=lambda item: (-item[1], order.index(item[0].kind), item[0].id)
    )
    return tuple(Company(organisation=party, fights=count) for party, count in ranked)


class HistoryService:
    """The use case of `/battle history`."""

    def __init__(self, database: Database, battles: BattleService, sides: SidesService) -> None:
        self._database = database
        self._battles = battles
        self._sides = sides

    async def history(
        self, entity_id: int, *, since: datetime, limit: int = 200, guild_id: GuildId | None = None
    ) -> BattleHistory:
        """Its latest fights that were not over before `since`, at most `limit`, sides as this server has put them."""
        search = BattleSearch(entity_id=entity_id, since=since, limit=limit)
        total = await self._battles.count_found(search)
        found = await self._sides.all_seen_by(await self._battles.search(search), guild_id)
        async with self._database.read() as tx:
            party_ids = await _load_party_ids(tx, entity_id, [battle.key for battle in found])
        return history_of(entity_id, found, party_ids, since=since, total=total)


async def _load_party_ids(
    tx: Transaction, entity_id: int, keys: Sequence[BattleKey]
) -> dict[BattleKey, int]:
    """Whom a pilot, corporation or alliance fought for in these battles."""
    found: dict[BattleKey, int] = {}
    for chunk in chunks(keys):
        query = select(battle_index.c.battle_key, battle_index.c.party_id).where(
            battle_index.c.entity_id == entity_id,
            battle_index.c.battle_key.in_(chunk),
            battle_index.c.party_id.is_not(None),
        )
        found |= {BattleKey(row[0]): row[1] for row in (await tx.execute(query)).all()}
    return found
