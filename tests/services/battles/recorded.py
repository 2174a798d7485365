"""The recorded days as killmails: a small reader of EVE Ref's daily archives, for tests and benches
of battles only."""

import json
import tarfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from services.domain.killmail import Attacker, Killmail, Position, Victim

DAYS = ("2021-11-29", "2021-11-30", "2021-12-01")


def archives(data: Path) -> list[Path]:
    """The three daily archives in the folder of recorded data."""
    return [data / "killmails" / f"killmails-{day}.tar.bz2" for day in DAYS]


def documents(archive: Path) -> Iterator[dict[str, Any]]:
    """The JSON of every killmail in one archive."""
    with tarfile.open(archive, "r:bz2") as tar:
        for member in tar:
            body = tar.extractfile(member) if member.name.endswith(".json") else None
            if body is not None:
                yield json.loads(body.read())


def killmail(document: dict[str, Any]) -> Killmail:
    """One killmail without its items, which battles do not look at."""
    return Killmail(
        id=document["killmail_id"],
        hash=document.get("killmail_hash", ""),
        time=datetime.fromisoformat(document["killmail_time"]),
        system_id=document["solar_system_id"],
        victim=_victim(document["victim"]),
        attackers=tuple(
            Attacker(
                **_who(attacker),
                weapon_type_id=attacker.get("weapon_type_id"),
                damage=attacker.get("damage_done", 0),
                final_blow=attacker.get("final_blow", False),
            )
            for attacker in document["attackers"]
        ),
        war_id=document.get("war_id"),
    )


def _victim(fields: dict[str, Any]) -> Victim:
    place = fields.get("position")
    return Victim(
        **_who(fields),
        damage_taken=fields.get("damage_taken", 0),
        position=Position(**place) if place else None,
    )


def _who(fields: dict[str, Any]) -> dict[str, Any]:
    keys = ("character_id", "corporation_id", "alliance_id", "faction_id", "ship_type_id")
    return {key: fields.get(key) for key in keys}


def load_killmails(data: Path) -> list[Killmail]:
    """All 33,223 killmails of the three days, in the order of the archives."""
    return [killmail(document) for archive in archives(data) for document in documents(archive)]
