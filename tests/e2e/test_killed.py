"""Runs that are killed at any moment leave nothing behind: the next good one has what an undisturbed one has."""

import os
import random
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Engine, text

from tests.support import fresh_database
from wholesaler.db.engine import make_engine
from wholesaler.markets import load_market
from wholesaler.sample import generate, write

DAY = date(2026, 3, 2)
KILLS = 10
TABLES = (
    "properties", "parcels", "merged_rolls", "tax_sales", "foreclosures", "code_violations", "distress_events",
    "property_records", "counted_violations", "counted_sales", "rejected_records", "standard_addresses",
    "geocode_cache", "score_profiles", "lead_scores", "lead_score_history", "alert_deliveries",
)  # fmt: skip
#: what tells when something was written, and numbers that are counted up: another run has others
PASSING = [
    "id", "property_id", "merged_into", "subject", "first_seen_at", "last_seen_at", "updated_at", "created_at",
    "sent_at", "merged_at", "changed_at", "counted_at", "compared_at", "attempts", "run_id", "message_id",
]  # fmt: skip


def process(url: URL, home: Path, market: Path) -> "subprocess.Popen[bytes]":
    """``wholesaler run-all`` in a process of its own."""
    settings = {
        "DATABASE_URL": url.render_as_string(hide_password=False),
        "WHOLESALER_HOME": str(home),
        "WHOLESALER_RETRIES": "0",
        "WHOLESALER_GEOCODER_ENABLED": "false",
    }
    command = [sys.executable, "-m", "wholesaler", "--market", market, "--as-of", str(DAY), "run-all", "--quiet"]
    nowhere = subprocess.DEVNULL
    return subprocess.Popen(command, stdout=nowhere, stderr=nowhere, env={**os.environ, **settings})


def tables(engine: Engine) -> dict[str, list[Any]]:
    """The rows of every table, properties by their parcel numbers."""
    found = {}
    with engine.connect() as connection:
        for table in TABLES:
            columns = {
                row[0]
                for row in connection.execute(
                    text("SELECT column_name FROM information_schema.columns WHERE table_name = :table"),
                    {"table": table},
                )
            }
            numbers = [
                f"'{name}', (SELECT parcel_id FROM properties AS own WHERE own.id::text = one.{name}::text)"
                for name in ("property_id", "merged_into", "subject")
                if name in columns
            ]
            query = (
                f"SELECT (to_jsonb(one) - CAST(:passing AS text[]) || jsonb_build_object({', '.join(numbers)}))::text"
                f" FROM {table} AS one ORDER BY 1"
            )
            found[table] = list(connection.scalars(text(query), {"passing": PASSING}))
    return found


def wait_for_sessions(engine: Engine) -> None:
    """Until the server has noticed that the client is gone: a statement under way runs to its end."""
    query = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with engine.connect() as connection:
            if not connection.scalar(query):
                return
        time.sleep(0.1)
    raise AssertionError("a session of a killed run does not end")


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_a_run_after_ten_that_were_killed_has_what_an_undisturbed_one_has(server: URL, home: Path, seed: int) -> None:
    market = write(generate(seed, DAY), home, load_market("orange-fl"))
    with fresh_database(server) as url:
        start = time.monotonic()
        assert process(url, home / "one", market).wait(120) in {0, 3}
        seconds = time.monotonic() - start
        engine = make_engine(url)
        expected = tables(engine)
        engine.dispose()
    # nobody is asked for geocodes, and the sample's roll has no sales
    assert {table for table in TABLES if not expected[table]} <= {"geocode_cache", "counted_sales"}
    chance = random.Random(seed)
    with fresh_database(server) as url:
        engine = make_engine(url)
        endings = []
        for _ in range(KILLS):
            with process(url, home / "two", market) as run:
                try:
                    run.wait(chance.uniform(0, seconds))
                except subprocess.TimeoutExpired:
                    run.kill()
                endings.append(run.wait(10))
            wait_for_sessions(engine)
        assert endings.count(-9) >= KILLS // 2, endings
        assert process(url, home / "two", market).wait(120) in {0, 3}
        found = tables(engine)
        with engine.connect() as connection:
            assert not connection.scalar(text("SELECT count(*) FROM data_ingestion_runs WHERE status = 'running'"))
        engine.dispose()
    for table in TABLES:
        assert set(found[table]) ^ set(expected[table]) == set(), table
        assert len(found[table]) == len(expected[table]), table
