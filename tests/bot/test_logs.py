"""Whatever is logged, by whomever, is one JSON object a line without secrets."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TOKEN = "MTk4NjIy.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs"
PASSWORD = 'pass"word'
_SCRIPT = """
import asyncio, gc, logging, sys, threading, warnings
import structlog, discord, aiohttp, apscheduler.schedulers.asyncio
from bot.logs import set_up_logging
from bot.settings import LogSettings

TOKEN, PASSWORD = sys.argv[2], sys.argv[3]
set_up_logging(
    LogSettings(json_lines=sys.argv[1] == "json", level="debug"), secrets=(TOKEN, PASSWORD)
)
"""


def said(lines: str, *, how: str = "json") -> subprocess.CompletedProcess[str]:
    """What a process of its own writes."""
    return subprocess.run(
        [sys.executable, "-c", _SCRIPT + lines, how, TOKEN, PASSWORD],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, "PYTHONWARNINGS": "default::UserWarning,ignore::DeprecationWarning"},
    )  # fmt: skip


def objects(text: str) -> list[dict[str, Any]]:
    def strict(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    found = [json.loads(line, parse_constant=strict) for line in text.splitlines()]
    for line in found:
        assert {"time", "level", "event", "logger"} <= line.keys(), line
        assert line["time"].endswith("Z")
    return found


def test_every_line_is_one_object() -> None:
    result = said("""
log = structlog.get_logger("ours")
log.info("a line", kill=5, odd={1, 2}, nan=float("nan"), text="two\\nlines")
log.warning("hot", reason=f"header {TOKEN} refused", password=f"is {PASSWORD}")
try:
    raise RuntimeError(f"url with {TOKEN}")
except RuntimeError:
    log.exception("failed")
    logging.getLogger("aiohttp.server").exception("of a library, %s", "with a traceback")
logging.getLogger("discord.gateway").warning("Shard ID %s", None)
logging.getLogger("apscheduler.executors.default").error("job", exc_info=ValueError(TOKEN))
logging.getLogger("x").info("too few %s %s", 1)
warnings.warn("careful", UserWarning)

async def main():
    asyncio.get_running_loop().call_soon(lambda: 1 / 0)
    asyncio.create_task(broken())
    await asyncio.sleep(0.01)
    gc.collect()

async def broken():
    raise LookupError("never awaited")

asyncio.run(main())
thread = threading.Thread(target=lambda: [][1])
thread.start()
thread.join()

class Bad:
    def __del__(self):
        raise OSError("in del")

Bad()
raise SystemError(f"at the end {TOKEN}")
""")
    assert result.stdout == ""
    lines = objects(result.stderr)
    by_event = {line["event"]: line for line in lines}
    assert (by_event["a line"]["logger"], by_event["a line"]["level"]) == ("ours", "info")
    assert by_event["a line"]["text"] == "two\nlines"
    assert by_event["hot"]["reason"] == "header [secret] refused"
    assert by_event["hot"]["password"] == "is [secret]"
    assert "RuntimeError: url with [secret]" in by_event["failed"]["exception"]
    assert "Traceback" in by_event["of a library, with a traceback"]["exception"]
    assert by_event["Shard ID None"]["logger"] == "discord.gateway"
    assert "ValueError" in by_event["job"]["exception"]
    assert any("careful" in line["event"] and line["logger"] == "py.warnings" for line in lines)
    assert any("ZeroDivisionError" in line.get("exception", "") for line in lines)
    assert any("LookupError" in line.get("exception", "") for line in lines)
    assert "IndexError" in by_event["a thread failed"]["exception"]
    assert "in del" in by_event["error that nobody could catch"]["exception"]
    assert by_event["uncaught error"]["level"] == "critical"
    assert "SystemError: at the end [secret]" in by_event["uncaught error"]["exception"]
    assert any("could not be written" in line["event"] for line in lines)
    assert TOKEN not in result.stderr
    assert "pass" not in result.stderr.replace("password", "")
    assert result.returncode == 1


def test_people_read_lines_without_secrets_too() -> None:
    result = said(
        """
log = structlog.get_logger("ours")
log.info("a line", token=TOKEN)
raise SystemError(TOKEN)
""",
        how="plain",
    )
    assert "a line" in result.stderr
    assert "token=[secret]" in result.stderr.replace("\x1b[0m", "")
    assert "SystemError: [secret]" in result.stderr
    assert TOKEN not in result.stderr


def test_the_last_word_of_a_command_is_a_line_of_the_log_where_that_is_json() -> None:
    words = "from bot.logs import say_last\nsay_last('no 100 % token')\n"
    assert objects(said(words).stderr)[0]["event"] == "no 100 % token"
    assert said(words, how="plain").stderr == "warroom: no 100 % token\n"


def test_a_short_secret_spoils_no_words() -> None:
    from bot.logs import _Striker

    assert _Striker(["in", ""])(None, "info", "in the main") == "in the main"
