"""The stages as commands, and ``run-all``: ask for a run, show how it went."""

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wholesaler.cli.durations import seconds_of
from wholesaler.cli.state import State
from wholesaler.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from wholesaler.pipeline.run import RunReport
    from wholesaler.pipeline.start import Request

Wait = Annotated[bool, typer.Option("--wait", help="Begin when the stage before has ended well for the day.")]
WaitTimeout = Annotated[
    str | None, typer.Option("--wait-timeout", metavar="TIME", help="How long --wait waits, such as 30m. Default: 1h.")
]
_HOUR = 3600.0


def register(app: typer.Typer) -> None:
    """Add the stage commands to ``app``."""
    for name, function in _COMMANDS.items():
        app.command(name)(function)


def _source_names(context: typer.Context, incomplete: str) -> list[str]:
    """The sources of the markets that are named so far, for a shell; none of those whose files cannot be read."""
    from wholesaler.errors import WholesalerError
    from wholesaler.markets import market_path, read_effective

    state = State(context.find_root().params.get("market") or ())
    names: dict[str, None] = {}
    with suppress(WholesalerError):
        for county in state.counties:
            with suppress(WholesalerError):
                sources = read_effective(market_path(county.named_market or county.settings.market)).data.get("sources")
                names |= dict.fromkeys(sources if isinstance(sources, dict) else ())
    return [name for name in names if name.startswith(incomplete)]


def ingest(
    context: typer.Context,
    source: Annotated[
        list[str] | None,
        typer.Option(
            "--source",
            metavar="NAME",
            help="Only this source; may be given several times.",
            autocompletion=_source_names,
        ),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Load the whole appraiser's roll, not only leads' parcels.")
    ] = False,
    wait: Wait = False,
    wait_timeout: WaitTimeout = None,
) -> int:
    """Load the county's public records.

    Tax sales, foreclosures, code violations, and the appraiser's roll of the parcels they name.
    """
    return run_one(context.obj, "ingest", _patience(wait, wait_timeout), sources=tuple(source or ()), full=full)


def enrich(context: typer.Context, wait: Wait = False, wait_timeout: WaitTimeout = None) -> int:
    """Address, location, roll and nearby violations of each property."""
    return run_one(context.obj, "enrich", _patience(wait, wait_timeout))


def dedupe(
    context: typer.Context,
    undo: Annotated[
        str | None,
        typer.Option(
            "--undo",
            metavar="PARCEL|SOURCE:KEY",
            help="Take back, for good, the merge of a property, the matches to a parcel, or one record's match.",
        ),
    ] = None,
    wait: Wait = False,
    wait_timeout: WaitTimeout = None,
) -> int:
    """Find the parcel of records without one; merge duplicates."""
    if undo is not None:
        return _undo(context.obj, undo)
    return run_one(context.obj, "dedupe", _patience(wait, wait_timeout))


def score(
    context: typer.Context,
    compare: Annotated[
        str | None,
        typer.Option(
            "--compare",
            metavar="NAME|FILE|current",
            help="Show which leads this profile has in another tier, or the scores there are.",
        ),
    ] = None,
    current: Annotated[
        bool, typer.Option("--current", help="Make a day older than the list of leads that list, not history only.")
    ] = False,
    wait: Wait = False,
    wait_timeout: WaitTimeout = None,
) -> int:
    """Score every lead into tiers A to D; keep a snapshot of the day.

    With --compare nothing is written: what is shown is what the profile in use would change.
    """
    if compare is None:
        return run_one(context.obj, "score", _patience(wait, wait_timeout), current=current)
    if current:
        raise UsageError("--compare and --current cannot be used together.")
    from wholesaler.cli.comparison import show_comparison

    show_comparison(context.obj, None if compare == "current" else compare)
    return 0


def alert(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would go out; send nothing.")] = False,
    test: Annotated[
        bool, typer.Option("--test", help="Send a sample to every channel and show what each answered.")
    ] = False,
    wait: Wait = False,
    wait_timeout: WaitTimeout = None,
) -> int:
    """Tell the channels about new leads.

    With --test nothing else is sent, and nothing is written.
    """
    if test:
        if dry_run or wait:
            raise UsageError("--test stands alone.", "Leave --dry-run and --wait out.")
        from wholesaler.cli.alerts import try_channels

        return try_channels(context.obj)
    return run_one(context.obj, "alert", _patience(wait, wait_timeout), dry_run=dry_run)


