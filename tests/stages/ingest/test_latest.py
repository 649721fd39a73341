"""Of records with one key the newest stands (``latest_by``); the others are counted, and nothing else is done."""

import json
import tracemalloc
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.stages.county import AS_OF, CLI, Database, run
from tests.stages.ingest.values_county import HEAD, OTHER
from wholesaler.markets import read_market
from wholesaler.sources.interface import Fetch, FieldTypes, Outcome, Page
from wholesaler.stages.ingest.load import load


def write(home: Path, records: list[dict[str, Any]], latest_by: str, *more: str) -> Path:
    (home / "none.json").write_text('[{"CITY": "Orlando"}]')
    (home / "records.json").write_text(json.dumps(records))
    keys = "\n".join(
        [
            f"latest_by = {latest_by}",
            'parcel_form = "dashed"',
            'date_formats = ["%m/%d/%Y"]',
            "minimum_join_rate = 0",
            *more,
        ]
    )
    source = f'[sources.listed]\nrecord = "tax_sales"\nkind = "file"\nurl = "records.json"\nkey = ["parcel"]\n{keys}\n'
    fields = '[sources.listed.fields]\nparcel = "P"\ntda_number = "N"\n'
    path = home / "values.toml"
    path.write_text(f"{HEAD.replace('values-fl', 'latest-fl')}{OTHER}{source}{fields}", "utf-8")
    return path


def rows(*versions: tuple[str, Any]) -> list[dict[str, Any]]:
    return [{"P": parcel, "Y": year, "N": f"{number}"} for number, (parcel, year) in enumerate(versions)]


COUNTS = ("processed", "inserted", "unchanged", "updated", "failed", "superseded", "out_of_scope")


def counts(document: dict[str, Any]) -> dict[str, int]:
    return {name: document["stats"]["listed"][name] for name in COUNTS if document["stats"]["listed"][name]}


@pytest.mark.parametrize(
    ("years", "standing"),
    [
        ((2023, 2025, 2024), "1"),
        (("9", "10", "8"), "1"),
        (("9.5", 10, "1,000"), "2"),
        (("2024-12-31", "01/01/2025", "2024-06-01"), "1"),
        ((None, 2020, ""), "1"),
        (("soon", 1, None), "1"),
        ((True, False, None), "0"),
        (("20240101123456788", "20240101123456789", 1), "1"),
        # a number that no database holds is none
        (("1e999", 5, 1), "0"),
        (("1e1000", 5, 1), "1"),
        (("nan", 5, "Infinity"), "1"),
    ],
)
def test_the_highest_number_or_newest_day_stands(
    cli: CLI, home: Path, database: Database, years: tuple[Any, ...], standing: str
) -> None:
    document = run(cli, write(home, rows(*(("12-345", year) for year in years)), '"Y"'), "ingest")
    assert counts(document) == {"processed": 1, "inserted": 1, "superseded": 2}
    assert database.column("SELECT tda_number FROM tax_sales") == [standing]
    assert database.value("SELECT count(*) FROM rejected_records") == 0


def test_equal_ones_are_duplicates_as_without_it(cli: CLI, home: Path, database: Database) -> None:
    versions = [
        ("12-345", 2024),
        ("12-345", 2024),
        ("12-345", "2024.0"),
        ("12-345", 2023),
        ("12-346", None),
        ("12-346", ""),
    ]
    document = run(cli, write(home, rows(*versions), '"Y"'), "ingest")
    assert counts(document) == {"processed": 5, "inserted": 2, "failed": 3, "superseded": 1}
    assert database.column("SELECT tda_number FROM tax_sales ORDER BY parcel_id") == ["0", "4"]
    assert database.column("SELECT DISTINCT left(reason, 18) FROM rejected_records") == [
        "duplicate of 12345",
        "duplicate of 12346",
    ]


def test_what_cannot_be_used_supersedes_nothing_and_is_rejected(cli: CLI, home: Path, database: Database) -> None:
    records = [*rows(("12-345", 2024), ("nonsense", 2025), (None, 2026)), {}]  # type: ignore[arg-type]
    document = run(cli, write(home, records, '"Y"'), "ingest")
    assert counts(document) == {"processed": 4, "inserted": 1, "failed": 3}


