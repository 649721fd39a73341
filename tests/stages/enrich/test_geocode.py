"""Locations from the Census geocoder, for properties that no source locates."""

import time
from datetime import timedelta
from threading import Event

import pytest

from tests.servers import Reply, Request, on
from tests.servers.geocoder import GeocoderServer
from tests.stages.county import AS_OF, CLI, DOWNTOWN, FAR, County, Database, parcel, run, stages
from tests.stages.enrich.helpers import addresses, place
from wholesaler.stages.enrich.geocode import ATTEMPTS

DOWN = Reply(b"<html>503 Service Unavailable</html>", 503)


def test_a_match_becomes_the_location_with_the_longitude_first(
    cli: CLI, county: County, database: Database, geocoder: GeocoderServer
) -> None:
    geocoder.places["100 N MAIN ST"] = DOWNTOWN
    geocoder.places["7 ELM ST"] = FAR
    market = addresses(county, "100 N MAIN ST", "7 ELM ST", "9 NOWHERE RD", "8 ELM ST").write()
    geocoder.places["8 ELM ST"] = DOWNTOWN
    report = stages(cli, market, "ingest", "enrich")["enrich"]
    assert report["stats"]["geocoded"] == 3
    assert [place(database, number) for number in range(1, 5)] == [DOWNTOWN, FAR, None, DOWNTOWN]
    assert database.property(parcel(1))["location_source"] == "census_geocoder"


def test_the_file_sent_has_id_street_city_state_and_zip_and_no_header(
    cli: CLI, county: County, geocoder: GeocoderServer
) -> None:
    addresses(county, '100 N MAIN ST, APT "2"', "7  ELM ST", zip_code="32801-1234")
    stages(cli, county.write(), "ingest", "enrich")
    (batch,) = geocoder.batches
    assert sorted(row[1:] for row in batch) == [
        ['100 N MAIN ST, APT "2"', "Orlando", "FL", "32801"],
        ["7  ELM ST", "Orlando", "FL", "32801"],
    ]
    assert sorted(row[0] for row in batch) == ["0", "1"]


def test_what_is_known_is_not_asked_again(
    cli: CLI, county: County, database: Database, geocoder: GeocoderServer
) -> None:
    geocoder.places["100 N MAIN ST"] = DOWNTOWN
    stages(cli, addresses(county, "100 N MAIN ST").write(), "ingest", "enrich")
    before = database.versions("properties", "geocode_cache")
    stages(cli, county.write(), "ingest", "enrich")
    assert database.versions("properties", "geocode_cache") == before
    stages(cli, addresses(county, "100 n main st", first=2).write(), "ingest", "enrich")
    assert place(database, 2) == DOWNTOWN
    assert geocoder.asked_for == ["100 N MAIN ST"]


def test_misses_and_ties_are_remembered_and_asked_again_after_they_expire(
    cli: CLI, county: County, database: Database, geocoder: GeocoderServer
) -> None:
    geocoder.ties.add("7 ELM ST")
    market = addresses(county, "9 NOWHERE RD", "7 ELM ST").write()
    for _ in range(2):
        stages(cli, market, "ingest", "enrich")
    assert len(geocoder.batches) == 1
    assert database.column("SELECT match FROM geocode_cache ORDER BY address_key") == ["Tie", "No_Match"]
    database.execute("UPDATE geocode_cache SET expires_at = now() - interval '1 day' WHERE match = 'No_Match'")
    geocoder.places["9 NOWHERE RD"] = DOWNTOWN
    stages(cli, market, "enrich")
    assert geocoder.asked_for == ["7 ELM ST", "9 NOWHERE RD", "9 NOWHERE RD"]
    assert place(database, 1) == DOWNTOWN


