"""The ways in which a list may write the numbers of a roll: other separators, another order, zeros that were lost,
what all numbers begin or end with, and digits more or fewer.

A way is tried on the numbers; whether it is the list's is told by the roll alone.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from itertools import pairwise, permutations

from wholesaler.draft.layouts import DIGITS, SEPARATORS, Layout, runs_of, signature

#: pieces whose order is tried; beyond that those in front
_MOVED = 4
#: share of a list's numbers of one way of writing that must be readable for a way to be tried at all
_READ = 0.75
#: ways that are tried at most
MOST_WAYS = 80
_COMPOSITIONS = 40
#: numbers by which it is seen whether a way can be
_LOOKED_AT = 30
#: characters more or fewer that a list may have at the end, such as a check digit
_CHECKS = 2

Run = tuple[int, int]


@dataclass(frozen=True)
class Way:
    """How numbers are written: ``runs`` of the roll's slots in the list's order, and what stands ``before`` each.

    ``after`` is what all end with; ``is_bare``: separators are taken out before; ``dropped`` so many characters at the
    end are not the roll's; ``ending`` is what the roll has at the end and the list leaves out. With ``width`` it is
    that of numbers of so many characters alone.
    """

    layout: Layout
    runs: tuple[Run, ...]
    before: tuple[str, ...]
    after: str = ""
    is_bare: bool = False
    dropped: int = 0
    ending: str = ""
    width: int = 0

    @property
    def order(self) -> str:
        """The numbers of the pieces in the list's order, as far as they are not in the roll's; empty where all are."""
        ranks = [sorted(self.runs).index(run) + 1 for run in self.runs]
        while ranks and ranks[-1] == len(ranks):
            ranks.pop()
        return "".join(map(str, ranks))

    @cached_property
    def _pieces(self) -> list[tuple[Run, int]]:
        """Of each run what is read at once, with the width up to which zeros are put back; 0 where none can be lost.

        What has lost zeros lost them in front: behind other characters, or between separators that are taken out,
        nobody could tell where they were.
        """
        pieces = []
        for start, end in self.runs:
            for first, last in runs_of(self.layout, start, end):
                slot = self.layout.slots[first]
                can_lose = not self.is_bare and first == start and slot.characters == DIGITS and slot.is_fixed
                pieces.append(((first, last), last - first if can_lose else 0))
        return pieces

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        heads = {run[0]: text for run, text in zip(self.runs, self.before, strict=True)}
        pattern = ""
        for (first, last), width in self._pieces:
            slot = self.layout.slots[first]
            text = f"[{slot.characters}]{{1,{width}}}" if width else _pattern_of(self.layout, first, last)
            pattern += f"{re.escape(heads.get(first, ''))}({text})"
        return re.compile(pattern + re.escape(self.after), re.ASCII)

    def _match(self, number: str) -> re.Match[str] | None:
        if self.width and len(number) != self.width:
            return None
        text = drop(number, self.dropped) if self.dropped else number
        return self._pattern.fullmatch(SEPARATORS.sub("", text) if self.is_bare else text)

    def slots(self, number: str) -> tuple[str, ...] | None:
        """A number in the roll's slots, with the zeros that it lost; ``None`` for one that is not of this way."""
        match = self._match(number)
        if match is None:
            return None
        texts = [""] * (len(self.layout.slots) - len(self.ending)) + list(self.ending)
        for ((first, last), width), text in zip(self._pieces, match.groups(), strict=True):
            padded = text.rjust(width, "0") if width else text
            if last - first == 1:
                texts[first] = padded
            else:
                texts[first:last] = padded
        return tuple(texts)

    def read(self, number: str) -> str:
        """A number as the roll writes it; an empty text for one that is not of this way."""
        texts = self.slots(number)
        return self.layout.write(texts) if texts is not None else ""

    def lost(self, numbers: Sequence[str]) -> dict[Run, int]:
        """Where numbers of this way lost zeros, and how many at most."""
        found: dict[Run, int] = {}
        for number in numbers:
            match = self._match(number)
            for (run, width), piece in zip(self._pieces, match.groups() if match else (), strict=False):
                if width > len(piece):
                    found[run] = max(found.get(run, 0), width - len(piece))
        return found


def drop(number: str, count: int) -> str:
    """A number without so many letters and digits at the end, and the separator in front of them."""
    return re.sub(rf"[^0-9A-Z]*[0-9A-Z]{{{count}}}$", "", number)


