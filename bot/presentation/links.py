"""Addresses that cards lead to. Names are quoted, so that no name can break out of a link.

Source: the image server's and the sites' own patterns; minutes of a related page are always 00.
"""

from collections.abc import Callable
from dataclasses import dataclass
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
RELATED_BUTTONS = 3
"""Related pages cover an hour either way; more buttons than this say nothing new."""

_HOUR = timedelta(hours=1)

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


def war_url(war_id: int) -> str:
    """The war on zKillboard."""
    return f"{_ZKILL}/war/{war_id}/"


def dotlan_url(system_name: str) -> str:
    """The system on DOTLAN."""
    return f"https://evemaps.dotlan.net/system/{quote(system_name.replace(' ', '_'), safe='')}"


def evetools_url(system_id: SystemId, moment: datetime) -> str:
    """The battle report of that hour on br.evetools."""
    return f"https://br.evetools.org/related/{system_id}/{moment:%Y%m%d%H}00"


def warbeacon_url(system_id: SystemId, moment: datetime) -> str:
    """The battle report of that hour on warbeacon.net."""
    return f"https://warbeacon.net/br/related/{system_id}/{moment:%Y%m%d%H}00"


def organisation_picture(organisation: Organisation, size: int = 64) -> str:
    """The logo, or a pilot's portrait."""
    return f"{_IMAGES}/{_PICTURES[organisation.kind].format(organisation.id)}?size={size}"


def hull_picture(type_id: int, hull_class: HullClass, size: int = 128) -> str:
    """The hull's render; its icon where the game has no render."""
    variation = "icon" if hull_class in _WITHOUT_RENDER else "render"
    return f"{_IMAGES}/types/{type_id}/{variation}?size={min(size, 64) if variation == 'icon' else size}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedPage:
    """ZKillboard's page of one system and hour of a battle. `hour`: any moment of it."""

    system_id: SystemId
    hour: datetime

    @property
    def url(self) -> str:
        """Where it stands."""
        return related_url(self.system_id, self.hour)


def related_pages(battle: Battle) -> tuple[RelatedPage, ...]:
    """A page for every system of the battle and every hour that it was there, by time; at least one."""
    spells = [(place.system_id, place.start, place.end) for place in battle.places]
    pages = [
        RelatedPage(system_id=system_id, hour=hour)
        for system_id, start, end in spells or [(battle.system_id, battle.start, battle.end)]
        for hour in _hours(start, end)
    ]
    return tuple(sorted(pages, key=lambda page: page.hour))


def main_page(battle: Battle) -> RelatedPage:
    """The page that stands for the whole: of the first system that its title names."""
    places = battle.main_places
    system_id, start = (
        (places[0].system_id, places[0].start) if places else (battle.system_id, battle.start)
    )
    return RelatedPage(system_id=system_id, hour=start)


def related_buttons(
    battle: Battle, system_name: Callable[[SystemId], str]
) -> tuple[LinkButton, ...]:
    """Related pages of a battle, at most three of them: first, middle and last. What tells them apart is named."""
    pages = related_pages(battle)
    systems = {page.system_id for page in pages}
    hours = {page.hour for page in pages}
    if len(pages) > RELATED_BUTTONS:
        pages = (pages[0], pages[len(pages) // 2], pages[-1])
    return tuple(
        LinkButton(
            label=" ".join(
                (
                    "zKillboard",
                    *((system_name(page.system_id),) if len(systems) > 1 else ()),
                    *((f"{page.hour:%H}:00",) if len(hours) > 1 else ()),
                )
            ),
            url=page.url,
        )
        for page in pages
    )


def _hours(start: datetime, end: datetime) -> list[datetime]:
    """The full hours in which the time lies."""
    first = start.replace(minute=0, second=0, microsecond=0)
    return [first + _HOUR * hour for hour in range(int((end - first) / _HOUR) + 1)]
