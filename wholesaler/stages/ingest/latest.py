"""Of records with one key the newest (``latest_by``): judged when all have come, before anything is looked up.

The database compares keys and ranks; the records themselves wait in a file that has no name.
"""

import json
import zlib
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, Any

from sqlalchemy import Connection, text

from wholesaler.db.bulk import copy_lines
from wholesaler.db.sql import statement
from wholesaler.markets.values import Value, label
from wholesaler.prefetch import Prefetch
from wholesaler.sources.interface import Fetch, Outcome, Page
from wholesaler.stages.ingest.convert.evaluate import Table, as_text, evaluate
from wholesaler.stages.ingest.convert.identity import Columns, Identifier
from wholesaler.stages.ingest.convert.raw import printable_value
from wholesaler.stages.ingest.convert.values import NULL

#: rows of the judgement that are in memory at a time
_CHUNK = 10_000
#: how much of an unreadable rank is shown
_LONGEST_EXAMPLE = 40


class LatestFetch(Fetch):
    """A fetch without the records that a newer one of their key supersedes; ``superseded`` counts those.

    :meth:`judge` reads the whole fetch and must come before :meth:`pages`.
    """

    def __init__(self, fetch: Fetch, columns: Columns, identifier: Identifier) -> None:
        latest_by = columns.definition.latest_by
        assert latest_by is not None
        self._latest_by: Value = latest_by
        self._fetch = fetch
        self._columns = columns
        self._identifier = identifier
        self.names = fetch.names
        self.types = fetch.types
        self.superseded = 0
        self.warnings: list[str] = []
        self._file: IO[bytes] = TemporaryFile()  # noqa: SIM115  # it is closed when its pages have been read
        #: of every record whether it is superseded, in a byte
        self._judgement = bytearray()

    def judge(self, connection: Connection) -> None:
        """Read all records, and find out which of them stand."""
        connection.execute(statement(__package__, "latest.sql", "versions"))
        unreadable: dict[str, int] = {}
        with Prefetch() as worker:
            for lines, count, unread in worker.items(self._lines()):
                self._judgement.extend(bytes(count))
                if lines:
                    copy_lines(connection, "versions", ("ordinal", "record_key", "rank"), [lines])
                for example, times in unread.items():
                    unreadable[example] = unreadable.get(example, 0) + times
        if unreadable:
            example, times = next(iter(unreadable)), sum(unreadable.values())
            self.warnings.append(
                f"{times:,} × {label(self._latest_by, 'latest_by')}: neither a number nor a day, such as '{example}': "
                "taken for the oldest."
            )
        query = statement(__package__, "latest.sql", "superseded").execution_options(yield_per=_CHUNK)
        for rows in connection.execute(query).partitions():
            for (ordinal,) in rows:
                self._judgement[ordinal] = 1
            self.superseded += len(rows)
        connection.execute(text("DROP TABLE versions"))

    def pages(self) -> Iterator[Page]:
        self._file.seek(0)
        first = 0
        with closing(self._file):
            while size := self._file.read(8):
                records, points = _unpack(self._file.read(int.from_bytes(size, "big")))
                stand = [i for i in range(len(records)) if not self._judgement[first + i]]
                first += len(records)
                if stand:
                    yield Page([records[i] for i in stand], [points[i] for i in stand])

    @property
    def outcome(self) -> Outcome:
        return self._fetch.outcome

    def _lines(self) -> Iterator[tuple[bytes, int, dict[str, int]]]:
        """Of each page its keys and ranks as COPY text, how many records it has, and ranks that nobody can read."""
        ordinal = 0
        for page in self._fetch.pages():
            packed = _pack(page)
            self._file.write(len(packed).to_bytes(8, "big") + packed)
            table, identity = self._identifier.identify(self._columns.table(page.records), _unheard)
            unreadable: dict[str, int] = {}
            lines = []
            rows = zip(identity.keys, identity.reasons, self._ranks(table, unreadable), strict=True)
            for position, (key, reason, rank) in enumerate(rows):
                if reason == NULL:  # what cannot be used supersedes nothing
                    lines.append(f"{ordinal + position}\t{key}\t{rank}\n")
            ordinal += len(page.records)
            yield "".join(lines).encode(), len(page.records), unreadable

    def _ranks(self, table: Table, unreadable: dict[str, int]) -> list[str]:
        """What the records are compared by, as COPY text of numbers: numbers as they are, days by their number."""
        values = evaluate(self._latest_by, table, _unheard)
        epochs = self._columns.are_epochs(self._latest_by)
        known: dict[Any, str] = {}
        ranks = []
        for value in values:
            key = value if isinstance(value, str | int | float) else as_text(value)
            rank = known.get(key)
            if rank is None:
                rank = known[key] = self._rank(value, epochs)
            if not rank:
                example = as_text(value)[:_LONGEST_EXAMPLE]
                unreadable[example] = unreadable.get(example, 0) + 1
            ranks.append(rank or NULL)
        return ranks

    def _rank(self, value: Any, epochs: bool) -> str:
        """Empty for what is neither number nor day."""
        written = str(int(value)) if isinstance(value, bool) else as_text(value)
        if not written:
            return NULL
        if not epochs:
            try:
                number = Decimal(written.replace(",", ""))
                return format(number, "f") if number.is_finite() and abs(number.adjusted()) < 1000 else ""
            except ArithmeticError:
                pass
        day = self._columns.reader.day(value, epochs=epochs)
        return day.replace("-", "") if day else ""


def _unheard(position: int, what: str) -> None:
    """What is wrong with values is told of the records that stand, when they are read."""


def _pack(page: Page) -> bytes:
    """Records as JSON of Python's own making, which keeps what is no number, and numbers of any size."""
    try:
        whole = json.dumps([page.records, page.points])
    except (ValueError, TypeError, RecursionError):
        whole = json.dumps([[{n: printable_value(v) for n, v in one.items()} for one in page.records], page.points])
    return zlib.compress(whole.encode(), 1)


def _unpack(packed: bytes) -> tuple[list[dict[str, Any]], list[Any]]:
    records, points = json.loads(zlib.decompress(packed))
    return records, [tuple(point) if isinstance(point, list) else point for point in points]
