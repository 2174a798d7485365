"""Battles on the recorded days: how well the sides fit, and what linking, sides and summaries cost.

Blue and split are read as `tests/services/battles/measure.py` says, on the fights of the trial (its
10 and 25 largest, and all 102 of 20 kills and more). Needs WARROOM_TEST_DATA. Run it as `python -m
tests.benchmarks.bench_battles`.
"""

import os
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from services.battles.rules import Trace, clusters, is_battle, linkable
from services.battles.sides import split
from services.battles.summary import summarise
from services.domain.battle import BattleState
from services.domain.ids import BattleKey
from services.domain.killmail import Killmail
from services.domain.space import HullClass, Space
from tests.benchmarks.figure import Figure, seconds
from tests.services.battles.measure import fit, trial_battles
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
    return [*_fits(fights), *_linking(mails, decoding), *_summaries(fights)]


def _fits(fights: Sequence[list[Killmail]]) -> list[Figure]:
    labels = [split(fight).of for fight in fights]
    figures = []
    for count, trial in ((10, "4.8 / 7.3"), (25, "4.4 / 5.7"), (102, "3.3 / 4.8")):
        told = fit(fights[:count], labels[:count])
        bars = ("at most 4.5", "at most 6.5", "at least 98") if count == 25 else ("", "", "")
        name = f"battles: {count} fights (trial {trial} %)"
        figures += [
            Figure(name=f"{name}, blue", value=told.blue, unit="%", bar=bars[0]),
            Figure(name=f"{name}, split", value=told.split, unit="%", bar=bars[1]),
            Figure(
                name=f"{name}, scored of {told.eligible} mails",
                value=100 * told.scored / told.eligible,
                unit="%",
                bar=bars[2],
            ),
        ]
    return figures


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
