"""Counties that extend a state's template: the bundled files with other addresses, which a file on top of them says.

The fields are as published in 2026, the rows invented.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.e2e.test_state_roll import HOUSE, nal
from tests.servers.arcgis import ArcGISServer
from tests.servers.files import FileServer, Served
from tests.stages.county import Database
from tests.support import Outcome
from wholesaler.markets import market_path

CLI = Callable[..., Outcome]
DAY = "2026-11-27"
MAIL = {"OWN_ADDR1": "9 BIRCH LN", "OWN_CITY": "ATLANTA", "OWN_STATE": "GEORGIA", "OWN_ZIPCD": 30_303}
TEXT, DATE, NUMBER, OID = (f"esriFieldType{kind}" for kind in ("String", "Date", "Double", "OID"))


def at(day: str) -> int:
    """A day as layers publish it."""
    return int(datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC).timestamp() * 1000)


@dataclass
class Publishers:
    """The servers, and the county's file that asks them."""

    home: Path
    layers: ArcGISServer
    files: FileServer
    sources: list[str] = field(default_factory=list)

    def layer(
        self, source: str, path: str, types: dict[str, str], rows: list[dict[str, Any]], place: Any = None
    ) -> None:
        """A layer of a source: with places where ``place`` makes one of a row."""
        features = [
            {"attributes": row | {"OBJECTID": number}} | ({} if place is None else {"geometry": place(row)})
            for number, row in enumerate(rows, start=1)
        ]
        kind = None if place is None else "esriGeometryPolygon" if "rings" in place(rows[0]) else "esriGeometryPoint"
        url = self.layers.add_layer(path, types | {"OBJECTID": OID}, features, geometry_type=kind)
        self.sources.append(f'[sources.{source}]\nurl = "{url}"\nminimum_rows = 1\n')

    def roll(self, county: str, rows: list[dict[str, Any]]) -> None:
        """The state's file of the county."""
        url = self.files.serve(f"/NAL/{county}.zip", Served(nal(rows)))
        self.sources.append(f'[sources.state_roll]\nurl = "{url}"\n')

    def market_file(self, key: str) -> Path:
        path = self.home / f"served-{key}.toml"
        head = f'extends = "{market_path(key)}"\nkey = "{key}"\nname = "Served"\n'
        host = '[hosts."127.0.0.1"]\nrequests_per_second = 1000\n'
        path.write_text("\n".join([head, host, *self.sources]), "utf-8")
        return path


@pytest.fixture
def served(home: Path) -> Iterator[Publishers]:
    with ArcGISServer() as layers, FileServer() as files:
        yield Publishers(home, layers, files)


def run(cli: CLI, market: Path) -> list[dict[str, Any]]:
    """A whole night; returns its leads."""
    outcome = cli("run-all", "--market", market, "--as-of", DAY, "--json")
    stages = {stage["command"]: stage for stage in outcome.document["stages"]}
    assert stages["ingest"]["status"] == "success", stages["ingest"]
    assert outcome.code in {0, 3}, outcome.err
    assert all(source["failed"] == 0 for source in stages["ingest"]["stats"].values() if isinstance(source, dict))
    leads: list[dict[str, Any]] = cli("leads", "list", "--market", market, "--json").document["leads"]
    return leads


