"""The county and its notices into the program's tables, as ingest would have left them, and what dedupe made of it."""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.engine import URL

from benchmarks.matching.notices import Notice
from benchmarks.matching.roll import County, degrees
from benchmarks.matching.writing import roll_text
from wholesaler.db.bulk import copy_lines
from wholesaler.db.engine import make_engine
from wholesaler.stages.properties.link import link_properties

DAY = date(2026, 11, 26)
KEY = "matching"
_MARKET = """key = "matching"
name = "A county of real street names"
state = "FL"
time_zone = "America/New_York"
bounding_box = {{ west = -82.5, south = 28.0, east = -80.0, north = 29.5 }}

[parcel]
canonical = "{{number}}"
example = "100000001"

[parcel.parts]
number = {{ pattern = "[0-9]{{9}}" }}

[parcel.forms]
number = "{{number}}"

[sources.property_records]
kind = "file"
url = "roll.csv"
key = ["parcel"]
parcel_form = "number"
location = {{ x = "X", y = "Y" }}

[sources.property_records.fields]
parcel = "PARCEL"
address = "ADDRESS"
city = "CITY"
zip_code = "ZIP"

[sources.foreclosures]
kind = "file"
url = "foreclosures.csv"
key = ["case_number"]
parcel_form = "number"
location = {{ x = "X", y = "Y" }}

[sources.foreclosures.fields]
parcel = "PARCEL"
case_number = "CASE"
address = "ADDRESS"
city = "CITY"
zip_code = "ZIP"
recording_date = "DAY"
record_type = "KIND"

[sources.code_violations]
kind = "file"
url = "cases.csv"
key = ["case_number"]
parcel_form = "number"
location = {{ x = "X", y = "Y" }}

[sources.code_violations.fields]
parcel = "PARCEL"
case_number = "CASE"
address = "ADDRESS"
city = "CITY"
zip_code = "ZIP"
opened_date = "DAY"
status = "STATUS"
"""
_COMMON = (
    "market",
    "source",
    "record_key",
    "parcel",
    "parcel_id",
    "address",
    "city",
    "zip_code",
    "location",
    "raw",
    "content_hash",
)
_OWN = {
    "property_records": ("use_code",), "foreclosures": ("case_number", "record_type", "recording_date"),
    "code_violations": ("case_number", "status", "opened_date"),
}  # fmt: skip
_RUN = text(
    "INSERT INTO data_ingestion_runs (market, run_id, stage, source, attempt, status, as_of, finished_at, stats, host,"
    " pid, version) VALUES (:market, gen_random_uuid(), 'ingest', :source, 1, 'success', :as_of, now(),"
    " jsonb_build_object('whole', true), 'benchmark', 1, '0')"
)
_OUTCOMES = text("""
    WITH records AS (
      SELECT record_key, property_id, match_evidence FROM foreclosures WHERE market = :market AND parcel_id IS NULL
      UNION ALL
      SELECT record_key, property_id, match_evidence FROM code_violations WHERE market = :market AND parcel_id IS NULL
    )
    SELECT records.record_key, property.parcel_id, records.match_evidence ->> 'rule'
    FROM records
    JOIN properties AS property ON property.market = :market AND property.id = records.property_id
    UNION ALL
    SELECT substr(loser.parcel_id, 2), winner.parcel_id, loser.merge_evidence ->> 'rule'
    FROM properties AS loser
    JOIN properties AS winner ON winner.market = :market AND winner.id = loser.merged_into
    WHERE loser.market = :market
""")


class Outcome(NamedTuple):
    """What became of a notice: the parcel that it was given, and by which rule; both None where it was left alone."""

    parcel_id: str | None
    rule: str | None


NOTHING = Outcome(None, None)


class RollRow(NamedTuple):
    """A parcel as the roll has it; longitude and latitude are None together."""

    parcel_id: str
    address: str | None
    city: str | None
    zip_code: str | None
    longitude: float | None
    latitude: float | None


class NoticeRow(NamedTuple):
    """A notice as its list has it; ``parcel_id`` is None where the list has no number."""

    key: int
    table: str
    parcel_id: str | None
    address: str | None
    city: str | None
    zip_code: str | None
    longitude: float | None
    latitude: float | None


