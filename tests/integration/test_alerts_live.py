"""The whole bot and a stranger: alerts asked for by commands, recorded kills, cards, and all that keeps them quiet.

One story in two lives of the process, because starting it is what costs time. The kills are recorded ones of the fight
in O31W-6, moved to this minute.
"""

import asyncio
import json
import re
import tarfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from bot.feeding import FEED
from bot.presentation import colours
from services.domain.clock import system_clock
from services.killmails.feed_memory import move_cursor
from services.storage.tables import outbox
from tests.fakes.discord import Answer, FakeDiscord, Message
from tests.fakes.discord.state import Channel
from tests.fakes.esi import FakeEsi
from tests.fakes.r2z2 import FakeR2Z2, document, shifted
from tests.integration.evening import FIRST
from tests.integration.whole_bot import BotProcess, Surroundings, bot_process, prepare_database
from tests.stage import button

FRATERNITY = 99003581
LOSSES, KILLS, NEUTRAL = (52, 56, 4), (35, 39), (30, 31, 42)
"""Which of the day's first killmails; all of them but the fourth in O31W-6."""
EVERY, IN_THE_FIGHT = 8, 7
CAP = 5
WHERE = "system:O31W-6"
ZKB = {"totalValue": 50e6, "droppedValue": 12.5e6, "locationID": 50000697, "labels": ["pvp"]}
"""At O31W-6's gate to 7-YHRX."""


