"""Why a card was posted: the alert in words, the same in a footer, in `/alert list` and after `/alert add`."""

from collections.abc import Sequence

import discord

from bot.presentation.lexicon import Lexicon
from bot.presentation.text import escape, plain
from services.domain.alert import Alert, Reason
from services.domain.isk import format_isk

_SHOWN = 3
"""Reasons told in a footer; the rest is counted."""


def condition(wanted: Alert | Reason, lexicon: Lexicon) -> str:
    """`battles in Delve, at least 20 kills and 1.00B ISK`; raw text."""
    place = (
        f"in {lexicon.region_name(wanted.region_id)}"
        if wanted.region_id is not None
        else "anywhere"
    )
    floors = []
    if wanted.min_kills is not None:
        floors.append(f"{wanted.min_kills:,} kill" + ("s" if wanted.min_kills != 1 else ""))
    if wanted.min_isk is not None:
        floors.append(f"{format_isk(wanted.min_isk)} ISK")
    return f"{wanted.kind.value} {place}" + (f", at least {' and '.join(floors)}" if floors else "")


def condition_text(wanted: Alert | Reason, lexicon: Lexicon) -> str:
    """The same, safe in markdown."""
    return escape(condition(wanted, lexicon))


def footer(reasons: Sequence[Reason], lexicon: Lexicon, *parts: str) -> str:
    """`Alert #3: kills in Delve, at least 1.00B ISK`, more alerts after it, then the other parts. No markdown."""
    told = [
        f"Alert #{reason.alert_id}: {condition(reason, lexicon)}" for reason in reasons[:_SHOWN]
    ]
    if (left := len(reasons) - _SHOWN) > 0:
        told.append(f"and {left} more alert" + ("s" if left != 1 else ""))
    return plain(" · ".join([*told, *(part for part in parts if part)]))


def mark_sample(embed: discord.Embed) -> None:
    """Say twice, in words, that this is only a sample: in the title and before everything else."""
    embed.title = f"SAMPLE · {embed.title or ''}"
    embed.description = f"*A sample: this is how the alert will look. Nobody was called.*\n\n{embed.description or ''}"
