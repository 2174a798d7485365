"""What a battle cost, hull by hull, and what one of them had aboard.

A fit that is not stored is asked for when somebody looks; where that stands is said in words, and an empty fit is never
shown in place of an unknown one.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import discord

from bot.presentation import colours, links, phrases, times
from bot.presentation.battle_words import battle_title_plain
from bot.presentation.battles import colour_of
from bot.presentation.battles import ids_in_losses as ids_in
from bot.presentation.card import Card, LinkButton
from bot.presentation.kill_lines import value_text
from bot.presentation.lexicon import Lexicon
from bot.presentation.side_words import lettered, loss_line, owner
from bot.presentation.text import DESCRIPTION, FIELD_VALUE, NO_BREAK, clamp, escape, fit, held
from services.domain.battle import Battle, Loss
from services.domain.fetch import FetchedFit, FetchState
from services.domain.ids import KillmailId, TypeId
from services.domain.killmail import Item
from services.filters import flags

PAGE = 10
"""Losses on one page."""
_CARGO = 16
"""Stacks told of a hold; the rest is counted."""

_STATES = {
    FetchState.PENDING: "fit asked for",
    FetchState.PROCESSING: "fit is being fetched",
    FetchState.SUCCEEDED: "fit known",
    FetchState.FAILED: "fit not to be had",
}
_DRONE_BAYS, _FIGHTER_BAYS = frozenset({87}), frozenset({158, *flags.FIGHTER_TUBES})
_RACKS: tuple[tuple[str, frozenset[int]], ...] = (
    ("High slots", frozenset(flags.HIGH_SLOTS)),
    ("Mid slots", frozenset(flags.MEDIUM_SLOTS)),
    ("Low slots", frozenset(flags.LOW_SLOTS)),
    ("Rigs", frozenset(flags.RIG_SLOTS)),
    ("Subsystems", frozenset(flags.SUBSYSTEM_SLOTS)),
    ("Services", frozenset(flags.SERVICE_SLOTS)),
    ("Implants and boosters", frozenset(flags.IN_THE_PILOT)),
    ("Drones", _DRONE_BAYS),
    ("Fighters", _FIGHTER_BAYS),
)
"""In the order in which players read a fit; whatever lies elsewhere is cargo."""
_HOLD = "Cargo and holds"
_HELD = 36
"""Letters of a stack that stay on one line, where there is room."""
_CHARGES = 8
"""The category of ammunition, scripts and the like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LossesView:
    """One page of a battle's losses, the most valuable first. `page` counts from 0; `total` is over all pages."""

    battle: Battle
    losses: tuple[Loss, ...]
    """Of this page, at most `PAGE`."""
    page: int
    pages: int
    total: int
    fits: Mapping[KillmailId, FetchedFit] = field(default_factory=dict)
    """What is known of the fits of these losses; none where nobody asked."""


def ids_in_losses(view: LossesView) -> frozenset[int]:
    """Everybody whom the page names."""
    return ids_in(view.losses)


def ids_of(*losses: Loss) -> frozenset[int]:
    """Everybody who lost these."""
    return ids_in(losses)


