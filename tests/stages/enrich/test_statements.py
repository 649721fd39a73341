"""Which addresses the geocoder is asked for, what is remembered of its answers, and who takes them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.stages.check.rows import DOWNTOWN, MARKET, Rows
from tests.stages.county import Database
from wholesaler.db.sql import statement

PLACE = {"address": "1 Elm St", "city": "Orlando", "zip_code": "32801-1234", "house_number": "1", "location": None}
KEY = "1 ELM ST|ORLANDO|32801"
Execute = Callable[..., Any]


@pytest.fixture
def rows(engine: Engine) -> Rows:
    return Rows(engine)


@pytest.fixture
def execute(engine: Engine) -> Execute:
    """Run a statement of the stage."""

    def execute(name: str, file: str = "geocode.sql", **parameters: Any) -> Any:
        with engine.begin() as connection:
            query = statement("wholesaler.stages.enrich", file, name)
            result = connection.execute(query, {"market": MARKET, **parameters})
            return [dict(row) for row in result.mappings()] if result.returns_rows else result.rowcount

    return execute


def keys(execute: Execute) -> list[str]:
    return sorted(row["address_key"] for row in execute("addresses_without_location", as_of="2025-11-20"))


def test_each_address_that_can_be_found_is_asked_for_once(rows: Rows, execute: Execute, engine: Engine) -> None:
    for _ in range(2):
        rows.property(**PLACE)
    rows.property(**PLACE | {"address": "2 ELM ST", "zip_code": None})
    rows.property(**PLACE | {"address": "3 ELM ST", "city": None})
    for lacking in (
        {"city": None, "zip_code": None}, {"house_number": None}, {"location": DOWNTOWN}, {"is_active": False},
    ):  # fmt: skip
        rows.property(**PLACE | {"address": "9 OAK ST"} | lacking)
    other = Rows(engine, "other-county")
    other.property(**PLACE | {"address": "8 OAK ST"})
    # nobody is asked about a confidential parcel
    for place in (rows, other):
        place.property("confidential", **PLACE | {"address": "7 OAK ST"})
        place.insert("parcels", parcel_id="confidential", is_listed=True, confidential=True)
    assert keys(execute) == [KEY, "2 ELM ST|ORLANDO", "3 ELM ST|32801"]


@pytest.mark.parametrize(
    ("expires", "asked"), [(None, False), ("now() + interval '1 hour'", False), ("now() - interval '1 hour'", True)]
)
def test_what_is_remembered_is_asked_again_after_it_expires(
    rows: Rows, execute: Execute, engine: Engine, expires: str | None, asked: bool
) -> None:
    rows.property(**PLACE)
    rows.insert("geocode_cache", address_key=KEY, match="No_Match")
    rows.execute(f"UPDATE geocode_cache SET expires_at = {expires or 'NULL'}")
    Rows(engine, "other-county").insert("geocode_cache", address_key="2 ELM ST|ORLANDO|32801", match="No_Match")
    rows.property(**PLACE | {"address": "2 ELM ST"})
    assert (KEY in keys(execute)) is asked
    assert "2 ELM ST|ORLANDO|32801" in keys(execute)


def test_a_match_is_kept_for_good_and_a_miss_for_some_days(execute: Execute, engine: Engine) -> None:
    answer = {"address_key": KEY, "address": "1 Elm St", "zip_code": "32801"}
    kept = (
        "SELECT match, round(extract(epoch FROM expires_at - now()) / 86400) AS days, ST_X(location::geometry) AS x"
        " FROM geocode_cache"
    )
    for match, x, days in (("Tie", None, 90), ("Match", DOWNTOWN[0], None), ("No_Match", None, 90)):
        matched = {"match": match, "matched_address": x and "1 ELM ST, ORLANDO, FL, 32801", "x": x, "y": DOWNTOWN[1]}
        execute("keep", answers=json.dumps([answer | matched]), state="FL", miss_days=90)
        (row,) = Database(engine).rows(kept)
        assert (row["match"], row["days"], row["x"]) == (match, days, x)


#: the address and ZIP that are asked for, what is answered, and whether it is that
ANSWERS = (
    ("12 MAIN ST", "32801", "12 MAIN ST, ORLANDO, FL, 32801", True),
    ("12 MAIN ST", "32801", "12 MAIN ST, ORLANDO, FL, 32801-1234", True),
    ("12 MAIN ST", "32801", "12 MAIN ST, ORLANDO, FL", True),
    ("12 MAIN ST", None, "12 MAIN ST, ORLANDO, FL, 32801", True),
    ("12 MAIN ST", "32802", "12 MAIN ST, ORLANDO, FL, 32801", False),
    ("12 MAIN ST", "32801", "14 MAIN ST, ORLANDO, FL, 32801", False),
    ("12 MAIN ST", "32801", "12 OAK ST, ORLANDO, FL, 32801", False),
    ("12 MAIN", "32801", "12 N MAIN ST, ORLANDO, FL, 32801", True),
    ("12 N MAIN ST", "32801", "12 MAIN, ORLANDO, FL, 32801", True),
    ("12 N MAIN ST", "32801", "12 S MAIN ST, ORLANDO, FL, 32801", False),
    ("12 N MAIN ST", "32801", "12 N MAIN AVE, ORLANDO, FL, 32801", False),
)


def test_a_match_is_of_the_address_that_was_asked_for(execute: Execute, engine: Engine) -> None:
    answers = [
        {"address_key": f"{number}", "address": address, "zip_code": zip_code, "match": "Match",
         "matched_address": matched, "x": DOWNTOWN[0], "y": DOWNTOWN[1]}
        for number, (address, zip_code, matched, _) in enumerate(ANSWERS)
    ]  # fmt: skip
    execute("keep", answers=json.dumps(answers), state="FL", miss_days=90)
    kept = Database(engine).rows(
        "SELECT match, location IS NOT NULL AS found FROM geocode_cache ORDER BY address_key::int"
    )
    assert [tuple(row.values()) for row in kept] == [
        ("Match" if fits else "No_Match", fits) for *_, fits in ANSWERS
    ]  # fmt: skip


def test_properties_without_a_location_take_the_one_of_their_address(
    rows: Rows, execute: Execute, engine: Engine
) -> None:
    other, database = Rows(engine, "other-county"), Database(engine)
    for address in ("1 ELM ST", "2 ELM ST"):
        rows.insert("geocode_cache", address_key=f"{address}|ORLANDO|32801", match="Match", location=DOWNTOWN)
    rows.insert("geocode_cache", address_key="3 ELM ST|ORLANDO|32801", match="No_Match")
    other.insert("geocode_cache", address_key="4 ELM ST|ORLANDO|32801", match="Match", location=DOWNTOWN)
    takes = [rows.property(**PLACE), rows.property(**PLACE | {"address": "2 elm st", "zip_code": "32801"})]
    for number in (3, 4):
        rows.property(**PLACE | {"address": f"{number} ELM ST"})
    rows.property(**PLACE | {"is_active": False})
    rows.property(**PLACE | {"location": (-81.3, 28.5)})
    other.property(**PLACE)
    assert execute("apply") == 2
    located = "SELECT id FROM properties WHERE location_source = 'census_geocoder' ORDER BY 1"
    assert database.column(located) == takes
    assert execute("apply") == 0


def test_coverage_is_of_the_active_properties(rows: Rows, execute: Execute, engine: Engine) -> None:
    for address in ("1 ELM ST", None):
        for place in (DOWNTOWN, None):
            rows.property(address=address, location=place)
    rows.property(is_active=False, address=None, location=None)
    parcels = Database(engine).column("SELECT parcel_id FROM properties ORDER BY id")
    rows.record("property_records", parcels[0], None)
    rows.record("property_records", parcels[1], None, is_active=False)
    rows.insert("parcels", parcel_id=parcels[2], is_listed=False)
    rows.record("property_records", parcels[-1], None)
    other = Rows(engine, "other-county")
    other.property(address=None, location=None)
    other.record("property_records", parcels[3], None)
    assert execute("coverage", "coverage.sql") == [{"processed": 4, "failed": 1, "records_attached": 1}]
