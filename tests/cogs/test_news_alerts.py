"""`/alert` for sovereignty, faction warfare, incursions and wars, as those who configure meet it."""

from datetime import timedelta
from typing import Any

from bot.delivery import DiscordSender
from services.domain.alert import Alert, AlertKind
from services.domain.ids import AllianceId, GuildId, SystemId
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.occurrence import Occurrence, OccurrenceKind, Scope
from services.domain.sovereignty import Campaign, CampaignState
from services.occurrences import store as occurrences
from services.polling.store import PollState, save_poll
from services.sovereignty.store import save_campaigns
from tests.cogs.asking import stored, the_alert
from tests.cogs.nullsec import Nullsec
from tests.cogs.warzone import Front
from tests.stage import Stage
from tests.wiring import AMAMAKE

K = OccurrenceKind
X47L, DQ1, H_ADOC = SystemId(30001967), SystemId(30004759), SystemId(30001001)
ALPHA = Organisation(99_000_065, OrganisationKind.ALLIANCE)
CALDARI = Organisation(500_001, OrganisationKind.FACTION)


async def happened(stage: Stage, *found: Occurrence, heard: timedelta = timedelta(days=30)) -> None:
    """The sources have been followed for so long, and this is kept of what they told."""
    now = stage.clock()
    async with stage.wiring.house.database.write() as tx:
        for name in ("sov-campaigns", "sov-systems", "fw-systems", "incursions", "wars"):
            state = PollState(
                name=name,
                pace=timedelta(minutes=1),
                checked_at=now - timedelta(seconds=30),
                at=now - timedelta(seconds=30),
            )
            await save_poll(tx, state)
        first = Occurrence(key="adm:first", kind=K.ADM, at=now - heard, systems=(AMAMAKE,))
        await occurrences.save_new(tx, [first, *found])


def flip(stage: Stage, number: int = 1, *, kind: OccurrenceKind = K.HOLDER, **fields: Any) -> Occurrence:  # fmt: skip
    """A system changed hands so many hours ago."""
    made: dict[str, Any] = {"systems": (X47L,), "old": ALPHA, "new": None}
    at = stage.clock() - timedelta(hours=number)
    return Occurrence(key=f"{kind}:{number}", kind=kind, at=at, **(made | fields))


async def test_a_sovereignty_alert_says_what_it_will_tell(stage: Stage) -> None:
    await happened(stage, flip(stage, 2), flip(stage, 9))
    answer = await stage.slash(
        "alert add sov", system="X47L-Q", distance="5j", alliance="Alpha Pact",
        events="holders, campaigns", reminders="3h, 30m", name="Home",
    )  # fmt: skip
    assert answer.ephemeral
    assert "Alert #1 is set" in answer.text
    asked = "sovereignty within 5 jumps of X47L-Q, of Alpha Pact: campaigns, changes of holder"
    assert asked in answer.text
    assert "each campaign has one message, which I edit, and reminders (3 h, 30 min" in answer.text
    assert "In the last 7 d that would have been **2 messages**" in answer.text
    assert "2 changes of holder" in answer.text
    alert = await the_alert(stage)
    assert alert.kind is AlertKind.SOV
    assert alert.scope == Scope(system_id=X47L, jumps=5, party=ALPHA)
    assert alert.events == {K.HOLDER, K.HUB_LOST} | {k for k in K if k.value.startswith("campaign")}
    assert alert.reminders == (180, 30)


async def test_the_other_kinds_are_added_with_what_they_have(stage: Stage) -> None:
    fw = await stage.slash("alert add fw", faction="caldari state", region="Black Rise")
    assert "faction warfare in Black Rise, of Caldari State: flips" in fw.text
    assert "I have not heard anything of this yet" in fw.text
    around = {"system": "Amamake", "distance": "10ly"}
    incursion = await stage.slash("alert add incursion", events="started", **around)
    assert "incursions within 10 ly of Amamake: new ones" in incursion.text
    await stage.slash("standing add", **{"as": "foe", "names": "Beta Union"})
    war = await stage.slash("alert add war")
    assert "wars of us and friends" in war.text
    assert "Nobody is marked as us or friend yet" in war.text
    await stage.slash("standing add", **{"as": "friend", "names": "Alpha Pact"})
    against = await stage.slash("alert add war", who="Beta Union", events="declared allies")
    assert "wars of us and friends, with Beta Union: declared, allies join" in against.text
    assert "Nobody is marked" not in against.text
    one, two, three, four = await stored(stage)
    assert (one.scope, one.kind) == (Scope(region_id=10_000_069, party=CALDARI), AlertKind.FW)
    assert two.scope == Scope(system_id=AMAMAKE, light_years=10)
    assert (three.scope, three.events) == (Scope(us=True), frozenset())
    assert four.events == {K.WAR_DECLARED, K.WAR_ALLY}


