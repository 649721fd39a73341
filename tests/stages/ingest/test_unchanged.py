"""A source that says it has not changed is left alone, and only then."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.servers.arcgis import ArcGISServer
from tests.servers.socrata import SocrataServer
from tests.stages.county import AS_OF, CLI, LAYERS, County, Database, parcel, run

EDITED = 1_764_547_200_000


@pytest.fixture
def county(tmp_path: Path) -> County:
    county = County(tmp_path)
    for number in range(1, 5):
        county.sale(parcel(number), number=f"2025-{number}").roll(parcel(number))
    return county


def days_read(database: Database, source: str = "tax_sales") -> list[str | None]:
    """The day that each load's records were read on, oldest load first."""
    return database.column(
        f"SELECT stats ->> 'read_on' FROM data_ingestion_runs WHERE source = '{source}' ORDER BY started_at"
    )


def day(number: int) -> str:
    return (AS_OF + timedelta(days=number)).isoformat()


def ingest(cli: CLI, market: Path, number: int = 0, code: int = 0) -> dict[str, Any]:
    """The stats of the tax sales on the day of this number."""
    document = run(cli, market, "ingest", as_of=AS_OF + timedelta(days=number), code=code)
    stats: dict[str, Any] = document["stats"]["tax_sales"]
    return stats | {"warnings": document["warnings"]}


def test_a_file_is_read_again_when_its_content_changes_or_after_a_week(
    cli: CLI, county: County, database: Database
) -> None:
    market = county.write()
    for number in (0, 1, 6, 7, 8):
        stats = ingest(cli, market, number)
        assert (stats["processed"], stats["inserted"], stats["unchanged"]) == ((4, 4, 0) if number == 0 else (4, 0, 4))
    assert days_read(database) == [day(0), day(0), day(0), day(7), day(7)]
    county.sale(parcel(5), number="2025-5")
    assert ingest(cli, county.write(), 8)["inserted"] == 1
    assert days_read(database)[-1] == day(8)


def test_a_night_on_which_nothing_is_read_tells_what_the_last_reading_told(
    cli: CLI, county: County, database: Database
) -> None:
    county.sale("not a number", number="2025-6")
    county.records["tax_sales"][0]["attributes"] |= {"USER_Sale_Date": "soon", "EXTRA": 1}
    market = county.write()
    first, second = ingest(cli, market), ingest(cli, market, 1)
    assert days_read(database) == [day(0), day(0)]
    assert first["warnings"] == second["warnings"] != []
    assert (second["processed"], second["unchanged"], second["failed"]) == (5, 4, 1)
    whole = "SELECT DISTINCT stats ->> 'whole' FROM data_ingestion_runs WHERE source = 'tax_sales'"
    assert database.column(whole) == ["true"]


def test_a_file_is_read_again_when_the_market_file_reads_it_otherwise(
    cli: CLI, county: County, database: Database
) -> None:
    market = county.write()
    ingest(cli, market)
    market.write_text(market.read_text().replace('deed_status = "USER_Deed_Status"', ""))
    assert ingest(cli, market, 1)["updated"] == 4
    assert days_read(database) == [day(0), day(1)]
    assert database.column("SELECT DISTINCT deed_status FROM tax_sales") == [None]


def test_a_file_is_read_again_when_a_variable_stands_for_something_else(
    cli: CLI, county: County, database: Database
) -> None:
    market = county.write()
    section = "[sources.tax_sales]\n"
    text = market.read_text().replace(
        section, f'{section}only = {{ USER_Deed_Status = ["Active Sale", "{{var.other}}"] }}\n'
    )
    for number, other in enumerate(("Redeemed", "Redeemed", "Sold")):
        market.write_text(f'vars.other = "{other}"\n{text}')
        ingest(cli, market, number)
    assert days_read(database) == [day(0), day(0), day(2)]


def test_a_file_is_read_again_when_the_table_is_not_as_it_left_it(cli: CLI, county: County, database: Database) -> None:
    market = county.write()
    ingest(cli, market)
    database.execute("DELETE FROM tax_sales WHERE tda_number = '2025-1'")
    assert ingest(cli, market, 1)["inserted"] == 1
    assert days_read(database) == [day(0), day(1)]


def test_a_file_that_was_not_whole_is_read_again(cli: CLI, county: County, database: Database) -> None:
    county.minimum_rows = {"tax_sales": 5}
    market = county.write()
    for number in (0, 1):
        ingest(cli, market, number, code=3)
    assert days_read(database) == [day(0), day(1)]


def test_a_hosted_layer_is_scanned_only_after_an_edit(
    cli: CLI, county: County, database: Database, arcgis: ArcGISServer, portal: SocrataServer
) -> None:
    market = county.serve(arcgis, portal)
    layer = county.layer(arcgis, "tax_sales")
    layer.edited = EDITED
    ingest(cli, market)
    before = len(arcgis.requests)
    stats = ingest(cli, market, 1)
    asked = [request.kind for request in arcgis.requests[before:] if LAYERS["tax_sales"] in request.path]
    assert asked == ["metadata"]
    assert (stats["unchanged"], stats["deactivated"]) == (4, 0)
    layer.edited = EDITED + 1
    del layer.features[0]
    assert ingest(cli, market, 1)["deactivated"] == 1
    assert days_read(database) == [day(0), day(0), day(1)]


def test_a_part_of_a_hosted_layer_is_scanned_every_night_since_it_may_move_with_the_day(
    cli: CLI, county: County, database: Database, arcgis: ArcGISServer, portal: SocrataServer
) -> None:
    market = county.serve(arcgis, portal)
    section = "[sources.tax_sales]\n"
    market.write_text(market.read_text().replace(section, f"{section}where = \"USER_TDA_NUM >= '0'\"\n"))
    layer = county.layer(arcgis, "tax_sales")
    layer.edited = EDITED
    ingest(cli, market)
    del layer.features[0]
    assert ingest(cli, market, 1)["deactivated"] == 1


def test_a_layer_that_does_not_tell_its_edits_is_scanned_every_night(
    cli: CLI, county: County, database: Database, arcgis: ArcGISServer, portal: SocrataServer
) -> None:
    market = county.serve(arcgis, portal)
    for number in (0, 1):
        ingest(cli, market, number)
    assert days_read(database) == [day(0), day(1)]
    del county.layer(arcgis, "tax_sales").features[0]
    assert ingest(cli, market, 1)["deactivated"] == 1
