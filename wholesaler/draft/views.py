"""The roll's numbers as lists may have them: with zeros, without what all begin with, without what they end with."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from wholesaler.draft.layouts import DIGITS, SEPARATORS, Layout, Slot
from wholesaler.draft.ways import drop
from wholesaler.draft.wider import Wider, wider_layouts

#: characters at the end of the roll's numbers, such as a check digit or a suffix, that a list may leave out
_MOST_DROPPED = 4
#: share of the roll's numbers that end in zeros from which on they may be left out
_ENDING = 0.95

#: those of many numbers, written as the roll does, that are on the roll
LookUp = Callable[[Collection[str]], set[str]]


@dataclass(frozen=True)
class Roll:
    """The roll's numbers as they are compared: its layout, without so many characters at the end, with zeros in front.

    ``is_whole``: ``numbers`` are all of the roll's.
    """

    layout: Layout
    numbers: Sequence[str]
    look_up: LookUp
    is_whole: bool
    dropped: int = 0
    width: int = 0
    wider: Wider | None = None

    def has(self, numbers: Collection[str]) -> set[str]:
        """Those of the numbers, as the layout writes them, that are on the roll."""
        if self.dropped:
            return {drop(number, self.dropped) for number in self.numbers}.intersection(numbers)
        if self.width:
            there = self.look_up({number.lstrip("0") for number in numbers})
            return {number for number in numbers if number.lstrip("0") in there}
        if self.wider is not None:
            narrow = {number: self.wider.narrowed(number) for number in numbers}
            there = self.look_up(set(narrow.values()))
            return {number for number, text in narrow.items() if text in there}
        return self.look_up(numbers)

    def as_compared(self, number: str) -> str:
        """A number of the roll as the layout writes it."""
        if self.wider is not None:
            return self.wider.widen(number)
        return drop(number, self.dropped) if self.dropped else number.rjust(self.width, "0")

    @cached_property
    def endings(self) -> tuple[str, ...]:
        """Zeros with which nearly all numbers end, which a list may leave out: two of them, one."""
        if self.dropped or self.width or self.wider is not None or self.layout.is_loose:
            return ()
        slots = self.layout.slots
        most = next(
            (place for place, slot in enumerate(reversed(slots)) if not slot.is_fixed or slot.most > 1), len(slots)
        )
        bare = [SEPARATORS.sub("", number) for number in self.numbers]
        able = ["0" * count for count in range(1, min(_MOST_DROPPED, most, len(slots) - 2) + 1)]
        return tuple(
            zeros for zeros in able if sum(number.endswith(zeros) for number in bare) >= _ENDING * len(bare) > 0
        )


def other_views(view: Roll, others: Mapping[str, Sequence[str]]) -> Iterable[Roll]:
    """The roll with the zeros that it lost, without what all its numbers begin with, and without what they end with."""
    slots = view.layout.slots
    if len(slots) == 1 and slots[0].characters == DIGITS and not slots[0].is_fixed:
        widths = {slots[0].most, *(len(_bare(number)) for each in others.values() for number in each[:1])}
        for width in sorted(width for width in widths if slots[0].most <= width <= slots[0].most + 3):
            yield replace(view, layout=Layout((Slot(DIGITS, (1,)),) * width, ("",) * width), width=width)
        return
    for wider in wider_layouts(view.layout, view.numbers, others):
        yield replace(view, layout=wider.layout, wider=wider)
    if not view.is_whole or view.layout.is_loose:
        return
    read = [texts for number in view.numbers if (texts := view.layout.read(number)) is not None]
    fixed = all(slot.is_fixed and slot.most == 1 for slot in slots)
    if not fixed or len(read) < len(view.numbers):
        return
    same = next((place for place, texts in enumerate(zip(*read, strict=True)) if len(set(texts)) > 1), len(slots))
    for count in range(1, min(same, len(slots) - 3) + 1):
        literal = "".join(
            text + before for text, before in zip(read[0][:count], view.layout.before[1 : count + 1], strict=True)
        )
        yield replace(view, layout=Layout(slots[count:], (literal, *view.layout.before[count + 1 :])))
    whole = set(view.numbers)
    for count in range(1, min(_MOST_DROPPED, len(slots) - 3) + 1):
        if len({drop(number, count) for number in whole}) == len(whole):
            yield replace(view, layout=Layout(slots[:-count], view.layout.before[:-count]), dropped=count)


def _bare(number: str) -> str:
    return "".join(character for character in number if character.isalnum())
