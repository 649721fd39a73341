"""Several sources of one kind of record: each by itself, whatever becomes of the others."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.stages.county import AS_OF, CLI, DOWNTOWN, Database, parcel, run, stages
from tests.stages.lists import Lists, Row

TOMORROW = AS_OF + timedelta(days=1)
RECENT = AS_OF - timedelta(days=5)


def case(number: int, at: int | None = None, **other: Any) -> Row:
    """An open case on parcel ``at``, downtown."""
    row = {"case_number": f"C{number}", "opened_date": RECENT, "status": "Open", "x": DOWNTOWN[0], "y": DOWNTOWN[1]}
    return {**row, "parcel": parcel(number if at is None else at), **other}


def sale(number: int, **other: Any) -> Row:
    """A tax deed sale of parcel ``number`` in a month."""
    day = AS_OF + timedelta(days=30)
    return {
        "tda_number": f"T{number}",
        "sale_date": day,
        "deed_status": "Active Sale",
        "parcel": parcel(number),
        **other,
    }


def on_roll(number: int, **other: Any) -> Row:
    """Parcel ``number`` on the roll."""
    return {"parcel": parcel(number), "address": f"{number} ELM ST", "x": DOWNTOWN[0], "y": DOWNTOWN[1], **other}


@pytest.fixture
def lists(tmp_path: Path) -> Lists:
    return Lists(tmp_path)


def active(database: Database, table: str = "code_violations") -> dict[str, list[str]]:
    """The keys of the active records, by source."""
    rows = database.rows(f"SELECT source, record_key FROM {table} WHERE is_active ORDER BY source, record_key")
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["source"], []).append(row["record_key"])
    return found


def two_cities(lists: Lists, **keys: Any) -> Lists:
    """Cases of two cities with the same numbers, one sale, and the roll; ``keys`` are those of the second city."""
    dates = {"record_date": "opened_date", "stale_after_days": 30}
    return (
        lists.put("orlando_cases", "code_violations", case(1, 1), case(2, 2), **dates)
        .put("ocoee_cases", "code_violations", case(1, 3), case(2, 1), case(9, 9), **{**dates, **keys})
        .put("sales", "tax_sales", sale(4))
        .put("roll", "property_records", *(on_roll(number) for number in range(1, 5)))
    )


def own_open(database: Database) -> dict[str, int | None]:
    """The open cases on each active property."""
    rows = database.rows("SELECT parcel_id, own_open_violations AS open FROM properties WHERE is_active ORDER BY id")
    return {row["parcel_id"]: row["open"] for row in rows}


def test_sources_of_one_kind_are_loaded_joined_counted_and_rejected_by_themselves(
    lists: Lists, cli: CLI, database: Database
) -> None:
    two_cities(lists, minimum_join_rate=0.9)
    lists.sources["ocoee_cases"][1].append(case(3, 1, case_number=""))
    lists.sources["orlando_cases"][1].append(case(3, 1, parcel="no number"))
    market = lists.write()
    ingest = stages(cli, market, "ingest", code=3)["ingest"]
    stats = ingest["stats"]
    counts = {name: (one["processed"], one["inserted"], one["failed"], one["join_rate"]) for name, one in stats.items()}
    assert counts == {
        "orlando_cases": (3, 3, 0, 1.0),
        "ocoee_cases": (4, 3, 1, 0.6667),
        "sales": (1, 1, 0, 1.0),
        "roll": (4, 4, 0, None),
    }
    assert any(warning.startswith("ocoee_cases: 67% of its parcels") for warning in ingest["warnings"])
    assert not any(warning.startswith("orlando_cases: 67%") for warning in ingest["warnings"])
    assert active(database) == {"ocoee_cases": ["C1", "C2", "C9"], "orlando_cases": ["C1", "C2", "C3"]}
    rejects = run(cli, market, "rejects", "list")["rejects"]
    assert [(one["source"], one["reason"]) for one in rejects] == [("ocoee_cases", "no key: case_number is empty")]
    # both lists' cases count, and not as one where their numbers are the same
    stages(cli, market, "enrich", "dedupe", "score")
    assert own_open(database) == {parcel(1): 2, parcel(2): 1, parcel(3): 1, parcel(9): 1, parcel(4): 0}
    lead = run(cli, market, "leads", "show", parcel(1))
    assert [(one["source"], one["record_key"]) for one in lead["records"]["code_violations"]] == [
        ("ocoee_cases", "C2"),
        ("orlando_cases", "C1"),
    ]
    shown = cli("--market", market, "leads", "show", parcel(1)).out
    assert "ocoee_cases" in shown
    assert "ocoee_cases" in cli("--market", market, "--as-of", AS_OF, "ingest").out


def test_a_stale_source_adds_nothing_and_its_fresh_sister_does(lists: Lists, cli: CLI, database: Database) -> None:
    market = two_cities(lists).write()
    stages(cli, market, "ingest", "enrich", "dedupe", "score")
    assert own_open(database)[parcel(1)] == 2

    # on the later day only Ocoee has something new
    later = AS_OF + timedelta(days=60)
    lists.sources["ocoee_cases"][1].append(case(10, 2, opened_date=later - timedelta(days=1)))
    lists.write()
    done = stages(cli, market, "ingest", "enrich", "dedupe", "score", as_of=later)
    assert [name for name, stats in done["ingest"]["stats"].items() if stats["stale"]] == ["orlando_cases"]
    assert own_open(database) == {parcel(1): 1, parcel(2): 1, parcel(3): 1, parcel(9): 1, parcel(4): 0}
    leads = {one["parcel_id"]: one for one in run(cli, market, "leads", "list", as_of=later)["leads"]}
    assert set(leads) == {parcel(1), parcel(2), parcel(3), parcel(9)}

    # as of the former day it was fresh, and is again
    stages(cli, market, "score")
    assert own_open(database)[parcel(1)] == 2
    # none is fresh any more: nothing is known, in the counts and for the rules
    stages(cli, market, "score", as_of=later + timedelta(days=60))
    assert set(own_open(database).values()) == {None}
    nearby = (
        "SELECT count(*) FROM properties WHERE nearby_violations IS NOT NULL OR nearest_violation_miles IS NOT NULL"
    )
    assert database.value(nearby) == 0
    # what a list of another kind says is no matter of theirs
    stages(cli, market, "score")
    assert own_open(database)[parcel(1)] == 2


def test_a_source_that_fails_keeps_what_it_had_and_holds_nobody_up(lists: Lists, cli: CLI, database: Database) -> None:
    market = two_cities(lists).write()
    stages(cli, market, "ingest")
    (lists.directory / "ocoee_cases.csv").unlink()
    lists.sources["orlando_cases"][1].append(case(5))
    lists.write(only=("orlando_cases",))
    ingest = stages(cli, market, "ingest", as_of=TOMORROW, code=3)["ingest"]
    assert {name: one["status"] for name, one in ingest["stats"].items()} == {
        "orlando_cases": "success",
        "ocoee_cases": "failure",
        "sales": "success",
        "roll": "success",
    }
    assert active(database) == {"ocoee_cases": ["C1", "C2", "C9"], "orlando_cases": ["C1", "C2", "C5"]}
    stages(cli, market, "enrich", "dedupe", "score", as_of=TOMORROW)
    assert own_open(database)[parcel(3)] == 1


def test_a_source_that_shrinks_is_partial_and_its_sister_is_not(lists: Lists, cli: CLI, database: Database) -> None:
    market = two_cities(lists).write()
    stages(cli, market, "ingest")
    del lists.sources["ocoee_cases"][1][1:]
    del lists.sources["orlando_cases"][1][0]
    lists.write()
    ingest = stages(cli, market, "ingest", as_of=TOMORROW, code=3)["ingest"]
    assert {name: one["status"] for name, one in ingest["stats"].items() if one["status"] != "success"} == {
        "ocoee_cases": "partial"
    }
    assert active(database) == {"ocoee_cases": ["C1", "C2", "C9"], "orlando_cases": ["C2"]}
    # as small on another day is believed
    stages(cli, market, "ingest", as_of=TOMORROW + timedelta(days=1))
    assert active(database) == {"ocoee_cases": ["C1"], "orlando_cases": ["C2"]}


@pytest.mark.parametrize("rows", [1, 2])
def test_fewer_rows_than_the_minimum_of_a_source_make_that_one_partial(lists: Lists, cli: CLI, rows: int) -> None:
    two_cities(lists, minimum_rows=2)
    del lists.sources["ocoee_cases"][1][rows:]
    stats = stages(cli, lists.write(), "ingest", code=3 if rows < 2 else 0)["ingest"]["stats"]
    assert {name for name, one in stats.items() if one["status"] == "partial"} == (
        {"ocoee_cases"} if rows < 2 else set()
    )


def everything(cli: CLI, market: Path, day: date = AS_OF, code: int = 0) -> dict[str, Any]:
    """All stages but the check."""
    return stages(cli, market, "ingest", "enrich", "dedupe", "score", "alert", as_of=day, code=code)


ROWS = "SELECT CAST(to_jsonb(record) - 'source' AS text) AS row FROM {} AS record ORDER BY row"


def contents(database: Database) -> dict[str, list[Any]]:
    """All of the tables whose rows are a source's, but for its name."""
    tables = ("code_violations", "tax_sales", "property_records", "counted_violations")
    return {table: database.column(ROWS.format(table)) for table in tables}


