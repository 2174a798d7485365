"""Which alerts want a kill: the recorded days against ten thousand alerts, and against one thousand.

The alerts are those of `alerts_made_up`; the killmails are all 33,223 of three recorded days, with values drawn about
what such hulls are typically worth, since archives have none. A mail is laid out and asked for in one go, as it is when
it comes in; times are the thread's processor time, so that what else runs on the machine is left out. The yardstick is
the naive loop: every alert's compiled filter is asked, on each hundredth mail. Needs WARROOM_TEST_DATA. Run it as
`python -m tests.benchmarks alerts`.
"""

import gc
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.alerts.index import AlertIndex
from services.domain.ids import AlertId, GroupId, TypeId
from services.domain.isk import Value, ValueSource
from services.domain.killmail import Killmail
from services.feeds.archive import read_archive
from services.feeds.wire import decode_zkb_package
from services.filters.compiling import Compiler
from services.filters.flat import FlatKill, Flattener
from services.prices.typical import TypicalValues
from services.universe.universe import Universe
from tests.benchmarks.alerts_made_up import AlertMaker, Wanted
from tests.benchmarks.bench_feeds import recorded_archives
from tests.benchmarks.figure import Figure, seconds

MANY, FEW = 10_000, 1_000
SPREAD = 1.0
"""Of values about the typical one: two in three lie within a factor of 2.7."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Microseconds of processor time a mail, rising; alerts that wanted a mail, in the mean; how many programs."""

    times: Sequence[float]
    matches: float
    programs: int

    @property
    def mean(self) -> float:
        """Of all mails."""
        return statistics.fmean(self.times)

    def at(self, percent: int) -> float:
        """So many in a hundred mails took no longer."""
        return self.times[len(self.times) * percent // 100]


def bench() -> list[Figure]:
    """All figures; empty without the recorded data."""
    universe = Universe.load()
    mails = recorded_mails(universe)
    if not mails:
        return []
    flattener = Flattener(universe)
    alerts = AlertMaker([flattener.flatten(mail) for mail in mails]).alerts(MANY)
    # What only this bench holds, the recorded days, must not be walked by the collector again and again.
    gc.collect()
    gc.freeze()
    few = asked(universe, mails, alerts[:: MANY // FEW])
    many = asked(universe, mails, alerts)
    naive = _naive(universe, mails, alerts)
    figures = [
        *_figures(many, few, naive),
        *_flattening(universe, mails),
        *_keepstar(universe, alerts),
        *_changing(universe, alerts),
    ]
    gc.unfreeze()
    return figures


def recorded_mails(universe: Universe) -> list[Killmail]:
    """The recorded days with values about what is typical of the hull; a hull of which nothing is known has none."""
    typical, dice = TypicalValues.load(), random.Random(4)

    def group_of(type_id: TypeId) -> GroupId | None:
        found = universe.find_type(type_id)
        return None if found is None else found.group_id

    def valued(mail: Killmail) -> Killmail:
        isk = typical.find(mail.victim.ship_type_id, group_of)
        if isk is None:
            return mail
        worth = isk * dice.lognormvariate(0, SPREAD)
        return replace(mail, value=Value(isk=worth, source=ValueSource.ZKB))

    read = (record for path in recorded_archives() for record in read_archive(path))
    return [valued(record) for record in read if isinstance(record, Killmail)]


def filled(universe: Universe, alerts: Sequence[Wanted]) -> AlertIndex:
    """An index with these alerts, numbered from 1."""
    index = AlertIndex(universe)
    for number, (wanted, standings) in enumerate(alerts, 1):
        index.put(AlertId(number), wanted, standings)
    return index


def asked(universe: Universe, mails: Sequence[Killmail], alerts: Sequence[Wanted]) -> Asked:
    """Each mail laid out and asked for, one after the other, as they come in."""
    index, flattener = filled(universe, alerts), Flattener(universe)
    clock, times, matches = time.thread_time, [], 0
    for mail in mails:
        start = clock()
        found = index.matching(flattener.flatten(mail, received_at=mail.time))
        times.append((clock() - start) * 1e6)
        matches += len(found)
    return Asked(sorted(times), matches / len(mails), index.programs)


def _naive(universe: Universe, mails: Sequence[Killmail], alerts: Sequence[Wanted]) -> Asked:
    """Every alert asked about every hundredth mail."""
    compiler, flattener = Compiler(universe), Flattener(universe)
    programs = [compiler.compile(wanted, standings) for wanted, standings in alerts]
    clock, times, matches = time.thread_time, [], 0
    for mail in mails[::100]:
        start = clock()
        flat = flattener.flatten(mail, received_at=mail.time)
        found = [program.because(flat) for program in programs if program.holds(flat)]
        times.append((clock() - start) * 1e6)
        matches += len(found)
    return Asked(sorted(times), matches / len(times), len(programs))


def _figures(many: Asked, few: Asked, naive: Asked) -> list[Figure]:
    loop = {"yardstick_name": "the loop over all of them"}
    return [
        Figure(
            name=f"alerts: one kill against {MANY:,} ({many.programs:,} different), median",
            value=many.at(50), unit="us", yardstick=naive.at(50), **loop,
        ),
        Figure(
            name=f"alerts: one kill against {MANY:,}, p99",
            value=many.at(99), unit="us", yardstick=naive.at(99), **loop, bar="under 1000",
        ),
        Figure(
            name=f"alerts: one kill against {MANY:,}, mean", value=many.mean, unit="us",
            yardstick=few.mean, yardstick_name=f"against {FEW:,}", bar="at most 3x",
        ),
        Figure(
            name=f"alerts: one kill against {MANY:,}, p99", value=many.at(99), unit="us",
            yardstick=few.at(99), yardstick_name=f"against {FEW:,}", bar="at most 3x",
        ),
        Figure(
            name=f"alerts: kills a second against {FEW:,}, one core",
            value=1e6 / few.mean, unit="/s", bar="at least 1000",
        ),
        Figure(
            name=f"alerts: kills a second against {MANY:,}, one core",
            value=1e6 / many.mean, unit="/s", yardstick=1e6 / naive.mean, **loop,
        ),
        Figure(name=f"alerts: matches of a kill, of {MANY:,}", value=many.matches, unit="alerts",
               yardstick=naive.matches, yardstick_name="by the loop, each hundredth kill"),
        Figure(name="alerts: posts of one alert a day, at 13,700 kills",
               value=many.matches / MANY * 13_700, unit="posts"),
    ]  # fmt: skip


def _flattening(universe: Universe, mails: Sequence[Killmail]) -> list[Figure]:
    """Laying out costs what is asked for: at least this, at most all of it."""
    flattener, each = Flattener(universe), 1e6 / len(mails)
    bare = seconds(lambda: [flattener.flatten(mail) for mail in mails], repeat=3)
    whole = seconds(lambda: [_all_sets(flattener.flatten(mail)) for mail in mails])
    return [
        Figure(
            name="alerts: laying out a mail, sides still unread", value=bare * each, unit="us",
            yardstick=whole * each, yardstick_name="with every set of every side",
        ),
    ]  # fmt: skip


def _keepstar(universe: Universe, alerts: Sequence[Wanted]) -> list[Figure]:
    """The recorded mail with 3,753 attackers: every set of it, and all alerts asked about it."""
    (path,) = (recorded_archives()[0].parent / "zkb_packages").glob("*_keepstar_kill.json")
    mail, flattener = decode_zkb_package(path.read_bytes()), Flattener(universe)
    index = filled(universe, alerts)
    return [
        Figure(
            name=f"alerts: a mail with {len(mail.attackers):,} attackers against {MANY:,}",
            value=seconds(lambda: index.matching(flattener.flatten(mail)), repeat=3) * 1e3,
            unit="ms",
            yardstick=seconds(lambda: _all_sets(flattener.flatten(mail)), repeat=3) * 1e3,
            yardstick_name="laying it out with every set of every side",
        ),
    ]


def _all_sets(flat: FlatKill) -> int:
    sides = (flat.victim, flat.final_blow, flat.attackers)
    names = ("ids", "hulls", "groups", "classes", "weapons", "weapon_groups", "memberships")
    return sum(len(getattr(side, name)) for side in sides for name in names)


def _changing(universe: Universe, alerts: Sequence[Wanted]) -> list[Figure]:
    """Filling the index, and changing one alert of a full one."""
    filling = seconds(lambda: filled(universe, alerts))
    index, changed = filled(universe, alerts), alerts[:1000]

    def change() -> None:
        for number, (wanted, standings) in enumerate(changed, 1):
            index.drop(AlertId(number))
            index.put(AlertId(number), wanted, standings)

    return [
        Figure(name=f"alerts: filling the index with {MANY:,}", value=filling, unit="s"),
        Figure(
            name="alerts: taking one out and putting it back",
            value=seconds(change) / len(changed) * 1e6,
            unit="us",
        ),
    ]
