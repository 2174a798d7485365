"""Public ids: `BR-{system}-{YYYYMMDDHHMM of the earliest mail}`, then `-2`, `-3` for others of that minute.

The system's name stands in it because people read these ids to each other; blanks become underscores.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import count

_ID = re.compile(r"(BR-.+-\d{12})(?:-\d+)?", re.IGNORECASE)


def stem(system_name: str, start: datetime) -> str:
    """The id of the first battle that began in this system in this minute (UTC)."""
    return f"BR-{system_name.replace(' ', '_')}-{start:%Y%m%d%H%M}"


def stem_of(public_id: str) -> str:
    """The id without the number behind it."""
    matched = _ID.fullmatch(public_id)
    return matched[1] if matched else public_id


def numbered(stem: str) -> Iterator[str]:
    """`stem`, `stem-2`, `stem-3`, and so on."""
    yield stem
    for number in count(2):
        yield f"{stem}-{number}"
