"""All commands."""

from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from wholesaler.cli import alerts, database, hoist, leads, markets, stages, suppression, watch, working
from wholesaler.cli.demo import demo
from wholesaler.cli.durations import seconds_of
from wholesaler.cli.forgetting import leads_forget
from wholesaler.cli.prune import prune
from wholesaler.cli.report import report
from wholesaler.cli.schedule import schedule
from wholesaler.cli.several import MOST_JOBS, dispatch
from wholesaler.cli.state import State
from wholesaler.errors import UsageError, did_you_mean

#: commands about what there is now, of whatever day
_WITHOUT_DAY = {
    "alerts", "backfill", "config", "db", "doctor", "history", "markets", "prune", "rejects", "schedule", "status",
}  # fmt: skip


class Command(TyperCommand):
    """A command that knows the global options too, for its help and for completion; parsing never meets them here."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Its own options, then the global ones."""
        super().format_options(ctx, formatter)
        records = [record for option in _globals(ctx) if (record := option.get_help_record(ctx))]
        with formatter.section("Global options"):
            formatter.write_dl(records)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """An unknown option may have been meant for a global one."""
        try:
            return super().parse_args(ctx, args)
        except typer.TyperException as error:
            if hasattr(error, "option_name") and hasattr(error, "possibilities"):
                names = {name for option in (*self.params, *_globals(ctx)) for name in option.opts}
                meant = did_you_mean(error.option_name, [name for name in (*names, "--help") if name[:2] == "--"])
                error.possibilities = None
                if error.option_name in names:  # the last word, so that nothing could be put in front
                    error.message = f"Option '{error.option_name}' requires an argument"
                elif meant:
                    error.message += f". {meant}"
            raise

    def invoke(self, ctx: Any) -> Any:
        """For the one county that is meant, or for each of several."""
        return dispatch(ctx, super().invoke)

    def get_params(self, ctx: Any) -> list[Any]:
        """With the global options where a shell asks what could stand here."""
        return super().get_params(ctx) + (_globals(ctx) if ctx.resilient_parsing else [])


class Program(TyperGroup):
    """All commands; an option that may stand anywhere is completed anywhere."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """With the global options in front of the command, for completion as for running."""
        return super().parse_args(ctx, hoist(args))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """A word that is a command of a group is meant for that: ``wholesaler export``."""
        groups = {name: getattr(command, "commands", {}) for name, command in self.commands.items()}
        meant = [f"'wholesaler {name} {args[0]}'" for name, commands in groups.items() if args[0] in commands]
        if meant and args[0] not in self.commands:
            ctx.fail(f"No such command '{args[0]}'. Did you mean {' or '.join(meant)}?")
        return super().resolve_command(ctx, args)


def _globals(context: Any) -> list[Any]:
    """The options of the program that a command can be given."""
    own = {"version", "help", "install_completion", "show_completion"}
    return [option for option in context.find_root().command.params if option.name not in own]


def _market_keys(incomplete: str) -> list[str]:
    from wholesaler.config import load_settings_leniently
    from wholesaler.markets import bundled_markets, own_markets

    keys = bundled_markets() | own_markets(load_settings_leniently()[0].home)
    return [key for key in keys if key.startswith(incomplete)]


app = typer.Typer(
    cls=Program,
    context_settings={"help_option_names": ["--help", "-h"]},
    help="Every morning: which property owners in the county are newly under pressure, and why.",
    epilog="Exit codes: 0 done, 1 failed, 2 usage, 3 warnings, 4 data errors, 69 service unavailable, "
    "75 another run is under way, 78 configuration, 124 deadline.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich would double the time that --help takes
)


@app.callback()
def options(
    context: typer.Context,
    market: Annotated[
        list[str] | None,
        typer.Option(
            "--market",
            "-m",
            metavar="KEY|FILE|all",
            help="Market key or file; may be given several times, or all.",
            autocompletion=_market_keys,
        ),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="The day, YYYY-MM-DD. Default: today in the market.")
    ] = None,
    profile: Annotated[
        str | None, typer.Option("--profile", metavar="NAME|FILE", help="Scoring profile. Default: v2.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout, nothing else there.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing unless something is wrong.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more, with tracebacks.")] = False,
    log_format: Annotated[
        str, typer.Option("--log-format", metavar="auto|console|json", help="Logs on stderr: for people or machines.")
    ] = "auto",
    wait_lock: Annotated[
        str, typer.Option("--wait-lock", metavar="TIME", help="How long to wait for a run that is under way: 90s, 10m.")
    ] = "0s",
    jobs: Annotated[
        int, typer.Option("--jobs", metavar="N", min=1, max=MOST_JOBS, help="So many of several counties at once.")
    ] = 1,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Global options, which may stand before or after the command."""
    if log_format not in {"auto", "console", "json"}:
        raise typer.BadParameter(f"'{log_format}'; expected auto, console or json", param_hint="--log-format")
    state = State(market or (), as_of, profile, json, quiet, verbose, log_format, jobs=jobs)  # type: ignore[arg-type]
    state.wait_lock = seconds_of("--wait-lock", wait_lock)
    if context.invoked_subcommand in _WITHOUT_DAY and state.requested_day is not None:
        named = f"wholesaler {context.invoked_subcommand}"
        raise UsageError(f"--as-of: `{named}` is about what there is now, not about a day.", "Leave it out.")
    context.obj = state


stages.register(app)
leads.register(app)
working.register(leads.leads_app)
leads.leads_app.command("forget")(leads_forget)
leads.leads_app.add_typer(suppression.suppress_app, name="suppress")
watch.register(app)
app.add_typer(alerts.alerts_app, name="alerts")
app.add_typer(markets.app, name="markets")
app.add_typer(database.app, name="db")
app.command()(report)
app.command()(demo)
app.command()(schedule)
app.command()(prune)
for within in (
    app,
    alerts.alerts_app,
    leads.leads_app,
    suppression.suppress_app,
    leads.rejects_app,
    markets.app,
    database.app,
    watch.config_app,
):
    for command in within.registered_commands:
        command.cls = Command
