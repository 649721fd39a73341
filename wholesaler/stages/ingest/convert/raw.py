"""The record as it came: kept in the ``raw`` column, and its hash, which tells whether it has changed since."""

from collections.abc import Sequence
from hashlib import md5
from operator import itemgetter
from typing import Any

import orjson

from wholesaler.sources.interface import UNREADABLE
from wholesaler.stages.ingest.convert.places import Place, pack

#: what a field may hold in ``raw``; anything longer is cut there, with a note
RAW_TEXT_LIMIT = 10_000
RAW_LIMIT = 64_000
#: nesting deeper than this is cut
DEEPEST = 50
TRUNCATION = f"raw: cut to {RAW_TEXT_LIMIT} characters in the kept record"


def encode_records(
    records: Sequence[dict[str, Any]], kept: frozenset[str] | None = None
) -> tuple[list[str], list[int]]:
    """The records as JSON in COPY text, and which of them had to be cut; of their fields those ``kept``, or all."""
    sorted_records = _order_fields(records) if kept is None else _keep_fields(records, kept)
    try:
        bodies = list(map(orjson.dumps, sorted_records))
    except TypeError:
        bodies = [_dump(record) for record in sorted_records]
    oversize = [position for position, body in enumerate(bodies) if len(body) > RAW_LIMIT]
    # few pages have a backslash at all, and looking for six characters takes forty times as long as for one
    if oversize or b"\\" in b"".join(bodies):
        bodies = [
            orjson.dumps(_printable(orjson.loads(body))) if len(body) > RAW_LIMIT or b"\\u0000" in body else body
            for body in bodies
        ]
        bodies = [body.replace(b"\\", b"\\\\") for body in bodies]
    return list(map(bytes.decode, bodies)), oversize


def _order_fields(records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records with their fields in the order that JSONB keeps, which the server then need not sort."""
    return _order_alike(records) or [
        {name: record[name] for name in sorted(record, key=_jsonb_order)} for record in records
    ]


def _order_alike(records: Sequence[dict[str, Any]]) -> list[dict[str, Any]] | None:
    """The same at once, where all have the fields of the first."""
    order = sorted(records[0], key=_jsonb_order)
    sorted_records = list(map(dict.fromkeys(order).__or__, records))
    alike = {*map(len, records), *map(len, sorted_records)} == {len(order)}
    return sorted_records if alike else None


def _keep_fields(records: Sequence[dict[str, Any]], kept: frozenset[str]) -> list[dict[str, Any]]:
    """Some of the fields of the records, in the order of JSONB; what could not be read as a record stays whole."""
    if records[0].keys() <= kept and (sent := _order_alike(records)):
        return sent  # a service sends what it is asked for
    order = sorted(kept, key=_jsonb_order)
    try:
        if len(order) > 1:
            return [dict(zip(order, row, strict=False)) for row in map(itemgetter(*order), records)]
    except KeyError:
        pass  # nulls are left out, or it is no record
    return [
        record if UNREADABLE in record else {name: record[name] for name in order if name in record}
        for record in records
    ]


def _jsonb_order(name: str) -> tuple[int, bytes]:
    encoded = name.encode("utf-8", "replace")
    return len(encoded), encoded


def _dump(record: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(record)
    except TypeError:
        return orjson.dumps(_printable(record))


def _printable(record: dict[str, Any], depth: int = 0) -> dict[str, Any]:
    """A record that JSONB can hold: no NUL, no lone surrogates, no text of megabytes, no numbers beyond 64 bits."""
    return {_printable_text(str(name)): printable_value(value, depth) for name, value in record.items()}


def _printable_text(text: str) -> str:
    return text[:RAW_TEXT_LIMIT].replace("\x00", "").encode("utf-8", "replace").decode()


def printable_value(value: Any, depth: int = 0) -> Any:
    """What JSONB can hold of a value."""
    if isinstance(value, str):
        return _printable_text(value)
    if isinstance(value, dict | list) and depth >= DEEPEST:
        return "…"
    if isinstance(value, dict):
        return _printable(value, depth + 1)
    if isinstance(value, list):
        return [printable_value(item, depth + 1) for item in value[:1000]]
    if isinstance(value, int) and abs(value) >> 63:
        return float(value) if abs(value) < 10**300 else "…"
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def content_hashes(
    records: Sequence[dict[str, Any]], object_id: str | None, places: Sequence[Place], salt: bytes
) -> list[str]:
    """The hash of each record, in hexadecimal digits. ``salt``, of a fixed length, is hashed with every one.

    The service's own row number is left out: republishing a layer gives every row a new one and changes nothing. No
    more does the order of the fields.
    """
    contents = _uniform_contents(records, object_id) or [_content(record, object_id) for record in records]
    # all but the last part have fixed lengths, so that no part can be taken for another
    return [
        md5(salt + names + place + values, usedforsecurity=False).hexdigest()
        for (names, values), place in zip(contents, pack(places), strict=True)
    ]


def _uniform_contents(records: Sequence[dict[str, Any]], object_id: str | None) -> list[tuple[bytes, bytes]] | None:
    """What :func:`_content` says of all of them, at once, where they have the same fields."""
    names = _names(records[0], object_id)
    if len(names) < 2 or set(map(len, records)) != {len(records[0])}:
        return None
    if len(names) < len(records[0]) and not all(object_id in record for record in records):
        return None
    try:
        values = list(map(orjson.dumps, map(itemgetter(*names), records)))
    except (KeyError, TypeError):
        return None
    digest = _digest(names)
    return [(digest, value) for value in values]


def _content(record: dict[str, Any], object_id: str | None) -> tuple[bytes, bytes]:
    """A digest of the names of a record's fields, and its values in the order of the names."""
    names = _names(record, object_id)
    values = [record[name] for name in names]
    try:
        return _digest(names), orjson.dumps(values)
    except TypeError:
        return _digest(names), orjson.dumps([printable_value(value) for value in values])


def _names(record: dict[str, Any], object_id: str | None) -> list[str]:
    return sorted(name for name in record if name != object_id)


def _digest(names: list[str]) -> bytes:
    return md5("\x00".join(names).encode("utf-8", "replace"), usedforsecurity=False).digest()
