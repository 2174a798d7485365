"""One battle as a channel sees it: posted when it meets an alert and edited until it is over.

Made for a phone: the title says what kind of fight, where and how many, the author line who against whom, the first
lines what it cost and who is ahead; then one block per side. When the sides are unclear that is said before they are.
"""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

import discord

from bot.interaction.actions import ANYBODY, custom_id
from bot.presentation import colours, links, phrases, times
from bot.presentation.battle_words import (
    battle_name,
    battle_title,
    by_hand,
    capitals,
    growth,
    related_line,
    size,
    standing,
    when,
    where,
)
from bot.presentation.card import ActionButton, Card, LinkButton, Tone
from bot.presentation.figures import composition, is_doubtful, split_sides
from bot.presentation.lexicon import Lexicon
from bot.presentation.pings import called, mentions
from bot.presentation.reasons import footer, mark_sample
from bot.presentation.side_words import (
    cost_line,
    loss_line,
    other_lines,
    others_title,
    side_label,
    side_title,
)
from bot.presentation.text import FIELD_VALUE, SHORT_NAME, clamp, escape, fit
from services.domain.battle import Battle, BattleKind, BattleState, Loss, Party, Side
from services.domain.message import BattleCallMessage, BattleMessage, Mute

PARTIES = 4
"""Organisations named per side on an alert's card: more is a wall of text on a phone."""
OTHERS = 4
"""Small sides told in a line each."""
HULLS = 6
"""Hull classes told per side."""
RELATED = 8
"""Related pages linked in small print once it is over, where it has more than there are buttons."""
RELATED_OPEN = 4
"""The same while it goes on, when its card is read for what is new."""
TOP_LOSSES = 3
"""Most valuable losses told on an alert's card once it is over."""
REPORT, TIMELINE, LOSSES, SIDES, MUTE = (
    "battle-report",
    "battle-timeline",
    "battle-losses",
    "battle-sides",
    "battle-mute",
)
"""What the buttons are called. Standing messages hold these: they never change."""
_CAMPS = frozenset({BattleKind.GATE_CAMP, BattleKind.SMARTBOMB_CAMP})


