"""Change one token of a business rule at a time, and see whether a test notices: ``python -m tests.mutants``.

The rules of ``wholesaler/stages``, ``scoring`` and ``leads`` are mostly SQL, which no mutation tool of Python reads:
this one changes tokens of the ``.sql`` files, syntax of the Python files and numbers of the profiles. Each mutant is
a copy of the checkout with one change, given to the tests that mirror the changed module. Those that no test notices
are printed; exit code 1 when more than a tenth of the mutants tried are.
"""

import argparse
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
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.equivalent import is_equivalent
from tests.mutants.mutant import Mutant, python_mutants, sql_mutants, toml_mutants
from tests.support import template_server

ROOT = Path(__file__).parents[2]
#: survivors among the mutants tried
TOLERATED = 0.1
WORKERS = 2
#: a mutant that makes the tests run for so many seconds has been noticed
PATIENCE = 600

#: which tests mirror a module: those of the first line that its path begins with, most specific tests first
TESTS = {
    "wholesaler/scoring": ("tests/scoring", "tests/stages/score", "tests/e2e/test_second_readings.py"),
    "wholesaler/leads/addresses": ("tests/leads/test_addresses.py", "tests/leads"),
    "wholesaler/leads/contact_": (
        "tests/leads/test_contact_columns.py", "tests/leads/test_contact_file.py",
        "tests/leads/test_contact_answers.py", "tests/leads/test_contacts.py",
    ),
    "wholesaler/leads/contact": (
        "tests/leads/test_contacts_kept.py",
        "tests/leads/test_contact_answers.py",
        "tests/leads/test_contacts.py",
        "tests/cli/test_working.py",
        "tests/leads",
    ),
    "wholesaler/leads/columns": (
        "tests/leads/test_columns.py",
        "tests/leads/test_export.py",
        "tests/leads",
    ),
    "wholesaler/leads/export": (
        "tests/leads/test_export_noted.py",
        "tests/leads/test_export.py",
        "tests/leads",
    ),
    "wholesaler/leads/dates": ("tests/leads/test_dates.py",),
    "wholesaler/leads/forgetting": (
        "tests/leads/test_forgetting.py",
        "tests/cli/test_forget.py",
    ),
    "wholesaler/leads/history": ("tests/leads/test_history.py",),
    "wholesaler/leads/name": ("tests/leads/test_names.py", "tests/leads/test_export.py"),
    "wholesaler/leads/outcomes": ("tests/leads/test_outcomes.py",),
    "wholesaler/leads/postal": ("tests/leads/test_postal.py", "tests/leads/test_export.py"),
    "wholesaler/leads/report": (
        "tests/leads/test_report_document.py", "tests/leads/test_report_page.py", "tests/cli/test_report.py",
    ),
    "wholesaler/leads/queries": (
        "tests/leads/test_reading.py", "tests/leads/test_history.py", "tests/cli/test_reading.py", "tests/leads",
    ),
    "wholesaler/leads/reading": (
        "tests/leads/test_reading.py", "tests/leads/test_history.py", "tests/cli/test_reading.py", "tests/leads",
    ),
    "wholesaler/leads/rows": ("tests/leads/test_export.py", "tests/leads"),
    "wholesaler/leads/sheet": ("tests/leads/test_sheet.py", "tests/leads/test_export.py"),
    "wholesaler/leads/statuses": (
        "tests/leads/test_working.py",
        "tests/cli/test_working.py",
        "tests/stages/alert/test_hidden.py",
        "tests/leads",
    ),
    "wholesaler/leads/writers": ("tests/leads/test_writers.py", "tests/leads/test_export.py"),
    "wholesaler/leads/suppression": (
        "tests/leads/test_suppression.py", "tests/leads/test_suppression_file.py",
        "tests/leads/test_suppression_statements.py", "tests/leads/test_contacts_kept.py",
        "tests/cli/test_suppression.py", "tests/stages/alert/test_hidden.py",
    ),
    "wholesaler/leads/told": (
        "tests/leads/test_columns.py",
        "tests/leads/test_export.py",
        "tests/leads",
    ),
    "wholesaler/leads/working": (
        "tests/leads/test_working.py",
        "tests/cli/test_working.py",
        "tests/leads/test_outcomes.py",
    ),
    "wholesaler/leads": ("tests/leads", "tests/cli/test_reading.py", "tests/cli/test_working.py"),
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
        "tests/stages/ingest/test_convert.py", "tests/stages/ingest/test_made_of_fields.py",
        "tests/stages/ingest/test_parcel_numbers.py", "tests/stages/ingest/test_words.py",
        "tests/stages/ingest/test_bad_input.py", "tests/stages/ingest/test_load.py",
    ),
    "wholesaler/stages/ingest/latest": ("tests/stages/ingest/test_latest.py", "tests/stages/ingest"),
    "wholesaler/stages/ingest/names": (
        "tests/stages/ingest/test_names.py", "tests/stages/ingest/test_several.py", "tests/stages/ingest",
    ),
    "wholesaler/stages/ingest/scope": ("tests/stages/ingest/test_scope.py", "tests/stages/ingest"),
    "wholesaler/stages/ingest/stage": (
        "tests/stages/ingest/test_faults.py", "tests/pipeline/test_deadlines.py", "tests/stages/ingest",
    ),
    "wholesaler/stages/ingest": (
        "tests/stages/ingest/test_statements.py",
        "tests/stages/ingest/test_completeness.py",
        "tests/stages/ingest",
    ),
    "wholesaler/stages/properties/violations": (
        "tests/stages/properties/test_violation_statements.py",
        "tests/stages/properties/test_violations.py",
        "tests/stages/properties/test_recounts.py",
        "tests/stages/properties",
    ),
    "wholesaler/stages/properties/addresses": ("tests/stages/properties/test_addresses.py", "tests/stages/properties"),
    "wholesaler/stages/properties/comparables": ("tests/stages/properties/test_comparables.py",),
    "wholesaler/stages/properties/county": ("tests/stages/properties/test_county.py", "tests/stages/properties"),
    "wholesaler/stages/properties/land": ("tests/stages/properties/test_merge.py", "tests/stages/properties"),
    "wholesaler/stages/properties/merge": ("tests/stages/properties/test_merge.py", "tests/stages/properties"),
    "wholesaler/stages/properties/freshness": (
        "tests/stages/properties/test_freshness.py", "tests/stages/ingest/test_made_of_fields.py",
        "tests/stages/properties",
    ),
    "wholesaler/stages/properties/link": ("tests/stages/properties/test_link.py", "tests/stages/properties"),
    "wholesaler/stages/properties/owner": ("tests/stages/properties/test_owners.py", "tests/stages/properties"),
    "wholesaler/stages/properties/parcels": ("tests/stages/properties/test_parcels.py", "tests/stages/properties"),
    "wholesaler/stages/properties/words": ("tests/stages/ingest/test_words.py", "tests/stages/properties"),
    "wholesaler/stages/properties": ("tests/stages/properties", "tests/stages/enrich", "tests/stages/score"),
    "wholesaler/stages/enrich": ("tests/stages/enrich/test_statements.py", "tests/stages/enrich"),
    "wholesaler/stages/dedupe/basis": ("tests/stages/dedupe/test_candidates.py", "tests/stages/dedupe"),
    "wholesaler/stages/dedupe/candidates": ("tests/stages/dedupe/test_candidates.py", "tests/stages/dedupe"),
    "wholesaler/stages/dedupe/decide": (
        "tests/stages/dedupe/test_decisions.py", "tests/stages/dedupe/test_rules.py", "tests/stages/dedupe",
    ),
    "wholesaler/stages/dedupe/m": (
        "tests/stages/dedupe/test_statements.py", "tests/stages/dedupe/test_rules.py", "tests/stages/dedupe",
    ),
    "wholesaler/stages/dedupe": ("tests/stages/dedupe/test_rules.py", "tests/stages/dedupe"),
    "wholesaler/stages/score/news": (
        "tests/stages/score/test_news_statements.py", "tests/stages/score/test_news_judged.py",
        "tests/stages/score/test_news.py",
    ),
    "wholesaler/stages/score": (
        "tests/stages/score/test_score_statements.py", "tests/stages/score/test_new.py",
        "tests/stages/score/test_markets.py", "tests/stages/score",
    ),
    "wholesaler/stages/alert/news": (
        "tests/stages/alert/test_news.py", "tests/stages/score/test_news.py", "tests/stages/alert",
    ),
    "wholesaler/stages/alert/known": (
        "tests/stages/alert/test_known.py", "tests/stages/alert/test_statements.py", "tests/stages/alert",
    ),
    "wholesaler/stages/alert": ("tests/stages/alert/test_statements.py", "tests/stages/alert"),
    "wholesaler/stages/check": ("tests/stages/check/test_examples.py", "tests/stages/check"),
    "wholesaler": ("tests/e2e",),
}  # fmt: skip

