"""Change one token of a business rule at a time, and see whether a test notices: ``python -m tests.mutants``.

The rules of ``wholesaler/stages``, ``scoring`` and ``leads`` are mostly SQL, which no mutation tool of Python reads:
this one changes tokens of the ``.sql`` files, syntax of the Python files and numbers of the profile v1. Each mutant is
a copy of the checkout with one change, given to the tests that mirror the changed module. Those that no test notices
are printed; exit code 1 when more than a tenth of the mutants tried are.
"""

import argparse
import ast
import contextlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from tests.support import template_server

ROOT = Path(__file__).parent.parent
#: survivors among the mutants tried
TOLERATED = 0.1
WORKERS = 2
#: a mutant that makes the tests run for so many seconds has been noticed
PATIENCE = 300

#: which tests mirror a module: those of the first line that its path begins with, most specific tests first
TESTS = {
    "wholesaler/scoring": ("tests/scoring", "tests/stages/score"),
    "wholesaler/leads": ("tests/leads", "tests/cli/test_reading.py"),
    "wholesaler/stages/ingest/roll": (
        "tests/stages/ingest/test_statements.py",
        "tests/stages/ingest/test_roll.py",
        "tests/stages/dedupe",
    ),
    "wholesaler/stages/ingest/unchanged": (
        "tests/stages/ingest/test_statements.py",
        "tests/stages/ingest/test_unchanged.py",
    ),
    "wholesaler/stages/ingest/convert": (
        "tests/stages/ingest/test_limits.py", "tests/stages/ingest/test_values.py",
        "tests/stages/ingest/test_convert.py",
        "tests/stages/ingest/test_bad_input.py",
    ),
    "wholesaler/stages/ingest": (
        "tests/stages/ingest/test_statements.py",
        "tests/stages/ingest/test_completeness.py",
        "tests/stages/ingest",
    ),
    "wholesaler/stages/properties/violations": ("tests/stages/properties",),
    "wholesaler/stages/properties": ("tests/stages/properties", "tests/stages/enrich", "tests/stages/score"),
    "wholesaler/stages/enrich": ("tests/stages/enrich/test_statements.py", "tests/stages/enrich"),
    "wholesaler/stages/dedupe": ("tests/stages/dedupe/test_rules.py", "tests/stages/dedupe"),
    "wholesaler/stages/score": ("tests/stages/score/test_markets.py", "tests/stages/score"),
    "wholesaler/stages/alert": ("tests/stages/alert/test_marks.py", "tests/stages/alert"),
    "wholesaler/stages/check": ("tests/stages/check/test_examples.py", "tests/stages/check"),
    "wholesaler": ("tests/e2e",),
}  # fmt: skip

#: mutants that do the same as the original: file and statement, the changed line with ``[old→new]`` in it, why
EQUIVALENT: tuple[tuple[str, str, str], ...] = (
    (
        r"\.sql ",
        r"\[AND (\w+\.)?market = :market→\].*\b(property_)?id = ",
        "beside an id, which is unique among all markets",
    ),
    (r"\.sql ", r"\[ORDER BY property_id→", "what DISTINCT ON keeps of each property does not depend on their order"),
    (r"operations\.sql ", r"\[ORDER BY source→ORDER BY source DESC\], started_at", "nor on the order of the sources"),
    (r"features\.sql ", r"\[AND property_id IS NOT NULL→\]", "what belongs to no property joins none"),
    (r"(candidates|operations|postgis|rows)\.sql ", r"\[UNION ALL→UNION\]", "no two of these rows are the same"),
    (r"candidates\.sql ", r"\[AND address IS NOT NULL→\]$", "what has no address has no house number to be asked for"),
    (
        r"consistency\.sql merge_circles",
        r"winner\.id \[=→<>\]|\[AND→OR\] winner\.|\[AND winner\..*→\]",
        "follows more merges, and only circles come back",
    ),
    (r"load\.sql insert_rejects", r"\[min→max\]\(raw", "of records with the same content either is kept"),
    (r"geocode\.py$", r"\[>→>=\] LONGEST_OUTAGE_SECONDS", "an instant"),
    (r"geocode\.py$", r"// \[2→3\]", "smaller parts find the refused address as well"),
    (r"\.py$", r"\bliteral\(\[1→", "EXISTS asks for a row, not for what is in it"),
    (
        r"(geocode|roll|values|stage)\.py$",
        r"^(BATCH|TIMEOUT_SECONDS|LONGEST_OUTAGE_SECONDS|WHOLE_ROLL_FROM\w*|_DATE_CACHE_SIZE|_FAREWELL_SECONDS) = ",
        "measured, and only about cost",
    ),
    (r"candidates\.sql ", r"\[UNION→UNION ALL\]", "an address twice is of one parcel all the same"),
    (r"candidates\.sql ", r"\[AND.*→\].* NOT never_merge|\[AND NOT never_merge→\]", "asks for more, decides nothing"),
)


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


# --- Trying them ----------------------------------------

_KINDS: dict[str, Callable[[str, str], Iterator[Mutant]]] = {
    ".sql": sql_mutants,
    ".py": python_mutants,
    ".toml": toml_mutants,
}


