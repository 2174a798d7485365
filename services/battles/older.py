"""Battles that an older War Room stored are brought to what is stored today: kind, places, losses, who was there.

Such a row has no details. Where its mails still tell who shot, its picture is made anew from them. Where that was
pruned, what the row says of its sides stays: kind is told by its size, capitals and parties by its sides, places and
losses by its mails, of which the victims stay.

The mails of a battle, its state, its ids and its messages stay as they are, and nobody is told. It is done a few at a
time, each time in the turn of those who change battles, so that what comes in meanwhile waits for moments; what is done
stays done when the process dies. A row that takes in mails before it is completed stays without details until then.
"""

from collections.abc import Sequence
from dataclasses import replace

import structlog

from services.battles import index, store
from services.battles.atlas import Atlas
from services.battles.memory import LoadMails, load_in_parts
from services.battles.recounting import count_anew
from services.battles.service import KnowsParties
from services.domain.battle import Battle, BattleState
from services.domain.killmail import Killmail
from services.storage.database import Database, Transaction
from services.storage.turns import BATTLES, take_turn

log = structlog.get_logger(__name__)

AT_ONCE, MAILS_AT_ONCE = 25, 250
"""Battles of one transaction, and mails after which it takes no further one: a tenth of a second at the most, but for
a single battle that is larger than that."""


class OlderBattles:
    """Completes what is left to complete; a job."""

    def __init__(
        self,
        database: Database,
        load_mails: LoadMails,
        atlas: Atlas,
        *,
        acquaintances: KnowsParties | None = None,
    ) -> None:
        self._database = database
        self._load_mails = load_mails
        self._atlas = atlas
        self._acquaintances = acquaintances

    async def complete(self) -> int:
        """Complete all rows; returns how many. Cheap when there are none."""
        async with self._database.read() as tx:
            if not await store.load_incomplete(tx, 1, self._atlas.space_of):
                return 0
        done = 0
        while some := await self._step():
            done += some
        if done:
            log.info("older battles completed", battles=done)
        return done

    async def _step(self) -> int:
        done = mails = 0
        async with self._database.write() as tx:
            await take_turn(tx, BATTLES)
            for battle in await store.load_incomplete(tx, AT_ONCE, self._atlas.space_of):
                await self._complete(tx, battle)
                done, mails = done + 1, mails + battle.kills
                if mails >= MAILS_AT_ONCE:
                    break
        return done

    async def _complete(self, tx: Transaction, battle: Battle) -> None:
        mails = await load_in_parts(self._load_mails, tx, battle.killmail_ids)
        frozen = battle.state is BattleState.FROZEN
        if mails:
            drawn = await self._drawn(tx, battle, mails)
            battle = _with_what_is_left(battle, drawn) if frozen else drawn
        region_of = self._atlas.region_of
        await store.complete(tx, battle, region_of)
        entries = [(battle.key, mail) for mail in mails]
        await index.save(tx, entries, region_of, pilots=not frozen)
        if frozen:
            await index.save_parties(tx, battle)

    async def _drawn(self, tx: Transaction, battle: Battle, mails: Sequence[Killmail]) -> Battle:
        """What its mails say today."""
        frozen = battle.state is BattleState.FROZEN
        return await count_anew(
            tx,
            battle,
            mails,
            atlas=self._atlas,
            acquaintances=None if frozen else self._acquaintances,
        )


def _with_what_is_left(battle: Battle, drawn: Battle) -> Battle:
    """Of what the mails of a frozen battle say, that which needs no attackers."""
    return replace(battle, places=drawn.places, top_losses=drawn.top_losses, tempo=drawn.tempo)
