"""What the ledger remembers of each announcement, and that another market's are nobody's business."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.markets.samples import LIVE_DAY, file_market
from tests.servers.slack import SlackSink
from tests.stages.check.rows import Rows
from tests.stages.county import Database
from tests.stages.ledger import MARKET, Ledger, parcel
from tests.support import Outcome
from wholesaler.db.sql import statement


@pytest.fixture
def slack() -> Iterator[SlackSink]:
    with SlackSink() as sink:
        yield sink


@dataclass
class Alert:
    """The command of a market that announces on Slack."""

    cli: Callable[..., Outcome]
    market: Path
    database: Database
    rows: Rows

    def run(self, code: int = 0) -> dict[str, dict[str, int]]:
        outcome = self.cli("alert", "--market", self.market, "--as-of", LIVE_DAY, "--json")
        assert outcome.code == code
        stats: dict[str, dict[str, int]] = outcome.document["stats"]
        return stats

    def marks(self, market: str = "test-county") -> list[tuple[str, int, bool, bool]]:
        """Status, attempts, whether there is an error and whether it is known when it was sent, by subject."""
        rows = self.database.rows(
            "SELECT status, attempts, last_error IS NOT NULL AS failed, sent_at IS NOT NULL AND sent_for = :day AS sent"
            " FROM alert_deliveries WHERE market = :market AND channel = 'slack' ORDER BY subject",
            market=market, day=LIVE_DAY,
        )  # fmt: skip
        return [tuple(row.values()) for row in rows]  # type: ignore[misc]


@pytest.fixture
def alert(
    cli: Callable[..., Outcome], home: Path, engine: Engine, slack: SlackSink, monkeypatch: pytest.MonkeyPatch
) -> Alert:
    monkeypatch.setenv("ALERT_SLACK_WEBHOOK", slack.url)
    monkeypatch.setenv("WHOLESALER_HTTP_RETRIES", "0")
    return Alert(cli, file_market(home), Database(engine), Rows(engine, MARKET))


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    """The ledger of the market, beside another's that has the same to announce."""
    ledger, database = Ledger(engine), Database(engine)
    ledger.lead("slack", 1)
    ledger.findings("slack")
    database.execute("UPDATE alert_deliveries SET market = 'other-county'")
    return ledger


THEIRS = [("pending", 0, False, False)] * 2


def test_what_was_not_taken_is_pending_with_its_attempts_and_the_reason_until_it_is_sent(
    alert: Alert, ledger: Ledger, slack: SlackSink
) -> None:
    ledger.lead("slack", 1)
    slack.answers = [503]
    assert alert.run(code=3)["pending"]["slack"] == 1
    assert alert.marks() == [("pending", 1, True, False)]
    assert alert.run()["sent"]["slack"] == 1
    assert alert.marks() == [("sent", 2, False, True)]
    before = alert.database.versions("alert_deliveries")
    stats = alert.run()
    assert (stats["sent"]["slack"], stats["pending"]["slack"]) == (0, 0)
    assert alert.database.versions("alert_deliveries") == before
    assert alert.marks("other-county") == THEIRS


def test_leads_are_told_best_first_then_by_their_numbers(alert: Alert, ledger: Ledger, slack: SlackSink) -> None:
    for number, score in ((1, 71.5), (4, 90.0), (2, 100.0), (3, 90.0)):
        ledger.lead("slack", number, total_score=score)
    # a source that failed, and the run that failed by it
    for source in ("tax_sales", None):
        alert.rows.run("ingest", source, "failure", as_of=LIVE_DAY)
    assert alert.run()["sent"]["slack"] == 4
    text = str(slack.payloads)
    assert "Not read: tax_sales" in text
    assert sorted((1, 2, 3, 4), key=lambda number: text.index(parcel(number))) == [2, 3, 4, 1]
    # with the deal as it was scored
    assert text.count("$310,000") == text.count("$45,000") == 4
    assert alert.marks("other-county") == THEIRS


def test_notices_go_in_the_order_in_which_they_came(alert: Alert, ledger: Ledger, slack: SlackSink) -> None:
    for stage in ("score", "ingest", "enrich"):
        ledger.failure("slack", stage)
    alert.run()
    said = [str(payload) for payload in slack.payloads]
    assert ["score" in one for one in said] == [True, False, False]
    assert ["ingest" in one for one in said] == [False, True, False]
    assert alert.marks() == [("sent", 1, False, True)] * 3
    assert alert.marks("other-county") == THEIRS


def test_a_county_of_new_leads_is_marked_in_one_look_at_each(engine: Engine) -> None:
    count = 40_000
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO alert_deliveries (market, channel, kind, subject, as_of, status)"
                " SELECT 'test-county', 'slack', 'new_lead', CAST(number AS text), :day, 'pending'"
                " FROM generate_series(1, :count) AS number"
            ),
            {"day": LIVE_DAY, "count": count},
        )
        ids = list(connection.scalars(text("SELECT id FROM alert_deliveries ORDER BY random()")))
        # compared one by one with all the others they took 14 s
        connection.execute(text("SET LOCAL statement_timeout = '6s'"))
        mark = statement("wholesaler.stages.alert", "deliveries.sql", "mark_sent")
        parameters = {"market": "test-county", "ids": ids, "as_of": LIVE_DAY, "error": None}
        assert connection.scalar(mark, parameters) == count
