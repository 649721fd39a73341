"""What a case is about: in a few words of a list, rather than in what somebody noted at the gate."""

import re
from typing import TYPE_CHECKING

from wholesaler.draft.statuses import says_status
from wholesaler.markets.records import RECORD_KINDS
from wholesaler.probe.description import Field

if TYPE_CHECKING:
    from wholesaler.draft.sources import SourceDraft

#: different words that a list of them has at most, their share of the values, words of one, share of records with one
FEW, REPEATED, SHORT, FILLED = 80, 0.2, 5, 0.8
_NATURE = re.compile(
    r"viol|nature|complaint|offen[cs]e|problem|(?<![a-z])issues?(?![a-z])|sub_?(?:type|cat)|allegation|concern",
    re.IGNORECASE,
)
_NOTES = re.compile(r"note|remark|comment|memo|narrative|observ", re.IGNORECASE)
_OTHER = re.compile(
    r"date|(?<![a-z])(?:dt|no|num|id)(?![a-z])|number|count|address|officer|inspector|status", re.IGNORECASE
)


def settle_category(source: "SourceDraft") -> None:
    """Take the one field of few words that says what a case is about, before notes of any length."""
    if source.nature.kind != "code_violations":
        return
    fields, questions = source.columns.fields, source.columns.questions
    used = source.columns.used() | set(source.only)
    able = [one for one in source.looked.found.fields if one.name not in used and _is_category(one)]
    if len(able) != 1:
        return
    name, told = able[0].name, fields.get("description")
    if "case_type" not in fields:
        fields["case_type"] = name
        questions.pop("case_type", None)
    if told is None or (isinstance(told, str) and _NOTES.search(told)):
        fields["description"] = name
        questions.pop("description", None)
        if told is not None:
            source.comment("description", f"{told} is what somebody noted; {name} says in few words what it is about.")
    source.columns.fields = {one: fields[one] for one in RECORD_KINDS["code_violations"].names if one in fields}


def _is_category(one: Field) -> bool:
    """Whether a field of few words is called as what a case is about."""
    called = any(_NATURE.search(name) for name in (one.name, *one.titles[:1]))
    return (
        called
        and not _OTHER.search(one.name)
        and not says_status(one)
        and one.type == "text"
        and 2 < one.distinct <= FEW
        and one.unique_share <= REPEATED
        and one.words <= SHORT
        and one.filled_share >= FILLED
        and one.share("letters", "place") >= 0.5
    )
