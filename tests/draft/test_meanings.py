"""Words, dates, kinds of record and places of a draft."""

from collections import Counter
from datetime import date

import pytest
from sqlalchemy import Engine, text

from wholesaler.draft.dates import formats_of
from wholesaler.draft.places import state_of, states
from wholesaler.draft.projection import degrees_of, projections
from wholesaler.draft.vocabulary import MOST_WORDS, meaning_of, words_of
from wholesaler.probe.description import describe


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("OPEN", "Open"), ("In Violation", "Open"), ("Hearing Set", "Open"), ("NO ENTRY", "Open"), ("pending", "Open"),
        ("Complied", "Closed"), ("Closed - Abated", "Closed"), ("VOID", "Closed"), ("Dismissed by court", "Closed"),
        ("Not Responsible by Dismissal", "Closed"), ("Inactive", "Closed"), ("not in compliance", "Open"),
        ("Admin Closed", "Closed"), ("Case - Closed", "Closed"), ("Violation Corrected", "Closed"),
        ("No Cause", "Closed"), ("Final Notice", "Open"), ("Notice of Violation Issued", "Open"),
        ("Work Order Issued", "Open"), ("Under Investigation", "Open"), ("Extension granted", "Open"),
        ("Administrative Hearing", None), ("On Hold", None),
        ("Responsible by Default", None), ("A", None), ("Residential", None), ("Not closed", None),
    ],
)  # fmt: skip
def test_words_of_a_status_that_are_clear(word: str, meaning: str | None) -> None:
    assert meaning_of("status", word.casefold()) == meaning


@pytest.mark.parametrize(
    ("word", "meaning"),
    [("active sale", "Active Sale"), ("lands available", "Lands Available"), ("redeemed", "redeemed"), ("x", None)],
)
def test_words_of_a_sale_that_are_clear(word: str, meaning: str | None) -> None:
    assert meaning_of("deed_status", word) == meaning


@pytest.mark.parametrize("count", [MOST_WORDS, MOST_WORDS + 1])
def test_far_too_many_words_are_none(count: int) -> None:
    assert (words_of("status", {f"word {number}": 1 for number in range(count)}) is None) is (count > MOST_WORDS)


def test_words_that_are_ours_need_no_line() -> None:
    found = words_of("status", {"OPEN": 3, "open": 1, "Closed": 2, "FINED": 5})
    assert found is not None
    assert (found.mapped, found.unclear) == ({}, {"FINED": 5})


@pytest.mark.parametrize(
    ("written", "formats"),
    [
        ("05/12/2026", ["%m/%d/%Y"]), ("05/12/2026 03:15:00 PM", ["%m/%d/%Y %I:%M:%S %p"]), ("20260512", ["%Y%m%d"]),
        ("2026-05-12T00:00:00.000", []), ("Jan 5, 2026", ["%b %d, %Y"]), ("05-12-2026", ["%m-%d-%Y"]),
        ("2026/05/12 00:00:00+00", []),
    ],
)  # fmt: skip
def test_formats_read_the_whole_of_what_is_written(written: str, formats: list[str]) -> None:
    (field,) = describe({"OPENED": ""}, [{"OPENED": written}] * 5, (), date(2026, 11, 27))
    assert formats_of([field]) == formats


@pytest.mark.parametrize(
    ("code", "longitude", "zones"),
    [
        ("OH", None, 1), ("FL", -81.4, 1), ("FL", -87.2, 1), ("FL", -85.0, 2), ("FL", None, 2), ("TN", -90.0, 1),
        ("TN", -83.9, 1), ("TX", -95.3, 1), ("TX", -106.4, 2), ("AZ", None, 1),
    ],
)  # fmt: skip
def test_a_state_of_several_time_zones_is_asked_where_it_is_not_certain(
    code: str, longitude: float | None, zones: int
) -> None:
    assert len(states()[code].zones_at(longitude)) == zones
    assert states()["FL"].zones_at(-87.2) == ("America/Chicago",)


def test_a_state_is_told_by_the_key_else_by_places_else_by_the_mail() -> None:
    milton = (-82.4, 41.0, -81.9, 41.5)
    for key, box, mail in (("mill-oh", None, {}), ("mill", milton, {}), ("mill", None, {"OH": 6, "PA": 4})):
        state = state_of(key, box, Counter(mail))
        assert state is not None
        assert state.code == "OH"
    assert state_of("mill", None, Counter({"OH": 4, "PA": 3, "NY": 3})) is None
    # two states' extents overlap there: the mail decides
    cincinnati = state_of("hamilton", (-84.6, 39.0, -84.4, 39.2), Counter({"OH": 9, "KY": 1}))
    assert cincinnati is not None
    assert cincinnati.code == "OH"


def test_projections_are_those_of_postgis(engine: Engine) -> None:
    """Every zone at one point, to two metres, which is far more than tells one zone from another."""
    with engine.connect() as connection:
        for one in projections():
            where = degrees_of(one, 500_000, 500_000)
            assert where is not None
            sql = "SELECT ST_X(p), ST_Y(p) FROM ST_Transform(ST_SetSRID(ST_Point(500000, 500000), :epsg), 4269) AS p"
            x, y = connection.execute(text(sql), {"epsg": one.epsg}).one()
            if abs(x + 95) < 100:
                assert where == pytest.approx((x, y), abs=2e-5), one.name
