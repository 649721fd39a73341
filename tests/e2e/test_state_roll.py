"""Orange County's real tax deed sales with a Florida roll of their parcels beside the county's own layer."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.e2e.county import County
from tests.markets.samples import TAX_SALES
from tests.servers.files import FileServer, Served
from tests.stages.county import AS_OF, Database
from tests.support import Outcome

CLI = Callable[..., Outcome]
#: columns of a NAL file, beside which a real one has some 130 more
COLUMNS = (
    "CO_NO", "PARCEL_ID", "DOR_UC", "JV", "AV_SD", "AV_NSD", "TV_SD", "TV_NSD", "LND_VAL", "NO_RES_UNTS",
    "TOT_LVG_AREA", "ACT_YR_BLT", "OWN_NAME", "OWN_ADDR1", "OWN_ADDR2", "OWN_CITY", "OWN_STATE", "OWN_ZIPCD",
    "PHY_ADDR1", "PHY_ADDR2", "PHY_CITY", "PHY_ZIPCD", "SALE_PRC1", "SALE_YR1", "SALE_MO1", "QUAL_CD1", "EXMPT_01",
)  # fmt: skip
HOUSE = {
    "CO_NO": 58, "DOR_UC": "001", "JV": 210_000, "AV_SD": 190_000, "AV_NSD": 185_000, "TV_SD": 190_000,
    "TV_NSD": 185_000, "LND_VAL": 40_000, "NO_RES_UNTS": 1, "TOT_LVG_AREA": 1_400, "ACT_YR_BLT": 1984,
    "PHY_CITY": "UNINCORPORATED", "PHY_ZIPCD": 32_798, "SALE_PRC1": 120_000, "SALE_YR1": 2012, "SALE_MO1": 6,
    "QUAL_CD1": "01",
}  # fmt: skip
AWAY = {"OWN_ADDR1": "9 BIRCH LN", "OWN_CITY": "ATLANTA", "OWN_STATE": "GEORGIA", "OWN_ZIPCD": 30_303}


def away(number: int) -> dict[str, Any]:
    """A house of somebody who lives in another state."""
    return HOUSE | AWAY | {"OWN_NAME": f"SMITH JOHN {number}", "PHY_ADDR1": f"{number} ELM ST"}


def at_home(number: int) -> dict[str, Any]:
    """The same, of somebody who lives there."""
    mail = {"OWN_ADDR1": f"{number} ELM ST", "OWN_CITY": "ZELLWOOD", "OWN_STATE": "FLORIDA", "OWN_ZIPCD": 32_798}
    return HOUSE | mail | {"OWN_NAME": f"SMITH JOHN {number}", "PHY_ADDR1": f"{number} ELM ST", "EXMPT_01": 25_000}


def land(number: int) -> dict[str, Any]:
    """A lot without a house, of somebody who lives in another state."""
    return away(number) | {"DOR_UC": "000", "TOT_LVG_AREA": "", "ACT_YR_BLT": "", "JV": 40_000}


def nal(rows: list[dict[str, Any]]) -> bytes:
    """A roll as the state publishes it."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("NAL58F202501.csv", text.getvalue())
    return archive.getvalue()


def live_sales() -> list[str]:
    """The numbers of the parcels whose sale lies ahead, as the list prints them."""
    sold = (feature["attributes"] for feature in json.loads(TAX_SALES.read_text("utf-8"))["features"])
    ahead = {
        sale["USER_PARCEL"]
        for sale in sold
        if sale["USER_Deed_Status"] == "Active Sale" and sale["USER_Sale_Date"].endswith("/2025")
    }
    return sorted(number for number in ahead if number)


@pytest.fixture
def market(cli: CLI, home: Path) -> Iterator[Path]:
    kinds = (away, at_home, land)
    rows = [
        kinds[place % 3](1_000 + place - place % 3) | {"PARCEL_ID": number.replace("-", "")}
        for place, number in enumerate(live_sales())
    ]
    with County() as county, FileServer() as state:
        url = state.serve("/NAL/Orange%2058%20Final.zip", Served(nal(rows)))
        path = county.market_file(home, cli("markets", "show", "orange-fl").out, url)
        path.write_text(path.read_text() + '\n[hosts."127.0.0.1"]\nrequests_per_second = 1000\n')
        yield path


def test_absent_owners_of_houses_reach_tier_a_and_land_and_homesteads_come_behind(
    market: Path, cli: CLI, engine: Engine
) -> None:
    run = cli("run-all", "--market", market, "--as-of", AS_OF, "--json")
    assert run.code in {0, 3}, run.err
    database = Database(engine)
    query = """
        SELECT parcels.owner_class, parcels.mail_differs, parcels.homestead, parcels.is_land, lead_scores.tier,
          lead_scores.total_score, lead_scores.tax_sale_days
        FROM lead_scores
        JOIN properties ON properties.id = lead_scores.property_id
        JOIN parcels ON parcels.parcel_id = properties.parcel_id
        WHERE lead_scores.tax_sale_date IS NOT NULL AND parcels.owner_name LIKE 'SMITH JOHN%'
    """
    rows = database.rows(query)
    assert {row["owner_class"] for row in rows} == {"person"}
    absent = [row for row in rows if row["mail_differs"] == "out_of_state" and not row["is_land"]]
    homesteads = [row for row in rows if row["homestead"]]
    lots = [row for row in rows if row["is_land"]]
    assert min(map(len, (absent, homesteads, lots))) > 3
    assert len(rows) == len(absent) + len(homesteads) + len(lots)
    assert {row["mail_differs"] for row in homesteads} == {"same"}
    for row in absent:
        assert row["tier"] == "A", row
    for row in lots:
        assert row["tier"] not in {"A", None}, row
    # the same house on the same day: the owner who lives there is less of a lead
    compared = [
        (row["total_score"], other["total_score"])
        for row in homesteads
        for other in absent
        if other["tax_sale_days"] == row["tax_sale_days"]
    ]
    assert compared
    assert all(home < away for home, away in compared)
