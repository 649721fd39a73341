"""Shapefiles, GeoPackages and geodatabases that are cut off, lack files, or hold what they should not.

All are GDAL's own (tests/data/formats), with what is wrong put in. None may end in a traceback, in values that nobody
wrote, or in fewer records without a word.
"""

import gc
import re
import sqlite3
import warnings
from pathlib import Path
from typing import Any

import pytest

from tests.sources.files.helpers import made, read, refused, zipped
from tests.sources.helpers import Opener
from wholesaler.sources.files import content, geopackage
from wholesaler.sources.interface import FetchRequest

SHAPEFILE, PACKAGES = made("parcels.shp.zip"), made("packages.zip")
GEODATABASE = made("county.gdb.zip")
PARCELS = "county.gdb/a00000009"
NUMBERS = ["29-22-15-0000-00-010", "000123", "000124"]
PLACE = pytest.approx((-81.379, 28.541))
#: what keeps the index of places up to date, by functions that only GDAL has
_TRIGGERS = [f"rtree_parcels_geom_update{number}" for number in (*range(1, 8), "")] + ["trigger_update_feature_count"]


def shapefile(**changed: Any) -> bytes:
    """The shapefile with some of its files changed, by their ends, or without them."""
    members = {}
    for name, raw in SHAPEFILE.items():
        change = changed.get(name[-3:], lambda raw: raw)
        if change is not None:
            members[name] = change(raw)
    return zipped(members)


def table(old: bytes, new: bytes, **others: Any) -> bytes:
    """The shapefile with something in its table replaced by as many bytes."""
    assert len(old) == len(new)
    assert old in SHAPEFILE["Parcels.dbf"]
    return shapefile(dbf=lambda raw: raw.replace(old, new), **others)


def encoded(code: int) -> Any:
    """A change of a table: how it says that its texts are encoded."""
    return lambda raw: raw[:29] + bytes([code]) + raw[30:]


def package(folder: Path, script: str) -> bytes:
    """The GeoPackage of parcels after a script."""
    path = folder / "made.gpkg"
    path.write_bytes(PACKAGES["parcels.gpkg"])
    with sqlite3.connect(path) as database:
        for name in _TRIGGERS:
            database.execute(f"DROP TRIGGER IF EXISTS {name}")
        database.executescript(script)
    database.close()
    return path.read_bytes()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"dbf": None}, r"^69 .*of its shapefile 'Parcels\.shp' the \.dbf is missing"),
        ({"shx": None, "dbf": None}, r"^69 .*the \.shx, \.dbf is missing"),
        ({"prj": None}, r"^78 sources\.liens\.crs: .*does not say of what its coordinates are"),
        ({"prj": lambda raw: b""}, r"^78 sources\.liens\.crs: .*does not say"),
        ({"prj": lambda raw: b"what"}, r"^78 sources\.liens\.crs: .*does not say"),
        ({"prj": lambda raw: b'LOCAL_CS["x",UNIT["foot",0.3]]'}, "^78 .*system that is not known"),
        ({"prj": lambda raw: raw.replace(b"D_North", b"D_Nor\xffh")}, "^69 .*its reference system cannot be read"),
        ({"shp": lambda raw: b""}, r"^69 .*it is a shapefile that is cut off or damaged"),
        ({"shp": lambda raw: raw[:50]}, r"^69 .*it is a shapefile that is cut off or damaged"),
        ({"shx": lambda raw: raw[:110]}, r"^69 .*it is a shapefile that is cut off or damaged"),
        ({"dbf": lambda raw: b""}, r"^69 .*it is a shapefile that is cut off or damaged"),
        ({"dbf": lambda raw: raw[:33]}, r"^69 .*has no fields, or is cut off before them"),
        ({"dbf": lambda raw: raw[:10] + b"\0\0" + raw[12:]}, r"^69 .*its table has records of no length"),
    ],
)  # fmt: skip
def test_a_shapefile_without_one_of_its_files_or_its_beginning_is_one_line(
    opener: Opener, changed: dict[str, Any], said: str
) -> None:
    line = refused(opener, shapefile(**changed), "x.zip")
    assert re.search(said, line), line
    assert "unpacked-" not in line