def renamed(lists: Lists) -> Path:
    """The market with all its sources under other names; their files stay where they are."""
    for name in list(lists.sources):
        lists.rename(name, f"{name}_now", was=name, url=f"{name}.csv")
    return lists.write(only=())


def test_a_source_of_another_name_is_the_same_source(lists: Lists, cli: CLI, database: Database) -> None:
    two_cities(lists)
    lists.sources["ocoee_cases"][1].append(case(3, 1, case_number=""))
    market = lists.write()
    everything(cli, market)
    before, deliveries = contents(database), database.rows("SELECT id, status FROM alert_deliveries")
    scores = database.rows("SELECT * FROM lead_scores ORDER BY property_id")
    places = database.rows("SELECT id, address_source, location_source, updated_at FROM properties ORDER BY id")
    assert {row["location_source"] for row in places} == {"roll", "ocoee_cases"}
    renamed(lists)
    done = everything(cli, market)
    assert {name: (one["processed"], one["unchanged"]) for name, one in done["ingest"]["stats"].items()} == {
        "orlando_cases_now": (2, 2),
        "ocoee_cases_now": (4, 3),
        "sales_now": (1, 1),
        "roll_now": (4, 4),
    }
    assert done["ingest"]["warnings"] == []
    assert done["enrich"]["stats"]["enriched"] == 0
    assert done["score"]["stats"]["changed"] == 0
    assert contents(database) == before
    assert database.rows("SELECT id, status FROM alert_deliveries") == deliveries
    assert database.rows("SELECT * FROM lead_scores ORDER BY property_id") == scores
    for column in ("address_source", "location_source"):
        for row in places:
            row[column] = row[column] and f"{row[column]}_now"
    assert database.rows("SELECT id, address_source, location_source, updated_at FROM properties ORDER BY id") == places
    assert database.rows("SELECT source, is_active FROM rejected_records") == [
        {"source": "ocoee_cases_now", "is_active": True}
    ]
    names = database.column("SELECT DISTINCT source FROM data_ingestion_runs WHERE source IS NOT NULL")
    assert all(name.endswith("_now") for name in names)
    # the next night is one like every other
    assert everything(cli, market, TOMORROW)["ingest"]["warnings"] == []
    assert contents(database)["code_violations"] == before["code_violations"]


