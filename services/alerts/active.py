"""The alerts that are served now, in memory, as they stand in the database.

Renewed in place: what did not change is not compiled again. Standings belong to what an alert asks for: when a
server's change, its alerts are filed anew, and no other's.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime

import structlog

from services.alerts import store
from services.alerts.index import AlertIndex
from services.alerts.watching import wanted_kinds
from services.domain.alert import Alert, AlertKind, AlertState, Match
from services.domain.ids import AlertId, GuildId
from services.domain.killmail import Killmail
from services.domain.occurrence import OccurrenceKind
from services.domain.standing import NO_STANDINGS, Stance, Standings
from services.filters.flat import Flattener
from services.storage.database import Transaction
from services.universe.universe import Universe

log = structlog.get_logger(__name__)

StandingsOf = Callable[[Transaction], Awaitable[Mapping[GuildId, Standings]]]
"""The standings of every server that has any; the same objects as long as they did not change."""


class ActiveAlerts:
    """Empty until `renew` is called."""

    def __init__(self, universe: Universe, standings_of: StandingsOf) -> None:
        self._standings_of = standings_of
        self._rows: dict[AlertId, store.AlertRow] = {}
        self._alerts: dict[AlertId, Alert] = {}
        self._standings: Mapping[GuildId, Standings] = {}
        self._index = AlertIndex(universe)
        self._flattener = Flattener(universe)
        self._kinds: dict[AlertKind, list[Alert]] = {}
        self._watching: dict[OccurrenceKind, list[Alert]] = {}

    async def renew(self, tx: Transaction) -> None:
        """Take what changed in the database."""
        rows = {row.id: row for row in await store.load_active(tx)}
        standings = await self._standings_of(tx)
        moved = _changed(self._standings, standings)
        self._standings = standings
        for alert_id in self._rows.keys() - rows.keys():
            self._drop(alert_id)
        for alert_id, row in rows.items():
            before = self._alerts.get(alert_id)
            if self._rows.get(alert_id) != row:
                self._take(store.to_alert(row))
            alert = self._alerts.get(alert_id)
            if alert is not None and (
                before is None or before.filter != alert.filter or row.guild_id in moved
            ):
                self._file(alert)
        self._rows = rows
        self._sort([self._alerts[alert_id] for alert_id in rows if alert_id in self._alerts])

    def of_kind(self, kind: AlertKind) -> Sequence[Alert]:
        """Those that watch this, oldest first."""
        return self._kinds.get(kind, ())

    def watching(self, kind: OccurrenceKind) -> Sequence[Alert]:
        """Those that tell occurrences of this kind, wherever they ask for them, oldest first."""
        return self._watching.get(kind, ())

    def standings(self, guild_id: GuildId) -> Standings:
        """Whom a server marked."""
        return self._standings.get(guild_id, NO_STANDINGS)

    def matching(self, killmail: Killmail, *, received_at: datetime, revised: bool) -> list[Match]:
        """Those that want this kill, oldest first."""
        flat = self._flattener.flatten(killmail, received_at=received_at, revised=revised)
        stances: dict[GuildId, Stance] = {}
        found = []
        for alert_id, because in self._index.matching(flat):
            alert = self._alerts[alert_id]
            stance = stances.get(alert.guild_id)
            if stance is None:
                stance = stances[alert.guild_id] = self.standings(alert.guild_id).stance(killmail)
            found.append(Match(alert=alert, because=because, stance=stance))
        return found

    def _take(self, alert: Alert) -> None:
        if alert.state is AlertState.ACTIVE:
            self._alerts[alert.id] = alert
        else:
            log.warning("alert cannot be read", alert=alert.id, guild=alert.guild_id)
            self._drop(alert.id)

    def _drop(self, alert_id: AlertId) -> None:
        if self._alerts.pop(alert_id, None) is not None:
            self._index.drop(alert_id)

    def _file(self, alert: Alert) -> None:
        if alert.filter is not None:
            self._index.put(alert.id, alert.filter, self.standings(alert.guild_id))

    def _sort(self, alerts: Iterable[Alert]) -> None:
        self._kinds, self._watching = {}, {}
        for alert in alerts:
            self._kinds.setdefault(alert.kind, []).append(alert)
            for kind in wanted_kinds(alert):
                self._watching.setdefault(kind, []).append(alert)


def _changed(
    before: Mapping[GuildId, Standings], after: Mapping[GuildId, Standings]
) -> set[GuildId]:
    """Servers whose standings differ."""
    if before is after:
        return set()
    guilds: Iterable[GuildId] = before.keys() | after.keys()
    return {guild for guild in guilds if before.get(guild) != after.get(guild)}
