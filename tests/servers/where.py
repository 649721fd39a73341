"""Evaluate the WHERE clauses that clients send.

Comparisons, days (``date '2026-01-31'``) and times (``timestamp '2026-01-31 00:00:00'``), IN, LIKE (which minds the
case), IS NULL, UPPER, LOWER, NOT, AND, OR, parentheses.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

Predicate = Callable[[Mapping[str, Any]], bool]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<operator><=|>=|<>|!=|=|<|>)"
    r"|(?P<mark>[(),])|(?P<name>[:\w][\w.:]*))"
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: bool(a == b),
    "<>": lambda a, b: bool(a != b),
    "!=": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    ">": lambda a, b: bool(a > b),
    "<=": lambda a, b: bool(a <= b),
    ">=": lambda a, b: bool(a >= b),
}


class WhereError(Exception):
    """The clause cannot be understood, or names a field that does not exist."""


def compile_where(clause: str, fields: set[str]) -> Predicate:
    """A predicate over attributes; raises :class:`WhereError`."""
    return _Parser(clause, fields).parse()


class _Parser:
    def __init__(self, clause: str, fields: set[str]) -> None:
        self._fields = {name.lower(): name for name in fields}
        self._tokens: list[tuple[str, str]] = []
        position = 0
        while clause[position:].strip():
            match = _TOKEN.match(clause, position)
            if match is None or match.lastgroup is None:
                raise WhereError(f"unexpected {clause[position : position + 20]!r}")
            self._tokens.append((match.lastgroup, match[match.lastgroup]))
            position = match.end()
        self._tokens.append(("end", ""))

    def parse(self) -> Predicate:
        predicate = self._or()
        if self._tokens[0][0] != "end":
            raise WhereError(f"unexpected {self._tokens[0][1]!r}")
        return predicate

    def _or(self) -> Predicate:
        terms = [self._and()]
        while self._word("or"):
            terms.append(self._and())
        return terms[0] if len(terms) == 1 else lambda row: any(term(row) for term in terms)

    def _and(self) -> Predicate:
        terms = [self._not()]
        while self._word("and"):
            terms.append(self._not())
        return terms[0] if len(terms) == 1 else lambda row: all(term(row) for term in terms)

    def _not(self) -> Predicate:
        if self._word("not"):
            inner = self._not()
            return lambda row: not inner(row)
        if self._mark("("):
            inner = self._or()
            self._expect(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Predicate:
        left = self._operand()
        if self._word("is"):
            negated = self._word("not")
            if not self._word("null"):
                raise WhereError("IS without NULL")
            return lambda row: (left(row) is None) != negated
        negated = self._word("not")
        if self._word("in"):
            self._expect("(")
            found = [self._operand()({})]
            while self._mark(","):
                found.append(self._operand()({}))
            self._expect(")")
            values = frozenset(found)
            return lambda row: (left(row) in values) != negated
        if self._word("like"):
            pattern = re.compile(_like(str(self._operand()({}))), re.DOTALL)
            return lambda row: (pattern.fullmatch(str(left(row) or "")) is not None) != negated
        kind, operator = self._tokens.pop(0)
        if kind != "operator":
            raise WhereError(f"expected an operator, not {operator!r}")
        right, compare = self._operand(), _COMPARE[operator]

        def compared(row: Mapping[str, Any]) -> bool:
            a, b = left(row), right(row)
            if a is None or b is None:
                return False
            if isinstance(a, str) != isinstance(b, str):
                raise WhereError("a text is compared with a number")
            return compare(a, b)

        return compared

    def _operand(self) -> Callable[[Mapping[str, Any]], Any]:
        kind, text = self._tokens.pop(0)
        if kind == "text":
            value: Any = text[1:-1].replace("''", "'")
        elif kind == "number":
            value = float(text) if "." in text else int(text)
        elif kind == "name" and text.lower() in ("upper", "lower") and self._mark("("):
            inner, change = self._operand(), str.upper if text.lower() == "upper" else str.lower
            self._expect(")")
            return lambda row: change(str(inner(row))) if inner(row) is not None else None
        elif kind == "name" and text.lower() in ("date", "timestamp") and self._tokens[0][0] == "text":
            day = datetime.fromisoformat(self._tokens.pop(0)[1][1:-1]).replace(tzinfo=UTC)
            value = day.timestamp() * 1000
        elif kind == "name" and text.lower() in self._fields:
            name = self._fields[text.lower()]
            return lambda row: row.get(name)
        else:
            raise WhereError(f"Invalid field: {text}")
        return lambda row: value

    def _word(self, word: str) -> bool:
        return self._skip("name", word)

    def _mark(self, mark: str) -> bool:
        return self._skip("mark", mark)

    def _expect(self, mark: str) -> None:
        if not self._mark(mark):
            raise WhereError(f"expected {mark!r}, not {self._tokens[0][1]!r}")

    def _skip(self, kind: str, text: str) -> bool:
        if self._tokens[0][0] == kind and self._tokens[0][1].lower() == text:
            self._tokens.pop(0)
            return True
        return False


def _like(pattern: str) -> str:
    return "".join(".*" if one == "%" else "." if one == "_" else re.escape(one) for one in pattern)
