"""When an answer names so little that it cannot be believed at once, said the same way for every source."""

from datetime import timedelta

from services.polling.source import Doubted, Moment, SourceFault
from services.warfare.settings import WarfareSettings

_LEAST_TIMES = 6
"""So often the same must have been doubted, beside the time that has passed: an outage in between proves nothing."""


def refuse_shrunken(found: int, known: int, moment: Moment, settings: WarfareSettings) -> bool:
    """Refuse an answer that names much less than is known, until it has said so for long; an empty one always.

    True where it is believed although it names much less: what it does not name is gone.

    Raises SourceFault, Doubted.
    """
    if found == 0:
        raise SourceFault("the answer is empty")
    if found >= settings.least_share * known:
        return False
    patience = timedelta(hours=settings.shrunken_hours)
    if not moment.has_doubted_for(patience, times=_LEAST_TIMES):
        raise Doubted(f"the answer names {found} of {known}")
    return True
