"""What the check found is told once, until it is gone."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.markets.samples import file_market
from tests.servers.slack import SlackSink
from tests.stages.check.rows import Rows
from tests.stages.county import Database
from tests.support import Outcome
from wholesaler.db.known import tell

CLI = Callable[..., Outcome]
DAY = date(2025, 12, 1)
MARKET = "test-county"


@pytest.fixture
def slack(cli: CLI, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackSink]:
    with SlackSink() as sink:
        monkeypatch.setenv("ALERT_SLACK_WEBHOOK", sink.url)
        yield sink


@pytest.fixture
def rows(engine: Engine) -> Rows:
    """The tables of the market, empty."""
    return Rows(engine, MARKET)


@pytest.fixture
def check(cli: CLI, home: Path) -> Callable[[int], Outcome]:
    market = file_market(home)
    return lambda days: cli("check", "--market", market, "--as-of", DAY + timedelta(days=days), "--json")


def activate(database: Database, is_active: bool) -> None:
    """The property, which nothing makes a lead, is called active or not."""
    database.execute("UPDATE properties SET is_active = :active", active=is_active)


@pytest.fixture
def database(engine: Engine, rows: Rows) -> Database:
    rows.property()
    return Database(engine)


def lines(slack: SlackSink) -> list[str]:
    """The titles of the findings that were told."""
    return [line for line in slack.text.splitlines() if line.startswith("*")]


def test_a_finding_is_told_once_and_again_when_it_was_gone(
    check: Callable[[int], Outcome], slack: SlackSink, database: Database
) -> None:
    assert check(0).code in {3, 4}
    first = len(slack.payloads)
    assert first == 1
    assert "without an active signal" in slack.text
    assert check(0).code == check(1).code == check(2).code
    assert len(slack.payloads) == 1
    activate(database, False)
    check(3)
    assert "without an active signal" not in "".join(map(str, slack.payloads[1:]))
    told = len(slack.payloads)
    activate(database, True)
    check(4)
    assert "without an active signal" in str(slack.payloads[told:])


def test_what_is_new_on_the_same_day_is_told_beside_what_was_told(
    check: Callable[[int], Outcome], slack: SlackSink, database: Database, rows: Rows
) -> None:
    check(0)
    rows.record("tax_sales", None, None, location=(0, 0))
    assert check(0).code == 4
    assert len(slack.payloads) == 2
    second = str(slack.payloads[1])
    assert "Points at longitude 0, latitude 0" in second
    assert "without an active signal" not in second
    assert "told before" in second
    subjects = database.column("SELECT subject FROM alert_deliveries WHERE kind = 'findings' ORDER BY 1")
    assert subjects == ["check", "check 2"]


def test_what_was_acknowledged_is_told_when_that_has_ended(
    check: Callable[[int], Outcome], slack: SlackSink, database: Database, engine: Engine
) -> None:
    check(0)
    (name,) = database.column("SELECT name FROM told_findings WHERE name LIKE 'idle%'")
    Rows(engine, MARKET).insert("acknowledgements", name=name, until=DAY + timedelta(days=2))
    check(1)
    check(2)
    told = len(slack.payloads)
    check(3)
    assert len(slack.payloads) == told + 1
    assert "without an active signal" in str(slack.payloads[-1])


def test_errors_are_told_whatever_fail_on_says(
    check: Callable[[int], Outcome], slack: SlackSink, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAIL_ON", "none")
    rows.record("tax_sales", None, None, location=(0, 0))
    assert check(0).code == 4
    assert check(1).code == 4
    (payload,) = slack.payloads
    assert "1 error" in payload["text"]


def test_what_could_not_be_sent_is_sent_later(
    check: Callable[[int], Outcome], slack: SlackSink, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOLESALER_HTTP_RETRIES", "0")
    slack.answers = [503]
    check(0)
    assert slack.payloads == []
    rows = database.rows("SELECT status FROM alert_deliveries WHERE channel = 'slack'")
    assert [row["status"] for row in rows] == ["pending"]


def test_a_look_at_a_former_day_takes_nothing_back(engine: Engine) -> None:
    with engine.begin() as connection:
        assert tell(connection, "here", {"a", "b"}, DAY) == {"a", "b"}
        assert tell(connection, "there", {"a"}, DAY) == {"a"}
        assert tell(connection, "here", {"b"}, DAY - timedelta(days=1)) == set()
        assert tell(connection, "here", {"a"}, DAY) == set()
        assert tell(connection, "here", {"b"}, DAY) == {"b"}
        assert tell(connection, "here", set(), DAY) == set()
        assert tell(connection, "there", {"a"}, DAY) == set()


@pytest.mark.parametrize(("known", "told"), [(False, [0, 1, 1]), (True, [0, 0, 0])])
def test_a_source_that_turns_stale_is_told_once_and_a_known_one_never(
    cli: CLI, home: Path, slack: SlackSink, rows: Rows, known: bool, told: list[int]
) -> None:
    market = file_market(home)
    if known:
        limit = "stale_after_days = 60"
        market.write_text(market.read_text("utf-8").replace(limit, f"{limit}\nstale_is_known = true"), "utf-8")
    rows.record("tax_sales", None, None, sale_date="2025-11-20")
    seen = []
    for days in (49, 50, 51):  # the source is 60 days old, 61, 62
        cli("check", "--market", market, "--as-of", DAY + timedelta(days=days))
        seen.append(slack.text.count("tax_sales: stale"))
    assert seen == told


def test_a_look_by_a_wrong_clock_leaves_nothing_told_for_a_year(engine: Engine) -> None:
    today = date.today()
    with engine.begin() as connection:
        assert tell(connection, "here", {"a"}, today) == {"a"}
        assert tell(connection, "here", {"a", "b"}, today + timedelta(days=400)) == {"b"}
        assert tell(connection, "here", {"a"}, today) == set()
        assert tell(connection, "here", {"a", "b"}, today + timedelta(days=1)) == {"b"}
        # tomorrow has begun somewhere
        assert tell(connection, "here", {"a"}, today) == set()
        assert tell(connection, "here", {"a", "b"}, today) == set()
