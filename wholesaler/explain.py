"""An error as data for people: its kind, one line without secrets, and what to do about it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from wholesaler.errors import ExitCode, WholesalerError
from wholesaler.redaction import redact

_BUG = "This is a bug in wholesaler; run the command again with --verbose for the details."
_INSUFFICIENT_PRIVILEGE = "42501"
_READ_ONLY = "25006"
_DISK_FULL = "53100"


def explain(error: BaseException, secrets: Sequence[str]) -> dict[str, Any]:
    """``type``, ``message`` and ``hint`` (or null) of any error."""
    if isinstance(error, WholesalerError):
        message, hint = error.message, error.hint
    elif isinstance(error, DBAPIError):
        message, hint = f"The database said: {first_line(error)}.", _database_hint(error)
    elif isinstance(error, KeyboardInterrupt):
        message, hint = "Interrupted.", None
    else:
        message = f"{type(error).__name__}: {' '.join(str(error).split())}."
        hint = _BUG
    return {"type": type(error).__name__, "message": redact(message, secrets), "hint": hint and redact(hint, secrets)}


def _database_hint(error: DBAPIError) -> str:
    """What to do now: the server may be at fault, or its rights, or a statement of ours, which none of the data is."""
    code = getattr(error.orig, "pgcode", None)
    if code == _READ_ONLY:
        return "Let DATABASE_URL name the server that takes writes, not a standby, and a role that may write."
    if code == _DISK_FULL:
        return "Make room on the database's disk, then run the command again; nothing that was there before is lost."
    if isinstance(error, OperationalError | InterfaceError):
        return "Check the database server and its log, then run the command again."
    if code == _INSUFFICIENT_PRIVILEGE:
        return "Grant it to the role that DATABASE_URL names."
    return _BUG


def exit_code_of(error: BaseException) -> ExitCode:
    """The exit code an error ends a command with."""
    if isinstance(error, WholesalerError):
        return error.exit_code
    unavailable = isinstance(error, OperationalError | InterfaceError) or (
        isinstance(error, DBAPIError) and getattr(error.orig, "pgcode", None) == _READ_ONLY
    )
    return ExitCode.UNAVAILABLE if unavailable else ExitCode.FAILED


def first_line(error: BaseException) -> str:
    """The first line of what the server, driver or code said, without SQL and parameters."""
    original = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    lines = [line.strip() for line in str(original).splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else type(original).__name__
