"""Addresses that cards lead to. Names are quoted, so that no name can break out of a link.

Source: the image server's and the sites' own patterns; minutes of a related page are always 00.
"""

from datetime import datetime, timedelta
from urllib.parse import quote

from bot.presentation.card import LinkButton
from services.domain.battle import Battle, related_url
from services.domain.ids import KillmailId, SystemId
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.space import HullClass

_IMAGES = "https://images.evetech.net"
_ZKILL = "https://zkillboard.com"
ZKILLBOARD = f"{_ZKILL}/"
"""Where every kill stands; the link of what tells many of them."""
_RELATED_PAGES = 3
"""Related pages cover an hour either way; more buttons than this say nothing new."""

_PAGES = {
    OrganisationKind.ALLIANCE: "alliance",
    OrganisationKind.CORPORATION: "corporation",
    OrganisationKind.FACTION: "faction",
    OrganisationKind.CHARACTER: "character",
}
_PICTURES = {
    OrganisationKind.ALLIANCE: "alliances/{}/logo",
    OrganisationKind.CORPORATION: "corporations/{}/logo",
    OrganisationKind.FACTION: "corporations/{}/logo",
    OrganisationKind.CHARACTER: "characters/{}/portrait",
}
_WITHOUT_RENDER = frozenset({HullClass.OTHER, HullClass.FIGHTER, HullClass.DEPLOYABLE})


def kill_url(killmail_id: KillmailId) -> str:
    """The kill on zKillboard."""
    return f"{_ZKILL}/kill/{killmail_id}/"


def organisation_url(organisation: Organisation) -> str:
    """The party on zKillboard."""
    return f"{_ZKILL}/{_PAGES[organisation.kind]}/{organisation.id}/"


def pilot_url(character_id: int) -> str:
    """The pilot on zKillboard."""
    return f"{_ZKILL}/character/{character_id}/"


def system_url(system_id: int) -> str:
    """The system on zKillboard: works for every system, also one without a name here."""
    return f"{_ZKILL}/system/{system_id}/"


def dotlan_url(system_name: str) -> str:
    """The system on DOTLAN."""
    return f"https://evemaps.dotlan.net/system/{quote(system_name.replace(' ', '_'), safe='')}"


def evetools_url(system_id: SystemId, moment: datetime) -> str:
    """The battle report of that hour on br.evetools."""
    return f"https://br.evetools.org/related/{system_id}/{moment:%Y%m%d%H}00"


def organisation_picture(organisation: Organisation, size: int = 64) -> str:
    """The logo, or a pilot's portrait."""
    return f"{_IMAGES}/{_PICTURES[organisation.kind].format(organisation.id)}?size={size}"


def hull_picture(type_id: int, hull_class: HullClass, size: int = 128) -> str:
    """The hull's render; its icon where the game has no render."""
    variation = "icon" if hull_class in _WITHOUT_RENDER else "render"
    return f"{_IMAGES}/types/{type_id}/{variation}?size={min(size, 64) if variation == 'icon' else size}"


def related_buttons(battle: Battle) -> tuple[LinkButton, ...]:
    """ZKillboard's related pages of every hour of the battle, at most three of them: first, middle and last."""
    first = battle.start.replace(minute=0, second=0, microsecond=0)
    hours = int((battle.end - first) / timedelta(hours=1)) + 1
    moments = [first + timedelta(hours=hour) for hour in range(hours)]
    if hours > _RELATED_PAGES:
        moments = [moments[0], moments[hours // 2], moments[-1]]
    return tuple(
        LinkButton(
            label="zKillboard" if hours == 1 else f"zKillboard {moment:%H}:00",
            url=related_url(battle.system_id, moment),
        )
        for moment in moments
    )
