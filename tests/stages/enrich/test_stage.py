"""What enrich makes of a property: its standard address and the best location its records give."""

from pathlib import Path

import pytest

from tests.stages.county import CLI, DOWNTOWN, FAR, County, Database, Point, parcel, run, shifted, stages


@pytest.fixture
def county(tmp_path: Path) -> County:
    return County(tmp_path)


def standard(cli: CLI, county: County, database: Database, *written: str) -> list[tuple[str | None, ...]]:
    """(house number, street, unit) of properties whose roll has these addresses."""
    for number, address in enumerate(written, start=1):
        county.sale(parcel(number)).roll(parcel(number), address)
    stages(cli, county.write(), "ingest", "enrich")
    rows = [database.property(parcel(number)) for number in range(1, len(written) + 1)]
    return [(row["house_number"], row["street"], row["unit"]) for row in rows]


@pytest.mark.parametrize(
    "same",
    [
        ("100 N MAIN ST", "100 North Main Street", "100  N  Main   St.", " 100 n main STREET "),
        ("806 ERROL PKWY", "806  ERROL  PARKWAY"),
        ("10316 YORKMERE CT", "10316 YORKMERE  COURT"),
        ("4755 S SEMORAN BLVD # 1011", "4755 S SEMORAN BLVD UNIT 1011", "4755 SOUTH SEMORAN BOULEVARD APT 1011"),
    ],
)
def test_addresses_written_differently_are_standardised_to_the_same(
    cli: CLI, county: County, database: Database, same: tuple[str, ...]
) -> None:
    found = standard(cli, county, database, *same)
    assert set(found) == {found[0]}
    assert found[0][0] == same[0].split()[0]
    assert found[0][1] is not None


def test_addresses_that_differ_stay_different(cli: CLI, county: County, database: Database) -> None:
    different = ["100 E MAIN ST", "100 W MAIN ST", "100 E MAIN AVE", "100 MAIN ST", "102 E MAIN ST"]
    different += ["100 E MAIN ST # 1", "100 E MAIN ST UNIT 2"]
    assert len(set(standard(cli, county, database, *different))) == len(different)


def test_units_are_read_from_a_number_sign_and_from_words(cli: CLI, county: County, database: Database) -> None:
    found = standard(
        cli, county, database, "4755 S SEMORAN BLVD # 1011", "4755 S SEMORAN BLVD UNIT 161", "4755 S SEMORAN BLVD"
    )
    assert [unit for _, _, unit in found] == ["1011", "161", None]


def test_an_address_without_house_number_is_kept_as_published_and_has_no_standard_form(
    cli: CLI, county: County, database: Database
) -> None:
    assert standard(cli, county, database, "ORANGE BLOSSOM TRL") == [(None, None, None)]
    assert database.property(parcel(1))["address"] == "ORANGE BLOSSOM TRL"


@pytest.mark.parametrize("tail", [".", ". ", "-", ")", "_", ">", "\\", ",", ";"])
def test_punctuation_at_the_end_of_an_address_does_not_let_others_leak_into_it(database: Database, tail: str) -> None:
    others = ["12345 VERY LONG STREET NAME BOULEVARD E", "9 ZEBRA CROSSING EAST", "7 QUITE DIFFERENT AVENUE W UNIT Z"]
    written = f"100 N MAIN ST{tail}"
    asked = [address for other in others * 2 for address in (other, written)]
    rows = database.rows(
        "SELECT asked.address, standard.* FROM unnest(CAST(:asked AS text[])) AS asked (address)"
        " CROSS JOIN LATERAL wholesaler_standard_address(asked.address, 'FL') AS standard",
        asked=asked,
    )
    found = {(row["house_number"], row["street"], row["unit"]) for row in rows if row["address"] == written}
    assert found == {("100", "NORTH MAIN STREET", None)}


def test_an_address_of_more_words_than_any_real_one_is_not_standardised(
    cli: CLI, county: County, database: Database
) -> None:
    (found,) = standard(cli, county, database, "1 A B C D E F G H I J K L")
    assert found == (None, None, None)
    assert database.property(parcel(1))["address"] == "1 A B C D E F G H I J K L"


