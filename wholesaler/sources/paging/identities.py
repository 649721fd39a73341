"""Which records were seen, in little memory: two bytes for a number among many, eight for anything else."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any

_BLOCK_BITS = 10
_EMPTY_BLOCK = bytes(2 << _BLOCK_BITS)
_LOW = (1 << _BLOCK_BITS) - 1
#: a block with as many numbers is worth its two kilobytes
_MANY = 64
_BUCKETS = 4096
_MARK_BITS = 16
#: numbers from -this to this are kept as they are, others by their hash
_WIDEST = 1 << 47
_HASH = (1 << 64) - 1
#: marks of content are from 1 to this
MOST_MARK = (1 << _MARK_BITS) - 1


class _Marks:
    """Numbers of 48 bits and a mark for each, in sorted lists that hold whole blocks."""

    def __init__(self) -> None:
        self._buckets: dict[int, array[int]] = {}

    def get(self, number: int) -> int:
        """The number's mark; 0 when it is not there."""
        bucket = self._buckets.get((number >> _BLOCK_BITS) % _BUCKETS)
        if bucket is None:
            return 0
        place = bisect_left(bucket, number << _MARK_BITS)
        if place == len(bucket) or bucket[place] >> _MARK_BITS != number:
            return 0
        return bucket[place] & MOST_MARK

    def add(self, number: int, mark: int) -> None:
        """Add one that is not there."""
        bucket = self._buckets.setdefault((number >> _BLOCK_BITS) % _BUCKETS, array("q"))
        entry = number << _MARK_BITS | mark
        bucket.insert(bisect_left(bucket, entry), entry)

    def size(self, block: int) -> int:
        """How many numbers of a block are there; at least one is."""
        first, last = self._range(self._buckets[block % _BUCKETS], block)
        return last - first

    def take(self, block: int) -> list[tuple[int, int]]:
        """Remove a block; returns its numbers and marks."""
        bucket = self._buckets[block % _BUCKETS]
        first, last = self._range(bucket, block)
        taken = [(entry >> _MARK_BITS, entry & MOST_MARK) for entry in bucket[first:last]]
        del bucket[first:last]
        if not bucket:
            del self._buckets[block % _BUCKETS]
        return taken

    def _range(self, bucket: "array[int]", block: int) -> tuple[int, int]:
        shift = _BLOCK_BITS + _MARK_BITS
        return bisect_left(bucket, block << shift), bisect_left(bucket, (block + 1) << shift)