def test_a_file_that_is_known_is_not_read_again_under_another_name(lists: Lists, cli: CLI, database: Database) -> None:
    market = two_cities(lists).write()
    stages(cli, market, "ingest")
    renamed(lists)
    stages(cli, market, "ingest", as_of=TOMORROW)
    read_on = database.column(
        "SELECT DISTINCT stats ->> 'read_on' FROM data_ingestion_runs WHERE source LIKE '%cases_now'"
    )
    assert read_on == [AS_OF.isoformat()]


def test_records_are_taken_over_even_on_the_night_on_which_their_source_fails(
    lists: Lists, cli: CLI, database: Database
) -> None:
    market = two_cities(lists).write()
    everything(cli, market)
    leads = run(cli, market, "leads", "list")["total"]
    lists.rename("ocoee_cases", "ocoee", was="ocoee_cases", url="elsewhere.csv").write(only=())
    everything(cli, market, TOMORROW, code=3)
    assert run(cli, market, "leads", "list", as_of=TOMORROW)["total"] == leads
    assert active(database)["ocoee"] == ["C1", "C2", "C9"]


def test_a_name_that_was_loaded_under_both_names_keeps_the_present_records(
    lists: Lists, cli: CLI, database: Database
) -> None:
    lists.put("cases", "code_violations", case(1), case(2), case(3))
    market = lists.put("sales", "tax_sales", sale(4)).write()
    stages(cli, market, "ingest")
    # the new name alone is another source, and the former is one that there is no more
    del lists.sources["cases"][1][2]
    lists.rename("cases", "town_cases", url="cases.csv").write(only=("town_cases",))
    stages(cli, market, "ingest", as_of=TOMORROW)
    assert active(database) == {"town_cases": ["C1", "C2"]}
    lists.rename("town_cases", "town_cases", was="cases").write(only=())
    ingest = stages(cli, market, "ingest", as_of=TOMORROW)["ingest"]
    assert ingest["warnings"] == []
    assert ingest["stats"]["town_cases"]["unchanged"] == 2
    assert active(database) == {"town_cases": ["C1", "C2"]}
    # what only the former one had is the present one's history
    inactive = "SELECT source, record_key FROM code_violations WHERE NOT is_active ORDER BY source, record_key"
    assert [tuple(row.values()) for row in database.rows(inactive)] == [
        ("cases", "C1"), ("cases", "C2"), ("town_cases", "C3"),
    ]  # fmt: skip


