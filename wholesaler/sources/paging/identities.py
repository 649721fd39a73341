"""Which records were seen, in little memory: two bytes for a numbered one, eight for anything else."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Any

_BLOCK_BITS = 10
_EMPTY_BLOCK = bytes(2 << _BLOCK_BITS)
_LOW = (1 << _BLOCK_BITS) - 1
_BUCKETS = 4096
_HASH = (1 << 64) - 1
#: marks of content are from 1 to this
MOST_MARK = (1 << 16) - 1


class Identities:
    """A set of records, known by their ids, that only grows.

    Layers joined one to many give one id to several rows: those are different that say different things. So each
    number is kept with a *mark* of 16 bits of what its record says; of two rows with one id one in 65,536 pairs is
    taken for one. Texts (Socrata's row ids) are kept as 64-bit hashes, of which a million have a chance of 3 in 100
    million to contain an equal pair. A record without id is never a repetition.
    """

    def __init__(self) -> None:
        #: different records that have an id
        self.count = 0
        #: records without one
        self.nameless = 0
        #: records equal to another in the same answer: those are no repetition by a server that has lost its place
        self.twins = 0
        #: the largest number seen
        self.highest: int | None = None
        self._blocks: dict[int, array[int]] = {}
        self._shared_marks: set[tuple[int, int]] = set()
        self._shared_ids: set[int] = set()
        self._buckets: list[array[int]] | None = None

    @property
    def has_shared_ids(self) -> bool:
        """Whether different records were seen that have one id."""
        return bool(self._shared_ids)

    def add(self, ids: Sequence[Any], marks: Sequence[int] | None = None) -> list[int]:
        """Add records by their ids and marks (without: ids alone); the positions of those that were there already."""
        repeats = []
        nameless = 0
        blocks = self._blocks
        highest = self.highest
        for position, (identity, mark) in enumerate(zip(ids, marks if marks is not None else repeat(0), strict=False)):
            if identity.__class__ is int:
                block = blocks.get(identity >> _BLOCK_BITS)
                if block is None:
                    block = blocks[identity >> _BLOCK_BITS] = array("H", _EMPTY_BLOCK)
                stored_mark = block[identity & _LOW]
                if not stored_mark:
                    block[identity & _LOW] = mark % MOST_MARK + 1
                    if highest is None or identity > highest:
                        highest = identity
                elif not mark or stored_mark == mark % MOST_MARK + 1 or (identity, mark) in self._shared_marks:
                    repeats.append(position)
                else:
                    self._shared_marks.add((identity, mark))
                    self._shared_ids.add(identity)
            elif identity is None:
                nameless += 1
            elif not self._add_text(f"{mark} {identity}"):
                repeats.append(position)
        self.highest = highest
        self.nameless += nameless
        self.count += len(ids) - len(repeats) - nameless
        if repeats and marks is not None:
            self._count_twins(ids, marks, repeats)
        return repeats

    def holds(self, numbers: Iterable[int]) -> bool:
        """Whether all of these numbers are there, each for one record."""
        blocks = self._blocks
        for number in numbers:
            block = blocks.get(number >> _BLOCK_BITS)
            if block is None or not block[number & _LOW] or number in self._shared_ids:
                return False
        return True

    def _count_twins(self, ids: Sequence[Any], marks: Sequence[int], repeats: list[int]) -> None:
        positions = set(repeats)
        fresh = {(str(ids[i]), marks[i]) for i in range(len(ids)) if i not in positions}
        self.twins += sum((str(ids[i]), marks[i]) in fresh for i in repeats)

    def _add_text(self, text: str) -> bool:
        if self._buckets is None:
            self._buckets = [array("Q") for _ in range(_BUCKETS)]
        number = hash(text) & _HASH
        bucket = self._buckets[number % _BUCKETS]
        place = bisect_left(bucket, number)
        if place < len(bucket) and bucket[place] == number:
            return False
        bucket.insert(place, number)
        return True
