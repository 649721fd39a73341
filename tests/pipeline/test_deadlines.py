"""Deadlines: whatever a stage is waiting for, it ends in order when its time is over, and says so."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from tests.markets.samples import LAYER, LIVE_DAY, file_market, serve_tax_sales, tax_sale_market
from tests.servers import Reply, Request, on
from tests.servers.arcgis import ArcGISServer
from tests.servers.slack import SlackSink
from tests.support import Outcome
from wholesaler.db.run_ledger import RunKey, close_run, open_run

CLI = Callable[..., Outcome]
#: tables that the stage cannot do without
NEEDED = {"enrich": "properties", "dedupe": "properties", "score": "lead_scores", "alert": "alert_deliveries",
          "check": "properties"}  # fmt: skip


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """No first load has more time."""
    monkeypatch.setenv("WHOLESALER_FIRST_LOAD_DEADLINE", "0.1")


@pytest.fixture
def slack(cli: CLI, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackSink]:
    with SlackSink() as sink:
        monkeypatch.setenv("ALERT_SLACK_WEBHOOK", sink.url)
        yield sink


@pytest.fixture
def county() -> Iterator[ArcGISServer]:
    with ArcGISServer() as county:
        serve_tax_sales(county)
        yield county


@pytest.fixture
def market(county: ArcGISServer, home: Path) -> Path:
    return tax_sale_market(home, f"{county.url}/arcgis/rest/services/{LAYER}")


def rows(cli: CLI, market: Path) -> list[tuple[str, str | None, str]]:
    found = cli("runs", "--market", market, "--json").document["runs"]
    return sorted((row["stage"], row["source"] or "", row["status"]) for row in found)


@pytest.mark.parametrize(
    "stage", [stage if stage == "score" else pytest.param(stage, marks=pytest.mark.slow) for stage in NEEDED]
)
def test_a_statement_that_waits_is_cancelled_and_the_stage_ends_with_124(
    cli: CLI, home: Path, engine: Engine, slack: SlackSink, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    market = file_market(home)
    assert cli("run-all", "--market", market, "--as-of", LIVE_DAY, "--only", "ingest").code in {0, 3}
    monkeypatch.setenv(f"WHOLESALER_{stage.upper()}_DEADLINE", "1")
    monkeypatch.setenv("WHOLESALER_RETRIES", "3")
    with engine.connect() as other:
        other.execute(text(f"LOCK TABLE {NEEDED[stage]}"))
        began = time.monotonic()
        monkeypatch.setattr("wholesaler.pipeline.announcements._LONGEST", 1)  # who tells of it may need the table too
        outcome = cli(stage, "--market", market, "--as-of", LIVE_DAY, "--json")
        assert 1 <= time.monotonic() - began < 10
    assert outcome.code == 124
    assert outcome.document["status"] == "failure"
    assert outcome.document["attempts"] == 1
    error = outcome.document["error"]
    assert error["type"] == "DeadlineError"
    assert error["message"].startswith(f"{stage} had not ended after 1 s and was stopped")
    assert (stage, "", "failure") in rows(cli, market)
    assert "running" not in {status for *_, status in rows(cli, market)}
    assert f"{stage} failed" in slack.text
    assert "had not ended after 1 s" in slack.text
    with engine.connect() as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'wholesaler' AND state <> 'idle'"
        assert connection.scalar(text(f"{query} AND pid <> pg_backend_pid()")) == 0
    monkeypatch.delenv(f"WHOLESALER_{stage.upper()}_DEADLINE")
    monkeypatch.delenv("WHOLESALER_FIRST_LOAD_DEADLINE")
    assert cli(stage, "--market", market, "--as-of", LIVE_DAY).code in {0, 3, 4}


def test_an_answer_that_does_not_come_ends_with_the_stage(
    cli: CLI, county: ArcGISServer, market: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()

    def hang(request: Request) -> None:
        released.wait(30)

    county.layers[LAYER].faults.append(hang)
    monkeypatch.setenv("WHOLESALER_INGEST_DEADLINE", "1")
    monkeypatch.setenv("WHOLESALER_FETCH_DEADLINE", "60")
    began = time.monotonic()
    outcome = cli("ingest", "--market", market, "--as-of", LIVE_DAY, "--json")
    released.set()
    assert 1 <= time.monotonic() - began < 5
    assert outcome.code == 124
    assert rows(cli, market) == [("ingest", "", "failure"), ("ingest", "tax_sales", "failure")]
    runs = cli("runs", "--market", market, "--json").document["runs"]
    assert {row["error"]["type"] for row in runs} == {"DeadlineError"}


def test_a_server_that_trickles_ends_its_own_source_and_not_the_night(
    cli: CLI, county: ArcGISServer, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page is in time; all of them are not. The other source is loaded, and what was there stays."""
    with ArcGISServer() as quick:
        market = tax_sale_market(home, serve_tax_sales(quick))
        table = market.read_text("utf-8")
        source = table[table.index("[sources.tax_sales]") :]
        slow = source.replace("[sources.tax_sales]", '[sources.slow]\nrecord = "tax_sales"\npage_size = 1')
        slow = slow.replace("sources.tax_sales.", "sources.slow.").replace(quick.url, county.url)
        market.write_text(f"{table}\n{slow}", "utf-8")
        county.layers[LAYER].faults.append(lambda request: time.sleep(0.3))
        monkeypatch.setenv("WHOLESALER_FETCH_DEADLINE", "2")
        monkeypatch.setenv("WHOLESALER_RETRIES", "3")
        began = time.monotonic()
        outcome = cli("ingest", "--market", market, "--as-of", LIVE_DAY, "--json")
        assert time.monotonic() - began < 10
    assert outcome.code == 3, outcome.err
    assert outcome.document["attempts"] == 1
    assert outcome.document["stats"]["tax_sales"]["inserted"] == 32
    assert outcome.document["stats"]["slow"]["error"].startswith("slow: it had not been read after 2 s")
    assert ("ingest", "slow", "failure") in rows(cli, market)


