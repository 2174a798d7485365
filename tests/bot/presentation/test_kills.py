from dataclasses import replace
from datetime import timedelta

import discord
import pytest

from bot.presentation import colours
from bot.presentation.card import Card
from bot.presentation.kills import render_kill, render_kill_message
from services.domain.ids import SystemId, TypeId, WarId
from services.domain.isk import UNKNOWN_VALUE, Value, ValueSource
from services.domain.killmail import Combatant
from services.domain.message import KillSummary
from tests.bot.samples import (
    BERLIN,
    EVIL_KILL,
    GATE_KILL,
    JITA,
    NAMED,
    NOW,
    NPC_KILL,
    POD_KILL,
    STRUCTURE_KILL,
    TITAN_KILL,
    UTC_ZONE,
    estimate,
    kill_message,
    lexicon,
    pilot,
    reason,
    zkb,
)


def card_of(kill: KillSummary) -> Card:
    return render_kill_message(kill_message(kill), lexicon(), now=NOW, zone=UTC_ZONE)


def line(kill: KillSummary, label: str) -> str:
    described = card_of(kill).embed.description or ""
    return next((row for row in described.split("\n") if row.startswith(f"**{label}**")), "")


def colour(embed: discord.Embed) -> int:
    assert embed.colour is not None
    return embed.colour.value


def test_the_card_says_what_died_where_and_leads_there() -> None:
    embed = card_of(TITAN_KILL).embed
    assert embed.title == "Avatar destroyed in X47L-Q"
    assert embed.url == "https://zkillboard.com/kill/97000001/"
    assert embed.author.name == "Test Alliance Please Ignore [TEST]"
    assert embed.author.icon_url == "https://images.evetech.net/alliances/498125261/logo?size=64"
    assert embed.thumbnail.url == "https://images.evetech.net/types/11567/render?size=128"
    assert [getattr(b, "url", "") for b in card_of(TITAN_KILL).buttons] == [
        "https://zkillboard.com/kill/97000001/",
        "https://zkillboard.com/related/30001967/202111300200/",
        "https://evemaps.dotlan.net/system/X47L-Q",
    ]


@pytest.mark.parametrize(
    ("kill", "label", "words"),
    [
        (TITAN_KILL, "Value", "**Value** 90.4B ISK"),
        (replace(TITAN_KILL, value=zkb(1e9)), "Value", "**Value** 1.00B ISK"),
        (
            replace(TITAN_KILL, value=replace(zkb(1e9), dropped=0.0)),
            "Value",
            "**Value** 1.00B ISK, nothing dropped",
        ),
        (POD_KILL, "Value", "**Value** ~10.0k ISK (estimate)"),
        (NPC_KILL, "Value", "**Value** unknown (no price known)"),
        (
            replace(POD_KILL, value=Value(isk=1e4, source=ValueSource.TYPICAL)),
            "Value",
            "**Value** ~10.0k ISK (typical for hulls of its kind)",
        ),
        (
            replace(POD_KILL, value=Value(isk=1e9, source=ValueSource.ESTIMATE, unpriced=2)),
            "Value",
            "**Value** at least ~1.00B ISK (estimate, 2 stacks unpriced)",
        ),
        (
            replace(TITAN_KILL, crews=()),
            "Attackers",
            r"**Attackers** 140 pilots, mostly Pandemic Legion \[-10.0\] (71), and 3 without a pilot",
        ),
        (POD_KILL, "Attackers", "**Attackers** 1 pilot"),
        (NPC_KILL, "Attackers", "**Attackers** NPCs only (4)"),
        (POD_KILL, "Note", "**Note** solo kill · suicide gank"),
        (NPC_KILL, "Note", "**Note** killed by NPCs alone"),
        (
            replace(TITAN_KILL, awox=True, war_id=WarId(5)),
            "Note",
            "**Note** awox: killed by its own side · in a declared war",
        ),
        (TITAN_KILL, "Note", ""),
        (NPC_KILL, "Final blow", "**Final blow** Dire Pithum Ascriber\xa0· Guristas (NPC)"),
        (NPC_KILL, "Top damage", "**Top damage** 31%\xa0· the same"),
        (
            replace(TITAN_KILL, top_damage=pilot(1, 1900696668)),
            "Top damage",
            (
                "**Top damage** 31%\xa0· [Ana Kaseros](https://zkillboard.com/character/2112000001/) in an Avatar\xa0· "
                r"The Initiative. \[INIT.\]"
            ),
        ),
        (replace(TITAN_KILL, top_damage=None), "Top damage", ""),
        (POD_KILL, "Top damage", ""),
        (replace(TITAN_KILL, final_blow=Combatant()), "Final blow", "**Final blow** an NPC"),
        (replace(TITAN_KILL, final_blow=None), "Final blow", ""),
        (
            STRUCTURE_KILL,
            "Owner",
            "**Owner** [Dreddit](https://zkillboard.com/corporation/98000001/) \\[B0RT\\]",
        ),
        (POD_KILL, "Victim", "**Victim** [a pilot](https://zkillboard.com/character/2112000009/)"),
        (
            TITAN_KILL,
            "When",
            f"**When** <t:{int(TITAN_KILL.time.timestamp())}:R> · 02:17 EVE · reached me 1\xa0min later",
        ),
        (
            replace(TITAN_KILL, received_at=None),
            "When",
            f"**When** <t:{int(TITAN_KILL.time.timestamp())}:R> · 02:17 EVE",
        ),
        (GATE_KILL, "Nearest", "**Nearest** gate to Vard"),
        (replace(GATE_KILL, system_id=JITA), "Nearest", ""),
    ],
)
def test_words(kill: KillSummary, label: str, words: str) -> None:
    assert line(kill, label) == words