def test_miami_dade(served: Publishers, cli: CLI, engine: Engine) -> None:
    types = dict.fromkeys(("CASE_NUM", "CASE_STATUS", "STAT_DESC", "FOLIO", "ADDRESS"), TEXT)
    types |= {"PROBLEM": TEXT, "PROBLEM_DESC": TEXT, "CASE_DATE": DATE, "LN_RECDATE": DATE}
    cases = [
        {"CASE_NUM": number, "FOLIO": folio, "CASE_STATUS": status, "CASE_DATE": at(day), "ADDRESS": "1 SW 1ST ST"}
        | {"PROBLEM_DESC": "STRUCTURE MAINTENANCE", "LN_RECDATE": at("2026-01-31") if status == "4" else None}
        for number, folio, status, day in (
            ("2026001", "3040190012860", "1", "2026-11-20"),
            ("2020002", "30-4019-001-2870", "4", "2020-05-01"),
            ("2026003", "3040190012880", "2", "2026-09-01"),
            ("2019004", "3040190012890", "2", "2019-09-01"),  # closed long ago: not asked for
        )
    ]
    path = "CCVIOL_gdb/FeatureServer/0"
    for source in ("code_cases", "code_liens"):
        served.layer(source, path, types, cases, lambda row: {"x": -80.4, "y": 25.7})
    types = dict.fromkeys(("CASE_NUM", "CASE_TYPE", "FOLIO", "PROP_ADDR", "VIOL_NAME"), TEXT)
    unsafe = {"CASE_TYPE": "UNSAFE STRUCTURE", "FOLIO": "3040190012860", "PROP_ADDR": "1 SW 1ST ST"}
    unsafe |= {"VIOL_NAME": "SMITH JOHN"}
    buildings = [
        unsafe | {"CASE_NUM": "B1", "OPEN_DATE": at("2026-11-20"), "CLOSED_DATE": None},
        unsafe | {"CASE_NUM": "B2", "OPEN_DATE": at("2026-08-01"), "CLOSED_DATE": at("2026-09-01")},
    ]
    served.layer(
        "building_cases",
        "BuildingViolation_gdb/FeatureServer/0",
        types | {"OPEN_DATE": DATE, "CLOSED_DATE": DATE},
        buildings,
    )
    rolled = [f"30401900128{number}0" for number in (6, 7, 8, 9)]
    served.roll("Dade", [HOUSE | MAIL | {"CO_NO": 23, "PARCEL_ID": folio, "OWN_NAME": "SMITH J"} for folio in rolled])
    leads = run(cli, served.market_file("miami-dade-fl"))
    assert {lead["parcel_id"] for lead in leads} == {"3040190012860", "3040190012870"}
    database = Database(engine)
    assert [
        tuple(row.values())
        for row in database.rows("SELECT case_number, parcel_id, is_open FROM code_violations ORDER BY case_number")
    ] == [
        ("2020002", "3040190012870", True),
        ("2026001", "3040190012860", True),
        ("2026003", "3040190012880", False),
        ("B1", "3040190012860", True),
        ("B2", "3040190012860", False),
    ]
    assert database.rows("SELECT case_number, signal, event_date::text FROM distress_events") == [
        {"case_number": "2020002", "signal": "lien", "event_date": "2026-01-31"}
    ]
    assert database.column("SELECT DISTINCT owner_name FROM parcels") == ["SMITH J"]
    assert not any("VIOL_NAME" in str(raw) for raw in database.column("SELECT raw FROM code_violations"))


def test_lee(served: Publishers, cli: CLI, engine: Engine) -> None:
    names = ("CMCODECASEID", "CaseNumber", "Status", "CaseType", "CaseSubtype", "Main_Linked_Parcel", "STRAPGIS")
    types = dict.fromkeys((*names, "SiteAddressGIS", "Main_Site_Zip"), TEXT)
    place = {
        "CaseType": "NUISANCE",
        "CaseSubtype": "LOT",
        "SiteAddressGIS": "413 SW 26TH AVE",
        "Main_Site_Zip": "33991",
    }
    cases = [
        place
        | {"CMCODECASEID": f"id-{number}", "CaseNumber": f"CODE26-{number}", "Status": status, "opened": at(opened)}
        | {"closed": closed and at(closed), "Main_Linked_Parcel": None, "STRAPGIS": "174423C3039260170"}
        for number, status, opened, closed in (
            (1, "Open", "2026-11-20", None),
            (2, "Complied", "2026-10-02", "2026-10-20"),
            (3, "Open", "2019-10-02", None),
            (4, "Complied", "2019-10-02", "2019-12-02"),  # closed long ago: not asked for
        )
    ]
    served.layer("code_cases", "OpenData/OpenData/MapServer/5", types | {"opened": DATE, "closed": DATE}, cases)
    lien = {"Date_Liened": at("2026-03-01"), "Lien_Amount": 812.5, "Lien_Release_Date": None, "Active_Lien": "Y"}
    liens = [
        lien | {"Strap": "304424C2007000560   ", "Lien_Number": "L1"},
        lien | {"Strap": "174423C3039260170   ", "Lien_Number": "L2", "Active_Lien": "N"},
    ]
    served.layer(
        "utility_liens",
        "OpenData/OpenData/MapServer/6",
        {"Strap": TEXT, "Lien_Number": TEXT, "Active_Lien": TEXT, "Lien_Amount": NUMBER}
        | {"Date_Liened": DATE, "Lien_Release_Date": DATE},
        liens,
    )
    house = HOUSE | MAIL | {"CO_NO": 46, "OWN_NAME": "SMITH J", "PHY_CITY": "CAPE CORAL"}
    parcels = {"174423C3039260170": "413 SW 26TH AVE", "304424C2007000560": "1447 SE 17TH TER"}
    served.roll("Lee", [house | {"PARCEL_ID": strap, "PHY_ADDR1": street} for strap, street in parcels.items()])
    leads = run(cli, served.market_file("lee-fl"))
    assert {lead["parcel_id"] for lead in leads} == set(parcels)
    database = Database(engine)
    query = "SELECT case_number, is_open, case_type, city, parcel_id FROM code_violations ORDER BY case_number"
    assert [tuple(row.values())[:2] for row in database.rows(query)] == [
        ("CODE26-1", True),
        ("CODE26-2", False),
        ("CODE26-3", True),
    ]
    assert database.rows(query)[0]["case_type"] == "NUISANCE: LOT"
    (event,) = database.rows("SELECT signal, parcel_id, amount::float, is_open FROM distress_events WHERE is_active")
    assert event == {"signal": "lien", "parcel_id": "304424C2007000560", "amount": 812.5, "is_open": True}


