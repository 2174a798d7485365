"""A tiny export in the official shape: three systems in a row and a wormhole, one hull, one structure."""

import json
import zipfile
from pathlib import Path

Rows = dict[str, list[dict[str, object]]]
NO_LEAST: dict[str, int] = {}


def name(text: str) -> dict[str, str]:
    return {"en": text, "de": f"{text} (de)"}


def system(key: int, label: str, constellation: int, region: int, **more: object) -> dict:
    row: dict[str, object] = {
        "_key": key,
        "name": name(label),
        "constellationID": constellation,
        "regionID": region,
        "position": {"x": (key % 1000) * 9.46e15, "y": 0, "z": 0},
        "description": name("prose that must not travel"),
    }
    return row | more


def rows() -> Rows:
    return {
        "_sde": [{"_key": "sde", "buildNumber": 42, "releaseDate": "2026-01-02T03:04:05Z"}],
        "mapRegions": [
            {
                "_key": 10000001,
                "name": name("Near"),
                "constellationIDs": [20000001],
                "factionID": 7,
            },
            {"_key": 11000001, "name": name("Far"), "constellationIDs": [21000001]}
            | {"wormholeClassID": 3},
        ],
        "mapConstellations": [
            {"_key": 20000001, "name": name("One"), "regionID": 10000001}
            | {"solarSystemIDs": [30000001, 30000002, 30000003]},
            {"_key": 21000001, "name": name("Two"), "regionID": 11000001}
            | {"solarSystemIDs": [31000001]},
        ],
        "mapSolarSystems": [
            system(30000003, "Gamma", 20000001, 10000001, securityStatus=-0.2, stargateIDs=[4]),
            system(30000001, "Alpha", 20000001, 10000001, securityStatus=0.45, stargateIDs=[1])
            | {"position2D": {"x": 1, "y": 2}},
            system(30000002, "Beta", 20000001, 10000001, securityStatus=0.01, stargateIDs=[2, 3]),
            system(31000001, "J100001", 21000001, 11000001, securityStatus=-0.99),
        ],
        "mapStargates": [
            gate(1, 30000001, 30000002) | {"position": {"x": 3e10, "y": 0, "z": -4e10}},
            gate(2, 30000002, 30000001) | {"position": {"x": 1, "y": 2, "z": 3}},
            gate(3, 30000002, 30000003),
            gate(4, 30000003, 30000002),
        ],
        "mapSecondarySuns": [
            {"_key": 40, "solarSystemID": 31000001, "effectBeaconTypeID": 30574},
        ],
        "types": [
            {"_key": 587, "name": name("Rifter"), "groupID": 25, "metaGroupID": 1}
            | {"published": True},
            {"_key": 670, "name": name("Capsule"), "groupID": 29},
            {"_key": 35832, "name": name("Astrahus"), "groupID": 1657},
            {"_key": 9, "groupID": 404},
        ],
        "groups": [
            {"_key": 25, "name": name("Frigate"), "categoryID": 6},
            {"_key": 29, "name": name("Capsule"), "categoryID": 6},
            {"_key": 1657, "name": name("Citadel"), "categoryID": 65},
            {"_key": 9999, "name": name("Brand New Hulls"), "categoryID": 6},
        ],
        "categories": [{"_key": 6, "name": name("Ship")}, {"_key": 65, "name": name("Structure")}],
        "factions": [{"_key": 7, "name": name("Holders")}],
        "npcCorporations": [{"_key": 1000001, "name": name("Doomheim"), "factionID": 7}],
    }


def gate(key: int, start: int, end: int) -> dict[str, object]:
    return {"_key": key, "solarSystemID": start, "destination": {"solarSystemID": end}}


def write_folder(folder: Path, content: Rows) -> Path:
    folder.mkdir(exist_ok=True)
    for file, lines in content.items():
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / f"{file}.jsonl").write_text(text, encoding="utf-8")
    return folder


def write_zip(path: Path, content: Rows, *, inside: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for file, lines in content.items():
            text = "".join(json.dumps(line) + "\n" for line in lines)
            archive.writestr(f"{inside}{file}.jsonl", text)
    return path
