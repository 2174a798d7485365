"""What the options of `/alert` are called, what they take and what is offered: the same wherever one stands.

One command with all its subcommands may hold 8,000 characters of names, descriptions and choices.
"""

from datetime import timedelta

from discord import app_commands

from bot.interaction.alert_changing import RESETS
from bot.interaction.alert_drafts import NAME_LENGTH
from bot.interaction.alert_looks import STYLES
from bot.interaction.alert_scopes import FIGHTERS, PARTIES, EventsOption
from bot.interaction.amounts import IskAmount
from bot.interaction.choices import AlertOption
from bot.interaction.filter_option import FilterOption
from bot.interaction.hulls import HullOption, HullWish
from bot.interaction.parties import PartyOption
from bot.interaction.places import LinkedPlace, PlaceOption, RegionOption, SystemOption
from bot.interaction.spans import Span
from services.domain.ids import AlertId, RegionId, SystemId
from services.domain.occurrence import Topic
from services.domain.quiet import QuietMode

TEXTS = {
    "battle_kills": "Of an alert for battles: the smallest",
    "battle_isk": "Of an alert for battles: only from this value in ISK on",
    "battle_updates": "Of an alert for battles: where it tells what happens in a fight, beside the message",
    "any_region": "Only in this region; of alerts for kills the filter says that",
    "any_system": "Not of battles and kills: only in or around this system",
    "any_who": "Of alerts for sovereignty, faction warfare and wars: only of them",
    "any_us": "Of sovereignty and faction warfare: only of those marked us or friend",
    "any_events": "Not of battles and kills: which events, separated by commas",
    "any_reminders": "Of sovereignty: when before a campaign, such as 24h 3h 30m; or never",
    "region": "Only in this region (a name, or a zKillboard or DOTLAN link); everywhere without it",
    "system": "Only in this system (a name or a link); with a distance, around it too",
    "alliance": "Only where this alliance (or NPC faction) holds, defends, gains or loses",
    "faction": "Only where this faction holds, gains or loses",
    "who": "Only wars in which this alliance or corporation takes part, on either side",
    "us": "Only what concerns those marked us or friend (/standing)",
    "events": "Which events, separated by commas; the usual ones without it",
    "reminders": "When to remind before a campaign starts: 24h 3h 30m 5m without it; or never",
    "place": "A system or a region (a name, or a zKillboard or DOTLAN link)",
    "distance": "How far from the system: 7ly or 5j",
    "min_kills": "Only battles with at least so many kills",
    "min_isk": "Only from this value in ISK on: 500m, 1.5b",
    "hull": "Only losses of this ship or group of ships",
    "text": "Which kills, such as: region:Delve isk>1b -attacker:us",
    "preset": "A ready-made filter; with a filter, both must hold",
    "style": "How much a card shows",
    "updates": "Where it tells what happens in a fight, beside the message that it edits (none)",
    "role": "A role to call while it is news",
    "user": "A person to call while it is news: yourself",
    "nobody": "Call nobody any more",
    "name": "What you call it",
    "channel": "Where to post; here without it",
    "alert": "Its number or its name",
    "ping_minutes": "Call only for what is at most so old, in minutes",
    "cooldown": "At least so many minutes between two calls",
    "reset": "Takes a setting of it away again",
    "hours": "Such as 22:00-07:00; never; or server, for the server's own",
    "mode": "What is held meanwhile",
    "span": "How long, such as 1h or 2d; 0 ends it",
    "days": "How far back, in days (7)",
    "file": "The file that /alert export made",
}
STYLE_CHOICES = [
    app_commands.Choice(name=label.lower(), value=style.value)
    for style, (label, _) in STYLES.items()
]
MODE_CHOICES = [
    app_commands.Choice(name="pings: post, and call nobody", value=QuietMode.PINGS.value),
    app_commands.Choice(name="posts: one digest when they end", value=QuietMode.POSTS.value),
]
UPDATE_CHOICES = [
    app_commands.Choice(name="none: one message, edited as the fight goes on", value="none"),
    app_commands.Choice(name="replies: milestones answer that message", value="replies"),
    app_commands.Choice(
        name="thread: milestones go into its thread, archived at the end", value="thread"
    ),
]
RESET_CHOICES = [app_commands.Choice(name=name, value=name) for name in RESETS]

RegionChoice = app_commands.Transform[RegionId, RegionOption]
SystemChoice = app_commands.Transform[SystemId, SystemOption]
PlaceChoice = app_commands.Transform[LinkedPlace, PlaceOption]
IskChoice = app_commands.Transform[float, IskAmount]
HullChoice = app_commands.Transform[HullWish, HullOption]
FilterChoice = app_commands.Transform[str, FilterOption]
AlertChoice = app_commands.Transform[AlertId, AlertOption]
SpanChoice = app_commands.Transform[timedelta, Span]
HolderChoice = app_commands.Transform[str, PartyOption(*PARTIES[Topic.SOV])]
FactionChoice = app_commands.Transform[str, PartyOption(*PARTIES[Topic.FW], first=FIGHTERS)]
BelligerentChoice = app_commands.Transform[str, PartyOption(*PARTIES[Topic.WAR])]
AnyPartyChoice = app_commands.Transform[
    str, PartyOption(*dict.fromkeys(kind for kinds in PARTIES.values() for kind in kinds))
]
SovEvents = app_commands.Transform[str, EventsOption(Topic.SOV)]
FwEvents = app_commands.Transform[str, EventsOption(Topic.FW)]
IncursionEvents = app_commands.Transform[str, EventsOption(Topic.INCURSION)]
WarEvents = app_commands.Transform[str, EventsOption(Topic.WAR)]
AnyEvents = app_commands.Transform[str, EventsOption()]
Name = app_commands.Range[str, 1, NAME_LENGTH]
Distance = app_commands.Range[str, 1, 30]
Reminders = app_commands.Range[str, 1, 100]


def texts(*names: str) -> dict[str, str]:
    """Descriptions of these options."""
    return {name: TEXTS[name] for name in names}
