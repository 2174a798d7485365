"""The way of a message from the outbox into a channel: real worker, real sender, real discord.py."""

import dataclasses
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.delivery import DiscordSender
from bot.interaction.answers import kill_card
from services.esi.client import EsiClient
from services.esi.settings import EsiSettings
from services.names.service import NameService
from services.names.settings import NameSettings
from services.outbox.unnamed import Unnamed
from tests.factories import mail
from tests.fakes.discord import permissions
from tests.fakes.esi import FakeEsi
from tests.stage import on_stage
from tests.wiring import AMAMAKE


async def test_a_battle_is_one_message_that_grows_and_ends(tmp_path: Path) -> None:
    async with on_stage(tmp_path) as stage:
        worker = stage.wiring.worker(DiscordSender(stage.bot, stage.services))
        await stage.slash("alert add battles", region="Heimatar", min_kills=2)
        await stage.wiring.take(
            mail(1, 208, "B1", "A1", "A2", system=AMAMAKE, isk=4e8),
            mail(2, 209, "B2", "A1", "A2", system=AMAMAKE, isk=1e8),
        )
        await worker.drain()
        (message,) = stage.discord.messages(stage.channel.id)
        assert "2 kills, ongoing" in message.text
        await stage.wiring.take(mail(3, 210, "A2", "B1", "B2", system=AMAMAKE, isk=2e8))
        stage.clock.advance(minutes=2)
        await worker.drain()
        assert "3 kills, ongoing" in message.text
        stage.clock.advance(minutes=40)
        await stage.wiring.end_battles()
        await worker.drain()
        assert stage.discord.messages(stage.channel.id) == [message]
        assert "3 kills, over" in message.text
        assert message.edits == 2
        assert "Alert #1: battles in Heimatar, at least 2 kills" in message.text


async def test_a_sample_is_posted_and_calls_nobody(tmp_path: Path) -> None:
    async with on_stage(tmp_path) as stage:
        worker = stage.wiring.worker(DiscordSender(stage.bot, stage.services))
        role = await stage.discord.add_role(stage.guild.id, "FC", mentionable=True)
        await stage.wiring.take(
            mail(5, 205, "B1", "A1", "A2", system=AMAMAKE, isk=1e6),
            mail(6, 206, "B2", "A1", "A2", system=AMAMAKE, isk=1e6),
        )
        await stage.slash("alert add battles", min_isk="1b", role=role.id)
        await stage.slash("alert add kills", min_isk="1b", role=role.id)
        await stage.slash("alert test", alert="1")
        await stage.slash("alert test", alert="2")
        await worker.drain()
        battle, kill = stage.discord.messages(stage.channel.id)
        assert not battle.pings
        assert not kill.pings
        assert "SAMPLE · " in battle.text
        assert " in Amamake" in battle.text


async def test_a_closed_channel_is_told_to_the_alerts_owner(tmp_path: Path) -> None:
    async with on_stage(tmp_path) as stage:
        worker = stage.wiring.worker(DiscordSender(stage.bot, stage.services))
        await stage.slash("alert add kills", min_isk="1b")
        await stage.discord.set_permissions(stage.channel.id, deny=permissions.SEND_MESSAGES)
        await stage.wiring.take(mail(5, 208, "B1", "A1", system=AMAMAKE, isk=2e9))
        await worker.drain()
        assert stage.discord.messages(stage.channel.id) == []
        dm = stage.discord.dm_channel(stage.manager.id)
        (notice,) = stage.discord.messages(dm.id)
        assert "I cannot post in" in notice.text
        assert str(stage.channel.id) in notice.text
        await stage.discord.set_permissions(stage.channel.id)
        await stage.slash("alert resume", alert="1")
        stage.clock.advance(minutes=1)
        await worker.drain()
        assert len(stage.discord.messages(stage.channel.id)) == 1


async def test_a_card_without_a_name_is_edited_when_it_comes_and_calls_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.interaction.backdrop.NAMES_WAIT_SECONDS", 0.01)
    async with (
        on_stage(tmp_path) as stage,
        FakeEsi().serve() as esi,
        aiohttp.ClientSession() as session,
    ):
        house = stage.wiring.house
        esi.names = {98_000_066: ("corporation", "Beta Works")}
        settings = EsiSettings(base_url=esi.url)
        client = EsiClient(session, settings, clock=stage.clock, sleep=stage.clock.sleep)
        names = NameService(house.database, client, settings=NameSettings(), clock=stage.clock)
        unnamed = Unnamed(
            house.database,
            names.news,
            clock=stage.clock,
            edit_spacing=timedelta(seconds=60),
            ring=house.bell.set,
        )
        services = dataclasses.replace(stage.services, names=names)
        worker = stage.wiring.worker(DiscordSender(stage.bot, services))
        role = await stage.discord.add_role(stage.guild.id, "FC", mentionable=True)
        await stage.slash("alert add kills", min_isk="1b", role=role.id)
        esi.open.clear()
        await stage.wiring.take(mail(5, 208, "b", "A1", system=AMAMAKE, isk=2e9))
        await worker.drain()
        (message,) = stage.discord.messages(stage.channel.id)
        assert message.pings.roles == [role.id]
        assert "98000066" in message.text
        answer = await kill_card(services, stage.guild.id, "5")
        assert "98000066" in str(answer.embed.to_dict())
        esi.open.set()
        await names.settle()
        assert await unnamed.look() == 1
        stage.clock.advance(minutes=2)
        await worker.drain()
        assert stage.discord.messages(stage.channel.id) == [message]
        assert message.edits == 1
        assert "Beta Works" in message.text
        assert "98000066" not in message.text.replace("/98000066", "")
        assert worker.outcomes == {"posted": 1, "edited": 1}
        await names.aclose()
