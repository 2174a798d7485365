"""Settings of battles.

Who changes a threshold changes what is found from then on; battles that stand are not parted or joined anew.
"""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field

from services.battles.rules import Reach


class BattleSettings(BaseModel):
    """How fights are followed from system to system, and how much is remembered between killmails."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    follow_people: int = Field(default=3, ge=2)
    """Two kills one gate apart with victims of one party are one fight when so many people are on both. With
    two every pair that hunts along gates makes one fight (40 more in three recorded days, one through six systems)."""
    gang_people: int = Field(default=5, ge=2)
    """The same when the victims are strangers: so many make a gang on its way. Three would join
    the separate kills of small groups (11 more in three recorded days)."""
    gang_minutes: float = Field(default=5.0, ge=0, le=15)
    """Minutes between two kills of such a gang. With 10, freighters that gankers kill in Sobaseki, Jita
    and Ikuchi are one battle."""
    fleet_people: int = Field(default=10, ge=2)
    """Beyond a gate (jump drive, wormhole) so many must be on both kills: a fleet. With five, one
    recorded battle reaches a fourth system."""
    jump_light_years: float = Field(default=8.0, ge=0)
    """Light-years between two systems of one fight: what a black ops battleship jumps, the farthest of warships."""
    remembered_mails: int = Field(default=5000, ge=0)
    """Killmails kept in memory so that a fight in progress is not read from the database again with each kill.
    Five thousand are eight hours of all New Eden, in some 20 MB. Nothing depends on it but speed."""

    def reach(self) -> Reach:
        """The thresholds as the rule wants them."""
        return Reach(
            followed=self.follow_people,
            gang=self.gang_people,
            gang_window=timedelta(minutes=self.gang_minutes),
            fleet=self.fleet_people,
            light_years=self.jump_light_years,
        )
