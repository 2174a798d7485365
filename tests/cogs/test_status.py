"""`/status`, `/about`, `/help`, and the owner's `/admin`."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.domain.trouble import Trouble, TroubleState
from services.feeds.items import FeedStatus
from tests.factories import mail
from tests.stage import Stage, button, on_stage
from tests.wiring import AMAMAKE


async def test_status_without_a_feed_says_so(stage: Stage) -> None:
    answer = await stage.ask("status")
    assert answer.ephemeral
    assert "runs, with a fault" in answer.text
    assert "no feed runs here" in answer.text
    assert "0 kills" in answer.text


async def test_status_tells_figures(stage: Stage) -> None:
    stage.wiring.house.feed_watch.ask = lambda: feed_status(stage)
    await stage.slash("alert add battles")
    await stage.wiring.take(mail(5, 200, "B1", "A1", system=AMAMAKE, isk=1e6))
    answer = await stage.ask("status", private=False)
    assert not answer.ephemeral
    assert "War Room is well" in answer.text
    assert "1 kill\n" in answer.text
    assert "1 server\n1 alert" in answer.text
    assert "zkillboard.com/kill/5/" in answer.text


async def test_status_tells_of_a_pause(stage: Stage) -> None:
    paused = stage.clock().replace(hour=4, minute=30)
    stage.wiring.house.feed_watch.ask = lambda: feed_status(stage, paused_until=paused)
    assert "a pause until 04:30 EVE" in (await stage.ask("status")).text


async def test_status_tells_what_is_wrong_since_when(stage: Stage) -> None:
    began = stage.clock() - timedelta(minutes=12)

    def state(kind: Trouble, **more: Any) -> TroubleState:
        return TroubleState(trouble=kind, **{"subject": "", "began_at": began, **more})

    found = [
        state(Trouble.FEED_DOWN, detail="*503* from @everyone"),
        state(Trouble.JOB_FAILED, detail="OSError", subject="prices", confirmed=False),
        state(Trouble.FALLBACK_FEED, detail="second to none"),
        state(Trouble.FEED_LATE, detail="300"),
    ]
    stage.services.status._troubles = lambda: found
    stage.wiring.house.feed_watch.ask = lambda: feed_status(
        stage, last_error="503 again", backlog=300
    )
    answer = await stage.ask("status")
    universe = stage.services.universe
    ago = f"<t:{int(began.timestamp())}:R>"
    assert "runs, with a fault" in answer.text
    for words in (
        f"⚠ **The kill feed does not answer** · began {ago}\n",
        r"-# \*503\* from @",
        f"⚠ **A recurring job does not work (prices)** · began {ago} · not confirmed since the start",
        f"\n**Killmails come from the second feed** · began {ago}\n",
        "**Backlog** 300 earlier kills",
        f"EVE data of {universe.release_date:%d %b %Y} (build {universe.build})",
        "Prices not fetched yet",
        "4 names",
    ):
        assert words in answer.text, words
    assert "@everyone" not in answer.text
    assert "503 again" not in answer.text, "the trouble says it"
    assert "second to none" not in answer.text
    assert "backlog of killmails is being read" not in answer.text
    found[:] = found[2:]
    stage.wiring.house.feed_watch.ask = lambda: feed_status(stage)
    assert "War Room is well" in (await stage.ask("status")).text, "what mends itself is no fault"
    found[:] = [state(Trouble.ESI_SCHEMA, detail="odd", subject=str(n)) for n in range(9)]
    answer = await stage.ask("status")
    assert answer.text.count("answers in a new shape") == 6
    assert "and 3 more" in answer.text


def feed_status(stage: Stage, **changes: object) -> FeedStatus:
    told: dict[str, object] = {
        "sequence": 4711,
        "caught_up": True,
        "lag_seconds": 4.0,
        "paused_until": None,
        "last_error": None,
        "last_success_at": stage.clock(),
        "requests": 12,
        "gap": None,
    }
    return FeedStatus(**(told | changes))  # type: ignore[arg-type]


async def test_about_has_the_invite_address(tmp_path: Path) -> None:
    async with on_stage(tmp_path, contact="ops@example.org") as stage:
        answer = await stage.ask("about")
        assert "Fenris Creations" in answer.text
        assert "ops@example.org" in answer.text
        assert answer.message is not None
        url = button(answer.message, "Invite")["url"]
        assert f"client_id={stage.bot.application_id}" in url
        assert "scope=bot+applications.commands" in url
        assert "permissions=309237763072" in url


async def test_help_names_every_command(stage: Stage) -> None:
    answer = await stage.ask("help")
    assert answer.message is not None
    (embed,) = answer.message.embeds
    everybody = embed["description"]
    assert embed["fields"][0]["name"] == "For those who manage channels"
    managers = "\n".join(field["value"] for field in embed["fields"])
    assert "…" not in everybody + managers, "nothing is cut off"
    for words in (
        "`/battle list` Lists battles, the latest first · *region, system, who, space, kind, min\\_kills, ",
        "`/battle show`",
        "`/battle sides`",
        "`/kill show`",
        "`/heatmap galaxy`",
        "`/system show`",
        "`/status`",
        "`/about`",
    ):
        assert words in everybody
    for words in (
        "`/alert add battles`",
        "`/alert add kills`",
        "`/alert add war`",
        "`/alert test`",
        "`/config forget`",
    ):
        assert words in managers
    assert "/admin" not in answer.text


ADMIN = ["admin feed", "admin servers", "admin sync", "admin pause", "admin resume"]


async def test_without_a_home_server_there_are_no_owners_commands(stage: Stage) -> None:
    assert stage.discord.commands(stage.guild.id) == []
    assert "admin" not in {command["name"] for command in stage.discord.commands()}


@pytest.mark.parametrize("command", ADMIN)
async def test_only_owners_may(tmp_path: Path, command: str) -> None:
    async with on_stage(tmp_path, home=True) as stage:
        answer = await stage.slash(command)
        assert answer.ephemeral
        assert "Only the owner" in answer.text
        assert not await stage.services.outbox.is_held()


async def test_the_owners_commands(tmp_path: Path) -> None:
    async with on_stage(tmp_path, home=True) as stage:
        owner = stage.discord.owner
        stage.wiring.house.feed_watch.ask = lambda: feed_status(stage, last_error="503 *twice*")
        feed = await stage.slash("admin feed", owner)
        assert feed.ephemeral
        assert "4711 · caught up" in feed.text
        assert r"503 \*twice\*" in feed.text
        servers = await stage.slash("admin servers", owner)
        assert "**Testers**" in servers.text
        assert "Nothing is posted any more" in (await stage.slash("admin pause", owner)).text
        assert await stage.services.outbox.is_held()
        assert "Held back" in (await stage.slash("admin feed", owner)).text
        assert "go out again" in (await stage.slash("admin resume", owner)).text
        assert "Nothing was held back" in (await stage.slash("admin resume", owner)).text
        assert not await stage.services.outbox.is_held()
        before = len(stage.discord.request_log(method="PUT", path="/commands"))
        synced = await stage.slash("admin sync", owner)
        assert "Registered 15 commands everywhere and 1 here" in synced.text
        assert len(stage.discord.request_log(method="PUT", path="/commands")) == before + 2


async def test_members_of_the_team_are_owners(tmp_path: Path) -> None:
    async with on_stage(tmp_path, home=True) as stage:
        stage.discord.set_team([stage.discord.owner.id, stage.member.id])
        assert "Feed and queue" in (await stage.ask("admin feed")).text
        assert "Only the owner" in (await stage.slash("admin feed")).text
