"""Days without a finished run: the next run tells them, and so does ``status``."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.pipeline.test_status import DAY, NIGHT, look, night, run  # noqa: F401
from tests.stages.check.rows import MARKET, Rows
from tests.stages.county import AS_OF, CLI, County, parcel, stages
from tests.stages.county import run as run_command
from wholesaler.cli.watch import _facts
from wholesaler.pipeline.missed import gap_before, missed_days, name_days


@pytest.fixture
def rows(engine: Engine) -> Rows:
    return Rows(engine)


def days_ago(*days: int) -> list[date]:
    return [DAY - timedelta(days=number) for number in days]


def ran(rows: Rows, *days: int, **values: Any) -> None:
    for number in days:
        run(rows, "score", as_of=DAY - timedelta(days=number), **values)


def missed(engine: Engine, within: int = 366) -> list[date]:
    with engine.connect() as connection:
        return missed_days(connection, MARKET, DAY, within)


def gap(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return gap_before(connection, MARKET, DAY)


def test_days_are_missed_that_no_run_was_finished_for(engine: Engine, rows: Rows) -> None:
    assert (missed(engine), gap(engine)) == ([], None)
    ran(rows, 10, 9, 4)
    ran(rows, 7, status="partial")
    ran(rows, 6, status="failure")
    run(rows, "ingest", as_of=DAY - timedelta(days=5))
    ran(Rows(engine, "other-county"), 5, 3, 2, 1)
    assert missed(engine) == days_ago(8, 6, 5, 3, 2, 1)
    assert missed(engine, 3) == days_ago(3, 2, 1)
    assert gap(engine) == (
        "no run was finished on 3 days (17 Nov to 19 Nov 2026): they have no list and no history, and what was new on "
        "them is new now"
    )
    ran(rows, 3, 2)
    assert (gap(engine) or "").startswith("no run was finished on 1 day (19 Nov 2026): ")
    ran(rows, 1)
    assert gap(engine) is None
    assert missed(engine) == days_ago(8, 6, 5)


@pytest.mark.parametrize(("days", "counted"), [(366, 365), (367, 0)])
def test_nobody_wants_to_hear_of_more_than_a_year(engine: Engine, rows: Rows, days: int, counted: int) -> None:
    ran(rows, days)
    assert len(missed(engine)) == counted


def test_days_that_follow_each_other_are_named_together() -> None:
    assert name_days([]) == ""
    assert name_days(sorted(days_ago(9, 7, 6, 5, 3, 2))) == "11 Nov 2026, 13 Nov to 15 Nov 2026, 17 Nov to 18 Nov 2026"


def test_the_run_after_an_outage_tells_the_gap_once_and_is_none_the_worse_for_it(cli: CLI, tmp_path: Path) -> None:
    market = County(tmp_path).sale(parcel(1)).roll(parcel(1)).write()
    stages(cli, market, "ingest", "enrich", "score")
    after = AS_OF + timedelta(days=3)
    told = "no run was finished on 2 days (2 Dec to 3 Dec 2025)"
    assert told in stages(cli, market, "ingest", "score", as_of=after)["ingest"]["warnings"][0]
    for ran in (stages(cli, market, "ingest", as_of=after), stages(cli, market, "ingest", as_of=after + timedelta(1))):
        assert not any("no run was finished" in warning for warning in ran["ingest"]["warnings"])
    assert not any("finished" in warning for warning in run_command(cli, market, "score", as_of=after)["warnings"])


def test_status_tells_the_days_of_the_last_month(
    rows: Rows,
    look: Callable[..., dict[str, Any]],  # noqa: F811
) -> None:
    night(rows)
    assert look()["missed_days"] == []
    ran(rows, 40, 3, 1)
    found = look()
    assert (found["exit_code"], found["missed_days"]) == (0, days_ago(*range(30, 3, -1), 2))
    assert look(NIGHT + timedelta(days=1))["missed_days"][-1] == DAY - timedelta(days=2)


def test_people_read_them_on_the_sheet(cli: CLI) -> None:
    found = cli("status", "--json").document
    found["missed_days"] = days_ago(3, 2)
    found["next_run_expected_at"] = None
    assert "Days without a finished run: 2 in the last 30 (17 Nov to 18 Nov 2026)" in _facts(found)
