"""Battles on the recorded days: how well the sides fit, and what finding, sides, pictures and rows cost.

Blue and split are read as `tests/services/battles/measure.py` says, on the fights of the trial (its 10 and 25 largest,
and all 102 of 20 kills and more) and on our own battles, with everybody counted and with third parties aside. Needs
WARROOM_TEST_DATA. Run it as `python -m tests.benchmarks.bench_battles`.
"""

import os
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bot.lookups import atlas
from services.battles.graph import read
from services.battles.rows import columns_of
from services.battles.rules import Trace, clusters, linkable
from services.battles.sides import Sides, split
from services.battles.summary import summarise
from services.domain.battle import CLEAR, Battle, BattleState
from services.domain.ids import BattleKey
from services.domain.killmail import Killmail
from tests.benchmarks.figure import Figure, seconds
from tests.factories import universe
from tests.services.battles.made_up import large_fight
from tests.services.battles.measure import (
    ENOUGH_SCORED,
    aside,
    fit,
    recorded_battles,
    sides_with_losses,
    trial_battles,
    warned,
)
from tests.services.battles.recorded import archives, documents, killmail


def bench() -> list[Figure]:
    """All figures; empty without the recorded data."""
    folder = os.environ.get("WARROOM_TEST_DATA")
    if not folder:
        return []
    bodies = [body for archive in archives(Path(folder)) for body in documents(archive)]
    start = time.perf_counter()
    mails = [killmail(body) for body in bodies]
    decoding = time.perf_counter() - start
    fights = trial_battles(mails)[:102]
    own = recorded_battles(mails)
    return [
        *_fits(fights, own),
        *_warnings(own),
        *_worst("trial's", fights),
        *_worst("our", [fight for fight in own if len(fight) >= 20]),
        *_solving(),
        *_finding(mails, decoding),
        *_summaries(own, decoding / len(mails)),
    ]


def _fits(fights: Sequence[list[Killmail]], own: Sequence[list[Killmail]]) -> list[Figure]:
    verdicts = [split(fight) for fight in fights]
    figures = []
    for count, trial in ((10, "4.8 / 7.3"), (25, "4.4 / 5.7"), (102, "3.3 / 4.8")):
        name = f"battles: {count} fights (trial {trial} %)"
        figures += _fit(name, fights[:count], verdicts[:count], barred=count == 25)
    large = [fight for fight in own if len(fight) >= 20]
    name = f"battles: our own {len(large)} of 20 kills and more"
    return [*figures, *_fit(name, large, [split(fight) for fight in large], barred=False)]


def _fit(
    name: str, fights: Sequence[list[Killmail]], verdicts: Sequence[Sides], *, barred: bool
) -> list[Figure]:
    told = fit(fights, [verdict.of for verdict in verdicts])
    apart = fit(fights, [aside(verdict) for verdict in verdicts])
    losing = [sides_with_losses(f, v.of) for f, v in zip(fights, verdicts, strict=True)]
    figures = [
        ("blue", told.blue, "%", "at most 4.5" if barred else ""),
        ("split", told.split, "%", ""),
        ("third parties aside, blue", apart.blue, "%", ""),
        ("third parties aside, split", apart.split, "%", ""),
        ("third parties aside, both", apart.blue + apart.split, "%", "under 9" if barred else ""),
        (
            f"third parties aside, scored of {apart.eligible} mails",
            100 * apart.scored / apart.eligible,
            "%",
            "at least 98" if barred else "",
        ),
        ("sides with losses, mean", statistics.mean(losing), "sides", ""),
    ]
    return [
        Figure(name=f"{name}, {what}", value=value, unit=unit, bar=bar)
        for what, value, unit, bar in figures
    ]


def _warnings(own: Sequence[list[Killmail]]) -> list[Figure]:
    figures = []
    for kills in (20, 5):
        fights = [fight for fight in own if len(fight) >= kills]
        told = warned(fights, [split(fight) for fight in fights], CLEAR)
        name = f"battles: of {len(fights)} of {kills} kills and more, called unclear of the"
        for much, unclear, words, bar in (
            (told.much, told.much_unclear, "with over 15 % blue", "at least 90"),
            (told.little, told.little_unclear, "with under 5 % blue", "at most 10"),
        ):
            share = 100 * unclear / max(much, 1)
            figures.append(Figure(name=f"{name} {much} {words}", value=share, unit="%", bar=bar))
    return figures


