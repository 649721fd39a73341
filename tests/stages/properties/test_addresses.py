"""Which of a property's records give its address and its location, and when they are written."""

import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.stages.check.rows import AS_OF, DOWNTOWN, MARKET, Rows
from tests.stages.county import Database
from tests.support import DATA
from wholesaler.markets import load_market
from wholesaler.stages.properties.addresses import refresh_addresses, standardise
from wholesaler.stages.properties.parcels import refresh_parcels

#: where each kind of record says the property is
PLACES = {
    "tax_sales": (-81.31, 28.51), "foreclosures": (-81.32, 28.52), "property_records": (-81.33, 28.53),
    "code_violations": (-81.34, 28.54),
}  # fmt: skip
FIRST = (-81.35, 28.55)
LISTS = {"zoning": "tax_sales", "events": "distress_events"}
STREETS = {
    "tax_sales": "1 ELM ST",
    "foreclosures": "2 OAK ST",
    "property_records": "3 ASH ST",
    "code_violations": "4 FIR ST",
}


@pytest.fixture
def rows(engine: Engine) -> Rows:
    return Rows(engine)


def bare(rows: Rows, **values: Any) -> tuple[str, int]:
    """A property without address and location; its parcel number and id."""
    parcel_id = rows.parcel()
    return parcel_id, rows.property(parcel_id, **{"address": None, "location": None, **values})


def refresh(engine: Engine) -> int:
    market = load_market(MARKET)
    with engine.begin() as connection:
        refresh_parcels(connection, market, date.fromisoformat(AS_OF))
        return refresh_addresses(connection, market)


def known(engine: Engine, parcel_id: str) -> tuple[Any, Any, Any, Any]:
    """Address and location of a property, each with its source."""
    row = Database(engine).property(parcel_id)
    place = None if row["longitude"] is None else (row["longitude"], row["latitude"])
    return row["address"], row["address_source"], place, row["location_source"]


@pytest.mark.parametrize(
    ("records", "address", "place"),
    [
        (["tax_sales", "foreclosures", "property_records", "code_violations"], "property_records", "tax_sales"),
        (["foreclosures", "property_records", "code_violations"], "property_records", "foreclosures"),
        (["property_records", "code_violations"], "property_records", "property_records"),
        (["tax_sales", "foreclosures", "code_violations"], "foreclosures", "tax_sales"),
        (["tax_sales", "code_violations"], "tax_sales", "tax_sales"),
        (["code_violations"], "code_violations", "code_violations"),
        (["property_records"], "property_records", "property_records"),
        ([], None, None),
    ],
)
def test_the_best_record_gives_the_address_and_the_location(
    engine: Engine, rows: Rows, records: list[str], address: str | None, place: str | None
) -> None:
    parcel_id, number = bare(rows)
    for table in PLACES:
        values = {"address": STREETS[table], "location": PLACES[table]}
        if table in records:
            rows.record(table, parcel_id, number, **values)
            # of several the first by its key
            rows.record(table, None, number, **{**values, "address": "9 LATER ST", "location": DOWNTOWN})
        # what is gone, of another source or of nobody is no record of it
        rows.record(table, None if table != "property_records" else rows.parcel(), number, **values, is_active=False)
        rows.record(table, None, number, **values, source="former")
        rows.record(table, None, None, **values)
    rows.execute("DELETE FROM property_records WHERE address = '9 LATER ST' OR record_key <> parcel_id")
    refresh(engine)
    assert known(engine, parcel_id) == (
        address and STREETS[address], address, place and PLACES[place], place,
    )  # fmt: skip
    assert refresh(engine) == 0


def test_what_the_best_record_lacks_the_next_gives(engine: Engine, rows: Rows) -> None:
    parcel_id, number = bare(rows)
    rows.record("property_records", parcel_id, number, zip_code="32801")
    rows.record("foreclosures", parcel_id, number, location=PLACES["foreclosures"], city="Apopka")
    rows.record("tax_sales", parcel_id, number, address="1 ELM ST", city="Orlando", zip_code="32802")
    refresh(engine)
    assert known(engine, parcel_id) == ("1 ELM ST", "tax_sales", PLACES["foreclosures"], "foreclosures")
    row = Database(engine).property(parcel_id)
    assert (row["city"], row["zip_code"]) == ("Orlando", "32801")
    assert (row["house_number"], row["street"], row["unit"]) == ("1", "ELM STREET", None)


def test_a_geocoded_location_stays_until_a_record_has_one_or_the_address_is_another(engine: Engine, rows: Rows) -> None:
    geocoded = {"location": DOWNTOWN, "location_source": "census_geocoder", "address": "1 ELM ST"}
    source = {"address_source": "tax_sales", "house_number": "1", "street": "ELM STREET"}
    ids = [bare(rows, **geocoded, **source) for _ in range(3)]
    for (parcel_id, number), address in zip(ids, ("1 ELM ST", "2 ELM ST", "1 ELM ST"), strict=True):
        rows.record("tax_sales", parcel_id, number, address=address)
    rows.record("code_violations", ids[2][0], ids[2][1], location=PLACES["code_violations"])
    lost, _ = bare(rows, location=DOWNTOWN, location_source="tax_sales")
    refresh(engine)
    assert [known(engine, parcel_id)[2:] for parcel_id, _ in ids] == [
        (DOWNTOWN, "census_geocoder"),
        (None, None),
        (PLACES["code_violations"], "code_violations"),
    ]
    assert known(engine, lost) == (None, None, None, None)


