"""Which of the publisher's fields make which column of a source, and what is asked where several may."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from wholesaler.draft.publisher import Looked
from wholesaler.draft.questions import Question
from wholesaler.markets.records import RECORD_KINDS
from wholesaler.probe.description import Field
from wholesaler.probe.guesses import Guess
from wholesaler.probe.masking import samples
from wholesaler.probe.meanings import BY_COLUMN
from wholesaler.probe.words import senses

#: what a field may be → the column of a kind of record that means it, where that is called otherwise
_RENAMED: dict[str, dict[str, tuple[str, ...]]] = {
    "tax_sales": {"case_number": ("tda_number",), "status": ("deed_status",), "auction_date": ("sale_date",)},
    "foreclosures": {
        "opened_date": ("recording_date", "entered_date"), "sale_date": ("auction_date",),
        "case_type": ("record_type",), "description": ("record_type",), "use_code": ("property_type",),
        "owner_name": ("borrower_name",), "amount": ("default_amount",),
    },
    "code_violations": {"recording_date": ("opened_date",)},
    "distress_events": {
        "opened_date": ("event_date",), "recording_date": ("event_date",), "sale_date": ("event_date",),
        "resolved_date": ("closed_date",), "auction_date": ("due_date",), "taxes": ("amount",),
        "default_amount": ("amount",), "case_type": ("description",),
    },
    "property_records": {},
}  # fmt: skip
#: columns without which a source says little: what may be one of them is asked
_WANTED = {
    "tax_sales": ("parcel", "sale_date", "deed_status"),
    "foreclosures": ("parcel", "recording_date", "auction_date"),
    "code_violations": ("parcel", "case_number", "opened_date", "status"),
    "distress_events": ("parcel", "amount"),
    "property_records": ("parcel", "address", "city", "zip_code", "owner_name", "mail_address", "total_mkt"),
}
#: of the place, asked for where a source has no parcel number
_PLACE = ("address", "city")
_SOFTWARE = "of the publisher's software"
_MONTH = re.compile(r"(.*[_ ])(0[1-9]|1[0-2])(\d\d)")
_SAMPLES = 3


@dataclass
class Columns:
    """The columns of a source: each the name of a field or a table that makes one; what is asked, by column."""

    fields: dict[str, Any] = field(default_factory=dict)
    questions: dict[str, Question] = field(default_factory=dict)
    #: field → what it may be, of location.x, location.y, record_date
    besides: dict[str, str] = field(default_factory=dict)

    def used(self) -> set[str]:
        """The publisher's fields that are in use."""
        return {name for value in self.fields.values() for name in names_in(value)}


def columns_of(looked: Looked, kind: str, signal: str, today: date) -> Columns:
    """The columns of a source of a kind of record."""
    pairs = list(zip(looked.found.fields, looked.found.guesses, strict=True))
    told = _told(pairs)
    names = RECORD_KINDS[kind].names
    found = Columns(
        besides={column: one for column, one in told.items() if column.startswith(("location", "record_d"))}
    )
    for column in ("parcel", "case_number", *told):
        if column in told:
            targets = (column,) if column in names else _RENAMED[kind].get(column, ())
            target = next((one for one in targets if one in names and one not in found.fields), None)
            if target is not None:
                found.fields[target] = _value(target, told[column], looked, today)
    if kind == "foreclosures":
        _make_amount(found, "default_amount", {"value", "judgment", "due"}, pairs, looked, today)
    if kind == "distress_events":
        found.fields["signal"] = {"const": signal}
        years = next((one.name for one, _ in pairs if counts_years(one)), None)
        if years is not None:
            found.fields.setdefault("years", years)
        _make_amount(found, "amount", {"tax", "due"}, pairs, looked, today)
    _make_addresses(found, pairs, names)
    if kind == "property_records":
        _make_values(found, told)
        _make_flags(found, looked)
    _ask(found, kind, pairs)
    found.fields = {name: found.fields[name] for name in names if name in found.fields}
    return found


def fields_by_name(looked: Looked) -> dict[str, Field]:
    """The descriptions of the fields."""
    return {one.name: one for one in looked.found.fields}


def shown(one: Field, guess: Guess) -> str:
    """A field with a few of its values, names of people masked."""
    values = ", ".join(f"'{value}'" for value in samples(one, guess, _SAMPLES))
    return f"{one.name} ({values})" if values else one.name


def _told(pairs: list[tuple[Field, Guess]]) -> dict[str, str]:
    return {guess.column: one.name for one, guess in pairs if guess.column is not None}


