"""Logging: structured lines on standard error; everything takes this way.

The libraries' own records, Python's warnings and what nobody caught become lines like ours. As JSON, every line is one
object with `time`, `level`, `event` and `logger`. Secrets are struck out of the finished line, wherever they came from:
an error's text, a library's record, a traceback.
"""

import json
import logging
import sys
import threading
from collections.abc import Collection
from types import TracebackType
from typing import Any, TextIO

import structlog

from bot.settings import LogSettings

STRUCK_OUT = "[secret]"
_SHORTEST = 6
"""A shorter secret is none: striking it out would only spoil words."""
_CHATTY = ("alembic", "apscheduler", "aiosqlite", "discord", "sqlalchemy.engine", "aiohttp.access")

_Error = type[BaseException]


def set_up_logging(settings: LogSettings, *, secrets: Collection[str] = ()) -> None:
    """Call once, before anything logs. `secrets` never appear in a line."""
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="%Y-%m-%dT%H:%M:%SZ", utc=True, key="time"),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = _Handler(sys.stderr, json_lines=settings.json_lines)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_renderers(json_lines=settings.json_lines),
                _Striker(secrets),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in _CHATTY:
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))
    # That a job still runs when its next time comes is told by what makes it slow, not every few seconds.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
    _catch_the_rest()


def say_last(words: str) -> None:
    """Why a command came to its end: a plain line for people, one of the log's where that is JSON."""
    handlers = logging.getLogger().handlers
    if any(isinstance(handler, _Handler) and handler.json_lines for handler in handlers):
        logging.getLogger("warroom").critical("%s", words)
    else:
        print(f"warroom: {words}", file=sys.stderr)  # noqa: T201


def _renderers(*, json_lines: bool) -> list[structlog.typing.Processor]:
    if json_lines:
        exceptions = structlog.processors.ExceptionRenderer()
        return [exceptions, structlog.processors.JSONRenderer(serializer=_as_json)]
    return [
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            timestamp_key="time",
            # Never the one that prints local variables: a token may be among them.
            exception_formatter=structlog.dev.plain_traceback,
        )
    ]


def _as_json(line: dict[str, Any], **how: Any) -> str:
    """Strict JSON: a figure that is none (NaN) becomes its name, which readers of JSON can read."""
    try:
        return json.dumps(line, allow_nan=False, **how)
    except ValueError:
        return json.dumps({key: _readable(value) for key, value in line.items()}, **how)


def _readable(value: Any) -> Any:
    return value if isinstance(value, str | int | None) else repr(value)


class _Striker:
    """The last processor: takes the finished line."""

    def __init__(self, secrets: Collection[str]) -> None:
        found = {secret for secret in secrets if len(secret) >= _SHORTEST}
        found |= {json.dumps(secret)[1:-1] for secret in found}
        self._secrets = sorted(found, key=len, reverse=True)

    def __call__(self, _logger: Any, _method: str, line: Any) -> Any:
        for secret in self._secrets:
            line = line.replace(secret, STRUCK_OUT)
        return line


class _Handler(logging.StreamHandler[Any]):
    """Where a record cannot be written as it is, a line says so; Python's own way would print a page of text."""

    def __init__(self, stream: TextIO, *, json_lines: bool) -> None:
        super().__init__(stream)
        self.json_lines = json_lines

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        error = sys.exc_info()[1]
        if isinstance(error, OSError | ValueError) and self.stream.closed:
            return  # nobody reads any more
        where = f"{record.pathname}:{record.lineno}"
        told = logging.LogRecord(
            record.name, logging.ERROR, record.pathname, record.lineno,
            "a line could not be written (%s, %s)", (where, type(error).__name__), None,
        )  # fmt: skip
        self.stream.write(self.format(told) + self.terminator)
        self.flush()


def _catch_the_rest() -> None:
    """Warnings and errors that nobody caught go to the log, and not as plain text beside it."""
    logging.captureWarnings(capture=True)
    sys.excepthook = _on_uncaught
    sys.unraisablehook = _on_unraisable
    threading.excepthook = _on_thread


def _on_uncaught(kind: _Error, error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("warroom").critical("uncaught error", exc_info=(kind, error, trace))


def _on_unraisable(told: Any) -> None:
    error = (told.exc_type, told.exc_value, told.exc_traceback)
    logging.getLogger("warroom").error("error that nobody could catch", exc_info=error)


def _on_thread(told: threading.ExceptHookArgs) -> None:
    if told.exc_type is SystemExit or told.exc_value is None:
        return
    error = (told.exc_type, told.exc_value, told.exc_traceback)
    logging.getLogger("warroom").error("a thread failed", exc_info=error)
