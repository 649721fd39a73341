"""Properties are made of parcels with a signal, follow their records, and are active while a signal points to them."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from tests.stages.check.rows import MARKET, Rows
from tests.stages.county import Database
from wholesaler.stages.properties.link import join_rates, link_properties


@pytest.fixture
def rows(engine: Engine) -> Rows:
    return Rows(engine)


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection


def link(engine: Engine) -> None:
    with engine.begin() as connection:
        link_properties(connection, MARKET)


def state(database: Database, number: int) -> dict[str, Any]:
    """A property by its id."""
    (row,) = database.rows("SELECT *, last_seen_at IS NULL AS is_here FROM properties WHERE id = :id", id=number)
    return row


def test_only_what_is_listed_or_open_makes_a_property(engine: Engine, rows: Rows) -> None:
    signals = [rows.parcel() for _ in range(3)]
    for parcel_id, table in zip(signals, ("tax_sales", "foreclosures", "code_violations"), strict=True):
        rows.record(table, parcel_id, None)
        rows.record(table, parcel_id, None)
        rows.record(table, rows.parcel(), None, is_active=False)
        rows.record(table, None, None)
    rows.record("code_violations", rows.parcel(), None, status="Closed")
    rows.record("code_violations", rows.parcel(), None, status=None)
    rows.record("property_records", rows.parcel(), None)
    theirs = Rows(engine, "other-county")
    theirs.record("tax_sales", rows.parcel(), None)
    theirs.property(signals[0])
    query = "SELECT parcel_id FROM properties WHERE market = :market ORDER BY 1"
    for _ in range(2):
        link(engine)
        assert Database(engine).column(query, market=MARKET) == signals


def test_every_record_of_a_parcel_points_to_its_property_or_to_the_one_that_was_merged_into(
    engine: Engine, rows: Rows
) -> None:
    database, parcel_id, merged = Database(engine), rows.parcel(), rows.parcel()
    winner = rows.property(parcel_id)
    loser = rows.property(merged, is_active=False, merged_into=winner)
    other = Rows(engine, "other-county")
    theirs = other.property(parcel_id)
    for table in ("tax_sales", "foreclosures", "code_violations"):
        for number, pointed in ((parcel_id, None), (parcel_id, loser), (merged, loser), (merged, winner)):
            rows.record(table, number, pointed)
        other.record(table, parcel_id, theirs)
    rows.record("tax_sales", parcel_id, None, is_active=False)
    link(engine)
    for table in ("tax_sales", "foreclosures", "code_violations"):
        query = f"SELECT DISTINCT property_id FROM {table} WHERE market = :market"
        assert database.column(query, market=MARKET) == [winner]
        assert database.column(query, market="other-county") == [theirs]
    assert state(database, loser)["is_active"] is False


def test_a_property_is_active_while_a_signal_points_to_it(engine: Engine, rows: Rows) -> None:
    database = Database(engine)
    numbers = {name: rows.parcel() for name in ("came", "went", "stays", "closed", "away")}
    ids = {
        name: rows.property(number, is_active=name in ("went", "stays", "closed"), counted_radius_miles=0.25)
        for name, number in numbers.items()
    }
    for name in ("came", "stays"):
        rows.record("tax_sales", numbers[name], ids[name])
    rows.record("tax_sales", numbers["went"], ids["went"], is_active=False)
    rows.record("code_violations", numbers["closed"], ids["closed"], status="Closed")
    theirs = Rows(engine, "other-county").property()
    before = {name: state(database, number)["updated_at"] for name, number in ids.items()}
    link(engine)
    states = {name: state(database, number) for name, number in ids.items()}
    assert {name for name, one in states.items() if one["is_active"]} == {"came", "stays"}
    # only a change is a change
    assert {name for name, one in states.items() if one["updated_at"] != before[name]} == {"came", "went", "closed"}
    assert {name for name, one in states.items() if not one["is_here"]} == {"went", "closed"}
    # counted anew when it comes back
    assert {name for name, one in states.items() if one["counted_radius_miles"] is None} == {"came"}
    assert state(database, theirs)["is_active"] is True


def test_the_join_rate_is_the_share_of_a_sources_parcels_that_is_on_the_roll(
    connection: Connection, rows: Rows, engine: Engine
) -> None:
    listed, gone, unknown = rows.parcel(), rows.parcel(), rows.parcel()
    rows.record("property_records", listed, None)
    rows.record("property_records", gone, None, is_active=False)
    other = Rows(engine, "other-county")
    other.record("property_records", unknown, None)
    other.record("foreclosures", listed, None)
    for parcel_id in (listed, listed, gone, unknown, None):
        rows.record("tax_sales", parcel_id, None)
    rows.record("tax_sales", rows.parcel(), None, is_active=False)
    rows.record("code_violations", listed, None)
    rows.record("code_violations", unknown, None, status="Closed")
    assert join_rates(connection, MARKET) == {"tax_sales": 0.3333, "code_violations": 1.0}
