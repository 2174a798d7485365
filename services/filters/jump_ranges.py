"""How far a hull jumps by its own drive, by group, as the game is in November 2026.

A drive reaches its base range and a fifth of that more for each level of Jump Drive Calibration, so twice the base at
level 5. The ranges at level 5 were read in the capital planners that the players keep (August 2026): SMT has titans and
supercarriers 6, dreadnoughts, carriers and force auxiliaries 7, command carriers 7.5 (7 until June 2026), black ops 8,
Rorquals and jump freighters 10; eve-nexum agrees where it has the hull. **Uncertain: lancers.** They are missing there,
and other planners say 7 or 8; the table has 8, so that a warning comes rather once too often.

Ships that only take the way that others open (bridges, conduits) have no range of their own.
"""

from datetime import date

from services.domain.errors import UserError
from services.domain.ids import GroupId
from services.universe.universe import Universe

AS_OF = date(2026, 11, 20)
"""When the table was last looked through."""

BASE_RANGES: dict[int, tuple[str, float]] = {
    30: ("Titan", 3.0),
    659: ("Supercarrier", 3.0),
    485: ("Dreadnought", 3.5),
    547: ("Carrier", 3.5),
    1538: ("Force Auxiliary", 3.5),
    5120: ("Command Carrier", 3.75),
    898: ("Black Ops", 4.0),
    4594: ("Lancer Dreadnought", 4.0),
    883: ("Capital Industrial Ship", 5.0),  # the Rorqual
    902: ("Jump Freighter", 5.0),
}
"""Group id: its name in the export, and light-years without any skill."""

PER_LEVEL = 0.2
SKILL_LEVELS = range(6)


class CannotJump(UserError):
    """A hull without a jump drive, or a skill level that the game does not have."""


def jump_range(universe: Universe, hull_id: int, skill: int) -> float | None:
    """Light-years at this level (0 to 5) of Jump Drive Calibration; None for a hull that cannot jump by itself."""
    hull = universe.find_type(hull_id)
    if hull is None or hull.group_id not in BASE_RANGES:
        return None
    return BASE_RANGES[GroupId(hull.group_id)][1] * (1 + PER_LEVEL * skill)


def get_jump_range(universe: Universe, hull_id: int, skill: int) -> float:
    """The same for what somebody asked for.

    Raises:
        CannotJump: with the reply to give.
    """
    if skill not in SKILL_LEVELS:
        raise CannotJump(f"Jump Drive Calibration has the levels 0 to 5, not {skill}.")
    reach = jump_range(universe, hull_id, skill)
    if reach is None:
        hull = universe.find_type(hull_id)
        name = f"Type {hull_id}" if hull is None else f"The {hull.name}"
        kinds = ", ".join(sorted(name for name, _ in BASE_RANGES.values()))
        raise CannotJump(f"{name} has no jump drive. Hulls that jump: {kinds}.")
    return reach
