"""Records as bad as real ones: what cannot be used is set aside and counted, and everything else is loaded."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine

from tests.db.databases import alembic
from tests.markets.samples import changed
from tests.servers import Reply, on
from tests.servers.arcgis import ArcGISServer
from tests.servers.socrata import SocrataServer
from tests.stages.county import CLI, DOWNTOWN, FAR, County, Database, dashed, parcel, run
from wholesaler.sample.state_plane import florida_east_feet

SWAPPED = (DOWNTOWN[1], DOWNTOWN[0])
FEET = florida_east_feet(*DOWNTOWN)
TAMPA = (-82.457, 27.951)


@pytest.fixture
def county(tmp_path: Path) -> County:
    """Three good tax sales, on the roll."""
    county = County(tmp_path)
    for number in range(1, 4):
        county.sale(parcel(number)).roll(parcel(number))
    return county


@pytest.fixture
def servers() -> Iterator[tuple[ArcGISServer, SocrataServer]]:
    with ArcGISServer() as arcgis, SocrataServer() as portal:
        yield arcgis, portal


def located(database: Database, source: str) -> dict[str, tuple[float, float] | None]:
    """Each record's location, by its key."""
    rows = database.rows(
        f"SELECT record_key, ST_X(location::geometry) AS x, ST_Y(location::geometry) AS y FROM {source}"
    )
    return {row["record_key"]: None if row["x"] is None else (row["x"], row["y"]) for row in rows}


def test_points_that_cannot_be_in_the_county_are_no_location_and_are_counted_by_what_is_wrong(
    cli: CLI, county: County, database: Database
) -> None:
    bad: dict[str, tuple[Any, Any]] = {
        "zero": (0, 0), "half zero": (-81.379, 0), "swapped": SWAPPED, "Tampa": TAMPA, "feet": FEET,
        "more feet": FEET, "nan": ("NaN", "NaN"), "infinite": (float("inf"), float("-inf")), "text": ("x", "y"),
        "huge": (1e300, 1e300),
    }  # fmt: skip
    for name, point in bad.items():
        county.sale(parcel(1), number=name, point=point)
    document = run(cli, county.write(), "ingest")
    found = located(database, "tax_sales")
    assert len(found) == 3 + len(bad)
    assert {key for key, point in found.items() if point is None} == set(bad)
    assert {warning for warning in document["warnings"] if "location" in warning} == {
        "tax_sales: 2 × location 0, dropped",
        "tax_sales: 1 × location swapped (latitude first), dropped",
        "tax_sales: 1 × location outside of the market, dropped",
        "tax_sales: 3 × location not in degrees, dropped",
    }
    assert document["stats"]["tax_sales"]["failed"] == 0


def test_a_missing_geometry_is_no_location_and_no_warning(cli: CLI, county: County, database: Database) -> None:
    for name, geometry in {"null": {"geometry": None}, "empty": {"geometry": {}}, "none": {}}.items():
        county.sale(parcel(1), number=name, point=None).records["tax_sales"][-1].update(geometry)
    document = run(cli, county.write(), "ingest")
    assert document["warnings"] == []
    assert [located(database, "tax_sales")[name] for name in ("null", "empty", "none")] == [None] * 3


def test_latitude_and_longitude_fields_are_checked_in_the_same_way(
    cli: CLI, county: County, database: Database
) -> None:
    for number, point in enumerate([(0, 0), SWAPPED, FEET, TAMPA], start=11):
        county.sale(parcel(number)).roll(parcel(number), point=point)
    document = run(cli, county.write(), "ingest")
    found = located(database, "property_records")
    assert [found[parcel(number)] for number in range(11, 15)] == [None] * 4
    assert found[parcel(1)] == DOWNTOWN
    assert len([warning for warning in document["warnings"] if "location" in warning]) == 4


def test_state_plane_feet_become_degrees(cli: CLI, county: County, database: Database) -> None:
    county.violation(parcel(1), DOWNTOWN, number="downtown").violation(parcel(1), FAR, number="far")
    assert run(cli, county.write(), "ingest")["warnings"] == []
    found = located(database, "code_violations")
    assert found["downtown"] == pytest.approx(DOWNTOWN, abs=1e-7)
    assert found["far"] == pytest.approx(FAR, abs=1e-7)


