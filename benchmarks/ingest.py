"""The appraiser's layer from a local server into PostGIS, beside ogr2ogr and a bare COPY."""

import io
import shutil
import time
from datetime import date
from pathlib import Path

import psycopg2
from sqlalchemy.engine import URL

from benchmarks.command import apart, run, seconds_of, wholesaler
from benchmarks.databases import Databases
from benchmarks.figures import Figure
from benchmarks.server import layer, serving
from wholesaler.markets import market_path

DAY = date(2026, 1, 15)
LATENCY = 200  # milliseconds a page
MEGABYTE = 2**20


def measure(databases: Databases, rows: int, largest: int, rounds: int) -> list[Figure]:
    """Rows a second at ``rows`` rows, with and without latency, and the peak of memory up to ``largest`` rows."""
    with serving(largest, seed=1) as server:
        ours, theirs, bare, slow, slow_theirs = [], [], [], [], []
        for _ in range(rounds):
            ours.append(rows / _ours(databases, layer(server, rows), rows)[0])
            again = databases.fresh("ours_again")
            _ingest(again, databases, layer(server, rows))
            bare.append(rows / apart(bare_copy, again, databases.fresh("bare")))
            theirs += [rows / seconds for seconds in _ogr2ogr(databases, layer(server, rows), rows)]
        slow.append(rows / _ours(databases, layer(server, rows, LATENCY), rows)[0])
        slow_theirs += [rows / seconds for seconds in _ogr2ogr(databases, layer(server, rows, LATENCY), rows)]
        figures = [
            Figure("ingest, rows a second", "rows/s", tuple(ours), 30_000, True, "ogr2ogr", tuple(theirs)),
            Figure("the same beside its limit", "rows/s", tuple(ours), None, True, "bare COPY", tuple(bare)),
            Figure(f"ingest, {LATENCY} ms a page", "rows/s", tuple(slow), 15_000, True, "ogr2ogr", tuple(slow_theirs)),
        ]
        for count in (10_000, rows, largest):
            peak = _ours(databases, layer(server, count), count)[1] / MEGABYTE
            figures.append(Figure(f"peak memory of ingest, {count:,} rows", "MB", (peak,), 300))
    return figures


def _ours(databases: Databases, url: str, rows: int) -> tuple[float, int]:
    """Seconds of the ingest stage, and the process's peak in bytes."""
    done = _ingest(databases.fresh("ours"), databases, url)
    stats = done.document["stats"]["property_records"]
    assert stats["inserted"] == rows, stats
    return seconds_of(done.document), done.peak


def _ingest(database: URL, databases: Databases, url: str):  # type: ignore[no-untyped-def]
    market = _market(databases.folder, url)
    return wholesaler(database, databases.folder, market, DAY, "ingest", "--source", "property_records", "--full")


def _market(folder: Path, url: str) -> Path:
    """The bundled market with the roll's URL changed and no need for manners."""
    text = market_path("orange-fl").read_text("utf-8")
    before, section, after = text.partition("[sources.property_records]")
    address = next(line for line in after.splitlines() if line.startswith("url = "))
    path = folder / "measured.toml"
    manners = '\n[hosts."127.0.0.1"]\nrequests_per_second = 100000\nconcurrency = 4\n'
    path.write_text(before + section + after.replace(address, f'url = "{url}"', 1) + manners, "utf-8")
    return path


def _ogr2ogr(databases: Databases, url: str, rows: int) -> list[float]:
    """Seconds that ogr2ogr takes for the same rows into PostGIS, start included; nothing where it is not installed."""
    program = shutil.which("ogr2ogr")
    if program is None:
        return []
    database = databases.fresh("theirs")
    target = f"PG:dbname={database.database} user={database.username} host={database.query['host']} port=5432"
    query = f"{url}/query?where=1%3D1&outFields=*&orderByFields=OBJECTID+ASC&resultRecordCount=2000&f=json"
    options = ["-oo", "FEATURE_SERVER_PAGING=YES", "--config", "PG_USE_COPY", "YES", "-gt", "100000"]
    done = run([program, "-f", "PostgreSQL", target, f"ESRIJSON:{query}", "-nln", "roll", *options])
    with _connect(database) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM roll")
        counted = cursor.fetchone()
    connection.close()
    assert counted == (rows,), counted
    return [done.seconds]


def bare_copy(source: URL, target: URL, *, indexed: bool = False) -> float:
    """Seconds of one COPY of the roll that is in ``source`` into a table of the same columns.

    The table has no index; or it is the roll's own.
    """
    lines = io.BytesIO()
    with _connect(source) as connection, connection.cursor() as cursor:
        cursor.copy_expert("COPY property_records TO STDOUT", lines)
    connection.close()
    lines.seek(0)
    with _connect(target) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE plain (LIKE property_records)")
        started = time.perf_counter()
        cursor.copy_expert(f"COPY {'property_records' if indexed else 'plain'} FROM STDIN", lines)
        connection.commit()
        seconds = time.perf_counter() - started
    connection.close()
    return seconds


def _connect(database: URL):  # type: ignore[no-untyped-def]
    return psycopg2.connect(
        dbname=database.database, user=database.username, host=database.query["host"], port=database.query["port"]
    )
