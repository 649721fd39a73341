"""``leads export`` and ``leads import``: files for other programs, and what comes back from them."""

import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wholesaler.cli.lead_filters import near_any, whole_filters, with_filters
from wholesaler.cli.state import State
from wholesaler.errors import ExitCode, UsageError, WholesalerError
from wholesaler.plural import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from wholesaler.leads.export import Part
    from wholesaler.leads.filters import Filters

#: columns of a file that are named
_NAMED = 12
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
    preview: Annotated[
        bool, typer.Option("--preview", help="A file to look at: not noted as sent, for --since-last-export.")
    ] = False,
) -> int:
    """Write leads to a file for another program: whole or not at all, without anybody who must not be contacted.

    It is noted as sent, and --since-last-export counts from it. Those of several counties go into one file.
    """
    state: State = context.obj
    from wholesaler.cli.interrupts import end_on_signals
    from wholesaler.cli.render import print_json, write
    from wholesaler.leads.export import Order, Part, export
    from wholesaler.leads.presets import load_preset
    from wholesaler.leads.reading import scored_day

    name, chosen = load_preset(preset)
    form = _format(file_format, output)
    if recipient is not None and not recipient.strip():
        raise UsageError("--to: nobody is named.", "Leave it out, or name who gets the file.")
    asked = near_any(state, filters)
    is_per_owner = per_owner or chosen.per_owner
    order = Order(asked, chosen, form, recipient or name, is_per_owner, since_last_export, preview)
    # a signal leaves no part of the file behind
    with end_on_signals("wholesaler: Interrupted.\n"), ExitStack() as transactions:

        def open_part(county: State) -> Part:
            with ExitStack() as opened:
                engine = county.engine().execution_options(isolation_level="REPEATABLE READ")
                connection = opened.enter_context(engine.begin())
                _expect_leads(county, connection)
                whole = whole_filters(county, connection, asked, saved)
                transactions.push(opened.pop_all())
            return Part(connection, county.market, replace(order, filters=whole))

        parts, code = _open_parts(state, open_part)
        if not parts:
            return int(code)
        newest = max(filter(None, (scored_day(part.connection, part.market.key) for part in parts)))
        county = "leads" if state.is_about_several else parts[0].market.key
        path = output or Path(f"{county}-{name}-{newest}.{form}")
        results = export(parts, path, overwrite=overwrite)
    if state.json and state.is_about_several:
        print_json({"command": "leads export", "file": str(path), "markets": results, "exit_code": int(code)})
    elif state.json:
        print_json({"command": "leads export", **results[0]})
    else:
        for part, result in zip(parts, results, strict=True):
            write(*_lines(part, result))
    return int(code)


def _open_parts(state: State, open_part: "Callable[[State], Part]") -> "tuple[list[Part], ExitCode]":
    """What is exported of each county, and the exit code of those of which nothing can be."""
    if not state.is_about_several:
        return [open_part(state)], ExitCode.OK
    from wholesaler.cli.several import gather

    found, code = gather(state, "leads export", open_part)
    return [part for _, part in found], code


def _expect_leads(state: State, connection: "Connection") -> None:
    """Raise where there are no leads to export, or those of another day than the one that is asked for."""
    from wholesaler.leads.reading import expect_scores_of, scored_day

    market = state.market
    expect_scores_of(connection, market.key, state.requested_day)
    if scored_day(connection, market.key) is None:
        raise WholesalerError(f"Nothing was ever scored for {market.name}: there are no leads to export.")


