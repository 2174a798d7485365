"""Lists and cards of `/sov`: what was asked, what is known, how old it is."""

from dataclasses import replace

import discord
import pytest

from bot.presentation import colours
from bot.presentation.ages import NOTHING
from bot.presentation.hubs import hub_words, jumps_words, nearest_hub
from bot.presentation.sov_alliances import SovAllianceView, render_sov_alliance, won_and_lost
from bot.presentation.sov_changes import ChangesView, render_changes, taken_back
from bot.presentation.sov_systems import SovSystemView, adm_line, render_sov_system
from bot.presentation.sov_timers import TimersAsked, TimersView, render_timers
from services.domain.freshness import NEVER, Freshness
from services.domain.ids import SystemId
from services.domain.occurrence import OccurrenceKind
from services.domain.sovereignty import CampaignVerdict, Claim, Window
from tests.bot.presentation.test_limits import assert_sendable
from tests.bot.presentation.test_sov_cards import text
from tests.bot.samples import BERLIN, JITA, NOW, UTC_ZONE, lexicon
from tests.bot.sov_samples import (
    ADMS,
    BITING,
    CALDARI,
    CLAIM,
    D1DQ,
    FRESH,
    FRT,
    HOOKS,
    INIT,
    LOST,
    MANY_FLIPS,
    OCCURRENCES,
    RUNNING,
    SCHEDULED,
    STALE,
    UNKNOWN_KIND,
    X47L,
    minutes,
    occurrence,
)

WORMHOLE = SystemId(31000368)


def test_the_list_of_timers_says_what_was_asked_and_how_old_it_is() -> None:
    asked = TimersAsked(near_id=X47L, jumps=10, hours=24, party=FRT)
    view = TimersView(
        campaigns=(RUNNING, SCHEDULED, UNKNOWN_KIND),
        freshness=STALE,
        page=0,
        pages=2,
        total=11,
        asked=asked,
        adms={D1DQ: 4.2},
    )
    card = render_timers(view, lexicon(), now=NOW, zone=UTC_ZONE)
    assert_sendable(card)
    told = text(card.embed.to_dict())
    assert (
        "**Asked for** defended by Fraternity. \\[FRT\\], within 10 jumps of X47L-Q, in the next 24 hours"
        in told
    )
    assert "42 jumps from X47L-Q" in told
    assert "no way by gate from X47L-Q" in told
    assert "**stale since 00:30 EVE**" in told
    assert "Page 1 of 2 · 11 contests" in told


@pytest.mark.parametrize(
    ("freshness", "asked", "told"),
    [
        (NEVER, TimersAsked(), NOTHING),
        (FRESH, TimersAsked(), "No contest is under way or announced."),
        (FRESH, TimersAsked(hours=3), "Ask for less at once"),
    ],
)
def test_an_empty_list_of_timers_says_whether_it_is_calm(
    freshness: Freshness, asked: TimersAsked, told: str
) -> None:
    view = TimersView(campaigns=(), freshness=freshness, page=0, pages=1, total=0, asked=asked)
    card = render_timers(view, lexicon(), now=NOW, zone=UTC_ZONE)
    assert told in text(card.embed.to_dict())


def system_view(**fields: object) -> SovSystemView:
    given = {
        "system_id": D1DQ,
        "claim": CLAIM,
        "freshness": FRESH,
        "campaigns_freshness": FRESH,
        "skyhooks_freshness": FRESH,
    }
    return SovSystemView(**(given | fields))  # type: ignore[arg-type]


def system_text(**fields: object) -> str:
    card = render_sov_system(system_view(**fields), lexicon(), now=NOW, zone=UTC_ZONE)
    assert_sendable(card)
    return text(card.embed.to_dict())


def test_a_system_tells_holder_levels_window_and_what_was_fought_over_it() -> None:
    told = system_text(
        campaigns=(SCHEDULED, LOST),
        changes=(OCCURRENCES[OccurrenceKind.HOLDER],),
        adms=ADMS,
        skyhooks=HOOKS,
    )
    assert "**Held by** [Fraternity.](https://zkillboard.com/alliance/99003581/)" in told
    assert "through Dreddit \\[B0RT\\]" in told
    assert "since 2021-03-02" in told
    assert "military\u00a03" in told
    assert "**Vulnerability** **open now**, closes <t:1638246000:R>" in told
    assert str(LOST.ground) in told
    assert "2.0 → **4.2**, between 2.0 and 4.2" in told
    assert told.index("here") < told.index("T5ZI-S"), "the nearest skyhook first"


