"""The small parts that a battle's picture is put together from: letters on colour, signs, bars, and words that fit."""

from collections.abc import Sequence
from functools import lru_cache

from PIL import Image, ImageDraw

from services.domain.space import HullClass
from services.rendering.battle_layout import HEAD, MARGIN, PLAIN
from services.rendering.battle_marks import SIGN
from services.rendering.fonts import Font, font, text_width
from services.rendering.furniture import Pen
from services.rendering.geometry import Box
from services.rendering.palette import PLATE, RGB, RULE, SKY, TEXT


def fitting(text: str, room: float, *, sizes: Sequence[int], bold: bool) -> Font:
    """The largest of these in which the text has room, else the smallest."""
    faces = [font(size, bold=bold) for size in sizes]
    return next((face for face in faces if text_width(text, face) <= room), faces[-1])


def clipped(text: str, face: Font, room: float) -> str:
    """The text, or as much of its beginning as has room, with an ellipsis."""
    if text_width(text, face) <= room:
        return text
    kept = text
    while kept and text_width(f"{kept}…", face) > room:
        kept = kept[:-1].rstrip()
    return f"{kept}…"


def draw_name(pen: Pen, name: str, place: tuple[float, float], *, room: float, colour: RGB) -> None:
    """A side's name from its left middle: smaller where it is long, cut where it is longer still."""
    face = fitting(name, room, sizes=(PLAIN, 25, 22), bold=True)
    pen.text(place, clipped(name, face, room), font=face, fill=colour, anchor="lm")


def heading(pen: Pen, text: str, *, bottom: float) -> float:
    """A section's name; where its words end."""
    face = font(HEAD, bold=True)
    pen.text((MARGIN, bottom - 14), text, font=face, fill=TEXT, anchor="ls")
    return MARGIN + text_width(text, face)


def badge(pen: Pen, letter: str, x: float, y: float, *, colour: RGB) -> None:
    """A side's letter on its colour, the left middle at (x, y), 38 pixels wide."""
    pen.rounded_rectangle((x, y - 17, x + 38, y + 17), radius=8, fill=colour)
    pen.text((x + 19, y), letter, font=font(PLAIN, bold=True), fill=PLATE, anchor="mm")


def paste_sign(canvas: Image.Image, hull: HullClass, x: float, y: float) -> None:
    """What a class is marked by, its middle at (x, y)."""
    sign = _sign(hull)
    place = (round(x - SIGN / 2), round(y - SIGN / 2))
    canvas.paste(Image.new("RGB", sign.size, TEXT), place, sign)


@lru_cache(maxsize=8)
def _sign(hull: HullClass) -> Image.Image:
    """A mask: a diamond for capitals, one within another for supercapitals, a house for structures."""
    size = SIGN * 4
    mask = Image.new("L", (size, size), 0)
    pen, half = ImageDraw.Draw(mask), size / 2
    if hull is HullClass.STRUCTURE:
        low, high = size * 0.14, size * 0.86
        pen.polygon([(half, low), (high, half), (high, high), (low, high), (low, half)], fill=255)
    else:
        supers = hull is HullClass.SUPERCAPITAL
        for reach, ink in ((0.5, 255), (0.36, 0), (0.24, 255)) if supers else ((0.4, 255),):
            r = size * reach
            pen.polygon([(half, half - r), (half + r, half), (half, half + r), (half - r, half)], fill=ink)  # fmt: skip
    return mask.resize((SIGN, SIGN), Image.Resampling.LANCZOS)


def bar(pen: Pen, box: Box, *, share: float, colour: RGB) -> None:
    """Flown as a frame, lost as what of it is filled."""
    dim = tuple(round(ink * 0.28 + sky * 0.72) for ink, sky in zip(colour, SKY, strict=True))
    pen.rectangle((box.left, box.top, box.right, box.bottom), fill=dim, outline=colour, width=2)
    if share > 0:
        right = box.left + max(box.width * share, 4)
        pen.rectangle((box.left, box.top, min(right, box.right), box.bottom), fill=colour)


def plate(pen: Pen, text: str, box: Box) -> None:
    """Words across an empty chart."""
    face = font(36, bold=True)
    half = text_width(text, face) / 2 + 28
    x, y = box.centre
    pen.rounded_rectangle((x - half, y - 40, x + half, y + 40), radius=12, fill=PLATE, outline=RULE)
    pen.text((x, y), text, font=face, fill=TEXT, anchor="mm")