def test_degrees_and_zeros_and_other_counties_where_state_plane_feet_are_expected_are_no_location(
    cli: CLI, county: County, database: Database
) -> None:
    bad: dict[str, tuple[Any, Any]] = {
        "degrees": DOWNTOWN, "zero": ("0", "0"), "half zero": (FEET[0], 0), "swapped": (FEET[1], FEET[0]),
        "Tampa": florida_east_feet(*TAMPA), "nan": ("NaN", "NaN"), "huge": (1e300, -1e300),
    }  # fmt: skip
    for name, (x, y) in bad.items():
        county.violation(parcel(1), number=name, gpsx=x, gpsy=y)
    county.violation(parcel(1), number="good")
    document = run(cli, county.write(), "ingest")
    found = located(database, "code_violations")
    assert {key for key, point in found.items() if point is None} == set(bad)
    assert {warning for warning in document["warnings"] if "location" in warning} == {
        "code_violations: 1 × location: not a number",
        "code_violations: 2 × location 0, dropped",
        "code_violations: 4 × location outside of the market, dropped",
    }


def test_unusable_values_of_optional_fields_are_null_and_their_records_are_loaded(
    cli: CLI, county: County, database: Database
) -> None:
    county.foreclosure(
        parcel(1), "1 ELM ST", DOWNTOWN, default_amount=-5.0, opening_bid=float("nan"), BORROWERS_NAME="x" * 501,
        LENDER_NAME="A\x00B\x07", TRUSTEE_NAME="Ann\ud800", TRANSFER_AMOUNT="a lot", ENTERED_DATE="soon",
        AUCTION_DATE=10**15,
    )  # fmt: skip
    document = run(cli, county.write(), "ingest")
    (row,) = database.rows("SELECT * FROM foreclosures")
    odd = ("default_amount", "opening_bid", "borrower_name", "transfer_amount", "entered_date", "auction_date")
    assert [row[name] for name in odd] == [None] * len(odd)
    assert (row["lender_name"], row["trustee_name"]) == ("A B", "Ann")
    assert document["stats"]["foreclosures"]["failed"] == 0
    assert {warning for warning in document["warnings"] if warning.startswith("foreclosures")} == {
        "foreclosures: 1 × AUCTION_DATE: unreadable date, such as '1000000000000000': see date_formats",
        "foreclosures: 1 × BORROWERS_NAME: text longer than 500 characters",
        "foreclosures: 1 × DEFAULT_AMOUNT: negative",
        "foreclosures: 1 × ENTERED_DATE: unreadable date, such as 'soon': see date_formats",
        "foreclosures: 1 × LENDER_NAME: control characters removed",
        "foreclosures: 1 × OPENING_BID: not a number",
        "foreclosures: 1 × TRANSFER_AMOUNT: not a number",
        "foreclosures: 1 × TRUSTEE_NAME: control characters removed",
    }


def test_records_without_a_usable_parcel_or_key_are_rejected_and_the_others_are_loaded(
    cli: CLI, county: County, database: Database
) -> None:
    county.add("tax_sales", USER_PARCEL=parcel(7), USER_TDA_NUM="digits only")
    county.add("tax_sales", USER_PARCEL=None, USER_TDA_NUM="none")
    county.add("tax_sales", USER_PARCEL="x" * 10_000_000, USER_TDA_NUM="long")
    county.sale(parcel(1), number="")
    stats = run(cli, county.write(), "ingest")["stats"]["tax_sales"]
    assert (stats["inserted"], stats["failed"]) == (3, 4)
    reasons = database.column("SELECT reason FROM rejected_records ORDER BY raw ->> 'USER_TDA_NUM'")
    assert reasons == [
        "no key: USER_TDA_NUM is empty",
        f"parcel number '{parcel(7)}' is not of the form str-dashed",
        "no parcel number",
        "no parcel number",
    ]


