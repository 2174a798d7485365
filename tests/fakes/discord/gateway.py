"""The gateway: sessions that a shard opens, loses and resumes.

A session keeps what it was sent, numbered, so that RESUME repeats exactly what the client missed. A session whose
socket is gone keeps collecting until its shard identifies anew. Privileged intents are refused (4014) unless they
are allowed, as for an application that did not ask for them.
"""

import asyncio
import importlib
import json
import secrets
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from tests.fakes.discord import payloads
from tests.fakes.discord.state import Guild, World

PRIVILEGED = (1 << 1) | (1 << 8) | (1 << 15)
"""Members, presences, message content."""
BACKLOG = 1000
"""Events that a session can repeat."""
BAD_TOKEN = "bad"


@dataclass(frozen=True, kw_only=True, slots=True)
class Contact:
    """Something that a client told the gateway."""

    what: str
    """`identify`, `resume`, `resumed`, `invalid` or `heartbeat`."""
    shard: int
    at: datetime
    path: str
    intents: int = 0


class _Plain:
    """No transport compression."""

    def pack(self, text: str) -> str | bytes:
        return text


class _Zlib:
    """One zlib stream for the whole connection, flushed after each message."""

    def __init__(self) -> None:
        self._stream = zlib.compressobj()

    def pack(self, text: str) -> str | bytes:
        return self._stream.compress(text.encode()) + self._stream.flush(zlib.Z_SYNC_FLUSH)


class _Zstd:
    """One zstd stream for the whole connection, flushed after each message."""

    def __init__(self) -> None:
        # A client asks for it only where one of the two is installed.
        try:
            module = importlib.import_module("compression.zstd")
        except ImportError:
            module = importlib.import_module("zstandard")
            self._flush = (module.COMPRESSOBJ_FLUSH_BLOCK,)
            self._stream = module.ZstdCompressor().compressobj()
        else:
            self._flush = (module.ZstdCompressor.FLUSH_BLOCK,)
            self._stream = module.ZstdCompressor()

    def pack(self, text: str) -> str | bytes:
        return bytes(self._stream.compress(text.encode()) + self._stream.flush(*self._flush))


PACKERS: dict[str | None, Callable[[], _Plain | _Zlib | _Zstd]] = {
    None: _Plain,
    "zlib-stream": _Zlib,
    "zstd-stream": _Zstd,
}


@dataclass(kw_only=True)
class Session:
    """One shard's session. `socket` is None while the client is away."""

    id: str
    shard: int
    shards: int
    intents: int
    sequence: int = 0
    backlog: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=BACKLOG))
    socket: "Socket | None" = None

    def serves(self, guild_id: int | None) -> bool:
        """Guilds are dealt out by their id; direct messages go to shard 0."""
        return ((guild_id or 0) >> 22) % self.shards == self.shard


class Socket:
    """One websocket with its compression."""

    def __init__(self, response: web.WebSocketResponse, *, compress: str | None) -> None:
        self.response = response
        self._packer = PACKERS[compress]()
        self._lock = asyncio.Lock()

    async def send(self, op: int, data: Any = None, **rest: Any) -> None:
        """Send one frame; a client that has gone is no error."""
        packed = self._packer.pack(json.dumps({"op": op, "d": data, "s": None, "t": None} | rest))
        async with self._lock:
            try:
                if isinstance(packed, bytes):
                    await self.response.send_bytes(packed)
                else:
                    await self.response.send_str(packed)
            except ConnectionError:
                return

    async def close(self, code: int) -> None:
        await self.response.close(code=code)


