"""Which fields make a column where one name fits several kinds of list, and what is asked."""

from typing import Any

import pytest

from tests.draft.lists import OWNERS, PARCELS, ROLL, ROWS, TODAY, cases, looked
from wholesaler.draft.sources import SourceDraft, draft_source
from wholesaler.draft.writing import source_text

MONEY = [str(100_000 + 7 * number) for number in range(ROWS)]
LESS = [str(90_000 + 7 * number) for number in range(ROWS)]
BANKS = ["FIRST BANK NA", "SECOND MORTGAGE CORP"] * 50


def of_roll(**columns: list[Any]) -> SourceDraft:
    bare = {name: values for name, values in ROLL.items() if not name.endswith("VALUE")}
    return draft_source(looked(bare | columns, "Parcels"), (), TODAY)


def test_a_foreclosure_has_its_own_words_for_who_owes_whom_how_much() -> None:
    columns: dict[str, list[Any]] = {
        "CASE_NUMBER": [f"F-{number:05d}" for number in range(ROWS)], "PIN": PARCELS, "grantor": OWNERS,
        "current_holder": BANKS, "original_principal_balance": MONEY, "outstanding_principal": LESS,
    }  # fmt: skip
    fields = draft_source(looked(columns, "Trustee's Sales"), (), TODAY).columns.fields
    assert (fields["borrower_name"], fields["lender_name"]) == ("grantor", "current_holder")
    assert fields["default_amount"] == "outstanding_principal"


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("Loan_Amount", False), ("ORIG_MTG_AMT", False), ("Principal Amount", False), ("mortgage_amt", False),
        ("ORIGINAL_BALANCE", False), ("Appraised Amount", False), ("Judgment Amount", True), ("Amount Owed", True),
        ("Unpaid Principal Balance", True), ("BALANCE_DUE", True), ("Default Amt", True),
    ],
)  # fmt: skip
def test_the_loan_as_it_was_made_is_no_debt(name: str, taken: bool) -> None:
    columns: dict[str, list[Any]] = {
        "CASE_NUMBER": [f"F-{number:05d}" for number in range(ROWS)], "PIN": PARCELS, "borrower": OWNERS,
        "lender": BANKS,
    }  # fmt: skip
    source = draft_source(looked(columns | {name: MONEY}, "Trustee's Sales"), (), TODAY)
    assert (source.columns.fields.get("default_amount") == name) is taken
    assert "default_amount" not in source.columns.questions


def test_of_two_fields_of_kinds_the_one_called_type_is_the_type() -> None:
    kinds = {"case_group": ["Zoning", "Building"] * 50, "case_type": ["Fence", "Unsafe", "Sign", "Vacant"] * 25}
    assert draft_source(looked(cases() | kinds, "Cases"), (), TODAY).columns.fields["case_type"] == "case_type"


@pytest.mark.parametrize(
    ("land", "building", "total"),
    [("land_actual", "imps_actual", "total_actual"), ("FMV_LAND", "FMV_IMPRV", "FMV_TOTAL")],
)
def test_values_of_a_roll_have_several_names(land: str, building: str, total: str) -> None:
    values = {land: LESS, building: MONEY, total: MONEY}
    source = of_roll(**values, BEDRMS=["2", "3"] * 50, mailing_unit=["4"] * ROWS)
    told = {column: source.columns.fields.get(column) for column in ("land_mkt", "building_mkt", "total_mkt", "beds")}
    assert told == {"land_mkt": land, "building_mkt": building, "total_mkt": total, "beds": "BEDRMS"}
    assert source.columns.fields["mail_address_2"] == "mailing_unit"


def test_a_roll_without_a_value_is_asked_for_one() -> None:
    question = of_roll(WORTH_A=MONEY, WORTH_B=LESS).columns.questions["total_mkt"]
    assert question.choices == (("total_mkt", "WORTH_A"), ("total_mkt", "WORTH_B"))
    assert "total_mkt" not in of_roll(LAND_VALUE=LESS, BUILDING_VALUE=MONEY).columns.questions
    assert "total_mkt" not in of_roll().columns.questions


@pytest.mark.parametrize(("middle", "asked"), [(4_999, False), (5_000, True), (20_000_000, True), (20_000_001, False)])
def test_what_no_house_is_worth_is_no_value(middle: int, asked: bool) -> None:
    assert ("total_mkt" in of_roll(WORTH=[str(middle)] * ROWS).columns.questions) is asked


def test_what_may_be_one_of_two_is_asked_once_with_its_line() -> None:
    question = of_roll(BEDS=["2", "3"] * 50, BEDROOMS=["2", "4"] * 50).columns.questions["beds"]
    assert question.choices == (("beds", "BEDS"), ("beds", "BEDROOMS"))


@pytest.mark.parametrize("name", ["NET_ASSESSED", "TOTAL_NET_ASSESSED", "NetAssd"])
def test_what_is_left_after_exemptions_is_taxable_and_not_assessed(name: str) -> None:
    fields = of_roll(MARKET_VALUE=MONEY, **{name: LESS}).columns.fields
    assert "total_assd" not in fields
    assert fields["taxable"] == name


@pytest.mark.parametrize(("filled", "named"), [(90, True), (89, False)])
def test_what_is_well_filled_and_not_used_is_told_from_what_software_made(filled: int, named: bool) -> None:
    further = {"ZQ_RATING": ["good", "bad"] * (filled // 2) + ["good"] * (filled % 2) + [""] * (ROWS - filled)}
    software = {"SHAPE_AREA_ZQ": MONEY, "EDITED_BY": OWNERS, "ZQ_SAME": ["x"] * ROWS}
    source = of_roll(**further, **software)
    assert ("ZQ_RATING" in source.unused()) is named
    assert not software.keys() & source.unused()
    assert ("well filled, and used for nothing: ZQ_RATING" in source_text(source)) is named


@pytest.mark.parametrize(("zips", "taken"), [(95, True), (94, False)])
def test_the_one_field_of_zips_of_a_list_is_the_places(zips: int, taken: bool) -> None:
    columns = cases() | {
        "ZQ_AREA": ["44146", "44147"] * (zips // 2) + ["44146"] * (zips % 2) + ["east"] * (ROWS - zips)
    }
    fields = draft_source(looked(columns, "Code Cases"), (), TODAY).columns.fields
    assert (fields.get("zip_code") == "ZQ_AREA") is taken


@pytest.mark.parametrize(("value", "asked"), [("HOUSE", False), ("Y", True)])
def test_a_homestead_is_asked_of_marks_alone(value: str, asked: bool) -> None:
    source = of_roll(MARKET_VALUE=MONEY, occupation=[value, "LOT"] * 50)
    assert any("occupation" in one.seen for one in source.columns.questions.values()) is asked
