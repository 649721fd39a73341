"""``wholesaler prune``: let go what is old enough, or tell what would go."""

from typing import TYPE_CHECKING, Annotated

import typer

from wholesaler.cli.stages import request_of
from wholesaler.cli.state import State
from wholesaler.errors import ExitCode
from wholesaler.plural import counted

if TYPE_CHECKING:
    from wholesaler.pipeline.prune import Outcome

#: of names that are told in one line
_MOST_NAMES = 12


def prune(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would go; remove nothing.")] = False,
) -> int:
    """Remove what is older than the settings keep it: history, runs, rejects, reports, leftovers.

    `run-all` does so at its end.
    """
    state: State = context.obj
    if dry_run:
        from wholesaler.pipeline.prune import Pruning
        from wholesaler.pipeline.prune import prune as tell

        market = state.market
        key, outcome = market.key, tell(Pruning(state.engine(), state.settings, market, state.as_of, dry_run=True))
    else:
        from wholesaler.pipeline.start import prune as let_go

        key, outcome = let_go(request_of(state))
    from wholesaler.cli.render import print_json, write

    if state.json:
        print_json({"command": "prune", "market": key, "dry_run": dry_run, **outcome.document()})
    elif not (state.quiet and not outcome.warnings and not dry_run):
        write("\n".join(_lines(outcome, dry_run)))
    return int(ExitCode.WARNINGS if outcome.warnings else ExitCode.OK)


def _lines(outcome: "Outcome", dry_run: bool) -> list[str]:
    lines = []
    for name, part in outcome.parts.items():
        if part.count:
            names = ", ".join(part.names[:_MOST_NAMES]) + (", …" if len(part.names) > _MOST_NAMES else "")
            lines.append(
                f"{name}: {counted(part.count, part.unit)} {'would go' if dry_run else 'removed'} {names}".strip()
            )
    if not lines and not outcome.warnings:
        lines.append("Nothing is old enough to go.")
    return [*lines, *(f"  warning: {warning}" for warning in outcome.warnings)]
