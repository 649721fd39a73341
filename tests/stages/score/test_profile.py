"""Another profile than yesterday's: one digest says so, nothing is new on that day, and the day after is as ever."""

from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.stages.check.rows import Rows
from tests.stages.county import AS_OF, CLI, DOWNTOWN, County, Database, parcel, run, stages

DAYS = [AS_OF + timedelta(days=days) for days in range(4)]


@pytest.fixture
def database(engine: Engine) -> Database:
    return Database(engine)


@pytest.fixture
def county(tmp_path: Path) -> County:
    """A parcel that is in tier A by both profiles, and one by v2 alone."""
    county = County(tmp_path)
    for number in (1, 2):
        county.sale(parcel(number), AS_OF + timedelta(days=40)).roll(
            parcel(number), f"{number} ELM ST", total_mkt=250_000.0, total_assd=150_000.0, taxes=2_500.0,
            living_area=1_500.0, year_built=1990,
        )  # fmt: skip
    county.foreclosure(parcel(1), "1 ELM ST", DOWNTOWN, auction=AS_OF + timedelta(days=30))
    # the sources stay fresh
    county.foreclosure(None, "9 OAK ST", DOWNTOWN, recorded=AS_OF)
    return county.violation(None, opened=AS_OF)


def owners(rows: Rows, *numbers: int) -> None:
    """People who get their mail in another state."""
    for number in numbers:
        rows.describe(
            parcel(number), owner_class="person", mail_differs="out_of_state", homestead=False,
            held_since=date(2010, 1, 1), value_to_median=1, is_land=False,
        )  # fmt: skip


def score(cli: CLI, market: Path, day: date, *options: object) -> dict[str, object]:
    """Score a day and send what is to be sent; the stage's stats."""
    stats: dict[str, object] = run(cli, market, "score", *options, as_of=day)["stats"]
    run(cli, market, "alert", as_of=day)
    return stats


def new(cli: CLI, market: Path, day: date) -> dict[str, tuple[str, bool]]:
    """Tier and novelty of each lead."""
    leads = run(cli, market, "leads", "list", as_of=day)["leads"]
    return {lead["parcel_id"]: (lead["tier"], lead["is_new"]) for lead in leads}


def digests(database: Database) -> list[tuple[object, ...]]:
    query = (
        "SELECT channel, subject, as_of, status, payload ->> 'profile_before' AS before FROM alert_deliveries"
        " WHERE kind = 'profile_change' ORDER BY as_of, subject"
    )
    return [tuple(row.values()) for row in database.rows(query)]


def announced(database: Database) -> list[tuple[object, ...]]:
    query = "SELECT payload ->> 'parcel_id', as_of FROM alert_deliveries WHERE kind = 'new_lead' ORDER BY as_of, 1"
    return [tuple(row.values()) for row in database.rows(query)]


def test_the_first_day_of_v2_is_one_digest_and_what_is_in_a_counts_as_told(
    cli: CLI, county: County, database: Database, engine: Engine, home: Path
) -> None:
    market = county.write()
    key = stages(cli, market, "ingest", "enrich", "dedupe")["ingest"]["market"]
    owners(Rows(engine, key), 1, 2)
    stats = score(cli, market, DAYS[0], "--profile", "v1")
    assert (stats["profile"], stats["profile_before"], stats["new_tier_a"]) == ("v1", None, 1)
    assert new(cli, market, DAYS[0]) == {parcel(1): ("A", True), parcel(2): ("B", False)}
    history = database.rows("SELECT * FROM lead_score_history ORDER BY property_id")

    for _ in range(2):  # a day scored again is the same first day
        stats = score(cli, market, DAYS[1])
        assert (stats["profile"], stats["profile_before"], stats["new_tier_a"]) == ("v2", "v1", 0)
        assert new(cli, market, DAYS[1]) == {parcel(1): ("A", False), parcel(2): ("A", False)}
    assert digests(database) == [("report", "v2", DAYS[1], "sent", "v1")]
    (page,) = (home / "reports").glob(f"*{DAYS[1]}-profile-change.html")
    text = page.read_text("utf-8")
    assert "are scored by profile v2 now (2 Dec 2025)" in text
    assert "By tier today: A 2, B 0, C 0, D 0. On 1 Dec 2025: A 1, B 1, C 0, D 0." in text

    county.sale(parcel(3), AS_OF + timedelta(days=40)).roll(parcel(3), "3 ELM ST", total_mkt=250_000.0)
    stages(cli, county.write(), "ingest", as_of=DAYS[2])
    owners(Rows(engine, key), 3)
    stats = score(cli, market, DAYS[2])
    assert (stats["profile_before"], stats["new_tier_a"]) == (None, 1)
    assert [number for number, (_, is_new) in new(cli, market, DAYS[2]).items() if is_new] == [parcel(3)]
    assert len(digests(database)) == 1
    assert announced(database) == [(parcel(1), DAYS[0]), (parcel(3), DAYS[2])]
    kept = database.rows(
        "SELECT * FROM lead_score_history WHERE snapshot_date = :day ORDER BY property_id", day=DAYS[0]
    )
    assert kept == history


