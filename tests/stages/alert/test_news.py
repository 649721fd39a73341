"""The words for what is news of a lead, by what was known, what is so and the day that is told."""

from collections import namedtuple
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.markets.samples import orange_market
from wholesaler.stages.alert.news import News, read_news

DAY = date(2025, 12, 1)
Row = namedtuple("Row", "id property_id payload")
SAME: dict[str, Any] = {
    "in_tiers": True, "tier": "A", "signals": [], "tax_sale_date": None, "auction_date": None, "follow_up": None,
    "sale_ahead": None,
}  # fmt: skip
PLACE = {"address": "1 ELM ST", "city": "Orlando", "zip_code": "32801"}


def on(days: int) -> str:
    return (DAY + timedelta(days=days)).isoformat()


def row(number: int, before: dict[str, Any], now: dict[str, Any], *, score: float | None = 60, **more: Any) -> Any:
    payload = {
        "before": SAME | before, "now": SAME | now, "fates": {}, "excluded": None, "total_score": score,
        "parcel_id": f"p{number}", **PLACE, **more,
    }  # fmt: skip
    return Row(number * 10, number, payload)


def told(*rows: Any, present: dict[int, Any] | None = None, new: set[int] | None = None) -> News:
    return read_news(rows, orange_market(), DAY, present or {}, {1: {"map": "link"}}, new or set())


A: dict[str, Any] = {}
OUT = {"in_tiers": False, "tier": "B"}
SUIT, AUCTION, SALE = {"signals": ["lis_pendens"]}, {"signals": ["foreclosure_auction"]}, {"signals": ["tax_deed_sale"]}


@pytest.mark.parametrize(
    ("before", "now", "more", "words"),
    [
        (A, A, {}, ""),
        (SUIT, A, {}, "gone from the list"),
        (SUIT, A, {"fates": {"lis_pendens": "window"}}, "no longer among the records"),
        (SUIT, A, {"fates": {"lis_pendens": "over"}}, "listed, and counts no more"),
        (SUIT, AUCTION | {"auction_date": on(9)}, {"fates": {"lis_pendens": "over"}}, "new: Foreclosure auction"),
        (SUIT, AUCTION, {"fates": {"lis_pendens": "gone"}}, "gone from the list"),
        (SUIT, {"signals": ["vacancy"]}, {"fates": {"lis_pendens": "over"}}, "listed, and counts no more"),
        (SALE | {"tax_sale_date": on(-1)}, A, {"fates": {"tax_deed_sale": "past"}}, "was yesterday"),
        (AUCTION | {"auction_date": on(-1)}, A, {"fates": {"foreclosure_auction": "past"}}, "was yesterday"),
        (SALE, A, {"fates": {"tax_deed_sale": "past"}}, "is over"),
        ({"tax_sale_date": on(5)}, {"tax_sale_date": on(9)}, {}, "moved from 6 Dec 2025"),
        ({"tax_sale_date": on(0)}, {"tax_sale_date": on(9)}, {}, "moved from 1 Dec 2025"),
        ({"tax_sale_date": on(-1)}, {"tax_sale_date": on(9)}, {}, "again, after that of 30 Nov 2025"),
        ({"tax_sale_date": on(-1)}, {"tax_sale_date": on(-2)}, {}, "moved from 30 Nov 2025"),
        ({"auction_date": on(5)}, {"auction_date": on(9)}, {}, "moved from 6 Dec 2025"),
        (A, SALE | {"tax_sale_date": on(9)}, {}, "new: Tax deed sale in 9 days"),
        (A, {"tax_sale_date": on(9)}, {}, ""),
        (A, SALE, {}, ""),
        (A, {"signals": ["vacancy"]}, {}, "new: Vacancy"),
        (SUIT, SUIT | OUT, {}, "left A: now B"),
        (SUIT, SUIT | OUT, {"excluded": "bank"}, "left A: excluded as bank"),
        (A, OUT, {}, ""),
        (OUT, A, {}, "back in A"),
        (OUT | SUIT, OUT | SUIT, {}, ""),
    ],
)
def test_what_is_another_is_said(before: dict[str, Any], now: dict[str, Any], more: dict[str, Any], words: str) -> None:
    news = told(row(1, before, now, **more))
    said = "; ".join(word for change in news.changes for word in change.words)
    assert words in said
    assert bool(words) is bool(said) is bool(news) is (news.properties == {1})
    assert ("counts no more" in said) is ("counts no more" in words)
    assert news.ids == [10]
    assert not told(row(1, before, now, **more), new={1}).changes


