"""What ``markets validate --online`` has seen, for people and as JSON."""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from wholesaler.plural import counted

if TYPE_CHECKING:
    from rich.console import RenderableType

    from wholesaler.markets import Market
    from wholesaler.pipeline.confirmation import Confirmation, SourceConfirmation
    from wholesaler.pipeline.confirmation.records import Reading, StoredRecord


#: columns of each kind of record that stand in the table of its records, where one of them has a value
_SHOWN = {
    "tax_sales": ("tda_number", "sale_date", "deed_status", "opening_bid", "address"),
    "foreclosures": ("case_number", "recording_date", "auction_date", "default_amount", "address", "city"),
    "code_violations": ("case_number", "opened_date", "status", "description", "address"),
    "distress_events": ("signal", "case_number", "event_date", "status", "amount", "address"),
    "property_records": ("address", "city", "owner_name", "mail_address", "homestead", "total_mkt"),
}
_AMOUNTS = ("opening_bid", "default_amount", "amount", "total_mkt")
#: of a text in a table
_WIDEST = 32


def report(found: "Confirmation", *, verbose: bool) -> "list[RenderableType]":
    """Every source with some of its records; then all that is wrong, and what it comes to.

    ``verbose``: the records have all their columns, a line each.
    """
    parts: list[RenderableType] = []
    for one in found.sources:
        parts += ["\n".join(_source(found, one))]
        records = list(_whole_records(one) if verbose else _records(found, one))
        parts += records if records and not verbose else [*records, ""]  # a table ends with an empty line
    return [*parts, *_faults(found), _summary(found)]


def document(found: "Confirmation") -> dict[str, Any]:
    """The same and more, for JSON."""
    sources = [_document(found, one) for one in found.sources]
    return {"as_of": found.day, "exit_code": int(found.exit_code), "sources": sources}


def _source(found: "Confirmation", one: "SourceConfirmation") -> Iterator[str]:
    market = found.market
    definition = market.sources[one.name]
    yield f"{one.name}: {market.record(one.name).title.lower()}, {definition.kind}, {_address(found, one.name)}"
    if one.sighting is not None and one.sighting.reading.read:
        yield f"  {_amount(one)}"
        yield from (f"  {line}" for line in _facts(market, one))
    for finding in one.findings:
        if finding.outcome == "note":
            yield f"  note: {finding.message} {finding.hint or ''}".rstrip()


def _faults(found: "Confirmation") -> Iterator[str]:
    """Warnings, then errors, each with what to do; what is to be done about several stands once."""
    for outcome in ("warning", "error"):
        findings = [finding for one in found.sources for finding in one.findings if finding.outcome == outcome]
        for number, finding in enumerate(findings, 1):
            is_last = number == len(findings) or findings[number].hint != finding.hint
            yield f"{outcome}: {finding.message} {(finding.hint or '') if is_last else ''}".rstrip()


def _amount(one: "SourceConfirmation") -> str:
    assert one.sighting is not None
    reading = one.sighting.reading
    if one.sighting.by_number:
        return f"{counted(reading.read, 'record')} of the parcels that it was asked for."
    if reading.whole:
        of = "all of them read"
    elif reading.expected is not None:
        of = f"of {reading.expected:,}; its first and its last were read"
    else:
        of = "read, not all of them"
    outside = f"; {reading.out_of_scope:,} are not wanted (only)" if reading.out_of_scope else ""
    return f"{counted(reading.read, 'record')}, {of}{outside}."


def _facts(market: "Market", one: "SourceConfirmation") -> Iterator[str]:
    assert one.sighting is not None
    reading = one.sighting.reading
    if one.sighting.newest is not None:
        of = "" if one.sighting.newest_is_of_all else ", of those read"
        yield f"Newest{of}: {one.sighting.newest}."
    if market.record(one.name).signal:
        parcels = _whereabouts(reading)
        if any(finding.kind == "frozen" for finding in one.findings):
            yield f"A lead today: none, since it is frozen; else {reading.signals:,}{parcels}."
        else:
            yield f"A lead today: {reading.signals:,} of {reading.usable:,} usable ones{parcels}."
    if one.join is not None:
        found = f"{one.join.found:,} of {one.join.asked:,}"
        is_open = one.join.least and one.join.found < one.join.asked
        untold = f"; not told of the others: {one.join.why}" if is_open else ""
        lost = reading.numbers_unusable
        unread = (
            f"; {lost:,} of {counted(reading.numbers_given, 'number')} cannot be read, and were not" if lost else ""
        )
        yield f"On the roll: {found} parcels asked for{untold}{unread}."


