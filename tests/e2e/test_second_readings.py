"""The sample county by profile v2, with owners and events of distress made up: a plain reading finds the same."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.e2e.agreement import check_scores
from tests.stages.check.rows import Rows
from tests.stages.county import Database
from tests.support import Outcome
from wholesaler.markets import load_market
from wholesaler.markets.records import DISTRESS_SIGNALS
from wholesaler.sample import generate, write

CLI = Callable[..., Outcome]
DAY = date(2026, 3, 2)
CLASSES = ("person", "person", "person", "estate", "trust", "company", "bank", "government", "association", None)


def describe(rows: Rows, database: Database) -> None:
    """Owners, sales and comparables of most parcels, and some events of distress, as rolls and lists might say."""
    dice = random.Random(9)

    def ago(most: int) -> date | None:
        return None if dice.random() < 0.1 else DAY - timedelta(days=dice.randrange(-40, most))

    def maybe(value: Any, share: float = 0.8) -> Any:
        return value if dice.random() < share else None

    for place in database.rows("SELECT id, parcel_id FROM properties WHERE is_active ORDER BY parcel_id"):
        if dice.random() < 0.9:
            rows.describe(
                place["parcel_id"],
                is_listed=dice.random() < 0.97,
                owner_class=dice.choice(CLASSES),
                owner_parcels=maybe(dice.choice((1, 1, 2, 20, 21))),
                homestead=maybe(dice.random() < 0.5),
                mail_differs=maybe(dice.choice(("same", "in_county", "in_state", "out_of_state"))),
                held_since=ago(9_000),
                is_land=maybe(dice.random() < 0.15),
                value_to_median=maybe(Decimal(dice.randrange(0, 400)) / 100),
                comparable_value=maybe(dice.randrange(50_000, 500_000)),
                comparable_count=maybe(dice.randrange(0, 6)),
            )
        for _ in range(dice.choice((0, 0, 0, 1, 1, 2, 4))):
            rows.record(
                "distress_events",
                place["parcel_id"],
                place["id"],
                source=dice.choice(("code_violations", "code_violations", "gone")),  # one that the market has
                signal=dice.choice(DISTRESS_SIGNALS),
                event_date=ago(1_500),
                due_date=ago(1_500),
                closed_date=maybe(ago(60), 0.2),
                status=dice.choice((None, "Open", "Closed", "released")),
                amount=maybe(dice.randrange(0, 20_000)),
                years=maybe(Decimal(dice.randrange(0, 70)) / 10, 0.3),
                is_active=dice.random() < 0.9,
            )


@pytest.mark.slow
def test_the_program_and_a_plain_reading_agree_on_every_lead(cli: CLI, home: Path, engine: Engine) -> None:
    database = Database(engine)
    market = write(generate(3, DAY), home, load_market("orange-fl"))
    key = load_market(str(market)).key
    before = [part for stage in ("ingest", "enrich", "dedupe") for part in ("--only", stage)]
    assert cli("run-all", "--market", market, "--as-of", DAY, *before, "--json").code in {0, 3}
    describe(Rows(engine, key), database)
    outcome = cli("run-all", "--market", market, "--as-of", DAY, "--from", "score", "--json")
    assert outcome.code in {0, 3}, outcome.err

    found = check_scores(database, DAY)
    assert len(found) > 1_000
    tiers = [row["tier"] for row in found.values()]
    assert {tier: tiers.count(tier) > 20 for tier in (*"ABCD", None)} == dict.fromkeys((*"ABCD", None), True)

    listed = cli("leads", "list", "--market", market, "--limit", 5_000, "--json").document
    assert listed["total"] == sum(tier is not None for tier in tiers)
    for lead in listed["leads"][::40]:
        shown = cli("leads", "show", lead["parcel_id"], "--market", market, "--json").document
        for name, held in shown["components"].items():
            points = sum(rule["points"] for rule in shown["rules"] if rule["component"] == name)
            assert max(0, min(100, points)) == held
        products = (
            Decimal(str(held)) * Decimal(str(shown["weights"][name])) for name, held in shown["components"].items()
        )
        assert float(round(sum(products), 2)) == lead["total_score"]
