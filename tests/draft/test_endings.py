"""Words of a status that nobody could tell are told by the day on which records ended."""

from typing import Any

import pytest

from tests.draft.lists import OWNERS, PARCELS, ROWS, TODAY, cases, looked
from wholesaler.draft.sources import SourceDraft, draft_source
from wholesaler.draft.vocabulary import is_likely_over, meaning_of
from wholesaler.draft.writing import source_text

DAY = "2026-10-01"


def of_cases(words: list[str], closed: list[str]) -> SourceDraft:
    columns: dict[str, list[Any]] = cases() | {"STATUS": words, "CLOSURE_DATE": closed}
    return draft_source(looked(columns, "Code Violations"), (), TODAY)


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("Roof Repaired", "Closed"), ("Entered by Error", "Closed"), ("Notice Rescinded", "Closed"),
        ("Taxes Redeemed", "Closed"), ("Foreclosed; title passed", "Closed"),
        ("Sent to court - no further action", "Closed"),
        ("To be repaired", None), ("Not repaired", None), ("Partially satisfied", None), ("Order issued: seal", "Open"),
        ("Appeal dismissed", None), ("Sold", None),
    ],
)  # fmt: skip
def test_what_is_over_is_told_wherever_a_word_says_it(word: str, meaning: str | None) -> None:
    assert meaning_of("status", word.casefold()) == meaning


def test_a_house_that_may_still_be_redeemed_is_asked() -> None:
    assert meaning_of("sale", "sold - in redemption") is None
    assert meaning_of("sale", "sold - redemption period expired") == "Closed"
    assert (is_likely_over("sold"), is_likely_over("not sold yet"), is_likely_over("zugzwang")) == (True, False, False)


@pytest.mark.parametrize(("ended", "meaning"), [(18, "Closed"), (17, None), (1, "Open"), (2, None)])
def test_the_day_of_the_end_tells_a_word_at_its_edges(ended: int, meaning: str | None) -> None:
    words = ["Open"] * 40 + ["Complied"] * 40 + ["Zugzwang"] * 20
    source = of_cases(words, [""] * 40 + [DAY] * 40 + [DAY] * ended + [""] * (20 - ended))
    assert source.columns.fields["resolved_date"] == "CLOSURE_DATE"
    assert source.words["status"].mapped.get("Zugzwang") == meaning
    if meaning is None:
        assert source.of_words("status").choices == (("Zugzwang", "Closed" if ended == 17 else "Open"),)


def test_a_day_that_does_not_part_the_known_words_tells_nothing() -> None:
    source = of_cases(["Open", "Complied", "Zugzwang", "Fernweh"] * 25, [DAY, DAY, DAY, ""] * 25)
    assert source.of_words("status").choices == (("Zugzwang", "Closed"), ("Fernweh", "Closed"))


def test_an_open_word_of_which_all_have_ended_is_asked() -> None:
    source = of_cases(["Open"] * 50 + ["Complied"] * 40 + ["Referred to the state"] * 10, [""] * 50 + [DAY] * 50)
    assert source.of_words("status").choices == (("Referred to the state", "Closed"),)


def test_a_suit_that_ended_is_left_out_by_its_day() -> None:
    suits = {
        "CASE_NUMBER": [f"F-{number:05d}" for number in range(ROWS)], "PIN": PARCELS, "MORTGAGOR": OWNERS,
        "RECORDED_DATE": ["2026-09-02"] * ROWS, "STATUS": ["Active", "Dismissed", "Zugzwang", "Fernweh"] * 25,
        "DATE_OF_RELEASE": ["", DAY, "", DAY] * 25,
    }  # fmt: skip
    source = draft_source(looked(suits, "Lis Pendens"), (), TODAY)
    assert source.only == {"STATUS": ["Active", "Zugzwang"]}
    assert "only" not in source.questions


def test_the_day_of_a_judgment_is_no_end() -> None:
    columns = cases() | {"STATUS": ["Open", "Complied", "Zugzwang", "Zugzwang"] * 25, "JUDGMENT_DATE": ["", DAY] * 50}
    source = draft_source(looked(columns, "Code Violations"), (), TODAY)
    assert source.of_words("status").choices == (("Zugzwang", "Closed"),)


def of_list(title: str, words: dict[str, tuple[int, dict[str, Any]]], **more: list[Any]) -> SourceDraft:
    """A list with so many records of each word, which have these values; others are empty."""
    names = dict.fromkeys(name for _, values in words.values() for name in values)
    several = [(word, values, place) for word, (number, values) in words.items() for place in range(number)]
    columns: dict[str, list[Any]] = {
        "RECORD_NO": [f"R-{place:05d}" for place in range(len(several))],
        "PIN": [f"07-{place:04d}-003" for place in range(len(several))], "STATUS": [word for word, *_ in several],
    }  # fmt: skip
    for name in names:
        columns[name] = [
            value[place % len(value)] if isinstance(value := values.get(name, ""), list) else value
            for _, values, place in several
        ]
    return draft_source(looked(columns | more, title), (), TODAY)