def test_a_former_name_that_never_was_is_said_until_the_source_is_loaded(lists: Lists, cli: CLI) -> None:
    two_cities(lists, was="ocoee_cazes", url="elsewhere.csv")
    market = lists.write(only=("orlando_cases", "sales", "roll"))
    said = "ocoee_cases: was = 'ocoee_cazes': nothing was ever loaded under that name"
    assert said in stages(cli, market, "ingest", code=3)["ingest"]["warnings"]
    lists.write()
    assert said in stages(cli, market, "ingest")["ingest"]["warnings"]
    assert said not in stages(cli, market, "ingest")["ingest"]["warnings"]


def without(lists: Lists, name: str) -> Lists:
    """The lists without one of them."""
    del lists.sources[name]
    return lists


def test_what_a_source_left_that_is_no_more_is_deactivated_said_and_counted(
    lists: Lists, cli: CLI, database: Database
) -> None:
    two_cities(lists)
    lists.sources["ocoee_cases"][1].append(case(3, 1, case_number=""))
    market = lists.write()
    everything(cli, market)
    without(lists, "ocoee_cases").write()
    # not by an ingest of single sources
    run(cli, market, "ingest", "--source", "orlando_cases", as_of=TOMORROW)
    assert set(active(database)) == {"ocoee_cases", "orlando_cases"}
    done = everything(cli, market, TOMORROW)
    assert active(database) == {"orlando_cases": ["C1", "C2"]}
    dropped = done["ingest"]["stats"]["ocoee_cases"]
    assert (dropped["status"], dropped["deactivated"], dropped["processed"]) == ("dropped", 3, 0)
    said = "ocoee_cases: the market file has no such source any more: 3 records were deactivated"
    assert done["ingest"]["warnings"] == [said]
    assert own_open(database) == {parcel(1): 1, parcel(2): 1, parcel(4): 0}
    assert database.value("SELECT count(*) FROM rejected_records WHERE is_active") == 0
    last = "SELECT count(*) FROM code_violations WHERE source = 'ocoee_cases' AND last_seen_at < updated_at"
    assert database.value(last) == 3
    assert cli("--market", market, "--as-of", TOMORROW, "check").code in {0, 3}
    again = everything(cli, market, TOMORROW)["ingest"]
    assert set(again["stats"]) == {"orlando_cases", "sales", "roll"}
    assert again["warnings"] == []


