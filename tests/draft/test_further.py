"""What else a list is a sign of, and which foreclosures are for taxes."""

import re
import tomllib
from typing import Any

import pytest

from tests.draft.lists import OWNERS, PARCELS, ROLL, ROWS, TODAY, cases, looked
from wholesaler.draft.further import further_of
from wholesaler.draft.kinds import nature_of
from wholesaler.draft.sources import draft_source
from wholesaler.draft.writing import source_text

SALES: dict[str, list[Any]] = {
    "Item No.": [f"D{number:04d}" for number in range(ROWS)],
    "Docket No.": [f"25-{number // 4:03d}" for number in range(ROWS)],
    "Parcel": PARCELS,
    "Years": ["2023, 2024", "2024"] * 50,
    "Balance Due": ["$1,200.50", "$980.00"] * 50,
    "Minimum Bid": ["$2,000.00", "$1,500.00"] * 50,
    "Sale Date": ["12/15/2026"] * ROWS,
    "Sale Result": ["Pending", "Redeemed"] * 50,
}


@pytest.mark.parametrize(
    ("title", "further", "kind"),
    [
        ("Foreclosure List", {"TAXPAYER": OWNERS, "DLQ_YEARS": ["2024", "2025"] * 50}, "tax_sales"),
        ("Tax Foreclosures", {"DEFENDANT": OWNERS}, "tax_sales"),
        ("Foreclosures", {"PLAINTIFF": ["FIRST BANK"] * ROWS, "TAX_YEAR": ["2024"] * ROWS}, "foreclosures"),
        ("Foreclosures", {"DEFENDANT": OWNERS}, "foreclosures"),
        ("Sheriff Sales", {"PLAINTIFF": ["FIRST BANK", "SECOND BANK"] * 50}, "foreclosures"),
        ("Sheriff Sales", {"TAXES_OWED": ["120.50", "90"] * 50}, "tax_sales"),
        ("Treasurer's Deed Auction", {}, "tax_sales"),
    ],
)
def test_which_foreclosures_are_for_taxes_is_told_by_who_wants_what(
    title: str, further: dict[str, list[Any]], kind: str
) -> None:
    columns = {"PIN": PARCELS, "SALE_DATE": ["2026-12-10"] * ROWS} | further
    nature = nature_of(looked(columns, title))
    assert (nature.kind, nature.others) == (kind, ())


def test_a_list_of_tax_sales_offers_what_is_owed() -> None:
    source = draft_source(looked(SALES, "Tax Sale"), (), TODAY)
    assert (source.columns.fields["tda_number"], source.key) == ("Item No.", ["tda_number"])
    (one,) = further_of(source)
    assert one.only == {"Sale Result": ["Pending"]}
    assert one.fields == {
        "parcel": "Parcel", "signal": {"const": "tax_delinquency"}, "case_number": "Item No.",
        "amount": "Balance Due", "years": "Years",
    }  # fmt: skip
    assert one.key == ["case_number"]


def test_cases_offer_buildings_that_stand_empty_or_are_unsafe() -> None:
    kinds = ["Unsafe Structure", "Unsecured Vacant Building", "High Grass", "Junk"] * 25
    source = draft_source(looked(cases() | {"CASE_TYPE": kinds}, "Code Cases"), (), TODAY)
    found = {one.fields["signal"]["const"]: one.only for one in further_of(source)}
    assert found == {
        "vacancy": {"CASE_TYPE": ["Unsecured Vacant Building"]},
        "unsafe_building": {"CASE_TYPE": ["Unsafe Structure"]},
    }


@pytest.mark.parametrize(("different", "offered"), [(20, 1), (21, 0)])
def test_a_condition_of_more_words_than_anybody_reads_is_not_offered(different: int, offered: int) -> None:
    kinds = [f"Vacant {number % different}" for number in range(ROWS)]
    source = draft_source(looked(cases() | {"CASE_TYPE": kinds}, "Code Cases"), (), TODAY)
    assert len(list(further_of(source))) == offered


