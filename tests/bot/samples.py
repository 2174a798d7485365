"""Messages as they come in real nights, for tests and for looking at: fights of every size, and names that bite."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from bot.presentation.lexicon import Lexicon
from services.domain.alert import AlertKind, CardPart, CardStyle, Reason
from services.domain.battle import (
    Battle,
    BattleKind,
    BattleState,
    HullCount,
    Loss,
    Party,
    Place,
    ShipCount,
    Side,
    Tempo,
)
from services.domain.filter import Condition, Filter, FilterField, FilterGroup, GroupKind, Op
from services.domain.filter import Side as FilterSide
from services.domain.ids import (
    AlertId,
    AllianceId,
    BattleKey,
    CharacterId,
    CorporationId,
    KillmailId,
    LocationId,
    RegionId,
    RoleId,
    SystemId,
    TypeId,
    UserId,
)
from services.domain.isk import UNKNOWN_VALUE, IskSum, Value, ValueSource
from services.domain.killmail import Combatant, Organisation, OrganisationKind
from services.domain.message import (
    BattleCallMessage,
    BattleLine,
    BattleMessage,
    BattleMilestoneMessage,
    Crew,
    Handling,
    KillMessage,
    KillSummary,
    Message,
    MilestoneKind,
    Mute,
    NoticeMessage,
    Severity,
    SummaryCause,
    SummaryMessage,
    Verdict,
)
from services.domain.names import EntityName, NameBook
from services.domain.space import HullClass, Space
from services.domain.standing import Stance
from services.filters.data import encode
from services.universe.universe import Universe

NOW = datetime(2021, 11, 30, 2, 20, tzinfo=UTC)
UTC_ZONE, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")
UW9B, X47L, AMAMAKE, JITA, J105951 = map(
    SystemId, (30001003, 30001967, 30002537, 30000142, 31000368)
)
INSMOTHER, TITAN, POD, FORTIZAR = RegionId(10000012), TypeId(11567), TypeId(670), TypeId(35833)
NAGLFAR, ARCHON, MUNINN, SABRE = map(TypeId, (19722, 23757, 12015, 22456))
EVIL = "[*Evil*](https://x.y) `@everyone` <@&123456789012345678> __🚀👩‍🚀__ ~~x~~ || - # >"

PILOT_NAMES = {
    2112000001: EntityName(name="Ana Kaseros"),
    2112000002: EntityName(name="Vex O'Rourke"),
    2112000003: EntityName(name=EVIL),
}
ALLIANCES = (
    (498125261, "Test Alliance Please Ignore", "TEST"),
    (99001954, "Sev3rance", "7-2"),
    (99005065, "Valkyrie Alliance", "VALKA"),
    (99009129, "Scumlords", "SCUM"),
    (99010190, "Brothers of Tangra", "B0T"),
    (99011990, "Sigma Grindset", "SIGMA"),
    (99010015, "Evictus.", "EVI."),
    (99007498, "The Rogue Consortium", "ROGUE"),
    (99003581, "Fraternity.", "FRT"),
    (1900696668, "The Initiative.", "INIT."),
    (99008469, "Disaster Strikes", "OOPS"),
    (386292982, "Pandemic Legion", "-10.0"),
    (99000777, EVIL * 3, "<[_]>"),
)
NAMES = NameBook(
    {
        **PILOT_NAMES,
        **{key: EntityName(name=name, ticker=ticker) for key, name, ticker in ALLIANCES},
        98000001: EntityName(name="Dreddit", ticker="B0RT"),
        98000002: EntityName(name="Sniggerdly", ticker="SNIGG"),
    }
)


@cache
def universe() -> Universe:
    """The shipped universe, once."""
    return Universe.load()


def lexicon(names: NameBook = NAMES) -> Lexicon:
    return Lexicon(universe=universe(), names=names)


def alliance(key: int) -> Organisation:
    return Organisation(key, OrganisationKind.ALLIANCE)


def zkb(isk: float) -> Value:
    return Value(isk=isk, source=ValueSource.ZKB)


def estimate(isk: float) -> Value:
    return Value(isk=isk, source=ValueSource.ESTIMATE)


def reason(number: int = 3, kind: AlertKind = AlertKind.KILLS, **fields: object) -> Reason:
    return Reason(alert_id=AlertId(number), kind=kind, **fields)  # type: ignore[arg-type]


def all_of(*members: Condition | FilterGroup) -> Filter:
    return Filter(FilterGroup(GroupKind.ALL, members))


def worth(isk: float) -> Condition:
    return Condition(FilterField.ISK, (isk,), Op.AT_LEAST)


DELVE = Condition(FilterField.REGION, (10000060,))
HOME = all_of(
    DELVE,
    worth(1e9),
    Condition(FilterField.ATTACKERS, (10,), Op.AT_LEAST),
    FilterGroup(
        GroupKind.NONE, (Condition(FilterField.ALLIANCE, (1900696668,), side=FilterSide.ATTACKER),)
    ),
)
"""In Delve, worth a billion, by ten or more, not by The Initiative."""
IN_DELVE = encode(all_of(DELVE, worth(1e9)))


def pilot(
    number: int = 1, alliance_id: int | None = 498125261, hull: TypeId | None = TITAN
) -> Combatant:
    return Combatant(
        character_id=CharacterId(2112000000 + number),
        corporation_id=CorporationId(98000000 + number),
        alliance_id=AllianceId(alliance_id) if alliance_id else None,
        ship_type_id=hull,
    )


TITAN_KILL = KillSummary(
    id=KillmailId(97000001),
    hash="ab" * 20,
    time=NOW - timedelta(minutes=3),
    system_id=X47L,
    victim=pilot(1),
    final_blow=pilot(2, 386292982, TypeId(19720)),
    final_weapon_type_id=TypeId(37298),
    attackers=143,
    pilots=140,
    leading=alliance(386292982),
    leading_pilots=71,
    value=Value(isk=90.4e9, source=ValueSource.ZKB, dropped=11.7e9),
    damage_taken=81_204_333,
    top_damage=pilot(3, 386292982, TypeId(23773)),
    top_damage_share=0.314,
    crews=(
        Crew(
            organisation=alliance(386292982),
            pilots=71,
            classes=(
                (HullClass.CRUISER, 33),
                (HullClass.CAPITAL, 24),
                (HullClass.BATTLESHIP, 8),
                (HullClass.SUPERCAPITAL, 4),
                (HullClass.FRIGATE, 1),
                (HullClass.POD, 1),
            ),
        ),
        Crew(
            organisation=alliance(99003581),
            pilots=40,
            classes=((HullClass.BATTLESHIP, 38), (HullClass.DESTROYER, 2)),
        ),
        Crew(organisation=alliance(99001954), pilots=20, classes=((HullClass.CRUISER, 20),)),
        Crew(organisation=alliance(99000777), pilots=5, classes=((HullClass.OTHER, 5),)),
        Crew(organisation=alliance(99099999), pilots=1),
    ),
    received_at=NOW - timedelta(minutes=2),
)
POD_KILL = replace(
    TITAN_KILL,
    id=KillmailId(97000002),
    system_id=JITA,
    victim=pilot(9, None, POD),
    final_blow=pilot(2, None, TypeId(22456)),
    attackers=1,
    pilots=1,
    leading=None,
    leading_pilots=0,
    value=estimate(10_000),
    top_damage=pilot(2, None, TypeId(22456)),
    top_damage_share=1.0,
    crews=(),
    solo=True,
    labels=("ganked",),
)
STRUCTURE_KILL = replace(
    TITAN_KILL,
    id=KillmailId(97000003),
    system_id=J105951,
    victim=Combatant(
        corporation_id=CorporationId(98000001),
        alliance_id=AllianceId(498125261),
        ship_type_id=FORTIZAR,
    ),
    value=zkb(21.3e9),
    top_damage=pilot(2, 386292982, TypeId(19720)),
    time=NOW - timedelta(minutes=42),
)
NPC_KILL = replace(
    TITAN_KILL,
    id=KillmailId(97000004),
    system_id=AMAMAKE,
    victim=pilot(1, 498125261, TypeId(642)),
    final_blow=Combatant(corporation_id=CorporationId(1000127), ship_type_id=TypeId(24090)),
    attackers=4,
    pilots=0,
    leading=None,
    leading_pilots=0,
    value=UNKNOWN_VALUE,
    top_damage=Combatant(corporation_id=CorporationId(1000127), ship_type_id=TypeId(24090)),
    crews=(),
    npc=True,
)
EVIL_KILL = replace(
    TITAN_KILL,
    id=KillmailId(97000005),
    victim=pilot(3, 99000777, TypeId(24690)),
    final_blow=pilot(3, 99000777, TypeId(24690)),
    leading=alliance(99000777),
    leading_pilots=140,
    attackers=140,
    value=estimate(1.24e9),
    top_damage=None,
    crews=(Crew(organisation=alliance(99000777), pilots=140),),
)
GATE_KILL = replace(
    POD_KILL,
    id=KillmailId(97000006),
    system_id=AMAMAKE,
    victim=pilot(1, 498125261, TypeId(587)),
    value=estimate(12.4e6),
    labels=(),
    location_id=LocationId(50004549),
)


def kill_message(
    kill: KillSummary = TITAN_KILL, *reasons: Reason, ping: int | None = None, **fields: object
) -> KillMessage:
    message = KillMessage(
        kill=kill,
        reasons=reasons or (reason(because=IN_DELVE),),
        ping=(RoleId(ping),) if ping else (),
        ping_until=kill.time + timedelta(minutes=15),
    )
    return replace(message, **fields)  # type: ignore[arg-type]


NAMED = reason(4, name="Home *defence*", because=encode(HOME), user_id=UserId(1000))
HANDLED = (
    Handling(verdict=Verdict.ACKNOWLEDGED, by=UserId(1000), at=NOW - timedelta(minutes=2)),
    Handling(verdict=Verdict.RESOLVED, by=UserId(1001), at=NOW - timedelta(minutes=1)),
)


def party(
    key: int, pilots: int, losses: int, isk: float, unpriced: int = 0, **fields: object
) -> Party:
    made = Party(
        organisation=alliance(key),
        pilots=pilots,
        kills=pilots // 2,
        losses=losses,
        isk_lost=IskSum(isk=isk, unpriced=unpriced),
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def side(
    *parties: Party, hulls: tuple[HullCount, ...] = (), ships: tuple[ShipCount, ...] = ()
) -> Side:
    return Side(
        parties=parties,
        pilots=sum(p.pilots for p in parties),
        kills=sum(p.kills for p in parties),
        losses=sum(p.losses for p in parties),
        isk_lost=sum((p.isk_lost for p in parties), IskSum()),
        hulls=hulls,
        ships=ships,
    )


def ships(*counts: tuple[int, int, int]) -> tuple[ShipCount, ...]:
    """Type, fielded, lost."""
    return tuple(
        ShipCount(type_id=TypeId(key), fielded=many, lost=lost) for key, many, lost in counts
    )


def loss(
    number: int,
    hull: TypeId,
    isk: float | None,
    *,
    by: int = 1,
    of: int = 498125261,
    minute: int = 30,
) -> Loss:
    """A hull of pilot `by` and alliance `of`, lost so many minutes after midnight."""
    return Loss(
        killmail_id=KillmailId(number),
        time=datetime(2021, 11, 30, minute // 60, minute % 60, tzinfo=UTC),
        system_id=UW9B,
        ship_type_id=hull,
        character_id=CharacterId(2112000000 + by),
        organisation=alliance(of),
        value=UNKNOWN_VALUE if isk is None else zkb(isk),
    )


def hulls(**counts: tuple[int, int]) -> tuple[HullCount, ...]:
    return tuple(
        HullCount(hull_class=HullClass(name), fielded=fielded, lost=lost)
        for name, (fielded, lost) in counts.items()
    )


SIDE_A = side(
    party(498125261, 180, 44, 18.1e9),
    party(99001954, 92, 21, 7.4e9),
    party(99005065, 61, 14, 4.4e9),
    party(99010190, 33, 7, 2.2e9),
    party(99009129, 12, 3, 0.6e9),
    party(99010413, 9, 1, 0.2e9),
    hulls=hulls(
        pod=(31, 31),
        frigate=(60, 8),
        destroyer=(24, 6),
        cruiser=(180, 30),
        battlecruiser=(40, 9),
        battleship=(70, 6),
        capital=(8, 0),
    ),
    ships=ships((MUNINN, 120, 22), (587, 60, 8), (NAGLFAR, 8, 0)),
)
SIDE_B = side(
    party(99011990, 140, 51, 24.9e9),
    party(99010015, 120, 30, 11.2e9),
    party(99007498, 61, 14, 3.9e9),
    party(99010782, 40, 8, 1.4e9),
    hulls=hulls(
        cruiser=(200, 60), battleship=(90, 25), supercapital=(1, 0), frigate=(40, 10), pod=(8, 8)
    ),
    ships=ships((MUNINN, 180, 55), (TITAN, 1, 0)),
)
SIDE_C = side(
    party(99008469, 6, 2, 0.3e9), party(386292982, 3, 0, 0.0), hulls=hulls(cruiser=(9, 2))
)
FLEET_FIGHT = Battle(
    key=BattleKey(1),
    public_id="BR-UW9B-F-202111300026",
    system_id=UW9B,
    space=Space.NULL,
    state=BattleState.OPEN,
    start=datetime(2021, 11, 30, 0, 26, tzinfo=UTC),
    end=datetime(2021, 11, 30, 2, 8, tzinfo=UTC),
    killmail_ids=tuple(KillmailId(number) for number in range(195)),
    pilots=757,
    isk_destroyed=SIDE_A.isk_lost + SIDE_B.isk_lost + SIDE_C.isk_lost,
    sides=(SIDE_A, SIDE_B, SIDE_C),
    certainty=0.95,
    kind=BattleKind.BATTLE,
    top_losses=(
        loss(11, MUNINN, 412e6, minute=31),
        loss(12, MUNINN, 388e6, by=2, of=99011990, minute=44),
        loss(13, SABRE, 120e6, by=3, of=99000777, minute=50),
        loss(14, SABRE, 96e6, minute=51),
    ),
    tempo=Tempo(kills=31, before=12),
)
_ROCKS = side(party(99003581, 4, 0, 0.0), hulls=hulls(frigate=(2, 0), destroyer=(2, 0)))
_RATTER = side(party(99009999, 2, 2, 41e6, unpriced=1), hulls=hulls(frigate=(1, 1), pod=(1, 1)))
SKIRMISH = Battle(
    key=BattleKey(2),
    public_id="BR-Amamake-202111300158",
    system_id=AMAMAKE,
    space=Space.LOW,
    state=BattleState.ENDED,
    start=datetime(2021, 11, 30, 1, 58, tzinfo=UTC),
    end=datetime(2021, 11, 30, 1, 58, 31, tzinfo=UTC),
    killmail_ids=(KillmailId(1), KillmailId(2)),
    pilots=6,
    isk_destroyed=_RATTER.isk_lost,
    sides=(_ROCKS, _RATTER),
    certainty=1.0,
)
ROAM = replace(
    FLEET_FIGHT,
    key=BattleKey(4),
    public_id="BR-UW9B-F-202111292355",
    kind=BattleKind.ROAMING,
    places=tuple(
        Place(
            system_id=system,
            start=datetime(2021, 11, 30, minute // 60, minute % 60, tzinfo=UTC),
            end=datetime(2021, 11, 30, (minute + 20) // 60, (minute + 20) % 60, tzinfo=UTC),
            kills=kills,
        )
        for system, minute, kills in ((UW9B, 26, 100), (X47L, 50, 60), (AMAMAKE, 100, 35))
    ),
    sides=(
        replace(SIDE_A, parties=(replace(SIDE_A.parties[0], moved=True), *SIDE_A.parties[1:])),
        replace(SIDE_B, parties=(replace(SIDE_B.parties[0], certainty=0.6), *SIDE_B.parties[1:])),
        side(party(99008469, 90, 9, 3e9, third=True), hulls=hulls(cruiser=(90, 9))),
        side(party(386292982, 3, 1, 1e8, third=True), hulls=hulls(frigate=(3, 1))),
    ),
    isk_destroyed=IskSum(isk=77.4e9, estimated=3),
    state=BattleState.ENDED,
)
BRAWL = replace(
    FLEET_FIGHT,
    key=BattleKey(3),
    public_id="BR-J105951-202111292210",
    system_id=J105951,
    space=Space.WORMHOLE,
    state=BattleState.FROZEN,
    start=datetime(2021, 11, 29, 22, 10, tzinfo=UTC),
    end=datetime(2021, 11, 30, 1, 50, tzinfo=UTC),
    sides=(
        side(party(99000777, 40, 30, 2e9, 4), hulls=hulls(cruiser=(40, 30))),
        side(party(99003581, 33, 12, 1e9), hulls=hulls(battleship=(33, 12))),
        side(party(1900696668, 30, 12, 1e9), hulls=hulls(destroyer=(30, 12))),
        *(side(party(99020000 + n, 5 - n // 2, 1, 1e7)) for n in range(7)),
    ),
    certainty=0.62,
    isk_destroyed=IskSum(isk=4.07e9, unpriced=4, estimated=50),
    pilots=120,
)


def battle_message(battle: Battle = FLEET_FIGHT, **changes: object) -> BattleMessage:
    told = reason(1, AlertKind.BATTLES, region_id=INSMOTHER, min_kills=20)
    message = BattleMessage(battle=battle, reasons=(told,))
    return replace(message, **changes)  # type: ignore[arg-type]


def milestone(kind: MilestoneKind, **fields: object) -> BattleMilestoneMessage:
    told = reason(1, AlertKind.BATTLES, region_id=INSMOTHER, min_kills=20)
    message = BattleMilestoneMessage(battle=FLEET_FIGHT, milestone=kind, reasons=(told,))
    return replace(message, **fields)  # type: ignore[arg-type]


MILESTONES = {
    MilestoneKind.CAPITALS: milestone(MilestoneKind.CAPITALS, type_id=NAGLFAR),
    MilestoneKind.DOUBLED: milestone(MilestoneKind.DOUBLED, count=190),
    MilestoneKind.ARRIVED: milestone(
        MilestoneKind.ARRIVED, organisation=alliance(99003581), count=34
    ),
    MilestoneKind.STRUCTURE: milestone(
        MilestoneKind.STRUCTURE, organisation=alliance(99000777), type_id=FORTIZAR
    ),
    MilestoneKind.MOVED: milestone(MilestoneKind.MOVED, system_id=X47L, in_thread=True),
    MilestoneKind.OVER: milestone(MilestoneKind.OVER, in_thread=True),
}

CATCH_UP = SummaryMessage(
    since=NOW - timedelta(minutes=70),
    until=NOW - timedelta(minutes=5),
    lag_seconds=3_300,
    kills=42,
    isk=IskSum(isk=12.3e9, unpriced=2),
    top=(TITAN_KILL,),
    reasons=(reason(because=IN_DELVE),),
)
DIGEST = replace(
    CATCH_UP,
    cause=SummaryCause.QUIET,
    lag_seconds=0.0,
    top=(TITAN_KILL, STRUCTURE_KILL, EVIL_KILL),
    systems=((X47L, 30), (AMAMAKE, 6), (JITA, 3), (J105951, 1), (UW9B, 1), (SystemId(30000144), 1)),
    window=(NOW - timedelta(hours=9), NOW - timedelta(hours=1)),
    battles=(
        BattleLine(
            key=BattleKey(7),
            public_id="BR-X47L-Q-202111291910",
            system_id=X47L,
            kills=30,
            isk=IskSum(isk=11e9),
        ),
    ),
)
CAPPED = replace(
    CATCH_UP,
    cause=SummaryCause.CAP,
    lag_seconds=0.0,
    window=(NOW - timedelta(minutes=20), NOW + timedelta(minutes=40)),
    limit=60,
)
NOTICE = NoticeMessage(
    title="I may not post in #intel",
    text="Discord says that I lack “Embed Links” there.\nGive me that right, then use /alert resume 3.",
    severity=Severity.WARNING,
)

EVERY_MESSAGE: dict[str, Message] = {
    "titan": kill_message(TITAN_KILL, ping=900000000000000001),
    "pod": kill_message(POD_KILL),
    "structure": kill_message(
        STRUCTURE_KILL, reason(3, because=IN_DELVE), reason(5), NAMED, reason(7)
    ),
    "npc": kill_message(NPC_KILL),
    "evil": kill_message(EVIL_KILL),
    "our loss": kill_message(stance=Stance.LOSS, home_id=UW9B, call=(UserId(1000),)),
    "our kill": kill_message(GATE_KILL, NAMED, stance=Stance.KILL, home_id=JITA),
    "no way home": kill_message(STRUCTURE_KILL, home_id=AMAMAKE),
    "little shown": kill_message(hidden=tuple(set(CardPart) - {CardPart.ATTACKERS})),
    "link": kill_message(style=CardStyle.LINK),
    "link, our loss": kill_message(
        EVIL_KILL, NAMED, style=CardStyle.LINK, stance=Stance.LOSS, ping=900000000000000001
    ),
    "link, bare": kill_message(style=CardStyle.LINK, hidden=(CardPart.REASON,)),
    "link, sample": kill_message(style=CardStyle.LINK, sample=True),
    "compact": kill_message(style=CardStyle.COMPACT, home_id=UW9B),
    "compact, our loss": kill_message(POD_KILL, style=CardStyle.COMPACT, stance=Stance.LOSS),
    "compact, structure": kill_message(STRUCTURE_KILL, style=CardStyle.COMPACT),
    "compact, npc": kill_message(NPC_KILL, NAMED, style=CardStyle.COMPACT, home_id=JITA),
    "compact, evil": kill_message(EVIL_KILL, style=CardStyle.COMPACT),
    "compact, bare": kill_message(style=CardStyle.COMPACT, hidden=tuple(CardPart)),
    "watch": kill_message(TITAN_KILL, NAMED, style=CardStyle.WATCH, home_id=UW9B),
    "watch, handled": kill_message(
        STRUCTURE_KILL, style=CardStyle.WATCH, stance=Stance.LOSS, handling=HANDLED * 3
    ),
    "watch, sample": kill_message(GATE_KILL, style=CardStyle.WATCH, sample=True),
    "fleet fight": battle_message(),
    "skirmish": battle_message(SKIRMISH),
    "brawl": battle_message(BRAWL),
    "roam": battle_message(ROAM, muted=Mute(by=UserId(1000), at=NOW)),
    **{f"milestone, {kind.value}": message for kind, message in MILESTONES.items()},
    "merged": battle_message(SKIRMISH, merged_into="BR-Amamake-202111300140"),
    "sample": battle_message(FLEET_FIGHT, sample=True),
    "call": BattleCallMessage(
        battle=FLEET_FIGHT,
        reasons=(reason(9, kind=AlertKind.BATTLES, min_kills=100),),
        ping=(RoleId(900000000000000001),),
        ping_until=NOW + timedelta(minutes=5),
    ),
    "catch-up": CATCH_UP,
    "catch-up of battles": replace(
        CATCH_UP,
        kills=0,
        isk=IskSum(),
        top=(),
        battles=tuple(
            BattleLine(
                key=BattleKey(n),
                public_id=f"BR-X47L-Q-20211130{n:04}",
                system_id=SystemId(30002813),
                kills=n * 3,
                isk=IskSum(isk=n * 1e9, estimated=1),
            )
            for n in range(1, 12)
        ),
    ),
    "digest": DIGEST,
    "over the limit": CAPPED,
    "notice": NOTICE,
}
