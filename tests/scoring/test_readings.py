"""The second readings of the records: each threshold at its edge, on both sides, and that the first know none of it."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.engine import URL

from tests.stages.check.rows import MARKET, Rows
from tests.support import fresh_database
from wholesaler.db.engine import make_engine
from wholesaler.markets.records import DISTRESS_SIGNALS, RECORD_KINDS
from wholesaler.scoring.features import FURTHER
from wholesaler.scoring.profile import Profile, load_profile
from wholesaler.scoring.rules import scores

DAY = date(2026, 11, 26)
V1, V2 = load_profile("v1"), load_profile("v2")
SOURCES = [*RECORD_KINDS, "distress_events"]
#: bought two years before the day
BOUGHT = DAY - timedelta(days=730)


def days(number: int | None) -> date | None:
    """The day so many days after the day of the score."""
    return None if number is None else DAY + timedelta(days=number)


@pytest.fixture(scope="module")
def engine(server: URL) -> Iterator[Engine]:
    """One database for all: each test looks at properties of its own."""
    with fresh_database(server) as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture(scope="module")
def rows(engine: Engine) -> Rows:
    return Rows(engine)


Lead = Callable[..., Any]


@pytest.fixture
def lead(engine: Engine, rows: Rows) -> Lead:
    """``lead(parcel={...}, distress_events=[{...}])``: what is made of a property with these records."""
    elsewhere = Rows(engine, "elsewhere")

    def lead(
        *,
        own: int | None = None,
        sources: list[str] = SOURCES,
        by: Profile = V2,
        parcel: dict[str, Any] | None = None,
        **records: list[dict[str, Any]],
    ) -> Any:
        parcel_id = rows.parcel()
        number = rows.property(parcel_id, own_open_violations=own)
        # another county has a parcel of this number
        elsewhere.insert(
            "parcels",
            parcel_id=parcel_id,
            is_listed=True,
            held_since=DAY - timedelta(days=1),
            is_land=True,
            homestead=True,
            owner_parcels=77,
            total_mkt=77_777,
        )
        if parcel is not None:
            rows.insert("parcels", parcel_id=parcel_id, **{"is_listed": True, **parcel})
        for table, given in records.items():
            for values in given:
                rows.record(table, parcel_id, number, **values)
        query = scores(by, MARKET, DAY, sources).subquery()
        with engine.connect() as connection:
            found = connection.execute(select(query).where(query.c.property_id == number)).mappings().one_or_none()
        if found is None:
            return None
        plain = {name: float(value) if isinstance(value, Decimal) else value for name, value in found.items()}
        return plain | (plain["events"] or {})

    return lead


def sale(day: int | None = 5, bid: float | None = None) -> dict[str, Any]:
    """A tax sale so many days after the day."""
    return {"sale_date": days(day), "opening_bid": bid, "deed_status": "Active Sale"}


def event(signal: str = "vacancy", day: int | None = -5, **other: Any) -> dict[str, Any]:
    """An event of distress of so many days after the day."""
    return {"signal": signal, "event_date": days(day), **other}


def filing(recorded: int | None, auction: int | None = None, **other: Any) -> dict[str, Any]:
    """A foreclosure recorded and auctioned so many days after the day."""
    return {"recording_date": days(recorded), "auction_date": days(auction), **other}


def case(opened: int | None, **other: Any) -> dict[str, Any]:
    """A case opened so many days after the day."""
    return {"opened_date": days(opened), **other}


@pytest.mark.parametrize("signal", DISTRESS_SIGNALS)
@pytest.mark.parametrize("by", [V1, V2], ids=["v1", "v2"])
def test_an_open_event_of_distress_makes_a_lead_whatever_the_profile(lead: Lead, signal: str, by: Profile) -> None:
    found = lead(by=by, distress_events=[event(signal, None)])
    assert found["signals"] == [signal]
    assert found["signal_count"] == (1 if by is V2 else 0)
    assert (found["events"] is None) is (by is V1)
    both = lead(by=by, distress_events=[event(signal), event(signal)], tax_sales=[sale()])
    assert both["signals"] == ["tax_deed_sale", signal]
    assert both["signal_count"] == (2 if by is V2 else 1)


@pytest.mark.parametrize(
    ("given", "is_open"),
    [
        ({}, True),
        ({"is_active": False}, False),
        ({"source": "former"}, False),
        ({"closed_date": days(0)}, False),
        ({"closed_date": days(1)}, True),
        ({"status": "Closed"}, False),
        ({"status": "CLOSED"}, False),
        ({"status": "Open"}, True),
        ({"status": "Released"}, True),
    ],
)
def test_an_event_is_open_while_it_is_listed_and_not_closed(lead: Lead, given: dict[str, Any], is_open: bool) -> None:
    assert (lead(distress_events=[event(**given)]) is not None) is is_open


def test_the_facts_of_a_signal_are_those_of_its_open_events(lead: Lead) -> None:
    found = lead(
        distress_events=[
            event("lien", -40, amount=100.5), event("lien", -7, amount=10), event("lien", None), event("lien", 3),
            event("lien", -1, amount=7, status="Closed"), event("eviction", 0),
        ]
    )  # fmt: skip
    assert found["events"] == {
        "lien_count": 4, "lien_days": 7, "lien_amount": 110.5, "lien_years": 1,
        "eviction_count": 1, "eviction_days": 0, "eviction_years": 1,
    }  # fmt: skip
    assert found["signals"] == ["eviction", "lien"]


@pytest.mark.parametrize(
    ("given", "years"),
    [
        ([{"years": 3}], 3),
        ([{"years": 3.9}], 3),
        ([{"years": 0.5}], 1),
        ([{"years": 2}, {"years": 4}, {}], 4),
        ([{"years": 1}, {"event_date": date(2024, 1, 1)}, {"event_date": date(2023, 1, 1)}], 1),
        ([{"event_date": date(2024, 1, 1)}, {"event_date": date(2023, 1, 1)}, {"event_date": date(2023, 9, 1)}], 2),
        ([{"event_date": None, "due_date": date(2024, 1, 1)}, {"event_date": date(2023, 1, 1)}], 2),
        ([{"event_date": date(2024, 1, 1), "due_date": date(2022, 1, 1)}], 1),
        ([{"event_date": None}, {"event_date": None}], 1),
    ],
)
def test_the_years_are_those_published_else_those_of_the_dates_else_one(
    lead: Lead, given: list[dict[str, Any]], years: int
) -> None:
    found = lead(distress_events=[{**event("tax_delinquency"), **values} for values in given])
    assert found["tax_delinquency_years"] == years


@pytest.mark.parametrize("signal", DISTRESS_SIGNALS)
@pytest.mark.parametrize("day", [-731, -730, None])
def test_what_befell_an_owner_before_does_not_count_and_is_listed(lead: Lead, signal: str, day: int | None) -> None:
    found = lead(parcel={"held_since": BOUGHT}, distress_events=[event(signal, day)])
    counts = day != -731 or signal not in {"probate", "vacancy", "eviction", "bankruptcy"}
    assert found["signals"] == [signal]
    assert (f"{signal}_count" in found, found["signal_count"]) == (counts, int(counts))
    # one of before beside one of now
    found = lead(parcel={"held_since": BOUGHT}, distress_events=[event(signal, day), event(signal, -3, amount=5)])
    assert found[f"{signal}_count"] == 1 + counts
    assert (found[f"{signal}_days"], found[f"{signal}_amount"]) == (3, 5)


def test_a_purchase_to_come_ends_nothing(lead: Lead) -> None:
    found = lead(parcel={"held_since": days(1)}, distress_events=[event("eviction", -3)])
    assert (found["eviction_count"], found["held_since"], found["years_held"]) == (1, None, None)


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ([filing(-730)], (None, 730)),
        ([filing(-5, 0)], (days(0), None)),
        ([filing(-5, -1)], (None, None)),
        ([filing(-5, -1), filing(-9)], (None, 9)),
        ([filing(-900, 4), filing(-9)], (days(4), None)),
    ],
)
def test_a_filing_whose_auction_has_passed_does_not_count(
    lead: Lead, given: list[dict[str, Any]], known: tuple[date | None, int | None]
) -> None:
    found = lead(foreclosures=[{**one, "default_amount": 5, "opening_bid": 6} for one in given])
    assert (found["auction_date"], found["lis_pendens_days"]) == known
    listed = "foreclosure_auction" if known[0] else "lis_pendens"
    assert found["signals"] == [listed]
    counts = known != (None, None)
    assert found["signal_count"] == counts
    assert (found["default_amount"], found["debt"]) == ((5, 6) if counts else (None, None))
    by_v1 = lead(by=V1, foreclosures=given)
    assert by_v1["lis_pendens_days"] == (None if known[0] else 5 if given[0]["auction_date"] else 730)


@pytest.mark.parametrize(
    ("given", "known"),
    [
        (filing(-101), (None, None)),
        (filing(-100), (None, 100)),
        (filing(-99), (None, 99)),
        (filing(-101, 3), (days(3), None)),
        (filing(None, 3), (days(3), None)),
    ],
)
def test_a_filing_against_an_owner_before_does_not_count_unless_its_auction_is_ahead(
    lead: Lead, given: dict[str, Any], known: tuple[date | None, int | None]
) -> None:
    found = lead(parcel={"held_since": days(-100)}, foreclosures=[given])
    assert (found["auction_date"], found["lis_pendens_days"]) == known


@pytest.mark.parametrize(
    ("cases", "own_days", "oldest"),
    [
        ([case(-5)], 1, 5),
        ([case(-5), case(-5), case(-5)], 1, 5),
        ([case(-5), case(-6), case(-200)], 3, 200),
        ([case(None), case(None)], 1, None),
        ([case(None), case(-5)], 2, 5),
        ([case(0)], 1, 0),
        ([case(0), case(1)], 1, 0),
        ([case(-5), case(-9, status="Closed"), case(-9, is_active=False), case(-9, source="former")], 1, 5),
    ],
)
def test_own_violations_are_counted_by_the_days_on_which_they_began(
    lead: Lead, cases: list[dict[str, Any]], own_days: int, oldest: int | None
) -> None:
    found = lead(code_violations=cases)
    assert (found["own_violation_days"], found["oldest_open_violation_days"]) == (own_days, oldest)
    assert found["signals"] == ["open_code_violation"]


def test_without_an_open_case_there_is_none_or_nobody_knows(lead: Lead) -> None:
    assert lead(code_violations=[case(1)]) is None
    assert lead(tax_sales=[sale()], own=0)["own_violation_days"] == 0
    assert lead(tax_sales=[sale()], own=None)["own_violation_days"] is None


@pytest.mark.parametrize(
    ("held_since", "years"),
    [
        (DAY, 0), (date(2025, 11, 27), 0), (date(2025, 11, 26), 1), (date(2016, 11, 27), 9), (date(2016, 11, 26), 10),
        (date(2006, 11, 26), 20), (date(2006, 11, 27), 19), (None, None),
    ],
)  # fmt: skip
def test_years_are_held_when_they_are_over(lead: Lead, held_since: date | None, years: int | None) -> None:
    assert lead(parcel={"held_since": held_since}, tax_sales=[sale()])["years_held"] == years


def test_what_the_roll_says_of_a_parcel_is_known_to_the_second_readings_only(lead: Lead) -> None:
    parcel = {
        "owner_class": "person", "owner_parcels": 3, "homestead": False, "mail_differs": "in_state", "is_land": False,
        "value_to_median": 1.25, "comparable_value": 200_000, "comparable_count": 4, "comparable_low": 180_000,
        "comparable_high": 220_000, "held_since": days(-400),
    }  # fmt: skip
    records = {"tax_sales": [sale(9)], "foreclosures": [filing(-5, 3)], "code_violations": [case(-2)]}
    found = lead(parcel=parcel, **records)
    assert {name: found[name] for name in parcel} == parcel
    assert (found["next_sale_days"], found["years_held"]) == (3, 1)
    assert lead(parcel=parcel, tax_sales=[sale(9)])["next_sale_days"] == 9
    by_v1 = lead(by=V1, own=1, parcel=parcel, distress_events=[event("eviction", -900)], **records)
    assert {by_v1[name] for name in FURTHER} == {None}
    assert by_v1["events"] is None
    assert {lead(tax_sales=[sale(9)])[name] for name in parcel} == {None}


ROLL = {"total_mkt": 85_000, "living_area": 1_000, "year_built": 1990}


@pytest.mark.parametrize(
    ("parcel", "arv"),
    [
        ({"comparable_value": 200_000, "comparable_count": 3}, 200_000),
        ({"comparable_value": 200_000, "comparable_count": 2}, 100_000),
        ({"comparable_value": None, "comparable_count": 3}, 100_000),
        ({"comparable_value": 0, "comparable_count": 3}, 100_000),
        ({}, 100_000),
        ({"is_land": False}, 100_000),
        ({"is_land": True, "comparable_value": 200_000, "comparable_count": 3}, None),
    ],
)
def test_the_value_after_repair_is_that_of_three_comparable_sales_and_land_has_none(
    lead: Lead, parcel: dict[str, Any], arv: float | None
) -> None:
    found = lead(parcel=ROLL | parcel, tax_sales=[sale(5, 10_000)])
    assert found["arv"] == arv
    assert found["repairs"] == (None if arv is None else 25_000)
    assert found["mao"] == (None if arv is None else 0.7 * arv - 40_000)
    by_v1 = lead(by=V1, parcel=ROLL | parcel, tax_sales=[sale(5, 10_000)])
    assert (by_v1["arv"], by_v1["spread"]) == (100_000, 20_000)


@pytest.mark.parametrize(
    ("bid", "notices", "spread"),
    [
        (29_999.99, [], None),
        (30_000, [], None),
        (30_000.01, [], -0.01),
        (1, [filing(-5, opening_bid=10_000)], 20_000),
        (1, [filing(-5, default_amount=40_000)], -10_000),
        (1, [filing(-5)], None),
        (1, [filing(-5, -1, opening_bid=10_000)], None),
    ],
)
def test_the_bid_of_a_tax_sale_alone_can_only_show_a_loss(
    lead: Lead, bid: float, notices: list[dict[str, Any]], spread: float | None
) -> None:
    found = lead(tax_sales=[sale(5, bid)], foreclosures=notices, parcel=ROLL)  # an offer of 30,000
    assert found["spread"] == spread
