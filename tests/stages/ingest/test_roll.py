"""What the appraiser's roll is asked for: the parcels with a signal, then the addresses of what it does not know."""

from pathlib import Path

import pytest

from tests.servers import Reply, Request, on
from tests.servers.arcgis import ArcGISServer, esri_error
from tests.servers.socrata import SocrataServer
from tests.stages.county import CLI, DOWNTOWN, County, Database, ServedCounty, parcel, run, stages
from wholesaler.stages.ingest import roll


@pytest.fixture
def county(tmp_path: Path, arcgis: ArcGISServer, portal: SocrataServer) -> County:
    return ServedCounty(tmp_path, arcgis=arcgis, portal=portal)


def listed(database: Database) -> list[str]:
    """The parcels of the roll that were loaded."""
    return database.column("SELECT parcel_id FROM property_records WHERE is_active ORDER BY parcel_id")


@pytest.mark.parametrize(
    ("notice", "written"),
    [
        ("154 E 18TH STREET", "154 E 18TH ST"),
        ("154 FIFTH STREET", "154 5TH ST"),
        ("154 North Mount Vernon Street", "154 N MT VERNON ST"),
        ("154 SAINT CHARLES AVE", "154 ST CHARLES AVE"),
        ("154 MARTIN LUTHER KING BLVD", "154 MLK BLVD"),
        ("154 Highway 50", "154 HWY 50"),
        ("154 AVENUE D", "154 AVE D"),
        ("154A MAIN STREET", "154-A MAIN ST"),
        ("154-156 MAIN STREET", "154-156 MAIN ST"),
        ("154 1/2 MAIN STREET", "154 1/2 MAIN ST"),
        ("154 ELM STREET UNIT PENTHOUSE", "154 ELM ST PENTHOUSE"),
        ("154 LAKE STREET DOWNSTAIRS", "154 LAKE ST # 1"),
        ("154 VIA ROSA", "154 VIA ROSA"),
    ],
)
def test_the_roll_is_searched_by_what_all_lists_write_alike(
    cli: CLI, county: County, database: Database, notice: str, written: str
) -> None:
    county.foreclosure(None, notice, DOWNTOWN).roll(parcel(1), written).roll(parcel(2), "155 ELM ST")
    run(cli, county.write(), "ingest")
    assert listed(database) == [parcel(1)]


def test_the_roll_is_searched_at_the_address_of_a_number_that_it_does_not_know(
    cli: CLI, county: County, database: Database
) -> None:
    county.sale(parcel(1)).sale(parcel(2)).sale(parcel(3)).roll(parcel(1), "1 ELM ST").roll(parcel(5), "5 ELM ST")
    county.foreclosure(parcel(900), "5 ELM ST").violation(parcel(2), address="6 ELM ST", status="Closed")
    county.roll(parcel(6), "6 ELM STREET").roll(parcel(7), "1 ELM ST").roll(parcel(3)).roll(parcel(8), "8 ELM ST")
    run(cli, county.write(), "ingest", code=3)
    assert listed(database) == [parcel(number) for number in (1, 3, 5, 6)]


def test_what_was_merged_or_undone_is_not_searched_for_again(cli: CLI, county: County, database: Database) -> None:
    county.sale(parcel(1)).roll(parcel(1), "1 ELM ST").foreclosure(parcel(900), "1 ELM ST", DOWNTOWN)
    run(cli, county.write(), "run-all", "--only", "ingest", "--only", "enrich", "--only", "dedupe", code=3)
    county.roll(parcel(2), "1 ELM ST")
    run(cli, county.write(), "ingest", code=3)
    assert listed(database) == [parcel(1)]
    run(cli, county.write(), "dedupe", "--undo", parcel(900))
    run(cli, county.write(), "ingest", code=3)
    assert listed(database) == [parcel(1)]


def test_many_addresses_are_searched_for_by_reading_the_whole_roll(
    cli: CLI, county: County, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roll, "WHOLE_ROLL_FROM_ADDRESSES", 1)
    county.sale(parcel(1)).roll(parcel(1)).roll(parcel(9), "9 OAK ST")
    county.foreclosure(None, "2 ELM ST").foreclosure(None, "3 ELM ST")
    run(cli, county.write(), "ingest")
    assert listed(database) == [parcel(1), parcel(9)]


@pytest.mark.parametrize("offset", ["0", "1"])
def test_a_search_by_address_that_breaks_off_keeps_what_came_by_number_and_makes_the_answer_partial(
    cli: CLI, county: County, database: Database, arcgis: ArcGISServer, portal: SocrataServer, offset: str
) -> None:
    county.sale(parcel(1)).roll(parcel(1), "9 OAK ST").foreclosure(None, "1 ELM ST", DOWNTOWN)
    for number in range(2, 6):
        county.roll(parcel(number), f"1 ELM ST # {number}")
    market = county.serve(arcgis, portal)
    layer = county.layer(arcgis, "property_records")
    layer.max_record_count = 1

    def fault(request: Request) -> Reply | None:
        by_address = "LIKE" in request.params.get("where", "")
        broken = by_address and request.kind == "page" and request.params.get("resultOffset", "0") == offset
        return esri_error(403, "Access denied") if broken else None

    layer.faults.append(fault)
    document = run(cli, market, "ingest", code=3)
    assert document["stats"]["property_records"]["status"] == "partial"
    assert any("cannot be searched by address" in warning for warning in document["warnings"])
    assert listed(database) == [parcel(1)]


