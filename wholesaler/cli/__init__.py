"""The command line: parse, call one function, render. Nothing here knows SQL, HTTP or a business rule.

Heavy imports happen inside commands, so that ``--version`` and ``--help`` answer at once.
"""

import os
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from wholesaler import __version__
from wholesaler.errors import ExitCode, LockedError

if TYPE_CHECKING:
    import typer

#: global options may stand before or after the command; those with a value are followed by it
_FLAGS = {"--json", "--quiet", "-q", "--verbose", "-v"}
_VALUED = {"--market", "-m", "--as-of", "--log-format", "--profile"}
#: what newer versions of Typer return for Ctrl-C; older ones raise ``Abort``
_INTERRUPTED = 130


def main() -> None:
    """The console script."""
    try:
        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = _interrupted()  # during the imports
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # whoever read our output has gone; what is left of it has to go somewhere, or Python complains at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if threading.active_count() > 1:
        # Python would wait for downloads that were left behind; nobody is there to use them
        sys.stderr.flush()
        os._exit(int(code))
    sys.exit(int(code))


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; every expected failure is one line on stderr."""
    if "--version" in arguments:
        sys.stdout.write(f"wholesaler {__version__}\n")
        return ExitCode.OK
    import typer

    from wholesaler.cli.app import app
    from wholesaler.cli.stages import NotBegun

    arguments = hoist(arguments)
    try:
        code = app(arguments or ["--help"], prog_name="wholesaler", standalone_mode=False)
    except typer.TyperException as error:
        code = _say(*_usage(error))
    except (typer.Abort, KeyboardInterrupt):
        code = _INTERRUPTED
    except SystemExit as leaving:
        if not isinstance(leaving.__context__, BrokenPipeError):
            raise
        code = ExitCode.OK  # whoever read our output has gone; nothing is wrong
    except NotBegun as error:
        code = _failed(arguments, error.reason, error.document)
    except Exception as error:
        code = _failed(arguments, error)
    if code == _INTERRUPTED:
        code = _interrupted()
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
    from wholesaler.config import load_settings

    secrets: list[str] = []
    with suppress(Exception):  # a wrong setting may be the very error that is to be told
        secrets = load_settings().secrets()
    explained, code = _explained(error, secrets)
    if "--verbose" in arguments or "-v" in arguments:
        from traceback import format_exception

        from wholesaler.redaction import redact

        sys.stderr.write(redact("".join(format_exception(error)), secrets))
    if "--json" in arguments:
        with suppress(Exception):  # whatever is broken, the line on stderr has to come
            from wholesaler.cli.render import print_json

            shapeless = {"status": "failure", "exit_code": int(code), "error": explained}
            print_json(document(code, explained) if document else shapeless)
    return _say(explained["message"], code, explained["hint"])


def _explained(error: Exception, secrets: Sequence[str]) -> tuple[dict[str, Any], ExitCode]:
    """An error as data, and its exit code."""
    if isinstance(error, LockedError):  # said at once, without the SQLAlchemy that explaining the others takes
        return {"type": "LockedError", "message": error.message, "hint": error.hint}, error.exit_code
    from wholesaler.explain import exit_code_of, explain

    return explain(error, secrets), exit_code_of(error)


def _interrupted() -> int:
    return _say("Interrupted.", ExitCode.FAILED)


def _usage(error: "typer.TyperException") -> tuple[str, ExitCode, str]:
    """What is wrong with a command line, and whose help to read."""
    context = getattr(error, "ctx", None)
    message = error.format_message().rstrip(".")
    said = message if message.endswith("?") else f"{message}."
    return said, ExitCode.USAGE, f"See `{context.command_path if context else 'wholesaler'} --help`."


def _say(message: str, code: ExitCode, hint: str | None = None) -> ExitCode:
    line = " ".join(f"{message} {hint or ''}".split())
    sys.stderr.write(f"wholesaler: {line}\n")
    return code
