"""Every check that counts faults counts each one once and names the first three, whatever is right beside them."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from tests.stages.check.rows import AS_OF, DOWNTOWN, Rows, look
from tests.stages.county import shifted
from wholesaler.stages import check as _registered  # noqa: F401
from wholesaler.stages.interface import Context

#: makes one fault at the parcel of this number
Fault = Callable[[Rows, str], object]


def _merged(rows: Rows, parcel_id: str, into: int) -> int:
    return rows.property(parcel_id, is_active=False, merged_into=into)


def _chain(rows: Rows, parcel_id: str) -> None:
    _merged(rows, parcel_id, _merged(rows, rows.parcel(), rows.property()))


def _circle(rows: Rows, parcel_id: str) -> None:
    first = rows.property(parcel_id, is_active=False)
    second = _merged(rows, f"{parcel_id}x", first)
    rows.execute("UPDATE properties SET merged_into = :second WHERE id = :first", first=first, second=second)


def _same_place(rows: Rows, parcel_id: str) -> None:
    here = {"house_number": parcel_id, "street": "ELM STREET"}
    rows.tax_sale_property(**here)
    rows.property(parcel_id, **here)


FAULTS: dict[tuple[str, str], Fault] = {
    ("consistency", "orphans"): lambda rows, number: (
        rows.property(number), rows.record("tax_sales", number, rows.property()),
    ),
    ("consistency", "missing_properties"): lambda rows, number: rows.record("tax_sales", number, None),
    ("consistency", "unmerged_roll"): lambda rows, number: rows.record(
        "property_records", number, None, merged=False
    ),
    ("consistency", "parcels_of_nothing"): lambda rows, number: rows.insert(
        "parcels", parcel_id=number, is_listed=False
    ),
    ("consistency", "records_of_merged"): lambda rows, number: rows.record(
        "tax_sales", None, _merged(rows, number, rows.property())
    ),
    ("consistency", "hidden_signals"): lambda rows, number: rows.record(
        "tax_sales", None, rows.property(number, is_active=False)
    ),
    ("consistency", "idle_properties"): lambda rows, number: rows.property(number),
    ("consistency", "duplicate_parcels"): lambda rows, number: (rows.property(number), rows.property(number)),
    ("consistency", "duplicate_places"): _same_place,
    ("consistency", "merges_nowhere"): lambda rows, number: _merged(rows, number, 999_999),
    ("consistency", "merges_on_roll"): lambda rows, number: rows.record(
        "property_records", number, _merged(rows, number, rows.property())
    ),
    ("consistency", "merge_chains"): _chain,
    ("consistency", "merge_circles"): _circle,
    ("completeness", "null_scores"): lambda rows, number: rows.lead(rows.property(number), signals=[]),
    ("completeness", "invalid_tiers"): lambda rows, number: rows.lead(rows.property(number), tier="E", snapshot=False),
    ("completeness", "inactive_leads"): lambda rows, number: rows.lead(rows.property(number, is_active=False)),
    ("completeness", "snapshots"): lambda rows, number: rows.lead(rows.property(number), snapshot=False),
}  # fmt: skip


@pytest.mark.parametrize(("group", "name"), FAULTS)
def test_each_fault_is_counted_and_the_first_three_are_named(
    context: Context, rows: Rows, engine: Engine, group: str, name: str
) -> None:
    for constraint in ("fk_properties_market_merged_into", "uq_properties_market_parcel_id"):
        rows.execute(f"ALTER TABLE properties DROP CONSTRAINT {constraint}")
    rows.execute("ALTER TABLE lead_scores DROP CONSTRAINT ck_lead_scores_tier")
    rows.healthy()
    numbers = [f"30000000000000{number}" for number in range(4)]
    # the same parcels are right in one other market and wrong in another, which is nothing to this one
    right, wrong = Rows(engine, "right-county"), Rows(engine, "wrong-county")
    for parcel_id in numbers:
        right.lead(right.tax_sale_property(parcel_id=parcel_id, house_number=parcel_id, street="ELM STREET")[1])
        FAULTS[group, name](wrong, parcel_id)
    assert look(context, group, name).value == {"found": 0, "examples": []}
    for number in (2, 0, 3, 1):
        FAULTS[group, name](rows, numbers[number])
    found = look(context, group, name).value
    each = 2 if name == "merge_circles" else 1
    assert found["found"] == 4 * each
    expected = sorted(numbers + [f"{number}x" for number in numbers] * (each - 1))[:3]
    assert found["examples"] == expected


@pytest.mark.parametrize(("metres", "places"), [(9.9, 1), (10.1, 2)])
def test_two_points_within_10_metres_are_one_place(context: Context, rows: Rows, metres: float, places: int) -> None:
    here = {"house_number": "12", "street": "ELM STREET"}
    rows.tax_sale_property(**here)
    rows.property(**here, location=shifted(DOWNTOWN, metres))
    assert look(context, "consistency", "duplicate_places").value["found"] == 2 - places


def test_snapshots_of_another_day_or_lead_are_not_missed(context: Context, rows: Rows) -> None:
    number = rows.property()
    rows.lead(number)
    rows.execute("UPDATE lead_score_history SET snapshot_date = '2025-11-19'")
    assert look(context, "completeness", "snapshots").value["found"] == 1
    rows.execute(f"UPDATE lead_score_history SET snapshot_date = '{AS_OF}', property_id = property_id + 1")
    assert look(context, "completeness", "snapshots").value["found"] == 1


@pytest.mark.parametrize(("hours", "waits"), [(25, 1), (23, 0)])
def test_an_announcement_waits_for_too_long_after_24_hours(
    context: Context, rows: Rows, hours: int, waits: int
) -> None:
    settings = context.settings.model_copy(update={"alert_email": "a@example.org", "smtp_from_email": "b@example.org"})
    rows.insert("alert_deliveries", channel="email", kind="new_lead", subject="1", as_of=AS_OF)
    rows.execute("UPDATE alert_deliveries SET created_at = now() - make_interval(hours => :hours)", hours=hours)
    waiting = look(replace(context, settings=settings), "completeness", "pending_alerts")
    assert sum(waiting.value["pending"].values()) == waits
