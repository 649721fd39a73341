"""The roll's sources merged into parcels: which source gives what, what goes with its row, and what is written."""

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.stages.check.rows import DOWNTOWN, MARKET, Rows, look
from tests.stages.county import Database
from tests.stages.properties.rolls import DAY, change, context_of, market_of, merge, one, parcels, record
from wholesaler.stages.properties.merge import ROLL_COLUMNS
from wholesaler.stages.properties.rolls import merged_rolls

#: values in one table, owners in another, sales in a third
THREE: dict[str, dict[str, Any]] = {
    "assessments": {}, "owners": {}, "sales": {"record_date": "sale_date", "stale_after_days": 30},
}  # fmt: skip
PLACE = ("address", "city", "zip_code")
OWNER = ("owner_name", "co_owner_name")
MAIL = ("mail_address", "mail_address_2", "mail_city", "mail_state", "mail_zip", "mail_country")
SALE = ("sale_date", "sale_price", "sale_qualified")


@pytest.fixture
def rows(engine: Engine) -> Rows:
    return Rows(engine)


def test_each_column_is_of_the_first_source_that_has_a_value(engine: Engine, rows: Rows) -> None:
    record(rows, "assessments", "1", total_mkt=100, use_code="01")
    record(rows, "owners", "1", total_mkt=200, use_code="02", zoning_code="R1", address="1 ELM ST", location=DOWNTOWN)
    record(rows, "sales", "1", zoning_code="R2", address="2 OAK ST", city="Orlando", living_area=1_200, sale_date=DAY)
    assert merge(engine, market_of(**THREE)) == 1
    found = one(engine)
    assert (found["total_mkt"], found["use_code"], found["zoning_code"]) == (100, "01", "R1")
    assert (found["address"], found["city"], found["living_area"]) == ("1 ELM ST", "Orlando", 1_200)
    assert (found["longitude"], found["latitude"]) == DOWNTOWN
    assert found["is_listed"] is True


@pytest.mark.parametrize(
    ("first", "second", "merged"),
    [
        ({"owner_name": "SMITH JOHN"}, {"owner_name": "X", "co_owner_name": "Y"}, ("SMITH JOHN", None)),
        ({"co_owner_name": "SMITH MARY"}, {"owner_name": "X", "co_owner_name": "Y"}, (None, "SMITH MARY")),
        ({}, {"owner_name": "X", "co_owner_name": "Y"}, ("X", "Y")),
        ({"mail_country": "US"}, {"mail_city": "OCOEE"}, (None, None, "OCOEE", None, None, None)),
        ({"mail_zip": "32801"}, {"mail_address": "1 ELM ST"}, (None, None, None, None, "32801", None)),
        ({"mail_state": "FL", "mail_country": "US"}, {"mail_country": "CA"}, (None, None, None, "FL", None, "US")),
        ({"sale_qualified": True}, {"sale_price": 5}, (None, 5, None)),
        ({"sale_date": DAY}, {"sale_date": DAY, "sale_price": 5, "sale_qualified": True}, (DAY, 5, True)),
        ({"sale_date": DAY}, {"sale_date": DAY - timedelta(days=9)}, (DAY, None, None)),
        ({"sale_price": 7}, {"sale_date": DAY, "sale_price": 5, "sale_qualified": True}, (None, 7, None)),
    ],
)  # fmt: skip
def test_what_belongs_together_is_of_one_source(
    engine: Engine, rows: Rows, first: dict[str, Any], second: dict[str, Any], merged: tuple[Any, ...]
) -> None:
    record(rows, "assessments", "1", **first)
    record(rows, "owners", "1", **second)
    merge(engine, market_of(assessments={}, owners={}))
    found = one(engine)
    (group,) = [group for group in (OWNER, MAIL, SALE) if {*first, *second} <= set(group)]
    assert tuple(found[name] for name in group) == merged


