"""Load one fetch into its table, in the caller's transaction.

A block of records at a time: the table is asked which of them it has as they are, those are left alone; new ones are
copied into it at once, changed and unusable ones into ``staging``. At the end, in one statement each for all of them:
reject, update, mark what is gone.
"""

from datetime import date
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    Table,
    and_,
    case,
    column,
    func,
    insert,
    literal,
    null,
    select,
    table,
    text,
    update,
)

from wholesaler.db.sql import statement
from wholesaler.db.statistics import refresh_statistics
from wholesaler.markets.market import Market
from wholesaler.markets.records import RecordKind
from wholesaler.plural import counted
from wholesaler.sources.interface import Fetch
from wholesaler.stages.ingest.blocks import STAGING_COLUMNS, copy_blocks
from wholesaler.stages.ingest.completeness import Records, Scope, doubts, finds_nothing
from wholesaler.stages.ingest.convert.records import Converter
from wholesaler.stages.ingest.latest import LatestFetch
from wholesaler.stages.ingest.lookup import FETCHED_KEYS, Lookup
from wholesaler.stages.ingest.scope import ScopedFetch
from wholesaler.stages.interface import LoadResult
from wholesaler.stages.properties.freshness import SENTINEL_AFTER

_SQL = "load.sql"
#: the columns that later statements are planned by
_PLANNER_COLUMNS = ("market", "record_key", "parcel_id", "property_id", "issues", "is_active")
DUPLICATES = table("duplicates", column("ordinal"), column("reason"), column("record_key"))


def load(
    connection: Connection, market: Market, source: str, fetch: Fetch, as_of: date, scope: Scope | None = None
) -> LoadResult:
    """Load all pages of ``fetch`` into the table of the source's records; without a ``scope`` it is of everything."""
    records = Records(connection, market, source)
    target = records.table
    converter = Converter(source, market, fetch)
    staging = _create_temporary_tables(connection, target, converter.columns)
    lookup = Lookup(records, converter.crs)
    result = LoadResult()
    scoped = ScopedFetch(fetch, market, source, as_of) if converter.definition.only else None
    latest = None
    if converter.definition.latest_by is not None:
        latest = LatestFetch(scoped or fetch, converter.reading, converter.identifier)
        latest.judge(connection)
        result.superseded = latest.superseded
        result.warnings += [f"{source}: {warning}" for warning in latest.warnings]
    inserted = copy_blocks(connection, target, converter, lookup, latest or scoped or fetch)
    outcome = fetch.outcome
    result.processed, result.inserted, result.complete = converter.record_count, inserted, outcome.complete
    result.out_of_scope = scoped.out_of_scope if scoped else 0
    if finds_nothing(market, source, result):
        result.warnings.append(f"{source}: `only` wants none of the {counted(result.out_of_scope, 'record')} that came")
    result.newest = converter.newest(as_of + SENTINEL_AFTER)
    result.warnings += [f"{source}: {warning}" for warning in outcome.warnings]
    parameters = {"market": market.key, "source": source}
    # before the updates: planned for the table as it was, they take each row for one of a few
    refresh_statistics(connection, target.name, inserted, _PLANNER_COLUMNS)
    if inserted < result.processed:
        connection.execute(statement(__package__, _SQL, "duplicates"))
        connection.execute(text("ANALYZE duplicates"))
        connection.execute(statement(__package__, _SQL, "mark_duplicates"))
        connection.execute(_stage_duplicates(records, staging))
        connection.execute(text("DROP TABLE duplicates"))
        # of a temporary table nobody else collects them
        connection.execute(text("ANALYZE staging (ordinal, reason, record_key)"))
        result.updated = _update(records, staging, converter.columns)
    result.failed = store_rejects(connection, parameters)
    if result.failed:
        result.warnings += _reject_warnings(connection, source, records.kind)
    result.unchanged = result.processed - result.failed - result.inserted - result.updated
    # records that are new in this transaction say nothing about how many there were before
    before = records.count_active(scope) - inserted
    result.doubts = doubts(records, as_of, outcome, result, scope, before)
    if converter.numbers_unusable * 2 > converter.numbers_given:
        numbers = f"{converter.numbers_unusable:,} of {converter.numbers_given:,}"
        result.doubts.append(f"{numbers} × {converter.identifier.unusable_number}")
    if not result.doubts and (scope is None or scope.parcels):
        if scope is not None or before:
            result.deactivated = _deactivate(records, staging, scope)
            if converter.definition.has_window:  # whether it was sold, or only left what is asked for, nobody says
                result.out_of_window = result.deactivated
        if scope is None:
            connection.execute(statement(__package__, _SQL, "retire_rejects"), parameters)
    if scope is not None:
        for name in ("scope_rejects", "keep_scope_rejects"):
            connection.execute(statement(__package__, _SQL, name))
    connection.execute(text("DROP TABLE staging, fetched_keys, rejects"))
    refresh_statistics(connection, target.name, result.updated, _PLANNER_COLUMNS)
    return result


def retire_scope_rejects(connection: Connection, market: Market, source: str) -> None:
    """Of a source that is never read whole, what no fetch of this transaction has rejected is history."""
    connection.execute(text("ALTER TABLE scope_rejects RENAME TO rejects"))
    connection.execute(statement(__package__, _SQL, "index_rejects"))
    parameters = {"market": market.key, "source": source}
    connection.execute(statement(__package__, _SQL, "retire_rejects"), parameters)
    connection.execute(text("DROP TABLE rejects"))


