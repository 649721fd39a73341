"""What else a list is a sign of: a second source of the same address, offered as lines that are commented out.

A list of tax sales says how much is owed and for how many years; among a city's cases are buildings that stand empty.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wholesaler.draft.categories import FEW
from wholesaler.draft.columns import counts_years, fields_by_name, names_in
from wholesaler.draft.statuses import says_status
from wholesaler.draft.vocabulary import Words
from wholesaler.probe.description import Field
from wholesaler.probe.forms import number_of
from wholesaler.probe.meanings import BY_COLUMN
from wholesaler.probe.words import said_by

if TYPE_CHECKING:
    from wholesaler.draft.sources import SourceDraft

#: signal → what cases are called that are one
_CASES = {
    "vacancy": re.compile(
        r"vacan|unoccupied|unsecured|abandon|board(?:ed|[ -]?up| (?:&|and) secure)|open to (?:entry|trespass)",
        re.IGNORECASE,
    ),
    "unsafe_building": re.compile(
        r"unsafe|dangerous|dilapidat|condemn|unfit|uninhabitable|substandard|structural|collapse|fire[ -]?damage",
        re.IGNORECASE,
    ),
    "demolition": re.compile(r"demoli|raze", re.IGNORECASE),
}
#: a column of a list of cases or sales → that of an event
_AS_EVENT = {
    "parcel": "parcel", "case_number": "case_number", "tda_number": "case_number", "opened_date": "event_date",
    "resolved_date": "closed_date", "event_date": "event_date", "due_date": "due_date", "closed_date": "closed_date",
    "description": "description", "status": "status", "case_type": "description", "address": "address",
    "city": "city", "zip_code": "zip_code",
}  # fmt: skip
_ORDER = (
    "parcel", "signal", "case_number", "event_date", "due_date", "closed_date", "status", "amount", "years",
    "description", "address", "city", "zip_code",
)  # fmt: skip
#: what stands empty, is dangerous or unsafe and is no building
_THINGS = re.compile(
    r"vehicle|\bcars?\b|\bautos?\b|automobile|\bboats?\b|trailer|\brvs?\b|\bcarts?\b|appliance|refrigerat|"
    r"\bdogs?\b|animal|\btrees?\b|\bsigns?\b|\bwells?\b|\bpools?\b|sidewalk|\bwire",
    re.IGNORECASE,
)
#: shares of a roll that owe taxes: more is no balance of the past
_OWING = 0.5
#: more words than this in a condition are no longer read by anybody
_MOST = 20
_LONGEST_NAME = 60
#: share of the records that have a value of what tells them apart
_FILLED = 0.8
_NOT_OWED = frozenset({"date", "year", "number", "exempt", "assessed", "market"})
_YES = frozenset({"y", "yes", "true", "t", "1"})
_NOT = re.compile(r"\b(?:not|non|never|no longer)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Further:
    """A second source that a list may be. ``why`` says so in words."""

    name: str
    why: str
    only: Mapping[str, Any]
    key: list[Any]
    record_date: Any
    fields: Mapping[str, Any]
    words: Words | None

    def used(self) -> set[str]:
        """The publisher's fields that it uses."""
        own = [one for one in (*self.key, self.record_date) if isinstance(one, dict)]
        return {name for value in (*self.fields.values(), *own) for name in names_in(value)} | set(self.only)


def further_of(source: "SourceDraft") -> Iterator[Further]:
    """The second sources that a list may be."""
    kind = source.nature.kind
    if kind == "tax_sales":
        yield from _of_taxes(source)
    elif kind == "code_violations":
        values = [source.columns.fields.get(column) for column in ("case_type", "description")]
        names = dict.fromkeys(value for value in values if isinstance(value, str))
        yield from _of_types(source, [one for name in names if (one := source.field_named(name)).distinct <= FEW])
    elif kind == "property_records":
        yield from _of_roll(source)
    elif kind == "distress_events":
        yield from _of_types(source, _types(source))


