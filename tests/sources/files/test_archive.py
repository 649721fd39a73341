"""Archives: which member is meant, what is refused, and that nothing is unpacked beyond its limits."""

import gzip
import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.sources.helpers import Opener, drain
from wholesaler.errors import ConfigurationError, SourceError
from wholesaler.sources.files import content
from wholesaler.sources.interface import FetchRequest

ROWS = "PARCEL,AMOUNT\n1,2\n3,4\n"
REQUEST = FetchRequest(("PARCEL", "AMOUNT"))


def zipped(members: dict[str, Any], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return target.getvalue()


def read(opener: Opener, raw: bytes, name: str = "liens.zip", **definition: Any) -> list[str]:
    """The parcels of a file with these bytes."""
    (opener.directory / name).write_bytes(raw)
    records, _, outcome = drain(opener.open(name, "file", **definition).fetch(REQUEST))
    assert outcome.complete
    assert outcome.warnings == ()
    return [record["PARCEL"] for record in records]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_the_one_data_file_of_an_archive_is_read(opener: Opener, method: int) -> None:
    members = {"readme.pdf": "%PDF", "__MACOSX/._a.csv": "x", "folder/a.csv": ROWS, ".DS_Store": "x"}
    assert read(opener, zipped(members, method)) == ["1", "3"]
    assert read(opener, zipped({"roll.dat": ROWS}, method)) == ["1", "3"]


@pytest.mark.parametrize("member", ["*.csv", "A.CSV", "in/a.csv", "in/*", "?.csv"])
def test_member_is_a_pattern_that_one_name_matches_without_case(opener: Opener, member: str) -> None:
    assert read(opener, zipped({"in/a.csv": ROWS, "b.txt": "no"}), member=member) == ["1", "3"]


@pytest.mark.parametrize(
    ("member", "names", "said"),
    [
        ("*.tsv", ["a.csv", "b.csv"], r"'\*\.tsv' matches none of the files in .*liens\.zip: a\.csv, b\.csv\."),
        ("*.csv", ["a.csv", "b.csv", "c.txt"], r"'\*\.csv' matches 2 of the files in .*: a\.csv, b\.csv\."),
        (None, ["a.csv", "b.txt"], r"is needed, since there are 2 files in .*a\.csv, b\.txt\. .*member = \"a\.csv\""),
        (None, [], r"there is no file in .*\(nothing\)"),
        ("*", [f"{number}.csv" for number in range(12)], r"'\*' matches 12 of .*9\.csv and 2 more"),
    ],
)
def test_a_member_that_matches_none_or_several_is_told_with_what_is_there(
    opener: Opener, member: str | None, names: list[str], said: str
) -> None:
    (opener.directory / "liens.zip").write_bytes(zipped(dict.fromkeys(names, ROWS)))
    with pytest.raises(ConfigurationError, match=rf"sources\.liens\.member: {said}") as caught:
        opener.open("liens.zip", "file", member=member).fetch(REQUEST)
    assert "\n" not in str(caught.value)


def test_a_member_of_what_is_no_archive_is_told(opener: Opener) -> None:
    (opener.directory / "liens.csv").write_text(ROWS)
    with pytest.raises(ConfigurationError, match=r"liens\.member: .*liens\.csv is no ZIP archive"):
        opener.open("liens.csv", "file", member="*.csv").fetch(REQUEST)


def test_gzip_files_of_one_part_or_several_are_read(opener: Opener) -> None:
    assert read(opener, gzip.compress(ROWS.encode()), "liens.csv.gz") == ["1", "3"]
    parts = gzip.compress(ROWS[:16].encode()) + gzip.compress(ROWS[16:].encode())
    assert read(opener, parts, "liens.csv") == ["1", "3"]


def test_packed_json_with_its_description_behind_is_read(opener: Opener) -> None:
    fields = '[{"name": "PARCEL"}, {"name": "AMOUNT"}]'
    text = f'{{"features": [{{"attributes": {{"PARCEL": "1", "AMOUNT": 2}}}}], "fields": {fields}}}'
    assert read(opener, gzip.compress(text.encode())) == ["1"]
    assert read(opener, zipped({"layer.json": text})) == ["1"]


@pytest.mark.parametrize(
    "name", ["../a.csv", "x/../../a.csv", "/etc/a.csv", "..\\a.csv", "C:\\a.csv", "\\\\host\\a.csv"]
)
def test_an_archive_with_a_name_that_leads_out_of_it_is_refused(opener: Opener, name: str) -> None:
    (opener.directory / "liens.zip").write_bytes(zipped({"good.csv": ROWS, name: ROWS}))
    with pytest.raises(SourceError, match="a ZIP archive with a name that leads out of it") as caught:
        opener.open("liens.zip", "file", member="good.csv").fetch(REQUEST)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["a..b.csv", "a../b.csv", "a[1].csv"])
def test_two_dots_within_a_name_lead_nowhere(opener: Opener, name: str) -> None:
    assert read(opener, zipped({f"x/{name}": ROWS}), member="*.csv") == ["1", "3"]
    assert read(opener, zipped({f"x/{name}": ROWS}), member=f"x/{name}") == ["1", "3"]


