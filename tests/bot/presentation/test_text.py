import html
import re

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.presentation import text
from bot.preview.markdown import Reader, render_inline, render_markdown
from tests.bot.samples import EVIL, NOW

READER = Reader(now=NOW)
SIGNS = st.sampled_from(
    [
        *"[]()*_~|`<>@#:/\\-+. 1a\n\t",
        "https://",
        "@everyone",
        "<@&12345678901234567>",
        "🚀",
        "👩‍🚀",
        "\u202e",
    ]
)
BITING = st.lists(SIGNS, max_size=30).map("".join)
ATOMS = st.lists(
    st.sampled_from(
        [
            "word ",
            r"\*",
            r"\[",
            r"\_",
            "<t:1638230400:R> ",
            "<@&12345678901234567> ",
            "[a b](https://x.y/z) ",
            "**",
            "`c d` ",
            "🚀",
        ]
    ),
    max_size=40,
).map("".join)


def shown(markdown: str) -> str:
    """What a reader sees, without the joints that `escape` puts into addresses and mentions."""
    seen = html.unescape(re.sub(r"<[^>]+>", "", markdown))
    return seen.replace("\u200b", "")


@pytest.mark.parametrize(
    ("name", "escaped"),
    [
        ("UW9B-F", "UW9B-F"),
        ("-10.0", r"\-10.0"),
        ("1. Fleet", r"1\. Fleet"),
        ("# Big", r"\# Big"),
        ("a*b_c", r"a\*b\_c"),
        ("[x](https://e.x)", "\\[x\\](https:\u200b//e.x)"),
        ("@everyone", "@\u200beveryone"),
        ("<@123456789012345678>", "\\<@\u200b123456789012345678\\>"),
        ("two\nlines\x00", "two lines"),
        ("\u202eabc", "abc"),
    ],
)
def test_a_name_is_escaped(name: str, escaped: str) -> None:
    assert text.escape(name) == escaped


@given(BITING)
def test_an_escaped_name_is_shown_as_it_is_and_makes_nothing(name: str) -> None:
    drawn = render_inline(text.escape(name), READER)
    assert "<" not in drawn
    assert shown(drawn) == text.plain(name).replace("\u200b", "")


@given(BITING)
def test_a_masked_link_around_any_name_stays_one_link(name: str) -> None:
    drawn = render_inline(f"by {text.link(name, 'https://example.org/x')} and more", READER)
    assert drawn.count("<a ") == 1
    assert 'href="https://example.org/x"' in drawn
    assert drawn.endswith("</a> and more")


@given(BITING)
def test_no_outside_text_can_call_anybody(name: str) -> None:
    for safe in (
        text.plain(name),
        text.escape(name),
        text.link(name, "https://e.x"),
        text.escape_lines(name),
    ):
        assert not re.search(r"@(everyone|here)|<@[!&]?\d{17,20}>", safe)


def test_brackets_in_a_links_words_are_round() -> None:
    assert text.link("[a] ]b[", "https://e.x") == "[(a) )b(](https://e.x)"
    assert text.link("", "https://e.x") == "[link](https://e.x)"


def test_lines_of_a_notice_are_kept_and_escaped() -> None:
    assert text.escape_lines("a*\n- b") == "a\\*\n\\- b"


@given(ATOMS, st.integers(min_value=1, max_value=120))
def test_a_cut_keeps_the_limit_and_breaks_nothing(written: str, limit: int) -> None:
    made = text.cut(written, limit)
    assert text.length(made) <= limit
    if made == written:
        return
    assert made.endswith(text.ELLIPSIS)
    kept = made.removesuffix(text.ELLIPSIS)
    whole = kept if written.startswith(kept) else kept.removesuffix("**")
    assert written.startswith(whole)
    pieces = text._ATOM.findall(written)
    assert text._ATOM.findall(whole) == pieces[: len(text._ATOM.findall(whole))]


@pytest.mark.parametrize(
    ("written", "limit", "made"),
    [
        ("short", 10, "short"),
        ("one two three", 9, "one two…"),
        ("**bold words here**", 14, "**bold**…"),
        (r"a\*b", 3, "a…"),
        ("see [a link](https://x.y/z) now", 16, "see…"),
        ("see [a link](https://x.y/z) now", 29, "see [a link](https://x.y/z)…"),
        ("x <t:1638230400:R> y", 12, "x…"),
        ("🚀🚀🚀", 5, "🚀🚀…"),
        ("a👩‍🚀b", 5, "a…"),
    ],
)
def test_where_a_text_is_cut(written: str, limit: int, made: str) -> None:
    assert text.cut(written, limit) == made


def test_whole_lines_are_left_out_and_counted() -> None:
    made = text.fit(["aaaa", "bbbb", "cccc"], 11, more=lambda left: f"+{left}")
    assert made == "aaaa\n+2"


@given(
    st.text(min_size=1, max_size=400),
    st.text(max_size=6000),
    st.lists(st.tuples(st.text(max_size=400), st.text(max_size=3000), st.booleans()), max_size=30),
)
def test_any_embed_is_brought_within_the_limits(
    title: str, description: str, fields: list[tuple[str, str, bool]]
) -> None:
    embed = discord.Embed(title=title, description=description)
    embed.set_author(name=title * 3)
    embed.set_footer(text=description + title)
    for name, value, inline in fields:
        embed.add_field(name=name, value=value, inline=inline)
    text.clamp(embed)
    assert text.embed_length(embed) <= text.EMBED
    assert len(embed.fields) <= text.FIELDS
    assert text.length(embed.title or "") <= text.TITLE
    assert text.length(embed.description or "") <= text.DESCRIPTION
    for field in embed.fields:
        assert 1 <= text.length(field.name or "") <= text.FIELD_NAME
        assert 1 <= text.length(field.value or "") <= text.FIELD_VALUE


def test_twenty_five_full_fields_are_shortened_to_the_sum() -> None:
    embed = discord.Embed(title="t", description="word " * 1000)
    embed.set_footer(text="f" * 2048)
    for _ in range(25):
        embed.add_field(name="n" * 250, value="word " * 200)
    text.clamp(embed)
    assert text.embed_length(embed) <= text.EMBED
    assert embed.footer.text == "f" * 2048


def test_evil_name_in_a_block_stays_one_line() -> None:
    drawn = render_markdown(f"**Victim** {text.escape(EVIL)}", READER)
    assert drawn.count('<div class="line">') == 1
    assert "<a " not in drawn


def test_short_figures_stay_on_one_line() -> None:
    assert text.held("on 60 kills") == text.NO_BREAK.join(("on", "60", "kills"))
    assert text.held("lost 17, at least ~1.49B") == "lost 17, at least ~1.49B"
