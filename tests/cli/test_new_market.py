"""``markets new``: where the file is written, what is said, and what is wrong usage. Counties: tests/e2e."""

import os
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers import Reply, on
from tests.servers.arcgis import ArcGISServer, esri_error
from tests.servers.files import FileServer, Served
from tests.support import Outcome
from wholesaler.markets.market import Host

CLI = Callable[..., Outcome]
FIELDS = {"OBJECTID": "esriFieldTypeOID", "PARCEL_NO": "esriFieldTypeString", "SITUS_ADDR": "esriFieldTypeString",
          "OWNER1": "esriFieldTypeString", "TOTAL_VALUE": "esriFieldTypeDouble"}  # fmt: skip
PARCELS = [f"07-{number:04d}-003" for number in range(1, 81)]
ROLL = [
    {
        "attributes": {"OBJECTID": place, "PARCEL_NO": parcel, "SITUS_ADDR": f"{place} ELM ST",
                       "OWNER1": f"MILLER RUTH {'ABCDEFGH'[place % 8]}", "TOTAL_VALUE": 50_000.0 + place},
        "geometry": {"x": -82.0 + place / 1e3, "y": 41.2},
    }
    for place, parcel in enumerate(PARCELS)
]  # fmt: skip
STATUSES = ("OPEN", "COMPLIED", "HEARING SET", "QX")
CASES = "CASE_NO,PIN,OPENED,STATUS\n" + "".join(
    f"V-{place:04d},{parcel.replace('-', '')},{place % 12 + 1:02d}/05/2026,{STATUSES[place % 4]}\n"
    for place, parcel in enumerate(PARCELS)
)


