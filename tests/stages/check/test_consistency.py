"""Consistency between the tables: orphans, activity, duplicates and merges, each healthy and broken."""

from typing import Any

from tests.stages.check.rows import DOWNTOWN, Rows, look
from wholesaler.stages import check as _registered  # noqa: F401
from wholesaler.stages.check.registry import Finding, Outcome
from wholesaler.stages.interface import Context

SIGNALS = ("tax_sales", "foreclosures", "code_violations")
SAME_ADDRESS: dict[str, Any] = {"house_number": "12", "street": "ELM STREET"}
FIVE_METRES_EAST = (DOWNTOWN[0] + 0.00005, DOWNTOWN[1])
A_BLOCK_EAST = (DOWNTOWN[0] + 0.001, DOWNTOWN[1])


def found(context: Context, name: str) -> Finding:
    return look(context, "consistency", name)


def merged(rows: Rows, into: int | None) -> int:
    return rows.property(is_active=False, merged_into=into)


def test_orphans_good_when_records_follow_the_merge_of_their_property(context: Context, rows: Rows) -> None:
    parcel_id = rows.parcel()
    winner = rows.property()
    rows.property(parcel_id, is_active=False, merged_into=winner)
    for table in SIGNALS:
        rows.record(table, parcel_id, winner)
        rows.record(table, None, None)
    assert found(context, "orphans").outcome is Outcome.OK


def test_orphans_bad_when_a_record_points_nowhere_or_elsewhere(context: Context, rows: Rows) -> None:
    parcel_ids = [rows.parcel() for _ in SIGNALS]
    for table, parcel_id in zip(SIGNALS, parcel_ids, strict=True):
        rows.property(parcel_id)
        rows.record(table, parcel_id, None)
        rows.record(table, parcel_id, rows.property())
    finding = found(context, "orphans")
    assert finding.outcome is Outcome.ERROR
    assert finding.value == {"found": 6, "examples": parcel_ids}


def test_missing_properties_good_when_only_signals_have_one(context: Context, rows: Rows) -> None:
    rows.tax_sale_property()
    rows.record("code_violations", rows.parcel(), None, status="Closed")
    rows.record("tax_sales", rows.parcel(), None, is_active=False)
    rows.record("foreclosures", None, None)
    assert found(context, "missing_properties").outcome is Outcome.OK


def test_missing_properties_bad_when_signals_have_none(context: Context, rows: Rows) -> None:
    parcel_ids = [rows.parcel() for _ in SIGNALS]
    for table, parcel_id in zip(SIGNALS, parcel_ids, strict=True):
        rows.record(table, parcel_id, None)
    finding = found(context, "missing_properties")
    assert finding.outcome is Outcome.ERROR
    assert finding.message == f"3 parcels, such as {', '.join(parcel_ids)}"


def test_unmerged_roll_good_when_records_and_parcels_list_the_same(context: Context, rows: Rows) -> None:
    rows.tax_sale_property()
    rows.record("property_records", rows.parcel(), None)
    rows.record("property_records", rows.parcel(), None, is_active=False)
    rows.record("property_records", rows.parcel(), None, source="former", merged=False)
    rows.insert("parcels", parcel_id=rows.parcel(), is_listed=False)
    assert found(context, "unmerged_roll").outcome is Outcome.OK


def test_unmerged_roll_bad_when_a_record_or_a_parcel_is_alone(context: Context, rows: Rows) -> None:
    alone = rows.parcel()
    rows.record("property_records", alone, None, merged=False)
    listed = rows.parcel()
    rows.insert("parcels", parcel_id=listed, is_listed=True)
    finding = found(context, "unmerged_roll")
    assert finding.outcome is Outcome.WARNING
    assert finding.message == f"2 parcels, such as {alone}, {listed}"


def test_parcels_of_nothing_good_when_any_source_of_the_roll_has_them(context: Context, rows: Rows) -> None:
    rows.tax_sale_property()
    rows.insert("parcels", parcel_id=rows.parcel(), is_listed=True, confidential=True)
    assert found(context, "parcels_of_nothing").outcome is Outcome.OK


def test_parcels_of_nothing_bad_when_no_record_is_left(context: Context, rows: Rows) -> None:
    gone = rows.parcel()
    rows.record("property_records", gone, None, is_active=False)
    rows.record("property_records", gone, None, source="former", merged=False)
    rows.insert("parcels", parcel_id=gone, is_listed=False, confidential=False)
    assert found(context, "parcels_of_nothing").outcome is Outcome.WARNING


def test_records_of_merged_good_when_they_are_at_the_other(context: Context, rows: Rows) -> None:
    winner = rows.property()
    merged(rows, winner)
    rows.record("tax_sales", rows.parcel(), winner)
    assert found(context, "records_of_merged").outcome is Outcome.OK


def test_records_of_merged_bad_when_signals_stay(context: Context, rows: Rows) -> None:
    for table in SIGNALS:
        rows.record(table, None, merged(rows, rows.property()))
    finding = found(context, "records_of_merged")
    assert finding.outcome is Outcome.ERROR
    assert finding.value["found"] == len(set(finding.value["examples"])) == 3


def test_hidden_signals_good_when_only_closed_records_point_to_inactive_properties(
    context: Context, rows: Rows
) -> None:
    sold = rows.property(is_active=False)
    rows.record("tax_sales", None, sold, is_active=False)
    rows.record("code_violations", None, sold, status="Closed")
    assert found(context, "hidden_signals").outcome is Outcome.OK


