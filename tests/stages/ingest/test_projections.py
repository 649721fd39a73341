"""Coordinates that are no degrees: the market file says which they are, of fields and of a file's geometries."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.stages.county import CLI, DOWNTOWN, County, Database, parcel, run
from wholesaler.sample.state_plane import florida_east_feet

FEET = dict(zip("xy", florida_east_feet(*DOWNTOWN), strict=True))
ESRI = {"fields": [], "geometry": FEET}
WKT = f"POINT ({FEET['x']:.3f} {FEET['y']:.3f})"


def sales(home: Path, location: str, geometry: Any = None, **fields: Any) -> Path:
    """A market whose tax sales are a file with one record, with this geometry and more fields."""
    county = County(home).sale(parcel(1), point=None).roll(parcel(1), point=None)
    market = county.write()
    record = {"attributes": {**county.records["tax_sales"][0]["attributes"], **fields}, "geometry": geometry}
    (home / "tax_sales.json").write_text(json.dumps({"features": [record]}), "utf-8")
    text = market.read_text("utf-8").replace('location = "geometry"', location, 1)
    market.write_text(text, "utf-8")
    return market


@pytest.mark.parametrize(
    ("location", "geometry", "fields"),
    [
        ('location = "geometry"\ncrs = 2236', FEET, {}),
        ('location = { field = "PLACE" }\ncrs = 2236', None, {"PLACE": WKT}),
        ('location = { x = "X", y = "Y", crs = 2236 }', None, {"X": FEET["x"], "Y": FEET["y"]}),
    ],
)
def test_feet_of_the_state_plane_become_degrees(
    cli: CLI, home: Path, database: Database, location: str, geometry: Any, fields: dict[str, Any]
) -> None:
    market = sales(home, location, geometry, **fields)
    assert run(cli, market, "ingest")["warnings"] == []
    (row,) = database.rows("SELECT ST_X(location::geometry) AS x, ST_Y(location::geometry) AS y FROM tax_sales")
    assert (row["x"], row["y"]) == pytest.approx(DOWNTOWN, abs=1e-7)


def test_geometries_are_read_anew_when_the_market_file_says_what_they_are(
    cli: CLI, home: Path, database: Database
) -> None:
    market = sales(home, 'location = "geometry"', FEET)
    assert any("not in degrees, dropped" in warning for warning in run(cli, market, "ingest")["warnings"])
    text = market.read_text("utf-8").replace('location = "geometry"', 'location = "geometry"\ncrs = 2236', 1)
    market.write_text(text, "utf-8")
    assert run(cli, market, "ingest")["stats"]["tax_sales"]["updated"] == 1
    assert database.column("SELECT location IS NOT NULL FROM tax_sales") == [True]


def test_a_projection_that_nobody_knows_is_a_wrong_market_file(cli: CLI, home: Path) -> None:
    market = sales(home, 'location = "geometry"\ncrs = 223699', FEET)
    message = run(cli, market, "ingest", code=78)["error"]["message"]
    assert message == f"{market}: sources.tax_sales.crs: PostGIS knows no projection 223699."