class Gateway:
    """All sessions, and what the server side does to them."""

    def __init__(self, world: World, *, address: Callable[[], str]) -> None:
        self._world = world
        self._address = address
        self.shards = 1
        self.heartbeat_ms = 41_250
        self.allowed_intents = ~PRIVILEGED
        self.sessions: dict[str, Session] = {}
        self.contacts: list[Contact] = []
        self._sockets: set[Socket] = set()
        self._changed = asyncio.Event()

    # -- what the client does

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        """Handle one websocket from HELLO to its end."""
        response = web.WebSocketResponse(heartbeat=None, max_msg_size=0)
        await response.prepare(request)
        compress = request.query.get("compress")
        if compress not in PACKERS or request.query.get("encoding", "json") != "json":
            await response.close(code=4002)
            return response
        socket = Socket(response, compress=compress)
        self._sockets.add(socket)
        try:
            await socket.send(10, {"heartbeat_interval": self.heartbeat_ms})
            async for message in response:
                if message.type is WSMsgType.TEXT:
                    await self._on_frame(socket, json.loads(message.data), path=request.path)
        finally:
            self._sockets.discard(socket)
            for session in self.sessions.values():
                if session.socket is socket:
                    session.socket = None
            self._tell_change()
        return response

    async def _on_frame(self, socket: Socket, frame: dict[str, Any], *, path: str) -> None:
        op, data = frame["op"], frame.get("d")
        session = next((s for s in self.sessions.values() if s.socket is socket), None)
        if op == 1:
            self._note("heartbeat", shard=session.shard if session else 0, path=path)
            await socket.send(11)
        elif op == 2 and isinstance(data, dict):
            await self._on_identify(socket, data, path=path)
        elif op == 6 and isinstance(data, dict):
            await self._on_resume(socket, data, path=path)
        elif op not in (3, 4, 8):
            await socket.close(4001)

    def _note(self, what: str, *, shard: int, path: str, intents: int = 0) -> None:
        at = self._world.clock()
        self.contacts.append(Contact(what=what, shard=shard, at=at, path=path, intents=intents))

    async def _on_identify(self, socket: Socket, data: dict[str, Any], *, path: str) -> None:
        shard, shards = data.get("shard") or (0, 1)
        intents = data.get("intents", 0)
        self._note("identify", shard=shard, path=path, intents=intents)
        if data.get("token") == BAD_TOKEN:
            await socket.close(4004)
            return
        if not 0 <= shard < shards:
            await socket.close(4010)
            return
        if intents & ~self.allowed_intents:
            await socket.close(4014)
            return
        for old in [s for s in self.sessions.values() if s.socket is None and s.shard == shard]:
            del self.sessions[old.id]
        session = Session(
            id=secrets.token_hex(16), shard=shard, shards=shards, intents=intents, socket=socket
        )
        self.sessions[session.id] = session
        await self._send_ready(session)
        self._tell_change()

    async def _send_ready(self, session: Session) -> None:
        guilds = [g for g in self._world.guilds.values() if not g.left and session.serves(g.id)]
        ready = {
            "v": 10,
            "user": payloads.own_user_json(self._world),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": f"{self._address()}/resume",
            "shard": [session.shard, session.shards],
            "application": {"id": str(self._world.application_id), "flags": 0},
            "private_channels": [],
        }
        await self._deliver(session, "READY", ready)
        for guild in guilds:
            if not guild.unavailable:
                created = payloads.guild_create_json(self._world, guild)
                await self._deliver(session, "GUILD_CREATE", created)

    async def _on_resume(self, socket: Socket, data: dict[str, Any], *, path: str) -> None:
        session = self.sessions.get(data["session_id"])
        oldest = session.backlog[0]["s"] if session and session.backlog else 0
        if session is None or data.get("token") == BAD_TOKEN or (data["seq"] or 0) + 1 < oldest:
            self._note("invalid", shard=session.shard if session else 0, path=path)
            await socket.send(9, False)
            return
        self._note("resume", shard=session.shard, path=path)
        session.socket = socket
        for event in list(session.backlog):
            if event["s"] > (data["seq"] or 0):
                await socket.send(0, event["d"], s=event["s"], t=event["t"])
        await self._deliver(session, "RESUMED", {})
        self._note("resumed", shard=session.shard, path=path)
        self._tell_change()

    # -- what the server does

    async def _deliver(self, session: Session, event: str, data: Any) -> None:
        session.sequence += 1
        session.backlog.append({"s": session.sequence, "t": event, "d": data})
        if session.socket is not None:
            await session.socket.send(0, data, s=session.sequence, t=event)

    async def dispatch(self, event: str, data: Any, *, guild_id: int | None) -> int:
        """Send an event to the sessions that serve the guild; returns how many clients were there to get it."""
        found = [s for s in self.sessions.values() if s.serves(guild_id)]
        for session in found:
            await self._deliver(session, event, data)
        return sum(session.socket is not None for session in found)

    async def announce(self, guild: Guild, *, joined: bool) -> None:
        """GUILD_CREATE for a server that is new or back."""
        data = payloads.guild_create_json(self._world, guild, joined=joined)
        await self.dispatch("GUILD_CREATE", data, guild_id=guild.id)

    async def ask_reconnect(self) -> None:
        """Opcode 7 to every client: come again and resume."""
        for socket in list(self._sockets):
            await socket.send(7)

    async def invalidate(self, *, resumable: bool = False) -> None:
        """Opcode 9 to every client. Sessions that are not resumable are forgotten."""
        if not resumable:
            self.sessions.clear()
        for socket in list(self._sockets):
            await socket.send(9, resumable)

    async def drop(self, *, code: int = 4000) -> None:
        """Close every socket with `code`, as after a fault on Discord's side."""
        for socket in list(self._sockets):
            await socket.close(code)

    async def close(self) -> None:
        """The stand-in ends."""
        await self.drop(code=WSCloseCode.GOING_AWAY)

    def _tell_change(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, condition: Callable[[], bool], *, patience: float) -> None:
        """Wait until the sessions are as wished; TimeoutError after `patience` seconds."""
        async with asyncio.timeout(patience):
            while not condition():
                await self._changed.wait()

    @property
    def connected(self) -> list[int]:
        """The shards whose client is there now."""
        return sorted(s.shard for s in self.sessions.values() if s.socket is not None)
