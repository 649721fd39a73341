"""Load one fetch into its table, in the caller's transaction: stage by COPY, locate, merge, mark what is gone."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Select,
    Table,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    not_,
    null,
    or_,
    select,
    table,
    text,
)
from sqlalchemy import column as sql_column
from sqlalchemy.dialects.postgresql import insert

from wholesaler.db.base import Base
from wholesaler.db.bulk import Merged, copy_lines
from wholesaler.db.models import SOURCE_MODELS
from wholesaler.db.sql import statement
from wholesaler.db.statistics import refresh_statistics
from wholesaler.markets.market import Location, Market, SourceDefinition
from wholesaler.markets.records import RECORD_KINDS
from wholesaler.sources.interface import Fetch, Outcome, Page
from wholesaler.stages.convert import Converter

_SQL = "load.sql"
_BLOCK = 250
#: the columns that later statements are planned by
_PLANNED = ("market", "record_key", "parcel_id", "property_id", "is_active")


@dataclass
class Loaded:
    """What became of one fetch: ``processed`` records received, ``failed`` of them rejected."""

    processed: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    deactivated: int = 0
    failed: int = 0
    complete: bool = True
    warnings: list[str] = field(default_factory=list)
    #: why the fetch cannot be trusted to be everything; empty when it can
    doubts: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """The counts under the names of the stage's JSON."""
        names = ("processed", "inserted", "updated", "unchanged", "deactivated", "failed")
        return {name: getattr(self, name) for name in names}

    def add(self, counts: dict[str, int]) -> None:
        """Add counts to these."""
        for name, count in counts.items():
            setattr(self, name, getattr(self, name) + count)


def load(
    connection: Connection, market: Market, name: str, fetch: Fetch, *, whole: bool = True, scope: str | None = None
) -> Loaded:
    """Load all pages of ``fetch`` into the table ``name``.

    ``whole`` says that the fetch asks for everything the source has; otherwise only records of the parcels in the
    temporary table ``scope`` can be found to be gone.
    """
    definition = market.sources[name]
    converter = Converter(RECORD_KINDS[name], definition, market, fetch)
    staging = _create_staging(connection, name, converter.columns)
    copy_lines(connection, staging, converter.columns, map(converter.lines, _blocks(fetch)))
    outcome = fetch.outcome

    loaded = Loaded(processed=converter.converted, complete=outcome.complete)
    loaded.warnings += [f"{name}: {warning}" for warning in outcome.warnings]
    loaded.warnings += [f"{name}: {times:,} × {what}" for what, times in sorted(converter.warnings.items())]
    parameters = {"market": market.key, "source": name}
    issues = _locate(connection, staging, market, definition)
    loaded.warnings += [f"{name}: {times:,} × location {what}, dropped" for what, times in issues]
    connection.execute(statement(__package__, _SQL, "mark_duplicates"))
    loaded.failed = int(connection.scalar(statement(__package__, _SQL, "keep_rejects"), parameters) or 0)
    merged = _merge(connection, SOURCE_MODELS[name].__table__, staging, market, converter.columns)
    loaded.inserted, loaded.updated = merged.inserted, merged.updated
    loaded.unchanged = loaded.processed - loaded.failed - merged.inserted - merged.updated
    if whole:
        loaded.doubts = _doubts(connection, name, market, outcome, loaded)
    elif not outcome.complete:
        loaded.doubts = [f"{outcome.received:,} records received, not all that were asked for"]
    if not loaded.doubts and (whole or scope):
        loaded.deactivated = _deactivate(connection, name, market.key, scope)
        if whole:
            connection.execute(statement(__package__, _SQL, "retire_rejects"), parameters)
    connection.execute(text(f"DROP TABLE {staging}"))
    refresh_statistics(connection, name, merged.inserted + merged.updated, _PLANNED)
    return loaded


def _blocks(fetch: Fetch) -> Iterator[Page]:
    """The pages in pieces that stay in the processor's cache while they are converted column by column."""
    for page in fetch.pages():
        for start in range(0, len(page.records), _BLOCK):
            yield Page(page.records[start : start + _BLOCK], page.points[start : start + _BLOCK])


def _create_staging(connection: Connection, name: str, columns: tuple[str, ...]) -> str:
    """A temporary table with the target's types for the converter's columns; returns its name."""
    own = {"ordinal": "bigint", "x": "double precision", "y": "double precision", "reason": "text"}
    target = SOURCE_MODELS[name].__table__.columns
    types = {column: own.get(column) or target[column].type.compile(connection.dialect) for column in columns}
    definitions = ", ".join(f'"{column}" {kind}' for column, kind in types.items())
    connection.execute(text(f"CREATE TEMPORARY TABLE staging ({definitions})"))
    return "staging"


