"""What publishers sent, kept: each complete fetch of a source as a file of compressed JSON lines.

``$WHOLESALER_HOME/snapshots/MARKET/SOURCE/FIRST_LAST_DIGEST.jsonl.gz`` is what the source had from its first to its
last day. A fetch that is the same as the one before only moves the last day on, by a rename. The first line has the
names of the fields, then comes a record a line with its place, and at the end how the fetch ended: what lacks its end,
or has another digest than its name says, is no snapshot. Nothing here ends a run: what cannot be kept is a warning.
"""

import re
import shutil
import time
import zlib
from collections.abc import Callable, Collection, Generator, Iterator
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from hashlib import blake2b
from itertools import islice
from json import dumps, loads
from os import fsync, utime
from pathlib import Path
from typing import IO, Any, Self

import orjson

from wholesaler.errors import SourceError
from wholesaler.home import make_directory, open_private
from wholesaler.prefetch import Prefetch
from wholesaler.sources.interface import Fetch, FieldTypes, Outcome, Page

_NAME = re.compile(r"(\d{4}-\d\d-\d\d)_(\d{4}-\d\d-\d\d)_([0-9a-f]{32})\.jsonl\.gz")
_FORMAT = 1
#: records of a page that is read back
_PAGE = 2000
#: bytes that are read at a time
_PIECE = 1 << 20
#: bytes that a snapshot leaves to the night, which needs them more
_RESERVE = 500_000_000
#: digits of a number that is found within a longer text too: by chance it is in none
_LONG_NUMBER = 8
_DAY = timedelta(days=1)
_DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Snapshot:
    """A file: what a source had on its ``first`` and ``last`` day, and as far as anybody knows between them."""

    path: Path
    first: date
    last: date
    digest: str

    def move(self, last: date) -> Self:
        """Give it another last day; it counts as written now. Raises ``OSError``."""
        path = self.path.with_name(_name(self.first, last, self.digest))
        self.path.rename(path)
        utime(path)
        return replace(self, path=path, last=last)


class Snapshots:
    """The snapshots of one source of a market; ``today`` is the day in the market, whatever day is worked for."""

    def __init__(self, home: Path, market: str, source: str, today: date) -> None:
        self._folders = (home / "snapshots", home / "snapshots" / market, home / "snapshots" / market / source)
        self._source = source
        self._today = today

    def all(self) -> list[Snapshot]:
        """Those that there are, by their first day."""
        with suppress(OSError):
            return sorted(filter(None, map(_read_name, self._folders[-1].iterdir())), key=lambda one: one.first)
        return []

    def of(self, day: date) -> Snapshot | None:
        """What the source had on a day, if that is known."""
        return next((one for one in reversed(self.all()) if one.first <= day <= one.last), None)

    def keep(self, fetch: Fetch) -> "KeptFetch":
        """The same fetch, written while it is read; :meth:`store` makes a snapshot of it."""
        return KeptFetch(fetch, self._open)

    def store(self, fetch: "KeptFetch", day: date) -> str | None:
        """Make what a fetch for ``day`` has brought the snapshot of the day; returns why that cannot be.

        Not of a fetch that is incomplete, and not of a day older than the newest snapshot, since the source was not
        read on that day.
        """
        try:
            part = fetch.finish()
            if part is None:
                return None
            newest = self._newest(day)
            if newest is not None and (newest.last > day or newest.digest == fetch.digest):
                part.unlink()
                if newest.last < day:
                    newest.move(day)
            else:
                part.rename(part.with_name(_name(day, day, fetch.digest)))
                if newest is not None and newest.first == day:
                    newest.path.unlink()
                elif newest is not None and newest.last == day:
                    newest.move(day - _DAY)
        except OSError as error:
            return f"{self._source}: what it sent is not kept as a snapshot: {error.strerror or error}"
        return None

    def confirm(self, day: date, read_on: date) -> str | None:
        """The source has not changed since it was ``read_on``: its snapshot is that of ``day`` too."""
        newest = self._newest(day)
        try:
            if newest is not None and read_on <= newest.last < day:
                newest.move(day)
        except OSError as error:
            return f"{self._source}: its snapshot could not be called that of {day}: {error.strerror or error}"
        return None

    def _newest(self, day: date) -> Snapshot | None:
        """The newest one, but for days that have not come yet: a clock was wrong."""
        known = (one for one in self.all() if one.first <= max(day, self._today))
        return max(known, key=lambda one: one.first, default=None)

    def _open(self) -> IO[bytes]:
        """A file for what is being fetched; what a killed run has left of one is thrown away."""
        for folder in self._folders:
            make_directory(folder)
        for rest in self._folders[-1].glob("*.part"):
            rest.unlink(missing_ok=True)
        return open_private(self._folders[-1] / "fetch.part", "wb")


