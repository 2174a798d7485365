"""Keeping the universe up to date while it is in use.

A newer build is fetched, checked, compiled and loaded beside the one in use; only then it takes the old file's
place, and then the old build's place in the running universe, each in one step. Whatever happens before (no answer,
a cut download, a damaged build, a process that dies) leaves file and universe as they were. An older build is never
taken.
"""

import asyncio
import tempfile
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from shutil import rmtree

import aiohttp
import msgspec
import structlog

from services.domain.clock import Clock
from services.domain.trouble import NoWatch, Trouble, TroubleWatch
from services.universe.apart import compile_apart
from services.universe.edition import Edition
from services.universe.errors import (
    DamagedUniverse,
    NotWritten,
    SdeError,
    UniverseUnavailable,
)
from services.universe.export import LEAST_ROWS
from services.universe.growth import check_growth
from services.universe.outcome import Memory, Outcome, Verdict
from services.universe.publisher import Latest, SdePublisher
from services.universe.remote_zip import Sleep
from services.universe.settings import UniverseSettings
from services.universe.universe import Universe

_DRAFTS = ".universe-"
_LEFT_BEHIND_SECONDS = 86_400
"""Age from which a draft folder belongs to a process that died."""

log = structlog.get_logger(__name__)


class UniverseUpdater:
    """Looks for newer builds and exchanges the universe's edition. One look at a time."""

    def __init__(
        self,
        universe: Universe,
        session: aiohttp.ClientSession,
        settings: UniverseSettings,
        *,
        clock: Clock,
        watch: TroubleWatch | None = None,
        sleep: Sleep = asyncio.sleep,
        least_rows: Mapping[str, int] = LEAST_ROWS,
    ) -> None:
        self._universe = universe
        self._settings = settings
        self._publisher = SdePublisher(session, settings, sleep=sleep)
        self._clock = clock
        self._watch = watch or NoWatch()
        self._least_rows = least_rows
        self._file = settings.file
        self._memory_file = settings.file.with_suffix(".json")
        self._memory = Memory.load(self._memory_file)
        self._seen = _stamp(self._file)
        self._received = 0
        self._lock = asyncio.Lock()

    @property
    def last(self) -> Outcome | None:
        """How the last look ended, this process's or an earlier one's; None if there was none."""
        return self._memory.last

    async def tick(self) -> None:
        """To be called every hour or so: takes over what another process has updated, and looks when it is time."""
        self._memory = Memory.load(self._memory_file)
        await self._take_over()
        if self._is_due():
            await self.check()
        else:
            self._tell()

    async def check(self) -> Outcome:
        """Look for a newer build now, and take it. Never raises for what may happen outside; the outcome says it."""
        async with self._lock:
            before = self._universe.build
            self._received = 0
            verdict, reason = Verdict.UP_TO_DATE, ""
            try:
                await self._find_newest()
                if await self._renew():
                    verdict = Verdict.UPDATED
            except (UniverseUnavailable, NotWritten) as error:
                verdict, reason = Verdict.UNAVAILABLE, str(error)
            except (SdeError, DamagedUniverse) as error:
                verdict, reason = Verdict.REFUSED, str(error)
            except OSError as error:
                verdict, reason = Verdict.UNAVAILABLE, f"it cannot be done here ({error})"
            return self._remember(verdict, reason, before=before)

    async def _find_newest(self) -> None:
        """Ask which build is the newest, and remember it."""
        known = self._memory
        etag = known.etag if known.newest is not None else None
        latest: Latest | None = await self._publisher.fetch_latest(etag=etag)
        if latest is not None:
            self._memory = msgspec.structs.replace(known, etag=latest.etag, newest=latest.build)

    async def _renew(self) -> bool:
        """Take the newest build if it is newer than the one in use. True if it was taken."""
        newest, before = self._memory.newest or 0, self._universe.build
        if self._universe.build < newest:
            await self._take_over()
        if self._universe.build < newest:
            await self._install(newest)
        return self._universe.build > before

    async def _install(self, build: int) -> None:
        folder = self._file.parent
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        with tempfile.TemporaryDirectory(prefix=_DRAFTS, dir=folder) as name:
            export, compiled = Path(name) / "export.zip", Path(name) / "universe.bin"
            fetched = await self._publisher.fetch_export(build, export)
            self._received = fetched.received
            made = await compile_apart(export, compiled, least_rows=self._least_rows)
            if made.build != build:
                raise SdeError("_sde.jsonl", f"names build {made.build}, expected {build}")
            edition = await asyncio.to_thread(_ready, compiled, self._universe.edition)
            compiled.replace(self._file)
        for group in made.unclassed_ship_groups:
            log.warning("ship group without a hull class counts as other", group=group)
        self._exchange(edition)

    async def _take_over(self) -> None:
        """Use the compiled file if it changed since it was last seen and holds a newer build."""
        stamp = _stamp(self._file)
        if stamp is None or stamp == self._seen:
            return
        self._seen = stamp
        try:
            edition = await asyncio.to_thread(_ready, self._file, self._universe.edition)
        except (DamagedUniverse, SdeError) as error:
            log.warning("updated universe not used", file=str(self._file), reason=str(error))
            return
        if edition.build > self._universe.build:
            self._exchange(edition)

    def _exchange(self, edition: Edition) -> None:
        before = self._universe.build
        self._universe.replace(edition)
        self._seen = _stamp(self._file)
        log.info("universe exchanged", before=before, build=edition.build)

    def _remember(self, verdict: Verdict, reason: str, *, before: int) -> Outcome:
        outcome = Outcome(
            verdict=verdict,
            at=self._clock(),
            before=before,
            build=self._universe.build,
            newest=self._memory.newest,
            reason=" ".join(reason.split()),
            received=self._received,
        )
        since = None if outcome.is_good else self._memory.failing_since or outcome.at
        self._memory = msgspec.structs.replace(self._memory, last=outcome, failing_since=since)
        self._memory.save(self._memory_file)
        self._tell()
        return outcome

    def _is_due(self) -> bool:
        last = self.last
        if last is None:
            return True
        if last.is_good and last.build > self._universe.build:
            return True  # what was updated is lost, or of a format that another release wrote
        if last.verdict is Verdict.UNAVAILABLE:
            pause = timedelta(hours=self._settings.retry_hours)
        else:
            pause = timedelta(days=self._settings.check_days)
        return not last.at <= self._clock() < last.at + pause

    def _tell(self) -> None:
        """A refused build is told at once, a publisher that does not answer after some weeks."""
        last, since = self.last, self._memory.failing_since
        if last is None:
            return
        if last.is_good:
            self._watch.ends(Trouble.UNIVERSE_OLD)
        elif last.verdict is Verdict.REFUSED:
            self._watch.begins(
                Trouble.UNIVERSE_OLD,
                f"Build {last.newest} of the static data is refused, {last.build} stays: {last.reason}",
            )
        elif since and self._clock() - since >= timedelta(days=self._settings.warn_after_days):
            self._watch.begins(
                Trouble.UNIVERSE_OLD,
                f"No look for newer static data succeeded since {since:%Y-%m-%d}: {last.reason}",
            )


def _ready(file: Path, old: Edition) -> Edition:
    """An edition that answers at once. Raises DamagedUniverse, and SdeError if it holds far less than the old one."""
    edition = Edition.read(file)
    check_growth(old.columns, edition.columns)
    edition.warm()
    return edition


def _stamp(file: Path) -> tuple[int, int] | None:
    """Changes whenever the file is replaced; None where there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def _sweep(folder: Path) -> None:
    """Remove what processes that died have left."""
    for draft in folder.glob(f"{_DRAFTS}*"):
        if draft.is_dir() and time.time() - draft.stat().st_mtime > _LEFT_BEHIND_SECONDS:
            rmtree(draft, ignore_errors=True)
