"""What a channel refuses for good: said once, listed, not sent every night, and sent again when somebody asks."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.markets.samples import LIVE_DAY, file_market
from tests.servers.slack import Answer, SlackSink
from tests.stages.county import Database
from tests.stages.ledger import MARKET, Ledger, parcel
from tests.support import Outcome

CLI = Callable[..., Outcome]
GONE = Answer(404, "no_service")
MINUTE = 1 / 1440
GIVEN_UP_AFTER = 7


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    return Ledger(engine)


@pytest.fixture
def run(cli: CLI, home: Path, monkeypatch: pytest.MonkeyPatch) -> CLI:
    monkeypatch.setenv("WHOLESALER_HTTP_RETRIES", "0")
    market = file_market(home)
    return lambda line: cli(*line.split(), "--market", market)


@pytest.fixture
def slack(cli: CLI, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackSink]:
    with SlackSink() as sink:
        monkeypatch.setenv("ALERT_SLACK_WEBHOOK", sink.url)
        yield sink


@pytest.mark.parametrize(("days", "refused"), [(GIVEN_UP_AFTER - MINUTE, 1), (GIVEN_UP_AFTER, 2)])
def test_a_channel_that_takes_nothing_is_not_sent_the_same_for_ever(
    run: CLI, ledger: Ledger, slack: SlackSink, days: float, refused: int
) -> None:
    ledger.lead("slack", 1)
    ledger.age(days)
    ledger.lead("slack", 2)
    ledger.age(0.0)
    slack.answers = [GONE]
    outcome = run(f"alert --as-of {LIVE_DAY} --json")
    assert (outcome.code, slack.requests) == (3, 1)
    assert outcome.document["stats"]["refused"]["slack"] == refused - 1
    assert len(outcome.document["warnings"]) == refused
    assert ledger.refused() == [("slack", "new_lead", "1")][: refused - 1]
    # the channel is mended: what still waits goes out by itself
    assert run(f"alert --as-of {LIVE_DAY} --json").document["stats"]["sent"]["slack"] == 3 - refused


def test_retry_sends_what_waits_and_what_was_refused(run: CLI, ledger: Ledger, slack: SlackSink) -> None:
    ledger.lead("slack", 1)
    ledger.findings("slack", "too odd")
    slack.refused = {"too odd": Answer(400, "invalid_payload")}
    assert run(f"alert --as-of {LIVE_DAY}").code == 3
    ledger.lead("slack", 2)
    outcome = run("alerts retry --json")
    assert outcome.code == 3
    assert outcome.document["stats"]["sent"] == {"slack": 1, "report": 0}
    assert ledger.refused() == [("slack", "findings", "check")]
    slack.refused = {}
    outcome = run("alerts retry --json")
    assert (outcome.code, outcome.document["warnings"]) == (0, [])
    assert (ledger.pending(), ledger.refused()) == ([], [])
    assert "too odd" in slack.text
    assert slack.text.count(parcel(1)) == slack.text.count(parcel(2)) == 1


def test_list_tells_channel_kind_day_state_attempts_and_error(run: CLI, ledger: Ledger, slack: SlackSink) -> None:
    slack.refused = {parcel(1): Answer(400, "invalid_blocks")}
    ledger.lead("slack", 1)
    assert run(f"alert --as-of {LIVE_DAY}").code == 3
    ledger.findings("slack")
    ledger.lead("report", 1)
    document = run("alerts list --json").document
    assert document["counts"] == {
        "report": {"pending": 1, "sent": 0, "refused": 0},
        "slack": {"pending": 1, "sent": 0, "refused": 1},
    }
    assert document["total"] == 3
    first = document["deliveries"][0]
    assert (first["channel"], first["kind"], first["parcel_id"]) == ("slack", "new_lead", parcel(1))
    assert (first["as_of"], first["state"], first["attempts"]) == (LIVE_DAY, "refused", 1)
    assert "400 'invalid_blocks'" in first["last_error"]
    assert [one["state"] for one in document["deliveries"]] == ["refused", "pending", "pending"]
    assert run("alerts list --state pending --channel slack --json").document["total"] == 1
    assert run("alerts list --state sent --json").document["deliveries"] == []
    shown = run("alerts list").out
    for word in ("3 of 3", parcel(1), "invalid_blocks", "findings", "slack: 1 pending, 1 refused"):
        assert word in shown
    assert "secrettoken" not in shown
    assert run("alerts list --state refuse").code == 2
    assert run(f"alerts list --as-of {LIVE_DAY}").code == 2
    assert run("alerts list --state sent").out.startswith("No announcement")


def test_nothing_confidential_is_listed_or_kept_for_a_retry(
    run: CLI, ledger: Ledger, engine: Engine, slack: SlackSink
) -> None:
    database = Database(engine)
    ledger.lead("slack", 1)
    insert = "INSERT INTO properties (market, id, parcel_id) VALUES (:market, 1, :parcel)"
    database.execute(insert, market=MARKET, parcel=parcel(1))
    insert = "INSERT INTO parcels (market, parcel_id, is_listed, confidential) VALUES (:market, :parcel, true, true)"
    database.execute(insert, market=MARKET, parcel=parcel(1))
    for status in ("pending", "sent", "refused"):
        database.execute("UPDATE alert_deliveries SET status = :status", status=status)
        document = run("alerts list --json").document
        assert (document["deliveries"], document["counts"], document["total"]) == ([], {}, 0)
    assert run("alerts retry").code == 0
    assert slack.payloads == []


def test_status_and_check_know_of_it(run: CLI, ledger: Ledger, engine: Engine, slack: SlackSink) -> None:
    slack.refused = {parcel(1): Answer(400, "invalid_blocks")}
    ledger.lead("slack", 1)
    assert run(f"alert --as-of {LIVE_DAY}").code == 3
    found = run("status --json").document
    assert found["refused_alerts"]["slack"]["refused"] == 1
    assert found["pending_alerts"] == {}
    assert "refused: slack 1 (`wholesaler alerts list`)" in run("status").out
    check = run("check --json").document["stats"]["completeness"]["refused_alerts"]
    assert (check["outcome"], check["names"]) == ("warning", ["refused_alerts:slack"])
    assert check["message"] == "1 alert by slack"
    for age, outcome in (("7 days", "ok"), ("6 days 23 hours", "warning")):
        Database(engine).execute(f"UPDATE alert_deliveries SET refused_at = now() - interval '{age}'")
        assert run("check --json").document["stats"]["completeness"]["refused_alerts"]["outcome"] == outcome


def test_a_known_refusal_makes_no_exit_code(run: CLI, ledger: Ledger, slack: SlackSink) -> None:
    assert run(f"check --acknowledge refused_alerts:slack --until {date.today() + timedelta(days=9)}").code == 0
    slack.refused = {parcel(1): Answer(400, "invalid_blocks")}
    ledger.lead("slack", 1)
    outcome = run("alert --json")
    assert outcome.code == 0
    assert "refused_alerts:slack is acknowledged until" in outcome.document["warnings"][0]
