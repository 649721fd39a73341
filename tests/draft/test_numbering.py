"""What a draft does with a parcel number that it cannot tell: the rest of the county is read all the same."""

from pathlib import Path
from typing import Any

import pytest

from tests.draft.test_answers import TODAY, answered, write
from wholesaler.draft import Draft, draft
from wholesaler.markets import Market, read_market
from wholesaler.settings import Settings

ROWS = 90
BOOKS = [f"{40 + place % 9}{100 + place * 7 % 800}{place % 90 + 10}" for place in range(ROWS)]
ROLL = {
    "PIN": BOOKS, "OWNER_NAME": ["GREEN LLC", "MILLER RUTH"] * (ROWS // 2),
    "SITUS_ADDRESS": [f"{place + 1} ELM ST" for place in range(ROWS)],
    "TOTAL_VALUE": list(range(50_000, 50_000 + ROWS)),
}  # fmt: skip
CASES: dict[str, list[Any]] = {
    "CASE_NUMBER": [f"V-{place:05d}" for place in range(ROWS)], "OPENED_DATE": ["2026-11-05"] * ROWS,
    "STATUS": ["OPEN", "CLOSED"] * (ROWS // 2), "ADDRESS": ROLL["SITUS_ADDRESS"], "CITY": ["Milton"] * ROWS,
}  # fmt: skip
#: numbers of another book-keeping, none of which the roll has
FOREIGN = [f"9{place:03d}-{place * 31 % 97:02d}" for place in range(ROWS)]
SALES = {
    "DEED_NO": [f"26-{place:04d}" for place in range(ROWS)], "PARCEL": FOREIGN,
    "SALE_DATE": ["2026-12-15"] * ROWS, "OPENING_BID": ["1200.50", "900"] * (ROWS // 2),
    "STATUS": ["Active Sale", "Redeemed"] * (ROWS // 2),
}  # fmt: skip


def drafted(folder: Path, **lists: dict[str, list[Any]]) -> Draft:
    urls = [write(folder / f"{name}.csv", columns) for name, columns in {**lists, "parcels": ROLL}.items()]
    return draft("mill-oh", urls, Settings.model_validate({"WHOLESALER_HOME": folder}), TODAY)


def read(text: str, folder: Path) -> Market:
    file = folder / "mill-oh.toml"
    file.write_text(text, "utf-8")
    return read_market(file, strict=True)


def test_a_list_whose_form_is_not_told_works_by_its_addresses(tmp_path: Path) -> None:
    made = drafted(tmp_path, code_violations={"PARCEL": FOREIGN, **CASES})
    assert (made.problem, made.needed()) == (None, [])
    source = read(made.text, tmp_path).sources["code_violations"]
    assert ("parcel" in source.fields, source.fields["address"], source.key) == (False, "ADDRESS", ["case_number"])
    (asked,) = [one for one in made.questions() if "parcel_form" in dict(one.choices)]
    assert "no parcel number: its records find their parcels by address" in asked.do
    assert "used for nothing" not in made.text
    text = made.text.replace("# parcel_form = ", "parcel_form = ", 1).replace(
        '# parcel = "PARCEL"', 'parcel = "PARCEL"'
    )
    source = read(text, tmp_path).sources["code_violations"]
    assert (source.fields["parcel"], bool(source.parcel_forms)) == ("PARCEL", True)


def test_a_list_that_gives_nothing_without_its_answer_is_left_out_alone(tmp_path: Path) -> None:
    made = drafted(tmp_path, tax_deed_sales=SALES, code_violations={"PARCEL": BOOKS, **CASES})
    assert (made.problem, made.needed()) == (None, [])
    assert "Left out until one is answered: tax_deed_sales." in " ".join(made.text.replace("\n# ", " ").split())
    assert set(read(made.text, tmp_path).sources) == {"code_violations", "parcels"}
    lines = made.text.splitlines()
    assert all(
        lines[line - 1].removeprefix("# ").startswith("# ? ") or " ? " in lines[line - 1] for line, _ in made.lines()
    )
    assert len({line for line, _ in made.lines()}) == len(made.questions())
    market = read(answered(made.text), tmp_path)
    assert set(market.sources) == {"code_violations", "tax_deed_sales", "parcels"}
    assert market.sources["tax_deed_sales"].fields["parcel"] == "PARCEL"


def test_what_values_alone_make_a_number_of_is_none_where_the_roll_has_none(tmp_path: Path) -> None:
    references = [f"26-CX-{place * 37 % 9000 + 1000:05d}" for place in range(ROWS)]
    made = drafted(tmp_path, foreclosures={
        "SUIT": references, "PLAINTIFF": ["FIRST BANK", "LAKE BANK"] * (ROWS // 2), "ADDRESS": CASES["ADDRESS"],
        "DEFENDANT": ROLL["OWNER_NAME"], "SALE_DATE": ["2026-12-15"] * ROWS, "CITY": CASES["CITY"],
    })  # fmt: skip
    (source,) = [one for one in made.sources if one.nature.kind == "foreclosures"]
    assert "SUIT is no parcel number: of 90 the roll has none" in source.notes
    assert "parcel" not in read(made.text, tmp_path).sources["foreclosures"].fields
    assert not any("parcel" in one.seen for one in made.questions())


@pytest.mark.parametrize(("on_roll", "rate"), [(30, "38%"), (0, "0%")])
def test_a_column_that_may_be_the_number_is_asked_with_numbers_and_their_rate(
    on_roll: int, rate: str, tmp_path: Path
) -> None:
    numbers = [*["ALLEY"] * 12, *BOOKS[:on_roll], *[f"8{place:06d}" for place in range(ROWS - on_roll - 12)]]
    made = drafted(tmp_path, code_violations={"PARCEL": numbers, "PARCEL_NO": FOREIGN, **CASES})
    (asked,) = [one for one in made.questions() if ("parcel", "PARCEL") in one.choices]
    assert f"of 79 of them {rate} are on the roll); PARCEL_NO ('9000-00', " in asked.seen
    assert "ALLEY" not in asked.seen
    assert "none where there is no parcel number" in asked.do
    assert "parcel" not in read(made.text, tmp_path).sources["code_violations"].fields