@dataclass(slots=True)
class Story:
    """Where it happens. Channels by name."""

    discord: FakeDiscord
    r2z2: FakeR2Z2
    around: Surroundings
    stranger: int
    mails: list[dict[str, Any]]
    channels: dict[str, Channel] = field(default_factory=dict)
    published: int = 0

    async def says(self, command: str, *, where: str = "kills", **options: Any) -> Answer:
        """The stranger uses a command in a channel."""
        channel = self.channels[where].id
        return await self.discord.slash(
            command, channel_id=channel, user_id=self.stranger, options=options, patience=20
        )

    async def cards(self, where: str, count: int) -> dict[int, Message]:
        """So many messages of a channel, by their kill (0: of none)."""
        found = await self.discord.wait_for_messages(
            self.channels[where].id, count=count, patience=20
        )
        assert len(found) == count, [message.text for message in found]
        return {_kill_of(message): message for message in found}

    async def counters(self, alert: int) -> dict[str, int]:
        """What `/alert why` counts of the last 24 hours."""
        answer = await self.says("alert why", alert=str(alert))
        rows = re.findall(r"^(\w[\w ]*?) +(\d+) +\d+$", answer.text, re.MULTILINE)
        return {name: int(count) for name, count in rows}

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for something that the bot does by itself."""
        async with asyncio.timeout(20):
            while not holds():
                await asyncio.sleep(0.02)

    def publish(self, *which: int) -> None:
        """Let the feed have these killmails, as if they had happened a minute ago."""
        now = system_clock()
        for number in which:
            mail = self.mails[number]
            happened = datetime.fromisoformat(mail["killmail_time"])
            body = document(
                shifted(mail, now - timedelta(minutes=1) - happened),
                FIRST + self.published,
                uploaded_at=now,
                zkb=ZKB,
            )
            self.r2z2.publish(FIRST + self.published, body)
            self.published += 1

    def ids(self, *which: int) -> set[int]:
        return {self.mails[number]["killmail_id"] for number in which}

    @asynccontextmanager
    async def life(self) -> AsyncIterator[BotProcess]:
        """One life of the bot; it is stopped politely."""
        async with bot_process(self.around) as bot:
            await self.discord.connected(patience=30)
            yield bot
            assert await bot.stop() == 0, self.around.log.read_text()[-3000:]
        assert "Traceback" not in self.around.log.read_text()


@asynccontextmanager
async def story(folder: Path, data: Path) -> AsyncIterator[Story]:
    """Everything but the bot, before anybody has asked for anything."""
    async with AsyncExitStack() as stack:
        discord = await stack.enter_async_context(FakeDiscord())
        r2z2 = await stack.enter_async_context(FakeR2Z2(strict=False))
        esi = FakeEsi()
        await stack.enter_async_context(esi.serve())
        url = f"sqlite+aiosqlite:///{folder / 'warroom.db'}"
        await _set_cursor(url)
        r2z2.pointer = FIRST
        mails = _first_mails(data)
        esi.names = _names(mails)
        guild = await discord.add_guild("Strangers", snowflake=7_000)
        stranger = discord.add_user("Stranger")
        guild.owner_id = stranger.id
        discord.add_member(guild.id, stranger.id)
        there = Story(
            discord=discord,
            r2z2=r2z2,
            stranger=stranger.id,
            mails=mails,
            around=Surroundings(
                r2z2=r2z2.base_url,
                esi=esi.url,
                api_base=discord.api_base,
                gateway_url=discord.gateway_url,
                database_url=url,
                log=folder / "bot.log",
                more={"WARROOM_ALERTS__POSTS_PER_CHANNEL_HOUR": str(CAP)},
            ),
        )
        for name in ("losses", "kills", "watch", "quiet", "flood"):
            there.channels[name] = await discord.add_channel(guild.id, name)
        yield there


async def _set_cursor(url: str) -> None:
    database = await prepare_database(url)
    async with database.write() as tx:
        await move_cursor(tx, FEED, FIRST - 1, now=system_clock())
    await database.close()


def _first_mails(data: Path) -> list[dict[str, Any]]:
    with tarfile.open(data / "killmails/killmails-2021-11-30.tar.bz2", "r|bz2") as tar:
        bodies = (tar.extractfile(member) for member in tar)
        return [json.load(body) for body in islice((b for b in bodies if b is not None), 60)]


def _names(mails: list[dict[str, Any]]) -> dict[int, tuple[str, str]]:
    names = {
        who[f"{kind}_id"]: (kind, f"{kind.capitalize()} {who[f'{kind}_id']}")
        for mail in mails
        for who in (mail["victim"], *mail["attackers"])
        for kind in ("character", "corporation", "alliance")
        if f"{kind}_id" in who
    }
    return names | {FRATERNITY: ("alliance", "Fraternity.")}


def _kill_of(message: Message) -> int:
    """The kill that a card is about; 0 for a message about several."""
    url = message.embeds[0].get("url", "") if message.embeds else ""
    number = url.partition("/kill/")[2].partition("/")[0]
    return int(number) if number.isdigit() else 0


def _linked(text: str) -> set[int]:
    return {int(number) for number in re.findall(r"zkillboard\.com/kill/(\d+)", text)}


def _colour(message: Message) -> int:
    return int(message.embeds[0]["color"])


async def test_a_stranger_is_told_what_they_asked_for(tmp_path: Path, recorded_data: Path) -> None:
    async with story(tmp_path, recorded_data) as there:
        async with there.life():
            await _ask_for_everything(there)
            there.publish(*LOSSES, *KILLS, *NEUTRAL)
            await _cards_come(there)
            await _commands_answer(there)
        await _quiet_hours_end(there)
        async with there.life():
            await _buttons_still_work(there)
            digest = (await there.cards("quiet", 1))[0]
            assert f"{IN_THE_FIGHT} kills" in digest.text
            assert digest.attachments, "a heatmap"


async def _ask_for_everything(there: Story) -> None:
    marked = await there.says("standing add", **{"as": "us", "names": "Fraternity."})
    assert "Fraternity." in marked.text
    asked: tuple[tuple[str, dict[str, str]], ...] = (
        ("losses", {"preset": "our losses"}),
        ("kills", {"preset": "our kills"}),
        ("watch", {"filter": f"victim:us {WHERE}", "style": "watch"}),
        ("quiet", {"filter": WHERE}),
        ("flood", {"filter": WHERE}),
    )
    for number, (where, options) in enumerate(asked, start=1):
        answer = await there.says("alert add kills", where=where, **options)
        assert f"Alert #{number} is set" in answer.text, answer.text
    now = datetime.now(tz=UTC)
    hours = f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=2):%H:%M}"
    changed = await there.says("alert quiet", alert="4", hours=hours, mode="posts")
    assert "posts are held for a digest" in changed.text


async def _cards_come(there: Story) -> None:
    losses = await there.cards("losses", len(LOSSES))
    assert losses.keys() == there.ids(*LOSSES)
    assert {_colour(card) for card in losses.values()} == {colours.LOSS}
    kills = await there.cards("kills", len(KILLS))
    assert kills.keys() == there.ids(*KILLS)
    assert {_colour(card) for card in kills.values()} == {colours.KILL}
    assert all("37.5M destroyed, 12.5M dropped" in card.text for card in kills.values())
    assert all("gate to 7-YHRX" in card.text for card in kills.values())
    watched = await there.cards("watch", 2)
    assert watched.keys() == there.ids(*LOSSES[:2])
    flood = await there.cards("flood", CAP + 1)
    line = flood.pop(0)
    assert f"{CAP} posts an hour" in line.text
    await there.until(lambda: f"{IN_THE_FIGHT - CAP} kills" in line.text)
    assert flood.keys() < there.ids(*LOSSES[:2], *KILLS, *NEUTRAL)
    assert there.discord.messages(there.channels["quiet"].id) == []


async def _commands_answer(there: Story) -> None:
    counted = [await there.counters(number) for number in range(1, 6)]
    assert [one.pop("kills looked at") for one in counted] == [EVERY] * 5
    assert counted == [
        {"matched": 3, "posted": 3},
        {"matched": 2, "posted": 2},
        {"matched": 2, "posted": 2},
        {"matched": IN_THE_FIGHT, "posted": 0, "held for digest": IN_THE_FIGHT},
        {"matched": IN_THE_FIGHT, "posted": CAP, "over the limit": IN_THE_FIGHT - CAP},
    ]
    tried = await there.says("alert try", filter=WHERE, days=1)
    assert f"{IN_THE_FIGHT} matches" in tried.text
    assert f"{EVERY} kills" in tried.text
    assert tried.message is not None
    assert tried.message.attachments, "a chart"
    found = await there.says("kill search", filter=f"{WHERE} victim:us", hours=2)
    assert _linked(found.text) == there.ids(*LOSSES[:2])


async def _quiet_hours_end(there: Story) -> None:
    """The process is down meanwhile: what is due in two hours is due now."""
    database = await prepare_database(there.around.database_url)
    now = system_clock()
    async with database.write() as tx:
        held = outbox.update().where(outbox.c.due_at > now + timedelta(hours=1))
        assert (await tx.execute(held.values(due_at=now, created_at=now))).rowcount == 1
    await database.close()


async def _buttons_still_work(there: Story) -> None:
    """Those of the life before."""
    card = (await there.cards("watch", 2))[there.mails[LOSSES[0]]["killmail_id"]]
    acknowledge = button(card, "Acknowledge")["custom_id"]
    pressed = await there.discord.click(card.id, acknowledge, user_id=there.stranger)
    assert "acknowledged" in pressed.text
    await there.until(lambda: f"**Acknowledged** by <@{there.stranger}>" in card.text)
    assert _colour(card) == colours.LOSS
