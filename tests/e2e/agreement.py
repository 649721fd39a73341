"""The program's scores beside those of the plain reading of profile v2, lead by lead."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

from tests.e2e.reading_of_v2 import excluded, features, score
from tests.stages.county import Database

TABLES = ("tax_sales", "foreclosures", "code_violations", "distress_events")


def check_scores(database: Database, day: date, market: str = "%") -> dict[int, dict[str, Any]]:
    """The scores of a market by property, each of which the plain reading has found too; all its records must count."""
    records: dict[int, dict[str, list[Any]]] = defaultdict(lambda: {table: [] for table in TABLES})
    for table in TABLES:
        query = f"SELECT * FROM {table} WHERE is_active AND property_id IS NOT NULL AND market LIKE :market"
        for row in database.rows(query, market=market):
            # the one that a test calls so is of no source of the market
            if row["source"] != "gone":
                records[row["property_id"]][table].append(row)
    parcels = {row["parcel_id"]: row for row in database.rows("SELECT * FROM parcels WHERE market LIKE :m", m=market)}
    expected = {}
    for place in database.rows("SELECT * FROM properties WHERE is_active AND market LIKE :market", market=market):
        known = features(records[place["id"]], place, parcels.get(place["parcel_id"]), day)
        if known is not None:
            expected[place["id"]] = known
    scores = database.rows("SELECT * FROM lead_scores WHERE market LIKE :market", market=market)
    found = {row["property_id"]: row for row in scores}
    assert set(found) == set(expected)
    for number, known in expected.items():
        row = found[number]
        flat = {**row, **(row["events"] or {})}
        assert {name: plain(flat.get(name)) for name in known} == {name: plain(value) for name, value in known.items()}
        total, tier, held = score(known)
        assert (row["total_score"], row["tier"], row["excluded"]) == (total, tier, excluded(known))
        assert row["components"] == held
    return found


def plain(value: Any) -> Any:
    """A value of a row or of JSON, so that equal ones are."""
    if isinstance(value, set | list):
        return sorted(value)
    return round(float(value), 6) if isinstance(value, Decimal | float) and not isinstance(value, bool) else value