#: the line of a test that failed, up to its parameters
_FAILED = re.compile(r"^(?:FAILED|ERROR) ([^\s\[]+)", re.MULTILINE)
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


def tests_of(path: str) -> tuple[str, ...]:
    """The tests that mirror a module."""
    return next(tests for beginning, tests in TESTS.items() if path.startswith(beginning))


@dataclass(frozen=True)
class Copy:
    """A copy of the checkout to change, and the server its tests use."""

    directory: Path
    server: str
    #: tests that have noticed a mutant, and that pass without one
    sound: set[str] = field(default_factory=set)

    def run_tests(self, tests: tuple[str, ...]) -> tuple[int | None, str]:
        """Run some tests until one fails; returns pytest's exit code, none after too long, and its words."""
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
                return None, ""
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
        if process.returncode not in (0, 1, 2):
            raise SystemExit(f"pytest ended with {process.returncode}:\n{printed}")
        return process.returncode, printed

    def survives(self, mutant: Mutant) -> bool:
        """Whether no test notices the mutant; raises ``SystemExit`` for a test that fails without one too."""
        file = self.directory / mutant.path
        source = file.read_text("utf-8")
        file.write_text(mutant.apply(source), "utf-8")
        try:
            code, printed = self.run_tests(tests_of(mutant.path))
        finally:
            file.write_text(source, "utf-8")
        for failed in set(_FAILED.findall(printed)) - self.sound:
            if self.run_tests((failed,))[0] != 0:
                raise SystemExit(f"{failed} fails without a mutant.")
            self.sound.add(failed)
        return code == 0


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
