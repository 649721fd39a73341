"""Which of the publisher's fields make which column of a source, and what is asked where several may."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from wholesaler.draft.doubts import RENAMED, Pairs, ask
from wholesaler.draft.lines import has_zips, parts_of_mail
from wholesaler.draft.publisher import Looked
from wholesaler.draft.questions import Question
from wholesaler.markets.records import RECORD_KINDS
from wholesaler.probe.description import Field
from wholesaler.probe.guesses import Guess
from wholesaler.probe.meanings import BY_COLUMN
from wholesaler.probe.words import said_by

#: what fields of one kind of list are called and mean there alone, the surest first
_CALLED: dict[str, dict[str, tuple[str, ...]]] = {
    "code_violations": {
        "case_type": (r"(?:case|viol|complaint|issue|nuisance)\w*[ _]?type", "^type", "categor|group|class"),
    },
    "foreclosures": {
        "borrower_name": ("borrower|mortgagor", "grantor", "defendant", "debtor|home_?owner"),
        "lender_name": ("lender|mortgagee|benefic", "plaintiff|creditor", "holder|servicer", "grantee"),
        "default_amount": ("outstanding|unpaid", "judge?ment|default", "balance|owed|due"),
    },
}  # fmt: skip
_MONTH = re.compile(r"(.*[_ ])(0[1-9]|1[0-2])(\d\d)")
#: what was lent, or what a house is worth, is not what is owed, unless the name says that it still is
_LENT = re.compile(r"orig|loan|principal|mortgage|\bnote\b|apprais|assess|deposit|\bfees?\b", re.IGNORECASE)
_OWED = re.compile(r"outstanding|unpaid|balance|\bowed|due(?![a-z])", re.IGNORECASE)
_DEBTS = frozenset({"default_amount", "amount"})
#: a value after exemptions and deductions
_NET = re.compile(r"(?:^|[_ ])net|(?<=[a-z])Net|taxable", re.IGNORECASE)
#: share of the records that must have a value for a field to be taken by what it is called
_MOST_FILLED = 0.5
#: share of the values that must be ZIPs for the one field of them to be that of the place, on a list of signals
_MOST_ZIPS = 0.95


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
    if kind == "foreclosures":
        told = {column: name for column, name in told.items() if column not in _DEBTS or is_debt(name)}
    found = Columns(
        besides={column: one for column, one in told.items() if column.startswith(("location", "record_d"))}
    )
    for column in ("parcel", "case_number", *told):
        if column in told:
            targets = (column,) if column in names else RENAMED[kind].get(column, ())
            target = next((one for one in targets if one in names and one not in found.fields), None)
            if target is not None:
                found.fields[target] = _value(target, told[column], looked, today)
    _take_called(found, kind, pairs)
    if kind == "foreclosures":
        _make_amount(found, "default_amount", {"value", "judgment", "due"}, pairs, looked, today)
    if kind == "distress_events":
        found.fields["signal"] = {"const": signal}
        years = next((one.name for one, _ in pairs if counts_years(one)), None)
        if years is not None:
            found.fields.setdefault("years", years)
        _make_amount(found, "amount", {"tax", "due"}, pairs, looked, today)
    _make_addresses(found, pairs, names)
    if "zip_code" in names and "zip_code" not in found.fields and kind != "property_records":
        zips = [one.name for one, guess in pairs if guess.column is None and one.share("zip") >= _MOST_ZIPS
                and not _words(one) & {"mail", "owner"} and one.name not in found.used()]  # fmt: skip
        if len(zips) == 1:
            found.fields["zip_code"] = zips[0]
    if kind == "property_records":
        _make_values(found, told)
    ask(found, kind, [each for each in pairs if kind != "foreclosures" or is_debt(each[0].name) or not _is_money(each)])
    found.fields = {name: found.fields[name] for name in names if name in found.fields}
    return found


def fields_by_name(looked: Looked) -> dict[str, Field]:
    """The descriptions of the fields."""
    return {one.name: one for one in looked.found.fields}


def _told(pairs: Pairs) -> dict[str, str]:
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


def _make_addresses(found: Columns, pairs: Pairs, names: tuple[str, ...]) -> None:
    """Addresses that are in parts, joined in the publisher's order with the number first and the unit last."""
    parts = {"number": [], "street": [], "unit": []}  # type: dict[str, list[str]]
    for one, guess in pairs:
        if guess.column is not None and guess.column.startswith("address."):
            parts[guess.column.partition(".")[2]].append(one.name)
    if "address" not in found.fields and parts["street"]:
        joined = [*parts["number"][:1], *parts["street"], *parts["unit"][:1]]
        found.fields["address"] = {"join": joined, "with": " "} if len(joined) > 1 else joined[0]
    cities = [one.name for one, guess in pairs if guess.column == "mail_city_state"]
    if cities and "mail_address" in names and not {"mail_city", "mail_state"} & found.fields.keys():
        fields = {one.name: one for one, _ in pairs}
        has_zip = "mail_zip" not in found.fields and has_zips(fields[cities[0]])
        found.fields |= parts_of_mail(cities[0], has_zip=has_zip)


