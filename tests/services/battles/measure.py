"""How well sides fit the mails of real fights: *blue* and *split*, and the trial's fights on which
both are told.

- A mail is *eligible* when its victim is a named pilot and a named pilot shot (1,910 in the 25
largest fights); it is *scored* when its victim's party and an attacker's party have sides. *Blue*
of a mail is the share of its named attackers, by heads, who stand on the victim's own side; the
figure is the mean over all scored mails. - *Split* of a mail is the share of the pairs of its named
attackers who stand on different sides; the figure is the mean over all mails of the fights with at
least two such attackers, whoever the victim is.

Every party on its own side gives 1.2 % blue and 47.9 % split with this reading, as it did for the
trial; random halves 52 and 23 %.

*Third parties aside* reads the same with those who shot at both main sides on no side: mails of which
they are victims are not scored, and they are in no share of heads and no pair.

The trial linked mails by named pilots alone, in one system. With that crowd and without a map our rule finds the
trial's 5,982 battles, 102 of them of 20 kills.

Run as `python -m tests.services.battles.measure` it prints the twenty largest recorded battles as they are told, for
the table of `docs/battles.md`. Needs WARROOM_TEST_DATA.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.lookups import atlas
from services.battles.rules import Trace, clusters, is_battle, linkable
from services.battles.sides import Sides, split
from services.battles.summary import summarise
from services.domain.battle import BattleState, Party, Side
from services.domain.ids import BattleKey
from services.domain.killmail import Killmail, Organisation
from tests.factories import universe
from tests.services.battles.recorded import load_killmails

Labels = Mapping[Organisation, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """`blue` and `split` in per cent; how many mails were scored of those eligible."""

    blue: float
    split: float
    scored: int
    eligible: int


def trial_battles(killmails: Iterable[Killmail]) -> list[list[Killmail]]:
    """The trial's battles of two kills and more, the largest first."""
    mails = {mail.id: mail for mail in killmails if _named_attackers(mail)}
    traces = (
        Trace(killmail_id=m.id, system_id=m.system_id, time=m.time, crowd=frozenset(m.pilots))
        for m in mails.values()
    )
    groups = [[mails[trace.killmail_id] for trace in group] for group in clusters(traces)]
    return sorted((group for group in groups if len(group) > 1), key=len, reverse=True)


def recorded_battles(killmails: Iterable[Killmail]) -> list[list[Killmail]]:
    """Battles by our own rule, the largest first."""
    mails = {mail.id: mail for mail in killmails}
    traces = (Trace.of(mail) for mail in mails.values() if linkable(mail))
    found = clusters(traces, atlas(universe()))
    groups = [[mails[trace.killmail_id] for trace in group] for group in found]
    return sorted((group for group in groups if is_battle(group)), key=len, reverse=True)


def aside(sides: Sides) -> Labels:
    """The sides without third parties."""
    return {party: side for party, side in sides.of.items() if party not in sides.third}


def sides_with_losses(fight: Sequence[Killmail], labels: Labels) -> int:
    """How many sides lost something."""
    victims = (mail.victim.organisation for mail in fight)
    return len({labels[victim] for victim in victims if victim in labels})


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """Of the fights with much blue (over 15 %) and with little (under 5 %): all, and those called unclear."""

    much: int
    much_unclear: int
    little: int
    little_unclear: int


ENOUGH_SCORED = 5
"""Blue of fewer mails says nothing of a fight: in J105951 one of 251 has a named victim."""


def warned(fights: Sequence[Sequence[Killmail]], verdicts: Sequence[Sides], clear: float) -> Warned:
    """Whether certainty below `clear` tells the fights in which much was shot within sides."""
    told = [(fit([f], [v.of]), v.certainty < clear) for f, v in zip(fights, verdicts, strict=True)]
    much = [unclear for one, unclear in told if one.scored >= ENOUGH_SCORED and one.blue > 15]
    little = [unclear for one, unclear in told if one.scored >= ENOUGH_SCORED and one.blue < 5]
    return Warned(
        much=len(much), much_unclear=sum(much), little=len(little), little_unclear=sum(little)
    )


def fit(fights: Sequence[Sequence[Killmail]], labels: Sequence[Labels]) -> Fit:
    """How well one set of sides per fight fits."""
    blues: list[float] = []
    splits: list[float] = []
    eligible = 0
    for fight, side_of in zip(fights, labels, strict=True):
        for mail in fight:
            attackers = _named_attackers(mail)
            sides = [side_of[party] for party in attackers if party in side_of]
            if len(sides) > 1:
                splits.append(_split(sides))
            if mail.victim.character_id is None or not attackers:
                continue
            eligible += 1
            own = side_of.get(mail.victim.organisation)
            if own is not None and sides:
                blues.append(sides.count(own) / len(sides))
    return Fit(blue=_mean(blues), split=_mean(splits), scored=len(blues), eligible=eligible)


def _named_attackers(mail: Killmail) -> list[Organisation]:
    return [a.organisation for a in mail.attackers if a.character_id is not None]


def _split(sides: list[int]) -> float:
    pairs = len(sides) * (len(sides) - 1)
    return 1 - sum(count * (count - 1) for count in Counter(sides).values()) / pairs


def _mean(shares: list[float]) -> float:
    return 100 * sum(shares) / len(shares) if shares else 0.0


def _row(fight: Sequence[Killmail], names: Mapping[int, str]) -> str:
    """One battle as a row of a table in Markdown."""
    battle = summarise(
        fight,
        key=BattleKey(0),
        public_id="BR-table",
        state=BattleState.ENDED,
        atlas=atlas(universe()),
    )
    found = split(fight)
    told, apart = fit([fight], [found.of]), fit([fight], [aside(found)])
    where = " → ".join(universe().get_system(place.system_id).name for place in battle.places)
    sides = " · ".join(_side(side, names) for side in battle.sides if side.losses or side.kills)
    return (
        f"| {where}, {battle.start:%m-%d %H:%M}, {battle.duration.total_seconds() / 60:.0f} min | {battle.kind} "
        f"| {battle.kills} | {battle.pilots} | {sides} | {battle.certainty:.2f} "
        f"| {told.blue:.1f} / {told.split:.1f} | {apart.blue:.1f} / {apart.split:.1f} | {told.scored} |"
    )


def _side(side: Side, names: Mapping[int, str]) -> str:
    main = ", ".join(_party(party, names) for party in side.parties[:4])
    more = f" and {len(side.parties) - 4} more" if len(side.parties) > 4 else ""
    return f"{side.pilots} pilots, {side.losses} lost: {main}{more}"


def _party(party: Party, names: Mapping[int, str]) -> str:
    name = names.get(party.organisation.id, str(party.organisation.id))
    return f"{name} ({party.pilots}{', third' if party.third else ''})"


def main() -> None:
    """Print the table."""
    data = Path(os.environ["WARROOM_TEST_DATA"])
    names = {
        row["id"]: row["name"]
        for kind in ("alliances", "corporations")
        for row in json.loads((data / "names" / f"{kind}.json").read_text())
    }
    for fight in recorded_battles(load_killmails(data))[:20]:
        print(_row(fight, names))


if __name__ == "__main__":
    main()
