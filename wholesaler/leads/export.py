"""Leads as a file for somebody: streamed from the database, whole or not at all, and remembered once it is there."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    String,
    Text,
    cast,
    column,
    func,
    select,
    table,
    text,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import NullType

from wholesaler.db.sql import create_temporary_table, statement
from wholesaler.leads.columns import WHOLE, Lead, getter, is_of_relation, needed, needs_contacts, needs_lines
from wholesaler.leads.contacts import Contacts, read_contacts
from wholesaler.leads.dates import lead_dates
from wholesaler.leads.filters import Filters
from wholesaler.leads.listing import COLUMNS, NUMBER, relation, select_leads
from wholesaler.leads.postal import delivery_lines
from wholesaler.leads.presets import Constant, Preset
from wholesaler.leads.reading import reasons_of, scored_day
from wholesaler.leads.writers import WRITERS, Write, write_whole
from wholesaler.markets import Market
from wholesaler.notify.calendar import CalendarDay, calendar
from wholesaler.prefetch import Prefetch

#: the format that has no columns: the days of the leads
CALENDAR = "ics"
_FILE = "export.sql"
#: rows that are read, and looked up in other tables, at once
_CHUNK = 5_000
#: what is compared with the last export, and what a change of it is called
_FACTS = {
    "tier": "tier", "tax_sale_date": "tax sale", "auction_date": "auction", "signals": "signals", "owner": "owner",
    "mail": "mailing address", "status": "status",
}  # fmt: skip
#: of these only whether they have changed is told
_HASHED = ("owner", "mail")
_OWNER = ("owner_name", "co_owner_name")
_MAIL = ("mail_address", "mail_address_2", "mail_city", "mail_state", "mail_zip", "mail_country")


@dataclass(frozen=True)
class Order:
    """What is to be exported: which leads, as which preset and format, for whom (``recipient``).

    ``per_owner``: one row for each owner and mailing address, that of the best lead. ``since_last``: only what is new
    or has changed since the last export to that recipient, and what is gone.
    """

    filters: Filters
    preset: Preset
    format: str
    recipient: str
    per_owner: bool = False
    since_last: bool = False


@dataclass(frozen=True)
class Part:
    """What is to be exported of one market, over a connection of its own; format, preset and recipient are the same."""

    connection: Connection
    market: Market
    order: Order


def export(parts: Sequence[Part], path: Path, *, overwrite: bool) -> list[dict[str, Any]]:
    """Write the file, market by market, and remember what it tells; returns the counts of each market.

    The caller's transactions are to see one state of their database, and remember nothing unless they are committed.
    Raises :class:`wholesaler.errors.WholesalerError` where the file cannot be written.
    """
    for part in parts:
        _select(part.connection, part.market, part.order)
    write = _write_dates if parts[0].order.format == CALENDAR else _write
    results: list[dict[str, Any]] = write_whole(path, lambda file: write(parts, file), overwrite=overwrite)
    return [_remember(part, result, path) for part, result in zip(parts, results, strict=True)]


def _remember(part: Part, result: dict[str, Any], path: Path) -> dict[str, Any]:
    """Keep what the recipient was told of a market; returns it with the counts."""
    connection, market, order = part.connection, part.market, part.order
    parameters = {"market": market.key, "recipient": order.recipient}
    connection.execute(statement(__package__, _FILE, "forget_told"), parameters)
    connection.execute(statement(__package__, _FILE, "keep_told"), parameters)
    kept = {**parameters, "as_of": scored_day(connection, market.key), "leads": result["leads"]}
    connection.execute(statement(__package__, _FILE, "keep_export"), kept)
    return {
        "market": market.key,
        "as_of": kept["as_of"],
        "file": str(path),
        "format": order.format,
        "recipient": order.recipient,
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
    facts = _facts(lead)
    chosen = (
        select(
            picked.c.property_id, picked.c.place, lead.c.lead_id, lead.c.total_score, facts.label("facts"),
            told.c.facts.label("told"),
            func.coalesce(lead.c.owner_key, cast(picked.c.property_id, String)).label("owner"),
            (told.c.facts.is_(None) | (told.c.facts != facts) | (not order.since_last)).label("is_news"),
        )
        .join(lead, lead.c.property_id == picked.c.property_id)
        .outerjoin(told, told.c.property_id == picked.c.property_id)
        .subquery("chosen")
    )  # fmt: skip
    create_temporary_table(connection, "export_selection", select(chosen, text("true AS is_written")))
    connection.execute(text("ANALYZE export_selection (property_id, place, is_news)"))


def _facts(lead: FromClause) -> Any:
    """What is remembered of a lead; names and addresses as hashes."""
    known = lead.c
    return func.jsonb_build_object(
        "tier", known.tier,
        "tax_sale_date", known.tax_sale_date,
        "auction_date", known.auction_date,
        "signals", func.to_jsonb(known.signals),
        "owner", func.md5(func.concat_ws("|", *(known[name] for name in _OWNER))),
        "mail", func.md5(func.concat_ws("|", *(known[name] for name in _MAIL))),
        "status", known.status,
    )  # fmt: skip


def _write(parts: Sequence[Part], path: Path) -> list[dict[str, Any]]:
    order = parts[0].order
    headings = order.preset.headings(with_changes=order.since_last)
    with WRITERS[order.format](path, list(headings)) as write:
        return [_write_leads(part, headings, write) for part in parts]


def _write_leads(part: Part, headings: dict[str, str | Constant], write: Write) -> dict[str, Any]:
    """The rows of one market."""
    connection, market, order = part.connection, part.market, part.order
    counts = dict.fromkeys(("leads", "rows", "new", "changed", "gone", "incomplete", "suppressed"), 0)
    row_of = _row_maker(headings, order.preset, _constants(connection, market))
    for lead, whole in _leads(connection, market, order, list(headings.values())):
        counts["rows"] += 1
        write(row_of(lead, whole), _place(lead))
    for name, number in _totals(connection, order).items():
        counts[name] = number
    if order.since_last:
        gone = connection.execute(statement(__package__, _FILE, "gone"), {"market": market.key}).mappings().all()
        shown = [row for row in gone if not row["is_suppressed"]]
        counts["gone"], counts["suppressed"] = len(shown), len(gone) - len(shown)
        for row in shown if order.preset.gone else ():
            write(_gone_row(row, headings, market), None)
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


def _leads(
    connection: Connection, market: Market, order: Order, columns: Sequence[str | Constant]
) -> Iterator[tuple[Lead, dict[str, Any]]]:
    """The leads of the file in their order, without those that lack what is required.

    They are read by chunks, the next while this one is written: the database is asked by one thread at a time.
    """
    names = [name for name in columns if isinstance(name, str)]
    names += order.preset.requires
    query = _rows(market, order, names)
    # all rows are read: the planner is not to hurry for the first
    connection.execute(text("SET LOCAL cursor_tuple_fraction = 1"))
    rows = connection.execute(query, execution_options={"stream_results": True, "yield_per": _CHUNK})
    required = [getter(name) for name in order.preset.requires]
    incomplete: list[int] = []
    keys = list(rows.keys())

    def chunks() -> Iterator[list[Lead]]:
        for chunk in rows.partitions():
            leads = [Lead(dict(zip(keys, row, strict=True)), market.state) for row in chunk]
            _look_up(connection, market, leads, names)
            yield leads

    with Prefetch() as ahead:
        for leads in ahead.items(chunks()):
            for lead in leads:
                if order.since_last:
                    lead.change, lead.changes = _change(lead.row["told"], lead.row["facts"])
                if all(value(lead) not in (None, "") for value in required):
                    yield lead, lead.row
                else:
                    incomplete += lead.row["members"]
    for start in range(0, len(incomplete), _CHUNK):
        connection.execute(
            text("UPDATE export_selection SET is_written = false WHERE property_id = ANY(CAST(:ids AS bigint[]))"),
            {"ids": incomplete[start : start + _CHUNK]},
        )


def _rows(market: Market, order: Order, names: Sequence[str]) -> Select[Any]:
    """The rows of the file: each lead, or the best of each owner with what its others are."""
    query = statement(__package__, _FILE, "best_of_owner" if order.per_owner else "each_lead")
    chosen = query.columns(
        column("property_id", BigInteger), column("place", BigInteger), column("facts", JSONB), column("told", JSONB),
        # the driver makes lists of arrays, which need not be made once more
        column("members", NullType()), column("lead_ids", Text), column("parcels", BigInteger),
    ).subquery("chosen")  # fmt: skip
    lead = relation(market.key)
    read = dict.fromkeys(["property_id", "latitude", "longitude", *needed(names)])
    further = ("members", "lead_ids", "parcels", *(("facts", "told") if order.since_last else ()))
    columns = [_column(lead, name) for name in read]
    return (
        select(*columns, *(chosen.c[name] for name in further))
        .join(chosen, chosen.c.property_id == lead.c.property_id)
        .order_by(chosen.c.place)
    )


def _column(lead: FromClause, name: str) -> ColumnElement[Any]:
    """A column as it is written: numbers without the zeros at their end, lists as the driver has made them."""
    if COLUMNS[name] is NUMBER:
        return func.trim_scale(lead.c[name]).label(name)
    return type_coerce(lead.c[name], NullType()).label(name) if name == "signals" else lead.c[name]


def _look_up(connection: Connection, market: Market, leads: Sequence[Lead], names: Sequence[str]) -> None:
    """What is in other tables of a chunk of leads."""
    ids = [lead.row["property_id"] for lead in leads]
    if needs_lines(names):
        written = (
            [lead.row["address"] or "" for lead in leads] if any(name.startswith("situs_") for name in names) else []
        )
        if any(name.startswith("mail_") for name in names):
            written += [lead.mailing.street for lead in leads]
        lines = delivery_lines(connection, market, written)
        for lead in leads:
            lead.lines = lines
    if needs_contacts(names):
        contacts = read_contacts(connection, market.key, ids)
        for lead in leads:
            lead.contacts = contacts.get(lead.row["property_id"], Contacts())
    if "reasons" in names:
        reasons = reasons_of(connection, market.key, ids)
        for lead in leads:
            lead.reasons = reasons.get(lead.row["property_id"], "")


def _row_maker(
    headings: dict[str, str | Constant], preset: Preset, constants: dict[str, Any]
) -> Callable[[Lead, Any], list[Any]]:
    def made_of(name: str | Constant) -> tuple[str, Callable[[Lead], Any] | None]:
        """The column of the relation that it is, or what makes it."""
        if isinstance(name, Constant):
            return "", lambda lead: name.const
        if name in constants:
            return "", lambda lead: constants[name]
        return (name, None) if name in WHOLE or is_of_relation(name) else ("", getter(name))

    parts = [made_of(name) for name in headings.values()]
    words = {True: preset.yes, False: preset.no}

    def row_of(lead: Lead, row: Any) -> list[Any]:
        made = [row[name] if value is None else value(lead) for name, value in parts]
        return [words[value] if value is True or value is False else value for value in made]

    return row_of


def _constants(connection: Connection, market: Market) -> dict[str, Any]:
    """What is the same for all leads."""
    days = connection.execute(statement(__package__, _FILE, "sources_as_of"), {"market": market.key})
    known = "; ".join(f"{row.source} {row.as_of}" for row in days if row.source in market.sources)
    return {"sources_as_of": known, "county": market.name.split(",")[0].removesuffix(" County")}


def _change(told: dict[str, Any] | None, facts: dict[str, Any]) -> tuple[str, list[str]]:
    """Whether a lead is new to its recipient or has changed, and what has."""
    if told is None:
        return "new", []
    changes = []
    for name, words in _FACTS.items():
        before, now = told.get(name), facts.get(name)
        if before == now:
            continue
        if name in _HASHED:
            changes.append(words)
        elif name == "signals":
            new, ended = sorted(set(now or []) - set(before or [])), sorted(set(before or []) - set(now or []))
            changes += [*(f"new signal {signal}" for signal in new), *(f"ended signal {signal}" for signal in ended)]
        else:
            changes.append(f"{words} {before or 'none'} → {now or 'none'}")
    return "changed", changes


def _gone_row(row: Any, headings: dict[str, str | Constant], market: Market) -> list[Any]:
    """A row that says what is gone, and nothing of its owner."""
    known = {
        "lead_id": row["lead_id"], "lead_ids": row["lead_id"], "parcel_id": row["parcel_id"],
        "situs_line": row["address"], "situs_street": row["address"], "situs_city": row["city"],
        "situs_state": market.state, "situs_zip": row["zip_code"], "change": "gone", "what_changed": row["reason"],
    }  # fmt: skip
    return [known.get(name) if isinstance(name, str) else "" for name in headings.values()]


def _place(lead: Lead) -> tuple[float, float] | None:
    longitude, latitude = lead.row["longitude"], lead.row["latitude"]
    return None if longitude is None else (longitude, latitude)
