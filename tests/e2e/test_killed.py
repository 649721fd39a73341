"""Nights that are killed at any moment leave nothing behind: the next one has what an undisturbed one has.

A few points of what ``make chaos`` does by the hundred; they are of a day long past, so that monitors hear of none.
"""

import pytest

from tests.chaos.beginnings import EMPTY, NEXT_NIGHT, Beginning
from tests.chaos.points import BACKEND, BOTH, PROGRAM, SERVER, Kill, Point, draw, strike
from tests.chaos.world import World


def test_a_run_after_kills_of_the_program_and_of_its_database_has_what_an_undisturbed_one_has(
    nightly_county: World, empty: Beginning
) -> None:
    kills = (Kill(PROGRAM, "ingest", 0.6), Kill(SERVER, "dedupe", 0.3), Kill(BACKEND, "score", 0.5))
    outcome = strike(Point(0, 1, EMPTY, 1, (*kills, Kill(BOTH, "alert", 0.3))), nightly_county, {EMPTY: empty})
    assert len(outcome.hit) >= 3, outcome
    assert not outcome.judgement.faults, "\n".join(outcome.judgement.faults)
    assert outcome.judgement.announcements > 10


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("beginning", [EMPTY, NEXT_NIGHT])
def test_a_run_after_ten_that_were_killed_has_what_an_undisturbed_one_has(
    nightly_county: World, empty: Beginning, beginning: str, seed: int
) -> None:
    begins = empty if beginning == EMPTY else Beginning(beginning, nightly_county)
    outcome = strike(draw(seed, 0, kills=10, beginnings=(beginning,)), nightly_county, {beginning: begins})
    assert len(outcome.hit) >= 5, outcome
    assert not outcome.judgement.faults, "\n".join(outcome.judgement.faults)
