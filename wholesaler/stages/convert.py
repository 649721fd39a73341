"""From a page of raw records to lines for COPY: values cleaned and typed, parcel numbers made canonical.

Works a column at a time, so that a page of ordinary values costs a few passes of compiled code and only the odd ones
are looked at one by one. A value that cannot be used becomes a null and is counted; a record that cannot be used
carries its reason and is sorted out in the database.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from hashlib import md5
from itertools import repeat
from operator import itemgetter
from typing import Any

import orjson

from wholesaler.markets.market import Location, Market, SourceDefinition
from wholesaler.markets.parcel import UnusableParcel
from wholesaler.markets.records import Column, RecordKind, Type
from wholesaler.sources.interface import Fetch, Page

NULL = "\\N"
#: what a field may hold in ``raw``; anything longer is cut there, with a warning
RAW_TEXT_LIMIT = 10_000
RAW_LIMIT = 64_000
#: nesting deeper than this is cut
DEEPEST = 50
LARGEST_NUMBER = 1e13
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff\ud800-\udfff]+")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?")
_NOTHING = {type(None)}
_TEXTS = {str, type(None)}
_NUMBERS = {float, int, type(None)}
_INTEGERS = {int, type(None)}


class Converter:
    """Turns the pages of one fetch into the lines of one staging table (see :attr:`columns`)."""

    def __init__(self, kind: RecordKind, definition: SourceDefinition, market: Market, fetch: Fetch) -> None:
        self.kind = kind
        self.definition = definition
        self.market = market
        self.warnings: Counter[str] = Counter()
        self.converted = 0
        self._names = {asked: fetch.names.get(asked, asked) for asked in wanted_fields(definition)}
        self._object_id = fetch.types.object_id
        self._columns = [column for column in kind.columns if column.name in definition.fields]
        self._dates: dict[Any, str] = {}
        self._salt = md5(_fingerprint(definition, market), usedforsecurity=False)
        self._readers: dict[Type, Callable[[Column, Sequence[Any]], list[str]]] = {
            Type.TEXT: self._text,
            Type.DATE: self._date,
            Type.MONEY: self._number,
            Type.NUMBER: self._number,
            Type.INTEGER: self._integer,
            Type.PARCEL: self._text,
        }

    @property
    def columns(self) -> tuple[str, ...]:
        """The staging table's columns, in the order of a line."""
        own = tuple(column.name for column in self._columns)
        return ("ordinal", "record_key", *own, "parcel_id", "x", "y", "raw", "content_hash", "reason")

    def lines(self, page: Page) -> bytes:
        """The page as COPY text. Warnings are counted in :attr:`warnings`."""
        count = len(page.records)
        if not count:
            return b""
        fields = self._fields(page.records)
        values = {column.name: self._column(column, fields) for column in self._columns}
        parcel_ids, reasons = self._parcels(values["parcel"])
        keys = self._keys(values, parcel_ids, reasons)
        xs, ys = self._points(page, fields)
        raws, hashes = self._raw(page.records, xs, ys)
        ordinals = map(str, range(self.converted, self.converted + count))
        self.converted += count
        rows = zip(ordinals, keys, *values.values(), parcel_ids, xs, ys, raws, hashes, reasons, strict=True)
        return ("\n".join(map("\t".join, rows)) + "\n").encode()

    def _warn(self, what: str, column: str, times: int = 1) -> None:
        self.warnings[f"{self.definition.fields.get(column, column)}: {what}"] += times

    def _fields(self, records: list[dict[str, Any]]) -> dict[str, Sequence[Any]]:
        """The values of every wanted field, by its name in the records."""
        names = list(dict.fromkeys(self._names.values()))
        try:
            rows = list(map(itemgetter(*names), records)) if len(names) > 1 else None
        except KeyError:
            rows = None  # some publishers leave nulls out
        if rows is None:
            return {name: [record.get(name) for record in records] for name in names}
        return dict(zip(names, zip(*rows, strict=True), strict=True))

    def _column(self, column: Column, fields: Mapping[str, Sequence[Any]]) -> list[str]:
        texts = self._readers[column.type](column, fields[self._names[self.definition.fields[column.name]]])
        renamed = self.definition.values.get(column.name)
        return [renamed.get(text, text) for text in texts] if renamed else texts

    def _text(self, column: Column, values: Sequence[Any]) -> list[str]:
        kinds = set(map(type, values))
        if kinds == _NOTHING:
            return [NULL] * len(values)
        if kinds <= _TEXTS:
            written = list(filter(None, values))
            joined = " ".join(written)
            if joined.isprintable() and "\\" not in joined and max(map(len, written), default=0) <= column.limit:
                return [value.strip() or NULL if value else NULL for value in values]
        return [self._odd_text(column, value) for value in values]

    def _odd_text(self, column: Column, value: Any) -> str:
        if value is None:
            return NULL
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        text = (
            value
            if isinstance(value, str)
            else orjson.dumps(value).decode()
            if isinstance(value, dict | list)
            else str(value)
        )
        if len(text) > column.limit:
            self._warn(f"text longer than {column.limit} characters", column.name)
            return NULL
        clean = _CONTROL.sub(" ", text).strip()
        if clean != text.strip():
            self._warn("control characters removed", column.name)
        return clean.replace("\\", "\\\\") or NULL

    def _number(self, column: Column, values: Sequence[Any]) -> list[str]:
        if set(map(type, values)) <= _NUMBERS and _in_range([value for value in values if value is not None]):
            return _written(values)
        return [self._odd_number(column, value) for value in values]

    def _odd_number(self, column: Column, value: Any) -> str:
        if value is None or value == "":
            return NULL
        if isinstance(value, bool):
            return self._unusable("not a number", column)
        try:
            number = float(value.replace(",", "").replace("$", "") if isinstance(value, str) else value)
        except (TypeError, ValueError, OverflowError):
            return NULL if isinstance(value, str) and not value.strip() else self._unusable("not a number", column)
        if not math.isfinite(number) or abs(number) > LARGEST_NUMBER:
            return self._unusable("not a number", column)
        if number < 0:
            return self._unusable("negative", column)
        return repr(number)

    def _integer(self, column: Column, values: Sequence[Any]) -> list[str]:
        if set(map(type, values)) <= _INTEGERS and _in_range([value for value in values if value is not None]):
            return _written(values)
        texts = [self._odd_number(column, value) for value in values]
        return [text if text == NULL else str(round(float(text))) for text in texts]

    def _date(self, column: Column, values: Sequence[Any]) -> list[str]:
        known = self._dates
        texts = []
        for value in values:
            if value is None or value == "":
                texts.append(NULL)
                continue
            key = value if isinstance(value, int | float | str) and not isinstance(value, bool) else str(value)
            text = known.get(key)
            if text is None:
                text = self._read_date(key)
                if len(known) < 100_000:
                    known[key] = text
            if not text:
                self._warn("unreadable date", column.name)
            texts.append(text or NULL)
        return texts

    def _read_date(self, value: int | float | str) -> str:
        """ISO date, or an empty string. Numbers are ArcGIS's epoch milliseconds, UTC."""
        found: date | None = None
        if isinstance(value, str):
            value = value.strip()
            iso = _ISO_DATE.fullmatch(value)
            try:
                found = date(*map(int, iso.groups())) if iso else self._read_format(value)
            except ValueError:
                return ""
        elif abs(value) < 1e14:
            found = self._read_instant(value)
        return found.isoformat() if found and 1800 <= found.year <= 2200 else ""

    def _read_format(self, value: str) -> date | None:
        for form in self.definition.date_formats:
            try:
                return datetime.strptime(value, form).date()
            except ValueError:
                continue
        return None

    def _read_instant(self, milliseconds: float) -> date | None:
        """Midnight UTC is how a plain date is published; any other instant belongs to the market's own day."""
        try:
            instant = datetime.fromtimestamp(milliseconds / 1000, UTC)
        except (OverflowError, OSError, ValueError):
            return None
        return instant.date() if milliseconds % 86_400_000 == 0 else instant.astimezone(self.market.zone).date()

    def _unusable(self, why: str, column: Column) -> str:
        self._warn(why, column.name)
        return NULL

    def _parcels(self, written: list[str]) -> tuple[list[str], list[str]]:
        """Canonical numbers, and the reasons why records cannot be used (NULL where they can)."""
        column = next(column for column in self._columns if column.type is Type.PARCEL)
        canonicalise, form = self.market.parcel.canonicalise, self.definition.parcel_form
        every = self.market.parcel.canonicalise_all(written, form)
        if every is not None:
            return every, [NULL] * len(written)
        parcel_ids, reasons = [], [NULL] * len(written)
        for position, text in enumerate(written):
            if text == NULL:
                parcel_ids.append(NULL)
                if column.required:
                    reasons[position] = "no parcel number"
                continue
            try:
                parcel_ids.append(canonicalise(text.replace("\\\\", "\\"), form))
            except UnusableParcel as unusable:
                parcel_ids.append(NULL)
                if column.required:
                    reasons[position] = unusable.reason.replace("\\", "\\\\")
                else:
                    self._warn("unusable parcel number", column.name)
        return parcel_ids, reasons

    def _keys(self, values: Mapping[str, list[str]], parcel_ids: list[str], reasons: list[str]) -> list[str]:
        """What identifies each record in its source: the key fields, the parcel in canonical form."""
        parts = [
            [
                written if number == NULL else number
                for written, number in zip(values["parcel"], parcel_ids, strict=True)
            ]
            if name == "parcel"
            else values[name]
            for name in self.definition.key
        ]
        if len(parts) == 1:
            keys = parts[0]
        else:
            nothing = "|".join(repeat(NULL, len(parts)))
            joined = map("|".join, zip(*parts, strict=True))
            keys = [NULL if key == nothing else key.replace(NULL, "") for key in joined]
        if NULL in keys:
            for position, key in enumerate(keys):
                if key == NULL and reasons[position] == NULL:
                    names = ", ".join(self.definition.fields[name] for name in self.definition.key)
                    reasons[position] = f"no key: {names} is empty"
        return keys

    def _points(self, page: Page, fields: Mapping[str, Sequence[Any]]) -> tuple[list[str], list[str]]:
        where = self.definition.location
        if where == "none":
            nothing = [NULL] * len(page.records)
            return nothing, nothing
        if isinstance(where, Location):
            xs, ys = fields[self._names[where.x]], fields[self._names[where.y]]
        else:
            xs = [point[0] if point else None for point in page.points]
            ys = [point[1] if point else None for point in page.points]
        if {*map(type, xs), *map(type, ys)} == {float} and math.isfinite(sum(xs) + sum(ys)):
            return _written(xs), _written(ys)
        pairs = [self._odd_point(x, y) for x, y in zip(xs, ys, strict=True)]
        return [pair[0] for pair in pairs], [pair[1] for pair in pairs]

    def _odd_point(self, x: Any, y: Any) -> tuple[str, str]:
        if (x is None or x == "") and (y is None or y == ""):
            return NULL, NULL
        try:
            pair = float(x), float(y)
        except (TypeError, ValueError, OverflowError):
            pair = math.nan, math.nan
        if math.isfinite(pair[0]) and math.isfinite(pair[1]):
            return repr(pair[0]), repr(pair[1])
        self._warn("not a number", "location")
        return NULL, NULL

    def _raw(self, records: list[dict[str, Any]], xs: list[str], ys: list[str]) -> tuple[list[str], list[str]]:
        """The records as JSON, and a hash of their content.

        The service's own row number is kept in the JSON and left out of the hash: republishing a layer gives every
        row a new one and changes nothing.
        """
        name = self._object_id
        if name and {next(iter(record), None) for record in records} != {name}:
            records = [{name: record[name], **record} if name in record else record for record in records]
        try:
            bodies = list(map(orjson.dumps, records))
        except TypeError:
            bodies = [_dump(record) for record in records]
        joined = b"\n".join(bodies)
        if max(map(len, bodies)) > RAW_LIMIT or b"\\u0000" in joined:
            bodies = [self._fit(body) if len(body) > RAW_LIMIT or b"\\u0000" in body else body for body in bodies]
            joined = b"\n".join(bodies)
        # the row number stands first: the hash begins behind it
        begin = [body.find(b",") + 1 if name in record else 0 for record, body in zip(records, bodies, strict=True)]
        hashes = []
        for body, start, place in zip(bodies, begin, map(",".join, zip(xs, ys, strict=True)), strict=True):
            digest = self._salt.copy()
            digest.update(body[start:])
            digest.update(place.encode())
            hashes.append(digest.hexdigest())
        text = joined.decode()
        if "\\" in text:
            text = text.replace("\\", "\\\\")
        return text.split("\n"), hashes

    def _fit(self, body: bytes) -> bytes:
        record = orjson.loads(body)
        if len(body) > RAW_LIMIT:
            self._warn(f"cut to {RAW_TEXT_LIMIT} characters in the kept record", "raw")
        return orjson.dumps(_printable(record))


