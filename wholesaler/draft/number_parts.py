"""A county's parcel numbers as a market file says them: parts, canonical, and a form for each way of writing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from wholesaler.draft.layouts import DIGITS, Layout, runs_of
from wholesaler.draft.ways import Way
from wholesaler.markets.parcel import ParcelFormat, ParcelReader, Part, UnusableParcel

#: characters between the pieces of a number that are taken out where they stand anywhere
SEPARATED_BY = " .-/"
_NAMES = {"": "plain", "-": "dashes", ".": "dots", " ": "spaces", "/": "slashes", ",": "commas", "_": "lines"}
_WORD, _GAP = "[0-9A-Za-z]+", "[^0-9A-Za-z]+"

#: of a number that the publisher writes what matches, with zeros on the left up to a width
Piece = tuple[str | None, int | None]


@dataclass
class Form:
    """How one list writes its numbers: names of forms, characters to ignore, and pieces that a number is made of.

    ``rates`` are shares of its numbers that are on the roll, by form; ``offered`` are forms that may be it, of so many
    ``tried``; ``ending`` is what it leaves out at the end. ``asked`` is what an example was looked for as on the roll;
    ``unsaid`` the share that is on it in a way that cannot be said beside those of the other lists.
    """

    names: tuple[str, ...] = ()
    ignore: str = ""
    pieces: tuple[Piece, ...] = ()
    rates: dict[str, float] = field(default_factory=dict)
    offered: tuple[str, ...] = ()
    numbers: int = 0
    tried: int = 1
    ending: str = ""
    asked: tuple[str, ...] = ()
    unsaid: float = 0.0

    @property
    def is_told(self) -> bool:
        """Whether the form is known."""
        return bool(self.names)

    @property
    def name(self) -> str | list[str] | None:
        """What the file says of it."""
        return list(self.names) if len(self.names) > 1 else self.names[0] if self.names else None

    @property
    def rate(self) -> float | None:
        """The share of its numbers that are on the roll."""
        return max(self.rates.values(), default=None)

    def taken(self, number: str) -> str:
        """What a run reads as the parcel number of what the publisher wrote."""
        texts = []
        for match, pad in self.pieces:
            found = re.search(match, number) if match else None
            text = number if match is None else found[1] if found else ""
            texts.append(text.strip().rjust(pad or 0, "0") if text else "")
        return "".join(texts) if self.pieces else number

    def value(self, name: str) -> Any:
        """The column of the parcel number as a source of a market file has it, made of the publisher's field."""
        tables = [
            {"field": name, **({"match": match} if match else {}), **({"pad": pad} if pad else {})}
            for match, pad in self.pieces
        ]
        return name if not tables else tables[0] if len(tables) == 1 else {"join": tables, "with": ""}


@dataclass
class Numbers:
    """The county's format as a market file says it, and each list's form, by the list's name."""

    canonical: str
    example: str
    parts: dict[str, Part]
    forms: dict[str, str]
    lists: dict[str, Form] = field(default_factory=dict)

    @property
    def format(self) -> ParcelFormat:
        """The format; raises ``ValueError`` where it cannot be one."""
        return ParcelFormat(canonical=self.canonical, example=self.example, parts=self.parts, forms=self.forms)

    def reader(self, form: Form) -> ParcelReader:
        """Reads what a list's column of the parcel number holds."""
        return self.format.reader(form.names, form.ignore)

    def read(self, number: str, name: str) -> str:
        """A number of a form as it is stored; an empty text where it is not of that form."""
        try:
            return self.format.canonicalise(number, name)
        except UnusableParcel:
            return ""

    def is_sound(self) -> bool:
        """Whether it is a format that a market file may have: no number can be read as another."""
        try:
            made = self.format
        except ValueError:
            return False
        told = [form for form in self.lists.values() if form.is_told and form.ignore]
        return not made.ambiguities() and not any(self.reader(form).ambiguities() for form in told)


