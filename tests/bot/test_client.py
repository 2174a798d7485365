"""The client: what it loads, registers and keeps track of."""

import asyncio
import pkgutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import discord
import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route
from pydantic import SecretStr, ValidationError

import cogs
from bot.client import EXTENSIONS, apply_addresses, invite_url
from bot.discord_settings import DiscordSettings
from bot.registration import Registered
from services.domain.errors import ConfigurationError
from services.domain.ids import GuildId
from tests.fakes.discord import faults, permissions
from tests.stage import HOME, Stage, on_stage


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with on_stage(tmp_path) as ready:
        yield ready


def puts(stage: Stage) -> list[str]:
    """Where commands were registered, in order."""
    return [entry.path for entry in stage.discord.request_log(method="PUT", path="/commands")]


def test_the_list_of_cogs_is_complete() -> None:
    found = {f"cogs.{module.name}" for module in pkgutil.iter_modules(cogs.__path__)}
    assert set(EXTENSIONS) == found
    assert len(EXTENSIONS) == len(found)


async def test_every_extension_loads_and_its_commands_are_valid(tmp_path: Path) -> None:
    async with on_stage(tmp_path, home=True) as stage:
        assert set(stage.bot.extensions) == set(EXTENSIONS)
        everywhere = {command["name"]: command for command in stage.discord.commands()}
        assert sorted(everywhere) == [
            "about", "alert", "battle", "config", "fw", "heatmap", "help", "incursion", "kill", "sov", "standing",
            "status", "system", "timer", "war",
        ]  # fmt: skip
        assert [c["name"] for c in stage.discord.commands(HOME)] == ["admin"]
        for name in ("alert", "config", "standing"):
            asked = everywhere[name]["default_member_permissions"]
            assert asked == str(permissions.MANAGE_CHANNELS)
            assert everywhere[name]["contexts"] == [0]
        assert stage.bot.guilds[0].id == HOME


async def test_it_asks_for_servers_and_nothing_else(stage: Stage) -> None:
    told = [c for c in stage.discord.contacts() if c.what == "identify"]
    assert [c.intents for c in told] == [discord.Intents(guilds=True).value]


async def test_a_cog_that_fails_stops_the_start(tmp_path: Path) -> None:
    async with on_stage(
        tmp_path, started=False, extensions=("cogs.battles", "tests.nothing")
    ) as stage:
        with pytest.raises(discord.ext.commands.ExtensionNotFound):
            await stage.start()


async def test_commands_are_registered_only_when_they_changed(stage: Stage) -> None:
    assert len(puts(stage)) == 1
    await stage.restart()
    assert len(puts(stage)) == 1
    stage.options = {"extensions": EXTENSIONS[:2]}
    await stage.restart()
    assert len(puts(stage)) == 2
    assert sorted(c["name"] for c in stage.discord.commands()) == ["battle", "kill"]
    await stage.restart()
    assert len(puts(stage)) == 2


async def test_the_home_server_is_registered_apart_and_emptied_when_it_moves(stage: Stage) -> None:
    other = await stage.discord.add_guild("Other")
    stage.settings = DiscordSettings(home_guild=HOME)
    await stage.restart()
    assert puts(stage)[1:] == [f"/applications/{stage.bot.application_id}/guilds/{HOME}/commands"]
    stage.settings = DiscordSettings(home_guild=other.id)
    await stage.restart()
    assert stage.discord.commands(HOME) == []
    assert [c["name"] for c in stage.discord.commands(other.id)] == ["admin"]
    assert len(puts(stage)) == 4
    stage.settings = DiscordSettings()
    await stage.restart()
    assert stage.discord.commands(other.id) == []
    await stage.restart()
    assert len(puts(stage)) == 5


async def test_a_home_server_that_refuses_is_tried_again_next_time(stage: Stage) -> None:
    stage.settings = DiscordSettings(home_guild=4711)
    await stage.restart()
    await stage.restart()
    assert len([path for path in puts(stage) if "4711" in path]) == 2
    assert "No battle here" in (await stage.ask("battle list")).text


def test_the_kept_line_is_read_or_forgotten() -> None:
    kept = Registered(application="1", everywhere="ab", home_guild="", home="")
    assert Registered.read(str(kept)) == kept
    assert Registered.read("something old") == Registered()
    assert Registered.read(None) == Registered()
    assert Registered.read(str(replace(kept, home_guild="7", home="cd"))).home == "cd"


