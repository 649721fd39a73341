"""What a night leaves behind, in a form in which two nights can be compared: the tables, and the files of the home."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from sqlalchemy import Connection, Engine, text

#: run rows tell of every run; the rest belongs to PostGIS and Alembic
_LEFT_OUT = ("data_ingestion_runs", "alembic_version")
#: columns that tell when something was written or how often it was tried, and numbers that are counted up
_PASSING = [
    "id", "property_id", "merged_into", "subject", "first_seen_at", "last_seen_at", "updated_at", "created_at",
    "sent_at", "merged_at", "changed_at", "counted_at", "compared_at", "attempts", "run_id", "message_id",
    "unanswered_in", "last_error", "matched_at", "basis", "geocoded_at", "expires_at",
]  # fmt: skip
#: columns that name a property
_NUMBERS = ("property_id", "merged_into", "subject")
#: folders of the home that are the database's own, or for whoever comes next
_NOT_COMPARED = ("pg", "pg-socket", "locks", "announced")

_OURS = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
  AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
ORDER BY relname
"""

Rows = Counter[str]


def tables(engine: Engine) -> dict[str, Rows]:
    """The rows of every table of the program, each as text; properties are named by their parcel numbers."""
    with engine.connect() as connection:
        names = [name for name in connection.scalars(text(_OURS)) if name not in _LEFT_OUT]
        return {name: _rows(connection, name) for name in names}


def findings(engine: Engine, day: date) -> list[str]:
    """What the ledger has of what the check has found on a day, each by its title."""
    query = (
        "SELECT DISTINCT finding ->> 'title'"
        " FROM alert_deliveries, jsonb_array_elements(payload -> 'findings') AS finding"
        " WHERE kind = 'findings' AND as_of = :day ORDER BY 1"
    )
    with engine.connect() as connection:
        return list(connection.scalars(text(query), {"day": day}))


def differences(found: Mapping[str, Rows], expected: Mapping[str, Rows]) -> list[str]:
    """One line for each table that is not as expected, with a row of each side."""
    lines = []
    for name in sorted(found.keys() | expected.keys()):
        more, missing = (Counter(found.get(name)), Counter(expected.get(name)))
        more, missing = more - missing, missing - more
        if more or missing:
            example = " | ".join(f"{sign} {next(iter(rows))}" for sign, rows in (("+", more), ("-", missing)) if rows)
            lines.append(f"{name}: {more.total()} rows too many, {missing.total()} missing: {example[:1000]}")
    return lines


def files(home: Path) -> set[str]:
    """The files of a home but for those of the database, by their paths within it."""
    found = (path.relative_to(home) for path in home.rglob("*") if path.is_file())
    return {str(path) for path in found if path.parts[0] not in _NOT_COMPARED}


def _rows(connection: Connection, table: str) -> Rows:
    columns = set(
        connection.scalars(
            text("SELECT attname FROM pg_attribute WHERE attrelid = CAST(:table AS regclass) AND attnum > 0"),
            {"table": table},
        )
    )
    named = [name for name in _NUMBERS if name in columns]
    joins = "".join(f" LEFT JOIN names AS of_{name} ON of_{name}.id = one.{name}::text" for name in named)
    numbers = "".join(f", '{name}', of_{name}.parcel_id" for name in named).removeprefix(", ")
    passing, only = "CAST(:passing AS text[])", ""
    if table == "alert_deliveries":
        # whether a stage failed, and what a check found after it, tells of the kill; that what an undisturbed check
        # finds was told is judged by the messages
        only = " WHERE one.kind NOT IN ('stage_failure', 'findings')"
    query = (
        "WITH names AS MATERIALIZED (SELECT id::text AS id, parcel_id FROM properties)"
        f" SELECT (to_jsonb(one) - {passing} || jsonb_build_object({numbers}))::text"
        f" FROM {table} AS one{joins}{only}"
    )
    return Counter(connection.scalars(text(query), {"passing": _PASSING}))
