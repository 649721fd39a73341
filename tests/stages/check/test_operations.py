"""Completeness of what came in and went out: stale sources, failed ingests, rejects, join rates, waiting alerts."""

from dataclasses import replace
from uuid import uuid4

from sqlalchemy import Engine

from tests.stages.check.rows import Rows, look
from wholesaler.db.sql import statement
from wholesaler.stages import check as _registered  # noqa: F401
from wholesaler.stages.check.registry import Finding, Outcome
from wholesaler.stages.interface import Context


def found(context: Context, name: str) -> Finding:
    return look(context, "completeness", name)


def reject(rows: Rows, source: str, is_active: bool = True) -> None:
    rows.insert(
        "rejected_records",
        source=source,
        content_hash=uuid4(),
        reason="no parcel number",
        raw={},
        is_active=is_active,
    )


def test_stale_sources_good_when_records_are_recent(context: Context, rows: Rows) -> None:
    rows.record("code_violations", None, None, opened_date="2025-11-10")
    finding = found(context, "stale_sources")
    assert finding.outcome is Outcome.OK
    assert finding.value == {"code_violations": {"newest_record": "2025-11-10", "stale": False}}


def test_stale_sources_bad_when_the_newest_record_is_old(context: Context, rows: Rows) -> None:
    rows.record("code_violations", None, None, opened_date="2025-10-10")
    rows.record("foreclosures", None, None, recording_date="2025-11-10")
    finding = found(context, "stale_sources")
    assert finding.outcome is Outcome.WARNING
    assert finding.message.startswith("code_violations: stale, its newest record is of 10 Oct 2025")
    assert "foreclosures" not in finding.message


def test_last_ingest_good_when_a_failure_was_made_good(context: Context, rows: Rows) -> None:
    for source in context.market.sources:
        rows.run("ingest", source, "failure", error={"message": "down"}, started_at="2025-11-20 02:00+00")
        rows.run("ingest", source, started_at="2025-11-20 02:05+00")
    assert found(context, "last_ingest").outcome is Outcome.OK


def test_a_reason_is_told_in_two_hundred_characters(context: Context, rows: Rows) -> None:
    rows.run("ingest", "tax_sales", "failure", error={"message": "a" * 200})
    rows.run("ingest", "foreclosures", "failure", error={"message": "b" * 201})
    long, longer, *_ = found(context, "last_ingest").message.split("; ")
    assert (long, longer) == ("tax_sales: failure: " + "a" * 200, "foreclosures: failure: " + "b" * 199 + "…")


def test_last_ingest_bad_when_sources_failed_were_partial_or_never_came(context: Context, rows: Rows) -> None:
    rows.run("ingest", "tax_sales", "failure", error={"message": "The server answered 503."})
    rows.run("ingest", "foreclosures", "partial", warnings='["odd date", "shrank by more than half"]')
    rows.run("ingest", "property_records")
    finding = found(context, "last_ingest")
    assert finding.outcome is Outcome.WARNING
    assert finding.message.split("; ") == [
        "tax_sales: failure: The server answered 503",
        "foreclosures: partial: shrank by more than half",
        "code_violations: never loaded",
    ]


def test_rejected_records_good_when_few_are_rejected_now(context: Context, rows: Rows) -> None:
    for _ in range(19):
        rows.record("tax_sales", None, None)
    reject(rows, "tax_sales")
    reject(rows, "tax_sales", is_active=False)
    finding = found(context, "rejected_records")
    assert finding.outcome is Outcome.OK
    assert finding.value == {"tax_sales": {"rejected": 1, "kept": 19, "share": 0.05}}


def test_rejected_records_bad_when_many_are_rejected(context: Context, rows: Rows) -> None:
    for _ in range(3):
        rows.record("tax_sales", None, None)
    reject(rows, "tax_sales")
    finding = found(context, "rejected_records")
    assert finding.outcome is Outcome.WARNING
    assert finding.message == "tax_sales: 1 of 4 (25%)"


def test_join_rates_good_when_parcels_are_on_the_roll(context: Context, rows: Rows) -> None:
    rows.tax_sale_property()
    finding = found(context, "join_rates")
    assert finding.outcome is Outcome.OK
    assert finding.value == {"tax_sales": 1.0}


def test_join_rates_good_when_half_of_the_parcels_are_on_the_roll(context: Context, rows: Rows) -> None:
    rows.tax_sale_property()
    rows.record("tax_sales", rows.parcel(), None)
    finding = found(context, "join_rates")
    assert (finding.outcome, finding.value) == (Outcome.OK, {"tax_sales": 0.5})


def test_join_rates_bad_when_no_parcel_is_on_the_roll(context: Context, rows: Rows) -> None:
    rows.record("tax_sales", rows.parcel(), None)
    rows.record("property_records", rows.parcel(), None)
    finding = found(context, "join_rates")
    assert finding.outcome is Outcome.WARNING
    assert finding.message == "tax_sales: 0%, at least 50% expected"


def deliver(rows: Rows, channel: str, **values: object) -> None:
    rows.insert("alert_deliveries", channel=channel, kind="new_lead", as_of="2025-11-20", **values)


def test_pending_alerts_good_when_young_sent_or_of_a_channel_that_is_off(context: Context, rows: Rows) -> None:
    deliver(rows, "report", subject="young", created_at="now")
    deliver(rows, "report", subject="sent", created_at="2025-11-01", status="sent")
    deliver(rows, "slack", subject="off", created_at="2025-11-01")
    assert found(context, "pending_alerts").outcome is Outcome.OK