def tracked_files() -> list[str]:
    """The files of the checkout, as git knows them."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return [path for path in listed.stdout.splitlines() if (ROOT / path).is_file()]


def every_mutant(files: list[str]) -> list[Mutant]:
    """All the mutants there are, in the order of their places, without the equivalent ones."""
    mutants = set()
    for path in files:
        if re.match(r"wholesaler/(stages|scoring|leads)/", path) and Path(path).suffix in _KINDS:
            source = (ROOT / path).read_text("utf-8")
            mutants |= {one for one in _KINDS[Path(path).suffix](path, source) if not is_equivalent(one, source)}
    return sorted(mutants)


def is_equivalent(mutant: Mutant, source: str) -> bool:
    """Whether the mutant is known to do what the original does."""
    line, where = mutant.change(source), mutant.path
    if where.endswith(".sql"):
        where += " " + re.findall(r"^-- name: (\w+)$", source[: mutant.start], re.MULTILINE)[-1]
    return any(re.search(place, where) and re.search(change, line) for place, change, _ in EQUIVALENT)


def tests_of(path: str) -> tuple[str, ...]:
    """The tests that mirror a module."""
    return next(tests for beginning, tests in TESTS.items() if path.startswith(beginning))


@dataclass(frozen=True)
class Copy:
    """A copy of the checkout to change, and the server its tests use."""

    directory: Path
    server: str

    def run_tests(self, tests: tuple[str, ...]) -> int | None:
        """Run some tests until one fails; returns the exit code of pytest, none when they ran for too long."""
        environment = {
            **os.environ,
            "PYTHONPATH": str(self.directory),
            "PYTHONDONTWRITEBYTECODE": "1",  # a changed module of the same size and second would be taken for the same
            "TEST_SERVER_URL": self.server,
        }
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-n0", "-p", "no:cacheprovider", *tests]
        with subprocess.Popen(
            command, cwd=self.directory, env=environment, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        ) as process:  # fmt: skip
            try:
                printed, _ = process.communicate(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                return None
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
        if process.returncode not in (0, 1, 2):
            raise SystemExit(f"pytest ended with {process.returncode}:\n{printed}")
        return process.returncode

    def survives(self, mutant: Mutant) -> bool:
        """Whether no test notices the mutant."""
        file = self.directory / mutant.path
        source = file.read_text("utf-8")
        file.write_text(mutant.apply(source), "utf-8")
        try:
            return self.run_tests(tests_of(mutant.path)) == 0
        finally:
            file.write_text(source, "utf-8")


def main() -> int:
    """Try mutants and report the survivors; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--sample", type=int, default=150, metavar="N", help="how many to try (150)")
    parser.add_argument("--all", action="store_true", help="try all of them, which takes hours")
    parser.add_argument("--seed", type=int, default=8, help="another seed is another sample")
    parser.add_argument("--only", default="", metavar="PATTERN", help="only of files or changes a pattern is found in")
    parser.add_argument("--list", action="store_true", help="print the mutants and try none")
    given = parser.parse_args()
    files = tracked_files()
    sources = {path: (ROOT / path).read_text("utf-8") for path in files if Path(path).suffix in _KINDS}
    mutants = [one for one in every_mutant(files) if re.search(given.only, one.describe(sources[one.path]))]
    there_are = len(mutants)
    if not given.all and len(mutants) > given.sample:
        mutants = sorted(random.Random(given.seed).sample(mutants, given.sample))
    if given.list:
        for one in mutants:
            print(one.describe(sources[one.path]))
        return 0
    print(f"{len(mutants)} of {there_are} mutants", flush=True)
    # an end from outside stops the servers too
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    started, survivors = time.monotonic(), []
    with contextlib.ExitStack() as stack:
        copies: SimpleQueue[Copy] = SimpleQueue()
        for _ in range(WORKERS):
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wholesaler-mutants-")))
            directory.chmod(0o755)  # the account of PostgreSQL reads there too
            for path in files:
                (directory / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / path, directory / path)
            url = stack.enter_context(template_server())
            copies.put(Copy(directory, url.render_as_string(hide_password=False)))

        def survives(mutant: Mutant) -> bool:
            copy = copies.get()
            try:
                return copy.survives(mutant)
            finally:
                copies.put(copy)

        pool = ThreadPoolExecutor(WORKERS)
        # an interrupt waits for those that run, and for no others
        stack.callback(pool.shutdown, cancel_futures=True)
        for number, (one, survived) in enumerate(zip(mutants, pool.map(survives, mutants), strict=True), start=1):
            if survived:
                survivors.append(one)
                print(f"{number} survived: {one.describe(sources[one.path])}", flush=True)
            elif number % 10 == 0:
                print(f"{number} tried, {len(survivors)} survived", flush=True)
    share = len(survivors) / max(len(mutants), 1)
    minutes = (time.monotonic() - started) / 60
    print(f"{len(survivors)} of {len(mutants)} mutants survived ({share:.1%}), in {minutes:.1f} minutes")
    return 0 if share <= TOLERATED else 1


if __name__ == "__main__":
    sys.exit(main())
