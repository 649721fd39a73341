"""One list as a source of a draft: its kind, key, freshness, years, and which side its addresses are of."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.draft.lists import PARCELS, ROLL, ROWS, TODAY, cases, looked
from wholesaler.draft import _name
from wholesaler.draft.columns import Columns
from wholesaler.draft.kinds import nature_of
from wholesaler.draft.places import states
from wholesaler.draft.sides import settle
from wholesaler.draft.sources import draft_source
from wholesaler.probe.guesses import Guess


@pytest.mark.parametrize(
    ("title", "columns", "kind", "signal"),
    [
        ("Code Violations", cases(), "code_violations", ""),
        ("Vacant Buildings", cases(), "distress_events", "vacancy"),
        ("Lis Pendens 2026", cases(), "foreclosures", ""),
        ("Tax Deed Sales", {"PIN": PARCELS, "SALE_DATE": ["2026-12-10"] * ROWS}, "tax_sales", ""),
        ("Annual Tax Sale", {"PIN": PARCELS, "TAX_DUE": ["120.50", "90"] * 50}, "distress_events", "tax_delinquency"),
        ("Parcels", ROLL, "property_records", ""),
        ("", ROLL, "property_records", ""),
    ],
)  # fmt: skip
def test_kinds_are_told_by_names_and_columns(title: str, columns: Any, kind: str, signal: str) -> None:
    nature = nature_of(looked(columns, title))
    assert (nature.kind, nature.signal, nature.others) == (kind, signal, ())


@pytest.mark.parametrize(
    ("names", "is_told"),
    [
        (("Mortgagor", "Mortgagee", "Auction Day"), True), (("BORROWER", "SERVICER", "TS_NO"), True),
        (("Trustor", "Beneficiary", "Book Page"), False),  # a deed of trust that is recorded
        (("Grantor", "Grantee", "Sale Price"), False),  # a deed
    ],
)  # fmt: skip
def test_a_lender_and_a_borrower_of_a_sale_tell_a_foreclosure(names: tuple[str, ...], is_told: bool) -> None:
    columns = {name: [f"{name} {row}" for row in range(ROWS)] for name in names}
    nature = nature_of(looked({"Doc": [f"D{row}" for row in range(ROWS)], **columns, "STATUS": ["a", "b"] * 50}, ""))
    assert ((nature.kind, nature.others) == ("foreclosures", ())) is is_told


def test_a_list_that_may_be_anything_is_asked_about() -> None:
    nature = nature_of(looked({"PIN": PARCELS, "ZQJ": ["a", "b"] * 50}, ""))
    assert nature.others
    source = draft_source(looked({"PIN": PARCELS, "ZQJ": ["a", "b"] * 50}, ""), (), TODAY)
    assert source.parcel_field == "PIN"


@pytest.mark.parametrize(("records", "is_asked"), [(100_000, True), (99_999, False)])
def test_from_when_on_a_long_list_is_wanted_is_asked(records: int, is_asked: bool) -> None:
    source = draft_source(
        looked(cases(), "Code Violations", records, whole=False, OPENED_DATE="esriFieldTypeDate"), (), TODAY
    )
    assert ("only" in source.questions) is is_asked


@pytest.mark.parametrize(("age", "is_asked"), [(45, False), (46, True)])
def test_a_list_that_has_ended_is_asked_about(age: int, is_asked: bool) -> None:
    source = draft_source(looked(cases(TODAY - timedelta(days=age)), "Code Violations"), (), TODAY)
    assert (source.record_date, source.stale_after_days) == ("opened_date", 45)
    assert ("record_date" in source.questions) is is_asked


@pytest.mark.parametrize(("records", "whole"), [(600_000, True), (600_001, False)])
def test_a_roll_is_read_whole_unless_it_is_very_long(records: int, whole: bool) -> None:
    assert draft_source(looked(ROLL, "Parcels", records), (), TODAY).whole is whole


@pytest.mark.parametrize(("newest", "only"), [(2025, {"TAX_YEAR": {"at_least": "{year-1}"}}), (2024, {})])
def test_of_a_roll_with_a_row_for_each_year_the_newest_stands(newest: int, only: dict[str, Any]) -> None:
    halves = {name: values[:50] * 2 for name, values in ROLL.items()}
    years = {"TAX_YEAR": [str(newest)] * 50 + [str(newest - 1)] * 50}
    source = draft_source(looked(halves | years, "Parcels"), (), TODAY)
    assert (source.key, source.latest_by, source.only) == (["parcel"], "TAX_YEAR", only)


def test_the_key_is_the_fewest_columns_that_tell_records_apart() -> None:
    assert draft_source(looked(cases(), "Code Violations"), (), TODAY).key == ["case_number"]
    shared = cases() | {"CASE_NUMBER": [f"V-{number // 2:05d}" for number in range(ROWS)]}
    assert draft_source(looked(shared, "Code Violations"), (), TODAY).key == ["case_number", "parcel"]
    numbered = shared | {"ENTRY_NO": [str(7000 + number) for number in range(ROWS)]}
    assert draft_source(looked(numbered, "Code Violations"), (), TODAY).key == [{"field": "ENTRY_NO"}]


def test_names_are_the_publishers_and_no_two_alike() -> None:
    list_ = looked(cases(), "Code Violations (2020 - Present)")
    assert draft_source(list_, (), TODAY).name == "code_violations_2020_present"
    assert draft_source(list_, ("code_violations_2020_present",), TODAY).name == "code_violations_2020_present_2"
    long = draft_source(looked(cases(), "Code Violations of the City and all of its Neighbours"), (), TODAY).name
    assert long == "code_violations_of_the_city_and_all_of"
    assert draft_source(looked(cases(), "Parcels / Property Records"), (), TODAY).name == "parcels_property_records"
    assert draft_source(looked(cases(), "311"), (), TODAY).name == "code_violations"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("TREAS.DBO.FORECLOSURE_LIST", "foreclosure_list"), ("Mill County Code Cases", "code_cases"),
        ("mill_parcels_2026", "parcels"), ("2026 Cases of 2025", "cases_of"),
        ("Cases 2020 - present", "cases_2020_present"),
        ("Dr. Mills", "dr_mills"), ("2026", "code_violations"), ("Mill", "mill"),
    ],
)  # fmt: skip
def test_a_name_has_neither_database_nor_county_nor_year(title: str, name: str) -> None:
    assert draft_source(looked(cases(), title), (), TODAY, ["mill", "oh", "county"]).name == name


@pytest.mark.parametrize(
    ("key", "state", "here", "name"),
    [
        ("mill-oh", "OH", 0, "Mill County, Ohio"), ("mill-oh", "OH", 89, "Mill County, Ohio"),
        ("mill-oh", "OH", 90, "Mill, Ohio"), ("mill-county-oh", "OH", 0, "Mill County, Ohio"),
        ("new-mill-la", "LA", 0, "New Mill Parish, Louisiana"),
    ],
)  # fmt: skip
def test_a_county_is_called_one_unless_it_is_a_city(key: str, state: str, here: int, name: str) -> None:
    assert _name(key, states()[state], Counter({"mill": here, "milton": 100 - here})) == name


@pytest.mark.parametrize(("foreign", "column"), [(2, "zip_code"), (3, None), (5, None), (6, "mail_zip")])
def test_zips_that_no_name_tells_are_told_by_how_many_are_of_elsewhere(foreign: int, column: str | None) -> None:
    zips = [f"{20 + number}101" for number in range(foreign)] + ["44101"] * (ROWS - foreign)
    one = looked({"ZIP_A": zips}, "Parcels")
    one = replace(one, found=replace(one.found, guesses=(Guess(None, 0.5, "", ("zip_code", "mail_zip")),)))
    columns = Columns()
    settle(one, columns, {"441"}, "OH")
    assert columns.fields == ({column: "ZIP_A"} if column else {})


def test_what_contradicts_the_values_is_asked() -> None:
    here, there = ["44101"] * ROWS, ["44101"] * 90 + ["10001"] * 10
    one = looked({"SITUS_ZIP": there, "MAIL_ZIP": here, "MAIL_STATE": ["OH"] * 90 + ["NY"] * 10}, "Parcels")
    columns = Columns(fields={"zip_code": "SITUS_ZIP", "mail_zip": "MAIL_ZIP", "mail_state": "MAIL_STATE"})
    said = settle(one, columns, {"441"}, "OH")
    assert "other way round" in columns.questions["zip_code"].seen
    assert said == ["ZIPs of elsewhere: 10% of SITUS_ZIP, 0% of MAIL_ZIP", "owners of other states: 10%"]