def _make_amount(found: Columns, column: str, called: set[str], pairs: Pairs, looked: Looked, today: date) -> None:
    """What is owed, where one field alone holds money and is called so."""
    able = [
        one.name
        for one, guess in pairs
        if guess.column is None and BY_COLUMN["amount"].fits(one) and called & _words(one) and not counts_years(one)
        if column != "default_amount" or all(map(is_debt, (one.name, *one.titles)))
    ]
    if column not in found.fields and len(able) == 1:
        found.fields[column] = _value("amount", able[0], looked, today)


def _is_money(pair: tuple[Field, Guess]) -> bool:
    return bool(_DEBTS & {pair[1].column or "", *pair[1].others})


def is_debt(name: str) -> bool:
    """Whether money that is called so can be what is owed: neither the loan as it was made, nor a house's worth."""
    return _LENT.search(name) is None or (_OWED.search(name) is not None and "orig" not in name.casefold())


def _make_values(found: Columns, told: dict[str, str]) -> None:
    # what is left after exemptions is what is taxed, whatever else it is called
    assessed = told.get("total_assd")
    if assessed is not None and found.fields.get("total_assd") == assessed and _NET.search(assessed):
        del found.fields["total_assd"]
        found.fields.setdefault("taxable", assessed)
    if "total_mkt" not in found.fields and {"land_mkt", "building_mkt"} <= told.keys():
        found.fields["total_mkt"] = {"sum": [told["land_mkt"], told["building_mkt"]]}


def counts_years(one: Field) -> bool:
    """Whether a field has the number of years that are owed, or names them."""
    words = _words(one)
    if "year" not in words or "built" in words or one.type == "date":
        return False
    if one.numbers is not None:
        return one.numbers[0] >= 0 and 1 <= one.numbers[1] <= 40
    return one.share("year") < 0.9 and any(re.search(r"(19|20)\d\d", text) for text in one.common(5))


def _take_called(found: Columns, kind: str, pairs: Pairs) -> None:
    """Columns by what fields are called in this kind of list alone, where nothing told them and one field is it."""
    for column, patterns in _CALLED.get(kind, {}).items():
        if column in found.fields:
            continue
        used = found.used()
        for pattern in patterns:
            able = [
                one.name
                for one, _ in pairs
                if one.name not in used and re.search(pattern, one.name, re.IGNORECASE)
                if BY_COLUMN[column].fits(one) and one.filled_share >= _MOST_FILLED
            ]
            if column == "default_amount":
                able = [name for name in able if is_debt(name)]
            if len(able) == 1:
                found.fields[column] = able[0]
                break


def _words(one: Field) -> set[str]:
    return said_by(one.name, *one.titles[:1])


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
