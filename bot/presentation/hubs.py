"""How far a place is from where people trade, and from where a channel looks."""

from bot.presentation import phrases
from bot.presentation.lexicon import Lexicon
from bot.presentation.text import escape
from services.domain.ids import SystemId

TRADE_HUBS = (
    SystemId(30000142),  # Jita
    SystemId(30002187),  # Amarr
    SystemId(30002659),  # Dodixie
    SystemId(30002510),  # Rens
    SystemId(30002053),  # Hek
)


def nearest_hub(lexicon: Lexicon, system_id: SystemId) -> tuple[SystemId, int] | None:
    """The trade hub with the fewest gate jumps, and those; None where no gate leads to any."""
    found = [(lexicon.universe.jumps(system_id, hub), hub) for hub in TRADE_HUBS]
    ways = [(jumps, hub) for jumps, hub in found if jumps is not None]
    if not ways:
        return None
    jumps, hub = min(ways, key=lambda way: way[0])
    return hub, jumps


def hub_words(lexicon: Lexicon, system_id: SystemId) -> str | None:
    """`12 jumps from Jita`; None where no gate leads to a trade hub. Safe in markdown."""
    found = nearest_hub(lexicon, system_id)
    if found is None:
        return None
    hub, jumps = found
    return _away(lexicon, hub, jumps) if jumps else "a trade hub"


def jumps_words(lexicon: Lexicon, system_id: SystemId, origin: SystemId) -> str:
    """`7 jumps from 1DQ1-A`, `no way by gate from 1DQ1-A`. Safe in markdown."""
    jumps = lexicon.universe.jumps(origin, system_id)
    if jumps is None:
        return f"no way by gate from {escape(lexicon.system_name(origin))}"
    return _away(lexicon, origin, jumps)


def _away(lexicon: Lexicon, origin: SystemId, jumps: int) -> str:
    name = escape(lexicon.system_name(origin))
    return f"{phrases.counted(jumps, 'jump')} from {name}" if jumps else f"{name} itself"
