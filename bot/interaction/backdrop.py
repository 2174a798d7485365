"""What a card is drawn against: the names it needs, the present, and the server's own time zone."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.presentation.card import Card
from bot.presentation.lexicon import Lexicon
from bot.presentation.messages import named_ids
from bot.presentation.text import EMBED, FOOTER, cut
from services.container import Services
from services.domain.alert import Alert
from services.domain.battle import Battle
from services.domain.ids import GuildId
from services.domain.message import BattleMessage, KillMessage, KillSummary
from services.filters.service import entity_ids

NAMES_WAIT_SECONDS = 2.0
"""How long a card waits for names that ESI has to be asked for; later than that it shows ids."""
UTC_ZONE = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backdrop:
    """Handed to every `render_` function."""

    lexicon: Lexicon
    now: datetime
    zone: ZoneInfo

    def finished(self, card: Card) -> Card:
        """The answer to a command, saying so where names are missing: nobody edits it when they come."""
        count = len(self.lexicon.names.missing)
        if not count:
            return card
        names = "1 name is" if count == 1 else f"{count} names are"
        embed = card.embed.copy()
        words = [embed.footer.text, f"{names} still being looked up: ask again in a moment"]
        text = cut(" · ".join(word for word in words if word), FOOTER)
        if len(embed) - len(embed.footer.text or "") + len(text) > EMBED:
            return card
        embed.set_footer(text=text, icon_url=embed.footer.icon_url)
        return replace(card, embed=embed)


async def backdrop(
    services: Services, guild_id: int | None, *, ids: Collection[int] = ()
) -> Backdrop:
    """Gather it. `ids`: pilots and organisations to be named; `guild_id`: None in direct messages (EVE time alone)."""
    zone = UTC_ZONE
    if guild_id is not None:
        zone = ZoneInfo((await services.guilds.get(GuildId(guild_id))).time_zone)
    names = await services.names.book(ids, wait_seconds=NAMES_WAIT_SECONDS)
    lexicon = Lexicon(universe=services.universe, names=names)
    return Backdrop(lexicon=lexicon, now=services.clock(), zone=zone)


def ids_in_alerts(alerts: Iterable[Alert]) -> frozenset[int]:
    """Pilots and organisations whom these alerts name."""
    found: set[int] = set()
    for alert in alerts:
        if alert.filter is not None:
            found |= entity_ids(alert.filter)
        if alert.scope is not None and alert.scope.party is not None:
            found.add(alert.scope.party.id)
    return frozenset(found)


def ids_in_battles(battles: Iterable[Battle]) -> frozenset[int]:
    """Everybody who is named when these are listed."""
    messages = (BattleMessage(battle=battle, reasons=()) for battle in battles)
    return frozenset().union(*(named_ids(message) for message in messages))


def ids_in_kill(kill: KillSummary) -> frozenset[int]:
    """Everybody who is named on this kill's card."""
    return named_ids(KillMessage(kill=kill, reasons=()))