@pytest.mark.parametrize(
    ("end", "kept", "count"), [("dbf", 0.5, 1), ("dbf", 0.97, 2), ("shp", 0.5, 3), ("shp", 0.97, 3)]
)
def test_a_shapefile_that_is_cut_off_is_partial(opener: Opener, end: str, kept: float, count: int) -> None:
    cut = {end: lambda raw: raw[: int(len(raw) * kept)]}
    records, _, outcome = read(opener, shapefile(**cut), "x.zip")
    assert (len(records), outcome.complete) == (count, False)
    assert "cut off or damaged" in outcome.warnings[-1]
    _, _, outcome = read(opener, shapefile(**cut), "x.zip", FetchRequest((), geometry=False))
    assert outcome.complete == (end == "shp"), "where no places are wanted their file is nobody's concern"


def test_a_record_that_was_deleted_and_still_stands_there_is_no_damage(opener: Opener) -> None:
    records, points, outcome = read(opener, table(b" 29-22-15", b"*29-22-15"), "x.zip")
    assert [record["PARCEL_NUM"] for record in records] == NUMBERS[1:]
    assert points[0] == pytest.approx((-81.355, 28.505)), "the places stay with their records"
    assert outcome.complete


def test_files_of_a_shapefile_in_capitals_belong_to_it(opener: Opener) -> None:
    members = {"in/Parcels.shp": SHAPEFILE["Parcels.shp"]}
    members |= {f"in/{name.upper()}": raw for name, raw in SHAPEFILE.items() if not name.endswith("shp")}
    assert [record["PARCEL_NUM"] for record in read(opener, zipped(members), "x.zip")[0]] == NUMBERS


def test_of_two_shapefiles_one_must_be_named(opener: Opener) -> None:
    other = {name.replace("Parcels", "Roads"): raw for name, raw in SHAPEFILE.items()}
    both = zipped({**SHAPEFILE, **other})
    assert re.search(
        r"^78 sources\.liens\.member: .*2 files in .*: Parcels\.shp, Roads\.shp\.", refused(opener, both, "x.zip")
    )
    assert len(read(opener, both, "x.zip", member="roads.shp")[0]) == 3
    assert re.search(
        "^78 .*no workbook or geodatabase", refused(opener, zipped({"a.csv": b"A\n1\n"}), "x.zip", member="a.csv/A")
    )


@pytest.mark.parametrize(
    ("stands", "day"),
    [
        (b"00000000", None), (b"        ", None), (b"19700101", "1970-01-01"), (b"20261126", "2026-11-26"),
        (b"20261399", "20261399"), (b"99999999", "99999999"), (b"abcdefgh", "abcdefgh"), (b"********", "********"),
    ],
)  # fmt: skip
def test_what_is_no_day_stays_what_it_is_and_becomes_no_day(opener: Opener, stands: bytes, day: str | None) -> None:
    records, _, _ = read(opener, table(b"20261126", stands), "x.zip")
    assert [record["SALE_DATE"] for record in records] == [day, None, "1999-12-31"]
    for number, other in enumerate(NUMBERS[1:], 1):  # the same in a record behind one that is deleted
        raw = SHAPEFILE["Parcels.dbf"]
        at, width = raw.index(b"20261126"), int.from_bytes(raw[10:12], "little")
        at += number * width
        raw = raw[:at] + stands + raw[at + 8 :]
        changed = shapefile(dbf=lambda _, raw=raw: raw.replace(b" 29-22-15", b"*29-22-15"))
        found = {record["PARCEL_NUM"]: record["SALE_DATE"] for record in read(opener, changed, "x.zip")[0]}
        assert found[other] == day


