"""The page instead of Discord: keeps Discord's promises to the outbox, and never shows half a page."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import bot.page_sender
from bot.app import House, open_house
from bot.page_sender import PageCounts, PageSender
from bot.presentation.messages import named_ids
from bot.settings import Settings
from services.domain.delivery import Delivery, Destination, DestinationKind, Posting
from services.domain.ids import GuildId, MessageId
from services.domain.message import BattleMilestoneMessage, MilestoneKind, NoticeMessage
from services.names.service import NameService
from services.names.settings import NameSettings
from services.outbox import store as outbox
from services.outbox.sender import Delivered, Searched
from services.storage.settings import DatabaseSettings
from tests.bot.samples import battle_message, universe

START = datetime(2021, 11, 30, 19, 0, tzinfo=UTC)
CHANNEL = Destination(DestinationKind.CHANNEL, 77)
GUILD = GuildId(5)


class Hand:
    """A clock and a timer that are moved by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()

    def pass_by(self, **length: float) -> None:
        self.now += timedelta(**length)


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
async def house(tmp_path: Path, clock: Hand) -> AsyncIterator[House]:
    database = DatabaseSettings(url=f"sqlite+aiosqlite:///{tmp_path / 'warroom.db'}")
    settings = Settings.model_construct(database=database)
    async with open_house(settings, online=False, clock=clock, universe=universe()) as opened:
        yield opened


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return tmp_path / "out" / "index.html"


@pytest.fixture
async def sender(house: House, page: Path, clock: Hand) -> AsyncIterator[PageSender]:
    made = PageSender(house, page, names={77: "war-room"}, timer=clock.seconds)
    yield made
    if page.parent.is_dir():
        await made.close()


def notice(title: str, *, number: int = 1, destination: Destination = CHANNEL) -> Delivery:
    return Delivery(
        id=number,
        destination=destination,
        guild_id=GUILD,
        message=NoticeMessage(title=title, text="…"),
        revision=1,
        nonce=str(number),
    )


async def sent(sender: PageSender, delivery: Delivery) -> MessageId:
    outcome = await sender.send(delivery)
    assert isinstance(outcome, Delivered)
    return outcome.message_id


async def test_a_post_stands_on_the_page_in_its_channel(sender: PageSender, page: Path) -> None:
    await sent(sender, notice("First light"))
    await sent(sender, notice("Elsewhere", number=2, destination=replace(CHANNEL, id=78)))
    person = Destination(DestinationKind.USER, 9)
    await sent(sender, notice("Privately", number=3, destination=person))
    await sender.close()
    html = page.read_text(encoding="utf-8")
    assert [title in html for title in ("First light", "Elsewhere", "Privately")] == [True] * 3
    assert html.index("war-room") < html.index("channel 78")
    assert "to 9" in html
    assert sender.counts == PageCounts(posts=3, edits=0)


async def test_the_same_nonce_is_the_same_message(sender: PageSender, page: Path) -> None:
    first = await sent(sender, notice("Said once"))
    again = await sent(sender, notice("Said twice"))
    assert again == first
    assert sender.counts.posts == 1
    await sender.close()
    html = page.read_text(encoding="utf-8")
    assert "Said once" in html
    assert "Said twice" not in html


async def test_an_edit_changes_the_message_that_it_names(
    sender: PageSender, page: Path, clock: Hand
) -> None:
    first = await sent(sender, notice("Before"))
    await sent(sender, notice("Bystander", number=2))
    for _ in range(2):
        clock.pass_by(minutes=1)
        assert await sent(sender, replace(notice("After"), message_id=first)) == first
    assert sender.counts == PageCounts(posts=2, edits=2)
    await sender.close()
    html = page.read_text(encoding="utf-8")
    assert "Before" not in html
    assert html.index("After") < html.index("Bystander")
    assert "edited 2 times, last at 19:02 EVE" in html


async def test_a_message_of_an_earlier_run_is_shown_with_its_own_time(
    house: House, sender: PageSender, page: Path, clock: Hand
) -> None:
    old = await sent(sender, notice("Long ago"))
    clock.pass_by(hours=2)
    later = PageSender(house, page)
    assert await sent(later, replace(notice("Now"), message_id=old)) == old
    await later.close()
    html = page.read_text(encoding="utf-8")
    assert "19:00 EVE" in html
    assert "edited once, last at 21:00 EVE" in html


async def test_later_messages_have_larger_ids(sender: PageSender, clock: Hand) -> None:
    first = await sent(sender, notice("a", number=1))
    second = await sent(sender, notice("b", number=2))
    clock.pass_by(seconds=1)
    third = await sent(sender, notice("c", number=3))
    assert first < second < third


async def test_a_marker_is_found_again(sender: PageSender) -> None:
    posted = await sent(sender, notice("Here", number=11))
    assert await sender.find(notice("Here", number=11)) == Searched(
        readable=True, message_id=posted
    )
    assert await sender.find(notice("Gone", number=12)) == Searched(readable=True, message_id=None)
    assert await sender.unarchive(CHANNEL) is None