def test_a_contest_that_nobody_saw_begin_stands_without_a_score() -> None:
    unseen = replace(LOST, start=NOW - minutes(30), seen=NOW - minutes(40))
    told = system_text(campaigns=(unseen,))
    assert "nobody saw it begin" in told
    assert "36%" not in told


def test_contests_have_an_age_of_their_own() -> None:
    told = system_text(campaigns=(SCHEDULED,), campaigns_freshness=STALE)
    assert "Timers: **stale since 00:30 EVE**" in told
    assert "Timers: as of 02:17 EVE" in system_text(campaigns=(SCHEDULED,))
    assert "Timers" not in system_text(campaigns=(LOST,))
    assert "Timers" not in system_text(system_id=WORMHOLE, claim=None, campaigns_freshness=STALE)
    alliance = alliance_text(campaigns=(SCHEDULED,), timers_freshness=STALE)
    assert "-# as of 02:17 EVE" in alliance
    assert "Timers: **stale since 00:30 EVE**, as of 00:20 EVE" in alliance
    silent = render_sov_alliance(
        alliance_view(timers_freshness=STALE), lexicon(), now=NOW, zone=UTC_ZONE
    )
    assert "Timers: **stale" in text(silent.embed.to_dict()), (
        "no contest that anybody could ask for"
    )
    assert silent.embed.colour == discord.Colour(colours.WARNING)


def test_a_system_says_overtime_npc_space_and_what_nobody_can_claim() -> None:
    overtime = replace(CLAIM, window=Window(start=NOW - minutes(300), end=NOW - minutes(60)))
    assert "**in overtime** since" in system_text(claim=overtime)
    assert "closed or in overtime" in system_text(claim=overtime, freshness=STALE)
    bare = replace(CLAIM, window=None)
    assert "window unknown" in system_text(claim=bare, campaigns=(LOST,))
    assert "**contested**, no window" in system_text(claim=bare, campaigns=(SCHEDULED,))
    assert "No sovereignty hub is listed" in system_text(claim=replace(CLAIM, hub_id=None))
    npc = system_text(system_id=JITA, claim=Claim(system_id=JITA, holder=CALDARI))
    assert "Caldari State" in npc
    assert "ADM" not in npc
    assert "a trade hub" in npc
    unclaimed = system_text(claim=Claim(system_id=D1DQ, holder=None))
    assert "**Unclaimed**" in unclaimed
    assert "Held by" not in unclaimed
    assert "ADM" not in unclaimed
    assert "Nobody can claim systems here" in system_text(system_id=WORMHOLE, claim=None)
    assert NOTHING in system_text(claim=None, freshness=NEVER)


def test_the_multiplier_is_drawn_and_told() -> None:
    assert adm_line([(NOW, 1.0), (NOW, 6.0)]) == "▁█ 1.0 → **6.0**, between 1.0 and 6.0"


def alliance_view(**fields: object) -> SovAllianceView:
    given = {
        "party": FRT,
        "claims": (CLAIM,),
        "campaigns": (),
        "changes": (),
        "freshness": FRESH,
        "timers_freshness": FRESH,
    }
    return SovAllianceView(**(given | fields))  # type: ignore[arg-type]


def alliance_text(**fields: object) -> str:
    card = render_sov_alliance(alliance_view(**fields), lexicon(), now=NOW, zone=UTC_ZONE)
    assert_sendable(card)
    return text(card.embed.to_dict())


