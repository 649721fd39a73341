"""What ingest does when servers fail, lie or die, and when its own process does."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.servers import Reply, Request, on
from tests.servers.arcgis import ArcGISServer, Layer
from tests.servers.socrata import SocrataServer
from tests.stages.county import AS_OF, CLI, DATASET, FIELDS, County, Database, parcel, run

BROKEN = Reply({"error": {"code": 500, "message": "Error performing query operation"}}, 500)


@pytest.fixture
def arcgis() -> Iterator[ArcGISServer]:
    with ArcGISServer() as arcgis:
        yield arcgis


@pytest.fixture
def portal() -> Iterator[SocrataServer]:
    with SocrataServer() as portal:
        yield portal


@pytest.fixture
def county(tmp_path: Path) -> County:
    county = County(tmp_path)
    for number in range(1, 11):
        county.sale(parcel(number)).roll(parcel(number)).violation(parcel(number))
    return county.foreclosure(parcel(1), "1 ELM ST").foreclosure(parcel(2), "2 ELM ST")


@pytest.fixture
def database(engine: Engine) -> Database:
    return Database(engine)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHOLESALER_HTTP_RETRIES", "0")


def attempts(database: Database) -> list[tuple[Any, ...]]:
    """(source, attempt, status) of the run-tracking table; the stage's own rows have no source."""
    rows = database.rows("SELECT source, attempt, status FROM data_ingestion_runs ORDER BY source NULLS LAST, attempt")
    return [tuple(row.values()) for row in rows]


def test_arcgis_and_socrata_servers_are_loaded_whole(
    cli: CLI, county: County, database: Database, arcgis: ArcGISServer, portal: SocrataServer
) -> None:
    market = county.serve(arcgis, portal)
    county.layer(arcgis, "tax_sales").max_record_count = 3
    document = run(cli, market, "ingest")
    assert {name: document["stats"][name]["inserted"] for name in FIELDS} == {
        "tax_sales": 10,
        "foreclosures": 2,
        "property_records": 10,
        "code_violations": 10,
    }
    assert document["warnings"] == []
    before = database.versions(*FIELDS, "properties")
    run(cli, market, "ingest")
    assert database.versions(*FIELDS, "properties") == before


def test_the_roll_layer_is_asked_by_parcel_number_and_never_scanned(
    cli: CLI, county: County, arcgis: ArcGISServer, portal: SocrataServer
) -> None:
    run(cli, county.serve(arcgis, portal), "ingest")
    asked = [one for one in arcgis.requests if "MapServer/216/query" in one.path and one.kind == "page"]
    wheres = [one.params["where"] for one in asked if one.params.get("resultRecordCount") != "1"]
    assert wheres
    assert all(parcel(1) in where for where in wheres)
    assert "1=1" not in wheres


def test_an_incomplete_fetch_deactivates_nothing_and_is_partial(
    cli: CLI, county: County, database: Database, arcgis: ArcGISServer, portal: SocrataServer
) -> None:
    run(cli, county.serve(arcgis, portal), "ingest")
    del county.records["tax_sales"][8:]
    market = county.serve(arcgis, portal)
    county.layer(arcgis, "tax_sales").faults.append(on("count", Reply({"count": 10})))
    document = run(cli, market, "ingest", code=3)
    assert document["stats"]["tax_sales"]["status"] == "partial"
    assert document["stats"]["tax_sales"]["deactivated"] == 0
    assert any("8 of 10 records received" in warning for warning in document["warnings"])
    assert database.value("SELECT count(*) FROM tax_sales WHERE is_active") == 10
    (row,) = database.rows("SELECT * FROM data_ingestion_runs WHERE source = 'tax_sales' AND status <> 'success'")
    assert (row["status"], row["processed"], row["deactivated"]) == ("partial", 8, 0)


def test_new_records_of_an_incomplete_fetch_are_kept(
    cli: CLI, county: County, database: Database, arcgis: ArcGISServer, portal: SocrataServer
) -> None:
    run(cli, county.serve(arcgis, portal), "ingest")
    market = county.sale(parcel(11)).roll(parcel(11)).serve(arcgis, portal)
    county.layer(arcgis, "tax_sales").faults.append(on("count", Reply({"count": 20})))
    assert run(cli, market, "ingest", code=3)["stats"]["tax_sales"]["inserted"] == 1
    assert database.property(parcel(11))["is_active"]


