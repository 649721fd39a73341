"""Parcel numbers that stand for none: what a clerk types where none is known makes one lead of unrelated records."""

import re
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from wholesaler.draft.number_parts import Numbers
from wholesaler.draft.vocabulary import Words
from wholesaler.probe.description import text_of

if TYPE_CHECKING:
    from wholesaler.draft.sources import SourceDraft

#: records that share a number that is not on the roll from which on it is one that stands for none
SHARED = 3
#: what a filler has: of its letters and digits alone, and of the text as it stands
_FILLER = re.compile(r"9{4,}|^0{4,}$|0{7,}|x{3,}|1234567", re.IGNORECASE)
_NINES = re.compile(r"(?<![0-9])9{3,}(?![0-9])")


def settle_placeholders(
    source: "SourceDraft", numbers: Numbers, look_up: Callable[[Collection[str]], set[str]]
) -> None:
    """Take the numbers out that several records share, the roll does not have, and that look like fillers; name others.

    ``look_up`` gives those of some numbers that are on the roll.
    """
    name, form = source.parcel_field, numbers.lists.get(source.name)
    if name is None or form is None or not form.is_told or source.nature.kind == "property_records":
        return
    shared = [text for text, count in source.field_named(name).counts.items() if count >= SHARED]
    read = {text: {one for each in form.names if (one := numbers.read(text.upper(), each))} for text in shared}
    there = look_up({one for several in read.values() for one in several})
    missing = [text for text in shared if not read[text] & there]
    fillers = [text for text in missing if is_filler(text_of(text))]
    if fillers:
        source.words["parcel"] = Words(dict.fromkeys(fillers, ""))
        source.comment(
            "parcel",
            f"{_named(source, fillers)} no parcel's number: several records share it, and the roll has none such, so "
            "that it is taken for none.",
        )
    if rest := [text for text in missing if text not in fillers]:
        source.comment(
            "parcel",
            f"{_named(source, rest)} not on the roll, though several records share it. If it stands for none, write "
            f'it with "" in [sources.{source.name}.values.parcel].',
        )


def is_filler(text: str) -> bool:
    """Whether a number looks like one that stands for none, whatever separators it has, or has no digit at all."""
    if not any(map(str.isdigit, text)):
        return True
    return bool(_FILLER.search(re.sub(r"[\W_]", "", text)) or _NINES.search(text))


def _named(source: "SourceDraft", numbers: list[str]) -> str:
    counts = source.field_named(source.parcel_field or "").counts
    named = ", ".join(f"'{text}' ({counts[text]:,})" for text in numbers[:3])
    return f"{named}{' and more are' if len(numbers) > 3 else ' are' if len(numbers) > 1 else ' is'}"
