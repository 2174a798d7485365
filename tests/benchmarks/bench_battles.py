"""Battles on the recorded days: how well the sides fit, and what linking, sides and summaries cost.

Blue and split are read as `tests/services/battles/measure.py` says, on the fights of the trial (its
10 and 25 largest, and all 102 of 20 kills and more) and on our own battles, with everybody counted
and with third parties aside. Needs WARROOM_TEST_DATA. Run it as `python -m
tests.benchmarks.bench_battles`.
"""

import json
import os
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from bot.presentation.figures import CLEAR
from services.battles.graph import read
from services.battles.rules import Trace, clusters, is_battle, linkable
from services.battles.sides import Sides, split
from services.battles.summary import summarise
from services.domain.battle import BattleState
from services.domain.ids import BattleKey
from services.domain.killmail import Killmail
from services.domain.space import HullClass, Space
from tests.benchmarks.figure import Figure, seconds
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
        *_worst(fights, Path(folder)),
        *_solving(),
        *_linking(mails, decoding),
        *_summaries(fights),
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


def _worst(fights: Sequence[list[Killmail]], folder: Path) -> list[Figure]:
    """The ten in which blue and split are largest, of those where blue rests on enough mails."""
    told = [
        (fit([fight], [found.of]), found, fight) for fight in fights for found in [split(fight)]
    ]
    told = [one for one in told if one[0].scored >= ENOUGH_SCORED]
    told.sort(key=lambda one: -(one[0].blue + one[0].split))
    names = _names(folder)
    return [
        Figure(
            name=f"battles: worst, {names[fight[0].system_id]}, {len(fight)} kills, "
            f"certainty {found.certainty:.2f}, blue {one.blue:.1f} and split {one.split:.1f}",
            value=one.blue + one.split,
            unit="%",
        )
        for one, found, fight in told[:10]
    ]


def _names(folder: Path) -> dict[int, str]:
    with (folder / "sde" / "mapSolarSystems.jsonl").open() as lines:
        rows = [json.loads(line) for line in lines]
    return {row["_key"]: row["name"]["en"] for row in rows}


def _solving() -> list[Figure]:
    """A made-up fight of 200 organisations and 1,500 pilots, 800 kills with 48 attackers each."""
    fight = large_fight()
    reading = seconds(lambda: read(fight), repeat=3) * 1e3
    whole = seconds(lambda: split(fight), repeat=3) * 1e3
    return [
        Figure(
            name="battles: solving the sides of 200 organisations and 1,500 pilots",
            value=whole - reading,
            unit="ms",
            yardstick=reading,
            yardstick_name="reading its 800 mails",
            bar="under 150",
        )
    ]


def _linking(mails: Sequence[Killmail], decoding: float) -> list[Figure]:
    known = {mail.id: mail for mail in mails}
    traced = seconds(lambda: [Trace.of(mail) for mail in mails if linkable(mail)])
    traces = [Trace.of(mail) for mail in mails if linkable(mail)]
    linking = seconds(lambda: clusters(traces), repeat=3)
    groups = [[known[t.killmail_id] for t in group] for group in clusters(traces)]
    battles = [group for group in groups if is_battle(group)]
    whole = seconds(lambda: [_summary(battle) for battle in battles])
    each = 1e6 / len(mails)
    yard = {"yardstick": decoding * each, "yardstick_name": "turning JSON into killmails"}
    return [
        Figure(name="battles: found", value=len(battles), unit="battles"),
        Figure(
            name="battles: tracing and linking, a mail",
            value=(traced + linking) * each,
            unit="us",
            bar="at most 50",
            **yard,
        ),
        Figure(
            name="battles: sides and summary of every battle, a mail",
            value=whole * each,
            unit="us",
            **yard,
        ),
    ]


def _summaries(fights: Sequence[list[Killmail]]) -> list[Figure]:
    times = [seconds(lambda fight=fight: _summary(fight), repeat=3) * 1e3 for fight in fights]
    walk = [seconds(lambda fight=fight: _walk(fight), repeat=3) * 1e3 for fight in fights]
    middle = [t for t, fight in zip(times, fights, strict=True) if len(fight) < 25]
    name = "naming the parties on the same mails"
    return [
        Figure(
            name="battles: summaries of all 102",
            value=sum(times),
            unit="ms",
            yardstick=sum(walk),
            yardstick_name=name,
        ),
        Figure(
            name="battles: slowest summary",
            value=max(times),
            unit="ms",
            yardstick=max(walk),
            yardstick_name=name,
            bar="under 60",
        ),
        Figure(
            name="battles: median summary of 20 to 24 mails",
            value=statistics.median(middle),
            unit="ms",
            bar="1 to 3",
        ),
    ]


def _walk(fight: Sequence[Killmail]) -> int:
    return sum(len({a.organisation for a in mail.attackers}) for mail in fight)


def _summary(fight: Sequence[Killmail]) -> object:
    return summarise(
        fight,
        key=BattleKey(0),
        public_id="BR-bench",
        system_id=fight[0].system_id,
        space=Space.UNKNOWN,
        state=BattleState.ENDED,
        hull_class=lambda _: HullClass.OTHER,
    )


def main() -> None:
    """Print the figures."""
    for figure in bench():
        print(figure.line())


if __name__ == "__main__":
    main()
