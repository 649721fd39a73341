"""The statements that find the news of leads, each among rows that it must leave alone."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.stages.desk import HERE, THERE, Desk

DAY = date(2025, 12, 1)
BEFORE, AFTER = DAY - timedelta(days=1), DAY + timedelta(days=1)
SALE, OTHER_SALE = date(2025, 12, 20), date(2025, 12, 30)


class News(Desk):
    """What is known and what is so."""

    def score(self, number: int, market: str = HERE, **values: Any) -> None:
        known = {"as_of": DAY, "profile": "v1", "total_score": 60, "tier": "B", "components": "{}", "signals": []}
        self.insert("lead_scores", market=market, property_id=number, **{**known, **values})

    def told(self, number: int, market: str = HERE, **values: Any) -> None:
        known = {"tier": "A", "signals": [], "told_on": BEFORE}
        self.insert("told_leads", market=market, property_id=number, **{**known, **values})

    def sale(self, number: int, kind: str = "tax_sale", day: date = SALE, **values: Any) -> None:
        self.insert("sale_dates", property_id=number, kind=kind, day=day, **values)

    def run(self, name: str, table: str = "", **parameters: Any) -> Any:
        bound = {
            "as_of": DAY, "sources": ["current"], "tiers": ["A"], "ahead": 7, "windowed": ["window", "other window"],
            "is_other_profile": False, "channels": ["slack", "email"], **parameters,
        }  # fmt: skip
        return self.ask("score", "news.sql", name, table, **bound)


@pytest.fixture
def news(engine: Engine) -> Iterator[News]:
    with engine.connect() as connection:
        yield News(connection)


def test_days_of_sales_are_noted_once_and_counted_when_they_are_others(news: News) -> None:
    for number in (1, 2, 3):
        news.score(number, tax_sale_date=SALE)
    news.score(4, auction_date=SALE)
    news.score(5)
    news.score(6, THERE, tax_sale_date=SALE)
    news.sale(1)
    news.sale(2, day=OTHER_SALE)
    news.sale(3, is_cancelled=True, sequence=4)
    news.run("note_dates")
    assert news.rows("SELECT property_id, kind, day, sequence, is_cancelled FROM sale_dates ORDER BY 1") == [
        (1, "tax_sale", SALE, 0, False), (2, "tax_sale", SALE, 1, False), (3, "tax_sale", SALE, 5, False),
        (4, "auction", SALE, 0, False),
    ]  # fmt: skip


def test_a_day_is_off_when_no_current_list_has_it(news: News) -> None:
    for number in range(1, 60):
        news.insert("properties", id=number, parcel_id=str(number))
    news.insert("properties", market=THERE, id=60, parcel_id="60")
    news.sale(1, day=DAY)
    news.sale(2, day=BEFORE)
    news.sale(3, is_cancelled=True)
    news.score(4, tax_sale_date=OTHER_SALE)
    news.score(5, auction_date=OTHER_SALE)
    news.score(6, THERE, tax_sale_date=SALE, auction_date=SALE)
    expected = [(1, "tax_sale")]
    for number, kinds in ((4, ["auction"]), (5, ["tax_sale"]), (6, ["auction", "tax_sale"])):
        for kind in ("tax_sale", "auction"):
            news.sale(number, kind)
        expected += [(number, kind) for kind in kinds]
    number = 10
    ways = ("tax_sale", "tax_sales", "sale_date"), ("auction", "foreclosures", "auction_date")
    for (kind, table, column), (_, other, other_column) in zip(ways, ways[::-1], strict=True):
        news.sale(number, kind)
        news.record(table, number, **{column: SALE})  # a list that is stale has it
        decoys: list[tuple[str, dict[str, Any]]] = [
            (table, {column: SALE, "source": "current"}), (table, {column: SALE, "is_active": False}),
            (table, {column: OTHER_SALE}), (other, {other_column: SALE}),
        ]  # fmt: skip
        for decoy_number, (where, values) in enumerate(decoys, number + 1):
            news.sale(decoy_number, kind)
            news.record(where, decoy_number, **values)
            expected.append((decoy_number, kind))
        number += 10
    news.run("cancel_dates")
    cancelled = news.rows("SELECT property_id, kind FROM sale_dates WHERE is_cancelled AND sequence = 1 ORDER BY 1, 2")
    assert cancelled == sorted(expected)
    assert news.rows("SELECT sequence FROM sale_dates WHERE property_id = 3") == [(0,)]


def test_what_people_know_follows_a_merge_where_they_know_nothing_yet(news: News) -> None:
    for number, merged_into in ((10, None), (20, 10), (30, 10), (40, None), (50, 40), (6, None)):
        is_active = merged_into is None
        news.insert("properties", id=number, parcel_id=str(number), merged_into=merged_into, is_active=is_active)
    news.told(30, tier="C")
    news.told(20, tier="A", signals=["tax_deed_sale"])
    news.told(40, tier="D")
    news.told(50)
    news.told(6)
    news.told(50, THERE)
    news.run("follow_merges")
    query = (
        "SELECT property_id, tier, signals FROM told_leads WHERE market = 'here' AND property_id IN (10, 40) ORDER BY 1"
    )
    assert news.rows(query) == [(10, "A", ["tax_deed_sale"]), (40, "D", [])]
    assert news.rows("SELECT count(*) FROM told_leads") == [(7,)]


def test_watched_is_what_people_know_what_is_in_a_tier_and_what_is_worked_with(news: News) -> None:
    for number in range(1, 13):
        merged = {"merged_into": 1, "is_active": False} if number == 2 else {}
        news.insert("properties", id=number, parcel_id=str(number), **merged)
    for number in (13, 14, 15):
        news.insert("properties", market=THERE, id=number, parcel_id=str(number))
    for number in (1, 2, 11):
        news.told(number)
    news.told(13, THERE)
    news.score(3, tier="A", tax_sale_date=DAY, signals=["tax_deed_sale"])
    news.score(4, tier="B")
    news.score(1, tier="B", tax_sale_date=AFTER, auction_date=DAY + timedelta(days=7))
    news.score(11, tier="A", tax_sale_date=BEFORE, auction_date=DAY + timedelta(days=8))
    news.score(12, tier="A", auction_date=DAY + timedelta(days=7))
    news.score(14, THERE, tier="A")
    steps: list[tuple[int, dict[str, Any]]] = [
        (5, {"status": "open"}), (6, {"status": "open", "next_date": DAY}),
        (7, {"status": "offer", "next_date": AFTER}), (8, {"status": "offer", "next_date": BEFORE}),
        (9, {"status": "dnc"}),
    ]  # fmt: skip
    for number, values in steps:
        news.insert("lead_status_events", property_id=number, **values)
    news.insert("lead_status_events", market=THERE, property_id=15, status="offer")
    news.suppress("10")
    news.score(10, tier="A")
    news.temporary("new", "property_id", "(3)", "(4)")
    news.run("lead_facts", "new")
    week = DAY + timedelta(days=7)
    query = "SELECT property_id, tier, signals, follow_up, sale_ahead, is_worked, is_new FROM lead_facts ORDER BY 1"
    assert news.rows(query) == [
        (1, "B", [], None, AFTER, False, False),
        (3, "A", ["tax_deed_sale"], None, DAY, False, True),
        (6, None, [], DAY, None, False, False),
        (7, None, [], None, None, True, False),
        (8, None, [], BEFORE, None, True, False),
        (11, "A", [], None, None, False, False),
        (12, "A", [], None, week, False, False),
    ]


def test_who_is_told_of_a_lead_knows_what_it_is_today(news: News) -> None:
    news.told(1, tier="C")
    news.told(2, tier="C", sale_ahead=OTHER_SALE)
    news.told(3, tier="C", told_on=DAY)
    news.told(4, THERE, tier="C")
    news.told(8, tier="C", told_on=None)
    news.told(9, tier="C", sale_ahead=OTHER_SALE)
    names = "property_id, tier, signals, tax_sale_date, auction_date, sale_ahead, is_worked, is_new"
    row = "({}, 'A', '{{x}}'::text[], date '2025-12-20', date '2025-12-30', {}, {}, {})"
    sale = "date '2025-12-20'"
    rows = [
        (1, sale, False, False), (2, "NULL::date", True, True), (3, sale, False, True), (4, sale, False, False),
        (5, sale, True, False), (6, sale, True, True), (8, sale, False, True),
        (9, sale, False, True),
    ]  # fmt: skip
    news.temporary("lead_facts", names, *(row.format(*one) for one in rows))
    news.run("begin_to_watch")
    query = (
        "SELECT property_id, tier, sale_ahead, told_on, tax_sale_date, auction_date FROM told_leads"
        " WHERE market = 'here' ORDER BY 1"
    )
    days = (SALE, OTHER_SALE)
    assert news.rows(query) == [
        (1, "C", None, BEFORE, None, None), (2, "A", OTHER_SALE, DAY, *days), (3, "C", None, DAY, None, None),
        (4, "A", SALE, None, *days), (5, "A", None, None, *days), (6, "A", SALE, DAY, *days),
        (8, "A", SALE, DAY, *days), (9, "A", SALE, DAY, *days),
    ]  # fmt: skip


def test_what_became_of_a_lost_signal_is_told_by_its_own_records(news: News) -> None:
    fates: dict[int, tuple[str, str]] = {}

    def lost(signal: str, fate: str, *records: tuple[str, dict[str, Any]], **told: Any) -> None:
        number = len(fates) + 1
        fates[number] = signal, fate
        news.insert("properties", id=number, parcel_id=str(number))
        news.told(number, signals=[signal, "kept"], **told)
        for table, values in records:
            news.record(table, number, **values)

    here: dict[str, Any] = {"source": "current"}
    ended = here | {"is_active": False}
    vacant = {"signal": "vacant"}
    lost("tax_deed_sale", "past", ("tax_sales", here), tax_sale_date=BEFORE, auction_date=AFTER)
    lost("tax_deed_sale", "over", ("tax_sales", here), tax_sale_date=DAY, auction_date=BEFORE)
    lost("foreclosure_auction", "past", ("foreclosures", here), auction_date=BEFORE, tax_sale_date=AFTER)
    lost("lands_available", "unknown", ("tax_sales", {}), ("tax_sales", here))
    lost("lands_available", "gone", ("tax_sales", ended), ("foreclosures", here))
    lost("lis_pendens", "over", ("foreclosures", here), ("foreclosures", {"is_active": False}))
    lost("foreclosure_auction", "gone", ("foreclosures", ended), ("code_violations", here))
    lost("lis_pendens", "gone", ("code_violations", here), ("distress_events", here | vacant))
    lost("open_code_violation", "closed", ("code_violations", here | {"status": "Closed"}), ("foreclosures", here))
    lost("open_code_violation", "gone", ("distress_events", here | vacant))
    lost("open_code_violation", "closed", ("code_violations", {"status": "Closed"}))
    lost("open_code_violation", "over", ("code_violations", here | {"status": "Open"}))
    lost("vacant", "over", ("distress_events", here | vacant))
    lost("vacant", "gone", ("distress_events", here | {"signal": "burnt"}), ("code_violations", here))
    lost("vacant", "closed", ("distress_events", here | vacant | {"status": "Closed"}))
    window = {"is_active": False, "source": "window"}
    lost("lis_pendens", "window", ("foreclosures", window), ("foreclosures", window | {"source": "other window"}))
    lost("lis_pendens", "gone", ("foreclosures", window), ("foreclosures", ended))
    lost("lis_pendens", "gone")
    names = "property_id, signals"
    news.temporary("lead_facts", names, *(f"({number}, '{{kept}}'::text[])" for number in fates))
    # another market knows of one more, and of another fate
    news.told(1, THERE, signals=["other"], tax_sale_date=AFTER)
    news.run("lost_signals")
    found = news.rows("SELECT property_id, signal, fate FROM lost_signals ORDER BY 1, 2")
    assert found == [(number, *fate) for number, fate in fates.items()]
