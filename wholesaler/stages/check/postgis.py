"""PostGIS: what is installed, and whether the points in the tables can be right."""

from sqlalchemy import Connection

from wholesaler.db.engine import MINIMUM_POSTGIS
from wholesaler.server.programs import EXTENSIONS
from wholesaler.stages.check.registry import Observation, Severity, check, not_applicable, rows
from wholesaler.stages.interface import Context

GROUP = "postgis"
_FILE = "postgis.sql"


@check(
    group=GROUP, severity=Severity.ERROR, hint="Create them as an administrator: CREATE EXTENSION followed by the name."
)
def extensions(connection: Connection, context: Context) -> Observation:
    """Extensions."""
    installed = {
        row.name: row.version for row in rows(connection, context, _FILE, "extensions", names=list(EXTENSIONS))
    }
    missing = [name for name in EXTENSIONS if name not in installed]
    if missing:
        return Observation(f"{', '.join(missing)} not installed", installed, wrong=True)
    return Observation("all installed", installed)


@check(
    group=GROUP,
    severity=Severity.ERROR,
    hint=f"Install PostGIS {MINIMUM_POSTGIS} or newer, then ALTER EXTENSION postgis UPDATE.",
)
def version(connection: Connection, context: Context) -> Observation:
    """PostGIS version."""
    extension_rows = rows(connection, context, _FILE, "extensions", names=["postgis"])
    if not extension_rows:
        return not_applicable("PostGIS is not installed")
    return judge_version(extension_rows[0].version)


def judge_version(installed: str) -> Observation:
    """What to say of a version such as ``3.3.2``."""
    too_old = int(installed.split(".")[0]) < MINIMUM_POSTGIS
    return Observation(installed, installed, wrong=too_old)


@check(
    group=GROUP, severity=Severity.ERROR, hint="Run `wholesaler ingest` and `wholesaler enrich`, which write them anew."
)
def invalid_geometries(connection: Connection, context: Context) -> Observation:
    """Invalid or empty geometries."""
    return _by_table(connection, context, "invalid")


@check(group=GROUP, severity=Severity.ERROR, hint="A source sends 0 for an unknown place: run `wholesaler ingest`.")
def points_at_origin(connection: Connection, context: Context) -> Observation:
    """Points at longitude 0, latitude 0."""
    return _by_table(connection, context, "at_origin")


@check(
    group=GROUP,
    severity=Severity.ERROR,
    hint="See `bounding_box` and the `crs` of the locations in the market file, then run `wholesaler ingest` and "
    "`wholesaler enrich`.",
)
def points_outside_market(connection: Connection, context: Context) -> Observation:
    """Points outside the market."""
    return _by_table(connection, context, "outside")


def _by_table(connection: Connection, context: Context, column: str) -> Observation:
    """How many points of each table are wrong in the way that ``column`` of the statement counts."""
    table_rows = rows(connection, context, _FILE, "points", **context.market.bounding_box.model_dump())
    value = {row.table_name: int(row._mapping[column]) for row in table_rows}
    wrong = ", ".join(f"{count:,} in {table}" for table, count in value.items() if count)
    return Observation(wrong or "none", value, wrong=bool(wrong))
