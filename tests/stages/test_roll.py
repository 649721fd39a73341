"""What the appraiser's roll is asked for: the parcels with a signal, then addresses."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.servers import Reply, Request, on
from tests.servers.arcgis import ArcGISServer, esri_error
from tests.servers.socrata import SocrataServer
from tests.stages.county import CLI, DOWNTOWN, County, Database, parcel, run


@pytest.fixture
def county(tmp_path: Path) -> County:
    return County(tmp_path)


@pytest.fixture
def database(engine: Engine) -> Database:
    return Database(engine)


@pytest.fixture
def arcgis() -> Iterator[ArcGISServer]:
    with ArcGISServer() as arcgis:
        yield arcgis


@pytest.fixture
def portal() -> Iterator[SocrataServer]:
    with SocrataServer() as portal:
        yield portal


def listed(database: Database) -> list[str]:
    """The parcels of the roll that were loaded."""
    return database.column("SELECT parcel_id FROM property_records WHERE is_active ORDER BY parcel_id")


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
