"""ALERT_URLS through the command line: the same ledger and promises, a state of its own for each channel, no secret."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.markets.samples import LIVE_DAY, file_market
from tests.servers.slack import Answer
from tests.servers.webhook import WebhookSink
from tests.stages.ledger import Ledger, parcel
from tests.support import Outcome

CLI = Callable[..., Outcome]
SECRET = "secret-token-9f8e7d6c"


@pytest.fixture
def first() -> Iterator[WebhookSink]:
    with WebhookSink() as sink:
        yield sink


@pytest.fixture
def second() -> Iterator[WebhookSink]:
    with WebhookSink() as sink:
        yield sink


@pytest.fixture
def run(
    cli: CLI, home: Path, first: WebhookSink, second: WebhookSink, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Outcome]:
    """The command line with two channels, ``ops`` and ``team``, whose addresses are in a file."""
    monkeypatch.setenv("WHOLESALER_HTTP_RETRIES", "0")
    (home / "urls").write_text(f"ops={first.hook}\nteam={second.hook}\n", "utf-8")
    monkeypatch.setenv("ALERT_URLS_FILE", str(home / "urls"))
    market = file_market(home)

    def command(line: str) -> Outcome:
        outcome = cli(*line.split(), "--market", market)
        assert SECRET not in outcome.out + outcome.err
        return outcome

    return command


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    return Ledger(engine)


def test_each_channel_has_a_state_of_its_own(
    run: Callable[[str], Outcome], ledger: Ledger, first: WebhookSink, second: WebhookSink
) -> None:
    for channel in ("ops", "team"):
        ledger.lead(channel, 1)
        ledger.findings(channel)
    first.answers = [503]
    second.refused = {"something odd": Answer(400, f"cannot read {SECRET}")}
    outcome = run(f"alert --as-of {LIVE_DAY} --json --verbose")
    assert outcome.code == 3
    assert outcome.document["stats"]["sent"] == {"ops": 0, "team": 1, "report": 0}
    assert outcome.document["stats"]["pending"] == {"ops": 1, "team": 0, "report": 0}
    assert any(warning.startswith("team: team did not accept") for warning in outcome.document["warnings"])
    assert ledger.refused() == [("team", "findings", "check")]
    outcome = run(f"alert --as-of {LIVE_DAY} --json")
    assert outcome.document["stats"]["sent"] == {"ops": 1, "team": 0, "report": 0}
    assert first.text.count(parcel(1)) == second.text.count(parcel(1)) == 1
    listed = run("alerts list --json").document
    assert listed["counts"]["team"] == {"pending": 0, "sent": 1, "refused": 1}
    second.refused = {}
    assert run("alerts retry").code == 0
    assert "something odd" in second.text


def test_an_unanswered_message_is_sent_once_a_run_and_marked(
    run: Callable[[str], Outcome], ledger: Ledger, first: WebhookSink
) -> None:
    ledger.lead("ops", 1)
    first.answers = [504]
    assert run(f"alert --as-of {LIVE_DAY}").code == 3
    assert run(f"alert --as-of {LIVE_DAY}").code == 0
    assert "possibly a repeat" in first.text
    assert first.requests == 2


def test_alert_test_status_doctor_and_config_know_them(
    run: Callable[[str], Outcome], ledger: Ledger, first: WebhookSink, second: WebhookSink
) -> None:
    second.answers = [401]
    outcome = run("alert --test --json")
    assert outcome.code == 3
    assert [(one["channel"], one["taken"]) for one in outcome.document["channels"]] == [("ops", True), ("team", False)]
    assert "401" in outcome.document["channels"][1]["words"]
    assert first.payloads[0]["title"].startswith("TEST: ")
    ledger.lead("team", 1)
    found = run("status --json").document
    assert found["channels"] == ["ops", "team", "report"]
    assert found["pending_alerts"]["team"]["pending"] == 1
    shown = {check["subject"]: check["outcome"] for check in run("doctor --json").document["checks"]}
    assert (shown["ops"], shown["team"]) == ("ok", "ok")
    assert run("config show --json").document["settings"]["ALERT_URLS"]["value"] == "•••"
    assert (first.requests, second.requests) == (1, 1)


def test_a_failed_stage_is_told_on_them_without_a_database_too(
    cli: CLI, run: Callable[[str], Outcome], first: WebhookSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    for _ in range(2):
        assert run(f"score --as-of {LIVE_DAY}").code == 69
    (payload,) = first.payloads
    assert payload["type"] == "failure"
    assert "score failed for" in payload["title"]


@pytest.mark.parametrize(
    ("urls", "said"),
    [("rubbish://x", "does not know how to use the address of rubbish-"), ("example.org", "number 1 is none")],
)
def test_a_wrong_address_ends_a_run_before_it_begins(
    cli: CLI, home: Path, monkeypatch: pytest.MonkeyPatch, urls: str, said: str
) -> None:
    monkeypatch.setenv("ALERT_URLS", urls)
    outcome = cli("ingest", "--market", file_market(home))
    assert outcome.code == 78
    assert said in outcome.err


def test_doctor_says_what_is_missing(run: Callable[[str], Outcome], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    checks = {check["subject"]: check for check in run("doctor --json").document["checks"]}
    assert checks["ops"]["outcome"] == "error"
    assert "wholesaler[channels]" in checks["ops"]["hint"]
    outcome = run("alert")
    assert outcome.code == 78
    assert "pip install" in outcome.err