def _in_range(values: Sequence[float]) -> bool:
    """Whether these are amounts as they should be: finite, not negative, not absurd."""
    return not values or (min(values) >= 0 and max(values) <= LARGEST_NUMBER and math.isfinite(sum(values)))


def _written(values: Sequence[float | None]) -> list[str]:
    """Finite numbers and nulls as COPY text, all at once: several times faster than one by one."""
    return orjson.dumps(values)[1:-1].decode().replace("null", NULL).split(",")


def wanted_fields(definition: SourceDefinition) -> tuple[str, ...]:
    """The publisher's fields that a source's columns and location come from."""
    where = definition.location
    located = (where.x, where.y) if isinstance(where, Location) else ()
    return tuple(dict.fromkeys((*definition.fields.values(), *located)))


def _dump(record: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(record)
    except TypeError:
        return orjson.dumps(_printable(record))


def _printable(record: dict[str, Any], depth: int = 0) -> dict[str, Any]:
    """A record that JSONB can hold: no NUL, no lone surrogates, no text of megabytes, no numbers beyond 64 bits."""
    return {_printable_text(str(name)): _printable_value(value, depth) for name, value in record.items()}


def _printable_text(text: str) -> str:
    return text[:RAW_TEXT_LIMIT].replace("\x00", "").encode("utf-8", "replace").decode()


def _printable_value(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return _printable_text(value)
    if isinstance(value, dict | list) and depth >= DEEPEST:
        return "…"
    if isinstance(value, dict):
        return _printable(value, depth + 1)
    if isinstance(value, list):
        return [_printable_value(item, depth + 1) for item in value[:1000]]
    if isinstance(value, int) and abs(value) >> 63:
        return float(value) if abs(value) < 10**300 else "…"
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def _fingerprint(definition: SourceDefinition, market: Market) -> bytes:
    """What decides how a record is read; when it changes, every record is read again."""
    shape = definition.model_dump(include={"key", "parcel_form", "fields", "location", "date_formats", "values"})
    return orjson.dumps([shape, market.parcel.model_dump(), market.bounding_box.model_dump(), market.time_zone])