async def test_a_thread_stands_under_its_message(
    sender: PageSender, page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    battle = battle_message()
    root = await sent(sender, replace(notice(""), message=battle))
    told = BattleMilestoneMessage(
        battle=battle.battle,
        milestone=MilestoneKind.CAPITALS,
        reasons=battle.reasons,
        in_thread=True,
    )
    inside = replace(notice("", number=2), message=told, reply_to=root)
    first = await sent(sender, inside)
    await sent(sender, notice("Bystander", number=3))
    over = replace(told, milestone=MilestoneKind.OVER)
    await sent(sender, replace(inside, id=4, nonce="4", message=over))
    await sent(sender, replace(inside, message_id=first))
    await sender.close()
    html = page.read_text(encoding="utf-8")
    assert " in UW9B-F<span>thread, 2 messages, archived</span>" in html
    marks = ["The first capital is here", "Over after", "Bystander"]
    assert [html.count(mark) for mark in marks] == [1, 1, 1]
    assert sorted(marks, key=html.index) == marks
    monkeypatch.setattr(bot.page_sender, "KEPT", 4)
    await sent(sender, notice("Later", number=5))
    await sender.close()
    html = page.read_text(encoding="utf-8")
    assert "thread, " not in html, "its message is gone from the page"
    assert html.count("The first capital is here") == 1


async def test_cards_are_drawn_in_the_servers_own_zone_and_marked(
    house: House, sender: PageSender, page: Path
) -> None:
    await house.services.guilds.set_time_zone(GUILD, "Asia/Tokyo")
    message = battle_message()
    delivery = replace(notice("", number=255), message=message)
    await sent(sender, delivery)
    await sender.close()
    html = page.read_text(encoding="utf-8")
    assert "JST" in html
    assert f"#{delivery.marker}" in html
    assert 'src="http' not in html


async def test_the_page_is_written_at_most_every_few_seconds(
    sender: PageSender, page: Path, clock: Hand
) -> None:
    await sent(sender, notice("First", number=1))
    await sender._writing
    assert "First" in page.read_text(encoding="utf-8")
    await sent(sender, notice("Second", number=2))
    await asyncio.sleep(0)
    assert not sender._writing.done()
    assert sender._wait() == pytest.approx(bot.page_sender.WRITE_EVERY_SECONDS)
    assert "Second" not in page.read_text(encoding="utf-8")
    clock.pass_by(seconds=60)
    assert sender._wait() == 0
    await sender.close()
    assert "Second" in page.read_text(encoding="utf-8")
    assert [file.name for file in page.parent.iterdir()] == [page.name]


async def test_whoever_reads_the_page_keeps_the_one_that_was_opened(
    sender: PageSender, page: Path
) -> None:
    await sent(sender, notice("First", number=1))
    await sender._writing
    with page.open(encoding="utf-8") as opened:
        await sent(sender, notice("Second", number=2))
        await sender.close()
        read = opened.read()
    assert read.endswith("</html>\n")
    assert "Second" not in read


async def test_a_page_that_cannot_be_written_fails_no_delivery(
    house: House, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    sender = PageSender(house, tmp_path / "file" / "index.html")
    await sent(sender, notice("First", number=1))
    await sender._writing
    await sent(sender, notice("Second", number=2))
    assert sender.counts.posts == 2
    with pytest.raises(OSError, match="file"):
        await sender.close()


async def test_only_the_last_messages_of_a_channel_are_kept(
    sender: PageSender, page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.page_sender, "KEPT", 2)
    monkeypatch.setattr(bot.page_sender, "REMEMBERED", 2)
    for number in (1, 2, 3):
        await sent(sender, notice(f"Notice {number}", number=number))
    await sender.close()
    html = page.read_text(encoding="utf-8")
    assert "Notice 1" not in html
    assert html.index("Notice 2") < html.index("Notice 3")
    assert sender.counts.posts == 3
    assert await sender.find(notice("", number=1)) == Searched(readable=True)
    assert (await sender.find(notice("", number=2))).message_id is not None


async def test_the_worker_posts_once_and_edits(
    house: House, sender: PageSender, page: Path, clock: Hand
) -> None:
    worker = house.worker(sender)

    async def put(title: str) -> None:
        posting = Posting(
            destination=CHANNEL,
            guild_id=GUILD,
            dedupe_key="one",
            message=NoticeMessage(title=title, text="…"),
        )
        async with house.database.write() as tx:
            await outbox.put(tx, posting, now=clock(), edit_spacing=timedelta(minutes=1))
        await worker.drain()

    await put("Begins")
    await put("Grows")
    assert sender.counts == PageCounts(posts=1, edits=0)
    clock.pass_by(minutes=1)
    await worker.drain()
    assert sender.counts == PageCounts(posts=1, edits=1)
    await sender.close()
    assert "Grows" in page.read_text(encoding="utf-8")


class Silent:
    """An ESI that takes every question and answers none."""

    async def post_json(self, path: str, payload: object) -> bytes:
        await asyncio.Event().wait()
        return b""


async def test_it_tells_whom_a_card_does_not_name(
    house: House, page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.interaction.backdrop.NAMES_WAIT_SECONDS", 0.01)
    silent: Any = Silent()
    names = NameService(house.database, silent, settings=NameSettings(), clock=house.clock)
    message = battle_message()
    known, *others = sorted(named_ids(message))
    await names.seed([(known, "alliance", "Known", "KN")], as_of=house.clock())
    dry = replace(house, services=replace(house.services, names=names))
    sender = PageSender(dry, page, write_every_seconds=0)
    delivery = Delivery(
        id=1, destination=CHANNEL, guild_id=GUILD, message=message, revision=1, nonce="1"
    )
    outcome = await sender.send(delivery)
    assert isinstance(outcome, Delivered)
    assert outcome.missing == set(others)
    await sender.close()
    await names.aclose()