@pytest.mark.parametrize("doubt", ["another fails", "its sister shrinks", "a list of another kind shrinks"])
def test_nothing_is_deactivated_on_doubt(lists: Lists, cli: CLI, database: Database, doubt: str) -> None:
    two_cities(lists)
    for number in range(20, 26):
        lists.sources["orlando_cases"][1].append(case(number))
        lists.sources["sales"][1].append(sale(number))
        lists.sources["roll"][1].append(on_roll(number))
    market = lists.write()
    stages(cli, market, "ingest")
    without(lists, "ocoee_cases")
    shrinks = {"its sister shrinks": "orlando_cases", "a list of another kind shrinks": "sales"}.get(doubt)
    if shrinks is None:
        (lists.directory / "sales.csv").unlink()
        lists.write(only=())
    else:
        del lists.sources[shrinks][1][1:]
        lists.write()
    stats = stages(cli, market, "ingest", as_of=TOMORROW, code=3)["ingest"]["stats"]
    is_dropped = doubt == "a list of another kind shrinks"
    assert ("ocoee_cases" in active(database)) is not is_dropped
    assert ("ocoee_cases" in stats) is is_dropped


def test_a_source_whose_name_is_another_kind_of_record_s_now_leaves_its_rows(
    lists: Lists, cli: CLI, database: Database
) -> None:
    market = lists.put("notices", "tax_sales", sale(1)).put("cases", "code_violations", case(2)).write()
    stages(cli, market, "ingest", "enrich", "dedupe", "score")
    lists.put("notices", "foreclosures", {"case_number": "F1", "parcel": parcel(1), "recording_date": RECENT}).write()
    ingest = stages(cli, market, "ingest", "enrich", "dedupe", "score", as_of=TOMORROW)["ingest"]
    assert (active(database, "tax_sales"), active(database, "foreclosures")) == ({}, {"notices": ["F1"]})
    said = "notices: its records are foreclosures now: 1 record was of another kind and deactivated"
    assert said in ingest["warnings"]
    stats = ingest["stats"]["notices"]
    assert (stats["status"], stats["processed"], stats["inserted"], stats["deactivated"]) == ("success", 1, 1, 1)


def test_two_rolls_are_loaded_side_by_side(lists: Lists, cli: CLI, database: Database) -> None:
    lists.put("sales", "tax_sales", sale(1), sale(2))
    lists.put("values", "property_records", on_roll(1, total_mkt=100000)).put("owners", "property_records", on_roll(2))
    ingest = run(cli, lists.write(), "ingest")
    assert active(database, "property_records") == {"owners": [parcel(2)], "values": [parcel(1)]}
    # what the second alone has is not on the roll
    assert ingest["stats"]["sales"]["join_rate"] == 0.5


@pytest.mark.parametrize("known", [False, True])
def test_staleness_that_is_known_is_said_and_makes_no_exit_code(lists: Lists, cli: CLI, known: bool) -> None:
    lists.put("sales", "tax_sales", sale(1)).put("roll", "property_records", on_roll(1))
    dates: dict[str, Any] = {"record_date": "opened_date", "stale_after_days": 30, "stale_is_known": known}
    lists.put("cases", "code_violations", case(1, opened_date=AS_OF - timedelta(days=31)), **dates)
    done = stages(cli, lists.write(), "ingest", "enrich", "dedupe", "score", "check", code=0 if known else 3)
    assert done["ingest"]["status"] == "success"
    for stage in ("ingest", "score"):
        assert [warning[:19] for warning in done[stage]["warnings"]] == [
            "cases: stale, which" if known else "cases: stale, its n"
        ]
    finding = done["check"]["stats"]["completeness"]["stale_sources"]
    assert finding["outcome"] == ("ok" if known else "warning")
    assert "cases: stale" in finding["message"]
