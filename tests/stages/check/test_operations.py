"""Completeness of what came in and went out: stale sources, failed ingests, rejects, join rates, waiting alerts."""

from dataclasses import replace
from uuid import uuid4

from tests.stages.check.rows import Rows, look
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