CANNOT_BE: list[tuple[str, dict[str, Any], str]] = [
    ("alert add sov", {"region": "Narnia"}, "no region called “Narnia”"),
    ("alert add sov", {"alliance": "Nobody at all"}, "Nobody at all"),
    ("alert add sov", {"distance": "5j"}, "measured from a system"),
    ("alert add sov", {"system": "Jita", "distance": "far"}, "no distance that I can read"),
    ("alert add sov", {"system": "Jita", "region": "Delve"}, "Delve is not the place of Jita"),
    ("alert add sov", {"system": "Jita", "distance": "3j", "region": "Delve"}, "is not in reach of Jita"),
    ("alert add sov", {"events": "campaigns, flips"}, "“flips” is no kind of event here. Choose of `campaigns`"),
    ("alert add sov", {"events": " , "}, "Name events"),
    ("alert add sov", {"events": "windows"}, "windows open every day"),
    ("alert add sov", {"reminders": "soon"}, "24h 3h 30m 5m"),
    ("alert add fw", {"faction": "Goonswarm"}, "no faction called “Goonswarm”"),
    ("alert add fw", {"events": "campaigns"}, "`flips`"),
    ("alert add fw", {"faction": "Jove Empire"}, "does not fight in the warzone"),
    ("alert add sov", {"region": "The Forge"}, "systems there cannot be claimed"),
    ("alert add sov", {"system": "J105951"}, "systems there cannot be claimed"),
    ("alert add incursion", {"system": "J105951"}, "no incursion comes there"),
    ("alert add war", {"who": "Nobody at all"}, "Nobody at all"),
    ("alert show", {"alert": "9"}, "no alert #9"),
    ("alert try", {}, "Say what to try"),
    ("alert try", {"alert": "9"}, "no alert #9"),
    ("alert try", {"alert": "1", "filter": "isk>1b"}, "Say what to try"),
]  # fmt: skip


async def test_what_cannot_be_is_explained(stage: Stage) -> None:
    for command, options, words in CANNOT_BE:
        answer = await stage.slash(command, **options)
        assert answer.ephemeral
        assert words in answer.text, (command, options, answer.text)
    assert await stored(stage) == []


async def test_a_place_where_nothing_happens_as_things_are_is_named(stage: Stage) -> None:
    silent = "As things are it stays silent"
    unknown = await stage.slash("alert add sov", region="Querious")
    assert silent not in unknown.text, "while no claims are known"
    assert silent not in (await stage.slash("alert add fw", region="Catch")).text
    nullsec = Nullsec(stage)
    nullsec.claims[H_ADOC] = {"faction": {"faction_id": 500_010}}
    await nullsec.look(minutes=1)
    await Front(stage).answer()
    for command, options, because in (
        ("alert add sov", {"region": "Curse"}, "no alliance holds a system there"),
        ("alert add fw", {"region": "Delve"}, "no system of the warzone lies there"),
        (
            "alert edit",
            {"alert": "1", "region": "Period Basis"},
            "no alliance holds a system there",
        ),
    ):
        answer = await stage.slash(command, **options)
        assert f"**{silent}:** {because}" in answer.text, command
    for command, options in (
        ("alert add sov", {"region": "Delve"}),
        ("alert add fw", {"system": "Amamake"}),
        ("alert add incursion", {"region": "Delve"}),
        ("alert add sov", {}),
    ):
        assert silent not in (await stage.slash(command, **options)).text


async def test_the_same_twice_is_refused_and_the_usual_is_the_usual(stage: Stage) -> None:
    await stage.slash("alert add sov", region="Delve")
    same = await stage.slash("alert add sov", region="delve", events="usual", reminders="5m 30m 3h 24h")  # fmt: skip
    assert "Alert #1 already asks for exactly that" in same.text
    assert (await the_alert(stage)).events == frozenset()
    every = await stage.slash("alert add sov", region="Delve", events="all")
    assert "sovereignty in Delve: every kind of event" in every.text


