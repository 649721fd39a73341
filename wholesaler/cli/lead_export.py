"""``leads export`` and ``leads import``: files for other programs, and what comes back from them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wholesaler.cli.interrupts import end_on_signals
from wholesaler.cli.lead_filters import whole_filters, with_filters
from wholesaler.cli.state import State
from wholesaler.errors import ExitCode, UsageError, WholesalerError
from wholesaler.plural import counted

if TYPE_CHECKING:
    from wholesaler.leads.filters import Filters

_FORMATS = ("csv", "xlsx", "geojson", "ics")
#: what a lead lacks that is left out, in words
_REQUIRED = {
    "addressee": "an owner's name",
    "mail_last_line": "its city",
    "mail_line": "a mailing address",
    "situs_line": "an address",
}


@with_filters
def leads_export(
    context: typer.Context,
    filters: "Filters",
    saved: str | None,
    preset: Annotated[
        str,
        typer.Option(
            "--for", metavar="PRESET|FILE", help="plain, mail, skiptrace, propstream, dealmachine, crm, or a file."
        ),
    ] = "plain",
    file_format: Annotated[
        str | None,
        typer.Option("--format", metavar="csv|xlsx|geojson|ics", help="Default: by the name of the file, or csv."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Default: named after market, preset and day, here.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if there is one.")] = False,
    recipient: Annotated[
        str | None,
        typer.Option("--to", metavar="NAME", help="Who gets it, for --since-last-export. Default: the preset."),
    ] = None,
    since_last_export: Annotated[
        bool, typer.Option("--since-last-export", help="Only what is new or has changed since, and what is gone.")
    ] = False,
    per_owner: Annotated[
        bool, typer.Option("--per-owner", help="One row for each owner and mailing address, that of the best lead.")
    ] = False,
) -> None:
    """Write leads to a file for another program: whole or not at all, without anybody who must not be contacted."""
    state: State = context.obj
    market, day = state.market, state.requested_day
    from wholesaler.cli.render import print_json, write
    from wholesaler.leads.export import Order, export
    from wholesaler.leads.presets import load_preset
    from wholesaler.leads.reading import expect_scores_of, scored_day

    name, chosen = load_preset(preset)
    form = _format(file_format, output)
    if recipient is not None and not recipient.strip():
        raise UsageError("--to: nobody is named.", "Leave it out, or name who gets the file.")
    engine = state.engine().execution_options(isolation_level="REPEATABLE READ")
    # a signal leaves no part of the file behind
    with end_on_signals("wholesaler: Interrupted.\n"), engine.begin() as connection:
        expect_scores_of(connection, market.key, day)
        newest = scored_day(connection, market.key)
        if newest is None:
            raise WholesalerError(f"Nothing was ever scored for {market.name}: there are no leads to export.")
        path = output or Path(f"{market.key}-{name}-{newest}.{form}")
        whole = whole_filters(state, connection, filters, saved)
        order = Order(whole, chosen, form, recipient or name, per_owner or chosen.per_owner, since_last_export)
        result = export(connection, market, order, path, overwrite=overwrite)
    if state.json:
        print_json({"command": "leads export", **result})
        return
    kind = "date" if form == "ics" else "row"
    lines = [f"{path}: {counted(result['rows'], kind)} of {counted(result['leads'], 'lead')} of {market.name}."]
    if since_last_export:
        since = result["since"]
        lines.append(
            f"Since {since:%-d %b %Y %H:%M}: {result['new']:,} new, {result['changed']:,} changed, "
            f"{result['gone']:,} gone."
            if since
            else f"The first export to {order.recipient}: all are new."
        )
        if result["gone_leads"] and not chosen.gone:
            lines.append(
                f"Not in the file, since {chosen.title or name} could not tell them apart: what is gone (--json)."
            )
        if result["suppressed"]:
            lines.append(f"{counted(result['suppressed'], 'further lead')} must not be contacted any more.")
    if result["incomplete"]:
        missing = " or ".join(_REQUIRED.get(column, column.replace("_", " ")) for column in chosen.requires)
        lines.append(f"{counted(result['incomplete'], 'lead')} left out, without {missing}.")
    write(*lines)


def _format(named: str | None, output: Path | None) -> str:
    form = named or (output.suffix[1:].lower() if output is not None else "")
    if named is None and form not in _FORMATS:
        return "csv"
    if form not in _FORMATS:
        raise UsageError(f"--format: '{named}' is none.", f"Expected one of {', '.join(_FORMATS)}.")
    return form


def leads_import(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with a line of headings.")],
) -> int:
    """Keep telephones, e-mails and results that came back, by lead_id or parcel number.

    Ends with 3 where something of it could not be used.
    """
    state: State = context.obj
    market = state.market
    from wholesaler.cli.render import print_json, write
    from wholesaler.leads.contacts import import_contacts

    with state.engine().begin() as connection:
        outcome = import_contacts(connection, market, file)
    is_partial = bool(outcome["unusable"] or outcome["unknown"])
    if state.json:
        print_json({"command": "leads import", "market": market.key, **outcome})
        return int(ExitCode.WARNINGS if is_partial else ExitCode.OK)
    parts = ", ".join(
        f"{outcome[name]:,} {name}" for name in ("added", "updated", "unchanged", "repeated") if outcome[name]
    )
    leads = counted(outcome["leads"], "lead")
    lines = [f"{file}: {counted(outcome['lines'], 'line')}; contacts of {leads}: {parts or 'none'}."]
    if outcome["suppressed_telephones"] or outcome["suppressed_leads"]:
        lines.append(
            f"Dropped, since they are suppressed: {counted(outcome['suppressed_telephones'], 'telephone')}, "
            f"{counted(outcome['suppressed_leads'], 'lead')}."
        )
    unusable = {**outcome["unusable"], **({"unknown parcel": outcome["unknown"]} if outcome["unknown"] else {})}
    if unusable:
        kinds = ", ".join(f"{number:,} × {kind.replace('_', ' ')}" for kind, number in unusable.items())
        lines.append(f"Not usable: {kinds}.")
        lines += [f"  line {example['line']}: {example['why']}" for example in outcome["examples"]]
    write("\n".join(lines))
    return int(ExitCode.WARNINGS if is_partial else ExitCode.OK)


def register(app: typer.Typer) -> None:
    """Add the commands to the app of ``leads``."""
    app.command("export")(leads_export)
    app.command("import")(leads_import)
