"""What is read of attempts is all that is written down of them, without the models by which it is written."""

from datetime import date
from uuid import uuid4

from sqlalchemy import Engine

from wholesaler.db.ledgers import Run
from wholesaler.db.recent_runs import recent_runs
from wholesaler.db.run_ledger import RunKey, close_run, open_run

MARKET, DAY = "test-county", date(2025, 12, 1)


def test_every_column_of_an_attempt_is_read_but_its_market(engine: Engine) -> None:
    key = RunKey(uuid4(), MARKET, DAY)
    row = open_run(engine, key, "ingest", 1, "cases")
    close_run(engine, key, row, "partial", {"processed": 3, "more": [1]}, ["doubtful"], {"type": "Error"})
    (read,) = recent_runs(engine, MARKET, 10)
    assert list(read) == [name for column in Run.__table__.columns if (name := column.name) != "market"] + ["seconds"]
    assert (read["id"], str(read["run_id"]), read["as_of"]) == (row, str(key.run_id), DAY)
    assert (read["stats"], read["warnings"], read["error"]) == (
        {"processed": 3, "more": [1]}, ["doubtful"], {"type": "Error"},
    )  # fmt: skip


def test_the_newest_come_first_of_a_day_or_of_all_and_no_more_than_asked_for(engine: Engine) -> None:
    days = (DAY, date(2025, 12, 2), DAY)
    rows = [open_run(engine, RunKey(uuid4(), MARKET, day), "score", 1) for day in days]
    open_run(engine, RunKey(uuid4(), "other-county", DAY), "score", 1)
    assert [row["id"] for row in recent_runs(engine, MARKET, 10)] == rows[::-1]
    assert [row["id"] for row in recent_runs(engine, MARKET, 2)] == rows[:0:-1]
    assert [row["id"] for row in recent_runs(engine, MARKET, 10, DAY)] == [rows[2], rows[0]]
    assert recent_runs(engine, MARKET, 10, date(2025, 12, 3)) == []
