"""How a county writes its parcel numbers, told by the numbers: parts and widths, and each list's form by what it joins.

The order of the parts is never told from the digits, since numbers fit two orders; it is told by how many of a list's
numbers are on the roll in each, and left as a question where that decides nothing.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from itertools import permutations

from wholesaler.markets.parcel import ParcelFormat, Part, UnusableParcel

#: share of a list's numbers that must be of one shape for it to be the list's
_MOST = 0.95
#: numbers of a list that are looked up, in each form
LOOKED_UP = 120
#: share of a list's numbers that must be on the roll, and by how much it must be more than in any other form
JOINED, LEAD = 0.5, 0.2
#: fewer numbers than this decide nothing
ENOUGH = 5
#: of how many parts in front the order is tried: what is written in two orders is section, township and range
_MOVED = 3
_SEPARATORS = re.compile(r"[^0-9A-Z]+")
_NAMES = {"": "plain", "-": "dashes", ".": "dots", " ": "spaces", "/": "slashes"}

#: those of many numbers, written as the roll does, that are on the roll
LookUp = Callable[[Collection[str]], set[str]]


@dataclass(frozen=True)
class Shape:
    """How most numbers of a list look: the separators in order, and of each piece its widths and whether of digits."""

    separators: tuple[str, ...]
    widths: tuple[tuple[int, ...], ...]
    digits: tuple[bool, ...]
    share: float

    @property
    def is_fixed(self) -> bool:
        """Whether every piece has one width."""
        return all(len(widths) == 1 for widths in self.widths)

    @property
    def length(self) -> int | None:
        """Letters and digits of a number, where all have as many."""
        return sum(widths[0] for widths in self.widths) if self.is_fixed else None


@dataclass
class Form:
    """How one list writes its numbers; ``rates`` are shares of its numbers that are on the roll, by form tried."""

    name: str | None
    rates: dict[str, float] = field(default_factory=dict)
    numbers: int = 0
    ignore: str = ""

    @property
    def is_told(self) -> bool:
        """Whether the form is known."""
        return self.name is not None


@dataclass
class Numbers:
    """The county's format as a market file says it, and each list's form, by the list's name."""

    canonical: str
    example: str
    parts: dict[str, Part]
    forms: dict[str, str]
    lists: dict[str, Form]

    def read(self, number: str, form: str) -> str:
        """A number of a form as it is stored; an empty text where it is not of that form."""
        parcel = ParcelFormat(canonical=self.canonical, example=self.example, parts=self.parts, forms=self.forms)
        try:
            return parcel.canonicalise(number, form)
        except UnusableParcel:
            return ""


def shape_of(numbers: Sequence[str]) -> Shape | None:
    """The shape of most numbers; ``None`` where they have several."""
    if not numbers:
        return None
    kinds = Counter(tuple(_SEPARATORS.findall(number)) for number in numbers)
    separators, count = kinds.most_common(1)[0]
    if count < _MOST * len(numbers) or not all(set(one) <= set(_NAMES) and len(one) == 1 for one in separators):
        return None
    rows = [_SEPARATORS.split(one) for one in numbers if tuple(_SEPARATORS.findall(one)) == separators]
    if not all(all(row) for row in rows):
        return None  # begins or ends with a separator
    widths = []
    for pieces in zip(*rows, strict=True):
        seen = Counter(map(len, pieces))
        common, times = seen.most_common(1)[0]
        # what one in a hundred is, is a mistake of its own
        widths.append((common,) if times >= 0.99 * len(rows) else tuple(sorted(seen)))
    digits = tuple(all(piece.isdecimal() for piece in pieces) for pieces in zip(*rows, strict=True))
    return Shape(separators, tuple(widths), digits, count / len(numbers))


def draft_numbers(roll: tuple[str, Sequence[str]] | None, lists: dict[str, Sequence[str]], look_up: LookUp) -> Numbers:
    """The format of a county by the numbers of its roll (name and numbers) and of its lists, by their names.

    Without a roll, what the largest list writes is canonical, and nothing can be compared.
    """
    name, numbers = roll or max(lists.items(), key=lambda one: len(one[1]))
    numbers = [number.upper() for number in numbers]
    others = {one: [number.upper() for number in each] for one, each in lists.items() if one != name}
    own = shape_of(numbers)
    cut = _cut(own, [shape_of(each) for each in others.values()])
    made = _whole(numbers, own) if cut is None else _in_parts(cut, own, numbers)
    first = next(iter(made.forms))
    made.lists[name] = Form(first)
    for one, each in others.items():
        made.lists[one] = _form_of(made, first, each, look_up, has_roll=roll is not None)
    _forget_unused(made)
    return made


