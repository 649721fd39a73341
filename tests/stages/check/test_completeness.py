"""Completeness of addresses, locations and scores: what is fine stays fine, what is missing is found."""

from datetime import timedelta

import pytest

from tests.stages.check.rows import Rows, look
from wholesaler.stages import check as _registered  # noqa: F401
from wholesaler.stages.check.registry import Finding, Outcome
from wholesaler.stages.interface import Context


def found(context: Context, name: str) -> Finding:
    return look(context, "completeness", name)


def test_properties_good_when_some_are_active(context: Context, rows: Rows) -> None:
    rows.property()
    assert found(context, "properties").outcome is Outcome.OK


def test_properties_bad_when_all_are_inactive(context: Context, rows: Rows) -> None:
    rows.property(is_active=False)
    finding = found(context, "properties")
    assert finding.outcome is Outcome.WARNING
    assert finding.value == {"properties": 1, "active": 0}


def test_addresses_good_when_half_have_one(context: Context, rows: Rows) -> None:
    rows.property()
    rows.property(address=None)
    rows.property(address=None, is_active=False)
    finding = found(context, "addresses")
    assert finding.outcome is Outcome.OK
    assert finding.value == {"found": 1, "of": 2, "share": 0.5}


def test_addresses_bad_when_most_have_none(context: Context, rows: Rows) -> None:
    rows.property()
    rows.property(address=None)
    rows.property(address=None)
    finding = found(context, "addresses")
    assert finding.outcome is Outcome.WARNING
    assert finding.message == "2 of 3 (67%, at most 50% expected)"


def test_locations_good_when_a_fifth_have_none(context: Context, rows: Rows) -> None:
    for location in (None, *[(-81.4, 28.5)] * 4):
        rows.property(location=location)
    assert found(context, "locations").outcome is Outcome.OK


def test_locations_bad_when_a_quarter_have_none(context: Context, rows: Rows) -> None:
    for location in (None, *[(-81.4, 28.5)] * 3):
        rows.property(location=location)
    finding = found(context, "locations")
    assert finding.outcome is Outcome.WARNING
    assert finding.value == {"found": 1, "of": 4, "share": 0.25}


def test_score_day_good_when_the_day_was_scored(context: Context, rows: Rows) -> None:
    rows.property()
    rows.run("score", status="partial")
    assert found(context, "score_day").outcome is Outcome.OK


@pytest.mark.parametrize(
    ("status", "days", "said"), [("success", 1, "19 Nov 2025"), ("failure", 0, "nothing was ever")]
)
def test_score_day_bad_when_the_day_was_not_scored(
    context: Context, rows: Rows, status: str, days: int, said: str
) -> None:
    rows.property()
    rows.run("score", status=status, as_of=(context.as_of - timedelta(days)).isoformat())
    finding = found(context, "score_day")
    assert finding.outcome is Outcome.WARNING
    assert said in finding.message


def test_score_day_bad_when_an_earlier_day_was_scored_last(context: Context, rows: Rows) -> None:
    rows.run("score", started_at="2025-11-20T06:00:00Z")
    rows.run("score", started_at="2025-11-20T07:00:00Z", as_of="2025-11-10")
    number = rows.property()
    without_leads = found(context, "score_day")
    rows.lead(number, snapshot=False, as_of="2025-11-10")
    for finding in (without_leads, found(context, "score_day")):
        assert finding.outcome is Outcome.WARNING
        assert finding.message == "the newest scores are of 10 Nov 2025"


def test_null_scores_good_at_both_ends_of_the_scale(context: Context, rows: Rows) -> None:
    rows.lead(rows.property(), total_score=0, components={"distress": 100, "owner": 0})
    assert found(context, "null_scores").outcome is Outcome.OK


def test_null_scores_bad_when_a_part_is_null_or_impossible(context: Context, rows: Rows) -> None:
    rows.lead(rows.property(), snapshot=False)
    parts = ({"value": None}, {"value": "60"}, {"value": 60, "owner": 101}, {})
    wrong: list[dict[str, object]] = [*({"components": part} for part in parts), {"signals": []}]
    parcel_ids = [rows.parcel() for _ in wrong]
    for parcel_id, part in zip(parcel_ids, wrong, strict=True):
        rows.lead(rows.property(parcel_id), snapshot=False, **part)
    finding = found(context, "null_scores")
    assert finding.outcome is Outcome.ERROR
    assert finding.message == f"5 leads, such as {', '.join(parcel_ids[:3])}"


