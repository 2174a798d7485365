"""`/sov` as people meet it: timers, systems, alliances, changes, maps, and boards that keep themselves up to date."""

import pytest

from bot.delivery import DiscordSender
from bot.presentation.ages import NOTHING
from bot.presentation.sov_timers import PAGE
from services.domain.ids import GuildId
from services.domain.timer import Board
from tests.cogs.asking import message_of, refused
from tests.cogs.nullsec import BETA, SVM, T5ZI, UNNAMED, Nullsec
from tests.fakes.discord import Message, faults, permissions
from tests.fakes.discord.state import Channel
from tests.stage import Stage, button


@pytest.fixture
async def nullsec(stage: Stage) -> Nullsec:
    """Known since now, with two timers."""
    space = Nullsec(stage)
    space.contest(1, hours=30)
    space.contest(2, SVM, hours=2, defender=BETA)
    await space.look()
    return space


async def the_board(stage: Stage) -> Board:
    (board,) = await stage.services.boards.all_of(GuildId(stage.guild.id))
    return board


async def sent(stage: Stage, channel: Channel | None = None, **after: float) -> list[Message]:
    """Boards are looked at and what is due is sent; what stands in the channel then, without answers of commands."""
    stage.clock.advance(**after)
    await stage.wiring.house.board_keeper.refresh()
    await stage.wiring.worker(DiscordSender(stage.bot, stage.services)).drain()
    messages = stage.discord.messages((channel or stage.channel).id)
    return [one for one in messages if "Board #" in one.text or "board was removed" in one.text]


async def test_timers_are_listed_by_start_with_what_is_needed_to_go_there(
    stage: Stage, nullsec: Nullsec
) -> None:
    await stage.services.guilds.set_time_zone(GuildId(stage.guild.id), "Europe/Berlin")
    answer = await stage.ask("sov timers", near="1DQ1-A", jumps=50)
    assert not answer.ephemeral
    told = answer.text
    assert told.index("V-3YG7](") < told.index("1DQ1-A](")
    assert "Beta Union" in told
    assert "Alpha Pact \\[ALPHA\\]" in told
    assert "05:30 EVE (06:30 CET)" in told
    assert "2021-12-01 09:30 EVE (10:30 CET)" in told
    assert "ADM\u00a0**4.2**" in told
    assert "1DQ1-A itself" in told
    assert "33 jumps from Amarr" in told
    assert "as of 03:30 EVE (04:30 CET)" in told
    assert "2 contests" in told
    assert (await stage.ask("sov timers", private=True)).ephemeral


async def test_timers_keep_to_what_was_asked(stage: Stage, nullsec: Nullsec) -> None:
    assert "1DQ1-A" in (await stage.ask("sov timers", region="Delve")).text
    assert "1 contest ·" in (await stage.ask("sov timers", alliance="Beta Union")).text
    soon = await stage.ask("sov timers", hours=3)
    assert "in the next 3 hours" in soon.text
    assert "1DQ1-A" not in soon.text
    none = await stage.ask("sov timers", near="Jita", jumps=3)
    assert "No contest of that kind" in none.text
    assert "within 3 jumps of Jita" in none.text
    both = await stage.ask("sov timers", region="Catch", near="1DQ1-A", jumps=3)
    assert "No contest of that kind" in both.text
    near = await stage.ask("sov timers", near="1DQ1-A")
    assert "within 10 jumps of 1DQ1-A" in near.text
    assert "1 contest ·" in near.text


async def test_a_contest_under_way_stands_first_with_its_score(
    stage: Stage, nullsec: Nullsec
) -> None:
    nullsec.contest(3, T5ZI, hours=0.1)
    await nullsec.look(minutes=2)
    await nullsec.look(minutes=6)
    nullsec.campaigns[3] |= {"defender_score": 0.35, "attackers_score": 0.65}
    await nullsec.look(minutes=2)
    told = (await stage.ask("sov timers")).text
    assert "**Contested now**" in told
    assert "defender **35%**" in told
    assert told.index("T5ZI-S") < told.index("1DQ1-A")


