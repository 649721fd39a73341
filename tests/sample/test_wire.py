"""The files a sample county is written as: the layers' own form, and the same bytes each time."""

import csv
import json
import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from wholesaler.errors import ConfigurationError
from wholesaler.markets import Market, load_market, read_market
from wholesaler.sample import FILES, County, Truth, generate, roll_features, write
from wholesaler.sample.state_plane import florida_east_feet

AS_OF = date(2025, 11, 20)

# Names and types as the three layers answered in November 2025.
TAX_SALE_FIELDS = {
    "OBJECTID": "OID",
    "USER_TDA_NUM": "String",
    "USER_Sale_Date": "String",
    "USER_Deed_Status": "String",
    "USER_PARCEL": "String",
}
FORECLOSURE_FIELDS = {
    "OBJECTID": "OID",
    **dict.fromkeys(("BORROWERS_NAME", "SITUS_ADDRESS", "SITUS_CITY", "SITUS_STATE", "SITUS_ZIP"), "String"),
    **dict.fromkeys(("SITUS_COUNTY", "TRUSTEE_NAME", "LENDER_NAME", "LENDER_PHONE", "PROPERTY_TYPE"), "String"),
    **dict.fromkeys(("RECORD_TYPE_DESCRIPTION", "PARCEL_NUMBER"), "String"),
    **dict.fromkeys(("TRANSFER_DATE", "RECORDING_DATE", "ENTERED_DATE", "AUCTION_DATE"), "Date"),
    **dict.fromkeys(("TRANSFER_AMOUNT", "DEFAULT_AMOUNT", "OPENING_BID"), "Double"),
    "YEAR": "Integer",
}
ROLL_FIELDS = {
    "OBJECTID": "OID",
    **dict.fromkeys(("PARCEL", "SITUS", "SITUS_CITY", "SITUS_ZIP", "NAME1", "NAME2", "ZONING_CODE"), "String"),
    **dict.fromkeys(("LAND_MKT", "BLDG_MKT", "XFOB_MKT", "TOTAL_MKT", "TOTAL_ASSD", "TOTAL_XMPT"), "Double"),
    **dict.fromkeys(("TAXABLE", "TAXES", "LIVING_AREA", "ACREAGE", "LATITUDE", "LONGITUDE"), "Double"),
    "AYB": "Integer",
}
CASE_FIELDS = {
    *("apno", "casedt", "resdt", "caseinfostatus", "casetype", "case_type", "code", "case_comments", "casename"),
    *("derived_address", "location_notes", "gpsx", "gpsy", "parcel_id", "parassdvalue", "days_to_resolve"),
}


@pytest.fixture(scope="module")
def market() -> Market:
    return load_market("orange-fl")


@pytest.fixture(scope="module")
def county(market: Market) -> County:
    return generate(7, AS_OF, market=market)


@pytest.fixture(scope="module")
def truth(county: County) -> Truth:
    return county.truth


@pytest.fixture(scope="module")
def folder(county: County, market: Market, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(county, tmp_path_factory.mktemp("sample"), market).parent


def esri(folder: Path, source: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / FILES[source]).read_text("utf-8"))
    return content


def attributes(folder: Path, source: str) -> list[dict[str, Any]]:
    return [feature["attributes"] for feature in esri(folder, source)["features"]]


def cases(folder: Path) -> list[dict[str, str]]:
    with (folder / FILES["code_violations"]).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("source", "expected"),
    [("tax_sales", TAX_SALE_FIELDS), ("foreclosures", FORECLOSURE_FIELDS), ("property_records", ROLL_FIELDS)],
)
def test_a_feature_set_has_the_names_and_types_of_the_real_layer(
    folder: Path, source: str, expected: dict[str, str]
) -> None:
    layer = esri(folder, source)
    assert {field["name"]: field["type"].removeprefix("esriFieldType") for field in layer["fields"]} == expected
    assert layer["objectIdFieldName"] == "OBJECTID"
    assert layer["geometryType"] == "esriGeometryPoint"
    assert layer["spatialReference"] == {"wkid": 4326, "latestWkid": 4326}
    assert all(feature["attributes"].keys() == expected.keys() for feature in layer["features"])
    assert [feature["attributes"]["OBJECTID"] for feature in layer["features"]] == list(
        range(1, len(layer["features"]) + 1)
    )


def test_values_have_the_type_their_field_declares(folder: Path) -> None:
    kinds: dict[str, tuple[type, ...]] = {
        "OID": (int,),
        "String": (str,),
        "Date": (int,),
        "Double": (float,),
        "Integer": (int,),
    }
    for source in ("tax_sales", "foreclosures", "property_records"):
        layer = esri(folder, source)
        for field in layer["fields"]:
            values = {type(feature["attributes"][field["name"]]) for feature in layer["features"]} - {type(None)}
            assert values <= set(kinds[field["type"].removeprefix("esriFieldType")]), (source, field)