def render_losses(view: LossesView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> Card:
    """The page."""
    side_of = lettered(view.battle)
    moved = len(view.battle.places) > 1
    lines = []
    for number, loss in enumerate(view.losses, start=view.page * PAGE + 1):
        known = view.fits.get(loss.killmail_id)
        small = (
            side_of(loss.organisation),
            times.eve(loss.time, now=now, zone=zone),
            escape(lexicon.system_name(loss.system_id)) if moved else None,
            _STATES[known.state] if known else None,
        )
        lines += [f"{number}. {loss_line(loss, lexicon)}", f"-# {phrases.row(small)}"]
    embed = discord.Embed(
        title="Losses, the most valuable first",
        url=links.main_page(view.battle).url,
        description=fit(
            lines or ["No ship was lost that I know of."],
            DESCRIPTION,
            more=lambda left: f"*{left} lines do not fit*",
        ),
        colour=colour_of(view.battle),
    )
    embed.set_author(name=battle_title_plain(view.battle, lexicon))
    embed.set_footer(text=" · ".join(_foot(view)))
    return Card(embed=clamp(embed))


def render_fit(
    loss: Loss, fit: FetchedFit, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Card:
    """One hull and what it had aboard, or where the asking for it stands."""
    hull = escape(lexicon.hull_name(loss.ship_type_id))
    lines = (
        f"**Value** {value_text(loss.value)}",
        f"**Lost by** {owner(loss, lexicon) or 'NPCs'}",
        f"**Where** {phrases.place(lexicon, loss.system_id)}",
        f"**When** {times.relative(loss.time)} · {times.eve(loss.time, now=now, zone=zone)}",
        _state(fit),
    )
    embed = discord.Embed(
        title=f"{hull} lost in {escape(lexicon.system_name(loss.system_id))}",
        url=links.kill_url(loss.killmail_id),
        description="\n".join(line for line in lines if line),
        colour=colours.NEUTRAL,
    )
    if loss.ship_type_id is not None:
        hull_class = lexicon.hull_class(loss.ship_type_id)
        embed.set_thumbnail(url=links.hull_picture(loss.ship_type_id, hull_class))
    for name, items in _racks(fit.items or ()):
        value = _hold(items, lexicon) if name == _HOLD else _rack(items, lexicon)
        embed.add_field(name=name, value=value, inline=False)
    drops = any(item.dropped for item in fit.items or ())
    foot = (f"Killmail {loss.killmail_id}", "dropped: could be looted" if drops else None)
    embed.set_footer(text=" · ".join(part for part in foot if part))
    button = LinkButton(label="zKillboard", url=links.kill_url(loss.killmail_id))
    return Card(embed=clamp(embed), buttons=(button,))


def _foot(view: LossesView) -> Iterator[str]:
    if view.pages > 1:
        yield f"Page {view.page + 1} of {view.pages:,}"
    yield phrases.counted(view.total, "loss", "losses")
    yield view.battle.public_id


def _state(fit: FetchedFit) -> str | None:
    """What stands in place of the fit, or a word on how to read it."""
    tries = f" ({phrases.counted(fit.tries, 'try', 'tries')} so far)" if fit.tries else ""
    match fit.state:
        case FetchState.PENDING if fit.tries:
            why = f" The last one failed: {escape(fit.error)}" if fit.error else ""
            again = f" I try again {times.relative(fit.next_try_at)}." if fit.next_try_at else ""
            return f"**The fit is not stored here.** It is asked for{tries}.{why}{again}"
        case FetchState.PENDING:
            return "**The fit is not stored here.** It is asked for now: Refresh in a moment."
        case FetchState.PROCESSING:
            return f"**The fit is being fetched**{tries}."
        case FetchState.FAILED:
            why = escape(fit.error) if fit.error else "nobody says why."
            return f"**The fit is not to be had**{tries}: {why}"
        case _:
            if fit.items is None:
                return "**The fit is not known.**"
            return None if fit.items else "Nothing was fitted and nothing aboard."


def _racks(items: Sequence[Item]) -> Iterator[tuple[str, list[Item]]]:
    """Items by where they were, racks first, the holds last; empty ones are left out."""
    by_rack: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        name = next((name for name, slots in _RACKS if item.flag in slots), _HOLD)
        by_rack[name].append(item)
    for name in (*(name for name, _ in _RACKS), _HOLD):
        if by_rack[name]:
            yield name, by_rack[name]


def _rack(items: Sequence[Item], lexicon: Lexicon) -> str:
    """Modules a line each, in the order of the slots; what they were loaded with in small print below."""
    stacks = _stacks(items)
    loaded = [stack for stack in stacks if _is_charge(stack.type_id, lexicon)]
    lines = [_stack(stack, lexicon) for stack in stacks if stack not in loaded]
    if loaded:
        lines.append(f"-# {phrases.row(_stack(stack, lexicon) for stack in loaded)}")
    return fit(lines, FIELD_VALUE, more=lambda left: f"*and {left} more*")


def _hold(items: Sequence[Item], lexicon: Lexicon) -> str:
    """In one run: cargo is long and seldom read."""
    stacks = _stacks(items)
    told = [_stack(stack, lexicon) for stack in stacks[:_CARGO]]
    if (left := len(stacks) - _CARGO) > 0:
        told.append(f"*{phrases.counted(left, 'other stack')}*")
    return phrases.row(told)


def _stacks(items: Sequence[Item]) -> list[Item]:
    """Equal things together, in the order of their slots."""
    stacks: dict[tuple[TypeId, bool], Item] = {}
    for item in sorted(items, key=lambda item: item.flag):
        before = stacks.get((item.type_id, item.copy))
        if before is not None:
            item = replace(  # noqa: PLW2901
                before,
                destroyed=before.destroyed + item.destroyed,
                dropped=before.dropped + item.dropped,
            )
        stacks[item.type_id, item.copy] = item
    return list(stacks.values())


def _stack(item: Item, lexicon: Lexicon) -> str:
    """`8x 1400mm Howitzer Artillery II (3 dropped)`."""
    count = item.destroyed + item.dropped
    name = escape(lexicon.type_name(item.type_id)) + (" (copy)" if item.copy else "")
    words = held(f"{count:,}x {name}" if count > 1 else name, _HELD)
    if not item.dropped:
        return words
    part = "" if item.dropped == count else f"{item.dropped:,}{NO_BREAK}"
    return f"{words} *({part}dropped)*"


def _is_charge(type_id: TypeId, lexicon: Lexicon) -> bool:
    kind = lexicon.universe.find_type(type_id)
    group = lexicon.universe.find_group(kind.group_id) if kind else None
    return group is not None and group.category_id == _CHARGES
