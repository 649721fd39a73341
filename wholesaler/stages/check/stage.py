"""Check: row counts, completeness, consistency and PostGIS, side by side; what is wrong, and what to do about it.

A group of checks has a connection of its own; a check that fails does not stop the others.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from wholesaler.deadline import OutOfTime
from wholesaler.errors import ExitCode, WholesalerError
from wholesaler.explain import first_line
from wholesaler.logs import log
from wholesaler.redaction import redact
from wholesaler.stages.check.registry import (
    GROUPS,
    TABLE_ROWS,
    Check,
    Finding,
    Observation,
    Outcome,
    Severity,
    registered,
)
from wholesaler.stages.interface import Attempt, Context, Result

if TYPE_CHECKING:
    from wholesaler import notify


COULD_NOT_RUN_HINT = "Run `wholesaler check` again with --verbose for the details."
#: group of checks → its key in the stats
_KEYS = {group: "database_stats" if group == "database" else group for group in GROUPS}


def run(context: Context, attempt: Attempt) -> Result:
    """Run every check of the market as of the day. It changes nothing; only a lost connection raises."""
    return summarise(run_checks(context, registered()))


def summarise(findings: Sequence[Finding]) -> Result:
    """The findings as the stage's result: errors in the data weigh more than warnings."""
    stats: dict[str, Any] = {key: {} for key in _KEYS.values()}
    for finding in findings:
        stats[_KEYS[finding.check.group]][finding.check.name] = _entry(finding)
    errors = [finding.line for finding in findings if finding.outcome is Outcome.ERROR]
    warnings = [finding.line for finding in findings if finding.outcome is Outcome.WARNING]
    stats |= {"warnings": warnings, "errors": errors}
    exit_code = ExitCode.DATA_ERRORS if errors else ExitCode.WARNINGS if warnings else ExitCode.OK
    known = [finding.line for finding in findings if finding.outcome is Outcome.KNOWN]
    return Result(stats, warnings + known, exit_code)


def findings_of(stats: Mapping[str, Any]) -> "dict[notify.Finding, tuple[str, ...]]":
    """What is to be announced of a check's stats, the errors, then the warnings; with the names of each."""
    from wholesaler import notify

    severities: tuple[Literal["error", "warning"], ...] = ("error", "warning")
    entries = [(f"{key}.{name}", entry) for key in _KEYS.values() for name, entry in stats[key].items()]
    return {
        notify.Finding(severity, f"{entry['title']}: {entry['message']}", entry["hint"]): tuple(entry["names"])
        or (f"{severity}:{name}",)
        for severity in severities
        for name, entry in entries
        if entry["outcome"] == severity
    }


def _entry(finding: Finding) -> dict[str, Any]:
    """A finding among the stats; a table's has its rows and growth at its top, null when they could not be counted."""
    if finding.check.group != "database":
        return finding.entry
    counts = finding.value or {"rows": None, "growth": None}
    return counts | {name: item for name, item in finding.entry.items() if name != "value"}


def run_checks(context: Context, checks: Sequence[Check]) -> list[Finding]:
    """The findings of ``checks``, by group and in their order.

    A check that raises is an error among the findings. What is wrong with the server, and not with the data, is none: a
    lost connection, a cancelled statement, a full disk raise SQLAlchemy's ``OperationalError``, and the stage is tried
    again.
    """
    groups = [[check for check in checks if check.group == group] for group in GROUPS]
    with ThreadPoolExecutor(len(groups), thread_name_prefix="check") as pool:
        jobs = [pool.submit(copy_context().run, _run_group, context, group) for group in groups if group]
        return [finding for job in jobs for finding in job.result()]


def _run_group(context: Context, checks: Sequence[Check]) -> list[Finding]:
    with context.engine.connect() as connection:
        connection = connection.execution_options(postgresql_readonly=True)
        return [_run(connection, context, check) for check in checks]


def _run(connection: Connection, context: Context, check: Check) -> Finding:
    try:
        with connection.begin():
            observation = check.function(connection, context)
    except Exception as error:  # the boundary of one check: whatever it raises is its finding
        if isinstance(error, OperationalError | InterfaceError | OutOfTime):
            raise
        log.error("check_failed", check=check.name, error=_explain(error, context), exc_info=True)
        message = f"could not run: {_explain(error, context)}"
        return Finding(check, Outcome.ERROR, message, None, COULD_NOT_RUN_HINT)
    if not observation.applicable:
        return Finding(check, Outcome.NOT_APPLICABLE, observation.message, observation.value, check.hint)
    if not observation.wrong:
        return Finding(check, Outcome.OK, observation.message, observation.value, check.hint)
    outcome, names, note = Outcome(check.severity.value), _names(check, observation), ""
    if outcome is Outcome.WARNING:
        note = context.known.note(names)
        outcome = outcome if any(map(context.known.counts, names)) else Outcome.KNOWN
    return Finding(check, outcome, f"{observation.message}{note}", observation.value, check.hint, names)


def _names(check: Check, observation: Observation) -> tuple[str, ...]:
    """What a warning is called by who acknowledges it; what is wrong with the data cannot be."""
    if check.severity is not Severity.WARNING:
        return ()
    if check.group == "database":
        return (f"{TABLE_ROWS}:{check.name}",)
    return tuple(f"{check.name}:{subject}" for subject in observation.subjects) or (check.name,)


def _explain(error: Exception, context: Context) -> str:
    """The first line of what was raised, without secrets; what is no expected failure keeps its type."""
    expected = isinstance(error, DBAPIError | WholesalerError)
    text = first_line(error) if expected else f"{type(error).__name__}: {first_line(error)}"
    return redact(text, context.settings.secrets())