def render_battle_message(
    message: BattleMessage, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Card:
    """The card of an alert on battles."""
    battle = message.battle
    actions: tuple[ActionButton, ...] = ()
    if message.merged_into is not None:
        embed = _merged(battle, message.merged_into, lexicon)
    else:
        embed = _battle(battle, lexicon, now=now, zone=zone, muted=message.muted)
        muted = message.muted is not None
        actions = battle_actions(battle, muted=muted, disabled=message.sample)
    if message.sample:
        mark_sample(embed)
    embed.set_footer(text=footer(message.reasons, lexicon, battle.public_id))
    return Card(
        embed=clamp(embed),
        buttons=(*actions, *battle_links(battle, lexicon)),
        content=mentions(message.ping),
        role_pings=called(message.ping, until=message.ping_until, now=now),
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


def ids_in_battle(battle: Battle) -> frozenset[int]:
    """Everybody whom a card of the battle names: all parties, and who lost the most valuable hulls."""
    parties = (party.organisation.id for side in battle.sides for party in side.parties)
    return frozenset(parties) | ids_in_losses(battle.top_losses)


def ids_in_headline(battle: Battle) -> frozenset[int]:
    """The parties that lists name: the largest of each main side."""
    main, _ = split_sides(battle)
    return frozenset(party.organisation.id for side in main for party in side.parties[:1])


def ids_in_losses(losses: Iterable[Loss]) -> frozenset[int]:
    """Everybody who lost these."""
    found: set[int | None] = set()
    for loss in losses:
        found |= {loss.character_id, loss.organisation.id if loss.organisation else None}
    return frozenset(key for key in found if key is not None)


def headline(battle: Battle, lexicon: Lexicon, *, limit: int = SHORT_NAME) -> str:
    """`Fraternity. +5 vs The Initiative. +3`; without `vs` when the sides are unclear. Raw text."""
    main, others = split_sides(battle)
    sides = [side_label(side, lexicon, limit=limit) for side in main if side.parties]
    if not battle.is_clear:
        return ", ".join(sides) + (" and others" if others else "") + " (sides unclear)"
    return " vs ".join(sides)


def battle_links(battle: Battle, lexicon: Lexicon) -> tuple[LinkButton, ...]:
    """Related pages by system and hour, br.evetools, warbeacon: at most five."""
    page = links.main_page(battle)
    return (
        *links.related_buttons(battle, lexicon.system_name),
        LinkButton(label="br.evetools", url=links.evetools_url(page.system_id, page.hour)),
        LinkButton(label="warbeacon", url=links.warbeacon_url(page.system_id, page.hour)),
    )


def battle_actions(
    battle: Battle, *, muted: bool, disabled: bool = False
) -> tuple[ActionButton, ...]:
    """Report, Timeline, Losses, Sides, and Mute or Unmute. A sample's are disabled.

    A battle that is frozen has nothing left to mute.
    """
    told = [
        (REPORT, "Report", Tone.MAIN),
        (TIMELINE, "Timeline", Tone.PLAIN),
        (LOSSES, "Losses", Tone.PLAIN),
        (SIDES, "Sides", Tone.PLAIN),
    ]
    if battle.state is not BattleState.FROZEN:
        told.append((MUTE, "Unmute" if muted else "Mute", Tone.PLAIN))
    return tuple(
        ActionButton(
            label=label,
            custom_id=custom_id(action, owner=ANYBODY, state=battle.public_id),
            tone=tone,
            disabled=disabled,
        )
        for action, label, tone in told
    )


def battle_head(
    battle: Battle, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> discord.Embed:
    """An embed with everything above the sides."""
    hand = by_hand(battle)
    lines = (
        size(battle),
        standing(battle, lexicon),
        f"-# {hand}" if hand else None,
        growth(battle, now=now),
        capitals(battle, lexicon),
        where(battle, lexicon),
        when(battle, now=now, zone=zone),
    )
    embed = discord.Embed(
        title=battle_title(battle, lexicon),
        url=links.main_page(battle).url,
        description="\n".join(line for line in lines if line),
        colour=colour_of(battle),
    )
    if text := headline(battle, lexicon):
        embed.set_author(name=text, icon_url=_icon(battle))
    return embed


def colour_of(battle: Battle) -> int:
    """Gold for what cost very much, orange for a camp, else neutral."""
    by_value = colours.by_value(battle.isk_destroyed.isk, colours.VALUABLE_BATTLE)
    return colours.CAMP if battle.kind in _CAMPS and by_value == colours.NEUTRAL else by_value


def party_name(party: Party, lexicon: Lexicon) -> str:
    """The party, marked where somebody moved it by hand or nobody can be sure of its side."""
    name = phrases.organisation(lexicon, party.organisation)
    mark = " *moved*" if party.moved else " *unsure*" if is_doubtful(party) else ""
    return f"{name}{mark}"


def _battle(
    battle: Battle, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo, muted: Mute | None
) -> discord.Embed:
    embed = battle_head(battle, lexicon, now=now, zone=zone)
    over = battle.state is not BattleState.OPEN
    small = (
        related_line(battle, lexicon, most=RELATED if over else RELATED_OPEN),
        _mute_line(muted) if muted else None,
    )
    embed.description = "\n".join(line for line in (embed.description, *small) if line)
    main, others = split_sides(battle)
    for index, side in enumerate(main):
        embed.add_field(
            name=side_title(battle, side),
            value=_side(battle, side, lexicon),
            inline=len(main) > 1 and index < 2,
        )
    if others:
        lines = other_lines(battle, others, lexicon, most=OTHERS)
        embed.add_field(name=others_title(others), value=_fitted(lines), inline=False)
    if over and battle.top_losses:
        losses = [loss_line(loss, lexicon) for loss in battle.top_losses[:TOP_LOSSES]]
        name = "Most valuable losses" if len(losses) > 1 else "Most valuable loss"
        embed.add_field(name=name, value=_fitted(losses), inline=False)
    return embed


def _mute_line(muted: Mute) -> str:
    return (
        f"-# Muted here by <@{muted.by}> {times.relative(muted.at)}: brought up to date, but silent"
    )


def _merged(battle: Battle, public_id: str, lexicon: Lexicon) -> discord.Embed:
    return discord.Embed(
        title=f"{escape(battle_name(battle, lexicon))} — now part of a larger one",
        url=links.main_page(battle).url,
        description=(
            f"Later kills showed that this was one fight with **{escape(public_id)}**, which tells the whole story. "
            f"This card stands still.\nUntil then: {phrases.counted(battle.kills, 'kill')}, "
            f"{phrases.destroyed(battle.isk_destroyed)}.\n{where(battle, lexicon)}"
        ),
        colour=colours.NEUTRAL,
    )


def _side(battle: Battle, side: Side, lexicon: Lexicon) -> str:
    parties = [_party_line(party, lexicon) for party in side.parties[:PARTIES]]
    if rest := side.parties[PARTIES:]:
        pilots = sum(party.pilots for party in rest)
        parties.append(f"*and {len(rest)} more*" + (f" ({pilots:,})" if pilots else ""))
    tail = (cost_line(battle, side), composition(side.hulls, most=HULLS))
    return _fitted([*parties, *(line for line in tail if line)])


def _party_line(party: Party, lexicon: Lexicon) -> str:
    name = party_name(party, lexicon)
    return f"**{party.pilots:,}** {name}" if party.pilots else name


def _fitted(lines: list[str]) -> str:
    return fit(lines, FIELD_VALUE, more=lambda left: f"*{left} lines left out*")


def _icon(battle: Battle) -> str | None:
    main, _ = split_sides(battle)
    parties = [party for side in main[:1] for party in side.parties[:1]]
    return links.organisation_picture(parties[0].organisation) if parties else None
