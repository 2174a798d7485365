"""The demo, on a quarter of an hour of its own recording: the whole bot, from the recording to the page."""

import asyncio
import re
import sqlite3
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from bot.cli.demo import demo
from bot.demonstration import DemoFailed, Shown, show
from bot.replay import LATE_ONE_IN, Scene, schedule
from services.feeds.recording import Recording, RecordingError, read_recording, write_recording

START = datetime(2021, 11, 30, 19, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def evening() -> Recording:
    return read_recording()


@pytest.fixture(scope="module")
def slice_(evening: Recording) -> Recording:
    """When X47L-Q and Angymonne began."""
    end = START + timedelta(minutes=12)
    mails = tuple(mail for mail in evening.killmails if START <= mail.time < end)
    return Recording(start=START, end=end, killmails=mails, names=evening.names)


@dataclass(frozen=True)
class Ran:
    shown: Shown
    scenes: list[Scene]
    folder: Path

    @property
    def html(self) -> str:
        return self.shown.page.read_text(encoding="utf-8")

    def rows(self, query: str) -> list[tuple]:
        database = sqlite3.connect(self.folder / "warroom.db")
        try:
            return database.execute(query).fetchall()
        finally:
            database.close()


@pytest.fixture(scope="module")
def ran(slice_: Recording, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("demo")
    scenes: list[Scene] = []
    # What an earlier run and the operator left behind plays no part.
    (folder / "warroom.db").write_bytes(b"no database at all")
    (folder / "index.html").write_text("of an earlier run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WARROOM_DATABASE__URL", "mysql://nonsense")
        patch.setenv("WARROOM_OUTBOX__EDIT_SPACING_SECONDS", "nonsense")
        shown = asyncio.run(show(slice_, folder, on_scene=scenes.append))
    return Ran(shown=shown, scenes=scenes, folder=folder)


def test_every_row_of_the_outbox_is_one_post(ran: Ran) -> None:
    states = dict(ran.rows("select state, count(*) from outbox group by state"))
    assert states == {"sent": ran.shown.scene.posts}
    assert ran.shown.scene.posts > 5
    keys = ran.rows("select destination_id, dedupe_key, message_id from outbox")
    assert len({message for *_, message in keys}) == len(keys)


def test_a_battle_is_one_message_per_channel_and_edited_as_it_grows(ran: Ran) -> None:
    battles = ran.rows(
        "select destination_id, dedupe_key, revision from outbox where kind='battle'"
    )
    counted = Counter((channel, key) for channel, key, _ in battles)
    assert set(counted.values()) == {1}
    assert any(revision > 5 for *_, revision in battles)
    assert ran.shown.scene.edits > len(battles)
    titles = re.findall(r">(?:[A-Z][a-z]+ )+in X47L-Q — (\d+) kills, over", ran.html)
    # In its channel, and in the answers to commands.
    assert len(titles) > 2
    (kills,) = {int(found) for found in titles}
    assert ran.rows("select max(kills) from battles where public_id like 'BR-X47L-Q-%'") == [
        (kills,)
    ]


def test_all_of_the_recording_went_in_and_every_battle_ended(ran: Ran, slice_: Recording) -> None:
    assert ran.rows("select count(*) from killmails") == [(len(slice_.killmails),)]
    assert dict(ran.rows("select state, count(*) from battles group by state")) == {
        "ended": ran.shown.scene.ended_battles
    }
    assert ran.rows("select count(*) from killmails where value is not null")[0][0] > 150


def test_the_page_needs_nothing_from_anywhere(ran: Ran) -> None:
    html = ran.html
    assert "of an earlier run" not in html
    assert html.endswith("</html>\n")
    sources = re.findall(r"""(?:src|href|url\()\s*=?\s*["'(]?([^"')>\s]+)""", html)
    pictures = re.findall(r'<img[^>]+src="([^"]{0,30})', html)
    assert pictures
    assert all(source.startswith("data:image/") for source in pictures)
    assert not re.search(r"<(?:script|link|iframe|object|embed)\b|@import|url\(\s*[\"']?http", html)
    assert any(source.startswith("https://zkillboard.com/") for source in sources)


def test_the_answers_to_commands_stand_there_too(ran: Ran) -> None:
    html = ran.html
    for command in (
        "/battle list",
        "/battle show id:BR-X47L-Q",
        "/heatmap galaxy",
        "/kill show",
        "/status",
    ):
        assert command in html
    assert "War Room is well" in html
    assert "data:image/png;base64," in html


def test_channels_stand_in_the_order_of_the_demos_server(ran: Ran) -> None:
    listed = re.findall(r"<i>#</i><span>([^<]+)</span><b>", ran.html)
    order = ["war-room", "big-kills", "insmother", "replies"]
    assert listed == [name for name in order if name in listed]
    assert {"war-room", "replies"} <= set(listed)


def test_scenes_follow_the_recordings_time(ran: Ran, slice_: Recording) -> None:
    moments = [scene.now for scene in ran.scenes]
    assert moments == sorted(moments)
    assert ran.scenes[-1].done == 1
    assert ran.scenes[-1] == ran.shown.scene
    assert any(scene.open_battles > 0 for scene in ran.scenes)
    assert ran.shown.scene.kills == len(slice_.killmails)
    assert ran.shown.battles[0][1] in {"X47L-Q", "Angymonne"}


def test_the_delay_is_the_same_in_each_replay_and_some_come_late(evening: Recording) -> None:
    until = evening.end + timedelta(minutes=2)
    arrivals = schedule(evening.killmails, until=until)
    assert arrivals == schedule(evening.killmails[::-1], until=until)
    assert {a.killmail.id for a in arrivals} == {mail.id for mail in evening.killmails}
    assert all(
        a.published_at and a.killmail.time < a.published_at < a.received_at for a in arrivals
    )
    assert max(a.received_at for a in arrivals) <= until + timedelta(seconds=5)
    assert max(a.received_at - a.killmail.time for a in arrivals) > timedelta(hours=1)
    late = sum(a.received_at - a.killmail.time > timedelta(minutes=15) for a in arrivals)
    assert 0.5 < late * LATE_ONE_IN / len(arrivals) < 1.5


def test_a_recording_without_news_is_a_failure(slice_: Recording, tmp_path: Path) -> None:
    dull = replace(slice_, end=START + timedelta(minutes=1), killmails=slice_.killmails[:1])
    with pytest.raises(DemoFailed, match="posted nothing"):
        asyncio.run(show(dull, tmp_path))


def test_a_folder_that_cannot_be_written_is_a_failure(slice_: Recording, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DemoFailed, match="cannot be written"):
        asyncio.run(show(slice_, tmp_path / "file"))


def typed(*arguments: str):
    app = typer.Typer()
    app.command()(demo)
    return CliRunner().invoke(app, arguments)


def test_the_command_tells_what_it_did_and_where_to_look(
    slice_: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    short = replace(
        slice_,
        end=START + timedelta(minutes=7),
        killmails=tuple(m for m in slice_.killmails if m.time < START + timedelta(minutes=7)),
    )
    write_recording(short, tmp_path / "short.bin")
    result = typed("--recording", "short.bin")
    assert result.exit_code == 0, result.exception
    assert "Angymonne" in result.output
    assert "Open demo/index.html in a browser." in result.output
    assert re.search(r"20:\d\d EVE · \d+ kills · battles 0 open, \d+ ended", result.output)
    assert (tmp_path / "demo" / "index.html").exists()


def test_a_damaged_recording_is_told_and_nothing_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.bin").write_bytes(b"WRRECORD\x01\x00 cut")
    result = typed("--recording", "bad.bin")
    assert result.exit_code != 0
    assert isinstance(result.exception, RecordingError)
    assert not (tmp_path / "demo").exists()
