"""What the statements that count violations take for changed, and how far around it they count again, cell by cell."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from tests.stages.check.rows import AS_OF, DOWNTOWN, MARKET, Rows
from tests.stages.county import FAR
from wholesaler.db.sql import statement

DAY = date.fromisoformat(AS_OF)
#: degrees of 2 metres: a cell of the grid is 1 degree wide, or 10 degrees as far as what is known at all reaches
PLANE = {"metres_east": 2, "metres_north": 2, "radius_metres": 6 / 1.03, "furthest_metres": 60 / 1.03}
#: how many cells to the left and the right can hold a point within three cells, by how many cells it is up or down
WIDTHS = {0: 4, 1: 4, 2: 3, 3: 3, 4: 1}
CELLS = {(x, y) for y in range(-6, 7) for x in range(-6, 7) if abs(x) <= WIDTHS.get(abs(y), -1)}
HERE, THERE = "POINT(0.5 0.5)", "POINT(-0.5 60.5)"


@pytest.fixture
def rows(engine: Engine) -> Rows:
    return Rows(engine)


def execute(connection: Connection, name: str, **parameters: Any) -> None:
    known = {"market": MARKET, **parameters}
    connection.execute(statement("wholesaler.stages.properties", "violations.sql", name), known)


def changed(engine: Engine, sources: tuple[str, ...]) -> dict[str, tuple[int, int | None]]:
    """The states and former states of the violations that count otherwise, and they are remembered."""
    with engine.begin() as connection:
        execute(connection, "current_states", sources=list(sources), as_of=DAY, period_days=730)
        found = connection.execute(text("SELECT source || record_key, state, counted_state FROM changed_violations"))
        states = {row[0]: (row[1], row[2]) for row in found}
        execute(connection, "remember_states")
    return states


def test_the_state_of_a_violation_and_what_has_changed_of_it(engine: Engine, rows: Rows) -> None:
    cases: list[tuple[Any, bool, int | None, str, int]] = [
        (DOWNTOWN, True, 0, "Open", 15), (DOWNTOWN, True, 730, "Open", 15), (DOWNTOWN, True, 731, "Open", 9),
        (DOWNTOWN, True, -1, "Open", 1), (DOWNTOWN, True, None, "Open", 1), (DOWNTOWN, True, 0, "Closed", 3),
        (DOWNTOWN, False, 0, "Open", 1), (None, True, 0, "Open", 14), (None, False, 0, "Closed", 0),
    ]  # fmt: skip
    theirs = Rows(engine, "other-county")
    for number, (location, is_active, days, status, _) in enumerate(cases):
        opened = None if days is None else DAY - timedelta(days=days)
        values = {"record_key": f"{number}", "opened_date": opened, "status": status, "is_active": is_active}
        for source in ("a", "b"):
            rows.record("code_violations", None, None, source=source, location=location, **values)
        theirs.record("code_violations", None, None, source="a", location=location, **values)
        theirs.insert("counted_violations", source="a", record_key=f"{number}", state=7)
    wanted = {f"a{number}": (case[-1], None) for number, case in enumerate(cases)}
    stale = {f"b{number}": (0, None) for number in range(len(cases))}
    assert changed(engine, ("a", "c")) == wanted | stale
    assert changed(engine, ("a", "c")) == {}
    # one is moved, one is another property's, one is closed, and of the other source one is so already
    property_id = rows.property()
    for change, keys in (
        (f"location = 'POINT({FAR[0]} {FAR[1]})'", ["a0"]), (f"property_id = {property_id}", ["a2"]),
        ("status = 'Closed'", ["a1", "b1"]),
    ):  # fmt: skip
        query = f"UPDATE code_violations SET {change} WHERE market = :market AND source || record_key = ANY(:keys)"
        rows.execute(query, keys=keys)
    assert changed(engine, ("a", "c")) == {"a0": (15, 15), "a1": (3, 15), "a2": (9, 9)}
    assert changed(engine, ("a", "b")) == {
        **{f"b{number}": (case[-1], 0) for number, case in enumerate(cases[:-1])}, "b1": (3, 0),
    }  # fmt: skip


def dirty(engine: Engine, *changes: dict[str, Any]) -> set[str]:
    """The names of the properties that are counted again after changes of violations at a place."""
    columns = (
        "location geography, counted_location geography, state int, counted_state int, property_id bigint,"
        " counted_property_id bigint"
    )
    with engine.begin() as connection:
        connection.execute(text(f"CREATE TEMPORARY TABLE changed_violations ({columns}) ON COMMIT DROP"))
        for change in changes:
            names = ", ".join(change)
            values = ", ".join(f":{name}" for name in change)
            connection.execute(text(f"INSERT INTO changed_violations ({names}) VALUES ({values})"), change)
        execute(connection, "dirty_properties", radius_miles=0.25, **PLANE)
        query = "SELECT address FROM dirty_properties JOIN properties USING (id)"
        found = connection.scalars(text(query)).all()
    assert len(found) == len(set(found))
    return set(found)


def grid(rows: Rows, name: str, size: int, nearby: str, market: str = MARKET, is_active: bool = True) -> None:
    """Properties that are counted, in the middles of the cells around HERE, each called by its cell."""
    rows.execute(
        "INSERT INTO properties (market, parcel_id, address, location, counted_location, counted_radius_miles,"
        " nearby_violations, is_active)"
        " SELECT :of, address, address, point, point, 0.25, CAST(:nearby AS int), :is_active"
        " FROM generate_series(-6, 6) AS x, generate_series(-6, 6) AS y, LATERAL (SELECT"
        " concat_ws(' ', :name, x, y) AS address,"
        " ST_MakePoint((x + 0.5) * :size, (y + 0.5) * :size)::geography AS point) AS cell",
        of=market, name=name, size=size, nearby=nearby, is_active=is_active,
    )  # fmt: skip


def names(name: str) -> set[str]:
    return {f"{name} {x} {y}" for x, y in CELLS}


@pytest.mark.parametrize(
    ("state", "counted", "place", "is_far"),
    [
        (1, None, None, True), (1, 0, HERE, True), (0, 1, HERE, True), (1, 1, None, True), (1, 1, THERE, True),
        (5, 1, HERE, False), (1, 5, HERE, False), (3, 1, HERE, False), (1, 3, HERE, False),
    ],
)  # fmt: skip
def test_properties_near_a_change_are_counted_again_and_those_without_any_a_mile_around_what_comes_or_goes(
    engine: Engine, rows: Rows, state: int, counted: int | None, place: str | None, is_far: bool
) -> None:
    grid(rows, "near", 1, "1")
    grid(rows, "none", 10, "0")
    rows.execute("UPDATE properties SET nearby_violations = NULL WHERE address LIKE 'none % -1'")
    # none of these is in the way
    grid(rows, "some", 10, "1")
    rows.execute("DELETE FROM properties WHERE address = 'some 0 6'")
    grid(rows, "theirs", 1, "0", "other-county")
    grid(rows, "inactive", 1, "0", is_active=False)
    found = dirty(engine, {"state": state, "counted_state": counted, "location": HERE, "counted_location": place})
    moved = {name for name in found if place == THERE and name.startswith("none") and name not in names("none")}
    assert found - moved == names("near") | (names("none") if is_far else set())
    # around the former place too
    assert bool(moved) is (place == THERE)


def test_a_property_is_counted_again_that_moved_or_owns_a_change_or_was_never_counted(
    engine: Engine, rows: Rows
) -> None:
    point = (150.0, 0.0)
    theirs = Rows(engine, "other-county")
    ids: dict[str, int] = {}
    for name, values in {
        "counted": {}, "moved": {"counted_location": (151.0, 0.0)}, "located": {"counted_location": None},
        "of another radius": {"counted_radius_miles": 0.5}, "never": {"counted_radius_miles": None},
        "owner": {}, "former owner": {},
    }.items():  # fmt: skip
        known = {"address": name, "location": point, "counted_location": point, "counted_radius_miles": 0.25}
        ids[name] = rows.property(**{**known, **values})
        rows.property(**{**known, **values, "address": f"inactive {name}", "is_active": False})
        theirs.property(**{**known, **values, "address": f"their {name}"})
    ids["gone"] = rows.property(address="gone", is_active=False, counted_radius_miles=0.25)
    known = {"state": 1, "counted_state": 1}
    found = dirty(
        engine,
        {**known, "property_id": ids["owner"], "counted_property_id": ids["gone"]},
        {**known, "property_id": ids["owner"], "counted_property_id": ids["former owner"]},
    )
    assert found == {"moved", "located", "of another radius", "never", "owner", "former owner"}
