"""Sovereignty as it comes: contests in every state, claims, news of every topic, boards; and names that bite."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.domain.alert import AlertKind
from services.domain.freshness import NEVER, Freshness
from services.domain.ids import (
    AllianceId,
    ChannelId,
    ConstellationId,
    CorporationId,
    GuildId,
    RegionId,
    RoleId,
    SystemId,
    UserId,
    WarId,
)
from services.domain.isk import IskSum
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.message import Message
from services.domain.news import (
    BoardMessage,
    CampaignMessage,
    CampaignNoteMessage,
    Fighting,
    FightLine,
    HeldBy,
    NewsMessage,
    NoteKind,
    TimerNoteMessage,
)
from services.domain.occurrence import Occurrence, OccurrenceKind
from services.domain.sovereignty import (
    Campaign,
    CampaignState,
    CampaignVerdict,
    Claim,
    Score,
    Skyhook,
    Window,
)
from services.domain.timer import Board, BoardState, OwnTimer
from tests.bot.samples import EVIL, NOW, alliance, reason

FRT, INIT, BITING = alliance(99003581), alliance(1900696668), alliance(99000777)
AMARR = Organisation(500003, OrganisationKind.FACTION)
CALDARI = Organisation(500001, OrganisationKind.FACTION)
SVM, D1DQ, UW9B, X47L, AMAMAKE = map(SystemId, (30001162, 30004759, 30001003, 30001967, 30002537))
DELVE, CATCH = RegionId(10000060), RegionId(10000014)
FRESH = Freshness(as_of=NOW - timedelta(minutes=3))
STALE = Freshness(as_of=NOW - timedelta(hours=2), stale_since=NOW - timedelta(hours=1, minutes=50))
PING = RoleId(900000000000000001)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def campaign(number: int = 41234, **fields: Any) -> Campaign:
    """A timer of the sovereignty hub of 1DQ1-A in six hours."""
    given: dict[str, Any] = {
        "id": number,
        "event_type": "ihub_defense",
        "system_id": D1DQ,
        "constellation_id": ConstellationId(20000696),
        "structure_id": 1045000000001,
        "defender_id": AllianceId(FRT.id),
        "start": NOW + timedelta(hours=6),
        "state": CampaignState.SCHEDULED,
        "first_seen": NOW - timedelta(hours=20),
        "seen": NOW - minutes(1),
        "scores": (Score(NOW - timedelta(hours=20), 0.6, 0.4),),
    }
    return Campaign(**(given | fields))


SCHEDULED = campaign()
RUNNING = campaign(
    41235,
    start=NOW - minutes(42),
    state=CampaignState.RUNNING,
    scores=(
        Score(NOW - timedelta(hours=20), 0.6, 0.4),
        Score(NOW - minutes(20), 0.5, 0.5),
        Score(NOW - minutes(4), 0.36, 0.64),
    ),
)
MISSING = replace(RUNNING, state=CampaignState.MISSING)
GONE = replace(RUNNING, state=CampaignState.GONE, ended=NOW - minutes(2))
LOST = replace(
    GONE,
    state=CampaignState.OVER,
    verdict=CampaignVerdict.LOST,
    ground="The hub was not in the list of 02:18 EVE any more, and nobody holds the system.",
)
DEFENDED = replace(
    GONE,
    state=CampaignState.OVER,
    verdict=CampaignVerdict.DEFENDED,
    ground="The same hub still stood at 02:18 EVE.",
)
CANCELLED = replace(
    SCHEDULED,
    state=CampaignState.OVER,
    verdict=CampaignVerdict.CANCELLED,
    ended=NOW - minutes(2),
    ground="It was gone before its start.",
)
UNKNOWN_KIND = campaign(
    41236,
    event_type="moon_defense`@everyone`",
    defender_id=None,
    system_id=SystemId(30999999),
    scores=(),
    participants=((AllianceId(BITING.id), 0.4), (AllianceId(77), 0.6)),
)
FIGHTING = Fighting(
    kills=34,
    isk=IskSum(isk=18.2e9, unpriced=2),
    battles=(
        FightLine(
            public_id="BR-1DQ1-A-20211130-0150",
            system_id=D1DQ,
            kills=28,
            isk=IskSum(isk=16.1e9),
            jumps=0,
        ),
        FightLine(
            public_id="BR-T5ZI-S-20211130-0205",
            system_id=SystemId(30004735),
            kills=6,
            isk=IskSum(isk=2.1e9),
            jumps=2,
        ),
    ),
)
REASONS = (reason(4, AlertKind.SOV, name="Home front"),)


def occurrence(kind: OccurrenceKind, number: int = 0, **fields: Any) -> Occurrence:
    """Something in 1DQ1-A, a few minutes ago."""
    given: dict[str, Any] = {
        "key": f"{kind.value}:{number}",
        "kind": kind,
        "at": NOW - minutes(3),
        "systems": (D1DQ,),
    }
    return Occurrence(**(given | fields))


OCCURRENCES = {
    kind: occurrence(kind, **fields)
    for kind, fields in {
        OccurrenceKind.CAMPAIGN_NEW: {"others": (FRT,), "starts": NOW + timedelta(days=1)},
        OccurrenceKind.CAMPAIGN_STARTED: {"others": (FRT,)},
        OccurrenceKind.CAMPAIGN_SCORE: {"others": (FRT,), "before": 0.6, "after": 0.45},
        OccurrenceKind.CAMPAIGN_ENDED: {"others": (FRT,), "word": "defended"},
        OccurrenceKind.HOLDER: {"old": FRT, "new": INIT},
        OccurrenceKind.HUB_LOST: {"old": BITING},
        OccurrenceKind.ADM: {"before": 3.1, "after": 2.9, "others": (FRT,)},
        OccurrenceKind.WINDOW: {
            "starts": NOW,
            "ends": NOW + timedelta(hours=3),
            "others": (FRT,),
        },
        OccurrenceKind.CAPITAL: {"new": INIT, "systems": (D1DQ, UW9B)},
        OccurrenceKind.SKYHOOK: {
            "starts": NOW,
            "ends": NOW + timedelta(hours=1),
            "subject": 40301700,
        },
        OccurrenceKind.FLIP: {"systems": (AMAMAKE,), "old": AMARR, "new": CALDARI},
        OccurrenceKind.VULNERABLE: {"systems": (AMAMAKE,), "old": AMARR, "new": CALDARI},
        OccurrenceKind.SHIFT: {"systems": (AMAMAKE,), "before": 0.4, "after": 0.55},
        OccurrenceKind.INCURSION_STARTED: {"systems": (AMAMAKE, UW9B), "after": 0.0},
        OccurrenceKind.WAR_DECLARED: {
            "systems": (),
            "old": FRT,
            "new": BITING,
            "subject": WarId(700123),
        },
    }.items()
}
"""Of each kind one, as its detector makes it."""


def news(*occurrences: Occurrence, **fields: Any) -> NewsMessage:
    return NewsMessage(occurrences=occurrences, reasons=REASONS, **fields)


MANY_FLIPS = tuple(
    occurrence(OccurrenceKind.HOLDER, n, systems=(SystemId(30004700 + n),), old=FRT, new=INIT)
    for n in range(40)
)
TIMER = OwnTimer(
    id=7,
    guild_id=GuildId(7),
    channel_id=ChannelId(70),
    what=f"Fortizar hull {EVIL}"[:100],
    system_id=D1DQ,
    at=NOW + timedelta(days=1, hours=3),
    created_by=UserId(1000),
    created_at=NOW,
)
BOARD = Board(
    id=3,
    guild_id=GuildId(7),
    channel_id=ChannelId(70),
    created_by=UserId(1000),
    regions=(DELVE, CATCH),
    parties=(FRT,),
    generation=1,
    created_at=NOW,
)


def board_message(**fields: Any) -> BoardMessage:
    given: dict[str, Any] = {
        "campaigns": (RUNNING, SCHEDULED, UNKNOWN_KIND),
        "adms": ((D1DQ, 4.2),),
        "timers": (TIMER,),
        "more": 0,
        "freshness": FRESH,
    }
    return BoardMessage(board=BOARD, state=BoardState(**(given | fields)))


def note(kind: NoteKind, of: Campaign, **fields: Any) -> CampaignNoteMessage:
    return CampaignNoteMessage(campaign=of, note=kind, reasons=REASONS, **fields)


def campaign_message(of: Campaign, **fields: Any) -> CampaignMessage:
    return CampaignMessage(campaign=of, reasons=REASONS, **({"adm": 4.2} | fields))


SOV_MESSAGES: dict[str, Message] = {
    "timer": campaign_message(SCHEDULED, home_id=X47L, ping=(PING,)),
    "running": campaign_message(RUNNING, fighting=FIGHTING),
    "missing": campaign_message(MISSING),
    "gone": campaign_message(GONE),
    "lost": campaign_message(LOST, fighting=FIGHTING),
    "defended": campaign_message(DEFENDED),
    "cancelled": campaign_message(CANCELLED),
    "unknown kind": campaign_message(UNKNOWN_KIND, adm=None, sample=True),
    "reminder": note(
        NoteKind.REMINDER, campaign(start=NOW + minutes(29.5)), minutes=30, ping=(PING,)
    ),
    "late reminder": note(NoteKind.REMINDER, campaign(start=NOW + minutes(12)), minutes=30),
    "started": note(NoteKind.STARTED, RUNNING, ping=(PING,)),
    "score": note(NoteKind.SCORE, RUNNING),
    "fight": note(NoteKind.FIGHT, RUNNING, fighting=FIGHTING),
    "ended": note(NoteKind.ENDED, LOST, fighting=FIGHTING),
    **{f"news {kind.value}": news(one) for kind, one in OCCURRENCES.items()},
    "news since": news(replace(OCCURRENCES[OccurrenceKind.HOLDER], since=NOW - minutes(50))),
    "news many": news(*MANY_FLIPS, more=12),
    "news quiet": news(
        *OCCURRENCES.values(),
        held_by=HeldBy.QUIET,
        window=(NOW - timedelta(hours=8), NOW),
        home_id=X47L,
    ),
    "news gap": news(
        *MANY_FLIPS[:3], held_by=HeldBy.GAP, window=(NOW - timedelta(hours=3), NOW - minutes(3))
    ),
    "news cap": news(
        *MANY_FLIPS[:3], held_by=HeldBy.CAP, window=(NOW - minutes(20), NOW + minutes(40))
    ),
    "timer note": TimerNoteMessage(timer=TIMER, minutes=30, ping=(PING,)),
    "board": board_message(),
    "board empty": board_message(campaigns=(), timers=(), adms=()),
    "board never": board_message(campaigns=(), timers=(), adms=(), freshness=NEVER),
    "board full": board_message(
        campaigns=tuple(
            replace(SCHEDULED, id=n, defender_id=AllianceId(BITING.id)) for n in range(25)
        ),
        timers=(TIMER,) * 30,
        more=14,
        freshness=STALE,
    ),
}

CLAIM = Claim(
    system_id=D1DQ,
    holder=FRT,
    corporation_id=CorporationId(98000001),
    claimed_since=datetime(2021, 3, 2, 11, 20, tzinfo=UTC),
    is_capital=True,
    adm=4.2,
    military=3,
    industrial=2,
    strategic=4,
    hub_id=1045000000001,
    window=Window(start=NOW - minutes(30), end=NOW + timedelta(hours=2)),
)
HOOKS = (
    Skyhook(planet_id=1, system_id=D1DQ, window=Window(start=NOW, end=NOW + minutes(40))),
    Skyhook(
        planet_id=2,
        system_id=SystemId(30004735),
        window=Window(start=NOW + minutes(30), end=NOW + minutes(90)),
    ),
)
ADMS = tuple((NOW - timedelta(days=30 - n), 2.0 + n / 10) for n in range(23))
