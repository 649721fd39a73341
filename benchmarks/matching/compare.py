"""The peers' answers to the same notices: exact standard forms, usaddress, Splink."""

import csv
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import URL

from benchmarks.matching import score
from benchmarks.matching.load import KEY, NoticeRow, Outcome, RollRow
from benchmarks.matching.notices import Notice
from wholesaler.db.engine import make_engine

_HEADER = ("key", "address", "city", "zip_code", "longitude", "latitude")
#: the whole record as one text: whatever the form has for columns must be the same
_EXACT = (
    "CREATE TEMPORARY TABLE exact_{name} AS SELECT {key} AS key, left(zip_code, 5) AS zip_code, form::text AS form"
    " FROM {table} AS published, LATERAL wholesaler_standard_address(published.address, 'FL') AS form"
    " WHERE published.market = :market"
)
_EXACT_MATCHES = (
    "SELECT notice.key, min(roll.key) FROM exact_notices AS notice"
    " JOIN exact_roll AS roll ON roll.form = notice.form"
    " AND (roll.zip_code = notice.zip_code OR roll.zip_code IS NULL OR notice.zip_code IS NULL)"
    " GROUP BY notice.key HAVING count(*) = 1"
)


def exact_forms(database: URL) -> tuple[dict[int, Outcome], float]:
    """What has the one parcel of equal standard form, ZIPs not contradicting; and the seconds of it."""
    engine = make_engine(database)
    started = time.perf_counter()
    with engine.begin() as connection:
        columns = "market, record_key, address, zip_code"
        tables = f"(SELECT {columns} FROM foreclosures UNION ALL SELECT {columns} FROM code_violations)"
        for name, key, table in (("roll", "parcel_id", "parcels"), ("notices", "record_key", tables)):
            connection.execute(text(_EXACT.format(name=name, key=key, table=table)), {"market": KEY})
            connection.execute(text(f"CREATE INDEX ON exact_{name} (form)"))
            connection.execute(text(f"ANALYZE exact_{name}"))
        rows = connection.execute(text(_EXACT_MATCHES)).all()
    seconds = time.perf_counter() - started
    engine.dispose()
    return {int(key): Outcome(parcel, "equal forms") for key, parcel in rows}, seconds


def write_files(folder: Path, roll: Iterable[RollRow], notices: Iterable[NoticeRow]) -> tuple[Path, Path]:
    """Roll and notices as the peers read them."""
    files = folder / "roll.csv", folder / "notices.csv"
    _write(files[0], (row for row in roll))
    _write(files[1], ((row.key, *row[3:]) for row in notices))
    return files


def read_answers(file: Path) -> list[tuple[int, Outcome, float]]:
    """Notice, parcel and certainty of a peer's answers."""
    with file.open(encoding="utf-8", newline="") as rows:
        return [(int(key), Outcome(parcel, "peer"), float(sure)) for key, parcel, sure in csv.reader(rows)]


def thresholds(name: str, notices: list[Notice], answers: list[tuple[int, Outcome, float]]) -> Iterator[str]:
    """Two lines: at the threshold of the best F1, and at the lowest with a precision of 0.999."""
    truths = {notice.key: notice.truth for notice in notices}
    of_parcel = sum(truth is not None for truth in truths.values())
    ordered = sorted(answers, key=lambda answer: -answer[2])
    right, best, precise = 0, (0.0, 0), 0
    for count, (key, outcome, sure) in enumerate(ordered, start=1):
        right += outcome.parcel_id == truths[key]
        if count < len(ordered) and ordered[count][2] == sure:
            continue  # a threshold does not part what is equally sure
        best = max(best, (2 * right / (count + of_parcel), count))
        if right >= 0.999 * count:
            precise = count
    for title, count in ((f"at its best F1 ({best[0]:.2f})", best[1]), ("at precision 0.999", precise)):
        yield score.summary(f"{name}, {title}", notices, {key: outcome for key, outcome, _ in ordered[:count]})


def _write(file: Path, rows: Iterable[tuple[object, ...]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(_HEADER)
        writer.writerows(rows)
