"""Text files that are damaged, meant to take all memory, or no text at all. No record is lost in silence."""

import gzip
import re
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.sources.files.helpers import ALL, FORMATS, read, refused
from tests.sources.helpers import Opener, drain
from wholesaler.errors import SourceError
from wholesaler.sources.files import delimited, json_lines, json_stream
from wholesaler.sources.interface import UNREADABLE, FetchRequest

MEGABYTE = 1 << 20


@contextmanager
def flat(most: int) -> Iterator[None]:
    """No more memory is taken within than ``most`` bytes."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < most, f"{peak / MEGABYTE:.0f} MB"


def written(opener: Opener, name: str, before: bytes, piece: bytes, times: int, behind: bytes) -> None:
    """A file with a piece many times in its middle."""
    path = opener.directory / name
    with gzip.GzipFile(path, "wb", 1) if name.endswith("gz") else path.open("wb") as file:
        file.write(before)
        for _ in range(times):
            file.write(piece)
        file.write(behind)


def parcels(records: list[dict[str, Any]]) -> list[Any]:
    return [record.get("PARCEL", "?") for record in records]


@pytest.mark.parametrize(
    ("name", "end", "piece", "times"),
    [
        ("x.csv", b"\n", b"x" * MEGABYTE, 20),
        ("x.csv.gz", b"\n", b"x" * MEGABYTE, 20),
        ("x.csv", b"\r\n", b"x," * (MEGABYTE // 2), 20),
        ("x.csv", b"\r", b'"' * MEGABYTE, 20),
        ("x.csv", b"\n", bytes(MEGABYTE), 20),
        pytest.param("x.csv", b"\n", b"x" * MEGABYTE, 200, marks=pytest.mark.slow),
    ],
)
def test_a_line_without_end_costs_neither_memory_nor_the_lines_around_it(
    opener: Opener, name: str, end: bytes, piece: bytes, times: int
) -> None:
    written(opener, name, end.join([b"PARCEL,NOTE", b"1,a", b"2,"]), piece, times, end + b"3,b" + end)
    with flat(35 * MEGABYTE):
        records, _, outcome = drain(opener.open(name, "file").fetch(ALL))
    assert parcels(records) == ["1", "?", "3"]
    assert len(records[1][UNREADABLE]) <= 1000
    assert records[1][UNREADABLE].startswith("2,")
    assert not outcome.complete
    assert "cannot be read in record 2 (line longer than 8,388,608 characters)" in outcome.warnings[-1]


@pytest.mark.parametrize("length", [0, 1])
def test_a_line_is_too_long_from_a_length_on(opener: Opener, monkeypatch: pytest.MonkeyPatch, length: int) -> None:
    monkeypatch.setattr(delimited, "LONGEST_LINE", 100)
    monkeypatch.setattr(delimited, "_CHUNK", 10)
    monkeypatch.setattr(json_lines, "LONGEST_LINE", 100)
    note = "x" * (97 + length)
    records, _, outcome = read(opener, f"PARCEL,NOTE\n1,{note}\n2,b\n".encode(), "x.csv")
    assert (parcels(records)[1:], len(records[0].get("NOTE", ""))) == (["2"], 0 if length else 97)
    assert outcome.complete == (length == 0)
    line = '{"PARCEL": "1", "NOTE": "' + "x" * (72 + length) + '"}'
    records, _, outcome = read(opener, f'{line}\n{{"PARCEL": "2"}}\n'.encode(), "x.jsonl")
    assert parcels(records) == ["?" if length else "1", "2"]


def test_lines_that_are_too_long_one_after_the_other_and_at_either_end(
    opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "LONGEST_LINE", 100)
    monkeypatch.setattr(delimited, "_CHUNK", 40)
    long = "9," + "x" * 500
    text = "\n".join(["PARCEL,NOTE", long, "1,a", long, long, "2,b", '3,"c', 'd"', '4,"e', long, 'f"', "5,g", long])
    records, _, outcome = read(opener, text.encode(), "x.csv")
    assert parcels(records) == ["?", "1", "?", "?", "2", "3", "4", "?", "?", "5", "?"]
    assert not outcome.complete
    assert re.search("^69 .*its first line is longer than 100 characters", refused(opener, long.encode(), "x.csv"))
    head = f'PARCEL,"NO\n{long}\nTE"\n1,a\n'
    assert re.search("^69 .*its first line is longer than", refused(opener, head.encode(), "x.csv"))


@pytest.mark.parametrize("times", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_an_object_a_line_without_end_takes_no_memory(opener: Opener, times: int) -> None:
    written(opener, "x.jsonl", b'{"PARCEL": "1"}\n{"PARCEL": "2', b"x" * MEGABYTE, times, b'"}\n{"PARCEL": "3"}\n')
    with flat(35 * MEGABYTE):
        records, _, outcome = drain(opener.open("x.jsonl", "file").fetch(ALL))
    assert parcels(records) == ["1", "?", "3"]
    assert "1 × line that holds no record (line 2), rejected." in outcome.warnings
    assert outcome.complete


def test_a_feature_without_end_is_damage_and_takes_no_more_memory_the_longer_it_is(
    opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_stream, "_LONGEST_VALUE", 2 * MEGABYTE)
    written(opener, "x.json", b'[{"PARCEL": "1"},\n{"PARCEL": "2', b"x" * MEGABYTE, 20, b'"},{"PARCEL": "3"}]')
    with flat(16 * MEGABYTE):
        records, _, outcome = drain(opener.open("x.json", "file").fetch(ALL))
    assert (parcels(records), outcome.complete) == (["1"], False)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("not json", True), ("[1, 2]", True), ("5", True), ("null", True), ('"text"', True), ("{}", True),
        ('{"PARCEL": "2"', True), ('{"PARCEL": "2"} {"PARCEL": "2"}', True), ("[" * 100_000, True),
        ('{"PARCEL": ' + "[" * 100_000, True), ("9" * 5000, True), ("\x00\x00", True), ("", False), (" \t ", False),
        ("\x1e", False),
    ],
)  # fmt: skip
def test_a_line_that_is_no_object_is_rejected_with_its_number_and_a_blank_one_is_nothing(
    opener: Opener, line: str, told: bool
) -> None:
    text = f'{{"PARCEL": "1"}}\n{line}\n{{"PARCEL": "3"}}\n'
    records, _, outcome = read(opener, text.encode(), "x.jsonl")
    assert parcels(records) == (["1", "?", "3"] if told else ["1", "3"])
    assert ("1 × line that holds no record (line 2), rejected." in outcome.warnings) == told
    assert outcome.complete
    if told:
        assert records[1][UNREADABLE] == line.strip()[:100_000]


def test_the_first_of_many_lines_that_are_no_objects_are_named(opener: Opener) -> None:
    text = '{"PARCEL": "1"}\n' + "no\n" * 7 + '{"PARCEL": "2"}\n'
    _, _, outcome = read(opener, text.encode(), "x.jsonl")
    assert "7 × line that holds no record (line 2, 3, 4, 5, 6 …), rejected." in outcome.warnings


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_objects_a_line_are_read_in_every_encoding_with_every_line_end(opener: Opener, encoding: str, end: str) -> None:
    text = end.join(['{"PARCEL": "1"}', "", '{"PARCEL": "Peñón"}', '\x1e{"PARCEL": "3"}', ""])
    for name in ("x.jsonl", "x.geojsonl", "x"):
        records, _, outcome = read(opener, text.encode(encoding), name)
        assert (parcels(records), outcome.complete) == (["1", "Peñón", "3"], True)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("NaN", None), ("Infinity", None), ("-Infinity", None), ("1e999", None),
        ("12345678901234567890123", 12345678901234567890123),
        ('{"a": {"b": [1]}}', {"a": {"b": [1]}}), ("[1, [2]]", [1, [2]]),
        ('"\\ud800"', "\ud800"), ('"tab\there"', "tab\there"),
    ],
)  # fmt: skip
def test_odd_values_are_handed_on_for_what_they_are(opener: Opener, value: str, kept: Any) -> None:
    for text, name in (
        (f'{{"PARCEL": {value}}}\n{{"PARCEL": "2"}}\n', "x.jsonl"),
        (f'[{{"PARCEL": {value}}}, {{"PARCEL": "2"}}]', "x.json"),
    ):
        records, _, outcome = read(opener, text.encode(), name)
        assert (len(records), outcome.complete) == (2, True)
        found = records[0]["PARCEL"]
        assert found == kept or (kept is None and isinstance(found, float) and not -1e308 < found < 1e308)


def test_an_array_that_is_called_an_object_a_line_is_read_as_what_it_is(opener: Opener) -> None:
    for text in ('[{"PARCEL": "1"},\n{"PARCEL": "2"}]', '[\n  {\n  "PARCEL": "1"}, {"PARCEL": "2"}\n]\n'):
        assert parcels(read(opener, text.encode(), "x.jsonl")[0]) == ["1", "2"]
        assert re.search(
            "^69 .*none of its first lines is a JSON object", refused(opener, text.encode(), "x", format="jsonlines")
        )
    assert re.search("^69 .*none of its first lines", refused(opener, b'["PARCEL"]\n["1"]\n', "x.jsonl"))
    assert re.search("^69 .*none of its first lines", refused(opener, b"", "x.jsonl"))


@pytest.mark.parametrize("name", ["x.jsonl", "x.json"])
def test_a_name_that_stands_twice_in_a_record_is_told(opener: Opener, name: str) -> None:
    line = '{"PARCEL": "1", "AMOUNT": 2, "PARCEL": "9"}'
    text = f'{line}\n{{"PARCEL": "2"}}\n' if name == "x.jsonl" else f'[{line}, {{"PARCEL": "2"}}]'
    records, _, outcome = read(opener, text.encode(), name)
    assert parcels(records) == ["9", "2"]
    assert any(
        "has records in which 'PARCEL' stands more than once; the last of them is read" in one
        for one in outcome.warnings
    )
    _, _, outcome = read(opener, text.replace('"PARCEL": "9"', '"MORE": "9"').encode(), name)
    assert not any("more than once" in one for one in outcome.warnings)


@pytest.mark.parametrize("behind", ['{"PARCEL": "3"}', '[{"PARCEL": "3"}]', ";", "</html>", '{"features": []}'])
@pytest.mark.parametrize("form", ["[{}]", '{{"features": [{}]}}', '{{"features": [{}], "more": 1}}'])
def test_what_stands_behind_a_set_is_damage_and_costs_no_record_before_it(
    opener: Opener, form: str, behind: str
) -> None:
    text = form.format('{"attributes": {"PARCEL": "1"}}, {"attributes": {"PARCEL": "2"}}')
    records, _, outcome = read(opener, f"{text}\n{behind}\n".encode(), "x.json", FetchRequest(("PARCEL",)))
    assert (parcels(records), outcome.complete) == (["1", "2"], False)
    assert "cut off or damaged after 2 records" in outcome.warnings[-1]
    for nothing in ("", "\n\n", "\x1a", "\x00\x00", "\ufeff"):
        assert read(opener, f"{text}{nothing}".encode(), "x.json")[2].complete


def test_an_object_with_a_member_for_each_record_is_refused_in_flat_memory(opener: Opener) -> None:
    members = b",".join(b'"%d": {"A": "%s"}' % (number, b"x" * 2000) for number in range(250))
    written(opener, "x.json", b'{"a": 1', b"," + members, 12, b"}")
    with flat(4 * MEGABYTE), pytest.raises(SourceError, match="it holds no records"):
        opener.open("x.json", "file").fetch(ALL)


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c636000010000050001"
    "0d0a2db40000000049454e44ae426082"
)


@pytest.mark.parametrize("name", ["x.csv", "x.json", "x.jsonl", "x", "x.xlsx"])
@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (PNG, r"it is a picture \(PNG\)"), (b"\xff\xd8\xff\xe0" + bytes(range(99)), r"it is a picture \(JPEG\)"),
        (b"%PDF-1.7\n1 0 obj\n", "it is a PDF document"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(30), r"it is an archive \(7z\)"),
        (b"PAR1\x15\x04\x15" + bytes(range(99)), "it is a Parquet file"), (b"{\\rtf1 PARCEL", "it is a text document"),
        (bytes(range(256)) * 4, "it is no text, and of no format that is read"),
        (FORMATS.joinpath("county.gdb.zip").read_bytes()[40:4000], "it is no text, and of no format that is read"),
        (b"<!DOCTYPE html><p>PARCEL,AMOUNT", "it is a web page"), (b"<?xml version='1.0'?><a/>", "it is XML"),
    ],
)  # fmt: skip
def test_what_is_no_text_is_called_what_it_is(opener: Opener, name: str, raw: bytes, said: str) -> None:
    assert re.search(f"^69 .*{said}", line := refused(opener, raw, name)), line


@pytest.mark.parametrize("odd", ["\x00", "\x01", "\x07\x08", "\x1a", "\x0b\x0c", "\x1b[1m"])
def test_a_text_with_a_few_control_characters_is_one(opener: Opener, odd: str) -> None:
    records, _, outcome = read(opener, f"PARCEL,NOTE\n1,a{odd}b\n2,c\n".encode(), "x.csv")
    assert (parcels(records), outcome.complete) == (["1", "2"], True)


def test_the_first_line_of_a_heading_of_two_tells_the_delimiter(opener: Opener) -> None:
    records, _, _ = read(opener, b'PARCEL,"NO\nTE",MORE\n1,a,b\n', "x.csv")
    assert records == [{"PARCEL": "1", "NO\nTE": "a", "MORE": "b"}]
