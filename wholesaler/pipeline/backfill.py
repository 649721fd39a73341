"""The score history of days that were missed, from the snapshots of their lists.

The stages that a night runs do it, on tables of their own: a scratch schema stands before the others in the search path
of the session, so that what loading and scoring write is written there, and what they only read, the roll above all, is
read where it is. Nothing but the history is written outside.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, event, text

from wholesaler.db.base import Base
from wholesaler.db.engine import make_engine
from wholesaler.db.history import ensure_partition
from wholesaler.db.run_ledger import RunKey, close_run, open_run
from wholesaler.db.sql import statement
from wholesaler.errors import SourceError, UsageError
from wholesaler.leads.reading import scored_day
from wholesaler.logs import log
from wholesaler.sources.snapshots import Snapshot, Snapshots, StoredFetch
from wholesaler.stages.dedupe import stage as dedupe
from wholesaler.stages.enrich import stage as enrich
from wholesaler.stages.ingest.load import load
from wholesaler.stages.interface import Attempt, Context, Options, RunState
from wholesaler.stages.properties.link import link_properties
from wholesaler.stages.score.stage import keep_day, was_listed

_FILE = "backfill.sql"
#: read where they are; of the history the days are written there too
_SHARED = {
    "property_records",
    "lead_score_history",
    "acknowledgements",
    "lead_status_events",
    "returned_leads",
    "suppressions",
}
#: what a day begins with, and changes
_COPIED = ("parcels", "merged_rolls", "counted_sales", "undone_matches", "geocode_cache")
_VIEWS = ("signal_records", "confidential_parcels", "confidential_properties")
#: of a week of days more than this is a mistake in a year
MOST_DAYS = 366


def backfill(context: Context, first: date, last: date) -> dict[str, Any]:
    """Rebuild the history of the days from ``first`` to ``last`` that were never the list.

    Returns a JSON-ready document with the ``days``, each with its ``leads`` or the ``reason`` why it cannot be had.
    Raises :class:`UsageError` for days in the wrong order, or too many.
    """
    if last < first or (last - first).days >= MOST_DAYS:
        raise UsageError(f"--from {first} --to {last}: expected at most {MOST_DAYS} days, the older one first.")
    days: list[dict[str, Any]] = []
    with _scratch(context) as scratch:
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            days.append({"day": day, "leads": None, "reason": None} | _rebuild(context, scratch, day))
            log.info("day_rebuilt", day=day.isoformat(), leads=days[-1]["leads"], reason=days[-1]["reason"])
    return {"command": "backfill", "market": context.market.key, "from": first, "to": last, "days": days}


def _rebuild(context: Context, scratch: Engine, day: date) -> dict[str, Any]:
    snapshots, reason = _snapshots(context, day)
    if reason is not None:
        return {"reason": reason}
    market, settings = context.market, context.settings.model_copy(update={"geocoder_enabled": False})
    state = RunState(properties_are_linked=True)
    on_day = replace(
        context, settings=settings, engine=scratch, as_of=day, run_id=uuid4(), state=state, options=Options()
    )
    key = RunKey(on_day.run_id, market.key, day)
    with context.engine.begin() as connection:
        ensure_partition(connection, day)
        home = _schema_of(connection)
    try:
        for source, snapshot in snapshots.items():
            row = open_run(scratch, key, "ingest", 1, source)
            with scratch.begin() as connection:
                result = load(connection, market, source, StoredFetch(snapshot), day)
            counts = result.counts() | {"complete": result.complete, "whole": True}
            close_run(scratch, key, row, "partial" if result.doubts else "success", counts)
    except SourceError as error:
        return {"reason": error.message}
    with scratch.begin() as connection:
        link_properties(connection, market.key)
        parameters = {"market": market.key, "day": day, "rolls": market.rolls}
        runs = f"{home}.data_ingestion_runs"
        connection.execute(statement(__package__, _FILE, "copy_roll_runs", table=runs), parameters)
    enrich.run(on_day, Attempt())
    dedupe.run(on_day, Attempt())
    with scratch.begin() as connection:
        leads = keep_day(connection, on_day)
        properties = f"{home}.properties"
        connection.execute(statement(__package__, _FILE, "keep_properties", table=properties), parameters)
    return {"leads": leads}


def _snapshots(context: Context, day: date) -> tuple[dict[str, Snapshot], str | None]:
    """The snapshots of all lists on a day, or why the day cannot be rebuilt."""
    market = context.market
    today = datetime.now(market.zone).date()
    with context.engine.connect() as connection:
        listed = scored_day(connection, market.key)
        if day >= (listed or today):
            return {}, f"not older than the list of {listed}" if listed else "today or later"
        if was_listed(connection, market.key, day):
            return {}, "it was run on its day: its history stays"
    found = {
        name: Snapshots(context.settings.home, market.key, name, today).of(day)
        for name in market.sources
        if market.record(name).signal
    }
    missing = [name for name, snapshot in found.items() if snapshot is None]
    if missing or not found:
        return {}, f"no snapshot of {', '.join(missing) or 'any list'}"
    return {name: snapshot for name, snapshot in found.items() if snapshot is not None}, None


@contextmanager
def _scratch(context: Context) -> Iterator[Engine]:
    """An engine whose sessions find tables of their own first; what a killed run has left of them is dropped."""
    schema = f"backfill_{context.market.key.replace('-', '_')}"
    with context.engine.begin() as connection:
        home, path = _schema_of(connection), connection.scalar(text("SHOW search_path"))
        connection.execute(text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    engine = make_engine(context.engine.url)
    event.listen(engine, "connect", lambda connection, _: _search(connection, f"{schema}, {path}"))
    try:
        with engine.begin() as connection:
            _make_tables(connection, context.market.key, home)
        yield engine
    finally:
        engine.dispose()
        with context.engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))


def _make_tables(connection: Connection, market: str, home: str) -> None:
    for name in Base.metadata.tables:
        if name not in _SHARED:
            kept = "INCLUDING ALL" + (" EXCLUDING IDENTITY" if name == "properties" else "")
            connection.execute(text(f"CREATE TABLE {name} (LIKE {home}.{name} {kept})"))
    # numbers that are nobody else's, for the history to point to
    sequence = connection.scalar(text("SELECT pg_get_serial_sequence(:table, 'id')"), {"table": f"{home}.properties"})
    connection.execute(text(f"ALTER TABLE properties ALTER COLUMN id SET DEFAULT nextval('{sequence}')"))
    copy = statement(__package__, _FILE, "copy_properties", table=f"{home}.properties")
    connection.execute(copy, {"market": market})
    for name in _COPIED:
        connection.execute(text(f"INSERT INTO {name} SELECT * FROM {home}.{name} WHERE market = :m"), {"m": market})
    for name in _VIEWS:
        connection.execute(text((files("wholesaler.db") / "views" / f"{name}.sql").read_text("utf-8")))
    connection.execute(text("ANALYZE properties, parcels"))


def _search(connection: Any, path: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET search_path = {path}")
    connection.commit()


def _schema_of(connection: Connection) -> str:
    return str(connection.scalar(text("SELECT quote_ident(current_schema())")))
