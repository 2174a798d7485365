"""The whole house while the game goes on: what ESI and the website say, over real HTTP, until it stands in Discord."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from services.domain.killmail import Killmail
from tests.factories import MIDNIGHT, mail
from tests.fakes.esi import Fault
from tests.integration.game_world import (
    CAMPAIGNS,
    FW,
    INCURSIONS,
    SYSTEMS,
    Play,
    campaign,
    claim,
    playing,
)

EVENING = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DELVE = (30004759, 30004760, 30004761, 30004762, 30004763, 30004764, 30004765, 30004766)
HOME = DELVE[0]  # 1DQ1-A
ALPHA, BETA = 99_000_065, 99_000_066
FLIPPED = ("Eranakko", "Auga", "Moclinamaud")
KINDS = ("to go", "started")
A_MINUTE = timedelta(minutes=1)
ELSEWHERE = campaign(99, 30001967, EVENING + timedelta(days=2), defender=BETA)
"""A contest that nobody here asks for."""
FAULTS = (
    Fault(status=503),
    Fault(status=429, headers={"Retry-After": "5"}),
    Fault(body=b"<html>maintenance</html>", content_type="text/html"),
    Fault(body=b"[]"),
    Fault(body=b"{"),
    Fault(status=420, headers={"X-ESI-Error-Limit-Remain": "0", "X-ESI-Error-Limit-Reset": "30"}),
)
"""What ESI may say in the place of the truth."""


def held(by: int = ALPHA, **changed: int | None) -> list[dict[str, object]]:
    others = {int(key.removeprefix("s")): holder for key, holder in changed.items()}
    return [claim(system, others.get(system, by)) for system in DELVE]


def texts(play: Play) -> list[str]:
    return [message.text for message in play.messages]


def news(play: Play) -> list[str]:
    """What stands in the channel, but for its age."""
    return [
        "\n".join(line for line in text.split("\n") if ", by ESI" not in line)
        for text in texts(play)
    ]


async def begun(play: Play) -> None:
    """An alert for Delve, and the first answers."""
    play.campaigns(ELSEWHERE)
    play.sov(*held())
    await play.stage.slash("alert add sov", region="Delve")
    await play.pass_(minutes=1)
    assert texts(play) == [], "the first answers are no news"


async def test_a_contest_is_one_message_from_its_announcement_to_its_end(tmp_path: Path) -> None:
    async with playing(tmp_path, EVENING) as play:
        await begun(play)
        start = EVENING + timedelta(hours=4)
        play.campaigns(ELSEWHERE, campaign(7, HOME, start))
        await play.pass_(A_MINUTE, minutes=2)
        (contest,) = play.messages
        assert "1DQ1-A" in contest.text
        assert "Alpha Pact" in contest.text
        await play.pass_(20 * A_MINUTE, hours=1)  # 13:03
        reminder = play.messages[-1]
        assert len(play.messages) == 2
        assert "to go: sovereignty hub in 1DQ1-A" in reminder.text
        assert reminder.reference_id == contest.id
        await play.restart()
        await play.pass_(20 * A_MINUTE, hours=2, minutes=54)  # 15:57
        assert len(play.messages) == 4, texts(play)
        await play.pass_(A_MINUTE, minutes=5)  # 16:02
        assert len(play.messages) == 5, texts(play)
        assert "tarted" in play.messages[-1].text, play.messages[-1].text
        play.campaigns(ELSEWHERE, campaign(7, HOME, start, score=0.45))
        await play.stage.wiring.take(*fight(play.clock()))
        await play.pass_(A_MINUTE, minutes=5)
        assert "45" in contest.text
        assert "7 kills" in contest.text
        before = len(play.messages)
        play.campaigns(ELSEWHERE)
        await play.pass_(A_MINUTE, minutes=4)
        play.sov(*held())
        await play.pass_(A_MINUTE, minutes=16)
        assert "efended" in contest.text
        assert len(play.messages) == before + 1, texts(play)
        assert all(m.reference_id == contest.id for m in play.messages[1:])
        assert play.esi.violations == []


async def test_whatever_goes_wrong_is_no_news(tmp_path: Path) -> None:
    async with playing(tmp_path, EVENING) as play:
        await begun(play)
        start = EVENING + timedelta(hours=40)
        play.campaigns(*(campaign(n, s, start) for n, s in enumerate(DELVE, 1)))
        await play.pass_(A_MINUTE, minutes=3)
        before = news(play)
        assert len(before) == len(DELVE)
        for fault in FAULTS:
            for route in (CAMPAIGNS, SYSTEMS, FW):
                play.esi.fail(route, fault)
            play.sov(*held())
            await play.pass_(A_MINUTE, minutes=6)
        assert news(play) == before
        play.sov(*held()[:2])
        play.campaigns(campaign(1, HOME, start))
        await play.pass_(A_MINUTE, minutes=8)
        assert news(play) == before


async def test_a_system_that_changes_hands_is_told_once(tmp_path: Path) -> None:
    async with playing(tmp_path, EVENING) as play:
        await begun(play)
        play.sov(*held(s30004761=BETA, s30004762=None))
        await play.pass_(A_MINUTE, minutes=6)
        first = texts(play)
        assert any("5BTK-M" in text and "Beta Union" in text for text in first), first
        play.sov(*held(s30004761=BETA, s30004762=None))
        await play.restart()
        await play.pass_(A_MINUTE, minutes=12)
        assert texts(play) == first


async def test_the_recorded_contests_are_reminded_of_at_their_time(
    tmp_path: Path, recorded_data: Path
) -> None:
    """A whole answer of 5,485 systems and the 13 contests of that hour; a board and an own timer beside them."""
    at = datetime(2026, 5, 17, 17, 0, tzinfo=UTC)
    async with playing(tmp_path, at) as play:
        play.esi.put(CAMPAIGNS, read(recorded_data / "esi/sovereignty-campaigns_2026-05-17.json"))
        play.esi.put(SYSTEMS, read(recorded_data / "esi/sovereignty-systems_2026-05-17.json"))
        play.esi.put(INCURSIONS, read(recorded_data / "esi/incursions_2019.json"))
        await play.stage.slash("alert add sov", reminders="5h 30m 5m")
        await play.pass_(A_MINUTE, minutes=2)
        assert texts(play) == [], "the first answers are no news"
        await play.stage.slash("sov board add")
        await play.stage.slash(
            "timer add", what="Keepstar", where="Jita", when="20m", reminders="5m"
        )
        await play.pass_(A_MINUTE, minutes=3)
        (board,) = play.messages
        assert "15 more" not in board.text
        await play.pass_(A_MINUTE, minutes=40)  # 17:45; one contest starts at 17:22, one at 21:22
        contests = [m for m in play.messages if m.id != board.id and m.reference_id is None]
        notes = [m for m in play.messages if m.reference_id is not None]
        assert len(contests) == 3, [m.text for m in contests]
        assert sum("Keepstar" in m.text for m in contests) == 2, "a reminder, and its time"
        said = [next(word for word in KINDS if word in m.text.lower()) for m in notes]
        assert said == ["to go", "started"]
        assert play.esi.violations == []


async def test_recorded_flips_are_told_once_each(tmp_path: Path, recorded_data: Path) -> None:
    snapshots = list(warzone_snapshots(recorded_data))[196:214]  # three flips
    async with playing(tmp_path, moment_of(snapshots[0])) as play:
        await play.stage.slash("alert add fw", events="flips")
        for number, snapshot in enumerate(snapshots):
            play.clock.now = max(play.clock.now, moment_of(snapshot)) + A_MINUTE
            play.esi.put(FW, snapshot["systems"], max_age=60, made=moment_of(snapshot))
            if number == 6:
                await play.restart()
            await play.work()
        assert len(play.messages) == len(FLIPPED), texts(play)
        for name, message in zip(FLIPPED, play.messages, strict=True):
            assert f"took {name}" in message.text


def read(file: Path) -> Any:
    return json.loads(file.read_text())


def warzone_snapshots(folder: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(folder / "fw/fw_systems_2026-07-11_08-06.jsonl.gz") as lines:
        yield from map(json.loads, lines)


def moment_of(snapshot: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(snapshot["fetched"])


def fight(now: datetime) -> list[Killmail]:
    """Seven kills of the last minutes."""
    minutes = (now - MIDNIGHT) / A_MINUTE
    return [
        mail(number, minutes - 3 + number / 10, "B1", "A1", "A2", system=HOME, isk=1e8)
        for number in range(1, 8)
    ]
