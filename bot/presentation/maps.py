"""Maps as cards: the picture, and what it shows in words for those who cannot see it or scroll past it.

How old a map's facts are stands below them, for a map that is stale looks like any other.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import discord

from bot.presentation import colours, fw_words, phrases, times
from bot.presentation.ages import age_text
from bot.presentation.battle_words import battle_name
from bot.presentation.boards import campaign_line
from bot.presentation.campaigns import ids_in_campaign
from bot.presentation.card import Card, CardFile
from bot.presentation.fw_systems import most_contested, share_words
from bot.presentation.heatmap import TOP, hot_line
from bot.presentation.lexicon import Lexicon
from bot.presentation.news import ids_in_news, news_line
from bot.presentation.searches import asked_line, unknown_line
from bot.presentation.sov_words import holder_name
from bot.presentation.text import DESCRIPTION, clamp, escape, fit
from services.domain.battle import Battle
from services.domain.filter import Filter
from services.domain.heat import HeatBy
from services.domain.ids import SystemId
from services.domain.killmail import OrganisationKind
from services.domain.maps import FwPicture, RegionPicture, SovPicture
from services.domain.sovereignty import Campaign

REGION_FILE, SOV_FILE, FW_FILE = "region.png", "sovereignty.png", "warzone.png"
_BATTLES, _CAMPAIGNS, _FLIPS, _HOLDERS, _CONTESTED = 4, 4, 5, 12, 10


def render_region_map(
    picture: RegionPicture,
    lexicon: Lexicon,
    *,
    now: datetime,
    zone: ZoneInfo,
    adms: Mapping[SystemId, float],
    wanted: Filter | None = None,
) -> Card:
    """A region's kills: the totals, the hottest systems, its battles and contests."""
    region = lexicon.region_name(picture.region_id)
    hours = round((picture.end - picture.start) / timedelta(hours=1))
    what = "ISK lost" if picture.by is HeatBy.ISK else "Kills"
    lines = [] if wanted is None else [asked_line(wanted, lexicon)]
    lines += _region_totals(picture, filtered=wanted is not None)
    lines += [
        hot_line(place, system, lexicon, kills=heat.kills, isk=heat.isk, area=False)
        for place, (system, heat) in enumerate(picture.systems[:TOP], start=1)
    ]
    lines += _battles(picture.battles, lexicon)
    lines += _campaigns(picture.campaigns, lexicon, adms=adms, now=now, zone=zone)
    if picture.unknown:
        lines.append(f"-# {unknown_line(picture.unknown)}")
    embed = _embed(f"{what} in {escape(region)}, last {phrases.counted(hours, 'hour')}", lines)
    embed.set_footer(text=times.span(picture.start, picture.end, now=now, zone=zone))
    hottest = ", ".join(lexicon.system_name(system) for system, _ in picture.systems[:3])
    told = f"Map of {region} with {phrases.counted(picture.kills, 'kill')}." + (
        f" Hottest: {hottest}." if hottest else ""
    )
    return _with_picture(embed, REGION_FILE, picture.png, told)


def render_sov_map(
    picture: SovPicture,
    lexicon: Lexicon,
    *,
    now: datetime,
    zone: ZoneInfo,
    adms: Mapping[SystemId, float],
) -> Card:
    """Who holds what, what is contested, and what changed hands lately."""
    known = picture.region_id is not None
    where = lexicon.region_name(picture.region_id) if known else "New Eden"
    age = f"-# {age_text(picture.freshness, now=now, zone=zone)}"
    lines = [
        *_holders(picture, lexicon),
        *_campaigns(picture.campaigns, lexicon, adms=adms, now=now, zone=zone),
    ]
    days = phrases.counted(round((now - picture.flips_since) / timedelta(days=1)), "day")
    if picture.flips:
        lines.append(f"\n**Changed hands in the last {days}**")
        lines += [
            f"- {news_line(flip, lexicon)} {times.relative(flip.at)}"
            for flip in picture.flips[:_FLIPS]
        ]
        lines += _more(len(picture.flips), _FLIPS, "`/sov changes` tells them all")
    elif picture.freshness.as_of is not None:
        lines.append(f"\nNothing that I heard of changed hands in the last {days}.")
    embed = _embed(f"Sovereignty of {escape(where)}", lines, tail=age)
    first = [lexicon.organisation_name(holder) for holder, _ in picture.holders[:3]]
    told = f"Map of {where} by holder." + (f" Most systems: {', '.join(first)}." if first else "")
    return _with_picture(embed, SOV_FILE, picture.png, told)


