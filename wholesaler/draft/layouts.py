"""How the numbers of a roll are laid out: character by character where they are of one width, else run by run.

What is between two separators is cut as far as the numbers allow, so that a list may put its own separators anywhere;
:mod:`wholesaler.draft.parcels` puts together again what no list takes apart.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise

DIGITS, LETTERS, BOTH = "0-9", "A-Z", "0-9A-Z"
#: share of the roll's numbers that must be of the layout, which are the market's parts
MOST = 0.99
#: from this share on what is written otherwise is a way of writing, and no mistake
_SOME = 0.005
_TOKENS = re.compile(r"[0-9]+|[A-Z]+|[^0-9A-Z]+")
SEPARATORS = re.compile(r"[^0-9A-Z]+")


@dataclass(frozen=True)
class Slot:
    """A piece of a number: its characters, and the widths that it has; 0 where it may be missing."""

    characters: str
    widths: tuple[int, ...]

    @property
    def most(self) -> int:
        """Its greatest width."""
        return self.widths[-1]

    @property
    def is_fixed(self) -> bool:
        """Whether it has one width."""
        return len(self.widths) == 1

    @property
    def pattern(self) -> str:
        """What it is, as a part of a market file says it."""
        if self.is_fixed:
            return f"[{self.characters}]" + (f"{{{self.most}}}" if self.most > 1 else "")
        if len(self.widths) == 2 and self.widths[0] == 0:
            return f"[{self.characters}]?" if self.most == 1 else f"(?:[{self.characters}]{{{self.most}}})?"
        return f"[{self.characters}]{{{self.widths[0]},{self.most}}}"


@dataclass(frozen=True)
class Layout:
    """The slots of a number, in order, and what stands in front of each.

    ``is_loose``: what stands in front of a slot that may be missing is missing with it, so that a file reads numbers
    without their separators.
    """

    slots: tuple[Slot, ...]
    before: tuple[str, ...]
    is_loose: bool = False

    @property
    def bounds(self) -> tuple[int, ...]:
        """Where a separator stands, by the number of the slot behind it."""
        return tuple(place for place, text in enumerate(self.before) if text and place)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        pieces = []
        for slot, text in zip(self.slots, self.before, strict=True):
            piece = f"({slot.pattern})"
            if text and self.is_loose and slot.widths[0] == 0:
                # an empty text is what is missing, too
                piece = f"(?:{re.escape(text)}({slot.pattern.removesuffix('?')}))?"
            else:
                piece = re.escape(text) + piece
            pieces.append(piece)
        return re.compile("".join(pieces), re.ASCII)

    def read(self, number: str) -> tuple[str, ...] | None:
        """The slots of a number of the roll; ``None`` for one of another layout."""
        match = self._pattern.fullmatch(number)
        return tuple(text or "" for text in match.groups()) if match else None

    def write(self, texts: Sequence[str]) -> str:
        """A number as the roll writes it."""
        return "".join(
            (before if text or not (self.is_loose and slot.widths[0] == 0) else "") + text
            for text, slot, before in zip(texts, self.slots, self.before, strict=True)
        )


def signature(number: str) -> tuple[str, ...]:
    """The separators of a number."""
    return tuple(SEPARATORS.findall(number))


def layout_of(numbers: Sequence[str]) -> Layout | None:
    """The layout of nearly all numbers; ``None`` where there is none that can be told."""
    usual = [number for number in numbers if number]
    counts = Counter(map(signature, usual))
    if not counts:
        return None
    kept = [one for one, count in counts.items() if count >= _SOME * len(usual)]
    longest = max(kept, key=lambda one: (len(one), counts[one]))
    rows = [SEPARATORS.split(number) for number in usual if signature(number) == longest]
    if not all(all(row) for row in rows):
        return None  # begins or ends with a separator
    groups = [_slots(column) for column in zip(*rows, strict=True)]
    if any(group is None for group in groups):
        return None
    told = [group for group in groups if group is not None]
    missing = _missing(told, longest, kept, usual)
    if missing is None:
        return None
    slots: list[Slot] = []
    before: list[str] = []
    for place, group in enumerate(told):
        own = [_optional(group)] if place in missing else group
        slots += own
        before += [longest[place - 1] if place else "", *[""] * (len(own) - 1)]
    made = Layout(tuple(slots), tuple(before), bool(missing))
    if any(one.widths[0] == 0 and other.widths[0] == 0 for one, other in pairwise(made.slots)):
        return None  # which of the two is there nobody could say without their separators
    fitting = sum(made.read(number) is not None for number in usual)
    return made if fitting >= MOST * len(usual) else None


def _slots(column: Sequence[str]) -> list[Slot] | None:
    """The slots of what stands between two separators; ``None`` where it is too mixed to be told."""
    widths = _usual(map(len, column))
    runs = Counter(tuple(_kind(token) for token in _TOKENS.findall(text)) for text in column)
    if len(widths) == 1:
        usual = [text for text in column if len(text) == widths[0]]
        return [Slot(_kind("".join(characters)), (1,)) for characters in zip(*usual, strict=True)]
    usual_runs = [run for run, count in runs.items() if count >= _SOME * len(column)]
    longest = max(usual_runs, key=lambda run: (len(run), runs[run]))
    if len(longest) > 4:
        return None
    pattern = re.compile("".join(f"([{kind}]*)" for kind in longest))
    rows = [match.groups() for text in column if (match := pattern.fullmatch(text))]
    if len(rows) < MOST * len(column):
        return None
    slots: list[Slot] = []
    for place, pieces in enumerate(zip(*rows, strict=True)):
        seen = _usual(map(len, pieces))
        if seen == (0,):
            return None
        slots += [Slot(longest[place], (1,))] * seen[0] if len(seen) == 1 else [Slot(longest[place], seen)]
    return slots


def _usual(widths: Iterable[int]) -> tuple[int, ...]:
    """The widths that are no mistakes, of which one in a hundred is one."""
    seen = Counter(widths)
    total = sum(seen.values())
    common, times = seen.most_common(1)[0]
    if times >= 0.99 * total and not (set(seen) == {0, common} and total - times >= 2):
        return (common,)
    return tuple(sorted(seen))


def _kind(text: str) -> str:
    if text.isdecimal():
        return DIGITS
    return LETTERS if text.isalpha() else BOTH


def _optional(group: Sequence[Slot]) -> Slot:
    """A whole group as one slot that may be missing."""
    kinds = {slot.characters for slot in group}
    widths = {slot.most for slot in group}
    total = sum(slot.most for slot in group)
    least = sum(slot.widths[0] for slot in group)
    characters = next(iter(kinds)) if len(kinds) == 1 else BOTH
    return Slot(characters, (0, total) if least == total or widths == {1} else (0, *range(max(1, least), total + 1)))


def _missing(
    groups: Sequence[Sequence[Slot]], longest: tuple[str, ...], kept: Sequence[tuple[str, ...]], numbers: Sequence[str]
) -> set[int] | None:
    """Which groups may be missing, with the separator in front of them; ``None`` where that is not clear."""
    missing: set[int] = set()
    patterns = [re.compile("".join(slot.pattern for slot in group)) for group in groups]
    for other in kept:
        if other == longest:
            continue
        able = {
            place
            for place in range(1, len(groups))
            if longest[: place - 1] + longest[place:] == other
            and _all_fit([one for number, one in enumerate(patterns) if number != place], other, numbers)
        }
        if len(able) != 1:
            return None
        missing |= able
    return missing


def _all_fit(patterns: Sequence[re.Pattern[str]], signs: tuple[str, ...], numbers: Sequence[str]) -> bool:
    rows = [SEPARATORS.split(number) for number in numbers if signature(number) == signs]
    return all(one.fullmatch(text) for row in rows for one, text in zip(patterns, row, strict=True))


def runs_of(layout: Layout, start: int, end: int) -> list[tuple[int, int]]:
    """The slots from ``start`` to ``end`` in runs of fixed width and one kind of characters; others by themselves."""
    numbers = range(start, end)
    runs: list[tuple[int, int]] = []
    for (is_single, _), several in groupby(numbers, lambda one: _alike(layout, one)):
        members = list(several)
        runs += [(one, one + 1) for one in members] if is_single else [(members[0], members[-1] + 1)]
    return runs


def _alike(layout: Layout, number: int) -> tuple[bool, str]:
    slot = layout.slots[number]
    return not (slot.is_fixed and slot.most == 1), slot.characters