@pytest.mark.parametrize(
    ("changes", "stays"),
    [
        ({}, True), ({"address": "1 Elm St"}, True), ({"city": "ORLANDO"}, True), ({"zip_code": "32801-1234"}, True),
        ({"city": "Apopka"}, False), ({"city": None}, False), ({"zip_code": "32802"}, False),
        ({"zip_code": "32803-1234"}, False), ({"zip_code": None}, False),
    ],
)  # fmt: skip
def test_a_geocoded_location_is_that_of_street_city_and_zip(
    engine: Engine, rows: Rows, changes: dict[str, str | None], stays: bool
) -> None:
    asked = {"address": "1 ELM ST", "city": "Orlando", "zip_code": "32801"}
    ids = [bare(rows, location=DOWNTOWN, location_source=source, **asked) for source in ("census_geocoder", "former")]
    for parcel_id, number in ids:
        rows.record("tax_sales", parcel_id, number, **{**asked, **changes})
    refresh(engine)
    assert [known(engine, parcel_id)[3] for parcel_id, _ in ids] == ["census_geocoder" if stays else None, None]


def test_of_several_lists_of_a_kind_the_first_of_the_market_file_gives_address_and_location(
    engine: Engine, rows: Rows
) -> None:
    market = load_market(MARKET)
    sales = market.sources["tax_sales"]
    lists = {name: sales.model_copy(update={"record": kind}) for name, kind in LISTS.items()}
    market = market.model_copy(update={"sources": {"zoning": lists["zoning"], **market.sources, **lists}})
    theirs = Rows(engine, "other-county")
    # a stale one comes after the others
    rolls = [[name, name == "old", True, True] for name in ("old", "property_records", "owners", "numbers", "places")]
    rows.execute(
        "INSERT INTO merged_rolls (market, sources, merged_at, changed_at)"
        " VALUES (:market, CAST(:of AS jsonb), now(), now())",
        of=json.dumps(rolls),
    )

    # the roll's sources have said what its parcel says: the first that has an address, and the first that has a place
    listed, _ = bare(rows)
    rows.insert("parcels", parcel_id=listed, is_listed=True, address="3 ASH ST", location=DOWNTOWN)
    theirs.insert("parcels", parcel_id=listed, is_listed=True, address="8 FIR ST", location=PLACES["tax_sales"])
    both = {"address": "3 ASH ST", "location": DOWNTOWN, "merged": False}
    for one, parcel_id, source, values in (
        (rows, listed, "property_records", {"address": None, "location": None}), (rows, listed, "former", {}),
        (rows, listed, "owners", {"is_active": False}), (rows, listed, "old", {}),
        (rows, listed, "numbers", {"location": None}),
        (rows, listed, "places", {}), (rows, rows.parcel(), "owners", {}), (theirs, listed, "property_records", {}),
    ):  # fmt: skip
        one.record("property_records", parcel_id, None, source=source, **{**both, **values})
    # nobody has said it: the first roll is named
    unsaid, _ = bare(rows)
    rows.insert("parcels", parcel_id=unsaid, is_listed=True, address="5 ASH ST", location=FIRST)
    # of the lists the first of the file, not of the alphabet
    signalled, signalled_number = bare(rows)
    for table, source, key in (
        ("tax_sales", "zoning", "z"), ("tax_sales", "tax_sales", "a"), ("distress_events", "events", "a"),
    ):  # fmt: skip
        values = {"address": f"1 {source}", "location": FIRST if source == "zoning" else DOWNTOWN}
        signal = {"signal": "vacancy"} if table == "distress_events" else {}
        rows.record(table, None, signalled_number, source=source, record_key=key, **values, **signal)
    event, event_number = bare(rows)
    rows.insert("parcels", parcel_id=event, is_listed=True, location=FIRST)
    rows.record(
        "distress_events", None, event_number, source="events", address="1 b", location=DOWNTOWN, signal="vacancy"
    )
    rows.record("code_violations", None, event_number, address="1 a", location=FIRST)
    located, located_number = bare(rows)
    rows.record(
        "distress_events", None, located_number, source="events", address="1 b", location=DOWNTOWN, signal="vacancy"
    )
    rows.record("code_violations", None, located_number, address="1 a", location=FIRST)
    # what another market's addresses are is another matter
    theirs.insert("standard_addresses", address="3 ASH ST", house_number="99", street="ASH")

    with engine.begin() as connection:
        assert refresh_addresses(connection, market) == 5
    assert known(engine, listed) == ("3 ASH ST", "numbers", DOWNTOWN, "places")
    assert known(engine, unsaid) == ("5 ASH ST", "property_records", FIRST, "property_records")
    assert known(engine, signalled) == ("1 zoning", "zoning", FIRST, "zoning")
    assert known(engine, event) == ("1 b", "events", FIRST, "property_records")
    assert known(engine, located) == ("1 b", "events", DOWNTOWN, "events")
    assert Database(engine).property(listed)["house_number"] == "3"


