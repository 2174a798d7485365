"""What happened in the game beside kills, as a message: one fact, several of a kind at once, or what was held back.

What was held says first why and since when, so that nobody takes it for silence, or for all happening at once.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import discord

from bot.presentation import (
    colours,
    fw_words,
    incursion_words,
    links,
    phrases,
    sov_words,
    times,
    war_words,
)
from bot.presentation.card import Card, LinkButton
from bot.presentation.hubs import jumps_words
from bot.presentation.lexicon import Lexicon
from bot.presentation.pings import called, mentions
from bot.presentation.reasons import footer, mark_sample
from bot.presentation.text import clamp, length
from services.domain.killmail import OrganisationKind
from services.domain.news import HeldBy, NewsMessage
from services.domain.occurrence import Occurrence, OccurrenceKind, Topic

_DATED = frozenset({HeldBy.QUIET, HeldBy.CAP})
"""What comes together so and yet is known by the minute."""
LINES = 20
"""Lines of one message: more is a wall of text on a phone."""
_ROOM = 3500
"""Characters for them: what stands around them needs the rest of what Discord takes."""
_TOGETHER = 4
"""So many systems that went the same way at once are told in one line."""
_ALIKE = frozenset({OccurrenceKind.HOLDER, OccurrenceKind.HUB_LOST})
_Words = Callable[[Occurrence, Lexicon], str]
_LINES: dict[Topic, _Words] = {
    Topic.FW: fw_words.line,
    Topic.INCURSION: incursion_words.line,
    Topic.WAR: war_words.line,
}
_TITLES: dict[Topic, _Words] = {
    Topic.SOV: sov_words.title,
    Topic.FW: fw_words.title,
    Topic.INCURSION: incursion_words.title,
    Topic.WAR: war_words.title,
}
_TOPICS = {
    Topic.SOV: "sovereignty",
    Topic.FW: "faction warfare",
    Topic.INCURSION: "incursions",
    Topic.WAR: "wars",
}
_PLURALS = {
    OccurrenceKind.FLIP: "systems of the warzone changed hands",
    OccurrenceKind.VULNERABLE: "systems of the warzone are vulnerable",
    OccurrenceKind.RESET: "systems of the warzone were probably taken",
    OccurrenceKind.SAFE: "systems of the warzone are safe again",
    OccurrenceKind.SHIFT: "systems of the warzone moved fast",
    OccurrenceKind.ROLE: "systems of the warzone have new roles",
    OccurrenceKind.INSURGENCY_STARTED: "insurgencies began",
    OccurrenceKind.INSURGENCY_STAGE: "insurgency stages reached",
    OccurrenceKind.INSURGENCY_ENDED: "insurgencies ended",
    OccurrenceKind.INCURSION_STARTED: "incursions began",
    OccurrenceKind.INCURSION_MOBILIZING: "incursions are mobilizing",
    OccurrenceKind.INCURSION_WITHDRAWING: "incursions are withdrawing",
    OccurrenceKind.INCURSION_GONE: "incursions are gone",
    OccurrenceKind.WAR_DECLARED: "wars were declared",
    OccurrenceKind.WAR_STARTED: "wars began",
    OccurrenceKind.WAR_ALLY: "wars have new allies",
    OccurrenceKind.WAR_FINISHED: "wars are over",
}


def news_line(occurrence: Occurrence, lexicon: Lexicon, *, zone: ZoneInfo = times.EVE_TIME) -> str:
    """One occurrence of any topic in one line, safe in markdown; hours in EVE time, and in that zone beside it."""
    if occurrence.kind.topic is Topic.SOV:
        return sov_words.line(occurrence, lexicon, zone=zone)
    return _LINES[occurrence.kind.topic](occurrence, lexicon)


def news_title(occurrence: Occurrence, lexicon: Lexicon) -> str:
    """The title of one that is told alone."""
    return _TITLES[occurrence.kind.topic](occurrence, lexicon)


def render_news(message: NewsMessage, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> Card:
    """One message, whether it tells one thing or forty."""
    told = list(_head(message, now=now, zone=zone))
    dated = message.held_by in _DATED
    lines, left = _lines(message, lexicon, zone=zone, dated=dated)
    told += lines
    if left:
        told.append(f"*and {left:,} more*")
    if message.held_by is None:
        told += _when(message.occurrences, now=now, zone=zone)
    embed = discord.Embed(
        title=_title(message, lexicon),
        description="\n".join(told),
        colour=colours.NEUTRAL,
    )
    if message.sample:
        mark_sample(embed)
    embed.set_footer(text=footer(message.reasons, lexicon) or "War Room")
    return Card(
        embed=clamp(embed),
        buttons=_links(message, lexicon),
        content=mentions(message.ping, message.call),
        role_pings=called(message.ping, until=message.ping_until, now=now),
        user_pings=called(message.call, until=message.ping_until, now=now),
    )


def ids_in_news(occurrences: Sequence[Occurrence]) -> frozenset[int]:
    """Everybody whom the lines name; factions are known without asking."""
    return frozenset(
        party.id
        for occurrence in occurrences
        for party in occurrence.parties
        if party.kind is not OrganisationKind.FACTION
    )


def _title(message: NewsMessage, lexicon: Lexicon) -> str:
    count = len(message.occurrences) + message.more
    counted = _counted(message, count)
    match message.held_by:
        case HeldBy.QUIET:
            return f"While it was quiet: {counted}"
        case HeldBy.CAP:
            return f"Hourly limit reached: {counted}"
        case HeldBy.GAP:
            return f"After a gap: {counted}"
        case None if count == 1 and message.occurrences:
            return news_title(message.occurrences[0], lexicon)
        case None:
            return counted


def _counted(message: NewsMessage, count: int) -> str:
    """`5 systems changed hands`; of several kinds `12 changes in sovereignty, wars`.

    Of what is held, those that are not named may be of any kind.
    """
    if message.held_by is not None and message.more:
        return phrases.counted(count, "change")
    if message.occurrences and all(map(sov_words.is_reminder, message.occurrences)):
        return phrases.counted(count, "reminder")
    kinds = {(one.kind, sov_words.is_reminder(one)) for one in message.occurrences}
    if len(kinds) == 1 and count > 1:
        kind, _ = next(iter(kinds))
        if kind.topic is Topic.SOV:
            return sov_words.plural(kind, count)
        return f"{count:,} {_PLURALS.get(kind, kind.value)}"
    topics = [words for topic, words in _TOPICS.items() if any(k.topic is topic for k, _ in kinds)]
    changes = phrases.counted(count, "change")
    return f"{changes} in {', '.join(topics)}" if topics else changes


def _head(message: NewsMessage, *, now: datetime, zone: ZoneInfo) -> Iterator[str]:
    """Why they come together."""
    if message.held_by is None:
        return
    span = None if message.window is None else times.span(*message.window, now=now, zone=zone)
    until = None if message.window is None else times.eve(message.window[1], now=now, zone=zone)
    match message.held_by:
        case HeldBy.QUIET:
            yield f"Quiet hours: {span}." if span else "Quiet hours."
        case HeldBy.CAP:
            rest = f"The rest until {until}" if until else "The rest"
            yield f"This channel had as many posts as it may have in an hour. {rest} is told here."
        case HeldBy.GAP:
            when = f": {span}" if span else ""
            yield (
                f"The source gave nothing for more than an hour{when}. This is what changed meanwhile; "
                "when exactly, nobody knows."
            )
    yield ""


def _lines(
    message: NewsMessage, lexicon: Lexicon, *, zone: ZoneInfo, dated: bool
) -> tuple[list[str], int]:
    """Lines, and how many occurrences they do not tell. Systems that went the same way at once share one.

    Where there is no room for all, the heaviest are told; those that are stand in the order in which they happened.
    """
    groups: dict[object, list[Occurrence]] = {}
    for one in message.occurrences:
        same = (one.kind, one.at, one.old, one.new) if one.kind in _ALIKE else one.key
        groups.setdefault(same, []).append(one)
    entries: list[list[Occurrence]] = []
    for group in groups.values():
        entries += [[one] for one in group] if len(group) < _TOGETHER else [group]
    lines: dict[int, str] = {}
    room, told = _ROOM, 0
    for number, entry in sorted(enumerate(entries), key=lambda e: -e[1][0].kind.weight):
        line = _line(entry, message, lexicon, zone=zone, dated=dated)
        if len(lines) == LINES or length(line) > room:
            continue
        lines[number] = line
        told += len(entry)
        room -= length(line) + 1
    left = len(message.occurrences) + message.more - told
    return [lines[number] for number in sorted(lines)], left


def _line(
    entry: Sequence[Occurrence],
    message: NewsMessage,
    lexicon: Lexicon,
    *,
    zone: ZoneInfo,
    dated: bool,
) -> str:
    one, alone = entry[0], len(entry) == 1
    more = message.more > 0
    parts = [
        news_line(one, lexicon, zone=zone)
        if alone
        else sov_words.together(entry, lexicon, more=more)
    ]
    if alone and message.home_id is not None and one.system_id is not None:
        parts.append(jumps_words(lexicon, one.system_id, message.home_id))
    words = phrases.row(parts)
    if dated:
        return f"- {one.at:%H:%M} {words}"
    return f"- {words}" if len(message.occurrences) > 1 or message.held_by else words


def _when(occurrences: Sequence[Occurrence], *, now: datetime, zone: ZoneInfo) -> Iterator[str]:
    """When the source first said so; where it was not asked for a while, that too."""
    if not occurrences:
        return
    last = max(occurrences, key=lambda one: one.at)
    moment = f"-# {times.relative(last.at)} · {times.eve(last.at, now=now, zone=zone)}"
    since = [one.since for one in occurrences if one.since is not None]
    if since:
        moment += f", some time after {times.eve(min(since), now=now, zone=zone)}"
    yield moment


def _links(message: NewsMessage, lexicon: Lexicon) -> tuple[LinkButton, ...]:
    """Of one that is told alone: its war, or its system."""
    if len(message.occurrences) != 1 or message.more:
        return ()
    one = message.occurrences[0]
    if one.kind.topic is Topic.WAR and one.subject is not None:
        return (LinkButton(label="zKillboard", url=links.war_url(one.subject)),)
    if one.system_id is None:
        return ()
    buttons = [LinkButton(label="zKillboard", url=links.system_url(one.system_id))]
    if (system := lexicon.universe.find_system(one.system_id)) is not None:
        buttons.insert(0, LinkButton(label="DOTLAN", url=links.dotlan_url(system.name)))
    return tuple(buttons)
