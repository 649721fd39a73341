"""The record as it came, for the ``raw`` column, and the hash that tells whether it has changed."""

from hashlib import md5
from operator import itemgetter
from typing import Any

import orjson

#: what a field may hold in ``raw``; anything longer is cut there, with a note
RAW_TEXT_LIMIT = 10_000
RAW_LIMIT = 64_000
#: nesting deeper than this is cut
DEEPEST = 50
CUT = f"raw: cut to {RAW_TEXT_LIMIT} characters in the kept record"


def kept_records(
    records: list[dict[str, Any]], object_id: str | None, salt: bytes, places: list[bytes]
) -> tuple[list[str], list[str], list[int]]:
    """The records as JSON in COPY text, the hash of each one's content and place, and which of them had to be cut.

    The service's own row number is kept in the JSON and left out of the hash: republishing a layer gives every row a
    new one and changes nothing; no more does the order of its fields. ``salt`` is hashed with every record.
    """
    records = _ordered(records)
    try:
        bodies = list(map(orjson.dumps, records))
    except TypeError:
        bodies = [_dump(record) for record in records]
    cut: list[int] = []
    if max(map(len, bodies)) > RAW_LIMIT or b"\\u0000" in b"".join(bodies):
        cut = [position for position, body in enumerate(bodies) if len(body) > RAW_LIMIT]
        bodies = [
            orjson.dumps(_printable(orjson.loads(body))) if len(body) > RAW_LIMIT or b"\\u0000" in body else body
            for body in bodies
        ]
    contents = _without(object_id, bodies) if object_id else bodies
    # the salt and the place have fixed lengths, so that the three parts cannot be taken for others
    hashes = [
        md5(salt + place + content, usedforsecurity=False).hexdigest()
        for content, place in zip(contents, places, strict=True)
    ]
    text = b"\n".join(bodies).decode()
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    return text.split("\n"), hashes, cut


def _ordered(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records with their fields in the order that JSONB keeps, which the server then need not sort."""
    order = sorted(records[0], key=_place_in_jsonb)
    if len(order) > 1 and set(map(len, records)) == {len(order)}:
        try:
            return [dict(zip(order, values, strict=True)) for values in map(itemgetter(*order), records)]
        except KeyError:
            pass
    return [{name: record[name] for name in sorted(record, key=_place_in_jsonb)} for record in records]


def _place_in_jsonb(name: str) -> tuple[int, bytes]:
    written = name.encode("utf-8", "replace")
    return len(written), written


def _without(name: str, bodies: list[bytes]) -> list[bytes]:
    """JSON objects without the field ``name``; in a text its quotes would be escaped."""
    start = orjson.dumps(name) + b":"
    contents = []
    for body in bodies:
        begin = body.find(start)
        end = body.find(b",", begin)
        contents.append(body if begin < 0 else body[:begin] + body[end:] if end > 0 else body[:begin])
    return contents


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
