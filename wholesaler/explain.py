"""An error as data for people: its kind, one line without secrets, and what to do about it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from wholesaler.errors import ExitCode, WholesalerError
from wholesaler.redaction import redact


def explain(error: BaseException, secrets: Sequence[str]) -> dict[str, Any]:
    """``type``, ``message`` and ``hint`` (or null) of any error."""
    if isinstance(error, WholesalerError):
        message, hint = error.message, error.hint
    elif isinstance(error, DBAPIError):
        message = f"The database said: {first_line(error)}."
        hint = "Run the command again with --verbose for the details."
    elif isinstance(error, KeyboardInterrupt):
        message, hint = "Interrupted.", None
    else:
        message = f"{type(error).__name__}: {' '.join(str(error).split())}."
        hint = "This is a bug in wholesaler; run the command again with --verbose for the details."
    return {"type": type(error).__name__, "message": redact(message, secrets), "hint": hint and redact(hint, secrets)}


def exit_code_of(error: BaseException) -> ExitCode:
    """The exit code an error ends a command with."""
    if isinstance(error, WholesalerError):
        return error.exit_code
    gone = isinstance(error, OperationalError | InterfaceError)
    return ExitCode.UNAVAILABLE if gone else ExitCode.FAILED


def first_line(error: BaseException) -> str:
    """The first line of what the server, driver or code said, without SQL and parameters."""
    original = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    lines = [line.strip() for line in str(original).splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else type(original).__name__
