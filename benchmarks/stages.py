"""All stages over a county of any size, twice, each beside the plainest statement that does about as much."""

import time
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.engine import URL

from benchmarks.command import Finished, apart, seconds_of, wholesaler
from benchmarks.databases import Databases
from benchmarks.figures import Figure
from wholesaler.db.engine import make_engine

DAY = date(2026, 1, 15)
TARGETS = {"enrich": 10.0, "dedupe": 15.0, "score": 5.0, "check": 5.0}
_TABLES = ("properties", "tax_sales", "foreclosures", "code_violations", "property_records", "lead_scores")
_RADIUS = 0.25 * 1609.344
_READINGS = 5


def measure(databases: Databases, properties: int, violations: int) -> list[Figure]:
    """The seconds of each stage of a first ``run-all``, and what others over the same data take and write.

    The second finds the files unchanged and leaves them alone; for the third they have to be read again.
    """
    folder = databases.folder / "county"
    folder.mkdir()
    market = apart(make_county, folder, properties, violations)
    database = databases.fresh("stages")
    first = wholesaler(database, databases.folder, market, DAY, "run-all")
    second = wholesaler(database, databases.folder, market, DAY, "run-all")
    forget_readings(database)
    third = wholesaler(database, databases.folder, market, DAY, "run-all")
    reading = _reading(databases, database, market)
    peers = apart(peers_of, database)
    stages = {stage["command"]: stage for stage in first.document["stages"]}
    failed = [name for name, stage in stages.items() if stage["status"] == "failure" and name != "check"]
    assert not failed, [stages[name]["error"] for name in failed]
    figures = []
    for name, target in TARGETS.items():
        peer, seconds = peers[name]
        figures.append(Figure(name, "s", (seconds_of(stages[name]),), target, False, peer, (seconds,)))
    figures.append(Figure("first run-all", "s", (first.seconds,)))
    figures.append(Figure("second run-all, nothing changed", "s", (second.seconds,), first.seconds / 3))
    figures.append(Figure("rows it inserted and updated", "rows", (float(_written(second.document)),), 0))
    figures.append(Figure("third run-all, every source read again", "s", (third.seconds,)))
    figures.append(Figure("rows that inserted and updated", "rows", (float(_written(third.document)),), 0))
    return figures + reading


def _reading(databases: Databases, database: URL, market: Path) -> list[Figure]:
    """What a person waits for the commands that only read."""

    def read(*arguments: str) -> Finished:
        return wholesaler(database, databases.folder, market, DAY, *arguments)

    parcel = str(read("leads", "list").document["leads"][0]["parcel_id"])
    commands = (("leads", "list"), ("leads", "show", parcel), ("stats",), ("runs",))
    return [
        Figure(f"`{' '.join(words[:2])}`", "s", tuple(read(*words).seconds for _ in range(_READINGS)), 0.5)
        for words in commands
    ]


def forget_readings(database: URL) -> None:
    """Have the sources read again, as those are that do not tell whether they have changed."""
    engine = make_engine(database)
    with engine.begin() as connection:
        connection.execute(text("UPDATE data_ingestion_runs SET stats = stats - 'version'"))
    engine.dispose()


def make_county(folder: Path, properties: int, violations: int) -> Path:
    """Write the sample county at this size; returns its market file."""
    from wholesaler.markets import load_market
    from wholesaler.sample import generate, write

    return write(generate(1, DAY, properties, violations), folder, load_market("orange-fl"))


def _written(document: dict[str, Any]) -> int:
    """All rows of records, properties and scores that a run changed."""
    stages = {stage["command"]: stage["stats"] for stage in document["stages"]}
    records = sum(
        source["inserted"] + source["updated"] + source["deactivated"] for source in stages["ingest"].values()
    )
    return int(
        records
        + stages["enrich"]["addresses_changed"]
        + stages["enrich"]["counts_changed"]
        + stages["dedupe"]["merged"]
        + stages["dedupe"]["records_changed"]
        + stages["score"]["changed"]
        + stages["score"]["snapshots_created"]
    )


def peers_of(database: URL) -> dict[str, tuple[str, float]]:
    """What the plainest equivalent of each stage takes on the same rows, in seconds."""
    engine = make_engine(database)
    with engine.connect() as connection:
        found = {
            "enrich": ("k-d tree count in memory", _nearby_by_tree(connection)),
            "dedupe": (
                "one GROUP BY address",
                _seconds(
                    connection,
                    "SELECT count(*) FROM (SELECT FROM properties GROUP BY house_number, street, unit, zip_code) AS x",
                ),
            ),
            "score": (
                "bare INSERT … SELECT of scores and history",
                _seconds(connection, "CREATE TEMPORARY TABLE plain (LIKE lead_scores)")
                + _seconds(connection, "INSERT INTO plain SELECT * FROM lead_scores")
                + _seconds(connection, "CREATE TEMPORARY TABLE kept AS SELECT * FROM lead_score_history"),
            ),
            "check": (
                "count(*) of every table",
                sum(_seconds(connection, f"SELECT count(*) FROM {table}") for table in _TABLES),
            ),
        }
    engine.dispose()
    return found


def _seconds(connection: Connection, statement: str) -> float:
    started = time.perf_counter()
    connection.execute(text(statement))
    return time.perf_counter() - started


def _nearby_by_tree(connection: Connection) -> float:
    """Seconds of reading the points, building a k-d tree and counting the violations around every property."""
    import numpy
    from scipy.spatial import cKDTree

    started = time.perf_counter()
    points = {
        table: numpy.array(
            connection.execute(
                text(
                    "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_Transform(location::geometry, 32617) AS p"
                    f" FROM {table} WHERE location IS NOT NULL) AS located"
                )
            ).all()
        )
        for table in ("properties", "code_violations")
    }
    tree = cKDTree(points["code_violations"])
    counted = tree.query_ball_point(points["properties"], _RADIUS, return_length=True)
    assert counted.sum() > 0
    return time.perf_counter() - started
