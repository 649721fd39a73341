"""``markets probe`` against real sockets: layers, services, datasets, files, and what stands in their place."""

import io
import tarfile
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.servers import Reply, on
from tests.servers.arcgis import ArcGISServer, esri_error
from tests.servers.files import FileServer, Served
from tests.servers.socrata import SocrataServer
from tests.support import DATA, Outcome

CLI = Callable[..., Outcome]

FIELDS = {
    "OBJECTID": "esriFieldTypeOID",
    "PARCEL_NO": "esriFieldTypeString",
    "SITUS_ADDR": "esriFieldTypeString",
    "OWNER1": "esriFieldTypeString",
    "SALE_DATE": "esriFieldTypeDate",
    "TOTAL_VALUE": "esriFieldTypeDouble",
    "ZQJ": "esriFieldTypeString",
    "Shape": "esriFieldTypeGeometry",
}
OWNERS = ("MILLER RUTH", "OKAFOR ADA", "HARBOR HOLDINGS LLC", "GARCIA ANA")
CSV_FILE = (
    b"PIN,OPENED,STATUS\n07-0012-003,05/12/2026,OPEN\n07-0012-004,06/01/2026,CLOSED\n07-0012-009,01/01/2090,OPEN\n"
)


def rows(count: int) -> list[dict[str, Any]]:
    return [
        {
            "attributes": {
                "OBJECTID": number,
                "PARCEL_NO": f"07-{number:04d}-003",
                "SITUS_ADDR": f"{number} ELM ST",
                "OWNER1": OWNERS[number % 4],
                "SALE_DATE": 1_577_836_800_000 + number * 86_400_000,
                "TOTAL_VALUE": 50_000.0 + number,
                "ZQJ": None,
            },
            "geometry": {"x": -82.0 + number / 1e4, "y": 41.0},
        }
        for number in range(1, count + 1)
    ]


def columns(document: dict[str, Any]) -> dict[str, str | None]:
    return {field["name"]: field["column"] for field in document["fields"]}


def test_a_layer_is_told_with_its_samples_places_and_newest_date(cli: CLI) -> None:
    with ArcGISServer() as server:
        url = server.add_layer("Parcels/FeatureServer/0", FIELDS, rows(120))
        found = cli("markets", "probe", f"{url}/query?where=1%3D1", "--json")
        shown = cli("markets", "probe", url)
    document = found.document
    assert (found.code, document["kind"], document["url"]) == (0, "arcgis", url)
    assert (document["records_read"], document["all_records"]) == (120, True)
    assert columns(document) == {
        "OBJECTID": None,
        "PARCEL_NO": "parcel",
        "SITUS_ADDR": "address",
        "OWNER1": "owner_name",
        "SALE_DATE": "sale_date",
        "TOTAL_VALUE": "total_mkt",
        "ZQJ": None,
    }
    assert document["newest"] == {"day": "2020-04-30", "field": "SALE_DATE", "of_all_records": True}
    assert document["box"] == pytest.approx([-81.9999, 41.0, -81.988, 41.0])
    owners = next(field["samples"] for field in document["fields"] if field["name"] == "OWNER1")
    assert "HARBOR HOLDINGS LLC" in owners
    assert "OKAFOR" not in shown.out
    assert "O••••• A••" in shown.out
    assert shown.out.count(f"{url}: an ArcGIS layer; all 120 records read, 7 fields.") == 1


def test_no_more_records_are_read_than_are_needed(cli: CLI) -> None:
    with ArcGISServer() as server:
        url = server.add_layer("Parcels/FeatureServer/0", FIELDS, rows(9000))
        document = cli("markets", "probe", url, "--json").document
        pages = server.asked("page")
    assert (document["records_read"], document["all_records"]) == (4000, False)
    assert len(pages) <= 4