def test_one_failing_source_stops_no_other_and_keeps_what_was_there(
    cli: CLI, county: County, database: Database, arcgis: ArcGISServer, portal: SocrataServer
) -> None:
    run(cli, county.serve(arcgis, portal), "ingest")
    before = database.versions("foreclosures")
    market = county.sale(parcel(11)).roll(parcel(11)).serve(arcgis, portal)
    county.layer(arcgis, "foreclosures").faults.append(lambda request: BROKEN)
    document = run(cli, market, "ingest", code=3)
    assert document["status"] == "partial"
    assert document["stats"]["foreclosures"]["status"] == "failure"
    assert document["stats"]["tax_sales"]["inserted"] == document["stats"]["property_records"]["inserted"] == 1
    assert any(warning.startswith("foreclosures: not loaded") for warning in document["warnings"])
    assert database.versions("foreclosures") == before
    assert database.value("SELECT count(*) FROM foreclosures WHERE is_active") == 2


def test_a_missing_field_fails_its_source_alone_and_names_the_field(
    cli: CLI, county: County, database: Database, arcgis: ArcGISServer, portal: SocrataServer
) -> None:
    market = county.serve(arcgis, portal)
    del county.layer(arcgis, "foreclosures").fields["AUCTION_DATE"]
    document = run(cli, market, "ingest", code=3)
    assert "no field 'AUCTION_DATE'" in document["stats"]["foreclosures"]["error"]
    assert document["stats"]["tax_sales"]["inserted"] == 10


