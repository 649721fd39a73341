"""``wholesaler report``: the leads in one HTML file, with a map."""

from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from wholesaler.cli.state import State
from wholesaler.errors import UsageError, WholesalerError
from wholesaler.plural import counted


def report(
    context: typer.Context,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="Write it here. Default: in the reports of WHOLESALER_HOME."),
    ] = None,
    show: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """The leads in one HTML file: map, table, and a sheet of each; beside it the calendar of sales and calls.

    With --output the file alone.
    """
    state: State = context.obj
    market, settings, asked = state.market, state.settings, state.requested_day
    from wholesaler.cli.render import print_json, program, write
    from wholesaler.home import make_home
    from wholesaler.leads.dates import write_dates
    from wholesaler.leads.reading import expect_scores_of, scored_day
    from wholesaler.leads.report import make_report
    from wholesaler.notify.report import is_report, report_file, write_page
    from wholesaler.stages.properties.freshness import stale_sources

    if output is not None and output.exists() and not is_report(output):
        raise UsageError(f"--output: {output} is there and is no report.", "Name a file that is not there yet.")
    with state.engine().connect() as connection:
        expect_scores_of(connection, market.key, asked)
        day = scored_day(connection, market.key)
        if day is None:
            named = f" --market {quote(state.named_market)}" if state.named_market else ""
            raise WholesalerError(
                f"There is nothing to report: nothing was ever scored for {market.name} ({market.key}).",
                f"Run `{program()} run-all{named}`.",
            )
        made = make_report(connection, market, settings, day, stale_sources(connection, market, day))
    path = report_file(settings, market.key, day) if output is None else output.absolute()
    try:
        if output is None:
            make_home(settings.home)
            path.parent.mkdir(0o700, exist_ok=True)
        write_page(path, made.html)
        dates = None
        if output is None:
            with state.engine().connect() as connection:
                dates = write_dates(connection, market, settings, day)
    except OSError as error:
        raise WholesalerError(
            f"The report {path} could not be written: {error.strerror or error}.",
            "Name a file on a disk with room, in a directory that this user may write to.",
        ) from None
    if state.json:
        document = {"command": "report", "market": market.key, "as_of": day, "path": str(path)}
        calendar = None if dates is None else str(dates)
        print_json({**document, "calendar_path": calendar, "leads": made.leads, "total": made.total})
    elif not state.quiet:
        best = f" (the best {made.leads:,})" if made.leads < made.total else ""
        lines = [f"  calendar: {dates}"] if dates is not None else []
        write(f"{counted(made.total, 'lead')}{best} of {market.name} on {day}", f"  report: {path}", *lines)
    if show:
        _open(path)


def _open(path: Path) -> None:
    """Show a file in the user's browser. Raises :class:`WholesalerError` where there is none."""
    import webbrowser

    if not webbrowser.open(path.as_uri()):
        raise WholesalerError(f"No browser could be opened here; the report is {path}.", "Open it on another machine.")
