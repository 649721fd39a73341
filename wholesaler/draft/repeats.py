"""Several records of a roll with one parcel number, such as cards of buildings: which field tells them apart.

Of records with one key one is kept, and nobody says which; the field says which one should be.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from wholesaler.draft.questions import Question
from wholesaler.plural import counted
from wholesaler.probe.description import Field, text_of

if TYPE_CHECKING:
    from wholesaler.draft.sources import SourceDraft

#: share of the numbers that stand alone, and of those that repeat, of which a value must be one for it to be the first
MAIN, TOLD = 0.9, 0.9
#: share of the numbers that repeat of which the values must differ for the highest to be kept
TOLD_BY_VALUE = 0.5
#: a field with more different values numbers something else
_FEW = 12
_SHOWN = 3
_PREFIX = re.compile(r"([A-Za-z]{1,3})[- ]?\d+")
_SOFTWARE = frozenset({"esriFieldTypeOID", "esriFieldTypeGlobalID"})


def settle_repeats(source: "SourceDraft") -> None:
    """Say of a roll how many of its numbers repeat, and ask whether the first of each is wanted, with its line."""
    name = source.parcel_field
    if source.nature.kind != "property_records" or name is None or source.latest_by is not None:
        return
    groups: dict[str, list[dict[str, Any]]] = {}
    for record in source.looked.sample.records:
        if number := text_of(record.get(name)):
            groups.setdefault(number, []).append(record)
    single = [several[0] for several in groups.values() if len(several) == 1]
    repeated = {number: several for number, several in groups.items() if len(several) > 1}
    if not repeated:
        return
    examples = ", ".join(f"'{number}'" for number in list(repeated)[:_SHOWN])
    seen = f"{counted(len(repeated), 'parcel number')} stand on several records ({examples})"
    found = _teller(source, name, single, list(repeated.values()))
    worth = source.columns.fields.get("total_mkt")
    if found is None and isinstance(worth, str) and _differ(worth, list(repeated.values())):
        source.latest_by = worth
        source.comment("latest_by", f"{seen}: the one of the highest {worth} stands, which is no outbuilding's.")
        return
    if found is None:
        source.notes.append(f"{seen}, of which one is kept, the others are rejected as duplicates")
        return
    one, said, condition = found
    source.ask("only", Question(
        f"{seen}, of which one is kept and the others are rejected as duplicates; {one.name} tells them apart, and is "
        f"{said} of nearly all others.",
        "Take the line to keep that one of each." if not source.only else "Add it to only, to keep that one of each.",
        () if source.only else (("only", {one.name: condition}),),
    ))  # fmt: skip


def _differ(name: str, repeated: Sequence[Sequence[dict[str, Any]]]) -> bool:
    """Whether most of the records that share a number differ in a field."""
    told = sum(len({_text(name, record) for record in several}) > 1 for several in repeated)
    return told >= TOLD_BY_VALUE * len(repeated)


def _teller(
    source: "SourceDraft", parcel: str, single: Sequence[dict[str, Any]], repeated: Sequence[Sequence[dict[str, Any]]]
) -> tuple[Field, str, Any] | None:
    """The field that is the same of nearly all single records and of one of each that repeat; in words, as ``only``."""
    for one in source.looked.found.fields:
        if one.name == parcel or one.kind in _SOFTWARE or one.type in {"object", "empty", "date"}:
            continue
        if one.distinct <= _FEW:
            main = _main(single, repeated, partial(_text, one.name))
            if main is not None:
                return one, f"'{one.word(main)}'", int(main) if re.fullmatch(r"[1-9]\d{0,8}|0", main) else main
        elif one.unique_share > MAIN:
            main = _main(single, repeated, partial(_prefix, one.name))
            if main is not None:
                after = main[:-1] + chr(ord(main[-1]) + 1)
                return one, f"begins with '{main}'", {"at_least": main, "below": after}
    return None


def _main(
    single: Sequence[dict[str, Any]],
    repeated: Sequence[Sequence[dict[str, Any]]],
    value: Callable[[dict[str, Any]], str],
) -> str | None:
    """What nearly all single records have, and exactly one of nearly all that repeat."""
    counts = Counter(map(value, single))
    (main, count), *_ = counts.most_common(1) or [("", 0)]
    if not main or count < MAIN * len(single):
        return None
    told = sum(sum(value(record) == main for record in several) == 1 for several in repeated)
    return main if told >= TOLD * len(repeated) else None


def _text(name: str, record: dict[str, Any]) -> str:
    return text_of(record.get(name))


def _prefix(name: str, record: dict[str, Any]) -> str:
    """The letters before a number."""
    found = _PREFIX.fullmatch(_text(name, record))
    return found[1] if found else ""
