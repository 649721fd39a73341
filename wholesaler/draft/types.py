"""Of what type each record of a list is: suits that are no foreclosures are left out, liens are for several things.

A recorder's index has divorces and mechanics' liens beside the lenders' suits; unread, all of it is leads.
"""

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wholesaler.draft.questions import Question
from wholesaler.draft.statuses import KNOWN, known_share, says_status
from wholesaler.draft.unclear import listed
from wholesaler.markets.records import RECORD_KINDS
from wholesaler.probe.description import Field

if TYPE_CHECKING:
    from wholesaler.draft.sources import SourceDraft

#: different words that a type has at most, and share of the records that have one at least
FEW, FILLED = 20, 0.9
_NAMED = re.compile(r"type|class|categor|kind|nature|_desc|reason|purpose|^action", re.IGNORECASE)
_SUIT = re.compile(
    r"foreclos|mortgage|deed of trust|trustee|notice of (?:default|sale|election)|lis pendens|\btax\b|assessment|"
    r"\bh\.?o\.?a\b|condo|association|substitut",
    re.IGNORECASE,
)  # fmt: skip
_OTHER = re.compile(
    r"\bother\b|civil|divorce|dissol|marriage|partition|quiet title|mechanic|contractor|probate|guardian|evict|eject|"
    r"contract|zoning|injunct|eminent|condemn|performance|release|easement|boundary|child",
    re.IGNORECASE,
)
#: what the words of a list of events are a sign of, the more particular first
_SIGNALS = (
    ("demolition", re.compile(r"demoli|\braze|tear.?down", re.IGNORECASE)),
    ("vacancy", re.compile(r"\bboard|secur|vacan|unoccupied|abandon", re.IGNORECASE)),
    ("unsafe_building", re.compile(r"unsafe|danger|structur|condemn|unfit|collapse|fire", re.IGNORECASE)),
    ("tax_lien", re.compile(r"\btax", re.IGNORECASE)),
    ("utility_shutoff", re.compile(r"shut.?off|disconnect", re.IGNORECASE)),
    ("lien", re.compile(r"weed|grass|mow|trash|clean|clear|debris|nuisance|water|sewer|lien|abate|sidewalk|assess|tree",
                        re.IGNORECASE)),
)  # fmt: skip
_LIENS = re.compile(r"\bliens?\b", re.IGNORECASE)


def settle_types(source: "SourceDraft") -> None:
    """Leave out suits of other types, or ask which; ask which sign each is of where a list of liens has several."""
    kind = source.nature.kind
    if kind not in {"foreclosures", "distress_events"}:
        return
    one = _type_of(source)
    if one is None:
        return
    if kind == "foreclosures":
        _settle_suits(source, one)
    else:
        _settle_signals(source, one)
    fields = source.columns.fields
    source.columns.fields = {name: fields[name] for name in RECORD_KINDS[kind].names if name in fields}


def settle_only(source: "SourceDraft") -> None:
    """One question alone can offer the line of only, and none where there is one; the others say what to add to it."""
    is_taken = bool(source.only)
    asked = source.questions.get("only", [])
    for number, one in enumerate(asked):
        if is_taken and one.choices:
            conditions = "; ".join(f"{name} = {what!r}" for _, line in one.choices for name, what in line.items())
            asked[number] = replace(one, do=f"Add to only: {conditions}.", choices=())
        is_taken = is_taken or bool(one.choices)


def _type_of(source: "SourceDraft") -> Field | None:
    """The field of the type: few words, called so or decoded by the publisher, that do not say how a record stands."""
    used = source.columns.used()
    fields = source.columns.fields
    used -= {fields[column] for column in ("record_type", "description") if isinstance(fields.get(column), str)}
    able = []
    for one in source.looked.found.fields:
        few = 2 <= one.distinct <= FEW and one.filled_share >= FILLED and one.type == "text"
        if not few or one.name in used or says_status(one) or known_share("sale", one) >= KNOWN:
            continue
        words = [one.word(text) for text in one.counts]
        meant = sum(bool(_SUIT.search(word) or _OTHER.search(word) or _signal(word)) for word in words)
        if meant and (_NAMED.search(one.name) or one.codes) and max(map(len, words)) > 2:
            able.append((meant / len(words), one))
    return max(able, key=lambda each: each[0])[1] if able else None


def _settle_suits(source: "SourceDraft", one: Field) -> None:
    suits, others, unclear = {}, {}, {}  # type: dict[str, int], dict[str, int], dict[str, int]
    for text in one.common(one.distinct):
        word = one.word(text)
        kind = suits if _SUIT.search(word) else others if _OTHER.search(word) else unclear
        kind[text] = one.counts[text]
    if "record_type" not in source.columns.fields:
        source.columns.fields["record_type"] = one.name
        source.columns.questions.pop("record_type", None)
    if not suits:
        return
    line: dict[str, Any] = {one.name: [*suits, *unclear]}
    if others:
        source.only |= line
        source.comment("only", (
            f"Left out, since they are no foreclosures: {listed(others, one)}. A record with a word of {one.name} that "
            "stands in no list is left out too."
        ))  # fmt: skip
    if unclear:
        source.ask("only", Question(
            f"Words of {one.name} of which nobody could tell whether they are foreclosures: {listed(unclear, one)}.",
            "Take those that are none out of only." if others else "Take the line without those that are none.",
            () if others else (("only", line),),
        ))  # fmt: skip


def _signal(word: str) -> str | None:
    return next((signal for signal, pattern in _SIGNALS if pattern.search(word)), None)


def _settle_signals(source: "SourceDraft", one: Field) -> None:
    """Of liens: each by what it is for, offered; the list as a whole is one of liens."""
    fields = source.columns.fields
    fields.setdefault("description", one.name)
    if fields["description"] == one.name:
        source.columns.questions.pop("description", None)
    title = f"{source.looked.title} {source.name.replace('_', ' ')}"
    if not _LIENS.search(title) or fields.get("signal") in ({"const": "tax_lien"}, {"const": "tax_delinquency"}):
        return
    meant = {_signal(one.word(text)) or "lien" for text in one.counts}
    if len(meant) > 1:
        fields["signal"] = {"const": "lien"}
        source.comment("signal", (
            f"A list of liens for several things, which {one.name} tells: "
            f"{listed(dict(one.counts.most_common()), one)}. What is a sign of more is below."
        ))  # fmt: skip
