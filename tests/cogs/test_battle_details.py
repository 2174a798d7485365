"""Losses, sides and histories of battles as people meet them, and the buttons under battle cards."""

import csv
import io
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.delivery import DiscordSender
from services.domain.battle import Battle, BattleState
from services.domain.fetch import FetchedFit, FetchState
from services.domain.ids import GuildId, KillmailId, TypeId
from services.domain.killmail import Item
from tests.cogs.asking import menus, message_of, refused
from tests.cogs.battlefield import FIRST, fight, many_fights, slaughter
from tests.factories import mail
from tests.fakes.discord import Answer, Message
from tests.fakes.discord.state import FORUM
from tests.stage import Stage, button
from tests.wiring import AMAMAKE

ALPHA, BETA = "a99000065", "a99000066"


async def choose(stage: Stage, message: Message, *values: str, user: Any = None) -> Answer:
    """Choose from the only list under a message."""
    (menu,) = menus(message)
    return await stage.discord.select(
        message.id, menu["custom_id"], values=list(values), user_id=(user or stage.member).id
    )


def returning(battle: Battle) -> Callable[[str], Awaitable[Battle]]:
    """A store that knows this battle alone."""

    async def get(_: str) -> Battle:
        return battle

    return get


async def card(stage: Stage) -> Message:
    """A battle's card, posted for an alert."""
    await stage.slash("alert add battles", min_kills=2)
    await fight(stage.wiring)
    await deliver(stage)
    (message,) = stage.discord.messages(stage.channel.id)
    return message


async def deliver(stage: Stage) -> None:
    stage.clock.advance(minutes=2)
    await stage.wiring.worker(DiscordSender(stage.bot, stage.services)).drain()


async def test_an_hour_with_several_battles_shows_the_largest_and_names_the_others(
    stage: Stage,
) -> None:
    await fight(stage.wiring)
    await slaughter(stage.wiring, losses=4, minutes=195, crew=("A7", "A8"))
    link = "https://warbeacon.net/br/related/30002537/202111300300"
    shown = await stage.ask("battle show", id=link)
    assert "Amamake — 4 kills" in shown.text
    assert f"the largest one of that hour. There was also: `{FIRST}` (3 kills)." in shown.text
    by_system = await stage.ask("battle export", id="amamake")
    assert f"Before it: `{FIRST}` (3 kills)." in by_system.text
    assert (await stage.ask("battle show", id=FIRST)).text.count("there was also") == 0


async def test_losses_go_into_a_spreadsheet_without_formulas(stage: Stage) -> None:
    await stage.services.names.seed([(99_000_066, "alliance", "=1+1", None)])
    await fight(stage.wiring)
    await stage.wiring.take(mail(9, 193, "B1", "A1", system=AMAMAKE, hull=None))
    answer = await stage.ask("battle export", id=FIRST, format="csv", private=True)
    assert answer.ephemeral
    (file,) = message_of(answer).attachments
    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert [row["killmail_id"] for row in rows] == ["1", "3", "2", "9"]
    assert rows[0]["organisation"] == "'=1+1"
    assert rows[0]["character"] == "Vex *Rourke*"
    assert rows[0]["isk"] == "400000000.0"
    assert (rows[3]["isk"], rows[3]["isk_source"]) == ("", "unknown")


async def test_losses_are_listed_with_their_fits(stage: Stage) -> None:
    items = [(2488, 0, 3), (2048, 1, 0)]
    await fight(stage.wiring)
    await stage.wiring.take(mail(9, 193, "B1", "A1", "A2", system=AMAMAKE, isk=9e8, items=items))
    message = message_of(await stage.ask("battle losses", id=FIRST))
    assert "4 losses" in message.text
    await stage.restart()
    opened = await choose(stage, message, "9", user=stage.manager)
    assert opened.ephemeral
    assert "Control" in opened.text
    assert "Rifter" in opened.text