def test_rejects_of_a_former_reading_are_not_told_beside_those_of_this_one(
    cli: CLI, county: County, database: Database, engine: Engine
) -> None:
    county.add("tax_sales", USER_PARCEL="nonsense", USER_TDA_NUM="1")
    market = county.write()
    run(cli, market, "ingest")
    (rejected,) = database.rows("SELECT reason, raw FROM rejected_records")
    # as an installation of the revision before has it: the same record, known by what was read of it then
    database.execute("UPDATE rejected_records SET content_hash = gen_random_uuid()")
    database.execute(
        "INSERT INTO rejected_records (market, source, content_hash, reason, raw, is_active)"
        " SELECT market, source, gen_random_uuid(), 'gone since', '{}', false FROM rejected_records"
    )
    database.execute("UPDATE tax_sales SET content_hash = gen_random_uuid()")
    database.execute("UPDATE data_ingestion_runs SET stats = '{}'")
    alembic(engine, command.downgrade, "20261126_rejects")
    database.execute("UPDATE alembic_version SET version_num = '20261126_deliveries'")
    assert cli("db", "upgrade").code == 0
    assert database.column("SELECT reason FROM rejected_records") == ["gone since"]
    run(cli, market, "ingest", "--full")
    assert database.rows("SELECT reason, raw FROM rejected_records WHERE is_active") == [rejected]


def test_of_several_records_with_one_key_the_first_is_loaded_and_the_others_are_rejected(
    cli: CLI, county: County, database: Database
) -> None:
    county.sale(parcel(2), number="2023-1").sale(parcel(3), number="2023-1").sale(parcel(3), number="2023-1")
    market = county.write()
    report = run(cli, market, "ingest")
    stats = report["stats"]["tax_sales"]
    assert (stats["processed"], stats["inserted"], stats["failed"]) == (6, 3, 3)
    said = "tax_sales: 3 records have the key of another record of the same fetch: see `wholesaler rejects list`"
    assert said in report["warnings"]
    assert database.value("SELECT parcel_id FROM tax_sales WHERE tda_number = '2023-1'") == parcel(1)
    assert set(database.column("SELECT reason FROM rejected_records")) == {"duplicate of 2023-1 in the same fetch"}
    again = run(cli, market, "ingest")["stats"]["tax_sales"]
    assert (again["updated"], again["unchanged"], again["failed"]) == (0, 3, 3)


def test_sales_without_a_number_but_with_an_address_are_counted(cli: CLI, county: County) -> None:
    for address in ("1 ELM ST", "2 ELM ST", None):
        county.sale(parcel(9), USER_PARCEL=None, USER_PLACE=address)
    market = county.write()
    heading = "[sources.tax_sales.fields]"
    text = changed(market.read_text("utf-8"), heading, f'{heading}\naddress = "USER_PLACE"')
    market.write_text(text, "utf-8")
    table = county.directory / "tax_sales.json"
    table.write_text(
        table.read_text("utf-8").replace(
            '{"name": "USER_PARCEL"', '{"name": "USER_PLACE", "type": "esriFieldTypeString"}, {"name": "USER_PARCEL"'
        )
    )
    said = [one for one in run(cli, market, "ingest")["warnings"] if "address" in one]
    assert said == [
        "tax_sales: 3 records have no parcel number; 2 an address, by which tax deed sales are not matched: see "
        "`wholesaler rejects list`"
    ]


def test_numbers_published_as_text_and_texts_published_as_numbers_are_read(
    cli: CLI, county: County, database: Database
) -> None:
    county.sale(parcel(9)).roll(
        parcel(9), point=None, total_mkt="$250,000.50", living_area="1250", year_built="1987.0",
        zip_code=32801, LONGITUDE=str(DOWNTOWN[0]), LATITUDE=str(DOWNTOWN[1]),
    )  # fmt: skip
    county.records["property_records"][-1]["attributes"]["PARCEL"] = int(parcel(9))
    # the file is asked for single parcels by their text, so the whole of it is loaded
    document = run(cli, county.write(), "ingest", "--full")
    (row,) = database.rows("SELECT * FROM property_records WHERE parcel_id = :id", id=parcel(9))
    assert float(row["total_mkt"]) == 250000.5
    assert (row["living_area"], row["year_built"], row["zip_code"]) == (1250, 1987, "32801")
    assert located(database, "property_records")[parcel(9)] == DOWNTOWN
    assert document["warnings"] == []


