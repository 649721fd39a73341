"""Bring a backup back: in one transaction, so that a database has all of it or is as it was.

Not into a new database that then takes the place of the old one: a role often may not create databases, and rights and
settings of the old one would be lost. Nor by ``pg_restore``: what a file says would be run as SQL.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from wholesaler.db.backup.archive import Manifest, check_archive, pieces, read_manifest
from wholesaler.db.backup.contents import drop_all, markets, own_tables
from wholesaler.db.bulk import copy_lines
from wholesaler.db.engine import explain_connection_errors
from wholesaler.db.history import ensure_partition
from wholesaler.db.migrate import current_revision, is_known, newest_revision, upgrade_within
from wholesaler.errors import ConfigurationError, UnavailableError, WholesalerError
from wholesaler.explain import first_line
from wholesaler.locks import database_lock, machine_lock
from wholesaler.plural import counted

#: how long a table that somebody has locked is waited for; others would queue up behind
_LOCK_TIMEOUT = "10s"
_LOCKED = frozenset({"55P03"})
_DEPENDED_ON = frozenset({"2BP01", "0A000"})
_DISK_FULL = "53100"


@dataclass(frozen=True)
class Restored:
    """The revision that the database is at now, and the markets of which there was something before."""

    revision: str
    replaced: tuple[str, ...]


def open_backup(path: Path) -> Manifest:
    """Read all of a backup, and say what it is of.

    Raises :class:`ConfigurationError` for a file that is no backup, not whole, or of a newer version of the program.
    """
    manifest = read_manifest(path)
    if not is_known(manifest.revision):
        raise ConfigurationError(
            f"{path} is of a database at revision {manifest.revision}, which this version of wholesaler does not know.",
            f"Install version {manifest.version} of wholesaler or a newer one; nothing was changed.",
        )
    check_archive(path, manifest)
    return manifest


def restore(engine: Engine, home: Path, path: Path, manifest: Manifest, lock_until: float = 0.0) -> Restored:
    """Put a backup in the place of all that is ours in the database, and upgrade it to this version's schema.

    ``manifest`` is what :func:`open_backup` says of it; held locks are waited for until ``lock_until``, of
    ``time.monotonic``. Raises :class:`LockedError` while a market of the one or the other is run, and
    :class:`UnavailableError` when the database refuses, :class:`ConfigurationError` when a newer version has upgraded
    it; then nothing has changed.
    """
    with explain_connection_errors(engine.url):
        with engine.connect() as connection:
            replaced = tuple(markets(connection))
        with ExitStack() as stack:
            for market in sorted({*replaced, *manifest.markets}):
                stack.enter_context(machine_lock(home, market, lock_until))
                stack.enter_context(database_lock(engine, market, lock_until))
            current = current_revision(engine)
            _expect_known(current)
            with _explain_refusals(), engine.begin() as connection:
                connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'"))
                _make_room(connection, current, manifest)
                _load(connection, path, manifest)
                upgrade_within(connection, newest_revision())
                connection.execute(text(f"ANALYZE {', '.join(own_tables(connection))}"))
    return Restored(newest_revision(), replaced)


def _expect_known(current: str | None) -> None:
    """Raise :class:`ConfigurationError` for a database with tables of which this version knows nothing."""
    if current is not None and not is_known(current):
        raise ConfigurationError(
            f"The database is at revision {current}, of a newer version of wholesaler, which may have tables that this "
            "one would leave behind.",
            "Restore into an empty database: name another by DATABASE_URL, or move $WHOLESALER_HOME/pg away.",
        )


def _make_room(connection: Connection, current: str | None, manifest: Manifest) -> None:
    """Empty tables of the revision that the backup is of. Where they are there, what others were granted stays."""
    if current == manifest.revision:
        connection.execute(text(f"TRUNCATE {', '.join(own_tables(connection))} RESTART IDENTITY"))
    else:
        drop_all(connection)
        upgrade_within(connection, manifest.revision)


def _load(connection: Connection, path: Path, manifest: Manifest) -> None:
    for month in manifest.months:
        ensure_partition(connection, month)
    connection.execute(text("SET LOCAL client_encoding = 'UTF8'"))
    copies = {table.name: table for table in manifest.tables}
    there = own_tables(connection)
    if copies.keys() != set(there):
        raise _unfit(path, f"it has not the tables of revision {manifest.revision}")
    with ZipFile(path) as archive:
        for table in map(copies.__getitem__, there):
            try:
                with archive.open(table.member) as member:
                    rows = copy_lines(connection, table.name, table.columns, pieces(member))
            except (DataError, IntegrityError) as error:
                raise _unfit(path, f"{table.name}: {first_line(error)}") from error
            if rows != table.rows:
                raise _unfit(path, f"of {table.name} came {counted(rows, 'row')} of {table.rows:,}")
            if (counter := table.identity) is not None:
                connection.execute(
                    text("SELECT setval(pg_get_serial_sequence(quote_ident(:table), :column), :last, :called)"),
                    {"table": table.name, **counter.model_dump()},
                )
    connection.execute(text("SET LOCAL client_encoding TO DEFAULT"))


def _unfit(path: Path, how: str) -> ConfigurationError:
    return ConfigurationError(f"{path} cannot be brought back: {how}.", "Take another backup; nothing was changed.")


@contextmanager
def _explain_refusals() -> Iterator[None]:
    """Say what to do where the database does not let its tables be replaced."""
    try:
        yield
    except DBAPIError as error:
        code = getattr(error.orig, "pgcode", None)
        if code in _LOCKED:
            raise UnavailableError(
                f"The tables are in use: {first_line(error)}; nothing was changed.",
                "Close psql and other programs that read them, then run the command again.",
            ) from error
        if code == _DISK_FULL:
            raise UnavailableError(
                f"The database server has no room: {first_line(error)}; nothing was changed.",
                "Both what is there and what comes need room until the end.",
            ) from error
        if code in _DEPENDED_ON:
            raise WholesalerError(
                f"Something that is not wholesaler's depends on its tables: {first_line(error)}; nothing was changed.",
                "Drop it, restore, and make it again.",
            ) from error
        raise