def record_issues(connection: Connection, market: Market, source: str) -> list[str]:
    """What is wrong with values of the active records of a source, each kind of issue with its count."""
    records = Records(connection, market, source)
    issues = (
        select(func.unnest(records.table.c.issues).label("issue"))
        .where(records.are_active, records.table.c.issues.is_not(None))
        .subquery()
    )
    query = select(issues.c.issue, func.count()).group_by(issues.c.issue).order_by(issues.c.issue)
    return [f"{source}: {times:,} × {what}" for what, times in connection.execute(query)]


def _create_temporary_tables(connection: Connection, target: Table, columns: tuple[str, ...]) -> Table:
    """``fetched_keys``: number and key of every usable record; ``staging``: rows that cannot be inserted at once."""
    connection.execute(statement(__package__, _SQL, "fetched_keys"))
    names = ", ".join(columns)
    connection.execute(
        text(
            "CREATE TEMPORARY TABLE staging ON COMMIT DROP AS"
            f" SELECT CAST(NULL AS bigint) AS ordinal, CAST(NULL AS text) AS reason, {names}"
            f" FROM {target.name} WITH NO DATA"
        )
    )
    return Table("staging", MetaData(), *(Column(column) for column in (*STAGING_COLUMNS, *columns)))


def store_rejects(connection: Connection, parameters: dict[str, str]) -> int:
    """Store the rows of ``staging`` with a reason; returns how many records that is. Leaves the table ``rejects``."""
    for name in ("rejects", "index_rejects"):
        connection.execute(statement(__package__, _SQL, name))
    count = int(connection.scalar(text("SELECT sum(times) FROM rejects")) or 0)
    if count:
        connection.execute(text("ANALYZE rejects"))
        connection.execute(statement(__package__, _SQL, "revive_rejects"), parameters)
        inserted = connection.execute(statement(__package__, _SQL, "insert_rejects"), parameters).rowcount
        refresh_statistics(connection, "rejected_records", inserted, ("market", "source", "content_hash", "is_active"))
    return count


def _reject_warnings(connection: Connection, source: str, kind: RecordKind) -> list[str]:
    """What to say of records that are unusable for reasons that only the market file or the publisher can mend."""
    count = connection.execute(statement(__package__, _SQL, "reject_reasons")).one()
    warnings = []
    if count.duplicates:
        have = f"{counted(count.duplicates, 'record')} {'has' if count.duplicates == 1 else 'have'}"
        warnings.append(f"{source}: {have} the key of another record of the same fetch: see `wholesaler rejects list`")
    if count.addressed:
        have = f"{counted(count.numberless, 'record')} {'has' if count.numberless == 1 else 'have'}"
        title = kind.title.lower()
        warnings.append(
            f"{source}: {have} no parcel number; {count.addressed:,} an address, by which {title} are not matched: see "
            "`wholesaler rejects list`"
        )
    return warnings


def _stage_duplicates(records: Records, staging: Table) -> Any:
    """Stage those of the duplicates that are in the target as they came, for their rejection."""
    target = records.table.c
    is_staged = select(literal(1)).where(staging.c.ordinal == DUPLICATES.c.ordinal).exists()
    return insert(staging).from_select(
        ["ordinal", "reason", "record_key", "content_hash", "raw"],
        select(DUPLICATES.c.ordinal, DUPLICATES.c.reason, target.record_key, target.content_hash, target.raw).where(
            records.are_own, target.record_key == DUPLICATES.c.record_key, ~is_staged
        ),
    )


def _update(records: Records, staging: Table, columns: tuple[str, ...]) -> int:
    """Update what has changed or come back; returns how many."""
    target = records.table
    values: dict[str, Any] = {
        name: staging.c[name] for name in columns if name not in {"market", "source", "record_key"}
    }
    # the market file may have had more fields
    values |= {name: null() for name in records.kind.names if name not in columns}
    # what was matched by its address is matched until dedupe decides anew, unless it has a number or another address
    address_columns = [name for name in ("address", "city", "zip_code") if name in columns]
    match_holds = and_(
        *(side.c.parcel_id.is_(None) for side in (target, staging)),
        *(target.c[name].is_not_distinct_from(staging.c[name]) for name in address_columns),
    )
    match = {
        "property_id": case((match_holds, target.c.property_id), else_=staging.c.property_id),
        "match_evidence": case((match_holds, target.c.match_evidence), else_=null()),
    }
    presence = {"is_active": True, "last_seen_at": null(), "updated_at": func.now()}
    statement = (
        update(target)
        .values({**values, **match, **presence})
        .where(records.are_own, target.c.record_key == staging.c.record_key, staging.c.reason.is_(None))
    )
    return records.connection.execute(statement).rowcount


def _deactivate(records: Records, staging: Table, scope: Scope | None) -> int:
    """Mark what the source no longer has, with the time it was last seen; returns how many."""
    target = records.table
    last_seen = text(
        "coalesce((SELECT max(finished_at) FROM data_ingestion_runs WHERE market = :market AND stage = 'ingest'"
        " AND source = :source AND status = 'success'), updated_at)"
    ).bindparams(market=records.market.key, source=records.source)
    is_gone = and_(
        records.are_active,
        # a record that has become unusable has come all the same
        *(
            ~select(literal(1)).where(fetched.c.record_key == target.c.record_key).exists()
            for fetched in (FETCHED_KEYS, staging)
        ),
    )
    if scope is not None:
        is_gone = and_(is_gone, records.are_in(scope))
    result = records.connection.execute(
        update(target).where(is_gone).values(is_active=False, last_seen_at=last_seen, updated_at=func.now())
    )
    return result.rowcount