async def test_what_was_never_told_and_what_is_stale_is_said(stage: Stage) -> None:
    never = await stage.ask("sov timers")
    assert NOTHING in never.text
    assert "No contest is under way" not in never.text
    space = Nullsec(stage)
    space.contest(1, hours=30)
    await space.look()
    space.fault = "502 from ESI"
    await space.look(hours=2)
    stale = await stage.ask("sov timers")
    assert "**stale since 03:31 EVE**" in stale.text
    assert "1DQ1-A" in stale.text, "what was known last is still shown"
    alliance = (await stage.ask("sov alliance", who="Alpha Pact")).text
    assert "Timers: **stale since 03:31 EVE**" in alliance
    assert "stale since" in (await stage.ask("sov system", system="1DQ1-A")).text


async def test_pages_are_turned_and_survive_a_restart(stage: Stage, nullsec: Nullsec) -> None:
    for number in range(10, 10 + PAGE):
        nullsec.contest(number, hours=number)
    await nullsec.look(minutes=2)
    message = message_of(await stage.ask("sov timers", region="Delve"))
    assert "Page 1 of 2 · 9 contests" in message.text
    await stage.restart()
    await stage.press(message, "Next", stage.member)
    assert "Page 2 of 2" in message.text
    assert "**Asked for** in Delve" in message.text
    stranger = await stage.press(message, "Back", stage.manager)
    assert "Only whoever asked" in stranger.text
    assert button(message, "Next")["disabled"]


async def test_wrong_names_and_half_questions_are_refused_in_words(stage: Stage) -> None:
    assert "Give `near`" in (await stage.ask("sov timers", jumps=3)).text
    assert "1DQ1-A" in (await stage.ask("sov timers", region="1DQ1-A")).text
    unknown = await stage.ask("sov system", system="Nowhereville-9")
    assert unknown.ephemeral
    assert "I know no system" in unknown.text
    nobody = await stage.ask("sov alliance", who="Nobody At All")
    assert "Nobody At All" in await refused(stage, nobody)


async def test_a_system_tells_who_holds_it_and_what_happens_there(
    stage: Stage, nullsec: Nullsec
) -> None:
    nullsec.raidable(T5ZI, hours=0.5)
    await nullsec.look(minutes=6)
    told = (await stage.ask("sov system", system="1DQ1-A")).text
    assert "**Held by** [Alpha Pact](https://zkillboard.com/alliance/99000065/)" in told
    assert "**capital**" in told
    assert "military\u00a03" in told
    assert "**Vulnerability** opens" in told
    assert "T5ZI-S" in told, "a skyhook next door"
    assert "through corporation #98000065" in told, "a name that nobody knows is never made up"
    npc = (await stage.ask("sov system", system="Amamake")).text
    assert "Minmatar Republic" in npc
    assert "ADM" not in npc
    assert "**Unclaimed**" in (await stage.ask("sov system", system="8WA-Z6")).text
    assert "Nobody can claim" in (await stage.ask("sov system", system="J105951")).text


async def test_flips_are_listed_and_told_of_whom_they_concern(
    stage: Stage, nullsec: Nullsec
) -> None:
    nullsec.claims[T5ZI] = nullsec.held(BETA)
    nullsec.claims[SVM] = {"unclaimed": True}
    await nullsec.look(minutes=6)
    told = (await stage.ask("sov changes")).text
    assert "Alpha Pact \\[ALPHA\\] → **Beta Union \\[BETA\\]**" in told
    assert "lost it with its hub, nobody holds it" in told
    assert "2 changes" in told
    assert "1 change" in (await stage.ask("sov changes", region="Delve")).text
    assert "1 change" in (await stage.ask("sov changes", alliance="Beta Union")).text
    assert "Nothing changed" in (await stage.ask("sov changes", region="The Forge")).text
    loser = (await stage.ask("sov alliance", who="Alpha Pact")).text
    assert "**1 system** in 1 region" in loser
    assert "took **0**, lost **2**" in loser
    assert "Capital" in loser
    winner = (await stage.ask("sov alliance", who="Beta Union")).text
    assert "took **1**, lost **0**" in winner
    assert "lost it with its hub" not in winner, "what others lost is not its business"
    stage.clock.advance(days=8)
    later = (await stage.ask("sov changes")).text
    assert "Nothing changed" in later
    assert "watched since" not in later
    longer = (await stage.ask("sov changes", days=30)).text
    assert "2 changes" in longer
    assert "watched since 2021-11-30 03:30 EVE" in longer, "before that nobody looked"