@pytest.mark.parametrize(
    ("before", "day", "present", "said"),
    [
        (None, 0, 0, "follow up of $5,000, due today"), (None, -1, -1, "follow up of $5,000, due for 1 day"),
        (None, -2, -2, "follow up of $5,000, due for 2 days"), (0, 0, 0, None),
        (-3, 0, 0, "follow up of $5,000, due today"),
        (None, 0, 1, None), (None, 0, None, None), (None, None, 0, None),
    ],
)  # fmt: skip
def test_a_follow_up_is_due_unless_another_day_is_set(
    before: int | None, day: int | None, present: int | None, said: str | None
) -> None:
    known = {"follow_up": None if before is None else on(before)}, {"follow_up": None if day is None else on(day)}
    status: Any = None
    if present is not None:
        status = SimpleNamespace(next_date=date.fromisoformat(on(present)), status="follow_up", amount=5_000)
    news = told(row(1, *known), present={1: status})
    assert [one.words for one in news.follow_ups] == ([(said,)] if said else [])
    assert (bool(news), news.properties) == (bool(said), {1} if said else set())
    if status is not None and said is not None:
        status.amount = None
        assert "$" not in str(told(row(1, *known), present={1: status}).follow_ups)


@pytest.mark.parametrize(
    ("before", "day", "is_said"), [(None, 0, True), (None, 7, True), (None, 8, False), (None, -1, False), (5, 5, False)]
)
def test_a_sale_that_has_come_near_is_said(before: int | None, day: int, is_said: bool) -> None:
    known = {"tax_sale_date": on(day), "sale_ahead": None if before is None else on(before)}
    now = {"tax_sale_date": on(day), "sale_ahead": on(day)}
    news = told(row(1, known, now))
    assert bool(news.sales) is bool(news) is is_said
    assert not told(row(1, known, now), new={1}).sales
    # what has just been said to have moved there is not said again
    assert not told(row(1, known | {"tax_sale_date": on(30)}, now)).sales
    both = {"auction_date": on(day)}
    assert (" and " in str(told(row(1, known | both, now | both)).sales)) is is_said


def test_of_several_days_the_first_and_the_last_count_and_the_best_lead_is_first() -> None:
    moved = [
        row(1, {"tax_sale_date": on(a)}, {"tax_sale_date": on(b)}, address=f"on {b}", score=score)
        for a, b, score in ((5, 6, 99), (6, 9, 60))
    ]
    others = [row(number, SUIT, A, score=score) for number, score in ((2, 90), (4, None), (3, 60), (5, 0), (6, None))]
    news = told(*moved, *others)
    assert [one.parcel_id for one in news.changes] == ["p2", "p1", "p3", "p4", "p5", "p6"]
    first = news.changes[1]
    assert (first.words[0].startswith("Tax deed sale moved from 6 Dec 2025, now in 9 days"), first.address) == (
        True,
        "on 9",
    )
    assert (first.links, news.changes[0].links) == ({"map": "link"}, {})
    near = [row(number, {"auction_date": on(day)}, {"auction_date": on(day), "sale_ahead": on(day)})
            for number, day in ((1, 5), (2, 3))]  # fmt: skip
    assert [one.parcel_id for one in told(*near).sales] == ["p2", "p1"]
