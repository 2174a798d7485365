"""What each side flew and lost: a panel a side, all bars on one scale."""

from services.rendering.battle_furniture import badge, bar, draw_name, heading
from services.rendering.battle_layout import NAME, ROW, SMALL, Layout, Panel
from services.rendering.fonts import font, text_width
from services.rendering.furniture import Pen
from services.rendering.geometry import Box
from services.rendering.palette import QUIET_TEXT, TEXT


def draw_fleets(pen: Pen, layout: Layout) -> None:
    """Nothing where nobody knows a hull."""
    if not layout.panels:
        return
    top = layout.panels[0].box.top
    end = heading(pen, "Flown / lost", bottom=top)
    _draw_key(pen, end + 40, top - 24)
    rows, face = [row for panel in layout.panels for row in panel.rows], font(SMALL)
    words = max(text_width(row.text, face) for row in rows) + 16
    figures = max(text_width(row.figures, face) for row in rows) + 14
    length = layout.panels[0].box.width - words - figures
    scale = length / max(max(row.fielded, row.lost) for row in rows)
    for panel in layout.panels:
        _draw_panel(pen, panel, words=words, scale=scale)


def _draw_key(pen: Pen, x: float, y: float) -> None:
    face = font(SMALL)
    for words, lost in (("flown", False), ("lost", True)):
        bar(pen, Box(x, y - 12, x + 44, y + 12), share=1.0 if lost else 0.0, colour=QUIET_TEXT)
        pen.text((x + 56, y), words, font=face, fill=QUIET_TEXT, anchor="lm")
        x += 56 + text_width(words, face) + 32


def _draw_panel(pen: Pen, panel: Panel, *, words: float, scale: float) -> None:
    """`words`: pixels for the names of classes; `scale`: pixels to a hull."""
    strip, box = panel.strip, panel.box
    y = box.top + NAME / 2
    badge(pen, strip.lane.letter, box.left, y, colour=strip.colour)
    room, face = box.width - 52, font(SMALL)
    draw_name(pen, strip.lane.name, (box.left + 52, y), room=room, colour=strip.colour)
    for index, row in enumerate(panel.rows):
        y = box.top + NAME + ROW * (index + 0.5)
        pen.text((box.left, y), row.text, font=face, fill=TEXT, anchor="lm")
        pen.text((box.right, y), row.figures, font=face, fill=TEXT, anchor="rm")
        left, most = box.left + words, max(row.fielded, row.lost)
        place = Box(left, y - 12, left + max(scale * most, 5), y + 12)
        bar(pen, place, share=row.lost / most, colour=strip.colour)
