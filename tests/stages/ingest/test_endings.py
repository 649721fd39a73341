"""What ingest does when the database refuses or goes away, and when its own process is interrupted or killed."""

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.servers import Reply, Request
from tests.servers.arcgis import ArcGISServer, Layer
from tests.servers.socrata import SocrataServer
from tests.stages.county import AS_OF, CLI, FIELDS, County, Database, parcel, run
from tests.stages.ingest.test_faults import BROKEN, attempts
from tests.support import hear_interrupts


@pytest.fixture
def county(tmp_path: Path) -> County:
    county = County(tmp_path)
    for number in range(1, 11):
        county.sale(parcel(number)).roll(parcel(number)).violation(parcel(number))
    return county.foreclosure(parcel(1), "1 ELM ST").foreclosure(parcel(2), "2 ELM ST")


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


def ingest_process(market: Path) -> "subprocess.Popen[str]":
    """``wholesaler ingest`` in a process of its own."""
    command = [sys.executable, "-m", "wholesaler", "--market", str(market), "--as-of", str(AS_OF), "ingest"]
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=hear_interrupts
    )


def test_the_rows_of_a_killed_run_are_closed_as_failures_by_the_next_and_nothing_stays_locked(
    cli: CLI, county: County, database: Database, arcgis: ArcGISServer, portal: SocrataServer
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
            process.kill()
            assert process.wait(5) == -signal.SIGKILL
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
    assert json.loads(said.splitlines()[-1])["message"] == "Interrupted."
    assert "Traceback" not in said
    (row,) = database.rows("SELECT status, error FROM data_ingestion_runs WHERE source IS NULL")
    assert (row["status"], row["error"]["message"]) == ("failure", "Interrupted.")
    assert database.column("SELECT status FROM data_ingestion_runs WHERE source = 'tax_sales'") == ["failure"]
    layer.faults.clear()
    assert run(cli, market, "ingest")["stats"]["tax_sales"]["inserted"] == 10
    assert database.value("SELECT count(*) FROM data_ingestion_runs WHERE status = 'running'") == 0
