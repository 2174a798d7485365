"""How a battle went in time, as a picture, and the same in words: first blood, the fiercest minutes, what was heavy.

Times are EVE's. A loss whose value nobody knows adds to the kills of its minutes and not to their ISK; that is said.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import discord

from bot.presentation import links, phrases, times
from bot.presentation.battle_words import (
    NO_PICTURE,
    battle_title,
    by_hand,
    capitals,
    standing,
    when,
    where,
)
from bot.presentation.battles import colour_of, headline
from bot.presentation.card import Card, CardFile
from bot.presentation.figures import letter_of, split_sides
from bot.presentation.lexicon import Lexicon
from bot.presentation.side_words import lettered, loss_line, lost_words, side_label
from bot.presentation.text import DASH, clamp, escape
from services.domain.battle import CAPITALS, Battle, Loss
from services.domain.battle_report import BattleReport, KillMoment
from services.domain.isk import IskSum
from services.domain.space import HullClass

PICTURE = "timeline.png"
PEAK = timedelta(minutes=10)
"""The fiercest minutes are so many: long enough to be no accident."""
_HEAVY = 3
"""Capitals and structures told one by one, those that died first."""


def ids_in_timeline(report: BattleReport) -> frozenset[int]:
    """Pilots and organisations that the card names."""
    parties = {party.organisation.id for side in report.battle.sides for party in side.parties[:1]}
    told: set[int | None] = set(parties)
    for loss in _by_time(report):
        told |= {loss.character_id, loss.organisation.id if loss.organisation else None}
    return frozenset(key for key in told if key is not None)


def render_timeline(
    report: BattleReport, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo, picture: bytes | None
) -> Card:
    """The picture and the words; words alone where it could not be drawn."""
    battle = report.battle
    embed = discord.Embed(
        title=battle_title(battle, lexicon),
        url=links.main_page(battle).url,
        description="\n".join(_lines(report, lexicon, now=now, zone=zone)),
        colour=colour_of(battle),
    )
    embed.set_author(name=headline(battle, lexicon) or None)
    if picture is None:
        embed.set_footer(text=f"{battle.public_id} · {NO_PICTURE}")
        return Card(embed=clamp(embed))
    embed.set_footer(text=battle.public_id)
    embed.set_image(url=f"attachment://{PICTURE}")
    told = f"Time line of {phrases.counted(battle.kills, 'kill')} and what they cost, by side."
    file = CardFile(name=PICTURE, data=picture, description=told)
    return Card(embed=clamp(embed), files=(file,))


def _lines(
    report: BattleReport, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Iterator[str]:
    battle = report.battle
    yield when(battle, now=now, zone=zone)
    yield where(battle, lexicon)
    if told := standing(battle, lexicon):
        yield told
    if hand := by_hand(battle):
        yield f"-# {hand}"
    yield from _sides(battle, lexicon)
    if seen := capitals(battle, lexicon):
        yield seen
    yield from _events(report, lexicon)


def _sides(battle: Battle, lexicon: Lexicon) -> Iterator[str]:
    main, _ = split_sides(battle)
    for side in main:
        name = f"**Side {letter_of(battle, side)}** {escape(side_label(side, lexicon))}"
        yield phrases.row((name, lost_words((side,))))


def _events(report: BattleReport, lexicon: Lexicon) -> Iterator[str]:
    """In the order of time."""
    side_of = lettered(report.battle)
    told: list[tuple[datetime, str]] = []
    for name, losses in _marked(report, lexicon):
        for loss in losses:
            line = phrases.row((loss_line(loss, lexicon), side_of(loss.organisation)))
            told.append((loss.time, f"`{loss.time:%H:%M}` **{name}** {line}"))
    if peak := _peak(report.moments):
        told.append((peak[0].time, _peak_line(peak)))
    if told:
        yield ""
    yield from (line for _, line in sorted(told, key=lambda item: item[0]))


def _marked(report: BattleReport, lexicon: Lexicon) -> Iterator[tuple[str, Sequence[Loss]]]:
    """First blood, and the first of the heavy ones."""
    ordered = _by_time(report)
    yield "First blood", ordered[:1]
    heavy = (("Capital", CAPITALS), ("Structure", frozenset({HullClass.STRUCTURE})))
    for name, classes in heavy:
        mine = [loss for loss in ordered[1:] if lexicon.hull_class(loss.ship_type_id) in classes]
        yield name, mine[:_HEAVY]


def _by_time(report: BattleReport) -> list[Loss]:
    return sorted(report.losses, key=lambda loss: (loss.time, loss.killmail_id))


def _peak(moments: Sequence[KillMoment]) -> Sequence[KillMoment]:
    """The kills of the fiercest minutes; none where that would be the whole fight."""
    if not moments or moments[-1].time - moments[0].time <= PEAK:
        return ()
    best: Sequence[KillMoment] = ()
    end = 0
    for start, moment in enumerate(moments):
        while end < len(moments) and moments[end].time < moment.time + PEAK:
            end += 1
        if end - start > len(best):
            best = moments[start:end]
    return best if len(best) > 1 else ()


def _peak_line(peak: Sequence[KillMoment]) -> str:
    start = peak[0].time
    isk = IskSum(
        isk=sum(moment.isk for moment in peak if moment.isk is not None),
        unpriced=sum(moment.isk is None for moment in peak),
        estimated=sum(moment.estimated for moment in peak),
    )
    span = f"{start:%H:%M}{DASH}{start + PEAK:%H:%M}"
    kills = phrases.counted(len(peak), "kill")
    return (
        f"`{start:%H:%M}` **Fiercest {times.duration(PEAK)}** {span}: {kills}, {phrases.isk(isk)}"
    )
