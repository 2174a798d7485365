"""Making a recording out of daily archives and lists of names. Strict where the live way is lenient.

Damage in a source stops the build: what is shipped must be whole. The names are those of the players' organisations
that stand on the recorded mails, as far as the lists have them.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from services.domain.ids import is_npc_corporation
from services.domain.killmail import Killmail, Organisation, OrganisationKind, Rejected
from services.domain.names import EntityName
from services.feeds.archive import read_archive
from services.feeds.recording import Recording, RecordingError

_LISTS = {
    OrganisationKind.ALLIANCE: "alliances.json",
    OrganisationKind.CORPORATION: "corporations.json",
}
"""The file of each kind in the folder of names."""


class _Named(msgspec.Struct):
    id: int
    name: str
    ticker: str | None = None


def build_recording(
    archives: Sequence[Path], names: Path, *, start: datetime, end: datetime
) -> Recording:
    """The kills of [`start`, `end`) in these archives, each once, with the names out of the folder `names`.

    The folder holds `alliances.json` and `corporations.json`, lists of `{"id", "name", "ticker"}`.

    Raises:
        ArchiveError: an archive cannot be read to its end.
        RecordingError: a member or a list of names cannot be read, or nothing died in the window.
    """
    found: dict[int, Killmail] = {}
    for path in archives:
        for record in read_archive(path):
            if isinstance(record, Rejected):
                raise RecordingError(f"{record.reference} is unreadable: {record.reason}")
            if start <= record.time < end:
                found[record.id] = record
    if not found:
        raise RecordingError(
            f"nothing died between {start:%Y-%m-%d %H:%M} and {end:%Y-%m-%d %H:%M}"
        )
    mails = sorted(found.values(), key=lambda mail: (mail.time, mail.id))
    known = {kind: _read_names(names / file) for kind, file in _LISTS.items()}
    return Recording(
        start=start,
        end=end,
        killmails=tuple(mails),
        names={
            organisation: known[organisation.kind][organisation.id]
            for organisation in sorted(_organisations(mails))
            if organisation.id in known[organisation.kind]
        },
    )


def _read_names(path: Path) -> dict[int, EntityName]:
    try:
        read = msgspec.json.decode(path.read_bytes(), type=list[_Named])
    except OSError as error:
        raise RecordingError(f"{path}: {error.strerror or error}") from error
    except msgspec.DecodeError as error:
        raise RecordingError(f"{path} is no list of names: {error}") from error
    return {named.id: EntityName(name=named.name, ticker=named.ticker or None) for named in read}


def _organisations(mails: Iterable[Killmail]) -> set[Organisation]:
    """Alliances and the players' corporations, also of pilots who fight under an alliance's name."""
    found: set[Organisation] = set()
    for mail in mails:
        for combatant in (mail.victim, *mail.attackers):
            if (alliance := combatant.alliance_id) is not None:
                found.add(Organisation(alliance, OrganisationKind.ALLIANCE))
            corporation = combatant.corporation_id
            if corporation is not None and not is_npc_corporation(corporation):
                found.add(Organisation(corporation, OrganisationKind.CORPORATION))
    return found
