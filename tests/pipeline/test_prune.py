"""``prune``, alone and at the end of ``run-all``: what is old goes, and what something still asks for never does."""

import os
import random
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.db.releases import release_county
from tests.markets.samples import orange_market
from tests.stages.check.rows import Rows
from tests.stages.county import County, Database, parcel, run
from tests.support import Outcome
from wholesaler.config import load_settings
from wholesaler.db.history import ensure_partition, months
from wholesaler.db.run_ledger import has_ended_well
from wholesaler.db.sql import statements
from wholesaler.locks import machine_lock
from wholesaler.pipeline.prune import Outcome as Pruned
from wholesaler.pipeline.prune import Pruning, prune
from wholesaler.pipeline.run import STAGES

CLI = Callable[..., Outcome]
TODAY = date(2026, 7, 1)
DAY = timedelta(days=1)


@pytest.fixture
def rows(engine: Engine) -> Rows:
    return Rows(engine)


@pytest.fixture
def let_go(engine: Engine, home: Path) -> Callable[..., Pruned]:
    """Prune Orange County as of a day."""

    def let_go(today: date = TODAY, *, dry_run: bool = False, **settings: Any) -> Pruned:
        names = {"metrics_file": "METRICS_FILE"}
        environ = {names.get(name, f"WHOLESALER_{name.upper()}"): str(value) for name, value in settings.items()}
        environ["WHOLESALER_HOME"] = str(home)
        outcome = prune(Pruning(engine, load_settings(environ, home), orange_market(), today, dry_run=dry_run))
        assert outcome.warnings == []
        return outcome

    return let_go


def score(engine: Engine, rows: Rows, day: date, market: str | None = None, **values: Any) -> None:
    """A snapshot of a day, as score keeps it."""
    with engine.begin() as connection:
        ensure_partition(connection, day)
    known = {"property_id": 1, "snapshot_date": day, "tier": "A", "total_score": 60, "components": {}, "profile": "v1"}
    rows.insert("lead_score_history", **({"market": market} if market else {}), **{**known, **values})


def kept(engine: Engine) -> list[date]:
    with engine.connect() as connection:
        return months(connection)


def test_a_month_of_history_goes_when_its_last_day_is_older_than_what_is_kept(
    engine: Engine, rows: Rows, let_go: Callable[..., Pruned]
) -> None:
    for day in (date(2026, 4, 30), date(2026, 5, 1), date(2026, 5, 30), date(2026, 6, 30)):
        score(engine, rows, day)
    # the first kept day is 30 April: the month that it is in stays whole
    assert let_go(keep_history=62).parts["history"].count == 0
    assert let_go(keep_history=61, dry_run=True).parts["history"].names == ("2026-04",)
    assert len(kept(engine)) == 3
    assert let_go(keep_history=61).parts["history"].names == ("2026-04",)
    assert kept(engine) == [date(2026, 5, 1), date(2026, 6, 1)]
    assert let_go(keep_history=61).parts["history"].count == 0
    score(engine, rows, date(2026, 4, 30))  # it can be scored again


@pytest.mark.parametrize(("last_but", "stays"), [(30, False), (29, True)])
def test_what_tells_whether_a_lead_is_new_stays_however_old_it_is(
    engine: Engine, rows: Rows, let_go: Callable[..., Pruned], last_but: int, stays: bool
) -> None:
    last = date(2026, 6, 20)
    score(engine, rows, date(2025, 1, 10))
    score(engine, rows, last - last_but * DAY)
    score(engine, rows, last)
    # what was in A in January left it on the next day that was scored; is that 30 days ago?
    let_go(keep_history=31)
    assert (date(2025, 1, 1) in kept(engine)) is stays


def test_another_county_that_pauses_keeps_its_last_days_until_all_of_them_are_old(
    engine: Engine, rows: Rows, let_go: Callable[..., Pruned]
) -> None:
    for day in (date(2026, 1, 5), date(2026, 5, 10), date(2026, 6, 20)):
        score(engine, rows, day)
    score(engine, rows, date(2026, 1, 5), market="sea-wa", property_id=2)
    assert let_go(keep_history=177).parts["history"].count == 0  # from 5 January on
    assert let_go(keep_history=176).parts["history"].names == ()  # January still has kept days
    assert let_go(keep_history=150).parts["history"].names == ("2026-01",)
    score(engine, rows, date(2026, 2, 10), market="sea-wa", property_id=2)
    score(engine, rows, date(2026, 2, 1), property_id=3)
    score(engine, rows, date(2025, 12, 1), property_id=3)
    let_go(keep_history=141)  # from 10 February on: the other county's last day counts, and is all it has
    assert kept(engine)[0] == date(2026, 2, 1)


