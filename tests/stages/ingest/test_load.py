"""How one fetch becomes rows: what is new, changed, repeated or unusable, and what a small answer is taken for."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.stages.county import AS_OF, CLI, County, Database, parcel, run


@pytest.fixture
def county(tmp_path: Path) -> County:
    """Four tax sales, on the roll."""
    county = County(tmp_path)
    for number in range(1, 5):
        county.sale(parcel(number), number=f"2025-{number}").roll(parcel(number))
    return county


def names(database: Database) -> dict[str, Any]:
    """The borrower of each foreclosure, by its key."""
    rows = database.rows("SELECT record_key, borrower_name FROM foreclosures WHERE is_active")
    return {row["record_key"]: row["borrower_name"] for row in rows}


def test_what_is_wrong_with_a_record_is_told_every_night_until_it_is_mended(
    cli: CLI, county: County, database: Database
) -> None:
    county.records["tax_sales"][0]["attributes"]["USER_Sale_Date"] = "soon"
    wanted = ["tax_sales: 1 × USER_Sale_Date: unreadable date, such as 'soon': see date_formats"]
    for _ in range(2):
        document = run(cli, county.write(), "ingest")
        assert document["warnings"] == wanted
    assert database.column("SELECT issues FROM tax_sales WHERE issues IS NOT NULL") == [
        ["USER_Sale_Date: unreadable date, such as 'soon': see date_formats"]
    ]
    county.records["tax_sales"][0]["attributes"]["USER_Sale_Date"] = "12/18/2025"
    assert run(cli, county.write(), "ingest")["warnings"] == []


def test_of_records_with_one_key_the_first_wins_whether_they_are_new_changed_or_neither(
    cli: CLI, county: County, database: Database
) -> None:
    for borrower in ("first", "second", "second"):
        county.foreclosure(parcel(1), "1 ELM ST", BORROWERS_NAME=borrower)
    stats = run(cli, county.write(), "ingest")["stats"]["foreclosures"]
    assert (stats["inserted"], stats["failed"]) == (1, 2)
    assert list(names(database).values()) == ["first"]
    stats = run(cli, county.write(), "ingest")["stats"]["foreclosures"]
    assert (stats["inserted"], stats["updated"], stats["unchanged"], stats["failed"]) == (0, 0, 1, 2)
    county.records["foreclosures"][0]["attributes"]["BORROWERS_NAME"] = "changed"
    county.foreclosure(parcel(1), "1 ELM ST", BORROWERS_NAME="first")  # as the table has it
    stats = run(cli, county.write(), "ingest")["stats"]["foreclosures"]
    assert (stats["inserted"], stats["updated"], stats["failed"]) == (0, 1, 3)
    assert list(names(database).values()) == ["changed"]
    rejected = database.column("SELECT raw ->> 'BORROWERS_NAME' FROM rejected_records WHERE is_active ORDER BY 1")
    assert rejected == ["first", "second"]


@pytest.mark.parametrize("block", [1, 2])
def test_records_with_one_key_are_told_apart_across_blocks(
    cli: CLI, county: County, database: Database, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr("wholesaler.stages.ingest.blocks._BLOCK", block)
    for number, borrower in enumerate(("first", "second", "third", "first", "fifth")):
        county.foreclosure(parcel(1), "1 ELM ST", BORROWERS_NAME=borrower)
        county.foreclosure(parcel(2), f"{number} OAK ST", BORROWERS_NAME=f"{number}")
    stats = run(cli, county.write(), "ingest")["stats"]["foreclosures"]
    assert (stats["inserted"], stats["failed"]) == (6, 4)
    assert sorted(names(database).values()) == ["0", "1", "2", "3", "4", "first"]


@pytest.mark.parametrize("kind", ["\\N", "LIS\\PENDENS", "\\", "x" * 500, "地" * 500])
def test_a_key_may_hold_whatever_a_field_may(cli: CLI, county: County, database: Database, kind: str) -> None:
    county.foreclosure(parcel(1), "1 ELM ST", kind=kind).foreclosure(parcel(2), "地" * 200, kind=kind)
    for inserted in (2, 0):
        stats = run(cli, county.write(), "ingest")["stats"]["foreclosures"]
        assert (stats["inserted"], stats["updated"], stats["failed"]) == (inserted, 0, 0)
    assert database.column("SELECT DISTINCT record_type FROM foreclosures") == [kind]


@pytest.mark.parametrize("left", [0, 1])
def test_an_answer_of_the_roll_that_has_shrunk_deactivates_nothing(
    cli: CLI, county: County, database: Database, left: int
) -> None:
    run(cli, county.write(), "ingest")
    del county.records["property_records"][left:]
    document = run(cli, county.write(), "ingest", code=3)
    assert document["stats"]["property_records"]["deactivated"] == 0
    assert database.value("SELECT count(*) FROM property_records WHERE is_active") == 4


def test_a_source_that_is_as_small_on_another_day_is_believed(cli: CLI, county: County, database: Database) -> None:
    run(cli, county.write(), "ingest")
    del county.records["tax_sales"][1:]
    for day, deactivated, code in ((1, 0, 3), (1, 0, 3), (2, 3, 0)):
        document = run(cli, county.write(), "ingest", as_of=AS_OF + timedelta(days=day), code=code)
        assert document["stats"]["tax_sales"]["deactivated"] == deactivated, day
    assert database.value("SELECT count(*) FROM tax_sales WHERE is_active") == 1


@pytest.mark.parametrize(
    ("odd", "kept"),
    [
        ('["\\ud83d"]', '[" "]'),
        ("[1180591620717411303424, NaN]", "[1180591620717411303424,NaN]"),
        ("[" * 300 + "]" * 300, None),
    ],
    ids=["surrogate", "big", "deep"],
)
def test_an_odd_value_costs_no_other_record(
    cli: CLI, county: County, database: Database, odd: str, kept: str | None
) -> None:
    market = county.write()
    file = county.directory / "tax_sales.json"
    file.write_text(file.read_text().replace('"Active Sale"', odd, 1))
    stats = run(cli, market, "ingest")["stats"]["tax_sales"]
    assert (stats["inserted"], stats["failed"]) == (4, 0)
    written = database.value("SELECT deed_status FROM tax_sales WHERE tda_number = '2025-1'")
    assert written == kept or (kept is None and set(written or "[]") == {"[", "]"})


@pytest.mark.parametrize("name", ["a\\u0000b", "\\ud83d", "a\\nb"])
def test_an_odd_name_of_a_field_is_told_and_costs_nothing(
    cli: CLI, county: County, database: Database, name: str
) -> None:
    county.records["tax_sales"][0]["attributes"]["EXTRA"] = 1
    market = county.write()
    file = county.directory / "tax_sales.json"
    layer = json.loads(file.read_text())
    del layer["fields"]
    file.write_text(json.dumps(layer).replace('"EXTRA"', f'"{name}"'))
    document = run(cli, market, "ingest")
    assert document["stats"]["tax_sales"]["inserted"] == 4
    assert any("neither uses nor ignores" in warning and "\ufffd" in warning for warning in document["warnings"])


def test_values_of_the_market_file_are_stored_as_written(cli: CLI, county: County, database: Database) -> None:
    market = county.write()
    section = "[sources.tax_sales.fields]"
    values = '[sources.tax_sales.values]\ndeed_status = { "Active Sale" = "A\\tB\\\\N" }\n\n'
    market.write_text(market.read_text().replace(section, values + section))
    assert run(cli, market, "ingest")["stats"]["tax_sales"]["inserted"] == 4
    assert database.column("SELECT DISTINCT deed_status FROM tax_sales") == ["A B\\N"]


def test_records_of_another_source_in_the_same_table_are_another_matter(
    cli: CLI, county: County, database: Database
) -> None:
    market = county.write()
    run(cli, market, "ingest")
    database.execute("UPDATE tax_sales SET source = 'another_list'")  # as a market file with two lists would leave them
    before = database.versions("tax_sales")
    stats = run(cli, county.write(), "ingest", "--source", "tax_sales")["stats"]["tax_sales"]
    assert (stats["inserted"], stats["unchanged"], stats["deactivated"]) == (4, 0, 0)
    county.records["tax_sales"].pop()
    stats = run(cli, county.write(), "ingest", "--source", "tax_sales")["stats"]["tax_sales"]
    assert (stats["unchanged"], stats["deactivated"]) == (3, 1)
    assert before <= database.versions("tax_sales")
    active = database.rows(
        "SELECT source, count(*) AS records FROM tax_sales WHERE is_active GROUP BY source ORDER BY 1"
    )
    assert [tuple(row.values()) for row in active] == [("another_list", 4), ("tax_sales", 3)]
