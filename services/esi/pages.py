"""Lists in pages (`X-Pages`), all of one moment: when pages of two moments come, the set is begun anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.esi.answer import EsiAnswer
from services.esi.answers import Answers
from services.esi.errors import EsiRefused, EsiUnavailable

_TRIES = 3
_GONE = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class EsiPages:
    """A whole list. `bodies`: one a page, in order."""

    bodies: tuple[bytes, ...]
    modified_at: datetime | None
    """When the list was made."""
    expires_at: datetime | None
    """Until when all of it holds."""
    unchanged: bool
    """True when every page is the one given before."""


async def fetch_pages(answers: Answers, path: str, *, most: int) -> EsiPages:
    """Every page, one after another.

    Raises:
        EsiUnavailable: there is no usable answer now, the list changes faster than it can be read, or it has more
            than `most` pages.
        EsiRefused: ESI refuses this question.
    """
    behind: datetime | None = None
    for _ in range(_TRIES):
        found = await _try(answers, path, most=most, behind=behind)
        if isinstance(found, EsiPages):
            return found
        behind = found or behind
    raise EsiUnavailable(f"{path} changes while it is read", retry_after=None)


async def _try(
    answers: Answers, path: str, *, most: int, behind: datetime | None
) -> EsiPages | datetime | None:
    """The list; or, where its pages are of several moments, the one before which none of them may be."""
    first = await answers.get(_numbered(path, 1), behind=behind)
    count = first.pages or 1
    if count > most:
        raise EsiUnavailable(f"{path} has {count} pages, at most {most} are read")
    found = [first]
    for number in range(2, count + 1):
        try:
            answer = await answers.get(_numbered(path, number), behind=behind)
        except EsiRefused as error:
            if error.status == _GONE:  # the list has become shorter: all that was read is old
                return _after(_newest(found))
            raise
        found.append(answer)
        if answer.modified_at != first.modified_at:
            return _newest(found)
        if (answer.pages or 1) != count:
            return _after(_newest(found))
    return _together(found)


def _together(found: Sequence[EsiAnswer]) -> EsiPages:
    ends = [answer.expires_at for answer in found if answer.expires_at is not None]
    return EsiPages(
        bodies=tuple(answer.body for answer in found),
        modified_at=found[0].modified_at,
        expires_at=min(ends) if len(ends) == len(found) else None,
        unchanged=all(answer.unchanged for answer in found),
    )


def _newest(found: Sequence[EsiAnswer]) -> datetime | None:
    return max((a.modified_at for a in found if a.modified_at is not None), default=None)


def _after(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment + timedelta(seconds=1)


def _numbered(path: str, number: int) -> str:
    return f"{path}{'&' if '?' in path else '?'}page={number}"
