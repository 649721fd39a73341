"""What is confidential, suppressed or done with after it was to be announced, up to the moment of sending."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.markets.samples import LIVE_DAY, file_market
from tests.servers.slack import Answer, SlackSink
from tests.stages.county import Database
from tests.stages.ledger import MARKET, Ledger, parcel
from tests.support import Outcome

CLI = Callable[..., Outcome]
#: more than one message of Slack holds
MANY = 10
LONG = {"reasons": ["x" * 120] * 4, "address": "y" * 300, "owner_name": None}
#: the properties are at no place that is known
LINKS = """
[links]
county = "https://county.example/search"
map = "https://maps.example/{longitude}"
street_view = "https://maps.example/{latitude}"
"""


@pytest.fixture
def database(engine: Engine) -> Database:
    """Properties with the ids that the ledger's leads have."""
    database = Database(engine)
    for number in range(1, MANY + 1):
        database.execute(
            "INSERT INTO properties (market, id, parcel_id, address) VALUES (:market, :number, :parcel, :address)",
            market=MARKET, number=number, parcel=parcel(number), address=LONG["address"],
        )  # fmt: skip
    return database


#: why nobody is to hear of a lead, and what says so
WAYS = {
    "the roll calls it confidential": (
        "INSERT INTO parcels (market, parcel_id, is_listed, confidential) VALUES (:market, :parcel, true, true)"
    ),
    "the parcel is suppressed": (
        "INSERT INTO suppressions (market, kind, value, reason, source)"
        " VALUES (:market, 'parcel', :parcel, 'litigator', 'a list')"
    ),
    "the owner is suppressed": (
        "INSERT INTO parcels (market, parcel_id, is_listed, owner_key)"
        " VALUES (:market, :parcel, true, 'SMITH JOHN|1 OAK STREET|32801');"
        "INSERT INTO suppressions (market, kind, value, owner_keys, reason, source) VALUES"
        " ('*', 'owner', 'SMITH JOHN|1 OAK STREET|32801', '{SMITH JOHN|1 OAK STREET|32801}', 'dnc', 'a list')"
    ),
    **{
        f"its status is {status}": (
            f"INSERT INTO lead_status_events (market, property_id, status) VALUES (:market, :number, '{status}')"
        )
        for status in ("dnc", "dead", "closed")
    },
}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return WAYS[request.param]


def hide(database: Database, way: str, number: int) -> None:
    """Nobody is to hear of a lead any more."""
    database.execute(way, market=MARKET, parcel=parcel(number), number=number)


class LateSink(SlackSink):
    """While the first message is under way, the last lead is hidden."""

    database: Database
    way: str

    def answer(self, path: str, body: bytes) -> Answer:
        if not self.requests:
            hide(self.database, self.way, MANY)
        return super().answer(path, body)


def alert(cli: CLI, home: Path) -> Outcome:
    market = file_market(home)
    market.write_text(f"{market.read_text()}\n{LINKS}")
    return cli("alert", "--market", market, "--as-of", LIVE_DAY, "--json")


def test_a_pending_lead_that_is_hidden_now_is_not_sent_and_not_counted(
    cli: CLI, home: Path, engine: Engine, database: Database, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger(engine)
    for number in (1, 2):
        for channel in ("slack", "report"):
            ledger.lead(channel, number)
    hide(database, way, 1)
    with SlackSink() as sink:
        monkeypatch.setenv("ALERT_SLACK_WEBHOOK", sink.url)
        outcome = alert(cli, home)
    assert outcome.code == 0, outcome.err
    assert outcome.document["stats"]["sent"] == {"slack": 1, "report": 1}
    assert outcome.document["stats"]["pending"] == {"slack": 0, "report": 0}
    (report,) = (home / "reports").iterdir()
    for text in (sink.text, report.read_text(), outcome.out, outcome.err):
        assert parcel(1) not in text
    assert parcel(2) in sink.text
    assert "https://county.example/search" in sink.text
    assert "maps.example" not in sink.text


def test_it_is_asked_again_before_each_message(
    cli: CLI, home: Path, engine: Engine, database: Database, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger(engine)
    for number in range(1, MANY + 1):
        ledger.lead("slack", number, total_score=100 - number / 100, **LONG)
    LateSink.database, LateSink.way = database, way
    with LateSink() as sink:
        monkeypatch.setenv("ALERT_SLACK_WEBHOOK", sink.url)
        outcome = alert(cli, home)
    assert len(sink.payloads) > 1
    assert outcome.document["stats"]["sent"]["slack"] == MANY - 1
    assert [number for number in range(1, MANY + 1) if sink.text.count(parcel(number)) != 1] == [MANY]
    assert parcel(MANY) not in sink.text
