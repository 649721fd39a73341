"""The real records of Orange County through the whole program, over HTTP, as of a day of 2012 and one of 2025."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.e2e.county import ADDED_TO_ROLL, AMBIGUOUS, LAYERS, County
from tests.e2e.reading_of_v1 import deal, features, parcels, score
from tests.support import Outcome

CLI = Callable[..., Outcome]
SUMMER_2012, WINTER_2025 = date(2012, 9, 1), date(2025, 12, 1)
#: which sources are stale on which day, by the market file's own limits
STALE = {SUMMER_2012: set(), WINTER_2025: {"foreclosures"}}


@pytest.fixture
def county() -> Iterator[County]:
    with County() as served:
        yield served


@pytest.fixture
def market(county: County, cli: CLI, home: Path) -> Path:
    path = county.market_file(home, cli("markets", "show", "orange-fl").out)
    # the tests' own servers need no manners
    path.write_text(path.read_text() + '\n[hosts."127.0.0.1"]\nrequests_per_second = 1000\nconcurrency = 2\n')
    return path


def _counts(engine: Engine) -> dict[str, int]:
    tables = [*LAYERS, "code_violations"]
    with engine.connect() as connection:
        return {
            table: connection.scalar(text(f"SELECT count(*) FROM {table}"))
            + connection.scalar(
                text("SELECT count(*) FROM rejected_records WHERE source = :table AND is_active"), {"table": table}
            )
            for table in tables
        }


@pytest.mark.parametrize("as_of", [pytest.param(SUMMER_2012, marks=pytest.mark.slow), WINTER_2025])
def test_scores_agree_with_an_independent_reading_of_the_profile(
    county: County, market: Path, cli: CLI, as_of: date
) -> None:
    run = cli("run-all", "--market", market, "--as-of", as_of, "--profile", "v1", "--json")
    assert run.code == 3, run.err  # the tax sales' parcels are not in this excerpt of the roll, and it says so
    matched = {address: parcel for address, (parcel, _) in ADDED_TO_ROLL.items()}
    expected = {}
    for number, parcel in parcels(county, matched).items():
        found = features(parcel, county.violations, as_of, STALE[as_of])
        if found:
            expected[number] = (found, score(found, as_of))

    listed = cli("leads", "list", "--limit", 1000, "--market", market, "--json").document
    assert {lead["parcel_id"]: (lead["total_score"], lead["tier"]) for lead in listed["leads"]} == {
        number: (float(total), tier) for number, (_, (total, tier, _)) in expected.items()
    }
    assert listed["total"] == len(expected) > 30
    scores = [lead["total_score"] for lead in listed["leads"]]
    assert scores == sorted(scores, reverse=True)
    for number, (found, (_, _, components)) in list(expected.items())[::4]:
        shown = cli("leads", "show", number, "--market", market, "--json").document
        wanted = {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in found.items()
            if name != "opening_bid"
        }
        assert shown["features"] == pytest.approx(wanted), number
        assert shown["components"] == components, number
        assert shown["deal"] == {name: None if value is None else float(value) for name, value in deal(found).items()}
        for name in components:
            points = sum(rule["points"] for rule in shown["rules"] if rule["component"] == name)
            assert max(0, min(100, points)) == components[name]


def test_every_record_is_loaded_or_rejected(county: County, market: Path, cli: CLI, engine: Engine) -> None:
    ingest = cli("ingest", "--full", "--market", market, "--as-of", SUMMER_2012, "--json").document
    sent = {name: len(county.features(name)) for name in LAYERS} | {"code_violations": len(county.violations)}
    assert _counts(engine) == sent
    for name, stats in ingest["stats"].items():
        assert stats["processed"] == sent[name]
        assert stats["processed"] == stats["inserted"] + stats["updated"] + stats["unchanged"] + stats["failed"]


def test_a_tax_sale_and_the_roll_meet_in_one_property(county: County, market: Path, cli: CLI, engine: Engine) -> None:
    sale, template = county.features("tax_sales")[0], county.features("property_records")[0]
    for name, feature, changed in (
        ("tax_sales", sale, {"USER_TDA_NUM": "2023-1", "USER_PARCEL": "29-22-28-8850-02-050"}),
        ("property_records", template, {"PARCEL": "282229885002050"}),
    ):
        attributes = feature["attributes"] | {"OBJECTID": 9000} | changed
        county.layers[name]["features"].append({**feature, "attributes": attributes})
    county.serve()

    cli("run-all", "--market", market, "--as-of", WINTER_2025)

    with engine.connect() as connection:
        met = connection.scalars(
            text(
                "SELECT parcels.is_listed FROM tax_sales JOIN properties ON properties.id = tax_sales.property_id"
                " JOIN parcels ON parcels.parcel_id = properties.parcel_id"
                " WHERE tax_sales.parcel = '29-22-28-8850-02-050' AND parcels.parcel_id = '282229885002050'"
            )
        ).all()
    assert met == [True]
    for written in ("29-22-28-8850-02-050", "282229885002050", "292228885002050"):
        shown = cli("leads", "show", written, "--market", market, "--json").document
        assert shown["parcel_id"] == "282229885002050"
        assert shown["features"]["total_mkt"] == template["attributes"]["TOTAL_MKT"]


def test_foreclosures_without_parcel_number_find_the_one_of_their_address(
    county: County, market: Path, cli: CLI, engine: Engine
) -> None:
    report = cli("run-all", "--market", market, "--as-of", SUMMER_2012, "--json").document
    dedupe = next(stage for stage in report["stages"] if stage["command"] == "dedupe")
    assert dedupe["stats"]["records_matched"] == len(ADDED_TO_ROLL)
    assert dedupe["stats"]["records_ambiguous"] == len(AMBIGUOUS)
    for address, (parcel, _) in ADDED_TO_ROLL.items():
        shown = cli("leads", "show", parcel, "--market", market, "--json").document
        notice = shown["records"]["foreclosures"][0]
        assert notice["address"] == address
        assert notice["match_evidence"]["rule"] == "same_address"
        assert notice["match_evidence"]["distance_metres"] == pytest.approx(10, abs=1)
    with engine.connect() as connection:
        left = connection.scalar(text("SELECT count(*) FROM foreclosures WHERE property_id IS NULL"))
    without_number = [f for f in county.features("foreclosures") if not f["attributes"]["PARCEL_NUMBER"]]
    assert left == len(without_number) - len(ADDED_TO_ROLL)


def test_a_second_run_changes_nothing_and_says_nothing(county: County, market: Path, cli: CLI, engine: Engine) -> None:
    cli("run-all", "--market", market, "--as-of", WINTER_2025)
    tables = ("properties", *LAYERS, "code_violations", "lead_scores", "lead_score_history", "rejected_records")
    versions = "SELECT array_agg(xmin::text || ctid::text ORDER BY ctid) FROM {}"
    with engine.connect() as connection:
        before = {table: connection.scalar(text(versions.format(table))) for table in tables}

    again = cli("run-all", "--market", market, "--as-of", WINTER_2025, "--json").document

    stages = {stage["command"]: stage["stats"] for stage in again["stages"]}
    for stats in stages["ingest"].values():
        assert (stats["inserted"], stats["updated"], stats["deactivated"]) == (0, 0, 0)
    assert stages["enrich"]["enriched"] == 0
    assert stages["score"]["changed"] == 0
    assert stages["score"]["snapshots_created"] == 0
    assert set(stages["alert"]["sent"].values()) == {0}
    with engine.connect() as connection:
        assert before == {table: connection.scalar(text(versions.format(table))) for table in tables}
