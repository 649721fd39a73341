"""The line of sums of a sheet is no record."""

from pathlib import Path

import pytest

from tests.draft.test_answers import TODAY, write
from wholesaler.draft import draft
from wholesaler.draft.totals import MOST
from wholesaler.settings import Settings


@pytest.mark.parametrize(("lines", "out"), [(MOST, True), (MOST + 1, False)])
def test_the_line_of_sums_is_left_out(lines: int, out: bool, tmp_path: Path) -> None:
    bills = {
        "BILL_NUMBER": [f"B-{place:04d}" for place in range(60)] + ["Grand Total"] * lines,
        "PIN": [f"07-{place:04d}-003" for place in range(60)] + [""] * lines,
        "TAX_DUE": [f"{place + 100}.50" for place in range(60)] + ["9999.5"] * lines,
        # what is no number is no line of sums to a night
        "LEVY": ["general"] * 60 + ["all levies"] * lines,
    }
    path = write(tmp_path / "delinquent_taxes.csv", bills)
    made = draft("mill-oh", [path], Settings.model_validate({"WHOLESALER_HOME": tmp_path}), TODAY)
    assert made.sources[0].only == ({"PIN": {"present": True}} if out else {})
