"""A battle that is known, counted once more from its mails: with other sides, or as today's rules see it."""

from collections.abc import Sequence
from functools import partial

from services.battles.aside import count_aside
from services.battles.atlas import Atlas
from services.battles.service import KnowsParties
from services.battles.summary import summarise
from services.domain.battle import Battle, SideMove
from services.domain.killmail import Killmail, Organisation
from services.storage.database import Transaction


async def count_anew(
    tx: Transaction,
    battle: Battle,
    mails: Sequence[Killmail],
    *,
    atlas: Atlas,
    acquaintances: KnowsParties | None,
    moves: Sequence[SideMove] = (),
) -> Battle:
    """The battle that these mails, all of its own, make. Without acquaintances nothing is known from before."""
    prior = None
    if acquaintances is not None:
        prior = await acquaintances.prior(tx, parties_of(battle), battle.start)
    summarised = partial(
        summarise,
        mails,
        key=battle.key,
        public_id=battle.public_id,
        state=battle.state,
        atlas=atlas,
        prior=prior,
        moves=moves,
    )
    return await count_aside(mails, summarised)


def parties_of(battle: Battle) -> list[Organisation]:
    """Everybody who stands on one of its sides."""
    return [party.organisation for side in battle.sides for party in side.parties]
