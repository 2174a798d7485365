"""How the feed presents itself and how often it asks: session, body caps, pace, and settings that refuse haste."""

import asyncio
from datetime import timedelta

import pytest
from pydantic import ValidationError

from services.domain.errors import ConfigurationError
from services.feeds.http import BodyTooLarge, create_session, read_capped, user_agent
from services.feeds.pace import Pace
from services.feeds.settings import FeedSettings
from tests.fakes.r2z2 import FakeR2Z2
from tests.services.feeds.conftest import START, Bench, ManualClock, SharedClock

# The session


def test_the_user_agent_names_program_version_and_contact() -> None:
    assert user_agent(" me@example.org ", "1.2.3") == "eve-warroom/1.2.3 (contact: me@example.org)"


@pytest.mark.parametrize("contact", ["", "   ", "a\r\nX-Evil: 1", "ünï", "a\x00"])
def test_without_a_usable_contact_there_is_no_user_agent(contact: str) -> None:
    with pytest.raises(ConfigurationError):
        user_agent(contact, "1")


async def test_the_session_gives_up_after_thirty_seconds() -> None:
    async with create_session("x") as session:
        assert session.timeout.total == 30


@pytest.mark.parametrize(("limit", "fits"), [(10_000, True), (9_999, False), (1, False)])
async def test_a_body_is_read_up_to_its_cap_unpacked(bench: Bench, limit: int, fits: bool) -> None:
    bench.fake.publish(1, b"x" * 10_000)  # goes over the wire as a few dozen bytes
    async with bench.session.get(f"{bench.fake.base_url}/ephemeral/1.json") as response:
        assert response.headers["Content-Encoding"] == "gzip"
        if fits:
            assert await read_capped(response, limit) == b"x" * 10_000
        else:
            with pytest.raises(BodyTooLarge, match=str(limit)):
                await read_capped(response, limit)


# The pace


def pace(clock: ManualClock) -> Pace:
    return Pace(clock, clock.sleep, requests_per_second=8, quiet_seconds=6)


async def test_turns_keep_their_distance_whoever_asks() -> None:
    clock = ManualClock()
    shared, turns = pace(clock), []

    async def ask(path: str) -> None:
        for _ in range(5):
            await shared.turn(path)
            turns.append(clock.elapsed)

    await asyncio.gather(ask("a"), ask("b"), ask("c"))

    assert turns == pytest.approx([number / 8 for number in range(15)])


async def test_who_is_patient_lets_everybody_else_go_first() -> None:
    clock = SharedClock()
    shared, turns = pace(clock), list[str]()

    async def patient(name: str) -> None:
        while True:
            await shared.turn(name, patient=True)
            turns.append(name)

    async def now_and_then() -> None:
        for _ in range(8):
            await clock.sleep(1.01)
            wanted = clock.elapsed
            await shared.turn("now")
            turns.append("now")
            assert clock.elapsed - wanted <= 0.125

    await clock.run(10, patient("a"), patient("b"), patient("c"), now_and_then())

    assert turns.count("now") == 8
    assert len(turns) == 81, "and no turn is lost"


async def test_no_time_is_wasted_when_enough_has_passed() -> None:
    clock = ManualClock()
    shared = pace(clock)
    await shared.turn("a")
    clock.now += timedelta(seconds=1)
    await shared.turn("b")
    assert clock.slept == []


async def test_only_the_missing_path_is_left_alone() -> None:
    clock = ManualClock()
    shared = pace(clock)
    await shared.turn("a")
    shared.was_missing("a")
    await shared.turn("b")
    assert clock.elapsed == pytest.approx(0.125)
    await shared.turn("a")
    assert clock.elapsed == pytest.approx(6)


async def test_a_clock_set_back_delays_by_one_distance_at_most() -> None:
    clock = ManualClock()
    shared = pace(clock)
    await shared.turn("a")
    shared.was_missing("a")
    clock.now = START - timedelta(hours=5)
    await shared.turn("a")
    assert sum(clock.slept) <= 6.125 + 0.001


async def test_many_missing_paths_are_forgotten_in_time() -> None:
    clock = ManualClock()
    shared = pace(clock)
    for number in range(5000):
        shared.was_missing(str(number))
        clock.now += timedelta(seconds=1)
    assert len(shared._missing) <= 513


# The settings


def test_the_defaults_are_the_services_rules() -> None:
    settings = FeedSettings()
    assert settings.base_url == "https://r2z2.zkillboard.com"
    assert (settings.requests_per_second, settings.idle_seconds, settings.ban_seconds) == (
        8,
        6,
        3600,
    )
    assert (settings.missing_tries, settings.cut_tries, settings.hole_lifetime_seconds) == (
        3,
        5,
        3600,
    )


@pytest.mark.parametrize(
    "bad", [{"requests_per_second": 15}, {"idle_seconds": 5.9}, {"ban_seconds": 60}]
)
def test_bad_manners_are_refused_except_on_this_computer(bad: dict[str, float]) -> None:
    with pytest.raises(ValidationError, match="ban"):
        FeedSettings(**bad)  # type: ignore[arg-type]
    with pytest.raises(ValidationError, match="ban"):
        FeedSettings(base_url="http://localhost.example.org", **bad)  # type: ignore[arg-type]
    for here in ("http://127.0.0.1:8081", "http://localhost:1", "http://[::1]:9"):
        FeedSettings(base_url=here, **bad)  # type: ignore[arg-type]


def test_a_setting_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValidationError):
        FeedSettings(requests_per_minute=1)  # type: ignore[call-arg]


def test_every_setting_is_explained() -> None:
    for name, field in FeedSettings.model_fields.items():
        assert field.description, name
        assert "Default" in field.description, name


# The stand-in bites as the real one does, so that the tests above prove something


async def get(fake: FakeR2Z2, path: str, agent: str = "me") -> int:
    async with create_session(agent) as session, session.get(fake.base_url + path) as response:
        return response.status


async def test_the_stand_in_bans_who_asks_too_soon_again() -> None:
    clock = ManualClock()
    async with FakeR2Z2(clock=clock) as fake:
        assert await get(fake, "/ephemeral/1.json") == 404
        clock.now += timedelta(seconds=5.9)
        assert await get(fake, "/ephemeral/1.json") == 403
        assert await get(fake, "/ephemeral/2.json") == 403
        assert fake.banned
        assert fake.least_quiet == pytest.approx(5.9)


async def test_the_stand_in_bans_the_nameless_and_throttles_the_hasty() -> None:
    clock = ManualClock()
    async with FakeR2Z2(clock=clock) as fake:
        statuses = [await get(fake, f"/ephemeral/{number}.json") for number in range(17)]
        assert statuses == [404] * 15 + [429] * 2
        assert fake.least_spacing == 0
        clock.now += timedelta(seconds=60)
        assert await get(fake, "/ephemeral/99.json", agent=" ") == 403
