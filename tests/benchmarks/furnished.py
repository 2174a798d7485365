"""What a year brings besides killmails: the names of everybody on a card, a busy server's alerts, a month of messages.

Made up, and as many as there would be; `bench_year` adds them to a file once.
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, select

from bot.app import House
from services.domain.alert import AlertKind
from services.domain.ids import ChannelId, GuildId
from services.domain.names import EntityKind
from services.storage.tables import killmails, names, outbox
from tests.factories import request

NAMES, MESSAGES = 300_000, 30_000
GUILD = GuildId(1)


async def furnish(house: House) -> None:
    """Names of as many as a year shows, a server's alerts, a month of messages; once a file."""
    async with house.database.write() as tx:
        if await tx.scalar(select(func.count()).select_from(names)):
            return
        pilots = (await tx.scalars(select(killmails.c.character_id).distinct())).all()
    known = [pilot for pilot in pilots if pilot is not None]
    others = range(3_000_000_000, 3_000_000_000 + max(NAMES - len(known), 0))
    await house.services.names.seed(
        (
            (entity, EntityKind.CHARACTER.value, _made_up(entity), None)
            for entity in (*known, *others)
        ),
        as_of=house.clock(),
    )
    for channel in range(50):
        kind = AlertKind.BATTLES if channel % 2 else AlertKind.KILLS
        floors = {"min_kills": 5} if channel % 2 else {"min_isk": 1e9}
        wanted = request(kind, guild_id=GUILD, channel_id=ChannelId(channel), **floors)
        await house.services.alerts.add(wanted)
    now = house.clock()
    rows = [_sent(number, now - timedelta(minutes=1.4 * number)) for number in range(MESSAGES)]
    async with house.database.write() as tx:
        await tx.execute(outbox.insert(), rows)


_SYLLABLES = ("ka", "ro", "vex", "lin", "tor", "mi", "sha", "dren", "qu", "el", "zan", "oh")


def _made_up(number: int) -> str:
    words, rest = [], number * 2_654_435_761 % 2**32
    for _ in range(5):
        rest, syllable = divmod(rest, len(_SYLLABLES))
        words.append(_SYLLABLES[syllable])
    return f"{''.join(words[:3]).capitalize()} {''.join(words[3:]).capitalize()} {number % 997}"


def _sent(number: int, at: datetime) -> dict[str, object]:
    return {
        "guild_id": GUILD,
        "destination_kind": "channel",
        "destination_id": number % 50,
        "dedupe_key": f"kill:{number}",
        "kind": "kill",
        "version": 1,
        "payload": secrets.token_bytes(600),
        "state": "sent" if number > 20 else "pending",
        "revision": 1,
        "sent_revision": 1,
        "attempts": 0,
        "nonce": str(number),
        "created_at": at,
        "due_at": at,
        "message_id": number,
        "sent_at": at,
    }