async def test_fits_that_are_not_kept_are_asked_for_and_their_state_is_shown(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service itself is tested elsewhere; here is what a press makes of its states."""
    await slaughter(stage.wiring, losses=12)
    fits = Fits()
    monkeypatch.setattr(stage.services.fits, "fits", fits.fits)
    monkeypatch.setattr(stage.services.fits, "want", fits.want)
    message = message_of(await stage.ask("battle losses", id=FIRST))
    assert len(fits.wanted) == 10, "of this page, no others"
    assert "fit asked for" in message.text
    opened = message_of(await choose(stage, message, str(fits.wanted[0])))
    assert "It is asked for" in opened.text
    fits.settle(FetchState.SUCCEEDED, items=(Item(type_id=TypeId(2048), flag=11, destroyed=1),))
    await stage.press(opened, "Refresh", stage.member)
    assert "Control" in opened.text
    assert "Refresh" not in opened.text
    await stage.press(message, "Refresh", stage.member)
    assert "fit known" in message.text
    assert "Refresh" not in message.text
    await stage.press(message, "Next", stage.member)
    assert len(fits.wanted) == 12
    fits.settle(FetchState.FAILED, error="The game does not know it.")
    again = await choose(stage, message, str(fits.wanted[-1]))
    assert "The game does not know it" in again.text


class Fits:
    """Fits that stand as the test says."""

    def __init__(self) -> None:
        self.wanted: list[KillmailId] = []
        self._state = FetchState.PENDING
        self._told: dict[str, Any] = {}

    def settle(self, state: FetchState, **told: Any) -> None:
        self._state, self._told = state, told

    async def fits(self, ids: Sequence[KillmailId]) -> dict[KillmailId, FetchedFit]:
        return {
            key: FetchedFit(killmail_id=key, state=self._state, **self._told)
            for key in ids
            if key in self.wanted
        }

    async def want(self, ids: Sequence[KillmailId]) -> None:
        self.wanted += [key for key in ids if key not in self.wanted]


async def test_a_member_moves_a_party_for_this_server(stage: Stage) -> None:
    await slaughter(stage.wiring, losses=9, parties=3)
    message = message_of(await stage.ask("battle sides", id=FIRST))
    assert message.ephemeral
    await choose(stage, message, "a99000067")
    await stage.restart()
    assert "alliance #99000067 fought …" in message.text
    assert "Side B: Alpha Pact" in message.text
    await choose(stage, message, ALPHA)
    assert f"by <@{stage.member.id}>" in message.text
    seen = await stage.services.battle_sides.seen_by(
        await stage.services.battles.get(FIRST), GuildId(stage.guild.id)
    )
    crews = [{p.organisation.id for p in side.parties} for side in seen.sides]
    assert {99_000_065, 99_000_067} in crews
    await stage.press(message, "Reset", stage.member)
    assert f"by <@{stage.member.id}>" not in message.text
    assert await stage.services.battle_sides.moves_of(GuildId(stage.guild.id), seen.key) == ()


async def test_moving_can_be_called_off(stage: Stage) -> None:
    await slaughter(stage.wiring, losses=9, parties=3)
    message = message_of(await stage.ask("battle sides", id=FIRST))
    await choose(stage, message, BETA)
    (menu,) = menus(message)
    assert [option["value"] for option in menu["options"]] == [ALPHA, "own"], "not its own side"
    await stage.press(message, "Another party", stage.member)
    assert "Which party stands on the wrong side?" in message.text
    await choose(stage, message, BETA)
    await choose(stage, message, "own")
    assert "to a side of its own" in message.text


async def test_many_parties_are_moved_page_by_page(stage: Stage) -> None:
    await slaughter(stage.wiring, losses=48, parties=24)
    await slaughter(stage.wiring, losses=8, first=600, minutes=194, parties=8, prey="cdefghij")
    message = message_of(await stage.ask("battle sides", id=FIRST))
    (menu,) = menus(message)
    assert len(menu["options"]) == 25
    first = {option["value"] for option in menu["options"]}
    await stage.press(message, "Next", stage.member)
    (menu,) = menus(message)
    second = {option["value"] for option in menu["options"]}
    assert len(first | second) == 33
    await choose(stage, message, min(second))
    assert "fought …" in message.text


async def test_a_battle_whose_details_are_gone_is_told_as_far_as_it_is_known(stage: Stage) -> None:
    await fight(stage.wiring)
    await stage.wiring.end_battles()
    stage.clock.advance(days=100)
    assert await stage.wiring.house.retention.prune()
    sides = await stage.ask("battle sides", id=FIRST)
    assert "cannot be counted anew" in sides.text
    assert menus(message_of(sides)) == []
    report = await stage.ask("battle show", id=FIRST)
    assert "Amamake — 3 kills" in report.text
    assert message_of(report).attachments
    losses = await stage.ask("battle losses", id=FIRST)
    assert "3 losses" in losses.text
    opened = await choose(stage, message_of(losses), "1")
    assert "The fit is not to be had" in opened.text
    assert "no network" in opened.text
    exported = message_of(await stage.ask("battle export", id=FIRST))
    assert "Who shot is no longer kept" in exported.text
    told = json.loads(exported.attachments[0].content)
    assert told["pilot_deeds"] == []
    assert not told["detailed"]
    assert "1 battle" in (await stage.ask("battle list", days=120, system="Amamake")).text


async def test_a_history_tells_fights_and_turns_its_pages(stage: Stage) -> None:
    await many_fights(stage.wiring, 9)
    answer = await stage.ask("battle history", who="[ALPHA]", days=7)
    assert "Fights of Alpha Pact, last 7 days" in answer.text
    assert "9 won" in answer.text
    assert "Beta Union" in answer.text
    message = message_of(answer)
    await stage.restart()
    await stage.press(message, "Next", stage.member)
    assert "Page 2 of 2" in message.text
    link = "https://zkillboard.com/character/90065001/"
    assert "1 fight" in (await stage.ask("battle history", who=link)).text
    nobody = await stage.ask("battle history", who="Gamma Raiders")
    assert "I have not seen “Gamma Raiders” yet" in await refused(stage, nobody)
    unfought = await stage.ask("battle history", who="https://zkillboard.com/alliance/99000090/")
    assert "No fight" in unfought.text


async def test_the_buttons_of_a_card_answer_whoever_presses(stage: Stage) -> None:
    message = await card(stage)
    await stage.restart()
    report = await stage.press(message, "Report", stage.member)
    assert report.ephemeral
    assert "Page 1 of" in report.text
    await stage.press(message_of(report), "Next", stage.member)
    assert "Page 2 of" in report.text
    timeline = await stage.press(message, "Timeline", stage.member)
    assert timeline.ephemeral
    assert message_of(timeline).attachments[0].content.startswith(b"\x89PNG")
    losses = await stage.press(message, "Losses", stage.member)
    assert losses.ephemeral
    assert "3 losses" in losses.text
    sides = await stage.press(message, "Sides", stage.member)
    assert sides.ephemeral
    assert "Which party" in sides.text
    assert stage.bot.persistent_views == []


async def test_muting_a_fight_is_for_managers_of_its_channel(stage: Stage) -> None:
    message = await card(stage)
    await stage.restart()
    refused_to = await stage.press(message, "Mute", stage.member)
    assert "You need the permission Manage Channels" in refused_to.text
    muted = await stage.press(message, "Mute")
    assert muted.ephemeral
    assert "This fight is muted here" in muted.text
    await deliver(stage)
    unmuted = await stage.press(message, "Unmute")
    assert "not muted any more" in unmuted.text
    await deliver(stage)
    assert button(message, "Mute")


async def test_what_is_frozen_or_taken_in_cannot_be_muted(stage: Stage) -> None:
    message = await card(stage)
    battles = stage.services.battles
    pressed = button(message, "Mute")
    larger = replace(await battles.get(FIRST), public_id="BR-Amamake-202111300300")
    frozen = replace(await battles.get(FIRST), state=BattleState.FROZEN)
    for known, told in (
        (larger, "part of BR-Amamake-202111300300 now"),
        (frozen, "I call nobody for it"),
    ):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(battles, "get", returning(known))
            assert told in (await stage.press(message, "Mute")).text
    await deliver(stage)
    assert button(message, "Mute") == pressed


async def test_a_fight_is_muted_from_its_post_in_a_forum(stage: Stage) -> None:
    stage.bot.happened.clear()
    forum = await stage.discord.add_channel(stage.guild.id, "fights", kind=FORUM)
    await stage.bot.until(lambda: "guild_channel_create" in stage.bot.happened)
    await stage.slash("alert add battles", min_kills=2, channel=forum.id)
    await fight(stage.wiring)
    await deliver(stage)
    (post,) = [c for c in stage.discord.world.channels.values() if c.parent_id == forum.id]
    (message,) = stage.discord.messages(post.id)
    assert "This fight is muted here" in (await stage.press(message, "Mute")).text
    await deliver(stage)
    assert button(message, "Unmute")
