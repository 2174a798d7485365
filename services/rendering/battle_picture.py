"""The picture of a battle: when each side lost what and where, what that was worth, and what it flew.

Pure: the same data give the same bytes. Made for a phone: everything is named where it stands, so that nothing has to
be looked up. Sides are told apart by their place, their letter and the dashes of their line as well as by colour. Times
are EVE time, which is UTC.
"""

import io

from PIL import Image, ImageDraw

from services.rendering.battle_data import BattlePicture, notes, title, totals, when
from services.rendering.battle_fleets import draw_fleets
from services.rendering.battle_furniture import clipped, fitting
from services.rendering.battle_isk import draw_isk
from services.rendering.battle_lanes import draw_band, draw_lanes, draw_times
from services.rendering.battle_layout import EDGE, HEAD, MARGIN, NOTE, PLAIN, WIDTH, Layout, lay_out
from services.rendering.fonts import font
from services.rendering.furniture import Pen
from services.rendering.palette import QUIET_TEXT, SKY, TEXT


def render_battle(data: BattlePicture) -> bytes:
    """A PNG, 1200 pixels wide."""
    buffer = io.BytesIO()
    draw_battle(data).save(buffer, "PNG", optimize=False)
    return buffer.getvalue()


def draw_battle(data: BattlePicture) -> Image.Image:
    """The finished picture, RGB."""
    layout = lay_out(data)
    canvas = Image.new("RGB", (WIDTH, layout.height), SKY)
    pen = ImageDraw.Draw(canvas)
    _draw_head(pen, data)
    draw_lanes(canvas, layout)
    draw_band(pen, data, layout)
    draw_times(pen, layout)
    draw_isk(pen, layout)
    draw_fleets(pen, layout)
    _draw_foot(pen, data, layout)
    return canvas


def _draw_head(pen: Pen, data: BattlePicture) -> None:
    room = EDGE - MARGIN
    text = title(data)
    face = fitting(text, room, sizes=(44, 40, 36, 32), bold=True)
    pen.text((MARGIN, 62), clipped(text, face, room), font=face, fill=TEXT, anchor="ls")
    line = totals(data)
    face = fitting(line, room, sizes=(32, HEAD, PLAIN, 24), bold=False)
    pen.text((MARGIN, 110), line, font=face, fill=TEXT, anchor="ls")
    face = font(PLAIN)
    pen.text((MARGIN, 152), when(data.report.battle), font=face, fill=QUIET_TEXT, anchor="ls")


def _draw_foot(pen: Pen, data: BattlePicture, layout: Layout) -> None:
    """What the figures rest on, a line each, and when it was drawn."""
    y, face = layout.height - 20, font(24)
    drawn = f"drawn {data.drawn_at:%Y-%m-%d %H:%M} EVE"
    pen.text((EDGE, y), drawn, font=face, fill=QUIET_TEXT, anchor="rs")
    for line in reversed(notes(data)):
        pen.text((MARGIN, y), line, font=face, fill=QUIET_TEXT, anchor="ls")
        y -= NOTE
