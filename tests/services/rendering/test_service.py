"""The ground is drawn once, a picture once per content, both in the worker's thread."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec import structs

from services.domain.heat import HeatBy
from services.domain.ids import RegionId, SystemId
from services.rendering import service as service_module
from services.rendering.battle_data import BattlePicture
from services.rendering.battle_picture import render_battle
from services.rendering.ground import Ground
from services.rendering.ground_picture import GroundPicture
from services.rendering.service import HeatmapService, content_key
from services.rendering.worker import RenderWorker
from services.universe.edition import Edition
from services.universe.universe import Universe
from tests.services.rendering import battle_samples
from tests.services.rendering.conftest import END, window

JITA = 30000142


async def test_ground_once_and_picture_once(
    universe: Universe, picture: GroundPicture, monkeypatch: pytest.MonkeyPatch
) -> None:
    grounds: list[str] = []

    def draw_ground(_: Ground) -> GroundPicture:
        grounds.append(threading.current_thread().name)
        return picture

    monkeypatch.setattr(service_module, "draw_ground", draw_ground)
    async with RenderWorker() as worker:
        service = HeatmapService(universe, worker)
        await service.warm()
        first = await service.heatmap(window({JITA: 5}))
        again = await service.heatmap(window({JITA: 5.0}))
        other = await service.heatmap(window({JITA: 6}))
    assert first.startswith(b"\x89PNG")
    assert again is first
    assert other != first
    assert len(grounds) == 1
    assert grounds[0].startswith("render")


async def test_another_build_of_the_universe_gets_another_ground(
    universe: Universe, picture: GroundPicture, monkeypatch: pytest.MonkeyPatch
) -> None:
    grounds: list[Ground] = []

    def draw_ground(ground: Ground) -> GroundPicture:
        grounds.append(ground)
        return replace(picture, ground=ground)

    monkeypatch.setattr(service_module, "draw_ground", draw_ground)
    columns = universe.edition.columns
    names = columns.regions.names.replace("The Forge", "The Smithy")
    newer = structs.replace(
        columns, build=columns.build + 1, regions=structs.replace(columns.regions, names=names)
    )
    shown = universe.pinned()
    async with RenderWorker() as worker:
        service = HeatmapService(shown, worker)
        first = await service.heatmap(window({JITA: 5}))
        shown.replace(Edition(newer))
        again = await service.heatmap(window({JITA: 5}))
        assert await service.heatmap(window({JITA: 5})) is again
    assert again is not first, "a picture that was kept shows the old ground"
    assert [ground.regions[RegionId(10000002)] for ground in grounds] == ["The Forge", "The Smithy"]


async def test_a_battle_is_drawn_with_the_names_of_the_universe(
    universe: Universe, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[BattlePicture] = []

    def render(data: BattlePicture) -> bytes:
        shown.append(data)
        return render_battle(data)

    monkeypatch.setattr(service_module, "render_battle", render)
    data = battle_samples.picture(
        battle_samples.loss(0, hull=battle_samples.AVATAR), battle_samples.loss(60, system=141)
    )
    report = data.report
    async with RenderWorker() as worker:
        service = HeatmapService(universe, worker)
        first = await service.battle(report, ["One", "Two"], drawn_at=END)
        again = await service.battle(report, ["One", "Two"], drawn_at=END)
        other = await service.battle(report, ["One", "Three"], drawn_at=END)
    assert first.startswith(b"\x89PNG")
    assert again is first
    assert other != first
    assert shown[0].systems == {SystemId(30_000_001): "Tanoo", SystemId(JITA): "Jita"}
    assert shown[0].hulls == {battle_samples.AVATAR: "Avatar", battle_samples.RIFTER: "Rifter"}
    assert shown[0].side_names == ("One", "Two")


BASE = window({JITA: 5, 30002768: 3}, unpriced=1, estimated=1)


def test_the_key_does_not_depend_on_order_or_on_what_is_not_shown() -> None:
    turned = replace(BASE, heat=dict(reversed(BASE.heat.items())))
    later = replace(BASE, drawn_at=BASE.drawn_at + timedelta(seconds=20), estimated=7)
    assert content_key(turned) == content_key(BASE) == content_key(later)


@pytest.mark.parametrize(
    "other",
    [
        replace(BASE, by=HeatBy.ISK),
        replace(BASE, heat={SystemId(JITA): 5}),
        replace(BASE, heat={SystemId(JITA): 5, SystemId(30002768): 4}),
        replace(BASE, start=END - timedelta(hours=3)),
        replace(BASE, end=END + timedelta(minutes=1)),
        replace(BASE, drawn_at=BASE.drawn_at + timedelta(minutes=1)),
        replace(BASE, unpriced=2),
        replace(BASE, estimated=0),
        replace(BASE, title="Something else"),
    ],
)
def test_the_key_changes_with_all_that_is_shown(other: object) -> None:
    assert content_key(other) != content_key(BASE)  # type: ignore[arg-type]