def test_html_formulas_and_control_characters_go_through_to_the_reading_commands_unharmed(
    cli: CLI, county: County, database: Database
) -> None:
    name = '=HYPERLINK("http://x";"[red]<b>&amp;</b>[/red]")'
    county.foreclosure(parcel(1), "1 <script> ST\x1b[2J", DOWNTOWN, BORROWERS_NAME=name, LENDER_NAME="'; DROP TABLE x")
    market = county.write()
    run(cli, market, "run-all", "--only", "ingest", "--only", "enrich", "--only", "dedupe", "--only", "score")
    (record,) = run(cli, market, "leads", "show", parcel(1))["records"]["foreclosures"]
    assert record["borrower_name"] == name
    assert record["address"] == "1 <script> ST [2J"
    printed = cli("--market", market, "leads", "show", parcel(1))
    assert printed.code == 0
    assert "\x1b" not in printed.out
    assert "[/red]" in printed.out


def test_a_field_name_that_the_database_cannot_hold_does_not_fail_its_source(
    cli: CLI, county: County, database: Database
) -> None:
    county.sale(parcel(1), number="odd", **{"na\x00me": "x"})
    assert run(cli, county.write(), "ingest")["stats"]["tax_sales"]["inserted"] == 4


def test_a_10_megabyte_text_is_loaded_as_null_and_little_of_it_is_kept(
    cli: CLI, county: County, database: Database
) -> None:
    county.sale(parcel(1), number="long", status="x" * 10_000_000)
    document = run(cli, county.write(), "ingest")
    assert "tax_sales: 1 × USER_Deed_Status: text longer than 50 characters" in document["warnings"]
    (row,) = database.rows("SELECT deed_status, length(raw::text) AS kept FROM tax_sales WHERE tda_number = 'long'")
    assert row["deed_status"] is None
    assert row["kept"] < 20_000


def test_a_servers_page_with_nan_lone_surrogates_and_raw_control_characters_is_read(
    cli: CLI, county: County, database: Database, servers: tuple[ArcGISServer, SocrataServer]
) -> None:
    market = county.foreclosure(parcel(1)).foreclosure(parcel(2)).serve(*servers)
    layer = county.layer(servers[0], "foreclosures")
    page = {
        "objectIdFieldName": "OBJECTID",
        "features": [
            {"attributes": {**dict.fromkeys(layer.fields), **one["attributes"], "DEFAULT_AMOUNT": float("nan")}}
            for one in layer.features
        ],
    }
    page["features"][0]["attributes"]["BORROWERS_NAME"] = "Ann\ud800"
    page["features"][1]["attributes"]["BORROWERS_NAME"] = "Bob@"
    body = json.dumps(page).replace("@", "\x01").encode()
    layer.faults.append(on("page", Reply(body)))
    document = run(cli, market, "ingest")
    assert database.column("SELECT borrower_name FROM foreclosures ORDER BY 1") == ["Ann", "Bob"]
    assert "foreclosures: 2 × DEFAULT_AMOUNT: not a number" in document["warnings"]


def test_an_empty_text_where_a_dashed_parcel_is_expected_says_so(cli: CLI, county: County, database: Database) -> None:
    county.sale(parcel(1), number="blank")
    county.records["tax_sales"][-1]["attributes"]["USER_PARCEL"] = f" {dashed(parcel(1))} "
    county.add("tax_sales", USER_PARCEL="   ", USER_TDA_NUM="empty")
    run(cli, county.write(), "ingest")
    assert database.value("SELECT parcel_id FROM tax_sales WHERE tda_number = 'blank'") == parcel(1)
    assert database.column("SELECT reason FROM rejected_records") == ["no parcel number"]


def test_a_projection_that_postgis_does_not_know_is_a_wrong_market_file(
    cli: CLI, county: County, database: Database
) -> None:
    market = county.violation(parcel(1)).write()
    market.write_text(market.read_text("utf-8").replace("crs = 2236", "crs = 223699"), "utf-8")
    outcome = cli("--market", market, "ingest", "--json")
    assert outcome.code == 78
    message = outcome.document["error"]["message"]
    assert message == f"{market}: sources.code_violations.location.crs: PostGIS knows no projection 223699."
    assert database.value("SELECT count(*) FROM tax_sales") == 0
    assert cli("--market", market, "ingest", "--source", "tax_sales").code == 0
