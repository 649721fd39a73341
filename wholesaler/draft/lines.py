"""Addresses that are a whole line, with city, state and ZIP behind the street: cut by expressions."""

import re
from typing import TYPE_CHECKING, Any

from wholesaler.markets.records import RECORD_KINDS
from wholesaler.probe.description import Field

if TYPE_CHECKING:
    from wholesaler.draft.sources import SourceDraft

#: share of the values that must be whole lines
WHOLE = 0.8
#: a city, and what stands behind it: a state and perhaps a ZIP, or a ZIP alone; as an expression that somebody reads
_ANY_CITY = ", *[^,0-9]+?"
_CITY = ", *([^,0-9]+?)"
_ENDS = (",? +[A-Za-z]{2}[.]?[ ,0-9-]*", ",? +[0-9]{5}[0-9-]*")
_CODE = "(?: ([0-9]{5})[0-9-]*)?$"
_MAIL_CITY = f"^(.*?)(?:{_ENDS[0]})?$"
_MAIL_STATE = "(?: ([A-Za-z]{2})[.]?[ ,0-9-]*)?$"


def settle_lines(source: "SourceDraft") -> None:
    """Cut street, city and ZIP out of a whole line, as far as no fields of their own have them."""
    fields = source.columns.fields
    name = fields.get("address")
    end = _end_of(source.field_named(name)) if isinstance(name, str) else None
    if end is None:
        return
    made: dict[str, Any] = {"address": {"field": name, "match": f"^(.*?)(?:{_ANY_CITY}{end})?$"}}
    for column, pattern in (("city", f"(?:{_CITY}{end})?$"), ("zip_code", _CODE)):
        if column not in fields and column in RECORD_KINDS[source.nature.kind].names:
            made[column] = {"field": name, "match": pattern}
            source.columns.questions.pop(column, None)
    source.columns.fields = {
        column: (fields | made)[column] for column in RECORD_KINDS[source.nature.kind].names if column in fields | made
    }
    source.notes.append(f"{name} is a whole line, which is cut into street, city and ZIP")


def _end_of(one: Field) -> str | None:
    """How nearly all of its values end; none where they are no whole lines."""
    return next((end for end in _ENDS if _share(one, rf"[^,]*\S.*{_CITY}{end}") >= WHOLE), None)


def has_zips(one: Field) -> bool:
    """Whether most values end in a ZIP."""
    return _share(one, ".* [0-9]{5}[0-9-]*") >= WHOLE


def _share(one: Field, pattern: str) -> float:
    """How many of the values match."""
    compiled = re.compile(pattern)
    found = sum(count for text, count in one.counts.items() if compiled.fullmatch(text))
    return found / one.filled if one.filled else 0.0


def parts_of_mail(name: str, *, has_zip: bool) -> dict[str, Any]:
    """City, state and ZIP of the owner's mail, of a field that has the first two or all of them."""
    parts: dict[str, Any] = {
        "mail_city": {"field": name, "match": _MAIL_CITY}, "mail_state": {"field": name, "match": _MAIL_STATE},
    }  # fmt: skip
    return parts | ({"mail_zip": {"field": name, "match": _CODE}} if has_zip else {})
