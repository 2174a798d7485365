"""The manual of the filter language: every example in it is read, printed and read again."""

import json
import re
from pathlib import Path

import pytest

from services.domain.filter import FilterField
from services.filters.data import decode, encode, from_data
from services.filters.fields import FIELDS, MOST_JUMPS, MOST_LIGHT_YEARS
from services.filters.normal import (
    MAX_CONDITIONS,
    MAX_DEPTH,
    MAX_REACHES,
    MAX_TEXT,
    MAX_VALUES,
)
from services.filters.service import MOST_NAMES, FilterService
from services.filters.words import OFFERED
from services.universe.universe import Universe
from tests.services.filters.people import service_of

MANUAL = (Path(__file__).parents[3] / "docs" / "filters.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")


def blocks(language: str) -> list[str]:
    return [body for name, body in _BLOCK.findall(MANUAL) if name == language]


def tables() -> list[list[str]]:
    """Cells of every row with three columns."""
    rows = [line.strip("|").split("|") for line in MANUAL.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows if len(row) == 3]


def examples() -> list[str]:
    lines = [line for body in blocks("filter") for line in body.splitlines()]
    cells = [text for row in tables() for text in _CODE.findall(row[2])]
    prose = [
        "region:Delve or (hull:Titan -is:npc)",
        "Delve",
        "Titan",
        '"Pandemic Horde"',
        "class:capital",
    ]
    prose += ["class:capital-only", "class:subcapital", "victim:us", 'attacker:"Pandemic Horde"']
    assert all(f"`{text}`" in MANUAL for text in prose)
    return [*lines, *cells, *prose]


@pytest.fixture(scope="module")
def service(universe: Universe) -> FilterService:
    return service_of(universe)


@pytest.mark.parametrize("text", examples())
async def test_an_example_is_read_and_printed(service: FilterService, text: str) -> None:
    f = await service.read(text)
    assert not f.is_empty
    assert await service.read(await service.write(f)) == f
    assert decode(encode(f)) == f


async def test_the_example_of_data_is_the_example_of_text(service: FilterService) -> None:
    (data,) = blocks("json")
    assert await service.read(blocks("filter")[-1]) == from_data(json.loads(data))


def test_every_field_has_a_row_and_an_example() -> None:
    first = " ".join(row[0] for row in tables())
    shown = " ".join(row[2] for row in tables())
    for spec in FIELDS.values():
        assert re.search(rf"`{spec.name}:?`", first), spec.name
        if spec.field is not FilterField.STANDING:
            assert re.search(rf"\b{spec.name}[:<>=]", shown), spec.name


def test_every_fixed_word_is_named() -> None:
    fixed = (FilterField.STANDING, FilterField.SPACE, FilterField.IS, FilterField.CLASS)
    for field in fixed:
        for word in OFFERED[field]:
            assert re.search(rf"`(class:)?{word}`", MANUAL), word


def test_every_stored_field_is_named() -> None:
    data = MANUAL.partition("## As data")[2]
    assert [spec.field for spec in FIELDS.values() if f"`{spec.field}`" not in data] == []


def test_the_limits_are_those_of_the_program() -> None:
    said = MANUAL.partition("## Limits")[2].split("\n\n")[1]
    assert re.findall(r"\d[\d,]*", said) == [
        f"{MAX_TEXT:,}",
        str(MAX_CONDITIONS),
        str(MAX_VALUES),
        str(MAX_REACHES),
        str(MOST_JUMPS),
        f"{MOST_LIGHT_YEARS:g}",
        str(MAX_DEPTH),
        str(MOST_NAMES),
    ]