class KeptFetch(Fetch):
    """A fetch that is written while it is read, in another thread; what goes wrong with that is told in the end."""

    def __init__(self, fetch: Fetch, open_file: Callable[[], IO[bytes]]) -> None:
        self._fetch = fetch
        self._open = open_file
        self.names = fetch.names
        self.types = fetch.types
        self.digest = ""
        self._file: IO[bytes] | None = None
        self._error: OSError | None = None
        self._hash = blake2b(digest_size=16)
        self._compressor = zlib.compressobj(1, zlib.DEFLATED, 31)

    @property
    def outcome(self) -> Outcome:
        return self._fetch.outcome

    def pages(self) -> Iterator[Page]:
        with Prefetch() as writer:
            head = {"format": _FORMAT, "names": dict(self.names), "types": _types(self.types)}
            writing: Future[None] = writer.submit(self._begin, orjson.dumps(head) + b"\n")
            for page in self._fetch.pages():
                lines = _lines(page)
                writing.result()
                writing = writer.submit(self._write, lines)
                yield page
            writing.result()

    def finish(self) -> Path | None:
        """The file, whole and on the disk; none of an incomplete fetch. Raises ``OSError``."""
        if self._error is not None:
            raise self._error
        if self._file is None:
            return None
        path = Path(self._file.name)
        with self._file:
            if not self.outcome.complete:
                path.unlink()
                return None
            self.digest = self._hash.hexdigest()
            try:
                end = orjson.dumps({"outcome": asdict(self.outcome)}) + b"\n"
                self._file.write(self._compressor.compress(end) + self._compressor.flush())
                self._file.flush()
                fsync(self._file.fileno())
            except OSError:
                path.unlink(missing_ok=True)
                raise
        return path

    def drop(self) -> None:
        """What was written of it is not wanted."""
        if self._file is not None:
            with suppress(OSError):
                Path(self._file.name).unlink()
                self._file.close()
            self._file = None

    def _begin(self, head: bytes) -> None:
        try:
            self._file = self._open()
        except OSError as error:
            self._error = error
        self._write(head)

    def _write(self, lines: bytes) -> None:
        if self._file is None:
            return
        self._hash.update(lines)
        try:
            if shutil.disk_usage(self._file.fileno()).free < _RESERVE:
                raise OSError(None, f"less than {_RESERVE / 1e9:.1f} GB of the disk are free")
            self._file.write(self._compressor.compress(lines))
        except OSError as error:
            self._error = error
            self.drop()


def clear_records(snapshot: Snapshot, texts: Collection[str], kept: Collection[str]) -> bool:
    """Clear the records of a snapshot in which one of ``texts`` stands, but for the fields ``kept``; whether any does.

    The file is written anew, under the name of its new content, as old as it was. Raises :class:`SourceError` where
    the snapshot cannot be read, ``OSError`` where it cannot be written.
    """
    wanted = re.compile(b"|".join(_as_value(text) for text in texts))
    stored = StoredFetch(snapshot)
    fields = {stored.names.get(name, name) for name in kept}
    part, digest, found = snapshot.path.with_name("cleared.part"), blake2b(digest_size=16), False
    compressor = zlib.compressobj(1, zlib.DEFLATED, 31)
    with open_private(part, "wb") as file:
        rest = b""
        for line in stored.lines():
            if rest:
                digest.update(rest)
                file.write(compressor.compress(rest))
            rest = line + b"\n"
            if wanted.search(line) and isinstance(pair := _parse(line), list):
                found = True
                record = {name: value if name in fields else None for name, value in pair[0].items()}
                rest = _line((record, pair[1]))
        file.write(compressor.compress(rest) + compressor.flush())
        file.flush()
        fsync(file.fileno())
    if not found:
        part.unlink()
        return False
    times = snapshot.path.stat()
    cleared = snapshot.path.with_name(_name(snapshot.first, snapshot.last, digest.hexdigest()))
    utime(part, (times.st_atime, times.st_mtime))
    part.rename(cleared)
    if cleared != snapshot.path:  # else it had been cleared before
        snapshot.path.unlink()
    return True


def _as_value(text: str) -> bytes:
    """An expression for a text as a whole value of a record; a long number may stand within a value."""
    quoted = orjson.dumps(text)
    is_long = sum(map(str.isdigit, text)) >= _LONG_NUMBER
    return re.escape(quoted[1:-1] if is_long else quoted)


