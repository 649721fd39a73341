"""The stage: its exit codes, the shape of its stats, growth, an empty database, and checks that fail themselves."""

from collections.abc import MutableMapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

import orjson
import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from tests.stages.check.rows import AS_OF, MARKET, Rows
from wholesaler.db.base import Base
from wholesaler.errors import ExitCode
from wholesaler.stages.check import stage as check
from wholesaler.stages.check.registry import Check, Observation, Severity, registered
from wholesaler.stages.check.stage import run_checks
from wholesaler.stages.interface import Attempt, Context, Result


def run(context: Context) -> Result:
    return check.run(context, Attempt())


def made(name: str, group: str, function: Any, severity: Severity = Severity.WARNING) -> Check:
    return Check(name, group, f"Title of {name}", severity, "Do this.", function)


def test_healthy_data_is_exit_0_without_a_word(context: Context, rows: Rows) -> None:
    rows.healthy()
    result = run(context)
    assert (result.stats["warnings"], result.stats["errors"]) == ([], [])
    assert (result.exit_code, result.status) == (ExitCode.OK, "success")


def test_an_empty_database_is_a_warning_that_says_to_ingest(context: Context) -> None:
    result = run(context)
    (warning,) = result.stats["warnings"]
    hint = "Run `wholesaler ingest`; its warnings say why no record is a signal."
    assert warning == f"Active properties: no properties yet. {hint}"
    assert result.warnings == result.stats["warnings"]
    assert result.stats["errors"] == []
    assert (result.exit_code, result.status) == (ExitCode.WARNINGS, "partial")


def test_errors_are_exit_4_even_beside_warnings(context: Context, rows: Rows) -> None:
    rows.healthy()
    rows.record("tax_sales", "292228000000999", None)
    rows.property(is_active=True)
    result = run(context)
    (error,) = result.stats["errors"]
    assert error == (
        "Parcels with a signal and no property: 1 parcel, such as 292228000000999. "
        "Run `wholesaler ingest`, which makes a property of every signal."
    )
    assert len(result.stats["warnings"]) == 1
    assert (result.exit_code, result.status) == (ExitCode.DATA_ERRORS, "failure")


def test_stats_have_the_old_reports_keys_and_every_check_says_what_the_table_needs(
    context: Context, rows: Rows
) -> None:
    rows.healthy()
    stats = orjson.loads(orjson.dumps(run(context).stats))
    assert list(stats) == ["database_stats", "completeness", "consistency", "postgis", "warnings", "errors"]
    assert set(stats["database_stats"]) == set(Base.metadata.tables)
    for group in ("completeness", "consistency", "postgis"):
        assert set(stats[group]) == {check.name for check in registered() if check.group == group}
        for entry in stats[group].values():
            assert list(entry) == ["title", "outcome", "value", "message", "hint", "names"]


def test_other_markets_are_not_looked_at(context: Context, rows: Rows) -> None:
    rows.healthy()
    other = Rows(context.engine, "hillsborough-fl")
    other.record("tax_sales", other.parcel(), None, location=(0, 0))
    other.property(address=None, location=None)
    result = run(context)
    assert result.exit_code is ExitCode.OK
    assert result.stats["database_stats"]["tax_sales"]["rows"] == 3


@pytest.mark.parametrize("status", ["success", "partial", "failure"])
def test_growth_is_counted_from_the_newest_check_that_counted(context: Context, rows: Rows, status: str) -> None:
    rows.healthy(leads=3)
    for started, before in (("2025-11-18", 1), ("2025-11-19", 5)):
        stats = {"database_stats": {"properties": {"rows": before, "growth": None}}}
        rows.run("check", status=status, stats=stats, started_at=started)
    rows.run("check", status="failure", started_at="2025-11-20")
    counted = run(context).stats["database_stats"]
    assert (counted["properties"]["rows"], counted["properties"]["growth"]) == (3, -2)
    assert (counted["tax_sales"]["rows"], counted["tax_sales"]["growth"]) == (3, None)
    assert counted["properties"]["outcome"] == "ok"