def test_a_change_that_was_taken_back_before_it_was_told_is_not_told(
    cli: CLI, county: County, database: Database
) -> None:
    market = county.write()
    stages(cli, market, "ingest", "enrich", "dedupe")
    score(cli, market, DAYS[0])
    run(cli, market, "score", "--profile", "v1", as_of=DAYS[1])
    assert [digest[1] for digest in digests(database)] == ["v1"]
    score(cli, market, DAYS[1])
    assert digests(database) == []


def test_a_profile_that_is_edited_is_another_and_one_in_other_words_is_not(
    cli: CLI, county: County, database: Database, tmp_path: Path
) -> None:
    own = tmp_path / "mine.toml"
    text = (files("wholesaler.scoring") / "v1.toml").read_text("utf-8").replace('name = "v1"', 'name = "mine"', 1)

    def day(day: date, written: str) -> object:
        own.write_text(written)
        return score(cli, market, day, "--profile", own)["profile_before"]

    market = county.write()
    stages(cli, market, "ingest", "enrich", "dedupe")
    assert day(DAYS[0], text) is None
    assert day(DAYS[1], text.replace("Tax deed sale", "Sale for taxes")) is None
    edited = text.replace("points = 45", "points = 95", 1)
    assert [day(DAYS[2], edited), day(DAYS[2], edited), day(DAYS[3], edited)] == ["mine", "mine", None]
    assert digests(database) == [("report", "mine", DAYS[2], "sent", "mine")]
    assert announced(database) == [(parcel(1), DAYS[0])]


def test_the_first_day_of_all_is_no_change(cli: CLI, county: County, database: Database) -> None:
    market = county.write()
    stats = stages(cli, market, "ingest", "enrich", "dedupe", "score")["score"]["stats"]
    assert stats["profile_before"] is None
    assert stats["new_tier_a"] == stats["tier_counts"]["A"] > 0
    assert digests(database) == []


def test_excluded_leads_are_counted_apart_and_shown_when_asked_for(
    cli: CLI, county: County, engine: Engine, database: Database
) -> None:
    market = county.write()
    key = stages(cli, market, "ingest", "enrich", "dedupe")["ingest"]["market"]
    owners(Rows(engine, key), 1, 2)
    database.execute("UPDATE parcels SET owner_class = 'bank' WHERE parcel_id = :id", id=parcel(1))
    stats = stages(cli, market, "score", "alert")["score"]["stats"]
    assert (stats["total_leads"], stats["excluded"], stats["scored"], stats["new_tier_a"]) == (1, 1, 2, 1)
    assert [row[0] for row in announced(database)] == [parcel(2)]
    assert list(new(cli, market, AS_OF)) == [parcel(2)]
    assert run(cli, market, "stats")["total_leads"] == 1
    (lead,) = run(cli, market, "leads", "list", "--excluded")["leads"]
    assert (lead["parcel_id"], lead["tier"], lead["excluded"]) == (parcel(1), None, "bank")
    assert lead["reasons"]
    shown = run(cli, market, "leads", "show", parcel(1))
    assert (shown["excluded"], shown["tier"], shown["history"][0]["tier"]) == ("bank", None, None)
    assert shown["total_score"] > 0
    page = cli("--market", market, "leads", "show", parcel(1)).out
    assert "In no tier, excluded as bank, score" in page
    assert "bank" in cli("--market", market, "leads", "list", "--excluded").out
    assert cli("--market", market, "leads", "list", "--excluded", "--tier", "A").code == 2
    # whose exclusion ends can be new
    database.execute("UPDATE parcels SET owner_class = 'person' WHERE parcel_id = :id", id=parcel(1))
    stats = stages(cli, market, "score", as_of=DAYS[1])["score"]["stats"]
    assert (stats["excluded"], stats["new_tier_a"]) == (0, 1)
    assert new(cli, market, DAYS[1])[parcel(1)] == ("A", True)


