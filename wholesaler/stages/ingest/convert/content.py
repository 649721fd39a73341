"""The hash of a record's content and place, which tells whether it has changed since it was loaded."""

from collections.abc import Sequence
from hashlib import md5
from operator import itemgetter
from typing import Any

import orjson

from wholesaler.stages.ingest.convert.places import Place, packed
from wholesaler.stages.ingest.convert.raw import printable_value


def content_hashes(
    records: Sequence[dict[str, Any]], object_id: str | None, places: Sequence[Place], salt: bytes
) -> list[str]:
    """The hash of each record, in hexadecimal digits. ``salt``, of a fixed length, is hashed with every one.

    The service's own row number is left out: republishing a layer gives every row a new one and changes nothing. No
    more does the order of the fields.
    """
    contents = _alike(records, object_id) or [_content(record, object_id) for record in records]
    # all but the last part have fixed lengths, so that no part can be taken for another
    return [
        md5(salt + names + place + values, usedforsecurity=False).hexdigest()
        for (names, values), place in zip(contents, packed(places), strict=True)
    ]


def _alike(records: Sequence[dict[str, Any]], object_id: str | None) -> list[tuple[bytes, bytes]] | None:
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
