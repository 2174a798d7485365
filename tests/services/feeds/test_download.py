"""One host that keeps files: what its answers mean for the next question."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from services.domain.trouble import Trouble
from services.feeds.download import FetchFailed, FileHost, HostPaused, HostRules, NotThere
from services.feeds.http import create_session, user_agent
from services.feeds.part_file import Edition
from tests.factories import EVENING, HandClock
from tests.fakes.files import HTML, FakeFiles, Fault
from tests.fakes.watch import Watch

PATH = "/a.bz2"
DOWN = (Trouble.HISTORY_DOWN, "keeper")


@dataclass
class Pause:
    """A ban, remembered."""

    until: datetime | None = None

    async def load_pause(self) -> datetime | None:
        return self.until

    async def save_pause(self, until: datetime | None) -> None:
        self.until = until


@dataclass
class Keeper:
    files: FakeFiles
    host: FileHost
    clock: HandClock
    watch: Watch
    pause: Pause = field(default_factory=Pause)


@pytest.fixture
async def keeper() -> AsyncIterator[Keeper]:
    clock, watch, pause = HandClock(EVENING), Watch(), Pause()
    async with (
        FakeFiles(clock).serve() as files,
        create_session(user_agent("tester@example.org", "0")) as session,
    ):
        files.files[PATH] = b"BZh" + bytes(1000)
        rules = HostRules(name="keeper", title="Keeper", requests_per_second=2.0, largest=5000)
        host = FileHost(
            session, files.url, rules, memory=pause, clock=clock, sleep=clock.sleep, watch=watch
        )
        yield Keeper(files, host, clock, watch, pause)


async def test_a_page_instead_of_an_edition_is_asked_again(keeper: Keeper) -> None:
    keeper.files.head_faults[PATH].append(HTML)
    edition = await keeper.host.fetch_edition(PATH)
    assert edition.size == 1003
    assert edition.is_strong
    assert len(keeper.files.asked) == 2


async def test_a_late_good_answer_does_not_end_a_refusal(keeper: Keeper) -> None:
    refused = asyncio.Event()
    keeper.files.files["/b.bz2"] = b"BZh"
    keeper.files.head_faults[PATH].append(Fault(until=refused))
    asking = asyncio.create_task(keeper.host.fetch_edition(PATH))
    while not keeper.files.most_at_once:
        await asyncio.sleep(0)
    keeper.files.head_faults["/b.bz2"].append(Fault(status=403))
    with pytest.raises(HostPaused):
        await keeper.host.fetch_edition("/b.bz2")
    refused.set()
    assert (await asking).size == 1003
    assert DOWN in keeper.watch.open
    with pytest.raises(HostPaused, match="no question before 2026-11-20 19:00 EVE"):
        await keeper.host.fetch_edition(PATH)
    keeper.clock.advance(hours=1)
    await keeper.host.fetch_edition(PATH)
    assert keeper.watch.open == {}


async def test_what_is_not_there_is_no_fault(keeper: Keeper) -> None:
    with pytest.raises(NotThere):
        await keeper.host.fetch_edition("/none")
    assert keeper.watch.history == []
    assert len(keeper.files.asked) == 1


async def test_five_tries_with_growing_pauses(keeper: Keeper) -> None:
    keeper.files.faults[PATH] += [Fault(status=500)] * 5
    with pytest.raises(FetchFailed, match="Keeper gives nothing: status 500"):
        await keeper.host.fetch_small(PATH, limit=2000)
    times = [asked.at for asked in keeper.files.asked]
    assert [(at - times[0]).total_seconds() for at in times] == [0, 2, 6, 14, 30]


async def test_a_document_that_did_not_change_is_not_sent_again(keeper: Keeper) -> None:
    keeper.files.files["/t.json"] = b'{"20261119": 5}'
    found = await keeper.host.fetch_small("/t.json", limit=100)
    assert found is not None
    body, edition = found
    assert body == b'{"20261119": 5}'
    assert await keeper.host.fetch_small("/t.json", limit=100, version=edition.version) is None


async def test_what_is_too_large_is_not_kept(keeper: Keeper, tmp_path: Path) -> None:
    with pytest.raises(FetchFailed, match="exceeds 100 bytes"):
        await keeper.host.fetch_small(PATH, limit=100)
    keeper.files.files[PATH] = b"BZh" + bytes(6000)
    edition = await keeper.host.fetch_edition(PATH)
    with pytest.raises(FetchFailed, match="exceeds 5000 bytes"):
        await keeper.host.fetch_file(PATH, tmp_path / "a", edition=edition, begins_with=b"BZh")
    assert list(tmp_path.iterdir()) == []


async def test_another_part_than_was_asked_for_starts_anew(keeper: Keeper, tmp_path: Path) -> None:
    keeper.files.faults[PATH] += [
        Fault(cut=500),
        Fault(status=206, body=b"xxx", headers={"Content-Range": "bytes 7-9/1003"}),
    ]
    edition = await keeper.host.fetch_edition(PATH)
    target = tmp_path / "a"
    await keeper.host.fetch_file(PATH, target, edition=edition, begins_with=b"BZh")
    assert target.read_bytes() == keeper.files.files[PATH]
    assert keeper.files.asked[-1].first == 0


async def test_a_whole_part_without_its_name_is_not_fetched_again(
    keeper: Keeper, tmp_path: Path
) -> None:
    target = tmp_path / "a"
    edition = await keeper.host.fetch_edition(PATH)
    await keeper.host.fetch_file(PATH, target, edition=edition, begins_with=b"BZh")
    target.rename(tmp_path / "a.part")  # killed between the last byte and the name
    asked = len(keeper.files.asked)
    assert (
        await keeper.host.fetch_file(PATH, target, edition=edition, begins_with=b"BZh") == edition
    )
    assert target.read_bytes() == keeper.files.files[PATH]
    assert len(keeper.files.asked) == asked


async def test_a_whole_file_of_another_edition_is_fetched_again(
    keeper: Keeper, tmp_path: Path
) -> None:
    target = tmp_path / "a"
    edition = await keeper.host.fetch_edition(PATH)
    await keeper.host.fetch_file(PATH, target, edition=edition, begins_with=b"BZh")
    keeper.files.files[PATH] = b"BZh" + b"x" * 1000
    other = await keeper.host.fetch_edition(PATH)
    assert other != edition
    await keeper.host.fetch_file(PATH, target, edition=other, begins_with=b"BZh")
    assert target.read_bytes() == keeper.files.files[PATH]


def test_only_a_strong_tag_with_a_size_promises_equal_bytes() -> None:
    assert Edition('"abc"', 5).is_strong
    assert not Edition('W/"abc"', 5).is_strong
    assert not Edition('"abc"').is_strong
    assert not Edition("Fri, 20 Nov 2026 06:00:00 GMT", 5).is_strong
