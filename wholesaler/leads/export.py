"""Leads as a file for somebody: streamed from the database, whole or not at all, and remembered once it is there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    FromClause,
    String,
    Text,
    cast,
    column,
    func,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import NullType

from wholesaler.db.sql import create_temporary_table, statement
from wholesaler.leads.columns import is_text
from wholesaler.leads.dates import lead_dates
from wholesaler.leads.filters import Filters
from wholesaler.leads.listing import relation, select_leads
from wholesaler.leads.presets import Constant, Preset
from wholesaler.leads.reading import scored_day
from wholesaler.leads.rows import Wanted, read_rows
from wholesaler.leads.told import select_facts, select_told
from wholesaler.leads.writers import WRITERS, Write, write_whole
from wholesaler.markets import Market
from wholesaler.notify.calendar import CalendarDay, calendar

#: the format that has no columns: the days of the leads
CALENDAR = "ics"
#: what comes as it is written, of those formats that can take it so
_AS_TEXT = {"csv": "all", "xlsx": "numbers"}
_FILE = "export.sql"


@dataclass(frozen=True)
class Order:
    """What is to be exported: which leads, as which preset and format, for whom (``recipient``).

    ``per_owner``: one row for each owner and mailing address, that of the best lead. ``since_last``: only what is new
    or has changed since the last export to that recipient, and what is gone. ``is_preview``: what the file tells is not
    remembered. Who is given a row for each owner sends letters or sells telephones: one's own steps with a lead are no
    change for them.
    """

    filters: Filters
    preset: Preset
    format: str
    recipient: str
    per_owner: bool = False
    since_last: bool = False
    is_preview: bool = False


@dataclass(frozen=True)
class Part:
    """What is to be exported of one market, over a connection of its own; format, preset and recipient are the same."""

    connection: Connection
    market: Market
    order: Order


def export(parts: Sequence[Part], path: Path, *, overwrite: bool) -> list[dict[str, Any]]:
    """Write the file, market by market, and remember what it tells unless it is a preview; returns the counts of each.

    The caller's transactions are to see one state of their database, and remember nothing unless they are committed.
    Raises :class:`wholesaler.errors.WholesalerError` where the file cannot be written.
    """
    for part in parts:
        _select(part.connection, part.market, part.order)
    write = _write_dates if parts[0].order.format == CALENDAR else _write
    results: list[dict[str, Any]] = write_whole(path, lambda file: write(parts, file), overwrite=overwrite)
    return [_remember(part, result, path) for part, result in zip(parts, results, strict=True)]


def _remember(part: Part, result: dict[str, Any], path: Path) -> dict[str, Any]:
    """Keep what the recipient was told of a market, unless it is a preview; returns it with the counts."""
    connection, market, order = part.connection, part.market, part.order
    parameters = {"market": market.key, "recipient": order.recipient}
    kept = {**parameters, "as_of": scored_day(connection, market.key), "leads": result["leads"]}
    if not order.is_preview:
        connection.execute(statement(__package__, _FILE, "forget_told"), parameters)
        connection.execute(statement(__package__, _FILE, "keep_told"), parameters)
        connection.execute(statement(__package__, _FILE, "keep_export"), kept)
    return {
        "market": market.key,
        "as_of": kept["as_of"],
        "file": str(path),
        "format": order.format,
        "recipient": order.recipient,
        "noted": not order.is_preview,
        **result,
    }


def _select(connection: Connection, market: Market, order: Order) -> None:
    """Choose the leads, in temporary tables: those of the filters, and what the recipient was told before."""
    parameters = {"market": market.key, "recipient": order.recipient}
    connection.execute(
        text(f"CREATE TEMPORARY TABLE export_told ON COMMIT DROP AS {statement(__package__, _FILE, 'told').text}"),
        parameters,
    )
    picked = select_leads(connection, market, order.filters, shows_suppressed=False).subquery("picked")
    lead = relation(market.key)
    told = table("export_told", column("property_id"), column("facts", JSONB))
    facts, before = select_facts(lead), select_told(told.c.facts, lead, steps=not order.per_owner)
    chosen = (
        select(
            picked.c.property_id, picked.c.place, lead.c.lead_id, lead.c.total_score, facts.label("facts"),
            before.label("told"),
            func.coalesce(lead.c.owner_key, cast(picked.c.property_id, String)).label("owner"),
            (before.is_(None) | (before != facts) | (not order.since_last)).label("is_news"),
        )
        .join(lead, lead.c.property_id == picked.c.property_id)
        .outerjoin(told, told.c.property_id == picked.c.property_id)
        .subquery("chosen")
    )  # fmt: skip
    create_temporary_table(connection, "export_selection", select(chosen, text("true AS is_written")))
    connection.execute(text("ANALYZE export_selection (property_id, place, is_news, owner)"))


def _write(parts: Sequence[Part], path: Path) -> list[dict[str, Any]]:
    order = parts[0].order
    headings = order.preset.headings(with_changes=order.since_last)
    texts = [isinstance(column, Constant) or is_text(column) for column in headings.values()]
    with WRITERS[order.format](path, list(headings), texts) as write:
        return [_write_leads(part, headings, write) for part in parts]


def _write_leads(part: Part, headings: dict[str, str | Constant], write: Write) -> dict[str, Any]:
    """The rows of one market."""
    connection, market, order = part.connection, part.market, part.order
    counts = dict.fromkeys(("leads", "rows", "new", "changed", "gone", "incomplete", "suppressed"), 0)
    incomplete: list[int] = []
    for row in read_rows(connection, market, _chosen(order), _wanted(connection, market, order, headings)):
        if row.is_whole:
            counts["rows"] += 1
            write(row.cells, row.place)
        else:
            incomplete += row.members
    connection.execute(statement(__package__, _FILE, "leave_out"), {"ids": incomplete})
    for name, number in _totals(connection, order).items():
        counts[name] = number
    if order.since_last:
        gone = connection.execute(statement(__package__, _FILE, "gone"), {"market": market.key}).mappings().all()
        shown = [row for row in gone if not row["is_suppressed"]]
        counts["gone"], counts["suppressed"] = len(shown), len(gone) - len(shown)
        for lost in shown if order.preset.gone else ():
            write(_gone_row(lost, headings, market), None)
    result: dict[str, Any] = {**counts, "incomplete": counts["leads"] - _written(connection)}
    if order.since_last:
        last = {"market": market.key, "recipient": order.recipient}
        result["since"] = connection.scalar(statement(__package__, _FILE, "last_export"), last)
        result["gone_leads"] = [{"lead_id": row["lead_id"], "reason": row["reason"]} for row in shown]
    return result


def _write_dates(parts: Sequence[Part], path: Path) -> list[dict[str, Any]]:
    """Sales, auctions and follow-ups of the leads, and what is off of those that the recipient was told of before."""
    rows = [0 for _ in parts]

    def counted_days() -> Iterator[CalendarDay]:
        for place, part in enumerate(parts):
            for entry in _days(part):
                rows[place] += 1
                yield entry

    with path.open("wb") as file:
        file.writelines(calendar(counted_days(), f"Leads of {'; '.join(part.market.name for part in parts)}"))
    results = []
    for part, number in zip(parts, rows, strict=True):
        counts = dict.fromkeys(("new", "changed", "gone", "incomplete", "suppressed"), 0)
        result: dict[str, Any] = {**counts, **_totals(part.connection, part.order), "rows": number}
        if part.order.since_last:
            last = {"market": part.market.key, "recipient": part.order.recipient}
            result["since"] = part.connection.scalar(statement(__package__, _FILE, "last_export"), last)
            result["gone_leads"] = []
        results.append(result)
    return results


def _days(part: Part) -> Iterator[CalendarDay]:
    """The days of one market."""
    query = text(
        "SELECT property_id FROM export_selection WHERE is_news UNION"
        " SELECT property_id FROM export_told"
        " WHERE NOT EXISTS (SELECT FROM export_selection WHERE export_selection.property_id = export_told.property_id)"
    )
    day = scored_day(part.connection, part.market.key)
    assert day is not None
    yield from lead_dates(part.connection, part.market, day, list(part.connection.scalars(query)))


def _totals(connection: Connection, order: Order) -> dict[str, int]:
    query = text(
        "SELECT count(*) AS leads, count(*) FILTER (WHERE told IS NULL AND is_written) AS new,"
        " count(*) FILTER (WHERE told <> facts AND is_written) AS changed FROM export_selection WHERE is_news"
    )
    row = connection.execute(query).mappings().one()
    return dict(row) if order.since_last else {"leads": row["leads"]}


def _written(connection: Connection) -> int:
    return int(connection.scalar(text("SELECT count(*) FROM export_selection WHERE is_news AND is_written")) or 0)


def _chosen(order: Order) -> FromClause:
    """The leads of the file: each of them, or the best of each owner with what its others are."""
    query = statement(__package__, _FILE, "best_of_owner" if order.per_owner else "each_lead")
    return query.columns(
        column("property_id", BigInteger), column("place", BigInteger), column("facts", JSONB), column("told", JSONB),
        # the driver makes lists of arrays, which need not be made once more
        column("members", NullType()), column("lead_ids", Text), column("parcels", BigInteger),
    ).cte("chosen")  # fmt: skip


def _wanted(connection: Connection, market: Market, order: Order, headings: dict[str, str | Constant]) -> Wanted:
    """What the rows of the file have."""
    columns, preset = list(headings.values()), order.preset
    constants = _constants(connection, market) | {each: each.const for each in columns if isinstance(each, Constant)}
    words = {True: preset.yes, False: preset.no}
    has_places = order.format == "geojson"
    return Wanted(columns, preset.requires, constants, words, _AS_TEXT.get(order.format, ""), has_places)


def _constants(connection: Connection, market: Market) -> dict[str | Constant, Any]:
    """What is the same for all leads."""
    days = connection.execute(statement(__package__, _FILE, "sources_as_of"), {"market": market.key})
    known = "; ".join(f"{row.source} {row.as_of}" for row in days if row.source in market.sources)
    county = market.name.split(",")[0].removesuffix(" County")
    return {"sources_as_of": known, "county": county, "situs_state": market.state}


def _gone_row(row: Any, headings: dict[str, str | Constant], market: Market) -> list[Any]:
    """A row that says what is gone, and nothing of its owner."""
    known = {
        "lead_id": row["lead_id"], "lead_ids": row["lead_id"], "parcel_id": row["parcel_id"],
        "situs_line": row["address"], "situs_street": row["address"], "situs_city": row["city"],
        "situs_state": market.state, "situs_zip": row["zip_code"], "change": "gone", "what_changed": row["reason"],
    }  # fmt: skip
    return [known.get(name) if isinstance(name, str) else "" for name in headings.values()]