def check(
    context: typer.Context,
    acknowledge: Annotated[
        str | None,
        typer.Option("--acknowledge", metavar="NAME", help="A warning that is known: no exit code 3, no message."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", help="The last day for it; one that has passed ends it.")
    ] = None,
    wait: Wait = False,
    wait_timeout: WaitTimeout = None,
) -> int:
    """Check the data: counts, completeness, consistency, PostGIS.

    With --acknowledge nothing is checked.
    """
    if acknowledge is not None or until is not None:
        from wholesaler.cli.watch import acknowledge_warning

        return acknowledge_warning(context.obj, acknowledge, until)
    return run_one(context.obj, "check", _patience(wait, wait_timeout))


def run_all(
    context: typer.Context,
    first: Annotated[str | None, typer.Option("--from", metavar="STAGE", help="Begin with this stage.")] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="STAGE", help="Only this stage; may be given several times.")
    ] = None,
) -> int:
    """Run all stages in order, from ingest to check."""
    state: State = context.obj
    report = _start(state, first=first, only=tuple(only or ()))
    _note_result(report)
    if state.json:
        from wholesaler.cli.render import print_json

        print_json(report.document())
    elif not (state.quiet and report.exit_code == 0):
        from wholesaler.cli.run_report import print_run

        print_run(report)
    return report.exit_code


def backfill(
    context: typer.Context,
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="The first day.")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="The last day.")],
) -> int:
    """Rebuild the score history of missed days.

    From the snapshots of their lists, with today's roll and profile. The list and what is announced stay as they are.
    Ends with 3 where a day cannot be had.
    """
    state: State = context.obj
    from wholesaler.pipeline.start import backfill as rebuild

    document = rebuild(request_of(state, stage="score"), first, last)
    code = ExitCode.WARNINGS if any(day["reason"] for day in document["days"]) else ExitCode.OK
    from wholesaler.cli.render import print_json, table, write

    if state.json:
        print_json({**document, "exit_code": int(code)})
    elif not (state.quiet and code is ExitCode.OK):
        rows = [(day["day"], day["leads"], day["reason"] or "rebuilt") for day in document["days"]]
        write(
            table(f"History of {state.market.name}", ("day", "leads", "result"), rows, ("leads",)),
            "Scored with today's roll and profile. The list of leads and what is announced are as they were.",
        )
    return code


def _patience(wait: bool, timeout: str | None) -> float | None:
    """The seconds for which the stage before is waited for; none when it is not."""
    if timeout is not None and not wait:
        raise UsageError("--wait-timeout is for --wait.")
    seconds = _HOUR if timeout is None else seconds_of("--wait-timeout", timeout)
    return seconds if wait else None


def run_one(state: State, stage: str, wait: float | None, **options: Any) -> int:
    """Run one stage, and show how it went."""
    run = _start(state, stage=stage, wait=wait, options=options)
    report = run.stages[0]
    _note_result(run)
    if state.json:
        from wholesaler.cli.render import print_json

        print_json(report.document())
    elif run.task.options.dry_run or not (state.quiet and run.exit_code == 0):
        from wholesaler.cli.run_report import print_stage

        print_stage(report)
    return run.exit_code


def _start(state: State, **asked: Any) -> "RunReport":
    """How the stages that are asked for went; raises :class:`StartError` when they cannot begin."""
    from wholesaler.pipeline.start import start

    return start(request_of(state, **asked))


def _note_result(run: "RunReport") -> None:
    """What of a run stands among those of other counties: why it failed, else its leads."""
    from wholesaler.cli.render import note_result
    from wholesaler.cli.run_report import headline

    failed = next((report.error for report in run.stages if report.error), None)
    telling = [report for report in run.stages if report.command == "score"] or run.stages[-1:]
    note_result(failed["message"] if failed else headline(telling[0]))


def _undo(state: State, named: str) -> int:
    from wholesaler.pipeline.start import undo

    market, undone = undo(request_of(state, stage="dedupe"), named)
    from wholesaler.cli.render import print_json, write

    records = [{"source": source, "record_key": key} for source, key in undone.records]
    if state.json:
        print_json({"command": "dedupe --undo", "market": market, "parcel_id": undone.parcel_id, "records": records})
    elif records:
        named_records = ", ".join(f"{source}:{key}" for source, key in undone.records)
        write(
            f"Not of parcel {undone.parcel_id} any more, and never matched to it again: {named_records}. "
            "Run `wholesaler score`."
        )
    else:
        write(
            f"Property {undone.parcel_id} stands alone again and will not be merged any more. Run `wholesaler score`."
        )
    return 0


def request_of(state: State, **asked: Any) -> "Request":
    """What the global options ask of a run, with what its own ask."""
    from wholesaler.cli.interrupts import end_on_signals
    from wholesaler.pipeline.start import Request

    # cron leaves both to nobody
    is_watched = any(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))
    return Request(
        state.named_market,
        state.named_day,
        state.profile,
        is_watched=is_watched,
        wait_lock=state.wait_lock,
        configure_logs=state.configure_logs,
        end_in_order=lambda: end_on_signals(_last_word(state)),
        **asked,
    )


def _last_word(state: State) -> str:
    """What a run says that does not hear a signal."""
    from wholesaler.logs import error_line

    return error_line(state.log_format, "Interrupted.", type="KeyboardInterrupt", exit_code=int(ExitCode.FAILED))


_COMMANDS: dict[str, Callable[..., int]] = {
    "ingest": ingest,
    "enrich": enrich,
    "dedupe": dedupe,
    "score": score,
    "alert": alert,
    "check": check,
    "run-all": run_all,
    "backfill": backfill,
}
