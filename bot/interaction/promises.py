"""What an alert will do, in the words of the answer to whoever asked for it."""

from bot.presentation.lexicon import Lexicon
from bot.presentation.reasons import condition_text
from services.domain.alert import Alert, AlertKind


def promise(alert: Alert, lexicon: Lexicon, *, deaf: bool) -> str:
    """Where it posts what, and how to see a sample. `deaf`: its role will not hear the call as things are."""
    battles = alert.kind is AlertKind.BATTLES
    how = (
        "one message per battle, which I edit as it grows and when it is over"
        if battles
        else "one message per kill"
    )
    text = (
        f"From now on I post **{condition_text(alert, lexicon)}** in <#{alert.channel_id}>: {how}."
    )
    if alert.role_id is not None:
        text += f" I call <@&{alert.role_id}> once for each, while it is news."
    if alert.min_isk is not None and not battles:
        text += " Kills whose value nobody knows are left out."
    text += f"\nThe first one may come at once. To see a sample now: `/alert test {alert.id}`."
    if deaf:
        text += (
            f"\n**<@&{alert.role_id}> will not hear it yet:** make the role mentionable, "
            "or give me Mention Everyone."
        )
    return text