def _whereabouts(reading: "Reading") -> str:
    """Where the leads of a list are: on parcels by their numbers, at addresses, or nobody knows."""
    numbers = sum(reading.parcels.values())
    parts = [f"on {counted(numbers, 'parcel')}"] if numbers or not reading.signals else []
    if reading.by_address:
        parts.append(f"{reading.by_address:,} without a parcel number, to be found by address")
    if reading.unplaced:
        parts.append(f"{reading.unplaced:,} with neither number nor address")
    return "".join(f", {part}" for part in parts)


def _records(found: "Confirmation", one: "SourceConfirmation") -> "Iterator[RenderableType]":
    """Some records of a source in a table of the columns that tell most."""
    from wholesaler.cli.render import table

    records = one.sighting.reading.records if one.sighting else []
    if not records:
        return
    kind = found.market.record(one.name)
    columns = [record.columns for record in records]
    written = any(each.get("parcel") != each.get("parcel_id") for each in columns)
    wanted = (*(("parcel",) if written else ()), "parcel_id", *_SHOWN[kind.table], "location")
    names = [name for name in wanted if any(name in each for each in columns)]
    rows = [
        (*(("lead" if record.is_signal else "",) if kind.signal else ()), *(_cell(name, record) for name in names))
        for record in records
    ]
    yield f"  As they would be stored ({counted(len(records), 'record')}; --verbose shows all columns):"
    yield table(None, (*(("",) if kind.signal else ()), *names), rows, _AMOUNTS)


def _cell(name: str, record: "StoredRecord") -> str:
    from wholesaler.cli.render import money

    text = record.columns.get(name, "")
    if name in _AMOUNTS and text:
        return money(Decimal(text))
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def _whole_records(one: "SourceConfirmation") -> Iterator[str]:
    for number, record in enumerate(one.sighting.reading.records if one.sighting else (), 1):
        width = max(map(len, record.columns))
        lines = [f"  {number}. as it would be stored{': a lead today' if record.is_signal else ''}"]
        lines += [f"     {name:<{width}}  {value}" for name, value in record.columns.items()]
        lines += [f"     ({issue})" for issue in record.issues]
        yield "\n".join(lines)


def _summary(found: "Confirmation") -> str:
    outcomes = [finding.outcome for one in found.sources for finding in one.findings]
    errors, warnings = outcomes.count("error"), outcomes.count("warning")
    if not errors and not warnings:
        return f"{found.market.name}: its publishers answer as {found.market.path.name} expects. Nothing was stored."
    return (
        f"{found.market.name}: {counted(errors, 'error')}, {counted(warnings, 'warning')} "
        f"in {counted(len(found.sources), 'source')}. Nothing was stored."
    )


def _address(found: "Confirmation", name: str) -> str:
    """The first address of a source, without what may be secret in it."""
    from wholesaler.probe.reading import label_of

    urls = found.market.sources[name].on(found.day).urls
    return label_of(urls[0]) + (f" and {len(urls) - 1} more" if len(urls) > 1 else "")


def _document(found: "Confirmation", one: "SourceConfirmation") -> dict[str, Any]:
    from wholesaler.pipeline.confirmation.judgement import unmapped
    from wholesaler.pipeline.confirmation.records import record_document

    market, seen = found.market, one.sighting
    definition = market.sources[one.name]
    shape: dict[str, Any] = {
        "source": one.name,
        "record": market.record(one.name).table,
        "kind": definition.kind,
        "url": _address(found, one.name),
        "findings": [vars(finding) for finding in one.findings],
    }
    if seen is None:
        return shape | {"read": 0, "sample": []}
    reading, is_signal = seen.reading, market.record(one.name).signal
    return shape | {
        "read": reading.read,
        "all_read": reading.whole and not seen.by_number,
        "records": None if seen.by_number else reading.read if reading.whole else reading.expected,
        "out_of_scope": reading.out_of_scope,
        "newest_record": seen.newest,
        "newest_of_all": seen.newest_is_of_all,
        "frozen": any(finding.kind == "frozen" for finding in one.findings),
        "leads": reading.signals if is_signal else None,
        "usable": reading.usable,
        "join": None if one.join is None else {**vars(one.join), "rate": round(one.join.rate, 4)},
        "unmapped": [
            {"column": column.name, "word": word, "count": count, "of_all": of_all}
            for column, words, of_all in unmapped(market, one.name, seen)
            for word, count in words.most_common()
        ],
        "unreadable_dates": {column: count for column, (_, count) in reading.dates.items() if count},
        "rejected": dict(reading.rejected),
        "issues": dict(reading.issues),
        "sample": [record_document(record) for record in reading.records],
    }
