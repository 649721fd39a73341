"""What a check is, the list of all, and what checks share that count what should not be there.

A check is a decorated function that looks at one thing and says what it saw.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Row

from wholesaler.db.sql import statement
from wholesaler.plural import counted
from wholesaler.stages.interface import Context

#: what a warning about the rows of a table is called
TABLE_ROWS = "rows"
GROUPS = ("database", "completeness", "consistency", "postgis")


class Severity(StrEnum):
    """What it means when a check finds something."""

    WARNING = "warning"
    ERROR = "error"


class Outcome(StrEnum):
    """How a check ended; ``NOT_APPLICABLE`` where there is nothing to look at, ``KNOWN`` for a known warning."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    NOT_APPLICABLE = "not_applicable"
    KNOWN = "known"


@dataclass(frozen=True)
class Observation:
    """What a check saw: a line without a full stop, and the same as JSON-ready data; ``wrong`` if it is a finding.

    ``subjects`` are what is wrong, where that is one or several sources or channels.
    """

    message: str
    value: Any = None
    wrong: bool = False
    subjects: tuple[str, ...] = ()
    applicable: bool = True


def not_applicable(message: str) -> Observation:
    """There is nothing to look at, and ``message`` says why."""
    return Observation(message, applicable=False)


CheckFunction = Callable[[Connection, Context], Observation]


@dataclass(frozen=True)
class Check:
    """One check: ``title`` names what is looked at, ``hint`` says what to do when something is found."""

    name: str
    group: str
    title: str
    severity: Severity
    hint: str
    function: CheckFunction = field(repr=False)


@dataclass(frozen=True)
class Finding:
    """How a check ended, and what it saw."""

    check: Check
    outcome: Outcome
    message: str
    value: Any
    hint: str
    #: of a warning, by which it can be acknowledged
    names: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The finding in one line: ``title: what was found. hint``."""
        return f"{self.check.title}: {self.message}. {self.hint}"

    @property
    def entry(self) -> dict[str, Any]:
        """The finding in the stage's stats."""
        return {
            "title": self.check.title,
            "outcome": self.outcome.value,
            "value": self.value,
            "message": self.message,
            "hint": self.hint,
            "names": list(self.names),
        }


_REGISTERED: list[Check] = []


def register(check: Check) -> None:
    """Add a check to those that the stage runs; its name must be new in its group."""
    if check.group not in GROUPS:
        raise ValueError(f"check {check.name}: group '{check.group}' is none of {', '.join(GROUPS)}")
    if any((other.group, other.name) == (check.group, check.name) for other in _REGISTERED):
        raise ValueError(f"check {check.name} is registered twice in group {check.group}")
    _REGISTERED.append(check)


def check(*, group: str, severity: Severity, hint: str) -> Callable[[CheckFunction], CheckFunction]:
    """Register the decorated function under its own name; the first line of its docstring is the title."""

    def decorate(function: CheckFunction) -> CheckFunction:
        title = (function.__doc__ or function.__name__).strip().splitlines()[0].rstrip(".")
        register(Check(function.__name__, group, title, severity, hint, function))
        return function

    return decorate


def registered() -> tuple[Check, ...]:
    """All checks, in the order they were registered."""
    return tuple(_REGISTERED)


EXAMPLES = 3
_KNOWN: WeakKeyDictionary[Connection, dict[str, list[Row[Any]]]] = WeakKeyDictionary()


def rows(connection: Connection, context: Context, file: str, name: str, **parameters: Any) -> list[Row[Any]]:
    """The rows of a statement beside this module, for the context's market.

    What several checks read of one statement is asked once: a group of checks has its own ``connection``.
    """
    bound = {"market": context.market.key, **parameters}
    known = _KNOWN.setdefault(connection, {})
    key = f"{file} {name} {bound}"
    if key not in known:
        known[key] = list(connection.execute(statement(__package__, file, name), bound))
    return known[key]


def none_of(
    connection: Connection, context: Context, file: str, name: str, one: str, many: str, **parameters: Any
) -> Observation:
    """Run a statement that counts what should not be there; ``one`` and ``many`` name it."""
    (row,) = rows(connection, context, file, name, examples=EXAMPLES, **parameters)
    examples = list(row.examples or [])
    bound = {"market": context.market.key, "examples": examples}
    suppressed = set(connection.scalars(statement(__package__, "registry.sql", "suppressed"), bound))
    value = {"found": row.found, "examples": [example for example in examples if example not in suppressed]}
    if not row.found:
        return Observation("none", value)
    such = f", such as {', '.join(value['examples'])}" if value["examples"] else ""
    return Observation(f"{counted(row.found, one, many)}{such}", value, wrong=True)
