"""Where on the victim an item was, by the game's inventory flags.

A flag is the number of a slot or of a hold. Slots are few and known; every other number is a hold of some kind, so
that a hold that the game invents tomorrow counts as carried at once. Ammunition in a weapon bears the weapon's slot and
counts as fitted, fighters in their tubes too; what is plugged into a pilot (implants, boosters) lies in no hold and is
fitted. What lay in a container bears the flag 0 or the container's, which is a hold.
"""

LOW_SLOTS = range(11, 19)
MEDIUM_SLOTS = range(19, 27)
HIGH_SLOTS = range(27, 35)
IN_THE_PILOT = range(88, 90)
"""Boosters and implants."""
RIG_SLOTS = range(92, 100)
SUBSYSTEM_SLOTS = range(125, 133)
FIGHTER_TUBES = range(159, 164)
SERVICE_SLOTS = range(164, 172)
"""Of structures."""

FITTED_FLAGS = frozenset(
    {
        *LOW_SLOTS, *MEDIUM_SLOTS, *HIGH_SLOTS, *IN_THE_PILOT, *RIG_SLOTS, *SUBSYSTEM_SLOTS, *FIGHTER_TUBES,
        *SERVICE_SLOTS,
    }
)  # fmt: skip
"""All other flags are holds and hangars."""
