"""What a heatmap was asked for, short enough for a list's id: a map chosen from another shows the same window."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from services.container import Services
from services.domain.errors import UserError
from services.domain.filter import Filter
from services.domain.heat import HeatBy


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatQuestion:
    """A window, what counts, and the filter's key (`KillmailService.remember`); no key: all kills."""

    end: datetime
    hours: int
    by: HeatBy
    key: str = ""

    def __str__(self) -> str:
        return f"{int(self.end.timestamp())},{self.hours},{self.by.value},{self.key}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote."""
        end, hours, by, key = text.split(",")
        moment = datetime.fromtimestamp(int(end), tz=UTC)
        return cls(end=moment, hours=int(hours), by=HeatBy(by), key=key)

    @property
    def start(self) -> datetime:
        """Its first moment."""
        return self.end - timedelta(hours=self.hours)


async def heat_question(
    services: Services, *, hours: int, by: HeatBy, text: str
) -> tuple[HeatQuestion, Filter | None]:
    """Read and keep what somebody asks for, up to now. Raises FilterFault for a text that is no filter."""
    now = services.clock().replace(microsecond=0)
    if not text:
        return HeatQuestion(end=now, hours=hours, by=by), None
    wanted = await services.filters.read(text)
    key = await services.killmails.remember(wanted, now=now)
    return HeatQuestion(end=now, hours=hours, by=by, key=key), wanted


async def recalled(services: Services, asked: HeatQuestion) -> Filter | None:
    """The filter that was asked for. Raises UserError for one that has been forgotten."""
    if not asked.key:
        return None
    try:
        return await services.killmails.recall(asked.key)
    except UserError as error:
        raise UserError(
            "I have forgotten the filter of that map. Use `/heatmap galaxy` or `/heatmap region` again with it."
        ) from error
