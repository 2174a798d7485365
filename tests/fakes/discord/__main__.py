"""`python -m tests.fakes.discord --port N --log FILE`: the stand-in as a process of its own.

It prints `listening on http://127.0.0.1:PORT` when it is ready and ends on SIGTERM or SIGINT. All it knows lives
in memory. The log gets one line of JSON per answered request.
"""

import argparse
import asyncio
import signal
from pathlib import Path

from tests.fakes.discord.control import ControlledDiscord


async def serve(*, port: int, log: Path | None, shards: int) -> None:
    """Run until a signal ends it."""
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    discord = ControlledDiscord(port=port, shards=shards)
    discord.log = log
    async with discord:
        print(f"listening on {discord.base}", flush=True)
        await ended.wait()


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.discord", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--log", type=Path, default=None, help="one line of JSON per request")
    parser.add_argument("--shards", type=int, default=1, help="what /gateway/bot recommends")
    arguments = parser.parse_args()
    asyncio.run(serve(port=arguments.port, log=arguments.log, shards=arguments.shards))


if __name__ == "__main__":
    main()
