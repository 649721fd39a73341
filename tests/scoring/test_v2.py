"""Profile v2: each rule at its edges on both sides, the worked examples of its design, and what it excludes."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from tests.e2e import reading_of_v2
from tests.scoring.rows import points_by, rules_by, scores_by
from wholesaler.scoring.features import GROUPS
from wholesaler.scoring.profile import load_profile

V2 = load_profile("v2")
DAY = date(2026, 11, 26)

#: P of the examples: a person with mail from another state, twelve years, a house of 1,200 sq ft at the median, quiet
AWAY = {
    "owner_class": "person", "homestead": False, "mail_differs": "out_of_state", "owner_parcels": 1,
    "years_held": 12, "value_to_median": 1.0, "is_land": False, "living_area": 1_200, "nearby_violations": 0,
}  # fmt: skip
#: H: the same, who lives there
HOME = AWAY | {"homestead": True, "mail_differs": "same"}
SALE = {"tax_sale_date": DAY + timedelta(days=45), "tax_sale_days": 45}
CASE = {"own_open_violations": 1, "own_violation_days": 1, "oldest_open_violation_days": 100}
LAND = {"years_held": 25, "is_land": True, "living_area": None, "total_mkt": 30_000}
UNKNOWN: dict[str, Any] = {}

EXAMPLES: list[tuple[dict[str, Any], tuple[float, float, float, float], float, str]] = [
    (AWAY | SALE, (24, 23.75, 12, 10.5), 70.25, "A"),
    (AWAY | SALE | CASE, (40, 23.75, 12, 10.5), 86.25, "A"),
    (AWAY | SALE | {"tax_delinquency_count": 3, "tax_delinquency_years": 3}, (24, 23.75, 12, 10.5), 70.25, "A"),
    (HOME | SALE, (24, 18.75, 12, 10.5), 65.25, "A"),
    (HOME | {"lis_pendens_days": 10}, (20, 18.75, 12, 9.75), 60.5, "A"),
    (AWAY | {"own_violation_days": 2, "oldest_open_violation_days": 200}, (14, 23.75, 12, 0), 49.75, "C"),
    (AWAY | SALE | LAND, (12, 25, 0, 10.5), 47.5, "C"),
    (UNKNOWN | SALE, (24, 13.75, 6, 10.5), 54.25, "B"),
    (AWAY | CASE | {"lis_pendens_days": 10, "spread": -60_000}, (20, 23.75, 4, 9.75), 57.5, "B"),
]


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection


@pytest.mark.parametrize(("known", "products", "total", "tier"), EXAMPLES)
def test_the_worked_examples_come_out_to_the_cent(
    connection: Connection, known: dict[str, Any], products: tuple[float, ...], total: float, tier: str
) -> None:
    (found,) = scores_by(connection, V2, [known])
    assert (float(found["total_score"]), found["tier"], found["excluded"]) == (total, tier, None)
    weighted = [float(V2.weights[name] * Decimal(str(points))) for name, points in found["components"].items()]
    assert dict(zip(found["components"], weighted, strict=True)) == dict(zip(V2.weights, products, strict=True))
    assert reading_of_v2.score(known)[:2] == (Decimal(str(total)), tier)


#: the rules that speak where nothing is known
SILENT = {"occupancy_unknown": 20, "held_unknown": 5, "owner_unknown": 15, "price_unknown": 30}


def without(*names: str) -> dict[str, int]:
    """The points of what is unknown, but for some."""
    return {name: points for name, points in SILENT.items() if name not in names}


#: features, and the points of the rules that fire for them beside those for what is unknown
POINTS: list[tuple[dict[str, Any], dict[str, int | float]]] = [
    ({}, SILENT),
    ({"tax_sale_date": DAY}, {"tax_deed_sale": 60, "losing_home": 35, "occupancy_unknown": 0}),
    ({"on_lands_available": True}, {"lands_available": 10}),
    ({"on_lands_available": False}, {}),
    ({"auction_date": DAY}, {"foreclosure_auction": 60, "losing_home": 35, "occupancy_unknown": 0}),
    *(
        (
            {"lis_pendens_days": days},
            {"lis_pendens": points, "losing_home": 35, "occupancy_unknown": 0} | ({"new_suit": soon} if soon else {}),
        )
        for days, points, soon in (
            (0, 50, 65), (30, 50, 65), (31, 50, 30), (90, 50, 30), (91, 50, 0), (365, 50, 0), (366, 25, 0),
        )
    ),
    *(
        ({f"{signal}_count": 1, f"{signal}_years": years}, {signal: points})
        for signal in ("tax_delinquency", "tax_lien")
        for years, points in ((1, 30), (2, 40), (3, 50), (4, 50))
    ),
    *(
        ({f"{signal}_count": 1, f"{signal}_days": days}, {signal: points})
        for signal, whole in (
            ("demolition", 50), ("unsafe_building", 40), ("vacancy", 30), ("utility_shutoff", 20), ("probate", 40),
            ("eviction", 20), ("bankruptcy", 16),
        )
        for days, points in ((0, whole), (730, whole), (731, whole // 2), (None, whole))
    ),
    ({"lien_count": 1, "lien_days": 900}, {"lien": 16}),
    ({"lien_count": 0}, {}),
    *(
        ({"own_violation_days": days}, {"own_violations": points})
        for days, points in ((1, 20), (2, 25), (3, 30), (4, 30))
    ),
    ({"own_violation_days": 0}, {}),
    *(
        ({"own_violation_days": days, "oldest_open_violation_days": oldest}, {"own_violations": points})
        for days, oldest, points in ((1, 180, 20), (1, 181, 30), (3, 181, 40), (9, 500, 40))
    ),
    *(
        ({"oldest_open_violation_days": oldest}, {"new_case": 15} if oldest <= 60 else {})
        for oldest in (0, 60, 61)
    ),
    ({"spread": 14_999.99}, {}),
    ({"spread": 15_000}, {"spread": 40}),
    ({"spread": 0}, {}),
    ({"spread": -0.01}, {"spread": -40, "debt_beyond_offer": -40}),
    ({"is_land": True}, {"land": -30, "price_unknown": None}),
    ({"is_land": True, "value_to_median": 1, "living_area": 900, "spread": 20_000, "nearby_violations": 0},
     {"land": -30, "price_unknown": None}),
    ({"is_land": False}, {}),
    *(
        ({"mail_differs": mail, **home}, {"occupancy_unknown": None} | ({mail: points} if points else {}))
        for mail, most in (("out_of_state", 55), ("in_state", 45), ("in_county", 35), ("same", 0))
        for home, points in (({}, most), ({"homestead": True}, 0))
    ),
    ({"mail_differs": "in_county", "homestead": False},
     {"in_county": 35, "no_homestead": 0, "occupancy_unknown": None}),
    ({"mail_differs": "same", "homestead": False}, {"no_homestead": 25, "occupancy_unknown": None}),
    ({"homestead": False}, {"no_homestead": 25, "occupancy_unknown": None}),
    ({"homestead": True}, {"occupancy_unknown": None}),
    *(
        ({"years_held": years}, {"held_unknown": None} | ({"held": points} if points else {}))
        for years, points in ((0, -40), (1, -10), (2, -10), (3, 0), (9, 0), (10, 15), (19, 15), (20, 25), (90, 25))
    ),
    *(
        ({"owner_class": name}, {"owner_unknown": None} | ({name: points} if points else {}))
        for name, points in (("person", 25), ("estate", 40), ("trust", 15), ("company", 0), ("bank", 0))
    ),
    *(
        ({"owner_parcels": parcels}, {"portfolio": points} if points else {})
        for parcels, points in ((1, 0), (2, 10), (20, 10), (21, -30))
    ),
    *(
        ({"value_to_median": ratio}, {"price_unknown": None} | ({"price": points} if points else {}))
        for ratio, points in ((0.3999, 25), (0.4, 40), (1.5, 40), (1.5001, 10), (3, 10), (3.0001, 0))
    ),
    ({"living_area": 799.99}, {}),
    ({"living_area": 800}, {"good_size": 10}),
    *(
        ({"nearby_violations": number}, {"neighbourhood": points} if points else {})
        for number, points in ((0, 10), (4, 10), (5, 0), (49, 0), (50, -10))
    ),
    *(
        ({feature: days}, {rule: points})
        for feature, rule in (("tax_sale_days", "sale_soon"), ("auction_days", "auction_soon"))
        for days, points in ((0, 45), (14, 45), (15, 70), (90, 70), (91, 45), (180, 45), (181, 15))
    ),
    # of a group the highest, halved before it is told which
    ({"tax_lien_count": 1, "tax_lien_years": 1, "tax_delinquency_count": 1, "tax_delinquency_years": 2},
     {"tax_delinquency": 40, "tax_lien": 0}),
    ({"demolition_count": 1, "demolition_days": 731, "unsafe_building_count": 1, "unsafe_building_days": 730},
     {"demolition": 0, "unsafe_building": 40}),
    ({"vacancy_count": 1, "vacancy_days": 731, "utility_shutoff_count": 1}, {"vacancy": 0, "utility_shutoff": 20}),
    ({"tax_sale_days": 100, "auction_days": 30}, {"sale_soon": 0, "auction_soon": 70}),
    ({"tax_sale_days": 5, "lis_pendens_days": 10}, {
        "sale_soon": 0, "new_suit": 65, "lis_pendens": 50, "losing_home": 35, "occupancy_unknown": 0}),
    # signals that are independent
    ({"lien_count": 1, "eviction_count": 1}, {"lien": 16, "eviction": 20, "stacked": 20}),
    ({"lien_count": 1, "eviction_count": 1, "probate_count": 1},
     {"lien": 16, "eviction": 20, "probate": 40, "stacked": 30}),
    ({"lien_count": 1, "eviction_count": 1, "probate_count": 1, "bankruptcy_count": 1},
     {"lien": 16, "eviction": 20, "probate": 40, "bankruptcy": 16, "stacked": 30}),
]  # fmt: skip


def test_each_rule_gives_its_points_up_to_its_edge_and_not_beyond(connection: Connection) -> None:
    given = points_by(connection, V2, [known for known, _ in POINTS])
    for (known, points), found in zip(POINTS, given, strict=True):
        assert found == {name: given for name, given in (SILENT | points).items() if given is not None}, known


def test_the_plain_reading_of_v2_gives_the_same_at_every_edge(connection: Connection) -> None:
    given = [known for known, _ in POINTS]
    for known, found in zip(given, scores_by(connection, V2, given), strict=True):
        assert (found["total_score"], found["tier"], found["components"]) == reading_of_v2.score(known), known


@pytest.mark.parametrize(
    ("known", "excluded"),
    [
        *(({"owner_class": name}, name) for name in ("government", "bank", "association")),
        *(({"owner_class": name}, None) for name in ("person", "estate", "trust", "company")),
        ({}, None),
        ({"is_land": True, "total_mkt": 4_999.99}, "worthless"),
        ({"is_land": True, "total_mkt": 5_000}, None),
        ({"is_land": True}, None),
        ({"is_land": False, "total_mkt": 4_000}, None),
        ({"total_mkt": 4_000}, None),
        ({"is_land": True, "total_mkt": 4_000, "owner_class": "bank"}, "bank"),
    ],
)
def test_who_never_sells_and_what_is_worth_nothing_is_in_no_tier(
    connection: Connection, known: dict[str, Any], excluded: str | None
) -> None:
    (found,) = scores_by(connection, V2, [SALE | known])
    assert (found["excluded"], found["tier"] is None) == (excluded, excluded is not None)
    assert found["total_score"] > 0


def test_every_rule_says_why_in_words_whatever_is_unknown(connection: Connection) -> None:
    for rules in rules_by(connection, V2, [known for known, _ in POINTS]):
        for rule in rules:
            words = rule["reason"].rpartition(": ")[0]
            assert words.strip(), rule
            assert "  " not in words, rule
            assert not words.endswith((" ", ",", "(")), rule
    old = {"vacancy_count": 1, "vacancy_days": 731, "tax_sale_date": DAY}
    lien = {"tax_lien_count": 1, "tax_lien_years": 2, "tax_lien_amount": 1234.5}
    given = rules_by(connection, V2, [{"vacancy_count": 1, "lien_count": 2}, old | lien])
    unknown, known = ({rule["name"]: rule["reason"] for rule in rules} for rules in given)
    assert unknown["vacancy"] == "Vacant, listed on an unknown day: +30 distress"
    assert unknown["lien"] == "Liens on the parcel: 2, amount unknown: +16 distress"
    assert unknown["owner_unknown"] == "Unknown whether a person or a company owns it: +15 owner"
    assert known["vacancy"] == "Vacant, listed 731 days ago (half after 730 days): +15 distress"
    assert known["tax_lien"] == "Tax lien for 2 years, $1,235: covered, distress"
    given = [{"years_held": years, "held_since": DAY, "own_violation_days": years} for years in (0, 1, 20)]
    bought = [{rule["name"]: rule["reason"] for rule in rules} for rules in rules_by(connection, V2, given)]
    assert [reasons.get("held") for reasons in bought] == [
        "Bought on 26 Nov 2026, less than a year ago: -40 owner",
        "Bought on 26 Nov 2026, 1 year ago: -10 owner",
        "Bought on 26 Nov 2026, 20 years ago: +25 owner",
    ]
    assert [reasons.get("own_violations", "").split(":")[0] for reasons in bought] == [
        "",
        "Open code violations on the parcel, begun on 1 day, the first undated",
        "Open code violations on the parcel, begun on 20 days, the first undated",
    ]
    assert known["tax_deed_sale"] == "Tax deed sale on 26 Nov 2026: +60 distress"


def test_every_rule_of_v2_is_one_of_the_design() -> None:
    told = {name for _, points in POINTS for name in SILENT | points}
    assert {rule.name for rule in V2.rules} == told
    assert {name: float(weight) for name, weight in V2.weights.items()} == {
        "distress": 0.4, "owner": 0.25, "value": 0.2, "urgency": 0.15,
    }  # fmt: skip
    assert V2.tiers.model_dump() == {"A": 60, "B": 50, "C": 40}
    assert V2.readings == 2
    assert [rule.name for rule in V2.rules if GROUPS in rule.features] == ["stacked"]
    assert V2.deal == load_profile("v1").deal
