"""The stages as commands, and ``run-all``.

The lock of the market comes before the imports of the work, which take as long as all that a second run may take.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wholesaler.cli.interrupts import ended_by_signals
from wholesaler.cli.state import State
from wholesaler.errors import ExitCode, LockedError, WholesalerError

if TYPE_CHECKING:
    from wholesaler.pipeline.run import RunReport


class NotBegun(Exception):
    """A stage or run that could not begin, since ``reason``."""

    def __init__(self, state: State, command: str, started_at: datetime, reason: Exception) -> None:
        super().__init__(str(reason))
        self._state = state
        self._command = command
        self._started_at = started_at
        self.reason = reason

    def document(self, code: ExitCode, error: dict[str, Any]) -> dict[str, Any]:
        """The document of the stage or run, in the shape that it has at other times."""
        from wholesaler.documents import run_document, stage_document

        status = "skipped" if code is ExitCode.LOCKED else "failure"
        market, as_of, now = _market_key(self._state), _day(self._state), datetime.now(UTC)
        if self._command == "run-all":
            return run_document(market, as_of, status, self._started_at, now, int(code), error=error)
        return stage_document(self._command, market, as_of, status, self._started_at, now, error=error)


def register(app: typer.Typer) -> None:
    """Add the stage commands to ``app``."""
    for name, function in _COMMANDS.items():
        app.command(name)(function)


def ingest(
    context: typer.Context,
    source: Annotated[
        list[str] | None, typer.Option("--source", metavar="NAME", help="Only this source; may be given several times.")
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Load the whole appraiser's roll, not only leads' parcels.")
    ] = False,
) -> int:
    """Load the county's public records.

    Tax sales, foreclosures, code violations, and the appraiser's roll of the parcels they name.
    """
    return _run_one(context.obj, "ingest", sources=tuple(source or ()), full=full)


def enrich(context: typer.Context) -> int:
    """Address, location, roll and nearby violations of each property."""
    return _run_one(context.obj, "enrich")


def dedupe(
    context: typer.Context,
    undo: Annotated[
        str | None, typer.Option("--undo", metavar="PARCEL", help="Take the merge of this property back, for good.")
    ] = None,
) -> int:
    """Find the parcel of records without one; merge duplicates."""
    if undo is not None:
        return _undo(context.obj, undo)
    return _run_one(context.obj, "dedupe")


def score(context: typer.Context) -> int:
    """Score every lead into tiers A to D; keep a snapshot of the day."""
    return _run_one(context.obj, "score")


def alert(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would go out; send nothing.")] = False,
) -> int:
    """Tell Slack and e-mail about leads new in tier A."""
    return _run_one(context.obj, "alert", dry_run=dry_run)


def check(context: typer.Context) -> int:
    """Check the data: counts, completeness, consistency, PostGIS."""
    return _run_one(context.obj, "check")


def run_all(
    context: typer.Context,
    first: Annotated[str | None, typer.Option("--from", metavar="STAGE", help="Begin with this stage.")] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="STAGE", help="Only this stage; may be given several times.")
    ] = None,
) -> int:
    """Run all stages in order, from ingest to check."""
    state: State = context.obj
    report = _run(state, "run-all", first, only or [])
    if state.json:
        from wholesaler.cli.render import print_json

        print_json(report.document())
    elif not (state.quiet and report.exit_code == 0):
        from wholesaler.cli.render import print_run

        print_run(report)
    return report.exit_code


def _run_one(state: State, stage: str, **options: Any) -> int:
    run = _run(state, stage, None, [stage], **options)
    report = run.stages[0]
    if state.json:
        from wholesaler.cli.render import print_json

        print_json(report.document())
    elif run.task.options.dry_run or not (state.quiet and report.exit_code == 0):
        from wholesaler.cli.render import print_stage

        print_stage(report)
    return run.exit_code


def _run(state: State, command: str, first: str | None, only: Sequence[str], **options: Any) -> "RunReport":
    """The report of the stages that ``command`` is about; raises :class:`NotBegun` when there is none."""
    started_at = datetime.now(UTC)
    try:
        with ended_by_signals(), _locked(state):
            from wholesaler.pipeline.run import Task, run, stages_from
            from wholesaler.stages.interface import Options

            stages = stages_from(first, only)
            task = Task(state.settings, state.market, state.as_of, stages, state.profile, Options(**options))
            return run(task, locked=True)
    except Exception as error:
        if not options.get("dry_run"):
            _tell(state, command, error)
        raise NotBegun(state, command, started_at, error) from error


def _undo(state: State, written: str) -> int:
    with ended_by_signals(), _locked(state):
        from wholesaler.pipeline.run import Task, opened
        from wholesaler.stages.dedupe.stage import undo

        with opened(Task(state.settings, state.market, state.as_of, ("dedupe",)), locked=True) as opened_context:
            parcel_id = undo(opened_context, written)
    from wholesaler.cli.render import print_json, write

    if state.json:
        print_json({"command": "dedupe --undo", "market": state.market.key, "parcel_id": parcel_id})
    else:
        write(f"Property {parcel_id} stands alone again and will not be merged any more. Run `wholesaler score`.")
    return 0


@contextmanager
def _locked(state: State) -> Iterator[None]:
    """Hold the lock of the market on this machine, once the options are known to be right."""
    from wholesaler.config import load_settings
    from wholesaler.locks import machine_lock
    from wholesaler.markets import load_market

    # not state.settings, which set the logs up: that takes half as long again as all before it
    settings = load_settings()
    state.market = load_market(state.named_market or settings.market)
    _ = state.as_of  # a wrong date is worse than a held lock
    with machine_lock(settings.home, state.market.key):
        yield


def _tell(state: State, command: str, error: Exception) -> None:
    """Have it announced that ``command`` could not begin, as far as there are settings to say where."""
    if isinstance(error, LockedError):
        return  # before the imports
    try:
        settings = state.settings
    except WholesalerError:
        return
    from wholesaler.pipeline.announcements import announce_not_begun

    key = _market_key(state) or "unknown"
    try:
        name = state.market.name
    except WholesalerError:
        name = key
    # cron leaves both to nobody
    watched = any(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))
    day = _day(state) or datetime.now(UTC).date()
    announce_not_begun(settings, (key, name), day, command, error, watched=watched)


def _market_key(state: State) -> str | None:
    """The market's key, or what it seems to be when its file cannot be read."""
    try:
        return state.market.key
    except WholesalerError:
        pass
    try:
        return Path(state.named_market or state.settings.market).stem
    except WholesalerError:
        return None


def _day(state: State) -> date | None:
    """The day, if it can be known."""
    try:
        return state.as_of
    except WholesalerError:
        return None


_COMMANDS = {
    "ingest": ingest,
    "enrich": enrich,
    "dedupe": dedupe,
    "score": score,
    "alert": alert,
    "check": check,
    "run-all": run_all,
}