def _of_taxes(source: "SourceDraft") -> Iterator[Further]:
    """What is owed, of those that are still to be sold."""
    used = source.columns.used()
    free = [one for one in source.looked.found.fields if one.name not in used]
    years = next((one.name for one in free if counts_years(one)), None)
    money = [one for one in free if BY_COLUMN["amount"].fits(one) and not counts_years(one)]
    owed = [one.name for one in money if "due" in _senses(one)]
    more = {"amount": owed[0]} if len(owed) == 1 else {}
    more |= {"years": years} if years is not None else {}
    if not more:
        return
    only: dict[str, Any] = {}
    if "deed_status" in source.words:
        name, known = source.field_of("deed_status"), source.words["deed_status"]
        met = fields_by_name(source.looked)[name].counts
        words = known.likely | known.mapped  # of those that are asked, what rather is still to come
        wanted = [word for word in met if words.get(word, word).casefold() == "active sale"]
        only = {name: wanted} if wanted else {}
    named = " and ".join(more.values())
    yield _event(source, "tax_delinquency", f"{named} say that taxes are owed", only, more)


def _of_roll(source: "SourceDraft") -> Iterator[Further]:
    """What a roll says is owed on some of its parcels."""
    used = source.columns.used()
    owed = [
        one.name
        for one in source.looked.found.fields
        if one.name not in used
        and BY_COLUMN["amount"].fits(one)
        and "due" in _senses(one)
        and not _NOT_OWED & _senses(one)
        if 0 < sum(count for text, count in one.counts.items() if (number_of(text) or 0) > 0) <= _OWING * one.rows
    ]
    if len(owed) == 1:
        why = f"{owed[0]} says that taxes are owed on some of its parcels"
        yield _event(source, "tax_delinquency", why, {owed[0]: {"above": 0}}, {"amount": owed[0]})


def _types(source: "SourceDraft") -> list[Field]:
    """Fields of few words that say what a record is about, and flags whose names do; none that says how it stands."""
    used = source.columns.used() - {source.columns.fields.get("description")}
    return [
        one
        for one in source.looked.found.fields
        if one.name not in used and one.name not in source.only and not says_status(one)
        if 2 <= one.distinct <= _MOST and one.filled_share >= _FILLED and (one.type == "text" or one.codes)
    ]


def _of_types(source: "SourceDraft", types: Sequence[Field]) -> Iterator[Further]:
    """Records whose type says that a building stands empty, is unsafe, or is to be torn down: once for each sign."""
    own = source.columns.fields.get("signal")
    found: dict[str, tuple[int, Field, list[str]]] = {}
    for one in types:
        words = {word: one.word(word) for word in (*one.counts, *one.codes)}
        flags = [word for word, name in words.items() if {word.casefold(), name.casefold()} & _YES]
        for signal, pattern in _CASES.items():
            said = [
                word
                for word, name in words.items()
                if pattern.search(name) and not _NOT.search(name) and not _THINGS.search(name)
            ]
            words = {word: name for word, name in words.items() if word not in said}
            if not said and pattern.search(one.name.replace("_", " ")) and len(one.counts) <= len(_YES):
                said = flags
            number = sum(one.counts[word] for word in said)
            if 0 < len(said) <= _MOST and own != {"const": signal} and number > found.get(signal, (0,))[0]:
                found[signal] = (number, one, said)
    for signal, (number, one, said) in found.items():
        named = ", ".join(f"'{one.word(word)}'" for word in said)
        why = f"of {number:,} of its records {one.name} is {named}"
        yield _event(source, signal, why, {one.name: said}, {})


def _event(source: "SourceDraft", signal: str, why: str, only: Mapping[str, Any], more: Mapping[str, Any]) -> Further:
    columns = source.columns.fields
    fields = {_AS_EVENT[column]: value for column, value in columns.items() if column in _AS_EVENT}
    fields |= {"signal": {"const": signal}, **more}
    fields = {column: fields[column] for column in _ORDER if column in fields}
    key = [_AS_EVENT.get(one, one) if isinstance(one, str) else one for one in source.key]
    # what is no column of events is the field itself
    key = [{"field": columns[one]} if isinstance(one, str) and one not in fields else one for one in key]
    fresh = source.record_date
    if isinstance(fresh, str):
        fresh = _AS_EVENT.get(fresh) if _AS_EVENT.get(fresh) in fields else {"field": columns[fresh]}
    name = f"{source.name[: _LONGEST_NAME - len(signal)]}_{signal}"
    return Further(name, why, source.only | dict(only), key, fresh, fields, source.words.get("status"))


def _senses(one: Field) -> set[str]:
    return said_by(one.name, *one.titles[:1])
