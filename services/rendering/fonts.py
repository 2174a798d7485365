"""The letters of every picture: DejaVu Sans, which comes with matplotlib, so that pictures look alike everywhere.

Only the font files are used; matplotlib itself is not imported, which saves half a second at the first picture.
"""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from PIL import ImageFont

from services.rendering.errors import RenderError

Font = ImageFont.FreeTypeFont


@lru_cache(maxsize=1)
def _folder() -> Path:
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise RenderError("matplotlib, which brings the fonts, is not installed")
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"


@lru_cache(maxsize=64)
def font(size: int, *, bold: bool = False) -> Font:
    """DejaVu Sans, `size` pixels to the em. Raises RenderError where the file is missing."""
    path = _folder() / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")
    try:
        return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        raise RenderError(f"the font {path.name} cannot be read") from error


def text_width(text: str, face: Font) -> float:
    """How far the pen travels for `text`, in pixels."""
    return face.getlength(text)


def cap_height(face: Font) -> int:
    """Pixels from the baseline to the top of a capital letter."""
    return -int(face.getbbox("H", anchor="ls")[1])
