"""Options that offer what is stored: a server's own alerts, recent battles, time zones."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import available_timezones

import discord
from discord import app_commands

from bot.interaction.backdrop import ids_in_alerts
from bot.interaction.places import Choices
from bot.interaction.replies import Interaction
from bot.interaction.rights import is_manager
from bot.presentation.lexicon import Lexicon
from bot.presentation.phrases import counted
from bot.presentation.reasons import condition
from bot.presentation.text import cut
from services.container import Services
from services.domain.alert import Alert, AlertState
from services.domain.battle import Battle, BattleSearch
from services.domain.errors import UserError
from services.domain.ids import AlertId, BattleKey, GuildId, SystemId
from services.domain.names import NameBook
from services.universe.model import NameKind

_CHOICES = 25
_LONGEST = 100
_NUMBER = re.compile(r"(?:alert)?\s*#?\s*(\d{1,12})(?:\s.*)?", re.IGNORECASE | re.DOTALL)
_REMEMBERED = timedelta(seconds=10)
_LATEST, _LARGE = 40, 120
"""Battles remembered: the latest of all, and of those with so many kills that people talk of them."""
_MANY_KILLS = 10
_FEW_KILLS = 5
"""Smaller battles are offered behind the others."""
_TYPED, _SYSTEMS, _THERE = 2, 3, 8
"""Letters from which on systems are looked up, how many of them, and how many battles in each."""
_DAYS = timedelta(days=14)
"""How far back a large battle is offered by the name of its system."""
_USUAL_ZONES = (
    "UTC", "Europe/London", "Europe/Berlin", "Europe/Moscow", "America/New_York", "America/Chicago",
    "America/Denver", "America/Los_Angeles", "America/Sao_Paulo", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney",
)  # fmt: skip
"""Offered first."""


class AlertOption(app_commands.Transformer[Any]):
    """An option that takes one of the server's alerts, by its number or its name."""

    async def transform(self, interaction: Interaction, value: str, /) -> AlertId:
        """Find the name, or read the number; whether there is such an alert is the service's question."""
        if (named := _named(await _alerts_of(interaction), value)) is not None:
            return named.id
        if (number := _number(value)) is not None:
            return number
        raise UserError(
            "Give the alert's number or its name, or choose one that is offered. `/alert list` shows them all."
        )

    async def autocomplete(  # type: ignore[override]
        self, interaction: Interaction, value: str, /
    ) -> Choices:
        """The server's alerts in words; only to those who may configure them."""
        if interaction.guild_id is None or not is_manager(interaction):
            return []
        services: Services = interaction.client.services
        alerts = await _alerts_of(interaction)
        names = await services.names.book(ids_in_alerts(alerts), wait_seconds=0)
        lexicon = Lexicon(universe=services.universe, names=names)
        return _matching(
            value,
            ((_alert_words(a, lexicon, guild=interaction.guild), str(a.id)) for a in alerts),
        )


async def typed_alert(interaction: Interaction, value: str) -> Alert | None:
    """The server's alert that this names, as far as it was typed; None while it names none."""
    alerts = await _alerts_of(interaction)
    if (named := _named(alerts, value)) is not None:
        return named
    number = _number(value)
    return next((alert for alert in alerts if alert.id == number), None)


async def _alerts_of(interaction: Interaction) -> Sequence[Alert]:
    services: Services = interaction.client.services
    if interaction.guild_id is None:
        return ()
    return await services.alerts.all_of(GuildId(interaction.guild_id))


def _named(alerts: Iterable[Alert], typed: str) -> Alert | None:
    name = typed.strip().casefold()
    return next((a for a in alerts if a.name is not None and a.name.casefold() == name), None)


def _number(typed: str) -> AlertId | None:
    matched = _NUMBER.fullmatch(typed.strip())
    return None if matched is None else AlertId(int(matched[1]))


class RecentBattles:
    """The latest battles and the latest large ones, kept for seconds: else every key would ask the database."""

    def __init__(self) -> None:
        self._battles: list[Battle] = []
        self._looked_at: datetime | None = None

    async def get(self, services: Services) -> list[Battle]:
        """Latest first."""
        now = services.clock()
        if self._looked_at is None or not timedelta(0) <= now - self._looked_at < _REMEMBERED:
            latest = await services.battles.search(BattleSearch(limit=_LATEST))
            large = await services.battles.search(BattleSearch(min_kills=_MANY_KILLS, limit=_LARGE))
            found = {battle.key: battle for battle in (*latest, *large)}
            self._battles = sorted(
                found.values(), key=lambda battle: (battle.end, battle.key), reverse=True
            )
            self._looked_at = now
        return self._battles