def _locate(
    connection: Connection, staging: str, market: Market, definition: SourceDefinition
) -> list[tuple[str, int]]:
    """Bring x and y to degrees inside the market, null where they cannot be; returns what was wrong, counted."""
    box = market.bounding_box
    bounds = {"west": box.west, "south": box.south, "east": box.east, "north": box.north}
    crs = definition.location.crs if isinstance(definition.location, Location) else 4326
    if crs != 4326:
        connection.execute(statement(__package__, _SQL, "project"), {**bounds, "crs": crs})
    issues = connection.execute(statement(__package__, _SQL, "location_issues"), bounds).all()
    if issues:
        connection.execute(statement(__package__, _SQL, "drop_locations"), bounds)
    return [(str(issue), int(times)) for issue, times in issues]


def _merge(
    connection: Connection, target: Table | Any, staging: str, market: Market, columns: tuple[str, ...]
) -> Merged:
    """Insert what is new and update what has changed; rows that are the same are not touched."""
    source = table(staging, *(sql_column(name) for name in (*columns,)))
    kept = [name for name in columns if name not in {"ordinal", "x", "y", "reason"}]
    point = case(
        (source.c.x.is_(None), null()),
        else_=cast(func.ST_SetSRID(func.ST_MakePoint(source.c.x, source.c.y), 4326), target.c.location.type),
    )
    owner = Base.metadata.tables["properties"]
    # the roll's record stays with its own property when that is merged into another, everything else follows
    owner_id = func.coalesce(owner.c.merged_into, owner.c.id) if RECORD_KINDS[target.name].signal else owner.c.id
    rows = (
        select(literal(market.key), *(source.c[name] for name in kept), point, owner_id)
        .select_from(
            source.outerjoin(
                target, and_(target.c.market == market.key, target.c.record_key == source.c.record_key)
            ).outerjoin(owner, and_(owner.c.market == market.key, owner.c.parcel_id == source.c.parcel_id))
        )
        .where(
            source.c.reason.is_(None),
            or_(
                target.c.record_key.is_(None),
                target.c.content_hash != source.c.content_hash,
                not_(target.c.is_active),
            ),
        )
    )
    insertion = insert(target).from_select(["market", *kept, "location", "property_id"], rows, include_defaults=False)
    upsert: Any = insertion.on_conflict_do_update(
        index_elements=[target.c.market, target.c.record_key],
        set_={
            # without a parcel number the property is null: what was matched by its address is matched again
            **{name: insertion.excluded[name] for name in (*kept, "location", "property_id") if name != "record_key"},
            "match_evidence": null(),
            "is_active": literal(True),
            "last_seen_at": null(),
            "updated_at": func.now(),
        },
    ).returning(literal_column("xmax = 0").label("is_new"))
    merged = upsert.cte("merged")
    counts = connection.execute(
        select(
            func.count().filter(merged.c.is_new).label("inserted"),
            func.count().filter(not_(merged.c.is_new)).label("updated"),
        )
    ).one()
    return Merged(counts.inserted, counts.updated)


def _doubts(connection: Connection, name: str, market: Market, outcome: Outcome, loaded: Loaded) -> list[str]:
    """Why this fetch may not be everything: said by the source, or by its size."""
    doubts = []
    usable = loaded.processed - loaded.failed
    minimum = market.sources[name].minimum_rows
    if not outcome.complete:
        expected = "an unknown number" if outcome.expected is None else f"{outcome.expected:,}"
        doubts.append(f"{outcome.received:,} of {expected} records received")
    if usable < minimum:
        doubts.append(f"{usable:,} usable records, at least {minimum:,} expected")
    # records that are new in this transaction say nothing about how many there were before
    before = int(connection.scalar(_active_records(name, market.key)) or 0) - loaded.inserted
    if usable * 2 < before:
        doubts.append(f"shrunk from {before:,} to {usable:,} records")
    return doubts


def _active_records(name: str, market: str) -> Select[Any]:
    target = Base.metadata.tables[name]
    return select(func.count()).select_from(target).where(target.c.market == market, target.c.is_active)


def _deactivate(connection: Connection, name: str, market: str, scope: str | None) -> int:
    """Mark what the source no longer has, with the time it was last seen; returns how many."""
    target = Base.metadata.tables[name]
    staged = table("staging", Column("record_key"))
    last_seen = text(
        "coalesce((SELECT max(finished_at) FROM data_ingestion_runs WHERE market = :market AND stage = 'ingest'"
        " AND source = :source AND status = 'success'), updated_at)"
    ).bindparams(market=market, source=name)
    gone = and_(
        target.c.market == market,
        target.c.is_active,
        ~select(literal(1)).where(staged.c.record_key == target.c.record_key).exists(),
    )
    if scope is not None:
        asked = table(scope, Column("parcel_id"))
        gone = and_(gone, target.c.parcel_id.in_(select(asked.c.parcel_id)))
    result = connection.execute(
        target.update().where(gone).values(is_active=False, last_seen_at=last_seen, updated_at=func.now())
    )
    return result.rowcount
