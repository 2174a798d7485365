"""What an alert on occurrences asks for, in plain English: `sovereignty within 5 jumps of 1DQ1-A, of us and friends`.

Raw text: names stand in it as they are, and whoever puts it on a card escapes it.
"""

from collections.abc import Iterator

from bot.presentation.event_words import events_words, is_everything
from bot.presentation.lexicon import Lexicon
from bot.presentation.text import cut, short
from services.domain.alert import REMINDERS, Alert, AlertKind
from services.domain.killmail import Organisation
from services.domain.occurrence import CAMPAIGN_KINDS, USUAL, Scope, Topic
from services.domain.standing import Standing, Standings

_NOUNS = {
    Topic.SOV: "sovereignty",
    Topic.FW: "faction warfare",
    Topic.INCURSION: "incursions",
    Topic.WAR: "wars",
}
_HOUR = 60
_OURS = frozenset({Standing.US, Standing.FRIEND})


def topic_noun(topic: Topic) -> str:
    """`sovereignty`, `faction warfare`, `incursions`, `wars`."""
    return _NOUNS[topic]


def scope_words(topic: Topic, scope: Scope | None, lexicon: Lexicon) -> str:
    """`faction warfare in Black Rise, of Caldari State`; `sovereignty anywhere`; `wars of us and friends`."""
    asked = scope or Scope()
    if topic is Topic.WAR:
        # They are always those of whoever the server marked.
        beside = "" if asked.party is None else f", with {_name(asked.party, lexicon)}"
        return f"{_NOUNS[topic]} of us and friends{beside}"
    parts = [*_where(asked, lexicon), *_who(asked, lexicon)]
    return f"{_NOUNS[topic]} {', '.join(parts) or 'anywhere'}"


def alert_words(alert: Alert, topic: Topic, lexicon: Lexicon, *, limit: int | None = None) -> str:
    """The scope and, where they are not all of the topic, the kinds: `sovereignty in Delve: campaigns`."""
    told = scope_words(topic, alert.scope, lexicon)
    if not is_everything(topic, alert.events):
        told += f": {events_words(topic, alert.events)}"
    elif alert.events:
        told += ": every kind of event"
    return told if limit is None else cut(told, limit)


def nobody_is_ours(scope: Scope | None, standings: Standings) -> str | None:
    """Why an alert on us and friends finds nothing, in a sentence; None where it can find something."""
    if scope is None or not scope.us or _OURS & set(standings.marks.values()):
        return None
    return "It asks for us and friends, and nobody is marked so: it can match nothing until `/standing add as:us`."


def asks_for_campaigns(alert: Alert) -> bool:
    """True where campaigns are told."""
    return alert.kind is AlertKind.SOV and bool((alert.events or USUAL) & CAMPAIGN_KINDS)


def reminders_words(alert: Alert) -> str | None:
    """`24 h, 3 h, 30 min, 5 min`; empty: never; None where an alert has nothing to remind of."""
    if alert.reminders is None and not asks_for_campaigns(alert):
        return None
    minutes = REMINDERS if alert.reminders is None else alert.reminders
    return ", ".join(_minutes(each) for each in minutes)


def _minutes(minutes: int) -> str:
    hours, rest = divmod(minutes, _HOUR)
    return " ".join(
        part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest else "") if part
    )


def _where(scope: Scope, lexicon: Lexicon) -> Iterator[str]:
    if scope.system_id is not None:
        system = lexicon.system_name(scope.system_id)
        if scope.jumps:
            yield f"within {scope.jumps} jump{'' if scope.jumps == 1 else 's'} of {system}"
        elif scope.light_years is not None:
            yield f"within {scope.light_years:g} ly of {system}"
        else:
            yield f"in {system}"
    if scope.region_id is not None:
        yield f"in {lexicon.region_name(scope.region_id)}"


def _who(scope: Scope, lexicon: Lexicon) -> Iterator[str]:
    if scope.party is not None:
        yield f"of {_name(scope.party, lexicon)}"
    if scope.us:
        yield "of us and friends"


def _name(party: Organisation, lexicon: Lexicon) -> str:
    return short(lexicon.organisation_name(party))
