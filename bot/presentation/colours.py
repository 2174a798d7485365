"""The colours of cards. A colour only underlines what a card says in words; nothing is told by colour alone."""

KILL = 0x3BA55D
"""Green: one of ours made the kill. Never for a mere place match."""
LOSS = 0xD83C3E
"""Red: one of ours died."""
NEUTRAL = 0x5D7A99
"""Blue-grey: it happened where the channel looks."""
VALUABLE = 0xE3B341
"""Gold: worth a look for its value alone."""
CAMP = 0xE67E22
"""Orange: a gate camp."""
WARNING = 0xF0B232
"""Amber: the bot says that something needs care."""

VALUABLE_KILL = 10e9
"""ISK from which a single kill is very valuable."""
VALUABLE_BATTLE = 100e9
"""ISK from which a battle is very valuable: an ordinary fleet fight costs tens of billions."""


def by_value(isk: float | None, floor: float) -> int:
    """Gold from the floor on, else neutral. What is unknown is not valuable."""
    return VALUABLE if isk is not None and isk >= floor else NEUTRAL
