"""What an alert will do, in the words of the answer to whoever asked for it."""

from collections.abc import Iterator

from bot.presentation.filters import words
from bot.presentation.lexicon import Lexicon
from bot.presentation.reasons import condition_text
from bot.presentation.text import escape
from services.domain.alert import Alert, AlertKind
from services.domain.filter import Condition, FilterField, FilterNode

_LONGEST = 600
"""Characters of the filter's words: the rest of the answer has room beside them."""


def promise(alert: Alert, lexicon: Lexicon, *, deaf: bool, nobody_marked: bool = False) -> str:
    """Where it posts what, and how to see a sample.

    `deaf`: its role will not hear the call as things are. `nobody_marked`: the server has no us, friend or foe.
    """
    battles = alert.kind is AlertKind.BATTLES
    how = (
        "one message per battle, which I edit as it grows and when it is over"
        if battles
        else "one message per kill"
    )
    text = f"From now on I post **{_asked(alert, lexicon)}** in <#{alert.channel_id}>: {how}."
    if alert.role_id is not None:
        text += f" I call <@&{alert.role_id}> once for each, while it is news."
    if alert.user_id is not None:
        text += f" I call <@{alert.user_id}> once for each, while it is news."
    asked_for = set() if alert.filter is None else set(_fields(alert.filter.root))
    if FilterField.ISK in asked_for:
        text += " Kills whose value nobody knows are left out."
    if FilterField.STANDING in asked_for and nobody_marked:
        text += (
            "\n**Nobody is marked as us, friend or foe yet,** so everybody counts as neutral. Mark your own with "
            "`/standing add as:us`."
        )
    text += f"\nThe first one may come at once. To see a sample now: `/alert test {alert.id}`."
    if deaf:
        text += (
            f"\n**<@&{alert.role_id}> will not hear it yet:** make the role mentionable, "
            "or give me Mention Everyone."
        )
    return text


def _asked(alert: Alert, lexicon: Lexicon) -> str:
    """`battles in Delve, at least 20 kills`, `kills in Delve, worth at least 1.00B ISK`."""
    if alert.filter is None:
        return condition_text(alert, lexicon)
    return f"kills {escape(words(alert.filter, lexicon, limit=_LONGEST))}"


def _fields(node: FilterNode) -> Iterator[FilterField]:
    """Every field that a filter asks for."""
    if isinstance(node, Condition):
        yield node.field
        return
    for member in node.members:
        yield from _fields(member)
