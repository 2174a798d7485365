"""Battles by id and by link, as people paste them."""

from datetime import UTC, datetime

import pytest

from bot.interaction.battle_names import (
    RelatedHour,
    battle_id,
    is_kill_link,
    is_link,
    is_saved_report,
    related_hour,
)
from services.domain.ids import SystemId

HOUR = RelatedHour(system_id=SystemId(30002537), start=datetime(2021, 11, 30, 3, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (" BR-UW9B-F-202111300026 ", "BR-UW9B-F-202111300026"),
        ("br-jita-202111300026-2", "br-jita-202111300026-2"),
        ("`BR-Old_Man_Star-202111300026`", "BR-Old_Man_Star-202111300026"),
        ("BR-Tama-202111302027 · The Citadel · 17 kills", "BR-Tama-202111302027"),
        ("over · BR-Tama-202111302027", "BR-Tama-202111302027"),
        ("BR-Tama", "BR-Tama"),
        ("", ""),
    ],
)
def test_ids_within_text(text: str, found: str) -> None:
    assert battle_id(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "https://zkillboard.com/related/30002537/202111300300/",
        "<https://zkillboard.com/related/30002537/202111300300/>",
        "https://zkillboard.com/related/30002537/202111300300/o/%7B%22A%22%3A%5B%5D%7D/",
        "br.evetools.org/related/30002537/202111300300",
        " HTTPS://BR.EVETOOLS.ORG/related/30002537/202111300300 ",
        "https://warbeacon.net/br/related/30002537/202111300300",
        "https://zkillboard.com/related/30002537/202111300330/",
    ],
)
def test_related_links(text: str) -> None:
    assert related_hour(text) == HOUR


@pytest.mark.parametrize(
    "text",
    [
        "https://zkillboard.com/related/30002537/202113300300/",
        "https://zkillboard.com/related/30002537/",
        "https://zkillboard.com/kill/123/",
        "https://example.org/related/30002537/202111300300/",
        "30002537/202111300300",
        "https://zkillboard.com/related/30000142/999912312300/",
        "https://zkillboard.com/related/30000142/000101010000/",
        "https://zkillboard.com/related/" + "9" * 5000,
    ],
)
def test_other_text_is_no_related_link(text: str) -> None:
    assert related_hour(text) is None


@pytest.mark.parametrize(
    ("text", "kill", "saved", "link"),
    [
        ("https://zkillboard.com/kill/134398778/", True, False, True),
        ("<zkillboard.com/kill/134398778/?x=1>", True, False, True),
        ("https://zkillboard.com/br/12345/", False, True, True),
        ("https://br.evetools.org/br/65f0aa", False, True, True),
        ("<www.warbeacon.net/br/report/1f>", False, True, True),
        ("https://br.evetools.org/related/30002537/202111300300", False, False, True),
        ("https://example.org", False, False, True),
        ("134398778", False, False, False),
        ("BR-Tama-202111302027", False, False, False),
        ("Old Man Star", False, False, False),
    ],
)
def test_kinds_of_links(text: str, kill: bool, saved: bool, link: bool) -> None:
    assert (is_kill_link(text), is_saved_report(text), is_link(text)) == (kill, saved, link)
