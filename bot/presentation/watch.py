"""Kills that somebody has to look at: the buttons to say so, and who said what.

The buttons stay as long as the message, so that a verdict can be taken back by another one. What a press means stands
in the button (`bot.interaction.actions`), so it works after a restart.
"""

from collections.abc import Iterator, Sequence

from bot.interaction.actions import ANYBODY, custom_id
from bot.presentation import times
from bot.presentation.card import ActionButton, Tone
from services.domain.message import Handling, KillMessage, Verdict

ACKNOWLEDGE, RESOLVE, FALSE_ALARM, MUTE = "kill-ack", "kill-resolve", "kill-false", "alert-mute"
"""What the buttons are called. Standing messages hold these: they never change."""
SHOWN = 4
"""Verdicts told, the newest; earlier ones are counted."""

_VERDICTS = {
    Verdict.ACKNOWLEDGED: "Acknowledged",
    Verdict.RESOLVED: "Resolved",
    Verdict.FALSE_ALARM: "False alarm",
}
_DONE = frozenset({Verdict.RESOLVED, Verdict.FALSE_ALARM})
"""After these nothing is left to be done first."""
_BUTTONS = (
    (ACKNOWLEDGE, "Acknowledge", Tone.MAIN),
    (RESOLVE, "Resolve", Tone.PLAIN),
    (FALSE_ALARM, "False alarm", Tone.PLAIN),
)


def watch_buttons(message: KillMessage) -> tuple[ActionButton, ...]:
    """Three verdicts on the kill, and silence for the oldest alert that matched. A sample's cannot be pressed."""
    kill = str(message.kill.id)
    done = bool(message.handling) and message.handling[-1].verdict in _DONE
    buttons = [
        ActionButton(
            label=label,
            custom_id=custom_id(action, owner=ANYBODY, state=kill),
            tone=Tone.PLAIN if done else tone,
            disabled=message.sample,
        )
        for action, label, tone in _BUTTONS
    ]
    if message.reasons:
        alert = str(message.reasons[0].alert_id)
        buttons.append(
            ActionButton(
                label="Mute 1 h",
                custom_id=custom_id(MUTE, owner=ANYBODY, state=alert),
                disabled=message.sample,
            )
        )
    return tuple(buttons)


def handling_lines(handling: Sequence[Handling]) -> Iterator[str]:
    """Who said what and when, the newest first; an empty line after it."""
    for said in reversed(handling[-SHOWN:]):
        yield f"**{_VERDICTS[said.verdict]}** by <@{said.by}> · {times.relative(said.at)}"
    if (earlier := len(handling) - SHOWN) > 0:
        yield f"-# and {earlier} before that"
    if handling:
        yield ""
