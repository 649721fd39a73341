"""Properties under a number the roll does not know are merged into the roll's parcel, and can be taken apart again."""

from pathlib import Path
from typing import Any

import pytest

from tests.stages.county import AS_OF, CLI, DOWNTOWN, County, Database, dashed, parcel, run, shifted, stages

ALL = ("ingest", "enrich", "dedupe")
OLD, NEW = parcel(900), parcel(1)


@pytest.fixture
def county(tmp_path: Path) -> County:
    """A foreclosure under an old number, at the address and place of a parcel of the roll that is on the sale list."""
    county = County(tmp_path).sale(NEW).roll(NEW, "1 ELM ST", shifted(DOWNTOWN, 20))
    return county.foreclosure(OLD, "1  Elm Street", DOWNTOWN)


def after(cli: CLI, county: County) -> dict[str, Any]:
    """What dedupe reports after ingest and enrich; half of the foreclosures may not be on the roll."""
    market = county.write()
    cli("--market", market, "--as-of", AS_OF, "ingest")
    return stages(cli, market, "enrich", "dedupe")["dedupe"]["stats"]


def test_a_number_unknown_to_the_roll_is_merged_into_the_rolls_parcel_at_its_address_and_place(
    cli: CLI, county: County, database: Database
) -> None:
    stats = after(cli, county)
    assert (stats["duplicates_found"], stats["merged"]) == (1, 1)
    loser, winner = database.property(OLD), database.property(NEW)
    assert not loser["is_active"]
    assert loser["merged_into"] == winner["id"]
    assert winner["is_active"]
    evidence = loser["merge_evidence"]
    assert (evidence["parcel_id"], evidence["merged_into"]) == (OLD, NEW)
    assert evidence["distance_metres"] <= 25


def test_the_losers_records_point_to_the_winner(cli: CLI, county: County, database: Database) -> None:
    county.violation(OLD).violation(OLD, status="Closed").sale(OLD)
    after(cli, county)
    winner = database.property(NEW)["id"]
    for source in ("foreclosures", "code_violations", "tax_sales"):
        assert set(database.column(f"SELECT property_id FROM {source}")) == {winner}


def test_the_winner_has_the_signals_of_both_and_there_is_one_lead(cli: CLI, county: County) -> None:
    after(cli, county)
    market = county.write()
    stages(cli, market, "score")
    listed = run(cli, market, "leads", "list")
    assert listed["total"] == 1
    assert listed["leads"][0]["parcel_id"] == NEW
    assert listed["leads"][0]["signals"] == ["tax_deed_sale", "lis_pendens"]


@pytest.mark.parametrize("option", [(), ("--full",)])
def test_a_parcel_known_by_the_roll_alone_becomes_the_winner(
    cli: CLI, county: County, database: Database, option: tuple[str, ...]
) -> None:
    county.records["tax_sales"].clear()
    county.sale(parcel(50)).roll(parcel(50))
    market = county.write()
    cli("--market", market, "--as-of", AS_OF, "ingest", *option)
    stages(cli, market, "enrich", "dedupe")
    winner = database.property(NEW)
    assert winner["is_active"]
    assert database.property(OLD)["merged_into"] == winner["id"]


def test_leads_show_of_the_loser_shows_the_winner_in_any_form_of_the_number(cli: CLI, county: County) -> None:
    after(cli, county)
    market = county.write()
    stages(cli, market, "score")
    for written in (OLD, dashed(OLD), NEW):
        shown = run(cli, market, "leads", "show", written)
        assert shown["parcel_id"] == NEW
        assert [merge["parcel_id"] for merge in shown["merged"]] == [OLD]


def test_a_second_night_merges_nothing_anew_and_changes_no_row(cli: CLI, county: County, database: Database) -> None:
    tables = ("properties", "tax_sales", "foreclosures", "property_records", "code_violations")
    for _ in range(2):
        after(cli, county)
    before = database.versions(*tables)
    stats = after(cli, county)
    assert (stats["duplicates_found"], stats["merged"]) == (0, 0)
    assert database.versions(*tables) == before


