"""A day older than the list is history and no news: the list, what is new and what is announced stay as they are."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from tests.stages.county import AS_OF, CLI, County, Database, parcel, run, stages
from wholesaler.leads.reading import later_list
from wholesaler.markets import load_market

#: all that a run for an older day must leave alone
LISTED = ("lead_scores", "score_profiles", "alert_deliveries")
BEFORE, AFTER = AS_OF - timedelta(days=1), AS_OF + timedelta(days=1)
SALE = AS_OF + timedelta(days=50)


@pytest.fixture
def database(engine: Engine) -> Database:
    return Database(engine)


@pytest.fixture
def county(tmp_path: Path) -> County:
    """A parcel in tier A."""
    county = County(tmp_path)
    add(county, 1)
    return county


def add(county: County, number: int) -> None:
    """A parcel that is in tier A for all its signals."""
    county.sale(parcel(number), SALE).foreclosure(parcel(number)).violation(parcel(number))
    county.roll(parcel(number), f"{number} ELM ST", total_mkt=250_000.0, total_assd=150_000.0, living_area=1500.0)


def a_day(cli: CLI, county: County, as_of: date) -> dict[str, dict[str, Any]]:
    ran = stages(cli, county.write(), "ingest", "enrich", "dedupe", "score", "alert", as_of=as_of)
    return {name: ran[name]["stats"] | {"warnings": ran[name]["warnings"]} for name in ("score", "alert")}


def history(database: Database) -> list[tuple[object, ...]]:
    query = (
        "SELECT parcel_id, snapshot_date, tier, backfilled FROM lead_score_history JOIN properties"
        " ON properties.id = property_id ORDER BY 2, 1"
    )
    return [tuple(row.values()) for row in database.rows(query)]


def new(cli: CLI, county: County) -> list[str]:
    return [lead["parcel_id"] for lead in run(cli, county.write(), "leads", "list", "--new", as_of=AFTER)["leads"]]


def test_a_day_older_than_the_list_is_history_only(cli: CLI, county: County, database: Database, home: Path) -> None:
    a_day(cli, county, AS_OF)
    listed, reports = database.versions(*LISTED), list((home / "reports").iterdir())
    add(county, 2)
    ran = a_day(cli, county, BEFORE)
    score, alert = ran["score"], ran["alert"]
    assert (score["current"], score["new_tier_a"], score["changed"]) == (False, 0, 0)
    assert (score["total_leads"], score["snapshots_created"], sum(score["tier_counts"].values())) == (2, 2, 2)
    assert score["warnings"][-1] == (
        "30 Nov 2025 is older than the list of 1 Dec 2025, which stays: it is history only, and nothing is announced. "
        "`wholesaler score --as-of 2025-11-30 --current` makes it the list."
    )
    assert "30 Nov 2025 is older than the list of 1 Dec 2025: nothing is sent." in alert["warnings"][-1]
    assert database.versions(*LISTED) == listed
    assert list((home / "reports").iterdir()) == reports
    assert history(database) == [
        (parcel(1), BEFORE, "A", True),
        (parcel(2), BEFORE, "A", True),
        (parcel(1), AS_OF, "A", False),
    ]
    assert run(cli, county.write(), "leads", "list")["total"] == 1
    page = cli("history", parcel(2), "--market", county.write()).out
    assert "backfilled" in page


def test_what_was_in_tier_a_on_a_day_that_never_was_the_list_is_new_when_it_is_listed(
    cli: CLI, county: County, database: Database
) -> None:
    a_day(cli, county, AS_OF)
    add(county, 2)
    a_day(cli, county, BEFORE)
    a_day(cli, county, AFTER)
    assert new(cli, county) == [parcel(2)]
    told = database.rows("SELECT payload ->> 'parcel_id' AS parcel, as_of FROM alert_deliveries ORDER BY 2")
    assert [tuple(row.values()) for row in told] == [(parcel(1), AS_OF), (parcel(2), AFTER)]


def test_the_day_before_of_a_profile_is_the_list_before(cli: CLI, county: County, database: Database) -> None:
    market = county.write()
    stages(cli, market, "ingest", "enrich", "dedupe", "score", as_of=AS_OF)
    run(cli, market, "score", "--profile", "v1", as_of=BEFORE)
    assert run(cli, market, "score", as_of=AFTER)["stats"]["profile_before"] is None
    assert database.column("SELECT DISTINCT name FROM score_profiles") == ["v2"]


def test_what_a_day_left_as_the_list_stays_its_history(cli: CLI, county: County, database: Database) -> None:
    for as_of in (BEFORE, AS_OF):
        a_day(cli, county, as_of)
    before = database.versions(*LISTED, "lead_score_history")
    add(county, 2)
    score = a_day(cli, county, BEFORE)["score"]
    assert (score["total_leads"], score["snapshots_created"]) == (2, 0)
    assert "its history stays as it was told then" in score["warnings"][-1]
    assert database.versions(*LISTED, "lead_score_history") == before


def test_an_older_day_is_made_the_list_where_it_is_asked_for(cli: CLI, county: County, database: Database) -> None:
    market = county.write()
    stages(cli, market, "ingest", "enrich", "dedupe", "score", as_of=AS_OF)
    run(cli, market, "score", as_of=BEFORE)
    stats = run(cli, market, "score", "--current", as_of=BEFORE)["stats"]
    assert (stats["current"], stats["total_leads"]) == (True, 1)
    assert {row[3] for row in history(database)} == {False}
    assert run(cli, market, "leads", "list", as_of=BEFORE)["total"] == 1
    # the day after is newer than the list now
    assert run(cli, market, "score", as_of=AS_OF)["stats"]["current"]


def test_a_list_without_leads_is_a_list(cli: CLI, county: County, database: Database) -> None:
    others = {name: [] for name in county.records}
    records, county.records = county.records, others
    stages(cli, county.write(), "ingest", "enrich", "score", as_of=AS_OF)
    county.records = records
    stages(cli, county.write(), "ingest", as_of=BEFORE)
    assert not run(cli, county.write(), "score", as_of=BEFORE)["stats"]["current"]
    assert database.rows("SELECT * FROM lead_scores") == []
    assert (
        f"No property of Orange County, Florida (orange-fl) was a lead on {AS_OF}"
        in cli("leads", "list", "--market", county.write()).out
    )


def test_a_list_of_a_day_that_has_not_come_keeps_no_night_from_its_own(
    cli: CLI, county: County, engine: Engine
) -> None:
    market = load_market("orange-fl")
    today = datetime.now(UTC).astimezone(ZoneInfo(market.time_zone)).date()
    path = county.write()
    stages(cli, path, "ingest", "enrich")
    run(cli, path, "score", as_of=today + timedelta(days=2))
    with engine.connect() as connection:
        days = {days: later_list(connection, market, today + timedelta(days=days)) for days in (-2, -1, 0, 1, 2)}
    listed = today + timedelta(days=2)
    assert days == {-2: listed, -1: None, 0: None, 1: listed, 2: None}
