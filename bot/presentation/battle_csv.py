"""The losses of a battle as a table (`/battle export`): the keys of the JSON document as columns, a line a loss.

For spreadsheets: what is not known is an empty cell, and a name that a spreadsheet would take for a formula has an
apostrophe before it.
"""

import csv
from io import StringIO
from typing import Any

from bot.presentation.battle_json import loss_document, sides_by_party
from services.domain.battle_report import BattleReport
from services.domain.names import NameBook
from services.universe.universe import Universe

COLUMNS = (
    "killmail_id", "time", "system_id", "system", "region", "ship_type_id", "ship", "character_id", "character",
    "organisation_id", "organisation_kind", "organisation", "side", "isk", "isk_source", "zkill_url",
)  # fmt: skip
_BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Without it Excel reads UTF-8 as something else."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def losses_table(report: BattleReport, universe: Universe, names: NameBook) -> bytes:
    """CSV in UTF-8 with a head line, the most valuable loss first."""
    sides = sides_by_party(report.battle)
    text = StringIO()
    text.write(_BYTE_ORDER_MARK)
    table = csv.DictWriter(text, fieldnames=COLUMNS)
    table.writeheader()
    for loss in report.losses:
        told = loss_document(loss, universe, names, sides=sides)
        table.writerow({column: _cell(told[column]) for column in COLUMNS})
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
