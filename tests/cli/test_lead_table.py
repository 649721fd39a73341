"""The list of leads at terminals of any width: nothing in it is broken that is copied or compared, and a screen holds
ten."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from wholesaler.cli.lead_table import due_table, leads_table
from wholesaler.cli.render import table


def lead(number: int, **values: Any) -> dict[str, Any]:
    """A lead as a list has it, of which much is known."""
    reasons = [
        "Property taxes of 2 years not paid, $11,589: +30 distress",
        "Foreclosure auction on 12 Dec 2026: +40 time",
        "Open code violations on the parcel, begun on 3 days, the first 1,469 days ago: +25 distress",
    ]
    return {
        "lead_id": f"sample:{number:015d}", "parcel_id": f"{number:015d}",
        "address": f"{number} COPPER PRAIRIE ST UNIT 203",
        "city": "Lake Quince", "tier": "A", "excluded": None, "is_new": True, "total_score": 84.5, "days_left": 115,
        "mail_differs": "out_of_state", "owner_class": "person", "status": "follow_up", "next_date": "2026-12-03",
        "came_back": False, "value": 1_158_500, "offer": 677_689, "spread": -115_563, "reasons": reasons, "signals": [],
    } | values  # fmt: skip


def printed(width: int, leads: list[dict[str, Any]], **options: bool) -> list[str]:
    file = StringIO()
    console = Console(file=file, width=width, markup=False, highlight=False)
    console.print(leads_table({"leads": leads}, "10 of 300 leads", **options))
    return file.getvalue().splitlines()


@pytest.mark.parametrize("width", [80, 110, 132, 160, 200, 240])
def test_ten_leads_fit_a_screen_and_no_number_is_broken(width: int) -> None:
    leads = [lead(8000 + number) for number in range(10)]
    lines = printed(width, leads)
    assert len(lines) <= 45 - 3  # the prompt, and the signals below
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    for wanted in ("$677,689", "-$115,563", "84.50", "Property", *(one["parcel_id"] for one in leads)):
        assert wanted in text


def test_a_wide_terminal_has_a_row_of_at_most_two_lines_a_lead() -> None:
    lines = printed(280, [lead(1), lead(2, reasons=["word " * 200], spread=None)])
    assert lines[2].split()[:3] == ["tier", "score", "parcel"]
    assert len(lines) <= 8 + 1
    assert sum(line.rstrip().endswith("…") for line in lines) == 1


def test_a_first_look_says_less_and_counties_are_named() -> None:
    lines = printed(80, [lead(1)], short=True, counties=True)
    assert lines[2].startswith("sample  A new  84.50  000000000000001  1 COPPER PRAIRIE")
    assert "offer" not in "".join(lines)


@pytest.mark.parametrize("width", [80, 110, 160])
def test_what_is_due_has_its_day_in_front_and_no_broken_word(width: int) -> None:
    one = lead(1, amount=150_000, note="call after six, the wife decides, and a story " * 9)
    file = StringIO()
    Console(file=file, width=width, highlight=False).print(due_table([one], "1 lead due"))
    lines = file.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert len(lines) <= 7
    words = set(file.getvalue().split())
    assert {"2026-12-03", "000000000000001", "$150,000", "COPPER", "decides,"} <= {word.rstrip(".") for word in words}


def test_a_column_of_parcel_numbers_or_amounts_is_never_folded() -> None:
    file = StringIO()
    row = ("312229586077140", "words " * 30, "$158,500")
    Console(file=file, width=50).print(table(None, ("parcel", "note", "amount"), [row], ("amount",)))
    assert "312229586077140" in file.getvalue()
    assert "$158,500" in file.getvalue()
