"""All commands."""

from pathlib import Path
from typing import Annotated

import typer

from wholesaler.cli import database, leads, markets, stages
from wholesaler.cli.demo import demo
from wholesaler.cli.state import State
from wholesaler.errors import UsageError

#: commands about what there is now, of whatever day
_WITHOUT_DAY = {"rejects", "markets", "db"}

app = typer.Typer(
    help="Every morning: which property owners in the county are newly under pressure, and why.",
    epilog="Exit codes: 0 done, 1 failed, 2 usage, 3 warnings, 4 data errors, 69 service unavailable, "
    "75 another run is under way, 78 configuration, 124 deadline.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich would double the time that --help takes
)


@app.callback()
def options(
    context: typer.Context,
    market: Annotated[
        str | None, typer.Option("--market", "-m", metavar="KEY|FILE", help="Market key or file.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="The day, YYYY-MM-DD. Default: today in the market.")
    ] = None,
    profile: Annotated[
        Path | None, typer.Option("--profile", metavar="FILE", help="Scoring profile. Default: v1.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout, nothing else there.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing unless something is wrong.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more, with tracebacks.")] = False,
    log_format: Annotated[
        str, typer.Option("--log-format", metavar="auto|console|json", help="Logs on stderr: for people or machines.")
    ] = "auto",
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Global options, which may stand before or after the command."""
    if log_format not in {"auto", "console", "json"}:
        raise typer.BadParameter(f"'{log_format}'; expected auto, console or json", param_hint="--log-format")
    state = State(market, as_of, profile, json, quiet, verbose, log_format)  # type: ignore[arg-type]
    if context.invoked_subcommand in _WITHOUT_DAY and state.asked_day is not None:
        named = f"wholesaler {context.invoked_subcommand}"
        raise UsageError(f"--as-of: `{named}` is about what there is now, not about a day.", "Leave it out.")
    context.obj = state


stages.register(app)
leads.register(app)
app.add_typer(markets.app, name="markets")
app.add_typer(database.app, name="db")
app.command()(demo)
