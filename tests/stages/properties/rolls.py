"""Markets whose roll is made of several sources, and rows of such a roll, for tests of what is made of them."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine

from tests.markets.samples import orange_market
from tests.stages.check.rows import MARKET, Rows
from tests.stages.county import Database
from wholesaler.config import load_settings
from wholesaler.markets import Market
from wholesaler.stages.interface import Context
from wholesaler.stages.properties.parcels import refresh_parcels

DAY = date(2025, 11, 20)


def market_of(**rolls: Mapping[str, Any]) -> Market:
    """The bundled market with these sources of the roll, in this order, each with what is different in it."""
    market = orange_market()
    plain = market.sources["property_records"]
    signals = {name: source for name, source in market.sources.items() if name not in market.rolls}
    sources = {name: plain.model_copy(update={"record": "property_records", **other}) for name, other in rolls.items()}
    return market.model_copy(update={"sources": {**signals, **sources}})


def context_of(engine: Engine, market: Market, day: date = DAY) -> Context:
    """A run of a market on a day."""
    return Context(load_settings({}, Path("nowhere")), market, day, engine, uuid4())


def read_whole(rows: Rows, *sources: str, status: str = "success", whole: bool = True) -> None:
    """A load of each source that has brought all it has."""
    for source in sources:
        rows.run("ingest", source, status, stats={"whole": whole})


def merge(engine: Engine, market: Market, day: date = DAY, **options: Any) -> int:
    with engine.begin() as connection:
        return refresh_parcels(connection, market, day, **options)


def record(rows: Rows, source: str, parcel_id: str, **values: Any) -> None:
    rows.record("property_records", parcel_id, None, source=source, merged=False, **values)


def change(rows: Rows, source: str, parcel_id: str, **values: Any) -> None:
    """What an ingest does to a row."""
    assignments = ", ".join(f"{name} = :{name}" for name in values)
    rows.execute(
        f"UPDATE property_records SET {assignments}, updated_at = now()"
        " WHERE market = :market AND source = :source AND record_key = :id RETURNING 1",
        source=source, id=parcel_id, **values,
    )  # fmt: skip


def parcels(engine: Engine, market: str = MARKET) -> dict[str, dict[str, Any]]:
    found = Database(engine).rows(
        "SELECT *, ST_X(location::geometry) AS longitude, ST_Y(location::geometry) AS latitude, xmin::text AS version"
        " FROM parcels WHERE market = :market",
        market=market,
    )
    return {row["parcel_id"]: row for row in found}


def one(engine: Engine) -> dict[str, Any]:
    (row,) = parcels(engine).values()
    return row
