"""Maps as cards: the picture, and what it shows in words for those who cannot see it or scroll past it.

How old a map's facts are stands below them, for a map that is stale looks like any other. Where the picture could not
be drawn the words stand alone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from bot.presentation.heatmap import NO_PICTURE, TOP, coverage_lines, hot_line
from bot.presentation.lexicon import Lexicon
from bot.presentation.news import ids_in_news, news_line
from bot.presentation.searches import asked_line, unknown_line
from bot.presentation.sov_words import holder_name
from bot.presentation.text import DESCRIPTION, clamp, escape, fit
from services.domain.battle import Battle
from services.domain.filter import Filter
from services.domain.freshness import Freshness
from services.domain.heat import Heat, HeatBy
from services.domain.ids import SystemId
from services.domain.killmail import OrganisationKind
from services.domain.maps import FwPicture, RegionPicture, SovPicture
from services.domain.sovereignty import Campaign
from services.domain.warfare import WarzoneSystem

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
    lines += coverage_lines(picture.coverage, kills=picture.kills)
    ages = () if picture.timers is None else (("Timers", picture.timers),)
    embed = _embed(
        _region_title(picture, region, now=now, zone=zone),
        lines,
        tail=_tail(ages, picture.png, now=now, zone=zone),
    )
    embed.set_footer(text=times.span(picture.start, picture.end, now=now, zone=zone))
    hottest = ", ".join(lexicon.system_name(system) for system, _ in picture.systems[:3])
    unknown = picture.coverage.is_nothing and not picture.kills
    kills = "" if unknown else f" with {phrases.counted(picture.kills, 'kill')}"
    told = f"Map of {region}{kills}." + (f" Hottest: {hottest}." if hottest else "")
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
    lines = [
        *_holders(picture, lexicon),
        *_campaigns(picture.campaigns, lexicon, adms=adms, now=now, zone=zone),
    ]
    lately = _lately(picture, now=now, zone=zone)
    if picture.flips:
        lines.append(f"\n**Changed hands {lately}**")
        lines += [
            f"- {news_line(flip, lexicon)} {times.relative(flip.at)}"
            for flip in picture.flips[:_FLIPS]
        ]
        lines += _more(len(picture.flips), _FLIPS, "`/sov changes` tells them all")
    elif picture.freshness.as_of is not None:
        lines.append(f"\nNothing that I heard of changed hands {lately}.")
    ages = (("Sovereignty", picture.freshness), ("Timers", picture.timers))
    tail = _tail(ages, picture.png, now=now, zone=zone)
    embed = _embed(f"Sovereignty of {escape(where)}", lines, tail=tail)
    first = [lexicon.organisation_name(holder) for holder, _ in picture.holders[:3]]
    told = f"Map of {where} by holder." + (f" Most systems: {', '.join(first)}." if first else "")
    return _with_picture(embed, SOV_FILE, picture.png, told)


def render_fw_map(picture: FwPicture, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> Card:
    """The warzone: who occupies how much, what is contested most, what flipped, where pirates are."""
    title = "Warzones" if picture.pair is None else fw_words.warzone_name(lexicon, picture.pair)
    contested = most_contested(picture.systems)
    lines = [
        _occupied(picture, lexicon),
        "",
        *_contested(contested, dict(picture.heat), lexicon),
        *_fw_events(picture, lexicon),
        *coverage_lines(picture.coverage, kills=sum(heat.kills for _, heat in picture.heat)),
    ]
    ages = [("Occupancy and contested shares", picture.freshness)]
    if picture.insurgencies or picture.insurgency.is_stale:
        ages.append(("Insurgencies", picture.insurgency))
    embed = _embed(title, lines, tail=_tail(ages, picture.png, now=now, zone=zone))
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


def _tail(
    ages: Iterable[tuple[str, Freshness]], png: bytes | None, *, now: datetime, zone: ZoneInfo
) -> str:
    """What must be said whatever there is no room for: how old it all is, and that the picture is missing."""
    lines = [f"-# {what}: {age_text(age, now=now, zone=zone)}" for what, age in ages]
    return "\n".join(lines if png is not None else [*lines, NO_PICTURE])


def _with_picture(embed: discord.Embed, name: str, png: bytes | None, told: str) -> Card:
    if png is None:
        return Card(embed=clamp(embed))
    embed.set_image(url=f"attachment://{name}")
    return Card(embed=clamp(embed), files=(CardFile(name=name, data=png, description=told),))


def _region_title(picture: RegionPicture, region: str, *, now: datetime, zone: ZoneInfo) -> str:
    """`Kills in Delve, last 24 hours`; `…, 24 hours up to 2021-11-30 03:30 EVE` where that is over."""
    hours = phrases.counted(round((picture.end - picture.start) / timedelta(hours=1)), "hour")
    what = "ISK lost" if picture.by is HeatBy.ISK else "Kills"
    when = f"last {hours}"
    if picture.is_past:
        when = f"{hours} up to {times.eve(picture.end, now=now, zone=zone, dated=True)}"
    return f"{what} in {escape(region)}, {when}"


def _region_totals(picture: RegionPicture, *, filtered: bool) -> Iterator[str]:
    if picture.kills:
        yield f"**{phrases.counted(picture.kills, 'kill')}** · {phrases.destroyed(picture.isk)}"
    elif picture.coverage.is_nothing:
        return
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


def _lately(picture: SovPicture, *, now: datetime, zone: ZoneInfo) -> str:
    """`in the last 3 days`; where it was watched for less, since when."""
    if picture.watched_since is None:
        days = round((now - picture.flips_since) / timedelta(days=1))
        return f"in the last {phrases.counted(days, 'day')}"
    moment = times.eve(picture.watched_since, now=now, zone=zone, dated=True)
    return f"since {moment}, when I began to watch"


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


def _contested(
    systems: Sequence[WarzoneSystem], heat: Mapping[SystemId, Heat], lexicon: Lexicon
) -> Iterator[str]:
    if systems:
        yield "**Most contested**"
    for system in systems[:_CONTESTED]:
        kills = heat.get(system.system_id)
        parts = (
            fw_words.system(lexicon, system.system_id),
            fw_words.short_faction(lexicon, system.occupier_id),
            share_words(system),
            fw_words.role(system.role),
            phrases.counted(kills.kills, "kill") if kills else None,
        )
        yield f"- {phrases.row(parts)}"
    yield from _more(len(systems), _CONTESTED, "`/fw hotspots` tells more")


def _fw_events(picture: FwPicture, lexicon: Lexicon) -> Iterator[str]:
    if picture.flips:
        yield "\n**Changed hands lately**"
        for flip in picture.flips[:_FLIPS]:
            yield f"- {news_line(flip, lexicon)} {times.relative(flip.at)}"
    for insurgency in picture.insurgencies:
        origin = escape(lexicon.system_name(insurgency.origin_id))
        pirates = fw_words.faction(lexicon, insurgency.pirate_id)
        count = len(insurgency.systems)
        where = f", in {phrases.counted(count, 'system')}" if count else ""
        yield f"\n**Insurgency** of {pirates} from {origin}{where}"


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
