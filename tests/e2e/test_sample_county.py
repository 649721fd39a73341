"""The sample county through the whole program: what comes out is what was put in."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.support import Outcome
from wholesaler.markets import load_market
from wholesaler.sample import generate, write

CLI = Callable[..., Outcome]
DAY = date(2026, 3, 2)


@pytest.mark.parametrize("seed", [3, pytest.param(7, marks=pytest.mark.slow)])
def test_the_program_finds_the_truth_of_the_sample(cli: CLI, home: Path, engine: Engine, seed: int) -> None:
    county = generate(seed, DAY)
    market = write(county, home, load_market("orange-fl"))
    run = cli("run-all", "--market", market, "--as-of", DAY, "--json")
    assert run.code in {0, 3}, run.err
    truth = county.truth

    with engine.connect() as connection:
        active = set(connection.scalars(text("SELECT parcel_id FROM properties WHERE is_active")))
        rejected = connection.scalar(text("SELECT count(*) FROM rejected_records"))
        pairs = connection.execute(
            text(
                "SELECT loser.parcel_id AS loser, winner.parcel_id AS winner FROM properties AS loser"
                " JOIN properties AS winner ON winner.id = loser.merged_into"
            )
        )
        merged = {pair.loser: pair.winner for pair in pairs}
    assert active == truth.parcels | truth.event_parcels
    assert merged == dict(truth.superseded)
    assert rejected == len(truth.rejected) + sum(duplicate.same_key for duplicate in truth.duplicates)
    listed = ("leads", "list", "--market", market, "--limit", 5000, "--json")
    leads = cli(*listed).document["leads"] + cli(*listed, "--excluded").document["leads"]
    assert {lead["parcel_id"]: set(lead["signals"]) for lead in leads} == {
        parcel: {*truth.signals.get(parcel, ()), *truth.events.get(parcel, ())}
        for parcel in {*truth.signals, *truth.events}
    }


def test_the_demo_ends_with_tiers_leads_and_where_to_go_next(cli: CLI, home: Path) -> None:
    shown = cli("demo")
    assert shown.code == 0, shown.err
    assert "Leads by tier" in shown.out
    assert "wholesaler leads show" in shown.out
    again = cli("demo", "--json")
    assert again.code == 0
    assert again.document["stages"][0]["stats"]["tax_sales"]["inserted"] == 0


def test_the_demo_leaves_a_county_to_work_in(cli: CLI, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = cli("demo")
    market = home / "sample-county" / "sample-county.toml"
    assert f"  export WHOLESALER_MARKET={market}\n" in shown.out
    assert "#" not in shown.out.split("Where to go next")[1]
    monkeypatch.setenv("WHOLESALER_MARKET", str(market))
    document = cli("leads", "export", "--for", "mail", "--tier", "A", "--output", "letters.csv", "--json").document
    assert document["rows"] > 0.8 * document["leads"] > 0
    text = Path("letters.csv").read_text("utf-8-sig")
    assert ",BOSTON,MA,02108,US," in text
    assert cli("demo").code == 0  # though it is the county that is chosen