def _lines(part: "Part", result: dict[str, Any]) -> list[str]:
    """What a file has of a county."""
    order = part.order
    kind = "date" if order.format == "ics" else "row"
    name = f"{result['file']}: {counted(result['rows'], kind)} of {counted(result['leads'], 'lead')}"
    noted = "a preview, not noted as sent"
    if not order.is_preview:
        noted = f"noted as sent to {order.recipient}; --since-last-export counts from it"
    lines = [f"{name} of {part.market.name}, {noted}."]
    if order.since_last:
        since = result["since"]
        lines.append(
            f"Since {since:%-d %b %Y %H:%M}: {result['new']:,} new, {result['changed']:,} changed, "
            f"{result['gone']:,} gone."
            if since
            else f"The first export to {order.recipient}: all are new."
        )
        if result["gone_leads"] and not order.preset.gone:
            taker = order.preset.title or order.recipient
            lines.append(f"What is gone is not in the file, where {taker} would take it for leads; --json lists it.")
        if result["suppressed"]:
            lines.append(f"{counted(result['suppressed'], 'further lead')} must not be contacted any more.")
    if result["incomplete"]:
        missing = " or ".join(_REQUIRED.get(column, column.replace("_", " ")) for column in order.preset.requires)
        lines.append(
            f"{counted(result['incomplete'], 'lead')} left out for want of {missing}, until the county says it; "
            "a file --for plain has them all."
        )
    return lines


def _format(named: str | None, output: Path | None) -> str:
    known = ", ".join(_FORMATS)
    ending = output.suffix[1:] if output is not None and named is None else ""
    if ending and ending.lower() not in _FORMATS:
        raise UsageError(f"--output: {ending} is none of {known}.", "Name a file of one of these, or say --format too.")
    form = named or ending.lower() or "csv"
    if form not in _FORMATS:
        raise UsageError(f"--format: '{named}' is none.", f"Expected one of {known}.")
    return form


def leads_import(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or Excel workbook (.xlsx) with headings.")],
) -> int:
    """Keep telephones, e-mails and results that came back, by lead_id or parcel number.

    Whom the file says to leave alone (DNC, litigator, deceased) is suppressed. Ends with 3 where something of it could
    not be used.
    """
    state: State = context.obj
    market = state.market
    from wholesaler.cli.render import print_json, write
    from wholesaler.cli.working import who
    from wholesaler.leads.contacts import import_contacts

    with state.engine().begin() as connection:
        outcome = import_contacts(connection, market, file, who(None))
    is_partial = bool(outcome["unusable"] or outcome["unknown"])
    if state.json:
        print_json({"command": "leads import", "market": market.key, **outcome})
    else:
        write("\n".join(_imported_lines(outcome, market.name)))
    if outcome["unused_columns"]:
        _say_unused(state, outcome["unused_columns"])
    return int(ExitCode.WARNINGS if is_partial else ExitCode.OK)


def _imported_lines(outcome: dict[str, Any], market: str) -> list[str]:
    """What came of a file."""
    from wholesaler.cli.suppression import suppression_lines

    parts = ", ".join(
        f"{outcome[name]:,} {name}" for name in ("added", "updated", "unchanged", "repeated") if outcome[name]
    )
    leads = counted(outcome["leads"], "lead")
    lines = [f"{outcome['file']}: {counted(outcome['lines'], 'line')}; contacts of {leads}: {parts or 'none'}."]
    if said := suppression_lines(outcome["suppressed"], market):
        lines.append("The file says of some that nobody is to contact them; `leads suppress remove` lifts it again.")
        lines += said
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
    return lines


def _say_unused(state: State, columns: list[str]) -> None:
    """Name on stderr the columns of a file that nothing was taken from, in a line."""
    from wholesaler.cli.render import show

    if state.log_format == "json":
        from wholesaler.logs import log

        log.warning("columns_not_used", columns=columns)
        return
    more = f" and {len(columns) - _NAMED} more (--json)" if len(columns) > _NAMED else ""
    named = ", ".join(show(name)[:40] for name in columns[:_NAMED])
    sys.stderr.write(f"wholesaler: Columns not used: {named}{more}.\n")


def register(app: typer.Typer) -> None:
    """Add the commands to the app of ``leads``."""
    app.command("export")(leads_export)
    app.command("import")(leads_import)