def test_a_word_that_a_parcel_is_confidential_is_not_outvoted(engine: Engine, rows: Rows) -> None:
    for number, (first, second) in enumerate([(False, True), (True, False), (False, None), (None, None)]):
        record(rows, "assessments", str(number), confidential=first)
        record(rows, "sales", str(number), confidential=second, sale_date=DAY - timedelta(days=99))
    merge(engine, market_of(**THREE))
    found = parcels(engine)
    assert [found[number]["confidential"] for number in "0123"] == [True, True, False, None]


@pytest.mark.parametrize(
    ("marks", "others"),
    [
        ({"is_active": False}, {"assessments": {}, "sales": {}}),
        ({"confidential": None}, {"assessments": {}, "sales": {}}),
        ({"confidential": False, "sale_date": DAY - timedelta(days=31)}, {"assessments": {}, "sales": THREE["sales"]}),
        ({}, {"assessments": {}}),
        ({}, {"assessments": {}, "renamed": {}}),
        ({}, {}),
    ],
)
def test_confidential_stays_what_once_was_until_a_current_source_says_otherwise(
    engine: Engine, rows: Rows, marks: dict[str, Any], others: dict[str, Any]
) -> None:
    record(rows, "assessments", "1", owner_name="SMITH JOHN")
    for number in ("1", "2"):
        record(rows, "sales", number, confidential=True, owner_name="SMITH MARY")
    record(rows, "assessments", "3")
    merge(engine, market_of(assessments={}, sales={}))
    for number in ("1", "2"):
        for name, value in marks.items():
            change(rows, "sales", number, **{name: value})
    for everything in (False, True):
        merge(engine, market_of(**others), everything=everything)
        found = parcels(engine)
        assert {number for number, row in found.items() if row["confidential"]} == {"1", "2"}
        assert (found["2"]["is_listed"], "3" in found) == (False, "assessments" in others)
    # a source that has the column and no word in it has said nothing
    released = market_of(**(others or {"assessments": {}}))
    change(rows, "assessments", "1", confidential=None)
    merge(engine, released)
    assert parcels(engine)["1"]["confidential"] is True
    change(rows, "assessments", "1", confidential=False)
    merge(engine, released)
    assert {number: row["confidential"] for number, row in parcels(engine).items() if number != "3"} == {
        "1": False, "2": True,
    }  # fmt: skip


def test_a_parcel_that_stays_confidential_without_a_record_is_no_fault(engine: Engine, rows: Rows) -> None:
    record(rows, "assessments", "1", confidential=True)
    merge(engine, market_of(assessments={}))
    change(rows, "assessments", "1", is_active=False)
    assert merge(engine, market_of(assessments={})) == 1
    assert merge(engine, market_of(assessments={}), everything=True) == 0
    rows.insert("parcels", parcel_id="2", is_listed=False)
    context = context_of(engine, market_of(assessments={}))
    assert look(context, "consistency", "parcels_of_nothing").value["examples"] == ["2"]


def test_a_value_goes_with_its_row_and_comes_back_with_it(engine: Engine, rows: Rows) -> None:
    market = market_of(**THREE)
    record(rows, "assessments", "1", total_mkt=100)
    record(rows, "owners", "1", total_mkt=200, owner_name="SMITH JOHN")
    merge(engine, market)
    change(rows, "owners", "1", is_active=False)
    assert merge(engine, market) == 1
    assert (one(engine)["total_mkt"], one(engine)["owner_name"]) == (100, None)
    change(rows, "owners", "1", is_active=True)
    change(rows, "assessments", "1", is_active=False)
    assert merge(engine, market) == 1
    assert (one(engine)["total_mkt"], one(engine)["owner_name"]) == (200, "SMITH JOHN")
    assert one(engine)["is_listed"] is False
    change(rows, "owners", "1", is_active=False)
    assert merge(engine, market) == 1
    assert parcels(engine) == {}


