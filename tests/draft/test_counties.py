"""Counties drafted over real sockets, whose publishers have other words than any that was drafted before.

What a draft makes of them is read as a validation reads it: which records are leads on the day, before any question
is answered.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.servers.arcgis import ArcGISServer
from wholesaler.draft import Draft, draft
from wholesaler.markets import Market, read_market
from wholesaler.markets.market import Host
from wholesaler.pipeline.confirmation import confirm
from wholesaler.settings import Settings

TODAY = date(2026, 11, 27)
ROWS = 60
PARCELS = [f"{place % 36 + 10}-{place * 37 % 900 + 100}-{place % 9 + 1:02d}" for place in range(ROWS)]
OWNERS = [f"MILLER RUTH {chr(65 + place % 26)}" for place in range(ROWS)]
STREETS = [f"{100 + 3 * place} {('ELM', 'OAK', 'RIVER')[place % 3]} ST" for place in range(ROWS)]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr("wholesaler.draft.Host", lambda: Host(requests_per_second=1000, concurrency=2))
    return Settings.model_validate({"WHOLESALER_HOME": str(tmp_path / "home")})


@pytest.fixture
def server() -> Iterator[ArcGISServer]:
    with ArcGISServer() as running:
        yield running


def milliseconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp() * 1000)


def serve(server: ArcGISServer, path: str, columns: dict[str, list[Any]], **options: Any) -> str:
    """A layer of columns: days are dates, whole numbers integers."""
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    features = []
    for number, row in enumerate(rows, 1):
        attributes = {name: milliseconds(value) if isinstance(value, date) else value for name, value in row.items()}
        place = {"x": -82.0 + number / 1000, "y": 41.2 + number / 1500}
        features.append({"attributes": {"OBJECTID": number} | attributes, "geometry": place})
    kinds = {"OBJECTID": "esriFieldTypeOID"}
    for name, values in columns.items():
        value = next(one for one in values if one is not None)
        kinds[name] = f"esriFieldType{ {date: 'Date', int: 'Integer', float: 'Double'}.get(type(value), 'String') }"
    return server.add_layer(path, kinds, features, **options)


def roll(**more: list[Any]) -> dict[str, list[Any]]:
    return {
        "PARCEL_ID": PARCELS, "OWNER1": OWNERS, "PROP_ADDRESS": STREETS, "PROP_CITY": ["MILTON", "AVON"] * (ROWS // 2),
        "PROP_ZIP": ["44001", "44011"] * (ROWS // 2), "ACTUAL_TOTAL": [90_000 + 500 * n for n in range(ROWS)],
        "YR_BLT": [1900 + n for n in range(ROWS)],
    } | more  # fmt: skip


def read(made: Draft, tmp_path: Path) -> Market:
    path = tmp_path / "mill-oh.toml"
    path.write_text(f'{made.text}\n[hosts."127.0.0.1"]\nrequests_per_second = 1000\nconcurrency = 4\n', "utf-8")
    return read_market(path, strict=True)


def leads(market: Market, settings: Settings) -> dict[str, tuple[int, int]]:
    """Of each list how many records were read and how many are leads."""
    return {
        one.name: (one.sighting.reading.read, one.sighting.reading.signals)
        for one in confirm(market, settings, TODAY).sources
        if one.sighting is not None and one.name not in market.rolls
    }


def test_a_county_whose_layers_speak_in_codes(server: ArcGISServer, settings: Settings, tmp_path: Path) -> None:
    stages = {10: "Complaint Received", 20: "Citation Issued", 80: "Closed - Abated", 90: "Unfounded", 95: "Voided"}
    kinds = {"T1": "Tall Grass", "T2": "Vacant Structure", "T3": "Dilapidated Building", "T4": "Parking"}
    opened = [TODAY - timedelta(days=3 * place + 1) for place in range(ROWS)]
    disposition = [(20, 80, 90, 20)[place % 4] for place in range(ROWS)]
    cases = {
        "TICKET_NUM": [f"T{place:06d}" for place in range(ROWS)], "PIN": PARCELS, "PREMISE_ADDR": STREETS,
        "CASE_DISPOSITION": disposition, "COMPLAINT_TYPE": list(kinds) * (ROWS // 4), "DATE_RECEIVED": opened,
        "DATE_CLOSED": [day if code in {80, 90} else None for day, code in zip(opened, disposition, strict=True)],
    }  # fmt: skip
    suits = {
        "SUIT_NO": [f"26-CV-{place:05d}" for place in range(ROWS)], "PIN": PARCELS,
        "MORTGAGOR": OWNERS, "BENEFICIARY": ["FIRST BANK NA", "SECOND MORTGAGE CORP"] * (ROWS // 2),
        "RECORDED_ON": [TODAY - timedelta(days=place + 1) for place in range(ROWS)],
        "RESULT": ["Auction Set", "Cured", "Third Party", "Postponed", "Reinstated"] * (ROWS // 5),
        "ORIG_SALE_DT": [TODAY + timedelta(days=20 - place) for place in range(ROWS)],
        "CURR_SALE_DT": [TODAY + timedelta(days=50 - place) for place in range(ROWS)],
    }  # fmt: skip
    made = draft("mill-oh", [
        serve(server, "GIS/FeatureServer/0", roll(), name="GIS.DBO.PARCELS_2026"),
        serve(server, "Code/FeatureServer/0", cases, name="Property Maintenance Complaints",
              codes={"CASE_DISPOSITION": stages, "COMPLAINT_TYPE": kinds}),
        serve(server, "Suits/FeatureServer/0", suits, name="Foreclosure Filings"),
    ], settings, TODAY)  # fmt: skip
    market = read(made, tmp_path)
    assert (market.name, list(market.sources)) == (
        "Mill County, Ohio", ["property_maintenance_complaints", "foreclosure_filings", "parcels"],
    )  # fmt: skip
    complaints, filings = market.sources["property_maintenance_complaints"], market.sources["foreclosure_filings"]
    assert complaints.fields["status"] == "CASE_DISPOSITION"
    assert complaints.values["status"] == {"10": "Open", "20": "Open", "80": "Closed", "90": "Closed", "95": "Closed"}
    assert complaints.values["case_type"] == kinds
    assert filings.only == {"RESULT": ("Auction Set", "Postponed")}
    assert (filings.fields["auction_date"], filings.record_date) == ("CURR_SALE_DT", "recording_date")
    assert (filings.fields["borrower_name"], filings.fields["lender_name"]) == ("MORTGAGOR", "BENEFICIARY")
    assert market.sources["parcels"].fields["total_mkt"] == "ACTUAL_TOTAL"
    assert leads(market, settings) == {
        "property_maintenance_complaints": (ROWS, ROWS // 2), "foreclosure_filings": (ROWS * 2 // 5, ROWS * 2 // 5),
    }  # fmt: skip


def test_a_county_of_files_with_a_tax_foreclosure(settings: Settings, tmp_path: Path) -> None:
    result = ["Set for Auction", "Redeemed by Owner", "Paid", "Stayed - Bankruptcy", "No Bidder"]
    sales = {
        "Lot No.": [f"L-{place:03d}" for place in range(ROWS)],
        "Cause No.": [f"26-{place // 9:04d}" for place in range(ROWS)],
        "Parcel No.": PARCELS, "Taxpayer": OWNERS, "Location": [f"{one}, Milton, OH 44001" for one in STREETS],
        "Years Delinquent": ["2022-2025", "2023-2025"] * (ROWS // 2),
        "Total Due": [f"${place * 31 + 900}.50" for place in range(ROWS)],
        "Minimum Bid": [f"${place * 37 + 1500}.00" for place in range(ROWS)],
        "Auction Date": [f"{TODAY + timedelta(days=20 + place % 3):%m/%d/%Y}" for place in range(ROWS)],
        "Judgment Entered": [f"{TODAY - timedelta(days=5 + place):%m/%d/%Y}" for place in range(ROWS)],
        "Sale Result": [result[place % 5] for place in range(ROWS)],
    }  # fmt: skip
    cards = [*PARCELS[:-4], *PARCELS[:4]]
    more = {"BLDG_CARD": ["1"] * (ROWS - 4) + ["2"] * 4, "OWNER_OCC": ["Y", ""] * (ROWS // 2)}
    files = {"tax_foreclosures_2026.csv": sales, "mill_roll.csv": roll(PARCEL_ID=cards, **more)}
    for name, columns in files.items():
        rows = [columns, *zip(*columns.values(), strict=True)]
        lines = [",".join(f'"{cell}"' for cell in row) for row in rows]
        (tmp_path / name).write_text("\n".join(lines) + "\n", "utf-8")
    made = draft("mill-oh", [str(tmp_path / name) for name in files], settings, TODAY)
    market = read(made, tmp_path)
    assert [(name, market.record(name).table) for name in market.sources] == [
        ("tax_foreclosures", "tax_sales"), ("roll", "property_records"),
    ]  # fmt: skip
    sale = market.sources["tax_foreclosures"]
    told = [sale.fields[column] for column in ("tda_number", "sale_date", "opening_bid")]
    assert (sale.key, told) == (["tda_number"], ["Lot No.", "Auction Date", "Minimum Bid"])
    assert sale.values["deed_status"] == {
        "Set for Auction": "Active Sale", "Redeemed by Owner": "Redeemed by Owner", "Paid": "Paid",
        "Stayed - Bankruptcy": "Stayed - Bankruptcy",
    }  # fmt: skip
    assert '# "No Bidder" = "No Bidder"' in made.text
    assert "# [sources.tax_foreclosures_tax_delinquency]" in made.text
    assert "# only = { BLDG_CARD = 1 }" in made.text
    assert 'homestead = { present = "OWNER_OCC" }' in made.text
    assert leads(market, settings) == {"tax_foreclosures": (ROWS, ROWS // 5)}
