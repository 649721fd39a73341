"""The heavy parts of a measurement, each called in a process of its own: a county is made anew from its seed in each.

What the system tells of a process's memory begins with the size of the one that started it, so that the one that starts
the program must stay small.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy.engine import URL

from benchmarks.matching import load, orange, report, score
from benchmarks.matching.compare import exact_forms, read_answers, thresholds, write_files
from benchmarks.matching.load import Outcome
from benchmarks.matching.notices import Notice, make_notices
from benchmarks.matching.roll import County, make_county


@dataclass(frozen=True)
class Scope:
    """What is measured: ``only`` these kinds and groups of notices, all where it is empty."""

    seed: int
    parcels: int
    notices: int
    style: str = "full"
    only: tuple[str, ...] = ()

    def part(self, divisor: int) -> "Scope":
        """The same, smaller."""
        return replace(self, parcels=self.parcels // divisor, notices=self.notices // divisor)

    def make(self) -> tuple[County, list[Notice]]:
        """The county and its notices."""
        county = make_county(self.seed, self.parcels, self.style)
        return county, make_notices(self.seed, county, self.notices, self.only)


def prepare(scope: Scope, database: URL, folder: Path) -> int:
    """Load the county and its notices, and write them as the peers read them; returns how many notices there are."""
    county, notices = scope.make()
    load.load(database, load.roll_rows(county), load.notice_rows(notices))
    write_files(folder, load.roll_rows(county), load.notice_rows(notices))
    return len(notices)


def judge(scope: Scope, database: URL, *, misses: bool = False, file: Path | None = None) -> list[str]:
    """The tables of kinds and rules; besides, the notices that went wrong, and all of them as a file."""
    county, notices = scope.make()
    outcomes = score.settle(notices, load.outcomes(database))
    lines: list[str] = []
    for title, part in report.parts(notices):
        lines += [f"## {title}", "", *score.table_by_kind(score.count(part, outcomes)), ""]
        lines += [*score.table_by_rule(score.by_rule(part, outcomes)), ""]
    if misses:
        lines += report.misses(county, notices, outcomes)
    if file is not None:
        report.write_all(file, county, notices, outcomes)
    return lines


def compare(scope: Scope, database: URL, answers: Mapping[str, Path]) -> list[str]:
    """The lines of the table that compares the program with its peers; ``answers`` are theirs by their title."""
    _, notices = scope.make()
    ours = score.settle(notices, load.outcomes(database))
    exact, seconds = exact_forms(database)
    lines = [
        *score.SUMMARY_HEAD,
        score.summary("**wholesaler**", notices, ours),
        score.summary(f"exact standard forms, {seconds:.0f} s", notices, exact),
    ]
    for title, file in answers.items():
        rows = read_answers(file)
        if len({sure for _, _, sure in rows}) > 1:
            lines += thresholds(title, notices, rows)
        else:
            lines.append(score.summary(title, notices, {key: outcome for key, outcome, _ in rows}))
    return lines


def load_orange(database: URL) -> None:
    """Load the real roll and notices."""
    roll, notices, _ = orange.rows()
    load.load(database, roll, notices)


def judge_orange(database: URL) -> list[str]:
    """What became of the real notices."""
    outcomes: dict[int, Outcome] = load.outcomes(database)
    return list(orange.lines(outcomes))
