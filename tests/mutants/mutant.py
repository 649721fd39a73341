"""One-token changes of SQL, by its tokens, of Python, by its syntax, and of the numbers of TOML."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Mutant:
    """One change: what stands in ``path`` from ``start`` to ``end`` becomes ``text``."""

    path: str
    start: int
    end: int
    text: str

    def apply(self, source: str) -> str:
        """The changed source."""
        return source[: self.start] + self.text + source[self.end :]

    def change(self, source: str) -> str:
        """The line that is changed, with what in it: ``WHERE total [>=→>] 70``."""
        before, after = source[: self.start].rpartition("\n")[2], source[self.end :].partition("\n")[0]
        return " ".join(f"{before}[{source[self.start : self.end]}→{self.text}]{after}".split())

    def describe(self, source: str) -> str:
        """Where it is, and what."""
        return f"{self.path}:{source.count(chr(10), 0, self.start) + 1}: {self.change(source)}"


# --- SQL: by its tokens ----------------------------------------

_TOKEN = re.compile(
    r":\w+|::\w+|\{\w+\}|\d+(?:\.\d+)?|\w+"
    r"|IS\s+(?:NOT\s+)?NULL|->>|->|#>>|=>|<=|>=|<>|\|\||[^\s\w]"
)
_SWAPPED = {
    "<": "<=", "<=": "<", ">": ">=", ">=": ">", "=": "<>", "<>": "=", "AND": "OR", "OR": "AND", "min": "max",
    "max": "min", "least": "greatest", "greatest": "least", "bool_and": "bool_or", "bool_or": "bool_and",
    "true": "false", "false": "true", "+": "-", "/": "*",
}  # fmt: skip
_PHRASES = (
    (r"\bIS NOT (NULL|TRUE|DISTINCT)\b", r"IS \1"),
    (r"\bIS (NULL|TRUE|DISTINCT)\b", r"IS NOT \1"),
    (r"\bNOT (?=(?!IN\b|NULL\b|TRUE\b|DISTINCT\b|MATERIALIZED\b)[\w:(])", ""),
    (r"\bNOT IN\b", "IN"),
    (r"\bNULLS LAST\b", "NULLS FIRST"),
    (r" DESC\b", ""),
    (r"(\bORDER BY (?:\w+\.)?\w+)(?=[,)\n])", r"\1 DESC"),
    (r"\bLEFT JOIN (?!LATERAL)", "JOIN "),
    (r"\bUNION ALL\b", "UNION"),
    (r"\bUNION\b(?! ALL)", "UNION ALL"),
    (r"\bcoalesce\((\w[\w.]*), (\w[\w.]*)(?=[,)])", r"coalesce(\2, \1"),
)
#: after these a number is no rule: a subscript, a limit, a fence for the planner, a form
_NO_RULE = re.compile(r"(LIMIT|OFFSET|GROUP BY|\[|round\(.*,)\s*$")
_CONJUNCT_ENDS = {
    "AND", "OR", "GROUP", "ORDER", "RETURNING", "LIMIT", "OFFSET", "THEN", "ON", "UNION", "WINDOW", "FROM", "WHERE",
    "JOIN", "LEFT", "CROSS", "DO", "HAVING", "SET", "ELSE", "END", "AS", ";", ",",
}  # fmt: skip


def sql_mutants(path: str, source: str) -> Iterator[Mutant]:
    """Comparisons, connectives, orders, joins, numbers and conjuncts of the statements of a file."""
    # of the same length: comments are nothing, a text is a word
    hidden = re.sub(r"--[^\n]*", _blank, source)
    hidden = re.sub(r"'(?:[^']|'')*'", lambda found: "x" * len(found.group()), hidden)
    tokens = list(_TOKEN.finditer(hidden))
    depth, between, setting = 0, set(), set()
    for position, token in enumerate(tokens):
        word = token.group()
        start, end = token.span()
        if word in "([":
            depth += 1
        elif word in ")]":
            setting.discard(depth)
            depth -= 1
        elif word == "BETWEEN":
            between.add(depth)
        elif word == "SET":
            setting.add(depth)
        elif word in ("FROM", "WHERE", "RETURNING", ";"):
            setting.discard(depth)
        if word == "AND" and depth in between:
            between.discard(depth)  # its own AND
            continue
        if word == "*" or (word == "=" and depth in setting):
            continue
        if word in ("AND", "OR"):
            conjunct = _end_of_conjunct(tokens, position)
            if conjunct is not None:
                yield Mutant(path, start, conjunct, "")
        if word in _SWAPPED:
            yield Mutant(path, start, end, _SWAPPED[word])
        elif word.isdecimal() and not _NO_RULE.search(hidden[hidden.rfind("\n", 0, start) + 1 : start]):
            for other in (int(word) + 1, int(word) - 1):
                if other >= 0 and word != "4326":
                    yield Mutant(path, start, end, str(other))
    for pattern, replacement in _PHRASES:
        for found in re.finditer(pattern, hidden):
            first, second = (source[slice(*found.span(n))] if n <= found.re.groups else "" for n in (1, 2))
            yield Mutant(path, *found.span(), replacement.replace(r"\1", first).replace(r"\2", second))


def _end_of_conjunct(tokens: list[re.Match[str]], position: int) -> int | None:
    """Where the condition after the AND or OR at ``position`` ends; none where that cannot be told."""
    depth, between, end = 0, False, tokens[position].end()
    for token in tokens[position + 1 :]:
        word = token.group()
        if word in "([":
            depth += 1
        elif word in ")]":
            depth -= 1
            if depth < 0:
                return end
        elif depth == 0 and word == "BETWEEN":
            between = True
        elif depth == 0 and between and word == "AND":
            between = False
        elif depth == 0 and word == "FROM" and tokens[tokens.index(token) - 1].group() == "DISTINCT":
            pass
        elif depth == 0 and word in _CONJUNCT_ENDS:
            return end
        elif depth == 0 and word == "CASE":
            return None
        end = token.end()
    return end


# --- Python: by its syntax ----------------------------------------

_OPERATORS: dict[type[ast.AST], str] = {
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==", ast.Is: "is not",
    ast.IsNot: "is", ast.In: "not in", ast.NotIn: "in",
}  # fmt: skip


def python_mutants(path: str, source: str) -> Iterator[Mutant]:
    """Comparisons, connectives, negations, conditions and constants of the functions of a module."""
    starts = [0]
    for line in source.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def place(line: int, column: int) -> int:
        return len(source.encode()[: starts[line - 1] + column].decode())

    def span(node: ast.expr) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return place(node.lineno, node.col_offset), place(node.end_lineno, node.end_col_offset)

    def between(left: ast.expr, right: ast.expr, pattern: str, text: str) -> Iterator[Mutant]:
        begin, end = span(left)[1], span(right)[0]
        found = re.search(pattern, source[begin:end])
        if found:
            yield Mutant(path, begin + found.start(), begin + found.end(), text)

    for node in _rules(ast.parse(source)):
        if isinstance(node, ast.Compare):
            for left, operator, right in zip([node.left, *node.comparators], node.ops, node.comparators, strict=False):
                yield from between(left, right, r"is not|not in|is|in|[<>=!]=?", _OPERATORS[type(operator)])
        elif isinstance(node, ast.BoolOp):
            old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
            for left, right in zip(node.values, node.values[1:], strict=False):
                yield from between(left, right, rf"\b{old}\b", new)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            start, _ = span(node)
            yield Mutant(path, start, span(node.operand)[0], "")
        elif isinstance(node, ast.IfExp):
            (start, end), (body, other) = span(node), (source[slice(*span(one))] for one in (node.body, node.orelse))
            yield Mutant(path, start, end, f"({other})")
            yield Mutant(path, start, end, f"({body})")
        elif isinstance(node, ast.If) and not isinstance(node.test, ast.Compare | ast.UnaryOp):
            start, end = span(node.test)
            yield Mutant(path, start, end, f"not ({source[start:end]})")
        elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
            yield Mutant(path, *span(node), str(not node.value))
        elif isinstance(node, ast.Constant) and isinstance(node.value, int):
            yield Mutant(path, *span(node), str(node.value + 1))
            yield Mutant(path, *span(node), str(node.value - 1))


def _rules(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that decide something: no annotations, decorators, assertions, raises or log lines."""
    for name, value in ast.iter_fields(tree):
        if name in ("annotation", "returns", "decorator_list", "msg"):
            continue
        for node in value if isinstance(value, list) else [value]:
            if not isinstance(node, ast.AST) or isinstance(node, ast.Assert | ast.Raise):
                continue
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("log."):
                continue
            yield node
            yield from _rules(node)


def toml_mutants(path: str, source: str) -> Iterator[Mutant]:
    """The numbers of a profile, a unit of their last digit up and down."""
    for found in re.finditer(r"(?<![\w.{])-?\d+(?:\.(\d+))?(?![\w}])", re.sub(r"[\"#].*", _blank, source)):
        digits = len(found.group(1) or "")
        for step in (1, -1):
            yield Mutant(path, *found.span(), f"{float(found.group()) + step * 10**-digits:.{digits}f}")


def _blank(found: re.Match[str]) -> str:
    return " " * len(found.group())
