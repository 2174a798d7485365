"""The shipped universe, loaded once; a small one with its publisher."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from services.universe.compile import build_universe
from services.universe.universe import Universe
from tests.fakes.sde import FakeSde, export_of, zip_of
from tests.services.universe.small_export import NO_LEAST, rows, write_folder
from tests.services.universe.update_bench import Bench, newer


@pytest.fixture(scope="session")
def universe() -> Universe:
    return Universe.load()


@pytest.fixture(scope="session")
def old_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("old")
    build_universe(
        write_folder(folder / "sde", rows()), folder / "universe.bin", least_rows=NO_LEAST
    )
    return folder / "universe.bin"


@pytest.fixture(scope="session")
def newer_zip() -> bytes:
    return zip_of(export_of(newer()))


@pytest.fixture
async def bench(old_file: Path, newer_zip: bytes, tmp_path: Path) -> AsyncIterator[Bench]:
    file = tmp_path / "data" / "universe.bin"
    file.parent.mkdir()
    file.write_bytes(old_file.read_bytes())
    sde = FakeSde(zip=newer_zip)
    async with sde.serve(), aiohttp.ClientSession() as session:
        yield Bench(sde=sde, file=file, session=session, universe=Universe.load(file))