def test_the_day_of_an_end_is_told_by_the_words_that_are_known() -> None:
    closed, going = {"ENTERED": "2021-03-01", "FNL_DT": DAY}, {"ENTERED": "2026-08-01"}
    words = {"Complied": (30, closed), "Open": (10, going), "Fernweh": (6, going), "Zugzwang": (5, closed)}
    source = of_list("Code Violations", words | {"Kismet": (4, going), "Backlog Inspection": (5, closed)})
    assert source.columns.fields["resolved_date"] == "FNL_DT"
    mapped = source.words["status"].mapped
    assert (mapped["Fernweh"], mapped["Zugzwang"]) == ("Open", "Closed")
    (said,) = source.comments["status"]
    assert "100% of those known to be over, 0% of those known to be open" in said
    assert "over are 'Zugzwang' (100% of 5); open are 'Fernweh' (0% of 6)" in said
    question = source.of_words("status")
    # too few, and a word that the records speak against
    assert question.choices == (("Backlog Inspection", "Closed"), ("Kismet", "Open"))
    assert question.behind[1] == "4, 0% with a day in FNL_DT, median of ENTERED 2026-08-01"
    assert "counts as closed then, and so it does until it is mapped" in question.do


@pytest.mark.parametrize("name", ["LAST_PAYMENT", "HEARING_ON", "LAST_EDITED"])
def test_other_days_end_nothing(name: str) -> None:
    words = {"Complied": (30, {name: DAY}), "Open": (10, {}), "Zugzwang": (6, {name: DAY})}
    source = of_list("Code Violations", words)
    assert "resolved_date" not in source.columns.fields
    assert source.of_words("status").choices == (("Zugzwang", "Closed"),)


@pytest.mark.parametrize(("empty", "told"), [(5, True), (4, False)])
def test_records_without_a_word_are_told_or_asked(empty: int, told: bool) -> None:
    source = of_list("Code Violations", {"Complied": (30, {"CLOSED_ON": DAY}), "Open": (9, {}), "": (empty, {})})
    words = source.words["status"]
    assert (words.mapped.get(""), "" in words.unclear) == (("Open", False) if told else (None, True))
    if not told:
        assert "(none) (4)" in source.of_words("status").seen
    assert read_market_words(source) == ('"" = "Open"' if told else '# "" = "Open"  # 4, 0% with a day in CLOSED_ON')


def read_market_words(source: SourceDraft) -> str:
    (line,) = [line for line in source_text(source).splitlines() if '"" = ' in line]
    return line


def test_what_nobody_owes_is_over_and_what_is_owed_is_not() -> None:
    words = {"Redeemed": (20, {"AMOUNT_DUE": "0.00"}), "Charged Off": (6, {"AMOUNT_DUE": "$0.00"}),
             "Zugzwang": (6, {"AMOUNT_DUE": "1,751.20"}), "Sold to Investor": (6, {"AMOUNT_DUE": "88.10"})}  # fmt: skip
    source = of_list("Delinquent Taxes", words)
    assert source.columns.fields["amount"] == "AMOUNT_DUE"
    assert source.words["status"].mapped == {
        "Redeemed": "Closed", "Charged Off": "Closed", "Zugzwang": "Open", "Sold to Investor": "Open",
    }  # fmt: skip


AHEAD, PAST = "2026-12-15", "2025-03-04"
SALES: dict[str, tuple[int, dict[str, Any]]] = {
    "Active": (20, {"SALE_DAY": [AHEAD, AHEAD, AHEAD, PAST]}), "Redeemed": (20, {"SALE_DAY": PAST}),
    "Offered Again": (6, {"SALE_DAY": AHEAD}), "Turned Back": (6, {"SALE_DAY": PAST}),
    "Kismet": (10, {"SALE_DAY": [PAST, PAST, PAST, AHEAD]}),
}  # fmt: skip


def test_words_of_suits_are_told_by_the_sales_ahead() -> None:
    source = of_list("Foreclosure Sales", SALES)
    assert source.only == {"STATUS": ["Active", "Offered Again"]}
    assert "over are 'Turned Back' (0% of 6); open are 'Offered Again' (100% of 6)" in source.comments["only"][0]
    (question,) = source.questions["only"]
    assert "'Kismet' (10, 20% with a SALE_DAY ahead, median of SALE_DAY 2025-03-04)" in question.seen
    assert "until then they are left out" in question.do


@pytest.mark.parametrize(("ahead", "asked"), [(PAST, False), (AHEAD, True)])
def test_what_reads_as_over_with_a_sale_ahead_is_asked(ahead: str, asked: bool) -> None:
    source = of_list("Tax Deed Sales", SALES | {"Stayed by court": (5, {"SALE_DAY": [ahead, PAST]})})
    words = source.words["deed_status"]
    assert ("Stayed by court" in words.unclear, words.mapped.get("Turned Back")) == (asked, "Turned Back")
    # neither sense makes a sale of it where records and word disagree
    assert words.likely.get("Stayed by court") == ("Stayed by court" if asked else None)
    assert words.likely["Kismet"] == "Kismet"