@pytest.mark.parametrize(("before", "wrong"), [(99, False), (100, False), (102, True)])
def test_a_table_that_lost_more_than_half_of_its_rows_is_a_warning(
    context: Context, rows: Rows, before: int, wrong: bool
) -> None:
    rows.execute(
        "INSERT INTO properties (market, parcel_id, is_active) SELECT :market, number::text, number = 1"
        " FROM generate_series(1, 50) AS number"
    )
    rows.run("check", stats={"database_stats": {"properties": {"rows": before, "growth": 0}}})
    result = run(context)
    lines = [line for line in result.stats["warnings"] if line.startswith("Rows of properties: ")]
    assert bool(lines) is wrong
    if wrong:
        assert lines[0].startswith("Rows of properties: 50 of the 102 rows of the last check are left. ")


def test_a_check_that_raises_is_an_error_and_the_others_go_on(
    context: Context, logged: list[MutableMapping[str, Any]]
) -> None:
    def breaks(connection: Connection, context: Context) -> Observation:
        connection.execute(text("SELECT nonsense\nFROM nowhere"))
        raise AssertionError

    def stumbles(connection: Connection, context: Context) -> Observation:
        raise KeyError("total")

    def looks(connection: Connection, context: Context) -> Observation:
        return Observation(f"{connection.scalar(text('SELECT 2'))} seen")

    checks = [made("a", "completeness", breaks), made("b", "postgis", stumbles), made("c", "completeness", looks)]
    result = check.summarise(run_checks(context, checks))
    assert result.exit_code is ExitCode.DATA_ERRORS
    assert result.stats["errors"] == [
        'Title of a: could not run: relation "nowhere" does not exist. ' + _HINT,
        "Title of b: could not run: KeyError: 'total'. " + _HINT,
    ]
    assert result.stats["completeness"]["c"]["message"] == "2 seen"
    assert {entry["check"] for entry in logged} == {"a", "b"}


def test_what_a_broken_check_says_holds_no_secret(context: Context) -> None:
    def leaks(connection: Connection, context: Context) -> Observation:
        raise RuntimeError("hunter2 is wrong")

    settings = context.settings.model_copy(update={"smtp_password": SecretStr("hunter2")})
    found = run_checks(replace(context, settings=settings), [made("a", "postgis", leaks)])
    assert "hunter2" not in found[0].line
    assert "is wrong" in found[0].line


def test_a_table_that_cannot_be_counted_is_an_error_with_null_rows(context: Context, rows: Rows) -> None:
    rows.execute("DROP TABLE lead_status_events CASCADE")
    result = run(context)
    entry = result.stats["database_stats"]["lead_status_events"]
    assert (entry["rows"], entry["growth"], entry["outcome"]) == (None, None, "error")
    assert any(found.title.startswith("Rows of lead_status_events: could") for found in check.findings_of(result.stats))


@pytest.mark.parametrize(
    "statement",
    ["SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(5)", "SET LOCAL statement_timeout = 10; SELECT pg_sleep(5)"],
)
def test_a_statement_that_is_cancelled_is_no_finding_about_the_data(context: Context, statement: str) -> None:
    def is_cancelled(connection: Connection, context: Context) -> Observation:
        connection.execute(text(statement))
        return Observation("fine")

    with pytest.raises(OperationalError, match="cancel"):
        run_checks(context, [made("a", "postgis", is_cancelled)])


def test_a_lost_connection_is_no_finding_but_a_failure_that_is_tried_again(context: Context) -> None:
    def dies(connection: Connection, context: Context) -> Observation:
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        raise AssertionError

    with pytest.raises(OperationalError):
        run_checks(context, [made("a", "postgis", dies)])


def test_checks_cannot_change_anything(context: Context, rows: Rows) -> None:
    rows.property()

    def meddles(connection: Connection, context: Context) -> Observation:
        connection.execute(text("DELETE FROM properties"))
        return Observation("deleted")

    (found,) = run_checks(context, [made("a", "postgis", meddles)])
    assert "read-only" in found.message
    assert rows.execute("SELECT count(*) FROM properties WHERE market = :market") == 1


