"""Compiling in a process of its own.

A build takes seconds of pure computing and some hundred megabytes: in the bot's own process it would hold the event
loop up again and again, and the memory would not come back. The other process runs with less right to the
processor; it says what it made, or what is wrong, as one line of JSON.
"""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from services.universe.compile import Build, build_universe
from services.universe.errors import NotWritten, SdeError, UniverseUnavailable

_REFUSED, _NOT_WRITTEN = 10, 11
"""Exit codes."""


async def compile_apart(source: Path, out: Path, *, least_rows: Mapping[str, int]) -> Build:
    """What `build_universe` does, while the event loop goes on.

    Raises:
        SdeError: as `build_universe` does.
        UniverseUnavailable: the other process ended in the middle of it.
    """
    command = (sys.executable, "-m", __name__, str(source), str(out), json.dumps(dict(least_rows)))
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe
    )
    try:
        said, complaint = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode == 0:
        return msgspec.json.decode(said, type=Build)
    if process.returncode in (_REFUSED, _NOT_WRITTEN):
        fault = msgspec.json.decode(said, type=Fault)
        kind = NotWritten if process.returncode == _NOT_WRITTEN else SdeError
        raise kind(fault.file, fault.reason, line=fault.line)
    last = complaint.decode(errors="replace").strip().rpartition("\n")[2]
    raise UniverseUnavailable(f"compiling ended with code {process.returncode}: {last or '-'}")


class Fault(msgspec.Struct, frozen=True):
    """An SdeError between two processes."""

    file: str
    reason: str
    line: int | None


def main() -> None:
    """The other process."""
    if hasattr(os, "nice"):
        os.nice(10)
    source, out, least_rows = sys.argv[1:]
    try:
        made = build_universe(Path(source), Path(out), least_rows=json.loads(least_rows))
    except SdeError as error:
        code = _NOT_WRITTEN if isinstance(error, NotWritten) else _REFUSED
        fault = Fault(error.file, error.reason, error.line)
        sys.stdout.buffer.write(msgspec.json.encode(fault))
        sys.exit(code)
    sys.stdout.buffer.write(msgspec.json.encode(made))


if __name__ == "__main__":
    main()
