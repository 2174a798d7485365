"""Where things stand on the heatmap: the picture's size, the map's area, and the corners kept for letters.

The galaxy is higher than wide and leaves the corners of a landscape picture free; title, totals, legend and
ranking live there. A landscape picture is what Discord shows largest beside a text.
"""

from services.rendering.geometry import Box

WIDTH = 1600
HEIGHT = 1300
PICTURE = Box(0, 0, WIDTH, HEIGHT)
MARGIN = 34
MAP = Box(228, 26, 1324, HEIGHT - 26)

TITLE = Box.sized(MARGIN, 30, width=500, height=150)
TOTAL = Box(1120, 30, WIDTH - MARGIN, 150)
LEGEND = Box.sized(MARGIN, 916, width=262, height=350)
RANKING = Box(1214, 788, WIDTH - MARGIN, 1158)
FOOTER = Box(1180, 1166, WIDTH - MARGIN, 1272)
CORNERS = (TITLE, TOTAL, LEGEND, RANKING, FOOTER)
"""Kept free of labels, whatever a picture writes there."""