def test_pending_alerts_bad_when_an_enabled_channel_takes_none(context: Context, rows: Rows) -> None:
    settings = context.settings.model_copy(update={"alert_email": "a@example.org", "smtp_from_email": "b@example.org"})
    deliver(rows, "email", subject="1", created_at="2025-11-01")
    finding = found(replace(context, settings=settings), "pending_alerts")
    assert finding.outcome is Outcome.WARNING
    assert finding.message == "1 alert for email"


def test_the_last_attempt_at_a_source_counts_and_nothing_that_is_no_attempt(
    context: Context, rows: Rows, engine: Engine
) -> None:
    first, second = "2025-11-20 02:00+00", "2025-11-20 02:05+00"
    for source in context.market.sources:
        rows.run("ingest", source, started_at=second)
        rows.run("ingest", source, "failure", started_at=first)
    rows.run("ingest", "tax_sales", "partial", started_at=second, error={"message": "cut"}, warnings='["odd date"]')
    for decoy in ({"status": "running"}, {"status": "skipped"}, {"stage": "enrich", "status": "failure"}):
        rows.run(**{"stage": "ingest", "source": "tax_sales", "started_at": "2025-11-20 03:00+00", **decoy})
    rows.run("ingest", None, "failure")
    Rows(engine, "other-county").run("ingest", "tax_sales", "failure", started_at="2025-11-20 03:00+00")
    finding = found(context, "last_ingest")
    assert finding.message == "tax_sales: partial: cut"
    assert set(finding.value) == set(context.market.sources)


def test_only_what_the_market_has_now_is_kept_or_rejected(context: Context, rows: Rows, engine: Engine) -> None:
    other = Rows(engine, "other-county")
    for source in ("tax_sales", "property_records"):
        for is_active in (True, False):
            rows.record(source, None, None, is_active=is_active)
            other.record(source, None, None, is_active=is_active)
            reject(other, source)
    reject(rows, "tax_sales", is_active=False)
    reject(rows, "foreclosures")
    finding = found(context, "rejected_records")
    one = {"rejected": 0, "kept": 1, "share": 0.0}
    all_rejected = {"rejected": 1, "kept": 0, "share": 1.0}
    assert finding.value == {"foreclosures": all_rejected, "property_records": one, "tax_sales": one}
    assert list(finding.value) == sorted(finding.value)


def test_alerts_of_enabled_channels_are_counted_in_the_state_and_the_time(
    context: Context, rows: Rows, engine: Engine
) -> None:
    settings = context.settings.model_copy(
        update={"alert_email": "a@example.org", "smtp_from_email": "b@example.org", "alert_slack_webhook": None}
    )
    old, young = "2025-11-01", "now"
    for place, number in ((rows, 1), (Rows(engine, "other-county"), 2)):
        for channel in ("email", "report", "slack"):
            for status in ("pending", "refused", "sent"):
                for which in range(number):
                    subject = f"{status} {which}"
                    deliver(place, channel, subject=subject, status=status, created_at=old, refused_at=young)
    for which in (1, 2):
        deliver(rows, "email", subject=f"young {which}", created_at=young)
        deliver(rows, "email", subject=f"old {which}", status="refused", created_at=old, refused_at=old)
    on = replace(context, settings=settings)
    assert list(found(on, "pending_alerts").value["pending"].items()) == [("email", 1), ("report", 1)]
    assert list(found(on, "refused_alerts").value["refused"].items()) == [("email", 1), ("report", 1)]


def test_growth_is_from_the_newest_check_of_the_market_that_counted(rows: Rows, engine: Engine) -> None:
    def counted(number: int, stage: str = "check", status: str = "success", place: Rows = rows, **values: str) -> None:
        counts = {"database_stats": {"properties": {"rows": number}}}
        place.run(stage, None, status, **{"stats": counts, "started_at": "2025-11-20 02:00+00", **values})

    counted(1)
    counted(2)
    counted(3, started_at="2025-11-20 01:00+00")
    later = "2025-11-20 03:00+00"
    counted(4, "score", started_at=later)
    counted(5, status="running", started_at=later)
    counted(6, place=Rows(engine, "other-county"), started_at=later)
    rows.run("check", stats={"database_stats": {"tax_sales": {"rows": 7}}}, started_at=later)
    before = statement("wholesaler.stages.check", "database.sql", "rows_before")
    with engine.connect() as connection:
        assert connection.scalar(before, {"market": rows.market, "table": "properties"}) == 2


def test_parcels_are_suppressed_by_their_own_market(rows: Rows, engine: Engine) -> None:
    other, numbers = Rows(engine, "other-county"), ["confidential", "suppressed", "unknown", "free", "not asked for"]
    for number in numbers[:2] + numbers[3:]:
        for place in (rows, other):
            place.property(number)
    suppressed = {"kind": "parcel", "reason": "dnc", "source": "by hand"}
    for number in ("suppressed", "unknown", "not asked for"):
        rows.insert("suppressions", value=number, **suppressed)
    for number in ("confidential", "not asked for"):
        rows.insert("parcels", parcel_id=number, is_listed=True, confidential=True)
    for number in numbers:
        other.insert("suppressions", value=number, **suppressed)
        other.insert("parcels", parcel_id=number, is_listed=True, confidential=True)
    rows.execute(
        "INSERT INTO suppressions (market, kind, value, reason, source)"
        " VALUES ('*', 'telephone', 'free', 'dnc', 'by hand')"
    )
    asked = {"market": rows.market, "examples": numbers[:4]}
    with engine.connect() as connection:
        names = connection.scalars(statement("wholesaler.stages.check", "registry.sql", "suppressed"), asked)
        assert sorted(names) == numbers[:3]
