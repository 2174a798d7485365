"""The colours of War Room's pictures: a night sky, calm grey-blue letters, and one warm ramp for heat.

The ramp grows in lightness from end to end, so that it also reads in grey and for those who tell red from green
badly; its lower end stays well above the sky.
"""

import numpy as np

RGB = tuple[int, int, int]

SKY: RGB = (7, 10, 18)
NEBULA: RGB = (34, 62, 112)
GATE: RGB = (86, 118, 168)
STAR: RGB = (176, 200, 232)
PLATE: RGB = (6, 9, 16)
TEXT: RGB = (238, 242, 248)
QUIET_TEXT: RGB = (158, 174, 198)
REGION_TEXT: RGB = (150, 170, 200)
RULE: RGB = (58, 76, 108)

_STOPS = (0.0, 0.2, 0.42, 0.62, 0.8, 1.0)
_COLOURS = (
    (164, 52, 124),
    (206, 62, 104),
    (234, 90, 62),
    (250, 142, 36),
    (254, 200, 74),
    (255, 248, 205),
)


def ramp(share: float) -> RGB:
    """The colour of heat at 0 (the least that is shown) to 1 (the hottest)."""
    red, green, blue = (
        int(np.interp(share, _STOPS, [colour[channel] for colour in _COLOURS]))
        for channel in range(3)
    )
    return red, green, blue


_SECURITY: tuple[RGB, ...] = (
    (143, 47, 105),
    (134, 42, 42),
    (188, 17, 23),
    (206, 68, 15),
    (220, 109, 7),
    (243, 253, 130),
    (113, 229, 84),
    (96, 217, 163),
    (78, 206, 248),
    (58, 154, 235),
    (44, 116, 224),
)


def security_colour(security: float) -> RGB:
    """The colour in which the game shows a displayed security, 1.0 and above to 0.0 and below."""
    return _SECURITY[min(max(round(security * 10), 0), 10)]
