"""The real pairs of Orange County: notices of foreclosure whose number says which parcel of the roll they are of.

The number is the truth, and hidden: each must find its parcel by its address. Notices of parcels that are not among the
roll's 41 must stay alone.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.matching.load import NOTHING, NoticeRow, Outcome, RollRow

_DATA = Path(__file__).parents[2] / "tests/data/orange-fl"


def rows() -> tuple[list[RollRow], list[NoticeRow], dict[int, str | None]]:
    """Roll, notices without their number, and the number by the notice's key; None of what is not on the roll."""
    roll = [
        RollRow(one["PARCEL"], one["SITUS"], one["SITUS_CITY"], one["SITUS_ZIP"], one["LONGITUDE"], one["LATITUDE"])
        for one, _ in _features("property_records")
    ]
    listed = {row.parcel_id for row in roll}
    notices: list[NoticeRow] = []
    truth: dict[int, str | None] = {}
    for key, (one, place) in enumerate(_features("foreclosures")):
        number = one["PARCEL_NUMBER"]
        if not number:
            continue  # of these nobody knows
        address, city, zip_code = one["SITUS_ADDRESS"], one["SITUS_CITY"], one["SITUS_ZIP"]
        notices.append(NoticeRow(key, "foreclosures", None, address, city, zip_code, place.get("x"), place.get("y")))
        truth[key] = number if number in listed else None
    return roll, notices, truth


def lines(outcomes: dict[int, Outcome]) -> Iterator[str]:
    """What was matched, and each notice that was not or wrongly, as a list."""
    roll, notices, truth = rows()
    addresses = {row.parcel_id: row.address for row in roll}
    given = {row.key: outcomes.get(row.key, NOTHING) for row in notices}
    right = [key for key, outcome in given.items() if outcome.parcel_id and outcome.parcel_id == truth[key]]
    wrong = [key for key, outcome in given.items() if outcome.parcel_id and outcome.parcel_id != truth[key]]
    of_parcel = sum(number is not None for number in truth.values())
    yield (
        f"{len(notices)} notices over {len(roll)} parcels, by address alone: {len(right)} of {of_parcel} that have a"
        f" parcel found it, {len(wrong)} were given to another, {len(notices) - len(right) - len(wrong)} left alone."
    )
    yield ""
    for row in notices:
        number = truth[row.key]
        if row.key in wrong:
            outcome = given[row.key]
            yield f"- wrong: {row.address} given to {addresses[str(outcome.parcel_id)]} by {outcome.rule}"
        elif number is not None and row.key not in right:
            yield f"- not found: {row.address} of {addresses[number]}"


def _features(name: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    features = json.loads((_DATA / f"{name}.json").read_text("utf-8"))["features"]
    return [(feature["attributes"], feature.get("geometry") or {}) for feature in features]
