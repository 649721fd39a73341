"""What can go wrong, said to a person, with the exit code a monitor reads.

Every failure the program expects is a :class:`WholesalerError`. The message says what happened and where, ``hint``
says what to do now; the command line prints both on one line and exits with ``exit_code``. Anything else that
escapes is a bug and ends with code 1.
"""

from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """Exit codes of every command; 69, 75 and 78 are those of sysexits.h."""

    OK = 0
    FAILED = 1
    USAGE = 2
    WARNINGS = 3
    DATA_ERRORS = 4
    UNAVAILABLE = 69
    LOCKED = 75
    CONFIGURATION = 78
    DEADLINE = 124


class WholesalerError(Exception):
    """A failure that is explained in one line; ``hint`` says what to do about it."""

    exit_code: ExitCode = ExitCode.FAILED

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class UsageError(WholesalerError):
    """The command line asks for something that does not exist or does not fit together."""

    exit_code = ExitCode.USAGE


class ConfigurationError(WholesalerError):
    """A setting, market file or scoring profile is wrong: names the place, the key and what was expected."""

    exit_code = ExitCode.CONFIGURATION


class UnavailableError(WholesalerError):
    """A service the work needs is not there: the database, PostGIS, or every source."""

    exit_code = ExitCode.UNAVAILABLE


class LockedError(WholesalerError):
    """Another run of this market holds the lock; nothing was done."""

    exit_code = ExitCode.LOCKED


class DeadlineError(WholesalerError):
    """What was to end, or to come, by a certain time did not.

    ``is_known`` says that the cause has been announced as another stage's failure.
    """

    exit_code = ExitCode.DEADLINE

    def __init__(self, message: str, hint: str | None = None, *, is_known: bool = False) -> None:
        super().__init__(message, hint)
        self.is_known = is_known


class SourceError(WholesalerError):
    """A source could not be read. ``transient`` says whether trying again later can help."""

    exit_code = ExitCode.UNAVAILABLE

    def __init__(self, message: str, hint: str | None = None, *, transient: bool) -> None:
        super().__init__(message, hint)
        self.transient = transient


def interruption_behind(error: BaseException) -> KeyboardInterrupt | None:
    """The signal that ``error`` came of: it may come at any moment, and what cleans up after it can fail for that."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, KeyboardInterrupt):
        cause = cause.__cause__ or cause.__context__
    return cause


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``Did you mean 'orange-fl'?`` for what is in ``known`` and begins or looks like ``word``; else an empty text."""
    from difflib import get_close_matches

    names = {name.casefold(): name for name in known}
    written = word.casefold()
    near = [name for name in names if written and name.startswith(written)]
    near = near[:3] if near else get_close_matches(written, names, n=1)
    return f"Did you mean {' or '.join(repr(names[name]) for name in near)}?" if near else ""


class StartError(Exception):
    """A stage or run that could not begin, since ``reason``.

    ``document`` makes of exit code and error as data the document of the stage or run, in the shape it has otherwise.
    """

    def __init__(self, reason: Exception, document: Callable[[ExitCode, dict[str, Any]], dict[str, Any]]) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.document = document
