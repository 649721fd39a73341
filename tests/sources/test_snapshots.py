"""Fetches that are kept: what is read back is what came, and a file is either whole or none."""

import errno
import gzip
import json
import os
import resource
import stat
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from wholesaler.errors import SourceError
from wholesaler.sources import snapshots as module
from wholesaler.sources.interface import Fetch, FieldTypes, Outcome, Page
from wholesaler.sources.snapshots import Snapshots, StoredFetch, prune_snapshots

DAY = date(2026, 11, 20)
RECORDS = [{"ID": number, "NAME": f"Ada Ñandú {number}", "AMOUNT": 0.1 * number, "NOTE": None} for number in range(5)]
AWKWARD: list[dict[str, Any]] = [
    {"big": 2**70, "negative": -(2**63), "most": 2**64 - 1, "float": 1.0, "small": 5e-324},
    {"no text": "\ud800", "lines": "a\nb\u2028c", "nested": {"list": [1, [None, True]], "": {}}},
    {},
    {"(unreadable)": "[1, 2"},
]


class Given(Fetch):
    """A fetch of these records, two a page."""

    names: ClassVar = {"name": "NAME"}
    types = FieldTypes(frozenset({"B", "A"}), "ID")

    def __init__(self, records: list[dict[str, Any]], *, complete: bool = True, breaks: bool = False) -> None:
        self._records = records
        self._complete = complete
        self._breaks = breaks

    def pages(self) -> Iterator[Page]:
        for start in range(0, len(self._records), 2):
            records = self._records[start : start + 2]
            places = [(1.5, -2.5), None, "a line has no point"]
            yield Page(records, [places[(start + number) % 3] for number in range(len(records))])
        if self._breaks:
            raise SourceError("it broke off", transient=False)

    @property
    def outcome(self) -> Outcome:
        return Outcome(self._complete, len(self._records), len(self._records), ("odd",))


def of(home: Path, today: date = DAY) -> Snapshots:
    return Snapshots(home, "county", "tax_sales", today)


def read(fetch: Fetch) -> tuple[list[Any], list[Any]]:
    pages = list(fetch.pages())
    return [one for page in pages for one in page.records], [one for page in pages for one in page.points]


def keep(home: Path, records: list[dict[str, Any]], day: date = DAY, today: date = DAY, **how: bool) -> str | None:
    """Read and keep a fetch; nothing but the file knows of it."""
    shelf = of(home, today)
    kept = shelf.keep(Given(records, **how))
    assert read(kept) == read(Given(records))
    return shelf.store(kept, day)


def days(home: Path) -> list[tuple[int, int]]:
    return [((one.first - DAY).days, (one.last - DAY).days) for one in of(home).all()]


def files(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "snapshots").rglob("*") if path.is_file())


@pytest.mark.parametrize("records", [RECORDS, AWKWARD, [], RECORDS * 900], ids=["plain", "awkward", "none", "many"])
def test_what_is_read_back_is_what_came(tmp_path: Path, records: list[dict[str, Any]]) -> None:
    assert keep(tmp_path, records) is None
    snapshot = of(tmp_path).of(DAY)
    assert snapshot is not None
    stored = StoredFetch(snapshot)
    assert (stored.names, stored.types) == (Given.names, Given.types)
    assert read(stored) == read(Given(records))
    assert stored.outcome == Given(records).outcome
    for value, again in zip(records, read(stored)[0], strict=True):
        assert [type(one) for one in value.values()] == [type(one) for one in again.values()]


def test_anybody_can_read_it(tmp_path: Path) -> None:
    keep(tmp_path, RECORDS)
    (path,) = (one.path for one in of(tmp_path).all())
    head, *lines, end = (json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines())
    assert head["names"] == {"name": "NAME"}
    assert lines[0] == [RECORDS[0], [1.5, -2.5]]
    assert end["outcome"]["received"] == 5


