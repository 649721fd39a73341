"""``leads forget``: asks before it clears what cannot be brought back, and says in words what went."""

import sys
from typing import Annotated, Any

import typer

from wholesaler.cli.parcels import Parcel
from wholesaler.cli.state import State
from wholesaler.errors import WholesalerError
from wholesaler.plural import counted

#: what is cleared, in words of one and of several, in the order in which it is told; records follow by their kinds
_WORDS = {
    "contacts": ("contact", "contacts"),
    "notes": ("note or reason", "notes and reasons"),
    "suppressions": ("suppression", "suppressions"),
    "deliveries": ("announcement", "announcements"),
    "parcels": ("parcel of the roll", "parcels of the roll"),
    "property_records": ("record of the roll", "records of the roll"),
    "snapshots": ("record in a snapshot", "records in snapshots"),
    "rejects": ("rejected record", "rejected records"),
}


def leads_forget(
    context: typer.Context,
    parcel: Parcel,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first, as it does at a terminal.")] = False,
) -> None:
    """Forget the people of a lead: contacts, notes and names, in records, announcements, snapshots and reports.

    What keeps them from being contacted stays. It cannot be taken back, and what cannot be reached is named.
    """
    state: State = context.obj
    from wholesaler.cli.render import print_json, write
    from wholesaler.cli.stages import request_of
    from wholesaler.pipeline.start import forget

    if not yes and sys.stdin.isatty() and sys.stderr.isatty():
        _ask(state, parcel)
    outcome = forget(request_of(state), parcel)
    if state.json:
        print_json({"command": "leads forget", "market": state.market.key, **outcome})
        return
    write("\n".join(_lines(outcome)))


def _ask(state: State, parcel: str) -> None:
    """Raises :class:`WholesalerError` where the answer is no."""
    from wholesaler.leads.reading import find_lead

    with state.engine().connect() as connection:
        _, number = find_lead(connection, state.market, parcel)
    named = number if parcel.strip() == number else f"{number} ({parcel.strip()})"
    question = f"Forget contacts, notes and names of parcel {named}? It cannot be taken back"
    if not typer.confirm(question, err=True):
        raise WholesalerError("Nothing was forgotten.")


def _lines(outcome: dict[str, Any]) -> list[str]:
    cleared = dict(outcome["cleared"])
    reports, kept = cleared.pop("reports"), cleared.pop("keep_suppressed")
    kinds = {name: name.replace("_", " ") for name in cleared if name not in _WORDS}
    words = _WORDS | {name: (f"record of {kind}", f"records of {kind}") for name, kind in kinds.items()}
    went = [counted(cleared[name], *each) for name, each in words.items() if cleared.get(name)]
    said = f"people were cleared from {', '.join(went)}" if went else "nothing was to be cleared"
    lines = [f"Parcel {outcome['parcel_id']}: {said}."]
    if kept:
        lines.append("It stays suppressed as a parcel, since the owner is not known by name any more.")
    if reports:
        files = counted(reports, "file")
        lines.append(f"Removed {files} of reports and dates in which it stood: `wholesaler report` makes them anew.")
    return [*lines, "Not reached:", *(f"  {what}" for what in outcome["unreachable"])]