def test_what_began_when_those_did_that_are_over_is_offered_so() -> None:
    old, new = {"ENTERED": ["2019-04-02", "2021-05-06"]}, {"ENTERED": ["2026-06-05", "2026-08-07"]}
    words = {"Complied": (20, old), "Open": (8, new), "Fernweh": (6, new), "Zugzwang": (6, old), "Kismet": (4, new)}
    source = of_list("Code Violations", words)
    assert source.of_words("status").choices == (("Fernweh", "Open"), ("Zugzwang", "Closed"), ("Kismet", "Closed"))
    assert "the median of ENTERED is 2019-04-02 of those that are over" in source.of_words("status").seen


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("CLSD", "Closed"), ("CLS/NO ENTRY", "Closed"), ("CMPLT-OWNER", "Closed"), ("PD IN FULL", "Closed"),
        ("PNDG INSP", "Open"), ("HRG SCHED", "Open"), ("DELINQ", "Open"), ("ROAD CLS", None), ("BLDG COMPL", None),
        ("PD", None),
    ],
)  # fmt: skip
def test_words_that_clerks_cut_short_are_understood_where_a_word_begins_with_them(word: str, meaning: str) -> None:
    assert meaning_of("status", word.casefold()) == meaning


@pytest.mark.parametrize(("unknown", "told"), [(0, True), (1, False)])
def test_taxes_of_which_nothing_is_due_are_left_out(unknown: int, told: bool) -> None:
    dues = ["0.00", "312.40", "$1,020.00", "88.00"] * 25
    columns = {"PIN": PARCELS, "TAX_BILL": [f"B-{number}" for number in range(ROWS)],
               "AMOUNT_DUE": [""] * unknown + dues[unknown:]}  # fmt: skip
    source = draft_source(looked(columns, "Delinquent Taxes"), (), TODAY)
    assert source.only == ({"AMOUNT_DUE": {"above": 0}} if told else {})
    if told:
        assert source.comments["only"] == [
            "25 records of 100 owe nothing (AMOUNT_DUE is 0): left out, since what is paid is no sign."
        ]
    else:
        (question,) = source.questions["only"]
        assert "24 records of 100 owe nothing" in question.seen
        assert question.do.endswith("with the 1 that have no amount.")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"Inactive": (6, {})}, "Told by the word alone, which elsewhere may mean the other: 'Inactive' (6)."),
        (
            {"Complied": (9, {"CLOSED_ON": DAY}), "Inactive": (6, {"CLOSED_ON": DAY})},
            "over are 'Inactive' (100% of 6).",
        ),
    ],
)
def test_a_word_that_may_mean_the_other_is_said(words: dict[str, tuple[int, dict[str, Any]]], said: str) -> None:
    source = of_list("Code Violations", {"Open": (20, {})} | words)
    assert source.words["status"].mapped["Inactive"] == "Closed"
    (comment,) = source.comments["status"]
    assert comment.endswith(said)


@pytest.mark.parametrize(("ended", "told"), [(17, "Closed"), (16, None)])
def test_where_some_ends_are_missing_no_word_needs_more_of_them(ended: int, told: str | None) -> None:
    known = {"Complied": (20, {"CLOSED_ON": [DAY] * 18 + [""] * 2}), "Open": (20, {})}
    source = of_list("Code Violations", known | {"Zugzwang": (20, {"CLOSED_ON": [DAY] * ended + [""] * (20 - ended)})})
    assert source.words["status"].mapped.get("Zugzwang") == told


def test_who_was_found_responsible_has_still_to_mend_it() -> None:
    words = {"Not responsible": (20, {"DISPOSITION_DATE": DAY}), "Found responsible": (20, {"DISPOSITION_DATE": DAY})}
    source = of_list("Blight Tickets", words | {"Open": (20, {})})
    assert source.words["status"].mapped == {"Not responsible": "Closed"}
    assert source.of_words("status").choices == (("Found responsible", "Closed"),)
    assert source.of_words("status").behind == ("20, 100% with a day in DISPOSITION_DATE",)


def test_of_suits_of_which_nobody_knows_a_word_those_that_rather_go_on_are_offered() -> None:
    source = of_list("Foreclosures", {"Zugzwang": (20, {}), "Prosecution": (9, {}), "Fernweh": (8, {})})
    (question,) = source.questions["only"]
    assert question.choices == (("only", {"STATUS": ["Prosecution"]}),)


def test_what_was_pulled_is_asked_whatever_day_is_left_to_it() -> None:
    source = of_list("Foreclosure Sales", SALES | {"Pulled - refiling": (6, {"SALE_DAY": AHEAD})})
    assert source.only == {"STATUS": ["Active", "Offered Again"]}
    assert "'Pulled - refiling' (6, 100% with a SALE_DAY ahead" in source.questions["only"][0].seen