async def test_strangers_may_not_and_roles_are_called_by_those_who_could(stage: Stage) -> None:
    for kind in ("sov", "fw", "incursion", "war"):
        refused = await stage.ask(f"alert add {kind}")
        assert "You need the permission Manage Channels" in refused.text
    role = await stage.discord.add_role(stage.guild.id, "Fleet")
    await stage.bot.until(lambda: "guild_role_create" in stage.bot.happened)
    refused = await stage.slash("alert add fw", role=role.id)
    assert "You may not mention" in refused.text
    assert await stored(stage) == []


async def test_events_and_parties_are_offered_while_typing(stage: Stage) -> None:
    first = await stage.typed("alert add sov", "events", "")
    assert first[:2] == ["campaigns", "holders (changes of holder)"]
    assert "all (every kind)" in first
    more = await stage.typed("alert add sov", "events", "campaigns, ho")
    assert more == ["campaigns, holders (changes of holder)"]
    assert await stage.typed("alert add fw", "faction", "cal") == ["Caldari State (faction)"]
    assert len(await stage.typed("alert add fw", "faction", "")) == 6
    assert "Alpha Pact [ALPHA] (alliance)" in await stage.typed("alert add sov", "alliance", "alp")
    assert await stage.typed("alert edit", "events", "") == []
    await stage.slash("alert add fw", name="Front")
    offered = await stage.typed("alert edit", "events", "fl", options={"alert": "front"})
    assert offered == ["flips"]


async def changed(stage: Stage, **options: Any) -> Alert:
    answer = await stage.slash("alert edit", alert="1", **options)
    assert "Alert #1 is changed" in answer.text, answer.text
    return await the_alert(stage)


async def test_an_alert_is_changed_piece_by_piece(stage: Stage) -> None:
    await stage.slash("alert add sov", region="Pure Blind", events="campaigns")
    alert = await changed(stage, system="X47L-Q", distance="5j")
    assert alert.scope == Scope(region_id=10_000_023, system_id=X47L, jumps=5)
    alert = await changed(stage, reset="region", who="Alpha Pact", reminders="never")
    assert alert.scope == Scope(system_id=X47L, jumps=5, party=ALPHA)
    assert alert.reminders == ()
    alert = await changed(stage, distance="7ly", us=True, events="all")
    assert alert.scope == Scope(system_id=X47L, light_years=7, party=ALPHA, us=True)
    assert K.ADM in alert.events
    alert = await changed(stage, reset="system", us=False)
    assert alert.scope == Scope(party=ALPHA)
    alert = await changed(stage, reset="events")
    alert = await changed(stage, reset="reminders", name="Ours")
    assert (alert.events, alert.reminders, alert.name) == (frozenset(), None, "Ours")
    alert = await changed(stage, reset="who")
    assert alert.scope is None


MEANINGLESS: list[tuple[str, dict[str, Any], str]] = [
    ("battles", {"system": "Jita"}, "is for battles, for which `system` says nothing"),
    ("battles", {"events": "flips", "us": True}, "`us`, `events` say nothing"),
    ("kills", {"reset": "who"}, "`who` says nothing: its filter says where and whom"),
    ("sov", {"min_isk": "1b"}, "is for sovereignty, for which `min_isk` says nothing"),
    ("sov", {"filter": "isk>1b", "name": "x"}, "`filter` says nothing"),
    ("sov", {"system": "Amamake", "reset": "system"}, "named `system` and asked to reset it"),
    ("sov", {"events": "all", "reset": "events"}, "named `events` and asked to reset it"),
    ("sov", {"distance": "5j"}, "measured from a system"),
    ("sov", {}, "for sovereignty and has no filter. Say what to change: `region`, `system`"),
    ("fw", {"reminders": "3h"}, "`reminders` says nothing"),
    ("incursion", {"who": "Alpha Pact"}, "`who` says nothing"),
    ("war", {"region": "Delve"}, "`region` says nothing: they are those of us and friends"),
    ("war", {"reset": "system"}, "`system` says nothing"),
]


async def test_options_of_other_kinds_change_nothing(stage: Stage) -> None:
    for kind in AlertKind:
        options = {"min_isk": "1b"} if kind is AlertKind.KILLS else {}
        await stage.slash(f"alert add {kind.value}", **options)
    before = await stored(stage)
    numbers = {alert.kind.value: str(alert.id) for alert in before}
    for kind, options, words in MEANINGLESS:
        answer = await stage.slash("alert edit", alert=numbers[kind], **options)
        assert words in answer.text, (kind, options, answer.text)
    assert await stored(stage) == before