def test_the_rolls_address_comes_before_the_foreclosures_and_that_before_the_violations(
    cli: CLI, county: County, database: Database
) -> None:
    county.roll(parcel(1), "1 ROLL ST", city="Apopka", zip_code="32712").foreclosure(parcel(1), "1 NOTICE ST")
    county.foreclosure(parcel(2), "2 NOTICE ST").violation(parcel(2), address="2 CASE ST")
    county.violation(parcel(3), address="3 CASE ST").roll(parcel(3), None, city=None, zip_code=None)
    stages(cli, county.roll(parcel(2), None).write(), "ingest", "enrich")
    found = [database.property(parcel(number)) for number in (1, 2, 3)]
    assert [row["address"] for row in found] == ["1 ROLL ST", "2 NOTICE ST", "3 CASE ST"]
    assert [row["address_source"] for row in found] == ["property_records", "foreclosures", "code_violations"]
    assert (found[0]["city"], found[0]["zip_code"]) == ("Apopka", "32712")


def test_the_location_is_that_of_the_best_source_that_has_one(cli: CLI, county: County, database: Database) -> None:
    points = {
        name: shifted(DOWNTOWN, 100 * number)
        for number, name in enumerate(("tax_sales", "foreclosures", "property_records", "code_violations"))
    }
    for first in range(5):
        number = first + 1
        given: list[Point | None] = [point if place >= first else None for place, point in enumerate(points.values())]
        county.sale(parcel(number), point=given[0]).foreclosure(parcel(number), f"{number} ELM ST", given[1])
        county.roll(parcel(number), f"{number} ELM ST", given[2]).violation(parcel(number), given[3])
    stages(cli, county.write(), "ingest", "enrich")
    for number, (source, point) in enumerate(points.items(), start=1):
        row = database.property(parcel(number))
        assert row["location_source"] == source
        assert (row["longitude"], row["latitude"]) == pytest.approx(point, abs=1e-7)
    assert database.property(parcel(5))["location_source"] is None
    assert database.property(parcel(5))["longitude"] is None


def test_a_location_whose_record_is_gone_falls_back_to_the_next_source(
    cli: CLI, county: County, database: Database
) -> None:
    for number in range(1, 4):
        county.sale(parcel(number), point=DOWNTOWN).roll(parcel(number), point=FAR).violation(parcel(number), None)
    stages(cli, county.write(), "ingest", "enrich")
    del county.records["tax_sales"][0]
    stages(cli, county.write(), "ingest", "enrich")
    row = database.property(parcel(1))
    assert row["location_source"] == "property_records"
    assert (row["longitude"], row["latitude"]) == FAR


def test_a_changed_address_of_the_roll_reaches_the_property(cli: CLI, county: County, database: Database) -> None:
    standard(cli, county, database, "100 N MAIN ST", "200 N MAIN ST")
    untouched = database.property(parcel(2))["version"]
    county.records["property_records"][0]["attributes"]["SITUS"] = "55 OAK AVE"
    report = stages(cli, county.write(), "ingest", "enrich")["enrich"]
    row = database.property(parcel(1))
    assert (row["address"], row["house_number"]) == ("55 OAK AVE", "55")
    assert database.property(parcel(2))["version"] == untouched
    assert report["stats"]["addresses_changed"] == 1


def test_a_second_run_changes_no_row(cli: CLI, county: County, database: Database) -> None:
    county.sale(parcel(1), point=None).roll(parcel(1), "ELM ST", None)
    county.foreclosure(parcel(2), "2 ELM ST # 4", DOWNTOWN).roll(parcel(2), "2 ELM ST # 4")
    market = county.violation(parcel(2)).violation(None, FAR).violation(None, None).write()
    stages(cli, market, "ingest", "enrich")
    before = database.versions("properties", "property_records", "code_violations", "foreclosures", "tax_sales")
    report = run(cli, market, "enrich")
    assert report["stats"]["addresses_changed"] == report["stats"]["counts_changed"] == 0
    assert database.versions("properties", "property_records", "code_violations", "foreclosures", "tax_sales") == before


def test_the_report_counts_properties_records_and_those_nothing_is_known_of(
    cli: CLI, county: County, database: Database
) -> None:
    county.sale(parcel(1)).sale(parcel(2)).sale(parcel(3), point=None).roll(parcel(1), "1 ELM ST").roll(parcel(2))
    stats = stages(cli, county.write(), "ingest", "enrich")["enrich"]["stats"]
    assert (stats["processed"], stats["records_attached"], stats["failed"]) == (3, 2, 1)
