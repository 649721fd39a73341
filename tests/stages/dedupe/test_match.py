"""Records without a parcel number find their parcel, by address and place together or not at all."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.servers.arcgis import ArcGISServer
from tests.servers.socrata import SocrataServer
from tests.stages.county import AS_OF, CLI, DOWNTOWN, FAR, County, Database, Point, parcel, run, shifted, stages

ALL = ("ingest", "enrich", "dedupe")
TABLES = ("properties", "tax_sales", "foreclosures", "property_records", "code_violations")


@pytest.fixture
def county(tmp_path: Path) -> County:
    return County(tmp_path)


def matched(cli: CLI, county: County, database: Database) -> list[str | None]:
    """The parcels that the foreclosures belong to after dedupe, in the order of their addresses."""
    stages(cli, county.write(), *ALL)
    return database.column(
        "SELECT property.parcel_id FROM foreclosures AS record LEFT JOIN properties AS property"
        " ON property.id = record.property_id ORDER BY record.address"
    )


def notice(county: County, address: str, point: Point | None = DOWNTOWN, **other: Any) -> County:
    return county.foreclosure(None, address, point, **other)


def test_a_foreclosure_without_parcel_is_matched_by_address_and_place_and_the_evidence_kept(
    cli: CLI, county: County, database: Database
) -> None:
    county.roll(parcel(1), "806 ERROL PKWY", shifted(DOWNTOWN, 30)).roll(parcel(2), "808 ERROL PKWY", DOWNTOWN)
    assert matched(cli, notice(county, "806  Errol Pkwy"), database) == [parcel(1)]
    (evidence,) = database.column("SELECT match_evidence FROM foreclosures")
    assert evidence["rule"] == "same_address"
    assert evidence["parcel_id"] == parcel(1)
    assert (evidence["house_number"], evidence["street"]) == ("806", "ERROL PARKWAY")
    assert evidence["distance_metres"] == pytest.approx(30, abs=0.2)
    assert database.property(parcel(1))["is_active"]


@pytest.mark.parametrize("kind", ["Parkway", "Highway", "Crossing", "Expressway"])
def test_the_roll_is_searched_by_the_name_of_a_street_and_not_by_its_kind_which_the_roll_abbreviates(
    cli: CLI, county: County, database: Database, kind: str
) -> None:
    short = {"Parkway": "PKWY", "Highway": "HWY", "Crossing": "XING", "Expressway": "EXPY"}[kind]
    county.roll(parcel(1), f"806 ERROL {short}")
    assert matched(cli, notice(county, f"806 Errol {kind}"), database) == [parcel(1)]


def test_the_stage_reports_what_was_matched_ambiguous_and_unknown(cli: CLI, county: County) -> None:
    for number in (1, 2):
        county.roll(parcel(number), "5 ELM ST").roll(parcel(number + 2), f"{number} OAK ST")
    for address in ("1 OAK ST", "2 OAK ST", "5 ELM ST", "99 NOWHERE LN", "ELM ST"):
        notice(county, address)
    report = stages(cli, county.write(), *ALL)["dedupe"]
    stats = report["stats"]
    assert (stats["records_matched"], stats["records_ambiguous"], stats["records_unmatched"]) == (2, 1, 2)
    (warning,) = report["warnings"]
    assert warning.startswith("1 record without parcel number fits several parcels")


def test_several_records_that_fit_several_parcels_are_one_warning(cli: CLI, county: County) -> None:
    for number in (1, 2):
        county.roll(parcel(number), "5 ELM ST")
        notice(county, "5 ELM ST", recorded=AS_OF - timedelta(days=number))
    (warning,) = stages(cli, county.write(), *ALL)["dedupe"]["warnings"]
    assert warning.startswith("2 records without parcel number fit several parcels")


def test_a_matched_parcel_is_a_property_with_address_location_and_records_after_the_next_enrich(
    cli: CLI, county: County, database: Database
) -> None:
    notice(county.roll(parcel(1), "1 ELM ST", total_mkt=200_000.0), "1 ELM ST")
    matched(cli, county, database)
    stages(cli, county.write(), "score")
    row = database.property(parcel(1))
    assert (row["address"], row["longitude"]) == ("1 ELM ST", DOWNTOWN[0])
    shown = run(cli, county.write(), "leads", "show", parcel(1))
    assert shown["signals"] == ["lis_pendens"]
    assert shown["features"]["total_mkt"] == 200_000


@pytest.mark.parametrize(
    ("rolls", "noticed"),
    [
        ("100 E MAIN ST", "100 W MAIN ST"),
        ("100 MAIN ST", "100 MAIN AVE"),
        ("100 N MAIN ST", "100 MAIN ST"),
        ("100 MAIN ST", "102 MAIN ST"),
        ("100 MAIN ST # 1", "100 MAIN ST # 2"),
        ("100 MAIN ST # A", "100 MAIN ST # D"),
        ("100 MAIN ST A", "100 MAIN ST"),
        ("100 MAIN ST APT 3-A", "100 MAIN ST APT 3-D"),
        ("100 MAIN ST # 1", "100 MAIN ST"),
        ("100 MAPLE ST", "100 MAIN ST"),
    ],
)
def test_another_address_at_the_same_place_is_not_matched(
    cli: CLI, county: County, database: Database, rolls: str, noticed: str
) -> None:
    assert matched(cli, notice(county.roll(parcel(1), rolls), noticed), database) == [None]
    assert database.value("SELECT match_evidence FROM foreclosures") is None
    assert database.value("SELECT count(*) FROM properties") == 0


def test_the_same_address_far_away_is_not_matched(cli: CLI, county: County, database: Database) -> None:
    county.roll(parcel(1), "1 ELM ST", DOWNTOWN).roll(parcel(2), "2 ELM ST", DOWNTOWN)
    notice(county, "1 ELM ST", shifted(DOWNTOWN, 150.5)).foreclosure(None, "2 ELM ST", shifted(DOWNTOWN, 149.5))
    assert matched(cli, county, database) == [None, parcel(2)]


@pytest.mark.parametrize(("metres", "matches"), [(149, True), (5000, False)])
def test_a_wrong_zip_code_does_not_veto_what_the_place_proves(
    cli: CLI, county: County, database: Database, metres: int, matches: bool
) -> None:
    county.roll(parcel(1), "1 ELM ST", shifted(DOWNTOWN, metres), zip_code="32712", city="Apopka")
    found = matched(cli, notice(county, "1 ELM ST", zip_code="32801", city="Orlando"), database)
    assert found == [parcel(1) if matches else None]


def test_the_same_address_in_another_town_is_not_matched_where_no_location_tells(
    cli: CLI, county: County, database: Database
) -> None:
    county.roll(parcel(1), "1 ELM ST", None, city="Apopka", zip_code=None)
    assert matched(cli, notice(county, "1 ELM ST", None, city="Orlando", zip_code=None), database) == [None]


def test_without_locations_the_same_zip_code_is_enough(cli: CLI, county: County, database: Database) -> None:
    county.roll(parcel(1), "1 ELM ST", None, zip_code="32801-1234")
    assert matched(cli, notice(county, "1 ELM ST", None), database) == [parcel(1)]


def test_two_parcels_at_one_number_are_ambiguous_and_not_guessed(cli: CLI, county: County, database: Database) -> None:
    county.roll(parcel(1), "1 ELM ST", DOWNTOWN).roll(parcel(2), "1 ELM ST", shifted(DOWNTOWN, 50))
    assert matched(cli, notice(county, "1 ELM ST"), database) == [None]


def test_the_unit_decides_in_a_building_of_several(cli: CLI, county: County, database: Database) -> None:
    county.roll(parcel(1), "1 ELM ST # 101").roll(parcel(2), "1 ELM ST # 102")
    notice(county, "1 ELM ST APT 102")
    assert matched(cli, county, database) == [parcel(2)]


def test_a_notice_without_unit_is_not_matched_in_a_building_of_several(
    cli: CLI, county: County, database: Database
) -> None:
    county.roll(parcel(1), "1 ELM ST # 101").roll(parcel(2), "1 ELM ST # 102").roll(parcel(3), "1 ELM ST")
    assert matched(cli, notice(county, "1 ELM ST"), database) == [None]


def test_an_open_violation_without_parcel_is_matched_and_a_closed_one_makes_no_property(
    cli: CLI, county: County, database: Database
) -> None:
    county.roll(parcel(1), "1 ELM ST", zip_code=None).roll(parcel(2), "2 ELM ST", zip_code=None)
    county.violation(None, address="1 ELM ST").violation(None, address="2 ELM ST", status="Closed")
    stages(cli, county.write(), "ingest", code=0)
    run(cli, county.write(), "ingest", "--full")
    stages(cli, county.write(), "enrich", "dedupe")
    assert database.column("SELECT parcel_id FROM properties") == [parcel(1)]


def test_a_second_run_changes_no_row(cli: CLI, county: County, database: Database) -> None:
    county.sale(parcel(1)).roll(parcel(1), "1 ELM ST").roll(parcel(2), "2 ELM ST").roll(parcel(3), "3 ELM ST")
    notice(county, "1 ELM ST").foreclosure(None, "2 ELM ST", DOWNTOWN).foreclosure(None, "9 ELM ST", DOWNTOWN)
    county.sale(parcel(90)).foreclosure(parcel(90), "3 ELM ST", DOWNTOWN)
    for number in range(4, 9):
        county.foreclosure(parcel(number), f"{number} ELM ST", DOWNTOWN).roll(parcel(number), f"{number} ELM ST")
    market = county.write()
    # ingest asks the roll for the parcels that dedupe found; from then on nothing changes
    for _ in range(2):
        stages(cli, market, *ALL, "score")
    before = database.versions(*TABLES, "lead_scores", "lead_score_history")
    stages(cli, market, *ALL, "score")
    assert database.versions(*TABLES, "lead_scores", "lead_score_history") == before


def test_a_match_is_taken_back_when_a_second_parcel_appears_at_the_address(
    cli: CLI, county: County, database: Database
) -> None:
    notice(county.roll(parcel(1), "1 ELM ST"), "1 ELM ST")
    assert matched(cli, county, database) == [parcel(1)]
    county.roll(parcel(2), "1 ELM ST")
    assert matched(cli, county, database) == [None]
    assert database.value("SELECT match_evidence FROM foreclosures") is None
    assert not database.property(parcel(1))["is_active"]


def test_without_the_rolls_answer_nothing_is_matched_anew_and_what_is_matched_stays(
    cli: CLI, county: County, database: Database
) -> None:
    notice(county.roll(parcel(1), "1 ELM ST").sale(parcel(2)).roll(parcel(2), "2 ELM ST"), "1 ELM ST")
    assert matched(cli, county, database) == [parcel(1)]
    # the roll has two parcels at each address now, and says so a day late
    county.roll(parcel(3), "1 ELM ST").roll(parcel(4), "2 ELM ST")
    county.records["foreclosures"][0]["attributes"]["BORROWERS_NAME"] = "ANOTHER"
    market = notice(county, "2 ELM ST").write()
    (county.directory / "property_records.json").rename(county.directory / "away.json")
    stages(cli, market, "ingest", code=3)
    report = stages(cli, market, "enrich", "dedupe")["dedupe"]
    assert (report["stats"]["records_matched"], report["stats"]["records_waiting"]) == (1, 1)
    assert report["warnings"] == [
        "1 record without parcel number and 0 duplicates wait for the appraiser's roll: "
        "its answer of the day is missing or not whole"
    ]
    pointed = (
        "SELECT property.parcel_id FROM foreclosures LEFT JOIN properties AS property ON property_id = property.id"
    )
    assert database.column(f"{pointed} ORDER BY foreclosures.address") == [parcel(1), None]
    assert database.column("SELECT match_evidence ->> 'parcel_id' FROM foreclosures ORDER BY address") == [
        parcel(1),
        None,
    ]
    assert matched(cli, county, database) == [None, None]


@pytest.mark.parametrize("later", ["another day", "after another source"])
def test_the_rolls_answer_to_other_questions_than_the_days_is_not_relied_on(
    cli: CLI, county: County, database: Database, later: str
) -> None:
    market = county.sale(parcel(1)).roll(parcel(1), "1 ELM ST").write()
    stages(cli, market, "ingest", "enrich")
    day = AS_OF
    if later == "another day":
        stages(cli, notice(county, "1 ELM ST").write(), "ingest")
        day += timedelta(days=1)
    else:
        run(cli, notice(county, "1 ELM ST").write(), "ingest", "--source", "foreclosures")
    assert run(cli, market, "dedupe", as_of=day)["stats"]["records_waiting"] == 1
    assert database.column("SELECT property_id FROM foreclosures") == [None]
    assert matched(cli, county, database) == [parcel(1)]


def test_a_closed_violation_is_no_reason_to_ask_the_roll(
    cli: CLI, county: County, database: Database, arcgis: ArcGISServer, portal: SocrataServer
) -> None:
    county.sale(parcel(1)).roll(parcel(1), "1 ELM ST", zip_code=None).roll(parcel(2), "2 ELM ST", zip_code=None)
    county.violation(None, address="2 ELM ST", status="Closed")
    stages(cli, county.serve(arcgis, portal), *ALL)
    assert database.column("SELECT parcel_id FROM property_records") == [parcel(1)]


def test_a_matched_notice_whose_address_is_corrected_is_matched_again(
    cli: CLI, county: County, database: Database
) -> None:
    notice(county.roll(parcel(1), "1 ELM ST").roll(parcel(2), "2 ELM ST"), "1 ELM ST", BORROWERS_NAME="Ann Lee")
    assert matched(cli, county, database) == [parcel(1)]
    county.records["foreclosures"][0]["attributes"]["BORROWERS_NAME"] = "Ann Leigh"
    assert matched(cli, county, database) == [parcel(1)]
    assert database.value("SELECT match_evidence ->> 'parcel_id' FROM foreclosures") == parcel(1)


def test_a_foreclosure_with_its_own_parcel_number_is_not_matched_by_address(
    cli: CLI, county: County, database: Database
) -> None:
    county.roll(parcel(1), "1 ELM ST").roll(parcel(2), "2 ELM ST", FAR)
    assert matched(cli, county.foreclosure(parcel(2), "1 ELM ST", DOWNTOWN), database) == [parcel(2)]
