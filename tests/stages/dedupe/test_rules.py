"""Which parcel a record or a duplicate is of, case by case: all in one county, each at a house number of its own.

Its roll was never read whole; what a whole one tells stands in ``test_bridges``.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from tests.stages.check.rows import AS_OF, DOWNTOWN, MARKET, Rows
from tests.stages.county import Database, shifted
from wholesaler.config import load_settings
from wholesaler.markets import load_market
from wholesaler.stages.dedupe import stage
from wholesaler.stages.dedupe.undo import Undone, undo
from wholesaler.stages.interface import Attempt, Context

NEAR, BEYOND = shifted(DOWNTOWN, 149), shifted(DOWNTOWN, 151)
ROLL = "property_records"


@pytest.fixture
def rows(engine: Engine) -> Rows:
    return Rows(engine)


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> Context:
    settings = load_settings({"WHOLESALER_HOME": str(tmp_path)}, tmp_path)
    return Context(settings, load_market(MARKET), date.fromisoformat(AS_OF), engine, uuid4())


def here(number: int, **values: Any) -> dict[str, Any]:
    """The address and place of the case of this number."""
    known = {"address": f"{number} ELM ST", "city": "ORLANDO", "zip_code": "32801", "location": DOWNTOWN}
    return {**known, **values}


#: what the record says otherwise than the roll's parcel, and the parcel; whether it is matched
MATCHES: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    ({}, {}, True),
    ({"location": NEAR}, {}, True),
    ({"location": BEYOND}, {}, False),
    ({"zip_code": "32802"}, {}, True),
    ({"zip_code": "32801-9999"}, {}, True),
    ({"zip_code": None}, {}, True),
    ({}, {"zip_code": None}, True),
    ({"zip_code": None, "city": "APOPKA"}, {}, True),
    ({"zip_code": None, "location": BEYOND}, {}, False),
    ({"location": None}, {}, True),
    ({}, {"location": None}, True),
    ({"location": None, "city": "APOPKA"}, {}, True),
    ({"location": None, "zip_code": None}, {}, True),
    ({"location": None, "zip_code": None, "city": "Orlando"}, {}, True),
    ({"location": None, "zip_code": None, "city": "APOPKA"}, {}, False),
    ({"location": None, "zip_code": None, "city": None}, {}, False),
    ({"location": None, "zip_code": "32802"}, {}, False),
    ({}, {"is_active": False}, False),
    ({"is_active": False}, {}, False),
]


def test_a_record_is_matched_to_the_parcel_at_its_address_unless_place_zip_code_or_town_contradict(
    context: Context, rows: Rows, engine: Engine
) -> None:
    parcels = []
    other = Rows(engine, "other-county")
    for number, (record, parcel, _) in enumerate(MATCHES, start=1):
        parcels.append(rows.parcel())
        rows.record(ROLL, parcels[-1], None, **here(number, **parcel))
        rows.record("foreclosures", None, None, record_key=f"{number}", **here(number, **record))
        # a second parcel would be ambiguous: another market's is none
        other.record(ROLL, f"other {number}", None, **here(number))
        other.record("foreclosures", None, None, **here(number))
    rows.run("ingest", ROLL)
    result = stage.run(context, Attempt())
    database = Database(engine)
    found = database.rows(
        "SELECT record_key, property.parcel_id, match_evidence FROM foreclosures AS record"
        " LEFT JOIN properties AS property ON property.id = record.property_id WHERE record.market = :market",
        market=MARKET,
    )
    assert {int(row["record_key"]): row["parcel_id"] for row in found} == {
        number: parcels[number - 1] if fits else None for number, (_, _, fits) in enumerate(MATCHES, start=1)
    }
    assert all((row["parcel_id"] is None) is (row["match_evidence"] is None) for row in found)
    assert result.stats["records_matched"] == sum(fits for *_, fits in MATCHES)
    # neither place nor ZIP nor city are known, or the ZIP is another one, and the roll was never read whole
    assert result.stats["records_ambiguous"] == 2
    assert database.column("SELECT property_id FROM foreclosures WHERE market <> :market", market=MARKET) == [
        None
    ] * len(MATCHES)  # fmt: skip
    assert stage.run(context, Attempt()).stats["records_changed"] == 0


#: what the property says otherwise than the roll's parcel, and the parcel; whether it is merged
MERGES: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    ({}, {}, True),
    ({"location": NEAR}, {}, True),
    ({"location": BEYOND}, {}, False),
    ({"location": None}, {}, True),
    ({}, {"location": None}, True),
    ({"location": None, "zip_code": "32802"}, {}, False),
    ({"location": None, "zip_code": None, "city": None}, {}, False),
    ({"zip_code": "32802"}, {}, True),
    ({"zip_code": None}, {}, True),
    ({}, {"zip_code": None}, True),
    ({"never_merge": True}, {}, False),
    ({"is_active": False}, {}, False),
    ({}, {"is_active": False}, False),
    ({"address": "10 ELM ST # 1", "unit": "1"}, {}, False),
]


def test_a_property_that_is_not_on_the_roll_is_merged_into_the_parcel_at_its_address_and_place(
    context: Context, rows: Rows, engine: Engine
) -> None:
    pairs = []
    other = Rows(engine, "other-county")
    for number, (unlisted, parcel, _) in enumerate(MERGES, start=1):
        loser, winner = rows.parcel(), rows.parcel()
        standard = {"house_number": str(number), "street": "ELM STREET"}
        active = unlisted.get("is_active", True)
        rows.property(loser, **{**here(number), **standard, **unlisted})
        rows.record("foreclosures", loser, None, is_active=active)
        rows.record(ROLL, winner, None, **here(number, **parcel))
        # the same number, so that the address is looked at whatever the property is
        rows.record("tax_sales", None, None, **here(number, address=f"{number} OAK ST"))
        other.record(ROLL, loser, None, **here(number))
        other.record(ROLL, f"other {number}", None, **here(number))
        pairs.append((loser, winner))
    rows.run("ingest", ROLL)
    result = stage.run(context, Attempt())
    database = Database(engine)
    query = (
        "SELECT loser.parcel_id AS loser, winner.parcel_id AS winner FROM properties AS loser"
        " JOIN properties AS winner ON winner.id = loser.merged_into"
    )
    merged = {row["loser"]: row["winner"] for row in database.rows(query)}
    assert merged == {loser: winner for (loser, winner), (*_, fits) in zip(pairs, MERGES, strict=True) if fits}
    assert result.stats["merged"] == result.stats["duplicates_found"] == len(merged)
    for loser in merged:
        found = database.property(loser)
        assert (found["is_active"], found["merge_evidence"]["parcel_id"]) == (False, loser)
        assert found["merge_evidence"]["merged_into"] == merged[loser]
    again = stage.run(context, Attempt())
    assert (again.stats["merged"], again.stats["unmerged"], again.stats["duplicates_found"]) == (0, 0, 0)


def ran(rows: Rows, source: str = ROLL, status: str = "success", as_of: str = AS_OF, stage: str = "ingest") -> None:
    rows.run(stage, source, status, as_of=as_of)


@pytest.mark.parametrize(
    ("runs", "whole"),
    [
        ([], False),
        ([{}], True),
        ([{"status": "partial"}], False),
        ([{"status": "failure"}], False),
        ([{"as_of": "2025-11-19"}], False),
        ([{"stage": "enrich"}], False),
        ([{"source": "tax_sales"}, {}], True),
        ([{}, {"source": "tax_sales"}], False),
        ([{}, {"source": "tax_sales", "status": "partial"}], False),
        ([{}, {"source": "tax_sales", "status": "failure"}], True),
        ([{}, {"source": "tax_sales", "stage": "check"}], True),
        ([{}, {"status": "running"}], True),
        ([{}, {"status": "failure"}], False),
        ([{"status": "failure"}, {}], True),
    ],
)
def test_the_roll_is_relied_on_when_its_newest_answer_is_whole_of_the_day_and_the_last(
    context: Context, rows: Rows, engine: Engine, runs: list[dict[str, str]], whole: bool
) -> None:
    other = Rows(engine, "other-county")
    ran(other)
    for one in runs:
        ran(rows, **one)
    ran(other, status="failure")
    ran(other, source="tax_sales")
    rows.record(ROLL, rows.parcel(), None, **here(1))
    rows.record("foreclosures", None, None, **here(1))
    stats = stage.run(replace(context), Attempt()).stats
    assert (stats["records_matched"], stats["records_waiting"]) == ((1, 0) if whole else (0, 1))


def test_undo_is_of_the_one_property_and_of_this_market(context: Context, rows: Rows, engine: Engine) -> None:
    database, other = Database(engine), Rows(engine, "other-county")
    winner = rows.property()
    losers = [rows.parcel(), rows.parcel()]
    for loser in losers:
        rows.property(loser, is_active=False, merged_into=winner, counted_radius_miles=0.25, merge_evidence={})
    theirs = other.property(losers[0], is_active=False, merged_into=other.property())
    for loser in losers:
        rows.record("tax_sales", loser, winner)
    assert undo(context, losers[0]) == Undone(losers[0])
    rows_now = {row["parcel_id"]: row for row in database.rows("SELECT * FROM properties WHERE market = :m", m=MARKET)}
    undone, kept = (rows_now[loser] for loser in losers)
    assert (undone["merged_into"], undone["merge_evidence"], undone["never_merge"]) == (None, None, True)
    assert (undone["is_active"], undone["counted_radius_miles"]) == (True, None)
    assert (kept["merged_into"], kept["never_merge"], kept["is_active"]) == (winner, False, False)
    assert database.value("SELECT merged_into IS NOT NULL FROM properties WHERE id = :id", id=theirs)
