"""From the mails of one battle to all that is told of it: its report.

The same mails give the same report, whatever their order. Sides are those of the battle handed in, so a report fits
what its server sees. A pilot is told once: with the party and the hull of most of the mails he shot on, the earlier
ones where that is undecided; and with everything he did, for whomever. Damage below 0, as old mails hold, is none.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from services.battles.aside import count_aside
from services.battles.atlas import Atlas
from services.battles.memory import LoadMails, load_in_parts
from services.battles.service import BattleService
from services.battles.side_moves import Moves, SidesService
from services.domain.battle import Battle, BattleState, Loss
from services.domain.battle_report import BattleReport, KillMoment, PilotDeeds
from services.domain.clock import Clock
from services.domain.ids import CharacterId, GuildId, TypeId
from services.domain.killmail import Attacker, Killmail, Organisation
from services.storage.database import Database

KEPT_FOR = timedelta(minutes=1)
KEPT_REPORTS = 4
"""That of a fight of a thousand kills and as many pilots takes a megabyte."""

SideOf = dict[Organisation | None, int]
"""The place of a party's side among the battle's; who has no party is missing."""


def report_of(
    battle: Battle, mails: Iterable[Killmail], atlas: Atlas, *, detailed: bool
) -> BattleReport:
    """The report of a battle from its mails; any order, each once. `detailed`: all attackers are there."""
    ordered = sorted(mails, key=lambda mail: (mail.time, mail.id))
    side_of: SideOf = {
        party.organisation: place
        for place, side in enumerate(battle.sides)
        for party in side.parties
    }
    return BattleReport(
        battle=battle,
        moments=tuple(_moment(mail, side_of, atlas) for mail in ordered),
        losses=_losses(ordered),
        pilots=_pilots(ordered, side_of) if detailed else (),
        detailed=detailed,
    )


def _losses(mails: Iterable[Killmail]) -> tuple[Loss, ...]:
    """The most valuable first, of equal worth the earlier; those of unknown value last, by time."""
    ranked = sorted(mails, key=lambda mail: (*_dearest_first(mail), mail.time, mail.id))
    return tuple(Loss.of(mail) for mail in ranked)


def _moment(mail: Killmail, side_of: SideOf, atlas: Atlas) -> KillMoment:
    hull = mail.victim.ship_type_id
    return KillMoment(
        time=mail.time,
        system_id=mail.system_id,
        side=side_of.get(mail.victim.organisation),
        isk=mail.value.isk,
        estimated=mail.value.is_estimate,
        ship_type_id=hull,
        hull_class=atlas.hull_class(hull),
    )


def _dearest_first(mail: Killmail) -> tuple[bool, float]:
    """Sorts by value; those of unknown value come last."""
    isk = mail.value.isk
    return isk is None, 0.0 if isk is None else -isk


@dataclass(slots=True)
class _Deeds:
    """What one pilot did so far."""

    damage: int = 0
    final_blows: int = 0
    kills: int = 0
    parties: Counter[Organisation | None] = field(default_factory=Counter)
    hulls: Counter[TypeId] = field(default_factory=Counter)

    def add(self, attacker: Attacker, *, hostile: bool) -> None:
        """Count one mail."""
        self.damage += max(attacker.damage, 0)
        self.final_blows += attacker.final_blow
        self.kills += hostile
        self.parties[attacker.organisation] += 1
        if attacker.ship_type_id is not None:
            self.hulls[attacker.ship_type_id] += 1


def _pilots(ordered: Sequence[Killmail], side_of: SideOf) -> tuple[PilotDeeds, ...]:
    """Those who shot: most damage first, then final blows, then kills."""
    found: dict[CharacterId, _Deeds] = {}
    for mail in ordered:
        victim = side_of.get(mail.victim.organisation)
        for attacker in mail.attackers:
            pilot = attacker.character_id
            if pilot is not None:
                hostile = side_of.get(attacker.organisation) != victim
                found.setdefault(pilot, _Deeds()).add(attacker, hostile=hostile)
    told = [_told(pilot, deeds, side_of) for pilot, deeds in found.items()]
    return tuple(sorted(told, key=lambda p: (-p.damage, -p.final_blows, -p.kills, p.character_id)))


def _told(pilot: CharacterId, deeds: _Deeds, side_of: SideOf) -> PilotDeeds:
    organisation = deeds.parties.most_common(1)[0][0]
    hulls = deeds.hulls.most_common(1)
    return PilotDeeds(
        character_id=pilot,
        organisation=organisation,
        side=side_of.get(organisation),
        ship_type_id=hulls[0][0] if hulls else None,
        damage=deeds.damage,
        final_blows=deeds.final_blows,
        kills=deeds.kills,
    )


Asked = tuple[Battle, Moves]
"""What a report is made of: the battle as it was solved, and what the server moved."""


class ReportService:
    """The use cases of `/battle show` and `/battle losses`.

    A report is looked at page by page, and by several people at once: the last few are kept for a minute. One is made
    at a time, as that of a large fight takes much memory and a second of work.
    """

    def __init__(
        self,
        database: Database,
        battles: BattleService,
        sides: SidesService,
        load_mails: LoadMails,
        atlas: Atlas,
        *,
        clock: Clock,
        load_victims: LoadMails,
    ) -> None:
        """Make it.

        Args:
            database: where the killmails are.
            battles: finds the battle.
            sides: who stands where for a server.
            load_mails: reads killmails with their attackers.
            atlas: the map.
            clock: how long a report was kept.
            load_victims: reads killmails without their attackers, which is quicker.
        """
        self._database = database
        self._battles = battles
        self._sides = sides
        self._load_mails = load_mails
        self._load_victims = load_victims
        self._atlas = atlas
        self._clock = clock
        self._turn = asyncio.Lock()
        self._kept: dict[Asked, tuple[datetime, BattleReport]] = {}

    async def report(self, public_id: str, *, guild_id: GuildId | None = None) -> BattleReport:
        """Everything known of a battle, its sides as this server has put them. NotFound for an unknown id.

        Attackers that are no longer kept on one of its mails are told of on none.
        """
        return await self._report(await self._ask(public_id, guild_id))

    async def losses(
        self, public_id: str, *, guild_id: GuildId | None = None
    ) -> tuple[Battle, tuple[Loss, ...]]:
        """The battle and its losses as the report has them; quicker, as nobody asks who shot. NotFound as there."""
        battle, moves = asked = await self._ask(public_id, guild_id)
        if moves or self._find(asked):
            report = await self._report(asked)
            return report.battle, report.losses
        async with self._database.read() as tx:
            mails = await load_in_parts(self._load_victims, tx, battle.killmail_ids)
        return battle, _losses(mails)

    async def _ask(self, public_id: str, guild_id: GuildId | None) -> Asked:
        battle = await self._battles.get(public_id)
        if guild_id is None or battle.state is BattleState.FROZEN:
            return battle, ()
        return battle, tuple(await self._sides.moves_of(guild_id, battle.key))

    async def _report(self, asked: Asked) -> BattleReport:
        async with self._turn:
            report = self._find(asked)
            if report is None:
                report = await self._make(asked)
                self._keep(asked, report)
            return report

    async def _make(self, asked: Asked) -> BattleReport:
        battle, moves = asked
        async with self._database.read() as tx:
            mails = await load_in_parts(self._load_mails, tx, battle.killmail_ids)
            seen = await self._sides.as_moved(tx, battle, mails, moves)
        detailed = all(mail.attackers for mail in mails)
        work = partial(report_of, seen, mails, self._atlas, detailed=detailed)
        return await count_aside(mails, work)

    def _find(self, asked: Asked) -> BattleReport | None:
        made, report = self._kept.get(asked, (None, None))
        return None if made is None or self._clock() - made >= KEPT_FOR else report

    def _keep(self, asked: Asked, report: BattleReport) -> None:
        """Let go of those whose time is up, and of the oldest."""
        now = self._clock()
        fresh = [(key, kept) for key, kept in self._kept.items() if now - kept[0] < KEPT_FOR]
        self._kept = dict([*fresh, (asked, (now, report))][-KEPT_REPORTS:])