def test_an_encrypted_member_is_refused(opener: Opener) -> None:
    raw = bytearray(zipped({"a.csv": ROWS}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = raw.index(mark) + place
        raw[start : start + 2] = struct.pack("<H", 1)
    with pytest.raises(SourceError, match=r"'a\.csv' in it is encrypted"):
        read(opener, bytes(raw))


def test_a_method_that_is_not_read_is_told(opener: Opener) -> None:
    raw = bytearray(zipped({"a.csv": ROWS}))
    for mark, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        start = raw.index(mark) + place
        raw[start : start + 2] = struct.pack("<H", 9)
    with pytest.raises(SourceError, match=r"'a\.csv' in it is packed by a method that is not read"):
        read(opener, bytes(raw))


@pytest.mark.parametrize("within", ["zip", "gzip"])
def test_an_archive_within_an_archive_is_refused(opener: Opener, within: str) -> None:
    inner = zipped({"a.csv": ROWS}) if within == "zip" else gzip.compress(ROWS.encode())
    for raw in (zipped({"a.csv": inner}), gzip.compress(inner)):
        with pytest.raises(SourceError, match="an archive within an archive"):
            read(opener, raw)


def test_a_workbook_is_read_as_one_and_no_archive_of_tables(opener: Opener) -> None:
    with pytest.raises(SourceError, match=r"it is a workbook that is cut off or damaged \(xl/workbook\.xml is no XML"):
        read(opener, zipped({"[Content_Types].xml": "", "xl/workbook.xml": ""}), "liens.xlsx")


@pytest.mark.parametrize("kept", [0.3, 0.9])
@pytest.mark.parametrize("packed", ["zip", "gzip"])
def test_an_archive_that_is_cut_off_is_refused(opener: Opener, packed: str, kept: float) -> None:
    text = "PARCEL,AMOUNT\n" + "".join(f"{number},{number * 7919 % 10007}\n" for number in range(50_000))
    raw = zipped({"a.csv": text}) if packed == "zip" else gzip.compress(text.encode())
    with pytest.raises(SourceError, match="cut off or damaged"):
        read(opener, raw[: int(len(raw) * kept)])


def test_a_member_that_is_damaged_is_refused(opener: Opener) -> None:
    raw = bytearray(zipped({"a.csv": ROWS * 1000}, zipfile.ZIP_STORED))
    place = raw.index(b"1,2", 5000)
    raw[place] = ord("9")
    with pytest.raises(SourceError, match=r"a ZIP archive that is cut off or damaged \(Bad CRC-32"):
        read(opener, bytes(raw))


def limited(opener: Opener, raw: bytes, name: str, largest: int) -> None:
    with Opener(opener.directory, WHOLESALER_LARGEST_FILE=largest / 1e9) as small:
        read(small, raw, name)


@pytest.mark.parametrize("packed", ["zip", "gzip"])
def test_what_unpacks_to_more_than_the_limit_is_refused_and_to_as_much_is_not(opener: Opener, packed: str) -> None:
    raw = zipped({"a.csv": ROWS}) if packed == "zip" else gzip.compress(ROWS.encode())
    limited(opener, raw, "l.zip", len(ROWS))
    with pytest.raises(SourceError, match=r"it unpacks to more than .* GB, which WHOLESALER_LARGEST_FILE permits"):
        limited(opener, raw, "l.zip", len(ROWS) - 1)


@pytest.mark.parametrize("packed", ["zip", "gzip"])
def test_a_bomb_is_told_by_its_ratio_from_a_size_on_whatever_the_archive_says(
    opener: Opener, monkeypatch: pytest.MonkeyPatch, packed: str
) -> None:
    text = "PARCEL,AMOUNT\n" + "1,2\n" * 100_000
    raw = zipped({"a.csv": text}) if packed == "zip" else gzip.compress(text.encode())
    if packed == "zip":  # it says that it is a thousand times as large as it is while packed
        lie = bytearray(raw)
        start = lie.index(b"PK\x01\x02") + 20
        honest = struct.unpack("<I", lie[start : start + 4])[0]
        lie[start : start + 4] = struct.pack("<I", honest * 1000)
        if hasattr(zipfile.ZipInfo, "_end_offset"):  # this Python sees that it reaches beyond where the next one begins
            with pytest.raises(SourceError, match="Overlapped entries"):
                read(opener, bytes(lie))
        else:
            raw = bytes(lie)
    monkeypatch.setattr(content, "SMALL", len(text))
    assert len(read(opener, raw)) == 100_000
    monkeypatch.setattr(content, "SMALL", len(text) - 1)
    with pytest.raises(SourceError, match=f"it unpacks to more than {content.LARGEST_RATIO} times its size"):
        read(opener, raw)
    monkeypatch.setattr(content, "LARGEST_RATIO", -(-len(text) // (len(raw) // 2)))
    assert len(read(opener, raw)) == 100_000


def test_the_end_of_what_is_packed_is_read_in_whole_characters(tmp_path: Path) -> None:
    raw = "abcdef".encode("utf-16-le")
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(raw))
    (tmp_path / "x").write_bytes(raw)
    packed, plain = content.Gzip("liens", "x", path), content.Plain("liens", "x", tmp_path / "x")
    for size in (2, 4, 12, 100):
        assert packed.tail(size, 2) == plain.tail(size, 2) == raw[-size:]
