"""Alembic, driven from inside the program: the tables are brought up to date at every start.

A newer schema than this program knows is refused, because writing into it could ruin what the newer one meant.
"""

from dataclasses import dataclass
from importlib.resources import files

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from services.storage import battle_tables, guild_tables, schema, tables, world_tables
from services.storage.errors import SchemaTooNew

TABLES = (tables, battle_tables, guild_tables, world_tables)
"""Where the tables are declared: whoever migrates has them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Where the tables stand (None: empty database) and where they should."""

    current: str | None
    target: str

    @property
    def wanted(self) -> bool:
        """True when a migration must run."""
        return self.current != self.target


def script_directory() -> ScriptDirectory:
    """The migrations that ship with the program."""
    config = Config()
    config.set_main_option("script_location", str(files("services.storage") / "migrations"))
    return ScriptDirectory.from_config(config)


def needs_migration(connection: Connection) -> Pending:
    """Compare; raises SchemaTooNew when the tables carry a revision that this program does not know."""
    scripts = script_directory()
    current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in scripts.walk_revisions()}
    if current is not None and current not in known:
        msg = (
            f"The database was written by a newer War Room (schema {current}). "
            "Install that version again, or restore a backup made before it."
        )
        raise SchemaTooNew(msg)
    target = scripts.get_current_head()
    assert target is not None
    return Pending(current=current, target=target)


def upgrade(connection: Connection, *, revision: str = "head") -> None:
    """Run every migration that is missing up to `revision`, in the connection's transaction."""
    scripts = script_directory()
    config = Config()
    config.set_main_option("script_location", scripts.dir)

    def steps(current: tuple[str, ...], _context: MigrationContext) -> list[object]:
        return list(scripts._upgrade_revs(revision, current))  # type: ignore[arg-type] # noqa: SLF001

    with EnvironmentContext(config, scripts, fn=steps) as environment:
        environment.configure(connection=connection, target_metadata=schema.metadata)
        environment.run_migrations()