REFUSING = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  RAISE 'value out of range' USING DETAIL = 'Failing row contains (secret).', ERRCODE = 'numeric_value_out_of_range';
END $$;
CREATE TRIGGER refuse BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse();
"""


@pytest.mark.parametrize("refused", FIELDS)
def test_a_source_that_the_database_refuses_fails_alone_and_says_why_in_one_line(
    cli: CLI,
    county: County,
    database: Database,
    arcgis: ArcGISServer,
    portal: SocrataServer,
    monkeypatch: pytest.MonkeyPatch,
    refused: str,
) -> None:
    monkeypatch.setenv("WHOLESALER_RETRIES", "2")
    database.execute(REFUSING.format(table=refused))
    document = run(cli, county.serve(arcgis, portal), "ingest", code=3)
    assert (document["status"], document["attempts"]) == ("partial", 1)
    error = document["stats"][refused]["error"]
    assert error.startswith(f"{refused}: The database said: value out of range.")
    assert not [word for word in ("secret", "INSERT", "\n") if word in error]
    others = {name: database.value(f"SELECT count(*) FROM {name}") for name in FIELDS if name != refused}
    assert all(others.values())
    assert database.value("SELECT count(*) FROM properties") == 10
    assert {row[2] for row in attempts(database) if row[0] == refused} == {"failure"}
    assert {row[2] for row in attempts(database) if row[0] in others} == {"success"}


def test_a_lost_database_fails_the_attempt_and_the_next_loads_only_what_was_not_loaded(
    cli: CLI,
    county: County,
    database: Database,
    arcgis: ArcGISServer,
    portal: SocrataServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WHOLESALER_RETRIES", "1")
    market = county.serve(arcgis, portal)

    def cut(served: Layer, request: Request) -> None:
        """Once the other sources are in, the connection of this one is ended."""
        served.changes.clear()
        for _ in range(100):
            loaded = "SELECT count(*) FROM data_ingestion_runs WHERE source IS NOT NULL AND status = 'success'"
            if database.value(loaded) == 2:
                break
            time.sleep(0.1)
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE xact_start IS NOT NULL AND datname = "
            "current_database() AND pid <> pg_backend_pid()"
        )

    layer = county.layer(arcgis, "tax_sales")
    layer.max_record_count = 1
    layer.changes.append(lambda served, request: request.params.get("resultOffset") == "8" and cut(served, request))
    document = run(cli, market, "ingest")
    assert document["attempts"] == 2
    assert {row[:2] for row in attempts(database) if row[2] == "success" and row[0]} == {
        ("code_violations", 1),
        ("foreclosures", 1),
        ("tax_sales", 2),
        ("property_records", 2),
    }


@pytest.mark.parametrize("night", ["first", "second"])
def test_when_every_source_fails_the_run_ends_with_69_and_one_line(
    cli: CLI, county: County, arcgis: ArcGISServer, portal: SocrataServer, night: str
) -> None:
    market = county.serve(arcgis, portal)
    if night == "second":
        run(cli, market, "ingest")
    for source in ("tax_sales", "foreclosures", "property_records"):
        county.layer(arcgis, source).faults.append(lambda request: BROKEN)
    portal.datasets[DATASET].faults.append(lambda request: Reply({"message": "down"}, 503))
    document = run(cli, market, "ingest", code=69)
    assert document["status"] == "failure"
    assert "None of the" in document["error"]["message"]
    assert "\n" not in document["error"]["message"]
    printed = cli("--market", market, "ingest").out
    assert printed.count("error:") == 1


def test_a_retry_loads_only_the_source_that_failed(
    cli: CLI,
    county: County,
    database: Database,
    arcgis: ArcGISServer,
    portal: SocrataServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WHOLESALER_RETRIES", "2")
    market = county.serve(arcgis, portal)
    failing = county.layer(arcgis, "foreclosures")
    failing.faults.append(on("metadata", BROKEN, 1))
    document = run(cli, market, "ingest")
    assert document["attempts"] == 2
    assert document["stats"]["tax_sales"]["inserted"] == 10
    assert document["stats"]["foreclosures"]["inserted"] == 2
    assert attempts(database) == [
        ("code_violations", 1, "success"),
        ("foreclosures", 1, "failure"),
        ("foreclosures", 2, "success"),
        ("property_records", 2, "success"),
        ("tax_sales", 1, "success"),
        (None, 1, "failure"),
        (None, 2, "success"),
    ]
    assert len([one for one in arcgis.requests if "Tax_Sale" in one.path and one.kind == "metadata"]) == 1


def test_a_source_that_fails_in_every_attempt_leaves_a_row_for_each_and_the_others_loaded(
    cli: CLI,
    county: County,
    database: Database,
    arcgis: ArcGISServer,
    portal: SocrataServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WHOLESALER_RETRIES", "2")
    market = county.serve(arcgis, portal)
    county.layer(arcgis, "foreclosures").faults.append(lambda request: BROKEN)
    document = run(cli, market, "ingest", code=3)
    assert document["attempts"] == 3
    rows = attempts(database)
    assert [row for row in rows if row[0] == "foreclosures"] == [
        ("foreclosures", number, "failure") for number in (1, 2, 3)
    ]
    assert [row for row in rows if row[0] == "tax_sales"] == [("tax_sales", 1, "success")]
    assert database.value("SELECT count(*) FROM property_records") == 10


def test_what_retrying_cannot_help_is_not_retried(
    cli: CLI,
    county: County,
    database: Database,
    arcgis: ArcGISServer,
    portal: SocrataServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WHOLESALER_RETRIES", "2")
    market = county.serve(arcgis, portal)
    refusal = Reply({"error": {"code": 499, "message": "Token Required", "details": []}})
    county.layer(arcgis, "foreclosures").faults.append(lambda request: refusal)
    document = run(cli, market, "ingest", code=3)
    assert document["attempts"] == 1
    assert "Token Required" in document["stats"]["foreclosures"]["error"]


def test_a_source_whose_server_dies_in_the_middle_leaves_nothing_of_it(
    cli: CLI, county: County, database: Database, arcgis: ArcGISServer, portal: SocrataServer
) -> None:
    market = county.serve(arcgis, portal)
    layer = county.layer(arcgis, "tax_sales")
    layer.max_record_count = 2
    layer.faults.append(_dies_at_offset(6))
    run(cli, market, "ingest", code=3)
    assert any(one.params.get("resultOffset") == "6" for one in arcgis.requests)
    assert database.value("SELECT count(*) FROM tax_sales") == 0
    assert database.value("SELECT count(*) FROM code_violations") == 10


def test_a_download_may_take_longer_than_a_statement_of_others_on_the_same_server(
    cli: CLI, county: County, database: Database, arcgis: ArcGISServer, portal: SocrataServer, engine: Engine
) -> None:
    for name in ("statement_timeout", "idle_in_transaction_session_timeout"):
        database.execute(f"ALTER DATABASE {engine.url.database} SET {name} = '300ms'")
    market = county.serve(arcgis, portal)
    layer = county.layer(arcgis, "tax_sales")
    layer.max_record_count = 1
    layer.changes.append(lambda served, request: time.sleep(0.5))
    assert run(cli, market, "ingest")["stats"]["tax_sales"]["inserted"] == 10


def test_nothing_of_a_source_is_visible_to_others_before_all_of_it_is_loaded(
    cli: CLI, county: County, database: Database, arcgis: ArcGISServer, portal: SocrataServer
) -> None:
    market = county.serve(arcgis, portal)
    layer = county.layer(arcgis, "tax_sales")
    layer.max_record_count = 2
    seen: list[int] = []

    def look(served: Layer, request: Request) -> None:
        if request.params.get("resultOffset", "0") != "0":
            seen.append(database.value("SELECT count(*) FROM tax_sales"))

    layer.changes.append(look)
    run(cli, market, "ingest")
    assert len(seen) >= 4
    assert set(seen) == {0}
    assert database.value("SELECT count(*) FROM tax_sales") == 10


def ingest_process(market: Path) -> "subprocess.Popen[str]":
    """``wholesaler ingest`` in a process of its own."""
    command = [sys.executable, "-m", "wholesaler", "--market", str(market), "--as-of", str(AS_OF), "ingest"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_the_rows_of_a_killed_run_are_closed_as_failures_by_the_next_and_nothing_stays_locked(
    cli: CLI, county: County, database: Database, arcgis: ArcGISServer, portal: SocrataServer, ending: signal.Signals
) -> None:
    market = county.serve(arcgis, portal)
    reached, over = threading.Event(), threading.Event()
    layer = county.layer(arcgis, "tax_sales")
    layer.max_record_count = 4

    def hang(request: Request) -> Reply | None:
        if request.params.get("resultOffset", "0") == "0":
            return None
        reached.set()
        over.wait(30)
        return BROKEN

    layer.faults.append(hang)
    with ingest_process(market) as process:
        try:
            assert reached.wait(30)
            process.send_signal(ending)
            assert process.wait(5) == -ending
        finally:
            process.kill()
            over.set()
    killed = database.column("SELECT id FROM data_ingestion_runs WHERE status = 'running'")
    assert killed
    layer.faults.clear()
    assert run(cli, market, "ingest")["stats"]["tax_sales"]["inserted"] == 10
    rows = database.rows("SELECT * FROM data_ingestion_runs WHERE id = ANY(:killed)", killed=killed)
    assert {row["source"] for row in rows} >= {"tax_sales", None}
    assert {row["status"] for row in rows} == {"failure"}
    assert all(row["finished_at"] is not None and "killed" in row["error"]["message"] for row in rows)


@pytest.mark.parametrize("waiting", ["for its turn", "for an answer"])
def test_an_interrupted_run_ends_at_once_and_closes_its_rows(
    cli: CLI,
    county: County,
    database: Database,
    arcgis: ArcGISServer,
    portal: SocrataServer,
    monkeypatch: pytest.MonkeyPatch,
    waiting: str,
) -> None:
    monkeypatch.setenv("WHOLESALER_HTTP_RETRIES", "4")
    monkeypatch.setenv("WHOLESALER_HTTP_RETRY_WAIT", "1")
    market = county.serve(arcgis, portal)
    reached, over = threading.Event(), threading.Event()

    def stall(request: Request) -> Reply | None:
        if request.kind != "page":
            return None
        reached.set()
        if waiting == "for its turn":
            return Reply(b"", 429, {"Retry-After": "20"})
        over.wait(30)
        return BROKEN

    layer = county.layer(arcgis, "tax_sales")
    layer.faults.append(stall)
    with ingest_process(market) as process:
        try:
            assert reached.wait(30)
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=5)
        finally:
            process.kill()
            over.set()
    assert process.returncode == 1
    assert said.splitlines()[-1] == "wholesaler: Interrupted."
    assert "Traceback" not in said
    (row,) = database.rows("SELECT status, error FROM data_ingestion_runs WHERE source IS NULL")
    assert (row["status"], row["error"]["message"]) == ("failure", "Interrupted.")
    # a source whose answer is still awaited cannot write anything; the next run does it
    left = {"for its turn": "failure", "for an answer": "running"}[waiting]
    assert database.column("SELECT status FROM data_ingestion_runs WHERE source = 'tax_sales'") == [left]
    layer.faults.clear()
    assert run(cli, market, "ingest")["stats"]["tax_sales"]["inserted"] == 10
    assert database.value("SELECT count(*) FROM data_ingestion_runs WHERE status = 'running'") == 0


def _dies_at_offset(offset: int) -> Any:
    dead = threading.Event()

    def fault(request: Request) -> Reply | None:
        if int(request.params.get("resultOffset", 0)) >= offset:
            dead.set()
        return BROKEN if dead.is_set() else None

    return fault