def test_a_source_whose_table_is_locked_ends_and_leaves_the_stage_the_time_to_say_so(
    cli: CLI, market: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOLESALER_INGEST_DEADLINE", "3")
    monkeypatch.setenv("WHOLESALER_RETRIES", "3")
    with engine.connect() as other:
        other.execute(text("LOCK TABLE rejected_records"))
        outcome = cli("ingest", "--market", market, "--as-of", LIVE_DAY, "--json")
    assert outcome.code == 69
    assert outcome.document["error"]["message"].startswith("tax_sales: it had not been read after 2 s")
    assert rows(cli, market) == [("ingest", "", "failure"), ("ingest", "tax_sales", "failure")]


def test_no_retry_is_waited_for_that_could_not_begin_in_time(
    cli: CLI, county: ArcGISServer, market: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    county.layers[LAYER].faults.append(on("metadata", Reply(b"", 500)))
    monkeypatch.setenv("WHOLESALER_INGEST_DEADLINE", "10")
    monkeypatch.setenv("WHOLESALER_RETRIES", "3")
    monkeypatch.setenv("WHOLESALER_RETRY_WAIT", "10")
    monkeypatch.setenv("WHOLESALER_HTTP_RETRIES", "0")
    began = time.monotonic()
    outcome = cli("ingest", "--market", market, "--as-of", LIVE_DAY, "--json")
    assert time.monotonic() - began < 8
    assert outcome.code == 69
    assert outcome.document["attempts"] == 1
    assert "500" in outcome.document["error"]["message"]


def test_a_stage_that_has_never_ended_well_has_the_time_of_a_first_load(
    cli: CLI, county: ArcGISServer, market: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOLESALER_INGEST_DEADLINE", "0.2")
    monkeypatch.setenv("WHOLESALER_FIRST_LOAD_DEADLINE", "60")
    monkeypatch.setenv("WHOLESALER_FETCH_DEADLINE", "60")

    def dawdle(request: Request) -> None:
        time.sleep(0.5)

    county.layers[LAYER].faults.append(dawdle)
    key = RunKey(uuid4(), "test-county", date.fromisoformat(LIVE_DAY))
    close_run(engine, key, open_run(engine, key, "ingest", 1, "tax_sales"), "success")
    assert cli("ingest", "--market", market, "--as-of", LIVE_DAY).code == 0
    assert cli("ingest", "--market", market, "--as-of", LIVE_DAY).code == 124
