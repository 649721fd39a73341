"""What came of leads: by what they were when the work began, each once, whatever was merged or taken back."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.stages.check.rows import MARKET, Rows
from wholesaler.leads.outcomes import outcomes
from wholesaler.markets import load_market


@pytest.fixture
def rows(engine: Engine) -> Rows:
    """Rows of the market, beside another one with a lead of its own."""
    other = Rows(engine, "other-county")
    step(other, other.property("292228000000555"), "closed", tier="A")
    return Rows(engine)


def step(rows: Rows, property_id: int, status: str | None, **columns: Any) -> None:
    rows.insert("lead_status_events", property_id=property_id, status=status, **columns)


def counts(rows: Rows, day: date | None = None) -> dict[str, Any]:
    with rows.connect() as connection:
        return outcomes(connection, load_market(MARKET), day)


def test_outcomes_are_counted_by_what_the_lead_was_when_the_work_began(rows: Rows) -> None:
    nothing = {"contacted": 0, "offers": 0, "contracts": 0, "closed": 0, "lost": 0, "amount": 0}
    assert counts(rows) == {"all": nothing, "profile": {}, "tier": {}, "signal": {}, "rule": {}}
    deal, lost, offered, touched = (rows.property() for _ in range(4))
    first = {"tier": "A", "profile": "v2", "signals": ["vacancy", "tax_sale"], "rules": ["vacant"]}
    step(rows, deal, "open", tier="C", profile="v2")
    step(rows, deal, "contacted", **first)
    step(rows, deal, "offer", amount=90_000, tier="B", signals=["lien"])
    step(rows, deal, "closed", amount=95_000)
    step(rows, lost, "contacted", tier="B", profile="v2", signals=["vacancy"], rules=["vacant", "absent"])
    step(rows, lost, "dead", reason="sold")
    step(rows, offered, "contract")
    step(rows, offered, "closed", undone_at=datetime(2025, 11, 20, tzinfo=UTC))
    step(rows, touched, "open")
    step(rows, touched, None, note="empty")
    step(rows, rows.property(), "dnc", tier="B")
    found = counts(rows)
    whole = {"contacted": 3, "offers": 2, "contracts": 2, "closed": 1, "lost": 2, "amount": 95_000}
    assert found["all"] == whole
    assert found["tier"] == {
        "A": {"contacted": 1, "offers": 1, "contracts": 1, "closed": 1, "lost": 0, "amount": 95_000},
        "B": {"contacted": 1, "offers": 0, "contracts": 0, "closed": 0, "lost": 2, "amount": 0},
        "none": {"contacted": 1, "offers": 1, "contracts": 1, "closed": 0, "lost": 0, "amount": 0},
    }
    assert {name: of["contacted"] for name, of in found["signal"].items()} == {"vacancy": 2, "tax_sale": 1}
    assert {name: of["closed"] for name, of in found["rule"].items()} == {"vacant": 1, "absent": 0}
    assert {name: of["contacted"] for name, of in found["profile"].items()} == {"v2": 2, "none": 1}


def test_what_is_merged_is_one_lead_and_later_days_can_be_left_out(rows: Rows) -> None:
    winner, loser = rows.property(), rows.property()
    # the day ends at midnight in the county
    step(rows, loser, "contacted", tier="A", changed_at=datetime(2025, 11, 21, 4, 59, tzinfo=UTC))
    step(rows, winner, "offer", tier="B", changed_at=datetime(2025, 11, 21, 5, 0, tzinfo=UTC))
    assert counts(rows)["all"]["contacted"] == 2
    rows.execute(
        "UPDATE properties SET merged_into = :winner, is_active = false WHERE id = :loser", winner=winner, loser=loser
    )
    found = counts(rows)
    assert (found["all"]["contacted"], found["all"]["offers"], list(found["tier"])) == (1, 1, ["A"])
    earlier = counts(rows, date(2025, 11, 20))
    assert (earlier["all"]["contacted"], earlier["all"]["offers"]) == (1, 0)
    assert counts(rows, date(2025, 11, 19))["all"]["contacted"] == 0
