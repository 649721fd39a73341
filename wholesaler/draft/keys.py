"""What tells the records of a list apart: the fewest columns of which all values are different."""

import json
import re
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING, Any

from wholesaler.draft.columns import fields_by_name
from wholesaler.draft.questions import Question
from wholesaler.plural import counted
from wholesaler.probe.description import Field, text_of
from wholesaler.probe.words import senses

if TYPE_CHECKING:
    from wholesaler.draft.sources import SourceDraft

#: records that may share a key with another for it to be one
_UNIQUE = 0.98
_SYSTEM_KINDS = frozenset({"esriFieldTypeOID", "esriFieldTypeGlobalID", "esriFieldTypeGeometry"})


def settle_key(source: "SourceDraft", today: date) -> None:
    """What tells its records apart: of the roll the parcel, of a list the fewest columns that do."""
    records, fields = _different(source), source.columns.fields
    if source.nature.kind == "property_records":
        source.key = ["parcel"]
        name = source.parcel_field
        if name is not None and _unique([name], records) < _UNIQUE:
            source.latest_by = _year_of(source, name)
            years = fields_by_name(source.looked)[source.latest_by].numbers if source.latest_by is not None else None
            if source.latest_by is not None:
                # of a list that was not read to its end nobody knows the newest year, and all years are many records
                is_old = source.looked.sample.whole and (years is None or years[2] < today.year - 1)
                source.only = {} if is_old else {source.latest_by: {"at_least": "{year-1}"}}
        return
    plain = {column: value for column, value in fields.items() if isinstance(value, str)}
    order: list[str] = [one for one in (
        "case_number", "tda_number", "parcel", "address", "event_date", "opened_date", "recording_date", "sale_date",
        "auction_date", "record_type", "case_type", "description", "borrower_name",
    ) if one in plain]  # fmt: skip
    numbers: list[str] = [one for one in order if one in {"case_number", "tda_number"}]
    places: list[str] = [one for one in order if one in {"parcel", "address"}]
    own = _own_number(source)
    column = "tda_number" if source.nature.kind == "tax_sales" else "case_number"
    shared = bool(numbers) and _unique([plain[numbers[0]]], records) < _UNIQUE
    if own is not None and (not numbers or (shared and source.nature.kind == "tax_sales")):
        fields[column] = own  # of many sales one docket has all, and each its own item
        source.columns.questions.pop(column, None)
        source.key = [column]
        return

    def is_whole(columns: list[str]) -> bool:
        """Whether all values are different; of a number that is none of ours, none that numbers the lines."""
        if own is not None and columns == [own]:
            return _unique([own], records) == 1.0 and not _counts(source.field_named(own))
        return _unique([plain[one] for one in columns], records) == 1.0

    # what happens to a house more than once has its day; what it is listed for as such has none
    listed = source.nature.kind in {"distress_events", "tax_sales"}
    year = _tax_year(source)
    if year is not None and _unique([plain["parcel"]], records) < _UNIQUE:
        source.key = ["parcel", {"field": year}]
        if _unique([plain["parcel"], year], records) >= _UNIQUE:
            return
    tried: list[list[str]] = [[one] for one in numbers] + ([[own]] if own is not None else [])
    tried += [[one] for one in places] if listed else []
    tried += [
        list(columns) for size in (2, 3, 4) for columns in combinations(order, size) if {*numbers, *places} & {*columns}
    ]
    tried += [[one] for one in places]
    of_number = [[one, "parcel"] for one in numbers if "parcel" in plain]
    # one case may be of several parcels: of two records with one number one would be lost
    whole = next((each for each in [*tried[: len(numbers) + (own is not None)], *of_number] if is_whole(each)), None)
    for columns in [whole, *tried] if whole is not None else tried:
        if columns == [own] or _unique([plain[one] for one in columns], records) >= _UNIQUE:
            source.key = [{"field": own}] if columns == [own] else columns
            return
    source.key = order[:3]
    row = next((name for name, kind in source.looked.sample.fields.items() if kind == "esriFieldTypeOID"), None)
    share = _unique([plain[one] for one in source.key], records) if source.key else 0.0
    instead = f', such as [{{ field = "{row}" }}], which numbers the rows, where it stays the same' if row else ""
    source.ask("key", Question(
        f"No columns tell all records apart; of {', '.join(source.key) or 'none'} {share:.0%} are different, and of "
        "those that are alike one is kept.",
        f"Write fields that do into the line below{instead}." if source.key else
        f"Write the line key with fields that do{instead}.",
        () if source.key or row is None else (("key", [{"field": row}]),), blocks=not source.key,
    ))  # fmt: skip


def _different(source: "SourceDraft") -> list[dict[str, Any]]:
    """The records without those that are the same in all fields as another, which are no news and are said."""
    records = source.looked.sample.records
    different = {json.dumps(record, sort_keys=True, default=str): record for record in records}
    twice = len(records) - len(different)
    if twice and source.nature.kind != "property_records":
        source.notes.append(
            f"{counted(twice, 'record')} of those that were read {'is' if twice == 1 else 'are'} the same in all "
            "fields as another, of which one is kept"
        )
    return list(different.values())


def _tax_year(source: "SourceDraft") -> str | None:
    """The field of the year that a list has a row of each parcel for, where its days were told by it."""
    value = source.columns.fields.get("event_date")
    names = value.get("date") if isinstance(value, dict) else None
    is_of_parcels = isinstance(source.columns.fields.get("parcel"), str)
    return names[0] if is_of_parcels and isinstance(names, list) and len(names) == 1 else None


def _counts(one: Field) -> bool:
    """Whether a field may number the lines from one on, which are others tomorrow."""
    return one.numbers is not None and one.numbers[2] <= 2 * one.rows


def _unique(names: list[str], records: list[dict[str, Any]]) -> float:
    """Different values to records, of records that have all of them; 0 where some have none."""
    keys = [tuple(text_of(record.get(name)) for name in names) for record in records]
    whole = [key for key in keys if key[0]]
    return len(set(whole)) / len(keys) if len(whole) >= _UNIQUE * len(keys) else 0.0


def _own_number(source: "SourceDraft") -> str | None:
    """A field that numbers the records, other than the publisher's software does: filled, unique, called so.

    One without a single repeated value before the others.
    """
    able = []
    for one in source.looked.found.fields:
        if one.kind in _SYSTEM_KINDS or one.type in {"date", "object", "empty"} or one.share("decimals") > 0.1:
            continue
        words = {sense for word in senses(one.name)[0] for sense in word}
        software = re.match(r"objectid|globalid|(?:fid|_id|row_?id|cartodb_id)$", one.name.casefold())
        if "number" in words and not software and one.filled_share == 1.0 and one.unique_share >= _UNIQUE:
            able.append(one)
    best = max(able, key=lambda one: one.unique_share == 1.0 and not _counts(one), default=None)
    return best.name if best is not None else None


def _year_of(source: "SourceDraft", parcel: str) -> str | None:
    """The field of the year of which each record is, where a roll has one for each parcel and year."""
    for one in source.looked.found.fields:
        words = {sense for word in senses(one.name)[0] for sense in word}
        is_year = "year" in words and "built" not in words and one.share("year") >= 0.99
        if is_year and _unique([parcel, one.name], source.looked.sample.records) >= _UNIQUE:
            return one.name
    return None
