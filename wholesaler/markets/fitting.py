"""Whether a source's keys fit each other, its kind of record, and the market's parcel numbers."""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from wholesaler.markets.parcel import ParcelFormat
from wholesaler.markets.records import RecordKind, Type
from wholesaler.markets.values import compiled, misfit

if TYPE_CHECKING:
    from wholesaler.markets.source import SourceDefinition

#: in place of words, of a column where no list of words is long enough
MATCH = "match"
_MATCHING = "confidential"


def misfits(source: "SourceDefinition", kind: RecordKind, parcel: ParcelFormat) -> Iterator[str]:
    """All that is wrong, each as ``key: what was expected``."""
    key = [column for column in source.key if isinstance(column, str)]
    for name in dict.fromkeys((*source.fields, *source.optional, *source.values, *key)):
        if name not in kind.names and name in key and name not in source.fields:
            yield (
                f"key: '{name}' is no column of {kind.table}; expected one that fields has, or the publisher's field "
                f'as {{ field = "{name}" }}'
            )
        elif name not in kind.names:
            yield f"'{name}' is no column of {kind.table}; expected one of {', '.join(kind.names)}"
        elif name not in source.fields:
            yield f"'{name}' is used but not in fields"
    for needed in (column.name for column in kind.columns if column.required and column.name not in source.fields):
        yield f"fields: '{needed}' is missing; every record of {kind.table} needs it"
    for column in kind.columns:
        if column.name in source.fields:
            mapped = {word.casefold() for word in source.values.get(column.name, {}).values()}
            wrong = misfit(source.fields[column.name], column, mapped)
            if wrong is not None:
                yield f"fields.{column.name}: {wrong}"
    yield from _wrong_record_date(source, kind)
    yield from _wrong_forms(source, parcel)
    pattern = source.values.get(_MATCHING, {}).get(MATCH)
    if pattern is not None:
        try:
            compiled(pattern, re.IGNORECASE)
        except ValueError as error:
            yield f"values.{_MATCHING}.{MATCH}: expected {error}"


def _wrong_record_date(source: "SourceDefinition", kind: RecordKind) -> Iterator[str]:
    dates = [column.name for column in kind.columns if column.type is Type.DATE and column.name in source.fields]
    if isinstance(source.record_date, str) and source.record_date not in dates:
        yield f"record_date: expected one of {', '.join(dates) or '(no date fields)'}, not '{source.record_date}'"
    if (source.record_date is None) != (source.stale_after_days is None):
        yield "record_date and stale_after_days: both or neither"


def _wrong_forms(source: "SourceDefinition", parcel: ParcelFormat) -> Iterator[str]:
    forms = ", ".join(parcel.forms)
    if "parcel" in source.fields and not source.parcel_forms:
        yield f"parcel_form: is missing; expected one of {forms}"
    unknown = [form for form in source.parcel_forms if form not in parcel.forms]
    for form in unknown:
        yield f"parcel_form: expected one of {forms}, not '{form}'"
    for form in _repeated(source.parcel_forms):
        yield f"parcel_form: expected each form once, not '{form}' again"
    if source.parcel_ignore and any(character.isalnum() for character in source.parcel_ignore):
        yield f"parcel_ignore: expected characters between letters and digits, not '{source.parcel_ignore}'"
    elif source.parcel_ignore and not unknown:
        for doubt in parcel.reader(source.parcel_forms, source.parcel_ignore).ambiguities():
            yield f"parcel_ignore: without these characters {doubt}"


def form_doubts(source: "SourceDefinition") -> Iterator[str]:
    """What a run warns of, since files with it may be in use."""
    for column, words in source.values.items():
        for word in _repeated(map(str.casefold, words)):
            targets = {ours for written, ours in words.items() if written.casefold() == word}
            if len(targets) > 1:
                yield f"values.{column}: '{word}' is given {len(targets)} meanings that differ by its case alone"
    if source.kind == "file" and source.where is not None:
        yield "where: a file cannot be searched; only = { FIELD = … } filters one"
    if source.location == "geometry" and source.is_text_file:
        yield (
            'location: a file of text has no geometry; expected { x = "FIELD", y = "FIELD" }, or { field = "FIELD" } '
            "where one holds the place"
        )


def _repeated(items: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return [item for item in items if item in seen or seen.add(item)]  # type: ignore[func-returns-value]