@pytest.mark.parametrize(
    ("lists", "listed"), [((), {"1", "12"}), (("owners",), {"1", "12", "2"}), (("sales",), {"1", "12", "3"})]
)
def test_on_the_roll_is_what_the_first_source_has_or_one_that_lists(
    engine: Engine, rows: Rows, lists: tuple[str, ...], listed: set[str]
) -> None:
    for source, numbers in (("assessments", ("1", "12")), ("owners", ("2", "12")), ("sales", ("3",))):
        for number in numbers:
            record(rows, source, number)
    market = market_of(**{name: {**other, "lists": name in lists} for name, other in THREE.items()})
    merge(engine, market)
    found = parcels(engine)
    assert set(found) == {"1", "12", "2", "3"}
    assert {number for number, row in found.items() if row["is_listed"]} == listed


@pytest.mark.parametrize(("age", "price"), [(30, 300_000), (31, None)])
def test_a_stale_source_gives_no_value_but_the_place(engine: Engine, rows: Rows, age: int, price: int | None) -> None:
    market = market_of(**THREE)
    record(rows, "assessments", "1", total_mkt=100, city="Ocoee")
    sale = {"sale_date": DAY - timedelta(days=age), "sale_price": 300_000, "address": "1 ELM ST", "city": "Orlando"}
    record(rows, "sales", "1", **sale, location=DOWNTOWN)
    merge(engine, market)
    found = one(engine)
    assert found["sale_price"] == price
    assert (found["address"], found["city"], found["longitude"]) == ("1 ELM ST", "Ocoee", DOWNTOWN[0])


def test_what_becomes_stale_by_the_day_alone_is_merged_anew(engine: Engine, rows: Rows) -> None:
    market = market_of(**THREE)
    record(rows, "assessments", "1", total_mkt=100)
    record(rows, "sales", "1", sale_date=DAY, sale_price=300_000)
    merge(engine, market)
    assert merge(engine, market, DAY + timedelta(days=30)) == 0
    assert merge(engine, market, DAY + timedelta(days=31)) == 1
    assert one(engine)["sale_price"] is None
    assert merge(engine, market) == 1
    assert one(engine)["sale_price"] == 300_000


def test_another_order_of_the_sources_merges_anew_and_writes_what_differs(engine: Engine, rows: Rows) -> None:
    for source, value in (("assessments", 100), ("owners", 200)):
        record(rows, source, "1", total_mkt=value)
        record(rows, source, "2", total_mkt=50)
        record(rows, source, "3", city=source)
    merge(engine, market_of(assessments={}, owners={}))
    assert merge(engine, market_of(owners={}, assessments={})) == 2
    assert {number: (row["total_mkt"], row["city"]) for number, row in parcels(engine).items()} == {
        "1": (200, None), "2": (50, None), "3": (None, "owners"),
    }  # fmt: skip
    # what the market file has no more gives nothing, whatever its rows say
    assert merge(engine, market_of(owners={})) == 0
    assert merge(engine, market_of(sales={})) == 3
    assert parcels(engine) == {}


def test_a_second_merge_writes_nothing_and_a_change_is_all_that_is_written(engine: Engine, rows: Rows) -> None:
    market = market_of(**THREE)
    for number in range(5):
        for source in THREE:
            record(rows, source, str(number), total_mkt=number, sale_date=DAY, location=DOWNTOWN)
    assert merge(engine, market) == 5
    before = Database(engine).versions("parcels", "merged_rolls")
    assert merge(engine, market) == 0
    assert Database(engine).versions("parcels", "merged_rolls") == before
    # what another source says before it changes nothing
    change(rows, "sales", "1", total_mkt=99)
    change(rows, "assessments", "2", total_mkt=98)
    assert merge(engine, market) == 1
    assert {number for number, row in parcels(engine).items() if row["total_mkt"] == 98} == {"2"}


