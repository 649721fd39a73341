"""Parcel numbers that are stored as they are written, since nothing has to be cut or cannot be."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

from wholesaler.draft.layouts import SEPARATORS
from wholesaler.draft.number_parts import SEPARATED_BY, Form, Numbers, name_of
from wholesaler.markets.parcel import Part

#: numbers of a list that are looked up; the share that must be on the roll; fewer decide nothing
LOOKED_UP, JOINED, ENOUGH = 120, 0.5, 5
#: share of a roll's numbers that begin with a zero from which on a list where none does has lost them
_ZEROS = 0.02


def whole_numbers(
    name: str,
    numbers: Sequence[str],
    others: Mapping[str, Sequence[str]],
    look_up: Callable[[Collection[str]], set[str]],
    *,
    has_roll: bool,
) -> Numbers:
    """The format of numbers of one part, by those of the list ``name``, and which others are of its form."""
    characters = set("".join(numbers)) or set("0")
    letters = "0-9" if not any(character.isalpha() for character in characters) else "0-9A-Z"
    marks = "".join(sorted(character for character in characters if not character.isalnum() and character != "-"))
    escaped = re.sub(r"([\\\]\[^])", r"\\\1", marks)
    pattern = f"[{letters}{escaped}{'-' if '-' in characters else ''}]"
    lengths = Counter(map(len, numbers))
    common, times = lengths.most_common(1)[0] if lengths else (1, 0)
    is_fixed = times >= 0.99 * len(numbers) > 0
    example = next((number for number in numbers if len(number) == common), "1")
    form = name_of(SEPARATORS.findall(example))
    part = Part(pattern=f"{pattern}{{{common}}}" if is_fixed else f"{pattern}+")
    made = Numbers("{number}", example, {"number": part}, {form: "{number}"})
    made.lists[name] = Form((form,), numbers=len(numbers))
    for one, each in others.items():
        chosen = spread(sorted(set(each)), LOOKED_UP)
        made.lists[one] = (
            _form_of(
                made,
                form,
                chosen,
                look_up,
                common if is_fixed and letters == "0-9" and not marks else 0,
                _lost_zeros(numbers, each),
            )
            if has_roll
            else Form((form,) if _are_alike(numbers, chosen) else (), numbers=len(chosen), offered=(form,))
        )
    return made


def spread(numbers: Sequence[str], count: int) -> list[str]:
    """So many of them, from all over."""
    if len(numbers) <= count:
        return list(numbers)
    return [numbers[place * len(numbers) // count] for place in range(count)]


def shape(number: str) -> str:
    """A number with its digits and letters alike."""
    return re.sub("[A-Z]", "A", re.sub("[0-9]", "9", number))


def typical(numbers: Sequence[str], count: int = 1) -> list[str]:
    """Numbers of the way in which most are written, which no filler is."""
    several = sorted({number.upper() for number in numbers})
    common = Counter(map(shape, several)).most_common(1)
    return spread([number for number in several if common and shape(number) == common[0][0]], count)


def _form_of(
    made: Numbers,
    form: str,
    numbers: Sequence[str],
    look_up: Callable[[Collection[str]], set[str]],
    width: int,
    has_zeros: bool,
) -> Form:
    """A list's form where most of its numbers are on the roll as they are, with zeros in front, or without separators.

    ``width`` is that of all numbers of the roll, where they are digits; 0 where none is known. ``has_zeros``: the list
    has lost zeros, as it seems, so that what is on the roll as it is may be another number.
    """
    found = Form(numbers=len(numbers), offered=(form,))
    if not numbers:
        return found

    def rate_of(written: Sequence[str]) -> float:
        there = look_up({text for text in written if text})
        return sum(text in there for text in written) / len(numbers)

    found.rates[form] = rate_of(numbers)
    if found.rates[form] >= JOINED and not has_zeros and len(numbers) >= ENOUGH:
        found.names = (form,)
        return found
    short = width and all(number.isdecimal() and len(number) <= width for number in numbers)
    padded = rate_of([number.rjust(width, "0") for number in numbers]) if short else 0.0
    if padded >= JOINED and len(numbers) >= ENOUGH:
        part = made.parts["number"]
        made.parts["number"] = Part(pattern=re.sub(r"\{.*\}$", f"{{1,{width}}}", part.pattern), width=width)
        found.names, found.rates = (form,), {f"{form} with zeros in front": padded}
        return found
    bare = [SEPARATORS.sub("", number) for number in numbers]
    marked = not set(made.parts["number"].pattern.partition("]")[0]).isdisjoint(". /")
    stripped = rate_of(bare) if not marked and bare != list(numbers) else 0.0
    if stripped >= JOINED and len(numbers) >= ENOUGH:
        found.names, found.ignore = (form,), SEPARATED_BY
        found.rates = {f"{form} without separators": stripped}
    return found


def _lost_zeros(numbers: Sequence[str], others: Sequence[str]) -> bool:
    """Whether numbers of the roll begin with zeros and none of a list's does, which is a column of numbers then."""
    zeros = sum(number.startswith("0") for number in numbers)
    is_number = all(number.isdecimal() and number[0] != "0" for number in others)
    return zeros >= _ZEROS * len(numbers) and len(others) * zeros >= ENOUGH * len(numbers) and is_number


def _are_alike(numbers: Sequence[str], others: Sequence[str]) -> bool:
    """Whether nearly all of the others look as some of the numbers do, to the width."""
    known = {shape(number) for number in numbers}
    return bool(others) and sum(shape(number) in known for number in others) >= 0.95 * len(others)