@pytest.mark.parametrize(
    ("code", "cpg", "raw", "text", "warned"),
    [
        (0x57, None, b"O\x92Bri\xe9n", "O’Brién", False),
        (0x57, None, "Peñón".encode(), "Peñón", False),
        (0x03, None, b"O\x92Bri\xe9n", "O’Brién", False),
        (0x00, None, b"O\x92Bri\xe9n", "O’Brién", True),
        (0x00, b"1252", b"O\x92Bri\xe9n", "O’Brién", False),
        (0x00, b"ANSI 1252", b"O\x92Bri\xe9n", "O’Brién", False),
        (0x00, b"ISO-8859-1", b"O\x92Bri\xe9n", "O’Brién", False),
        (0x00, b"88591\r\n", b"O\x92Bri\xe9n", "O’Brién", False),
        (0x00, b"UTF-8", "Peñón".encode(), "Peñón", False),
        (0x00, b"UTF-8", b"O\x92Bri\xe9n", "O’Brién", True),
        (0x00, b"KLINGON-8", b"O\x92Bri\xe9n", "O’Brién", True),
        (0x57, b"65001", "Peñón".encode(), "Peñón", False),
    ],
)
def test_texts_of_a_shapefile_are_read_however_they_are_encoded(
    opener: Opener, code: int, cpg: bytes | None, raw: bytes, text: str, warned: bool
) -> None:
    dbf = SHAPEFILE["Parcels.dbf"]
    at = dbf.index(b"14 Main St")
    dbf = encoded(code)(dbf[:at] + raw.ljust(10) + dbf[at + 10 :]).replace(b"12 Pe\xf1\xf3n Rd", b"12 Penon Rd")
    changed = shapefile(dbf=lambda _: dbf, cpg=cpg and (lambda _: cpg))
    records, _, outcome = read(opener, changed, "x.zip")
    assert records[2]["OWNER_ADDR"] == text
    assert any("it was read as Windows-1252: look at its accents" in one for one in outcome.warnings) == warned


def test_headings_of_a_shapefile_may_be_odd_or_stand_twice(opener: Opener) -> None:
    odd = table(b"OWNER_ADDR", b"DUE\xd1O_ADDR", cpg=None)
    assert "DUEÑO_ADDR" in read(opener, odd, "x.zip")[0][0]
    twice = table(b"OWNER_AD_1", b"OWNER_ADDR")
    record = read(opener, twice, "x.zip")[0][0]
    assert (record["OWNER_ADDR (1)"], record["OWNER_ADDR (2)"]) == ("12 Peñón Rd", "Suite 4")
    assert "more than once (2 columns)" in refused(opener, twice, "x.zip", FetchRequest(("OWNER_ADDR",)))
    some = FetchRequest(("OWNER_ADDR (2)", "PARCEL_NUM"), whole_records=False)
    assert read(opener, twice, "x.zip", some)[0][0] == {"PARCEL_NUM": NUMBERS[0], "OWNER_ADDR (2)": "Suite 4"}
    control = table(b"OWNER_ADDR", b"\x1b[31mOWNER")
    assert re.search("^78 .*no field 'NONE'", refused(opener, control, "x.zip", FetchRequest(("NONE",))))


@pytest.mark.parametrize(
    ("name", "kept", "said"),
    [
        (f"{PARCELS}.gdbtable", 0, "^69 .*its layer 'Parcels' has no fields, or is cut off before them"),
        (f"{PARCELS}.gdbtablx", 0.9, "^69 .*its layer 'Parcels' has no fields, or is cut off before them"),
        (f"{PARCELS}.gdbtable", None, r"^78 sources\.liens\.member: 'parcels' matches none of the layers in .*: Codes"),
        ("county.gdb/a00000001.gdbtable", 0, "^69 .*it is a File Geodatabase that is cut off or damaged"),
        ("county.gdb/a00000001.gdbtable", None, "^69 .*it is a File Geodatabase that is cut off or damaged"),
        ("county.gdb/a00000004.gdbtable", None, "^69 .*it is a File Geodatabase that is cut off or damaged"),
    ],
)
def test_a_geodatabase_without_one_of_its_files_or_a_part_of_it_is_one_line(
    opener: Opener, name: str, kept: float | None, said: str
) -> None:
    members = {other: raw for other, raw in GEODATABASE.items() if other != name}
    if kept is not None:
        members[name] = GEODATABASE[name][: int(len(GEODATABASE[name]) * kept)]
    line = refused(opener, zipped(members), "x.zip", member="county.gdb/parcels")
    assert re.search(said, line), line
    assert "/opt/" not in line
    assert "unpacked-" not in line


def test_a_geodatabase_whose_table_is_cut_off_is_partial(opener: Opener) -> None:
    members = dict(GEODATABASE)
    members[f"{PARCELS}.gdbtable"] = members[f"{PARCELS}.gdbtable"][:-60]
    records, _, outcome = read(opener, zipped(members), "x.zip", member="county.gdb/parcels")
    assert (len(records) < 3, outcome.complete) == (True, False)
    assert "cut off or damaged" in outcome.warnings[-1]


