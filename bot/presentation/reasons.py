"""Why a card was posted: the alert in words, the same in a footer, in `/alert list` and after `/alert add`."""

from collections.abc import Iterable, Sequence

import discord

from bot.presentation import filters
from bot.presentation.lexicon import Lexicon
from bot.presentation.scope_words import alert_words, scope_words, topic_noun
from bot.presentation.text import cut, escape, plain, short
from services.domain.alert import Alert, AlertKind, Reason
from services.domain.errors import UserError
from services.domain.filter import Filter
from services.domain.isk import format_isk
from services.filters.data import decode

_SHOWN = 3
"""Reasons told in a footer; the rest is counted."""
_NAME = 60
_BECAUSE = 120
"""Characters of a name, and of what held, in a footer: three reasons are six lines on a phone."""


def kind_noun(kind: AlertKind) -> str:
    """`battles`, `kills`, `faction warfare`: what such alerts are for."""
    return kind.value if kind.topic is None else topic_noun(kind.topic)


def condition(wanted: Alert, lexicon: Lexicon, *, limit: int | None = None) -> str:
    """`battles in Delve, at least 20 kills`; `kills worth at least 1.00B ISK`; `sovereignty in Delve: campaigns`.

    Raw text.
    """
    if wanted.kind is AlertKind.BATTLES:
        return _battles(wanted, lexicon)
    if (topic := wanted.kind.topic) is not None:
        return alert_words(wanted, topic, lexicon, limit=limit)
    return filters.kills(wanted.filter or Filter(), lexicon, limit=limit)


def condition_text(wanted: Alert, lexicon: Lexicon, *, limit: int | None = None) -> str:
    """The same, safe in markdown."""
    return escape(condition(wanted, lexicon, limit=limit))


def footer(reasons: Sequence[Reason], lexicon: Lexicon, *parts: str) -> str:
    """`Alert “Home”: kills in Delve, worth at least 1.00B ISK`, more alerts, then the other parts. No markdown."""
    told = [_reason(reason, lexicon) for reason in reasons[:_SHOWN]]
    if (left := len(reasons) - _SHOWN) > 0:
        told.append(f"and {left} more alert" + ("s" if left != 1 else ""))
    return plain(" · ".join([*told, *(part for part in parts if part)]))


def because_of(reason: Reason) -> Filter | None:
    """What of the alert's filter held; None for all but kills, and where a newer version wrote it."""
    if reason.because is None:
        return None
    try:
        return decode(reason.because)
    except UserError:
        return None


def party_ids(reasons: Iterable[Reason]) -> frozenset[int]:
    """Organisations whose names the footer shows because an alert asks for them."""
    scopes = (reason.scope for reason in reasons if reason.scope is not None)
    return frozenset(scope.party.id for scope in scopes if scope.party is not None)


def mark_sample(embed: discord.Embed) -> None:
    """Say twice, in words, that this is only a sample: in the title and before everything else."""
    embed.title = f"SAMPLE · {embed.title or ''}"
    embed.description = f"{SAMPLE}\n\n{embed.description or ''}"


SAMPLE = "*A sample: this is how the alert will look. Nobody was called.*"


def _reason(reason: Reason, lexicon: Lexicon) -> str:
    name = f"Alert “{short(reason.name, _NAME)}”" if reason.name else f"Alert #{reason.alert_id}"
    if reason.kind is AlertKind.BATTLES:
        return f"{name}: {_battles(reason, lexicon)}"
    if (topic := reason.kind.topic) is not None:
        return f"{name}: {cut(scope_words(topic, reason.scope, lexicon), _BECAUSE)}"
    because = because_of(reason)
    if because is None:
        return name
    return f"{name}: {filters.kills(because, lexicon, limit=_BECAUSE)}"


def _battles(wanted: Alert | Reason, lexicon: Lexicon) -> str:
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
    return f"battles {place}" + (f", at least {' and '.join(floors)}" if floors else "")