async def test_servers_that_come_and_go(stage: Stage) -> None:
    async def left() -> bool:
        return (await stage.services.guilds.get(GuildId(stage.guild.id))).left_at is not None

    async def after(event: str) -> None:
        await stage.bot.until(lambda: event in stage.bot.happened)
        await asyncio.wait(
            [t for t in asyncio.all_tasks() if t.get_name().startswith("discord.py: ")]
            or [asyncio.create_task(asyncio.sleep(0))]
        )
        stage.bot.happened.clear()

    await stage.discord.set_unavailable(stage.guild.id)
    await after("guild_unavailable")
    assert not await left()
    await stage.discord.set_unavailable(stage.guild.id, unavailable=False)
    await after("guild_available")
    await stage.discord.remove_bot(stage.guild.id)
    await after("guild_remove")
    assert await left()
    await stage.discord.return_bot(stage.guild.id)
    await after("guild_join")
    assert not await left()


async def test_a_server_that_took_the_bot_back_meanwhile_wakes_at_the_start(stage: Stage) -> None:
    guild_id = GuildId(stage.guild.id)
    await stage.services.guilds.on_left(guild_id)
    await stage.restart()
    await stage.stop()
    assert (await stage.services.guilds.get(guild_id)).left_at is None


async def test_the_connection_is_seen_from_outside(stage: Stage) -> None:
    assert stage.bot.is_alive()
    state = stage.bot.gateway
    assert (state.connected, state.ready, state.seen_at) == (True, True, stage.clock())
    started = stage.clock()
    await stage.stop()
    stage.clock.advance(minutes=5)
    state = stage.bot.gateway
    assert (state.connected, state.seen_at) == (False, started)
    assert not stage.bot.is_alive()


async def test_a_start_that_failed_may_be_repeated(tmp_path: Path) -> None:
    async with on_stage(tmp_path, started=False) as stage:
        stage.discord.fail(faults.http(503), path="/users/@me")
        with pytest.raises(discord.DiscordServerError):
            await stage.start()
        with pytest.raises(discord.LoginFailure):
            await stage.bot.start("bad")
        again = asyncio.create_task(stage.bot.start("token"))
        await stage.bot.until(lambda: "ready" in stage.bot.happened)
        assert "No battle here" in (await stage.ask("battle list")).text
        await stage.bot.close()
        await again


async def test_answers_on_their_way_are_finished_before_it_closes(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()
    search = stage.services.battles.search

    async def slow(*args: Any, **rest: Any) -> Any:
        asked.set()
        await go_on.wait()
        return await search(*args, **rest)

    monkeypatch.setattr(stage.services.battles, "search", slow)
    asking = asyncio.create_task(stage.ask("battle list"))
    await asked.wait()
    closing = asyncio.create_task(stage.stop())
    await asyncio.sleep(0)
    go_on.set()
    assert "No battle here" in (await asking).text
    await closing


async def test_an_event_handler_that_fails_is_logged(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_guild_id: int) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(stage.services.guilds, "on_left", broken)
    await stage.discord.remove_bot(stage.guild.id)
    await stage.bot.until(
        lambda: "error" in stage.bot.happened or "guild_remove" in stage.bot.happened
    )
    await stage.stop()


def test_addresses_are_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    apply_addresses(DiscordSettings())
    assert before == (Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY)
    apply_addresses(
        DiscordSettings(api_base="http://127.0.0.1:1/api/v10/", gateway_url="ws://127.0.0.1:2/")
    )
    assert Route("GET", "/users/@me").url == "http://127.0.0.1:1/api/v10/users/@me"
    assert yarl.URL("ws://127.0.0.1:2/") == DiscordWebSocket.DEFAULT_GATEWAY


def test_the_invite_address_asks_for_what_is_needed_and_no_more() -> None:
    url = yarl.URL(invite_url(4711))
    assert url.query["client_id"] == "4711"
    assert url.query["permissions"] == "309237763072"
    assert url.query["scope"].split() == ["bot", "applications.commands"]


def test_the_token_is_read_and_never_shown(tmp_path: Path) -> None:
    assert DiscordSettings().read_token() is None
    settings = DiscordSettings(token=SecretStr(" abc.def \n"))
    assert settings.read_token() == "abc.def"
    assert "abc" not in repr(settings)
    file = tmp_path / "token"
    file.write_text("from.file\n")
    assert DiscordSettings(token_file=file).read_token() == "from.file"
    assert DiscordSettings(token=SecretStr("x"), token_file=file).read_token() == "x"
    with pytest.raises(ConfigurationError, match=r"token_file.*No such file"):
        DiscordSettings(token_file=tmp_path / "none").read_token()
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="no text"):
        DiscordSettings(token_file=file).read_token()


def test_wrong_addresses_are_refused_with_the_settings() -> None:
    with pytest.raises(ValidationError):
        DiscordSettings(api_base="discord.com")
    with pytest.raises(ValidationError):
        DiscordSettings(home_guild=0)
