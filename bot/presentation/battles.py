"""One battle as a channel sees it: posted when it meets an alert and edited until it is over.

Made for a phone: the title says where and how many, the first line what it cost, then one block per side. Nobody is
called the winner; efficiency is told where it is known, and when the sides are unclear that is said before they are.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

import discord

from bot.presentation import colours, links, phrases, times
from bot.presentation.card import Card, LinkButton
from bot.presentation.figures import composition, efficiency, is_clear, split_sides, sum_isk
from bot.presentation.lexicon import Lexicon
from bot.presentation.pings import called, mentions
from bot.presentation.reasons import footer, mark_sample
from bot.presentation.text import FIELD_VALUE, SHORT_NAME, clamp, escape, fit, short
from services.domain.battle import Battle, BattleState, Party, Side
from services.domain.message import BattleCallMessage, BattleMessage

PARTIES = 4
"""Organisations named per side on an alert's card: more is a wall of text on a phone."""
THIRD_PARTIES = 4
"""Small sides told in a line each."""
HULLS = 6
"""Hull classes told per side."""
LETTERS = "ABCDEFGH"


def render_battle_message(
    message: BattleMessage, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Card:
    """The card of an alert on battles."""
    battle = message.battle
    if message.merged_into is not None:
        embed = _merged(battle, message.merged_into, lexicon)
    else:
        embed = _battle(battle, lexicon, now=now, zone=zone)
    if message.sample:
        mark_sample(embed)
    embed.set_footer(text=footer(message.reasons, lexicon, battle.public_id))
    return Card(
        embed=clamp(embed),
        buttons=battle_buttons(battle, lexicon),
        content=mentions(message.ping),
        role_pings=called(message.ping, until=message.ping_until, now=now),
    )


def battle_title(battle: Battle, lexicon: Lexicon) -> str:
    """`Battle in UW9B-F — 195 kills, ongoing`."""
    state = "ongoing" if battle.state is BattleState.OPEN else "over"
    name = escape(lexicon.system_name(battle.system_id))
    return f"Battle in {name} — {phrases.counted(battle.kills, 'kill')}, {state}"


def headline(battle: Battle, lexicon: Lexicon, *, limit: int = SHORT_NAME) -> str:
    """`Fraternity. +5 vs The Initiative. +3`; without `vs` when the sides are unclear. Raw text."""
    main, third = split_sides(battle)
    sides = [_side_name(side, lexicon, limit) for side in main if side.parties]
    if not is_clear(battle):
        return ", ".join(sides) + (" and others" if third else "") + " (sides unclear)"
    return " vs ".join(sides)


def summary(battle: Battle, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> str:
    """What it cost, how many flew, how long, where and when: three lines."""
    cost = [
        phrases.destroyed(battle.isk_destroyed),
        phrases.counted(battle.pilots, "pilot"),
    ]
    if battle.duration.total_seconds() >= 60:
        cost.append(times.duration(battle.duration))
    when = f"{times.relative(battle.start)} · {times.span(battle.start, battle.end, now=now, zone=zone)}"
    return f"{phrases.row(cost)}\n{phrases.place(lexicon, battle.system_id)}\n{when}"


def unclear_words(battle: Battle) -> str | None:
    """The warning that belongs before unclear sides; None when they are clear."""
    if is_clear(battle):
        return None
    return (
        f"**Sides unclear:** read from who shot whom, and that explains only {battle.certainty:.0%} of it. "
        "Take the split below with care."
    )


def render_battle_call(
    message: BattleCallMessage, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Card:
    """A reply to the battle's own card, which says everything else: how large it is now, and whom that calls."""
    battle = message.battle
    embed = battle_head(battle, lexicon, now=now, zone=zone)
    embed.set_footer(text=footer(message.reasons, lexicon, battle.public_id))
    return Card(
        embed=clamp(embed),
        content=mentions(message.ping),
        role_pings=called(message.ping, until=message.ping_until, now=now),
    )


def battle_buttons(battle: Battle, lexicon: Lexicon) -> tuple[LinkButton, ...]:
    """Related pages of its hours, the report on br.evetools, the system: five at the most, one row."""
    buttons = [*links.related_buttons(battle)]
    buttons.append(
        LinkButton(label="br.evetools", url=links.evetools_url(battle.system_id, battle.start))
    )
    if system := lexicon.universe.find_system(battle.system_id):
        buttons.append(LinkButton(label="DOTLAN", url=links.dotlan_url(system.name)))
    return tuple(buttons)


def battle_head(
    battle: Battle, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> discord.Embed:
    """An embed with everything above the sides."""
    lines = [summary(battle, lexicon, now=now, zone=zone)]
    if warning := unclear_words(battle):
        lines.append(warning)
    embed = discord.Embed(
        title=battle_title(battle, lexicon),
        url=links.related_buttons(battle)[0].url,
        description="\n".join(lines),
        colour=colours.by_value(battle.isk_destroyed.isk, colours.VALUABLE_BATTLE),
    )
    if text := headline(battle, lexicon):
        icon = _icon(battle)
        embed.set_author(name=text, icon_url=icon)
    return embed


def side_name(index: int, side: Side) -> str:
    """`Side A · 412 pilots · 90 lost`."""
    crew = phrases.counted(side.pilots, "pilot") if side.pilots else "no pilot seen"
    lost = f"{side.losses:,} lost" if side.losses else "none lost"
    return f"Side {LETTERS[index % len(LETTERS)]} · {crew} · {lost}"


def loss_lines(battle: Battle, side: Side, *, hulls: int) -> list[str]:
    """What a side's losses were worth, how efficient it was where that is known, and what it flew."""
    told = []
    if side.losses:
        told.append(f"Lost **{phrases.isk(side.isk_lost)}**")
    if (share := efficiency(battle, side)) is not None:
        tilde = "~" if battle.isk_destroyed.estimated else ""
        told.append(f"efficiency {tilde}{share:.0%}" if told else f"Efficiency {tilde}{share:.0%}")
    flown = composition(side.hulls, most=hulls)
    return [line for line in (phrases.row(told), flown) if line]


def _battle(battle: Battle, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> discord.Embed:
    embed = battle_head(battle, lexicon, now=now, zone=zone)
    main, third = split_sides(battle)
    for index, side in enumerate(main):
        embed.add_field(
            name=side_name(index, side),
            value=_side(battle, side, lexicon),
            inline=len(main) > 1 and index < 2,
        )
    if third:
        embed.add_field(name="Third parties", value=_third_parties(third, lexicon), inline=False)
    return embed


def _merged(battle: Battle, public_id: str, lexicon: Lexicon) -> discord.Embed:
    name = escape(lexicon.system_name(battle.system_id))
    return discord.Embed(
        title=f"Battle in {name} — now part of a larger one",
        url=links.related_buttons(battle)[0].url,
        description=(
            f"Later kills showed that this was one fight with **{escape(public_id)}**, which tells the whole story. "
            f"This card stands still.\nUntil then: {phrases.counted(battle.kills, 'kill')}, "
            f"{phrases.destroyed(battle.isk_destroyed)}.\n{phrases.place(lexicon, battle.system_id)}"
        ),
        colour=colours.NEUTRAL,
    )


def _side(battle: Battle, side: Side, lexicon: Lexicon) -> str:
    parties = [_party_line(party, lexicon) for party in side.parties[:PARTIES]]
    if rest := side.parties[PARTIES:]:
        pilots = sum(party.pilots for party in rest)
        parties.append(f"*and {len(rest)} more*" + (f" ({pilots:,})" if pilots else ""))
    lines = [*parties, *loss_lines(battle, side, hulls=HULLS)]
    return fit(lines, FIELD_VALUE, more=lambda left: f"*{left} lines left out*")


def _party_line(party: Party, lexicon: Lexicon) -> str:
    name = phrases.organisation(lexicon, party.organisation)
    return f"**{party.pilots:,}** {name}" if party.pilots else name


def _third_parties(sides: tuple[Side, ...], lexicon: Lexicon) -> str:
    lines = []
    for side in sides[:THIRD_PARTIES]:
        name = escape(_side_name(side, lexicon, SHORT_NAME))
        lost = (
            f"lost {side.losses:,}, {phrases.isk(side.isk_lost)}" if side.losses else "lost nothing"
        )
        lines.append(f"{name} · {phrases.counted(side.pilots, 'pilot')} · {lost}")
    if rest := sides[THIRD_PARTIES:]:
        pilots, losses = sum(side.pilots for side in rest), sum(side.losses for side in rest)
        lost = f"lost {losses:,}, {phrases.isk(sum_isk(rest))}" if losses else "lost nothing"
        lines.append(f"*and {len(rest)} more* · {phrases.counted(pilots, 'pilot')} · {lost}")
    return fit(lines, FIELD_VALUE, more=lambda left: f"*and {left} more*")


def _side_name(side: Side, lexicon: Lexicon, limit: int) -> str:
    if not side.parties:
        return "somebody"
    first = phrases.party_name(lexicon, side.parties[0].organisation, limit=limit)
    return short(first, limit) + (f" +{len(side.parties) - 1}" if len(side.parties) > 1 else "")


def _icon(battle: Battle) -> str | None:
    main, _ = split_sides(battle)
    parties = [party for side in main[:1] for party in side.parties[:1]]
    return links.organisation_picture(parties[0].organisation) if parties else None