def put_together(
    layout: Layout,
    ways: Mapping[str, Sequence[Way]],
    offered: Mapping[str, Sequence[tuple[Way, float]]],
    lists: Mapping[str, Sequence[str]],
    *,
    joins: frozenset[str] = frozenset(),
    short: Mapping[tuple[int, int], int] | None = None,
    is_tight: bool = False,
) -> Numbers:
    """The format in which the roll's layout and all ways can be said; the roll's own form is the first.

    ``joins`` are lists whose zeros are put back in their own column, and not in the parts; ``short`` are runs in
    which the roll itself leaves zeros out, and how many. ``is_tight``: parts lose no more zeros than were seen.
    """
    lost = dict(short or {})
    pieces = {name: _own_pieces(several, lists[name], has_zeros=name in joins) for name, several in ways.items()}
    for name, several in ways.items():
        if name not in joins or not pieces[name]:
            for way in several:
                for run, zeros in way.lost(lists[name]).items():
                    lost[run] = max(lost.get(run, 0), zeros)
    every = [*(way for several in ways.values() for way in several),
             *(way for several in offered.values() for way, _ in several)]  # fmt: skip
    bounds = _bounds(layout, every, lost)
    names = {
        start: ("number" if len(bounds) == 2 else f"part{place}")
        for place, (start, _) in enumerate(pairwise(bounds), 1)
    }
    tail = len(layout.slots) - max((len(way.ending) for way in every), default=0)
    parts = {names[start]: _part(layout, start, end, lost, tail, is_tight=is_tight) for start, end in pairwise(bounds)}
    template = "".join(
        ("" if layout.is_loose and layout.slots[start].widths[0] == 0 else _plain(layout.before[start]))
        + f"{{{names[start]}}}"
        for start in names
    )  # fmt: skip
    made = Numbers(template, "", parts, {name_of(layout.before[1:]): template})
    for name, several in ways.items():
        form = made.lists[name] = Form(numbers=len(lists[name]))
        form.pieces = own = pieces[name]
        form.ending = max((way.ending for way in several), key=len)
        form.names = tuple(dict.fromkeys(_form(made, way, names, is_cut=len(own) > 1) for way in several))
        if any(way.is_bare for way in several):
            form.ignore = SEPARATED_BY
    for name, rated in offered.items():
        rates: dict[str, float] = {}
        for way, rate in rated:
            rates.setdefault(_form(made, way, names, is_cut=False), rate)
        made.lists[name] = Form(rates=rates, offered=tuple(rates), numbers=len(lists[name]))
    return made


def _bounds(layout: Layout, ways: Sequence[Way], lost: Mapping[tuple[int, int], int]) -> list[int]:
    """Where numbers are cut: where a list or the roll has a separator, and around what varies."""
    end = len(layout.slots)
    bounds = {0, end, *layout.bounds, *(edge for way in ways for run in way.runs for edge in run)}
    for place, slot in enumerate(layout.slots):
        if not slot.is_fixed or slot.most > 1:
            bounds |= {place, place + 1}
    for start, stop in lost:
        bounds |= {start, stop}
    return sorted(bounds)


def _part(
    layout: Layout, start: int, end: int, lost: Mapping[tuple[int, int], int], tail: int, *, is_tight: bool
) -> Part:
    """A part of these slots; the first of a run that lost zeros gets them back, and one behind ``tail`` all of them."""
    width = end - start
    zeros = next((zeros for (first, last), zeros in lost.items() if zeros and first == start and last >= end), 0)
    if zeros:
        is_whole = any(run == (start, end) for run in lost)
        least = max(1 if is_whole else 0, width - zeros if is_tight else 0)
        return Part(pattern=f"[0-9]{{{least},{width}}}", width=width)
    if start >= tail:
        pattern = _part(layout, start, end, {}, end, is_tight=is_tight).pattern
        return Part(pattern=f"{pattern}?" if width == 1 else f"(?:{pattern})?", width=width)
    if width == 1:
        return Part(pattern=layout.slots[start].pattern)
    patterns = []
    for first, last in runs_of(layout, start, end):
        slot = layout.slots[first]
        patterns.append(slot.pattern if last - first == 1 else f"[{slot.characters}]{{{last - first}}}")
    return Part(pattern="".join(patterns))


