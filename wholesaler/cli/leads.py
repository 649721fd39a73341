"""Reading commands: ``stats``, ``leads``, ``history``, ``runs``, ``rejects``.

What has nothing to show says what to run.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wholesaler.cli import lead_export
from wholesaler.cli.lead_filters import near_any, whole_filters, with_filters
from wholesaler.cli.parcels import Parcel, Parcels, expect_quoted
from wholesaler.cli.state import State
from wholesaler.errors import UsageError, WholesalerError, did_you_mean
from wholesaler.plural import counted

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from wholesaler.leads.filters import Filters

leads_app = typer.Typer(help="The leads: list them, or see everything behind one.")
rejects_app = typer.Typer(help="The records that cannot be used, with their reasons.")

_REJECT = ("source", "reason", "first_seen_at")
#: in the name that ``Filters`` has for it: the option, where that is another
_OPTIONS = {"cities": "city", "zips": "zip", "signals": "signal", "owner_classes": "owner-class", "statuses": "status"}
#: of the cities of a county so many are named
_CITIES = 12
#: characters of a rejected record that are shown
_EXCERPT = 80

#: what becomes of a lead from one day to the next
_CHANGES = {"first": "a lead for the first time", "back": "a lead again", "gone": "no lead any more"}

Limit = Annotated[int, typer.Option("--limit", min=1, max=1_000_000, help="At most so many.")]


def register(app: typer.Typer) -> None:
    """Add the reading commands to ``app``."""
    app.command()(stats)
    lead_export.register(leads_app)
    app.add_typer(leads_app, name="leads")
    app.command()(history)
    app.command()(runs)
    app.add_typer(rejects_app, name="rejects")


def stats(
    context: typer.Context,
    outcomes: Annotated[
        bool, typer.Option("--outcomes", help="What came of the leads you worked on, by tier, signal and rule.")
    ] = False,
) -> None:
    """The tier table: of the scores there are, or with --as-of of that day."""
    state: State = context.obj
    market, day = state.market, state.requested_day
    if outcomes:
        _show_outcomes(state)
        return
    from wholesaler.cli.render import print_json, write
    from wholesaler.cli.run_report import tier_table
    from wholesaler.leads.reading import tiers

    with state.engine().connect() as connection:
        counts = tiers(connection, market.key, day)
        if state.json:
            print_json({"command": "stats", "market": market.key, **counts})
        elif counts["total_leads"]:
            write(tier_table(counts), f"{market.name} ({market.key}). Scores of {counts['as_of']}.")
            workable = counts["workable_leads"]
            if workable is not None and (hidden := counts["total_leads"] - workable):
                write(f"{hidden:,} of them in no list: suppressed, closed, dead or dnc.")
        else:
            write(_no_leads(state, connection, "stats"))


def _show_outcomes(state: State) -> None:
    from wholesaler.cli.render import money, print_json, table, write
    from wholesaler.leads.outcomes import COUNTS, GROUPS, outcomes

    market = state.market
    with state.engine().connect() as connection:
        found = outcomes(connection, market, state.requested_day)
    if state.json:
        print_json({"command": "stats --outcomes", "market": market.key, "as_of": state.requested_day, **found})
        return
    if not any(found["all"].values()):
        write(f"No lead of {market.name} was worked on: `wholesaler leads set PARCEL contacted` says that one was.")
        return
    headings = ("by", "name", *COUNTS, "closed for")
    rows = [
        (group, name, *(f"{counts[count]:,}" for count in COUNTS), money(counts["amount"]))
        for group in ("all", *GROUPS)
        for name, counts in ({"": found["all"]} if group == "all" else found[group]).items()
    ]
    write(table(f"What came of the leads of {market.name}", headings, rows, headings[2:]))


@leads_app.command("list")
@with_filters
def leads_list(
    context: typer.Context,
    filters: "Filters",
    saved: str | None,
    save: Annotated[
        str | None, typer.Option("--save", metavar="NAME", help="Keep these filters under a name for --saved.")
    ] = None,
    limit: Limit = 50,
) -> int:
    """The leads, best first; without those that nobody works on. Of several counties in one list."""
    state: State = context.obj
    if state.is_about_several:
        asked = near_any(state, filters)
        return _list_several(state, partial(_read_page, filters=asked, saved=saved, save=save, limit=limit), limit)
    from wholesaler.cli.lead_table import leads_table, signals_line
    from wholesaler.cli.render import print_json, write

    page, whole = _read_page(state, filters, saved, save, limit)
    if state.json:
        print_json(page)
    elif page["leads"]:
        number = f"{len(page['leads']):,} of {counted(page['total'], 'lead')}"
        title = f"{number} of {state.market.name} on {page['leads'][0]['as_of']}, {_order(whole)}"
        write(leads_table(page, title), signals_line(page))
    else:
        with state.engine().connect() as connection:
            hint = _city_hint(connection, state.market.key, whole.cities)
            write(_no_leads(state, connection, "leads list", _in_words(whole), hint))
    return 0


def _read_page(
    state: State, filters: "Filters", saved: str | None, save: str | None, limit: int
) -> "tuple[dict[str, Any], Filters]":
    """The leads of a county, and all that is asked for of them."""
    from wholesaler.leads.listing import leads
    from wholesaler.leads.reading import expect_scores_of

    market, day = state.market, state.requested_day
    with state.engine().begin() as connection:
        expect_scores_of(connection, market.key, day)
        whole = whole_filters(state, connection, filters, saved)
        page = leads(connection, market, whole, limit)
        if save is not None:
            from wholesaler.leads.saved import save_filters

            save_filters(connection, market.key, save, whole)
    return page, whole


def _list_several(state: State, read: "Callable[[State], tuple[dict[str, Any], Filters]]", limit: int) -> int:
    """The leads of several counties in one order."""
    from wholesaler.cli.lead_table import leads_table, signals_line
    from wholesaler.cli.render import print_json, write
    from wholesaler.cli.several import gather
    from wholesaler.leads.filters import Filters
    from wholesaler.leads.listing import merge_pages

    found, code = gather(state, "leads list", read)
    whole = found[0][1][1] if found else Filters()
    page = merge_pages([page for _, (page, _) in found], whole, limit)
    if state.json:
        print_json(page)
    elif page["leads"]:
        number = f"{len(page['leads']):,} of {counted(page['total'], 'lead')}"
        counties = counted(len(found), "county", "counties")
        write(leads_table(page, f"{number} of {counties}, {_order(whole)}", counties=True), signals_line(page))
    elif found:
        write(" ".join(filter(None, ("No lead", _in_words(whole), f"in {', '.join(key for key, _ in found)}."))))
    return int(code)


def _order(filters: "Filters") -> str:
    return "best first" if filters.sort is None and filters.near is None else f"by {filters.sort or 'distance'}"


def _in_words(filters: "Filters") -> str:
    """What is asked for, behind 'No lead'."""
    tiers = ["in tier", " or ".join(filters.tiers)] if filters.tiers else []
    kinds = [*(["that is new"] if filters.only_new else []), *(["that is excluded"] if filters.only_excluded else [])]
    further = filters.document().keys() - {"tiers", "only_new", "only_excluded", "sort", "within"}
    options = sorted(f"--{_OPTIONS.get(name, name.replace('_', '-'))}" for name in further)
    return " ".join([*tiers, *kinds, *([f"that fits {', '.join(options)}"] if options else [])])


def _city_hint(connection: "Connection", market: str, asked: "Sequence[str]") -> str:
    """The cities that there are, where none is one of those that are ``asked`` for."""
    from wholesaler.leads.listing import cities

    known = cities(connection, market) if asked else []
    if not known or {city.casefold() for city in known} & {city.casefold() for city in asked}:
        return ""
    more = f" and {len(known) - _CITIES} more" if len(known) > _CITIES else ""
    meant = " ".join(filter(None, (did_you_mean(city, known) for city in asked)))
    return f"{meant} The cities are {', '.join(known[:_CITIES])}{more}.".strip()


@leads_app.command("show")
def leads_show(context: typer.Context, parcel: Parcels) -> None:
    """Everything behind one lead, or each of several: rules, deal, records, history."""
    state: State = context.obj
    expect_quoted(parcel)
    market, day = state.market, state.requested_day
    from wholesaler.cli.lead_sheet import lead_sheet
    from wholesaler.cli.render import print_json, write
    from wholesaler.leads.reading import expect_scores_of, lead, scored_day

    with state.engine().connect() as connection:
        expect_scores_of(connection, market.key, day)
        newest = scored_day(connection, market.key)
        sheets = []
        for written in parcel:
            with _say_what_to_run(state, connection, f"leads show {quote(written)}"):
                sheets.append(lead(connection, market, written))
    if state.json:
        print_json(sheets[0] if len(sheets) == 1 else {"leads": sheets})
        return
    for place, sheet in enumerate(sheets):
        write(*([""] if place else []), *lead_sheet(sheet, newest))


def history(context: typer.Context, parcel: Parcel) -> None:
    """The scores of a parcel day by day, and what changed."""
    state: State = context.obj
    market = state.market
    from wholesaler.cli.render import print_json, table, write
    from wholesaler.leads.history import history as read_history

    with state.engine().connect() as connection, _say_what_to_run(state, connection, f"history {parcel}"):
        found = read_history(connection, market, parcel)
    if state.json:
        print_json(found)
    elif found["history"]:
        headings = ("day", "tier", "score", "what changed")
        title = f"Parcel {found['parcel_id']} of {market.name}"
        write(table(title, headings, map(_history_row, found["history"]), ("score",)))
    else:
        write(f"Parcel {found['parcel_id']} of {market.name} has not been a lead on any day.")


def runs(context: typer.Context, limit: Limit = 20) -> None:
    """The newest attempts of stages and sources, newest first; with --as-of only those for that day."""
    state: State = context.obj
    market, day = state.market, state.requested_day
    from wholesaler.cli.render import print_json, table, write
    from wholesaler.db.recent_runs import COUNTS, recent_runs

    attempts = recent_runs(state.engine(), market.key, limit, day)
    if state.json:
        print_json({"runs": attempts})
        return
    if not attempts:
        with state.engine().connect() as connection:
            write(_no_runs(state, connection, "runs"))
        return
    headings = ("started", "stage", "day", "attempt", "status", "seconds", "result")
    rows: list[tuple[Any, ...]] = [
        (
            row["started_at"],
            " ".join(filter(None, (row["stage"], row["source"]))),
            row["as_of"],
            row["attempt"],
            row["status"],
            "" if row["seconds"] is None else f"{row['seconds']:.1f}",
            (row["error"] or {}).get("message") or ", ".join(f"{row[name]:,} {name}" for name in COUNTS if row[name]),
        )
        for row in attempts
    ]
    write(table(f"Runs of {market.name}", headings, rows, ("attempt", "seconds")))


@rejects_app.command("list")
def rejects_list(context: typer.Context, limit: Limit = 50) -> None:
    """The records that the sources still send and that cannot be used."""
    state: State = context.obj
    market = state.market
    from wholesaler.cli.render import print_json, table, write
    from wholesaler.leads.reading import markets, rejects, rejects_by_source

    with state.engine().connect() as connection:
        page = rejects(connection, market, limit)
        if state.json:
            print_json(page)
        elif page["rejects"]:
            rows = [(*(row[key] for key in _REJECT), _excerpt(row["raw"])) for row in page["rejects"]]
            counts = rejects_by_source(connection, market.key)
            sources = ", ".join(f"{name} {count:,}" for name, count in counts.items())
            number = f"{len(rows):,} of {counted(page['total'], 'record')} of {market.name} ({sources})."
            write(
                table(None, ("source", "reason", "first seen", "record"), rows),
                f"{number} `--json` shows the records whole.",
            )
        elif market.key in markets(connection):
            write(f"No record of {market.name} ({market.key}) is rejected: all that its sources send can be used.")
        else:
            write(_no_runs(state, connection, "rejects list"))


@contextmanager
def _say_what_to_run(state: State, connection: "Connection", command: str) -> Iterator[None]:
    """Where nothing was ever scored, that a parcel is not known says what to run."""
    from wholesaler.leads.reading import scored_day

    try:
        yield
    except WholesalerError as error:
        if isinstance(error, UsageError) or scored_day(connection, state.market.key) is not None:
            raise
        raise WholesalerError(error.message, _no_leads(state, connection, command)) from None


def _history_row(entry: dict[str, Any]) -> tuple[Any, ...]:
    """One day of a parcel, in words."""
    from wholesaler.cli.render import show

    changes = entry["changes"]
    words = [_CHANGES[entry["change"]]] if entry["change"] in _CHANGES else []
    for name, heading in (("tier", "tier "), ("excluded", "excluded as "), ("profile", "profile ")):
        if name in changes:
            words.append(heading + " → ".join(show(value) or "none" for value in changes[name]))
    for name, values in changes.get("components", {}).items():
        words.append(f"{name} {' → '.join(show(value) or 'none' for value in values)}")
    words += ["backfilled"] if entry["backfilled"] else []
    score = None if entry["total_score"] is None else f"{entry['total_score']:.2f}"
    return entry["day"], entry["tier"] or entry["excluded"], score, ", ".join(words)


def _excerpt(raw: dict[str, Any] | None) -> str:
    """The beginning of a record: enough to find it at the publisher's."""
    fields = [f"{name} {value}" for name, value in (raw or {}).items() if value not in (None, "")]
    text = ", ".join(fields)
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}…"