def test_what_gdal_guesses_is_said_and_not_printed(opener: Opener, recwarn: pytest.WarningsRecorder) -> None:
    members = {name: raw for name, raw in GEODATABASE.items() if name != f"{PARCELS}.gdbtablx"}
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        records, _, outcome = read(opener, zipped(members), "x.zip", member="county.gdb/parcels")
    assert len(records) == 3
    assert sum("could not be found. Trying to guess" in one for one in outcome.warnings) == 1
    assert not recwarn.list


def test_of_a_geodatabase_with_several_layers_one_must_be_named(opener: Opener) -> None:
    line = refused(opener, zipped(GEODATABASE), "x.zip")
    assert re.search(r"^78 sources\.liens\.member: .*2 layers in .*\(county\.gdb\): Parcels, Codes\.", line)


@pytest.mark.parametrize(("old", "new"), [("county.gdb/", ""), ("county.gdb/", "roll/"), ("/", "\\")])
def test_a_geodatabase_may_be_packed_without_its_folder_or_with_backslashes(opener: Opener, old: str, new: str) -> None:
    members = {name.replace(old, new): raw for name, raw in GEODATABASE.items()}
    records, points, _ = read(opener, zipped(members), "x.zip", member="*.gdb/parcels")
    assert [record["PARCEL_NUMBER"] for record in records] == NUMBERS
    assert points[0] == PLACE