def test_the_cases_are_a_csv_with_the_dataset_s_columns_and_floating_timestamps(folder: Path) -> None:
    rows = cases(folder)
    assert set(rows[0]) == CASE_FIELDS
    written = [row[name] for row in rows for name in ("casedt", "resdt") if row[name]]
    timestamps = [text for text in written if re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00\.000", text)]
    assert len(timestamps) > 0.99 * len(written)
    assert {row["caseinfostatus"] for row in rows} == {"Open", "Closed"}
    assert all(row["resdt"] == "" for row in rows if row["caseinfostatus"] == "Open")


def test_parcel_numbers_are_in_the_order_each_source_declares(folder: Path, market: Market, truth: Truth) -> None:
    malformed = {(bad.row.source, bad.row.number) for bad in (*truth.rejected, *truth.unusable)}
    sources = market.sources
    seen = {
        source: [
            market.parcel.canonicalise(row[sources[source].fields["parcel"]], sources[source].parcel_form)
            for number, row in enumerate(rows, 1)
            if row[sources[source].fields["parcel"]] and (source, number) not in malformed
        ]
        for source, rows in {
            "tax_sales": attributes(folder, "tax_sales"),
            "foreclosures": attributes(folder, "foreclosures"),
            "property_records": attributes(folder, "property_records"),
            "code_violations": cases(folder),
        }.items()
    }
    roll = set(seen["property_records"])
    assert len(roll) == len(seen["property_records"])
    for source in ("tax_sales", "foreclosures", "code_violations"):
        joined = sum(parcel in roll for parcel in seen[source]) / len(seen[source])
        assert 0.95 < joined < 1, source


def test_dates_are_text_in_the_tax_list_and_epoch_milliseconds_in_the_notices(folder: Path) -> None:
    sold = [row["USER_Sale_Date"] for row in attributes(folder, "tax_sales")]
    assert sum(bool(re.fullmatch(r"\d\d/\d\d/\d{4}", text)) for text in sold) > 0.98 * len(sold)
    auctions = [row["AUCTION_DATE"] for row in attributes(folder, "foreclosures") if row["AUCTION_DATE"]]
    days = [datetime.fromtimestamp(milliseconds / 1000, UTC) for milliseconds in auctions]
    assert all(day.hour == day.minute == day.second == 0 for day in days)
    assert all(-60 <= (day.date() - AS_OF).days <= 110 for day in days)


def test_every_source_is_fresh_and_has_its_least_number_of_rows(county: County, market: Market, truth: Truth) -> None:
    for source, records in (
        ("tax_sales", county.tax_sales),
        ("foreclosures", county.foreclosures),
        ("code_violations", county.violations),
    ):
        definition = market.sources[source]
        assert definition.record_date is not None
        dates = [record.values[definition.record_date] for record in records]
        # A day in 2099 does not make a list fresh.
        newest = max(day for day in dates if isinstance(day, date) and day.year < 2090)
        assert (AS_OF - newest).days <= definition.stale_after_days
        assert truth.rows[source] >= definition.minimum_rows


def test_good_locations_agree_across_files_and_bad_ones_are_bad(folder: Path, market: Market, truth: Truth) -> None:
    box = market.bounding_box
    bad = {(bad.row.source, bad.row.number): str(bad.flaw) for bad in truth.bad_locations}
    for source in ("tax_sales", "foreclosures", "property_records"):
        for number, feature in enumerate(esri(folder, source)["features"], 1):
            point = feature["geometry"]
            inside = (
                point is not None
                and isinstance(point["x"], float)
                and box.west < point["x"] < box.east
                and box.south < point["y"] < box.north
            )
            assert inside is ((source, number) not in bad), (source, number)
    west, south = florida_east_feet(box.west, box.south)
    east, north = florida_east_feet(box.east, box.north)
    for number, row in enumerate(cases(folder), 1):
        try:
            x, y = float(row["gpsx"]), float(row["gpsy"])
        except ValueError:
            x = y = float("nan")
        inside = west < x < east and south < y < north
        assert inside is (("code_violations", number) not in bad), row
    assert len({*bad.values()}) == 6


def test_the_market_file_reads_the_files_and_adds_nothing_but_a_list_of_events(folder: Path, market: Market) -> None:
    sample = read_market(folder / "sample-county.toml")
    assert (sample.key, sample.name) == ("sample-county", "Sample County")
    assert {name: (source.kind, source.url) for name, source in sample.sources.items()} == {
        name: ("file", file) for name, file in FILES.items()
    }
    assert all((folder / file).is_file() for file in FILES.values())
    before, after = market.model_dump(), sample.model_dump()
    for document in (before, after):
        # what a state's template brings is in its place
        del document["key"], document["name"], document["extends"], document["vars"]
        for source in document["sources"].values():
            del source["kind"], source["url"]
    events = after["sources"].pop("distress_events")
    del before["sources"]["state_roll"]  # of several sources of a kind the first is written
    assert before == after
    assert events["record"] == "distress_events"
    assert list(events["fields"]) == [
        *("parcel", "signal", "case_number", "event_date", "closed_date", "status", "amount", "years", "description"),
        "address",
    ]


def test_of_several_sources_of_a_kind_the_first_is_written_and_the_others_are_left_out(
    tmp_path: Path, market: Market
) -> None:
    text = market.path.read_text("utf-8").replace("[sources.tax_sales", "[sources.county_sales")
    text = text.replace("[sources.county_sales]", '[sources.county_sales]\nrecord = "tax_sales"\nwas = "tax_sales"', 1)
    second = '[sources.third_roll]\nrecord = "property_records"\nkind = "socrata"\nurl = "https://example.com/r"\n'
    second += 'key = ["parcel"]\nparcel_form = "rts"\n[sources.third_roll.fields]\nparcel = "P"\n'
    path = tmp_path / "other.toml"
    path.write_text(f"{text}\n{second}", "utf-8")
    other = read_market(path)
    county = generate(7, AS_OF, 100, 100, market=other)
    sample = read_market(write(county, tmp_path, other))
    assert list(sample.sources) == [
        "county_sales",
        "foreclosures",
        "property_records",
        "code_violations",
        "distress_events",
    ]
    assert (sample.sources["county_sales"].url, sample.sources["county_sales"].was) == ("tax_sales.json", None)


def test_the_next_day_s_lists_lack_exactly_the_vanishing_rows(
    county: County, market: Market, truth: Truth, folder: Path, tmp_path: Path
) -> None:
    write(county, tmp_path, market, later=True)
    for source in ("tax_sales", "foreclosures"):
        before = {row["OBJECTID"] for row in attributes(folder, source)}
        after = {row["OBJECTID"] for row in attributes(tmp_path, source)}
        assert before - after == {row.number for row in truth.vanishing if row.source == source} != set()
        assert len(after) > 0.8 * len(before)


def test_the_same_seed_and_day_give_the_same_bytes_whatever_the_hash_seed(folder: Path, tmp_path: Path) -> None:
    program = (
        "import sys; from datetime import date; from pathlib import Path; from wholesaler.markets import load_market; "
        "from wholesaler.sample import generate, write; market = load_market('orange-fl'); "
        f"write(generate(7, date.fromisoformat('{AS_OF}'), market=market), Path(sys.argv[1]), market)"
    )
    for hash_seed in ("1", "2"):
        written = tmp_path / hash_seed
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": "Asia/Tokyo"}
        subprocess.run([sys.executable, "-c", program, str(written)], check=True, env=environment)
        for name in (*FILES.values(), "sample-county.toml"):
            assert (written / name).read_bytes() == (folder / name).read_bytes(), name


def test_another_seed_is_another_county(market: Market, county: County) -> None:
    other = generate(8, AS_OF, market=market)
    assert [parcel.owner for parcel in other.parcels] != [parcel.owner for parcel in county.parcels]


def test_roll_features_are_those_of_the_layer_and_of_no_generated_county(county: County, market: Market) -> None:
    features = list(islice(roll_features(10**9, 7, market), 3000))
    assert all(feature["attributes"].keys() == ROLL_FIELDS.keys() for feature in features)
    parcels = {feature["attributes"]["PARCEL"] for feature in features}
    assert len(parcels) == 3000
    assert parcels.isdisjoint(county.truth.parcels)
    assert len({feature["attributes"]["SITUS"] for feature in features}) == 3000
    assert sum(1 for _ in roll_features(50, 7, market)) == 50


def changed(market: Market, folder: Path, old: str, new: str) -> Market:
    text = market.path.read_text("utf-8")
    assert old in text
    path = folder / "changed.toml"
    path.write_text(text.replace(old, new), "utf-8")
    return read_market(path)


def test_a_coordinate_system_the_sample_cannot_write_is_a_configuration_error(market: Market, tmp_path: Path) -> None:
    other = changed(market, tmp_path, "crs = 2236", "crs = 3086")
    with pytest.raises(ConfigurationError, match=r"code_violations\.location\.crs.*2236, not 3086"):
        write(generate(1, AS_OF, 100, 200, market=other), tmp_path, other)


def test_a_market_without_the_four_sources_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match=r"hillsborough-fl\.toml: sources\.tax_sales: is missing"):
        generate(1, AS_OF, market=load_market("hillsborough-fl"))


def test_a_county_is_written_for_its_own_market_only(county: County, market: Market, tmp_path: Path) -> None:
    other = changed(market, tmp_path, 'parcel_form = "str-dashed"', 'parcel_form = "str"')
    with pytest.raises(ConfigurationError, match="was generated for the market"):
        write(county, tmp_path, other)
    again = load_market("orange-fl")
    assert write(county, tmp_path / "again", again).is_file()