def test_the_newest_date_is_that_of_all_records_without_those_ahead(cli: CLI) -> None:
    many = rows(4100)
    for row in many:
        row["attributes"]["SALE_DATE"] = 1_577_836_800_000
    many[-1]["attributes"]["SALE_DATE"] = 1_767_225_600_000  # 2026-01-01
    many[-2]["attributes"]["SALE_DATE"] = 207_171_993_600_000  # year 8535
    with ArcGISServer() as server:
        url = server.add_layer("Parcels/FeatureServer/0", FIELDS, many)
        told = cli("markets", "probe", url, "--json").document["newest"]
        server.layers["Parcels/FeatureServer/0"].faults.append(on("statistics", esri_error(400, "Not supported")))
        shown = cli("markets", "probe", url)
    assert told == {"day": "2026-01-01", "field": "SALE_DATE", "of_all_records": True}
    assert "Newest date, of the records read: 2020-01-01 (SALE_DATE)." in shown.out
    dated = [{"pin": f"1721{n:010d}", "opened": f"2025-01-{n % 28 + 1:02d}T00:00:00.000"} for n in range(4001)]
    dated[-1]["opened"] = "2026-02-03T00:00:00.000"
    with SocrataServer() as server:
        url = server.add_dataset("22u3-xenr", {"pin": "text", "opened": "calendar_date"}, dated)
        told = cli("markets", "probe", url, "--json").document["newest"]
    assert told == {"day": "2026-02-03", "field": "opened", "of_all_records": True}


def test_a_service_lists_its_layers_and_a_single_one_is_probed(cli: CLI) -> None:
    with ArcGISServer() as server:
        url = server.add_layer("Parcels/FeatureServer/0", FIELDS, rows(3))
        service = server.layers["Parcels/FeatureServer"] = server.layers["Parcels/FeatureServer/0"]
        layers = [{"id": 0, "name": "Parcels", "geometryType": "esriGeometryPolygon"}, {"id": 3, "name": "Owners"}]
        root = url.removesuffix("/0")
        layer_of = {"layers": layers[:1], "tables": layers[1:]}
        service.faults.append(lambda request: Reply(layer_of) if request.path.endswith("FeatureServer") else None)
        several = cli("markets", "probe", root)
        listed = cli("markets", "probe", root, "--json").document
        layer_of["tables"] = []
        single = cli("markets", "probe", root, "--json").document
    assert several.code == 0
    assert "leads to several" in several.out
    assert [(one["name"], one["what"]) for one in listed["choices"]] == [("Parcels", "polygon"), ("Owners", "layer")]
    assert listed["choices"][1]["url"] == f"{root}/3"
    assert single["url"] == url


def test_a_dataset_is_found_by_its_page_too(cli: CLI) -> None:
    types = {"pin": "text", "violation_date": "calendar_date", "violation_status": "text", "geo": "point"}
    records = [
        {"pin": f"1721{number:010d}", "violation_date": f"2026-01-{number % 28 + 1:02d}T00:00:00.000",
         "violation_status": "OPEN" if number % 3 else "COMPLIED", "geo": {"type": "Point", "coordinates": [-87, 41]}}
        for number in range(60)
    ]  # fmt: skip
    with SocrataServer() as server:
        url = server.add_dataset("22u3-xenr", types, records)
        for address in (
            url,
            f"{server.url}/Buildings/Building-Violations/22u3-xenr/about_data",
            f"{server.url}/d/22u3-xenr",
        ):
            document = cli("markets", "probe", address, "--json").document
            assert (document["kind"], document["url"]) == ("socrata", url)
            told = columns(document)
            assert told == {"pin": "parcel", "violation_date": "opened_date", "violation_status": "status", "geo": None}


def test_a_file_here_and_on_the_web_leaves_nothing_behind(cli: CLI, home: Path) -> None:
    (home / "cases.csv").write_bytes(CSV_FILE)
    with FileServer() as server:
        url = server.serve("/cases.csv", Served(CSV_FILE))
        far = cli("markets", "probe", url, "--json").document
    near = cli("markets", "probe", "cases.csv")
    opened = far["fields"][1]
    assert (opened["column"], opened["date_formats"], opened["beyond"]) == ("opened_date", ["%m/%d/%Y"], 1)
    assert (opened["newest"], far["newest"]["day"]) == ("2026-06-01", "2026-06-01")
    assert "OPENED: dates as %m/%d/%Y (date_formats)." in near.out
    # the day of a sale that is set, and none of what is no column of ours
    ahead, later = (datetime.now(UTC) + timedelta(days=days) for days in (60, 90))
    sales = [f"07-{n:04d}-003,{ahead:%Y-%m-%d},{later:%Y-%m-%d}" for n in range(60)]
    (home / "sales.csv").write_text("\n".join(["PIN,SALE_DATE,REDEEM_UNTIL", *sales]))
    told = cli("markets", "probe", "sales.csv", "--json").document["newest"]
    assert told == {"day": f"{ahead:%Y-%m-%d}", "field": "SALE_DATE", "of_all_records": True}
    assert not (home / "downloads").exists()