def _form(made: Numbers, way: Way, names: Mapping[int, str], *, is_cut: bool) -> str:
    """The name of the form of a way, which is put down where there is none yet."""
    if way.is_bare:
        return next(iter(made.forms))
    template = ""
    for (start, end), text in zip(way.runs, way.before, strict=True):
        template += "" if is_cut else _plain(text)
        template += "".join(f"{{{name}}}" for place, name in names.items() if start <= place < end)
    tail = len(way.layout.slots) - len(way.ending)
    template += "".join(f"{{{name}}}" for place, name in names.items() if place >= tail)
    template += "" if is_cut else _plain(way.after)
    known = next((name for name, one in made.forms.items() if one == template), None)
    if known is not None:
        return known
    base = "plain" if is_cut else name_of(way.before[1:])
    wanted = f"{base}_{way.order}" if way.order else base
    name, number = wanted, 2
    while name in made.forms:
        name, number = f"{wanted}_{chr(96 + number)}", number + 1
    made.forms[name] = template
    return name


def _own_pieces(ways: Sequence[Way], numbers: Sequence[str], *, has_zeros: bool) -> tuple[Piece, ...]:
    """What a list's column is made of, of one way or several."""
    if len(ways) == 1:
        return _pieces(ways[0], numbers, has_zeros=has_zeros)
    return _padded(ways, numbers) if has_zeros else ()


def _pieces(way: Way, numbers: Sequence[str], *, has_zeros: bool) -> tuple[Piece, ...]:
    """What a list's column is made of, where that is not the field as it is."""
    match = f"^(.*?)[^0-9A-Za-z]*[0-9A-Za-z]{{{way.dropped}}}$" if way.dropped else None
    if not has_zeros or not way.lost(numbers):
        return ((match, None),) if match else ()
    widths = [end - start for start, end in way.runs]
    if len(widths) == 1:
        return ((match, widths[0]),)
    last = len(widths) - 1
    return tuple(
        (f"^(?:{_WORD}{_GAP}){{{place}}}({_WORD})(?:{_GAP}{_WORD}){{{last - place}}}$", width)
        for place, width in enumerate(widths)
    )


def _padded(ways: Sequence[Way], numbers: Sequence[str]) -> tuple[Piece, ...]:
    """The zeros of numbers without separators, where what the list writes otherwise is not shorter."""
    able = [way for way in ways if len(way.runs) == 1 and can_join(way) and way.lost(numbers)]
    widths = {end - start for way in able for start, end in way.runs}
    if len(able) != 1 or able[0].ending or any(len(one) < max(widths) for one in numbers if not able[0].slots(one)):
        return ()
    return ((None, max(widths)),)


def can_join(way: Way) -> bool:
    """Whether zeros that a list's numbers lost can be put back in its own column."""
    kinds = {slot.characters for start, end in way.runs for slot in way.layout.slots[start:end]}
    fixed = all(slot.is_fixed and slot.most == 1 for slot in way.layout.slots)
    return fixed and not way.is_bare and not way.after and not (way.dropped and len(way.runs) > 1) and (
        kinds == {DIGITS}
        or (len(way.runs) == 1 and way.layout.slots[way.runs[0][0]].characters == DIGITS)
        or all(_is_pure(way.layout, run) for run in way.runs)
    ) and not way.before[0]  # fmt: skip


def _is_pure(layout: Layout, run: tuple[int, int]) -> bool:
    return len({slot.characters for slot in layout.slots[run[0] : run[1]]}) == 1


def name_of(separators: Sequence[str]) -> str:
    """A name for a form by the separators of its numbers."""
    told = [_NAMES[text[:1]] for text in separators if text and text[:1] in _NAMES]
    return told[0] if told else "plain"


def _plain(text: str) -> str:
    """A literal of a template."""
    return text.replace("{", "{{").replace("}", "}}")
