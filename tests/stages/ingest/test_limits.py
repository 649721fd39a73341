"""What a value may be, at its limits and just beyond them."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from wholesaler.markets import load_market
from wholesaler.markets.records import Column, Type
from wholesaler.stages.ingest.convert.places import points, read_places
from wholesaler.stages.ingest.convert.values import NULL, ValueReader

BOX = load_market("orange-fl").bounding_box


def read(kind: Type, *values: Any, epochs: bool = False) -> tuple[list[str], list[tuple[int, str]]]:
    """The values as COPY text, and what was noted of which."""
    notes: list[tuple[int, str]] = []
    reader = ValueReader(("%m/%d/%Y", "%Y%m%d"), ZoneInfo("America/New_York"))
    texts = reader.read(
        Column("it", kind), values, lambda position, what: notes.append((position, what)), epochs=epochs
    )
    return texts, notes


def test_a_day_lies_between_1800_and_2200() -> None:
    texts, notes = read(Type.DATE, "01/01/1800", "12/31/2200", "12/31/1799", "01/01/2201")
    assert texts == ["1800-01-01", "2200-12-31", NULL, NULL]
    assert [position for position, _ in notes] == [2, 3]


def test_midnight_utc_is_that_day_and_any_other_instant_the_countys() -> None:
    midnight = 1_766_016_000_000  # 18 Dec 2025
    texts, _ = read(Type.DATE, midnight, midnight + 1, midnight - 1, midnight + 5 * 3_600_000, epochs=True)
    assert texts == ["2025-12-18", "2025-12-17", "2025-12-17", "2025-12-18"]


def test_numbers_from_10_to_the_10th_on_are_instants() -> None:
    assert read(Type.DATE, 10_000_000_000)[0] == ["1970-04-26"]
    assert read(Type.DATE, 9_999_999_999)[0] == [NULL]


@pytest.mark.parametrize("kind", [Type.MONEY, Type.NUMBER, Type.INTEGER])
def test_an_amount_is_from_0_to_10_to_the_13th(kind: Type) -> None:
    texts, notes = read(kind, 0.0, 1e13, -0.01, 1.001e13, "1,000", "$ 5", True, None, " ")
    assert [text if text == NULL else float(text) for text in texts] == [
        0, 1e13, NULL, NULL, 1000, 5, NULL, NULL, NULL,
    ]  # fmt: skip
    assert notes == [(2, "negative"), (3, "not a number"), (6, "not a number")]


@pytest.mark.parametrize("kind", [Type.MONEY, Type.INTEGER])
def test_amounts_as_they_should_be_are_not_noted(kind: Type) -> None:
    texts, notes = read(kind, 0, 10**13, None, 7)
    assert ([text if text == NULL else float(text) for text in texts], notes) == ([0, 1e13, NULL, 7], [])
    assert read(kind, 0, 10**13 + 1)[1] == [(1, "not a number")]
    assert read(kind, 0, -1)[1] == [(1, "negative")]


def test_a_whole_number_is_rounded_from_a_half_on() -> None:
    assert read(Type.INTEGER, 1979.4, 1979.6, 1980.0)[0] == ["1979", "1980", "1980"]


def test_a_text_is_as_long_as_its_column_and_no_longer() -> None:
    limit = Column("it", Type.TEXT).limit
    texts, notes = read(Type.TEXT, "a" * limit, "b" * (limit + 1), " c ", "", None)
    assert texts == ["a" * limit, NULL, "c", NULL, NULL]
    assert [position for position, _ in notes] == [1]


def test_a_place_on_the_edge_of_the_market_is_in_it() -> None:
    def located(x: float, y: float) -> str | None:
        notes: list[str] = []
        (text,) = points([(x, y)], BOX, lambda _, what: notes.append(what))
        assert (text == NULL) is bool(notes)
        return notes[0] if notes else None

    x, y, beyond = (BOX.west + BOX.east) / 2, (BOX.south + BOX.north) / 2, 1e-6
    for edge in ((BOX.west, y), (BOX.east, y), (x, BOX.south), (x, BOX.north)):
        assert located(*edge) is None
    outside = ((BOX.west - beyond, y), (BOX.east + beyond, y), (x, BOX.south - beyond), (x, BOX.north + beyond))
    for place in outside:
        assert located(*place) == "location outside of the market, dropped"
    for place in ((BOX.south, BOX.west), (BOX.north, BOX.east), (BOX.south, BOX.east), (BOX.north, BOX.west)):
        assert located(*place) == "location swapped (latitude first), dropped"
    for place in ((BOX.south - beyond, x), (BOX.north + beyond, x)):
        assert located(*place) == "location outside of the market, dropped"
    for place in ((0, y), (x, 0), (0, 0)):
        assert located(*place) == "location 0, dropped"
    for place in ((180.1, y), (-180.1, y), (x, 90.1), (x, -90.1)):
        assert located(*place) == "location not in degrees, dropped"
    for place in ((180, y), (-180, y), (x, 90), (x, -90)):
        assert located(*place) == "location outside of the market, dropped"


def test_a_place_needs_two_numbers() -> None:
    notes: list[tuple[int, str]] = []
    xs: list[Any] = [1.5, None, "", "2", "x", None, 1.0, float("nan")]
    ys: list[Any] = [2.5, None, "", 3, 1.0, 1.0, None, 1.0]
    places = read_places(xs, ys, lambda *note: notes.append(note))
    assert places == [(1.5, 2.5), None, None, (2.0, 3.0), None, None, None, None]
    assert [position for position, _ in notes] == [4, 5, 6, 7]


@pytest.mark.parametrize(
    ("written", "years"),
    [
        (3, 3), (3.0, 3), (2.5, 2.5), ("3", 3), (0, 0), (1899, 1899), ("1,200", 1200),
        ("2019-2025", 7), (" 2019 - 2025 ", 7), ("2019–2021", 3), ("2019 to 2021", 3), ("2019-21", 3),
        ("1998-02", None),
        (2023, 1), (2023.0, 1), ("2023", 1), ("2021, 2023", 2), ("2021;2022/2023 & 2024", 4),
        ("2019-2021, 2021, 2023", 4),
        ("2019 and 2020", 2), ("2025-2019", None), ("since 2019", None), ("2019-12-31", None), ("", None), (True, None),
        ("20192025", 20192025),
    ],
)  # fmt: skip
def test_years_are_their_number_or_the_years_themselves(written: Any, years: float | None) -> None:
    (text,), notes = read(Type.YEARS, written)
    assert text == NULL if years is None else float(text) == years
    assert bool(notes) == (years is None and written != "")
    # whatever stands beside it
    beside, _ = read(Type.YEARS, written, 5, None, "2019-2020")
    assert beside[0] == NULL if years is None else float(beside[0]) == years
    assert [float(one) if one != NULL else None for one in beside[1:]] == [5, None, 2]
