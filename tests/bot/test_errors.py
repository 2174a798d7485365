"""Errors as the asker meets them, wherever the answer stood when they happened."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import discord
import pytest
import structlog
from discord import app_commands

from bot.errors import answer_error, describe
from bot.interaction.actions import Actions, custom_id
from bot.interaction.replies import Interaction, defer, reply, say
from bot.presentation.card import ActionButton, Card
from services.domain.errors import NotFound, UserError
from tests.fakes.discord import faults
from tests.stage import Stage, on_stage

OPTION = discord.AppCommandOptionType
DESCRIBED: list[tuple[BaseException, str | None]] = [
    (UserError("Do this."), "Do this."),
    (NotFound("No such."), "No such."),
    (app_commands.MissingPermissions(["manage_channels"]), "the permission Manage Channels here"),
    (
        app_commands.BotMissingPermissions(["embed_links", "manage_guild"]),
        "I need the permissions Embed Links and Manage Server",
    ),
    (app_commands.NoPrivateMessage(), "in a server only"),
    (app_commands.CheckFailure(), "may not use"),
    (app_commands.CommandNotFound("x", []), "older version"),
    (app_commands.TransformerError("x", OPTION.string, app_commands.Transformer()), "“x”"),
    (app_commands.TransformerError("x", OPTION.channel, app_commands.Transformer()), "channel"),
    (ZeroDivisionError(), None),
    (RuntimeError("secret"), None),
]


@pytest.mark.parametrize(
    ("error", "words"), DESCRIBED, ids=[type(e).__name__ for e, _ in DESCRIBED]
)
def test_errors_in_words(error: BaseException, words: str | None) -> None:
    text = describe(error)
    assert text is None if words is None else words in (text or "")


class Failing:
    """Commands that fail at every point of an answer."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    async def add(self) -> None:
        tree = self.stage.bot.tree
        for work in (self.at_once, self.public, self.private, self.answered, self.answered_late):
            command = app_commands.Command(
                name=work.__name__, description="x", callback=_bare(work)
            )
            tree.add_command(command)
        await tree.sync()

    async def at_once(self, interaction: Interaction) -> None:
        raise UserError("The reason.")

    async def public(self, interaction: Interaction) -> None:
        await defer(interaction, private=False)
        raise UserError("The reason.")

    async def private(self, interaction: Interaction) -> None:
        await defer(interaction, private=True)
        raise UserError("The reason.")

    async def answered(self, interaction: Interaction) -> None:
        await say(interaction, "first", private=False)
        raise UserError("The reason.")

    async def answered_late(self, interaction: Interaction) -> None:
        await defer(interaction, private=False)
        await say(interaction, "first", private=False)
        raise UserError("The reason.")


def _bare(work: Any) -> Any:
    async def callback(interaction: discord.Interaction) -> None:
        await work(interaction)

    return callback


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with on_stage(tmp_path) as ready:
        await Failing(ready).add()
        yield ready


async def test_the_asker_alone_reads_the_reason(stage: Stage) -> None:
    at_once = await stage.ask("at_once")
    assert (at_once.text, at_once.ephemeral) == ("The reason.", True)
    private = await stage.ask("private")
    assert (private.text, private.ephemeral) == ("The reason.", True)
    public = await stage.ask("public")
    public = await stage.discord.settle(public.interaction_id, followups=1)
    assert (public.followups[0].content, public.followups[0].ephemeral) == ("The reason.", True)
    assert stage.discord.messages(stage.channel.id) == []


@pytest.mark.parametrize("command", ["answered", "answered_late"])
async def test_an_answer_that_stands_is_kept(stage: Stage, command: str) -> None:
    answer = await stage.ask(command)
    answer = await stage.discord.settle(answer.interaction_id, followups=1)
    assert [m.content for m in stage.discord.messages(stage.channel.id)] == ["first"]
    assert answer.followups[0].ephemeral
    assert answer.followups[0].content == "The reason."


async def test_too_late_is_logged_quietly_and_not_answered(stage: Stage) -> None:
    with structlog.testing.capture_logs() as logs:
        stage.discord.fail(faults.code(10062), path="*/callback")
        await stage.send("public")
        await stage.ask("private")
        stage.discord.fail(faults.code(10062), path="*/callback")
        await stage.send("at_once")
        await stage.stop()
    told = [(entry["event"], entry["log_level"]) for entry in logs]
    assert ("answered too late", "info") in told
    assert ("nobody left to answer", "info") in told
    assert "error" not in {level for _, level in told}


async def test_an_error_that_cannot_be_told_is_logged(stage: Stage) -> None:
    with structlog.testing.capture_logs() as logs:
        stage.discord.fail(faults.code(50013), path="*/callback")
        await stage.send("at_once")
        await stage.stop()
    assert ("an error could not be told", "warning") in [(e["event"], e["log_level"]) for e in logs]


async def test_buttons_that_fail_or_are_old_are_answered(stage: Stage) -> None:
    async def broken(interaction: Interaction, state: str) -> None:
        raise ZeroDivisionError(state)

    async def show(interaction: discord.Interaction) -> None:
        buttons = tuple(
            ActionButton(label=name, custom_id=custom_id(name, owner=0, state="x"))
            for name in ("broken", "gone")
        )
        await reply(
            interaction, Card(embed=discord.Embed(title="t"), buttons=buttons), private=False
        )

    stage.bot.actions.register("broken", broken)
    stage.bot.tree.add_command(app_commands.Command(name="show", description="x", callback=show))
    await stage.bot.tree.sync()
    message = (await stage.ask("show")).message
    assert message is not None
    with structlog.testing.capture_logs() as logs:
        failed = await stage.press(message, "broken")
    assert failed.ephemeral
    (entry,) = [entry for entry in logs if entry["event"] == "command failed"]
    assert entry["reference"] in failed.text
    assert entry["at"] == "wr:broken:0:x"
    assert "older version of me" in (await stage.press(message, "gone")).text


def test_states_fit_into_a_button() -> None:
    assert custom_id("a", owner=1, state="x") == "wr:a:1:x"
    with pytest.raises(ValueError, match="too long"):
        custom_id("a", owner=2**63, state="x" * 90)
    assert isinstance(Actions(), Actions)


async def test_long_texts_are_cut(stage: Stage) -> None:
    @app_commands.command(name="long", description="x")
    async def long(interaction: discord.Interaction) -> None:
        await answer_error(interaction, UserError("x" * 5000))

    stage.bot.tree.add_command(long)
    await stage.bot.tree.sync()
    assert len((await stage.ask("long")).text) == 2000
