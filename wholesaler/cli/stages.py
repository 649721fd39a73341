"""The stages as commands, and ``run-all``."""

from typing import TYPE_CHECKING, Annotated

import typer

from wholesaler.cli.state import State

if TYPE_CHECKING:
    from wholesaler.pipeline import RunReport
    from wholesaler.stages.interface import Options


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
    from wholesaler.stages.interface import Options

    return _run_one(context.obj, "ingest", Options(sources=tuple(source or ()), full=full))


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
    from wholesaler.stages.interface import Options

    return _run_one(context.obj, "alert", Options(dry_run=dry_run))


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
    from wholesaler.pipeline import stages_from

    state: State = context.obj
    report = _run(state, stages_from(first, only or []))
    if state.json:
        from wholesaler.cli.output import print_json

        print_json(report.document())
    elif not (state.quiet and report.exit_code == 0):
        from wholesaler.cli.summary import print_run

        print_run(report)
    return report.exit_code


def _run_one(state: State, stage: str, options: "Options | None" = None) -> int:
    run = _run(state, (stage,), options)
    report = run.stages[0]
    if state.json:
        from wholesaler.cli.output import print_json

        print_json(report.document())
    elif run.task.options.dry_run or not (state.quiet and report.exit_code == 0):
        from wholesaler.cli.summary import print_stage

        print_stage(report)
    return run.exit_code


def _run(state: State, stages: tuple[str, ...], options: "Options | None" = None) -> "RunReport":
    settings, market, as_of = state.settings, state.market, state.as_of
    from wholesaler.pipeline import Task, run
    from wholesaler.stages.interface import Options

    return run(Task(settings, market, as_of, stages, state.profile, options or Options()))


def _undo(state: State, written: str) -> int:
    settings, market, as_of = state.settings, state.market, state.as_of
    from wholesaler.cli.output import console, print_json
    from wholesaler.pipeline import Task, opened
    from wholesaler.stages.dedupe import undo

    with opened(Task(settings, market, as_of, ("dedupe",))) as opened_context:
        parcel_id = undo(opened_context, written)
    if state.json:
        print_json({"command": "dedupe --undo", "market": market.key, "parcel_id": parcel_id})
    else:
        console().print(
            f"Property {parcel_id} stands alone again and will not be merged any more. Run `wholesaler score`."
        )
    return 0


_COMMANDS = {
    "ingest": ingest,
    "enrich": enrich,
    "dedupe": dedupe,
    "score": score,
    "alert": alert,
    "check": check,
    "run-all": run_all,
}