def test_a_batch_is_asked_again_after_an_error_a_page_of_html_and_a_cut_off_answer(
    cli: CLI, county: County, database: Database, geocoder: GeocoderServer
) -> None:
    geocoder.places["100 N MAIN ST"] = DOWNTOWN
    geocoder.faults = [
        on("batch", DOWN, 1),
        on("batch", Reply(b"<html>Please try again later</html>"), 2),
        on("batch", Reply(b'"0","100 N MAI'), 3),
    ]
    report = stages(cli, addresses(county, "100 N MAIN ST", "7 ELM ST").write(), "ingest", "enrich")["enrich"]
    assert report["warnings"] == []
    assert len(geocoder.requests) == 4
    assert place(database, 1) == DOWNTOWN


def test_a_geocoder_that_stays_down_makes_the_stage_partial_and_the_next_run_asks_again(
    cli: CLI, county: County, database: Database, geocoder: GeocoderServer
) -> None:
    geocoder.places["100 N MAIN ST"] = DOWNTOWN
    geocoder.faults = [on("batch", DOWN)]
    market = addresses(county, "100 N MAIN ST").sale(parcel(5)).roll(parcel(5), "5 ELM ST").write()
    report = stages(cli, market, "ingest", "enrich", code=3)["enrich"]
    assert report["status"] == "partial"
    (warning,) = report["warnings"]
    assert "1 address could not be asked" in warning
    assert "503" in warning
    assert database.property(parcel(5))["street"] is not None
    assert database.value("SELECT count(*) FROM geocode_cache") == 0
    geocoder.faults = []
    assert run(cli, market, "enrich")["stats"]["geocoded"] == 1