def _value(column: str, name: str, looked: Looked, today: date) -> Any:
    """A field's name, or what makes the column of it: of ZIPs that lost their zeros, of names that change by month."""
    one = fields_by_name(looked)[name]
    if column in {"zip_code", "mail_zip"} and one.share("zip4") >= 0.02:
        return {"field": name, "match": "([0-9]{3,5})", "pad": 5}
    month = _MONTH.fullmatch(name)
    if month and abs(2000 + int(month[3]) - today.year) <= 1:
        return {"named": f"{re.escape(month[1])}[0-9]{{4}}"}
    return name


def _make_addresses(found: Columns, pairs: list[tuple[Field, Guess]], names: tuple[str, ...]) -> None:
    """Addresses that are in parts, joined in the publisher's order with the number first and the unit last."""
    parts = {"number": [], "street": [], "unit": []}  # type: dict[str, list[str]]
    for one, guess in pairs:
        if guess.column is not None and guess.column.startswith("address."):
            parts[guess.column.partition(".")[2]].append(one.name)
    if "address" not in found.fields and parts["street"]:
        joined = [*parts["number"][:1], *parts["street"], *parts["unit"][:1]]
        found.fields["address"] = {"join": joined, "with": " "} if len(joined) > 1 else joined[0]
    cities = [one.name for one, guess in pairs if guess.column == "mail_city_state"]
    if cities and "mail_address" in names and "mail_city" not in found.fields:
        whole = [found.fields.get("mail_address"), cities[0], found.fields.pop("mail_zip", None)]
        found.fields["mail_address"] = {"join": [one for one in whole if one is not None], "with": ", "}


def _make_amount(
    found: Columns, column: str, called: set[str], pairs: list[tuple[Field, Guess]], looked: Looked, today: date
) -> None:
    """What is owed, where one field alone holds money and is called so."""
    able = [
        one.name
        for one, guess in pairs
        if guess.column is None and BY_COLUMN["amount"].fits(one) and called & _words(one) and not counts_years(one)
    ]
    if column not in found.fields and len(able) == 1:
        found.fields[column] = _value("amount", able[0], looked, today)


def _make_values(found: Columns, told: dict[str, str]) -> None:
    if "total_mkt" not in found.fields and {"land_mkt", "building_mkt"} <= told.keys():
        found.fields["total_mkt"] = {"sum": [told["land_mkt"], told["building_mkt"]]}


def _make_flags(found: Columns, looked: Looked) -> None:
    """A homestead that is a code or an amount is one wherever it is neither empty nor 0."""
    name = found.fields.get("homestead")
    if isinstance(name, str):
        one = fields_by_name(looked)[name]
        if one.share("flag") < 1.0 and (one.filled_share < 0.95 or "0" in one.counts):
            found.fields["homestead"] = {"present": name}


def counts_years(one: Field) -> bool:
    """Whether a field has the number of years that are owed, or names them."""
    words = _words(one)
    if "year" not in words or "built" in words or one.type == "date":
        return False
    if one.numbers is not None:
        return one.numbers[0] >= 0 and 1 <= one.numbers[1] <= 40
    return one.share("year") < 0.9 and any(re.search(r"(19|20)\d\d", text) for text in one.common(5))


def _ask(found: Columns, kind: str, pairs: list[tuple[Field, Guess]]) -> None:
    """What may be a column that is wanted and is not told."""
    wanted = [*_WANTED[kind], *(_PLACE if "parcel" not in found.fields and kind != "property_records" else ())]
    if kind != "property_records" and "parcel" in found.fields:
        wanted = [one for one in wanted if one not in _PLACE]
    for column in wanted:
        if column in found.fields:
            continue
        sources = {one for one, targets in _RENAMED[kind].items() if column in targets} | {column}
        able = [
            (one, guess)
            for one, guess in pairs
            if guess.column is None and guess.why != _SOFTWARE and _may_be(one, sources.intersection(guess.others))
        ]
        if able:
            seen = "; ".join(shown(one, guess) for one, guess in able[:4])
            found.questions[column] = Question(
                f"{column} could not be told; it may be {seen}.",
                f"Take the # away before {'one of the lines' if len(able) > 1 else 'the line'} below, or before none.",
                tuple((column, one.name) for one, _ in able[:4]),
            )


def _may_be(one: Field, columns: set[str]) -> bool:
    """Whether the values can be of one of the columns."""
    return any(column not in BY_COLUMN or BY_COLUMN[column].fits(one) for column in columns)


def _words(one: Field) -> set[str]:
    return {sense for word in senses(one.name)[0] for sense in word}


def names_in(value: Any) -> Iterator[str]:
    """The publisher's fields in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key in {"const", "match", "with", "pad"}:
                continue
            for one in inner if isinstance(inner, list) else [inner]:
                yield from names_in(one)