def test_each_column_is_written_when_it_alone_is_another(engine: Engine, rows: Rows) -> None:
    market = market_of(assessments={})
    record(rows, "assessments", "1", location=DOWNTOWN)
    merge(engine, market)
    types = {"location": "ST_GeogFromText('POINT(-81.3 28.5)')", "use_code": "'01'"}
    for name in (*PLACE, "location", *ROLL_COLUMNS):
        kind = Database(engine).value(
            "SELECT data_type FROM information_schema.columns WHERE table_name = 'parcels' AND column_name = :name",
            name=name,
        )
        value = types.get(name) or {"text": "'x'", "boolean": "true", "date": "'2020-01-01'"}.get(kind, "7")
        rows.execute(
            f"UPDATE property_records SET {name} = {value}, updated_at = now() WHERE market = :market RETURNING 1"
        )
        assert merge(engine, market) == 1, name


def test_rows_changed_behind_our_back_are_mended_when_everything_is_asked_for(engine: Engine, rows: Rows) -> None:
    market = market_of(assessments={})
    record(rows, "assessments", "1", total_mkt=100)
    merge(engine, market)
    rows.execute("UPDATE parcels SET total_mkt = 5 WHERE market = :market RETURNING 1")
    rows.insert("parcels", parcel_id="ghost", is_listed=True)
    assert merge(engine, market) == 0
    assert merge(engine, market, everything=True) == 2
    assert one(engine)["total_mkt"] == 100


def test_after_a_clock_was_set_back_everything_is_compared(engine: Engine, rows: Rows) -> None:
    market = market_of(assessments={})
    record(rows, "assessments", "1", total_mkt=100)
    merge(engine, market)
    rows.execute("UPDATE merged_rolls SET merged_at = now() + interval '1 day' WHERE market = :market RETURNING 1")
    change(rows, "assessments", "1", total_mkt=101)
    assert merge(engine, market) == 1
    assert merge(engine, market) == 0


def test_another_market_is_left_alone(engine: Engine, rows: Rows) -> None:
    other = Rows(engine, "other-county")
    record(other, "assessments", "1", total_mkt=5)
    other.insert("parcels", parcel_id="2", is_listed=True)
    record(rows, "assessments", "1", total_mkt=100)
    merge(engine, market_of(assessments={}))
    assert set(parcels(engine, "other-county")) == {"2"}
    assert one(engine)["total_mkt"] == 100


def test_a_market_without_a_roll_has_no_parcels(engine: Engine, rows: Rows) -> None:
    assert merge(engine, market_of()) == 0
    assert Database(engine).value("SELECT count(*) FROM merged_rolls") == 0
    record(rows, "assessments", "1", total_mkt=100)
    merge(engine, market_of(assessments={}))
    assert merge(engine, market_of()) == 1
    assert parcels(engine) == {}


def test_the_place_is_of_fresh_sources_before_stale_ones(engine: Engine, rows: Rows) -> None:
    record(rows, "sales", "1", sale_date=DAY - timedelta(days=31), city="Orlando")
    record(rows, "owners", "1", city="Ocoee")
    merge(engine, market_of(sales=THREE["sales"], owners={}, assessments={}))
    assert one(engine)["city"] == "Ocoee"
    with engine.connect() as connection:
        assert merged_rolls(connection, MARKET).places == ["owners", "assessments", "sales"]
        assert merged_rolls(connection, "other-county").places == []


