"""The operator's manual has an entry for everything that the bot can complain of, and invents nothing."""

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.settings import Settings
from services.domain.trouble import Trouble
from services.troubles.rules import RULES

ROOT = Path(__file__).parents[1]
MANUAL = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """The text below a heading of the second level, up to the next one."""
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", MANUAL, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


def entries(title: str) -> dict[str, str]:
    """The entries of a section by their heading."""
    parts = re.split(r"^### (.+)\n", section(title), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_trouble_has_its_entry_and_no_other() -> None:
    assert set(entries("Troubles")) == {str(trouble) for trouble in Trouble}


@pytest.mark.parametrize("trouble", Trouble, ids=str)
def test_an_entry_says_what_to_do_and_whether_one_is_told(trouble: Trouble) -> None:
    text = entries("Troubles")[trouble]
    assert "To do" in text
    alone = "In `/status` alone" in text
    patience = RULES[trouble].patience
    assert alone is (patience is None)
    assert ("Told at once" in text) is (patience == timedelta(0))


def notice_titles() -> Iterator[tuple[str, ast.expr]]:
    """Where a notice is made, and the title that it gets."""
    for folder in ("services", "bot", "cogs"):
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "NoticeMessage":
                    titles = [word.value for word in node.keywords if word.arg == "title"]
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", titles[0]


def test_every_notice_has_its_entry() -> None:
    known = entries("Notices")
    seen = set()
    for where, title in notice_titles():
        if isinstance(title, ast.Constant):
            assert title.value in known, f"{where}: “{title.value}” is not in the manual"
            seen.add(title.value)
        else:
            assert "title(state)" in ast.unparse(title), f"{where}: which notice is that?"
    assert len(seen) >= 2
    assert known.keys() >= {"Caught up", "Held back"}
    assert all("To do" in text for text in known.values())


def test_settings_that_it_names_exist() -> None:
    sections = {name: field.default for name, field in Settings.model_fields.items()}
    later = {"metrics", "troubles"} - sections.keys()
    named = set(re.findall(r"`([a-z]+)\.([a-z_]+)(?: = [^`]*)?`", MANUAL)) - {("warroom", "db")}
    assert named
    for name, key in named:
        if name not in later:
            assert key in type(sections[name]).model_fields, f"{name}.{key}"
