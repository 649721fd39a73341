"""Splink, as its documentation teaches: parts cleaned and abbreviated, blocked on the number with ZIP, street or place,
compared by street, unit, ZIP and distance; parameters by random sampling and expectation maximisation.

The answer is the parcel of the highest weight of each notice, with its probability; of two alike it is none.
"""

import csv
import logging
import re
from pathlib import Path

import duckdb
import splink.comparison_level_library as level
import splink.comparison_library as compare
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from benchmarks.matching import words
from benchmarks.matching.peers.parts import abbreviate, files

_NUMBER = re.compile(r"\s*0*([0-9]+(?: 1/2|-1/2)?|[NS][0-9]+ ?[EW][0-9]+)\s")
_UNIT = re.compile(r"^(.+?) (?:(?:UNIT|APT|STE|NO|FL|FLOOR|PH|BLDG) )+([A-Z0-9 ]+)$")
_DIRECTIONS = frozenset(words.DIRECTIONS.values())
_SUFFIXES = frozenset(words.SUFFIXES.values())
_COLUMNS = ("number", "direction", "name", "suffix", "unit", "token")


def parts(address: str) -> tuple[str, str, str, str, str, str]:
    """Number, directions, name, suffix and unit of an address, abbreviated, and what the name is blocked by."""
    found = _NUMBER.match(address)
    number = found[1].replace(" ", "") if found else ""
    rest = abbreviate(address[found.end() :].replace("#", " UNIT ") if found else address)
    behind = _UNIT.match(rest)
    street, unit = (behind[1].split(), behind[2].replace(" ", "")) if behind else (rest.split(), "")
    directions = []
    if len(street) > 2 and street[0] in _DIRECTIONS:
        directions.append(street.pop(0))
    if len(street) > 2 and street[-1] in _DIRECTIONS:
        directions.append(street.pop())
    suffix = street.pop() if len(street) > 1 and street[-1] in _SUFFIXES else ""
    name = " ".join(street)
    return number, " ".join(directions), name, suffix, unit, max(street, key=len, default="")[:4]


def parse(file: Path, target: Path) -> None:
    """The rows of a file with the parts of their addresses."""
    with (
        file.open(encoding="utf-8", newline="") as rows,
        target.open("w", encoding="utf-8", newline="") as written,
    ):
        writer = csv.writer(written)
        writer.writerow(("key", "zip_code", "longitude", "latitude", *_COLUMNS))
        for row in csv.DictReader(rows):
            kept = (row["key"], row["zip_code"], row["longitude"], row["latitude"])
            writer.writerow((*kept, *parts(row["address"])))


def main() -> None:
    """Train, predict, write the best of each."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    roll, notices, answer = files()
    database = duckdb.connect()
    database.execute("SET threads = 2")
    database.execute("SET enable_progress_bar = false")
    for table, file in (("roll", roll), ("notices", notices)):
        parsed = answer.with_name(f"parsed-{table}.csv")
        parse(file, parsed)
        database.execute(
            f"CREATE TABLE {table} AS"
            " SELECT key AS unique_id, zip_code, number, direction, name, suffix, unit, token,"
            " CAST(latitude AS DOUBLE) AS latitude, CAST(longitude AS DOUBLE) AS longitude,"
            " round(CAST(latitude AS DOUBLE), 2) AS cell_y, round(CAST(longitude AS DOUBLE), 2) AS cell_x"
            f" FROM read_csv('{parsed}', header = true, all_varchar = true)"
        )
    api = DuckDBAPI(connection=database)
    tables = [api.register(name, dataset_display_name=f"the_{name}") for name in ("roll", "notices")]
    linker = Linker(tables, _settings(), log_level=logging.ERROR)
    linker.training.estimate_probability_two_random_records_match(
        [
            "l.number = r.number AND l.name = r.name AND l.suffix = r.suffix AND l.zip_code = r.zip_code"
            " AND l.unit IS NOT DISTINCT FROM r.unit AND l.direction IS NOT DISTINCT FROM r.direction"
        ],
        recall=0.5,
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=5_000_000)
    for rule in (block_on("number", "name", "suffix"), block_on("number", "zip_code", "token")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    pairs = linker.inference.predict(threshold_match_probability=0.01)
    # of each notice the parcel of the highest weight, but none of two alike
    database.execute(
        f"""COPY (
          WITH pairs AS (
            SELECT
              CASE WHEN source_dataset_l = 'the_roll' THEN unique_id_r ELSE unique_id_l END AS key,
              CASE WHEN source_dataset_l = 'the_roll' THEN unique_id_l ELSE unique_id_r END AS parcel,
              match_weight AS weight
            FROM {pairs.physical_name}
          ), ranked AS (
            SELECT
              *, row_number() OVER by_weight AS place, lead(weight) OVER by_weight AS following
            FROM pairs
            WINDOW by_weight AS (PARTITION BY key ORDER BY weight DESC, parcel)
          )
          SELECT key, parcel, weight FROM ranked WHERE place = 1 AND following IS DISTINCT FROM weight
        ) TO '{answer}' (HEADER false)"""
    )


def _present(column: str) -> compare.CustomComparison:
    """A part that an address may be without, which says something too."""
    return compare.CustomComparison(
        output_column_name=column,
        comparison_levels=[
            {"sql_condition": f"{column}_l IS NULL AND {column}_r IS NULL", "label_for_charts": "neither has one"},
            level.ExactMatchLevel(column),
            {"sql_condition": f"{column}_l IS NULL OR {column}_r IS NULL", "label_for_charts": "one has one"},
            level.ElseLevel(),
        ],
    )


def _settings() -> SettingsCreator:
    return SettingsCreator(
        link_type="link_only",
        blocking_rules_to_generate_predictions=[
            block_on("number", "token"),
            block_on("number", "zip_code"),
            block_on("number", "cell_x", "cell_y"),
        ],
        comparisons=[
            compare.JaroWinklerAtThresholds("name", [0.96, 0.88]).configure(term_frequency_adjustments=True),
            _present("direction"),
            _present("suffix"),
            _present("unit"),
            compare.ExactMatch("zip_code"),
            compare.DistanceInKMAtThresholds("latitude", "longitude", [0.05, 0.15, 1]),
            compare.ExactMatch("number"),
        ],
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
    )


if __name__ == "__main__":
    main()
