"""The violations counted on and around every property."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from math import cos, inf, radians, sin, sqrt
from pathlib import Path
from typing import Any

import pytest

from tests.stages.county import AS_OF, CLI, DOWNTOWN, FAR, County, Database, Point, parcel, run, shifted, stages

MILE = 1609.344
QUARTER = MILE / 4
COUNTS = ("own_open_violations", "nearby_violations", "nearby_open_violations", "nearest_violation_miles")


@pytest.fixture
def county(tmp_path: Path) -> County:
    """One property downtown."""
    return County(tmp_path).sale(parcel(1), point=DOWNTOWN).roll(parcel(1))


def counts(database: Database, number: int = 1) -> tuple[Any, ...]:
    """(own open, nearby, nearby open, nearest in miles) of a property."""
    row = database.property(parcel(number))
    return tuple(None if row[name] is None else float(row[name]) for name in COUNTS)


def test_violations_within_a_quarter_mile_are_counted_and_the_nearest_measured(
    cli: CLI, county: County, database: Database
) -> None:
    for metres in (QUARTER - 0.2, QUARTER + 0.2):
        county.violation(None, shifted(DOWNTOWN, east=metres)).violation(None, shifted(DOWNTOWN, north=-metres))
        county.violation(None, shifted(DOWNTOWN, -metres / sqrt(2), metres / sqrt(2)))
    county.violation(None, shifted(DOWNTOWN, east=0.1 * MILE))
    stages(cli, county.write(), "ingest", "enrich")
    assert counts(database) == (0, 4, 4, 0.1)


def test_violations_of_the_parcel_itself_are_its_own_and_not_nearby(
    cli: CLI, county: County, database: Database
) -> None:
    county.violation(parcel(1)).violation(parcel(1)).violation(parcel(1), status="Closed")
    county.violation(parcel(2)).roll(parcel(2)).violation(None)
    stages(cli, county.write(), "ingest", "enrich")
    assert counts(database) == (2, 2, 2, 0)
    assert counts(database, 2) == (1, 4, 3, 0)


def test_own_violations_that_nobody_located_are_still_known(cli: CLI, county: County, database: Database) -> None:
    county.violation(parcel(1), None)
    stages(cli, county.write(), "ingest", "enrich")
    assert counts(database) == (1, None, None, None)


def test_closed_violations_are_nearby_but_not_open(cli: CLI, county: County, database: Database) -> None:
    county.violation(None).violation(None, status="Closed").violation(None, status=None)
    stages(cli, county.write(), "ingest", "enrich")
    assert counts(database) == (0, 3, 1, 0)


def test_the_window_of_730_days_includes_both_its_ends(cli: CLI, county: County, database: Database) -> None:
    for days in (731, 730, 0, -1):
        county.violation(None, opened=AS_OF - timedelta(days=days), number=str(days))
    stages(cli, county.violation(None, opened=None).write(), "ingest", "enrich")
    assert counts(database) == (0, 2, 2, 0)


def test_an_old_open_case_on_the_parcel_counts_and_one_of_tomorrow_does_not(
    cli: CLI, county: County, database: Database
) -> None:
    county.violation(parcel(1), opened=AS_OF - timedelta(days=3000)).violation(parcel(1), opened=AS_OF)
    county.violation(parcel(1), opened=AS_OF + timedelta(days=1))
    stages(cli, county.write(), "ingest", "enrich")
    assert counts(database)[0] == 2


def test_nothing_is_known_where_no_violation_of_any_date_is_within_a_mile(
    cli: CLI, county: County, database: Database
) -> None:
    county.violation(None, shifted(DOWNTOWN, east=MILE + 1))
    stages(cli, county.write(), "ingest", "enrich")
    assert counts(database) == (None, None, None, None)


def test_an_old_closed_violation_within_a_mile_makes_no_violations_nearby_a_fact(
    cli: CLI, county: County, database: Database
) -> None:
    county.violation(None, shifted(DOWNTOWN, east=MILE - 1), opened=date(2010, 1, 1), status="Closed")
    county.violation(None, FAR)  # the source is not stale
    stages(cli, county.write(), "ingest", "enrich")
    assert counts(database) == (0, 0, 0, None)


def test_a_property_without_location_has_no_counts(cli: CLI, county: County, database: Database) -> None:
    county.sale(parcel(2), point=None).roll(parcel(2), point=None).violation(None)
    stages(cli, county.write(), "ingest", "enrich")
    assert counts(database, 2) == (None, None, None, None)


def test_the_radius_can_be_set_and_a_changed_one_counts_again(
    cli: CLI, county: County, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    county.violation(None, shifted(DOWNTOWN, east=QUARTER * 2 - 1)).violation(None)
    market = county.write()
    stages(cli, market, "ingest", "enrich")
    assert counts(database)[1] == 1
    monkeypatch.setenv("WHOLESALER_RADIUS_MILES", "0.5")
    stages(cli, market, "enrich")
    assert counts(database)[1] == 2
    monkeypatch.setenv("WHOLESALER_RADIUS_MILES", "0.1")
    stages(cli, market, "enrich")
    assert counts(database)[1] == 1


def test_the_counts_follow_the_day_forth_and_back(cli: CLI, county: County, database: Database) -> None:
    county.violation(None, opened=AS_OF - timedelta(days=700)).violation(None, opened=AS_OF + timedelta(days=10))
    for days in (30, 790):  # the source is stale on none of the days
        county.violation(None, FAR, opened=AS_OF + timedelta(days=days))
    market = county.write()
    stages(cli, market, "ingest", "enrich")
    found = [counts(database)[1]]
    for days in (10, 31, 800, 0, -701):
        stages(cli, market, "enrich", as_of=AS_OF + timedelta(days=days))
        found.append(counts(database)[1])
    assert found == [1, 2, 1, 0, 1, 0]


def test_a_changed_violation_recounts_only_the_properties_near_it(cli: CLI, county: County, database: Database) -> None:
    county.violation(None, DOWNTOWN).violation(None, DOWNTOWN).violation(None, FAR)
    county.sale(parcel(2), point=FAR).roll(parcel(2))
    stages(cli, county.write(), "ingest", "enrich")
    # a count that a whole recount would put right
    database.execute("UPDATE properties SET nearby_violations = 99 WHERE parcel_id = :id", id=parcel(2))
    near, far = (database.property(parcel(number))["version"] for number in (1, 2))
    county.records["code_violations"][0]["caseinfostatus"] = "Closed"
    report = stages(cli, county.write(), "ingest", "enrich")["enrich"]
    assert counts(database)[:3] == (0, 2, 1)
    assert database.property(parcel(1))["version"] != near
    assert database.property(parcel(2))["version"] == far
    assert counts(database, 2)[1] == 99
    assert report["stats"]["counts_changed"] == 1


def test_a_violation_that_moves_is_taken_from_one_place_and_counted_at_the_other(
    cli: CLI, county: County, database: Database
) -> None:
    county.violation(None, DOWNTOWN, number="stays").violation(None, FAR, number="stays there")
    county.violation(None, DOWNTOWN, number="moves").sale(parcel(2), point=FAR).roll(parcel(2))
    stages(cli, county.write(), "ingest", "enrich")
    assert (counts(database)[1], counts(database, 2)[1]) == (2, 1)
    there = county.records["code_violations"][1]
    county.records["code_violations"][2] |= {"gpsx": there["gpsx"], "gpsy": there["gpsy"]}
    stages(cli, county.write(), "ingest", "enrich")
    assert (counts(database)[1], counts(database, 2)[1]) == (1, 2)


def test_a_violation_that_the_city_withdrew_is_not_counted_any_more(
    cli: CLI, county: County, database: Database
) -> None:
    for _ in range(3):
        county.violation(None)
    stages(cli, county.write(), "ingest", "enrich")
    county.records["code_violations"].pop()
    stages(cli, county.write(), "ingest", "enrich")
    assert counts(database) == (0, 2, 2, 0)


def test_the_first_violation_of_a_neighbourhood_makes_its_counts_known(
    cli: CLI, county: County, database: Database
) -> None:
    county.violation(None, FAR)
    stages(cli, county.write(), "ingest", "enrich")
    assert counts(database) == (None, None, None, None)
    county.violation(None, shifted(DOWNTOWN, east=MILE * 0.9))
    stages(cli, county.write(), "ingest", "enrich")
    assert counts(database) == (0, 0, 0, None)


def test_a_property_that_moves_is_counted_at_its_new_place(cli: CLI, county: County, database: Database) -> None:
    county.violation(None, DOWNTOWN).violation(None, FAR).violation(None, FAR)
    stages(cli, county.write(), "ingest", "enrich")
    county.records["tax_sales"][0]["geometry"] = {"x": FAR[0], "y": FAR[1]}
    stages(cli, county.write(), "ingest", "enrich")
    assert counts(database)[1] == 2


def test_a_violation_whose_parcel_is_corrected_changes_from_nearby_to_own(
    cli: CLI, county: County, database: Database
) -> None:
    county.violation(None).violation(None)
    stages(cli, county.write(), "ingest", "enrich")
    assert counts(database) == (0, 2, 2, 0)
    county.records["code_violations"][0]["parcel_id"] = parcel(1)
    stages(cli, county.write(), "ingest", "enrich")
    assert counts(database) == (1, 1, 1, 0)


def test_the_counts_of_a_random_county_agree_with_plain_geometry(cli: CLI, county: County, database: Database) -> None:
    chance = random.Random(20251201)
    properties: dict[str, Point] = {}
    for number in range(2, 302):
        properties[parcel(number)] = (chance.uniform(-81.68, -80.87), chance.uniform(28.31, 28.82))
        if number % 2:  # half of them where the violations are dense
            properties[parcel(number)] = (chance.uniform(-81.45, -81.30), chance.uniform(28.45, 28.60))
        county.sale(parcel(number), point=properties[parcel(number)])
    violations: list[tuple[Point, date, bool, str | None]] = []
    for number in range(2000):
        box = (-81.68, -80.87, 28.31, 28.82) if number % 10 == 0 else (-81.45, -81.30, 28.45, 28.60)
        point = chance.uniform(*box[:2]), chance.uniform(*box[2:])
        opened, is_open = AS_OF - timedelta(days=chance.randrange(-5, 1100)), chance.random() < 0.4
        owner = chance.choice(list(properties)) if number % 20 == 0 else None
        violations.append((point, opened, is_open, owner))
        county.violation(owner, point, opened=opened, status="Open" if is_open else "Closed", number=str(number))
    market = county.write()
    run(cli, market, "ingest", code=3)  # none of them is on the roll
    run(cli, market, "enrich")
    places = [earth(point) for point, _, _, _ in violations]
    nearest_seen = unknown = 0
    for parcel_id, point in properties.items():
        row = database.property(parcel_id)
        metres = [distance(earth(point), place) for place in places]
        if any(abs(one - limit) < 0.1 for one in metres for limit in (QUARTER, MILE)):
            continue
        own = sum(owner == parcel_id and is_open and day <= AS_OF for _, day, is_open, owner in violations)
        if min(metres) > MILE:
            unknown += 1
            assert [row[name] for name in COUNTS] == [own or None, None, None, None]
            continue
        near = [
            (one, is_open)
            for one, (_, day, is_open, owner) in zip(metres, violations, strict=True)
            if one <= QUARTER and AS_OF - timedelta(days=730) <= day <= AS_OF and owner != parcel_id
        ]
        expected = (own, len(near), sum(is_open for _, is_open in near))
        assert tuple(row[name] for name in COUNTS[:3]) == expected
        nearest = min((one for one, _ in near), default=inf)
        nearest_seen += nearest < inf
        found = inf if row["nearest_violation_miles"] is None else float(row["nearest_violation_miles"])
        assert found == pytest.approx(nearest / MILE, abs=0.00015)
    assert nearest_seen > 50
    assert unknown > 20


def earth(point: Point) -> tuple[float, float, float]:
    """The point on the WGS 84 ellipsoid in metres from the earth's centre."""
    longitude, latitude = map(radians, point)
    e2 = 0.0066943799901413165
    normal = 6378137 / sqrt(1 - e2 * sin(latitude) ** 2)
    return (
        normal * cos(latitude) * cos(longitude),
        normal * cos(latitude) * sin(longitude),
        normal * (1 - e2) * sin(latitude),
    )


def distance(a: Sequence[float], b: Sequence[float]) -> float:
    """The chord in metres, which over a mile is shorter than the way on the ground by five millionths of a metre."""
    return sqrt((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2)
