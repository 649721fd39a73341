"""One command for several counties: each as by itself, one exit code, and none that stops another."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import URL

from tests.markets.samples import LAYER, LIVE_DAY, file_market, serve_tax_sales, tax_sale_market
from tests.servers import Reply, on
from tests.servers.arcgis import ArcGISServer
from tests.servers.healthcheck import HealthcheckServer
from tests.servers.slack import SlackSink
from tests.stages.county import Database
from tests.support import Outcome, fresh_database, hear_interrupts
from wholesaler.cli.several import WORST, worst_of
from wholesaler.db.engine import make_engine
from wholesaler.errors import ExitCode

CLI = Callable[..., Outcome]
BOTH = ("--market", "alpha-fl", "--market", "beta-fl")
DAY = ("--as-of", LIVE_DAY)


@pytest.fixture
def folder(home: Path) -> Path:
    """Where market files are found by name; two counties are there."""
    folder = home / "markets"
    folder.mkdir()
    for key in ("alpha-fl", "beta-fl"):
        file_market(folder, key)
    return folder


@pytest.fixture
def broken(folder: Path) -> Path:
    """A third county, whose file cannot be read."""
    path = folder / "broken.toml"
    path.write_text('key = "broken"\nname = \n', "utf-8")
    return path


@pytest.fixture
def database(engine: Any) -> Database:
    return Database(engine)


def counts(database: Database, table: str = "lead_scores") -> dict[str, int]:
    rows = database.rows(f"SELECT market, count(*) AS number FROM {table} GROUP BY market")
    return {row["market"]: row["number"] for row in rows}


@pytest.mark.parametrize("jobs", [(), ("--jobs", "2")])
def test_each_county_is_run_as_by_itself(cli: CLI, folder: Path, database: Database, jobs: tuple[str, ...]) -> None:
    alone = cli("run-all", "--market", "alpha-fl", *DAY, "--json")
    assert list(alone.document)[:3] == ["command", "run_id", "market"]
    outcome = cli("run-all", *BOTH, *DAY, *jobs, "--json")
    assert list(outcome.document) == ["markets", "exit_code"]
    documents = outcome.document["markets"]
    assert [one["market"] for one in documents] == ["alpha-fl", "beta-fl"]
    assert outcome.code == outcome.document["exit_code"] == worst_of(one["exit_code"] for one in documents)
    assert outcome.code in {0, 3}
    assert all(one.keys() == alone.document.keys() for one in documents)
    assert len({one["run_id"] for one in documents}) == 2
    leads = counts(database)
    assert leads["alpha-fl"] == leads["beta-fl"] > 0
    rows = "SELECT count(*) FROM data_ingestion_runs WHERE market = :market AND source IS NULL AND status = 'running'"
    assert [database.value(rows, market=key) for key in ("alpha-fl", "beta-fl")] == [0, 0]


@pytest.mark.parametrize("jobs", [(), ("--jobs", "3")])
def test_a_county_that_fails_and_a_broken_file_stop_no_other(
    cli: CLI, folder: Path, broken: Path, database: Database, jobs: tuple[str, ...]
) -> None:
    tax_sale_market(folder, folder / "none.json", kind="file", key="afar-fl")
    outcome = cli("run-all", "--market", "all", *DAY, *jobs, "--json", "--log-format", "console")
    assert outcome.code == outcome.document["exit_code"] == 69
    codes = {one["market"]: one["exit_code"] for one in outcome.document["markets"]}
    assert codes == {"afar-fl": 69, "alpha-fl": 3, "beta-fl": 3, "broken": 78} or codes["alpha-fl"] == 0
    assert list(codes) == ["afar-fl", "alpha-fl", "beta-fl", "broken"]
    assert codes["broken"] == 78
    assert counts(database).keys() == {"alpha-fl", "beta-fl"}
    assert [line for line in outcome.err.splitlines() if line.startswith("wholesaler: broken: ")]


def test_people_see_each_county_and_a_table_of_all(cli: CLI, folder: Path, broken: Path) -> None:
    outcome = cli("run-all", "--market", "all", *DAY)
    assert outcome.code == 78
    assert outcome.out.count("ingest") == 2
    table = outcome.out[outcome.out.index("3 counties") :].splitlines()
    assert [line.split()[0] for line in table[4:7]] == ["alpha-fl", "beta-fl", "broken"]
    assert "wrong configuration" in table[6]
    assert "leads" in table[4]
    assert cli("run-all", *BOTH, *DAY, "--quiet").out.count("counties") <= 1


@pytest.mark.parametrize(("place", "code"), list(enumerate(WORST)))
def test_the_exit_code_is_the_worst_that_occurred(place: int, code: ExitCode) -> None:
    assert worst_of(WORST[place:]) == worst_of(reversed(WORST[place:])) == code


def test_the_order_of_exit_codes_is_that_of_the_documents() -> None:
    assert [int(code) for code in WORST] == [1, 69, 78, 2, 124, 4, 75, 3, 0]
    assert worst_of([]) == 0


def test_all_are_the_files_of_the_home_and_what_the_settings_name(
    cli: CLI, home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*market: str) -> list[str]:
        document = cli("stats", *market, "--json").document
        return [one["market"] for one in document["markets"]] if "markets" in document else document["market"]

    other = file_market(home, "other-fl")
    (folder / ".hidden.toml").write_text("", "utf-8")
    assert run("--market", "all") == ["alpha-fl", "beta-fl"]
    assert run("--market", "beta-fl") == "beta-fl"
    assert run("--market", "beta-fl,alpha-fl") == ["beta-fl", "alpha-fl"]
    assert run("--market", "beta-fl", "--market", str(folder / "beta-fl.toml")) == "beta-fl"
    monkeypatch.setenv("WHOLESALER_MARKET", f"{other}, orange-fl")
    assert run() == ["other-fl", "orange-fl"]
    assert run("--market", "all") == ["alpha-fl", "beta-fl", "other-fl", "orange-fl"]
    monkeypatch.setenv("WHOLESALER_MARKET", "all")
    assert run() == ["alpha-fl", "beta-fl"]
    for path in folder.glob("[ab]*.toml"):
        path.unlink()
    outcome = cli("stats")
    assert (outcome.code, outcome.err.count("\n")) == (78, 1)
    assert "there is no market file in" in outcome.err
    monkeypatch.setenv("WHOLESALER_MARKET", str(other))
    assert run() == "other-fl"
    assert run("--market", "all") == ["other-fl"]


def test_a_file_whose_name_has_a_comma_is_one_market(cli: CLI, home: Path) -> None:
    path = file_market(home).rename(home / "mine, yours.toml")
    assert cli("stats", "--market", path, "--json").document["market"] == "test-county"


def test_of_two_files_with_one_key_the_second_is_refused(cli: CLI, folder: Path, database: Database) -> None:
    (folder / "copy.toml").write_text((folder / "alpha-fl.toml").read_text("utf-8"), "utf-8")
    outcome = cli("ingest", "--market", "alpha-fl", "--market", "copy", *DAY, "--json", "--jobs", "2")
    assert outcome.code == 78
    assert [one["status"] for one in outcome.document["markets"]][1] == "failure"
    assert "'alpha-fl' is that of a market file before it" in outcome.err
    assert counts(database, "tax_sales").keys() == {"alpha-fl"}


@pytest.mark.parametrize("jobs", [(), ("--jobs", "2")])
def test_a_county_can_be_in_a_database_of_its_own(
    cli: CLI, folder: Path, database: Database, server: URL, monkeypatch: pytest.MonkeyPatch, jobs: tuple[str, ...]
) -> None:
    with fresh_database(server) as url:
        monkeypatch.setenv("DATABASE_URL_BETA_FL", url.render_as_string(hide_password=False))
        assert cli("run-all", *BOTH, *DAY, *jobs).code in {0, 3}
        engine = make_engine(url)
        here, there = counts(database), counts(Database(engine))
        engine.dispose()
        assert (here.keys(), there.keys()) == ({"alpha-fl"}, {"beta-fl"})
        page = cli("leads", "list", *BOTH, "--json").document
        assert page["total"] == sum(here.values()) + sum(there.values())
        assert [bool(one["runs"]) for one in cli("runs", *BOTH, "--json").document["markets"]] == [True, True]
        assert cli("db", "status", "--market", "beta-fl", "--json").document["database"] == "DATABASE_URL_BETA_FL"
        monkeypatch.setenv("DATABASE_URL_BETA_FL", "mysql://somewhere/else")
        outcome = cli("leads", "list", *BOTH, "--json")
        assert outcome.code == 78
        assert outcome.document["total"] == sum(here.values())
        assert "beta-fl: DATABASE_URL_BETA_FL: expected a PostgreSQL address" in outcome.err
    found = cli("doctor", "--market", "alpha-fl", "--json").document["checks"]
    assert not [one for one in found if "BETA" in one["message"]]
    monkeypatch.setenv("DATABASE_URL_BETTA_FL", "postgresql://somewhere/else")
    found = cli("doctor", "--market", "alpha-fl", "--json").document["checks"]
    assert [one["hint"] for one in found if "BETTA" in one["message"]] == ["Did you mean 'DATABASE_URL_BETA_FL'?"]


@pytest.mark.parametrize("shared", [True, False])
def test_a_host_is_asked_by_all_counties_under_one_limit(cli: CLI, home: Path, shared: bool) -> None:
    """Each county asks one request at a time; where they are on two hosts, both do so at once."""
    with ArcGISServer() as one, ArcGISServer() as two:
        for key, server in (("alpha-fl", one), ("beta-fl", one if shared else two)):
            path = tax_sale_market(home, serve_tax_sales(server, slow=0.3), key=key)
            text = path.read_text("utf-8").replace("= 1000\n", "= 1000\nconcurrency = 1\n")
            path.write_text(text, "utf-8")
        files = ("--market", home / "alpha-fl.toml", "--market", home / "beta-fl.toml")
        assert cli("ingest", *files, *DAY, "--jobs", "2").code in {0, 3}
        requests = sorted(request.time for server in (one, two) for request in server.requests)
        assert (one.busiest, len(requests)) == (1, len(one.requests) + len(two.requests))
    overlap = any(later - earlier < 0.25 for earlier, later in pairwise(requests))
    assert overlap is not shared


def test_the_switch_is_told_once_of_all(cli: CLI, folder: Path, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    with HealthcheckServer() as switch:
        monkeypatch.setenv("HEALTHCHECK_URL", switch.address)
        metrics = home / "wholesaler.prom"
        monkeypatch.setenv("METRICS_FILE", str(metrics))
        code = cli("run-all", *BOTH, "--jobs", "2").code
        assert code in {0, 3}
        assert switch.signals == ["start", "success"]
        assert switch.summary.startswith(f"exit code {code}: 2 counties\nexit code ")
        text = metrics.read_text("utf-8")
        assert all(f'wholesaler_run_exit_code{{market="{key}"}}' in text for key in ("alpha-fl", "beta-fl"))
        assert cli("stats", *BOTH).code == 0
        assert switch.signals == ["start", "success"]
        for stage in ("ingest", "enrich"):  # the other stages of the day have been done before
            assert cli(stage, *BOTH).code in {0, 3}
        assert switch.signals == ["start", "success", "start", "success", "success"]
        tax_sale_market(folder, folder / "none.json", kind="file", key="beta-fl")
        assert cli("run-all", *BOTH).code == 69
        assert switch.signals[-2:] == ["start", "fail"]
        assert switch.summary.startswith("exit code 69: 2 counties\nexit code 69: ")
        switch.faults.append(on("success", Reply(b"", 404)))
        file_market(folder, "beta-fl")
        outcome = cli("run-all", *BOTH, "--log-format", "json")
        assert outcome.code == 3
        assert sum("monitor_not_told" in line for line in outcome.err.splitlines()) == 1


def test_each_county_has_a_message_of_its_own(cli: CLI, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SlackSink() as sink:
        monkeypatch.setenv("ALERT_SLACK_WEBHOOK", sink.url)
        monkeypatch.setenv("ALERT_TIERS", "A,B,C,D")
        assert cli("run-all", *BOTH, *DAY, "--jobs", "2").code in {0, 3}
        assert len(sink.payloads) >= 2
        sink.payloads.clear()
        outcome = cli("alert", "--test", *BOTH)
        assert (outcome.code, len(sink.payloads)) == (0, 1)


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all_counties_in_order(
    cli: CLI, home: Path, database: Database, jobs: str, number: signal.Signals
) -> None:
    with ArcGISServer() as server:
        markets: list[str] = []
        for key in ("alpha-fl", "beta-fl"):
            url = serve_tax_sales(server)
            markets += ["--market", str(tax_sale_market(home, url, key=key))]
        server.layers[LAYER].faults.append(on("page", Reply({}, delay=20)))
        line = [sys.executable, "-m", "wholesaler", "run-all", *markets, "--jobs", jobs, "--log-format", "json"]
        with subprocess.Popen(line, stderr=subprocess.PIPE, preexec_fn=hear_interrupts) as process:
            while len(server.asked("page")) < int(jobs):
                assert process.poll() is None
                time.sleep(0.02)
            process.send_signal(number)
            began = time.monotonic()
            assert process.wait(timeout=30) == 1
            assert time.monotonic() - began < 5
            assert process.stderr is not None
            said = process.stderr.read().decode()
    assert "Interrupted." in said.splitlines()[-1]
    rows = database.rows("SELECT market, status FROM data_ingestion_runs WHERE source IS NULL")
    assert {row["status"] for row in rows} == {"failure"}
    assert {row["market"] for row in rows} == ({"alpha-fl"} if jobs == "1" else {"alpha-fl", "beta-fl"})


def test_the_log_tells_which_county_speaks(cli: CLI, folder: Path) -> None:
    outcome = cli("ingest", *BOTH, *DAY, "--jobs", "2", "--log-format", "json")
    events = [json.loads(line) for line in outcome.err.splitlines()]
    assert {event["market"] for event in events if "stage" in event} == {"alpha-fl", "beta-fl"}


def test_what_is_wrong_with_the_command_line_is_said_once(cli: CLI, folder: Path) -> None:
    for line in ("run-all --from scrape", "score --as-of yesterday", "leads list --tier X", "report --output a.html"):
        outcome = cli(*line.split(), *BOTH)
        assert (outcome.code, outcome.err.count("\n")) == (2, 1), line
    outcome = cli("ingest", "--source", "nothing", *BOTH, *DAY, "--log-format", "console")
    assert outcome.code == 2
    assert "wholesaler: beta-fl: Market beta-fl has no source 'nothing'" in outcome.err


def test_a_command_about_one_county_takes_it_from_a_lead_id(cli: CLI, folder: Path) -> None:
    assert cli("run-all", *BOTH, *DAY).code in {0, 3}
    (lead,) = cli("leads", "list", *BOTH, "--limit", "1", "--json").document["leads"]
    key, _, number = lead["lead_id"].partition(":")
    outcome = cli("leads", "show", number, *BOTH)
    assert (outcome.code, outcome.err.count("\n"), outcome.out) == (2, 1, "")
    assert "is about one county, not about alpha-fl, beta-fl. Name it: --market alpha-fl" in outcome.err
    assert cli("leads", "show", lead["lead_id"], *BOTH, "--json").document["parcel_id"] == number
    assert cli("leads", "show", lead["lead_id"], "--market", key, "--json").document["parcel_id"] == number
    assert cli("history", lead["lead_id"], *BOTH).code == 0
    assert cli("leads", "set", f"beta-fl:{number}", "contacted", *BOTH).code == 0
    worked = cli("leads", "list", *BOTH, "--status", "contacted", "--json").document
    assert [one["lead_id"] for one in worked["leads"]] == [f"beta-fl:{number}"]
    assert cli("leads", "suppress", "add", "--telephone", "407-555-0142", *BOTH).code == 0
    assert cli("dedupe", "--undo", number, *BOTH).code == 2


def test_leads_are_one_list_and_one_file(cli: CLI, folder: Path, home: Path, broken: Path) -> None:
    assert cli("run-all", *BOTH, *DAY).code in {0, 3}
    alone = [cli("leads", "list", "--market", key, "--json").document for key in ("alpha-fl", "beta-fl")]
    page = cli("leads", "list", *BOTH, "--limit", "7", "--json").document
    assert page["total"] == sum(one["total"] for one in alone)
    scores = sorted((lead["total_score"] for one in alone for lead in one["leads"]), reverse=True)
    assert [lead["total_score"] for lead in page["leads"]] == scores[:7]
    for sort in ("days", "-days", "address", "value"):
        whole = cli("leads", "list", *BOTH, f"--sort={sort}", "--limit", "1000", "--json").document["leads"]
        one = cli("leads", "list", "--market", "beta-fl", f"--sort={sort}", "--limit", "1000", "--json").document[
            "leads"
        ]
        assert [lead["lead_id"] for lead in whole if lead["lead_id"].startswith("beta")] == [
            lead["lead_id"] for lead in one
        ]
    shown = cli("leads", "list", "--market", "all")
    assert shown.code == 78
    assert "of 2 counties, best first" in shown.out
    assert "county" in shown.out
    outcome = cli("leads", "export", "--market", "all", "--output", "all.csv", "--json")
    assert outcome.code == outcome.document["exit_code"] == 78
    rows = (home / "all.csv").read_text("utf-8-sig").splitlines()
    assert len(rows) == 1 + page["total"]
    assert [one["market"] for one in outcome.document["markets"]] == ["alpha-fl", "beta-fl"]
    again = cli("leads", "export", *BOTH, "--since-last-export", "--output", "next.csv")
    assert again.out.count("0 new, 0 changed, 0 gone") == 2
    assert cli("leads", "export", *BOTH, "--format", "ics", "--output", "days.ics").code == 0
    assert (home / "days.ics").read_text("utf-8").count("BEGIN:VCALENDAR") == 1
    assert cli("report", *BOTH, "--json").document["markets"][1]["path"].endswith(".html")


def test_the_schedule_names_the_counties(cli: CLI, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = cli("schedule", "--cron", "--market", "all", "--jobs", "2").out.splitlines()[-1]
    assert " run-all --market all --jobs 2 --quiet" in line
    files = cli("schedule", "--systemd", *BOTH, "--json").document["files"]
    assert next(iter(files)) == "wholesaler-alpha-fl-beta-fl.service"
    monkeypatch.setenv("WHOLESALER_MARKET", f"markets/{'alpha-fl.toml'},orange-fl")
    crontab = cli("schedule", "--cron").out
    assert f"{folder / 'alpha-fl.toml'},orange-fl" in crontab


def test_the_doctor_looks_at_all_of_them(cli: CLI, folder: Path, broken: Path) -> None:
    found = cli("doctor", "--market", "all", "--json").document["checks"]
    assert [one["outcome"] for one in found if one["subject"] == "market"] == ["ok", "ok", "error"]
    subjects = [one["subject"] for one in found]
    assert subjects.count("database") == 1
    assert {"alpha-fl source tax_sales", "beta-fl source tax_sales"} <= {*subjects}
