"""Which record ids were seen, in little memory: a bit for a number, eight bytes for anything else."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any

_BLOCK_BITS = 10
_BLOCK_BYTES = 1 << (_BLOCK_BITS - 3)
_LOW = (1 << _BLOCK_BITS) - 1
_BUCKETS = 4096
_HASH = (1 << 64) - 1


class Identities:
    """A set of record ids that only grows.

    Numbers are bits of blocks of 1,024; texts (Socrata's row ids) are kept as 64-bit hashes, of which a million have
    a chance of 3 in 100 million to contain an equal pair. A record without id is never a repetition.
    """

    def __init__(self) -> None:
        #: different ids
        self.count = 0
        #: records without one
        self.nameless = 0
        #: the largest number seen
        self.highest: int | None = None
        self._blocks: dict[int, bytearray] = {}
        self._buckets: list[array[int]] | None = None

    def add(self, ids: Sequence[Any]) -> list[int]:
        """Add ids; the positions of those that were there already."""
        repeated = []
        nameless = 0
        blocks = self._blocks
        highest = self.highest
        for position, identity in enumerate(ids):
            if identity.__class__ is int:
                block = blocks.get(identity >> _BLOCK_BITS)
                if block is None:
                    block = blocks[identity >> _BLOCK_BITS] = bytearray(_BLOCK_BYTES)
                low = identity & _LOW
                bit = 1 << (low & 7)
                if block[low >> 3] & bit:
                    repeated.append(position)
                else:
                    block[low >> 3] |= bit
                    if highest is None or identity > highest:
                        highest = identity
            elif identity is None:
                nameless += 1
            elif not self._add_text(str(identity)):
                repeated.append(position)
        self.highest = highest
        self.nameless += nameless
        self.count += len(ids) - len(repeated) - nameless
        return repeated

    def holds(self, numbers: Iterable[int]) -> bool:
        """Whether all of these numbers are there."""
        blocks = self._blocks
        for number in numbers:
            block = blocks.get(number >> _BLOCK_BITS)
            if block is None or not block[(number & _LOW) >> 3] & 1 << (number & 7):
                return False
        return True

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
