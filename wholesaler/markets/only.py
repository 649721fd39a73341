"""``only``: which records of a source are wanted, by the publisher's fields; all conditions must hold."""

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, StrictBool, Tag, model_validator

from wholesaler.markets.days import expand, names_day
from wholesaler.markets.values import Scalar


def _is_limit(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError(f"a number, a day or a text, not {str(value).lower()}")
    return value


_Limit = Annotated[Scalar, AfterValidator(_is_limit)]


class Bounds(BaseModel):
    """What must hold of a field; one that is empty only satisfies ``present = false``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_least: _Limit | None = None
    at_most: _Limit | None = None
    above: _Limit | None = None
    below: _Limit | None = None
    present: StrictBool | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Bounds":
        if not self.limits and self.present is None:
            raise ValueError("at least one of at_least, at_most, above, below, present")
        if self.limits and self.present is False:
            raise ValueError("either present = false or a limit, since what is empty is within none")
        return self

    @property
    def limits(self) -> dict[str, Any]:
        """The limits that are given, by their keys."""
        given = {name: getattr(self, name) for name in ("at_least", "at_most", "above", "below")}
        return {name: limit for name, limit in given.items() if limit is not None}


def _kind_of(value: Any) -> str:
    if isinstance(value, dict | Bounds):
        return "a table"
    return "a list" if isinstance(value, list | tuple) else "a scalar"


Condition = Annotated[
    Annotated[Bounds, Tag("a table")]
    | Annotated[Annotated[tuple[Scalar, ...], Field(min_length=1)], Tag("a list")]
    | Annotated[Scalar, Tag("a scalar")],
    Discriminator(_kind_of),
]
#: a publisher's field → its condition
Only = dict[Annotated[str, Field(min_length=1, max_length=200)], Condition]


def literals(condition: Condition) -> tuple[Scalar, ...]:
    """What a condition compares with."""
    if isinstance(condition, Bounds):
        return tuple(condition.limits.values())
    return condition if isinstance(condition, tuple) else (condition,)


def moves(only: Only) -> bool:
    """Whether the conditions are others on another day."""
    return any(isinstance(one, str) and names_day(one) for each in only.values() for one in literals(each))


def on_day(only: Only, day: date) -> Only:
    """The conditions of a day."""

    def expanded(literal: Any) -> Any:
        return expand(literal, day) if isinstance(literal, str) else literal

    dated: Only = {}
    for name, condition in only.items():
        if isinstance(condition, Bounds):
            dated[name] = condition.model_copy(update={key: expanded(limit) for key, limit in condition.limits.items()})
        elif isinstance(condition, tuple):
            dated[name] = tuple(map(expanded, condition))
        else:
            dated[name] = expanded(condition)
    return dated
