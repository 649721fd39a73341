"""Reading commands: ``stats``, ``leads``, ``runs``, ``rejects``."""

from typing import Annotated, Any

import typer

from wholesaler.cli.state import State

leads_app = typer.Typer(help="The leads: list them, or see everything behind one.")
rejects_app = typer.Typer(help="The records that cannot be used, with their reasons.")

Limit = Annotated[int, typer.Option("--limit", min=1, max=1_000_000, help="At most so many.")]


def register(app: typer.Typer) -> None:
    """Add the reading commands to ``app``."""
    app.command()(stats)
    app.add_typer(leads_app, name="leads")
    app.command()(runs)
    app.add_typer(rejects_app, name="rejects")


def stats(context: typer.Context) -> None:
    """The tier table: of the scores there are, or with --as-of of that day."""
    state: State = context.obj
    market, day = state.market, state.asked_day
    from wholesaler.cli.output import console, print_json
    from wholesaler.leads.reading import tiers

    with state.engine().connect() as connection:
        found = tiers(connection, market.key, day)
    if state.json:
        print_json({"command": "stats", "market": market.key, **found})
        return
    from wholesaler.cli.summary import tier_table

    out = console()
    out.print(tier_table(found))
    if found["as_of"]:
        out.print(f"Scores of {found['as_of']}.")


@leads_app.command("list")
def leads_list(
    context: typer.Context,
    tier: Annotated[
        list[str] | None, typer.Option("--tier", metavar="A|B|C|D", help="Only this tier; may be given several times.")
    ] = None,
    new: Annotated[bool, typer.Option("--new", help="Only leads that are new in tier A.")] = False,
    limit: Limit = 50,
) -> None:
    """The leads, best first."""
    state: State = context.obj
    market, day = state.market, state.asked_day
    from wholesaler.cli.output import console, print_json
    from wholesaler.leads.reading import expect_scores_of, leads

    with state.engine().connect() as connection:
        expect_scores_of(connection, market.key, day)
        found = leads(connection, market.key, [name.upper() for name in tier or []], new, limit)
    if state.json:
        print_json(found)
        return
    from wholesaler.cli.lead import leads_table

    console().print(leads_table(found))


@leads_app.command("show")
def leads_show(
    context: typer.Context,
    parcel: Annotated[str, typer.Argument(metavar="PARCEL", help="Parcel number in any form of the market.")],
) -> None:
    """Everything behind one lead: rules, deal, records, history."""
    state: State = context.obj
    market, day = state.market, state.asked_day
    from wholesaler.cli.output import console, print_json
    from wholesaler.leads.reading import expect_scores_of, lead

    with state.engine().connect() as connection:
        expect_scores_of(connection, market.key, day)
        found = lead(connection, market, parcel)
    if state.json:
        print_json(found)
        return
    from wholesaler.cli.lead import lead_sheet

    out = console()
    for part in lead_sheet(found):
        out.print(part)


def runs(context: typer.Context, limit: Limit = 20) -> None:
    """The newest attempts of stages and sources, newest first; with --as-of only those for that day."""
    state: State = context.obj
    market, day = state.market, state.asked_day
    from wholesaler.cli.output import console, print_json, table
    from wholesaler.db.run_ledger import COUNTS, recent_runs

    found = recent_runs(state.engine(), market.key, limit, day)
    if state.json:
        print_json({"runs": found})
        return
    headings = ("started", "stage", "day", "attempt", "status", "seconds", "result")
    rows: list[tuple[Any, ...]] = [
        (
            row["started_at"],
            " ".join(filter(None, (row["stage"], row["source"]))),
            row["as_of"],
            row["attempt"],
            row["status"],
            row["seconds"],
            (row["error"] or {}).get("message") or ", ".join(f"{row[name]:,} {name}" for name in COUNTS if row[name]),
        )
        for row in found
    ]
    console().print(table(f"Runs of {market.name}", headings, rows, ("attempt", "seconds")))


@rejects_app.command("list")
def rejects_list(context: typer.Context, limit: Limit = 50) -> None:
    """The records that the sources still send and that cannot be used."""
    state: State = context.obj
    market = state.market
    from wholesaler.cli.output import console, print_json, table
    from wholesaler.leads.reading import rejects

    with state.engine().connect() as connection:
        found = rejects(connection, market.key, limit)
    if state.json:
        print_json(found)
        return
    rows = [(row["source"], row["reason"], row["first_seen_at"]) for row in found["rejects"]]
    out = console()
    out.print(table(None, ("source", "reason", "first seen"), rows))
    out.print(f"{len(rows):,} of {found['total']:,} records. `--json` shows the records themselves.")
