"""The bot as a process: posts once, edits, stops politely; `kill -9` loses nothing and repeats nothing."""

import random
from contextlib import suppress
from pathlib import Path

from tests.fakes.discord import faults
from tests.fakes.discord.faults import Rule
from tests.integration.evening import FIRST, evening
from tests.integration.whole_bot import bot_process, dump, run_to_its_end
from tests.integration.world import (
    World,
    finish,
    publish,
    quiet,
    readable,
    run_undisturbed,
    world,
    writes,
)

LIVES = 20
"""How often the process is killed."""
SEED = 20_261_121


async def test_a_battle_is_posted_once_and_edited_as_it_grows(tmp_path: Path) -> None:
    documents = evening(seed=SEED)
    async with world(tmp_path / "one", documents) as there:
        half = FIRST + len(documents) // 2
        publish(there, range(FIRST, half))
        async with bot_process(there.around) as bot:
            await there.discord.wait_for_messages(there.battles, count=2, patience=60)
            await there.settled(lambda: there.r2z2.count(half) > 0)
            await quiet(there)
            before = {m.id: m.edits for m in there.discord.messages(there.battles)}
            publish(there, range(half, FIRST + len(documents)))
            await finish(there, bot)
        after = there.discord.messages(there.battles)
        assert {m.id for m in after} == set(before)
        assert len(after) == 2
        assert all(message.edits > before[message.id] for message in after)
        dear = sum(d["zkb"]["totalValue"] >= 1e9 for d in documents.values())
        assert len(there.discord.messages(there.kills)) == dear


async def test_twenty_kills_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    documents = evening(seed=SEED)
    async with world(tmp_path / "undisturbed", documents) as there:
        await run_undisturbed(there)
        messages, tables = readable(there), dump(there.around.database_url)
    async with world(tmp_path / "killed", documents) as there:
        await run_killed(there, random.Random(SEED))
        assert readable(there) == messages
        killed = dump(there.around.database_url)
        for name, rows in tables.items():
            assert killed[name] == rows, name


async def run_killed(there: World, dice: random.Random) -> None:
    """Publish bit by bit; in each life something happens, and then the process is killed at a random moment."""
    numbers = sorted(there.documents)
    cuts = sorted(dice.sample(range(1, len(numbers)), LIVES))
    done = 0
    for life, cut in enumerate(cuts):
        rule = held_answer(there) if life % 3 == 0 else None
        asked, written = len(there.r2z2.requests), len(writes(there))
        async with bot_process(there.around) as bot:
            publish(there, range(numbers[done], numbers[cut]))
            done = cut
            # A random moment: after so many questions to the feed, or messages, whichever comes first.
            questions, posts = asked + dice.randrange(1, 12), written + dice.randrange(1, 5)
            if rule is not None:
                with suppress(TimeoutError):  # nothing to post in this life
                    await there.discord.reached(rule.id, patience=10)
            else:
                await there.settled(
                    lambda q=questions, p=posts: (
                        len(there.r2z2.requests) >= q or len(writes(there)) >= p
                    )
                )
            await bot.kill()
        if rule is not None:
            there.discord.release(rule.id)
        there.discord.clear_faults()
    publish(there, range(numbers[done], numbers[-1] + 1))
    async with bot_process(there.around) as bot:
        await finish(there, bot)


def held_answer(there: World) -> Rule:
    """Discord takes a message in, but its answer never reaches the bot: the process dies before."""
    return there.discord.fail(faults.hold(), path="/channels/*/messages")


async def test_without_a_token_it_says_what_to_do(tmp_path: Path) -> None:
    async with world(tmp_path / "tokenless", evening(seed=1, fight=2, singles=1)) as there:
        code, told = await run_to_its_end(there.around, WARROOM_DISCORD__TOKEN=None)
    assert code == 2
    assert "make demo" in told
    assert "WARROOM_DISCORD__TOKEN" in told


async def test_a_wrong_token_ends_it_with_one_line_that_says_so(tmp_path: Path) -> None:
    async with world(tmp_path / "refused", evening(seed=1, fight=2, singles=1)) as there:
        code, told = await run_to_its_end(
            there.around, WARROOM_DISCORD__TOKEN="bad", WARROOM_LOG__LEVEL="error"
        )
    assert code == 2
    assert told.splitlines() == [
        "warroom: Discord refuses the token. Make a new one on the developer portal and set it."
    ]
