"""Sources whose parcel numbers have one part, or none at all, are loaded like any other."""

import json
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


EVENTS = """
[sources.unpaid]
record = "distress_events"
kind = "file"
url = "unpaid.json"
key = [{ field = "BILL" }]
parcel_form = "folio"
[sources.unpaid.fields]
parcel = "FOLIO"
signal = { const = "tax_delinquency" }
"""
FORM = "FOLIO: unusable parcel number, such as 'A-1': see parcel_form"
DIGITS = "FOLIO: 1.23e+20 has lost digits as a floating point number"


@pytest.mark.parametrize(
    ("folios", "doubt"),
    [
        (["A-1", "B-2", "C-3"], f"3 of 3 × {FORM}"),
        (["A-1", "B-2", "3"], f"2 of 3 × {FORM}"),
        (["A-1", "B-2", "3", None, "", None], f"2 of 3 × {FORM}"),
        (["A-1", "2", "B-2", "4"], None),  # half of them
        (["A-1", "2", "3"], None),
        ([None, "", None], None),
        (["UNKNOWN", "ROW", "3"], None),  # words in place of a number are none that cannot be read
        (["0", "000-0000", "3"], None),  # nor are zeros, which are no parcel's number whatever reads them
        (["0", "0000", "A-1"], f"1 of 1 × {FORM}"),
        (["n/a", "A-1", "3"], None),
        (["n/a", "A-1"], f"1 of 1 × {FORM}"),
        (["1.23e+20", "1.24e+20"], f"2 of 2 × {DIGITS}"),
    ],
)
@pytest.mark.parametrize("sources", [EVENTS, SALES.replace("tax.csv", "unpaid.json").replace('"CASE"', '"BILL"')])
def test_a_list_whose_numbers_mostly_cannot_be_read_is_partial(
    cli: CLI, home: Path, sources: str, folios: list[str | None], doubt: str | None
) -> None:
    (home / "m.toml").write_text(HEAD + ROLL + sources, "utf-8")
    (home / "roll.csv").write_text("FOLIO,VALUE\n2,1\n3,3\n4,1\n", "utf-8")
    (home / "unpaid.json").write_text(json.dumps([{"FOLIO": f, "BILL": n} for n, f in enumerate(folios)]), "utf-8")
    needs_numbers = "tax_sales" in sources
    name = "tax_sales" if needs_numbers else "unpaid"
    is_empty = needs_numbers and not any(folio and folio.isdigit() for folio in folios)
    for _ in range(2):
        document = run(cli, home / "m.toml", "ingest", code=3 if doubt or is_empty else 0)
        assert document["stats"][name]["status"] == ("partial" if doubt or is_empty else "success")
        told = [warning for warning in document["warnings"] if "parcel number" in warning or "lost digits" in warning]
        if doubt is not None:
            assert f"{name}: partial, nothing was deactivated: {doubt}" in told
        assert len([warning for warning in told if FORM in warning]) <= 1


def test_numbers_that_cannot_be_read_any_more_deactivate_nothing(cli: CLI, home: Path, database: Database) -> None:
    events = EVENTS.replace('key = [{ field = "BILL" }]', 'key = ["parcel"]')
    (home / "m.toml").write_text(HEAD + ROLL + events, "utf-8")
    (home / "roll.csv").write_text("FOLIO,VALUE\n2,1\n3,3\n", "utf-8")
    (home / "unpaid.json").write_text('[{"FOLIO": "2"}, {"FOLIO": "3"}]', "utf-8")
    run(cli, home / "m.toml", "ingest")
    (home / "unpaid.json").write_text('[{"FOLIO": "A-2"}, {"FOLIO": "A-3"}]', "utf-8")
    assert run(cli, home / "m.toml", "ingest", code=3)["stats"]["unpaid"]["deactivated"] == 0
    assert database.value("SELECT count(*) FROM distress_events WHERE is_active AND parcel_id IS NOT NULL") == 2


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