async def test_changes_are_leafed_through(stage: Stage) -> None:
    space = Nullsec(stage)
    systems = range(30004736, 30004736 + 13)
    for system in systems:
        space.claims[system] = space.held(BETA)
    await space.look()
    for system in systems:
        space.claims[system] = {"unclaimed": True}
        await space.look(minutes=6)
    message = message_of(await stage.ask("sov changes"))
    first = message.text
    assert "Page 1 of 2 · 13 changes" in first
    await stage.press(message, "Next", stage.member)
    assert "Page 2 of 2" in message.text
    assert message.text.count("lost it with its hub") == 3
    shown = {line.split("]")[0] for line in first.splitlines() if "lost it" in line}
    assert not any(system in message.text for system in shown), "none is told twice"


async def test_a_verdict_stands_in_the_changes_and_on_the_system(
    stage: Stage, nullsec: Nullsec
) -> None:
    nullsec.contest(3, T5ZI, hours=0.05)
    for _ in range(4):
        await nullsec.look(minutes=2)
    contest = nullsec.campaigns.pop(3)
    nullsec.claims[T5ZI] = nullsec.held(BETA)
    for _ in range(12):
        await nullsec.look(minutes=2)
    assert "lost, hub of Alpha Pact" in (await stage.ask("sov changes", region="Delve")).text
    system = (await stage.ask("sov system", system="T5ZI-S")).text
    assert "Contests before" in system
    assert "**Lost**" in system
    nullsec.campaigns[3] = contest
    await nullsec.look(minutes=2)
    assert "**taken back**" in (await stage.ask("sov changes", region="Delve")).text
    assert "**taken back**" in (await stage.ask("sov system", system="T5ZI-S")).text
    assert "**taken back**" in (await stage.ask("sov alliance", who="Alpha Pact")).text


async def test_what_is_typed_is_completed(stage: Stage, nullsec: Nullsec) -> None:
    assert "Delve" in await stage.typed("sov timers", "region", "del")
    assert "1DQ1-A" in await stage.typed("sov timers", "near", "1dq")
    assert "Alpha Pact [ALPHA] (alliance)" in await stage.typed("sov alliance", "who", "alph")
    await stage.slash("sov board add", region="Delve", alliance="Alpha Pact")
    boards = await stage.typed("sov board remove", "board", "")
    assert boards == ["#1 #intel: Delve, Alpha Pact [ALPHA]"]


async def test_a_board_is_made_kept_up_and_removed(stage: Stage, nullsec: Nullsec) -> None:
    answer = await stage.slash("sov board add", region="Delve", alliance="Beta Union")
    assert answer.ephemeral
    assert "Board #1 will stand in" in answer.text
    assert "Delve, Beta Union" in answer.text
    (board,) = await sent(stage)
    assert "Timers: Delve, Beta Union" in board.text
    assert "2021-12-01 09:30 EVE" in board.text
    await stage.slash("timer add", what="Fortizar hull", when="2d", where="1DQ1-A")
    (board,) = await sent(stage, minutes=2)
    assert "**Own timers**" in board.text
    assert "Fortizar hull" in board.text
    del nullsec.campaigns[1]
    nullsec.contest(9, T5ZI, hours=4)
    for _ in range(10):
        await nullsec.look(minutes=2)
    (board,) = await sent(stage)
    assert "T5ZI-S" in board.text
    assert "1DQ1-A](https://evemaps.dotlan.net/system/1DQ1-A) (Delve)" not in board.text
    assert "**#1** in" in (await stage.slash("sov board list")).text
    removed = await stage.slash("sov board remove", board=1)
    assert "not kept up to date any more" in removed.text
    (board,) = await sent(stage, minutes=2)
    assert "This board was removed" in board.text
    assert "No board yet" in (await stage.slash("sov board list")).text
    assert "has no board #1" in (await stage.slash("sov board remove", board=1)).text


