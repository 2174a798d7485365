"""Pictures that fail: what is asked is answered in facts and words alone, and quickly."""

import pytest

from services.rendering.service import HeatmapService


def undraw(monkeypatch: pytest.MonkeyPatch, *ways: str) -> None:
    """From now on no map (or none of these) can be drawn, as where the disk with the letters is gone."""

    async def fails(*_: object) -> bytes:
        raise OSError("cannot open resource")

    for way in ways or ("heatmap", "map", "galaxy"):
        monkeypatch.setattr(HeatmapService, way, fails)
