"""What an alert will do, in the words of the answer to whoever asked for it. What it asks for stands in the card."""

from collections.abc import Iterator

from bot.presentation import times
from services.domain.alert import Alert, AlertKind, Updates
from services.domain.filter import Condition, FilterField, FilterNode
from services.domain.quiet import Quiet, QuietMode

_MILESTONES = {
    Updates.NONE: "",
    Updates.REPLIES: " What happens meanwhile (a capital, twice the kills, who arrives) I tell in replies to it.",
    Updates.THREAD: (
        " What happens meanwhile (a capital, twice the kills, who arrives) I tell in a thread of it, which I archive "
        "when the fight is over."
    ),
}
"""How milestones are told."""


def promise(
    alert: Alert, *, deaf: bool, nobody_marked: bool = False, quiet: Quiet | None = None
) -> str:
    """Where and how it posts, and how to see a sample.

    `deaf`: its role will not hear the call as things are. `nobody_marked`: the server has no us, friend or foe.
    `quiet`: the quiet hours that hold for it now.
    """
    battles = alert.kind is AlertKind.BATTLES
    how = (
        "these battles, one message each, which I edit as it grows and when it is over"
        if battles
        else "these kills, one message each"
    )
    text = f"From now on I post in <#{alert.channel_id}>: {how}.{_MILESTONES[alert.updates]}"
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
    text += f"\n{_first(quiet)} To see a sample now: `/alert test {alert.id}`."
    if deaf:
        text += (
            f"\n**<@&{alert.role_id}> will not hear it yet:** make the role mentionable, "
            "or give me Mention Everyone."
        )
    return text


def _first(quiet: Quiet | None) -> str:
    """When the first one may come."""
    if quiet is None:
        return "The first one may come at once."
    until = times.relative(quiet.until)
    if quiet.mode is QuietMode.POSTS:
        return f"**Quiet hours hold its posts until {until}**; then one digest says what was."
    return f"The first one may come at once. **Quiet hours hold its calls until {until}.**"


def _fields(node: FilterNode) -> Iterator[FilterField]:
    """Every field that a filter asks for."""
    if isinstance(node, Condition):
        yield node.field
        return
    for member in node.members:
        yield from _fields(member)