def test_of_ckan_and_carto_a_part_is_asked_for(cli: CLI) -> None:
    identifier = "ed0d1550-c300-4114-865c-82dc7c23235b"
    with FileServer() as server:
        server.serve(f"/datastore/dump/{identifier}", Served(CSV_FILE))
        server.serve("/api/v2/sql", Served(CSV_FILE))
        shown = b'{"success": true, "result": {"datastore_active": true, "url": "x"}}'
        server.serve("/api/3/action/resource_show", Served(shown))
        dump = f"{server.url}/datastore/dump/{identifier}"
        for address in (dump, f"{server.url}/dataset/delinquents/resource/{identifier}"):
            assert cli("markets", "probe", address, "--json").document["url"] == dump
        carto = f"{server.url}/api/v2/sql?format=csv&q=SELECT%20*%20FROM%20violations"
        assert cli("markets", "probe", carto, "--json").document["url"] == carto
        asked = [one.path for one in server.asked]
    assert asked.count(f"/datastore/dump/{identifier}?format=csv&limit=4000") == 2
    assert "LIMIT%204000" in asked[-1]


def test_a_package_lists_its_resources(cli: CLI) -> None:
    body = (
        b'{"result": {"resources": [{"id": "a1", "name": "2026", "format": "CSV", "url": "https://x.example/a.csv"}]}}'
    )
    with FileServer() as server:
        server.serve("/api/3/action/package_show", Served(body))
        listed = cli("markets", "probe", f"{server.url}/dataset/delinquents", "--json").document
    assert listed["choices"] == [{"name": "2026", "what": "CSV", "url": "https://x.example/a.csv"}]


@pytest.mark.parametrize("address", ["https://", "ftp://county.example/x", "no-such-file.csv", "http://[::1"])
def test_what_is_no_address_is_wrong_usage(cli: CLI, address: str) -> None:
    outcome = cli("markets", "probe", address)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.count("\n") == 1
    assert address in outcome.err


def test_what_cannot_be_read_is_one_line_with_what_to_do(cli: CLI, home: Path) -> None:
    with ArcGISServer() as server, FileServer() as files:
        missing = f"{server.url}/arcgis/rest/services/Gone/FeatureServer/0"
        guarded = server.add_layer("Guarded/FeatureServer/0", FIELDS, rows(1))
        server.layers["Guarded/FeatureServer/0"].faults.append(on("metadata", esri_error(499, "Token Required")))
        page = files.serve("/hub", Served(b"<!DOCTYPE html><html><body>Welcome</body></html>"))
        said = {
            missing: "Service not found",
            guarded: "it wants a token. Look for a public copy",
            page: "it is a web page instead of data. Give the address of an ArcGIS layer",
            f"{files.url}/nothing.csv": "See that the address is right; it may have moved.",
        }
        for address, words in said.items():
            outcome = cli("markets", "probe", f"{address}?token=abc-secret")
            assert (outcome.code, outcome.out) == (69, ""), outcome.err
            assert "abc-secret" not in outcome.err
            assert outcome.err.count("\n") == 1
            assert words in outcome.err
            assert "market file" not in outcome.err
            assert cli("markets", "probe", address, "--json").document["exit_code"] == 69


def test_an_empty_layer_is_said_with_its_fields(cli: CLI) -> None:
    with ArcGISServer() as server:
        url = server.add_layer("Parcels/FeatureServer/0", FIELDS, [])
        outcome = cli("markets", "probe", url)
    assert (outcome.code, outcome.err.count("\n")) == (1, 1)
    assert "there is no record in it. Its fields are OBJECTID, PARCEL_NO" in outcome.err


FORMATS = DATA / "formats"
JSON_LINES = b'{"PIN": "07-0012-003", "OPENED": "2026-05-12"}\n{"PIN": "07-0012-004", "OPENED": "2026-06-01"}\n'


def package(name: str) -> bytes:
    with zipfile.ZipFile(FORMATS / "packages.zip") as archive:
        return archive.read(f"{name}.gpkg")


