"""Counting where something changed comes to what counting everything would, whatever changed."""

import random
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from tests.stages.check.rows import AS_OF, DOWNTOWN, MARKET, Rows
from tests.stages.county import Database, Point, shifted
from wholesaler.config import load_settings
from wholesaler.markets import load_market
from wholesaler.stages.interface import Context
from wholesaler.stages.properties.violations import count_violations

DAY = date.fromisoformat(AS_OF)
MILE = 1609.344
SOURCES = ("orlando", "ocoee", "apopka")
COUNTS = (
    "SELECT id, own_open_violations, nearby_violations, nearby_open_violations, nearest_violation_miles"
    " FROM properties WHERE market = :market AND is_active ORDER BY id"
)


@pytest.fixture
def rows(engine: Engine) -> Rows:
    return Rows(engine)


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> Context:
    """A market whose cases are those of three sources: one is never stale, the others are from some age on."""
    settings = load_settings({"WHOLESALER_HOME": str(tmp_path)}, tmp_path)
    market = load_market(MARKET)
    cases = market.sources["code_violations"]
    always = cases.model_copy(update={"record_date": None, "stale_after_days": None, "record": "code_violations"})
    limited = [always.model_copy(update={"record_date": "opened_date", "stale_after_days": age}) for age in (60, 400)]
    others = {name: source for name, source in market.sources.items() if name != "code_violations"}
    sources = {**others, **dict(zip(SOURCES, (always, *limited), strict=True))}
    return Context(settings, market.model_copy(update={"sources": sources}), DAY, engine, uuid4())


def count(context: Context) -> int:
    with context.engine.begin() as connection:
        return count_violations(connection, context)


def counts(context: Context) -> list[dict[str, Any]]:
    return Database(context.engine).rows(COUNTS, market=MARKET)


def recount(context: Context) -> list[dict[str, Any]]:
    """The counts as of a market that was never counted, which the market is left with."""
    Rows(context.engine).execute(
        "UPDATE properties SET counted_radius_miles = NULL, counted_location = NULL WHERE market = :market"
    )
    Rows(context.engine).execute("DELETE FROM counted_violations WHERE market = :market")
    count(context)
    return counts(context)


def somewhere(chance: random.Random) -> Point:
    """A point within two miles of downtown."""
    return shifted(DOWNTOWN, chance.uniform(-2 * MILE, 2 * MILE), chance.uniform(-2 * MILE, 2 * MILE))


def change(chance: random.Random, rows: Rows, ids: list[int], keys: list[str]) -> None:
    """One change of a violation or a property."""
    key, number = chance.choice(keys), chance.choice(ids)
    x, y = somewhere(chance)
    day = DAY - timedelta(days=chance.choice([0, -1, 1, 729, 730, 731, 900, 20, -20]))
    violation, place = "UPDATE code_violations SET", f"ST_MakePoint({x}, {y})::geography"
    command = chance.choice(
        [
            f"{violation} status = '{chance.choice(['Open', 'Closed'])}' WHERE record_key = '{key}'",
            f"{violation} opened_date = '{day}' WHERE record_key = '{key}'",
            f"{violation} location = {place} WHERE record_key = '{key}'",
            f"{violation} location = NULL WHERE record_key = '{key}'",
            f"{violation} is_active = NOT is_active WHERE record_key = '{key}'",
            f"{violation} property_id = {chance.choice([number, 'NULL'])} WHERE record_key = '{key}'",
            f"UPDATE properties SET location = {place} WHERE id = {number}",
            f"UPDATE properties SET location = NULL WHERE id = {number}",
        ]
    )
    rows.execute(f"{command} AND market = :market")


@pytest.mark.parametrize("seed", [1, 2])
def test_changes_of_violations_and_properties_come_to_what_a_recount_would(
    context: Context, rows: Rows, seed: int
) -> None:
    chance = random.Random(seed)
    ids = [rows.property(location=somewhere(chance)) for _ in range(12)]
    keys = [f"{number}" for number in range(14)]
    for key in keys:
        rows.record(
            "code_violations",
            None,
            None,
            source=chance.choice([*SOURCES, "gone"]),
            record_key=key,
            location=somewhere(chance),
            opened_date=DAY - timedelta(days=chance.randrange(-5, 800)),
        )
    other = Rows(context.engine, "other-county")
    theirs = other.property()
    for key in keys:
        other.record("code_violations", None, theirs, record_key=key, location=DOWNTOWN, opened_date=DAY)
    count(context)
    for step in range(25):
        for _ in range(chance.randrange(1, 3)):
            change(chance, rows, ids, keys)
        day = DAY + timedelta(days=chance.choice([0, 0, 0, 1, -1, 60, 400]))
        now = replace(context, as_of=day)
        count(now)
        found = counts(now)
        assert count(now) == 0
        assert found == recount(now), f"step {step}"
    untouched = Database(context.engine).rows("SELECT nearby_violations FROM properties WHERE id = :id", id=theirs)
    assert untouched == [{"nearby_violations": None}]


@pytest.mark.parametrize(("metres", "known"), [(MILE - 1, True), (MILE + 1, False)])
def test_a_violation_that_comes_or_goes_makes_known_what_lies_within_a_mile(
    context: Context, rows: Rows, metres: float, known: bool
) -> None:
    for east, north in ((metres, 0), (0, metres), (-metres, 0), (0, -metres)):
        rows.property(location=shifted(DOWNTOWN, east, north))
    count(context)
    opened = DAY - timedelta(days=900)
    rows.record("code_violations", None, None, source="orlando", location=DOWNTOWN, opened_date=opened)
    assert count(context) == (4 if known else 0)
    assert [row["nearby_violations"] for row in counts(context)] == [0 if known else None] * 4
    rows.execute("DELETE FROM code_violations")
    assert {row["nearby_violations"] for row in recount(context)} == {None}


@pytest.mark.parametrize(("age", "is_stale"), [(60, False), (61, True)])
def test_the_cases_of_a_source_that_becomes_stale_count_as_not_there_until_it_is_fresh_again(
    context: Context, rows: Rows, age: int, is_stale: bool
) -> None:
    number = rows.property()
    for source in ("orlando", "ocoee"):
        rows.record("code_violations", None, number, source=source, location=DOWNTOWN, opened_date=DAY)
        rows.record("code_violations", None, None, source=source, location=DOWNTOWN, opened_date=DAY)
    # neither what a source left that is no more nor another market's is counted
    others = [(rows, number, "gone"), (rows, None, "gone"), (Rows(context.engine, "other-county"), None, "orlando")]
    for one_of, owner, source in others:
        one_of.record("code_violations", None, owner, source=source, location=DOWNTOWN, opened_date=DAY)
    count(context)
    both = {"id": number, "own_open_violations": 2, "nearby_violations": 2, "nearby_open_violations": 2}
    one = {"id": number, "own_open_violations": 1, "nearby_violations": 1, "nearby_open_violations": 1}
    for day, expected in ((DAY, both), (DAY + timedelta(days=age), one if is_stale else both), (DAY, both)):
        count(replace(context, as_of=day))
        (found,) = counts(context)
        assert {name: found[name] for name in expected} == expected