def test_mecklenburg(served: Publishers, cli: CLI, engine: Engine) -> None:
    names = ("CaseNumber", "ParcelId", "CaseType", "FullAddress", "CaseStatus", "DetailedDescription", "EmailAddress")
    types = dict.fromkeys(names, TEXT) | {"DateCreated": DATE, "DateClosed": DATE}
    cases = [
        {"CaseNumber": number, "ParcelId": parcel, "CaseType": "Housing", "FullAddress": address, "CaseStatus": status}
        | {"DateCreated": at(day), "DateClosed": None, "EmailAddress": "inspector@example.org"}
        for number, parcel, address, status, day in (
            ("20260001", "08114106", "2601 ABELWOOD RD CHARLOTTE, NC 28216", "New", "2026-11-20"),
            ("20210033", "16914128", "435 Griffith Rd Mint Hill, NC ", "Open", "2021-06-01"),
            ("20260003", "03505220", "OAK ST, NC 28202", "Closed", "2026-05-01"),
            ("20190004", "03505220", "1 OAK ST CHARLOTTE, NC 28202", "Closed", "2019-05-01"),  # not asked for
        )
    ]
    point = {"x": -80.84, "y": 35.22}
    served.layer("code_cases", "HNS/CodeEnforcementCasesAll/MapServer/0", types, cases, lambda row: point)
    served.layer(
        "demolition_orders", "HNS/CodeEnforcementOrderstoDemolish/MapServer/0", types, cases[:1], lambda row: point
    )
    names = ("parno", "siteadd", "scity", "szip", "ownname", "ownname2", "mailadd", "mcity", "mstate", "mzip")
    types = dict.fromkeys((*names, "parusecode", "cntyfips"), TEXT) | {"saledate": DATE}
    types |= dict.fromkeys(("landval", "improvval", "parval", "gisacres", "structyear"), NUMBER)
    house = {"siteadd": "2601 ABELWOOD RD", "scity": "CHARLOTTE", "szip": "28216", "ownname": "SMITH JOHN"}
    house |= {
        "mailadd": "9 BIRCH LN",
        "mcity": "ATLANTA",
        "mstate": "GA",
        "mzip": "30303",
        "saledate": at("2010-01-04"),
    }
    house |= {"landval": 40_000, "improvval": 160_000, "parval": 200_000, "gisacres": 0.25, "structyear": 1984}
    rolled = [
        house | {"parno": number, "cntyfips": fips}
        for number in ("08114106", "16914128", "03505220")
        for fips in ("119", "183")
    ]
    ring = [[-80.84, 35.22], [-80.84, 35.221], [-80.839, 35.221], [-80.839, 35.22], [-80.84, 35.22]]
    served.layer("state_roll", "NC1Map_Parcels/FeatureServer/1", types, rolled, lambda row: {"rings": [ring]})
    leads = run(cli, served.market_file("mecklenburg-nc"))
    assert {lead["parcel_id"] for lead in leads} == {"08114106", "16914128"}
    database = Database(engine)
    query = "SELECT case_number, is_open, address, zip_code FROM code_violations ORDER BY case_number"
    assert [tuple(row.values()) for row in database.rows(query)] == [
        ("20210033", True, "435 Griffith Rd", None),
        ("20260001", True, "2601 ABELWOOD RD", "28216"),
        ("20260003", False, "OAK ST", "28202"),
    ]
    assert database.rows("SELECT parcel_id, signal FROM distress_events") == [
        {"parcel_id": "08114106", "signal": "demolition"}
    ]
    query = "SELECT owner_name, mail_differs, is_land, count(*) FROM parcels GROUP BY 1, 2, 3"
    assert [tuple(row.values()) for row in database.rows(query)] == [("SMITH JOHN", "out_of_state", False, 3)]
    assert "inspector" not in str(database.column("SELECT raw FROM code_violations"))
