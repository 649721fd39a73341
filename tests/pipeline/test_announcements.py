"""What goes to the alert channels when a stage fails, or when there is not even a database."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.markets.samples import LAYER, file_market, serve_tax_sales, tax_sale_market
from tests.servers import Reply, on
from tests.servers.arcgis import ArcGISServer
from tests.servers.slack import SlackSink
from tests.servers.smtp import SmtpSink
from tests.support import Outcome

CLI = Callable[..., Outcome]
PASSWORD = "hunter2"
ROOT = Path(__file__).parents[2]


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


@pytest.mark.parametrize(
    "fault",
    [
        "ALTER TABLE alert_deliveries RENAME TO gone",
        "CREATE RULE closed AS ON INSERT TO alert_deliveries DO INSTEAD SELECT 1 / 0",
    ],
)
def test_a_ledger_that_cannot_be_written_silences_nothing(
    cli: CLI, slack: SlackSink, market: Path, engine: Engine, fault: str
) -> None:
    with engine.begin() as connection:
        connection.execute(text(fault))
    assert cli("ingest", "--market", market, "--as-of", "2025-12-01").code == 69
    assert [payload["text"].split(" failed")[0] for payload in slack.payloads] == ["wholesaler: ingest"]


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
def test_what_had_no_answer_without_a_database_is_sent_once_a_run_and_marked_as_a_repeat(
    cli: CLI, slack: SlackSink, market: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOLESALER_HTTP_RETRIES", "3")
    slack.answers = [504]  # a gateway: the service behind it may have the message
    for run in (1, 2, 3):
        assert cli("ingest", "--market", market, "--as-of", "2025-12-01").code == 69
        assert slack.requests == min(run, 2)
    assert "possibly a repeat" in str(slack.payloads[0])


@pytest.mark.usefixtures("no_database")
def test_reading_without_a_database_is_for_the_terminal_only(cli: CLI, slack: SlackSink, market: Path) -> None:
    outcome = cli("stats", "--market", market)
    assert outcome.code == 69
    assert slack.requests == 0


@pytest.mark.usefixtures("no_database")
@pytest.mark.parametrize("line", ["alert --dry-run", "dedupe --undo 29-22-28-8850-02-050"])
def test_commands_that_people_try_out_are_silent_without_a_database(
    cli: CLI, slack: SlackSink, market: Path, line: str
) -> None:
    assert cli(*line.split(), "--market", market, "--as-of", "2025-12-01").code == 69
    assert slack.requests == 0


def test_a_merge_that_cannot_be_undone_is_for_the_terminal_only(cli: CLI, slack: SlackSink, market: Path) -> None:
    assert cli("dedupe", "--undo", "29-22-28-8850-02-050", "--market", market).code not in {0, 3}
    assert slack.requests == 0


@pytest.mark.parametrize("line", ["ingest --source tax_liens", "run-all --from scrape", "ingest --as-of yesterday"])
def test_wrong_usage_is_for_the_terminal_only_and_hides_no_failure_of_the_day(
    cli: CLI, slack: SlackSink, market: Path, line: str
) -> None:
    assert cli("--market", market, "--as-of", "2025-12-01", *line.split()).code == 2
    assert slack.requests == 0
    assert cli("ingest", "--market", market, "--as-of", "2025-12-01").code == 69
    assert len(slack.payloads) == 1


@pytest.fixture
def misconfigured(market: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> tuple[str, ...]:
    """A command line that ends with 78 before anything is done."""
    if request.param == "DATABASE_URL":
        monkeypatch.setenv("DATABASE_URL", f"mysql://me:{PASSWORD}@db.example/leads")
    elif request.param == "WHOLESALER_HOME":
        (market.parent / "file").write_text("", "utf-8")
        monkeypatch.setenv("WHOLESALER_HOME", str(market.parent / "file"))
    elif request.param == "market":
        market.write_text("key =", "utf-8")
    line = ("run-all", "--market", str(market), "--as-of", "2025-12-01")
    return (*line, "--profile", "none.toml") if request.param == "profile" else line


@pytest.mark.parametrize("misconfigured", ["DATABASE_URL", "market", "profile"], indirect=True)
def test_a_wrong_configuration_is_announced_once_a_day_when_nobody_watches(
    cli: CLI, slack: SlackSink, misconfigured: tuple[str, ...]
) -> None:
    for _ in range(2):
        outcome = cli(*misconfigured)
        assert outcome.code == 78
        assert PASSWORD not in slack.text + outcome.err
    (payload,) = slack.payloads
    assert payload["text"].startswith("wholesaler: run-all failed for ")
    # a path may have characters that Slack would take for its own
    assert outcome.last_word.removeprefix("wholesaler: ").split(":")[0].rpartition("/")[2] in slack.text


@pytest.mark.parametrize("misconfigured", ["WHOLESALER_HOME"], indirect=True)
def test_a_home_in_which_nothing_can_be_remembered_is_announced_all_the_same(
    cli: CLI, slack: SlackSink, misconfigured: tuple[str, ...]
) -> None:
    outcome = cli(*misconfigured)
    assert outcome.code == 78
    assert outcome.last_word.startswith("wholesaler: WHOLESALER_HOME: ")
    assert len(slack.payloads) == 1


@pytest.mark.parametrize("misconfigured", ["DATABASE_URL"], indirect=True)
def test_a_wrong_configuration_does_not_hide_a_failure_of_the_day(
    cli: CLI, slack: SlackSink, misconfigured: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli(*misconfigured).code == 78
    monkeypatch.setenv("DATABASE_URL", f"postgresql://me:{PASSWORD}@127.0.0.1:1/leads")
    assert cli(*misconfigured).code == 69
    assert len(slack.payloads) == 2


@pytest.mark.parametrize("misconfigured", ["DATABASE_URL", "market", "profile"], indirect=True)
def test_a_wrong_configuration_is_not_announced_to_who_sits_at_the_terminal(
    slack: SlackSink, misconfigured: tuple[str, ...]
) -> None:
    terminal, end = os.openpty()
    line = [sys.executable, "-m", "wholesaler", *misconfigured]
    done = subprocess.run(line, stdin=end, capture_output=True, timeout=60, check=False)
    os.close(terminal)
    os.close(end)
    assert done.returncode == 78
    assert slack.requests == 0


def test_a_channel_without_a_target_is_told_on_the_others(
    cli: CLI, market: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SmtpSink() as smtp:
        for name, value in {
            "ALERT_ENABLE_SLACK": "true",
            "ALERT_EMAIL": "ann@example.org",
            "SMTP_HOST": smtp.host,
            "SMTP_PORT": str(smtp.port),
            "SMTP_FROM_EMAIL": "alerts@example.org",
            "SMTP_USE_TLS": "false",
        }.items():
            monkeypatch.setenv(name, value)
        assert cli("ingest", "--market", market, "--as-of", "2025-12-01").code == 78
        (mail,) = smtp.messages
    assert "ALERT_SLACK_WEBHOOK is not set" in str(mail)


def test_a_setting_that_is_wrong_is_told_on_the_channels_that_are_right(
    cli: CLI, slack: SlackSink, market: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOLESALER_RETRIES", "three")
    for _ in range(2):
        assert cli("run-all", "--market", market, "--as-of", "2025-12-01").code == 78
    (payload,) = slack.payloads
    assert "WHOLESALER_RETRIES" in slack.text.replace("\\", "")
    assert payload["text"].startswith("wholesaler: run-all failed for Orange County, Florida")


@pytest.mark.parametrize(
    "command", ["run-all", *(pytest.param(one, marks=pytest.mark.slow) for one in ("stats", "alert"))]
)
def test_a_home_on_a_disk_that_became_read_only_is_said_and_announced(
    cli: CLI, slack: SlackSink, home: Path, command: str
) -> None:
    market = file_market(home)
    assert cli("run-all", "--market", market, "--as-of", "2025-12-01").code == 3
    messages = len(slack.payloads)
    program = f"{sys.executable} -m wholesaler {command} --market {market} --as-of 2025-12-01"
    script = f"mount --bind {home} {home} && mount -o remount,ro,bind {home} && exec {program}"
    done = subprocess.run(["unshare", "-m", "sh", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip("this machine gives no mount namespace")
    if command == "stats":  # reading writes nothing
        assert (done.returncode, len(slack.payloads)) == (0, messages)
        return
    assert done.returncode == 78, done.stderr
    line = done.stderr.splitlines()[-1]
    assert f"{home}" in line
    assert "Read-only file system" in line
    assert len(slack.payloads) == messages + 1
    assert "Read-only file system" in slack.payloads[-1]["blocks"][0]["text"]["text"]
