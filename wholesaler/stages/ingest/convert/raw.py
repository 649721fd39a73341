"""The record as it came, for the ``raw`` column."""

from collections.abc import Sequence
from typing import Any

import orjson

#: what a field may hold in ``raw``; anything longer is cut there, with a note
RAW_TEXT_LIMIT = 10_000
RAW_LIMIT = 64_000
#: nesting deeper than this is cut
DEEPEST = 50
CUT = f"raw: cut to {RAW_TEXT_LIMIT} characters in the kept record"


def kept_records(records: Sequence[dict[str, Any]]) -> tuple[list[str], list[int]]:
    """The records as JSON in COPY text, and which of them had to be cut."""
    ordered = _ordered(records)
    try:
        bodies = list(map(orjson.dumps, ordered))
    except TypeError:
        bodies = [_dump(record) for record in ordered]
    cut = [position for position, body in enumerate(bodies) if len(body) > RAW_LIMIT]
    # few pages have a backslash at all, and looking for six characters takes forty times as long as for one
    if cut or b"\\" in b"".join(bodies):
        bodies = [
            orjson.dumps(_printable(orjson.loads(body))) if len(body) > RAW_LIMIT or b"\\u0000" in body else body
            for body in bodies
        ]
        bodies = [body.replace(b"\\", b"\\\\") for body in bodies]
    return list(map(bytes.decode, bodies)), cut


def _ordered(records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records with their fields in the order that JSONB keeps, which the server then need not sort."""
    order = sorted(records[0], key=_place_in_jsonb)
    ordered = list(map(dict.fromkeys(order).__or__, records))
    if {*map(len, records), *map(len, ordered)} == {len(order)}:
        return ordered
    return [{name: record[name] for name in sorted(record, key=_place_in_jsonb)} for record in records]


def _place_in_jsonb(name: str) -> tuple[int, bytes]:
    written = name.encode("utf-8", "replace")
    return len(written), written


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
