"""Which of several dates is the day of the sale, which the filing's, and which tells how fresh a list is."""

from datetime import timedelta
from typing import Any

import pytest

from tests.draft.lists import PARCELS, ROWS, TODAY, looked
from wholesaler.draft.sources import SourceDraft, draft_source

HALF = ROWS // 2


def days(first: int, last: int, rows: int = HALF) -> list[str]:
    """So many days from one to the other, counted from today."""
    return [(TODAY + timedelta(days=first + number * (last - first) // rows)).isoformat() for number in range(rows)]


def of_suits(**dates: list[Any]) -> SourceDraft:
    columns: dict[str, list[Any]] = {
        "CASE_NUMBER": [f"F-{number:05d}" for number in range(ROWS)],
        "PIN": PARCELS,
        "STATUS": ["Sale Scheduled"] * HALF + ["Sold"] * HALF,
    }
    return draft_source(looked(columns | dates, "Foreclosures"), (), TODAY)


NONE = [""] * HALF
FIRST = days(5, 90) + days(-300, -60)
CURRENT = days(20, 130) + days(-280, -50)
SOLD = NONE + days(-280, -50)


def test_the_day_of_the_sale_is_the_one_ahead_of_what_is_open() -> None:
    source = of_suits(SOLD_DATE=SOLD, CURRENT_SALE_DATE=CURRENT, FIRST_SALE_DATE=FIRST)
    assert source.columns.fields["auction_date"] == "CURRENT_SALE_DATE"
    assert source.columns.fields["transfer_date"] == "SOLD_DATE"
    assert "its sales run from" in source.notes[-1]
    assert source.newest == TODAY + timedelta(days=127)


def test_where_no_sale_is_ahead_it_is_the_one_that_open_ones_have() -> None:
    past = days(-90, -10) + days(-300, -60)
    assert of_suits(SOLD_DATE=SOLD, SALE_DATE=past).columns.fields["auction_date"] == "SALE_DATE"


def test_the_filing_has_its_own_day() -> None:
    filed = days(-200, -5, ROWS)
    source = of_suits(NED_RECORDED_DATE=filed, SALE_DATE=CURRENT, LAST_UPDATED=days(-30, 0, ROWS))
    assert source.columns.fields["recording_date"] == "NED_RECORDED_DATE"
    assert source.record_date == "recording_date"
    assert "recording_date" not in source.columns.questions


@pytest.mark.parametrize(("newest", "column"), [(-45, "recording_date"), (-46, {"field": "LAST_UPDATED"})])
def test_a_filing_that_is_long_ago_does_not_tell_how_fresh_a_list_is(newest: int, column: Any) -> None:
    filed = [*days(-400, -300, ROWS - 1), (TODAY + timedelta(days=newest)).isoformat()]
    source = of_suits(RECORDED_DATE=filed, LAST_UPDATED=days(-30, -2, ROWS))
    assert source.record_date == column


def test_a_list_of_sales_is_as_fresh_as_what_it_says_beside_them() -> None:
    columns = {"PIN": PARCELS, "SALE_DATE": ["2027-02-16"] * ROWS, "JUDGMENT_DATE": days(-60, -7, ROWS)}
    source = draft_source(looked(columns, "Tax Deed Sales"), (), TODAY)
    assert (source.columns.fields["sale_date"], source.record_date) == ("SALE_DATE", {"field": "JUDGMENT_DATE"})
    assert source.newest == TODAY - timedelta(days=8)


def of_events(**dates: list[Any]) -> SourceDraft:
    columns: dict[str, list[Any]] = {"PIN": PARCELS, "LIEN_NUMBER": [f"L-{number:04d}" for number in range(ROWS)]}
    return draft_source(looked(columns | dates, "Weed Liens"), (), TODAY)


@pytest.mark.parametrize(("filled", "column"), [(80, "CERTIFICATE_DAY"), (79, None)])
def test_the_one_day_of_the_past_is_taken_whatever_it_is_called(filled: int, column: str | None) -> None:
    source = of_events(CERTIFICATE_DAY=days(-200, -5, filled) + [""] * (ROWS - filled), EDITED_ON=days(-9, 0, ROWS))
    assert source.columns.fields.get("event_date") == column


def test_of_two_days_of_the_past_one_is_asked() -> None:
    source = of_events(CERTIFICATE_DAY=days(-200, -5, ROWS), BILLING_DAY=days(-180, -4, ROWS))
    question = source.columns.questions["event_date"]
    assert question.choices == (("event_date", "CERTIFICATE_DAY"), ("event_date", "BILLING_DAY"))


def test_a_day_that_is_ahead_is_no_beginning() -> None:
    assert "event_date" not in of_events(CERTIFICATE_DAY=[*days(-200, -5, ROWS - 1), "2026-12-20"]).columns.fields


def test_what_is_due_is_no_hearing() -> None:
    source = of_events(HEARING_DAY=days(-20, 40, ROWS), PAYMENT_DEADLINE=days(10, 90, ROWS))
    assert source.columns.fields["due_date"] == "PAYMENT_DEADLINE"


def test_an_edit_tells_nothing_where_a_day_of_the_list_does() -> None:
    source = of_events(CERTIFICATE_DAY=days(-200, -5, ROWS), LAST_EDITED=days(-3, 0, ROWS))
    assert source.record_date == "event_date"
    old = of_events(CERTIFICATE_DAY=days(-900, -700, ROWS), LAST_EDITED=days(-3, 0, ROWS))
    assert old.record_date == "event_date"
    assert "record_date" in old.questions


def test_a_sale_is_as_fresh_as_its_publication() -> None:
    source = of_suits(SALE_DATE=CURRENT, ADVERTISED_ON=days(-60, -3, ROWS))
    assert source.record_date in ("recording_date", {"field": "ADVERTISED_ON"})


def test_taxes_are_owed_since_their_year_where_no_day_says_so() -> None:
    taxes = {"PIN": PARCELS, "BILL_NUMBER": [f"L-{number:04d}" for number in range(ROWS)],
             "LEVY_YEAR": ["2023", "2024"] * HALF, "STATUS_DATE": days(-200, -5, ROWS)}  # fmt: skip
    source = draft_source(looked(taxes, "Delinquent Taxes"), (), TODAY)
    assert source.columns.fields["event_date"] == {"date": ["LEVY_YEAR"]}
    assert "event_date" not in source.columns.questions
