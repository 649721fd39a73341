"""Rolls whose numbers have no zeros in front of their parts, as lists have them that write every part at full width."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from wholesaler.draft.layouts import DIGITS, Layout, Slot
from wholesaler.draft.ways import Run, by_signature


@dataclass(frozen=True)
class Wider:
    """A roll's own layout, and how many slots each of its slots is in the one with all zeros."""

    narrow: Layout
    widths: tuple[int, ...]

    @property
    def layout(self) -> Layout:
        """The layout with all zeros."""
        slots: list[Slot] = []
        before: list[str] = []
        for slot, text, width in zip(self.narrow.slots, self.narrow.before, self.widths, strict=True):
            slots += [slot] if slot.is_fixed else [Slot(DIGITS, (1,))] * width
            before += [text, *[""] * (width - 1)]
        return Layout(tuple(slots), tuple(before))

    @property
    def short(self) -> dict[Run, int]:
        """The runs in which the roll leaves zeros out, and how many at most."""
        ends = [sum(self.widths[:place]) for place in range(len(self.widths) + 1)]
        return {
            run: run[1] - run[0] - 1
            for slot, run in zip(self.narrow.slots, pairwise(ends), strict=True)
            if not slot.is_fixed
        }

    def widen(self, number: str) -> str:
        """A number of the roll with all zeros; an empty text for one of another layout."""
        texts = self.narrow.read(number)
        if texts is None:
            return ""
        padded = "".join(text.rjust(width, "0") for text, width in zip(texts, self.widths, strict=True))
        return self.layout.write(padded)

    def narrowed(self, number: str) -> str:
        """A number with all zeros as the roll writes it."""
        texts, start, pieces = self.layout.read(number), 0, []
        for slot, width in zip(self.narrow.slots, self.widths, strict=True):
            text = "".join((texts or ())[start : start + width])
            pieces.append(text if slot.is_fixed else text.lstrip("0") or "0")
            start += width
        return self.narrow.write(pieces)


def wider_layouts(layout: Layout, numbers: Sequence[str], others: Mapping[str, Sequence[str]]) -> Iterator[Wider]:
    """What the roll's layout may be with all zeros, by the widths that lists of as many groups have."""
    bounds = [0, *layout.bounds, len(layout.slots)]
    varying = {place for place, slot in enumerate(layout.slots) if not slot.is_fixed}
    if not varying or layout.is_loose or any(
        layout.slots[place].characters != DIGITS or not layout.slots[place].widths[0]
        or (place, place + 1) not in set(pairwise(bounds)) for place in varying
    ):  # fmt: skip
        return
    read = [texts for number in numbers if (texts := layout.read(number)) is not None]
    if any(texts[place].startswith("0") and len(texts[place]) > 1 for texts in read for place in varying):
        return
    seen = set()
    for several in others.values():
        written = by_signature(several)
        if written and len(written[0].columns) == len(bounds) - 1:
            wide = [max(map(len, column)) for column in written[0].columns]
            widths = tuple(
                max(slot.most, wide[bounds.index(place)]) if place in varying else 1
                for place, slot in enumerate(layout.slots)
            )
            if widths not in seen:
                seen.add(widths)
                yield Wider(layout, widths)
