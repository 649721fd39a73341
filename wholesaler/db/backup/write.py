"""Write a backup: all tables as they are at one moment, checked before the file gets its name.

The program's own COPY and not ``pg_dump``: that refuses a server newer than itself, its dump needs the extensions in
the same schema where it is brought back, and would hold what others keep in the same database. The schema is not in a
backup, since the migrations make that of every revision.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import Engine, text

from wholesaler import __version__
from wholesaler.db.backup.archive import FORM, KIND, MANIFEST, Manifest, check_archive
from wholesaler.db.backup.contents import markets, tables
from wholesaler.db.bulk import copy_out
from wholesaler.db.history import months
from wholesaler.db.migrate import current_revision, expect_known
from wholesaler.errors import LockedError, UsageError, WholesalerError

#: of zlib: records compress well, and every further level costs more time than the room it saves is worth
_LEVEL = 1


def backup(engine: Engine, path: Path) -> Manifest:
    """Write the database into a file, which takes the place of one of that name only when it is whole and checked.

    Runs may go on meanwhile. Raises :class:`UsageError` for a place where there can be no file, :class:`LockedError`
    while another backup is written there, :class:`WholesalerError` when there is nothing to write or no room for it.
    """
    revision = current_revision(engine)
    if revision is None:
        raise WholesalerError("The database is empty: there is nothing to back up.", "Run `wholesaler run-all` first.")
    expect_known(revision)
    path = Path(os.path.realpath(path))
    if path.is_dir() or not path.parent.is_dir():
        what = f"{path} is a directory" if path.is_dir() else f"There is no directory {path.parent}"
        raise UsageError(f"{what}.", "Name a file in a directory that is there.")
    part = path.with_name(f".{path.name}.part")
    try:
        with _own(part) as file:
            manifest = _write(engine, file)
            file.flush()
            os.fsync(file.fileno())
            check_archive(part, manifest)
            os.replace(part, path)
        _keep_name(path.parent)
    except OSError as error:
        raise WholesalerError(
            f"The backup {path} could not be written: {error.strerror or error}.",
            "Name a file on a disk with room, in a directory that this user may write to.",
        ) from None
    return manifest


@contextmanager
def _own(part: Path) -> Iterator[IO[bytes]]:
    """An empty file that nobody else can read, and no other backup can write; it is removed unless it was renamed.

    What a killed backup has left is taken over.
    """
    with open(part, "r+b", opener=lambda name, _: os.open(name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError(f"Another backup is being written to {part}; nothing was done.") from None
        os.fchmod(file.fileno(), 0o600)
        file.truncate()
        try:
            yield file
        except BaseException:
            with suppress(OSError):
                part.unlink()
            with suppress(OSError):  # what is still buffered is not to fill the disk again
                file.truncate(0)
            raise


def _keep_name(directory: Path) -> None:
    """Have the new name of a file on the disk, where the file system can say so."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(engine: Engine, file: IO[bytes]) -> Manifest:
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with (
        ZipFile(file, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as archive,
        engine.connect().execution_options(**options) as connection,
    ):
        # all statements see what the first has seen; rows are written the same way whatever the server's settings
        connection.execute(text("SET LOCAL client_encoding = 'UTF8'; SET LOCAL datestyle = 'ISO'"))
        connection.execute(text("SET LOCAL extra_float_digits = 3"))
        copies = []
        for table in tables(connection):
            with archive.open(table.member, "w", force_zip64=True) as member:
                rows = copy_out(connection, table.name, table.columns, member)
            copies.append(table.model_copy(update={"rows": rows}))
        manifest = Manifest(
            kind=KIND,
            form=FORM,
            version=__version__,
            revision=str(connection.scalar(text("SELECT max(version_num) FROM alembic_version"))),
            created_at=datetime.now(UTC),
            postgresql=str(connection.scalar(text("SHOW server_version"))),
            markets=tuple(markets(connection)),
            months=tuple(months(connection)),
            tables=tuple(copies),
        )
        archive.writestr(MANIFEST, manifest.model_dump_json(indent=2))
    return manifest
