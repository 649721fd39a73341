"""``check`` through the command line: its exit codes, its table and its document."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from tests.servers.slack import SlackSink
from tests.support import Outcome

CLI = Callable[..., Outcome]


def _put_a_property_in_the_pacific(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO properties (market, parcel_id, location)"
                " VALUES ('orange-fl', '282229885002050', ST_MakePoint(-150, 10)::geography)"
            )
        )


def test_errors_in_the_data_end_with_4_and_are_named(cli: CLI, engine: Engine) -> None:
    _put_a_property_in_the_pacific(engine)
    outcome = cli("check", "--json")
    assert outcome.code == 4
    assert outcome.document["status"] == "failure"
    assert any("outside the market" in line for line in outcome.document["stats"]["errors"])
    table = cli("check")
    assert table.code == 4
    assert "Points outside the market" in table.out


def test_warnings_end_with_3(cli: CLI) -> None:
    outcome = cli("check", "--json")
    assert outcome.code == 3
    assert outcome.document["stats"]["errors"] == []
    assert outcome.document["stats"]["warnings"]


def test_what_a_check_found_is_told_once_a_day(cli: CLI, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    _put_a_property_in_the_pacific(engine)
    with SlackSink() as slack:
        monkeypatch.setenv("ALERT_SLACK_WEBHOOK", slack.url)
        for _ in range(2):
            assert cli("run-all", "--only", "check", "--json").code == 4
        assert len(slack.payloads) == 1
        assert "outside the market" in slack.text
