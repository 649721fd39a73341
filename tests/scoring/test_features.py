"""Each threshold of the features, the deal and v1's rules at its edge, on both sides."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.engine import URL

from tests.scoring.rows import points_by
from tests.stages.check.rows import MARKET, Rows
from tests.support import fresh_database
from wholesaler.db.engine import make_engine
from wholesaler.markets.records import RECORD_KINDS
from wholesaler.scoring.profile import Profile, load_profile
from wholesaler.scoring.rules import scores

DAY = date(2025, 12, 1)
V1 = load_profile("v1")
SOURCES = list(RECORD_KINDS)


def days(number: int) -> date:
    """The day so many days after the day of the score."""
    return DAY + timedelta(days=number)


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


Lead = Callable[..., dict[str, Any] | None]


@pytest.fixture
def lead(engine: Engine, rows: Rows) -> Lead:
    """``lead(tax_sales=[{...}], property_records=[{...}])``: what is made of a property with these records."""
    elsewhere = Rows(engine, "elsewhere")

    def lead(
        *, own: int | None = None, sources: list[str] = SOURCES, by: Profile = V1, **records: list[dict[str, Any]]
    ) -> Any:
        parcel_id = rows.parcel()
        number = rows.property(parcel_id, own_open_violations=own)
        # another county has a parcel of this number
        elsewhere.insert(
            "parcels",
            parcel_id=parcel_id,
            is_listed=True,
            total_mkt=77_777,
            total_assd=7,
            taxes=7,
            living_area=77,
            year_built=1977,
        )
        for table, given in records.items():
            for values in given:
                rows.record(table, parcel_id, number, **values)
        query = scores(by, MARKET, DAY, sources).subquery()
        with engine.connect() as connection:
            found = connection.execute(select(query).where(query.c.property_id == number)).mappings().one_or_none()
        return None if found is None else {name: plain(value) for name, value in found.items()}

    return lead


def plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def sale(day: int | None, bid: float | None = None, status: str | None = "Active Sale", **other: Any) -> dict[str, Any]:
    """A tax sale so many days after the day."""
    return {"sale_date": None if day is None else days(day), "opening_bid": bid, "deed_status": status, **other}


def filing(recorded: int | None, auction: int | None = None, **other: Any) -> dict[str, Any]:
    """A foreclosure recorded and auctioned so many days after the day."""
    dates = {"recording_date": recorded, "auction_date": auction}
    return {**{name: None if day is None else days(day) for name, day in dates.items()}, **other}


@pytest.mark.parametrize(
    ("sales", "nearest"),
    [
        ([sale(0)], 0), ([sale(-1)], None), ([sale(1)], 1),
        ([sale(9), sale(3), sale(5)], 3), ([sale(-1), sale(4)], 4),
        ([sale(2, status=None)], 2), ([sale(2, status="ACTIVE SALE")], 2), ([sale(2, status="Redeemed")], None),
        ([sale(2, is_active=False)], None), ([sale(2, source="former")], None),
        ([sale(2, is_active=False), sale(7), sale(1, source="former"), sale(1, status="Redeemed")], 7),
    ],
)  # fmt: skip
def test_the_sale_is_the_nearest_active_one_from_the_day_on(
    lead: Lead, sales: list[dict[str, Any]], nearest: int | None
) -> None:
    found = lead(tax_sales=sales)
    if nearest is None:
        assert found is None
    else:
        assert found is not None
        assert (found["tax_sale_date"], found["tax_sale_days"]) == (days(nearest), nearest)
        assert (found["signals"], found["signal_count"]) == (["tax_deed_sale"], 1)


def test_one_of_several_applications_on_lands_available_is_enough(lead: Lead) -> None:
    listed = lead(tax_sales=[sale(-400, status="LANDS AVAILABLE"), sale(-3), sale(5)])
    assert listed is not None
    assert (listed["on_lands_available"], listed["tax_sale_days"], listed["signal_count"]) == (True, 5, 1)
    sold = lead(tax_sales=[sale(5)])
    assert sold is not None
    assert sold["on_lands_available"] is False


@pytest.mark.parametrize(
    ("filings", "known"),
    [
        ([filing(-730)], (None, 730)), ([filing(-731)], None), ([filing(0)], (None, 0)), ([filing(1)], None),
        ([filing(-5, 0)], (days(0), None)), ([filing(-5, -1)], (None, 5)), ([filing(-800, -1)], None),
        ([filing(-800, 1)], (days(1), None)), ([filing(None, 1)], (days(1), None)), ([filing(None)], None),
        ([filing(-9), filing(-3), filing(-6)], (None, 3)),
        ([filing(-1), filing(-900, 30), filing(-800, 20), filing(-700, 40)], (days(20), None)),
        ([filing(-7), filing(-9, -2)], (None, 7)), ([filing(-9, -2), filing(-3, -5)], (None, 3)),
        ([filing(-3, is_active=False), filing(-4, source="former"), filing(-8)], (None, 8)),
    ],
)  # fmt: skip
def test_the_foreclosure_is_the_nearest_auction_else_the_newest_filing_of_730_days(
    lead: Lead, filings: list[dict[str, Any]], known: tuple[date | None, int | None] | None
) -> None:
    found = lead(foreclosures=filings)
    assert (found and (found["auction_date"], found["lis_pendens_days"])) == known
    if found is not None and known is not None and known[0] is not None:
        assert found["auction_days"] == (known[0] - DAY).days


def test_of_filings_with_an_auction_of_one_day_the_newest_dated_one_gives_the_amounts(lead: Lead) -> None:
    found = lead(
        foreclosures=[
            filing(-9, 5, default_amount=9), filing(None, 5, default_amount=1), filing(-3, 5, default_amount=3),
        ]
    )  # fmt: skip
    assert found is not None
    assert found["default_amount"] == 3


@pytest.mark.parametrize(
    ("notice", "sales", "debt"),
    [
        (filing(-5, opening_bid=80, default_amount=90), [sale(5, 70)], 80),
        (filing(-5, opening_bid=0, default_amount=90), [sale(5, 70)], 90),
        (filing(-5, opening_bid=None, default_amount=0), [sale(5, 70)], 70),
        (filing(-5, opening_bid=1, default_amount=90), [sale(5, 70)], 1),
        (filing(-5, opening_bid=0, default_amount=1), [sale(5, 70)], 1),
        (filing(-5), [sale(5, 0)], None),
        (filing(-5), [sale(5, 0.5)], 0.5),
        (filing(-5), [sale(6, 60), sale(5, 0), sale(-1, 10), sale(7, 50)], 60),
        (filing(-5), [sale(5, 20, status="Redeemed"), sale(6, 60)], 60),
        (filing(-5), [sale(0, 30), sale(6, 60)], 30),
        (filing(-5), [sale(None, 20), sale(6, 60)], 60),
    ],
)
def test_the_debt_is_the_opening_bid_else_the_default_else_the_bid_of_the_tax_sale(
    lead: Lead, notice: dict[str, Any], sales: list[dict[str, Any]], debt: float | None
) -> None:
    found = lead(foreclosures=[notice], tax_sales=sales)
    assert found is not None
    assert found["debt"] == debt


@pytest.mark.parametrize(
    ("own", "roll", "repairs"),
    [
        (None, {"living_area": 1000, "year_built": 1980}, 25_000),
        (None, {"living_area": 1000, "year_built": 1979}, 35_000),
        (None, {"living_area": 1000, "year_built": 0}, 25_000),
        (None, {"living_area": 1000, "year_built": 1}, 35_000),
        (None, {"living_area": 1000}, 25_000),
        (0, {"living_area": 1000, "year_built": 1980}, 25_000),
        (1, {"living_area": 1000, "year_built": 1980}, 40_000),
        (2, {"living_area": 1000, "year_built": 1979}, 50_000),
        (None, {"living_area": 600, "year_built": 1980}, 15_000),
        (None, {"living_area": 601, "year_built": 1980}, 15_025),
        (None, {"living_area": 599, "year_built": 1980}, 15_000),
        (None, {"year_built": 1979}, None),
    ],
)
def test_repairs_are_by_the_size_the_age_and_open_cases(
    lead: Lead, own: int | None, roll: dict[str, Any], repairs: float | None
) -> None:
    found = lead(own=own, tax_sales=[sale(5)], property_records=[roll])
    assert found is not None
    assert found["repairs"] == repairs


def test_the_deal_is_worked_out_to_the_cent(lead: Lead) -> None:
    roll = {"total_mkt": 100_001, "total_assd": 80_000, "taxes": 1_500, "living_area": 1001, "year_built": 1990}
    found = lead(tax_sales=[sale(5, 10_000.005)], property_records=[roll])
    assert found is not None
    # 100,001 / 0.85; 1,001 × 25; 0.70 × ARV − repairs − 15,000; rounded at the end
    assert [found[name] for name in ("arv", "repairs", "mao", "debt", "spread")] == [
        117_648.24, 25_025, 42_328.76, 10_000.01, 32_328.76,
    ]  # fmt: skip
    assert found["market_to_assessed"] == pytest.approx(1.2500125)
    assert found["tax_rate"] == pytest.approx(1_500 / 100_001)


@pytest.mark.parametrize("value", [0, None])
def test_a_value_of_nothing_is_not_known(lead: Lead, value: float | None) -> None:
    roll = {"total_mkt": value, "total_assd": value, "taxes": 100, "living_area": 1000}
    found = lead(tax_sales=[sale(5)], property_records=[roll])
    assert found is not None
    for name in ("total_mkt", "total_assd", "market_to_assessed", "tax_rate", "arv", "mao", "spread"):
        assert found[name] is None
    assert found["taxes"] == 100


def test_a_value_of_a_dollar_is_known(lead: Lead) -> None:
    found = lead(tax_sales=[sale(5)], property_records=[{"total_mkt": 1, "total_assd": 1}])
    assert found is not None
    assert (found["total_mkt"], found["total_assd"], found["market_to_assessed"]) == (1, 1, 1)


@pytest.mark.parametrize("record", [{"is_active": False}, {"source": "former"}])
def test_a_record_of_the_roll_that_is_gone_tells_nothing(lead: Lead, record: dict[str, Any]) -> None:
    found = lead(tax_sales=[sale(5)], property_records=[{"total_mkt": 100_000, **record}])
    assert found is not None
    assert found["total_mkt"] is None


@pytest.mark.parametrize(("own", "count"), [(None, 2), (0, 2), (1, 3), (2, 3)])
def test_signals_are_counted_once_for_each_kind(lead: Lead, own: int | None, count: int) -> None:
    found = lead(own=own, tax_sales=[sale(5), sale(-9, status="Lands Available")], foreclosures=[filing(-5, 5)])
    assert found is not None
    assert found["signal_count"] == count
    assert ("open_code_violation" in found["signals"]) is (count == 3)


def test_an_open_case_alone_makes_a_lead(lead: Lead) -> None:
    assert lead(own=0) is None
    found = lead(own=1)
    assert found is not None
    assert (found["signals"], found["has_location"]) == (["open_code_violation"], True)


def test_an_inactive_property_and_one_of_another_market_are_no_leads(engine: Engine, rows: Rows) -> None:
    other, numbers = Rows(engine, "other-county"), []
    for one, active in ((rows, False), (other, True)):
        parcel_id = rows.parcel()
        number = one.property(parcel_id, is_active=active, own_open_violations=3)
        one.record("tax_sales", parcel_id, number, **sale(5))
        one.record("foreclosures", parcel_id, number, **filing(-5))
        numbers.append(number)
    query = scores(V1, MARKET, DAY, SOURCES).subquery()
    with engine.connect() as connection:
        assert connection.execute(select(query).where(query.c.property_id.in_(numbers))).all() == []


#: features, and the points of the rules of v1 that fire for them and nothing else known
POINTS: list[tuple[dict[str, Any], dict[str, int]]] = [
    ({"tax_sale_date": DAY}, {"tax_deed_sale": 45}),
    ({"on_lands_available": True}, {"lands_available": 10}),
    ({"on_lands_available": True, "tax_sale_date": DAY}, {"tax_deed_sale": 45}),
    ({"on_lands_available": False}, {}),
    ({"auction_date": DAY}, {"foreclosure_auction": 45}),
    ({"lis_pendens_days": 0}, {"lis_pendens": 30}),
    ({"default_amount": 99_999.99}, {}),
    ({"default_amount": 100_000}, {"large_default": 5}),
    ({"own_open_violations": 0}, {}),
    *(
        ({"own_open_violations": number}, {"own_violations": points, "open_violation": 10})
        for number, points in ((1, 15), (2, 20), (3, 25), (4, 30), (5, 30))
    ),
    ({"signal_count": 1}, {}),
    ({"signal_count": 2}, {"stacked": 15}),
    ({"total_mkt": 0}, {}),
    ({"total_mkt": 0.01}, {"low_price": 20}),
    ({"total_mkt": 99_999.99}, {"low_price": 20}),
    ({"total_mkt": 100_000}, {"target_price": 30}),
    ({"total_mkt": 400_000}, {"target_price": 30}),
    ({"total_mkt": 400_000.01}, {}),
    ({"market_to_assessed": 1.1999}, {}),
    ({"market_to_assessed": 1.2}, {"assessment_gap": 10}),
    ({"market_to_assessed": 1.4999}, {"assessment_gap": 10}),
    ({"market_to_assessed": 1.5}, {"assessment_gap": 20}),
    ({"tax_rate": 0.014999}, {"light_taxes": 10}),
    ({"tax_rate": 0.015}, {}),
    ({"living_area": 999.99}, {}),
    ({"living_area": 1_000}, {"good_size": 15}),
    ({"spread": 14_999.99}, {}),
    ({"spread": 15_000}, {"spread": 25}),
    ({"has_location": False}, {}),
    ({"has_location": True}, {"baseline": 50}),
    *(
        ({"nearby_violations": number}, {"quiet": points} if points else {})
        for number, points in ((0, 30), (1, 20), (4, 20), (5, 10), (19, 10), (20, 0), (49, 0))
    ),
    ({"nearby_violations": 50}, {"blighted": -10}),
    ({"nearest_violation_miles": 0.2}, {}),
    ({"nearest_violation_miles": 0.2001}, {"nearest": 10}),
    ({"nearest_violation_miles": 0.05}, {}),
    ({"nearest_violation_miles": 0.0499}, {"nearest": -10}),
    *(
        ({feature: number}, {rule: points})
        for feature, rule in (("tax_sale_days", "sale_soon"), ("auction_days", "auction_soon"))
        for number, points in (
            (0, 60), (14, 60), (15, 50), (30, 50), (31, 40), (60, 40), (61, 25), (120, 25), (121, 10),
        )
    ),
]  # fmt: skip


def test_each_rule_of_v1_gives_its_points_up_to_its_edge_and_not_beyond(engine: Engine) -> None:
    with engine.connect() as connection:
        given = points_by(connection, V1, [known for known, _ in POINTS])
    for (known, points), found in zip(POINTS, given, strict=True):
        assert found == points, known


@pytest.mark.parametrize(
    ("points", "tier"), [(100, "A"), (70, "A"), (69, "B"), (55, "B"), (54, "C"), (40, "C"), (39, "D"), (0, "D")]
)
def test_a_tier_begins_at_its_total(lead: Lead, tmp_path: Path, points: int, tier: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'name = "mine"\n[weights]\ndistress = 1\nvalue = 0\nlocation = 0\nurgency = 0\n'
        + "[tiers]\nA = 70\nB = 55\nC = 40\n"
        + "[deal]\n"
        + "".join(f"{name} = {value}\n" for name, value in V1.deal.model_dump().items())
        + '[[rules]]\ncomponent = "distress"\nname = "it"\nwhen.signal_count = { at_least = 1 }\n'
        + f'points = {points}\nreason = "x"\n'
    )
    found = lead(tax_sales=[sale(5)], by=load_profile(path))
    assert found is not None
    assert (found["total_score"], found["tier"]) == (points, tier)


def test_v1_is_the_profile_that_was_agreed_upon() -> None:
    assert {name: float(weight) for name, weight in V1.weights.items()} == {
        "distress": 0.35, "value": 0.3, "location": 0.2, "urgency": 0.15,
    }  # fmt: skip
    assert [float(lowest) for lowest in (V1.tiers.A, V1.tiers.B, V1.tiers.C)] == [70, 55, 40]
