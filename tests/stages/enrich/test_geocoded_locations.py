"""What is taken from the geocoder for a location, and how long it stays one."""

import pytest

from tests.servers.geocoder import GeocoderServer
from tests.stages.county import AS_OF, CLI, DOWNTOWN, FAR, County, Database, parcel, stages
from tests.stages.enrich.helpers import addresses, place


def test_a_sources_own_point_replaces_the_geocoders(
    cli: CLI, county: County, database: Database, geocoder: GeocoderServer
) -> None:
    geocoder.places["1 ELM ST"] = DOWNTOWN
    stages(cli, addresses(county, "1 ELM ST").write(), "ingest", "enrich")
    county.records["property_records"][0]["attributes"] |= {"LONGITUDE": FAR[0], "LATITUDE": FAR[1]}
    stages(cli, county.write(), "ingest", "enrich")
    assert place(database, 1) == FAR
    assert database.property(parcel(1))["location_source"] == "property_records"


def test_a_geocoded_location_does_not_outlive_its_address(
    cli: CLI, county: County, database: Database, geocoder: GeocoderServer
) -> None:
    geocoder.places["1 ELM ST"] = DOWNTOWN
    stages(cli, addresses(county, "1 ELM ST").write(), "ingest", "enrich")
    county.records["property_records"][0]["attributes"]["SITUS"] = "1 OAK ST"
    stages(cli, county.write(), "ingest", "enrich")
    assert geocoder.asked_for == ["1 ELM ST", "1 OAK ST"]
    assert place(database, 1) is None


@pytest.mark.parametrize(("field", "value"), [("SITUS_ZIP", "32803"), ("SITUS_CITY", "Apopka")])
def test_a_geocoded_location_does_not_outlive_its_zip_or_city(
    cli: CLI, county: County, database: Database, geocoder: GeocoderServer, field: str, value: str
) -> None:
    geocoder.places["1 ELM ST"] = DOWNTOWN
    stages(cli, addresses(county, "1 ELM ST").write(), "ingest", "enrich")
    assert place(database, 1) == DOWNTOWN
    county.records["property_records"][0]["attributes"][field] = value
    geocoder.places["1 ELM ST"] = FAR
    stages(cli, county.write(), "ingest", "enrich")
    assert place(database, 1) == FAR


def test_a_geocoded_location_stays_with_an_address_that_only_another_case_or_the_end_of_the_zip_is_changed_of(
    cli: CLI, county: County, database: Database, geocoder: GeocoderServer
) -> None:
    geocoder.places["1 ELM ST"] = DOWNTOWN
    stages(cli, addresses(county, "1 ELM ST").write(), "ingest", "enrich")
    county.records["property_records"][0]["attributes"] |= {"SITUS_CITY": "ORLANDO", "SITUS_ZIP": "32801-1234"}
    stages(cli, county.write(), "ingest", "enrich")
    assert (place(database, 1), geocoder.asked_for) == (DOWNTOWN, ["1 ELM ST"])


def test_an_address_is_asked_for_once_however_it_is_capitalised(
    cli: CLI, county: County, database: Database, geocoder: GeocoderServer
) -> None:
    geocoder.places = {"1 ELM ST": DOWNTOWN, "1 Elm St": DOWNTOWN}
    report = stages(cli, addresses(county, "1 ELM ST", "1 Elm St").write(), "ingest", "enrich")["enrich"]
    assert (report["stats"]["geocoded"], len(geocoder.asked_for)) == (2, 1)


def test_a_geocoded_property_has_its_violations_counted_in_the_same_run(
    cli: CLI, county: County, database: Database, geocoder: GeocoderServer
) -> None:
    geocoder.places["1 ELM ST"] = DOWNTOWN
    addresses(county, "1 ELM ST").violation(parcel(50), DOWNTOWN).roll(parcel(50))
    stages(cli, county.write(), "ingest", "enrich", as_of=AS_OF)
    assert database.property(parcel(1))["nearby_violations"] == 1


@pytest.mark.parametrize(
    ("asked", "matched", "located"),
    [
        ("100 N MAIN ST", "100 N MAIN ST, ORLANDO, FL, 32801", True),
        ("100 North Main Street, Apt 2", "100 N MAIN ST, ORLANDO, FL, 32801", True),
        ("100 MAIN", "100 MAIN ST, ORLANDO, FL, 32801", True),
        ("100 MAIN ST", "100 N MAIN ST, ORLANDO, FL, 32801", True),
        ("100 MAIN ST NW", "100 MAIN ST, ORLANDO, FL, 32801-1234", True),
        ("100 MAIN ST", "100 MAIN ST, WINTER PARK, FL", True),
        ("100 MAIN ST", "100 MAIN ST, APOPKA, FL, 32703", False),
        ("100 MAIN ST", "102 MAIN ST, ORLANDO, FL, 32801", False),
        ("100 1/2 MAIN ST", "100 MAIN ST, ORLANDO, FL, 32801", False),
        ("100 MAIN ST", "100 MAIN AVE, ORLANDO, FL, 32801", False),
        ("100 N MAIN ST", "100 S MAIN ST, ORLANDO, FL, 32801", False),
        ("100 MAIN ST NW", "100 MAIN ST NE, ORLANDO, FL, 32801", False),
        ("100 OAK", "100 OAK RIDGE RD, ORLANDO, FL, 32801", False),
        ("100 OAK ST", "100 ELM ST, ORLANDO, FL, 32801", False),
        ("100 MAIN ST", "", False),
    ],
)
def test_only_a_match_of_the_address_that_was_asked_for_is_a_location(
    cli: CLI, county: County, database: Database, geocoder: GeocoderServer, asked: str, matched: str, located: bool
) -> None:
    geocoder.places[asked] = DOWNTOWN
    geocoder.matched[asked] = matched
    market = addresses(county, asked).write()
    report = stages(cli, market, "ingest", "enrich")["enrich"]
    assert (report["stats"]["geocoded"], place(database, 1)) == ((1, DOWNTOWN) if located else (0, None))
    (cached,) = database.rows("SELECT match, match_type, matched_address, expires_at FROM geocode_cache")
    assert (cached["match"] == "Match", cached["expires_at"] is None) == (located, located)
    assert (cached["match_type"], cached["matched_address"]) == ("Non_Exact", matched)
    stages(cli, market, "enrich")
    assert len(geocoder.batches) == 1


def test_land_without_a_house_number_is_not_asked_for(cli: CLI, county: County, geocoder: GeocoderServer) -> None:
    stages(cli, addresses(county, "0 ELM ST", "99999 ELM ST", "1 ELM ST").write(), "ingest", "enrich")
    assert geocoder.asked_for == ["1 ELM ST"]