def test_the_arithmetic_of_a_lead_is_shown_and_comes_to_its_score(
    cli: CLI, county: County, engine: Engine, database: Database
) -> None:
    market = county.write()
    key = stages(cli, market, "ingest", "enrich", "dedupe")["ingest"]["market"]
    owners(Rows(engine, key), 1, 2)
    rows = Rows(engine, key)
    number = database.property(parcel(2))["id"]
    for signal, days in (("tax_delinquency", 9), ("vacancy", 800)):
        rows.record(
            "distress_events", parcel(2), number, source="tax_sales", signal=signal,
            event_date=AS_OF - timedelta(days=days),
        )  # fmt: skip
    stages(cli, market, "score")
    page = [line.split() for line in cli("--market", market, "leads", "show", parcel(2)).out.splitlines()]
    # 60 for the sale, 15 for an old vacancy, 20 for two signals; 55 + 15 + 25; 40 + 10 + 10; 70
    for line in (
        "distress 95 95 0.4 38.00",
        "owner 95 95 0.25 23.75",
        "value 60 60 0.2 12.00",
        "urgency 70 70 0.15 10.50",
        "score 84.25",
    ):
        assert line.split() in page
    assert any(line[:2] == ["distress", "covered"] for line in page)
    assert any(line[:2] == ["distress", "+15"] and "half" in " ".join(line) for line in page)
    # what is known of the debt is not all that is owed
    assert any("unpaid taxes, liens and mortgages come on top" in " ".join(line) for line in page)


def test_the_comparison_of_two_profiles_shows_who_changes_tier_and_writes_nothing(
    cli: CLI, county: County, engine: Engine, database: Database
) -> None:
    market = county.write()
    key = stages(cli, market, "ingest", "enrich", "dedupe")["ingest"]["market"]
    owners(Rows(engine, key), 1, 2)
    stages(cli, market, "score")
    tables = ("lead_scores", "lead_score_history", "score_profiles", "alert_deliveries", "data_ingestion_runs")
    before = database.versions(*tables)
    found = run(cli, market, "score", "--compare", "v1")
    assert (found["command"], found["profile"], found["profile_before"]) == ("score --compare", "v2", "v1")
    assert (found["tier_counts"]["A"], found["tier_counts_before"]) == (2, {"A": 1, "B": 1, "C": 0, "D": 0})
    (lead,) = found["leads"]
    assert (lead["parcel_id"], lead["tier_before"], lead["tier"]) == (parcel(2), "B", "A")
    assert found["changed"] == 1
    assert sum(move["leads"] for move in found["moves"]) == 2
    page = cli("--market", market, "score", "--compare", "v1").out
    assert "B → A" in page
    assert "1 lead changes tier" in page
    turned = run(cli, market, "score", "--compare", "v2", "--profile", "v1")
    assert [(lead["tier_before"], lead["tier"]) for lead in turned["leads"]] == [("A", "B")]

    assert run(cli, market, "score", "--compare", "current")["changed"] == 0
    assert "No lead changes tier." in cli("--market", market, "score", "--compare", "current").out
    found = run(cli, market, "score", "--compare", "current", "--profile", "v1")
    assert (found["command"], found["profile"], found["profile_before"]) == ("score --compare", "v1", "v2")
    assert [lead["tier_before"] for lead in found["leads"]] == ["A"]
    assert database.versions(*tables) == before
    assert cli("--market", market, "score", "--current", "--compare", "v1").code == 2
    assert cli("--market", market, "score", "--compare", "v3").code == 78
