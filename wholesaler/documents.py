"""JSON as this program writes it: money and scores as numbers, dates YYYY-MM-DD, instants ISO 8601 with offset."""

from decimal import Decimal
from typing import Any

import orjson


def to_json(document: Any, *, indent: bool = False) -> str:
    """A document as JSON text; raises ``TypeError`` for what JSON has no form for."""
    option = orjson.OPT_NON_STR_KEYS | (orjson.OPT_INDENT_2 if indent else 0)
    return orjson.dumps(document, default=_number, option=option).decode()


def _number(value: Any) -> int | float:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