@pytest.mark.parametrize(
    ("name", "raw", "told"),
    [
        (
            "workbook.xlsx",
            (FORMATS / "workbook.xlsx").read_bytes(),
            {"Owner ZIP": "mail_zip", "Sale Date": "sale_date"},
        ),
        (
            "parcels.shp.zip",
            (FORMATS / "parcels.shp.zip").read_bytes(),
            {"SALE_DATE": "sale_date"},
        ),
        ("parcels.gpkg", package("parcels"), {"SALE_DATE": "sale_date"}),
        ("parcels.geojson", (FORMATS / "parcels.geojson").read_bytes(), {"SALE_DATE": "sale_date"}),
        ("unplaced.gpkg", package("unplaced"), {"PARCEL_NUMBER": "parcel"}),
        ("cases.jsonl", JSON_LINES, {"PIN": "parcel", "OPENED": "opened_date"}),
        ("cases.csv", CSV_FILE, {"PIN": "parcel", "OPENED": "opened_date"}),
        ("pins.csv", b"PIN\n07-0012-003\n07-0012-004\n", {"PIN": "parcel"}),
    ],
)
def test_every_format_is_probed_here_and_on_the_web(
    cli: CLI, home: Path, name: str, raw: bytes, told: dict[str, str]
) -> None:
    (home / name).write_bytes(raw)
    with FileServer() as server:
        far = cli("markets", "probe", server.serve(f"/{name}", Served(raw)), "--json")
    near = cli("markets", "probe", name, "--json")
    shown = cli("markets", "probe", name)
    assert (far.code, near.code, shown.code, shown.err) == (0, 0, 0, "")
    assert far.document["fields"] == near.document["fields"]
    assert {column: columns(near.document)[column] for column in told} == told
    assert not (home / "downloads").exists()


def tar() -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("cases.csv"))
    return target.getvalue()


@pytest.mark.parametrize(
    ("raw", "code", "said"),
    [
        (b"# Parcels\n\nThis is prose, and more of it.\nIt goes on; and on, and on.\n", 78, "is no list: "),
        (Path("README.md").read_bytes(), 78, "is no list: of "),
        (b"Dear neighbours\n\nThe list will be there on Monday\n", 78, "is no list: it has one column"),
        (b"", 69, "it has no header row"), (b" \n\n", 69, "it has no header row"),
        (b"PIN,OPENED\n", 1, "there is no record in it. Its fields are PIN, OPENED."),
        (b"<!DOCTYPE html><html><body>07-0012-003</body></html>", 69, "it is a web page instead of data"),
        (b"<?xml version='1.0'?><Error/>", 69, "it is XML, which is not read"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 69, "it is a picture (PNG)"), (b"%PDF-1.7\n", 69, "it is a PDF document"),
        (tar(), 69, "it is an archive (tar)"),
        (bytes(range(256)) * 9, 69, "it is no text, and of no format that is read"),
        (b"{}", 69, "it holds no records"), (b"[]", 69, "it holds no records"),
        ((FORMATS / "workbook.xls").read_bytes(), 69, "old Excel (.xls): save it as .xlsx or CSV"),
        ((FORMATS / "password.xlsx").read_bytes(), 69, "a workbook with a password"),
        ((FORMATS / "county.gdb.zip").read_bytes(), 78, "there are 2 layers in"),
        ((FORMATS / "packages.zip").read_bytes(), 78, "there are 4 files in"),
        ((FORMATS / "parcels.shp.zip").read_bytes()[:700], 69, "a ZIP archive that is cut off or damaged"),
        (package("parcels")[:50_000], 69, "a GeoPackage that is cut off or damaged"),
    ],
)  # fmt: skip
def test_what_is_no_list_is_one_line_whatever_its_name(cli: CLI, home: Path, raw: bytes, code: int, said: str) -> None:
    for name in ("it", "it.csv"):
        (home / name).write_bytes(raw)
        outcome = cli("markets", "probe", name)
        assert (outcome.code, outcome.out, outcome.err.count("\n")) == (code, "", 1), outcome
        assert said in outcome.err
        assert outcome.err.strip().isprintable()
        assert "sources.probe" not in outcome.err
        assert "market file" not in outcome.err
        assert cli("markets", "probe", name, "--json").document["exit_code"] == code
