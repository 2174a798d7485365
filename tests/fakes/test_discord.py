"""The stand-in against the real, unmodified discord.py: what a bot meets here is what it meets at Discord."""

import asyncio
import io
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest
from discord import app_commands
from discord.ext import commands

from tests.fakes.discord import FakeDiscord, RemoteDiscord, faults, permissions, running
from tests.fakes.discord.commands import check_commands
from tests.fakes.discord.errors import DiscordError
from tests.fakes.discord.limits import check_message
from tests.fakes.discord.state import Channel, Guild, User

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x06\x40\x00\x00\x03\x84\x08\x06\x00\x00\x00"
REGIONS = ("Delve", "Devoid", "Derelik", "Domain")


class Form(discord.ui.Modal, title="Filter"):
    text: discord.ui.TextInput[Any] = discord.ui.TextInput(
        label="Condition", custom_id="condition", max_length=50
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"saved {self.text.value}", ephemeral=True)


class Pager(discord.ui.View):
    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Next", custom_id="pager:next")
    async def next(self, interaction: discord.Interaction, button: Any) -> None:
        await interaction.response.edit_message(content="page 2")

    @discord.ui.button(label="Slow", custom_id="pager:slow")
    async def slow(self, interaction: discord.Interaction, button: Any) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="page 3")

    @discord.ui.button(label="Edit", custom_id="pager:form")
    async def form(self, interaction: discord.Interaction, button: Any) -> None:
        await interaction.response.send_modal(Form())

    @discord.ui.select(
        custom_id="pager:pick",
        options=[discord.SelectOption(label="One"), discord.SelectOption(label="Two")],
    )
    async def pick(self, interaction: discord.Interaction, select: Any) -> None:
        await interaction.response.send_message(f"picked {select.values[0]}", ephemeral=True)


class Battle(app_commands.Group):
    @app_commands.command(description="Recent battles")
    async def recent(
        self,
        interaction: discord.Interaction,
        region: str,
        min_kills: app_commands.Range[int, 2, 500] = 2,
        role: discord.Role | None = None,
        where: discord.TextChannel | None = None,
    ) -> None:
        place = "here" if where is None else where.name
        await interaction.response.send_message(
            f"{region} {min_kills} {role.name if role else '-'} {place} {interaction.user.id}",
            view=Pager(),
        )

    @recent.autocomplete("region")
    async def on_region(
        self, interaction: discord.Interaction, current: str
    ) -> list[app_commands.Choice[str]]:
        found = [region for region in REGIONS if region.lower().startswith(current.lower())]
        return [app_commands.Choice(name=region, value=region) for region in found]

    @app_commands.command(description="A picture that takes a while")
    async def map(self, interaction: discord.Interaction, private: bool = False) -> None:
        await interaction.response.defer(ephemeral=private, thinking=True)
        file = discord.File(io.BytesIO(PNG), filename="map.png", description="heat")
        embed = discord.Embed(title="Heat").set_image(url="attachment://map.png")
        await interaction.followup.send(embed=embed, file=file)
        await interaction.followup.send("and more", ephemeral=True)


class Bot(commands.AutoShardedBot):
    def __init__(self) -> None:
        super().__init__(
            "!",
            intents=discord.Intents(guilds=True),
            guild_ready_timeout=0.02,
            max_ratelimit_timeout=30.0,
        )
        self.happened: list[str] = []
        self._news = asyncio.Event()

    async def setup_hook(self) -> None:
        self.tree.add_command(Battle(name="battle", description="Battles"))
        self.tree.add_command(
            app_commands.Command(name="hidden", description="For managers", callback=_hidden)
        )
        await self.tree.sync()
        self.add_view(Pager())

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """The real one waits five seconds between shards."""

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        super().dispatch(event, *args, **kwargs)
        if hasattr(self, "happened"):
            self.happened.append(event)
            self._news.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                self._news.clear()
                await self._news.wait()


@app_commands.default_permissions(manage_channels=True)
async def _hidden(interaction: discord.Interaction) -> None:
    allowed = interaction.permissions.manage_channels
    await interaction.response.send_message(f"manages: {allowed}", ephemeral=True)


