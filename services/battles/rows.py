"""A battle as a row and back. What grows with a battle (sides, places, losses) is JSON; what searches ask is a column.

Rows of older versions know no kind and no details until they are completed (`older`): they load with what a row always
said, and with the kind that their size tells.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Row

from services.battles.atlas import SpaceOf
from services.battles.ids import stem_of
from services.battles.kinds import by_size
from services.domain.battle import Battle, BattleKind, BattleState, Loss, Place, Side, Tempo
from services.domain.ids import BattleKey, KillmailId, RegionId
from services.domain.isk import IskSum


@dataclass(frozen=True, slots=True, kw_only=True)
class _Details:
    """What stands in the column of that name."""

    places: tuple[Place, ...]
    top_losses: tuple[Loss, ...]
    tempo: Tempo


_encoder = msgspec.json.Encoder()
_sides = msgspec.json.Decoder(tuple[Side, ...])
_details = msgspec.json.Decoder(_Details)


def columns_of(battle: Battle, region_id: RegionId | None) -> dict[str, Any]:
    """All columns but the key and the public id; the region is that of its system."""
    details = _Details(places=battle.places, top_losses=battle.top_losses, tempo=battle.tempo)
    return {
        "stem": stem_of(battle.public_id),
        "lowest": min(battle.killmail_ids),
        "system_id": battle.system_id,
        "region_id": region_id,
        "state": battle.state,
        "start": battle.start,
        "end": battle.end,
        "kills": battle.kills,
        "pilots": battle.pilots,
        "isk": battle.isk_destroyed.isk,
        "unpriced": battle.isk_destroyed.unpriced,
        "estimated": battle.isk_destroyed.estimated,
        "certainty": battle.certainty,
        "sides": _encoder.encode(battle.sides),
        "kind": battle.kind,
        "space": battle.space,
        "capitals": battle.capitals,
        "details": _encoder.encode(details),
    }


def battle_of(row: Row[*tuple[Any, ...]], mails: Sequence[KillmailId], space_of: SpaceOf) -> Battle:
    """The battle of a row and its mails."""
    details = _details_of(row)
    return Battle(
        key=BattleKey(row.key),
        public_id=row.public_id,
        system_id=row.system_id,
        space=space_of(row.system_id),
        state=BattleState(row.state),
        start=row.start,
        end=row.end,
        killmail_ids=tuple(sorted(mails)),
        pilots=row.pilots,
        isk_destroyed=IskSum(isk=row.isk, unpriced=row.unpriced, estimated=row.estimated),
        sides=_sides.decode(row.sides),
        certainty=row.certainty,
        kind=_kind_of(row),
        places=details.places,
        top_losses=details.top_losses,
        tempo=details.tempo,
    )


def _kind_of(row: Row[*tuple[Any, ...]]) -> BattleKind:
    if row.kind is not None:
        return BattleKind(row.kind)
    return by_size(pilots=row.pilots, kills=row.kills)


def _details_of(row: Row[*tuple[Any, ...]]) -> _Details:
    if row.details is not None:
        return _details.decode(row.details)
    place = Place(system_id=row.system_id, start=row.start, end=row.end, kills=row.kills)
    return _Details(places=(place,), top_losses=(), tempo=Tempo())
