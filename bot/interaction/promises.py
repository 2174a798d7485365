"""What an alert will do, in the words of the answer to whoever asked for it. What it asks for stands in the card."""

from collections.abc import Iterator

from bot.presentation import times
from bot.presentation.scope_words import asks_for_campaigns, reminders_words
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
_HOW = {
    AlertKind.BATTLES: "these battles, one message each, which I edit as it grows and when it is over",
    AlertKind.KILLS: "these kills, one message each",
    AlertKind.SOV: "what stands below as it happens, and what comes at once in one message",
    AlertKind.FW: "what stands below as it happens, and what comes at once in one message",
    AlertKind.INCURSION: "what stands below, as it happens",
    AlertKind.WAR: "what stands below, as it happens",
}


def promise(
    alert: Alert, *, deaf: bool, nobody_marked: bool = False, quiet: Quiet | None = None
) -> str:
    """Where and how it posts, and how to see a sample.

    `deaf`: its role will not hear the call as things are. `nobody_marked`: the server has no us, friend or foe.
    `quiet`: the quiet hours that hold for it now.
    """
    how = _HOW[alert.kind] + (_campaigns(alert) if alert.kind is AlertKind.SOV else "")
    text = f"From now on I post in <#{alert.channel_id}>: {how}.{_MILESTONES[alert.updates]}"
    each = "each" if alert.kind.topic is None else "each message"
    if alert.role_id is not None:
        text += f" I call <@&{alert.role_id}> once for {each}, while it is news."
    if alert.user_id is not None:
        text += f" I call <@{alert.user_id}> once for {each}, while it is news."
    asked_for = set() if alert.filter is None else set(_fields(alert.filter.root))
    if FilterField.ISK in asked_for:
        text += " Kills whose value nobody knows are left out."
    if alert.scope is not None and alert.scope.us and nobody_marked:
        text += (
            "\n**Nobody is marked as us or friend yet,** so there is nobody whom it could tell of. Mark your own with "
            "`/standing add as:us`."
        )
    elif FilterField.STANDING in asked_for and nobody_marked:
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


def _campaigns(alert: Alert) -> str:
    """How campaigns are told, and when they are reminded of."""
    before = reminders_words(alert)
    if not asks_for_campaigns(alert):
        return f"; I remind of each campaign {before} before it starts" if before else ""
    remind = f"reminders ({before} before the start) and what happens" if before else "what happens"
    return f"; each campaign has one message, which I edit, and {remind} are replies to it"


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
