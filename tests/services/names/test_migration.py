"""Names that were stored before they could be searched for."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from services.names.rules import search_key
from services.names.service import NameService
from services.names.settings import NameSettings
from services.storage.database import Database
from services.storage.migrate import upgrade
from services.storage.settings import DatabaseSettings
from tests.factories import HandClock

NAMES = ["Goonswarm Federation", "Ärger-O'Brien [x]", "-.-", "x" * 255, "a\u00dfb \u1e9e"]


async def test_they_are_found_afterwards(database_url: str) -> None:
    engine = create_async_engine(database_url)
    adding = text("INSERT INTO names VALUES (:id, 'alliance', :name, :ticker, 0)")
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: upgrade(sync, revision="0001"))
        for number, name in enumerate(NAMES):
            row = {"id": number + 1, "name": name, "ticker": "T.1" if number else None}
            await connection.execute(adding, row)
    await engine.dispose()
    database = await Database.open(DatabaseSettings(url=database_url))
    service = NameService(database, None, settings=NameSettings(), clock=HandClock())
    async with database.read() as tx:
        query = text("SELECT name, name_key, ticker_key FROM names ORDER BY id")
        rows = (await tx.execute(query)).all()
    assert [row.name_key for row in rows] == [search_key(name) for name in NAMES]
    assert [row.ticker_key for row in rows] == [None, "t1", "t1", "t1", "t1"]
    for number, name in enumerate(NAMES):
        assert number + 1 in [hit.id for hit in await service.search(name)]
    await database.close()


async def test_keys_are_compared_byte_by_byte_whatever_the_database_prefers(
    database: Database,
) -> None:
    if database.path is not None:
        pragma = text(
            "SELECT name, coll FROM pragma_index_xinfo('ix_names_name_key') WHERE key = 1"
        )
        wanted = {("category", "BINARY"), ("name_key", "BINARY")}
    else:
        pragma = text(
            "SELECT column_name, collation_name FROM information_schema.columns"
            " WHERE table_name = 'names' AND column_name LIKE '%_key'"
        )
        wanted = {("name_key", "C"), ("ticker_key", "C")}
    async with database.read() as tx:
        assert {tuple(row) for row in (await tx.execute(pragma)).all()} == wanted
