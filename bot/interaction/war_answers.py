"""Wars as people name them, and the answers about them.

A number is a war, a name an alliance or corporation. Who has one war that goes on means that one.
"""

import re
from dataclasses import dataclass
from typing import Self

from bot.interaction.backdrop import backdrop
from bot.interaction.paging import Page, page_count
from bot.presentation.card import Card
from bot.presentation.wars import PAGE, WarListView, ids_in_wars, render_war, render_wars
from services.container import Services
from services.domain.errors import UserError
from services.domain.ids import GuildId, WarId
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.standing import Standing, Standings

WAGING = (OrganisationKind.ALLIANCE, OrganisationKind.CORPORATION)
"""Who can be at war."""
_KINDS = {"a": OrganisationKind.ALLIANCE, "c": OrganisationKind.CORPORATION}
_LETTERS = {kind: letter for letter, kind in _KINDS.items()}
_QUESTION = re.compile(r"(?:(?P<kind>[ac])(?P<id>\d{1,12}))?(?P<finished>f?)")
_NUMBER = re.compile(
    r"(?:war\s*)?#?(?P<bare>\d{1,9})|<?(?:https?://)?(?:www\.)?zkillboard\.com/war/(?P<linked>\d{1,9})/?.*",
    re.IGNORECASE | re.DOTALL,
)
_OURS = frozenset({Standing.US, Standing.FRIEND})


@dataclass(frozen=True, slots=True, kw_only=True)
class WarQuestion:
    """What `/war list` was asked, as a short text in the buttons. `party` None: us and friends."""

    party: Organisation | None = None
    finished: bool = False

    def __str__(self) -> str:
        whose = "" if self.party is None else f"{_LETTERS[self.party.kind]}{self.party.id}"
        return whose + ("f" if self.finished else "")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote. UserError for what another version wrote."""
        read = _QUESTION.fullmatch(text)
        if read is None:
            raise UserError("This list is from an older version of me. Use the command again.")
        party = Organisation(int(read["id"]), _KINDS[read["kind"]]) if read["kind"] else None
        return cls(party=party, finished=bool(read["finished"]))


def find_war_number(text: str) -> WarId | None:
    """The war that a number or a link to zKillboard names; None for anything else."""
    read = _NUMBER.fullmatch(text.strip())
    return None if read is None else WarId(int(read["bare"] or read["linked"]))


async def only_war(services: Services, party: Organisation) -> WarId | None:
    """The one war of somebody that goes on; None where there are several, or none."""
    found = await services.wars.of_party(party)
    return found[0].id if len(found) == 1 else None


async def war_card(services: Services, guild_id: int | None, war_id: WarId) -> Card:
    """`/war show`. Raises UserError."""
    war = await services.wars.get(war_id)
    scene = await backdrop(services, guild_id, ids=ids_in_wars((war,)))
    return scene.finished(render_war(war, scene.lexicon, now=scene.now, zone=scene.zone))


async def war_page(
    services: Services, guild_id: int | None, asked: WarQuestion, *, number: int
) -> Page:
    """One page of `/war list`, counted from 0; the last one when there are fewer."""
    ours = await _ours(services, guild_id)
    ids = ours if asked.party is None else frozenset({asked.party.id})
    found = await services.wars.of_parties(ids, finished=asked.finished)
    pages = page_count(len(found.wars), PAGE)
    page = min(number, pages - 1)
    shown = found.wars[page * PAGE : (page + 1) * PAGE]
    view = WarListView(
        party=asked.party,
        wars=shown,
        page=page,
        pages=pages,
        total=found.total,
        listed=len(found.wars),
        finished=asked.finished,
        known_since=await services.wars.known_since(),
        freshness=await services.wars.freshness(),
        marked=bool(ours),
    )
    named = ids_in_wars(shown) | ({asked.party.id} if asked.party else frozenset())
    scene = await backdrop(services, guild_id, ids=named)
    card = render_wars(view, scene.lexicon, now=scene.now, zone=scene.zone)
    return Page(card=scene.finished(card), page=page, pages=pages)


async def _ours(services: Services, guild_id: int | None) -> frozenset[int]:
    """Those whom the server marked as us or friend; nobody in direct messages."""
    marks = Standings()
    if guild_id is not None:
        marks = await services.standings.standings(GuildId(guild_id))
    return frozenset(key for key, standing in marks.marks.items() if standing in _OURS)
