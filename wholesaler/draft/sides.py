"""The owner's mailing address and the place's, told apart by how many of their values are of elsewhere."""

from collections import Counter
from collections.abc import Iterable

from wholesaler.draft.columns import Columns, fields_by_name
from wholesaler.draft.publisher import Looked
from wholesaler.draft.questions import Question
from wholesaler.probe.description import Field

#: share of ZIPs of other areas up to which they are of the place, and from which on they are of owners' mail
PLACE, MAIL = 0.02, 0.06
#: share of a list's ZIPs from which on their first three digits are an area of the county
_AREA = 0.05
_ENOUGH = 20


def areas_of(lists: Iterable[tuple[Looked, Columns]]) -> set[str]:
    """The first three digits of ZIPs that the county's places have."""
    areas: set[str] = set()
    for looked, columns in lists:
        name = _field(columns.fields.get("zip_code"))
        one = fields_by_name(looked)[name] if name is not None else None
        if one is not None and one.share("zip", "zip4") >= 0.5:  # and no whole line that a ZIP is cut out of
            counts = _areas(one)
            areas.update(area for area, count in counts.items() if count >= _AREA * sum(counts.values()))
    return areas


def settle(looked: Looked, columns: Columns, areas: set[str], state: str) -> list[str]:
    """Tell ZIPs that no name tells, and ask where what was told contradicts the values; what was seen, in words."""
    fields = fields_by_name(looked)
    for one, guess in zip(looked.found.fields, looked.found.guesses, strict=True):
        may_be = {"zip_code", "mail_zip"} & {guess.column or "", *guess.others}
        if guess.column is None and may_be and areas and one.share("zip") >= 0.75 and one.filled >= _ENOUGH:
            share = _outside(one, areas)
            column = "zip_code" if share <= PLACE else "mail_zip" if share >= MAIL else None
            if column is not None and column not in columns.fields:
                columns.fields[column] = one.name
    said = []
    place, mail = _field(columns.fields.get("zip_code")), _field(columns.fields.get("mail_zip"))
    # a whole line that a ZIP is cut out of tells nothing here
    if place and mail and areas and min(fields[place].share("zip", "zip4"), fields[mail].share("zip", "zip4")) >= 0.5:
        here, there = _outside(fields[place], areas), _outside(fields[mail], areas)
        said.append(f"ZIPs of elsewhere: {here:.0%} of {place}, {there:.0%} of {mail}")
        if here >= MAIL and here > there:
            columns.questions["zip_code"] = Question(
                f"More ZIPs of {place} ({here:.0%}) than of {mail} ({there:.0%}) are of elsewhere: the owner's mailing "
                "address and the place's may be the other way round.",
                "Look at some records; if so, swap the fields of address, city and zip_code with those of mail_….",
            )
    name = columns.fields.get("mail_state")
    if isinstance(name, str) and state:
        counts = Counter[str]()
        for text, count in fields[name].counts.items():
            counts[text.upper()] += count
        outside = 1 - counts[state] / max(1, sum(counts.values()))
        said.append(f"owners of other states: {outside:.0%}")
    return said


def _areas(one: Field) -> Counter[str]:
    areas = Counter[str]()
    for text, count in one.counts.items():
        if text[:3].isdecimal() and len(text) >= 5:
            areas[text[:3]] += count
    return areas


def _outside(one: Field, areas: set[str]) -> float:
    counts = _areas(one)
    total = sum(counts.values())
    return sum(count for area, count in counts.items() if area not in areas) / total if total else 0.0


def _field(value: object) -> str | None:
    if isinstance(value, dict):
        value = value.get("field")
    return value if isinstance(value, str) else None
