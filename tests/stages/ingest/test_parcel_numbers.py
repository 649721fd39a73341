"""Sources whose parcel numbers have one part, or none at all, are loaded like any other."""

from pathlib import Path

import pytest

from tests.stages.county import CLI, County, Database, parcel, run


@pytest.fixture
def county(home: Path) -> County:
    return County(home)


HEAD = """
key = "folio-fl"
name = "Folio County"
state = "FL"
time_zone = "America/New_York"
bounding_box = { west = -81.70, south = 25.0, east = -80.0, north = 28.83 }
[parcel]
canonical = "{folio}"
example = "3059010010200"
[parcel.parts]
folio = { pattern = "[0-9]{1,13}", width = 13 }
[parcel.forms]
folio = "{folio}"
"""
SALES = """
[sources.tax_sales]
kind = "file"
url = "tax.csv"
key = ["tda_number"]
parcel_form = "folio"
[sources.tax_sales.fields]
parcel = "FOLIO"
tda_number = "CASE"
"""
ROLL = """
[sources.property_records]
kind = "file"
url = "roll.csv"
key = ["parcel"]
parcel_form = "folio"
[sources.property_records.fields]
parcel = "FOLIO"
total_mkt = "VALUE"
"""


def test_numbers_of_one_part_that_lost_their_zeros_find_the_roll(cli: CLI, home: Path, database: Database) -> None:
    (home / "m.toml").write_text(HEAD + SALES + ROLL, "utf-8")
    (home / "tax.csv").write_text("FOLIO,CASE\n0059010010200,1\n59010010210,2\n", "utf-8")
    (home / "roll.csv").write_text("FOLIO,VALUE\n59010010200,1\n0059010010210,2\n7,3\n", "utf-8")
    document = run(cli, home / "m.toml", "ingest")
    assert document["stats"]["tax_sales"]["join_rate"] == 1
    assert database.column("SELECT parcel_id FROM tax_sales ORDER BY 1") == ["0059010010200", "0059010010210"]


def test_records_without_a_parcel_column_are_loaded(cli: CLI, county: County, database: Database) -> None:
    county.foreclosure(None, "1 ELM ST").foreclosure(None, "2 ELM ST").sale(parcel(1)).roll(parcel(1))
    path = county.write()
    text = path.read_text("utf-8")
    before, _, rest = text.partition("[sources.foreclosures]")
    rest = rest.replace('parcel = "PARCEL_NUMBER"\n', "", 1).replace('parcel_form = "rts"\n', "", 1)
    rest = rest.replace('key = ["parcel", "address"', 'key = ["address"', 1)
    path.write_text(f"{before}[sources.foreclosures]{rest}", "utf-8")
    stats = run(cli, path, "run-all", "--only", "ingest")["stages"][0]["stats"]["foreclosures"]
    assert (stats["inserted"], stats["failed"]) == (2, 0)
    assert database.column("SELECT parcel_id FROM foreclosures") == [None, None]


def test_a_run_warns_of_numbers_that_could_become_one(cli: CLI, home: Path) -> None:
    head = HEAD.replace('"{folio}"', '"{folio}{unit}"').replace(
        "[parcel.forms]", 'unit = { pattern = "[0-9]{0,3}" }\n[parcel.forms]'
    )
    (home / "m.toml").write_text(head.replace(", width = 13", "") + SALES, "utf-8")
    (home / "tax.csv").write_text("FOLIO,CASE\n3059010010200,1\n", "utf-8")
    document = run(cli, home / "m.toml", "ingest")
    assert "two numbers can be written alike" in document["warnings"][0]


def test_a_file_of_which_no_record_can_be_used_is_no_success(cli: CLI, home: Path) -> None:
    (home / "m.toml").write_text(HEAD + SALES, "utf-8")
    (home / "tax.csv").write_text("FOLIO,CASE\nA,1\nB,2\n", "utf-8")
    document = run(cli, home / "m.toml", "ingest", code=3)
    assert document["stats"]["tax_sales"]["status"] == "partial"
    assert "none of the 2 records can be used" in " ".join(document["warnings"])