def plain_reading(
    sources: Mapping[str, Mapping[str, Mapping[str, Any]]], fresh: Sequence[str], listing: Sequence[str],
    former: Mapping[str, Mapping[str, Any]],
) -> dict[str, dict[str, Any]]:  # fmt: skip
    """The merge once more, a parcel at a time: ``sources`` are the active records by number, in the file's order.

    ``former`` is what was merged before.
    """
    merged = {}
    confidential = {number for number, row in former.items() if row["confidential"]}
    for number in {number for records in sources.values() for number in records} | confidential:
        records = {name: records[number] for name, records in sources.items() if number in records}
        current = [records[name] for name in records if name in fresh]
        placed = current + [records[name] for name in records if name not in fresh]
        row: dict[str, Any] = {"is_listed": any(name in listing for name in records)}
        for name in ("longitude", *PLACE):
            row[name] = next((one[name] for one in placed if one.get(name) is not None), None)
        together = {name: group for group in (OWNER, MAIL, SALE) for name in group}
        for name in ROLL_COLUMNS:
            group = [other for other in together.get(name, (name,)) if other not in ("mail_country", "sale_qualified")]
            said = [one for one in current if any(one.get(other) is not None for other in group)]
            if name in SALE:  # one at a price goes before a mere day
                said.sort(key=lambda one: one.get("sale_price") is None)
            row[name] = said[0].get(name) if said else None
        if row["confidential"] is not True:
            said_any = [one["confidential"] for one in placed if one.get("confidential") is not None]
            row["confidential"] = True if True in said_any else (said_any[0] if said_any else None)
        if number in confidential and not any(one.get("confidential") is False for one in current):
            row["confidential"] = True
        price, day, row["held_since"] = row["sale_price"], row["sale_date"], None
        if price is not None and day is not None:
            sales = [one.get("sale_date") for one in current if (one.get("sale_price") or 0) >= 1_000]
            sales.append(former[number]["held_since"] if number in former else None)
            earlier = [sale for sale in sales if sale is not None and sale <= day]
            row["held_since"] = day if price >= 1_000 else max(earlier, default=None)
        merged[number] = row
    return merged


def test_a_plain_reading_of_a_made_up_county_agrees(engine: Engine, rows: Rows) -> None:
    chance = random.Random(9)
    kinds = {
        row["column_name"]: row["data_type"]
        for row in Database(engine).rows(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'parcels'"
        )
    }

    def value(name: str, newest: date) -> Any:
        kind = kinds[name]
        if kind == "text":
            return f"{name} {chance.randint(1, 9)}"
        if kind == "boolean":
            return chance.random() < 0.5
        if kind == "date":
            return newest - timedelta(days=chance.randint(0, 9_000))
        return Decimal(chance.choice((0, 1, 500, 999, 1_000, 250_000)))

    market = market_of(
        assessments={},
        owners={"lists": True},
        former={"record_date": "sale_date", "stale_after_days": 30},
        sales={"record_date": "sale_date", "stale_after_days": 30},
    )
    listing = ["assessments", "owners"]
    active: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in market.rolls}
    for night in range(3):
        for number in range(60):
            for source in market.rolls:
                if chance.random() < (0.3 if night == 0 else 0.8):
                    continue
                newest = DAY - timedelta(days=31 if source == "former" else 0)
                names = [name for name in (*PLACE, *ROLL_COLUMNS) if chance.random() < 0.35]
                values = {name: value(name, newest) for name in names}
                if source == "sales" and number == 0:
                    values["sale_date"] = DAY
                place = (-81.4 + chance.randint(1, 9) / 1_000, 28.5) if chance.random() < 0.5 else None
                is_active = chance.random() < 0.8 or number == 0
                rows.execute(
                    "DELETE FROM property_records WHERE market = :market AND source = :source AND record_key = :id"
                    " RETURNING 1",
                    source=source, id=str(number),
                )  # fmt: skip
                located = {"location": place} if place else {}
                record(rows, source, str(number), is_active=is_active, **values, **located)
                active[source].pop(str(number), None)
                if is_active:
                    active[source][str(number)] = {**values, "longitude": place and place[0]}
        # an ingest marks rows and deletes none: nothing is left of those that this test has deleted
        former = parcels(engine)
        merge(engine, market, everything=night == 0)
        found = parcels(engine)
        expected = plain_reading(active, ["assessments", "owners", "sales"], listing, former)
        assert set(found) == set(expected)
        for number, row in expected.items():
            assert {name: found[number][name] for name in row} == row, number
        assert merge(engine, market) == 0
