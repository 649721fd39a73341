"""What people read of leads: which ones, in which order, and nothing of another market."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Connection, Engine, text

from tests.stages.check.rows import AS_OF, DOWNTOWN, MARKET, Rows
from wholesaler.db.models import Parcel
from wholesaler.errors import UsageError, WholesalerError
from wholesaler.leads import listing, reading
from wholesaler.leads.filters import Filters
from wholesaler.markets import load_market
from wholesaler.scoring.features import PUBLISHED
from wholesaler.scoring.profile import load_profile
from wholesaler.scoring.stored import keep_profile

DAY = date.fromisoformat(AS_OF)


@pytest.fixture
def rows(engine: Engine) -> Rows:
    """Rows of the market, beside another one with a lead of its own."""
    other = Rows(engine, "other-county")
    other.lead(other.property("292228000000555"), tier="A", is_new=True, as_of="2025-11-25")
    other.record("tax_sales", "292228000000555", None)
    other.run("score", as_of="2025-11-26")
    reject(other, "tax_sales", "theirs")
    return Rows(engine)


@pytest.fixture
def connection(engine: Engine, rows: Rows) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection


def reject(rows: Rows, source: str, reason: str, is_active: bool = True) -> None:
    raw: dict[str, str] = {}
    rows.insert("rejected_records", source=source, content_hash=uuid4(), reason=reason, raw=raw, is_active=is_active)


def test_leads_are_listed_best_first_by_tier_and_by_news(connection: Connection, rows: Rows) -> None:
    numbers = [rows.parcel() for _ in range(4)]
    scores = [(60, "B", True), (90, "A", False), (60, "B", False), (30, "D", True)]
    for number, (score, tier, is_new) in zip(numbers, scores, strict=True):
        rows.lead(rows.property(number), total_score=score, tier=tier, is_new=is_new)

    def listed(*tiers: str, only_new: bool = False, limit: int = 9) -> tuple[list[int], int]:
        found = listing.leads(connection, load_market(MARKET), Filters(tiers=tiers, only_new=only_new), limit)
        return [numbers.index(lead["parcel_id"]) for lead in found["leads"]], found["total"]

    assert listed() == ([1, 0, 2, 3], 4)
    assert listed(limit=2) == ([1, 0], 4)
    assert listed("B") == ([0, 2], 2)
    assert listed("A", "D") == ([1, 3], 2)
    assert listed(only_new=True) == ([0, 3], 2)
    assert listed("B", only_new=True) == ([0], 1)
    assert listed("C") == ([], 0)


def test_the_day_is_that_of_the_scores_else_of_the_last_good_run(connection: Connection, rows: Rows) -> None:
    assert reading.tiers(connection, MARKET)["as_of"] is None
    rows.run("score", status="failure", as_of="2025-11-19", started_at="2025-11-23 02:00+00")
    rows.run("check", as_of="2025-11-18", started_at="2025-11-23 02:00+00")
    assert reading.tiers(connection, MARKET)["as_of"] is None
    rows.run("score", as_of="2025-11-16", started_at="2025-11-21 02:00+00")
    rows.run("score", status="partial", as_of="2025-11-15", started_at="2025-11-22 02:00+00")
    rows.run("score", as_of="2025-11-17", started_at="2025-11-20 02:00+00")
    # a day that was made anew never was the list
    rows.run("score", as_of="2025-11-13", started_at="2025-11-24 02:00+00", stats={"current": "false"})
    assert reading.tiers(connection, MARKET)["as_of"] == date(2025, 11, 15)
    rows.run("score", as_of="2025-11-12", started_at="2025-11-24 01:00+00", stats={"current": "true"})
    rows.run("score", as_of="2025-11-14", started_at="2025-11-24 01:00+00")
    assert reading.tiers(connection, MARKET)["as_of"] == date(2025, 11, 14)
    rows.lead(rows.property())
    assert reading.tiers(connection, MARKET)["as_of"] == DAY
    reading.expect_scores_of(connection, MARKET, DAY)
    reading.expect_scores_of(connection, MARKET, None)
    with pytest.raises(UsageError):
        reading.expect_scores_of(connection, MARKET, date(2025, 11, 19))


def test_the_tiers_of_any_day_that_was_scored_are_counted(connection: Connection, rows: Rows) -> None:
    for tier in "AABD":
        number = rows.property()
        rows.lead(number, snapshot=False, tier=tier)
        rows.execute(
            "CREATE TABLE IF NOT EXISTS lead_score_history_2025_11 PARTITION OF lead_score_history"
            " FOR VALUES FROM ('2025-11-01') TO ('2025-12-01')"
        )
        parts = {"total_score": 60, "components": {"distress": 60}}
        for day, kept in ((AS_OF, tier), ("2025-11-19", "C"), ("2025-11-17", None)):
            rows.insert(
                "lead_score_history", property_id=number, snapshot_date=day, tier=kept, profile="v1", **parts
            )  # fmt: skip
    assert reading.tiers(connection, MARKET) == {
        "as_of": DAY,
        "tier_counts": {"A": 2, "B": 1, "C": 0, "D": 1},
        "tier_percentages": {"A": 50.0, "B": 25.0, "C": 0.0, "D": 25.0},
        "total_leads": 4,
        "workable_leads": 4,
    }
    assert reading.tiers(connection, MARKET, DAY)["total_leads"] == 4
    earlier = reading.tiers(connection, MARKET, date(2025, 11, 19))
    assert (earlier["tier_counts"], earlier["workable_leads"]) == ({"A": 0, "B": 0, "C": 4, "D": 0}, None)
    # of the 17th there are only leads that the profile excludes
    for day in (17, 18):
        with pytest.raises(UsageError):
            reading.tiers(connection, MARKET, date(2025, 11, day))


def test_one_lead_has_its_own_records_merges_and_history(connection: Connection, rows: Rows) -> None:
    market = load_market(MARKET)
    winner, losers = rows.parcel(), [rows.parcel(), rows.parcel()]
    number = rows.property(winner)
    for loser in reversed(losers):
        rows.property(loser, is_active=False, merged_into=number, merge_evidence={"parcel_id": loser})
    other = rows.property()
    rows.property(is_active=False, merged_into=other, merge_evidence={"parcel_id": "x"})
    rows.lead(number)
    rows.lead(other)
    for key, active in (("b", True), ("a", True), ("0", False)):
        rows.record("tax_sales", winner, number, record_key=key, is_active=active)
    rows.record("tax_sales", winner, other)
    parts = {"total_score": 60, "components": {"distress": 60}}
    for day in ("2025-11-18", "2025-11-19"):
        rows.insert("lead_score_history", property_id=number, snapshot_date=day, tier="C", profile="v1", **parts)
    for written in (winner, *losers):
        found = reading.lead(connection, market, written)
        assert (found["parcel_id"], found["tier"], found["is_active"]) == (winner, "B", True)
        assert [one["parcel_id"] for one in found["merged"]] == losers
        assert [one["record_key"] for one in found["records"]["tax_sales"]] == ["a", "b", "0"]
        assert [(one["snapshot_date"].day, one["tier"]) for one in found["history"]] == [
            (20, "B"),
            (19, "C"),
            (18, "C"),
        ]
        assert (found["location"]["longitude"], found["location"]["latitude"]) == DOWNTOWN


def test_a_lead_has_the_links_that_ask_for_what_is_known_of_it(connection: Connection, rows: Rows) -> None:
    market = load_market(MARKET)
    number, nowhere = rows.parcel(), rows.parcel()
    rows.property(number)
    rows.property(nowhere, location=None)
    links = reading.lead(connection, market, number)["links"]
    assert set(links) == set(market.links)
    assert f"{DOWNTOWN[1]:.6f}" in links["map"]
    assert set(reading.lead(connection, market, nowhere)["links"]) == set(market.links) - {"map", "street_view"}


def test_a_property_that_is_no_lead_has_no_score(connection: Connection, rows: Rows) -> None:
    number = rows.parcel()
    rows.property(number, is_active=False)
    rows.lead(rows.property())
    found = reading.lead(connection, load_market(MARKET), number)
    assert (found["parcel_id"], found["is_active"], found["rules"], found["deal"]) == (number, False, None, None)
    assert (found["total_score"], found["assumptions"], found["features"], found["merged"]) == (None, None, None, [])


@pytest.mark.parametrize("name", ["v1", "v2"])
def test_a_lead_shows_the_facts_that_its_profile_knows(engine: Engine, rows: Rows, name: str) -> None:
    number = rows.parcel()
    rows.lead(rows.property(number))
    with engine.begin() as connection:
        keep_profile(connection, MARKET, load_profile(name), DAY)
        features = reading.lead(connection, load_market(MARKET), number)["features"]
    assert set(PUBLISHED) <= set(features)
    assert ("owner_class" in features) == (name == "v2")


def test_a_parcel_that_only_the_roll_has_is_shown_as_no_lead(connection: Connection, rows: Rows) -> None:
    market = load_market(MARKET)
    number, hidden = rows.parcel(), rows.parcel()
    rows.record("property_records", number, None, address="14 ELM ST", owner_name="MILLER RUTH", location=DOWNTOWN)
    rows.record("property_records", hidden, None, confidential=True)
    rows.lead(rows.property())
    shape = reading.lead(connection, market, connection.scalars(text("SELECT parcel_id FROM properties")).all()[-1])
    found = reading.lead(connection, market, number)
    assert found.keys() == shape.keys()
    assert (found["parcel_id"], found["address"], found["is_active"]) == (number, "14 ELM ST", False)
    assert (found["parcel"]["owner_name"], found["parcel"]["sources"]) == ("MILLER RUTH", ["property_records"])
    assert (found["total_score"], found["tier"], found["rules"], found["history"]) == (None, None, None, [])
    assert (found["location"]["longitude"], found["location"]["latitude"]) == DOWNTOWN
    with pytest.raises(WholesalerError, match=r"calls the parcel .* confidential: nothing of it is shown"):
        reading.lead(connection, market, hidden)
    with pytest.raises(WholesalerError, match=r"has the parcel number 2922\d+, and no parcel of the roll"):
        reading.lead(connection, market, rows.parcel())


def test_all_that_is_known_of_a_parcel_is_shown_but_what_is_for_the_program_alone() -> None:
    own = {"market", "parcel_id", "location", "owner_key", "updated_at"}
    assert list(reading.PARCEL) == [each.name for each in Parcel.__table__.columns if each.name not in own]


def test_rejects_are_those_of_now_in_the_order_of_their_sources(connection: Connection, rows: Rows) -> None:
    for source, reason, active in (("b", "y", True), ("b", "x", True), ("a", "z", True), ("a", "a", False)):
        reject(rows, source, reason, active)
    found = reading.rejects(connection, load_market(MARKET), 9)
    assert [(one["source"], one["reason"]) for one in found["rejects"]] == [("a", "z"), ("b", "x"), ("b", "y")]
    assert found["total"] == 3
    found = reading.rejects(connection, load_market(MARKET), 1)
    assert (len(found["rejects"]), found["total"]) == (1, 3)


def test_all_markets_that_were_run_have_their_leads(connection: Connection, rows: Rows) -> None:
    rows.run("score")
    rows.run("ingest")
    rows.lead(rows.property(), tier="A")
    rows.lead(rows.property(), tier="D")
    rows.lead(rows.property(), tier=None)
    assert list(reading.markets(connection).items()) == [(MARKET, 2), ("other-county", 1)]


def test_what_is_confidential_by_its_property_alone_is_not_shown(
    connection: Connection, engine: Engine, rows: Rows
) -> None:
    market = load_market(MARKET)
    survivor = rows.property()
    merged = rows.parcel()
    rows.property(merged, merged_into=survivor, is_active=False)
    rows.describe(merged, confidential=True)
    shown, listed = rows.parcel(), rows.parcel()
    rows.property(shown)
    rows.describe(listed, address="1 ELM ST")
    Rows(engine, "other-county").describe(shown, confidential=True)
    for number in (shown, listed):
        assert reading.lead(connection, market, number)["parcel_id"] == number
    with pytest.raises(WholesalerError, match="confidential"):
        reading.lead(connection, market, merged)


def test_a_list_of_a_later_day_makes_a_day_history_but_for_one_that_has_not_come(
    connection: Connection, rows: Rows
) -> None:
    market = load_market(MARKET)
    today = datetime.now(market.zone).date()
    assert reading.later_list(connection, market, today) is None
    rows.lead(rows.property(), snapshot=False)
    # both by how many days they are from today
    for listed, day, is_later in (
        (0, 0, False), (0, -1, True), (-1, -2, True), (-1, 0, False), (1, 0, False), (1, -1, False), (1, -2, True),
        (2, 1, True),
    ):  # fmt: skip
        newest = today + timedelta(days=listed)
        rows.execute("UPDATE lead_scores SET as_of = :newest WHERE market = :market", newest=newest)
        later = reading.later_list(connection, market, today + timedelta(days=day))
        assert later == (newest if is_later else None), (listed, day)
