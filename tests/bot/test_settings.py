"""Settings: where they come from, what they refuse, and that the example file tells the truth."""

import os
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from bot.example_config import render_example
from bot.settings import ADDRESSES, CONFIG_VARIABLE, Settings
from services.domain.errors import ConfigurationError

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("WARROOM_") and not name.startswith("WARROOM_TEST"):
            monkeypatch.delenv(name)
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path / "config.toml"))


def write_config(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.toml").write_text(text)


def test_the_example_is_written_from_the_settings() -> None:
    assert (ROOT / "config.example.toml").read_text() == render_example()


def test_every_setting_stands_in_the_example_and_can_be_uncommented(tmp_path: Path) -> None:
    text = "\n".join(
        line[2:] if line.startswith("# ") and " = " in line and not line.endswith('= ""') else line
        for line in render_example().splitlines()
    )
    named = tomllib.loads(text)
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, BaseModel):
            for key, value in type(field.default).model_fields.items():
                known = key in named[name] or f"# {key} = " in text or (name, key) in ADDRESSES
                assert known, f"{name}.{key}"
                assert value.description
    write_config(tmp_path, text)
    assert Settings.read() == Settings()


def test_environment_goes_before_file_before_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_config(tmp_path, 'contact = "file"\n[outbox]\nparallel_channels = 3\nkeep_days = 5\n')
    monkeypatch.setenv("WARROOM_OUTBOX__KEEP_DAYS", "9")
    settings = Settings.read()
    assert settings.contact == "file"
    assert settings.outbox.parallel_channels == 3
    assert settings.outbox.keep_days == 9
    assert settings.outbox.max_attempts == 50


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[outbox]\nparalel_channels = 3\n", "outbox.paralel_channels"),
        ("[outbox]\nkeep_days = 0\n", "outbox.keep_days"),
        ("surprise = 1\n", "surprise"),
        ("contact = \n", "no valid TOML"),
        ('[log]\nlevel = "loud"\n', "log.level"),
    ],
)
def test_a_setting_that_cannot_work_is_named(tmp_path: Path, text: str, said: str) -> None:
    write_config(tmp_path, text)
    with pytest.raises(ConfigurationError, match=said):
        Settings.read()


def test_upstreams_name_the_addresses_that_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARROOM_UPSTREAMS__R2Z2", "http://127.0.0.1:1")
    monkeypatch.setenv("WARROOM_UPSTREAMS__ESI", "http://127.0.0.1:2")
    monkeypatch.setenv("WARROOM_FEED__REQUESTS_PER_SECOND", "50")
    settings = Settings.read()
    assert settings.feed.base_url == "http://127.0.0.1:1"
    assert settings.esi.base_url == "http://127.0.0.1:2"


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARROOM_DISCORD__TOKEN", "very-secret")
    assert "very-secret" not in repr(Settings.read())
    assert Settings.read().discord.read_token() == "very-secret"


def test_a_token_can_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("from-file\n")
    monkeypatch.setenv("WARROOM_DISCORD__TOKEN_FILE", str(tmp_path / "token"))
    assert Settings.read().discord.read_token() == "from-file"