class Timekeeper:
    def __init__(self) -> None:
        self.now = datetime(2026, 8, 20, 18, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Stage:
    """A stand-in with one server, one channel and a bot that is ready."""

    discord: FakeDiscord
    bot: Bot
    guild: Guild
    channel: Channel
    person: User

    @property
    def target(self) -> Any:
        return self.bot.get_channel(self.channel.id)

    async def slash(self, command: str, **rest: Any) -> Any:
        return await self.discord.slash(
            command, channel_id=self.channel.id, user_id=self.person.id, **rest
        )


@asynccontextmanager
async def _online(fake: Any, *, shards: int = 1) -> AsyncIterator[Bot]:
    """A bot from login to its end; what it raises is raised here."""
    bot = Bot()
    task = asyncio.create_task(bot.start("token"))
    try:
        ready = asyncio.create_task(bot.until(lambda: "ready" in bot.happened))
        await asyncio.wait([task, ready], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            ready.cancel()
            await task
        await ready
        await fake.connected(shards=shards)
        yield bot
    finally:
        await bot.close()
        await task


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with running(FakeDiscord(clock=Timekeeper())) as fake:
        guild = await fake.add_guild("Testers")
        channel = await fake.add_channel(guild.id, "intel")
        person = fake.add_user("Pilot")
        async with _online(fake) as bot:
            yield Stage(fake, bot, guild, channel, person)
    await _nothing_is_left()


async def _nothing_is_left() -> None:
    """A closed bot and a closed stand-in leave no task behind."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    if left:
        _, left = await asyncio.wait(left, timeout=5)  # type: ignore[type-var]
    assert not left


# -- the gateway


async def test_bot_sees_the_seeded_server(stage: Stage) -> None:
    guild = stage.bot.get_guild(stage.guild.id)
    assert guild is not None
    assert guild.me.id == stage.discord.bot.id
    assert stage.bot.application_id == stage.discord.bot.id
    assert stage.target.name == "intel"
    may = stage.target.permissions_for(guild.me)
    assert may.value & permissions.BOT_DEFAULT == permissions.BOT_DEFAULT
    assert not may.mention_everyone
    identify = [c for c in stage.discord.contacts() if c.what == "identify"]
    assert [c.intents for c in identify] == [1]
    info = await stage.bot.application_info()
    assert info.owner.id == stage.discord.owner.id


async def test_server_events_arrive(stage: Stage) -> None:
    await stage.discord.set_unavailable(stage.guild.id)
    await stage.bot.until(lambda: "guild_unavailable" in stage.bot.happened)
    await stage.discord.set_unavailable(stage.guild.id, unavailable=False)
    await stage.bot.until(lambda: stage.bot.happened.count("guild_available") == 2)
    await stage.discord.remove_channel(stage.channel.id)
    await stage.bot.until(lambda: "guild_channel_delete" in stage.bot.happened)
    await stage.discord.remove_bot(stage.guild.id)
    await stage.bot.until(lambda: "guild_remove" in stage.bot.happened)
    await stage.discord.return_bot(stage.guild.id)
    await stage.bot.until(lambda: "guild_join" in stage.bot.happened)


@pytest.mark.parametrize("how", ["reconnect", "resumable", "drop"])
async def test_lost_connections_are_resumed_without_a_gap(stage: Stage, how: Any) -> None:
    await stage.discord.interrupt(how)
    await stage.bot.until(lambda: "resumed" in stage.bot.happened)
    told = [c for c in stage.discord.contacts() if c.what != "heartbeat"]
    assert [c.what for c in told] == ["identify", "resume", "resumed"]
    assert told[1].path == "/gateway/resume"
    answer = await stage.slash("battle recent", options={"region": "Delve"})
    assert "Delve" in answer.text


async def test_events_of_the_pause_are_repeated(stage: Stage) -> None:
    session = next(iter(stage.discord.gateway.sessions.values()))
    socket, session.socket = session.socket, None
    await stage.discord.add_channel(stage.guild.id, "later")
    assert "guild_channel_create" not in stage.bot.happened
    assert socket is not None
    await socket.close(4000)
    await stage.bot.until(lambda: "guild_channel_create" in stage.bot.happened)


async def test_invalid_session_identifies_again(stage: Stage) -> None:
    await stage.discord.interrupt("invalid")
    await stage.bot.until(lambda: stage.bot.happened.count("shard_ready") == 2)
    told = [c.what for c in stage.discord.contacts() if c.what != "heartbeat"]
    assert told == ["identify", "identify"]


async def test_two_shards_share_the_servers() -> None:
    async with running(FakeDiscord(shards=2)) as fake:
        guilds = [await fake.add_guild(f"Guild {number}") for number in range(4)]
        channels = [await fake.add_channel(guild.id) for guild in guilds]
        async with _online(fake, shards=2) as bot:
            assert [bot.get_guild(g.id).shard_id for g in guilds] == [0, 1, 0, 1]  # type: ignore[union-attr]
            answer = await fake.slash(
                "battle recent",
                channel_id=channels[1].id,
                user_id=fake.owner.id,
                options={"region": "Delve"},
            )
            assert len(answer.callbacks) == 1
            assert bot.happened.count("guild_available") == 4


async def test_wrong_token_and_privileged_intents_are_refused() -> None:
    async with running(FakeDiscord()) as fake:
        bot = Bot()
        with pytest.raises(discord.LoginFailure):
            await bot.start("bad")
        await bot.close()
        bot = commands.AutoShardedBot("!", intents=discord.Intents.all())  # type: ignore[assignment]
        with pytest.raises(discord.PrivilegedIntentsRequired):
            await bot.start("token")
        await bot.close()
        assert fake.gateway.connected == []


# -- messages


async def test_a_nonce_makes_one_message_for_a_few_minutes(stage: Stage) -> None:
    clock = stage.discord.clock
    first = await stage.target.send("once", nonce=7)
    again = await stage.target.send("once", nonce=7)
    assert again.id == first.id
    assert len(stage.discord.messages(stage.channel.id)) == 1
    stage.discord.advance(stage.discord.nonce_window.total_seconds() + 1)
    later = await stage.target.send("once", nonce=7)
    assert later.id != first.id
    assert [m.nonce for m in stage.discord.messages(stage.channel.id)] == ["7", "7"]
    assert stage.discord.messages(stage.channel.id)[1].created_at == clock()
    await later.delete()
    with pytest.raises(discord.NotFound) as caught:
        await stage.target.send("once", nonce=7)
    assert caught.value.code == 10008


async def test_messages_are_kept_with_files_and_every_version(stage: Stage) -> None:
    embed = discord.Embed(title="Fight", url="https://zkillboard.com/kill/1/", colour=0x223344)
    embed.add_field(name="Kills", value="12").set_image(url="attachment://map.png")
    file = discord.File(io.BytesIO(PNG), filename="map.png")
    sent = await stage.target.send(embed=embed, file=file)
    assert sent.attachments == []
    assert sent.embeds[0].image.url.startswith(stage.discord.base)
    async with aiohttp.ClientSession() as session, session.get(sent.embeds[0].image.url) as found:
        assert await found.read() == PNG
    embed.title = "Fight, over"
    await sent.edit(embed=embed)
    await sent.edit(embed=embed, attachments=[discord.File(io.BytesIO(b"new"), "map.png")])
    (kept,) = stage.discord.messages(stage.channel.id)
    assert kept.edits == 2
    assert [v.embeds[0]["title"] for v in kept.versions] == ["Fight", "Fight, over", "Fight, over"]
    assert [a.content for a in kept.attachments] == [b"new"]
    assert "12" in kept.text
    fetched = await stage.target.fetch_message(sent.id)
    assert fetched.edited_at is not None
    with pytest.raises(discord.HTTPException, match="No file answers"):
        await sent.edit(embed=embed, attachments=[])


async def test_history_is_paged_newest_first(stage: Stage) -> None:
    sent = [await stage.target.send(str(number)) for number in range(5)]
    newest = [m.content async for m in stage.target.history(limit=3)]
    assert newest == ["4", "3", "2"]
    after = [m.content async for m in stage.target.history(after=sent[1], limit=2)]
    assert after == ["2", "3"]
    before = [m.content async for m in stage.target.history(before=sent[2])]
    assert before == ["1", "0"]


async def test_a_reply_and_a_thread(stage: Stage) -> None:
    first = await stage.target.send("start")
    reply = await stage.target.send("more", reference=first, mention_author=False)
    assert reply.reference is not None
    assert stage.discord.messages(stage.channel.id)[1].reference_id == first.id
    thread = await first.create_thread(name="Talk")
    inside = await thread.send("in the thread")
    await stage.discord.set_archived(thread.id)
    with pytest.raises(discord.HTTPException) as caught:
        await inside.edit(content="changed")
    assert (caught.value.status, caught.value.code) == (400, 50083)
    await thread.edit(archived=False)
    await inside.edit(content="changed")
    assert stage.discord.messages(thread.id)[0].edits == 1
    await stage.discord.set_archived(thread.id)
    await thread.send("sending opens it")
    assert not stage.discord.world.channels[thread.id].archived


async def test_pings_are_those_that_would_happen(stage: Stage) -> None:
    open_role = await stage.discord.add_role(stage.guild.id, "Open", mentionable=True)
    shut_role = await stage.discord.add_role(stage.guild.id, "Shut")
    person = stage.person
    quoted = stage.discord.add_user("Quoted")
    text = f"@everyone <@&{open_role.id}> <@&{shut_role.id}> <@{person.id}> `<@{quoted.id}>`"

    async def pings(**rest: Any) -> Any:
        await stage.target.send(text, **rest)
        return stage.discord.messages(stage.channel.id)[-1].pings

    plain = await pings()
    assert (plain.everyone, plain.roles, plain.users) == (False, [open_role.id], [person.id])
    assert not await pings(allowed_mentions=discord.AllowedMentions.none())
    only = discord.AllowedMentions(
        everyone=False, users=False, roles=[discord.Object(open_role.id)]
    )
    assert (await pings(allowed_mentions=only)).roles == [open_role.id]
    own = next(role for role in stage.guild.roles.values() if role.managed)
    await stage.discord.set_role(
        stage.guild.id, own.id, permissions=permissions.BOT_DEFAULT | permissions.MENTION_EVERYONE
    )
    strong = await pings()
    assert (strong.everyone, strong.roles) == (True, [open_role.id, shut_role.id])
    embedded = await stage.target.send(embed=discord.Embed(description=text))
    await embedded.edit(content=text)
    assert not stage.discord.messages(stage.channel.id)[-1].pings


async def test_direct_messages(stage: Stage) -> None:
    person = await stage.bot.fetch_user(stage.person.id)
    await person.send("hello")
    dm = stage.discord.dm_channel(stage.person.id)
    assert [m.content for m in stage.discord.messages(dm.id)] == ["hello"]
    stage.person.blocks_dms = True
    with pytest.raises(discord.Forbidden) as caught:
        await person.send("hello?")
    assert caught.value.code == 50007


# -- limits


def _embed(**parts: Any) -> dict[str, Any]:
    return {"embeds": [{"title": "t"} | parts]}


def _row(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"components": [{"type": 1, "components": list(parts)}]}


def _button(number: int = 0, **parts: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "x", "custom_id": f"b{number}"} | parts


def _link(url: str) -> dict[str, Any]:
    return {"type": 2, "style": 5, "label": "x", "url": url}


def _select(count: int) -> dict[str, Any]:
    options = [{"label": str(n), "value": str(n)} for n in range(count)]
    return {"type": 3, "custom_id": "s", "options": options}


def _ticked(select: dict[str, Any]) -> dict[str, Any]:
    return select | {"options": [option | {"default": True} for option in select["options"]]}


GOOD_BODIES = [
    {"content": "x" * 2000},
    _embed(title="x" * 256, description="y" * 4096),
    _embed(fields=[{"name": "n" * 256, "value": "v" * 200}] * 12),
    _embed(fields=[{"name": "\u200b", "value": "\u200b"}] * 25),
    {"embeds": [{"description": "d"}] * 10},
    {"embeds": [{"description": "d" * 3000}] * 2},
    _embed(image={"url": "attachment://map.png"}, url="https://a.b/c?d=1"),
    _embed(timestamp="2026-08-20T18:00:00+00:00"),
    _row(*[_button(n) for n in range(5)]),
    _row(_link("https://" + "x" * 500 + ".de")),
    _row(_select(25)),
    _row(_ticked(_select(25) | {"min_values": 0, "max_values": 25})),
    {"nonce": "9" * 25},
    {"allowed_mentions": {"parse": ["users"], "roles": ["12"]}},
]
BAD_BODIES = [
    ({"content": "x" * 2001}, "content"),
    ({"embeds": [{"description": "d"}] * 11}, "embeds"),
    ({"embeds": [{}]}, "embeds.0.description"),
    (_embed(title="x" * 257), "embeds.0.title"),
    (_embed(description="x" * 4097), "embeds.0.description"),
    (_embed(fields=[{"name": "n", "value": "v"}] * 26), "embeds.0.fields"),
    (_embed(fields=[{"name": "n" * 257, "value": "v"}]), "embeds.0.fields.0.name"),
    (_embed(fields=[{"name": "n", "value": "v" * 1025}]), "embeds.0.fields.0.value"),
    (_embed(fields=[{"name": "n", "value": "  "}]), "embeds.0.fields.0.value"),
    (_embed(footer={"text": "x" * 2049}), "embeds.0.footer.text"),
    (_embed(author={"name": "x" * 257}), "embeds.0.author.name"),
    (_embed(author={"name": ""}), "embeds.0.author.name"),
    ({"embeds": [{"description": "d" * 3001}] * 2}, "embeds"),
    (_embed(url="zkillboard.com/kill/1"), "embeds.0.url"),
    (_embed(url="ftp://a.b"), "embeds.0.url"),
    (_embed(url="https://a b"), "embeds.0.url"),
    (_embed(thumbnail={"url": "attachment://other.png"}), "embeds.0.thumbnail.url"),
    (_embed(timestamp="yesterday"), "embeds.0.timestamp"),
    (_embed(color=0x1000000), "embeds.0.color"),
    ({"components": [{"type": 1, "components": [_button(n)]} for n in range(6)]}, "components"),
    (_row(*[_button(n) for n in range(6)]), "components.0.components"),
    (_row(), "components.0.components"),
    (_row(_button(), _select(2)), "components.0.components"),
    (_row(_button(), _button()), "components.0.components.1.custom_id"),
    (_row(_button(custom_id="x" * 101)), "components.0.components.0.custom_id"),
    (_row(_button(label="x" * 81)), "components.0.components.0.label"),
    (_row(_link("javascript:alert(1)")), "components.0.components.0.url"),
    (_row(_link("https://" + "x" * 520 + ".de")), "components.0.components.0.url"),
    (_row(_select(26)), "components.0.components.0.options"),
    (_row(_select(0)), "components.0.components.0.options"),
    (_row(_select(2) | {"max_values": 3}), "components.0.components.0.max_values"),
    (_row(_ticked(_select(2))), "components.0.components.0.options"),
    ({"nonce": "9" * 26}, "nonce"),
    ({"allowed_mentions": {"parse": ["roles"], "roles": ["12"]}}, "allowed_mentions"),
    ({"allowed_mentions": {"users": ["me"]}}, "allowed_mentions.users.0"),
    ({"allowed_mentions": {"parse": ["here"]}}, "allowed_mentions.parse.0"),
]


def _paths(errors: dict[str, Any], prefix: str = "") -> list[str]:
    found = []
    for key, child in errors.items():
        if key == "_errors":
            found.append(prefix)
        else:
            found += _paths(child, f"{prefix}.{key}" if prefix else key)
    return found


@pytest.mark.parametrize("body", GOOD_BODIES, ids=range(len(GOOD_BODIES)))
def test_bodies_at_the_limit_pass(body: dict[str, Any]) -> None:
    check_message(body, filenames={"map.png"})


@pytest.mark.parametrize(("body", "path"), BAD_BODIES, ids=range(len(BAD_BODIES)))
def test_bodies_beyond_a_limit_are_refused(body: dict[str, Any], path: str) -> None:
    with pytest.raises(DiscordError) as caught:
        check_message(body, filenames={"map.png"})
    assert caught.value.body["code"] == 50035
    assert _paths(caught.value.body["errors"]) == [path]


async def test_a_refused_body_reaches_the_bot_as_discord_py_tells_it(stage: Stage) -> None:
    with pytest.raises(discord.HTTPException) as caught:
        await stage.target.send(embed=discord.Embed(title="x" * 257))
    assert (caught.value.status, caught.value.code) == (400, 50035)
    assert "In embeds.0.title: Must be 256 or fewer in length." in caught.value.text
    with pytest.raises(discord.HTTPException) as caught:
        await stage.target.send("  ")
    assert caught.value.code == 50006
    with pytest.raises(discord.HTTPException) as caught:
        await stage.target.send(file=discord.File(io.BytesIO(bytes(11 * 1024 * 1024)), "big.bin"))
    assert (caught.value.status, caught.value.code) == (413, 40005)
    assert stage.discord.messages(stage.channel.id) == []


def _command(**parts: Any) -> dict[str, Any]:
    return {"name": "battle", "description": "d", "type": 1} | parts


def _option(kind: int = 3, **parts: Any) -> dict[str, Any]:
    return {"name": "region", "description": "d", "type": kind} | parts


LONG = [{"name": "n" * 90, "value": "v" * 90}] * 25
BAD_COMMANDS = [
    ([_command(), _command()], "1.name"),
    ([_command(name="Battle")], "0.name"),
    ([_command(name="a b")], "0.name"),
    ([_command(name="x" * 33)], "0.name"),
    ([_command(description="")], "0.description"),
    ([_command(description="x" * 101)], "0.description"),
    ([_command(options=[_option(name=f"o{n}") for n in range(26)])], "0.options"),
    ([_command(options=[_option(), _option()])], "0.options.1.name"),
    ([_command(options=[_option(), _option(name="b", required=True)])], "0.options.1"),
    ([_command(options=[_option(1), _option(3, name="b")])], "0.options"),
    (
        [_command(options=[_option(2, options=[_option(2, options=[_option(1)])])])],
        "0.options.0.options.0.type",
    ),
    (
        [_command(options=[_option(choices=[{"name": "n", "value": "v"}], autocomplete=True)])],
        "0.options.0.autocomplete",
    ),
    (
        [_command(options=[_option(choices=[{"name": "", "value": "v"}])])],
        "0.options.0.choices.0.name",
    ),
    ([_command(options=[_option(name=f"o{n}", choices=LONG) for n in range(2)])], "0"),
    ([_command(name=f"c{n}") for n in range(101)], "_list"),
]


@pytest.mark.parametrize(("body", "path"), BAD_COMMANDS, ids=range(len(BAD_COMMANDS)))
def test_commands_that_discord_would_not_register(body: list[Any], path: str) -> None:
    with pytest.raises(DiscordError) as caught:
        check_commands(body)
    assert _paths(caught.value.body["errors"]) == [path]


async def test_commands_keep_their_ids(stage: Stage) -> None:
    before = {c["name"]: c["id"] for c in stage.discord.commands()}
    assert sorted(before) == ["battle", "hidden"]
    await stage.bot.tree.sync()
    assert {c["name"]: c["id"] for c in stage.discord.commands()} == before
    fetched = await stage.bot.tree.fetch_commands()
    assert {str(c.id) for c in fetched} == set(before.values())

    @app_commands.command(name="admin", description="Owner only")
    async def admin(interaction: discord.Interaction) -> None: ...

    home = discord.Object(stage.guild.id)
    stage.bot.tree.add_command(admin, guild=home)
    await stage.bot.tree.sync(guild=home)
    assert [c["name"] for c in stage.discord.commands(stage.guild.id)] == ["admin"]


# -- rights and faults


@pytest.mark.parametrize(
    ("bit", "code"),
    [
        (permissions.VIEW_CHANNEL, 50001),
        (permissions.SEND_MESSAGES, 50013),
        (permissions.EMBED_LINKS, 50013),
        (permissions.ATTACH_FILES, 50013),
    ],
)
async def test_missing_rights(stage: Stage, bit: int, code: int) -> None:
    target = stage.target
    await stage.discord.set_permissions(stage.channel.id, deny=bit)
    with pytest.raises(discord.Forbidden) as caught:
        await target.send(embed=discord.Embed(title="t"), file=discord.File(io.BytesIO(b"x"), "x"))
    assert caught.value.code == code
    await stage.bot.until(lambda: "guild_channel_update" in stage.bot.happened)
    assert not target.permissions_for(target.guild.me).value & bit


async def test_threads_have_a_right_of_their_own(stage: Stage) -> None:
    thread = await (await stage.target.send("start")).create_thread(name="Talk")
    deny = permissions.SEND_MESSAGES_IN_THREADS
    await stage.discord.set_permissions(stage.channel.id, deny=deny)
    with pytest.raises(discord.Forbidden):
        await thread.send("no")
    await stage.target.send("yes")


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        (faults.code(10003), discord.NotFound, 10003),
        (faults.code(10008), discord.NotFound, 10008),
        (faults.code(50001), discord.Forbidden, 50001),
        (faults.code(50013), discord.Forbidden, 50013),
        (faults.code(50083), discord.HTTPException, 50083),
        (faults.code(50035), discord.HTTPException, 50035),
        (faults.code(40005), discord.HTTPException, 40005),
        (faults.code(401), discord.HTTPException, 0),
        (faults.http(503), discord.DiscordServerError, 0),
        (faults.cloudflare_ban(), discord.HTTPException, 0),
        (faults.rate_limit(60.0), discord.RateLimited, None),
    ],
)
async def test_faults_surface_as_they_do_with_discord(
    stage: Stage, fault: faults.Fault, error: type[Exception], code: int | None
) -> None:
    rule = stage.discord.fail(fault, method="POST", channel_id=stage.channel.id)
    other = await stage.discord.add_channel(stage.guild.id, "other")
    await stage.bot.until(lambda: stage.bot.get_channel(other.id) is not None)
    await stage.bot.get_channel(other.id).send("untouched")  # type: ignore[union-attr]
    with pytest.raises(error) as caught:
        await stage.target.send("x")
    assert getattr(caught.value, "code", None) == code
    assert stage.discord.hits(rule.id) == 1
    assert stage.discord.messages(stage.channel.id) == []
    await stage.target.send("again")
    assert len(stage.discord.messages(stage.channel.id)) == 1


async def test_discord_py_waits_out_a_rate_limit(stage: Stage) -> None:
    rule = stage.discord.fail(faults.rate_limit(0.01), path="/channels/*/messages", times=2)
    await stage.target.send("x")
    assert rule.hits == 2
    log = stage.discord.request_log(method="POST", path="/messages")
    assert [entry.status for entry in log] == [429, 429, 200]
    sent = await stage.target.send("y")
    stage.discord.fail(faults.code(30046, retry_after=0.01), method="PATCH", times=5)
    with pytest.raises(discord.HTTPException) as caught:
        await sent.edit(content="z")
    assert (caught.value.status, caught.value.code) == (429, 30046)


async def test_enforced_rate_limits_are_kept_by_discord_py(stage: Stage) -> None:
    stage.discord.set_rate_limit(limit=2, window=0.1)
    await asyncio.gather(*(stage.target.send(str(n)) for n in range(6)))
    statuses = [entry.status for entry in stage.discord.request_log(path="/messages")]
    assert statuses.count(200) == 6
    assert len(stage.discord.messages(stage.channel.id)) == 6
    stage.discord.set_rate_limit(limit=1, window=60)
    url = f"{stage.discord.api_base}/users/@me/guilds"
    headers = {"Authorization": "Bot token"}
    async with aiohttp.ClientSession(headers=headers) as session:
        answers = [await session.get(url) for _ in range(2)]
        assert [answer.status for answer in answers] == [200, 429]
        assert float(answers[1].headers["Retry-After"]) > 50
        assert answers[0].headers["X-RateLimit-Remaining"] == "0"


async def test_a_lost_answer_leaves_the_message(stage: Stage) -> None:
    stage.discord.fail(faults.lost_answer(), path="/channels/*/messages")
    with pytest.raises((aiohttp.ClientError, OSError)):
        await stage.target.send("lost", nonce=1)
    assert [m.content for m in stage.discord.messages(stage.channel.id)] == ["lost"]
    assert (await stage.target.send("lost", nonce=1)).content == "lost"
    assert len(stage.discord.messages(stage.channel.id)) == 1
    stage.discord.fail(faults.lost_answer(after=False), path="/channels/*/messages")
    with pytest.raises((aiohttp.ClientError, OSError)):
        await stage.target.send("never")
    assert len(stage.discord.messages(stage.channel.id)) == 1
    stage.discord.fail(faults.http(503, after=True), path="/channels/*/messages")
    with pytest.raises(discord.DiscordServerError):
        await stage.target.send("made all the same")
    assert len(stage.discord.messages(stage.channel.id)) == 2


async def test_an_answer_is_held_until_released(stage: Stage) -> None:
    rule = stage.discord.fail(faults.hold(), method="POST")
    sending = asyncio.create_task(stage.target.send("held"))
    await stage.discord.reached(rule.id)
    assert len(stage.discord.messages(stage.channel.id)) == 1
    assert not sending.done()
    stage.discord.release(rule.id)
    assert (await sending).content == "held"
    early = stage.discord.fail(faults.hold(after=False), method="POST")
    sending = asyncio.create_task(stage.target.send("late"))
    await stage.discord.reached(early.id)
    assert len(stage.discord.messages(stage.channel.id)) == 1
    stage.discord.clear_faults()
    await sending


async def test_a_client_that_dies_while_its_answer_is_held(stage: Stage) -> None:
    rule = stage.discord.fail(faults.hold(), method="POST")
    sending = asyncio.create_task(stage.target.send("once", nonce=5))
    await stage.discord.reached(rule.id)
    sending.cancel()
    await asyncio.wait([sending])
    stage.discord.release(rule.id)
    again = await stage.target.send("once", nonce=5)
    assert [m.id for m in stage.discord.messages(stage.channel.id)] == [again.id]
    stage.discord.fail(faults.hold(), method="POST")
    abandoned = asyncio.create_task(stage.target.send("still held when everything closes"))
    await stage.discord.wait_for_messages(stage.channel.id, count=2)
    abandoned.cancel()


async def test_a_channel_that_is_gone(stage: Stage) -> None:
    target = stage.target
    sent = await target.send("x")
    stage.discord.remove_message(sent.id)
    with pytest.raises(discord.NotFound) as caught:
        await sent.edit(content="y")
    assert caught.value.code == 10008
    await stage.discord.remove_channel(stage.channel.id)
    with pytest.raises(discord.NotFound) as caught:
        await target.send("x")
    assert caught.value.code == 10003
    other = await stage.discord.add_channel(stage.guild.id)
    await stage.discord.remove_bot(stage.guild.id)
    with pytest.raises(discord.Forbidden) as forbidden:
        await stage.bot.get_partial_messageable(other.id).send("x")
    assert forbidden.value.code == 50001


# -- people


async def test_slash_command_with_every_kind_of_option(stage: Stage) -> None:
    role = await stage.discord.add_role(stage.guild.id, "FC")
    options = {"region": "Delve", "min_kills": 5, "role": role.id, "where": stage.channel.id}
    answer = await stage.slash("battle recent", options=options)
    assert answer.message.content == f"Delve 5 FC intel {stage.person.id}"
    assert not answer.ephemeral
    assert stage.discord.messages(stage.channel.id) == [answer.message]


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("battle recent", {}),
        ("battle recent", {"region": "Delve", "min_kills": 1}),
        ("battle recent", {"region": "Delve", "colour": "red"}),
        ("battle recent", {"region": 5}),
        ("battle recent", {"region": "Delve", "role": 12}),
        ("battle", {}),
        ("nothing", {}),
    ],
)
async def test_people_cannot_send_what_the_client_would_not(
    stage: Stage, command: str, options: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"option|there|registered|id 12"):
        await stage.slash(command, options=options)


async def test_autocomplete(stage: Stage) -> None:
    choices = await stage.discord.autocomplete(
        "battle recent",
        channel_id=stage.channel.id,
        user_id=stage.person.id,
        option="region",
        text="de",
    )
    assert [choice["value"] for choice in choices] == ["Delve", "Devoid", "Derelik"]


async def test_default_permissions_hide_a_command(stage: Stage) -> None:
    with pytest.raises(ValueError, match="hidden"):
        await stage.slash("hidden")
    manager = permissions.EVERYONE_DEFAULT | permissions.MANAGE_CHANNELS
    allowed = await stage.slash("hidden", member_permissions=manager)
    assert allowed.text == "manages: True"
    assert allowed.ephemeral
    overridden = await stage.slash("hidden", hidden_too=True)
    assert overridden.text == "manages: False"
    assert stage.discord.messages(stage.channel.id) == []


async def test_commands_in_direct_messages(stage: Stage) -> None:
    dm = stage.discord.dm_channel(stage.person.id)
    answer = await stage.discord.slash(
        "battle recent", channel_id=dm.id, user_id=stage.person.id, options={"region": "Delve"}
    )
    assert answer.text.startswith("Delve 2")


async def test_a_team_may_own_the_application(stage: Stage) -> None:
    second = stage.discord.add_user("second")
    stage.discord.set_team([stage.discord.owner.id, second.id])
    info = await stage.bot.application_info()
    assert info.team is not None
    assert [m.id for m in info.team.members] == [stage.discord.owner.id, second.id]
    assert await stage.bot.is_owner(await stage.bot.fetch_user(second.id))


@pytest.mark.parametrize("private", [True, False])
async def test_deferred_answer_with_a_file(stage: Stage, private: bool) -> None:
    answer = await stage.slash("battle map", options={"private": private})
    answer = await stage.discord.settle(answer.interaction_id, followups=1)
    assert answer.deferred
    assert answer.ephemeral is private
    assert answer.message.attachments[0].content == PNG
    assert answer.message.attachments[0].description == "heat"
    assert [m.content for m in answer.followups] == ["and more"]
    assert answer.message.edited_at is None
    assert len([m async for m in stage.target.history()]) == (0 if private else 1)
    assert len(stage.discord.messages(stage.channel.id)) == (0 if private else 1)


async def test_buttons_selects_and_forms(stage: Stage) -> None:
    answer = await stage.slash("battle recent", options={"region": "Delve"})
    use = {"user_id": stage.person.id}
    message = answer.message
    clicked = await stage.discord.click(message.id, "pager:next", **use)
    assert clicked.message is message
    assert message.content == "page 2"
    await stage.discord.click(message.id, "pager:slow", **use)
    assert message.content == "page 3"
    assert message.edits == 2
    picked = await stage.discord.select(message.id, "pager:pick", values=["Two"], **use)
    assert picked.text == "picked Two"
    opened = await stage.discord.click(message.id, "pager:form", **use)
    assert opened.modal is not None
    assert opened.modal["title"] == "Filter"
    with pytest.raises(ValueError, match="condition"):
        await stage.discord.submit_modal(opened.interaction_id, values={})
    saved = await stage.discord.submit_modal(
        opened.interaction_id, values={"condition": "isk > 1B"}
    )
    assert (saved.text, saved.ephemeral) == ("saved isk > 1B", True)
    with pytest.raises(ValueError, match="no component"):
        await stage.discord.click(message.id, "other", **use)


async def test_a_form_is_judged(stage: Stage) -> None:
    caught: list[int] = []

    @app_commands.command(name="form", description="A form")
    async def form(interaction: discord.Interaction) -> None:
        modal = discord.ui.Modal(title="Form", custom_id="form")
        modal.add_item(discord.ui.TextInput(label="Text", default="x" * 11, max_length=10))
        try:
            await interaction.response.send_modal(modal)
        except discord.HTTPException as error:
            caught.append(error.code)
            await interaction.response.send_message("refused")

    stage.bot.tree.add_command(form)
    await stage.bot.tree.sync()
    assert (await stage.slash("form")).text == "refused"
    assert caught == [50035]


async def test_a_file_given_to_a_command_can_be_read(stage: Stage) -> None:
    @app_commands.command(name="read", description="Reads a file")
    async def read(interaction: discord.Interaction, file: discord.Attachment) -> None:
        text = (await file.read()).decode()
        await interaction.response.send_message(f"{file.filename} {file.size} {text}")

    stage.bot.tree.add_command(read)
    await stage.bot.tree.sync()
    given = {"filename": "a.json", "content": '{"a": "é"}'}
    answer = await stage.slash("read", options={"file": given})
    assert answer.text == 'a.json 11 {"a": "é"}'


async def test_an_answer_after_three_seconds_or_twice_is_refused(stage: Stage) -> None:
    caught: list[int] = []

    @app_commands.command(name="late", description="Late")
    async def late(interaction: discord.Interaction) -> None:
        stage.discord.advance(timedelta(seconds=3.1).total_seconds())
        try:
            await interaction.response.send_message("too late")
        except discord.NotFound as error:
            caught.append(error.code)

    stage.bot.tree.add_command(late)
    await stage.bot.tree.sync()
    with pytest.raises(TimeoutError, match="callback was None"):
        await stage.slash("late", patience=0.2)
    assert caught == [10062]


# -- the separate process


async def test_the_separate_process_is_driven_by_the_same_calls(tmp_path: Path) -> None:
    log = tmp_path / "discord.log"
    async with RemoteDiscord.spawn(log=log) as remote:
        guild = await remote.add_guild("Testers")
        channel = await remote.add_channel(guild.id, "intel")
        owner = await remote.get_owner()
        fake: Any = remote
        with _pointed_at(remote):
            async with _online(fake) as bot:
                target: Any = bot.get_channel(channel.id)
                await remote.fail(faults.lost_answer(), path="/channels/*/messages")
                with pytest.raises((aiohttp.ClientError, OSError)):
                    await target.send("lost", nonce=1, file=discord.File(io.BytesIO(PNG), "m.png"))
                (message,) = await remote.messages(channel.id)
                assert message.attachments[0].content == PNG
                answer = await remote.slash(
                    "battle recent",
                    channel_id=channel.id,
                    user_id=owner.id,
                    options={"region": "Delve"},
                )
                assert answer.message is not None
                assert "Delve" in answer.text
                await remote.click(answer.message.id, "pager:next", user_id=owner.id)
                assert (await remote.messages(channel.id))[-1].content == "page 2"
                held = await remote.fail(faults.hold(), method="POST")
                sending = asyncio.create_task(target.send("held"))
                await remote.reached(held.id)
                await remote.release(held.id)
                await sending
                with pytest.raises(ValueError, match="no command"):
                    await remote.slash("none", channel_id=channel.id, user_id=owner.id)
                await remote.do("set_unavailable", guild_id=guild.id)
                await bot.until(lambda: "guild_unavailable" in bot.happened)
        assert len(await remote.wait_for_messages(channel.id, count=3)) == 3
    assert b"/callback" in log.read_bytes()


BOT_THAT_IS_KILLED = """
import asyncio, sys, discord
from discord.http import HTTPClient, Route, handle_message_parameters
Route.BASE = sys.argv[1]
async def main():
    client = discord.Client(intents=discord.Intents.none())
    await client.login("token")
    params = handle_message_parameters("battle", nonce=77)
    await client.http.send_message(int(sys.argv[2]), params=params)
    await client.close()
asyncio.run(main())
"""


async def test_kill_9_between_discords_answer_and_the_clients_settling(tmp_path: Path) -> None:
    async with RemoteDiscord.spawn(log=tmp_path / "log") as remote:
        guild = await remote.add_guild("Testers")
        channel = await remote.add_channel(guild.id)
        rule = await remote.fail(faults.hold(), method="POST")
        arguments = ("-c", BOT_THAT_IS_KILLED, remote.api_base, str(channel.id))
        first = await asyncio.create_subprocess_exec(sys.executable, "-W", "ignore", *arguments)
        await remote.reached(rule.id, patience=20)
        first.kill()
        assert await first.wait() == -9
        await remote.release(rule.id)
        assert [m.nonce for m in await remote.messages(channel.id)] == ["77"]
        second = await asyncio.create_subprocess_exec(sys.executable, "-W", "ignore", *arguments)
        assert await second.wait() == 0
        assert len(await remote.messages(channel.id)) == 1
        await remote.advance(600)
        third = await asyncio.create_subprocess_exec(sys.executable, "-W", "ignore", *arguments)
        assert await third.wait() == 0
        assert len(await remote.messages(channel.id)) == 2


def _pointed_at(remote: RemoteDiscord) -> Any:
    from tests.fakes.discord.server import patched

    return patched(api_base=remote.api_base, gateway_url=remote.gateway_url)
