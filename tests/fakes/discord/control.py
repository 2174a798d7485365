"""The separate process's own addresses: every call of `FakeDiscord` that tests use, by name, over HTTP.

`POST /control/{call}` takes the keyword arguments as JSON and answers the result as JSON; `GET /control/messages`
and `GET /control/requests` are there for a look with a browser. A test's mistake answers 400, patience at its end
504, both with the words of the exception.
"""

import inspect
import json
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from tests.fakes.discord.faults import Fault
from tests.fakes.discord.rest import Request
from tests.fakes.discord.server import FakeDiscord

CALLS = frozenset(
    {
        "add_channel", "add_guild", "add_member", "add_post", "add_role", "add_user", "advance", "autocomplete",
        "clear_faults", "click", "commands", "connected", "contacts", "disconnected", "dm_channel",
        "fail", "get_bot", "get_owner", "hits", "interrupt", "messages", "reached", "release",
        "remove_bot", "remove_channel", "remove_message", "request_log", "return_bot", "select",
        "set_archived", "set_forum", "set_permissions", "set_rate_limit", "set_role", "set_team",
        "set_unavailable", "settle", "slash", "submit_modal", "wait_for_messages",
    }
)  # fmt: skip


class ControlledDiscord(FakeDiscord):
    """A stand-in that also listens to its test over HTTP, and writes a log of requests."""

    log: Path | None = None

    def add_more_routes(self, app: web.Application) -> None:
        app.router.add_post("/control/{call}", self._on_call)
        app.router.add_get("/control/messages", self._on_messages)
        app.router.add_get("/control/requests", self._on_requests)
        app.on_response_prepare.append(self._on_answer)

    async def _on_call(self, request: web.Request) -> web.Response:
        name = request.match_info["call"]
        if name not in CALLS:
            return web.json_response({"error": f"no call {name}"}, status=404)
        arguments: dict[str, Any] = json.loads(await request.read() or b"{}")
        if name == "fail":
            arguments["fault"] = msgspec.convert(arguments["fault"], Fault)
        try:
            result = getattr(self, name)(**arguments)
            if inspect.isawaitable(result):
                result = await result
        except TimeoutError as error:
            return _refusal(error, status=504)
        except (ValueError, TypeError, KeyError, RuntimeError) as error:
            return _refusal(error, status=400)
        return web.Response(body=msgspec.json.encode(result), content_type="application/json")

    async def _on_messages(self, request: web.Request) -> web.Response:
        found = self.messages(int(request.query["channel_id"]), deleted="deleted" in request.query)
        return web.Response(body=msgspec.json.encode(found), content_type="application/json")

    async def _on_requests(self, request: web.Request) -> web.Response:
        body = msgspec.json.encode(self.requests)
        return web.Response(body=body, content_type="application/json")

    async def _on_answer(self, request: web.Request, response: web.StreamResponse) -> None:
        """One line of JSON per answered request of the bot."""
        if self.log is None or request.path.startswith("/control"):
            return
        line = Request(
            method=request.method, path=request.path, at=self.clock(), status=response.status
        )
        with self.log.open("ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")


def _refusal(error: Exception, *, status: int) -> web.Response:
    words = {"error": str(error) or repr(error), "type": type(error).__name__}
    return web.json_response(words, status=status)