def _cut(own: Shape | None, others: Sequence[Shape | None]) -> Shape | None:
    """The shape by whose separators numbers are cut into parts; ``None`` where one part does."""
    if own is not None and own.separators:
        # parts of varying width can be told apart while all lists write the separators
        return own if own.is_fixed and any(one is None or one.separators != own.separators for one in others) else None
    if own is None or own.length is None:
        return None
    return next((one for one in others if one is not None and one.separators and one.length == own.length), None)


def _whole(numbers: Sequence[str], shape: Shape | None) -> Numbers:
    """Numbers of one part."""
    characters = set("".join(numbers))
    letters = "0-9" if not any(character.isalpha() for character in characters) else "0-9A-Z"
    others = "".join(sorted(character for character in characters if not character.isalnum() and character != "-"))
    escaped = re.sub(r"([\\\]\[^])", r"\\\1", others)
    pattern = f"[{letters}{escaped}{'-' if '-' in characters else ''}]"
    lengths = Counter(map(len, numbers))
    common, times = lengths.most_common(1)[0]
    if times >= 0.99 * len(numbers):
        pattern += f"{{{common}}}"
    else:
        pattern += "+"
    example = next(number for number in numbers if len(number) == common)
    name = _name(shape.separators) if shape is not None else "plain"
    return Numbers("{number}", example, {"number": Part(pattern=pattern)}, {name: "{number}"}, {})


def _in_parts(cut: Shape, own: Shape | None, numbers: Sequence[str]) -> Numbers:
    """Numbers in the parts that ``cut`` has, written as the roll does."""
    names = [f"part{place}" for place in range(1, len(cut.widths) + 1)]
    parts = {
        name: Part(pattern=f"[{'0-9' if digits else '0-9A-Z'}]{{{widths[0]}}}")
        for name, widths, digits in zip(names, cut.widths, cut.digits, strict=True)
    }
    separators = own.separators if own is not None else ()
    template = _template(names, separators)
    length = len(_strip(numbers[0])) if own is None else own.length
    example = next((number for number in numbers if len(_strip(number)) == length), numbers[0])
    return Numbers(template, example, parts, {_name(separators): template}, {})


def _form_of(made: Numbers, roll_form: str, numbers: Sequence[str], look_up: LookUp, *, has_roll: bool) -> Form:
    """The form of a list's numbers: that by which most of them, and far more than by any other, are on the roll."""
    chosen = _spread(sorted({number for number in numbers if number}))
    candidates = _candidates(made, roll_form, chosen)
    if not has_roll:
        # nothing says which: only what is written as the first list does is taken for the same
        fitting = [name for name in candidates if _fit(made, candidates[name], chosen)]
        return Form(fitting[0] if fitting[:1] == [roll_form] else None, {}, len(chosen))
    written = {
        name: _as_on_roll(made, template, made.forms[roll_form], chosen) for name, template in candidates.items()
    }
    every = {text for texts in written.values() for text in texts if text}
    there = look_up(every)
    rates = {name: sum(text in there for text in texts) / len(chosen) for name, texts in written.items() if any(texts)}
    padded = _padded(made, chosen, look_up) if not rates or max(rates.values()) < JOINED else None
    form = _decide(rates, len(chosen))
    if form is not None:
        made.forms.setdefault(form, candidates[form])
        return Form(form, rates, len(chosen))
    if padded is not None and padded >= JOINED and len(chosen) >= ENOUGH:
        part = made.parts["number"]
        width = len(made.example)
        made.parts["number"] = Part(pattern=re.sub(r"\{.*\}$", f"{{1,{width}}}", part.pattern), width=width)
        return Form(roll_form, {f"{roll_form} with zeros in front": padded}, len(chosen))
    stripped = _without_separators(made, chosen, look_up)
    if stripped is not None and stripped >= JOINED and len(chosen) >= ENOUGH:
        return Form(roll_form, {f"{roll_form} without separators": stripped}, len(chosen), ignore=" .-/")
    for name, template in candidates.items():
        made.forms.setdefault(name, template)
    return Form(None, rates, len(chosen))