def _pattern_of(layout: Layout, first: int, last: int) -> str:
    slot = layout.slots[first]
    return slot.pattern if last - first == 1 else f"[{slot.characters}]{{{last - first}}}"


@dataclass
class Written:
    """A list's numbers of one signature, as groups between its separators."""

    numbers: Sequence[str]
    signs: tuple[str, ...]
    columns: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.columns = [list(column) for column in zip(*map(SEPARATORS.split, self.numbers), strict=True)]

    @property
    def head(self) -> tuple[str, ...]:
        """What stands in front of each group."""
        return ("", *self.signs)


def by_signature(numbers: Sequence[str]) -> list[Written]:
    """The numbers by how they are separated, the most frequent first."""
    counts = Counter(map(signature, numbers))
    found = []
    for signs, _ in counts.most_common(6):
        own = [number for number in numbers if signature(number) == signs]
        if all(all(SEPARATORS.split(number)) for number in own):
            found.append(Written(own, signs))
    return found


def by_width(written: Written) -> list[Written]:
    """Numbers without separators by their widths, of which each may have lost something else."""
    if written.signs:
        return [written]
    widths = Counter(map(len, written.numbers)).most_common(6)
    return [Written([number for number in written.numbers if len(number) == width], ()) for width, _ in widths]


def plain_ways(layout: Layout, written: Written, cuts: Sequence[tuple[int, ...]]) -> Iterator[Way]:
    """Ways in which a list writes all of the roll's slots and nothing else.

    ``cuts`` are places where numbers are known to be cut, by other lists; what has no separators may be in another
    order of those pieces.
    """
    count = len(written.columns)
    fits = _Fits(layout, written.columns)
    for runs in _compositions(fits, range(count)):
        yield Way(layout, runs, written.head)
    whole = (0, *layout.bounds, len(layout.slots))
    if count == 1:
        for cut in dict.fromkeys((whole, *cuts)):
            pieces = list(pairwise(cut))
            for order in _orders(len(pieces)):
                yield Way(layout, tuple(pieces[place] for place in order), ("",) * len(pieces))
        return
    for order in _orders(count):
        # the list's groups in the roll's order, where their widths tell one composition
        groups = [order.index(place) for place in range(count)]
        columns = [written.columns[place] for place in groups]
        exact = [runs for runs in _compositions(fits, groups) if _is_exact(layout, runs, columns)]
        if not exact and len(whole) == count + 1:
            exact = [tuple(pairwise(whole))]
        for runs in exact[:3]:
            yield Way(layout, tuple(runs[place] for place in order), written.head)


def other_ways(layout: Layout, written: Written, _: Sequence[str]) -> Iterator[Way]:
    """Ways in which all of a list's numbers begin or end with the same, which the roll does not have."""
    columns = written.columns
    if len(columns) > 1 and len(set(columns[0])) == 1:
        rest = Written([number[len(columns[0][0]) + len(written.signs[0]):] for number in written.numbers],
                       written.signs[1:])  # fmt: skip
        lead = columns[0][0] + written.signs[0]
        for way in plain_ways(layout, rest, ()):
            yield replace(way, before=(lead, *way.before[1:]))
    if len(columns) > 1 and len(set(columns[-1])) == 1:
        tail = written.signs[-1] + columns[-1][0]
        rest = Written([number[: -len(tail)] for number in written.numbers], written.signs[:-1])
        for way in plain_ways(layout, rest, ()):
            yield replace(way, after=tail)
    total = sum(slot.most for slot in layout.slots)
    first, last = columns[0], columns[-1]
    excess = {sum(map(len, SEPARATORS.split(number))) - total for number in written.numbers}
    if len(excess) == 1 and (more := next(iter(excess))) > 0:
        starts, ends = {text[:more] for text in first}, {text[-more:] for text in last}
        if len(starts) == 1 and all(len(text) > more for text in first):
            lead = next(iter(starts))
            rest = Written([number[more:] for number in written.numbers], written.signs)
            for way in plain_ways(layout, rest, ()):
                yield replace(way, before=(lead, *way.before[1:]))
        if len(ends) == 1 and all(len(text) > more for text in last):
            tail = next(iter(ends))
            rest = Written([number[:-more] for number in written.numbers], written.signs)
            for way in plain_ways(layout, rest, ()):
                yield replace(way, after=tail)


