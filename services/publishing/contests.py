"""What stands of campaigns in all channels, as one transaction knows it: asked once a campaign, not once a channel."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from services.domain.delivery import Destination
from services.domain.ids import SystemId
from services.domain.news import CampaignMessage, CampaignNoteMessage, Fighting
from services.domain.sovereignty import Campaign
from services.outbox import everywhere
from services.outbox.codec import kind_of
from services.outbox.everywhere import Stood
from services.publishing.outgoing import Outgoing
from services.publishing.spots import Spot
from services.sovereignty import store as sovereignty
from services.storage.database import Transaction

_NOTE = kind_of(CampaignNoteMessage)


def campaign_key(campaign_id: int) -> str:
    """The key of a campaign's messages."""
    return f"campaign:{campaign_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What all messages of a campaign are to show."""

    campaign: Campaign
    adm: float | None
    fighting: Fighting | None
    stale_since: datetime | None
    missed: bool = False
    """Its start has passed, and no answer has told of it since."""

    def on(self, message: CampaignMessage) -> CampaignMessage:
        """The message as it should be; what is not known stays as it was told."""
        return replace(
            message,
            campaign=self.campaign,
            adm=message.adm if self.adm is None else self.adm,
            fighting=message.fighting if self.fighting is None else self.fighting,
            stale_since=self.stale_since,
            missed=self.missed,
        )

    def confirmed(self) -> "State":
        """The same, whenever the source told of it last."""
        return replace(self, campaign=replace(self.campaign, seen=self.campaign.first_seen))


def drawn_from(message: CampaignMessage) -> CampaignMessage:
    """A campaign's message without what differs from channel to channel."""
    return replace(message, reasons=(), home_id=None, ping=(), call=(), ping_until=None)


class Contests:
    """Made for one transaction. What it is given to say goes out with `outgoing`, and is known from then on."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing
        self._cards: dict[int, dict[Destination, Stood]] = {}
        self._said: dict[int, set[tuple[Destination, str]]] = {}
        self._adms: dict[SystemId, float | None] = {}

    async def learn(self, tx: Transaction, campaigns: Collection[Campaign]) -> None:
        """Ask for what stands of these, once each. To be called before anything else is asked of them."""
        for campaign in campaigns:
            if campaign.id not in self._cards:
                found = await everywhere.load(tx, campaign_key(campaign.id))
                self._cards[campaign.id] = {one.destination: one for one in found}
                await self._outgoing.pause()
        await self._learn_adms(tx, {campaign.system_id for campaign in campaigns})

    async def learn_said(self, tx: Transaction, campaign: Campaign) -> None:
        """Ask what was said of it, once."""
        if campaign.id not in self._said:
            key = campaign_key(campaign.id)
            self._said[campaign.id] = await everywhere.load_keys(tx, key, kind=_NOTE)

    async def _learn_adms(self, tx: Transaction, systems: Iterable[SystemId]) -> None:
        if unknown := [system_id for system_id in systems if system_id not in self._adms]:
            claims = await sovereignty.load_claims(tx, unknown)
            self._adms |= dict.fromkeys(unknown)
            self._adms |= {system_id: claim.adm for system_id, claim in claims.items()}

    def adm(self, campaign: Campaign) -> float | None:
        """The activity defence multiplier of its system, where known."""
        return self._adms.get(campaign.system_id)

    def knows(self, spot: Spot, campaign_id: int) -> bool:
        """Whether its message stands in the channel, or stood there."""
        return spot.destination in self._cards[campaign_id]

    def find(self, spot: Spot, campaign_id: int) -> CampaignMessage | None:
        """Its message in the channel, where that stands or should."""
        stood = self._cards[campaign_id].get(spot.destination)
        return None if stood is None else _card(stood)

    def cards(self, campaign_id: int) -> Iterator[tuple[Spot, CampaignMessage]]:
        """Its message in all channels where that stands or should."""
        for place, stood in list(self._cards[campaign_id].items()):
            if (message := _card(stood)) is not None:
                yield Spot(place, stood.guild_id), message

    def put(self, spot: Spot, message: CampaignMessage, *, expires_at: datetime) -> None:
        """This is a new message."""
        key = campaign_key(message.campaign.id)
        self._cards[message.campaign.id][spot.destination] = Stood(
            destination=spot.destination,
            guild_id=spot.guild_id,
            message=message,
            expires_at=expires_at,
        )
        self._outgoing.put(spot, key, message, expires_at=expires_at)

    def edit(self, spot: Spot, message: CampaignMessage) -> None:
        """The message that stands there says this now."""
        cards, key = self._cards[message.campaign.id], campaign_key(message.campaign.id)
        stood = cards[spot.destination] = replace(cards[spot.destination], message=message)
        self._outgoing.put(spot, key, message, expires_at=stood.expires_at)

    def has_said(self, spot: Spot, campaign_id: int, what: str) -> bool:
        """Whether this was said of it in the channel; its replies are known (`learn_said`)."""
        return (spot.destination, f"{campaign_key(campaign_id)}:{what}") in self._said[campaign_id]

    def reply(
        self, spot: Spot, what: str, note: CampaignNoteMessage, *, expires_at: datetime
    ) -> None:
        """Say this of it."""
        key = campaign_key(note.campaign.id)
        self._said.get(note.campaign.id, set()).add((spot.destination, f"{key}:{what}"))
        self._outgoing.reply(spot, f"{key}:{what}", note, expires_at=expires_at, to=key)


def _card(stood: Stood) -> CampaignMessage | None:
    assert stood.message is None or isinstance(stood.message, CampaignMessage)
    return stood.message
