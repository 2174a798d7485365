import re
from datetime import timedelta
from html.parser import HTMLParser

import discord
import pytest

from bot.presentation.card import ActionButton, Card, CardFile, Tone
from bot.presentation.messages import render_message
from bot.preview.markdown import Reader, ago, render_inline, render_markdown
from bot.preview.page import PreviewPost, PreviewThread, render_page
from services.domain.ids import UserId
from tests.bot.samples import EVERY_MESSAGE, NOW, UTC_ZONE, lexicon

READER = Reader(now=NOW, names={7: "Capital <hunters>"})
MENTIONS = (
    '<span class="mention">@Capital &lt;hunters&gt;</span> '
    '<span class="mention">#channel</span> <span class="mention">@member</span>'
)
VOID = {"meta", "img", "path", "circle", "ellipse", "rect", "polygon"}


class Page(HTMLParser):
    """Reads a page as a browser would: every tag closed, every attribute kept."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def posts() -> list[PreviewPost]:
    cards = (
        render_message(message, lexicon(), now=NOW, zone=UTC_ZONE)
        for message in EVERY_MESSAGE.values()
    )
    return [PreviewPost(channel="intel", posted_at=NOW, card=card) for card in cards]


def one(card: Card, **changes: object) -> str:
    post = PreviewPost(channel="intel", posted_at=NOW, card=card, **changes)  # type: ignore[arg-type]
    return render_page([post], title="t", subtitle="s", names=READER.names)


def test_the_page_is_well_formed_and_asks_nobody_for_anything() -> None:
    picture = Card(
        embed=discord.Embed(title="map"),
        files=(CardFile(name="a.png", data=b"x", description="A map"),),
    )
    picture.embed.set_image(url="attachment://a.png")
    made = render_page(
        [*posts(), PreviewPost(channel="x", posted_at=NOW, card=picture)], title="t", subtitle="s"
    )
    page = Page(made)
    assert page.open == []
    tags = {tag for tag, _, _ in page.attributes}
    assert not tags & {"script", "link", "iframe", "object", "base"}
    sources = [
        value
        for _, name, value in page.attributes
        if name in ("src", "srcset", "data", "poster", "background")
    ]
    assert sources == ["data:image/png;base64,eA=="]
    assert not re.search(r"url\(|@import", made)
    addresses = [value for _, name, value in page.attributes if name == "href"]
    assert addresses
    assert all(re.match(r"https://|#c\d+$", value) for value in addresses)
    assert "images.evetech.net" not in made


def test_outside_text_never_becomes_html() -> None:
    embed = discord.Embed(
        title="<b>t</b>", description="<script>alert(1)</script> [x](javascript:alert(1))"
    )
    embed.set_author(name="<img src=x>", icon_url="https://images.evetech.net/alliances/1/logo")
    embed.set_footer(text='"><i>')
    embed.add_field(name="<u>", value="<s>")
    page = Page(one(Card(embed=embed), replied_to="<em>"))
    assert not {tag for tag, _, _ in page.attributes} & {"script", "b", "u", "s", "img"}
    assert "<script>alert(1)</script> [x](javascript:alert(1))" in page.text
    assert "<img src=x>" in page.text


@pytest.mark.parametrize(
    ("markdown", "drawn"),
    [
        ("**a *b* c**", "<strong>a <em>b</em> c</strong>"),
        (r"\*a\* \_b\_ \[c\]", "*a* _b_ [c]"),
        ("snake_case_name and _so_", "snake_case_name and <em>so</em>"),
        ("`**x**`", "<code>**x**</code>"),
        ("~~a~~", "<s>a</s>"),
        (
            "<@&7> <#8> <@9>",
            MENTIONS,
        ),
        ("a < b & c", "a &lt; b &amp; c"),
        ("<t:1638238800:R>", '<time title="2021-11-30 02:20:00 EVE">0 seconds ago</time>'),
        ("<t:1638238800:f>", '<time title="2021-11-30 02:20:00 EVE">30 November 2021 02:20</time>'),
        ("<t:999999999999:R>", "&lt;t:999999999999&gt;"),
    ],
)
def test_markdown(markdown: str, drawn: str) -> None:
    assert render_inline(markdown, READER) == drawn


def test_links_lead_out_and_keep_their_words_styled() -> None:
    drawn = render_inline(r"**[a \[b\]](https://e.x/?a=1&b=2)**, https://e.x.", READER)
    assert drawn.startswith(
        '<strong><a href="https://e.x/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">a [b]</a>'
    )
    assert drawn.endswith(">https://e.x</a>.")


def test_lines_points_and_small_print() -> None:
    drawn = render_markdown("one\n- two\n-# three", READER)
    assert re.findall(r'class="(\w+)"', drawn) == ["line", "point", "small"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (59, "59 seconds ago"),
        (61, "1 minute ago"),
        (-7200, "in 2 hours"),
        (86400 * 3, "3 days ago"),
    ],
)
def test_relative_times(seconds: int, words: str) -> None:
    assert ago(NOW - timedelta(seconds=seconds), NOW) == words


def test_a_post_tells_its_edits_its_answers_and_its_buttons() -> None:
    buttons = (
        ActionButton(label="Back", custom_id="b", disabled=True),
        ActionButton(label="Next", custom_id="n", tone=Tone.MAIN),
    )
    card = Card(embed=discord.Embed(title="x"), buttons=buttons, content="<@&7>")
    made = one(card, edits=7, edited_at=NOW + timedelta(minutes=5), replied_to="Battle in Tama")
    assert "(edited 7 times, last at 02:25 EVE)" in made
    assert '<div class="reply">Battle in Tama</div>' in made
    assert '<span class="button plain off">Back</span>' in made
    assert '<span class="button main">Next</span>' in made
    assert "@Capital &lt;hunters&gt;" in made


def test_a_thread_is_unfolded_under_its_message() -> None:
    card = Card(embed=discord.Embed(title="inside"))
    inside = PreviewPost(channel="intel", posted_at=NOW, card=card)
    thread = PreviewThread(name="<b>Brawl</b>", posts=(inside, inside))
    made = one(Card(embed=discord.Embed(title="card")), thread=thread)
    page = Page(made)
    assert page.open == []
    assert "<b>Brawl</b>thread, 2 messages" in page.text
    assert page.text.index("card") < page.text.index("Brawl") < page.text.index("inside")
    assert made.count("follows") == made.split("</style>")[0].count("follows") + 1
    assert "archived" in one(card, thread=PreviewThread(name="x", posts=(inside,), archived=True))


def test_relative_times_are_told_from_the_last_edit() -> None:
    card = Card(embed=discord.Embed(description=f"<t:{int(NOW.timestamp())}:R>"))
    assert ">5 minutes ago<" in one(card, edits=1, edited_at=NOW + timedelta(minutes=5))


def test_inline_fields_share_a_row_and_others_do_not() -> None:
    embed = discord.Embed(title="x")
    for inline in (True, True, False, True):
        embed.add_field(name="n", value="v", inline=inline)
    assert re.findall(r"span (\d+)", one(Card(embed=embed))) == ["6", "6", "12", "12"]


def test_each_channel_has_its_own_list_and_days_are_divided() -> None:
    card = Card(embed=discord.Embed(title="x"))
    made = render_page(
        [
            PreviewPost(channel="a", posted_at=NOW, card=card),
            PreviewPost(channel="b", posted_at=NOW, card=card),
            PreviewPost(channel="a", posted_at=NOW + timedelta(days=1), card=card),
        ],
        title="t",
        subtitle="s",
    )
    assert re.findall(r'href="#c\d+"><i>#</i><span>(\w)</span><b>(\d)', made) == [
        ("a", "2"),
        ("b", "1"),
    ]
    assert made.count('class="day"') == 3
    assert "Nothing was posted" in render_page([], title="t", subtitle="s")


def test_a_message_of_text_alone_has_no_embed() -> None:
    made = one(Card(embed=discord.Embed(), content="https://zkillboard.com/kill/1/\n-# small"))
    assert '<article class="embed"' not in made
    assert 'href="https://zkillboard.com/kill/1/"' in made
    assert '<div class="small">small</div>' in made


def test_people_who_are_called_light_a_message_up() -> None:
    embed = discord.Embed(title="x")
    assert "message called" in one(Card(embed=embed, content="<@7>", user_pings=(UserId(7),)))
    assert "message called" not in one(Card(embed=embed, content="<@7>"))


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("```\na  <b>\n **c**\n```", "<pre>a  &lt;b&gt;\n **c**</pre>"),
        (
            "x\n```\na\n```\ny",
            '<div class="line">x</div><pre>a</pre><div class="line">y</div>',
        ),
    ],
)
def test_blocks_of_code_stay_as_they_are(text: str, made: str) -> None:
    assert render_markdown(text, READER) == made


@pytest.mark.parametrize(
    "title", ["SAMPLE · Rifter", "Our loss: Rifter", "SAMPLE · Our kill: Rifter"]
)
def test_a_drawn_hull_bears_its_own_name(title: str) -> None:
    embed = discord.Embed(title=f"{title} destroyed in Jita")
    embed.set_thumbnail(url="https://images.evetech.net/types/587/render?size=128")
    assert 'aria-label="Rifter"' in one(Card(embed=embed))