def test_an_alliance_tells_what_is_open_and_what_nobody_knows() -> None:
    ended = replace(CLAIM, window=Window(start=NOW - minutes(240), end=NOW - minutes(60)))
    bare = replace(CLAIM, window=None)
    systems = [SystemId(30004735 + n) for n in range(3)]
    claims = (
        CLAIM,
        replace(ended, system_id=systems[0]),
        replace(bare, system_id=systems[1]),
        replace(bare, system_id=systems[2]),
    )
    fought = (replace(SCHEDULED, system_id=systems[1]),)
    told = alliance_text(claims=claims, campaigns=fought, freshness=STALE)
    assert "**open now: 1** (1DQ1-A)" in told
    assert "closed or in overtime, no answer since: 1 (T5ZI-S)" in told
    assert "contested, no window meanwhile: 1 (" in told
    assert "window unknown: 1\n" in told
    assert "**open now: 2** (T5ZI-S, 1DQ1-A)" in alliance_text(claims=claims), "overtime is open"


def test_an_alliance_tells_spread_windows_and_flips() -> None:
    claims = tuple(
        replace(
            CLAIM,
            system_id=SystemId(30004700 + n),
            is_capital=n == 9,
            adm=None if n == 19 else 1 + n / 4,
            window=Window(start=NOW + minutes(n * 60 - 120), end=NOW + minutes(n * 60 + 60)),
        )
        for n in range(20)
    )
    flips = (*MANY_FLIPS[:3], occurrence(OccurrenceKind.HOLDER, 99, old=INIT, new=FRT))
    told = alliance_text(claims=claims, campaigns=(RUNNING,), changes=flips, freshness=STALE)
    assert "**20 systems** in 2 regions" in told
    assert "lowest **1.0**, middle **3.2**, highest **5.5**" in told
    assert "1\u00a0unknown" in told
    assert "**open now: 3**" in told
    assert "took **1**, lost **3**" in told
    assert "**stale since 00:30 EVE**" in told
    assert "It holds no system" in alliance_text(party=BITING, claims=())


def test_a_lost_hub_is_a_lost_system_once() -> None:
    lost = occurrence(OccurrenceKind.HUB_LOST, old=FRT)
    ended = occurrence(OccurrenceKind.CAMPAIGN_ENDED, others=(FRT,), word="lost")
    assert won_and_lost((lost, ended), FRT) == (0, 1)


def test_changes_tell_since_when_after_a_gap() -> None:
    change = replace(OCCURRENCES[OccurrenceKind.HOLDER], since=NOW - minutes(50))
    view = ChangesView(changes=(change,), freshness=FRESH, page=0, pages=1, total=1, days=7)
    card = render_changes(view, lexicon(), now=NOW, zone=BERLIN)
    assert_sendable(card)
    told = text(card.embed.to_dict())
    assert "02:17 EVE (03:17 CET), some time after 01:30 EVE (02:30 CET)" in told


def test_a_verdict_that_was_taken_back_is_no_fact() -> None:
    ended = occurrence(OccurrenceKind.CAMPAIGN_ENDED, others=(INIT,), subject=LOST.id, word="lost")
    again = replace(LOST, verdict=CampaignVerdict.UNKNOWN)
    assert not taken_back((ended,), (LOST,))
    assert taken_back((ended,), (again,)) == {ended.key}
    assert not taken_back((ended,), ()), "one that is forgotten is not listed again"
    view = ChangesView(
        changes=(ended,),
        freshness=FRESH,
        page=0,
        pages=1,
        total=1,
        days=7,
        taken_back=frozenset({ended.key}),
    )
    card = render_changes(view, lexicon(), now=NOW, zone=BERLIN)
    assert_sendable(card)
    assert "**taken back**, it was listed again" in text(card.embed.to_dict())
    true = render_changes(replace(view, taken_back=frozenset()), lexicon(), now=NOW, zone=BERLIN)
    assert "taken back" not in text(true.embed.to_dict())
    lately = alliance_text(changes=(ended,), taken_back=frozenset({ended.key}))
    assert "**taken back**" in lately
    lately = system_text(changes=(ended,), campaigns=(again,))
    assert "**taken back**" in lately


def test_distances_by_gate() -> None:
    assert nearest_hub(lexicon(), D1DQ) == (30002187, 33)
    assert hub_words(lexicon(), WORMHOLE) is None
    assert jumps_words(lexicon(), D1DQ, D1DQ) == "1DQ1-A itself"
