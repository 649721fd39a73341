"""Days that are told by what the data says of them, by whatever name."""

from typing import Any

import pytest

from tests.draft.lists import PARCELS, ROWS, TODAY, looked
from tests.draft.test_days import CURRENT, HALF, NONE, days, of_suits
from wholesaler.draft.sources import SourceDraft, draft_source

PAST = days(-200, -5, ROWS)


def of_cases(**dates: list[Any]) -> SourceDraft:
    columns: dict[str, list[Any]] = {
        "CASE_NUMBER": [f"V-{number:05d}" for number in range(ROWS)], "PIN": PARCELS,
        "STATUS": ["Open"] * HALF + ["Closed"] * HALF,
    }  # fmt: skip
    return draft_source(looked(columns | dates, "Code Violations"), (), TODAY)


def test_the_one_date_of_a_list_of_sales_that_lies_ahead_is_the_sales() -> None:
    source = of_suits(FCL_WHEN=CURRENT, RECORDED_DATE=PAST)
    assert source.columns.fields["auction_date"] == "FCL_WHEN"
    assert "the one date of which days lie ahead (50 records)" in source.comments["auction_date"][0]
    slashes = [f"{day[5:7]}/{day[8:]}/{day[:4]}" if number % 9 else day for number, day in enumerate(CURRENT)]
    assert of_suits(FCL_WHEN=slashes).date_formats == ["%m/%d/%Y"]


@pytest.mark.parametrize(
    "dates",
    [
        {"FCL_WHEN": PAST}, {"FCL_WHEN": CURRENT, "FCL_THEN": CURRENT}, {"REDEMPTION_EXPIRES": CURRENT},
        {"LAST_PAYMENT": CURRENT}, {"FCL_WHEN": [*days(-200, -5, ROWS - 2), "2026-12-20", "2026-12-21"]},
    ],
)  # fmt: skip
def test_other_dates_are_no_sales(dates: dict[str, list[Any]]) -> None:
    assert "auction_date" not in of_suits(**dates).columns.fields


@pytest.mark.parametrize(("over", "still", "told"), [(43, 7, True), (42, 7, False), (43, 8, False)])  # of fifty each
def test_what_those_have_that_are_over_is_the_end(over: int, still: int, told: bool) -> None:
    end = ["2026-10-01"] * still + [""] * (HALF - still) + ["2026-10-01"] * over + [""] * (HALF - over)
    assert (of_cases(ZQ_DAY=end).columns.fields.get("resolved_date") == "ZQ_DAY") is told


def test_the_end_is_no_question_of_the_beginning() -> None:
    source = of_cases(Rcvd=PAST, ZQ_DAY=NONE + days(-100, -1), Touched=days(-190, -1, ROWS))
    assert (source.columns.fields["opened_date"], source.columns.fields["resolved_date"]) == ("Rcvd", "ZQ_DAY")
    assert "first of a record's days" in source.comments["opened_date"][0]


def test_of_two_days_of_which_neither_is_the_first_one_is_asked_with_its_format() -> None:
    mixed = [f"{day[5:7]}/{day[8:]}/{day[:4]}" for day in PAST]
    later = [f"{day[5:7]}/{day[8:]}/{day[:4]}" for day in days(-220, -1, ROWS)]
    source = of_cases(Rcvd=mixed, Touched=later)
    assert len(source.columns.questions["opened_date"].choices) == 2
    assert source.date_formats == ["%m/%d/%Y"]


@pytest.mark.parametrize("name", ["LAST_PAYMENT_DT", "DatePaid", "PYMT_DAY", "last_paid"])
def test_nothing_begins_with_a_payment(name: str) -> None:
    taxes = {"PIN": PARCELS, "AMOUNT_DUE": [str(900 + number) for number in range(ROWS)], name: PAST}
    source = draft_source(looked(taxes, "Delinquent Taxes"), (), TODAY)
    assert "event_date" not in source.columns.fields
    assert "event_date" not in source.columns.questions


@pytest.mark.parametrize("name", ["POSTED_WHEN", "Published", "DATE_ADVERTISED"])
def test_what_was_posted_was_not_filed_by_that(name: str) -> None:
    source = of_suits(SALE_DATE=CURRENT, **{name: PAST})
    assert "recording_date" not in source.columns.fields
    assert source.record_date == {"field": name}


def of_years(parcels: int, further: dict[str, list[Any]]) -> SourceDraft:
    taxes: dict[str, list[Any]] = {
        "PIN": [PARCELS[number % parcels] for number in range(ROWS)],
        "LEVY_YEAR": [str(2020 + number // parcels) for number in range(ROWS)],
        "AMOUNT_DUE": [str(900 + number) for number in range(ROWS)],
    }  # fmt: skip
    return draft_source(looked(taxes | further, "Delinquent Taxes"), (), TODAY)


@pytest.mark.parametrize("further", [{}, {"PAID_ON": PAST}, {"CERTIFICATE_DAY": PAST}])
def test_a_row_for_each_parcel_and_year_counts_years(further: dict[str, list[Any]]) -> None:
    source = of_years(25, further)
    assert source.columns.fields["event_date"] == {"date": ["LEVY_YEAR"]}
    assert source.key == ["parcel", {"field": "LEVY_YEAR"}]


def test_a_row_for_each_parcel_has_its_own_day() -> None:
    assert of_years(ROWS, {"CERTIFICATE_DAY": PAST}).columns.fields["event_date"] == "CERTIFICATE_DAY"