def render_fw_map(picture: FwPicture, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> Card:
    """The warzone: who occupies how much, what is contested most, what flipped, where pirates are."""
    title = "Warzones" if picture.pair is None else fw_words.warzone_name(lexicon, picture.pair)
    age = f"-# Occupancy and contested shares {age_text(picture.freshness, now=now, zone=zone)}"
    heat = dict(picture.heat)
    lines = [_occupied(picture, lexicon), ""]
    contested = most_contested(picture.systems)
    if contested:
        lines.append("**Most contested**")
    for system in contested[:_CONTESTED]:
        kills = heat.get(system.system_id)
        parts = (
            fw_words.system(lexicon, system.system_id),
            fw_words.short_faction(lexicon, system.occupier_id),
            share_words(system),
            fw_words.role(system.role),
            phrases.counted(kills.kills, "kill") if kills else None,
        )
        lines.append(f"- {phrases.row(parts)}")
    lines += _more(len(contested), _CONTESTED, "`/fw hotspots` tells more")
    if picture.flips:
        lines.append("\n**Changed hands lately**")
        lines += [
            f"- {news_line(flip, lexicon)} {times.relative(flip.at)}"
            for flip in picture.flips[:_FLIPS]
        ]
    for insurgency in picture.insurgencies:
        origin = escape(lexicon.system_name(insurgency.origin_id))
        pirates = fw_words.faction(lexicon, insurgency.pirate_id)
        count = len(insurgency.systems)
        where = f", in {phrases.counted(count, 'system')}" if count else ""
        lines.append(f"\n**Insurgency** of {pirates} from {origin}{where}")
    embed = _embed(title, lines, tail=age)
    embed.set_footer(
        text=f"Kills are those of the last {phrases.counted(picture.hours, 'hour')} that I know of"
    )
    hottest = ", ".join(lexicon.system_name(system.system_id) for system in contested[:3])
    told = "Map of the warzone." + (f" Most contested: {hottest}." if hottest else "")
    return _with_picture(embed, FW_FILE, picture.png, told)


def ids_in_region_map(picture: RegionPicture) -> frozenset[int]:
    """Organisations whom the card names."""
    return frozenset().union(*map(ids_in_campaign, picture.campaigns))


def ids_in_sov_map(picture: SovPicture) -> frozenset[int]:
    """Organisations whom the card names; factions are known without asking."""
    holders = {
        holder.id for holder, _ in picture.holders if holder.kind is not OrganisationKind.FACTION
    }
    campaigns = frozenset().union(*map(ids_in_campaign, picture.campaigns))
    return campaigns | holders | ids_in_news(picture.flips[:_FLIPS])


def battle_lines(battles: Sequence[Battle], lexicon: Lexicon) -> list[str]:
    """What, where, how large, when, and the id that `/battle show` takes; a line each."""
    return [
        "- "
        + phrases.row(
            (
                f"**{escape(battle_name(battle, lexicon))}**",
                phrases.counted(battle.kills, "kill"),
                phrases.isk(battle.isk_destroyed),
                times.relative(battle.end),
                f"`{battle.public_id}`",
            )
        )
        for battle in battles
    ]


def _embed(title: str, lines: Sequence[str], *, tail: str = "") -> discord.Embed:
    room = DESCRIPTION - len(tail) - 1
    text = fit(list(lines), room, more=lambda left: f"*and {left} more lines*")
    return discord.Embed(
        title=title, description=f"{text}\n{tail}" if tail else text, colour=colours.NEUTRAL
    )


def _with_picture(embed: discord.Embed, name: str, png: bytes, told: str) -> Card:
    embed.set_image(url=f"attachment://{name}")
    return Card(embed=clamp(embed), files=(CardFile(name=name, data=png, description=told),))


def _region_totals(picture: RegionPicture, *, filtered: bool) -> Iterator[str]:
    if picture.kills:
        yield f"**{phrases.counted(picture.kills, 'kill')}** · {phrases.destroyed(picture.isk)}"
    elif filtered:
        yield "Nothing that I heard of here in this time meets that."
    else:
        yield "Nothing that I heard of died here in this time."


def _battles(battles: Sequence[Battle], lexicon: Lexicon) -> Iterator[str]:
    if battles:
        yield "\n**Battles**"
        yield from battle_lines(battles[:_BATTLES], lexicon)
        yield from _more(len(battles), _BATTLES, "`/battle list` tells them all")


def _campaigns(
    campaigns: Sequence[Campaign],
    lexicon: Lexicon,
    *,
    adms: Mapping[SystemId, float],
    now: datetime,
    zone: ZoneInfo,
) -> Iterator[str]:
    if campaigns:
        yield "\n**Sovereignty timers**"
        for campaign in campaigns[:_CAMPAIGNS]:
            adm = adms.get(campaign.system_id)
            yield campaign_line(campaign, lexicon, adm=adm, now=now, zone=zone)
        yield from _more(len(campaigns), _CAMPAIGNS, "`/sov timers` tells them all")


def _more(total: int, shown: int, where: str) -> Iterator[str]:
    if (left := total - shown) > 0:
        yield f"*and {left} more: {where}*"


def _holders(picture: SovPicture, lexicon: Lexicon) -> Iterator[str]:
    if not picture.holders and picture.freshness.as_of is not None:
        yield "Nobody holds a system here."
    for place, (holder, systems) in enumerate(picture.holders[:_HOLDERS], start=1):
        name = holder_name(lexicon, holder, linked=True)
        yield f"{place}\\. **{name}** · {phrases.counted(systems, 'system')}"
    if (left := len(picture.holders) - _HOLDERS) > 0:
        yield f"*and {phrases.counted(left, 'holder')} of fewer*"
    if picture.unclaimed:
        yield f"Unclaimed: {phrases.counted(picture.unclaimed, 'system')}"


def _occupied(picture: FwPicture, lexicon: Lexicon) -> str:
    """`Caldari 40 systems · Gallente 61 systems`."""
    held: dict[int, int] = {}
    for system in picture.systems:
        held[system.occupier_id] = held.get(system.occupier_id, 0) + 1
    factions = {system.occupier_id for system in picture.systems}
    ranked = sorted(factions, key=lambda one: (-held[one], one))
    return phrases.row(
        f"**{fw_words.short_faction(lexicon, one)}** {phrases.counted(held[one], 'system')}"
        for one in ranked
    )