def test_a_new_record_under_the_losers_number_goes_to_the_winner(cli: CLI, county: County, database: Database) -> None:
    after(cli, county)
    after(cli, county.violation(OLD))
    assert database.value("SELECT property_id FROM code_violations") == database.property(NEW)["id"]
    assert not database.property(OLD)["is_active"]


@pytest.mark.parametrize(
    ("rolls", "noticed"),
    [
        ("1 ELM ST # 101", "1 ELM ST # 102"),
        ("1 ELM ST # 101", "1 ELM ST"),
        ("1 ELM ST # D", "1 ELM ST # A"),
        ("1 ELM ST APT 3", "1 ELM ST APT 3-A"),
    ],
)
def test_different_units_are_never_merged(
    cli: CLI, county: County, database: Database, rolls: str, noticed: str
) -> None:
    county.records["property_records"][0]["attributes"]["SITUS"] = rolls
    county.records["foreclosures"][0]["attributes"]["SITUS_ADDRESS"] = noticed
    assert after(cli, county)["merged"] == 0
    assert database.property(OLD)["is_active"]


def test_nothing_without_unit_is_merged_in_a_building_of_several(cli: CLI, county: County, database: Database) -> None:
    county.sale(parcel(2)).roll(parcel(2), "1 ELM ST # 2")
    assert after(cli, county)["merged"] == 0


@pytest.mark.parametrize("option", [(), ("--full",)])
def test_parcels_of_the_roll_without_a_signal_count_among_those_that_fit(
    cli: CLI, county: County, option: tuple[str, ...]
) -> None:
    county.roll(parcel(2), "1 ELM ST # 2")
    market = county.write()
    cli("--market", market, "--as-of", AS_OF, "ingest", *option)
    assert stages(cli, market, "enrich", "dedupe")["dedupe"]["stats"]["merged"] == 0


def test_without_the_rolls_answer_nothing_is_merged_anew_and_what_is_merged_stays(
    cli: CLI, county: County, database: Database
) -> None:
    after(cli, county)
    other = parcel(901)
    county.foreclosure(other, "2 ELM ST", DOWNTOWN).sale(parcel(2)).roll(parcel(2), "2 ELM ST")
    market = county.write()
    stages(cli, market, "ingest", code=3)
    (county.directory / "property_records.json").unlink()
    stages(cli, market, "ingest", code=3)
    report = stages(cli, market, "enrich", "dedupe")["dedupe"]
    assert (report["stats"]["duplicates_found"], report["stats"]["merged"]) == (1, 0)
    assert "1 duplicate wait" in report["warnings"][0]
    assert database.property(other)["is_active"]
    assert database.property(OLD)["merged_into"] == database.property(NEW)["id"]


def test_a_merge_ends_when_the_roll_lists_the_number(cli: CLI, county: County, database: Database) -> None:
    county.violation(OLD)
    after(cli, county)
    assert not database.property(OLD)["is_active"]
    stats = after(cli, county.roll(OLD, "7 OAK ST", DOWNTOWN))
    assert (stats["unmerged"], stats["duplicates_found"], stats["merged"]) == (1, 0, 0)
    former = database.property(OLD)
    assert former["is_active"]
    assert (former["merged_into"], former["merge_evidence"], former["never_merge"]) == (None, None, False)
    for source in ("foreclosures", "code_violations"):
        assert database.column(f"SELECT property_id FROM {source}") == [former["id"]]
    stages(cli, county.write(), "score")
    assert database.property(OLD)["address"] == "7 OAK ST"
    assert database.property(OLD)["own_open_violations"] == 1
    assert (database.property(NEW)["own_open_violations"], after(cli, county)["unmerged"]) == (0, 0)


def test_when_a_merge_ends_what_came_by_it_goes_back(cli: CLI, county: County, database: Database) -> None:
    # 902 was merged into 900 while that was on the roll, then both into 1; a notice was found to be of 900
    middle = county.roll(OLD, "1 ELM ST", DOWNTOWN)
    middle.records["property_records"][0]["attributes"]["SITUS"] = "7 OAK ST"
    county.foreclosure(parcel(902), "1 ELM ST", DOWNTOWN).foreclosure(None, "1 ELM ST", DOWNTOWN)
    assert after(cli, county)["merged"] == 1
    listed = county.records["property_records"].pop()
    county.records["property_records"][0]["attributes"]["SITUS"] = "1 ELM ST"
    assert after(cli, county)["merged"] == 1
    winner = database.property(NEW)["id"]
    assert set(database.column("SELECT property_id FROM foreclosures")) == {winner}
    assert database.property(parcel(902))["merged_into"] == winner
    county.records["property_records"].append(listed)
    county.records["property_records"][0]["attributes"]["SITUS"] = "7 OAK ST"
    after(cli, county)
    former = database.property(OLD)["id"]
    assert set(database.column("SELECT property_id FROM foreclosures")) == {former}
    assert database.property(parcel(902))["merged_into"] == former