@pytest.mark.parametrize(
    ("better", "worse", "address", "place"),
    [
        (("tax_sales", "tax_sales"), ("foreclosures", "notices"), "notices", "tax_sales"),
        (("tax_sales", "tax_sales"), ("distress_events", "alarms"), "tax_sales", "tax_sales"),
        (("foreclosures", "foreclosures"), ("distress_events", "alarms"), "foreclosures", "foreclosures"),
        (("distress_events", "events"), ("code_violations", "cases"), "events", "events"),
    ],
)
def test_the_kind_of_a_record_goes_before_the_order_of_the_market_file(
    engine: Engine, rows: Rows, better: tuple[str, str], worse: tuple[str, str], address: str, place: str
) -> None:
    market = load_market(MARKET)
    kinds = {"notices": "foreclosures", "alarms": "distress_events", "cases": "code_violations"}
    plain = market.sources["tax_sales"]
    first, last = (
        {name: plain.model_copy(update={"record": kind}) for name, kind in lists.items()}
        for lists in (kinds, {"events": "distress_events"})
    )
    market = market.model_copy(update={"sources": {**first, **market.sources, **last}})
    parcel_id, number = bare(rows)
    for (table, source), point in ((better, FIRST), (worse, DOWNTOWN)):
        signal = {"signal": "vacancy"} if table == "distress_events" else {}
        rows.record(table, None, number, source=source, address=f"1 {source}", location=point, **signal)
    with engine.begin() as connection:
        assert refresh_addresses(connection, market) == 1
    assert known(engine, parcel_id)[:2] == (f"1 {address}", address)
    assert known(engine, parcel_id)[3] == place


@pytest.mark.parametrize("changed", ["address", "city", "zip_code", "location"])
def test_each_part_is_written_when_it_alone_is_another(engine: Engine, rows: Rows, changed: str) -> None:
    parcel_id, number = bare(rows)
    values = {"address": "1 ELM ST", "city": "Orlando", "zip_code": "32801", "location": DOWNTOWN}
    rows.record("tax_sales", parcel_id, number, **values)
    assert refresh(engine) == 1
    rows.execute("DELETE FROM tax_sales")
    other = {"address": "2 ELM ST", "city": "Apopka", "zip_code": "32802", "location": PLACES["tax_sales"]}
    rows.record("tax_sales", parcel_id, number, **values | {changed: other[changed]})
    assert refresh(engine) == 1
    row = Database(engine).property(parcel_id)
    found = {**{name: row[name] for name in values}, "location": (row["longitude"], row["latitude"])}
    assert found == values | {changed: other[changed]}


def test_only_active_properties_of_the_market_are_refreshed(engine: Engine, rows: Rows) -> None:
    other = Rows(engine, "other-county")
    away, number = bare(rows, is_active=False)
    theirs, their_number = rows.parcel(), other.property(rows.parcel(), address=None, location=None)
    for one, parcel_id, found in ((rows, away, number), (other, theirs, their_number)):
        one.record("tax_sales", parcel_id, found, address="1 ELM ST", location=DOWNTOWN)
        one.record("property_records", parcel_id, None, address="1 ELM ST")
    assert refresh(engine) == 0
    assert known(engine, away) == (None, None, None, None)


def test_many_addresses_have_the_forms_that_each_has_by_itself(engine: Engine) -> None:
    lines = (DATA / "addresses" / "pairs.txt").read_text("utf-8").splitlines()
    pairs = [line.split("|") for line in lines if line and not line.startswith("#")]
    addresses = [address.strip() for pair in pairs for address in pair[1:]]
    parts = "house_number, predirection, street_name, suffix, postdirection, street, unit"
    with engine.begin() as connection:
        connection.execute(
            text("CREATE TEMPORARY TABLE asked ON COMMIT DROP AS SELECT unnest(CAST(:addresses AS text[])) AS address"),
            {"addresses": addresses},
        )
        standardise(connection, load_market(MARKET), "asked")
        differences = text(
            f"SELECT address, {parts} FROM standard_addresses EXCEPT SELECT asked.address, {parts} FROM asked"
            " LEFT JOIN LATERAL wholesaler_standard_address(asked.address, 'FL') ON true"
        )
        assert connection.execute(differences).all() == []
        counts = "SELECT count(*), count(house_number), count(DISTINCT address) FROM standard_addresses"
        rows, readable, distinct = connection.execute(text(counts)).one()
    assert rows == distinct == len(set(addresses))
    assert readable > 1000
