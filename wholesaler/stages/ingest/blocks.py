"""The records of a fetch on their way into its table, a block at a time.

Another thread identifies and writes blocks while the server looks up one and copies the one before, so that neither
waits for the other.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from sqlalchemy import Connection, Table

from wholesaler.db.bulk import copy_lines
from wholesaler.prefetch import Prefetch
from wholesaler.sources.interface import Fetch, Page
from wholesaler.stages.ingest.convert.places import Place
from wholesaler.stages.ingest.convert.records import Block, Converter
from wholesaler.stages.ingest.convert.values import NULL
from wholesaler.stages.ingest.lookup import Lookup, LookupQuery, LookupResult

#: the columns that a row of ``staging`` has before those of the target
STAGING_COLUMNS = ("ordinal", "reason")
#: Records that are looked up and copied at a time. More are more memory and no faster; with fewer, the thread that
#: talks to the server waits for the interpreter more often than for the server.
_BLOCK = 2000


@dataclass(frozen=True)
class _CopyText:
    """COPY text of a block: ``count`` new rows for the target, and rows for ``staging``."""

    new: bytes
    count: int
    staging: bytes


class _Writer:
    """Writes the rows of one block after the other."""

    def __init__(self, converter: Converter) -> None:
        self._converter = converter
        self._previous: Mapping[str, str] = {}

    def write(self, block: Block, positions: Sequence[int], result: LookupResult, places: list[Place]) -> _CopyText:
        """The rows at ``positions``. What was new in the block before was not there yet when this one was looked up."""
        lines = self._converter.rows(block, positions, result.owners, places)
        previous = self._previous
        new: dict[str, str] = {}
        staging = []
        for position, line in zip(positions, lines, strict=True):
            key, reason = block.keys[position], block.reasons[position]
            if reason != NULL or position in result.updates or key in new or key in previous:
                staging.append(f"{block.ordinal + position}\t{reason}\t{line}")
            else:
                new[key] = line
        self._previous = new
        return _CopyText(_as_lines(new.values()), len(new), _as_lines(staging))


def copy_blocks(connection: Connection, target: Table, converter: Converter, lookup: Lookup, fetch: Fetch) -> int:
    """Copy what is new into ``target``, and into ``staging`` what needs a closer look; returns how many were new."""
    writer = _Writer(converter)
    inserted = 0
    with Prefetch() as worker:
        upcoming: Future[_CopyText] | None = None
        for block, query in worker.items(_identify_blocks(converter, lookup, fetch)):
            result = lookup.execute(query)
            positions = [position for position in range(len(block)) if position not in result.unchanged]
            places = lookup.degrees(block, positions)
            rows, upcoming = upcoming, worker.submit(writer.write, block, positions, result, places)
            inserted += _copy(connection, target, converter, rows)
        inserted += _copy(connection, target, converter, upcoming)
    return inserted


def _copy(connection: Connection, target: Table, converter: Converter, upcoming: Future[_CopyText] | None) -> int:
    if upcoming is None:
        return 0
    rows = upcoming.result()
    if rows.new:
        copy_lines(connection, target.name, converter.columns, [rows.new])
    if rows.staging:
        copy_lines(connection, "staging", (*STAGING_COLUMNS, *converter.columns), [rows.staging])
    return rows.count


def _identify_blocks(converter: Converter, lookup: Lookup, fetch: Fetch) -> Iterator[tuple[Block, LookupQuery]]:
    for page in fetch.pages():
        for start in range(0, len(page.records), _BLOCK):
            block = converter.identify(Page(page.records[start : start + _BLOCK], page.points[start : start + _BLOCK]))
            yield block, lookup.prepare(block)


def _as_lines(lines: Collection[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode() if lines else b""