def test_all_that_a_layer_unpacks_to_is_counted_together(opener: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    members = {**GEODATABASE, **{f"county.gdb/a{number:08x}.gdbtable": bytes(200_000) for number in range(20, 40)}}
    raw = zipped(members)
    monkeypatch.setattr(content, "SMALL", 300_000)
    monkeypatch.setattr(content, "LARGEST_RATIO", 5_000_000 // len(raw))
    assert len(read(opener, raw, "x.zip", member="county.gdb/parcels")[0]) == 3
    monkeypatch.setattr(content, "LARGEST_RATIO", 3_000_000 // len(raw))
    assert "times its size, as no table does" in refused(opener, raw, "x.zip", member="county.gdb/parcels")
    gc.collect()
    assert not list((opener.directory / "downloads").rglob("*.gdbtable")), "what was unpacked is gone"


@pytest.mark.parametrize("kept", [0.0002, 0.3, 0.97])
def test_a_geopackage_that_is_cut_off_is_refused(opener: Opener, kept: float) -> None:
    raw = PACKAGES["parcels.gpkg"]
    assert re.search("^69 .*a GeoPackage that is cut off or damaged", refused(opener, raw[: int(len(raw) * kept)], "x"))


def test_what_is_called_a_geopackage_and_is_none_is_refused(opener: Opener, tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE parcels (A text)")
    database.close()
    assert re.search("^69 .*a GeoPackage that is cut off or damaged", refused(opener, path.read_bytes(), "x.gpkg"))
    assert re.search("^69 .*not of the format named", refused(opener, b"A,B\n1,2\n", "x.gpkg", format="gpkg"))
    assert re.search("^69 .*a web page instead of data", refused(opener, b"<!doctype html>", "x.gpkg"))
    assert re.search(
        "^69 .*it is gpkg, and not of the format", refused(opener, PACKAGES["parcels.gpkg"], "x", format="shp")
    )


VIEW = """
    CREATE VIEW seen AS SELECT fid, geom, PARCEL_NUMBER FROM {};
    INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('seen', 'features', 'seen', 2236);
    INSERT INTO gpkg_geometry_columns VALUES ('seen', 'geom', 'MULTIPOLYGON', 2236, 0, 0);
"""


def test_a_view_is_a_layer_as_others_are_and_a_broken_one_is_told(opener: Opener, tmp_path: Path) -> None:
    raw = package(tmp_path, VIEW.format("parcels"))
    records, points, _ = read(opener, raw, "x.gpkg", member="seen")
    assert [record["PARCEL_NUMBER"] for record in records] == NUMBERS
    assert points[0] == PLACE
    assert re.search("^78 .*2 layers in .*: parcels, seen", refused(opener, raw, "x.gpkg"))
    broken = package(tmp_path, VIEW.format("missing"))
    assert re.search("^69 .*cut off or damaged", refused(opener, broken, "x.gpkg", member="seen"))
    assert len(read(opener, broken, "x.gpkg", member="parcels")[0]) == 3, "the layer beside it is read"


def test_reading_a_geopackage_leaves_nothing_beside_it(opener: Opener, tmp_path: Path) -> None:
    raw = package(
        tmp_path, "PRAGMA journal_mode = wal; INSERT INTO gpkg_contents (table_name, data_type) VALUES ('x', 'y')"
    )
    (opener.directory / "own").mkdir()
    records, _, _ = read(opener, raw, "own/x.gpkg", member="parcels")
    assert len(records) == 3
    assert [path.name for path in (opener.directory / "own").iterdir()] == ["x.gpkg"]


@pytest.mark.parametrize("identifier", [77, -1, 0])
def test_a_geopackage_whose_reference_system_is_unknown_needs_a_crs(
    opener: Opener, tmp_path: Path, identifier: int
) -> None:
    raw = package(tmp_path, f"UPDATE gpkg_geometry_columns SET srs_id = {identifier}")
    assert re.search(r"^78 sources\.liens\.crs: .*does not say of what", refused(opener, raw, "x.gpkg"))
    _, points, _ = read(opener, raw, "x.gpkg", FetchRequest((), crs=2236))
    assert points[0][0] > 500_000


def test_places_by_a_wrong_reference_system_are_wrong_and_the_crs_that_is_named_is_not_overruled(
    opener: Opener,
) -> None:
    line = refused(opener, PACKAGES["parcels.gpkg"], "x.gpkg", FetchRequest((), crs=4326))
    assert re.search(r"^78 sources\.liens\.crs: .*reference system 2236, not 4326\. Write crs = 2236, or nothing", line)


@pytest.mark.parametrize(
    ("day", "read_as"),
    [
        ("0001-01-01", "0001-01-01"), ("9999-12-31", "9999-12-31"), ("10000-01-01", "+2932897 days from 1970-01-01"),
        ("-001-01-01", "-719892 days from 1970-01-01"), ("not a day", None), ("2026-13-45", None),
    ],
)  # fmt: skip
def test_days_outside_of_every_calendar_are_no_traceback(
    opener: Opener, tmp_path: Path, day: str, read_as: str | None
) -> None:
    raw = package(tmp_path, f"UPDATE parcels SET SALE_DATE = '{day}' WHERE fid = 1")
    records, _, outcome = read(opener, raw, "x.gpkg")
    assert [record["SALE_DATE"] for record in records] == [read_as, None, "1999-12-31"]
    assert (read_as is not None) or any("Invalid content" in one for one in outcome.warnings)


def test_geometries_that_are_empty_null_or_garbage_are_no_places_and_cost_no_record(
    opener: Opener, tmp_path: Path
) -> None:
    script = """
        UPDATE parcels SET geom = x'4750000300000000deadbeef' WHERE fid = 1;
        UPDATE parcels SET geom = NULL WHERE fid = 2;
        UPDATE parcels SET geom = 'text' WHERE fid = 3;
    """
    records, points, outcome = read(opener, package(tmp_path, script), "x.gpkg")
    assert [record["PARCEL_NUMBER"] for record in records] == NUMBERS
    assert points == [None] * 3
    assert outcome.complete


def test_texts_of_a_geopackage_that_are_no_utf_8_are_read_with_a_word(opener: Opener, tmp_path: Path) -> None:
    raw = package(tmp_path, "UPDATE parcels SET OWNER_ADDRESS = CAST(x'4f9242726961' AS text) WHERE fid = 2")
    records, _, outcome = read(opener, raw, "x.gpkg")
    assert [record["OWNER_ADDRESS"] for record in records] == ["12 Peñón Rd", "O’Bria", "14 Main St"]
    assert "it was read as Windows-1252" in outcome.warnings[0]


def test_a_view_of_records_without_end_is_refused_in_time(
    opener: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n{}) SELECT x AS fid, 'P' || x AS A FROM n"
    script = """
        CREATE VIEW "se""en" AS {};
        INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('se"en', 'attributes', 'x');
    """
    endless = package(tmp_path, script.format(numbers.format("")))
    monkeypatch.setattr(geopackage, "LONGEST_COUNT", 0.2)
    said = refused(opener, endless, "x.gpkg", member='se"en')
    assert re.search("^69 .*its layer 'se\"en' is a view of records without end", said)
    assert len(read(opener, endless, "x.gpkg", member="parcels")[0]) == 3, "the layer beside it is read"
    ending = package(tmp_path, script.format(numbers.format(" WHERE x < 5000")))
    assert len(read(opener, ending, "x.gpkg", member='se"en')[0]) == 5000
