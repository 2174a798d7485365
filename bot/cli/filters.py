"""Filters as they are given on the command line: no server stands behind them, the game is not asked.

What is wrong with one is said without markdown.
"""

import re
from collections.abc import Iterator

from services.container import Services
from services.domain.errors import UserError
from services.domain.filter import Condition, Filter, FilterField, FilterNode
from services.filters.errors import FilterFault

_OFFLINE = (
    (re.compile(r"the game cannot be asked at the moment"), "this command does not ask the game"),
    (
        re.compile(r"(Else )?try again in a minute, or paste a zKillboard link", re.IGNORECASE),
        "Give the zKillboard link or the id instead",
    ),
)
"""What is said of a game that does not answer, and what is true here: asking again later changes nothing."""
_FENCE = re.compile(r"^```\n|\n```$", re.MULTILINE)
_CODE = re.compile(r"`([^`\n]+)`")


async def read_filter(services: Services, text: str) -> Filter:
    """Raises UserError, in plain words, for what is no filter and for us, friend and foe."""
    try:
        wanted = await services.filters.read(text)
    except FilterFault as fault:
        raise UserError(for_terminal(str(fault))) from fault
    if FilterField.STANDING in _fields(wanted.root):
        raise UserError(
            "Us, friend, foe and neutral belong to a server on Discord; here nobody is marked. Name them instead."
        )
    return wanted


def for_terminal(words: str) -> str:
    """The words of a fault without Discord's signs; the mark stays below its place."""
    plain = _CODE.sub(r"'\1'", _FENCE.sub("", words))
    head, line, rest = plain.partition("\n")
    for said, true in _OFFLINE:
        head = said.sub(true, head)
    return head + line + rest


def _fields(node: FilterNode) -> Iterator[FilterField]:
    if isinstance(node, Condition):
        yield node.field
        return
    for member in node.members:
        yield from _fields(member)