def test_two_parcels_of_the_roll_are_never_merged(cli: CLI, county: County, database: Database) -> None:
    county.roll(OLD, "1 ELM ST")
    assert after(cli, county)["merged"] == 0
    assert database.value("SELECT count(*) FROM properties WHERE is_active") == 2


@pytest.mark.parametrize("metres", [171, 5000])
def test_the_same_address_somewhere_else_is_not_merged(
    cli: CLI, county: County, database: Database, metres: int
) -> None:
    x, y = shifted(DOWNTOWN, metres)
    county.records["foreclosures"][0]["geometry"] = {"x": x, "y": y}
    assert after(cli, county)["merged"] == 0


@pytest.mark.parametrize(("zip_code", "city", "merged"), [("32801", "Orlando", 1), ("32712", "Apopka", 0)])
def test_a_property_without_location_is_merged_where_its_zip_code_is_the_same(
    cli: CLI, county: County, zip_code: str, city: str, merged: int
) -> None:
    del county.records["foreclosures"][0]["geometry"]
    county.records["foreclosures"][0]["attributes"] |= {"SITUS_ZIP": zip_code, "SITUS_CITY": city}
    assert after(cli, county)["merged"] == merged


def test_a_notice_found_by_address_moves_to_the_winner_too(cli: CLI, county: County, database: Database) -> None:
    county.records["property_records"][0]["attributes"]["SITUS"] = "7 OAK ST"
    county.foreclosure(None, "1 ELM ST", DOWNTOWN)
    after(cli, county)
    assert set(database.column("SELECT property_id FROM foreclosures")) == {database.property(OLD)["id"]}
    county.records["property_records"][0]["attributes"]["SITUS"] = "1 ELM ST"
    after(cli, county)
    assert set(database.column("SELECT property_id FROM foreclosures")) == {database.property(NEW)["id"]}


def test_undo_restores_the_property_with_its_records_and_it_is_not_merged_again(
    cli: CLI, county: County, database: Database
) -> None:
    after(cli, county)
    undone = run(cli, county.write(), "dedupe", "--undo", dashed(OLD))
    assert undone["parcel_id"] == OLD
    assert database.property(OLD)["counted_radius_miles"] is None
    for _ in range(2):
        loser = database.property(OLD)
        assert loser["is_active"]
        assert loser["merged_into"] is None
        assert database.column("SELECT property_id FROM foreclosures") == [loser["id"]]
        assert after(cli, county)["merged"] == 0
    stages(cli, county.write(), "score")
    assert run(cli, county.write(), "leads", "show", OLD)["parcel_id"] == OLD


def test_what_was_undone_is_not_merged_again_when_another_asks_for_the_same_house_number(
    cli: CLI, county: County, database: Database
) -> None:
    after(cli, county)
    run(cli, county.write(), "dedupe", "--undo", OLD)
    # the other one's number makes a candidate of this address again
    stats = after(cli, county.foreclosure(parcel(902), "1 Elm Street", DOWNTOWN))
    assert (stats["duplicates_found"], stats["merged"]) == (1, 1)
    assert database.property(OLD)["is_active"]
    assert database.property(parcel(902))["merged_into"] == database.property(NEW)["id"]


def test_undo_of_what_is_not_merged_is_wrong_usage(cli: CLI, county: County) -> None:
    market = county.write()
    after(cli, county)
    for written in (NEW, parcel(77), "not a number"):
        outcome = cli("--market", market, "dedupe", "--undo", written)
        assert outcome.code == 2
        assert outcome.err.startswith("wholesaler: ")
        assert outcome.err.count("\n") == 1
