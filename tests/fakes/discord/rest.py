"""The frame of the REST side: logs each request, applies faults and rate limits, turns refusals into answers.

Handlers raise `DiscordError` or return what becomes JSON; nothing else in the package writes a response. Every
ordinary answer carries `Via` and the rate limit headers, because discord.py reads both.
"""

import json
import time
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from aiohttp import BodyPartReader, web

from tests.fakes.discord.errors import KNOWN, DiscordError, Unauthorized
from tests.fakes.discord.faults import Fault, FaultKind
from tests.fakes.discord.gateway import BAD_TOKEN
from tests.fakes.discord.posting import Upload

if TYPE_CHECKING:
    from tests.fakes.discord.server import FakeDiscord

API = "/api/v10"
Handler = Callable[["Call"], Awaitable[Any]]

_BAN_PAGE = """<!DOCTYPE html><html><head><title>Access denied | discord.com used Cloudflare to restrict
access</title></head><body><h1>Error 1015</h1><p>You are being rate limited.</p></body></html>"""


@dataclass(kw_only=True, slots=True)
class Request:
    """One request as the log keeps it. `status` is None while unanswered and after a lost answer."""

    method: str
    path: str
    """Without `/api/v10`."""
    at: datetime
    channel_id: int | None = None
    body: Any = None
    """The JSON of the body (of `payload_json` for multipart)."""
    files: list[str] = field(default_factory=list)
    status: int | None = None


@dataclass(kw_only=True, slots=True)
class RateLimit:
    """Requests a bucket may take: `limit` each `window` seconds (real time). Told always, kept only if `enforced`."""

    limit: int = 50
    window: float = 1.0
    enforced: bool = False


@dataclass(frozen=True, slots=True)
class Created:
    """What a handler answers that made something: 201."""

    body: Any


@dataclass(kw_only=True)
class Call:
    """What a handler gets."""

    discord: "FakeDiscord"
    request: web.Request
    body: Any
    uploads: list[Upload]

    def id(self, name: str) -> int:
        """A snowflake of the path."""
        return int(self.request.match_info[name])

    def text(self, name: str) -> str:
        return self.request.match_info[name]


class Buckets:
    """Counts requests per route and major parameter."""

    def __init__(self) -> None:
        self.rate_limit = RateLimit()
        self._used: dict[str, tuple[float, int]] = {}

    def take(self, key: str) -> tuple[dict[str, str], float]:
        """The rate limit headers for this request, and how many seconds it came too early (0 if in time)."""
        rule, now = self.rate_limit, time.monotonic()
        started, used = self._used.get(key, (now, 0))
        if now - started >= rule.window:
            started, used = now, 0
        left = max(rule.window - (now - started), 0.001)
        early = left if rule.enforced and used >= rule.limit else 0.0
        used += not early
        self._used[key] = (started, used)
        remaining = max(rule.limit - used, 0) if rule.enforced else rule.limit - 1
        headers = {
            "X-RateLimit-Limit": str(rule.limit),
            "X-RateLimit-Remaining": str(remaining),
            "X-RateLimit-Reset": f"{time.time() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": f"{zlib.crc32(key.partition('|')[0].encode()):032x}",
        }
        return headers, early


def json_response(status: int, body: Any, headers: dict[str, str] | None = None) -> web.Response:
    """JSON with exactly the content type that discord.py asks for (it knows no charset)."""
    told = {"Content-Type": "application/json", "Via": "1.1 google"} | (headers or {})
    return web.Response(status=status, body=json.dumps(body).encode(), headers=told)


