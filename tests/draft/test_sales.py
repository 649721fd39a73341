"""Sales of the market are told by reasons that say so."""

from typing import Any

import pytest

from tests.draft.lists import ROLL, ROWS, TODAY, looked
from wholesaler.draft.sources import SourceDraft, draft_source
from wholesaler.draft.writing import source_text

NAMES = {"A": "Arms-length sale", "F": "Family", "S": "Sheriff's deed", "Z": "Recorded late"}
SOLD = {"SALE_PRICE": ["120000", "88000"] * 50, "SALE_DATE": ["2026-05-01", "2025-03-07"] * 50}


def of_roll(values: list[Any], name: str = "XFER_REASON", codes: dict[str, str] | None = None) -> SourceDraft:
    return draft_source(
        looked(ROLL | SOLD | {name: values}, "Parcels", codes={name: codes} if codes else None), (), TODAY
    )


def test_the_names_of_codes_say_which_sales_were_of_the_market() -> None:
    source = of_roll(["A"] * 60 + ["F"] * 20 + ["S"] * 10 + ["Z"] * 10, codes=NAMES)
    assert source.columns.fields["sale_qualified"] == "XFER_REASON"
    assert source.words["sale_qualified"].mapped == {"A": "yes", "F": "no", "S": "no", "Z": ""}
    assert "not told: Recorded late" in source_text(source)


@pytest.mark.parametrize(("known", "told"), [(80, True), (79, False)])
def test_what_is_clear_of_too_few_sales_is_asked(known: int, told: bool) -> None:
    words = ["Qualified"] * (known - 10) + ["Unqualified"] * 10 + ["Old"] * (ROWS - known)
    source = of_roll(words, "SALE_VALIDITY")
    assert ("sale_qualified" in source.columns.fields) is told
    assert ("sale_qualified" in source.columns.questions) is not told


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("DEED_TYPE", ["Warranty", "Quit Claim"] * 50),
        ("SALE_TYPE", ["L", "B"] * 50),
        ("SEASON", ["Fair market", "No"] * 50),
    ],
)
def test_what_is_called_otherwise_is_no_question(name: str, values: list[str]) -> None:
    source = of_roll(values, name)
    assert "sale_qualified" not in {*source.columns.fields, *source.columns.questions}
