"""A file from the web, and the copy of it that is kept from one run to the next.

``$WHOLESALER_HOME/downloads/MARKET/SOURCE/ADDRESS/`` holds ``data`` and, beside it, what is known of it; ``part`` is
what has come of its next version. ADDRESS is a digest, since an address may hold a token.
"""

import shutil
from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from hashlib import file_digest, sha256
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import orjson

from wholesaler.errors import SourceError
from wholesaler.home import make_directory, open_private
from wholesaler.sources.files.content import Plain
from wholesaler.sources.files.source import FoundFile, NotThere
from wholesaler.sources.http.download import Download, FileHead, Missing

FOLDER = "downloads"
#: from this age on a copy is fetched again even if the server says that it has not changed
TRUSTED = timedelta(days=7)
_DATA, _NOTES, _PART = "data", "data.json", "part"
_LONGEST_LABEL = 120


@dataclass(frozen=True)
class WebPlace:
    """An address; ``shelf`` is the folder of its source."""

    download: Download
    shelf: Path

    @property
    def folder(self) -> Path:
        """Where the copy lies."""
        return self.shelf / _address(self.download.url)

    def find(self) -> FoundFile:
        """The file as it is at the address now; a copy that has not changed stays as it is.

        Raises :class:`NotThere` when there is none, ``SourceError`` when it cannot be had or kept.
        """
        download = self.download
        try:
            for directory in (*reversed(self.shelf.parents[:2]), self.shelf, self.folder):
                make_directory(directory)
            copy = self._copy()
            head = download.bring(self.folder / _PART, copy.head if copy and copy.is_trusted else None)
            copy = self._keep(head) if head is not None else copy
            _remove_all_but(self.shelf, {self.folder.name})
        except Missing as error:
            raise NotThere(error.message, error.hint, transient=False) from None
        except OSError as error:
            raise SourceError(
                f"{download.source}: {self.folder} cannot be used: {error.strerror or error}.",
                "See that WHOLESALER_HOME can be written to.",
                transient=False,
            ) from None
        if copy is None:
            raise TypeError("a file that has not changed, and no copy")
        path = unquote(urlsplit(download.url).path)
        label = f"{download.host}{path}"
        if len(label) > _LONGEST_LABEL:
            label = f"{download.host}/…{path[-_LONGEST_LABEL // 2 :]}"
        doubt = None if copy.head.has_end else f"{label} may be cut off: its server does not say where it ends."
        if copy.head.is_cut:
            doubt = f"Only the beginning of {label} was fetched."
        name = copy.head.name or PurePosixPath(path).name
        content = Plain(download.source, label, self._data, True)
        return FoundFile(content, name, copy.digest, doubt, self._distrust, copy.head.is_cut)

    def _distrust(self) -> None:
        """Have the file fetched again by the next run, whatever the server says of it then."""
        with suppress(OSError):
            (self.folder / _NOTES).unlink(missing_ok=True)

    @property
    def _data(self) -> Path:
        return self.folder / _DATA

    def _copy(self) -> "_Copy | None":
        """The copy that is there, if it is whole."""
        try:
            notes = orjson.loads((self.folder / _NOTES).read_bytes())
            copy = _Copy(FileHead(**notes["head"]), notes["digest"], notes["size"], notes["fetched_at"])
            return copy if self._data.stat().st_size == copy.size else None
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def _keep(self, head: FileHead) -> "_Copy":
        """Make the part the copy; the copy is whole, or not there, whenever the program ends."""
        part, notes = self.folder / _PART, self.folder / _NOTES
        with part.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
        copy = _Copy(head, digest, part.stat().st_size, datetime.now(UTC).isoformat())
        notes.unlink(missing_ok=True)
        part.replace(self._data)
        with open_private(notes, "wb") as file:
            file.write(orjson.dumps(asdict(copy)))
        return copy


@dataclass(frozen=True)
class _Copy:
    """A copy: what the server said of it, its digest, its bytes, and when it was fetched (ISO)."""

    head: FileHead
    digest: str
    size: int
    fetched_at: str

    @property
    def is_trusted(self) -> bool:
        """Whether the server is believed that it has not changed."""
        return datetime.now(UTC) - datetime.fromisoformat(self.fetched_at) < TRUSTED


def shelf(home: Path, market: str, source: str) -> Path:
    """The folder for the copies of a source."""
    return home / FOLDER / market / source


def remove_leftovers(home: Path, market: str, sources: Collection[str]) -> None:
    """Remove the copies of what is no source of the market, or none from the web, any more."""
    _remove_all_but(home / FOLDER / market, sources)


def _address(url: str) -> str:
    return sha256(url.encode("utf-8", "replace")).hexdigest()[:32]


def _remove_all_but(folder: Path, kept: Collection[str]) -> None:
    with suppress(OSError):
        for path in list(folder.iterdir()):
            if path.name not in kept:
                shutil.rmtree(path, ignore_errors=True)
