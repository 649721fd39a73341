"""Workbooks and geographic files, made by LibreOffice and GDAL (tests/data/formats), and hostile ones."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.sources.helpers import Opener, drain
from wholesaler.errors import ConfigurationError, SourceError
from wholesaler.sources.files import content
from wholesaler.sources.files.cell_formats import Format, format_of, written
from wholesaler.sources.interface import FetchRequest

DATA = Path(__file__).parents[2] / "data" / "formats"
ALL = FetchRequest(())
PLACES = [(-81.379, 28.541), (-81.355, 28.505), None]


def read(opener: Opener, raw: bytes, name: str, request: FetchRequest = ALL, **definition: Any) -> Any:
    (opener.directory / name).write_bytes(raw)
    return drain(opener.open(name, "file", **definition).fetch(request))


def package(name: str) -> bytes:
    with zipfile.ZipFile(DATA / "packages.zip") as archive:
        return archive.read(f"{name}.gpkg")


def changed(part: str, change: Any, name: str = "workbook.xlsx") -> bytes:
    """The workbook with one of its parts changed."""
    target = io.BytesIO()
    with zipfile.ZipFile(DATA / name) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in source.namelist():
            raw = source.read(entry)
            archive.writestr(entry, change(raw) if entry == part else raw)
    return target.getvalue()


def test_the_table_of_a_workbook_is_found_below_its_title_with_a_head_of_two_rows(opener: Opener) -> None:
    records, points, outcome = read(opener, (DATA / "workbook.xlsx").read_bytes(), "x.xlsx")
    assert records[0] == {
        "Parcel": "000123", "Owner Name": "Muñoz & Søn", "Owner ZIP": "02134", "Sale Date": "2027-01-15",
        "Sale Entered": "2026-11-20T13:45:00", "Sale Bid": 1234.5, "Account": 292215000000010, "Open": True,
        "Note": "first line\nsecond line",
    }  # fmt: skip
    second = records[1]
    assert (second["Owner Name"], second["Sale Date"], second["Sale Bid"]) == ("ROE JANE", "02/15/2027", None)
    assert isinstance(second["Account"], float), "digits were lost, which the rule for parcel numbers must see"
    assert second["Account"] >= 2**53
    assert points == [None, None]
    assert outcome.complete
    assert "1 × cell with the error #N/A in place of a value, read as empty." in outcome.warnings


def test_a_workbook_in_an_archive_or_of_another_name_is_read_by_its_content(opener: Opener) -> None:
    raw = (DATA / "workbook.xlsx").read_bytes()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("list/Deeds.xlsx", raw)
    for name, packed_list, member in (
        ("x.csv", raw, None), ("x", raw, "tax*"), ("x.zip", archive.getvalue(), None),
        ("x.zip", archive.getvalue(), "deeds.xlsx/Tax deeds"),
    ):  # fmt: skip
        records, _, _ = read(opener, packed_list, name, member=member)
        assert [record["Parcel"] for record in records] == ["000123", "000124"]
    assert not list((opener.directory / "downloads").rglob("layer*")), "what was unpacked is gone"


@pytest.mark.parametrize("name", ["workbook.xls", "password.xlsx"])
def test_an_old_and_an_encrypted_workbook_are_refused_with_what_to_do(opener: Opener, name: str) -> None:
    said = {
        "workbook.xls": r"old Excel \(\.xls\): save it as \.xlsx",
        "password.xlsx": "with a password: save it without",
    }
    with pytest.raises(SourceError, match=said[name]):
        read(opener, (DATA / name).read_bytes(), name)


def test_entities_bombs_and_damage_of_a_workbook_end_as_one_line(
    opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "SMALL", 1_000_000)
    part = "xl/worksheets/sheet2.xml"
    entity = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><worksheet>&e;</worksheet>'
    with pytest.raises(SourceError, match="it declares entities"):
        read(opener, changed(part, lambda raw: entity), "x.xlsx", member="Tax deeds")
    bomb = changed(part, lambda raw: raw.replace(b"<sheetData>", b"<sheetData>" + b" " * 3_000_000))
    with pytest.raises(SourceError, match="200 times its size"):
        read(opener, bomb, "x.xlsx", member="Tax deeds")
    with pytest.raises(SourceError, match="cut off or damaged"):
        read(opener, (DATA / "workbook.xlsx").read_bytes()[:3000], "x.xlsx")
    with pytest.raises(SourceError, match=r"sheet2\.xml is no XML"):
        read(opener, changed(part, lambda raw: raw[:-200]), "x.xlsx", member="Tax deeds")
    with pytest.raises(SourceError, match=r"it is xlsx, and not of the format named \('csv'\)"):
        read(opener, (DATA / "workbook.xlsx").read_bytes(), "x.xlsx", format="csv")


@pytest.mark.parametrize(
    ("text", "form", "from_1904", "value"),
    [
        ("46352", Format(is_date=True), False, "2026-11-26"), ("44890", Format(is_date=True), True, "2026-11-26"),
        ("59", Format(is_date=True), False, "1900-02-28"), ("61", Format(is_date=True), False, "1900-03-01"),
        ("0", Format(is_date=True), False, None), ("0.5", Format(is_time=True), False, "12:00:00"),
        ("123", format_of(164, {164: "00000"}), False, "00123"),
        ("328011234", format_of(164, {164: "00000\\-0000"}), False, "32801-1234"),
        ("999999999999999", None, False, 999999999999999), ("1E15", None, False, "1.00000000000000E+15"),
        ("9007199254740992", None, False, 9007199254740992.0), ("12.50", None, False, 12.5), ("7.0", None, False, 7),
    ],
)  # fmt: skip
def test_a_number_is_what_its_cell_shows(text: str, form: Format | None, from_1904: bool, value: Any) -> None:
    shown = written(text, form, from_1904)
    assert (shown, type(shown)) == (value, type(value))


@pytest.mark.parametrize(
    ("code", "form"),
    [
        ("mm/dd/yyyy", Format(True)), ("[$-409]d-mmm-yy;@", Format(True)), ('#,##0.00 "days"', Format()),
        ("h:mm AM/PM", Format(is_time=True)), ("General", Format()), ("0.00E+00", Format()), ("[Red]0.0", Format()),
    ],
)  # fmt: skip
def test_a_format_tells_days_from_numbers(code: str, form: Format) -> None:
    assert format_of(164, {164: code}) == form


def test_an_object_a_line_is_read_and_a_broken_line_is_named(opener: Opener) -> None:
    text = b'{"A": "1", "B": 2}\n\n{"A": "2", "B": 12345678901234567890123}\nnot json\n{"A": "3"}\n'
    for name in ("x.jsonl", "x"):
        records, _, outcome = read(opener, text, name)
        assert [record.get("A") for record in records] == ["1", "2", None, "3"]
        assert records[1]["B"] == 12345678901234567890123
        assert "1 × line that holds no record (line 4), rejected." in outcome.warnings
    _, _, outcome = read(opener, text + b'{"A": "4', "x.jsonl")
    assert "cut off in line 6" in outcome.warnings[-1]


@pytest.mark.parametrize(
    ("name", "raw", "member", "field"),
    [
        ("x.gpkg", package("parcels"), None, "PARCEL_NUMBER"), ("x", package("layers"), "Parcels", "PARCEL_NUMBER"),
        ("x.zip", (DATA / "packages.zip").read_bytes(), "parcels.gpkg", "PARCEL_NUMBER"),
        ("x.zip", (DATA / "parcels.shp.zip").read_bytes(), None, "PARCEL_NUM"),
        ("x.zip", (DATA / "county.gdb.zip").read_bytes(), "county.gdb/parcels", "PARCEL_NUMBER"),
    ],
)  # fmt: skip
def test_a_layer_in_state_plane_feet_is_read_in_degrees(
    opener: Opener, name: str, raw: bytes, member: str | None, field: str
) -> None:
    records, points, outcome = read(opener, raw, name, member=member)
    assert outcome.complete
    assert [record[field] for record in records] == ["29-22-15-0000-00-010", "000123", "000124"]
    assert records[0]["SALE_DATE"][:10] == "2026-11-26"
    assert "12 Peñón Rd" in records[0].values()
    for point, place in zip(points, PLACES, strict=True):
        assert point == (place and pytest.approx(place, abs=1e-6))


def test_coordinates_of_which_nobody_says_what_they_are_need_a_crs(opener: Opener) -> None:
    for name, raw in (("x.zip", (DATA / "unplaced.shp.zip").read_bytes()), ("x.gpkg", package("unplaced"))):
        with pytest.raises(ConfigurationError, match=r"sources\.liens\.crs: .* does not say of what its coordinates"):
            read(opener, raw, name)
        _, points, _ = read(opener, raw, name, FetchRequest((), crs=2236))
        assert isinstance(points[0], tuple)
        assert points[0][0] > 500_000, "the database turns them into degrees"


def test_true_curves_give_places(opener: Opener) -> None:
    _, points, _ = read(opener, package("curves"), "x.gpkg")
    assert points[0] == pytest.approx((-81.379, 28.54))
    assert points[1] == pytest.approx((-81.385, 28.505))
    assert points[3:] == [(-81.37, 28.53), None]


def test_several_layers_and_damaged_ones_are_told(opener: Opener) -> None:
    with pytest.raises(ConfigurationError, match=r"there are 2 layers in .*: parcels, codes"):
        read(opener, package("layers"), "x.gpkg")
    with pytest.raises(SourceError, match="a GeoPackage that is cut off or damaged"):
        read(opener, package("parcels")[:30_000], "x.gpkg")


def test_without_the_extra_a_line_says_what_to_install(opener: Opener) -> None:
    (opener.directory / "x.gpkg").write_bytes(package("parcels"))
    code = (
        "import sys; sys.modules['pyogrio'] = None\n"
        "from pathlib import Path\n"
        "from wholesaler.sources.files.content import Plain\n"
        "from wholesaler.sources.files.formats import open_reader\n"
        f"path = Path({str(opener.directory / 'x.gpkg')!r})\n"
        "try: open_reader(Plain('roll', path.name, path), path.name, None, True)\n"
        "except Exception as error: print(type(error).__name__, error.message, error.hint)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == (
        "ConfigurationError sources.roll: x.gpkg is a GeoPackage, for which further packages are needed. "
        "Install them: pip install 'wholesaler[gis]'\n"
    )