def route(discord: "FakeDiscord", handler: Handler, *, token: bool) -> Any:
    """Wrap a handler into the frame. `token` asks for the bot's own token."""

    async def framed(request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix(API)
        entry = Request(method=request.method, path=path, at=discord.world.clock())
        entry.channel_id = discord.channel_of(request)
        discord.requests.append(entry)
        rule = discord.faults.strike(request.method, path, channel_id=entry.channel_id)
        try:
            body, uploads = await _read(request)
        except ConnectionError:
            return web.Response(status=400)
        entry.body, entry.files = body, [upload.filename for upload in uploads]
        if rule is not None and not rule.fault.after:
            if rule.fault.kind is FaultKind.HOLD:
                await discord.faults.hold(rule)
            else:
                return strike(request, rule.fault, entry=entry)
        call = Call(discord=discord, request=request, body=body, uploads=uploads)
        response = await _answer(call, handler, token=token)
        if rule is not None and rule.fault.after:
            if rule.fault.kind is FaultKind.HOLD:
                await discord.faults.hold(rule)
            else:
                return strike(request, rule.fault, entry=entry)
        entry.status = response.status
        return response

    return framed


async def _answer(call: Call, handler: Handler, *, token: bool) -> web.Response:
    """Run the handler within auth and rate limits."""
    resource = call.request.match_info.route.resource
    canonical = resource.canonical if resource else call.request.path
    key = f"{call.request.method} {canonical}|{call.discord.channel_of(call.request)}"
    headers, early = call.discord.buckets.take(key)
    try:
        if early:
            return _too_early(early, headers=headers)
        _check_request(call, token=token)
        result = await handler(call)
    except DiscordError as error:
        return json_response(error.status, error.body, headers)
    if isinstance(result, web.Response):
        return result
    if isinstance(result, Created):
        return json_response(201, result.body, headers)
    if result is None:
        return web.Response(status=204, headers={"Via": "1.1 google"} | headers)
    return json_response(200, result, headers)


def _check_request(call: Call, *, token: bool) -> None:
    if token and not authorised(call.request):
        raise Unauthorized
    if call.body is Ellipsis:
        raise DiscordError(50109)


def authorised(request: web.Request) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return scheme == "Bot" and bool(token) and token != BAD_TOKEN


def _too_early(seconds: float, *, headers: dict[str, str]) -> web.Response:
    body = {"message": "You are being rate limited.", "retry_after": seconds, "global": False}
    told = headers | {"Retry-After": str(seconds), "X-RateLimit-Scope": "user"}
    return json_response(429, body, told)


async def _read(request: web.Request) -> tuple[Any, list[Upload]]:
    """The body and its files; Ellipsis for what is no JSON."""
    if not request.content_type.startswith("multipart/"):
        raw = await request.read()
        return (_decode(raw) if raw else None), []
    body: Any = {}
    uploads: list[Upload] = []
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        content = bytes(await part.read(decode=False))
        name = part.name or ""
        if name == "payload_json":
            body = _decode(content)
        elif name.startswith("files["):
            index = int(name.removeprefix("files[").removesuffix("]"))
            uploads.append(Upload(index, part.filename or "unknown", content))
    return body, uploads


def _decode(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return ...


def strike(request: web.Request, fault: Fault, *, entry: Request) -> web.Response:
    """The answer that a fault gives in place of the ordinary one."""
    if fault.kind is FaultKind.LOST:
        if request.transport is not None:
            request.transport.abort()
        entry.status = None
        return web.Response(status=500)
    response = _fault_response(fault)
    entry.status = response.status
    return response


def _fault_response(fault: Fault) -> web.Response:
    if fault.kind is FaultKind.CLOUDFLARE:
        headers = {"Retry-After": str(int(fault.retry_after)), "Content-Type": "text/html"}
        return web.Response(status=429, body=_BAN_PAGE.encode(), headers=headers)
    if fault.kind is FaultKind.RATE_LIMIT:
        body = {
            "message": "You are being rate limited.",
            "retry_after": fault.retry_after,
            "global": fault.is_global,
        }
        scope = "global" if fault.is_global else "shared"
        headers = {"Retry-After": str(fault.retry_after), "X-RateLimit-Scope": scope}
        return json_response(429, body, headers)
    if fault.kind is FaultKind.CODE:
        return _code_response(fault)
    return web.Response(
        status=fault.status, text=f"{fault.status}: stand-in fault", headers={"Via": "1.1 google"}
    )


def _code_response(fault: Fault) -> web.Response:
    if fault.code == 401:
        refused = Unauthorized()
        return json_response(refused.status, refused.body)
    status, message = KNOWN[fault.code]
    body: dict[str, Any] = {"message": message, "code": fault.code}
    if status == 429:
        body |= {"retry_after": fault.retry_after, "global": False}
        return json_response(status, body, {"Retry-After": str(fault.retry_after)})
    return json_response(status, body)