def test_it_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        keep(tmp_path, RECORDS)
    finally:
        os.umask(before)
    for path in (tmp_path / "snapshots", *(tmp_path / "snapshots").rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_what_is_as_it_was_moves_the_last_day_on_and_what_differs_is_another_file(tmp_path: Path) -> None:
    for day, records in ((0, RECORDS), (1, RECORDS), (4, RECORDS), (5, RECORDS[:4]), (6, RECORDS)):
        assert keep(tmp_path, records, DAY + timedelta(day)) is None
    assert days(tmp_path) == [(0, 4), (5, 5), (6, 6)]
    kept = of(tmp_path)
    found = {
        day: one and len(read(StoredFetch(one))[0]) for day in range(-1, 8) if [one := kept.of(DAY + timedelta(day))]
    }
    assert found == {-1: None, 0: 5, 1: 5, 2: 5, 3: 5, 4: 5, 5: 4, 6: 5, 7: None}


def test_a_day_read_again_has_what_was_read_last(tmp_path: Path) -> None:
    keep(tmp_path, RECORDS, DAY)
    keep(tmp_path, RECORDS[:4], DAY)
    assert days(tmp_path) == [(0, 0)]
    keep(tmp_path, RECORDS[:4], DAY + timedelta(2))
    keep(tmp_path, RECORDS[:3], DAY + timedelta(2))
    assert days(tmp_path) == [(0, 1), (2, 2)]
    assert len(files(tmp_path)) == 2


def test_what_is_sent_now_says_nothing_of_an_older_day(tmp_path: Path) -> None:
    keep(tmp_path, RECORDS, DAY)
    keep(tmp_path, RECORDS, DAY + timedelta(3))
    for day in (-1, 0, 2):
        assert keep(tmp_path, RECORDS[:2], DAY + timedelta(day)) is None
    assert days(tmp_path) == [(0, 3)]
    assert len(files(tmp_path)) == 1


def test_a_day_that_has_not_come_yet_keeps_none_from_being_kept(tmp_path: Path) -> None:
    keep(tmp_path, RECORDS, DAY + timedelta(400))
    keep(tmp_path, RECORDS, DAY)
    keep(tmp_path, RECORDS, DAY + timedelta(1))
    assert days(tmp_path) == [(0, 1), (400, 400)]


@pytest.mark.parametrize(("read_on", "last"), [(0, 2), (1, 0)])
def test_a_source_that_has_not_changed_has_the_snapshot_of_its_reading(tmp_path: Path, read_on: int, last: int) -> None:
    keep(tmp_path, RECORDS, DAY)
    assert of(tmp_path).confirm(DAY + timedelta(2), DAY + timedelta(read_on)) is None
    assert days(tmp_path) == [(0, last)]
    assert of(tmp_path).confirm(DAY, DAY) is None
    assert days(tmp_path) == [(0, last)]


def test_what_is_incomplete_or_breaks_off_is_not_kept(tmp_path: Path) -> None:
    assert keep(tmp_path, RECORDS, complete=False) is None
    assert files(tmp_path) == []
    kept = of(tmp_path).keep(Given(RECORDS, breaks=True))
    with pytest.raises(SourceError):
        read(kept)
    assert files(tmp_path) == ["fetch.part"]
    kept.drop()
    assert files(tmp_path) == []


def test_what_a_killed_run_has_left_is_thrown_away(tmp_path: Path) -> None:
    keep(tmp_path, RECORDS[:1])
    (snapshot,) = of(tmp_path).all()
    snapshot.path.rename(snapshot.path.with_name("fetch.part"))
    assert days(tmp_path) == []
    keep(tmp_path, RECORDS)
    assert days(tmp_path) == [(0, 0)]
    assert len(files(tmp_path)) == 1


def test_a_file_that_is_cut_off_or_changed_is_no_snapshot(tmp_path: Path) -> None:
    keep(tmp_path, RECORDS * 100)
    (snapshot,) = of(tmp_path).all()
    whole = snapshot.path.read_bytes()
    lines = gzip.decompress(whole).splitlines(keepends=True)
    for content in (
        whole[:-20],
        whole[: len(whole) // 2],
        b"",
        b"<html>",
        gzip.compress(b"".join(lines[:-1])),
        gzip.compress(b"".join([*lines[:9], *lines[10:]])),
        gzip.compress(b'{"format": 99}\n' + b"".join(lines[1:])),
    ):
        snapshot.path.write_bytes(content)
        with pytest.raises(SourceError, match="cannot be used"):
            read(StoredFetch(snapshot))


@pytest.mark.parametrize("fault", ["no room", "reserve", "folder", "rename"])
def test_what_cannot_be_kept_is_one_warning_and_the_fetch_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    records = [{"TEXT": os.urandom(50_000).hex()} for _ in range(40)]
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    if fault == "no room":
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    elif fault == "reserve":
        monkeypatch.setattr(module, "_RESERVE", 1e18)
    elif fault == "folder":
        (tmp_path / "snapshots").write_text("in the way")
    else:

        def refuse(*_: object) -> None:
            raise OSError(errno.EROFS, "Read-only file system")

        monkeypatch.setattr(Path, "rename", refuse)
    try:
        warning = keep(tmp_path, records)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert warning is not None
    assert warning.startswith("tax_sales: what it sent is not kept as a snapshot: ")
    assert days(tmp_path) == []


def test_pruning_keeps_within_days_and_size_of_all_markets(tmp_path: Path) -> None:
    now = 1_800_000_000.0
    paths = []
    for number, market in enumerate(("a", "b", "a", "c")):
        shelf = Snapshots(tmp_path, market, "tax_sales", DAY)
        kept = shelf.keep(Given([{"TEXT": os.urandom(500).hex()}]))
        read(kept)
        shelf.store(kept, DAY + timedelta(number))
        paths.append(shelf.all()[-1].path)
        os.utime(paths[-1], (0, now - 86_400 * (10 - number)))
    rest, others = paths[0].with_name("fetch.part"), tmp_path / "snapshots" / "README"
    rest.write_text("")
    os.utime(rest, (0, now - 86_401))
    others.write_text("")

    def prune(days: float = 10, gigabytes: float = 1.0, **how: bool) -> list[Path]:
        return [path for path, _ in prune_snapshots(tmp_path, days, gigabytes, now=now, **how)]

    assert prune(9.99, dry_run=True) == [paths[0], rest]
    assert all(path.exists() for path in (*paths, rest))
    assert prune() == [rest]
    size = sum(path.stat().st_size for path in paths) / 1e9
    assert prune(gigabytes=size) == []
    assert prune(gigabytes=size - 1e-9) == paths[:1]
    assert prune(9) == []
    assert prune(8) == paths[1:2]
    assert prune(0) == paths[2:]
    assert prune_snapshots(tmp_path / "nothing", 1, 1) == []
    assert others.exists()
