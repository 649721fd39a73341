"""Values: what a column is made of. The name of a publisher's field, or a table that makes one of several, nested.

They say which of the publisher's fields are wanted; ``wholesaler.stages.ingest.convert.evaluate`` makes the columns.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from math import isfinite
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    Tag,
    field_validator,
)

from wholesaler.markets.days import right_days
from wholesaler.markets.records import Column, Type

_STRICT = ConfigDict(frozen=True, extra="forbid")
KINDS = ("join", "first", "sum", "field", "named", "date", "const", "present")

Fieldname = Annotated[str, Field(min_length=1, max_length=200)]


def _is_scalar(value: Any) -> bool | int | float | date | str:
    fits = isinstance(value, bool | int | float | date | str) and not isinstance(value, datetime)
    if not fits or (isinstance(value, float) and not isfinite(value)) or (isinstance(value, str) and not value.strip()):
        raise ValueError(f"a text that is not empty, a number, a day such as 2026-01-31, true or false, not {value!r}")
    return right_days(value) if isinstance(value, str) else value


#: what a market file says literally
Scalar = Annotated[bool | int | float | date | str, PlainValidator(_is_scalar)]


def compiled(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """The regular expression; raises ``ValueError`` saying what was expected."""
    try:
        return re.compile(pattern, flags)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"a regular expression ({error})") from None


class Join(BaseModel):
    """The values that are not empty, one behind the other."""

    model_config = _STRICT

    join: "tuple[Value, ...]" = Field(min_length=1)
    separator: str = Field(" ", alias="with")


class First(BaseModel):
    """The first value that is not empty."""

    model_config = _STRICT

    first: "tuple[Value, ...]" = Field(min_length=1)


class Sum(BaseModel):
    """Numbers added; null where all of them are."""

    model_config = _STRICT

    sum: "tuple[Value, ...]" = Field(min_length=1)


class Piece(BaseModel):
    """A value; of it what the group of ``match`` finds; with zeros on the left up to ``pad`` characters."""

    model_config = _STRICT

    field: "Value"
    match: str | None = None
    pad: int | None = Field(None, ge=1, le=100)

    @field_validator("match")
    @classmethod
    def _has_one_group(cls, value: str | None) -> str | None:
        if value is not None and compiled(value).groups > 1:
            raise ValueError("a regular expression with one group, which is what is wanted; others begin with (?:")
        return value


class Named(BaseModel):
    """The one field whose name matches a regular expression."""

    model_config = _STRICT

    named: str = Field(min_length=1, max_length=200)

    @field_validator("named")
    @classmethod
    def _compiles(cls, value: str) -> str:
        compiled(value)
        return value


class DayOf(BaseModel):
    """A day from year, month and day; those that are missing are the first."""

    model_config = _STRICT

    date: "tuple[Value, ...]" = Field(min_length=1, max_length=3)


class Const(BaseModel):
    """Always the same."""

    model_config = _STRICT

    const: Scalar


class Present(BaseModel):
    """Yes where a value is neither empty nor 0, else no."""

    model_config = _STRICT

    present: "Value"


_MODELS: dict[type[BaseModel], str] = {
    Join: "join", First: "first", Sum: "sum", Piece: "field", Named: "named", DayOf: "date", Const: "const",
    Present: "present",
}  # fmt: skip


def _kind_of(value: Any) -> str | None:
    """Which kind of value a table is meant to be, so that an error is told of that alone.

    With a blank in its name, it cannot be taken for a key of the file.
    """
    if isinstance(value, dict):
        return next((f"a {kind}" for kind in KINDS if kind in value), None)
    if isinstance(value, str):
        return "a text"
    return f"a {_MODELS[type(value)]}" if type(value) in _MODELS else None


Value = Annotated[
    Annotated[Fieldname, Tag("a text")]
    | Annotated[Join, Tag("a join")]
    | Annotated[First, Tag("a first")]
    | Annotated[Sum, Tag("a sum")]
    | Annotated[Piece, Tag("a field")]
    | Annotated[Named, Tag("a named")]
    | Annotated[DayOf, Tag("a date")]
    | Annotated[Const, Tag("a const")]
    | Annotated[Present, Tag("a present")],
    Discriminator(
        _kind_of,
        custom_error_type="value",
        custom_error_message=f"a field's name, or a table with one of {', '.join(KINDS)}",
    ),
]
for _model in _MODELS:
    _model.model_rebuild()


def parts_of(value: Value) -> tuple[Value, ...]:
    """The values that a value is made of."""
    match value:
        case Join(join=parts) | First(first=parts) | Sum(sum=parts) | DayOf(date=parts):
            return parts
        case Piece(field=part) | Present(present=part):
            return (part,)
    return ()


def fields_of(*values: Value) -> tuple[str, ...]:
    """The publisher's fields that values are made of, each once; a :class:`Named` one as its regular expression."""
    return tuple(dict.fromkeys(name for value in values for name, _ in _leaves(value)))


def patterns_of(*values: Value) -> frozenset[str]:
    """Those of :func:`fields_of` that are regular expressions."""
    return frozenset(name for value in values for name, is_pattern in _leaves(value) if is_pattern)


def _leaves(value: Value) -> Iterator[tuple[str, bool]]:
    if isinstance(value, str):
        yield value, False
    elif isinstance(value, Named):
        yield value.named, True
    for part in parts_of(value):
        yield from _leaves(part)


def label(value: Value, otherwise: str) -> str:
    """How messages call a value: by its publisher's fields, or ``otherwise`` where it has none."""
    return value if isinstance(value, str) else ", ".join(fields_of(value)) or otherwise


#: the types of columns that kinds of values can fill
_FITTING: dict[type[BaseModel], set[Type]] = {
    Sum: {Type.MONEY, Type.NUMBER, Type.INTEGER, Type.YEARS, Type.TEXT},
    DayOf: {Type.DATE, Type.TEXT},
    Present: {Type.FLAG, Type.TEXT},
}
_EXPECTED = {
    Type.MONEY: "an amount", Type.NUMBER: "a number", Type.INTEGER: "a number", Type.DATE: "a day",
    Type.YEARS: "a number of years", Type.FLAG: "yes or no", Type.PARCEL: "a parcel number", Type.TEXT: "a text",
}  # fmt: skip
_WORDS_OF_TYPE = {Type.FLAG: ("yes", "no")}


def misfit(value: Value, column: Column, mapped: set[str]) -> str | None:
    """Why a value can never be one of a column; ``mapped`` are the words that the market file gives a meaning."""
    if isinstance(value, Const):
        return _misfit_of_const(value.const, column, mapped)
    fitting = _FITTING.get(type(value))  # type: ignore[arg-type]
    if fitting is not None and column.type not in fitting:
        return f"expected {_EXPECTED[column.type]}, not what {_MODELS[type(value)]} gives"  # type: ignore[index]
    return None


def _misfit_of_const(const: Any, column: Column, mapped: set[str]) -> str | None:
    words = column.words or _WORDS_OF_TYPE.get(column.type, ())
    if words and not isinstance(const, bool) and str(const).casefold() not in {*mapped, *map(str.casefold, words)}:
        return f"const: expected one of {', '.join(words)}, not '{const}'"
    if column.type in {Type.MONEY, Type.NUMBER, Type.INTEGER, Type.YEARS}:
        if isinstance(const, bool) or not isinstance(const, int | float):
            return f"const: expected a number, not '{const}'"
    elif column.type is Type.DATE and not isinstance(const, date):
        return f"const: expected a day such as 2026-01-31 without quotes, not '{const}'"
    return None