class BattleOption(app_commands.Transformer[Any]):
    """An option that takes a battle's public id, or whatever else people name a battle by."""

    async def transform(self, interaction: Interaction, value: str, /) -> str:  # noqa: ARG002
        """Any text: ids that are no longer offered lead somewhere too, and links do (`battle_finding`)."""
        return value

    async def autocomplete(  # type: ignore[override]
        self, interaction: Interaction, value: str, /
    ) -> Choices:
        """Recent battles whose id, region or kind holds what was typed, the tiny ones last.

        Before them stand the large ones of some days in systems whose names begin so.
        """
        services: Services = interaction.client.services
        lexicon = Lexicon(universe=services.universe, names=NameBook())
        recent: RecentBattles = interaction.client.recent_battles
        there = [
            (_battle_words(b, lexicon), b.public_id) for b in await _fought_at(services, value)
        ]
        battles = sorted(await recent.get(services), key=lambda b: b.kills < _FEW_KILLS)
        offered = ((_battle_words(b, lexicon), b.public_id) for b in battles)
        found = [
            app_commands.Choice(name=cut(w, _LONGEST), value=public_id) for w, public_id in there
        ]
        known = {public_id for _, public_id in there}
        return [*found, *(c for c in _matching(value, offered) if c.value not in known)][:_CHOICES]


async def _fought_at(services: Services, typed: str) -> list[Battle]:
    """Large battles of the last days in systems whose names begin so, the latest first."""
    if len(typed.strip()) < _TYPED:
        return []
    hits = services.universe.search(
        typed[:_LONGEST], kinds=frozenset({NameKind.SYSTEM}), limit=_SYSTEMS, misspelt=False
    )
    found: dict[BattleKey, Battle] = {}
    for hit in hits:
        search = BattleSearch(
            system_id=SystemId(hit.id),
            since=services.clock() - _DAYS,
            min_kills=_MANY_KILLS,
            limit=_THERE,
        )
        found |= {battle.key: battle for battle in await services.battles.search(search)}
    return sorted(found.values(), key=lambda battle: (battle.end, battle.key), reverse=True)


class TimeZoneOption(app_commands.Transformer[Any]):
    """An option that takes an IANA time zone."""

    async def transform(self, interaction: Interaction, value: str, /) -> str:  # noqa: ARG002
        """Any text: the service knows the zones and offers near ones."""
        return value.strip().replace(" ", "_")

    async def autocomplete(  # type: ignore[override]
        self,
        interaction: Interaction,  # noqa: ARG002
        value: str,
        /,
    ) -> Choices:
        """Zones that hold what was typed; first those of which a part begins so."""
        typed = value.strip().replace(" ", "_")
        zones = sorted(_zones(), key=lambda zone: not _begins(zone, typed.casefold()))
        return _matching(typed, ((zone, zone) for zone in zones))


@cache
def _zones() -> tuple[str, ...]:
    """The usual ones, then places before technical names."""
    rest = available_timezones() - set(_USUAL_ZONES)
    return (*_USUAL_ZONES, *sorted(rest, key=lambda zone: ("/" not in zone, zone)))


def _begins(zone: str, typed: str) -> bool:
    whole = zone.casefold()
    return whole.startswith(typed) or any(part.startswith(typed) for part in whole.split("/"))


def _matching(typed: str, offered: Iterable[tuple[str, str]]) -> Choices:
    wanted = typed.strip().lstrip("#").casefold()
    found = [
        app_commands.Choice(name=cut(words, _LONGEST), value=value)
        for words, value in offered
        if wanted in words.casefold() or wanted == value.casefold()
    ]
    return found[:_CHOICES]


def _alert_words(alert: Alert, lexicon: Lexicon, *, guild: discord.Guild | None) -> str:
    channel = guild.get_channel_or_thread(alert.channel_id) if guild else None
    parts = [
        f"#{alert.id}" + (f" {alert.name}" if alert.name else ""),
        "" if alert.state is AlertState.ACTIVE else alert.state.value,
        f"#{channel.name}" if channel else "",
        condition(alert, lexicon),
    ]
    return " · ".join(part for part in parts if part)


def _battle_words(battle: Battle, lexicon: Lexicon) -> str:
    region = lexicon.region_of(battle.system_id)
    parts = [battle.public_id, region or "", battle.kind.value, counted(battle.kills, "kill")]
    return " · ".join(part for part in parts if part)
