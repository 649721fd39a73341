"""The command line: parse, call one function, render. Nothing here knows SQL, HTTP or a business rule.

Heavy imports happen inside commands, so that ``--version`` and ``--help`` answer at once.
"""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from errno import EPIPE
from typing import TYPE_CHECKING, Any

from wholesaler import __version__
from wholesaler.errors import ExitCode, LockedError, StartError, interruption_behind

if TYPE_CHECKING:
    import typer

#: global options may stand before or after the command; those with a value are followed by it
_FLAGS = {"--json", "--quiet", "-q", "--verbose", "-v"}
_VALUED = {"--market", "-m", "--as-of", "--log-format", "--profile", "--wait-lock", "--jobs"}
#: commands that do work and leave a log; others show something
RUNS = {"ingest", "enrich", "dedupe", "score", "alert", "check", "run-all", "demo", "prune"}
#: what newer versions of Typer return for Ctrl-C; older ones raise ``Abort``
_INTERRUPTED = 130


def main() -> None:
    """The command line of the process: whatever is wrong with its streams, its exit codes are the documented ones."""
    from wholesaler.logs import guard_streams, lost_output

    guard_streams()
    arguments = sys.argv[1:]
    code = run(arguments)
    lost = lost_output()
    if lost is not None and lost.errno != EPIPE:  # else whoever read it has gone, and knows
        # a run has done its work and remembers it; of a command that shows something nothing is left
        least = ExitCode.WARNINGS if _is_run(arguments) else ExitCode.FAILED
        said = f"The output could not be written to stdout: {lost.strerror or lost}."
        code = _say(arguments, said, code or least, kind="OutputError")
    sys.stderr.flush()
    # not sys.exit: Python would wait for downloads that were left behind, and a signal would end it with another code
    os._exit(int(code))


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; every expected failure is one line on stderr."""
    if "--version" in arguments:
        sys.stdout.write(f"wholesaler {__version__}\n")
        return ExitCode.OK
    import typer

    from wholesaler.cli.app import app

    arguments = hoist(arguments)
    try:
        code = app(arguments or ["--help"], prog_name="wholesaler", standalone_mode=False)
    except typer.TyperException as error:
        code = _say_usage(arguments, error)
    except (typer.Abort, KeyboardInterrupt):
        code = _INTERRUPTED
    except StartError as error:
        code = _failed(arguments, error.reason, error.document)
    except Exception as error:
        code = _INTERRUPTED if interruption_behind(error) else _failed(arguments, error)
    if code == _INTERRUPTED:
        code = _say(arguments, "Interrupted.", ExitCode.FAILED, kind="KeyboardInterrupt")
    return int(code or ExitCode.OK)


def hoist(arguments: Sequence[str]) -> list[str]:
    """Move the global options in front of the command, so that they may be written anywhere."""
    front: list[str] = []
    rest: list[str] = []
    remaining = list(arguments)
    while remaining:
        argument = remaining.pop(0)
        if argument == "--":
            rest += [argument, *remaining]
            break
        if argument[:2] in {"-q", "-v"} and argument[2:]:  # -vq, -qm KEY: short options in one word
            remaining[:0] = [argument[:2], f"-{argument[2:]}"]
        elif argument in _FLAGS or (argument.partition("=")[0] in _VALUED and "=" in argument):
            front.append(argument)
        elif argument[:2] == "-m" and argument[2:]:
            front += [argument[:2], argument[2:]]
        elif argument in _VALUED and remaining:
            front += [argument, remaining.pop(0)]
        else:
            rest.append(argument)
    return front + rest


def _failed(
    arguments: Sequence[str],
    error: Exception,
    document: Callable[[ExitCode, dict[str, Any]], dict[str, Any]] | None = None,
) -> ExitCode:
    """Say in one line what went wrong; as a document too with ``--json``, with its traceback with ``--verbose``.

    ``document`` makes one of the command's own shape.
    """
    explained, code = explain_failure(error, verbose="--verbose" in arguments or "-v" in arguments)
    if "--json" in arguments:
        with suppress(Exception):  # whatever is broken, the line on stderr has to come
            from wholesaler.cli.render import print_json

            shapeless = {"status": "failure", "exit_code": int(code), "error": explained}
            print_json(document(code, explained) if document else shapeless)
    return _say(arguments, explained["message"], code, explained["hint"], explained["type"])


def explain_failure(error: Exception, *, verbose: bool) -> tuple[dict[str, Any], ExitCode]:
    """An error as data without secrets, and its exit code; ``verbose``: its traceback goes to stderr."""
    from wholesaler.config import load_settings_leniently

    secrets: list[str] = []
    with suppress(Exception):  # a wrong setting may be the very error that is to be told; the others have secrets too
        secrets = load_settings_leniently()[0].secrets()
    explained, code = _explain(error, secrets)
    if verbose:
        from traceback import format_exception

        from wholesaler.redaction import redact

        sys.stderr.write(redact("".join(format_exception(error)), secrets))
    return explained, code


def _explain(error: Exception, secrets: Sequence[str]) -> tuple[dict[str, Any], ExitCode]:
    """An error as data, and its exit code."""
    if isinstance(error, LockedError):  # said at once, without the SQLAlchemy that explaining the others takes
        return {"type": "LockedError", "message": error.message, "hint": error.hint}, error.exit_code
    from wholesaler.explain import exit_code_of, explain

    return explain(error, secrets), exit_code_of(error)


def _say_usage(arguments: Sequence[str], error: "typer.TyperException") -> ExitCode:
    """What is wrong with a command line, and whose help to read."""
    context = getattr(error, "ctx", None)
    message = _usage(error).rstrip(".")
    said = message if message.endswith("?") else f"{message}."
    hint = f"See `{context.command_path if context else 'wholesaler'} --help`."
    if (
        message.startswith("Got unexpected extra")
        and context
        and any("parcel" in p.name for p in context.command.params)
    ):
        hint = "Write an address, and a note, in quotes."
    return _say(arguments, said, ExitCode.USAGE, hint, "UsageError")


def _usage(error: "typer.TyperException") -> str:
    """What is wrong with a command line; of a value that is none, what is expected, in the words for files."""
    from pydantic import ValidationError

    message, cause = error.format_message(), error.__cause__
    if not isinstance(cause, ValidationError):
        return message
    from wholesaler.toml import expectation

    detail = cause.errors(include_url=False)[0]
    return f"{message.removesuffix(detail['msg'])}{expectation(detail)}, not '{detail['input']}'"


def _say(arguments: Sequence[str], message: str, code: int, hint: str | None = None, kind: str = "Error") -> ExitCode:
    """The last word of a command, in the form of its log where it has one."""
    from wholesaler.logs import error_line

    # a mistake in the command line is for who has written it; what only shows something has no log
    log_format = _log_format(arguments)
    if log_format == "auto" and (code == ExitCode.USAGE or not _is_run(arguments)):
        log_format = "console"
    sys.stderr.write(error_line(log_format, message, hint, type=kind, exit_code=int(code)))
    return ExitCode(code)


def _log_format(arguments: Sequence[str]) -> str:
    front = hoist(arguments)
    for number, argument in enumerate(front):
        name, equals, value = argument.partition("=")
        if name == "--log-format" and (equals or front[number + 1 :]):
            return value if equals else front[number + 1]
    return "auto"


def _is_run(arguments: Sequence[str]) -> bool:
    """Whether the command runs stages, and does not only show something."""
    rest = hoist(arguments)
    while rest and rest[0].startswith("-"):
        del rest[: 2 if rest[0] in _VALUED else 1]
    return bool(rest) and rest[0] in RUNS
