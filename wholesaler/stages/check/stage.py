"""Check: row counts, completeness, consistency and PostGIS, side by side; what is wrong, and what to do about it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from wholesaler.errors import ExitCode
from wholesaler.stages.check.registry import GROUPS, Finding, Outcome, registered
from wholesaler.stages.check.running import run_checks
from wholesaler.stages.interface import Attempt, Context, Result

if TYPE_CHECKING:
    from wholesaler import notify

#: group of checks → its key in the stats
_KEYS = {group: "database_stats" if group == "database" else group for group in GROUPS}


def run(context: Context, attempt: Attempt) -> Result:
    """Run every check of the market as of the day. It changes nothing; only a lost connection raises."""
    return summarise(run_checks(context, registered()))


def summarise(found: Sequence[Finding]) -> Result:
    """The findings as the stage's result: errors in the data weigh more than warnings."""
    stats: dict[str, Any] = {key: {} for key in _KEYS.values()}
    for finding in found:
        stats[_KEYS[finding.check.group]][finding.check.name] = _entry(finding)
    errors = [finding.line for finding in found if finding.outcome is Outcome.ERROR]
    warnings = [finding.line for finding in found if finding.outcome is Outcome.WARNING]
    stats |= {"warnings": warnings, "errors": errors}
    exit_code = ExitCode.DATA_ERRORS if errors else ExitCode.WARNINGS if warnings else ExitCode.OK
    return Result(stats, list(warnings), exit_code)


def findings_of(stats: Mapping[str, Any]) -> "tuple[notify.Finding, ...]":
    """What is to be announced of a check's stats: the errors, then the warnings."""
    from wholesaler import notify

    severities: tuple[Literal["error", "warning"], ...] = ("error", "warning")
    entries = [entry for key in _KEYS.values() for entry in stats[key].values()]
    return tuple(
        notify.Finding(severity, f"{entry['title']}: {entry['message']}", entry["hint"])
        for severity in severities
        for entry in entries
        if entry["outcome"] == severity
    )


def _entry(finding: Finding) -> dict[str, Any]:
    """A finding among the stats; a table's has its rows and growth at its top, null when they could not be counted."""
    if finding.check.group != "database":
        return finding.entry
    counts = finding.value or {"rows": None, "growth": None}
    return counts | {name: item for name, item in finding.entry.items() if name != "value"}