def _worst(whose: str, fights: Sequence[list[Killmail]]) -> list[Figure]:
    """The ten in which blue and split are largest, of those where blue rests on enough mails."""
    told = [
        (fit([fight], [found.of]), found, fight) for fight in fights for found in [split(fight)]
    ]
    told = [one for one in told if one[0].scored >= ENOUGH_SCORED]
    told.sort(key=lambda one: -(one[0].blue + one[0].split))
    return [
        Figure(
            name=f"battles: worst of {whose}, {_where(fight)}, {len(fight)} kills, "
            f"certainty {found.certainty:.2f}, blue {one.blue:.1f} and split {one.split:.1f}",
            value=one.blue + one.split,
            unit="%",
        )
        for one, found, fight in told[:10]
    ]


def _where(fight: Sequence[Killmail]) -> str:
    first = min(fight, key=lambda mail: (mail.time, mail.id))
    return f"{universe().get_system(first.system_id).name} {first.time:%m-%d %H:%M}"


def _solving() -> list[Figure]:
    """A made-up fight of 200 organisations and 1,500 pilots, 800 kills with 48 attackers each."""
    fight = large_fight()
    reading = seconds(lambda: read(fight), repeat=3) * 1e3
    whole = seconds(lambda: split(fight), repeat=3) * 1e3
    name = "battles: the sides of 200 organisations and 1,500 pilots"
    return [
        Figure(
            name=f"{name}, solved",
            value=whole - reading,
            unit="ms",
            yardstick=reading,
            yardstick_name="reading its 800 mails",
            bar="under 150",
        ),
        Figure(name=f"{name}, read and solved", value=whole, unit="ms"),
    ]


def _finding(mails: Sequence[Killmail], decoding: float) -> list[Figure]:
    known = atlas(universe())

    def find() -> int:
        return len(clusters([Trace.of(mail) for mail in mails if linkable(mail)], known))

    spent = seconds(find, repeat=3)
    return [
        Figure(
            name="battles: finding them, one core",
            value=len(mails) / spent,
            unit="killmails/s",
            yardstick=len(mails) / decoding,
            yardstick_name="turning JSON into killmails",
            bar="at least 10,000",
        )
    ]


def _summaries(own: Sequence[list[Killmail]], decoding: float) -> list[Figure]:
    start = time.perf_counter()
    battles = [_summary(fight) for fight in own]
    spent = time.perf_counter() - start
    large = [fight for fight in own if len(fight) >= 20]
    times = [seconds(lambda fight=fight: _summary(fight), repeat=3) * 1e3 for fight in large]
    middle = [t for t, fight in zip(times, large, strict=True) if len(fight) < 25]
    return [
        Figure(name="battles: found", value=len(battles), unit="battles"),
        *_kinds(battles),
        Figure(
            name="battles: sides, kind and summary of every battle, a mail of it",
            value=1e6 * spent / sum(map(len, own)),
            unit="us",
            yardstick=1e6 * decoding,
            yardstick_name="turning JSON into killmails",
        ),
        Figure(name="battles: slowest summary", value=max(times), unit="ms", bar="under 60"),
        Figure(
            name="battles: median summary of 20 to 24 mails",
            value=statistics.median(middle),
            unit="ms",
            bar="1 to 3",
        ),
        *_rows(battles),
    ]


def _kinds(battles: Sequence[Battle]) -> list[Figure]:
    count = Counter(battle.kind for battle in battles)
    return [
        Figure(name=f"battles: of kind {kind}", value=number, unit="battles")
        for kind, number in count.most_common()
    ]


def _rows(battles: Sequence[Battle]) -> list[Figure]:
    """Sides and details, as stored: what grows with a battle. Its other columns take some 150 bytes."""
    sizes = [_size(battle) for battle in battles]
    large = [_size(battle) for battle in battles if battle.kills >= 20]
    return [
        Figure(name=f"battles: a row, {what}", value=size / 1024, unit="KB", bar=bar)
        for what, size, bar in (
            ("mean", statistics.mean(sizes), "under 10"),
            ("mean of those with 20 kills and more", statistics.mean(large), ""),
            ("largest", max(sizes), ""),
        )
    ]


def _size(battle: Battle) -> int:
    row = columns_of(battle, None)
    return len(row["sides"]) + len(row["details"])


def _summary(fight: Sequence[Killmail]) -> Battle:
    return summarise(
        fight,
        key=BattleKey(0),
        public_id="BR-bench",
        state=BattleState.ENDED,
        atlas=atlas(universe()),
    )


def main() -> None:
    """Print the figures."""
    for figure in bench():
        print(figure.line())


if __name__ == "__main__":
    main()
