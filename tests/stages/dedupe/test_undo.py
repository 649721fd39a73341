"""Matches by address that someone takes back: never the same again, whatever else may still be found."""

from pathlib import Path
from typing import Any

import pytest

from tests.stages.county import CLI, County, Database, parcel, run, stages

ALL = ("ingest", "enrich", "dedupe")


@pytest.fixture
def county(tmp_path: Path) -> County:
    """Two notices at one parcel of the roll and one at another."""
    county = County(tmp_path).roll(parcel(1), "1 ELM ST").roll(parcel(2), "2 OAK ST")
    for address, name in (("1 ELM ST", "A"), ("1 Elm Street", "B"), ("2 OAK ST", "C")):
        county.foreclosure(None, address, BORROWERS_NAME=name)
    return county


def of(database: Database) -> dict[str, str | None]:
    """The parcel of each notice, by its key."""
    rows = database.rows(
        "SELECT record_key, property.parcel_id FROM foreclosures AS record"
        " LEFT JOIN properties AS property ON property.id = record.property_id"
    )
    return {row["record_key"]: row["parcel_id"] for row in rows}


def key(database: Database, address: str) -> str:
    return str(database.value("SELECT record_key FROM foreclosures WHERE address = :address", address=address))


def dedupe(cli: CLI, county: County) -> dict[str, Any]:
    stages(cli, county.write(), *ALL)
    return dict(run(cli, county.write(), "dedupe")["stats"])


def test_all_notices_of_a_parcel_are_taken_from_it_for_good(cli: CLI, county: County, database: Database) -> None:
    stages(cli, county.write(), *ALL)
    elm = [key(database, "1 ELM ST"), key(database, "1 Elm Street")]
    undone = run(cli, county.write(), "dedupe", "--undo", parcel(1))
    assert undone["parcel_id"] == parcel(1)
    assert sorted(record["record_key"] for record in undone["records"]) == sorted(elm)
    assert {record["source"] for record in undone["records"]} == {"foreclosures"}
    assert len(database.column("SELECT record_key FROM foreclosures WHERE match_evidence IS NOT NULL")) == 1
    for _ in range(2):
        stats = dedupe(cli, county)
        assert (stats["records_matched"], stats["records_undone"], stats["records_unmatched"]) == (1, 2, 2)
        assert of(database) == {elm[0]: None, elm[1]: None, key(database, "2 OAK ST"): parcel(2)}
    stages(cli, county.write(), "score")
    assert [lead["parcel_id"] for lead in run(cli, county.write(), "leads", "list")["leads"]] == [parcel(2)]


def test_one_notice_is_taken_from_its_parcel_and_the_other_stays(cli: CLI, county: County, database: Database) -> None:
    stages(cli, county.write(), *ALL)
    mine, other = key(database, "1 ELM ST"), key(database, "1 Elm Street")
    undone = run(cli, county.write(), "dedupe", "--undo", f"foreclosures:{mine}")
    assert undone["records"] == [{"source": "foreclosures", "record_key": mine}]
    stats = dedupe(cli, county)
    assert (stats["records_matched"], stats["records_undone"]) == (2, 1)
    assert (of(database)[mine], of(database)[other]) == (None, parcel(1))


def test_what_was_undone_may_be_of_another_parcel(cli: CLI, county: County, database: Database) -> None:
    stages(cli, county.write(), *ALL)
    mine = key(database, "1 ELM ST")
    run(cli, county.write(), "dedupe", "--undo", f"foreclosures:{mine}")
    # the roll says now who is at this number
    county.records["property_records"].clear()
    county.roll(parcel(1), "3 ELM ST").roll(parcel(2), "2 OAK ST").roll(parcel(3), "1 ELM ST")
    dedupe(cli, county)
    assert of(database)[mine] == parcel(3)


def test_a_second_undo_finds_nothing_to_take_back(cli: CLI, county: County, database: Database) -> None:
    stages(cli, county.write(), *ALL)
    market, named = county.write(), f"foreclosures:{key(database, '2 OAK ST')}"
    run(cli, market, "dedupe", "--undo", named)
    for written in (named, parcel(2), "foreclosures:no such key", "no_such_source:1"):
        outcome = cli("--market", market, "dedupe", "--undo", written)
        assert outcome.code == 2
        assert outcome.err.count("\n") == 1