def test_the_groups_look_side_by_side_on_their_own_connections(context: Context) -> None:
    """Each group waits for the locks that the others hold: one after the other they would wait in vain."""
    groups = ("database", "completeness", "consistency", "postgis")

    def meets(connection: Connection, context: Context) -> Observation:
        connection.execute(text("SET LOCAL statement_timeout = '10s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock_shared(7)"))
        connection.execute(
            text(
                "DO $$ BEGIN WHILE (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7) < 4"
                " LOOP PERFORM pg_sleep(0.001); END LOOP; PERFORM pg_sleep(0.05); END $$"
            )
        )
        return Observation(str(connection.scalar(text("SELECT pg_backend_pid()"))), {"rows": 0, "growth": 0})

    found = run_checks(context, [made(group, group, meets) for group in groups])
    assert len({finding.message for finding in found}) == len(groups)
    assert all(finding.outcome == "ok" for finding in found)


def test_findings_to_announce_are_the_errors_then_the_warnings(context: Context, rows: Rows) -> None:
    rows.healthy()
    rows.property()
    rows.record("tax_sales", None, None, location=(0, 0))
    announced = [vars(found) for found in check.findings_of(run(context).stats)]
    assert [found["severity"] for found in announced] == ["error", "warning"]
    assert announced[0]["title"] == "Points at longitude 0, latitude 0: 1 in tax_sales"
    assert announced[0]["hint"] == "A source sends 0 for an unknown place: run `wholesaler ingest`."
    assert announced[1]["title"].startswith("Active properties without an active signal: 1 property, such as ")


def test_nothing_is_announced_of_healthy_data(context: Context, rows: Rows) -> None:
    rows.healthy()
    assert check.findings_of(run(context).stats) == {}


def test_every_check_has_a_title_and_a_hint_that_are_sentences(context: Context) -> None:
    assert context.market.key == MARKET
    for registered_check in registered():
        assert registered_check.title[0].isupper()
        assert not registered_check.title.endswith(".")
        assert registered_check.hint.endswith(".")


_HINT = "Run `wholesaler check` again with --verbose for the details."


def test_the_faults_of_another_market_are_not_told(context: Context, rows: Rows, engine: Engine) -> None:
    rows.healthy()
    # every kind of fault, under the same names and numbers
    other = Rows(engine, "other-county")
    merged, lost = other.property(is_active=False), other.property(address=None, location=None)
    circle = "UPDATE properties SET is_active = false, merged_into = :into WHERE id = :id"
    other.execute(circle, id=merged, into=lost)
    other.execute(circle, id=lost, into=merged)
    for number in range(9):
        parcel_id = other.parcel()
        other.property(parcel_id, location=(0, 0), address=None, house_number="1", street="ELM STREET")
        other.record("tax_sales", parcel_id, merged, sale_date="2012-01-01", location=(0, 0))
        other.record("property_records", parcel_id, lost, location=(0, 0))
        other.record("code_violations", other.parcel(), None, opened_date="2012-01-01")
        other.insert(
            "rejected_records", source="tax_sales", content_hash=uuid4(), reason="no parcel number", raw={}
        )  # fmt: skip
        other.insert(
            "alert_deliveries", channel="report", kind="new_lead", subject=f"{number}", as_of=AS_OF,
            created_at="2025-11-01",
        )  # fmt: skip
    other.lead(merged, snapshot=False, as_of="2025-11-25", signals=[], signal_count=0)
    other.run("ingest", "tax_sales", "failure", error={"message": "down"}, started_at="2025-11-21 02:00+00")
    other.run("score", as_of="2025-11-01", started_at="2025-11-21 02:00+00")
    other.run("check", stats={"database_stats": {"properties": {"rows": 100_000, "growth": 0}}})
    result = run(context)
    assert (result.stats["warnings"], result.stats["errors"]) == ([], [])
    theirs = run(replace(context, market=context.market.model_copy(update={"key": "other-county"})))
    assert len(theirs.stats["warnings"] + theirs.stats["errors"]) > 8


@pytest.mark.parametrize(
    ("before", "left", "wrong"), [(100, 49, True), (100, 50, False), (99, 1, False), (101, 50, True)]
)
def test_a_table_has_shrunk_when_less_than_half_of_100_rows_or_more_are_left(
    context: Context, rows: Rows, before: int, left: int, wrong: bool
) -> None:
    for _ in range(left):
        rows.record("tax_sales", None, None)
    rows.run("check", stats={"database_stats": {"tax_sales": {"rows": before, "growth": 0}}})
    warnings = run(context).stats["warnings"]
    assert any(f"{left} of the {before} rows of the last check are left" in one for one in warnings) is wrong
