"""What goes to the alert channels when a stage fails, or when there is not even a database."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.markets.samples import LAYER, serve_tax_sales, tax_sale_market
from tests.servers import Reply, on
from tests.servers.arcgis import ArcGISServer
from tests.servers.slack import SlackSink
from tests.support import Outcome

CLI = Callable[..., Outcome]
PASSWORD = "hunter2"


@pytest.fixture
def slack(cli: CLI, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackSink]:
    """The channel of the command line."""
    with SlackSink() as sink:
        monkeypatch.setenv("ALERT_SLACK_WEBHOOK", sink.url)
        yield sink


@pytest.fixture
def market(home: Path) -> Iterator[Path]:
    """A market whose one source answers 500."""
    with ArcGISServer() as server:
        url = serve_tax_sales(server)
        server.layers[LAYER].faults.append(on("metadata", Reply(b"", 500)))
        yield tax_sale_market(home, url)


@pytest.fixture
def no_database(cli: CLI, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line gets an address at which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    monkeypatch.setenv("DATABASE_URL", f"postgresql://me:{PASSWORD}@127.0.0.1:{port}/leads")


def test_a_failed_stage_is_announced_once_a_day(cli: CLI, slack: SlackSink, market: Path) -> None:
    for _ in range(2):
        assert cli("ingest", "--market", market, "--as-of", "2025-12-01").code == 69
    assert len(slack.payloads) == 1
    assert "ingest failed for Orange County, Florida" in slack.payloads[0]["text"]
    assert "500" in slack.text
    assert cli("ingest", "--market", market, "--as-of", "2025-12-02").code == 69
    assert len(slack.payloads) == 2


def test_stages_that_were_skipped_are_not_announced(cli: CLI, slack: SlackSink, market: Path) -> None:
    assert cli("run-all", "--market", market, "--as-of", "2025-12-01").code == 69
    failures = [payload["text"] for payload in slack.payloads if "failed for" in payload["text"]]
    assert len(failures) == 1


def test_each_stage_that_fails_is_announced_by_itself(cli: CLI, slack: SlackSink, market: Path, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE lead_score_history RENAME TO gone"))
    assert cli("ingest", "--market", market, "--as-of", "2025-12-01").code == 69
    assert cli("score", "--market", market, "--as-of", "2025-12-01").code == 1
    assert [payload["text"].split(" failed")[0] for payload in slack.payloads] == [
        "wholesaler: ingest",
        "wholesaler: score",
    ]
    assert "SELECT" not in slack.text


def test_a_channel_that_is_down_hides_nothing_and_gets_the_announcement_later(
    cli: CLI, slack: SlackSink, market: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOLESALER_HTTP_RETRIES", "0")
    slack.answers = [500]
    outcome = cli("ingest", "--market", market, "--as-of", "2025-12-01", "--json")
    assert outcome.code == 69
    assert "500" in outcome.document["error"]["message"]
    assert slack.payloads == []
    assert cli("ingest", "--market", market, "--as-of", "2025-12-01").code == 69
    assert len(slack.payloads) == 1


@pytest.mark.parametrize("command", ["run-all", "ingest", "enrich", "alert", "check"])
def test_a_channel_that_cannot_be_used_is_said_before_anything_is_done(
    cli: CLI, market: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("ALERT_ENABLE_SLACK", "true")
    outcome = cli(command, "--market", market, "--as-of", "2025-12-01")
    assert outcome.code == 78
    assert "ALERT_SLACK_WEBHOOK" in outcome.err
    assert cli("runs", "--market", market, "--json").document == {"runs": []}


@pytest.mark.usefixtures("no_database")
def test_a_run_without_a_database_is_announced_once_for_each_stage_and_day(
    cli: CLI, slack: SlackSink, market: Path, home: Path
) -> None:
    for _ in range(2):
        outcome = cli("ingest", "--market", market, "--as-of", "2025-12-01")
        assert outcome.code == 69
    assert len(slack.payloads) == 1
    assert "does not answer" in slack.text
    assert PASSWORD not in slack.text + outcome.err
    assert [path.name for path in (home / "announced").iterdir()] == ["test-county-2025-12-01-ingest-slack"]
    assert cli("enrich", "--market", market, "--as-of", "2025-12-01").code == 69
    assert cli("ingest", "--market", market, "--as-of", "2025-12-02").code == 69
    assert len(slack.payloads) == 3


@pytest.mark.usefixtures("no_database")
def test_what_could_not_be_announced_without_a_database_is_tried_again(
    cli: CLI, slack: SlackSink, market: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOLESALER_HTTP_RETRIES", "0")
    slack.answers = [500]
    assert cli("ingest", "--market", market, "--as-of", "2025-12-01").code == 69
    assert slack.payloads == []
    assert cli("ingest", "--market", market, "--as-of", "2025-12-01").code == 69
    assert len(slack.payloads) == 1


@pytest.mark.usefixtures("no_database")
def test_reading_without_a_database_is_for_the_terminal_only(cli: CLI, slack: SlackSink, market: Path) -> None:
    outcome = cli("stats", "--market", market)
    assert outcome.code == 69
    assert slack.requests == 0


def test_a_wrong_database_address_is_for_the_terminal_only(
    cli: CLI, slack: SlackSink, market: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"mysql://me:{PASSWORD}@db.example/leads")
    outcome = cli("ingest", "--market", market, "--as-of", "2025-12-01")
    assert outcome.code == 78
    assert PASSWORD not in outcome.err
    assert slack.requests == 0