def test_hidden_signals_bad_when_active_records_point_to_inactive_properties(context: Context, rows: Rows) -> None:
    for table in SIGNALS:
        rows.record(table, None, rows.property(is_active=False))
    finding = found(context, "hidden_signals")
    assert finding.outcome is Outcome.ERROR
    assert finding.value["found"] == 3


def test_idle_properties_good_when_a_signal_points_to_each(context: Context, rows: Rows) -> None:
    for table in SIGNALS:
        rows.record(table, None, rows.property())
    assert found(context, "idle_properties").outcome is Outcome.OK


def test_idle_properties_bad_when_the_signal_is_gone(context: Context, rows: Rows) -> None:
    rows.record("tax_sales", None, rows.property(), is_active=False)
    finding = found(context, "idle_properties")
    assert finding.outcome is Outcome.WARNING
    assert finding.value["found"] == 1


def test_duplicate_parcels_good_when_each_is_one_property(context: Context, rows: Rows) -> None:
    rows.property()
    rows.property()
    assert found(context, "duplicate_parcels").outcome is Outcome.OK


def test_duplicate_parcels_bad_when_two_properties_have_one_number(context: Context, rows: Rows) -> None:
    rows.execute("ALTER TABLE properties DROP CONSTRAINT uq_properties_market_parcel_id")
    parcel_id = rows.parcel()
    rows.property(parcel_id)
    rows.property(parcel_id)
    finding = found(context, "duplicate_parcels")
    assert finding.outcome is Outcome.ERROR
    assert finding.message == f"1 parcel number, such as {parcel_id}"


def test_duplicate_places_good_when_something_tells_them_apart(context: Context, rows: Rows) -> None:
    others: list[dict[str, Any]] = [
        {"unit": "2"},
        {"house_number": "14"},
        {"location": A_BLOCK_EAST},
        {"location": None},
        {"location": (0, 0)},
        {"is_active": False},
    ]
    for number, other in enumerate(others):
        here: dict[str, Any] = {"house_number": "12", "street": f"{number} STREET"}
        rows.property(**here)
        rows.property(**{**here, **other})
    assert found(context, "duplicate_places").value == {"found": 0, "examples": []}


def test_duplicate_places_good_when_the_roll_knows_both_or_the_merge_was_taken_back(
    context: Context, rows: Rows
) -> None:
    rows.tax_sale_property(**SAME_ADDRESS)
    rows.tax_sale_property(**SAME_ADDRESS)
    rows.property(**SAME_ADDRESS, never_merge=True)
    assert found(context, "duplicate_places").outcome is Outcome.OK


def test_duplicate_places_bad_when_a_number_that_is_not_on_the_roll_is_at_the_same_door(
    context: Context, rows: Rows
) -> None:
    rows.tax_sale_property(**SAME_ADDRESS, unit="1")
    unknown = rows.parcel()
    rows.property(unknown, **SAME_ADDRESS, unit="1", location=FIVE_METRES_EAST)
    rows.insert("parcels", parcel_id=unknown, is_listed=False)
    finding = found(context, "duplicate_places")
    assert finding.outcome is Outcome.WARNING
    assert finding.value == {"found": 1, "examples": [unknown]}


def test_merges_good_when_the_property_that_stays_is_not_merged(context: Context, rows: Rows) -> None:
    merged(rows, rows.property())
    merged(rows, rows.property(is_active=False))
    for name in ("merges_nowhere", "merge_chains", "merge_circles"):
        assert found(context, name).outcome is Outcome.OK


def test_merges_nowhere_bad_when_the_property_that_stays_is_gone(context: Context, rows: Rows) -> None:
    rows.execute("ALTER TABLE properties DROP CONSTRAINT fk_properties_market_merged_into")
    merged(rows, 999_999)
    finding = found(context, "merges_nowhere")
    assert finding.outcome is Outcome.ERROR
    assert finding.message.startswith("1 merged property, such as ")


def test_merges_on_roll_good_when_the_roll_does_not_list_the_number_any_more(context: Context, rows: Rows) -> None:
    _, winner = rows.tax_sale_property()
    gone = rows.parcel()
    rows.property(gone, is_active=False, merged_into=winner)
    rows.record("property_records", gone, None, is_active=False)
    rows.insert("parcels", parcel_id=gone, is_listed=False)
    assert found(context, "merges_on_roll").outcome is Outcome.OK


def test_merges_on_roll_bad_when_the_roll_lists_the_number(context: Context, rows: Rows) -> None:
    _, winner = rows.tax_sale_property()
    parcel_id = rows.parcel()
    rows.record("property_records", parcel_id, rows.property(parcel_id, is_active=False, merged_into=winner))
    finding = found(context, "merges_on_roll")
    assert finding.outcome is Outcome.ERROR
    assert finding.value == {"found": 1, "examples": [parcel_id]}


def test_merge_chains_bad_when_the_property_that_stays_was_merged(context: Context, rows: Rows) -> None:
    middle = merged(rows, rows.property())
    merged(rows, middle)
    assert found(context, "merge_chains").value["found"] == 1
    assert found(context, "merge_chains").outcome is Outcome.ERROR
    assert found(context, "merge_circles").outcome is Outcome.OK


def test_merge_circles_bad_when_merges_lead_back(context: Context, rows: Rows) -> None:
    first, second = merged(rows, None), merged(rows, None)
    merged(rows, first)  # leads into the circle, but is not of it
    rows.execute("UPDATE properties SET merged_into = :second WHERE id = :first", first=first, second=second)
    rows.execute("UPDATE properties SET merged_into = :first WHERE id = :second", first=first, second=second)
    finding = found(context, "merge_circles")
    assert finding.outcome is Outcome.ERROR
    assert finding.value["found"] == 2
