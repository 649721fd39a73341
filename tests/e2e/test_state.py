"""A Florida county in ten lines: its file on top of the state's, whose roll and layer are on servers of the tests."""

import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.e2e.test_state_roll import HOUSE, nal
from tests.servers.arcgis import ArcGISServer
from tests.servers.files import FileServer, Served
from tests.stages.county import Database
from tests.support import Outcome
from wholesaler.markets import states

CLI = Callable[..., Outcome]
DAY = "2026-11-27"
COUNTY = """\
extends = "served-fl.toml"
key = "lake-fl"
name = "Lake County, Florida"
bounding_box = { west = -81.96, south = 28.34, east = -81.35, north = 29.28 }
vars = { roll_county = "Lake", dor_number = 45 }
parcel = { canonical = "{n}", example = "0119240001", parts = { n = { pattern = "[0-9]{10}" } }, \
forms = { roll = "{n}" } }
hosts."127.0.0.1".requests_per_second = 1000
[sources]
tax_sales = { kind = "file", url = "sales.csv", key = ["parcel"], parcel_form = "roll", fields = { parcel = "PARCEL", \
sale_date = "SALE", deed_status = "STATUS" } }
"""
TYPES = {
    "OBJECTID": "esriFieldTypeOID",
    **dict.fromkeys(("CO_NO", "JV", "AV_SD", "TV_SD", "LND_VAL", "TOT_LVG_AR", "ACT_YR_BLT"), "esriFieldTypeDouble"),
    **dict.fromkeys(("SALE_PRC1", "SALE_YR1", "PHY_ZIPCD", "OWN_ZIPCD"), "esriFieldTypeDouble"),
    **dict.fromkeys(("PARCEL_ID", "DOR_UC", "OWN_NAME", "OWN_ADDR1", "OWN_CITY", "OWN_STATE"), "esriFieldTypeString"),
    **dict.fromkeys(("PHY_ADDR1", "PHY_CITY", "SALE_MO1"), "esriFieldTypeString"),
}
NUMBERS = [f"01192400{number:02}" for number in range(1, 21)]


def house(number: str, county: int = 45) -> dict[str, Any]:
    """A house of the roll, of somebody who lives in another state."""
    street = {"PHY_ADDR1": f"{int(number[-2:])} ELM ST", "PHY_CITY": "TAVARES", "PHY_ZIPCD": 32_778}
    mail = {"OWN_ADDR1": "9 BIRCH LN", "OWN_CITY": "ATLANTA", "OWN_STATE": "GEORGIA", "OWN_ZIPCD": 30_303}
    return HOUSE | street | mail | {"CO_NO": county, "PARCEL_ID": number, "OWN_NAME": f"SMITH JOHN {county}"}


def outline(identifier: int, row: dict[str, Any]) -> dict[str, Any]:
    """The same as the state's layer has it: a square, and names cut to ten letters."""
    attributes = {name[:10]: value for name, value in row.items() if name[:10] in TYPES}
    west, south = -81.72 + identifier / 1000, 28.80
    corners = [(0, 0), (0, 0.001), (0.001, 0.001), (0.001, 0), (0, 0)]
    ring = [[west + x, south + y] for x, y in corners]
    return {"attributes": attributes | {"OBJECTID": identifier}, "geometry": {"rings": [ring]}}


@pytest.fixture
def state() -> Iterator[tuple[ArcGISServer, FileServer]]:
    with ArcGISServer() as layers, FileServer() as files:
        yield layers, files


@pytest.fixture
def county(state: tuple[ArcGISServer, FileServer], home: Path) -> Path:
    layers, files = state
    rows = [*(house(number) for number in NUMBERS), *(house(number, 46) for number in NUMBERS)]
    # another county has the same numbers
    features = [outline(identifier, row) for identifier, row in enumerate(reversed(rows), start=1)]
    url = layers.add_layer(
        "Florida_Statewide_Cadastral/FeatureServer/0", TYPES, features, geometry_type="esriGeometryPolygon"
    )
    files.serve("/NAL/2026F/Lake%2045%20Final%20NAL%202026.zip", Served(nal(rows[:20])))
    template = states()["fl"].read_text("utf-8")
    template, changed = re.subn(r"https://floridarevenue\.com/\S+/NAL/", f"{files.url}/NAL/", template)
    template, places = re.subn(r"https://services9\.arcgis\.com/\S+/0(?=\")", url, template)
    assert (changed, places) == (3, 1)
    (home / "served-fl.toml").write_text(template, "utf-8")
    with (home / "sales.csv").open("w") as file:
        sales = csv.writer(file)
        sales.writerow(("PARCEL", "SALE", "STATUS"))
        sales.writerows((number, "2027-01-20", "Active Sale") for number in NUMBERS[:12])
    path = home / "lake.toml"
    path.write_text(COUNTY, "utf-8")
    return path


def test_a_county_of_ten_lines_has_leads(
    county: Path, state: tuple[ArcGISServer, FileServer], cli: CLI, engine: Engine
) -> None:
    assert len(county.read_text().splitlines()) <= 10
    assert cli("markets", "validate", county).code == 0
    run = cli("run-all", "--market", county, "--as-of", DAY, "--json")
    assert run.code == 0, run.out + run.err
    leads = cli("leads", "list", "--market", county, "--as-of", DAY, "--json").document["leads"]
    assert len(leads) == 12
    assert {lead["tier"] for lead in leads} == {"A"}
    places = Database(engine).rows(
        "SELECT address, owner_name, mail_differs, ST_X(location::geometry) AS x FROM parcels"
        " WHERE parcel_id LIKE '0119240%' AND location IS NOT NULL ORDER BY parcel_id"
    )
    assert [place["address"] for place in places] == [f"{number} ELM ST" for number in range(1, 13)]
    assert {(place["owner_name"], place["mail_differs"]) for place in places} == {("SMITH JOHN 45", "out_of_state")}
    assert [round(place["x"], 4) for place in places] == [round(-81.6795 - n / 1000, 4) for n in range(12)]


def test_the_state_is_asked_for_single_parcels_of_the_county_only(
    county: Path, state: tuple[ArcGISServer, FileServer], cli: CLI
) -> None:
    assert cli("ingest", "--market", county, "--as-of", DAY).code == 0
    clauses = {request.params.get("where", "") for request in state[0].requests if "query" in request.path}
    assert clauses
    for clause in clauses:
        assert "PARCEL_ID IN ('0119240001'" in clause, clause
        assert "CO_NO IN (45)" in clause, clause


def test_the_other_number_is_another_county_and_read_anew(county: Path, cli: CLI, engine: Engine) -> None:
    def read() -> list[str]:
        assert cli("ingest", "--market", county, "--as-of", DAY, "--source", "state_parcels").code == 0
        query = "SELECT DISTINCT owner_name FROM property_records WHERE source = 'state_parcels' AND is_active"
        return [row["owner_name"] for row in Database(engine).rows(query)]

    assert cli("ingest", "--market", county, "--as-of", DAY).code == 0
    assert read() == ["SMITH JOHN 45"]
    county.write_text(county.read_text().replace("dor_number = 45", "dor_number = 46"))
    assert read() == ["SMITH JOHN 46"]
