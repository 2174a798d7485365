"""Alerts on what happens beside kills, in words: lists, footers, `/alert why`, `/alert try`."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.presentation import colours
from bot.presentation.alerts import AlertLine, render_alert, render_alert_in_full
from bot.presentation.event_words import GROUPS, NOUNS, events_words, wanted_kinds
from bot.presentation.news_trials import news_forecast, render_news_trial
from bot.presentation.reasons import condition, footer, party_ids
from bot.presentation.why import render_why
from services.alerts.watching import check_flood
from services.domain.alert import Alert, AlertKind, AlertRequest, Outcome, Reason
from services.domain.alert_report import AlertWhy
from services.domain.errors import UserError
from services.domain.freshness import NEVER, Freshness
from services.domain.ids import AlertId, ChannelId, GuildId, RegionId, SystemId, UserId
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.news_trial import NewsTrial, SourceHealth
from services.domain.occurrence import Occurrence, OccurrenceKind, Scope, Topic
from services.domain.quiet import QuietHours, QuietMode
from tests.bot.presentation.test_limits import assert_sendable
from tests.bot.samples import BERLIN, INSMOTHER, NOW, UTC_ZONE, X47L, lexicon

K = OccurrenceKind
TEST = Organisation(498125261, OrganisationKind.ALLIANCE)
SOV = Alert(
    id=AlertId(7),
    guild_id=GuildId(1),
    channel_id=ChannelId(77),
    kind=AlertKind.SOV,
    created_by=UserId(5),
    scope=Scope(region_id=INSMOTHER),
    created_at=NOW - timedelta(days=30),
)
FRESH = Freshness(as_of=NOW - timedelta(minutes=3))
STALE = Freshness(as_of=NOW - timedelta(hours=5), stale_since=NOW - timedelta(hours=4))

WORDS: list[tuple[AlertKind, Scope | None, set[OccurrenceKind], str]] = [
    (AlertKind.SOV, None, {K.HOLDER, K.HUB_LOST}, "sovereignty anywhere: changes of holder"),
    (AlertKind.SOV, Scope(system_id=X47L, jumps=1), {K.CAPITAL},
     "sovereignty within 1 jump of X47L-Q: moved capitals"),
    (AlertKind.SOV, Scope(system_id=X47L, light_years=7.5, party=TEST), {K.SKYHOOK},
     "sovereignty within 7.5 ly of X47L-Q, of Test Alliance Please Ignore: raidable skyhooks"),
    (AlertKind.SOV, Scope(region_id=INSMOTHER), set(),
     "sovereignty in Curse: campaigns, changes of holder, moved capitals"),
    (AlertKind.SOV, Scope(us=True), {K.CAMPAIGN_NEW, K.ADM},
     "sovereignty of us and friends: new campaigns, ADM across a whole number"),
    (AlertKind.FW, Scope(party=Organisation(500001, OrganisationKind.FACTION)), {K.FLIP},
     "faction warfare of Caldari State: flips"),
    (AlertKind.INCURSION, Scope(system_id=X47L), set(), "incursions in X47L-Q"),
    (AlertKind.WAR, Scope(us=True), set(), "wars of us and friends"),
    (AlertKind.WAR, Scope(us=True, party=TEST), {K.WAR_DECLARED},
     "wars of us and friends, with Test Alliance Please Ignore: declared"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "scope", "events", "words"), WORDS)
def test_what_an_alert_asks_for_in_words(
    kind: AlertKind, scope: Scope | None, events: set[OccurrenceKind], words: str
) -> None:
    alert = replace(SOV, kind=kind, scope=scope, events=frozenset(events))
    assert condition(alert, lexicon()) == words
    told = footer([Reason.of(alert)], lexicon())
    assert told == f"Alert #7: {words.partition(':')[0]}"


def test_every_kind_has_words_and_one_group() -> None:
    for kind in K:
        assert [kind in group.kinds for group in GROUPS[kind.topic]].count(True) == 1, kind
        assert all(NOUNS[kind])
    for topic in Topic:
        words = [group.word for group in GROUPS[topic]]
        assert len(set(words)) == len(words)
        everything = frozenset(kind for kind in K if kind.topic is topic)
        assert events_words(topic, everything) == ", ".join(g.label for g in GROUPS[topic])
        assert wanted_kinds(topic, ()) < everything or topic in (Topic.INCURSION, Topic.WAR)


def test_a_reason_of_a_newer_kind_of_scope_names_its_party() -> None:
    reasons = [Reason.of(replace(SOV, scope=Scope(party=TEST))), Reason.of(SOV)]
    assert party_ids(reasons) == {TEST.id}


def test_a_list_tells_when_it_reminds() -> None:
    def told(alert: Alert) -> str:
        card = render_alert(alert, lexicon(), title="Set", now=NOW)
        assert_sendable(card)
        return card.embed.description or ""

    assert "reminds 24 h, 3 h, 30 min, 5 min before a campaign starts" in told(SOV)
    assert "reminds 1 h 30 min before" in told(replace(SOV, reminders=(90,)))
    assert "no reminders" in told(replace(SOV, reminders=()))
    flips = replace(SOV, kind=AlertKind.FW)
    holders = replace(SOV, events=frozenset({K.HOLDER}))
    assert "remind" not in told(flips) + told(holders)
    assert "reminds 30 min" in told(replace(holders, reminders=(30,)))


def test_one_alert_in_full_tells_the_servers_quiet_hours() -> None:
    night = QuietHours(start=23 * 60, end=7 * 60, mode=QuietMode.POSTS)
    line = AlertLine(alert=SOV, matched=3, posted=2)
    card = render_alert_in_full(line, lexicon(), now=NOW, quiet=night)
    assert_sendable(card)
    text = card.embed.description or ""
    assert "quiet with the server" in text
    assert "3 matched in 24 h, 2 posted" in text
    own = replace(SOV, quiet=QuietHours(start=0, end=0, mode=QuietMode.PINGS))
    card = render_alert_in_full(AlertLine(alert=own), lexicon(), now=NOW, quiet=night)
    assert "no quiet hours" in (card.embed.description or "")
    assert "with the server" not in (card.embed.description or "")


WHY = AlertWhy(
    now=NOW,
    alert=SOV,
    day={},
    week={},
    seen_day=0,
    seen_week=0,
    last_match_at=None,
    last_post_at=None,
    failed=0,
    failures=(),
    waiting=0,
    waiting_since=None,
    held=0,
    digest_at=None,
    muted_until=None,
    quiet=None,
    blocked_since=None,
    blocked_reason=None,
    posts=0,
    posts_limit=60,
    sending_held=False,
    feed=None,
    sources=(
        SourceHealth(name="sov-campaigns", freshness=FRESH),
        SourceHealth(name="sov-systems", freshness=STALE, fault="HTTP 503"),
    ),
)
NOTHING_HEARD = replace(WHY, sources=(SourceHealth(name="sov-systems", freshness=NEVER),))
ALL_STALE = replace(WHY, sources=(SourceHealth(name="wars", freshness=STALE),))
HEALTHY = replace(WHY, sources=WHY.sources[:1])
NO_SYSTEMS = (
    f"“Sovereignty” has given me nothing since <t:{int((NOW - timedelta(hours=5)).timestamp())}:R>"
)
UNHEARD = replace(WHY, sources=(*HEALTHY.sources, *NOTHING_HEARD.sources))
WHYS: list[tuple[AlertWhy, str, int]] = [
    (WHY, f"**{NO_SYSTEMS}: nothing new of it comes in. In the last 24 h I heard", colours.WARNING),
    (replace(WHY, muted_until=NOW + timedelta(hours=1)), "**It is muted for 1 h more.**", colours.WARNING),
    (HEALTHY, "**In the last 24 h I heard of nothing at all about sovereignty", colours.NEUTRAL),
    (NOTHING_HEARD, "What it watches has not answered me yet", colours.WARNING),
    (ALL_STALE, f"has given me nothing since <t:{int((NOW - timedelta(hours=5)).timestamp())}:R>", colours.WARNING),
    (replace(HEALTHY, seen_day=12), "Nothing matched in the last 24 h: 12 events were looked at", colours.NEUTRAL),
    (replace(HEALTHY, seen_day=12, posts=60), "Its channel had its 60 posts", colours.NEUTRAL),
    (replace(HEALTHY, seen_day=12, day={Outcome.MATCHED: 2, Outcome.POSTED: 2}), "It is not silent", colours.NEUTRAL),
    (replace(WHY, seen_day=12, day={Outcome.MATCHED: 2, Outcome.POSTED: 2}), f"**{NO_SYSTEMS}", colours.WARNING),
    (UNHEARD, "“Sovereignty” has not answered me yet", colours.WARNING),
]  # fmt: skip


@pytest.mark.parametrize(("view", "words", "colour"), WHYS)
def test_why_speaks_of_the_sources_and_not_of_the_kill_feed(
    view: AlertWhy, words: str, colour: int
) -> None:
    card = render_why(view, lexicon())
    assert_sendable(card)
    text = card.embed.description or ""
    assert words in text
    assert "feed" not in text.lower()
    assert card.embed.colour is not None
    assert card.embed.colour.value == colour


def test_why_tells_each_source_with_its_age_and_fault() -> None:
    text = render_why(WHY, lexicon()).embed.description or ""
    assert "**Campaigns** as of <t:" in text
    assert "**Sovereignty** **stale since** <t:" in text
    assert "HTTP 503" in text
    assert "events seen" in text


FLIP = Occurrence(
    key="sov-holder:1",
    kind=K.HOLDER,
    at=NOW - timedelta(hours=2),
    systems=(X47L,),
    old=TEST,
    new=None,
)
TRIAL = NewsTrial(
    since=NOW - timedelta(days=7),
    until=NOW,
    kept_since=NOW - timedelta(days=30),
    matches=9,
    kinds=((K.CAMPAIGN_NEW, 8), (K.HOLDER, 1)),
    latest=(FLIP,),
    messages=9,
)


def test_a_dry_run_tells_what_it_rests_on() -> None:
    card = render_news_trial(SOV, TRIAL, lexicon(), now=NOW, zone=BERLIN)
    assert_sendable(card)
    text = card.embed.description or ""
    assert card.embed.title == "This would have been 9 messages"
    assert "**9 messages** in the last 7 d (about 1.3 a day): 8 new campaigns, 1 change of holder." in text  # fmt: skip
    assert "Reminders come on top." in text
    assert "X47L-Q" in text
    half = replace(TRIAL, kept_since=NOW - timedelta(days=2), not_kept=(K.WINDOW,))
    text = render_news_trial(SOV, half, lexicon(), now=NOW, zone=BERLIN).embed.description or ""
    assert "I follow this since 2021-11-28 02:20 EVE (03:20 CET); what was before is not known." in text  # fmt: skip
    assert "(about 4.5 a day)" in text
    assert "Not counted: vulnerability windows, of which no history is kept." in text


def test_a_dry_run_of_nothing_is_not_called_calm() -> None:
    never = replace(TRIAL, kept_since=None, matches=0, kinds=(), latest=(), messages=0)
    card = render_news_trial(SOV, never, lexicon(), now=NOW, zone=UTC_ZONE)
    assert card.embed.title == "Nothing is known to try this on"
    assert "I have not heard anything of this yet" in news_forecast(SOV, never)
    young = replace(never, kept_since=NOW - timedelta(hours=2))
    assert news_forecast(SOV, young).startswith("I follow this for 2 h only: too little")
    quiet = replace(never, kept_since=TRIAL.kept_since)
    assert "In the last 7 d that would have been **nothing**." in news_forecast(SOV, quiet)


def test_a_flood_is_called_one() -> None:
    flood = replace(TRIAL, messages=7 * 300, matches=7 * 300)
    card = render_news_trial(SOV, flood, lexicon(), now=NOW, zone=UTC_ZONE)
    assert "too much for a channel" in (card.embed.description or "")
    assert "/alert edit 7" in news_forecast(SOV, flood)
    assert "too much" not in news_forecast(SOV, TRIAL)


def test_a_region_or_system_that_is_not_known_breaks_nothing() -> None:
    strange = replace(SOV, scope=Scope(region_id=RegionId(1), system_id=SystemId(2), jumps=0))
    assert condition(strange, lexicon()).startswith("sovereignty in system #2, in region #1")  # fmt: skip


@pytest.mark.parametrize("word", ["adm", "windows", "skyhooks"])
def test_a_refused_flood_is_named_as_it_is_typed(word: str) -> None:
    (group,) = (group for group in GROUPS[Topic.SOV] if group.word == word)
    request = AlertRequest(
        guild_id=GuildId(1),
        channel_id=ChannelId(2),
        kind=AlertKind.SOV,
        created_by=UserId(3),
        events=group.kinds,
    )
    with pytest.raises(UserError, match=f"leave `{word}` out"):
        check_flood(request)


def test_reminders_and_starts_are_told_to_be_beyond_the_limit() -> None:
    why = replace(WHY, sources=(), posts=120)
    card = render_why(why, lexicon())
    assert_sendable(card)
    told = card.embed.description or ""
    assert "goes into one summary. Reminders and starts come all the same.**" in told
    assert "60 of 60 posts this hour, reminders and starts not counted" in told
    assert "120 of" not in told
