"""Run checks: the groups side by side, each on a connection of its own; one that fails does not stop the others."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from wholesaler.errors import WholesalerError
from wholesaler.explain import first_line
from wholesaler.redaction import redact
from wholesaler.stages.check.registry import GROUPS, Check, Finding, Observation, Outcome
from wholesaler.stages.interface import Context

log = structlog.get_logger()

COULD_NOT_RUN_HINT = "Run `wholesaler check` again with --verbose for the details."


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
        if isinstance(error, OperationalError | InterfaceError):
            raise
        log.error("check_failed", check=check.name, error=_explain(error, context), exc_info=True)
        message = f"could not run: {_explain(error, context)}"
        return Finding(check, Outcome.ERROR, message, None, COULD_NOT_RUN_HINT)
    return Finding(check, _outcome(check, observation), observation.message, observation.value, check.hint)


def _outcome(check: Check, observation: Observation) -> Outcome:
    if not observation.applicable:
        return Outcome.NOT_APPLICABLE
    return Outcome(check.severity.value) if observation.wrong else Outcome.OK


def _explain(error: Exception, context: Context) -> str:
    """The first line of what was raised, without secrets; what is no expected failure keeps its type."""
    expected = isinstance(error, DBAPIError | WholesalerError)
    text = first_line(error) if expected else f"{type(error).__name__}: {first_line(error)}"
    return redact(text, context.settings.secrets())