def test_an_empty_hull_has_an_owner_and_nobody_aboard() -> None:
    kill = replace(STRUCTURE_KILL, victim=replace(STRUCTURE_KILL.victim, ship_type_id=TypeId(672)))
    assert line(kill, "Owner").endswith("(nobody aboard)")


@pytest.mark.parametrize(
    ("system", "words"),
    [
        (30001003, "0.1\xa0· Curse\xa0· null-sec"),
        (
            30002537,
            "[Amamake](https://evemaps.dotlan.net/system/Amamake) 0.4\xa0· Heimatar\xa0· low-sec",
        ),
        (
            30000142,
            "[Jita](https://evemaps.dotlan.net/system/Jita) 0.9\xa0· The Forge\xa0· high-sec",
        ),
        (
            31000368,
            "[J105951](https://evemaps.dotlan.net/system/J105951)\xa0· B-R00004\xa0· C2 wormhole",
        ),
        (31000005, "[Thera](https://evemaps.dotlan.net/system/Thera)\xa0· G-R00031\xa0· Thera"),
        (30045328, "Pochven"),
        (
            99999999,
            "[system #99999999](https://zkillboard.com/system/99999999/)\xa0· unknown space",
        ),
    ],
)
def test_places(system: int, words: str) -> None:
    told = line(replace(TITAN_KILL, system_id=SystemId(system)), "Where")
    assert words in told


def test_gold_begins_at_ten_billion_and_a_place_match_is_never_green() -> None:
    dear = replace(TITAN_KILL, value=zkb(colours.VALUABLE_KILL))
    cheap = replace(TITAN_KILL, value=zkb(colours.VALUABLE_KILL - 1))
    assert colour(card_of(dear).embed) == colours.VALUABLE
    assert colour(card_of(cheap).embed) == colours.NEUTRAL
    assert colour(card_of(replace(cheap, value=UNKNOWN_VALUE)).embed) == colours.NEUTRAL


def test_the_footer_says_which_alerts_and_what_of_them_held() -> None:
    message = kill_message(TITAN_KILL, NAMED, *(reason(number) for number in range(5, 9)))
    footer = render_kill_message(message, lexicon(), now=NOW, zone=UTC_ZONE).embed.footer.text
    assert footer == (
        "Alert “Home *defence*”: kills in Delve, worth at least 1.00B ISK, by at least 10 attackers, "
        "not by The Initiative. · Alert #5 · Alert #6 · and 2 more alerts"
    )
    unread = kill_message(TITAN_KILL, reason(because='{"version":99}'))
    assert render_kill_message(unread, lexicon(), now=NOW, zone=UTC_ZONE).embed.footer.text == (
        "Alert #3"
    )


def test_the_servers_own_time_stands_beside_eve_time() -> None:
    card = render_kill_message(kill_message(), lexicon(), now=NOW + timedelta(days=1), zone=BERLIN)
    assert "2021-11-30 02:17 EVE (03:17 CET)" in (card.embed.description or "")


def test_the_full_card_tells_the_exact_figures() -> None:
    shown = render_kill(
        replace(TITAN_KILL, value=estimate(1_234_567_890)), lexicon(), now=NOW, zone=UTC_ZONE
    )
    described = shown.embed.description or ""
    assert "**Value in full** ~1,234,567,890 ISK" in described
    assert "**Damage** 81,204,333 hit points" in described
    assert "**Final weapon**" in described


def test_an_evil_name_stays_a_name() -> None:
    embed = card_of(EVIL_KILL).embed
    assert (embed.author.name or "").startswith("[*Evil*](https://x.y)")
    assert "](https://x.y" not in (embed.description or "")
