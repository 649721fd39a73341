"""The file of a backup: a ZIP archive with each table's rows as COPY text, and a manifest that says what they are.

The manifest is the last member, and a ZIP archive has its list of members at the end: what is cut off is no backup.
``unzip -p FILE tables/properties.copy`` shows a table, whatever becomes of this program.
"""

import zlib
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wholesaler.errors import ConfigurationError
from wholesaler.plural import counted

KIND = "wholesaler backup"
#: of the archive, not of the schema: how a later version tells what it cannot read
FORM = 1
MANIFEST = "manifest.json"
#: bytes; larger ones were not written by us
_LARGEST_MANIFEST = 16_000_000
_PIECE = 1 << 20


class Identity(BaseModel):
    """The column of a table that counts by itself, and how far it has counted; a next one is one more if ``called``."""

    model_config = ConfigDict(frozen=True)

    column: str = Field(pattern=r"^[a-z_][a-z0-9_]*$")
    last: int
    called: bool


class TableCopy(BaseModel):
    """One table: which columns its rows have in the archive, in their order, and how many rows there are."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(pattern=r"^[a-z_][a-z0-9_]*$")
    columns: tuple[str, ...]
    rows: int
    identity: Identity | None = None

    @property
    def member(self) -> str:
        """Its name in the archive."""
        return f"tables/{self.name}.copy"


class Manifest(BaseModel):
    """What a backup is of. ``tables`` are in the order in which rows may refer to those before."""

    model_config = ConfigDict(frozen=True)

    kind: str
    form: int
    version: str
    revision: str
    created_at: datetime
    postgresql: str
    markets: tuple[str, ...]
    #: first days of the months that the score history has a partition for
    months: tuple[date, ...]
    tables: tuple[TableCopy, ...]

    @property
    def rows(self) -> int:
        """The rows of all tables."""
        return sum(table.rows for table in self.tables)


def read_manifest(path: Path) -> Manifest:
    """What a file says it is a backup of. Raises :class:`ConfigurationError` for one that is not ours or not whole."""
    try:
        with ZipFile(path) as archive, archive.open(MANIFEST) as member:
            manifest = Manifest.model_validate_json(member.read(_LARGEST_MANIFEST))
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error.strerror or error}.", "Name a file that `wholesaler db backup` has written."
        ) from None
    except (BadZipFile, zlib.error, KeyError, EOFError, NotImplementedError, RuntimeError, ValidationError):
        raise _not_ours(path) from None
    if manifest.kind != KIND:
        raise _not_ours(path)
    if manifest.form > FORM:
        raise ConfigurationError(
            f"{path} was written by version {manifest.version} of wholesaler, in a form that this one cannot read.",
            "Install that version or a newer one.",
        )
    return manifest


def check_archive(path: Path, manifest: Manifest) -> None:
    """Read all of a backup. Raises :class:`ConfigurationError` where it has not the rows that its manifest tells of."""
    try:
        with ZipFile(path) as archive:
            for table in manifest.tables:
                with archive.open(table.member) as member:
                    rows = sum(piece.count(b"\n") for piece in pieces(member))
                if rows != table.rows:
                    raise _damaged(path, f"{table.name} has {counted(rows, 'row')} of {table.rows:,}")
    except (BadZipFile, zlib.error, KeyError, EOFError) as error:
        raise _damaged(path, str(error).strip("\"'.")) from None
    except OSError as error:
        raise _damaged(path, error.strerror or str(error)) from None


def pieces(member: IO[bytes]) -> Iterator[bytes]:
    """A member of the archive, read piece by piece."""
    while piece := member.read(_PIECE):
        yield piece


def _not_ours(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"{path} is no backup of wholesaler, or not all of it.", "Name a file that `wholesaler db backup` has written."
    )


def _damaged(path: Path, how: str) -> ConfigurationError:
    return ConfigurationError(f"{path} is damaged: {how}.", "Take another backup; nothing was changed.")
