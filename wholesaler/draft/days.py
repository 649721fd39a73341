"""Which of a list's dates is the day of the sale, which that of the filing, and which tells how fresh the list is."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from wholesaler.draft.columns import fields_by_name
from wholesaler.draft.dates import LATER, fresh_column
from wholesaler.draft.questions import Question
from wholesaler.draft.statuses import is_open
from wholesaler.markets.records import RECORD_KINDS, Type
from wholesaler.plural import counted
from wholesaler.probe.description import AHEAD, Field, text_of
from wholesaler.probe.forms import day_of, day_of_milliseconds
from wholesaler.probe.words import said_by

if TYPE_CHECKING:
    from wholesaler.draft.sources import SourceDraft

#: days after which a list without a newer record is stale, by kind
STALE = {"tax_sales": 60, "foreclosures": 45, "code_violations": 45, "distress_events": 400}
#: the column of the day of the sale, and that of the day on which it was filed
_SALES = {"tax_sales": "sale_date", "foreclosures": "auction_date"}
_FILED = {"foreclosures": "recording_date", "code_violations": "opened_date", "distress_events": "event_date"}
_SALE = frozenset({"sale", "auction"})
_FILING = frozenset({"recording", "opened"})
#: what a list's own days may be called where there is no column of ours for them
_NEWS = frozenset({"recording", "opened", "judgment", "updated", "status"})
#: share of what is open that must have a day for it to be that of the filing
_MOST = 0.8
#: fields that are asked about at most
_SHOWN = 4
#: what says when a record was typed, which is no news of a house
_EDIT = re.compile(r"edit|created_?date$|load|import|extract|upload|refresh", re.IGNORECASE)
#: a day on which somebody paid is none on which anything began
_PAID = re.compile(r"(?:^|[^a-z])(?:pay(?:ment|mt)?|paid|pmt|pymt|remit\w*)(?![a-z])|Paid|Paym", re.IGNORECASE)
#: records with a day ahead of which one at least makes a date of a list of sales that of the sale
_AHEAD = 3
#: share of the records in which the day on which it began is not later than another, and in which it is earlier
_FIRST, _EARLIER = 0.98, 0.2
#: share of the rows that repeat a parcel from which on a list has one for each of its years
_SEVERAL = 0.02
#: share of what is over that has the day on which it ended, and of what is open that has none; so many of both
_ENDED, _ENOUGH = 0.85, 5
_ENDS = {"code_violations": "resolved_date", "distress_events": "closed_date"}
_PUBLISHED = re.compile(r"publi(?:sh|cation)|posted|advertis", re.IGNORECASE)
_DUE = re.compile(
    r"comply|compliance|deadline|respond|redemption|redeem_?by|due(?![a-z])|(?:^|[_ ])by$|(?<=[a-z])By$|expir",
    re.IGNORECASE,
)
_HEARING = re.compile(r"hearing|court|inspect|auction|sale", re.IGNORECASE)


def settle_days(source: "SourceDraft", today: date) -> None:
    """The day of the sale by which of several lies ahead of what is open; of what was filed its own day."""
    column = _SALES.get(source.nature.kind)
    if column is not None:
        _set_sale(source, column, today)
    _set_due(source)
    _set_end(source)
    _drop_payment(source)
    _set_filing(source)
    fields = source.columns.fields
    source.columns.fields = {name: fields[name] for name in RECORD_KINDS[source.nature.kind].names if name in fields}


def _set_sale(source: "SourceDraft", column: str, today: date) -> None:
    fields = source.columns.fields
    told = fields.get(column)
    if isinstance(told, str):
        said = _senses(fields_by_name(source.looked)[told])
        if said & _FILING and not said & _SALE:
            del fields[column]  # on a roll the day of recording is that of a sale; on these lists it comes before one
    taken = {value for name, value in fields.items() if name != column and isinstance(value, str)}
    able = [one for one in _dated(source, _SALE) if one.name not in taken]
    ranks = {one.name: _rank(source, one.name, today) for one in able}
    best = max(able, key=lambda one: ranks[one.name], default=None)
    if best is None and column not in fields:
        _take_coming(source, column, taken)
        return
    if best is None or not ranks[best.name][1] or (len(able) < 2 and column in fields):
        return
    fields[column] = best.name
    source.columns.questions.pop(column, None)
    done = [one.name for one in able if one.filled and not ranks[one.name][1]]
    if len(done) == 1 and "transfer_date" in RECORD_KINDS[source.nature.kind].names:
        fields.setdefault("transfer_date", done[0])  # only what was sold has it


def _take_coming(source: "SourceDraft", column: str, taken: set[str]) -> None:
    """The day of the sale by whatever name: the one date of a list of sales of which some days lie ahead."""
    able = [
        one
        for one in source.looked.found.fields
        if one.type == "date" and one.name not in taken and one.ahead * one.filled >= _AHEAD and not one.beyond
        if not _DUE.search(one.name) and not _EDIT.search(one.name) and not _PAID.search(one.name)
    ]
    if len(able) != 1:
        return
    source.columns.fields[column] = able[0].name
    source.columns.questions.pop(column, None)
    days = round(able[0].ahead * able[0].filled)
    source.comment(column, f"{able[0].name} is the one date of which days lie ahead ({counted(days, 'record')}).")


def _set_end(source: "SourceDraft") -> None:
    """The day of the end by whatever name: the one date that what is over by its words has, and what is open lacks."""
    column, fields = _ENDS.get(source.nature.kind), source.columns.fields
    if column is None or column in fields or "status" not in source.words:
        return
    status, words = source.field_of("status"), source.words["status"]
    meant = {text: words.mapped.get(text, text.title()) for text in source.field_named(status).counts
             if text not in words.unclear}  # fmt: skip
    of = {ours: [one for one in source.looked.sample.records if meant.get(text_of(one.get(status))) == ours]
          for ours in ("Open", "Closed")}  # fmt: skip
    if min(map(len, of.values())) < _ENOUGH:
        return
    used = source.columns.used()
    able = [
        one.name
        for one in source.looked.found.fields
        if one.type == "date" and one.name not in used
        if not any(other.search(one.name) for other in (_EDIT, _PAID, _DUE, _HEARING))
        if _filled(one.name, of["Closed"]) >= _ENDED and _filled(one.name, of["Open"]) <= 1 - _ENDED
    ]
    if len(able) != 1:
        return
    fields[column] = able[0]
    source.columns.questions.pop(column, None)
    source.comment(
        column, f"{able[0]} is what nearly all have that are over by their words, and nearly none of the open."
    )


def _filled(name: str, records: Sequence[Mapping[str, Any]]) -> float:
    return sum(bool(text_of(record.get(name))) for record in records) / len(records)


def _drop_payment(source: "SourceDraft") -> None:
    """Nothing begins with a payment: a day of one that was told for that is not used."""
    column, fields = _FILED.get(source.nature.kind), source.columns.fields
    if column is None:
        return
    if isinstance(fields.get(column), str) and _PAID.search(fields[column]):
        del fields[column]
    if column in source.columns.questions:
        one = source.columns.questions[column]
        left = tuple(each for each in one.choices if not _PAID.search(str(each[1])))
        if not left:
            del source.columns.questions[column]


def _rank(source: "SourceDraft", name: str, today: date) -> tuple[int, int, int]:
    """How many open records have a day ahead in the field, how many any, and how late those are."""
    ahead = filled = total = 0
    open_ones = is_open(source)
    for record in source.looked.sample.records:
        day = _day(text_of(record.get(name))) if open_ones(record) else None
        if day is not None:
            filled += 1
            ahead += today <= day <= today + AHEAD
            total += day.toordinal()
    return ahead, filled, total


def _set_filing(source: "SourceDraft") -> None:
    """The day of the filing where one field alone can be it: it is of the past, and what is open has it."""
    column, fields = _FILED.get(source.nature.kind), source.columns.fields
    if column is None:
        return
    if column not in fields and (year := _row_year(source)) is not None:
        fields[column] = {"date": [year]}
        source.columns.questions.pop("years", None)
        source.columns.questions.pop(column, None)
        source.comment(
            column, f"A row for each parcel and {year}: a day of each, so that a parcel's years are counted."
        )
    if column in fields:
        return
    taken = {value for value in fields.values() if isinstance(value, str)}
    able = [
        one
        for one in _dated(source, _FILING)
        if one.name not in taken and not one.ahead and one.filled_share >= _MOST and not _PAID.search(one.name)
        if not _senses(one) & {"updated", *_SALE}
    ]
    named = [one for one in able if "recording" in _senses(one)] if column == "recording_date" else able
    if not able:
        _take_any(source, column, taken)
    elif len(named or able) == 1:
        fields[column] = (named or able)[0].name
        source.columns.questions.pop(column, None)


def _take_any(source: "SourceDraft", column: str, taken: set[str]) -> None:
    """Of a list without any day: the one of the past that nearly all records have, by whatever name."""
    able = [
        one
        for one in source.looked.found.fields
        if one.type == "date" and one.name not in taken and not one.ahead and one.filled_share >= _MOST
        if one.distinct > 1 and not _senses(one) & {"closed", "due", "built", *_SALE} and not _EDIT.search(one.name)
        if not _PAID.search(one.name) and not (source.nature.kind == "foreclosures" and _PUBLISHED.search(one.name))
    ]
    own = [one for one in able if "updated" not in _senses(one) and "status" not in _senses(one)]
    if len(own) == 1:
        source.columns.fields[column] = own[0].name
        source.columns.questions.pop(column, None)
        source.comment(column, f"{own[0].name} is the one day of the past that nearly all records have.")
    elif (first := _first_of(source, own)) is not None:
        source.columns.fields[column] = first
        source.columns.questions.pop(column, None)
        source.comment(column, f"{first} is the first of a record's days in nearly all of them.")
    elif not own and (year := _tax_year(source)) is not None:
        source.columns.fields[column] = {"date": [year]}
        source.columns.questions.pop("years", None)
        source.comment(
            column, f"No day says since when; of {year} it is the first, so that a parcel's years are counted."
        )
    elif (own or able) and column not in source.columns.questions:
        several = (own or able)[:_SHOWN]
        seen = ", ".join(f"{one.name} (newest {one.newest_past})" for one in several)
        source.columns.questions[column] = Question(
            f"No field clearly says since when; it may be {seen}.",
            "Take the line of the day on which it began; without it leads were found on an unknown day.",
            tuple((column, one.name) for one in several),
        )


def _first_of(source: "SourceDraft", able: Sequence[Field]) -> str | None:
    """Of the several dates of a case the one that is never later than the others, and often earlier; none of others."""
    if source.nature.kind != "code_violations" or len(able) < 2:
        return None
    rows = [[_day(text_of(record.get(one.name))) for one in able] for record in source.looked.sample.records]
    for place, one in enumerate(able):
        others = [(row[place], day) for row in rows for number, day in enumerate(row) if number != place and day]
        pairs = [(own, day) for own, day in others if own is not None]
        late = sum(own > day for own, day in pairs)
        early = sum(own < day for own, day in pairs)
        if pairs and late <= (1 - _FIRST) * len(pairs) and early >= _EARLIER * len(pairs):
            return one.name
    return None


def _row_year(source: "SourceDraft") -> str | None:
    """The year of a list of taxes that has a row for each parcel and year, so that parcels stand there repeatedly."""
    year, parcel = _tax_year(source), source.columns.fields.get("parcel")
    if year is None or not isinstance(parcel, str):
        return None
    rows = {tuple(record.get(name) and text_of(record[name]) for name in source.looked.sample.fields)
            for record in source.looked.sample.records}  # fmt: skip
    names = list(source.looked.sample.fields)
    places = names.index(parcel), names.index(year)
    keys = [tuple(row[place] for place in places) for row in rows]
    numbers = {number for number, _ in keys}
    several = len(numbers) < (1 - _SEVERAL) * len(keys)
    return year if several and len(set(keys)) >= _FIRST * len(keys) else None


def _tax_year(source: "SourceDraft") -> str | None:
    """The field of the year for which taxes are owed, of a list with a row for each; none where years are counted."""
    if source.columns.fields.get("signal") not in ({"const": "tax_delinquency"}, {"const": "tax_lien"}):
        return None
    used = source.columns.used()
    able = [
        one.name
        for one in source.looked.found.fields
        if one.name not in used and "year" in _senses(one) and "built" not in _senses(one)
        if one.share("year") >= _MOST and one.filled_share >= _MOST
    ]
    return able[0] if len(able) == 1 else None


def _set_due(source: "SourceDraft") -> None:
    """The day by which something has to be done, which no hearing is where there is another."""
    fields = source.columns.fields
    if source.nature.kind != "distress_events":
        return
    taken = {value for name, value in fields.items() if name != "due_date" and isinstance(value, str)}
    able = [
        one
        for one in source.looked.found.fields
        if one.type == "date" and one.name not in taken and _DUE.search(one.name) and not _HEARING.search(one.name)
    ]
    told = fields.get("due_date")
    if len(able) == 1 and (told is None or (isinstance(told, str) and _HEARING.search(told))):
        fields["due_date"] = able[0].name
        source.columns.questions.pop("due_date", None)


def settle_freshness(source: "SourceDraft", today: date) -> None:
    """Which date tells how fresh the list is, and whether it has ended."""
    kind = source.nature.kind
    if kind not in STALE:
        return
    looked, fields = source.looked, fields_by_name(source.looked)
    columns = {one.name for one in RECORD_KINDS[kind].columns if one.type is Type.DATE}
    dates: dict[str, tuple[Field, date | None]] = {}
    names: dict[str, Any] = {}
    for column, name in source.columns.fields.items():
        if column in columns and isinstance(name, str) and fields[name].type == "date":
            dates[column] = (fields[name], looked.sample.newest.get(name))
            names[column] = column
    updated = source.columns.besides.get("record_date")
    used = source.columns.used()
    further = [updated] if updated is not None and fields[updated].type == "date" else []
    able = _dated(source, _NEWS if kind == "tax_sales" else frozenset({"updated"}))
    able += [one for one in source.looked.found.fields if one.type == "date" and _PUBLISHED.search(one.name)]
    # one day for all is that of the copy, which is made of a frozen list too
    further += [one.name for one in able if one.name not in used and one.distinct > 1 and not _senses(one) & _SALE]
    if set(dates) - LATER:
        further = [name for name in further if not _EDIT.search(name)]
    for name in dict.fromkeys(further):
        dates[f"record_date {name}"] = (fields[name], looked.sample.newest.get(name))
        names[f"record_date {name}"] = {"field": name}
    limit = timedelta(days=STALE[kind])
    told = fresh_column(dates, today - limit)
    if told is None:
        if kind != "distress_events":
            source.notes.append("no date tells how fresh it is, so that it never counts as stale")
        return
    column, past = told
    source.record_date = names[column]
    # as a night has it, to which a sale that is set is news too
    days = dates[column][0].days
    source.newest = max(past, days[1]) if days is not None else past
    coming = max((one.days[1] for one, _ in dates.values() if one.days is not None), default=source.newest)
    sale = fields.get(str(source.columns.fields.get(_SALES.get(kind, ""))))
    if sale is not None and sale.days is not None and sale.days[1] > past:
        source.notes.append(f"its sales run from {sale.days[0].isoformat()} to {sale.days[1].isoformat()}")
    if max(source.newest, coming) < today - limit:
        source.ask("record_date", Question(
            f"The newest record is of {source.newest:%Y-%m-%d}: a list that ended is no list.",
            "Look for where it goes on and give that address; or take the line below, if that it is stale is known.",
            (("stale_is_known", True),),
        ))  # fmt: skip


def _dated(source: "SourceDraft", called: frozenset[str]) -> list[Field]:
    """Fields of dates whose names say one of these."""
    return [one for one in source.looked.found.fields if one.type == "date" and _senses(one) & called]


def _senses(one: Field) -> set[str]:
    return said_by(one.name, *one.titles[:1])


def _day(text: str) -> date | None:
    told = day_of(text)
    return told[0] if told else day_of_milliseconds(text)
