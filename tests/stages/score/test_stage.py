"""What score writes: the leads of a day with their points, reasons and deal, and the day's snapshot."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from tests.stages.county import AS_OF, CLI, DOWNTOWN, FAR, SALE_DATE, County, Database, parcel, run, stages

pytestmark = pytest.mark.usefixtures("by_v1")
BEFORE = ("ingest", "enrich", "dedupe")
FAR_SALE = AS_OF + timedelta(days=300)


@pytest.fixture
def county(tmp_path: Path) -> County:
    """One parcel with a tax sale in 17 days and an open case of its own."""
    county = County(tmp_path)
    return strong(county, 1).violation(parcel(1))


def strong(county: County, number: int, sale_date: date = SALE_DATE) -> County:
    """A tax sale of a house that fits every rule of value."""
    county.sale(parcel(number), sale_date)
    return county.roll(
        parcel(number), f"{number} ELM ST", total_mkt=250_000.0, total_assd=150_000.0, taxes=2_500.0,
        living_area=1_500.0, year_built=1990,
    )  # fmt: skip


def test_the_score_is_the_weighted_sum_of_its_components(cli: CLI, county: County) -> None:
    market = county.write()
    stages(cli, market, *BEFORE, "score")
    lead = run(cli, market, "leads", "show", parcel(1))
    # 45 tax sale, 15 own case, 15 stacked | 30 price, 20 gap, 10 taxes, 15 size | 50 place, 30 quiet | 50 soon, 10 case
    assert lead["components"] == {"distress": 75, "value": 75, "location": 80, "urgency": 60}
    assert lead["total_score"] == 73.75
    assert lead["tier"] == "A"
    assert lead["signals"] == ["tax_deed_sale", "open_code_violation"]
    assert {rule["name"]: rule["points"] for rule in lead["rules"]} == {
        "tax_deed_sale": 45, "own_violations": 15, "stacked": 15, "target_price": 30, "assessment_gap": 20,
        "light_taxes": 10, "good_size": 15, "baseline": 50, "quiet": 30, "sale_soon": 50, "open_violation": 10,
    }  # fmt: skip


def test_reasons_are_sentences_with_the_facts_and_the_points(cli: CLI, county: County) -> None:
    market = county.write()
    stages(cli, market, *BEFORE, "score")
    (lead,) = run(cli, market, "leads", "list")["leads"]
    for reason in (
        "Tax deed sale on 18 Dec 2025, in 17 days: +50 urgency",
        "Tax deed sale on 18 Dec 2025: +45 distress",
        "Open code violations on the parcel: 1: +15 distress",
        "2 independent signals on one parcel: +15 distress",
        "Market value $250,000, in the target range: +30 value",
        "Market value 1.67 × the assessed value, a sign of long ownership: +20 value",
        "Taxes of $2,500, 1.0 % of the market value: +10 value",
        "Living area of 1,500 sq ft: +15 value",
        "Code violations nearby: 0: +30 location",
    ):
        assert reason in lead["reasons"]
    assert reason_of(cli, market, SALE_DATE, "urgency") == "Tax deed sale on 18 Dec 2025, today: +60 urgency"
    day_before = SALE_DATE - timedelta(days=1)
    assert reason_of(cli, market, day_before, "urgency") == "Tax deed sale on 18 Dec 2025, tomorrow: +60 urgency"


def reason_of(cli: CLI, market: Path, day: date, component: str) -> str:
    """The first reason of a component when scored on another day."""
    run(cli, market, "score", "--current", as_of=day)
    (lead,) = run(cli, market, "leads", "list", as_of=day)["leads"]
    return next(reason for reason in lead["reasons"] if reason.endswith(component))


def test_the_deal_estimate_shows_its_parts_and_its_assumptions(cli: CLI, county: County) -> None:
    county.foreclosure(parcel(1), "1 ELM ST", DOWNTOWN, auction=AS_OF + timedelta(days=30), opening_bid=80_000.0)
    market = county.write()
    stages(cli, market, *BEFORE, "score")
    lead = run(cli, market, "leads", "show", parcel(1))
    # 250,000 / 0.85; 1,500 × (25 + 15 for the open case); 0.70 × ARV − repairs − 15,000; the opening bid
    assert lead["deal"] == {
        "arv": 294_117.65,
        "repairs": 60_000,
        "mao": 130_882.35,
        "debt": 80_000,
        "spread": 50_882.35,
    }
    assert lead["assumptions"]["purchase_share"] == 0.7
    assert "Estimated spread of $50,882 over the known debt: +25 value" in lead["reasons"]


def test_without_known_debt_there_is_no_spread_and_without_living_area_no_offer(cli: CLI, county: County) -> None:
    county.sale(parcel(2)).roll(parcel(2), total_mkt=100_000.0)
    market = county.write()
    stages(cli, market, *BEFORE, "score")
    with_area, without = (run(cli, market, "leads", "show", parcel(number))["deal"] for number in (1, 2))
    assert with_area["mao"] == 130_882.35
    assert with_area["debt"] is None
    assert with_area["spread"] is None
    assert without["arv"] == 117_647.06
    assert without["repairs"] is None
    assert without["mao"] is None


@pytest.mark.parametrize(("living_area", "known"), [(0.0, False), (-1.0, False), (None, False), (1.0, True)])
def test_vacant_land_has_no_offer_and_no_spread(
    cli: CLI, county: County, living_area: float | None, known: bool
) -> None:
    county.sale(parcel(2)).roll(parcel(2), total_mkt=250_000.0, living_area=living_area)
    county.foreclosure(parcel(2), opening_bid=1_000.0)
    market = county.write()
    stages(cli, market, *BEFORE, "score")
    lead = run(cli, market, "leads", "show", parcel(2))
    assert lead["features"]["living_area"] == (living_area if known else None)
    assert [lead["deal"][name] is not None for name in ("arv", "debt")] == [True, True]
    assert [lead["deal"][name] is not None for name in ("repairs", "mao", "spread")] == [known] * 3
    assert any("spread" in reason for reason in lead["reasons"]) is known


def test_tiers_are_counted_with_their_percentages(cli: CLI, county: County) -> None:
    for number in (2, 3):
        strong(county, number)
    for number in range(4, 8):
        county.sale(parcel(number), FAR_SALE).roll(parcel(number))
    market = county.write()
    stats = stages(cli, market, *BEFORE, "score")["score"]["stats"]
    assert stats["tier_counts"] == {"A": 1, "B": 2, "C": 0, "D": 4}
    assert stats["tier_percentages"] == {"A": 14.29, "B": 28.57, "C": 0.0, "D": 57.14}
    assert (stats["total_leads"], stats["scored"], stats["processed"], stats["failed"]) == (7, 7, 7, 0)
    assert run(cli, market, "stats")["tier_counts"] == stats["tier_counts"]
    listed = run(cli, market, "leads", "list", "--tier", "A", "--tier", "B")
    assert [lead["parcel_id"] for lead in listed["leads"]] == [parcel(1), parcel(2), parcel(3)]


def test_scoring_a_day_again_changes_no_row(cli: CLI, county: County, database: Database) -> None:
    market = strong(county, 2).write()
    first = stages(cli, market, *BEFORE, "score")["score"]["stats"]
    assert (first["snapshots_created"], first["new_tier_a"]) == (2, 1)
    tables = ("lead_scores", "lead_score_history", "alert_deliveries", "properties")
    before = database.versions(*tables)
    again = stages(cli, market, "score")["score"]["stats"]
    assert database.versions(*tables) == before
    assert (again["snapshots_created"], again["changed"], again["new_tier_a"]) == (0, 0, 1)


def test_a_day_scored_again_after_a_change_has_one_snapshot_of_the_last_score(
    cli: CLI, county: County, database: Database
) -> None:
    stages(cli, county.write(), *BEFORE, "score")
    county.records["code_violations"][0]["caseinfostatus"] = "Closed"
    stages(cli, county.write(), *BEFORE, "score")
    (snapshot,) = database.rows("SELECT * FROM lead_score_history")
    assert float(snapshot["total_score"]) == 61.75
    assert snapshot["snapshot_date"] == AS_OF


def test_every_day_keeps_its_snapshot_in_the_partition_of_its_month(
    cli: CLI, county: County, database: Database
) -> None:
    market = county.write()
    stages(cli, market, *BEFORE, "score")
    for day in (date(2025, 12, 2), date(2025, 11, 30), date(2025, 10, 1)):
        run(cli, market, "score", "--current", as_of=day)
    rows = database.rows("SELECT tableoid::regclass::text AS part, snapshot_date FROM lead_score_history ORDER BY 2")
    assert [tuple(row.values()) for row in rows] == [
        ("lead_score_history_2025_10", date(2025, 10, 1)),
        ("lead_score_history_2025_11", date(2025, 11, 30)),
        ("lead_score_history_2025_12", date(2025, 12, 1)),
        ("lead_score_history_2025_12", date(2025, 12, 2)),
    ]
    history = run(cli, market, "leads", "show", parcel(1), as_of=day)["history"]
    assert [one["snapshot_date"] for one in history] == ["2025-12-02", "2025-12-01", "2025-11-30", "2025-10-01"]


def test_a_property_is_no_lead_any_more_after_its_sale_and_keeps_its_history(cli: CLI, county: County) -> None:
    county.records["code_violations"].clear()
    strong(county, 2, FAR_SALE)
    market = county.write()
    stages(cli, market, *BEFORE, "score")
    stats = stages(cli, market, "score", as_of=SALE_DATE + timedelta(days=1))["score"]["stats"]
    assert (stats["total_leads"], stats["processed"]) == (1, 2)
    shown = run(cli, market, "leads", "show", parcel(1), as_of=SALE_DATE + timedelta(days=1))
    assert shown["total_score"] is None
    assert [one["snapshot_date"] for one in shown["history"]] == ["2025-12-01"]
    assert "Not a lead" in cli("--market", market, "leads", "show", parcel(1)).out


def test_a_property_whose_record_is_withdrawn_is_no_lead_any_more(cli: CLI, county: County) -> None:
    for number in (2, 3, 4):
        strong(county, number)
    stages(cli, county.write(), *BEFORE, "score")
    county.records["tax_sales"].pop()
    market = county.write()
    day = AS_OF + timedelta(days=1)
    stages(cli, market, *BEFORE, "score", as_of=day)
    listed = [lead["parcel_id"] for lead in run(cli, market, "leads", "list", as_of=day)["leads"]]
    assert sorted(listed) == [parcel(1), parcel(2), parcel(3)]


def test_a_stale_source_adds_nothing_to_the_scores_and_warns(cli: CLI, county: County) -> None:
    market = county.write()
    day = AS_OF + timedelta(days=10)  # the newest case is 15 days old
    report = stages(cli, market, *BEFORE, "score", as_of=day)["score"]
    assert any(warning.startswith("code_violations: stale") for warning in report["warnings"])
    lead = run(cli, market, "leads", "show", parcel(1), as_of=day)
    assert lead["signals"] == ["tax_deed_sale"]
    assert lead["features"]["own_open_violations"] is None
    assert lead["features"]["nearby_violations"] is None
    assert {"own_violations", "open_violation", "stacked", "quiet"}.isdisjoint(rule["name"] for rule in lead["rules"])


def test_a_source_that_the_market_file_no_longer_has_adds_nothing(cli: CLI, county: County) -> None:
    market = county.write()
    stages(cli, market, *BEFORE, "score")
    assert "open_code_violation" in run(cli, market, "leads", "show", parcel(1))["signals"]
    section = re.compile(r"^\[sources\.code_violations[^\0]*?(?=^\[(?!sources\.code_violations))", re.MULTILINE)
    market.write_text(section.sub("", market.read_text()))
    stages(cli, market, *BEFORE, "score")
    lead = run(cli, market, "leads", "show", parcel(1))
    assert lead["signals"] == ["tax_deed_sale"]
    assert lead["features"]["own_open_violations"] is None


def test_a_source_that_the_market_file_no_longer_has_locates_nothing(cli: CLI, tmp_path: Path) -> None:
    county = County(tmp_path)
    market = county.sale(parcel(1), point=None).roll(parcel(1)).write()
    stages(cli, market, *BEFORE, "score")
    assert run(cli, market, "leads", "show", parcel(1))["features"]["has_location"]
    section = re.compile(r"^\[sources\.property_records[^\0]*?(?=^\[(?!sources\.property_records))", re.MULTILINE)
    market.write_text(section.sub("", market.read_text()))
    stages(cli, market, *BEFORE, "score")
    assert not run(cli, market, "leads", "show", parcel(1))["features"]["has_location"]


def test_lands_available_is_a_weak_signal_and_no_sale(cli: CLI, county: County) -> None:
    county.sale(parcel(2), date(2024, 1, 25), status="Lands Available").roll(parcel(2))
    market = county.write()
    stages(cli, market, *BEFORE, "score")
    lead = run(cli, market, "leads", "show", parcel(2))
    assert lead["signals"] == ["lands_available"]
    assert lead["components"]["distress"] == 10
    assert lead["components"]["urgency"] == 0
    assert lead["features"]["tax_sale_date"] is None


def test_a_profile_of_ones_own_scores_by_its_own_points_and_is_named(cli: CLI, county: County, tmp_path: Path) -> None:
    own = (files("wholesaler.scoring") / "v1.toml").read_text("utf-8")
    own = own.replace('name = "v1"', 'name = "mine"', 1).replace(
        'points = 45\nreason = "{word.tax', 'points = 5\nreason = "{word.tax'
    )
    profile = tmp_path / "mine.toml"
    profile.write_text(own)
    market = county.write()
    stages(cli, market, *BEFORE)
    assert run(cli, market, "score", "--profile", profile)["stats"]["profile"] == "mine"
    lead = run(cli, market, "leads", "show", parcel(1), "--profile", profile)
    assert lead["profile"] == "mine"
    assert lead["components"]["distress"] == 35


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("distress = 0.35", "distress = 0.40", "weights"),
        ("A = 70", "A = 50", "tiers"),
        ("points = 45", "points = 450", "points"),
        ("when.tax_sale_date", "when.tax_sale_dte", "tax_sale_dte"),
        ("purchase_share = 0.70", "purchase_share = 7", "deal.purchase_share"),
        ("[weights]", "[wieghts]", "weights"),
        ('name = "v1"', 'name = "v1', "TOML"),
    ],
)
def test_a_wrong_profile_is_a_configuration_error_that_names_file_and_key_before_anything_is_done(
    cli: CLI, county: County, database: Database, tmp_path: Path, old: str, new: str, named: str
) -> None:
    profile = tmp_path / "wrong.toml"
    profile.write_text((files("wholesaler.scoring") / "v1.toml").read_text("utf-8").replace(old, new, 1))
    outcome = cli("--market", county.write(), "--profile", profile, "score", "--json")
    assert outcome.code == 78
    assert outcome.err.count("\n") == 1
    assert str(profile) in outcome.err
    assert named in outcome.err
    assert database.value("SELECT count(*) FROM data_ingestion_runs") == 0


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """The statements that any engine executes."""
    executed: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        executed.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield executed
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_the_number_of_statements_does_not_depend_on_the_number_of_leads(
    cli: CLI, county: County, database: Database
) -> None:
    needed: dict[str, list[int]] = {}
    for first, last in ((2, 6), (6, 10), (10, 70)):
        for number in range(first, last):
            strong(county, number).foreclosure(parcel(number), f"{number} ELM ST", FAR).violation(parcel(number))
            county.foreclosure(None, f"{number} OAK ST", DOWNTOWN).roll(parcel(number + 1000), f"{number} OAK ST")
        market = county.write()
        for stage in (*BEFORE, "score"):
            with counted_statements() as executed:
                run(cli, market, stage)
            needed.setdefault(stage, []).append(len(executed))
    assert database.value("SELECT count(*) FROM lead_scores") == 1 + 2 * 68
    for stage, (_, few, many) in needed.items():
        assert many <= few + 5, f"{stage}: {few} statements for 4 new leads, {many} for 60"
