"""A record by itself is a signal exactly when ``features.sql`` makes a lead of a parcel that has no other."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.stages.check.rows import MARKET, Rows
from wholesaler.db.sql import statements
from wholesaler.markets.records import RECORD_KINDS
from wholesaler.scoring.profile import load_profile
from wholesaler.scoring.signals import is_signal

DAY = date(2026, 11, 26)
#: days around which a rule turns
DAYS = (None, *(DAY + timedelta(days=number) for number in (-731, -730, -1, 0, 1)))


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Records of every kind at every edge: table, columns."""
    for status, day in product((None, "Active Sale", "ACTIVE SALE", "Lands Available", "Redeemed"), DAYS):
        yield "tax_sales", {"deed_status": status, "sale_date": day}
    for auction, recorded in product(DAYS, DAYS):
        yield "foreclosures", {"auction_date": auction, "recording_date": recorded}
    for status, day in product((None, "Open", "OPEN", "Closed", "Pending"), DAYS):
        yield "code_violations", {"status": status, "opened_date": day}
    for status, day in product((None, "Open", "Closed", "CLOSED", "Pending"), DAYS):
        yield "distress_events", {"status": status, "closed_date": day, "signal": "tax_lien"}


@pytest.mark.parametrize("profile", ["v2"])
def test_what_is_a_signal_here_makes_a_lead_there(engine: Engine, profile: str) -> None:
    rows = Rows(engine)
    expected: dict[int, tuple[str, dict[str, Any], bool]] = {}
    for table, columns in cases():
        parcel_id = rows.parcel()
        property_id = rows.property(parcel_id)
        rows.record(table, parcel_id, property_id, **columns)
        record = {name: None if value is None else str(value) for name, value in columns.items()}
        expected[property_id] = (table, columns, is_signal(RECORD_KINDS[table], record, DAY))
    given = {
        "market": MARKET,
        "as_of": DAY,
        "sources": list(RECORD_KINDS),
        "period_days": 730,
        "comparables": 3,
        "readings": 2,
        **load_profile(profile).deal.model_dump(),
    }
    query = statements("wholesaler.scoring", "features.sql")["features"]
    with engine.connect() as connection:
        leads = {row.property_id for row in connection.execute(text(query), given)}
    different = [case for property_id, case in expected.items() if case[2] is not (property_id in leads)]
    assert different == []
    assert 0 < len(leads) < len(expected)


def test_the_roll_is_no_signal() -> None:
    assert not is_signal(RECORD_KINDS["property_records"], {"sale_date": DAY.isoformat()}, DAY)