async def test_the_list_show_why_and_copy_know_them(stage: Stage) -> None:
    await happened(stage)
    await stage.services.guilds.set_time_zone(GuildId(stage.guild.id), "Europe/Berlin")
    await stage.slash("alert add sov", region="Delve", name="Timers")
    listed = await stage.slash("alert list")
    assert "sovereignty in Delve: campaigns" in listed.text
    assert "reminds 24 h, 3 h, 30 min, 5 min before" in listed.text
    shown = await stage.slash("alert show", alert="timers")
    assert "/alert why 1" in shown.text
    assert "0 matched in 24 h" in shown.text
    why = await stage.slash("alert why", alert="1")
    assert "nothing at all about sovereignty" in why.text
    await stage.slash("alert edit", alert="1", us=True)
    unmarked = await stage.slash("alert why", alert="1")
    assert "asks for us and friends, and nobody is marked so" in unmarked.text
    await stage.slash("alert edit", alert="1", us=False)
    other = await stage.discord.add_channel(stage.guild.id, "sov")
    await stage.bot.until(lambda: stage.bot.get_channel(other.id) is not None)
    copied = await stage.slash("alert copy", alert="1", channel=other.id)
    assert "Alert #2 is set" in copied.text
    one, two = await stored(stage)
    assert (two.scope, two.channel_id) == (one.scope, other.id)
    assert "whose cards have one look" in (await stage.slash("alert style", alert="1")).text


async def test_an_alert_that_stands_is_tried(stage: Stage) -> None:
    await happened(stage, *(flip(stage, hours) for hours in (2, 30, 60)))
    await stage.slash("alert add sov", system="X47L-Q", events="holders")
    told = await stage.slash("alert try", alert="1", days=2)
    assert told.ephemeral
    assert "This would have been 2 messages" in told.text
    assert "X47L-Q" in told.text
    assert "Alpha Pact" in told.text
    await stage.slash("alert add kills", min_isk="1b")
    assert "kills worth at least" in (await stage.slash("alert try", alert="2")).text
    await stage.slash("alert add battles")
    assert "`/battle list`" in (await stage.slash("alert try", alert="3")).text


async def timer(stage: Stage) -> None:
    """A contest in Delve was announced."""
    now = stage.clock()
    campaign = Campaign(
        id=77,
        event_type="ihub_defense",
        system_id=DQ1,
        constellation_id=None,
        structure_id=1,
        defender_id=AllianceId(ALPHA.id),
        start=now + timedelta(hours=5),
        state=CampaignState.SCHEDULED,
        first_seen=now,
        seen=now,
    )
    async with stage.wiring.house.database.write() as tx:
        await save_campaigns(tx, [campaign])
    await happened(stage, flip(stage, 1, kind=K.CAMPAIGN_NEW, systems=(DQ1,), subject=77))


async def test_samples_are_of_what_happened_or_say_that_they_are_made_up(stage: Stage) -> None:
    worker = stage.wiring.worker(DiscordSender(stage.bot, stage.services))
    await stage.slash("alert add sov", system="X47L-Q", events="holders")
    await stage.slash("alert add sov", region="Delve")
    await stage.slash("alert add fw")
    await stage.slash("alert add incursion", region="Delve")
    await stage.slash("alert add war")
    for number in range(1, 6):
        told = await stage.slash("alert test", alert=str(number))
        assert "is **made up**" in told.text
    stage.clock.advance(seconds=1)
    await happened(stage, flip(stage, 3))
    real = await stage.slash("alert test", alert="1")
    assert real.text.endswith("It calls nobody.")
    assert "shows something from elsewhere" in (await stage.slash("alert test", alert="2")).text
    await timer(stage)
    stage.clock.advance(seconds=1)
    assert (await stage.slash("alert test", alert="2")).text.endswith("It calls nobody.")
    await worker.drain()
    messages = stage.discord.messages(stage.channel.id)
    assert len(messages) == 8
    assert "SAMPLE · Timer: sovereignty hub in 1DQ1-A" in messages[-1].text
    assert "campaign 77" in messages[-1].text
    assert all("SAMPLE" in message.text for message in messages)
    assert all("Nobody was called" in message.text for message in messages)