@pytest.fixture(autouse=True)
def _servers_without_manners(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wholesaler.draft.Host", lambda: Host(requests_per_second=1000, concurrency=2))


def test_a_file_is_written_where_its_key_finds_it(cli: CLI, home: Path) -> None:
    (home / "violations.csv").write_text(CASES, "utf-8")
    with ArcGISServer() as server:
        url = server.add_layer("Parcels/FeatureServer/0", FIELDS, ROLL, name="Parcels")
        outcome = cli("markets", "new", "mill-oh", "--from", f"{url}?token=abc-secret", "violations.csv")
        assert outcome.code == 0, outcome.err
        file = home / "markets" / "mill-oh.toml"
        assert f"{file}: written. Mill County, Ohio; 1 question left." in outcome.out
        assert outcome.out.splitlines()[-2:] == [
            "  wholesaler markets validate mill-oh --online",
            "  wholesaler run-all --market mill-oh",
        ]
        text = file.read_text("utf-8")
        (number,) = [number for number, line in enumerate(text.splitlines(), 1) if line.startswith("# ? ")]
        assert "'# ?' stands; it can be used as it is." in outcome.out
        assert number > 1
        assert "abc-secret" not in text + outcome.out
        assert "MILLER" not in text
        assert oct(file.stat().st_mode & 0o777) == "0o600"
        data = tomllib.loads(text)
        assert data["sources"]["violations"]["url"] == str(home / "violations.csv")
        assert data["sources"]["violations"]["values"]["status"] == {"COMPLIED": "Closed", "HEARING SET": "Open"}
        assert data["parcel"]["forms"] == {
            "dashes": "{part1}-{part2}-{part3}", "plain": "{part1}{part2}{part3}",
        }  # fmt: skip
        assert '# QX = "Closed"  # ' in text
        assert cli("markets", "validate", "mill-oh").code == 0
        listed = {row["key"]: row for row in cli("markets", "list", "--json").document["markets"]}
        assert listed["mill-oh"]["lists"][0] == {"source": "violations", "record": "code_violations"}
        again = cli("markets", "new", "mill-oh", "--from", url)
    assert (again.code, again.out, again.err.count("\n")) == (2, "", 1)
    assert f"{file} is there already" in again.err
    assert file.read_text("utf-8") == text
    assert os.listdir(home / "markets") == ["mill-oh.toml"]


@pytest.mark.parametrize(
    ("key", "words"), [("Mill Oh", "is no key"), ("../up", "is no key"), ("orange-fl", "comes with")]
)
def test_a_key_that_cannot_be_is_wrong_usage_before_anything_is_asked(cli: CLI, key: str, words: str) -> None:
    outcome = cli("markets", "new", key, "--from", "http://127.0.0.1:1/x")
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert words in outcome.err


def test_an_address_of_several_things_names_each_in_a_line(cli: CLI, home: Path) -> None:
    with ArcGISServer() as server:
        url = server.add_layer("County/FeatureServer/0", FIELDS, ROLL[:3])
        service = server.layers["County/FeatureServer"] = server.layers["County/FeatureServer/0"]
        layers = {"layers": [{"id": 0, "name": "Parcels"}, {"id": 3, "name": "Liens"}]}
        service.faults.append(lambda request: Reply(layers) if request.path.endswith("FeatureServer") else None)
        root = url.removesuffix("/0")
        outcome = cli("markets", "new", "mill-oh", "--from", root)
        document = cli("markets", "new", "mill-oh", "--from", root, "--json").document
    assert (outcome.code, outcome.out) == (2, "")
    first, second, last = outcome.err.splitlines()
    assert first == f"  --from {url}  # layer: Parcels"
    assert second == f"  --from {root}/3  # layer: Liens"
    assert f"{root} leads to 2 things." in last
    assert [choice["url"] for choice in document["choices"]] == [url, f"{root}/3"]
    assert not (home / "markets").exists()


def test_what_cannot_be_read_is_one_line_and_nothing_is_written(cli: CLI, home: Path) -> None:
    with ArcGISServer() as server, FileServer() as files:
        roll = server.add_layer("Parcels/FeatureServer/0", FIELDS, ROLL)
        guarded = server.add_layer("Guarded/FeatureServer/0", FIELDS, ROLL)
        server.layers["Guarded/FeatureServer/0"].faults.append(on("metadata", esri_error(499, "Token Required")))
        page = files.serve("/hub", Served(b"<!DOCTYPE html><html><body>Welcome</body></html>"))
        for bad, code in ((guarded, 69), (page, 69), (f"{files.url}/nothing.csv", 69), ("no-such-file.csv", 2)):
            outcome = cli("markets", "new", "mill-oh", "--from", roll, "--from", bad)
            assert (outcome.code, outcome.out, outcome.err.count("\n")) == (code, "", 1), outcome.err
    assert not (home / "markets").exists()


def test_without_signals_or_a_roll_the_file_says_so(cli: CLI, home: Path) -> None:
    (home / "violations.csv").write_text(CASES, "utf-8")
    owners = [f"{parcel},MILLER RUTH,{1900 + place},{50_000 + place}" for place, parcel in enumerate(PARCELS)]
    (home / "parcels.csv").write_text("\n".join(["PIN,OWNER,YEAR_BUILT,TOTAL_VALUE", *owners, ""]), "utf-8")
    roll = cli("markets", "new", "roll-oh", "--from", "parcels.csv", "--json").document
    cases = cli("markets", "new", "cases-oh", "--from", "violations.csv", "--json").document
    assert (roll["valid"], cases["valid"]) == (False, True)
    assert "None of the lists is one of signals" in (home / "markets" / "roll-oh.toml").read_text("utf-8")
    assert "None of the lists is the county's roll" in (home / "markets" / "cases-oh.toml").read_text("utf-8")
    # no list has a place: the state's extent, with a question
    assert "this is all of Ohio" in (home / "markets" / "cases-oh.toml").read_text("utf-8")
    assert cli("markets", "validate", "cases-oh").code == 0
    assert cli("markets", "validate", "roll-oh").code == 78


def test_the_lines_of_answers_that_are_needed_are_named(cli: CLI, home: Path) -> None:
    (home / "roll.csv").write_text("PIN,OWNER_NAME,VALUE\n" + "".join(f"{p},MILLER {p},9\n" for p in PARCELS), "utf-8")
    outcome = cli("markets", "new", "mill", "--from", "roll.csv")
    assert outcome.code == 0, outcome.err
    lines = (home / "markets" / "mill.toml").read_text("utf-8").splitlines()
    named = re.search(r"before it can be used, that of lines ([\d, ]+)\.", outcome.out)
    assert named is not None
    for number in map(int, named[1].split(", ")):
        asked = lines[number - 1 :]
        end = next(place for place, line in enumerate(asked[1:], 1) if not line.startswith("#   "))
        assert asked[0].startswith("# ? ")
        assert "The file cannot be used without this answer." in " ".join(line.strip("# ") for line in asked[:end])