def test_what_is_not_wanted_supersedes_nothing(cli: CLI, home: Path, database: Database) -> None:
    market = write(home, rows(("12-345", 2024), ("12-345", 2025)), '"Y"', "only = { Y = { at_most = 2024 } }")
    assert counts(run(cli, market, "ingest")) == {"processed": 1, "inserted": 1, "out_of_scope": 1}


def test_a_newer_version_takes_the_place_of_the_older_one(cli: CLI, home: Path, database: Database) -> None:
    versions = [("12-345", 2024), ("12-346", 2024)]
    run(cli, write(home, rows(*versions), '"Y"'), "ingest")
    again = run(cli, write(home, rows(*versions, ("12-345", 2025)), '"Y"'), "ingest", as_of=AS_OF + timedelta(days=1))
    assert counts(again) == {"processed": 2, "unchanged": 1, "updated": 1, "superseded": 1}
    assert database.column("SELECT tda_number FROM tax_sales WHERE is_active ORDER BY parcel_id") == ["2", "1"]


def test_ranks_that_nobody_can_read_are_told(cli: CLI, home: Path) -> None:
    soon = "soon" * 11
    document = run(cli, write(home, rows(("12-345", soon), ("12-345", "2024 A"), ("12-346", soon)), '"Y"'), "ingest")
    said = f"listed: 3 × Y: neither a number nor a day, such as '{soon[:40]}': taken for the oldest."
    assert said in document["warnings"]


def test_the_rank_may_be_any_value(cli: CLI, home: Path, database: Database) -> None:
    records = [
        {**row, "M": month} for row, month in zip(rows(("12-345", 2024), ("12-345", 2024)), (2, 11), strict=True)
    ]
    run(cli, write(home, records, '{ date = ["Y", "M"] }'), "ingest")
    assert database.column("SELECT tda_number FROM tax_sales") == ["1"]


def test_records_come_back_from_the_file_as_they_went(cli: CLI, home: Path, database: Database) -> None:
    odd = {"P": "12-345", "Y": 1, "N": "Zoë\u0000\ud800\\N\t", "I": 10**30, "F": 1.5, "L": [None, {"a": True}]}
    with_latest = write(home, [odd], '"Y"')
    run(cli, with_latest, "ingest")
    (first,) = database.rows("SELECT raw, content_hash, tda_number FROM tax_sales")
    with_latest.write_text(with_latest.read_text("utf-8").replace('latest_by = "Y"\n', ""), "utf-8")
    stats = run(cli, with_latest, "ingest")["stats"]["listed"]
    assert stats["unchanged"] == 1
    assert first["tda_number"] == "Zoë \\N"


class Years(Fetch):
    """Five years of a roll, page by page."""

    names = {name: name for name in ("P", "Y", "N")}  # noqa: RUF012
    types = FieldTypes()

    def __init__(self, parcels: int) -> None:
        self._parcels = parcels

    def pages(self) -> Any:
        for year in range(2020, 2025):
            for start in range(0, self._parcels, 2000):
                numbers = range(start, min(start + 2000, self._parcels))
                # a number of nothing but zeros is none
                records = [
                    {"P": f"{n // 1000 + 1:02d}-{n % 1000:03d}", "Y": year, "N": f"{year}-{n}" * 5} for n in numbers
                ]
                yield Page(records, [None] * len(records))

    @property
    def outcome(self) -> Outcome:
        return Outcome(True, 5 * self._parcels, 5 * self._parcels)


@pytest.mark.slow
def test_a_roll_of_years_takes_little_memory(engine: Engine, home: Path) -> None:
    market = read_market(write(home, [], '"Y"'))
    peaks = []
    for parcels in (3_000, 8_000):
        tracemalloc.start()
        with engine.connect() as connection:
            result = load(connection, market, "listed", Years(parcels), AS_OF)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert (result.inserted, result.superseded) == (parcels, 4 * parcels)
    # a byte a record, and no more: the records themselves would be a hundred times that
    assert peaks[1] - peaks[0] < 3_000_000
