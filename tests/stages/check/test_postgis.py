"""PostGIS: extensions, version and points, each healthy and broken."""

from sqlalchemy import Engine

from tests.stages.check.rows import DOWNTOWN, Rows, look
from wholesaler.stages import check as _registered  # noqa: F401
from wholesaler.stages.check.postgis import judge_version
from wholesaler.stages.check.registry import Finding, Outcome
from wholesaler.stages.interface import Context

TABLES = ("properties", "tax_sales", "foreclosures", "code_violations", "property_records", "geocode_cache")


def found(context: Context, name: str) -> Finding:
    return look(context, "postgis", name)


def point(rows: Rows, table: str, location: tuple[float, float] | str) -> None:
    """A row of ``table`` at ``location``; text is written as it is."""
    where = DOWNTOWN if isinstance(location, str) else location
    if table == "properties":
        rows.property(location=where)
    elif table == "geocode_cache":
        rows.insert(table, address_key="1 ELM ST", match="Match", location=where)
    else:
        rows.record(table, None, None, location=where)
    if isinstance(location, str):
        rows.execute(f"UPDATE {table} SET location = ST_GeogFromText(:location)", location=location)


def test_extensions_good_after_the_migration(context: Context) -> None:
    finding = found(context, "extensions")
    assert finding.outcome is Outcome.OK
    assert set(finding.value) == {"postgis", "address_standardizer", "address_standardizer_data_us", "pg_trgm"}


def test_extensions_bad_when_one_is_missing(context: Context, rows: Rows) -> None:
    rows.execute("DROP EXTENSION pg_trgm")
    finding = found(context, "extensions")
    assert finding.outcome is Outcome.ERROR
    assert finding.message == "pg_trgm not installed"


def test_version_good_is_the_installed_one(context: Context) -> None:
    finding = found(context, "version")
    assert finding.outcome is Outcome.OK
    assert int(finding.value.split(".")[0]) >= 3


def test_version_bad_before_3() -> None:
    assert judge_version("2.5.9").wrong
    assert not judge_version("10.0dev").wrong


def test_points_good_inside_the_market_and_without_location(context: Context, rows: Rows) -> None:
    box = context.market.bounding_box
    for table in TABLES:
        point(rows, table, (box.west, box.north))
    rows.property(location=None)
    for name in ("invalid_geometries", "points_at_origin", "points_outside_market"):
        finding = found(context, name)
        assert finding.outcome is Outcome.OK
        assert finding.value == dict.fromkeys(TABLES, 0)


def test_invalid_geometries_bad_when_points_are_empty(context: Context, rows: Rows) -> None:
    for table in TABLES:
        point(rows, table, "POINT EMPTY")
    finding = found(context, "invalid_geometries")
    assert finding.outcome is Outcome.ERROR
    assert finding.value == dict.fromkeys(TABLES, 1)
    assert found(context, "points_outside_market").outcome is Outcome.OK


def test_points_at_origin_bad_when_zero_stands_for_unknown(context: Context, rows: Rows) -> None:
    point(rows, "tax_sales", (0, 0))
    finding = found(context, "points_at_origin")
    assert finding.outcome is Outcome.ERROR
    assert finding.message == "1 in tax_sales"
    assert found(context, "points_outside_market").outcome is Outcome.OK


def test_points_outside_market_bad_when_latitude_and_longitude_are_swapped(context: Context, rows: Rows) -> None:
    for table in TABLES:
        point(rows, table, (DOWNTOWN[1], DOWNTOWN[0]))
    finding = found(context, "points_outside_market")
    assert finding.outcome is Outcome.ERROR
    assert finding.value == dict.fromkeys(TABLES, 1)
    assert found(context, "invalid_geometries").outcome is Outcome.OK


def test_points_are_judged_in_both_directions_and_in_this_market(context: Context, rows: Rows, engine: Engine) -> None:
    box, other = context.market.bounding_box, Rows(engine, "other-county")
    for table in TABLES:
        point(other, table, (0, 0))
    for edge in ((box.east, box.south), (box.west, box.north)):
        point(rows, "properties", edge)
    middle = (box.west + box.east) / 2, (box.south + box.north) / 2
    for x, y in ((0, middle[1]), (middle[0], 0), (box.west - 0.001, middle[1]), (middle[0], box.north + 0.001)):
        point(rows, "tax_sales", (x, y))
    assert found(context, "points_at_origin").message == "none"
    assert found(context, "points_outside_market").message == "4 in tax_sales"
