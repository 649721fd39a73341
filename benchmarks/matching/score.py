"""What was matched right and wrong, counted by kind and by rule, with the bounds that such counts have."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import sqrt

from benchmarks.matching.kinds import ALONE, KINDS, UNDECIDED
from benchmarks.matching.load import NOTHING, Outcome
from benchmarks.matching.notices import UNLISTED, Notice
from benchmarks.matching.peers.parts import without_manner

_Z = 1.959964  # 95 %


@dataclass
class Tally:
    """Counts of notices: ``of_parcel`` are those of a parcel of the roll, ``right`` those given to it, ``wrong`` those
    given to another, ``alone`` those that are of none and were left alone."""

    notices: int = 0
    of_parcel: int = 0
    right: int = 0
    wrong: int = 0
    alone: int = 0

    def add(self, notice: Notice, outcome: Outcome) -> None:
        """Count a notice."""
        self.notices += 1
        self.of_parcel += notice.truth is not None
        if outcome.parcel_id is None:
            self.alone += notice.truth is None
        elif outcome.parcel_id == notice.truth:
            self.right += 1
        else:
            self.wrong += 1

    @property
    def good(self) -> int:
        """Given to its parcel or, where it has none, left alone."""
        return self.right + self.alone


def settle(notices: Iterable[Notice], outcomes: Mapping[int, Outcome]) -> dict[int, Outcome]:
    """The outcomes without those that are no match with the roll: a record that was given to a property whose number
    the roll does not know either, because both say the same address, is as much alone as that one."""
    by_key = {notice.key: notice for notice in notices}
    settled = dict(outcomes)
    for key, outcome in outcomes.items():
        if outcome.parcel_id is not None and outcome.parcel_id.startswith(UNLISTED):
            other, notice = by_key[int(outcome.parcel_id[1:])], by_key[key]
            if other.origin == notice.origin or without_manner(other.address) == without_manner(notice.address):
                settled[key] = NOTHING
    return settled


def count(notices: Iterable[Notice], outcomes: Mapping[int, Outcome]) -> dict[str, Tally]:
    """The tally of each kind, in the order of the kinds."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    for notice in notices:
        tallies[notice.kind].add(notice, outcomes.get(notice.key, NOTHING))
    return {kind.name: tallies[kind.name] for kind in KINDS if kind.name in tallies}


def total(tallies: Iterable[Tally]) -> Tally:
    """All in one."""
    whole = Tally()
    for tally in tallies:
        for name in ("notices", "of_parcel", "right", "wrong", "alone"):
            setattr(whole, name, getattr(whole, name) + getattr(tally, name))
    return whole


def by_rule(notices: Iterable[Notice], outcomes: Mapping[int, Outcome]) -> dict[str, tuple[int, int]]:
    """By the rule of a match: how many there are, and how many are wrong."""
    matches: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for notice in notices:
        outcome = outcomes.get(notice.key, NOTHING)
        if outcome.parcel_id is not None:
            rule = outcome.rule or "without evidence"
            matches[rule] += 1
            wrong[rule] += outcome.parcel_id != notice.truth
    return {rule: (matches[rule], wrong[rule]) for rule in sorted(matches)}


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The bounds of a share at 95 %; nothing is known of none."""
    if whole == 0:
        return 0.0, 1.0
    share, square = part / whole, _Z * _Z
    middle = share + square / (2 * whole)
    spread = _Z * sqrt((share * (1 - share) + square / (4 * whole)) / whole)
    low, high = (middle - spread) / (1 + square / whole), (middle + spread) / (1 + square / whole)
    return low if part else 0.0, high if part < whole else 1.0


def share(part: int, whole: int) -> str:
    """A share with its bounds: ``0.951 (0.940–0.961)``."""
    if whole == 0:
        return ""
    low, high = wilson(part, whole)
    return f"{_cut(part / whole)} ({_cut(low)}–{_cut(high)})"


def _cut(value: float) -> str:
    """Three decimals, never rounded up to 1."""
    return f"{int(value * 10_000) / 10_000:.4f}" if 0.999 <= value < 1 else f"{value:.3f}"


def table_by_kind(tallies: Mapping[str, Tally]) -> Iterator[str]:
    """The lines of the table of kinds, with a line for all; marked is what misses 0.95 or matched anything wrong."""
    yield "| kind | notices | right | wrong | left alone | precision | recall |"
    yield "|---|---|---|---|---|---|---|"
    group = ""
    kinds = {kind.name: kind for kind in KINDS}
    for name, tally in tallies.items():
        kind = kinds[name]
        if kind.group != group:
            group = kind.group
            whole = total(tally for other, tally in tallies.items() if kinds[other].group == group)
            yield _line(f"**{group}**", whole, kind.expected)
        yield _line(name, tally, kind.expected)
    whole = total(tallies.values())
    yield _line("**all**", whole, "")
    yield ""
    yield (
        "Right in all, which is given to its parcel or, where it has none, left alone:"
        f" {share(whole.good, whole.notices)}; the goal is 0.75."
    )


def _line(name: str, tally: Tally, expected: str) -> str:
    whole, good = (tally.notices, tally.alone) if expected == ALONE else (tally.of_parcel, tally.right)
    low = expected != UNDECIDED and not name.startswith("**all") and whole > 0 and good / whole < 0.95
    alone = tally.notices - tally.right - tally.wrong
    recall = share(good, whole) if expected != ALONE else f"{share(good, whole)} alone"
    return (
        f"| {name} | {tally.notices:,} | {tally.right:,} | {tally.wrong:,} | {alone:,} |"
        f" {share(tally.right, tally.right + tally.wrong)} | {'✗ ' if low else ''}{recall} |"
    )


def table_by_rule(rules: Mapping[str, tuple[int, int]]) -> Iterator[str]:
    """The lines of the table of rules."""
    yield "| rule | matches | wrong | precision |"
    yield "|---|---|---|---|"
    for rule, (matches, wrong) in rules.items():
        yield f"| {rule} | {matches:,} | {wrong:,} | {share(matches - wrong, matches)} |"


def summary(name: str, notices: list[Notice], outcomes: Mapping[int, Outcome]) -> str:
    """A line of the comparison: precision, recall of what has a parcel, share of all that is right."""
    whole = total(count(notices, outcomes).values())
    return (
        f"| {name} | {whole.right + whole.wrong:,} | {whole.wrong:,} |"
        f" {share(whole.right, whole.right + whole.wrong)} |"
        f" {share(whole.right, whole.of_parcel)} | {share(whole.good, whole.notices)} |"
    )


SUMMARY_HEAD = (
    "| | matches | wrong | precision | recall | right of all |",
    "|---|---|---|---|---|---|",
)
