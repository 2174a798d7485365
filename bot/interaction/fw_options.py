"""Options of `/fw`: a militia, a warzone."""

from discord import app_commands

from bot.presentation.fw_words import AMARR, CALDARI, GALLENTE, MINMATAR, WARZONES
from services.domain.ids import FactionId

MILITIAS = [
    app_commands.Choice(name=name, value=int(faction_id))
    for name, faction_id in (
        ("Amarr Empire", AMARR),
        ("Caldari State", CALDARI),
        ("Gallente Federation", GALLENTE),
        ("Minmatar Republic", MINMATAR),
    )
]
ZONES = [
    app_commands.Choice(name="Amarr and Minmatar", value=0),
    app_commands.Choice(name="Caldari and Gallente", value=1),
    app_commands.Choice(name="both, on one large picture", value=-1),
]
"""The value is the place in `WARZONES`; below it, both."""


def pair_of(zone: int) -> tuple[FactionId, FactionId] | None:
    """Who fights over that warzone; None: both warzones."""
    return None if zone < 0 else WARZONES[zone]