def test_a_geocoder_that_cannot_be_reached_makes_the_stage_partial(
    cli: CLI, county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    with GeocoderServer() as gone:
        monkeypatch.setenv("WHOLESALER_GEOCODER_ENABLED", "true")
        monkeypatch.setenv("WHOLESALER_GEOCODER_URL", gone.address)
    report = stages(cli, addresses(county, "100 N MAIN ST").write(), "ingest", "enrich", code=3)["enrich"]
    assert "the next run asks again" in report["warnings"][0]


def many(number: int) -> list[str]:
    """So many addresses."""
    return [f"{one} ELM ST" for one in range(1, number + 1)]


def test_of_several_batches_those_that_were_answered_are_kept(
    cli: CLI, county: County, database: Database, geocoder: GeocoderServer
) -> None:
    written = many(601)
    geocoder.places = dict.fromkeys(written, DOWNTOWN)
    geocoder.faults = [lambda request: DOWN if request.number > 1 else None]
    market = addresses(county, *written).write()
    report = stages(cli, market, "ingest", "enrich", code=3)["enrich"]
    assert report["stats"]["geocoded"] == 500
    assert "101 addresses" in report["warnings"][0]
    geocoder.faults = []
    assert run(cli, market, "enrich")["stats"]["geocoded"] == 101
    assert [len(batch) for batch in geocoder.batches] == [500, 101]


def test_a_geocoder_that_is_down_is_given_up_soon_however_much_there_is_to_ask(
    cli: CLI, county: County, geocoder: GeocoderServer
) -> None:
    geocoder.faults = [on("batch", DOWN)]
    report = stages(cli, addresses(county, *many(1600)).write(), "ingest", "enrich", code=3)["enrich"]
    assert "1,600 addresses could not be asked" in report["warnings"][0]
    assert len(geocoder.requests) == 2 * ATTEMPTS


def test_a_batch_that_fails_stands_in_the_way_of_no_other(cli: CLI, county: County, geocoder: GeocoderServer) -> None:
    written = many(600)
    geocoder.places = dict.fromkeys(written, DOWNTOWN)
    geocoder.faults = [on("batch", DOWN, *range(1, ATTEMPTS + 1))]
    report = stages(cli, addresses(county, *written).write(), "ingest", "enrich")["enrich"]
    assert (report["stats"]["geocoded"], report["warnings"]) == (600, [])
    assert [len(batch) for batch in geocoder.batches] == [1, 100, 250, 250]


@pytest.mark.parametrize("fault", ["unanswered", "fatal"])
def test_an_address_that_is_never_answered_costs_no_other_and_becomes_a_miss(
    cli: CLI, county: County, database: Database, geocoder: GeocoderServer, fault: str
) -> None:
    written = many(600)
    geocoder.places = dict.fromkeys(written, DOWNTOWN)
    getattr(geocoder, fault).update(["7 ELM ST"])
    market = addresses(county, *written).write()
    report = stages(cli, market, "ingest", "enrich")["enrich"]
    assert (report["status"], report["stats"]["geocoded"], report["warnings"]) == ("success", 599, [])
    asked = len(geocoder.requests)
    assert asked < 70
    missed = "SELECT address_key FROM geocode_cache WHERE match = 'No_Match' AND expires_at > now()"
    assert database.column(missed) == ["7 ELM ST|ORLANDO|32801"]
    assert database.value("SELECT count(*) FROM geocode_cache") == 600
    assert run(cli, market, "enrich")["stats"]["geocoded"] == 0
    assert len(geocoder.requests) == asked


def test_addresses_that_fail_every_batch_they_are_in_do_not_pass_for_a_geocoder_that_is_down(
    cli: CLI, county: County, database: Database, geocoder: GeocoderServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wholesaler.stages.enrich.geocode.BATCH", 2)
    written = many(12)
    geocoder.places = dict.fromkeys(written, DOWNTOWN)
    geocoder.fatal.update(written[:7])
    report = stages(cli, addresses(county, *written).write(), "ingest", "enrich")["enrich"]
    assert (report["stats"]["geocoded"], report["warnings"]) == (5, [])
    assert database.value("SELECT count(*) FROM geocode_cache WHERE match = 'No_Match'") == 7


def test_a_geocoder_that_answers_next_to_nothing_is_given_up_when_that_took_too_long(
    cli: CLI, county: County, database: Database, geocoder: GeocoderServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wholesaler.stages.enrich.geocode.LONGEST_OUTAGE_SECONDS", 0)
    geocoder.unanswered.update(many(600))
    report = stages(cli, addresses(county, *many(600)).write(), "ingest", "enrich", code=3)["enrich"]
    (warning,) = report["warnings"]
    assert "600 addresses could not be asked: the Census geocoder answered 0 of 500" in warning
    assert database.value("SELECT count(*) FROM geocode_cache") == 0


def test_what_is_first_one_day_is_not_first_every_day(cli: CLI, county: County, geocoder: GeocoderServer) -> None:
    geocoder.faults = [on("batch", DOWN)]
    market = addresses(county, *many(20)).write()
    stages(cli, market, "ingest")
    for day in range(1, 4):
        stages(cli, market, "enrich", as_of=AS_OF + timedelta(days=day), code=3)
    sent = [request.params["addressFile"] for request in geocoder.requests]
    assert len({text for text in sent if "ELM" in text}) == 3


def test_a_page_of_html_with_a_line_that_is_too_long_is_no_answer(
    cli: CLI, county: County, database: Database, geocoder: GeocoderServer
) -> None:
    geocoder.places["1 ELM ST"] = DOWNTOWN
    page = b"<html>" + b"x" * 200_000 + b"</html>"
    geocoder.faults = [on("batch", Reply(page), 1), on("batch", Reply(b'"0","1 ELM ST","Tie"\r\n' + page), 2)]
    market = addresses(county, "1 ELM ST").write()
    assert stages(cli, market, "ingest", "enrich")["enrich"]["warnings"] == []
    assert len(geocoder.requests) == 2
    assert database.column("SELECT match FROM geocode_cache") == ["Tie"]


@pytest.mark.parametrize(
    "row",
    [
        '"0","1 ELM ST","Match","Exact","1 ELM ST","-81.3',
        '"0","1 ELM ST","Match","Exact","1 ELM ST","-81.379,28.5',
        '"\u00b2","1 ELM ST","Match","Exact","1 ELM ST","-81.379,28.5","1","L"',
        '"' + "9" * 5000 + '","1 ELM ST","No_Match"',
        '"1","1 ELM ST","No_Match"',
        '"-1","1 ELM ST","No_Match"',
    ],
    ids=["cut in the longitude", "cut in the latitude", "odd digit", "long number", "unknown number", "negative"],
)
def test_a_row_that_is_cut_off_or_of_nobody_is_no_answer(
    cli: CLI, county: County, database: Database, geocoder: GeocoderServer, row: str
) -> None:
    geocoder.places["1 ELM ST"] = DOWNTOWN
    geocoder.faults = [on("batch", Reply(row.encode()), 1)]
    assert stages(cli, addresses(county, "1 ELM ST").write(), "ingest", "enrich")["enrich"]["stats"]["geocoded"] == 1
    assert len(geocoder.requests) == 2
    assert place(database, 1) == DOWNTOWN


def test_nul_characters_in_an_answer_do_not_matter(
    cli: CLI, county: County, database: Database, geocoder: GeocoderServer
) -> None:
    row = f'"0","1 ELM ST","Match","Exact","1 EL\0M ST","{DOWNTOWN[0]},{DOWNTOWN[1]}","1","L"\r\n'
    geocoder.faults = [on("batch", Reply(row.encode()), 1)]
    stages(cli, addresses(county, "1 ELM ST").write(), "ingest", "enrich")
    assert database.column("SELECT matched_address FROM geocode_cache") == ["1 ELM ST"]


def test_coordinates_outside_of_the_county_are_a_miss(
    cli: CLI, county: County, database: Database, geocoder: GeocoderServer
) -> None:
    geocoder.places = {"1 ELM ST": (-82.457, 27.951), "2 ELM ST": (DOWNTOWN[1], DOWNTOWN[0]), "3 ELM ST": (0, 0)}
    market = addresses(county, *geocoder.places).write()
    assert stages(cli, market, "ingest", "enrich")["enrich"]["stats"]["geocoded"] == 0
    assert database.column("SELECT DISTINCT match FROM geocode_cache") == ["No_Match"]
    assert [place(database, number) for number in (1, 2, 3)] == [None] * 3


def test_only_complete_addresses_of_active_properties_without_location_are_asked(
    cli: CLI, county: County, geocoder: GeocoderServer
) -> None:
    addresses(county, "1 ELM ST", "ELM ST", "2 ELM ST")
    county.sale(parcel(8)).roll(parcel(8), "8 ELM ST", None)
    county.sale(parcel(9), point=None).roll(parcel(9), "9 ELM ST", None, city=None, zip_code=None)
    stages(cli, county.write(), "ingest")
    county.records["tax_sales"].pop(2)
    stages(cli, county.write(), "ingest", "enrich")
    assert geocoder.asked_for == ["1 ELM ST"]


def test_nothing_is_asked_when_the_geocoder_is_switched_off(
    cli: CLI, county: County, geocoder: GeocoderServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOLESALER_GEOCODER_ENABLED", "false")
    report = stages(cli, addresses(county, "1 ELM ST").write(), "ingest", "enrich")["enrich"]
    assert report["status"] == "success"
    assert geocoder.requests == []


def test_a_geocoder_that_takes_too_long_ends_before_the_stage_and_what_it_answered_is_kept(
    cli: CLI, county: County, database: Database, geocoder: GeocoderServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    market = addresses(county, "100 N MAIN ST", "7 ELM ST").write()
    stages(cli, market, "ingest")
    geocoder.places["100 N MAIN ST"] = geocoder.places["7 ELM ST"] = DOWNTOWN
    monkeypatch.setattr("wholesaler.stages.enrich.geocode.BATCH", 1)
    monkeypatch.setenv("WHOLESALER_ENRICH_DEADLINE", "6")
    monkeypatch.setenv("WHOLESALER_FIRST_LOAD_DEADLINE", "6")
    released = Event()

    def hang(request: Request) -> None:
        if geocoder.batches:
            released.wait(30)

    geocoder.faults.append(hang)
    began = time.monotonic()
    (warning,) = run(cli, market, "enrich", code=3)["warnings"]
    released.set()
    assert time.monotonic() - began < 8
    assert warning == (
        "geocoder: it did not answer for all of 2 addresses within 4 s; the next run asks for the others"
    )
    assert [place(database, number) for number in (1, 2)].count(DOWNTOWN) == 1
