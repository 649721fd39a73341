"""The command line: parse, call one function, render. Nothing here knows SQL, HTTP or a business rule.

Heavy imports happen inside commands, so that ``--version`` and ``--help`` answer at once.
"""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from wholesaler import __version__
from wholesaler.errors import ExitCode, WholesalerError

if TYPE_CHECKING:
    import typer

#: global options may stand before or after the command; those with a value are followed by it
_FLAGS = {"--json", "--quiet", "-q", "--verbose", "-v"}
_VALUED = {"--market", "-m", "--as-of", "--log-format", "--profile"}


def main() -> None:
    """The console script."""
    sys.exit(int(run(sys.argv[1:])))


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; every expected failure is one line on stderr."""
    if "--version" in arguments:
        sys.stdout.write(f"wholesaler {__version__}\n")
        return ExitCode.OK
    import typer

    from wholesaler.cli.app import app

    try:
        code = app(hoist(arguments) or ["--help"], prog_name="wholesaler", standalone_mode=False)
    except typer.TyperException as error:
        code = _say(*_usage(error))
    except typer.Abort:
        code = ExitCode.FAILED
    except WholesalerError as error:
        if _wants_traceback(arguments):
            raise
        code = _say(error.message, error.exit_code, error.hint)
        if "--json" in arguments:
            _print_failure(error)
    except KeyboardInterrupt:
        code = _say("Interrupted.", ExitCode.FAILED)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone; nothing is wrong
        code = ExitCode.OK
    except Exception as error:
        if _wants_traceback(arguments):
            raise
        code = _unexpected(error)
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
        if argument in _FLAGS or (argument.partition("=")[0] in _VALUED and "=" in argument):
            front.append(argument)
        elif argument in _VALUED and remaining:
            front += [argument, remaining.pop(0)]
        else:
            rest.append(argument)
    return front + rest


def _print_failure(error: WholesalerError) -> None:
    """Whoever reads JSON gets a document of a command that could not begin, too."""
    from wholesaler.cli.output import print_json

    explained = {"type": type(error).__name__, "message": error.message, "hint": error.hint}
    print_json({"status": "failure", "exit_code": int(error.exit_code), "error": explained})


def _usage(error: "typer.TyperException") -> tuple[str, ExitCode, str]:
    """What is wrong with a command line, and whose help to read."""
    context = getattr(error, "ctx", None)
    message = error.format_message().rstrip(".")
    return f"{message}.", ExitCode.USAGE, f"See `{context.command_path if context else 'wholesaler'} --help`."


def _wants_traceback(arguments: Sequence[str]) -> bool:
    return "--verbose" in arguments or "-v" in arguments


def _say(message: str, code: ExitCode, hint: str | None = None) -> ExitCode:
    line = " ".join(f"{message} {hint or ''}".split())
    sys.stderr.write(f"wholesaler: {line}\n")
    return code


def _unexpected(error: Exception) -> ExitCode:
    """What nobody expected, in one line: the database's own words, or the kind of the bug."""
    from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

    if isinstance(error, DBAPIError):
        from wholesaler.db.engine import first_line

        gone = isinstance(error, OperationalError | InterfaceError)
        code = ExitCode.UNAVAILABLE if gone else ExitCode.FAILED
        return _say(f"The database said: {first_line(error)}.", code, "Use --verbose for the details.")
    return _say(f"{type(error).__name__}: {error}", ExitCode.FAILED, "This is a bug; use --verbose for the details.")
