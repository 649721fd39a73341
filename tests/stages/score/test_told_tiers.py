"""ALERT_TIERS: which new leads are written down for announcement, from the first day on."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.stages.county import AS_OF, CLI, DOWNTOWN, County, Database, parcel, run, stages

pytestmark = pytest.mark.usefixtures("by_v1")
DAYS = [AS_OF + timedelta(days=days) for days in range(3)]


@pytest.fixture
def county(tmp_path: Path) -> County:
    """A parcel in tier A, and one below, on the first day."""
    county = County(tmp_path)
    for number in (1, 2):
        county.sale(parcel(number), AS_OF + timedelta(days=40)).roll(
            parcel(number), f"{number} ELM ST", total_mkt=250_000.0, total_assd=150_000.0, taxes=2_500.0,
            living_area=1_500.0, year_built=1990,
        )  # fmt: skip
    county.foreclosure(parcel(1), "1 ELM ST", DOWNTOWN, auction=AS_OF + timedelta(days=30))
    county.foreclosure(None, "9 OAK ST", DOWNTOWN, recorded=AS_OF)
    return county.violation(None, opened=AS_OF)


def told(engine: Engine) -> list[tuple[object, ...]]:
    query = (
        "SELECT payload ->> 'parcel_id' AS parcel, as_of, payload ->> 'tier' AS tier, payload -> 'is_first' AS is_first"
        " FROM alert_deliveries WHERE kind = 'new_lead' ORDER BY as_of, 1"
    )
    return [tuple(row.values()) for row in Database(engine).rows(query)]


def test_leads_of_the_named_tiers_are_told_from_the_first_day_on(
    cli: CLI, county: County, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALERT_TIERS", "b, A")
    stages(cli, county.write(), "ingest", "score", as_of=DAYS[0])
    first = [(parcel(1), DAYS[0], "A", True), (parcel(2), DAYS[0], "B", True)]
    assert told(engine) == first
    county.sale(parcel(3), AS_OF + timedelta(days=40)).roll(
        parcel(3), "3 ELM ST", total_mkt=250_000.0, total_assd=150_000.0, taxes=2_500.0, living_area=1_500.0,
        year_built=1990,
    )  # fmt: skip
    market = county.write()
    assert stages(cli, market, "ingest", "score", as_of=DAYS[1])["score"]["stats"]["new_tier_a"] == 0
    assert told(engine) == [*first, (parcel(3), DAYS[1], "B", False)]
    assert run(cli, market, "leads", "list", "--new", as_of=DAYS[1])["total"] == 0
    # the other way round: who is told of less is not told anew of what was there
    monkeypatch.setenv("ALERT_TIERS", "A,B,C")
    stages(cli, market, "score", as_of=DAYS[2])
    assert len(told(engine)) == 3


def test_by_default_it_is_tier_a(cli: CLI, county: County, engine: Engine) -> None:
    stages(cli, county.write(), "ingest", "score", as_of=DAYS[0])
    assert told(engine) == [(parcel(1), DAYS[0], "A", True)]


@pytest.mark.parametrize("tiers", ["E", "A B", "A,", "all", ","])
def test_rubbish_ends_with_78_and_says_what_was_expected(
    cli: CLI, county: County, monkeypatch: pytest.MonkeyPatch, tiers: str
) -> None:
    monkeypatch.setenv("ALERT_TIERS", tiers)
    outcome = cli("score", "--market", county.write())
    assert outcome.code == 78
    assert "ALERT_TIERS" in outcome.err
    assert "A, B, C and D" in outcome.err