def roll_rows(county: County) -> Iterator[RollRow]:
    """The roll of an invented county."""
    for parcel in county.parcels:
        yield RollRow(
            parcel.parcel_id,
            roll_text(county, parcel),
            county.city(parcel) if county.shows_city(parcel) else None,
            county.zip_code(parcel) if county.shows_zip(parcel) else None,
            *(degrees(parcel.x, parcel.y) if county.shows_place(parcel) else (None, None)),
        )


def notice_rows(notices: Iterable[Notice]) -> Iterator[NoticeRow]:
    """Notices without their truth."""
    for one in notices:
        place = (None, None) if one.x is None or one.y is None else degrees(one.x, one.y)
        yield NoticeRow(one.key, one.table, one.parcel_id, one.address, one.city, one.zip_code, *place)


def write_market(folder: Path) -> Path:
    """The market file of the county."""
    path = folder / "matching.toml"
    path.write_text(_MARKET.format(), "utf-8")
    return path


def load(database: URL, roll: Iterable[RollRow], notices: Iterable[NoticeRow]) -> None:
    """Stream roll and notices into their tables, and remember that each was read whole today."""
    engine = make_engine(database)
    notices = list(notices)
    with engine.begin() as connection:
        for table in ("foreclosures", "code_violations"):
            _copy(connection, table, (_of_notice(one) for one in notices if one.table == table))
            connection.execute(_RUN, {"market": KEY, "source": table, "as_of": DAY})
        _copy(connection, "property_records", (_of_roll(row, number) for number, row in enumerate(roll, 1)))
        connection.execute(_RUN, {"market": KEY, "source": "property_records", "as_of": DAY})
        # as the end of ingest does: a property for every parcel number of a notice
        link_properties(connection, KEY)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE property_records, foreclosures, code_violations"))
    engine.dispose()


def forget(database: URL) -> None:
    """Take back what was matched and merged; the addresses that were read stay read."""
    engine = make_engine(database)
    with engine.begin() as connection:
        for table in ("foreclosures", "code_violations"):
            unmatched = f"UPDATE {table} SET property_id = NULL, match_evidence = NULL WHERE match_evidence IS NOT NULL"
            connection.execute(text(unmatched))
        connection.execute(text("UPDATE properties SET merged_into = NULL, merge_evidence = NULL"
                                " WHERE merged_into IS NOT NULL"))  # fmt: skip
        connection.execute(text("DELETE FROM matched_rolls"))
        link_properties(connection, KEY)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE foreclosures, code_violations, properties"))
    engine.dispose()


def outcomes(database: URL) -> dict[int, Outcome]:
    """By the notice's key, what the program made of it."""
    engine = make_engine(database)
    with engine.connect() as connection:
        rows = connection.execute(_OUTCOMES, {"market": KEY}).all()
    engine.dispose()
    return {int(key): Outcome(parcel_id, rule) for key, parcel_id, rule in rows}


def _copy(connection: Connection, table: str, rows: Iterable[tuple[object, ...]]) -> None:
    copy_lines(connection, table, (*_COMMON, *_OWN[table]), _chunks(rows))


def _chunks(rows: Iterable[tuple[object, ...]], size: int = 2_000) -> Iterator[bytes]:
    lines: list[str] = []
    for row in rows:
        lines.append("\t".join("\\N" if value is None else str(value) for value in row))
        if len(lines) == size:
            yield ("\n".join(lines) + "\n").encode()
            lines.clear()
    if lines:
        yield ("\n".join(lines) + "\n").encode()


def _of_roll(row: RollRow, number: int) -> tuple[object, ...]:
    return (
        KEY, "property_records", row.parcel_id, row.parcel_id, row.parcel_id, row.address, row.city, row.zip_code,
        _point(row), "{}", UUID(int=number), "0100",
    )  # fmt: skip


def _of_notice(row: NoticeRow) -> tuple[object, ...]:
    word = "LIS PENDENS" if row.table == "foreclosures" else "Open"
    return (
        KEY, row.table, f"{row.key:08d}", row.parcel_id, row.parcel_id, row.address, row.city, row.zip_code,
        _point(row), "{}", UUID(int=row.key + 1), f"{row.key:08d}", word, DAY,
    )  # fmt: skip


def _point(row: RollRow | NoticeRow) -> str | None:
    return None if row.longitude is None else f"SRID=4326;POINT({row.longitude:.7f} {row.latitude:.7f})"