@pytest.mark.parametrize("part", ["total_score", "components"])
def test_null_scores_bad_when_a_part_is_beyond_the_scale(context: Context, rows: Rows, part: str) -> None:
    rows.execute("ALTER TABLE lead_scores DROP CONSTRAINT ck_lead_scores_total_score")

    def lead(value: float) -> None:
        known = {"total_score": value} if part == "total_score" else {"components": {"distress": 60, "owner": value}}
        rows.lead(rows.property(), snapshot=False, **known)

    for value in (0, 100):
        lead(value)
    assert found(context, "null_scores").outcome is Outcome.OK
    for value in (-0.01, 100.01):
        lead(value)
    assert found(context, "null_scores").value["found"] == 2


def test_null_scores_bad_when_there_is_no_signal_behind_a_score(context: Context, rows: Rows) -> None:
    rows.lead(rows.property(), snapshot=False, signals=["tax_deed_sale"], signal_count=1)
    # one that is listed and does not count
    rows.lead(rows.property(), snapshot=False, signals=["lis_pendens"], signal_count=0)
    assert found(context, "null_scores").outcome is Outcome.OK
    for signals, count in ((["tax_deed_sale"], -1), (["tax_deed_sale"], None), ([], 1)):
        rows.lead(rows.property(), snapshot=False, signals=signals, signal_count=count)
    assert found(context, "null_scores").value["found"] == 3


def test_invalid_tiers_good_when_all_are_of_the_profile(context: Context, rows: Rows) -> None:
    for tier in "ABCD":
        rows.lead(rows.property(), tier=tier)
    assert found(context, "invalid_tiers").outcome is Outcome.OK


def test_invalid_tiers_bad_when_one_is_unknown(context: Context, rows: Rows) -> None:
    rows.execute("ALTER TABLE lead_scores DROP CONSTRAINT ck_lead_scores_tier")
    rows.lead(rows.property(), tier="E", snapshot=False)
    finding = found(context, "invalid_tiers")
    assert finding.outcome is Outcome.ERROR
    assert finding.value["found"] == 1


def test_invalid_tiers_bad_when_none_is_without_a_reason_or_one_in_spite_of_it(context: Context, rows: Rows) -> None:
    rows.lead(rows.property(), snapshot=False, tier=None, excluded="bank")
    assert found(context, "invalid_tiers").outcome is Outcome.OK
    rows.lead(rows.property(), snapshot=False, tier=None)
    rows.lead(rows.property(), snapshot=False, tier="B", excluded="bank")
    assert found(context, "invalid_tiers").value["found"] == 2


def test_inactive_leads_good_when_every_lead_is_active(context: Context, rows: Rows) -> None:
    rows.lead(rows.property())
    rows.property(is_active=False)
    assert found(context, "inactive_leads").outcome is Outcome.OK


def test_inactive_leads_bad_when_a_lead_was_redeemed(context: Context, rows: Rows) -> None:
    rows.lead(rows.property(is_active=False))
    finding = found(context, "inactive_leads")
    assert finding.outcome is Outcome.WARNING
    assert finding.value["found"] == 1


def test_inactive_leads_bad_when_the_property_is_gone(context: Context, rows: Rows) -> None:
    lost = rows.property()
    rows.lead(lost)
    rows.execute("DELETE FROM properties")
    assert f"property {lost}" in found(context, "inactive_leads").message


def test_snapshots_good_when_every_lead_has_one(context: Context, rows: Rows) -> None:
    rows.lead(rows.property())
    assert found(context, "snapshots").outcome is Outcome.OK


def test_snapshots_bad_when_a_lead_has_none(context: Context, rows: Rows) -> None:
    rows.lead(rows.property())
    parcel_id = rows.parcel()
    rows.lead(rows.property(parcel_id), snapshot=False)
    finding = found(context, "snapshots")
    assert finding.outcome is Outcome.ERROR
    assert finding.value == {"found": 1, "examples": [parcel_id]}