def shorter_ways(layout: Layout, written: Written, endings: Sequence[str]) -> Iterator[Way]:
    """Ways in which a list leaves out with what nearly all numbers of the roll end."""
    for ending in endings:
        rest = Layout(layout.slots[: -len(ending)], layout.before[: -len(ending)])
        for way in plain_ways(rest, written, ()):
            yield replace(way, layout=layout, ending=ending)


def longer_ways(layout: Layout, written: Written, _: Sequence[str]) -> Iterator[Way]:
    """Ways in which a list has a character or two more at the end, such as a check digit, that are not always alike."""
    total = sum(slot.most for slot in layout.slots)
    excess = {sum(map(len, SEPARATORS.split(number))) - total for number in written.numbers}
    if len(excess) == 1 and 0 < (more := next(iter(excess))) <= _CHECKS:
        rest = [drop(number, more) for number in written.numbers]
        if len({signature(number) for number in rest}) == 1:
            for way in plain_ways(layout, Written(rest, signature(rest[0])), ()):
                yield replace(way, dropped=more)


def bare_way(layout: Layout) -> Way:
    """The roll's numbers, with separators anywhere."""
    return Way(layout, ((0, len(layout.slots)),), ("",), is_bare=True)


def _orders(count: int) -> Iterator[tuple[int, ...]]:
    """Orders of so many pieces, of which those behind stay where they are."""
    moved = min(_MOVED, count)
    # of those in front first, which is what counties do
    orders = sorted(permutations(range(moved)), key=_moved)
    for order in orders[1:]:
        yield (*order, *range(moved, count))


def _moved(order: Sequence[int]) -> int:
    """How many pieces in front are not in their places."""
    return max((place + 1 for place, one in enumerate(order) if place != one), default=0)


class _Fits:
    """Which groups of a list can be which runs of slots, by some of its numbers."""

    def __init__(self, layout: Layout, columns: Sequence[Sequence[str]]) -> None:
        self._layout = layout
        self.end = len(layout.slots)
        self._texts = [Counter(column[:: max(1, len(column) // _LOOKED_AT)]) for column in columns]
        self._most = [0]
        for slot in layout.slots:
            self._most.append(self._most[-1] + slot.most)
        self._known: dict[tuple[int, Run], bool] = {}

    def __call__(self, group: int, run: Run) -> bool:
        """Whether most numbers of a group of the list can be read as a run."""
        known = self._known.get((group, run))
        if known is None:
            known = self._known[group, run] = self._can_be(self._texts[group], run)
        return known

    def _can_be(self, texts: Counter[str], run: Run) -> bool:
        room, wanted = self._most[run[1]] - self._most[run[0]], _READ * texts.total()
        if sum(number for text, number in texts.items() if len(text) <= room) < wanted:
            return False
        pattern = Way(self._layout, (run,), ("",))._pattern  # of a way of one run alone
        return sum(number for text, number in texts.items() if pattern.fullmatch(text)) >= wanted


def _compositions(fits: _Fits, groups: Sequence[int]) -> list[tuple[Run, ...]]:
    """The slots cut into as many runs as there are groups, in this order, so that each can be read as its run."""
    end, count = fits.end, len(groups)
    found: list[tuple[Run, ...]] = []

    def can_be(place: int, run: Run) -> bool:
        return fits(groups[place], run)

    @cache
    def can_end(place: int, start: int) -> bool:
        """Whether the groups from ``place`` on can be the slots from ``start`` on."""
        if place == count - 1:
            return can_be(place, (start, end))
        stops = range(start + 1, end - (count - place - 1) + 1)
        return any(can_be(place, (start, stop)) and can_end(place + 1, stop) for stop in stops)

    def extend(runs: tuple[Run, ...], start: int) -> None:
        place = len(runs)
        if place == count:
            found.append(runs)
            return
        stops = range(start + 1, end - (count - place - 1) + 1) if place < count - 1 else (end,)
        for stop in stops:
            is_able = can_be(place, (start, stop)) and (place == count - 1 or can_end(place + 1, stop))
            if is_able and len(found) < _COMPOSITIONS:
                extend((*runs, (start, stop)), stop)

    if 0 < count <= end and can_end(0, 0):
        extend((), 0)
    return found


def _is_exact(layout: Layout, runs: Sequence[Run], columns: Sequence[Sequence[str]]) -> bool:
    """Whether no group has fewer characters than its run, so that no zeros are missing."""
    for (start, end), texts in zip(runs, columns, strict=True):
        least = sum(slot.widths[0] for slot in layout.slots[start:end])
        if min(map(len, texts), default=0) < least:
            return False
    return True
