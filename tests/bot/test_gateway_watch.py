"""The connection to Discord is looked at; a short break is no trouble. Who runs the bot is noted at login."""

from collections.abc import Collection
from datetime import timedelta
from pathlib import Path

import discord
import pytest

from bot.gateway_watch import SHORT_BREAK, GatewayWatch
from bot.heart import Heart, find_dead
from bot.registration import operators_of
from services.domain.ids import UserId
from services.domain.trouble import Trouble
from tests.fakes.watch import Watch
from tests.stage import on_stage


async def test_a_break_is_a_trouble_after_a_minute(tmp_path: Path) -> None:
    async with on_stage(tmp_path) as stage:
        watch, heart = Watch(), Heart(stage.wiring.house.database, clock=stage.clock)
        gateway = GatewayWatch(stage.bot, heart, watch, clock=stage.clock)
        gateway.look()
        await heart.begin(["gateway"])
        await heart.write()
        assert await find_dead(stage.wiring.house.database, clock=stage.clock) == []
        await stage.stop()
        stage.clock.now += SHORT_BREAK - timedelta(seconds=1)
        gateway.look()
        assert watch.open == {}
        stage.clock.advance(seconds=1)
        gateway.look()
        assert watch.open == {(Trouble.DISCORD_DOWN, ""): "connected last at 03:30 EVE"}
        await stage.start()
        gateway._bot = stage.bot
        gateway.look()
        assert watch.open == {}


async def test_before_the_first_connection_it_is_patient_too(tmp_path: Path) -> None:
    async with on_stage(tmp_path) as stage:
        await stage.stop()
        stage.bot._seen_at = None
        watch = Watch()
        heart = Heart(stage.wiring.house.database, clock=stage.clock)
        gateway = GatewayWatch(stage.bot, heart, watch, clock=stage.clock)
        gateway.look()
        assert watch.open == {}
        stage.clock.now += SHORT_BREAK
        gateway.look()
        assert watch.open == {(Trouble.DISCORD_DOWN, ""): "connected not yet"}


@pytest.mark.parametrize("team", [False, True])
async def test_who_runs_the_bot_is_noted_at_login(tmp_path: Path, team: bool) -> None:
    noted: list[Collection[UserId]] = []

    async def save(people: Collection[UserId]) -> None:
        noted.append(people)

    async with on_stage(tmp_path, started=False, save_operators=save) as stage:
        owner, member = stage.discord.owner.id, stage.member.id
        if team:
            stage.discord.set_team([owner, member])
        await stage.start()
        assert noted == [{owner, member} if team else {owner}]
        assert stage.bot.application is not None
        assert operators_of(stage.bot.application) == noted[0]


def member_json(number: int, state: int, role: str) -> dict[str, object]:
    user = {"id": str(number), "username": "x", "discriminator": "0", "avatar": None}
    return {"user": user, "membership_state": state, "role": role, "team_id": "1"}


def test_of_a_team_those_who_may_change_it() -> None:
    members = [
        member_json(1, 2, "admin"),
        member_json(2, 2, "developer"),
        member_json(3, 2, "read_only"),
        member_json(4, 1, "admin"),
    ]
    data = {"id": "1", "icon": None, "name": "t", "owner_user_id": "5", "members": members}
    team = discord.Team(None, data)  # type: ignore[arg-type]

    class Application:
        pass

    application = Application()
    application.team = team  # type: ignore[attr-defined]
    assert operators_of(application) == {1, 2, 5}  # type: ignore[arg-type]
