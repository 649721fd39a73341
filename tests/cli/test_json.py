"""``--json``: one document on stdout and nothing else there, in the shapes that other people's scripts lean on."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.markets.samples import LIVE_DAY, TAX_SALES, file_market
from tests.support import Outcome
from wholesaler.locks import machine_lock

CLI = Callable[..., Outcome]
STAGE = {
    "command",
    "market",
    "as_of",
    "status",
    "attempts",
    "started_at",
    "finished_at",
    "stats",
    "warnings",
    "error",
}
RUN = {
    "command",
    "run_id",
    "market",
    "as_of",
    "status",
    "started_at",
    "finished_at",
    "exit_code",
    "stages",
    "error",
}
STATS = {
    "enrich": {"processed", "enriched", "failed", "geocoded", "records_attached"},
    "dedupe": {"processed", "duplicates_found", "merged"},
    "score": {
        "processed",
        "scored",
        "failed",
        "snapshots_created",
        "tier_counts",
        "tier_percentages",
        "total_leads",
    },
    "alert": {"tier_a", "new_tier_a", "sent", "pending"},
    "check": {"database_stats", "completeness", "consistency", "postgis", "warnings", "errors"},
}
LEAD = {"parcel_id", "address", "city", "zip_code", "total_score", "tier", "signals", "reasons"}

NOTICES = """
[sources.foreclosures]
kind = "file"
url = "{url}"
key = ["address"]
parcel_form = "rts"
fields = {{ address = "ADDRESS" }}
"""


@pytest.fixture
def ready(cli: CLI, home: Path) -> CLI:
    """A command on a market that has been ingested."""
    market = file_market(home)

    def run(*arguments: object) -> Outcome:
        return cli(*arguments, "--market", market, "--as-of", LIVE_DAY, "--json", "--log-format", "json")

    assert run("ingest").code == 0
    return run


def test_every_stage_prints_the_shape_of_a_stage(ready: CLI) -> None:
    for name, keys in STATS.items():
        outcome = ready(name)
        document = outcome.document
        assert set(document) == STAGE, name
        assert (document["command"], document["market"], document["as_of"]) == (name, "test-county", LIVE_DAY)
        assert document["status"] == {0: "success", 3: "partial"}[outcome.code], name
        assert (document["attempts"], document["error"]) == (1, None)
        assert keys <= set(document["stats"]), name
        started, finished = (datetime.fromisoformat(document[key]) for key in ("started_at", "finished_at"))
        assert started.utcoffset() is not None
        assert started <= finished
        assert all(json.loads(line).get("stage", name) == name for line in outcome.err.splitlines())


def test_ingest_counts_the_records_of_every_source(ready: CLI) -> None:
    document = ready("ingest").document
    counts = {name: document["stats"]["tax_sales"][name] for name in ("processed", "unchanged", "inserted", "failed")}
    assert counts == {"processed": 32, "unchanged": 32, "inserted": 0, "failed": 0}
    assert {"updated", "deactivated"} <= set(document["stats"]["tax_sales"])


def test_run_all_prints_its_stages(ready: CLI) -> None:
    outcome = ready("run-all")
    document = outcome.document
    assert set(document) == RUN
    assert (document["command"], document["error"]) == ("run-all", None)
    assert document["exit_code"] == outcome.code
    assert [stage["command"] for stage in document["stages"]] == ["ingest", *STATS]
    assert all(set(stage) == STAGE for stage in document["stages"])
    some = ready("run-all", "--from", "score").document
    assert [stage["command"] for stage in some["stages"]] == ["score", "alert", "check"]
    assert some["run_id"] != document["run_id"]


def test_the_reading_commands_print_one_document_each(ready: CLI, cli: CLI) -> None:
    assert ready("score").code == 0
    stats = ready("stats").document
    assert (stats["command"], stats["market"], stats["as_of"]) == ("stats", "test-county", LIVE_DAY)
    leads = ready("leads", "list", "--limit", "5").document
    assert leads["total"] == stats["total_leads"] == sum(stats["tier_counts"].values()) > 5
    assert len(leads["leads"]) == 5
    scores = [lead["total_score"] for lead in leads["leads"]]
    assert scores == sorted(scores, reverse=True)
    assert all(set(lead) >= LEAD for lead in leads["leads"])
    assert all(isinstance(score, int | float) for score in scores)
    best = leads["leads"][0]["parcel_id"]
    shown = ready("leads", "show", best).document
    assert set(shown["components"]) == set(shown["weights"]) == {"distress", "owner", "value", "urgency"}
    assert set(shown["deal"]) == {"arv", "repairs", "mao", "debt", "spread"}
    assert {"component", "name", "points", "reason"} == set(shown["rules"][0])
    assert shown["records"]["tax_sales"]
    assert shown["history"] == [{"snapshot_date": LIVE_DAY, "total_score": shown["total_score"], "tier": shown["tier"]}]
    assert {run["stage"] for run in ready("runs").document["runs"]} == {"ingest", "score"}
    assert cli("rejects", "list", "--market", "test-county.toml", "--json").document == {"rejects": [], "total": 0}


def test_the_commands_about_the_tool_print_one_document_each(cli: CLI, home: Path) -> None:
    assert cli("markets", "list", "--json").document["markets"]
    assert cli("markets", "show", "orange-fl", "--json").document["key"] == "orange-fl"
    assert cli("markets", "validate", file_market(home), "--json").document["valid"] is True
    assert cli("db", "upgrade", "--json").document["upgraded"] is False
    assert cli("db", "status", "--json").document["needs_upgrade"] is False


def test_a_dry_run_of_the_alert_is_one_document_with_the_preview(ready: CLI) -> None:
    assert ready("score").code == 0
    assert "preview" in ready("alert", "--dry-run").document["stats"]


def test_a_command_that_could_not_begin_prints_a_document_too(cli: CLI) -> None:
    outcome = cli("stats", "--json", "--market", "nowhere")
    assert outcome.code == 78
    assert outcome.document["status"] == "failure"
    assert outcome.document["exit_code"] == 78
    assert set(outcome.document["error"]) == {"type", "message", "hint"}
    assert "'nowhere'" in outcome.document["error"]["message"]


@pytest.mark.parametrize("name", ["ingest", "alert", "run-all"])
@pytest.mark.parametrize("obstacle", ["lock", "database", "market", "day"])
def test_a_stage_that_could_not_begin_prints_the_shape_of_a_stage(
    cli: CLI, home: Path, monkeypatch: pytest.MonkeyPatch, name: str, obstacle: str
) -> None:
    market: Path | str = file_market(home)
    lock: AbstractContextManager[None] = nullcontext()
    day, status = LIVE_DAY, "failure"
    if obstacle == "lock":
        lock, code, status = machine_lock(home, "test-county"), 75, "skipped"
    elif obstacle == "database":
        monkeypatch.setenv("DATABASE_URL", "postgresql://me:hunter2@127.0.0.1:1/leads")
        code = 69
    elif obstacle == "market":
        market, code = "nowhere", 78
    else:
        day, code = "yesterday", 2
    with lock:
        outcome = cli(name, "--market", market, "--as-of", day, "--json")
    document = outcome.document
    assert outcome.code == code
    assert (document["command"], document["status"]) == (name, status)
    assert document["market"] == ("nowhere" if obstacle == "market" else "test-county")
    assert document["as_of"] == (None if obstacle == "day" else LIVE_DAY)
    assert datetime.fromisoformat(document["started_at"]) <= datetime.fromisoformat(document["finished_at"])
    assert set(document["error"]) == {"type", "message", "hint"}
    assert document["error"]["message"] in outcome.last_word
    if name == "run-all":
        assert set(document) == RUN
        assert (document["run_id"], document["stages"], document["exit_code"]) == (None, [], code)
    else:
        assert set(document) == STAGE
        assert (document["attempts"], document["stats"], document["warnings"]) == (0, {}, [])


def test_an_error_of_the_database_prints_a_document_too(cli: CLI, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE lead_scores CASCADE"))
    outcome = cli("stats", "--json")
    assert outcome.code == 1
    assert outcome.document["exit_code"] == 1
    assert "lead_scores" in outcome.document["error"]["message"]


@pytest.mark.parametrize("others_fail", [False, True])
def test_no_secret_is_in_a_document_a_log_or_a_row(
    ready: CLI, home: Path, monkeypatch: pytest.MonkeyPatch, others_fail: bool
) -> None:
    monkeypatch.setenv("SOCRATA_APP_TOKEN", "hunter2")
    market = home / "test-county.toml"
    told = market.read_text("utf-8") + NOTICES.format(url=home / "hunter2.json")
    if others_fail:
        told = told.replace(str(TAX_SALES), str(home / "hunter2.json"))
    market.write_text(told, "utf-8")
    outcome = ready("ingest")
    assert outcome.document["status"] == ("failure" if others_fail else "partial")
    for line in (("stats",), ("runs",)):
        outcome = Outcome(0, outcome.out + ready(*line).out, outcome.err)
    assert "No such file" in outcome.out
    assert "hunter2" not in outcome.out
    assert "hunter2" not in outcome.err