def test_a_history_that_somebody_uses_is_left_for_the_next_night(
    engine: Engine, rows: Rows, let_go: Callable[..., Pruned], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wholesaler.pipeline.prune._LOCK_TIMEOUT", "100ms")
    for day in (date(2026, 1, 5), date(2026, 5, 10), date(2026, 6, 20)):
        score(engine, rows, day)
    with engine.connect() as reader:
        reader.execute(text("SELECT count(*) FROM lead_score_history"))
        assert let_go(keep_history=60).parts["history"].count == 0
    assert let_go(keep_history=60).parts["history"].count == 1


def reading_statements() -> Iterator[tuple[str, str]]:
    """Every statement of the program that asks the run-tracking table for something."""
    package = files("wholesaler")
    for path in sorted(Path(str(package)).rglob("*.sql")):
        module = ".".join(("wholesaler", *path.relative_to(str(package)).parent.parts))
        if path.name in {"prune.sql", "contents.sql"} or "db" in path.parts:
            continue
        for name, query in statements(module, path.name).items():
            body = re.sub(r"--.*", "", query)
            if "data_ingestion_runs" in body and re.match(r"\s*(SELECT|WITH)\b", body) and "UPDATE" not in body:
                yield f"{path.name}:{name}", query


#: what such a statement may be bound to; a new one adds what it needs here
BOUND: dict[str, list[Any]] = {
    "market": ["orange-fl"],
    "zone": ["America/New_York"],
    "source": ["tax_sales", "property_records", "gone"],
    "as_of": [TODAY, date(2024, 3, 1)],
    "whole": ["true", "false"],
    "version": ["v1"],
    "days": [7],
    "table": ["properties"],
    "sources": [["tax_sales", "property_records"]],
    "listing_rolls": [["property_records"]],
    "rolls": [["property_records"]],
    "limit": [20],
    "since": [TODAY - timedelta(days=30)],
    "until": [TODAY],
}


def answers(engine: Engine) -> dict[str, Any]:
    """What all of them answer."""
    found: dict[str, Any] = {}
    with engine.connect() as connection:
        for name, query in reading_statements():
            names = sorted(set(re.findall(r"(?<![:\w]):([a-z_]+)\b", query)))
            for values in combinations(names):
                result = connection.execute(text(query), values).all()
                found[f"{name} {values}"] = [tuple(row) for row in result]
    for stage in STAGES:
        found[stage.name] = has_ended_well(engine, "orange-fl", stage.name)
    return found


def combinations(names: list[str]) -> list[dict[str, Any]]:
    bound: list[dict[str, Any]] = [{}]
    for name in names:
        bound = [{**one, name: value} for one in bound for value in BOUND[name]]
    return bound


@pytest.mark.parametrize("seed", range(3))
def test_no_question_that_the_program_asks_of_its_runs_is_answered_otherwise_after_old_ones_went(
    engine: Engine, rows: Rows, let_go: Callable[..., Pruned], seed: int
) -> None:
    dice = random.Random(seed)
    newest = datetime(2026, 6, 30, 8, tzinfo=UTC) - dice.choice((0, 20, 400)) * DAY
    for number in range(250):
        began = newest - (250 - number) * dice.choice((1, 2)) * DAY + dice.randrange(600) * timedelta(minutes=1)
        as_of = began.date() - dice.choice((0, 0, 0, 0, 1, 9, 500)) * DAY
        stage = dice.choice(STAGES).name
        source = (
            dice.choice((None, "tax_sales", "tax_sales", "property_records", "gone")) if stage == "ingest" else None
        )
        status = dice.choice(("success", "success", "partial", "failure", "skipped", "running"))
        stats: dict[str, Any] = {}
        values: dict[str, Any] = {}
        if source:
            stats = {"whole": dice.random() < 0.3, "complete": dice.random() < 0.7, "version": "v1"}
            stats |= {"read_on": as_of.isoformat(), "out_of_scope": number}
            values = {"processed": number, "failed": dice.randrange(5)} if dice.random() < 0.8 else {}
        elif stage == "ingest":
            stats = {name: {"processed": number} for name in ("tax_sales", "gone") if dice.random() < 0.5}
        elif stage == "score":
            stats = {"tier_counts": {"A": number}} if status != "failure" else {}
        elif stage == "check":
            stats = {"database_stats": {"properties": {"rows": number}}} if dice.random() < 0.5 else {}
        rows.run(
            stage, source, status, as_of=as_of, started_at=began, finished_at=began + timedelta(minutes=1),
            stats=stats, **values,
        )  # fmt: skip
    before = answers(engine)
    assert len(before) > 30
    database = Database(engine)
    query = "SELECT id FROM data_ingestion_runs WHERE started_at < '2026-05-31' ORDER BY id"
    old, young = database.column(query), database.column(query.replace("<", ">="))
    told = let_go(keep_runs=31, dry_run=True).parts["runs"].count
    assert database.column(query) == old
    assert let_go(keep_runs=31).parts["runs"].count == told > 50
    assert len(database.column(query)) == len(old) - told
    assert database.column(query.replace("<", ">=")) == young
    assert answers(engine) == before
    assert let_go(keep_runs=31).parts["runs"].count == 0


def test_the_last_answer_stays_where_days_clocks_and_sources_are_out_of_order(
    engine: Engine, rows: Rows, let_go: Callable[..., Pruned]
) -> None:
    began = datetime(2024, 1, 1, 9, tzinfo=UTC)

    def load(days: int, as_of: date, **stats: Any) -> None:
        known = {"whole": True, "complete": True, "version": "v1", "read_on": as_of.isoformat(), **stats}
        rows.run("ingest", "tax_sales", as_of=as_of, started_at=began + days * DAY, stats=known, processed=days)

    for days in range(5):
        load(days, began.date() + days * DAY)
    for days in (10, 11):
        load(days, date(2023, 6, days))
    load(50, date(2022, 1, 1), out_of_scope=50)  # for a day long ago, begun last by a clock that was set back then
    load(40, date(2022, 1, 2), out_of_scope=40)  # the last that was written
    for days, sources in ((0, ("tax_sales", "gone")), (1, ("tax_sales",)), (2, ("tax_sales",)), (3, ("tax_sales",))):
        stats = {name: {"processed": days} for name in sources}
        rows.run("ingest", as_of=began.date() + days * DAY, started_at=began + days * DAY, stats=stats)
    before = answers(engine)
    assert let_go().parts["runs"].count == 3 + 1
    assert answers(engine) == before


def test_an_attempt_goes_once_it_is_older_than_what_is_kept(
    engine: Engine, rows: Rows, let_go: Callable[..., Pruned]
) -> None:
    midnight = datetime(2026, 5, 31, tzinfo=orange_market().zone)
    for began in (midnight - timedelta(seconds=1), midnight, *(midnight + number * DAY for number in (5, 6, 7))):
        rows.run("score", as_of=began.date(), started_at=began)
    rows.insert("data_ingestion_runs", market="sea-wa", run_id=str(os.urandom(16).hex()), stage="score", attempt=1,
                status="success", as_of="2020-01-01", started_at=datetime(2020, 1, 1, tzinfo=UTC), host="h", pid=1,
                version="0")  # fmt: skip
    assert let_go(keep_runs=31).parts["runs"].count == 1
    assert Database(engine).value("SELECT count(*) FROM data_ingestion_runs") == 5


def test_rejected_records_go_when_their_source_has_not_sent_them_for_long(
    engine: Engine, rows: Rows, let_go: Callable[..., Pruned]
) -> None:
    midnight = datetime(2026, 6, 21, tzinfo=orange_market().zone)
    for name, active, seen in (
        ("active", True, None),
        ("gone long ago", False, midnight - timedelta(seconds=1)),
        ("gone", False, midnight),
    ):
        known = {"content_hash": os.urandom(16).hex(), "source": "tax_sales", "raw": {}}
        first = midnight - 500 * DAY
        rows.insert("rejected_records", reason=name, is_active=active, last_seen_at=seen, first_seen_at=first, **known)
    assert let_go(keep_rejects=10, dry_run=True).parts["rejects"].count == 1
    assert let_go(keep_rejects=10).parts["rejects"].count == 1
    assert Database(engine).column("SELECT reason FROM rejected_records ORDER BY 1") == ["active", "gone"]


def file(path: Path, written: date) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("")
    moment = datetime(written.year, written.month, written.day, 12, tzinfo=UTC).timestamp()
    os.utime(path, (moment, moment))
    return path


def test_reports_go_by_their_day_and_by_when_they_were_written(home: Path, let_go: Callable[..., Pruned]) -> None:
    old, young = date(2026, 6, 20), date(2026, 6, 21)
    folder = home / "reports"
    gone = file(folder / "orange-fl-2026-06-20-new-leads.html", old)
    stay = [
        file(folder / "orange-fl-2026-06-21-leads.html", old),
        file(folder / "orange-fl-2026-06-19-findings.html", young),  # an old day that was run again
        file(folder / "orange-fl-west-2026-06-01-findings.html", old),
        file(folder / "kept-by-me.html", old),
    ]
    assert let_go(keep_reports=10, dry_run=True).parts["reports"].names == (gone.name,)
    assert gone.exists()
    assert let_go(keep_reports=10).parts["reports"].names == (gone.name,)
    assert not gone.exists()
    assert all(path.exists() for path in stay)


def test_what_killed_runs_have_left_goes_after_a_day(home: Path, let_go: Callable[..., Pruned]) -> None:
    long_ago = datetime.now(UTC).date() - 3 * DAY
    metrics = home / "metrics" / "county.prom"
    gone = [
        file(home / "reports" / ".orange-fl-2026-06-21-new-leads.html.x_1abc2d", long_ago),
        file(metrics.with_name(".county.prom.4711.new"), long_ago),
        file(home / "announced" / "orange-fl-2026-05-31-ingest-slack", date(2026, 5, 31)),
    ]
    stay = [
        file(metrics, long_ago),
        file(home / "announced" / "orange-fl-2026-06-01-ingest-slack", date(2026, 6, 1)),
    ]
    now = home / "reports" / ".orange-fl-2026-06-22-new-leads.html.x_1abc2d"
    now.write_text("")
    assert let_go(metrics_file=metrics, dry_run=True).parts["leftovers"].count == 3
    assert set(let_go(metrics_file=metrics).parts["leftovers"].names) == {path.name for path in gone}
    assert not any(path.exists() for path in gone)
    assert all(path.exists() for path in [*stay, now])


@pytest.mark.usefixtures("by_v1")
def test_a_night_ends_with_it_and_changes_nothing_that_the_next_one_finds(
    cli: CLI, engine: Engine, home: Path, tmp_path: Path
) -> None:
    market = release_county(tmp_path).write()
    old = file(home / "reports" / "orange-fl-2020-01-01-new-leads.html", date(2020, 1, 1))
    rows = Rows(engine)
    for year in (2019, 2020, 2021, 2022):
        rows.run("score", as_of=date(year, 1, 1), started_at=datetime(year, 1, 1, 9, tzinfo=UTC))
    run(cli, market, "run-all", "--only", "score", code=0)
    assert old.exists()
    run(cli, market, "run-all", code=3)
    assert not old.exists()
    assert Database(engine).value("SELECT count(*) FROM data_ingestion_runs WHERE started_at < '2023-01-01'") == 2
    assert cli("prune", "--market", market, "--json").document["pruned"]["history"] == {"count": 0, "names": []}


def test_its_failure_is_a_warning_of_the_night_that_can_be_known(cli: CLI, engine: Engine, tmp_path: Path) -> None:
    market = County(tmp_path).roll(parcel(1), "1 OAK ST").sale(parcel(1)).write()
    rows = Rows(engine)
    for year in (2019, 2020, 2021, 2022):
        rows.run("score", as_of=date(year, 1, 1), started_at=datetime(year, 1, 1, 9, tzinfo=UTC))
    rows.execute("CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'kept'; END $$")
    rows.execute("CREATE TRIGGER keep BEFORE DELETE ON data_ingestion_runs FOR EACH ROW EXECUTE FUNCTION keep()")
    night = run(cli, market, "run-all", code=3)
    (warning,) = night["stages"][-1]["warnings"]
    assert warning == "runs: what is old could not be removed: The database said: kept."
    query = "SELECT warnings FROM data_ingestion_runs WHERE stage = 'check' ORDER BY id DESC LIMIT 1"
    assert Database(engine).value(query) == [warning]
    alone = cli("prune", "--market", market, "--json")
    assert (alone.code, alone.document["warnings"]) == (3, [warning])
    until = (datetime.now(UTC).date() + DAY).isoformat()
    assert cli("check", "--market", market, "--acknowledge", "prune", "--until", until).code == 0


def test_a_dry_run_tells_what_would_go_also_while_a_run_is_under_way(
    cli: CLI, engine: Engine, home: Path, rows: Rows
) -> None:
    for day in (date(2019, 1, 5), date(2019, 6, 20)):
        score(engine, rows, day)
    with machine_lock(home, "orange-fl"):
        told = cli("prune", "--dry-run")
        assert (told.code, told.out) == (0, "history: 2 months would go 2019-01, 2019-06\n")
        assert cli("prune").code == 75
    assert cli("prune").out == "history: 2 months removed 2019-01, 2019-06\n"
    assert cli("prune").out == "Nothing is old enough to go.\n"
    assert cli("prune", "--quiet").out == ""


@pytest.mark.parametrize("name", ["HISTORY", "RUNS", "REJECTS", "REPORTS"])
@pytest.mark.parametrize("days", ["0", "ever", "1e9"])
def test_a_period_that_cannot_be_is_a_wrong_configuration(
    cli: CLI, monkeypatch: pytest.MonkeyPatch, name: str, days: str
) -> None:
    monkeypatch.setenv(f"WHOLESALER_KEEP_{name}", days)
    outcome = cli("prune", "--dry-run")
    assert outcome.code == 78
    assert f"WHOLESALER_KEEP_{name}" in outcome.err


def test_it_takes_no_time_where_nothing_is_old(engine: Engine, let_go: Callable[..., Pruned]) -> None:
    let_go()
    began = time.perf_counter()
    let_go()
    assert time.perf_counter() - began < 1
