"""The demo: a server that asks for what many servers ask for, and one recorded evening through the whole bot.

It reads no settings and asks no network: it shows the same to everybody. Its database is made anew each time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.app import House, open_house
from bot.interaction.backdrop import backdrop, ids_in_battles
from bot.page_sender import PageSender
from bot.presentation.battles import headline
from bot.replay import Replay, ReplayClock, Scene
from bot.settings import Settings
from bot.showcase import answers, largest_battles
from services.domain.alert import AlertKind, AlertRequest, CardStyle, Updates
from services.domain.battle import Battle
from services.domain.errors import WarRoomError
from services.domain.ids import ChannelId, GuildId, KillmailId, RegionId, RoleId, UserId
from services.feeds.recording import Recording
from services.storage.settings import DatabaseSettings
from services.universe.model import NameKind

PAGE = "index.html"
"""The page, in the demo's folder."""
GUILD = GuildId(1)
BATTLES, BIG_KILLS, REGION = ChannelId(11), ChannelId(12), ChannelId(13)
DEFENCE, ASKER = RoleId(21), UserId(31)
NAMES = {
    BATTLES: "war-room",
    BIG_KILLS: "big-kills",
    REGION: "insmother",
    DEFENCE: "Home defence",
    ASKER: "Ana",
}
HOME_REGION = "Insmother"
REPLIES = "replies"
"""The channel in which commands are asked."""
TOLD = 8
"""The largest battles are told in the terminal, so many of them."""


class DemoFailed(WarRoomError):
    """The demo came to its end and has nothing to show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a demo did, and where it can be seen."""

    scene: Scene
    battles: tuple[tuple[Battle, str, str], ...]
    """Each with its system's name and its headline."""
    page: Path


async def show(
    recording: Recording, folder: Path, *, on_scene: Callable[[Scene], None] = lambda _: None
) -> Shown:
    """Replay onto `folder`/index.html. Raises DemoFailed when nothing was posted, or nothing can be written."""
    try:
        shown = await _show(recording, folder, on_scene)
    except OSError as error:
        raise DemoFailed(f"{folder} cannot be written: {error.strerror or error}") from error
    if not shown.scene.posts:
        raise DemoFailed(
            "The replay posted nothing: nothing in the recording meets the demo's alerts."
        )
    return shown


async def _show(recording: Recording, folder: Path, on_scene: Callable[[Scene], None]) -> Shown:
    page = folder / PAGE
    page.unlink(missing_ok=True)
    clock = ReplayClock(recording.start)
    async with open_house(fresh_settings(folder), online=False, clock=clock) as house:
        await _prepare(house, recording)
        sender = PageSender(
            house,
            page,
            title="War Room",
            subtitle=f"demo: {recording.start:%d %B %Y}, replayed",
            names=NAMES,
        )
        try:
            scene = await Replay(house, sender, recording, clock=clock).run(on_scene)
            await _ask(house, sender, recording)
        finally:
            await sender.close()
        battles = await _largest(house, recording)
    return Shown(scene=scene, battles=battles, page=page)


def fresh_settings(folder: Path) -> Settings:
    """Every default, and a new database in `folder`. The operator's settings are not looked at."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "warroom.db"
    for leftover in (file, Path(f"{file}-wal"), Path(f"{file}-shm")):
        leftover.unlink(missing_ok=True)
    database = DatabaseSettings(url=f"sqlite+aiosqlite:///{file}")
    return Settings.model_construct(database=database)


async def _prepare(house: House, recording: Recording) -> None:
    """The names of those who fight, and what the demo's server asks for."""
    names = recording.names.items()
    await house.services.names.seed(
        [(who.id, who.kind.value, name.name, name.ticker) for who, name in names]
    )
    region = house.services.universe.find_by_name(HOME_REGION, NameKind.REGION)
    home = None if region is None else RegionId(region)
    read = house.services.filters.read
    fights, kills = AlertKind.BATTLES, AlertKind.KILLS
    told = {"updates": Updates.REPLIES}
    big = {"filter": await read("isk>=1b"), "name": "Big kills"}
    near = {
        "filter": await read(f"region:{HOME_REGION} isk>=300m"),
        "name": f"{HOME_REGION} losses",
    }
    for channel, kind, wanted in (
        (BATTLES, fights, {"min_kills": 10, "updates": Updates.THREAD}),
        (BATTLES, fights, {"min_isk": 5e9}),
        (BIG_KILLS, kills, big),
        (REGION, fights, {"min_kills": 5, "region_id": home, "role_id": DEFENCE, **told}),
        (REGION, kills, {**near, "style": CardStyle.COMPACT}),
    ):
        await house.services.alerts.add(
            AlertRequest(guild_id=GUILD, channel_id=channel, kind=kind, created_by=ASKER, **wanted)
        )


async def _ask(house: House, sender: PageSender, recording: Recording) -> None:
    """What people would ask afterwards."""
    hours = _hours(house, recording)
    best = _most_valuable(house, recording)
    async for answer in answers(house.services, GUILD, hours=hours, best_kill=best):
        sender.reply(REPLIES, answer.card, to=answer.asked)


def _hours(house: House, recording: Recording) -> int:
    """Whole hours that hold the recording."""
    return -(-(house.clock() - recording.start) // timedelta(hours=1))


def _most_valuable(house: House, recording: Recording) -> KillmailId | None:
    priced = (house.prices.value_of(mail) for mail in recording.killmails)
    best = max(priced, key=lambda mail: (mail.value.isk or 0.0, mail.id), default=None)
    return None if best is None else best.id


async def _largest(house: House, recording: Recording) -> tuple[tuple[Battle, str, str], ...]:
    battles = (await largest_battles(house.services, since=recording.start))[:TOLD]
    scene = await backdrop(house.services, GUILD, ids=ids_in_battles(battles))
    lexicon = scene.lexicon
    return tuple((b, lexicon.system_name(b.system_id), headline(b, lexicon)) for b in battles)
