"""What is known makes neither exit code 3 nor a message, and hides nothing that is new."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.markets.samples import LAYER, serve_tax_sales, tax_sale_market
from tests.servers import Reply, on
from tests.servers.arcgis import ArcGISServer
from tests.servers.slack import SlackSink
from tests.stages.check.rows import Rows
from tests.support import Outcome
from wholesaler.db.known import Known, acknowledge, forget, read_known
from wholesaler.stages.check.names import read_until, warning_kinds
from wholesaler.stages.check.registry import Severity, registered

CLI = Callable[..., Outcome]
DAY = date(2025, 12, 1)
LONGEST = 366
README = (Path(__file__).parents[3] / "README.md").read_text("utf-8")


@pytest.fixture
def slack(cli: CLI, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackSink]:
    with SlackSink() as sink:
        monkeypatch.setenv("ALERT_SLACK_WEBHOOK", sink.url)
        yield sink


@pytest.fixture
def run(cli: CLI, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Outcome]]:
    """A command on a market with a list that works and one that answers 500."""
    monkeypatch.setenv("WHOLESALER_HTTP_RETRIES", "0")
    with ArcGISServer() as server:
        market = tax_sale_market(home, serve_tax_sales(server))
        text = market.read_text("utf-8")
        source = text[text.index("[sources.tax_sales]") :]
        broken = source.replace("tax_sales", "more_sales").replace(LAYER, "Broken/FeatureServer/0")
        broken = broken.replace("[sources.more_sales]\n", '[sources.more_sales]\nrecord = "tax_sales"\n', 1)
        server.add_layer("Broken/FeatureServer/0", {"OBJECTID": "esriFieldTypeOID"}, [])
        server.layers["Broken/FeatureServer/0"].faults.append(on("metadata", Reply(b"", 500)))
        market.write_text(f"{text}\n{broken}", "utf-8")
        yield lambda *arguments: cli(*arguments, "--market", market, "--as-of", DAY)


def acknowledged(run: CLI, name: str, until: date = DAY) -> None:
    assert run("check", "--acknowledge", name, "--until", until).code == 0


def test_a_source_that_is_known_to_fail_makes_no_3_and_no_attempts(run: CLI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHOLESALER_RETRIES", "1")
    document = run("ingest", "--json").document
    assert (document["status"], document["attempts"]) == ("partial", 2)
    acknowledged(run, "last_ingest:more_sales")
    outcome = run("ingest", "--json")
    assert outcome.code == 0
    document = outcome.document
    assert (document["status"], document["attempts"]) == ("success", 1)
    (warning,) = [line for line in document["warnings"] if line.startswith("more_sales: not loaded")]
    assert warning.endswith(" [last_ingest:more_sales is acknowledged until 1 Dec 2025]")
    assert document["stats"]["more_sales"]["status"] == "failure"


def test_what_is_acknowledged_hides_no_other_source(run: CLI) -> None:
    acknowledged(run, "last_ingest:tax_sales")
    assert run("ingest").code == 3
    acknowledged(run, "last_ingest")
    assert run("ingest").code == 0


def test_a_known_finding_is_shown_and_neither_counted_nor_told(run: CLI, slack: SlackSink, engine: Engine) -> None:
    run("ingest")
    acknowledged(run, "last_ingest")
    for name in warning_kinds():
        if name not in {"score_day", "properties"}:
            acknowledged(run, name)
    outcome = run("check", "--json")
    assert outcome.code == 3
    stats = outcome.document["stats"]
    assert stats["completeness"]["last_ingest"]["outcome"] == "known"
    assert stats["completeness"]["last_ingest"]["names"] == ["last_ingest:more_sales"]
    assert not [line for line in stats["warnings"] if "more_sales" in line]
    assert [line for line in outcome.document["warnings"] if "more_sales" in line]
    assert slack.requests == 1
    assert "more_sales" not in slack.text
    acknowledged(run, "score_day")
    acknowledged(run, "properties")
    outcome = run("check")
    assert outcome.code == 0, outcome.out
    assert "acknowledged until 1 Dec 2025" in outcome.out
    assert slack.requests == 1
    Rows(engine, "test-county").execute("UPDATE acknowledgements SET until = '2025-11-30' WHERE name = 'last_ingest'")
    assert run("check").code == 3


def test_errors_in_the_data_cannot_be_acknowledged(run: CLI, engine: Engine) -> None:
    for check in registered():
        if check.severity is Severity.ERROR:
            outcome = run("check", "--acknowledge", check.name, "--until", DAY)
            assert outcome.code == 2
            assert f"there is no warning '{check.name}'" in outcome.err


@pytest.mark.parametrize(
    ("fail_on", "code"),
    [
        ("last_ingest", 3),
        ("join_rates, last_ingest", 3),
        ("join_rates", 0),
        ("none", 0),
        (" , ", 0),
    ],
)
def test_only_the_kinds_that_fail_on_names_make_3(
    run: CLI, monkeypatch: pytest.MonkeyPatch, fail_on: str, code: int
) -> None:
    monkeypatch.setenv("FAIL_ON", fail_on)
    assert run("ingest").code == code


@pytest.mark.parametrize("fail_on", ["last_ingests", "last_ingest:tax_sales", "none, last_ingest", "orphans"])
def test_a_kind_that_does_not_exist_is_a_wrong_configuration(
    run: CLI, monkeypatch: pytest.MonkeyPatch, fail_on: str
) -> None:
    monkeypatch.setenv("FAIL_ON", fail_on)
    outcome = run("ingest")
    assert outcome.code == 78
    assert "FAIL_ON: there is no kind of warning" in outcome.err


def test_alerts_that_a_channel_does_not_take_can_be_known(
    run: CLI, slack: SlackSink, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    payload = {"market_key": "test-county", "market_name": "Test", "stage": "score", "as_of": "2025-12-01"}
    payload |= {"error": "x", "hint": None, "run_seconds": 1.0}
    Rows(engine, "test-county").insert(
        "alert_deliveries", channel="slack", kind="stage_failure", subject="score", as_of=DAY, payload=payload
    )
    slack.answers = [500] * 9
    assert run("alert").code == 3
    acknowledged(run, "pending_alerts:slack")
    outcome = run("alert")
    assert outcome.code == 0
    assert "[pending_alerts:slack is acknowledged until 1 Dec 2025]" in outcome.out


def test_monitors_that_cannot_be_told_can_be_known(cli: CLI, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ArcGISServer() as server:
        market = tax_sale_market(home, serve_tax_sales(server))
        assert cli("ingest", "--market", market).code == 0
        monkeypatch.setenv("METRICS_FILE", str(home / "none" / "wholesaler.prom"))
        assert cli("ingest", "--market", market).code == 3
        monkeypatch.setenv("FAIL_ON", "last_ingest")
        outcome = cli("ingest", "--market", market)
        assert outcome.code == 0
        assert "METRICS_FILE" in outcome.out


def test_an_acknowledgement_ends_with_its_day_and_can_be_taken_back(engine: Engine) -> None:
    with engine.begin() as connection:
        acknowledge(connection, "orange-fl", "score_day", DAY + timedelta(days=1))
        acknowledge(connection, "orange-fl", "score_day", DAY)
        assert read_known(connection, "orange-fl", DAY).acknowledged == {"score_day": DAY}
        assert not read_known(connection, "orange-fl", DAY + timedelta(days=1)).acknowledged
        assert not read_known(connection, "wayne-mi", DAY).acknowledged
        assert forget(connection, "orange-fl", "score_day")
        assert not forget(connection, "orange-fl", "score_day")
        assert not read_known(connection, "orange-fl", DAY).acknowledged


def test_the_command_says_what_is_known_and_status_lists_it(cli: CLI) -> None:
    until = date.today() + timedelta(days=30)
    outcome = cli("check", "--acknowledge", "join_rates:foreclosures", "--until", until, "--json")
    assert outcome.document["until"] == until.isoformat()
    assert cli("status", "--json").document["acknowledged"] == {"join_rates:foreclosures": until.isoformat()}
    assert f"Acknowledged: join_rates:foreclosures until {until}" in cli("status").out
    past = date.today() - timedelta(days=3)
    said = cli("check", "--acknowledge", "join_rates:foreclosures", "--until", past).out
    assert "is not acknowledged any more" in said
    assert "was not acknowledged" in cli("check", "--acknowledge", "join_rates:foreclosures", "--until", past).out
    assert cli("status", "--json").document["acknowledged"] == {}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--acknowledge last_ingest", "go together"),
        ("--until 2025-12-01", "go together"),
        ("--acknowledge last_ingests --until 2025-12-01", "Did you mean 'last_ingest'?"),
        ("--acknowledge last_ingest:tax_liens --until 2025-12-01", "It can be tax_sales, foreclosures"),
        ("--acknowledge pending_alerts:slack --until 2025-12-01", "never about 'slack'. It can be report"),
        ("--acknowledge score_day:tax_sales --until 2025-12-01", "Write --acknowledge score_day"),
        ("--acknowledge rows:tax_sale --until 2025-12-01", "It can be "),
        ("--acknowledge score_day --until someday", "expected YYYY-MM-DD or MM/DD/YYYY, or tomorrow"),
        ("--acknowledge score_day --until 2099-01-01", "too far away"),
    ],
)
def test_what_cannot_be_acknowledged_is_wrong_usage(cli: CLI, line: str, said: str) -> None:
    outcome = cli("check", *line.split())
    assert outcome.code == 2
    assert said in outcome.err


def test_an_acknowledgement_holds_for_a_year_at_most() -> None:
    last = DAY + timedelta(days=LONGEST)
    assert read_until(last.isoformat(), DAY) == last
    with pytest.raises(Exception, match="too far away"):
        read_until((last + timedelta(days=1)).isoformat(), DAY)


def test_a_warning_counts_unless_all_of_its_kind_or_itself_is_known() -> None:
    known = Known({"join_rates:a": DAY, "score_day": DAY}, {"join_rates", "score_day", "last_ingest"})
    assert [name for name in ("join_rates:a", "join_rates:b", "score_day", "rows:a") if known.counts(name)] == [
        "join_rates:b"
    ]
    assert Known().counts("rows:a")


def test_the_readme_lists_the_kinds() -> None:
    table = README.split("\n| kind | warns of |")[1].split("\n\n")[0]
    kinds = {
        name for row in table.splitlines()[1:] for name in row.split("|")[1].replace("`", "").replace(",", " ").split()
    }
    assert kinds - {"---"} == set(warning_kinds())