class Identities:
    """A set of records, known by their ids, that only grows.

    Layers joined one to many give one id to several rows: those are different that say different things. So each
    number is kept with a *mark* of 16 bits of what its record says; of two rows with one id one in 65,536 pairs is
    taken for one. Texts (Socrata's row ids) are kept as hashes of 48 bits with such a mark: a million have a chance of
    3 in 100 million to contain an equal pair. A record without id is never a repetition.
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
        #: records held back as known that turned out to share their id with another
        self.lost = 0
        self._blocks: dict[int, array[int]] = {}
        self._sparse = _Marks()
        self._texts = _Marks()
        self._shared_marks: set[tuple[Any, int]] = set()
        self._shared_ids: set[Any] = set()

    @property
    def has_shared_ids(self) -> bool:
        """Whether different records were seen that have one id."""
        return bool(self._shared_ids)

    @property
    def different(self) -> int:
        """How many ids were seen."""
        return self.count - len(self._shared_marks)

    def add(self, ids: Sequence[Any], marks: Sequence[int] | None = None) -> list[int]:
        """Add records by their ids and marks (without, or 0: ids alone); the positions of those already there."""
        repeats = []
        nameless = 0
        blocks = self._blocks
        highest = self.highest
        mark = 0
        for position, identity in enumerate(ids):
            if marks is not None:
                mark = marks[position]
            if identity is None:
                nameless += 1
                continue
            short = mark % MOST_MARK + 1
            if identity.__class__ is int:
                block = blocks.get(identity >> _BLOCK_BITS)
                known = self._mark(identity) if block is None else block[identity & _LOW]
                if not known:
                    if block is None:
                        self._put(identity, short)
                    else:
                        block[identity & _LOW] = short
                    if highest is None or identity > highest:
                        highest = identity
                    continue
            else:
                number, rest = _hashed(identity)
                known = self._texts.get(number)
                if marks is None:
                    mark, short = rest, rest % MOST_MARK + 1
                if not known:
                    self._texts.add(number, short)
                    continue
            if not mark or known == short or (identity, mark) in self._shared_marks:
                repeats.append(position)
            else:
                self._shared_marks.add((identity, mark))
                self._shared_ids.add(identity)
        self.highest = highest
        self.nameless += nameless
        self.count += len(ids) - len(repeats) - nameless
        if repeats and marks is not None:
            self._count_twins(ids, marks, repeats)
        return repeats

    def add_again(self, ids: Sequence[Any], marks: Sequence[int] | None, reading: "Identities") -> list[int]:
        """Add records some of which are read once more; ``reading`` are those of this reading alone.

        What a record says may have changed since it was read, so its id alone tells that it was there already, unless
        different records of one reading share it.
        """
        known = len(reading._shared_ids)
        reading.add(ids, marks)
        if marks is None:
            return self.add(ids)
        shared, shared_now = self._shared_ids, reading._shared_ids
        if len(shared_now) > known:
            self.lost += self._held_back(ids, marks, reading)
        by_mark = [one in shared or one in shared_now or one is None or not self._mark(one) for one in ids]
        return self.add(ids, [mark if needed else 0 for mark, needed in zip(marks, by_mark, strict=True)])

    def holds(self, numbers: Iterable[int]) -> bool:
        """Whether all of these numbers are there, each for one record."""
        return all(self._mark(number) and number not in self._shared_ids for number in numbers)

    def _mark(self, identity: Any) -> int:
        """The mark of the first record with this id; 0 when there is none."""
        if identity.__class__ is int and -_WIDEST <= identity < _WIDEST:
            block = self._blocks.get(identity >> _BLOCK_BITS)
            return self._sparse.get(identity) if block is None else block[identity & _LOW]
        return self._texts.get(_hashed(identity)[0])

    def _held_back(self, ids: Sequence[Any], marks: Sequence[int], reading: "Identities") -> int:
        """How many ids turn out to be shared only now, when another record that has them was taken for an older one."""
        first = {one: reading._mark(one) for one in ids if one in reading._shared_ids and one not in self._shared_ids}
        here = {(one, mark % MOST_MARK + 1) for one, mark in zip(ids, marks, strict=True) if one in first}
        return sum((one, mark) not in here and mark != self._mark(one) for one, mark in first.items())

    def _put(self, identity: int, mark: int) -> None:
        if not -_WIDEST <= identity < _WIDEST:
            self._texts.add(_hashed(identity)[0], mark)
            return
        self._sparse.add(identity, mark)
        block = identity >> _BLOCK_BITS
        if self._sparse.size(block) >= _MANY:
            dense = self._blocks[block] = array("H", _EMPTY_BLOCK)
            for number, its_mark in self._sparse.take(block):
                dense[number & _LOW] = its_mark

    def _count_twins(self, ids: Sequence[Any], marks: Sequence[int], repeats: list[int]) -> None:
        positions = set(repeats)
        fresh = {(str(ids[i]), marks[i]) for i in range(len(ids)) if i not in positions}
        self.twins += sum((str(ids[i]), marks[i]) in fresh for i in repeats)


def _hashed(identity: Any) -> tuple[int, int]:
    """48 bits by which an id is found, and 16 more."""
    whole = hash(str(identity)) & _HASH
    return (whole >> _MARK_BITS) - _WIDEST, whole & MOST_MARK
