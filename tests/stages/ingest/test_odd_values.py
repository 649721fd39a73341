"""Values that a format allows and a database does not: each costs at most its own record, with a word."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.markets.samples import LIVE_DAY, changed, tax_sale_market
from tests.support import Outcome

CLI = Callable[..., Outcome]
GOOD = {"USER_PARCEL": "15-22-29-0000-00-010", "USER_TDA_NUM": "2025-1", "USER_Sale_Date": "12/18/2025", "EXTRA": 1}


VALUES = [
    "NaN", "Infinity", "-Infinity", "1e999", "1e308", "12345678901234567890123456789", '"\\u0000"', '"\\ud800"',
    "[[[]]]",
    '{"a": {"b": NaN}}', "true", '"' + "x" * 100_000 + '"', '"\\u202e\\u0007"', "-0.0",
]  # fmt: skip


@pytest.mark.parametrize("field", ["USER_PARCEL", "USER_TDA_NUM", "USER_Sale_Date", "EXTRA"])
def test_a_value_that_no_column_takes_costs_at_most_its_record(
    cli: CLI, home: Path, engine: Engine, field: str
) -> None:
    lines = [json.dumps(GOOD)]
    for number, value in enumerate(VALUES, 2):
        odd = json.dumps({**GOOD, "USER_TDA_NUM": f"2025-{number}", field: "@"})
        lines.append(odd.replace('"@"', value))
    (home / "sales.jsonl").write_text("\n".join([*lines, "no record", ""]))
    market = tax_sale_market(home, "sales.jsonl", kind="file")
    keys = 'location = "none"\nraw = "all"\noptional = ["deed_status"]'
    market.write_text(changed(market.read_text(), 'location = "geometry"', keys))
    outcome = cli("ingest", "--market", market, "--as-of", LIVE_DAY, "--json")
    assert outcome.code in {0, 3}, outcome.err[-2000:]
    assert "Traceback" not in outcome.err
    stats: dict[str, Any] = outcome.document["stats"]["tax_sales"]
    assert stats["inserted"] + stats["failed"] == stats["processed"] == len(lines) + 1
    assert stats["failed"] >= 1
    with engine.connect() as connection:
        kept = connection.execute(text("SELECT tda_number FROM tax_sales")).scalars().all()
    assert "2025-1" in kept
    if field == "EXTRA":
        assert len(kept) == len(lines), "a field that nobody uses costs no record"
