"""A stand-in for the game's website and for EVE Ref's mirror of it, with faults on demand; and answers in their shape.

No answer of the website itself was recorded, only what somebody made of it: `status_of` and `insurgency_of` give that
the shape that the website serves.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Self

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestServer

STATUS, INSURGENCY = "/api/warzone/status", "/api/warzone/insurgency"
STATUS_MIRROR = "/warzone/warzone-latest.json"
INSURGENCY_MIRROR = "/warzone-insurgency/warzone-insurgency-latest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a path answers. `cut`: the connection breaks in the body; `hangs`: it never answers."""

    body: bytes = b"[]"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    hangs: bool = False


class FakeWarzone:
    """Both hosts in one. What `faults` hold for a path is given first, each once; what nothing is given for is 404."""

    def __init__(self) -> None:
        self.url = ""
        self.given: dict[str, Given] = {}
        self.faults: dict[str, deque[Given]] = defaultdict(deque)
        self.asked: list[str] = []
        self._left = asyncio.Event()

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[Self]:
        """Listen until left."""
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        async with TestServer(app) as server:
            self.url = str(server.make_url("")).rstrip("/")
            try:
                yield self
            finally:
                self._left.set()

    def put(self, path: str, answer: object, *, made: datetime | None = None) -> None:
        """Answer with this from now on; `made` becomes the file's time, as of the mirror."""
        body = answer if isinstance(answer, bytes) else msgspec.json.encode(answer)
        headers = {"ETag": f'"{hash(body)}"'}
        if made is not None:
            headers["Last-Modified"] = format_datetime(made, usegmt=True)
        self.given[path] = Given(body=body, headers=headers)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        faults = self.faults[request.path]
        given = faults.popleft() if faults else self.given.get(request.path, Given(status=404))
        if given.hangs:
            await self._left.wait()
        etag = given.headers.get("ETag")
        if etag is not None and request.headers.get("If-None-Match") == etag:
            return web.Response(status=304)
        if given.cut:
            response = web.StreamResponse(headers={"Content-Length": str(len(given.body) + 10)})
            await response.prepare(request)
            await response.write(given.body)
            assert request.transport is not None
            request.transport.close()
            return response
        return web.Response(status=given.status, body=given.body, headers=given.headers)


def status_of(
    recorded: Mapping[str, Any], occupiers: Mapping[int, int], enemies: Mapping[int, int]
) -> list[dict[str, Any]]:
    """The website's list out of the recorded advantages, where there is an occupier. `enemies`: who fights whom."""
    rows = []
    for system, points in recorded["systems"].items():
        occupier = occupiers.get(int(system))
        if occupier is None:
            continue
        advantage = [
            {"factionID": occupier, "totalAmount": points["occ"]},
            {"factionID": enemies[occupier], "totalAmount": points["enemy"]},
        ]
        rows.append(
            {
                "solarsystemID": system,
                "ownerFaction": occupier,
                "occupierFaction": occupier,
                "contestedStatus": "contested",
                "contestedAmount": 1.5,
                "advantage": advantage,
            }
        )
    return rows


def insurgency_of(
    recorded: Mapping[str, Any], *, number: int | None = None
) -> list[dict[str, Any]]:
    """The website's list out of the recorded campaigns."""
    return [
        campaign(
            origin=one["origin"]["id"],
            pirate=one["pirate"],
            started=one["started"],
            number=number,
            systems=[(int(system), *four) for system, four in one["systems"].items()],
        )
        for one in recorded["campaigns"]
    ]


def campaign(
    *,
    origin: int = 30_002_813,
    pirate: int = 500_011,
    started: str | None = "2026-11-18T11:00:00Z",
    number: int | None = 312,
    systems: Iterable[tuple[int, int, float, int, float]] = (),
) -> dict[str, Any]:
    """One campaign. Systems: id, stage and percentage of corruption, then of suppression."""
    named = {} if number is None else {"campaignId": number}
    return named | {
        "state": "ACTIVE",
        "pirateFactionId": pirate,
        "startDateTime": started,
        "originSolarSystem": {"id": origin, "name": "Somewhere"},
        "insurgencies": [
            {
                "solarSystem": {"id": system, "name": "Somewhere"},
                "corruptionState": corrupted,
                "corruptionPercentage": percent,
                "corruptionDate": None,
                "suppressionState": suppressed,
                "suppressionPercentage": share,
                "suppressionDate": None,
            }
            for system, corrupted, percent, suppressed, share in systems
        ],
    }
