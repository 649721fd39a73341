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
from wholesaler.stages.ingest.lookup import Found, Lookup, Question

#: what a staged row has before the columns of the target
STAGED = ("ordinal", "reason")
#: Records that are looked up and copied at a time. More are more memory and no faster; with fewer, the thread that
#: talks to the server waits for the interpreter more often than for the server.
_BLOCK = 2000


@dataclass(frozen=True)
class _Written:
    """COPY text of a block: ``count`` new rows for the target, and rows for ``staging``."""

    new: bytes
    count: int
    staged: bytes


class _Writer:
    """Writes the rows of one block after the other."""

    def __init__(self, converter: Converter) -> None:
        self._converter = converter
        self._before: Mapping[str, str] = {}

    def write(self, block: Block, positions: Sequence[int], found: Found, places: list[Place]) -> _Written:
        """The rows at ``positions``. What was new in the block before was not there yet when this one was looked up."""
        lines = self._converter.rows(block, positions, found.owners, places)
        before = self._before
        new: dict[str, str] = {}
        staged = []
        for position, line in zip(positions, lines, strict=True):
            key, reason = block.keys[position], block.reasons[position]
            if reason != NULL or position in found.known or key in new or key in before:
                staged.append(f"{block.ordinal + position}\t{reason}\t{line}")
            else:
                new[key] = line
        self._before = new
        return _Written(_ended(new.values()), len(new), _ended(staged))


def copy_blocks(connection: Connection, target: Table, converter: Converter, lookup: Lookup, fetch: Fetch) -> int:
    """Copy what is new into ``target``, and into ``staging`` what needs a closer look; returns how many were new."""
    writer = _Writer(converter)
    inserted = 0
    with Prefetch() as worker:
        coming: Future[_Written] | None = None
        for block, question in worker.items(_identified(converter, lookup, fetch)):
            found = lookup.find(question)
            positions = [position for position in range(len(block)) if position not in found.unchanged]
            places = lookup.degrees(block, positions)
            written, coming = coming, worker.submit(writer.write, block, positions, found, places)
            inserted += _copy(connection, target, converter, written)
        inserted += _copy(connection, target, converter, coming)
    return inserted


def _copy(connection: Connection, target: Table, converter: Converter, coming: Future[_Written] | None) -> int:
    if coming is None:
        return 0
    written = coming.result()
    if written.new:
        copy_lines(connection, target.name, converter.columns, [written.new])
    if written.staged:
        copy_lines(connection, "staging", (*STAGED, *converter.columns), [written.staged])
    return written.count


def _identified(converter: Converter, lookup: Lookup, fetch: Fetch) -> Iterator[tuple[Block, Question]]:
    for page in fetch.pages():
        for start in range(0, len(page.records), _BLOCK):
            block = converter.identify(Page(page.records[start : start + _BLOCK], page.points[start : start + _BLOCK]))
            yield block, lookup.ask(block)


def _ended(lines: Collection[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode() if lines else b""