def test_what_is_offered_is_a_source_once_its_lines_are_taken() -> None:
    source = draft_source(looked(SALES, "Tax Sale"), (), TODAY)
    source.parcel_form = "plain"
    before, _, offered = source_text(source).partition("# The same list may be a second source")
    lines = offered.splitlines()[2:]
    taken = tomllib.loads(before + "\n".join(re.sub("^# ?", "", line) for line in lines))
    assert set(taken["sources"]) == {"tax_sale", "tax_sale_tax_delinquency"}
    assert taken["sources"]["tax_sale_tax_delinquency"]["fields"]["years"] == "Years"


EVENTS: dict[str, list[Any]] = {
    "PIN": PARCELS, "ORDER_NO": [f"O-{number:04d}" for number in range(ROWS)], "ISSUED": ["2026-10-02"] * ROWS,
}  # fmt: skip


def test_orders_offer_what_their_flags_and_types_say() -> None:
    types = {"UNOCCUPIED": ["Yes", "No"] * 50, "CAUSE": ["Fire damage", "To be razed", "Roof", "Not vacant"] * 25}
    source = draft_source(looked(EVENTS | types, "Unsafe Structures"), (), TODAY)
    found = {one.fields["signal"]["const"]: one.only for one in further_of(source)}
    assert found == {"vacancy": {"UNOCCUPIED": ["Yes"]}, "demolition": {"CAUSE": ["To be razed"]}}


@pytest.mark.parametrize(("filled", "offered"), [(80, 1), (79, 0)])
def test_a_flag_that_few_have_is_not_offered(filled: int, offered: int) -> None:
    flags = {"VACANT_FLAG": (["Y", "N"] * 50)[:filled] + [""] * (ROWS - filled)}
    assert len(list(further_of(draft_source(looked(EVENTS | flags, "Unsafe Structures"), (), TODAY)))) == offered


def test_what_is_offered_has_the_words_of_the_first() -> None:
    kinds = {"CASE_TYPE": ["Vacant", "Grass"] * 50, "STATUS": ["Open", "Zugzwang", "Open", "Complied"] * 25}
    text = source_text(draft_source(looked(cases() | kinds, "Code Cases"), (), TODAY))
    assert text.count('# Zugzwang = "Closed"') == 2


@pytest.mark.parametrize(
    ("word", "offered"),
    [("Abandoned Boat", False), ("DANGEROUS DOG", False), ("Abandoned building", True), ("Dangerous wall", True)],
)
def test_a_thing_that_is_no_building_is_no_sign(word: str, offered: bool) -> None:
    source = draft_source(looked(cases() | {"CASE_TYPE": [word, "Weeds"] * 50}, "Code Cases"), (), TODAY)
    assert bool([*further_of(source)]) is offered


@pytest.mark.parametrize(("owing", "offered"), [(0, False), (1, True), (50, True), (51, False)])
def test_a_roll_that_says_what_is_owed_may_be_a_list_of_it(owing: int, offered: bool) -> None:
    taxes = {"TAX_BALANCE_DUE": [str(900 + number) for number in range(owing)] + ["0"] * (ROWS - owing)}
    source = draft_source(looked(ROLL | taxes, "Parcels"), (), TODAY)
    several = [*further_of(source)]
    assert bool(several) is offered
    if offered:
        assert (several[0].only, several[0].key) == ({"TAX_BALANCE_DUE": {"above": 0}}, ["parcel"])
        text = source_text(source)
        block = tomllib.loads(re.sub("^# ", "", text[text.index("# [sources.parcels_tax") :], flags=re.MULTILINE))
        ignored = block["sources"]["parcels_tax_delinquency"]["ignored"]
        assert ignored == ["OWNER_NAME", "TOTAL_VALUE", "YEAR_BUILT", "LAND_VALUE", "ACREAGE"]