def test_a_search_by_address_that_is_not_whole_makes_the_answer_partial(
    cli: CLI, county: County, database: Database, arcgis: ArcGISServer, portal: SocrataServer
) -> None:
    county.sale(parcel(1)).roll(parcel(1), "9 OAK ST").foreclosure(None, "1 ELM ST", DOWNTOWN)
    market = county.roll(parcel(2), "1 ELM ST # 2").roll(parcel(3), "1 ELM ST # 3").serve(arcgis, portal)
    layer = county.layer(arcgis, "property_records")
    layer.max_record_count = 1
    layer.faults.append(on("count", Reply({"count": 9})))
    document = run(cli, market, "ingest", code=3)
    assert document["stats"]["property_records"]["status"] == "partial"
    assert listed(database) == [parcel(1), parcel(2), parcel(3)]


@pytest.mark.parametrize("kind", ["file", "arcgis"])
@pytest.mark.parametrize(
    ("notice", "written"),
    [
        ("154 THRUSH SUNRISE BLVD", "154 Thrush Sunrise Blvd"),
        ("154 Thrush Sunrise Blvd", "154 THRUSH SUNRISE BLVD"),
        ("154 thrush sunrise blvd", "154 Thrush sunrise BLVD"),
    ],
)
def test_the_roll_is_found_by_address_whatever_the_case_of_its_letters(
    cli: CLI, county: County, database: Database, kind: str, notice: str, written: str
) -> None:  # fmt: skip
    county.foreclosure(None, notice, DOWNTOWN).roll(parcel(1), written).roll(parcel(2), "155 Thrush Sunrise Blvd")
    market = County.write(county) if kind == "file" else county.write()
    stages(cli, market, "ingest", "enrich", "dedupe")
    # a file is read whole
    assert listed(database) == ([parcel(1), parcel(2)] if kind == "file" else [parcel(1)])
    assert database.column("SELECT match_evidence ->> 'parcel_id' FROM foreclosures") == [parcel(1)]


def test_what_the_roll_does_not_send_any_more_is_not_rejected_any_more(cli: CLI, county: County) -> None:
    county.sale(parcel(1)).sale(parcel(2)).roll(parcel(2)).roll(parcel(1), "1 ELM ST").roll(parcel(1), "2 ELM ST")
    county.foreclosure(None, "3 ELM ST").roll(parcel(3), "3 ELM ST").roll(parcel(3), "3 ELM STREET")
    market = county.write()

    def rejects() -> list[str]:
        return [row["reason"] for row in run(cli, market, "rejects", "list")["rejects"]]

    said = run(cli, market, "ingest")["warnings"]
    assert len(said) == len(set(said)), "asked by number and by address, it says once what is wrong"
    both = [f"duplicate of {parcel(number)} in the same fetch" for number in (1, 3)]
    assert rejects() == both
    run(cli, market, "ingest")
    assert rejects() == both
    del county.records["property_records"][2]
    run(cli, county.write(), "ingest")
    assert rejects() == both[1:]
    # nothing is known of what an answer that is not whole has not brought
    del county.records["property_records"][3]
    layer = county.layer(county.arcgis, "property_records")  # type: ignore[attr-defined]
    county.write()
    layer.faults.append(on("count", Reply({"count": 99})))
    run(cli, market, "ingest", code=3)
    assert rejects() == both[1:]


@pytest.mark.parametrize(
    ("address", "pattern"),
    [
        ("154 Elm St", "154 %ELM%"), ("154  N ELM ST", "154 %ELM%"), ("154 N", "154 %"), ("154 NE", "154 %"),
        ("154 NORTH ELM ST", "154 %ELM%"), ("154 SOUTHEAST ELM", "154 %ELM%"), ("154 NW SE ELM ST", "154 %ELM%"),
        # the first word of more than two letters that all write alike, of the first two
        ("154 OLD ELM ST", "154 %OLD%"), ("154 AB ELM ST", "154 %ELM%"), ("154 ST ELM OAK", "154 %ELM%"),
        ("154 OAK7 ELM ST", "154 %ELM%"), ("154 STREET 7TH ELM", "154 %"), ("154 ST AB ELM", "154 %"),
        ("154 STREET", "154 %"), ("154A ELM ST", "154%ELM%"), ("154-156 STREET", "154%"),
        (" 154 ELM", "154 %ELM%"), ("ELM ST", None), ("0 ELM ST", None), ("99999 ELM ST", None), ("154", None),
        ("1054 ELM", "1054 %ELM%"), ("9999 ELM", "9999 %ELM%"),
    ],
)  # fmt: skip
def test_what_is_asked_for_of_an_address(address: str, pattern: str | None) -> None:
    assert roll._pattern(address, frozenset({"ST", "STREET"})) == pattern
