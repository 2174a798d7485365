"""Sides as the members of a server put them right. What one server moves, no other one sees.

Moves are kept by battle, not laid into its picture: that is made anew with every killmail, and the moves are applied
to it each time somebody of that server looks (`arranging`). A party has one move a battle, the latest; whoever was put
beside it before stays where he is. When the details of a battle's killmails are gone, its sides can no longer be
counted, and it is shown as it was solved.

Whatever is moved changes the messages that stand in the server's channels: they are edited.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from functools import partial

from sqlalchemy import Row, delete, select

from services.battles import store
from services.battles.arranging import let_go
from services.battles.atlas import Atlas
from services.battles.memory import LoadMails, load_in_parts
from services.battles.recounting import count_anew, parties_of
from services.battles.service import KnowsParties, Tell
from services.domain.battle import Battle, BattleState, SideMove
from services.domain.clock import Clock
from services.domain.errors import NotFound, UserError
from services.domain.event import BattleChanged
from services.domain.ids import BattleKey, GuildId, UserId
from services.domain.killmail import Killmail, Organisation, OrganisationKind
from services.storage import statements
from services.storage.database import Database, Transaction
from services.storage.guild_tables import battle_moves
from services.storage.turns import BATTLES, take_turn

Moves = tuple[SideMove, ...]

_TICK = timedelta(milliseconds=1)


class SidesService:
    """The use cases of `/battle sides`."""

    def __init__(
        self,
        database: Database,
        load_mails: LoadMails,
        atlas: Atlas,
        *,
        clock: Clock,
        tell: Tell,
        ring: Callable[[], None],
        acquaintances: KnowsParties | None = None,
        remembered: LoadMails | None = None,
    ) -> None:
        """Make it.

        Args:
            database: where moves are kept.
            load_mails: reads the killmails of a battle.
            atlas: the map.
            clock: when a move was made.
            tell: publishes that a battle reads differently, in the transaction that changed it.
            ring: wakes whoever edits messages.
            acquaintances: what battles know of parties from before; the same that battles are solved with.
            remembered: reads killmails quicker, for who has the turn (`BATTLES`); without it they are read as ever.
        """
        self._database = database
        self._load_mails: LoadMails = partial(load_in_parts, load_mails)
        self._atlas = atlas
        self._clock = clock
        self._tell = tell
        self._ring = ring
        self._acquaintances = acquaintances
        self._remembered = remembered or self._load_mails

    async def move(
        self,
        guild_id: GuildId,
        public_id: str,
        party: Organisation,
        beside: Organisation | None,
        *,
        by: UserId,
    ) -> Battle:
        """Put a party beside another one (None: on a side of its own), for one server; returns how it then stands.

        NotFound for an unknown id; UserError where the battle can no longer be counted, or has no such party.
        """
        async with self._database.write() as tx:
            await take_turn(tx, BATTLES)
            battle = await self._get(tx, public_id)
            _check(battle, party, beside)
            before = (await _load(tx, [battle.key], [guild_id])).get((battle.key, guild_id), ())
            now = self._clock()
            at = max(now, before[-1].at + _TICK) if before else now
            move = SideMove(party=party, beside=beside, by=by, at=at)
            moves = (*let_go(_solved(battle), before, party), move)
            for told in set(moves).difference(before):
                await statements.save(tx, battle_moves, _row(guild_id, battle.key, told))
            mails = await self._remembered(tx, battle.killmail_ids)
            seen = await self.as_moved(tx, battle, mails, moves)
            await self._tell(tx, [BattleChanged(battle=battle, before=battle)])
        self._ring()
        return seen

    async def reset(self, guild_id: GuildId, public_id: str) -> Battle:
        """Forget what a server moved in a battle; returns it as it was solved. NotFound for an unknown id."""
        async with self._database.write() as tx:
            await take_turn(tx, BATTLES)
            battle = await self._get(tx, public_id)
            own = battle_moves.c.guild_id == guild_id, battle_moves.c.battle_key == battle.key
            gone = (await tx.execute(delete(battle_moves).where(*own))).rowcount
            if gone:
                await self._tell(tx, [BattleChanged(battle=battle, before=battle)])
        if gone:
            self._ring()
        return battle

    async def moves_of(self, guild_id: GuildId, key: BattleKey) -> Sequence[SideMove]:
        """What a server moved in a battle, in the order in which it did."""
        async with self._database.read() as tx:
            found = await _load(tx, [key], [guild_id])
        return found.get((key, guild_id), ())

    async def seen_by(self, battle: Battle, guild_id: GuildId | None) -> Battle:
        """The battle as a server has put it right; as it is where that moved nobody, or there is no server."""
        return (await self.all_seen_by([battle], guild_id))[0]

    async def all_seen_by(
        self, battles: Sequence[Battle], guild_id: GuildId | None
    ) -> list[Battle]:
        """The same for many battles, in their order."""
        if guild_id is None:
            return list(battles)
        found = []
        async with self._database.read() as tx:
            moves = await _load(tx, [battle.key for battle in battles], [guild_id])
            for battle in battles:
                own = moves.get((battle.key, guild_id))
                if own is None or battle.state is BattleState.FROZEN:
                    found.append(battle)
                    continue
                mails = await self._load_mails(tx, battle.killmail_ids)
                found.append(await self.as_moved(tx, battle, mails, own))
        return found

    async def seen(
        self, tx: Transaction, battle: Battle, guild_ids: Collection[GuildId]
    ) -> dict[GuildId, Battle]:
        """The battle as those of these servers see it that moved somebody; the others are missing.

        The caller has the turn (`BATTLES`).
        """
        moves = await _load(tx, [battle.key], guild_ids)
        if not moves or battle.state is BattleState.FROZEN:
            return {}
        mails = await self._remembered(tx, battle.killmail_ids)
        return {
            guild_id: await self.as_moved(tx, battle, mails, own)
            for (_, guild_id), own in moves.items()
        }

    async def forget_guild(self, tx: Transaction, guild_id: GuildId) -> None:
        """Delete what a server moved."""
        await tx.execute(delete(battle_moves).where(battle_moves.c.guild_id == guild_id))

    async def _get(self, tx: Transaction, public_id: str) -> Battle:
        key = await store.find_key(tx, public_id)
        found = await store.load_battles(tx, [key], self._atlas.space_of) if key else []
        if not found:
            raise NotFound("I know no battle with that id. `/battle list` lists those I have seen.")
        return found[0]

    async def as_moved(
        self, tx: Transaction, battle: Battle, mails: Sequence[Killmail], moves: Moves
    ) -> Battle:
        """The battle counted anew from its killmails, with these moves; itself where it is frozen or nobody moved."""
        if not moves or battle.state is BattleState.FROZEN:
            return battle
        return await count_anew(
            tx,
            battle,
            mails,
            atlas=self._atlas,
            acquaintances=self._acquaintances,
            moves=moves,
        )


def _check(battle: Battle, party: Organisation, beside: Organisation | None) -> None:
    if battle.state is BattleState.FROZEN:
        raise UserError(
            "Who shot whom in this battle is no longer kept, so its sides cannot be counted anew."
        )
    present = parties_of(battle)
    if party not in present or (beside is not None and beside not in present):
        raise UserError("That party is not in this battle any more. Open its sides again.")
    if party == beside:
        raise UserError(
            "A party cannot be put beside itself. Choose another one, or a side of its own."
        )


def _solved(battle: Battle) -> dict[Organisation, int]:
    """The side of each party, the largest side and its largest party first."""
    return {
        party.organisation: place
        for place, side in enumerate(battle.sides)
        for party in side.parties
    }


async def _load(
    tx: Transaction, keys: Collection[BattleKey], guild_ids: Collection[GuildId]
) -> dict[tuple[BattleKey, GuildId], Moves]:
    """The moves in these battles of these servers, in their order; battles in which none was made are missing."""
    found: dict[tuple[BattleKey, GuildId], list[SideMove]] = defaultdict(list)
    for some in statements.chunks(keys):
        for guilds in statements.chunks(guild_ids):
            query = select(battle_moves).where(
                battle_moves.c.battle_key.in_(some), battle_moves.c.guild_id.in_(guilds)
            )
            ordered = query.order_by(battle_moves.c.moved_at, battle_moves.c.party_id)
            for row in (await tx.execute(ordered)).all():
                found[BattleKey(row.battle_key), GuildId(row.guild_id)].append(_move(row))
    return {key: tuple(moves) for key, moves in found.items()}


def _row(guild_id: GuildId, key: BattleKey, move: SideMove) -> statements.Row:
    beside = move.beside
    return {
        "guild_id": guild_id,
        "battle_key": key,
        "party_id": move.party.id,
        "party_kind": move.party.kind,
        "beside_id": None if beside is None else beside.id,
        "beside_kind": None if beside is None else beside.kind,
        "moved_by": move.by,
        "moved_at": move.at,
    }


def _move(row: Row[*tuple[object, ...]]) -> SideMove:
    beside = None
    if row.beside_id is not None:
        beside = Organisation(row.beside_id, OrganisationKind(row.beside_kind))
    return SideMove(
        party=Organisation(row.party_id, OrganisationKind(row.party_kind)),
        beside=beside,
        by=UserId(row.moved_by),
        at=row.moved_at,
    )
