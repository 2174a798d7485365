"""The letters of a map: its head, its foot with age and stamp, the tags beside systems, the tickers over territories.

Times are EVE time, which is UTC.
"""

from collections.abc import Sequence

from PIL import Image, ImageDraw

from services.rendering.fonts import Font, cap_height, font, text_width
from services.rendering.furniture import Pen
from services.rendering.geometry import Box
from services.rendering.map_data import MapData
from services.rendering.map_frame import MARGIN
from services.rendering.map_links import COLOURS
from services.rendering.map_sheet import LinkKind
from services.rendering.map_tags import Tag, line_height
from services.rendering.map_tickers import Ticker
from services.rendering.palette import PLATE, QUIET_TEXT, RGB, RULE, SKY, TEXT

FOOT_LINE = 32
_TITLE, _SMALLEST_TITLE = 52, 30
_FOOT_SIZE = 22
_CUT = "\u2026"


def draw_head(pen: Pen, data: MapData, *, width: int) -> None:
    """What it is, of when, and what it sums up to."""
    right = width - MARGIN
    face = font(44, bold=True)
    figure = text_width(data.figure, face) + 30 if data.figure else 0
    pen.text((right, 72), data.figure, font=face, fill=TEXT, anchor="rs")
    pen.text((right, 116), data.detail, font=font(26), fill=QUIET_TEXT, anchor="rs")
    size = _TITLE
    while size > _SMALLEST_TITLE and (
        text_width(data.title, font(size, bold=True)) > right - MARGIN - figure
    ):
        size -= 2
    title = cut(data.title, font(size, bold=True), right - MARGIN - figure)
    pen.text((MARGIN, 72), title, font=font(size, bold=True), fill=TEXT, anchor="ls")
    for i, line in enumerate(data.subtitle[:2]):
        pen.text(
            (MARGIN, 118 + 36 * i),
            line,
            font=font(28 if i == 0 else 24),
            fill=QUIET_TEXT,
            anchor="ls",
        )


def cut(text: str, face: Font, room: float) -> str:
    """As much of a text as fits, with a mark where it was cut."""
    if text_width(text, face) <= room:
        return text
    while text and text_width(text + _CUT, face) > room:
        text = text[:-1]
    return text.rstrip() + _CUT if text else ""


def foot_lines(data: MapData, *, width: float) -> tuple[str, ...]:
    """Notes, a line each; an empty last one where the stamp needs a line of its own."""
    notes = tuple(note for note in data.notes if note)
    stamp = text_width(_stamp(data), font(_FOOT_SIZE)) + 40
    if not notes or text_width(notes[-1], font(_FOOT_SIZE)) + stamp > width:
        return (*notes, "")
    return notes


def _stamp(data: MapData) -> str:
    return f"drawn {data.drawn_at:%Y-%m-%d %H:%M} EVE · War Room"


def draw_foot(pen: Pen, data: MapData, *, footer: Box) -> None:
    """How old and certain it is, and when it was drawn."""
    face = font(_FOOT_SIZE)
    lines = foot_lines(data, width=footer.width)
    for i, line in enumerate(reversed(lines)):
        y = footer.bottom - 22 - FOOT_LINE * i
        pen.text((footer.left, y), line, font=face, fill=QUIET_TEXT, anchor="ls")
    bottom = footer.bottom - 22
    pen.text((footer.right, bottom), _stamp(data), font=face, fill=QUIET_TEXT, anchor="rs")


def draw_tags(canvas: Image.Image, tags: Sequence[Tag]) -> None:
    """Names and marks, with a dark edge that parts them from gates and colours; exits in a frame of their own."""
    pen = ImageDraw.Draw(canvas, "RGBA")
    for tag in tags:
        if tag.leader is not None and not tag.stub:
            pen.line(tag.leader, fill=(*PLATE, 200), width=5)
            pen.line(tag.leader, fill=(*QUIET_TEXT, 220), width=2)
    for tag in tags:
        box = tag.box
        if tag.stub:
            pen.rounded_rectangle(
                (box.left, box.top, box.right - 1, box.bottom - 1),
                radius=7,
                fill=(*PLATE, 215),
                outline=(*COLOURS[LinkKind.REGION], 190),
                width=2,
            )
        _write(pen, tag)


def _write(pen: Pen, tag: Tag) -> None:
    middle = (tag.box.left + tag.box.right) / 2
    y = tag.box.top + 1.0
    for line in tag.lines:
        height = line_height(line)
        x = middle - sum(text_width(run.text, run.face) for run in line) / 2
        baseline = y + height * 0.78
        for run in line:
            pen.text(
                (x, baseline),
                run.text,
                font=run.face,
                fill=run.colour,
                anchor="ls",
                stroke_width=0 if tag.stub else 3,
                stroke_fill=SKY,
            )
            x += text_width(run.text, run.face)
        y += height


def draw_tickers(canvas: Image.Image, tickers: Sequence[Ticker], colours: Sequence[RGB]) -> None:
    """Large letters in a light shade of the holder's colour."""
    pen = ImageDraw.Draw(canvas, "RGBA")
    for ticker in tickers:
        x, y = ticker.box.centre
        red, green, blue = (round(value + (255 - value) * 0.55) for value in colours[ticker.holder])
        pen.text(
            (x, y + cap_height(ticker.face) / 2),
            ticker.text,
            font=ticker.face,
            fill=(red, green, blue),
            anchor="ms",
            stroke_width=4,
            stroke_fill=SKY,
        )


def draw_empty(pen: Pen, text: str, *, middle: tuple[float, float]) -> None:
    """Across the map: there was nothing, which is an answer too."""
    face = font(40, bold=True)
    x, y = middle
    half, high = text_width(text, face) / 2 + 32, cap_height(face) / 2 + 30
    pen.rounded_rectangle(
        (x - half, y - high, x + half, y + high), radius=14, fill=PLATE, outline=RULE, width=2
    )
    pen.text((x, y), text, font=face, fill=TEXT, anchor="mm")