class StoredFetch(Fetch):
    """A snapshot as the fetch that it was. Raises :class:`SourceError` where it cannot be read, or is not whole."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._outcome: Outcome | None = None
        with closing(self._lines(blake2b())) as lines:
            head = loads(next(lines, b"null"))
        if head is None:
            raise self._damage("it is not whole")
        if head.get("format") != _FORMAT:
            raise self._damage("it is of another version of the program")
        self.names = head["names"]
        self.types = FieldTypes(frozenset(head["types"]["epoch_milliseconds"]), head["types"]["object_id"])

    @property
    def outcome(self) -> Outcome:
        assert self._outcome is not None
        return self._outcome

    def pages(self) -> Iterator[Page]:
        digest = blake2b(digest_size=16)
        lines = self._lines(digest)
        next(lines)
        while block := list(islice(lines, _PAGE)):
            values = [_parse(line) for line in block]
            if isinstance(values[-1], dict):
                end = values.pop()["outcome"]
                self._outcome = Outcome(**{**end, "warnings": tuple(end["warnings"])})
            if values:
                points = (tuple(point) if isinstance(point, list) else point for _, point in values)
                yield Page([record for record, _ in values], list(points))
        if self._outcome is None or digest.hexdigest() != self._snapshot.digest:
            raise self._damage("it is not whole")

    def lines(self) -> Generator[bytes, None, None]:
        """All lines as they are: what it is of, the records, how it ended."""
        return self._lines(blake2b())

    def _lines(self, digest: Any) -> Generator[bytes, None, None]:
        """The lines; all but the last are taken into the digest."""
        rest, line = b"", b""
        inflated = zlib.decompressobj(31)
        try:
            with self._snapshot.path.open("rb") as file:
                while piece := file.read(_PIECE):
                    *lines, rest = (rest + inflated.decompress(piece)).split(b"\n")
                    for following in lines:
                        if line:
                            digest.update(line + b"\n")
                            yield line
                        line = following
        except (OSError, zlib.error) as error:
            raise self._damage(str(error)) from error
        if line:
            yield line

    def _damage(self, why: str) -> SourceError:
        return SourceError(f"The snapshot {self._snapshot.path} cannot be used: {why}.", transient=False)


def prune_snapshots(
    home: Path, days: float, gigabytes: float, *, now: float | None = None, dry_run: bool = False
) -> list[tuple[Path, int]]:
    """Remove snapshots of all markets that were last written, or found unchanged, more than so many ``days`` ago.

    Of what is left the oldest go while all are more than so many ``gigabytes``. Returns the files that were
    removed, or with ``dry_run`` would be, each with its bytes. Raises ``OSError``.
    """
    now = time.time() if now is None else now
    files = []
    for path in (home / "snapshots").glob("*/*/*"):
        with suppress(FileNotFoundError):  # another run removes, or renames, beside this one
            status = path.stat()
            if _NAME.fullmatch(path.name) or now - status.st_mtime > _DAY_SECONDS:
                files.append((status.st_mtime, status.st_size, path))
    total = sum(size for _, size, _ in files)
    removed = []
    for written_at, size, path in sorted(files):
        is_rest = not _NAME.fullmatch(path.name)
        if is_rest or now - written_at > days * _DAY_SECONDS or total > gigabytes * 1e9:
            removed.append((path, size))
            total -= size
            if not dry_run:
                path.unlink(missing_ok=True)
    return removed


def _name(first: date, last: date, digest: str) -> str:
    return f"{first}_{last}_{digest}.jsonl.gz"


def _read_name(path: Path) -> Snapshot | None:
    parts = _NAME.fullmatch(path.name)
    if parts is None:
        return None
    with suppress(ValueError):
        return Snapshot(path, date.fromisoformat(parts[1]), date.fromisoformat(parts[2]), parts[3])
    return None


def _types(types: FieldTypes) -> dict[str, Any]:
    return {"epoch_milliseconds": sorted(types.epoch_milliseconds), "object_id": types.object_id}


def _lines(page: Page) -> bytes:
    pairs = zip(page.records, page.points, strict=True)
    return b"".join([_line(pair) for pair in pairs])


def _line(pair: tuple[dict[str, Any], Any]) -> bytes:
    try:
        return orjson.dumps(pair, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # whole numbers of any size, and text that is no text: a blank in front says so
        return b" " + dumps(pair).encode() + b"\n"


def _parse(line: bytes) -> Any:
    return loads(line) if line.startswith(b" ") else orjson.loads(line)