def _decide(rates: dict[str, float], count: int) -> str | None:
    """The one form that joins, if it does so far better than any other."""
    ranked = sorted(rates, key=lambda name: -rates[name])
    if not ranked or count < ENOUGH or rates[ranked[0]] < JOINED:
        return None
    if len(ranked) > 1 and round(rates[ranked[0]] - rates[ranked[1]], 9) < LEAD:
        return None
    return ranked[0]


def _candidates(made: Numbers, roll_form: str, numbers: Sequence[str]) -> dict[str, str]:
    """Forms that numbers may be of, name → template: the roll's, and with their own separators each order of the parts.

    Of two that are the same text one is tried.
    """
    candidates = {roll_form: made.forms[roll_form]}
    shape = shape_of(numbers)
    names = list(made.parts)
    if shape is None or len(names) == 1:
        return candidates
    if shape.separators and len(shape.separators) != len(names) - 1:
        return candidates
    base = _name(shape.separators)
    moved = min(_MOVED, len(names))
    for order in permutations(range(moved)):
        ordered = [*(names[place] for place in order), *names[moved:]]
        template = _template(ordered, shape.separators)
        if template not in candidates.values():
            straight = list(order) == sorted(order)
            candidates[base if straight else f"{base}_{''.join(str(place + 1) for place in order)}"] = template
    return candidates


def _as_on_roll(made: Numbers, template: str, roll_template: str, numbers: Sequence[str]) -> list[str]:
    """Numbers of a template as the roll writes them; an empty text for one that is not of it."""
    pattern = _pattern(made, template)
    written = []
    for number in numbers:
        match = pattern.fullmatch(number)
        written.append(roll_template.format(**match.groupdict()) if match else "")
    return written


def _fit(made: Numbers, template: str, numbers: Sequence[str]) -> bool:
    pattern = _pattern(made, template)
    return sum(pattern.fullmatch(number) is not None for number in numbers) >= _MOST * len(numbers)


def _pattern(made: Numbers, template: str) -> re.Pattern[str]:
    pieces = re.split(r"\{(\w+)\}", template)
    return re.compile(
        "".join(
            f"(?P<{piece}>{made.parts[piece].pattern})" if place % 2 else re.escape(piece)
            for place, piece in enumerate(pieces)
        ),
        re.ASCII,
    )


def _padded(made: Numbers, numbers: Sequence[str], look_up: LookUp) -> float | None:
    """The join rate of numbers that get the zeros they lost; ``None`` where they cannot have lost any."""
    fixed = re.search(r"\]\{(\d+)\}$", made.parts["number"].pattern) if len(made.parts) == 1 else None
    if fixed is None or not all(number.isdecimal() and len(number) <= int(fixed[1]) for number in numbers):
        return None
    whole = [number.rjust(int(fixed[1]), "0") for number in numbers]
    there = look_up(set(whole))
    return sum(number in there for number in whole) / len(numbers)


def _without_separators(made: Numbers, numbers: Sequence[str], look_up: LookUp) -> float | None:
    """The join rate of numbers whose separators are taken out, to a roll that has none."""
    if len(made.parts) > 1 or not set(made.parts["number"].pattern.partition("]")[0]).isdisjoint(". /"):
        return None
    bare = [_strip(number) for number in numbers]
    if bare == list(numbers):
        return None
    there = look_up(set(bare))
    return sum(number in there for number in bare) / len(numbers)


def _forget_unused(made: Numbers) -> None:
    """Forms that are no list's are kept only while somebody has to choose among them."""
    if all(form.is_told for form in made.lists.values()):
        used = {form.name for form in made.lists.values()}
        made.forms = {name: template for name, template in made.forms.items() if name in used}


def _template(names: Sequence[str], separators: Sequence[str]) -> str:
    template = f"{{{names[0]}}}"
    for place, name in enumerate(names[1:]):
        template += (separators[place] if place < len(separators) else "") + f"{{{name}}}"
    return template


def _name(separators: Sequence[str]) -> str:
    return _NAMES[separators[0]] if separators else "plain"


def _strip(number: str) -> str:
    return _SEPARATORS.sub("", number)


def _spread(numbers: Sequence[str]) -> list[str]:
    """So many of them, from all over."""
    if len(numbers) <= LOOKED_UP:
        return list(numbers)
    return [numbers[place * len(numbers) // LOOKED_UP] for place in range(LOOKED_UP)]
