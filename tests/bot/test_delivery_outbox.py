"""The way of a message from the outbox into a channel: real worker, real sender, real discord.py."""

from pathlib import Path

from bot.delivery import DiscordSender
from tests.factories import mail
from tests.fakes.discord import permissions
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
        assert "SAMPLE · Battle in Amamake" in battle.text


async def test_a_closed_channel_is_told_to_the_alerts_owner(tmp_path: Path) -> None:
    async with on_stage(tmp_path) as stage:
        worker = stage.wiring.worker(DiscordSender(stage.bot, stage.services))
        await stage.slash("alert add kills", min_isk="1m")
        await stage.discord.set_permissions(stage.channel.id, deny=permissions.SEND_MESSAGES)
        await stage.wiring.take(mail(5, 208, "B1", "A1", system=AMAMAKE, isk=2e6))
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
