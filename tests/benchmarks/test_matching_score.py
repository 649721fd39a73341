"""The score of matching: what is counted, its bounds, and the program's tables beneath it."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import URL

from benchmarks.matching import load, orange, score
from benchmarks.matching.compare import exact_forms, thresholds
from benchmarks.matching.load import NOTHING, Outcome
from benchmarks.matching.notices import Notice, make_notices
from benchmarks.matching.roll import NO_UNIT, Parcel, make_county
from tests.stages.county import CLI

P1, P2 = (Parcel(key, 0, 0, "12", NO_UNIT, "single", 0.0, 0.0) for key in (1, 2))


def notice(key: int, kind: str, origin: Parcel, expected: str, **more: Any) -> Notice:
    values: dict[str, Any] = {
        "table": "foreclosures", "is_property": False, "address": "12 OAK ST", "city": None, "zip_code": None,
        "x": None, "y": None, **more,
    }  # fmt: skip
    return Notice(key=key, kind=kind, origin=origin, expected=expected, **values)


#: kind, expected, parcel of the truth, parcel given
TABLE = (
    ("space", "match", P1, P1.parcel_id),
    ("space", "match", P1, None),
    ("space", "match", P1, P2.parcel_id),
    ("not on the roll", "alone", P1, None),
    ("not on the roll", "alone", P1, P1.parcel_id),
    ("unit missing", "undecided", P2, None),
    ("unit missing", "undecided", P2, P2.parcel_id),
    ("unit missing", "undecided", P2, P1.parcel_id),
)
NOTICES = [notice(key, kind, origin, expected) for key, (kind, expected, origin, _) in enumerate(TABLE)]
OUTCOMES = {key: Outcome(given, "a rule" if key % 2 else "other") for key, (*_, given) in enumerate(TABLE) if given}


def test_right_wrong_and_alone_are_counted_by_kind() -> None:
    tallies = score.count(NOTICES, OUTCOMES)
    shown = {name: (t.notices, t.of_parcel, t.right, t.wrong, t.alone, t.good) for name, t in tallies.items()}
    assert shown == {
        "space": (3, 3, 1, 1, 0, 1),
        "not on the roll": (2, 0, 0, 1, 1, 1),
        "unit missing": (3, 3, 1, 1, 0, 1),
    }
    whole = score.total(tallies.values())
    assert (whole.notices, whole.of_parcel, whole.right, whole.wrong, whole.alone) == (8, 6, 2, 3, 1)


def test_matches_are_counted_by_rule() -> None:
    rules = score.by_rule(
        NOTICES, {0: Outcome(P1.parcel_id, "a"), 2: Outcome(P2.parcel_id, "a"), 6: Outcome(P2.parcel_id, None)}
    )
    assert rules == {"a": (2, 1), "without evidence": (1, 0)}


@pytest.mark.parametrize(
    ("part", "whole", "bounds"),
    [
        (8, 10, (0.4902, 0.9433)),  # Newcombe 1998 and every table of the interval
        (0, 10, (0.0, 0.2775)),
        (10, 10, (0.7225, 1.0)),
        (3000, 3000, (0.99872, 1.0)),
        (0, 0, (0.0, 1.0)),
    ],
)
def test_bounds_are_wilsons(part: int, whole: int, bounds: tuple[float, float]) -> None:
    assert score.wilson(part, whole) == pytest.approx(bounds, abs=0.0001)


def test_a_share_is_never_rounded_up_to_one() -> None:
    assert score.share(9999, 10_000).startswith("0.9999 (")
    assert score.share(10_000, 10_000).startswith("1.000 (")


def test_the_table_marks_what_misses_its_goal() -> None:
    lines = {line.split(" | ")[0]: line for line in score.table_by_kind(score.count(NOTICES, OUTCOMES))}
    assert "✗" in lines["| space"]
    assert "✗ 0.500" in lines["| not on the roll"]
    assert "✗" not in lines["| unit missing"]


def test_a_record_beside_a_property_of_the_same_address_is_as_alone_as_that_one() -> None:
    listless = notice(9, "space", P1, "match", is_property=True)
    beside, apart = notice(10, "space", P2, "match"), notice(11, "space", P2, "match", address="14 OAK ST")
    outcomes = {key: Outcome(listless.parcel_id, "a rule") for key in (10, 11)}
    settled = score.settle([listless, beside, apart], outcomes)
    assert (settled[10], settled[11].parcel_id) == (NOTHING, listless.parcel_id)


def test_thresholds_are_the_best_f1_and_the_last_with_precision() -> None:
    many = [notice(key, "space", P1, "match") for key in range(4)]
    answers = [(0, Outcome(P1.parcel_id, ""), 9.0), (1, Outcome(P1.parcel_id, ""), 8.0),
               (2, Outcome(P2.parcel_id, ""), 7.0), (3, Outcome(P1.parcel_id, ""), 7.0)]  # fmt: skip
    best, precise = thresholds("peer", many, answers)
    assert best.split(" | ")[:3] == ["| peer, at its best F1 (0.75)", "4", "1"]
    assert precise.split(" | ")[:3] == ["| peer, at precision 0.999", "2", "0"]


def test_the_program_matches_through_its_own_tables_and_is_judged(
    cli: CLI, home: Path, database_url: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    county = make_county(2, 1_500)
    notices = make_notices(2, county, 400)
    load.load(database_url, load.roll_rows(county), load.notice_rows(notices))
    market = load.write_market(home)
    for stage in ("enrich", "dedupe"):
        done = cli("--market", market, "--as-of", load.DAY, "--json", stage)
        assert done.code in (0, 3), done.err
    outcomes = score.settle(notices, load.outcomes(database_url))
    same = score.total(
        tally for name, tally in score.count(notices, outcomes).items() if name in ("as the roll says", "wrong city")
    )
    assert same.right > 0.8 * same.of_parcel
    assert {outcome.rule for outcome in outcomes.values() if outcome.parcel_id} - {None}
    exact, _ = exact_forms(database_url)
    assert len(exact) > 100


def test_the_real_notices_hide_their_number() -> None:
    roll, notices, truth = orange.rows()
    assert (len(roll), len(notices), sum(number is not None for number in truth.values())) == (41, 54, 41)
    assert all(row.parcel_id is None for row in notices)
    lines = list(orange.lines({key: Outcome(number, "") for key, number in truth.items() if number}))
    assert "41 of 41 that have a parcel found it, 0 were given to another, 13 left alone" in lines[0]
    assert len(lines) == 2
