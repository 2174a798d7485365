"""`/battle export`: one battle as a file, JSON with everything or CSV with its losses."""

from enum import StrEnum

import discord
import msgspec

from bot.interaction.backdrop import Backdrop, backdrop
from bot.interaction.battle_answers import report_of
from bot.presentation import colours
from bot.presentation.battle_csv import losses_table
from bot.presentation.battle_json import ids_in_report_document, report_document
from bot.presentation.battle_words import battle_title
from bot.presentation.card import Card, CardFile
from bot.presentation.phrases import counted
from bot.presentation.text import clamp
from services.container import Services
from services.domain.battle_report import BattleReport


class ExportFormat(StrEnum):
    """What a battle can be written as. The value is the file's ending."""

    JSON = "json"
    CSV = "csv"


async def export_card(
    services: Services, guild_id: int | None, public_id: str, written: ExportFormat
) -> Card:
    """The file, and a word about what is in it. NotFound for an unknown id."""
    report = await report_of(services, guild_id, public_id)
    scene = await backdrop(services, guild_id, ids=ids_in_report_document(report))
    embed = discord.Embed(
        title=battle_title(report.battle, scene.lexicon),
        description=_described(report, written),
        colour=colours.NEUTRAL,
    )
    file = CardFile(
        name=f"{report.battle.public_id}.{written}",
        data=_data(report, written, scene),
        description="The battle as JSON" if written is ExportFormat.JSON else "Its losses as CSV",
    )
    return scene.finished(Card(embed=clamp(embed), files=(file,)))


def _data(report: BattleReport, written: ExportFormat, scene: Backdrop) -> bytes:
    universe, names = scene.lexicon.universe, scene.lexicon.names
    if written is ExportFormat.CSV:
        return losses_table(report, universe, names)
    document = report_document(report, universe, names)
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _described(report: BattleReport, written: ExportFormat) -> str:
    losses = counted(len(report.losses), "loss", "losses")
    if written is ExportFormat.CSV:
        return f"{losses}, a line each. Empty cells are not known."
    told = f"{counted(len(report.battle.sides), 'side')}, {losses}, {counted(len(report.pilots), 'pilot')}."
    if not report.detailed:
        told += " Who shot is no longer kept for all of its kills."
    return f"{told} The keys are those of `warroom battles --json`, and what is not known is null."
