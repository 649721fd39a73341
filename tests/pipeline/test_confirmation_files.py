"""``markets validate --online`` of a county whose lists are files, here or on the web."""

from pathlib import Path

import pytest

from tests.pipeline.test_confirmation import CLI, cli, confirmed, findings
from tests.servers.files import FileServer, Served
from wholesaler.pipeline.confirmation import sighting

__all__ = ["cli"]

PARCELS = "PIN,OWNER,HX\n" + "".join(f"07-{n:04d}-003,MILLER RUTH,{'WVR' if n == 3 else 'Y'}\n" for n in range(1, 6))
CASES = (
    "CASE_NO,PIN,OPENED,STATE\n"
    "V-1,07-0001-003,05/12/2025,IN VIOLATION\n"
    "V-2,07-0002-003,2025-11-30,HEARING SET\n"
    "V-2,07-0002-003,2025-11-30,COMPLIED\n"
    "V-3,no number,08/20/2025,COMPLIED\n"
    ",07-0009-003,,COMPLIED\n"
)
OF_FILES = """
key = "mill-oh"
name = "Mill County, Ohio"
state = "OH"
time_zone = "America/New_York"
bounding_box = { west = -82.4, south = 41.0, east = -81.9, north = 41.5 }
[parcel]
example = "07-0012-003"
canonical = "{map}-{block}-{lot}"
forms.dashes = "{map}-{block}-{lot}"
parts.map.pattern = "[0-9]{2}"
parts.block.pattern = "[0-9]{4}"
parts.lot.pattern = "[0-9]{3}"
[hosts."127.0.0.1"]
requests_per_second = 1000
[sources.parcels]
record = "property_records"
kind = "file"
url = "parcels.csv"
key = ["parcel"]
parcel_form = "dashes"
fields = { parcel = "PIN", owner_name = "OWNER", homestead = "HX" }
[sources.cases]
record = "code_violations"
kind = "file"
url = "cases.csv"
key = ["case_number"]
parcel_form = "dashes"
record_date = "opened_date"
stale_after_days = 14
values.status = { "IN VIOLATION" = "Open", "COMPLIED" = "Closed" }
fields = { parcel = "PIN", case_number = "CASE_NO", opened_date = "OPENED", status = "STATE" }
"""


@pytest.fixture
def files(cli: CLI, home: Path) -> Path:
    """The market file of a county that publishes files."""
    (home / "parcels.csv").write_text(PARCELS, "utf-8")
    (home / "cases.csv").write_text(CASES, "utf-8")
    market = home / "mine.toml"
    market.write_text(OF_FILES, "utf-8")
    return market


def test_files_are_told_with_their_words_dates_and_records(files: Path, home: Path) -> None:
    before = sorted(path.name for path in home.iterdir())
    found = confirmed(files, 3)
    roll, cases = found["parcels"], found["cases"]
    assert (cases["read"], cases["usable"], cases["leads"]) == (5, 4, 1)
    assert cases["rejected"] == {"no key: CASE_NO is empty": 1}
    assert cases["unmapped"] == [{"column": "status", "word": "HEARING SET", "count": 1, "of_all": True}]
    assert cases["unreadable_dates"] == {"opened_date": 2}
    assert cases["join"] == {"asked": 2, "found": 2, "least": False, "why": None, "rate": 1.0}
    assert [kind for kind, *_ in findings(cases)] == ["word", "dates"]
    assert findings(cases)[1][1] == "cases: 2 of 3 dates of opened_date cannot be read."
    notes = [message for _, message, _ in findings(cases, "note")]
    assert "cases: 1 of 5 have the key of another record, and are rejected" in notes
    assert "cases: 2 × OPENED: unreadable date, such as '05/12/2025': see date_formats" in notes
    first = cases["sample"][0]
    assert first["columns"]["status"] == "Open"
    assert first["issues"] == ["OPENED: unreadable date, such as '05/12/2025': see date_formats"]
    # a mark that is neither yes nor no is a new word too
    assert [(kind, "'WVR' is neither yes nor no" in message) for kind, message, _ in findings(roll)] == [("word", True)]
    assert roll["sample"][0]["columns"]["owner_name"] == "MILLER RUTH"
    assert sorted(path.name for path in home.iterdir()) == before


def test_a_file_that_is_not_there_and_a_column_of_another_name(files: Path, home: Path) -> None:
    (home / "cases.csv").write_text(CASES.replace("CASE_NO", "CASENUMBER", 1), "utf-8")
    (home / "parcels.csv").rename(home / "roll.csv")
    found = confirmed(files, 78)
    ((kind, message, hint),) = findings(found["parcels"])
    assert (kind, hint) == ("moved", f"Look for it in its folder, and correct 'url' of sources.parcels in {files}.")
    assert message.endswith("parcels.csv cannot be used: No such file or directory.")
    ((kind, message, _),) = findings(found["cases"])
    assert kind == "renamed"
    assert "no field 'CASE_NO' (case_number) any more; 'CASENUMBER' looks like it." in message


def test_a_file_from_the_web_leaves_no_copy_and_one_that_is_a_page_has_moved(cli: CLI, files: Path, home: Path) -> None:
    with FileServer() as web:
        text = OF_FILES.replace('"cases.csv"', f'"{web.serve("/cases.csv", Served(CASES.encode()))}"')
        files.write_text(text, "utf-8")
        assert confirmed(files, 3)["cases"]["read"] == 5
        web.serve("/cases.csv", Served(b"<!DOCTYPE html><html>The list has moved</html>"))
        ((kind, message, _),) = findings(confirmed(files, 78)["cases"])
        assert (kind, "it is a web page instead of data" in message) == ("moved", True)
        del web.files["/cases.csv"]
        assert [kind for kind, *_ in findings(confirmed(files, 78)["cases"])] == ["moved"]
    assert not (home / "not-there").exists()


def test_a_long_roll_in_a_file_is_searched_for_the_parcels(
    files: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sighting, "OF_A_FILE", 2000)
    before = "".join(f"11-{number:04d}-003,ROE,Y\n" for number in range(1, 4001))
    (home / "parcels.csv").write_text(PARCELS.replace("HX\n", f"HX\n{before}", 1), "utf-8")
    found = confirmed(files, 3)
    assert (found["parcels"]["read"], found["parcels"]["all_read"]) == (2000, False)
    assert found["cases"]["join"] == {"asked": 2, "found": 2, "least": False, "why": None, "rate": 1.0}