async def test_a_deleted_board_comes_back(stage: Stage, nullsec: Nullsec) -> None:
    await stage.slash("sov board add")
    (board,) = await sent(stage)
    board.deleted = True
    nullsec.contest(5, T5ZI, hours=9)
    await nullsec.look(minutes=2)
    assert await sent(stage) == []
    (board,) = await sent(stage, seconds=30)
    assert "T5ZI-S" in board.text
    assert (await the_board(stage)).generation == 2


async def test_boards_need_the_right_to_manage_the_channel(stage: Stage, nullsec: Nullsec) -> None:
    for command in ("sov board add", "sov board list"):
        answer = await stage.ask(command)
        assert answer.ephemeral
        assert "Manage Channels" in answer.text
    secret = await stage.discord.add_channel(stage.guild.id, "secret")
    denied = permissions.VIEW_CHANNEL | permissions.SEND_MESSAGES
    await stage.discord.set_permissions(secret.id, deny=denied, user_id=stage.bot.user.id)  # type: ignore[union-attr]
    await stage.bot.until(lambda: "guild_channel_update" in stage.bot.happened)
    answer = await stage.slash("sov board add", channel=secret.id)
    assert "I lack **View Channel" in answer.text
    stage.bot.happened.clear()
    await stage.discord.set_permissions(
        secret.id, deny=permissions.MANAGE_CHANNELS, user_id=stage.manager.id
    )
    await stage.bot.until(lambda: "guild_channel_update" in stage.bot.happened)
    answer = await stage.slash("sov board add", channel=secret.id)
    assert f"Manage Channels in <#{secret.id}>" in answer.text
    assert await stage.services.boards.all_of(GuildId(stage.guild.id)) == ()


async def test_a_board_that_discord_refuses_rests_and_is_woken(
    stage: Stage, nullsec: Nullsec
) -> None:
    await stage.slash("sov board add", own_timers=False)
    await sent(stage)
    assert "does not rest" in (await stage.slash("sov board resume", board=1)).text
    stage.discord.fail(faults.code(50001), method="PATCH", channel_id=stage.channel.id, times=1)
    nullsec.contest(5, T5ZI, hours=9)
    await nullsec.look(minutes=2)
    await sent(stage)
    assert (
        "**rests**: the bot may not see the channel" in (await stage.slash("sov board list")).text
    )
    assert "tried again" in (await stage.slash("sov board resume", board=1)).text
    (board,) = await sent(stage, minutes=2)
    assert "T5ZI-S" in board.text


async def test_names_that_nobody_knows_are_shown_as_ids_and_call_nobody(
    stage: Stage, nullsec: Nullsec
) -> None:
    nullsec.contest(7, T5ZI, hours=1, defender=UNNAMED)
    await nullsec.look(minutes=2)
    told = (await stage.ask("sov timers")).text
    assert f"alliance #{UNNAMED}" in told


async def test_a_map_is_drawn_and_told(stage: Stage, nullsec: Nullsec) -> None:
    answer = await stage.ask("sov map", region="Delve")
    (picture,) = message_of(answer).attachments
    assert picture.filename.endswith(".png")
    assert "Alpha Pact" in answer.text
    assert "as of 03:30 EVE" in answer.text


async def test_in_direct_messages_timers_are_told_and_boards_are_not(
    stage: Stage, nullsec: Nullsec
) -> None:
    private = stage.discord.dm_channel(stage.member.id)
    told = await stage.slash("sov timers", stage.member, in_channel=private.id)
    assert "1DQ1-A" in told.text
    refusal = await stage.slash("sov board list", stage.member, in_channel=private.id)
    assert "server" in refusal.text
    assert "Boards" not in refusal.text
