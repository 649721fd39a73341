"""A number that several records share and no parcel has is taken for none where it looks so; else it is named."""

from pathlib import Path

import pytest

from tests.draft.test_answers import TODAY, write
from wholesaler.draft import draft
from wholesaler.draft.placeholders import is_filler
from wholesaler.markets import read_market
from wholesaler.settings import Settings

PARCELS = [f"{30 + place % 9}{4600 + place % 90}{place:07d}" for place in range(300)]


@pytest.mark.parametrize(
    ("filler", "count", "taken"),
    [("3999999999999", 3, True), ("3999999999999", 2, False), ("3546121212121", 3, False), (PARCELS[7], 3, False)],
)
def test_a_filler_is_no_parcel(filler: str, count: int, taken: bool, tmp_path: Path) -> None:
    roll = {
        "PIN": PARCELS, "OWNER_NAME": ["GREEN LLC", "MILLER RUTH"] * 150,
        "SITUS_ADDRESS": [f"{place + 1} ELM ST" for place in range(300)], "TOTAL_VALUE": list(range(50_000, 50_300)),
    }  # fmt: skip
    cases = {
        "CASE_NUMBER": [f"V-{place:05d}" for place in range(150)], "PIN": [filler] * count + PARCELS[150 + count :],
        "OPENED_DATE": ["2026-11-05"] * 150, "STATUS": ["OPEN", "CLOSED"] * 75,
    }  # fmt: skip
    lists = [write(tmp_path / "code_violations.csv", cases), write(tmp_path / "parcels.csv", roll)]
    made = draft("mill-oh", lists, Settings.model_validate({"WHOLESALER_HOME": tmp_path}), TODAY)
    file = tmp_path / "mill-oh.toml"
    file.write_text(made.text, "utf-8")
    values = read_market(file, strict=True).sources["code_violations"].values
    assert values.get("parcel") == ({filler: ""} if taken else None)
    assert ("is not on the roll, though" in made.text) is (filler == "3546121212121")


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("000-0000-0000", True), ("00 00 000", True), ("0000", True), ("99-99-99", True), ("12-34-567", True),
     ("XX-XX", True), ("A 999", True), ("ALLEY", True),
     ("000", False), ("10-00-001", False), ("12-99-034", False), ("41.20.7", False)],
)  # fmt: skip
def test_separators_hide_no_filler(text: str, is_one: bool) -> None:
    assert is_filler(text) is is_one
