"""What of the facts is news, to whom it is told, and what people know afterwards."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.stages.desk import THERE
from tests.stages.score.test_news_statements import DAY, OTHER_SALE, SALE, News

SOON, LATER = DAY, DAY + timedelta(days=3)
DELIVERY: dict[str, Any] = {"channel": "slack", "kind": "new_lead", "as_of": DAY, "payload": "{}"}


@pytest.fixture
def news(engine: Engine) -> Iterator[News]:
    with engine.connect() as connection:
        yield News(connection)


class Judged:
    """What is known of leads, what is so, and what is to come of it."""

    def __init__(self, news: News) -> None:
        self.news = news
        self.expected: dict[int, tuple[bool, bool, bool]] = {}
        self.facts: list[str] = []
        self.lost: list[str] = []

    def lead(self, was_in: bool, is_in: bool, is_news: bool, told: dict[str, Any] | None = None, **facts: Any) -> int:
        """A lead of which everything is as it was, but for what is given; returns its number."""
        number = len(self.expected) + 1
        self.expected[number] = was_in, is_in, is_news
        same = {"tier": "A", "signals": ["a", "b"], "tax_sale_date": SALE, "auction_date": SALE}
        self.news.told(number, **{**same, **(told or {})})
        # another market knows something else of the same number
        self.news.told(number, THERE, tier="C", signals=["x"])
        for signal, fate in facts.pop("lost", {}).items():
            self.lost.append(f"({number}, '{signal}', '{fate}')")
        now = {**same, "follow_up": None, "sale_ahead": None, "is_worked": False, **facts}
        self.facts.append(
            f"({number}, {literal(now['tier'])}, NULL::text, 60, {literal(now['signals'])},"
            f" {', '.join(literal(now[name], 'date') for name in DATES)}, {now['is_worked']}, false)"
        )
        return number


DATES = ("tax_sale_date", "auction_date", "follow_up", "sale_ahead")
FACTS = f"property_id, tier, excluded, total_score, signals, {', '.join(DATES)}, is_worked, is_new"


def literal(value: object, kind: str = "text") -> str:
    if value is None:
        return f"NULL::{kind}"
    return f"'{{{','.join(value)}}}'::text[]" if isinstance(value, list) else f"'{value}'::{kind}"


def judge(news: News, judged: Judged, **parameters: Any) -> dict[int, tuple[bool, bool, bool]]:
    news.temporary("lead_facts", FACTS, *judged.facts)
    news.temporary("lost_signals", "property_id, signal, fate", *judged.lost, "(0, 'none', 'gone')")
    news.run("lead_news", **parameters)
    rows = news.rows("SELECT property_id, was_in, is_in, is_news FROM lead_news")
    return {row[0]: row[1:] for row in rows}


def test_what_is_news_of_a_lead(news: News) -> None:
    judged = Judged(news)
    lead, b = judged.lead, {"tier": "B"}
    lead(True, True, False)
    lead(True, False, True, tier="B")
    lead(True, False, True, tier=None)
    lead(False, True, True, b)
    lead(False, True, True, {"tier": None})
    for more, is_news in (({}, False), ({"is_worked": True}, True)):
        for one in ({"signals": ["a"]}, {"tax_sale_date": OTHER_SALE}, {"auction_date": OTHER_SALE}):
            lead(False, False, is_news, b, tier="B", **one, **more)
        lead(False, False, is_news, b, tier="B", sale_ahead=SOON, **more)
        lead(False, False, False, b | {"sale_ahead": SOON}, tier="B", sale_ahead=SOON, **more)
    for signals, is_news in ((["a"], True), (["a", "b", "c"], True), (["b", "a"], False)):
        lead(True, True, is_news, signals=signals)
    for name in ("tax_sale_date", "auction_date"):
        lead(True, True, True, **{name: OTHER_SALE})
        lead(True, True, False, **{name: None})
        lead(True, True, False, {name: None})
    # a follow-up and a sale are told of once
    lead(False, False, True, b, tier="B", follow_up=SOON)
    lead(False, False, True, b | {"follow_up": SOON}, tier="B", follow_up=LATER)
    lead(False, False, False, b | {"follow_up": SOON}, tier="B", follow_up=SOON)
    lead(True, True, False, {"follow_up": SOON})
    lead(True, True, True, sale_ahead=SOON)
    lead(True, True, True, {"sale_ahead": LATER}, sale_ahead=SOON)
    lead(True, True, False, {"sale_ahead": SOON}, sale_ahead=SOON)
    lead(True, True, False, {"sale_ahead": SOON})
    assert judge(news, judged) == judged.expected


def test_what_a_stale_list_says_stays_as_people_know_it(news: News) -> None:
    judged = Judged(news)
    sale, auction = ["tax_deed_sale"], ["foreclosure_auction"]
    gone = {"tier": None, "tax_sale_date": None, "auction_date": None, "signals": []}
    judged.lead(True, True, False, {"signals": sale}, **gone, lost={"tax_deed_sale": "unknown"})
    judged.lead(True, True, False, {"signals": auction}, **gone, lost={"foreclosure_auction": "unknown"})
    judged.lead(True, False, True, {"signals": ["a", "b"]}, **gone, lost={"a": "over", "b": "gone"})
    judged.lead(True, True, True, {"signals": ["a", "b"]}, **gone, lost={"a": "unknown", "b": "gone"})
    assert judge(news, judged) == judged.expected
    query = "SELECT tier, signals, tax_sale_date, auction_date, fates FROM lead_news ORDER BY property_id"
    assert news.rows(query) == [
        ("A", sale, SALE, None, {}), ("A", auction, None, SALE, {}), (None, [], None, None, {"a": "over", "b": "gone"}),
        ("A", ["a"], None, None, {"b": "gone"}),
    ]  # fmt: skip


def test_the_tiers_of_another_profile_are_no_news(news: News) -> None:
    judged = Judged(news)
    judged.lead(False, False, False, tier="B")
    judged.lead(True, True, False, {"tier": "B"})
    judged.lead(False, False, False, tier="B", signals=["a"])
    assert judge(news, judged, is_other_profile=True) == judged.expected


NEWS = (
    "property_id, is_news, is_in, was_in, tier, told_tier, signals, told_signals, tax_sale_date, told_tax_sale_date,"
    " auction_date, told_auction_date, follow_up, told_follow_up, sale_ahead, told_sale_ahead, changes, excluded,"
    " total_score, fates"
)


def row(
    number: int, *, is_news: bool = True, is_in: bool = True, follow_up: date | None = None,
    told_follow_up: date | None = None, sale_ahead: date | None = None, told_sale_ahead: date | None = None,
) -> str:  # fmt: skip
    days = ", ".join(literal(day, "date") for day in (follow_up, told_follow_up, sale_ahead, told_sale_ahead))
    return (
        f"({number}, {is_news}, {is_in}, true, 'B', 'A', '{{a}}'::text[], '{{b}}'::text[], '{SALE}'::date, NULL::date,"
        f" '{OTHER_SALE}'::date, NULL::date, {days}, 4, NULL::text, 60, '{{}}'::jsonb)"
    )


#: what makes the pending announcement of a lead another's, or one that a channel has heard of
HEARD: tuple[dict[str, Any], ...] = (
    {"message_id": "a message"}, {"delivered_to": ["ann"]}, {"status": "sent"}, {"kind": "findings"},
    {"market": THERE}, {"subject": "99"},
)  # fmt: skip


def test_news_are_told_where_the_lead_is_known_or_a_follow_up_is_due(news: News) -> None:
    follow_ups = (None, None), (SOON, SOON), (SOON, None), (LATER, SOON)
    rows = [row(number, follow_up=now, told_follow_up=told) for number, (now, told) in enumerate(follow_ups, 1)]
    rows += [row(5, is_news=False, follow_up=SOON), row(6, told_follow_up=SOON, told_sale_ahead=SOON)]
    rows += [row(7, sale_ahead=SOON, told_sale_ahead=LATER, follow_up=LATER, told_follow_up=SOON)]
    for number in range(1, 20):
        news.insert("properties", id=number, parcel_id=f"parcel {number}")
        if number < 5:
            news.insert("alert_deliveries", subject=str(number), **DELIVERY)
    for number, values in enumerate(HEARD, 8):
        news.insert("alert_deliveries", **{**DELIVERY, "subject": str(number), **values})
        rows.append(row(number))
    news.temporary("lead_news", NEWS, *rows)
    news.run("announce_news")
    made = "FROM alert_deliveries WHERE kind = 'lead_news' AND market = 'here'"
    told = {(number, channel) for number in range(1, 8 + len(HEARD)) for channel in ("slack", "email")}
    told -= {(1, "slack"), (2, "slack"), (5, "slack"), (5, "email")}
    assert set(news.rows(f"SELECT split_part(subject, ' ', 1)::int, channel {made}")) == told
    assert news.rows(f"SELECT DISTINCT split_part(subject, ' ', 2) {made}") == [("5",)]
    said = news.rows(
        "SELECT payload ->> 'parcel_id', payload -> 'now' ->> 'follow_up', payload -> 'now' ->> 'sale_ahead'"
        f" {made} AND channel = 'email' AND split_part(subject, ' ', 1) IN ('6', '7') ORDER BY 1"
    )
    assert said == [("parcel 6", str(SOON), str(SOON)), ("parcel 7", str(LATER), str(SOON))]


@pytest.mark.parametrize(("is_other_profile", "left"), [(False, {2, *range(10, 10 + len(HEARD))}), (True, None)])
def test_a_lead_that_left_before_a_channel_heard_of_it_is_not_announced(
    news: News, is_other_profile: bool, left: set[int] | None
) -> None:
    rows = [row(1, is_in=False), row(2, is_in=True), row(3, is_in=False, is_news=False)]
    ids = {number: news.insert("alert_deliveries", subject=str(number), **DELIVERY) for number in (1, 2, 3)}
    for number, values in enumerate(HEARD, 10):
        ids[number] = news.insert("alert_deliveries", **{**DELIVERY, "subject": str(number), **values})
        rows.append(row(number, is_in=False))
    news.temporary("lead_news", NEWS, *rows)
    news.run("drop_outdated", is_other_profile=is_other_profile)
    stay = {found[0] for found in news.rows("SELECT id FROM alert_deliveries")}
    assert stay == {ids[number] for number in (left or ids)}


def test_what_is_so_today_is_what_people_know_from_now_on(news: News) -> None:
    now = {"tier": "B", "signals": ["a"], "tax_sale_date": SALE, "auction_date": OTHER_SALE}
    told: dict[int, dict[str, Any]] = {
        1: {**now, "changes": 4}, 2: {**now, "changes": 4, "tier": "A"}, 3: {**now, "changes": 4, "signals": ["b"]},
        4: {**now, "changes": 4, "follow_up": SOON, "sale_ahead": SOON}, 5: {**now, "changes": 4},
        6: {**now, "changes": 4, "tier": "A"},
    }  # fmt: skip
    for number, values in told.items():
        news.told(number, **values)
    news.told(1, THERE, changes=4)
    news.told(2, THERE, changes=4)
    news.told(9, changes=4)
    before = news.rows("SELECT ctid::text FROM told_leads WHERE property_id IN (1, 9) OR market = 'there' ORDER BY 1")
    news.temporary(
        "lead_news", NEWS, row(1, is_news=False), row(2), row(3, is_news=False),
        row(4, follow_up=LATER, sale_ahead=LATER), row(5, follow_up=SOON, sale_ahead=SOON),
        row(6, told_follow_up=SOON),
    )  # fmt: skip
    news.run("remember")
    query = (
        "SELECT property_id, tier, signals, tax_sale_date, auction_date, follow_up, sale_ahead, changes FROM told_leads"
        " WHERE market = 'here' AND property_id < 9 ORDER BY 1"
    )
    same = ("B", ["a"], SALE, OTHER_SALE)
    assert news.rows(query) == [
        (1, *same, None, None, 4), (2, *same, None, None, 5), (3, *same, None, None, 4), (4, *same, LATER, LATER, 5),
        (5, *same, SOON, SOON, 5), (6, *same, None, None, 5),
    ]  # fmt: skip
    # what is the same is not written
    after = news.rows("SELECT ctid::text FROM told_leads WHERE property_id IN (1, 9) OR market = 'there' ORDER BY 1")
    assert after == before