def _no_leads(state: State, connection: "Connection", command: str, filters: str = "", hint: str = "") -> str:
    """Why there are no leads to show, and what to run; ``hint`` follows where ``filters`` have left none."""
    from wholesaler.leads.reading import markets, scored_day

    market, day = state.market, scored_day(connection, state.market.key)
    name = f"{market.name} ({market.key})"
    if day is None:
        return f"Nothing was ever scored for {name}: run `{_run_all(state)}`{_others(state, connection, command)}"
    if total := markets(connection).get(market.key, 0):
        return " ".join(filter(None, ("No lead", filters, f"among the {total:,} of {name} on {day}.", hint)))
    return f"No property of {name} was a lead on {day}{_others(state, connection, command)}"


def _no_runs(state: State, connection: "Connection", command: str) -> str:
    """Why there are no attempts to show, and what to run."""
    from wholesaler.leads.reading import markets

    name = f"{state.market.name} ({state.market.key})"
    if state.requested_day is not None and state.market.key in markets(connection):
        return f"Nothing was run for {name} for {state.requested_day}."
    return f"Nothing was ever run for {name}: run `{_run_all(state)}`{_others(state, connection, command)}"


def _run_all(state: State) -> str:
    """The command that scores the market: of the market that was asked for, not of that of the settings."""
    from wholesaler.cli.render import program

    return f"{program()} run-all" + (f" --market {quote(state.named_market)}" if state.named_market else "")


def _others(state: State, connection: "Connection", command: str) -> str:
    """The end of a sentence: the other markets with leads in this database, each with the command that shows it."""
    from wholesaler.cli.render import program
    from wholesaler.leads.reading import markets
    from wholesaler.markets import bundled_markets

    files = {**{key: key for key in bundled_markets()}, **state.sample_market()}
    others = {key: leads for key, leads in markets(connection).items() if leads and key != state.market.key}
    lines = []
    for key, leads in others.items():
        line = f"{program()} {command} --market {quote(files.get(key, f'FILE-OF-{key}'))}"
        lines.append(f"{key} has {counted(leads, 'lead')}: `{line}`")
    return f". In this database {'; '.join(lines)}." if lines else "."
