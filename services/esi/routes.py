"""Which bucket a route draws from. ESI says so in each answer; this is what its specification says before.

Limits change without notice: an answer's own headers always hold over this table. Routes that are not named here and
have not answered yet are taken to have no bucket, only the old error limit.
"""

from dataclasses import dataclass

AS_OF = "2026-08-18"
"""Date of that specification."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """So many tokens within any window of so many seconds."""

    group: str
    tokens: int
    window: float


def template(path: str) -> str:
    """The route of a path: without the query, `{}` for each id or hash (no fixed part of a route has a digit)."""
    bare = path.partition("?")[0]
    parts = bare.split("/")
    return "/".join("{}" if any(map(str.isdecimal, part)) else part for part in parts)


def _limits() -> dict[str, Limit]:
    quarter = 15 * 60.0
    groups: dict[tuple[str, int], tuple[str, ...]] = {
        ("activity", 30): ("/skyhooks/raidable",),
        ("factional-warfare", 150): (
            "/fw/leaderboards",
            "/fw/leaderboards/characters",
            "/fw/leaderboards/corporations",
            "/fw/stats",
            "/fw/systems",
            "/fw/wars",
        ),
        ("freelance-job", 12_000): ("/freelance-jobs", "/freelance-jobs/{}"),
        ("incursion", 150): ("/incursions",),
        ("industry", 150): ("/industry/facilities", "/industry/systems"),
        ("insurance", 150): ("/insurance/prices",),
        ("killmail", 3600): ("/killmails/{}/{}", "/wars", "/wars/{}", "/wars/{}/killmails"),
        ("market-order", 12_000): ("/markets/{}/orders",),
        ("meta", 150): ("/meta/changelog", "/meta/compatibility-dates", "/meta/status"),
        ("military-campaign", 300): (
            "/military-campaigns",
            "/military-campaigns/{}",
            "/military-campaigns/{}/objectives",
            "/military-campaigns/{}/objectives/{}",
        ),
        ("routes", 3600): ("/route/{}/{}",),
        ("sovereignty", 600): ("/sovereignty/campaigns", "/sovereignty/systems"),
        ("status", 600): ("/status",),
    }
    return {
        route: Limit(group=group, tokens=tokens, window=quarter)
        for (group, tokens), routes in groups.items()
        for route in routes
    }


KNOWN = _limits()
"""By route."""
