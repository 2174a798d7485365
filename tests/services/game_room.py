"""A newsroom that hears of the game beside kills: real sources and pollers, ESI's answers set by hand."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from services.alert_report import AlertReport
from services.domain.alert import AlertKind, AlertRequest
from services.domain.ids import SystemId
from services.domain.killmail import Killmail
from services.domain.news import CampaignMessage, CampaignNoteMessage, NoteKind
from services.domain.occurrence import Occurrence, OccurrenceKind
from services.esi.answer import EsiAnswer
from services.esi.errors import EsiUnavailable
from services.news_trials import NewsTrials
from services.polling.poller import Poller
from services.polling.source import Moment
from services.publishing.news import NewsPublisher
from services.publishing.reminders import Reminders
from services.sovereignty.campaign_source import CampaignSource
from services.sovereignty.settings import SovereigntySettings
from services.sovereignty.system_source import SystemSource
from services.sovereignty.wire import CAMPAIGNS, SYSTEMS
from services.storage.database import Database
from tests.factories import EVENING, MIDNIGHT, HandClock, request, universe
from tests.factories import mail as old_mail
from tests.fakes.channels import Channels
from tests.services.newsroom import SPACING, Newsroom, channel
from tests.services.sovereignty.made_up import (
    GOONS,
    HORDE,
    HUB,
    SYSTEM,
    campaign_row,
    minutes,
    system_row,
)

CALM = [system_row(SYSTEM + number, GOONS, hub=HUB + number) for number in range(4)]
"""The system of the contest and three more, as Goons hold them."""

FAR = campaign_row(1, start=90_000, solar_system_id=30_000_142, structure_id=1)
"""An answer without any campaign would not be believed."""


class Answers:
    """ESI: what it says by route; what is the same as last time is 304."""

    def __init__(self, clock: HandClock) -> None:
        self._clock = clock
        self.says: dict[str, Any] = {CAMPAIGNS: [FAR], SYSTEMS: {"solar_systems": CALM}}
        self.is_down = False

    async def get_changed(self, path: str, *, etag: str | None) -> EsiAnswer:
        """As ESI would."""
        if self.is_down:
            raise EsiUnavailable("HTTP 503")
        body = msgspec.json.encode(self.says[path])
        new = f'"{hash(body)}"'
        same = new == etag
        return EsiAnswer(
            status=304 if same else 200,
            body=b"" if same else body,
            etag=new,
            expires_at=self._clock() + timedelta(seconds=5),
        )


class GameRoom(Newsroom):
    """One process. It is the evening of `tests.factories.EVENING`."""

    def __init__(self, database: Database) -> None:
        self.sov_settings = SovereigntySettings()
        clock = HandClock(EVENING)
        self.esi = Answers(clock)
        super().__init__(database, clock=clock)

    def restart(self) -> None:
        """Build every service anew."""
        super().restart()
        self.news = NewsPublisher(
            self.alerts, self.battles, settings=self.alert_settings, edit_spacing=SPACING
        )
        sources = (
            CampaignSource(self.esi, self.sov_settings),
            SystemSource(self.esi, self.sov_settings),
        )
        self.pollers: list[Poller[Any]] = [
            Poller(self.database, source, tell=self.news.tell, clock=self.clock, ring=self.bell.set)
            for source in sources
        ]
        self.reminders = Reminders(
            self.database,
            self.news,
            self.alerts,
            universe(),
            clock=self.clock,
            ring=self.bell.set,
        )
        self.trials = NewsTrials(self.database, self.alerts, clock=self.clock)
        self.report = AlertReport(
            self.database,
            self.alerts,
            settings=self.alert_settings,
            clock=self.clock,
            feed=lambda: None,
            ring=self.bell.set,
            paces={source.name: source.pace for source in sources},
        )

    def contests(self, *rows: dict[str, Any]) -> None:
        """The campaigns that ESI tells of from now on, and one far away that nobody hears of."""
        self.esi.says[CAMPAIGNS] = [FAR, *rows]

    async def poll(self) -> None:
        """Ask what is due, and look what has become due."""
        for poller in self.pollers:
            await poller.step()
        await self.reminders.look()

    async def live(self, until: float, *, step: float = 5) -> None:
        """Live until so many minutes into the evening: ask, look, send, again and again."""
        while self.clock() < minutes(until):
            await self.visit()
            self.clock.now = min(self.clock() + timedelta(minutes=step), minutes(until))
        await self.visit()

    async def visit(self, *moments: float) -> None:
        """Ask, look and send at these minutes of the evening; without any: now."""
        for at in moments or (None,):
            self.clock.now = self.clock() if at is None else minutes(at)
            await self.poll()
            await self.worker.drain()

    async def tell(self, *occurrences: Occurrence, before: float = 1) -> None:
        """One answer brought these; the one before came so many minutes ago."""
        now = self.clock()
        moment = Moment(now=now, at=now, before=now - timedelta(minutes=before))
        async with self.database.write() as tx:
            await self.news.tell(tx, occurrences, moment)

    def notes(self, number: int | None = None) -> list[tuple[NoteKind, int | None]]:
        """The replies that stand in the channel, in order, reminders with their minutes."""
        place = channel() if number is None else channel(number)
        found = [m for m in self.channels.read(place) if isinstance(m, CampaignNoteMessage)]
        return [(note.note, note.minutes) for note in found]

    def cards(self, number: int | None = None) -> list[CampaignMessage]:
        """The messages of campaigns that stand in the channel."""
        place = channel() if number is None else channel(number)
        return [m for m in self.channels.read(place) if isinstance(m, CampaignMessage)]


def sov(**fields: Any) -> AlertRequest:
    """An alert on sovereignty."""
    return request(AlertKind.SOV, **fields)


def flip(number: int = 1, *, at: datetime = EVENING, **fields: Any) -> Occurrence:
    """A system of sovereignty changed hands."""
    made: dict[str, Any] = {"systems": (SystemId(SYSTEM + number - 1),), "old": GOONS, "new": HORDE}
    kind = fields.pop("kind", OccurrenceKind.HOLDER)
    return Occurrence(key=f"{kind}:{number}", kind=kind, at=at, **made | fields)


def mail(number: int, at: float, victim: str, *attackers: str, **fields: Any) -> Killmail:
    """A kill so many minutes into the evening."""
    since = (EVENING - MIDNIGHT).total_seconds() / 60 + at
    return old_mail(number, since, victim, *attackers, **{"system": SYSTEM} | fields)


def posts(channels: Channels, number: int | None = None) -> int:
    """New messages, edits left out."""
    return len(channels.calls_to(channel() if number is None else channel(number), "post"))
