"""Answers of `/fw/systems` that nobody ever gave."""

CALDARI, GALLENTE = 500_001, 500_004
HERE, THERE = 30_999_013, 30_999_012
"""Systems that no map knows: without gates all of them are rearguard, whoever holds them."""


def rows(count=10, **changed):
    """Systems that are all the same; `changed` by id: other values."""
    return [
        {
            "solar_system_id": HERE - number,
            "owner_faction_id": CALDARI,
            "occupier_faction_id": CALDARI,
            "contested": "contested",
            "victory_points": 7500,
            "victory_points_threshold": 75_000,
        }
        | changed.get(f"s{HERE - number}", {})
        for number in range(count)
    ]


def here(**values):
    return rows(**{f"s{HERE}": values})
