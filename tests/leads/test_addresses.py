"""An address in place of a parcel number: which properties and parcels lie at it, and where that is."""

from typing import Any

import pytest
from sqlalchemy import Engine

from tests.stages.check.rows import MARKET, Rows
from wholesaler.errors import UsageError, WholesalerError
from wholesaler.leads.addresses import at_address, located, looks_like_address, only_parcel
from wholesaler.markets import load_market


class Streets:
    """Properties and parcels by numbers of one's own."""

    def __init__(self, engine: Engine, market: str) -> None:
        self.rows = Rows(engine, market)

    def property(self, number: int, house: str, street: str, unit: str | None = None, **values: Any) -> int:
        address = f"{house} {street}" + (f" # {unit}" if unit else "")
        parts = {"house_number": house, "street": street, "unit": unit, "address": address}
        return self.rows.property(f"292228{number:09d}", **{**parts, **values})

    def parcel(self, number: int, house: str, street: str, unit: str | None = None, **values: Any) -> None:
        address = f"{house} {street}" + (f" # {unit}" if unit else "")
        self.rows.describe(f"292228{number:09d}", address=address, **values)
        parts = {"house_number": house, "street": street, "unit": unit}
        self.rows.insert("standard_addresses", address=address, **parts)


@pytest.fixture
def here(engine: Engine) -> Streets:
    return Streets(engine, MARKET)


@pytest.fixture
def there(engine: Engine) -> Streets:
    return Streets(engine, "other-county")


def numbers(streets: Streets, written: str) -> list[int]:
    with streets.rows.connect() as connection:
        found = at_address(connection, load_market(MARKET), written)
    return [int(row.parcel_id[6:]) for row in found]


@pytest.mark.parametrize(
    ("written", "is_one"),
    [("12 Elm St", True), (" N12 Elm", True), ("#5 Oak", True), ("12-B Elm", True), ("292228000000001", False),
     ("29-22-28-0000-00-001", False), ("12 E", False), ("12", False), ("Elm St 12", False), ("12 34", False)],
)  # fmt: skip
def test_an_address_has_a_house_number_and_a_word(written: str, is_one: bool) -> None:
    assert looks_like_address(written) is is_one


def test_without_a_unit_all_units_are_meant_and_with_one_only_it(here: Streets, there: Streets) -> None:
    for number, unit in ((1, None), (2, "1"), (3, "2")):
        here.property(number, "12", "ELM STREET", unit)
    here.property(4, "13", "ELM STREET")
    here.property(5, "12", "OAK STREET", "1")
    survivor = here.property(8, "99", "PINE ROAD")
    here.property(7, "12", "ELM STREET", "3", merged_into=survivor, is_active=False)
    there.property(6, "12", "ELM STREET", "1")
    # the roll is asked where no property is found
    here.parcel(9, "12", "ELM STREET")
    assert numbers(here, "12 Elm St") == [1, 2, 3, 8]
    assert numbers(here, "12 Elm St # 1") == [2]
    assert numbers(here, "12 Elm St # 3") == [8]
    assert numbers(here, "12 Elm St # 9") == []


def test_the_roll_tells_where_no_signal_names_a_parcel(here: Streets, there: Streets) -> None:
    for number, unit in ((1, None), (2, "1"), (3, "2")):
        here.parcel(number, "12", "ELM STREET", unit)
    here.parcel(4, "13", "ELM STREET")
    here.parcel(5, "12", "OAK STREET", "1")
    there.parcel(6, "12", "ELM STREET", "1")
    there.parcel(7, "7", "PINE ROAD")
    assert numbers(here, "12 Elm St") == [1, 2, 3]
    assert numbers(here, "12 Elm St # 1") == [2]
    assert numbers(here, "7 Pine Rd") == []


def test_a_zip_or_a_city_behind_it_chooses(here: Streets) -> None:
    places = (("Orlando", "32801-1234"), ("Apopka", "32703"), ("Orlando", None), (None, "32801"))
    for number, (city, zip_code) in enumerate(places, start=1):
        here.property(number, "12", "ELM STREET", city=city, zip_code=zip_code)
    assert numbers(here, "12 Elm St") == [1, 2, 3, 4]
    assert numbers(here, "12 Elm St, Orlando") == [1, 3]
    assert numbers(here, "12 Elm St, apopka") == [2]
    # the ZIP says more than the city
    assert numbers(here, "12 Elm St, Apopka 32801") == [1, 4]
    assert numbers(here, "12 Elm St, Nowhere") == [1, 2, 3, 4]


def test_the_one_parcel_is_named_and_of_several_the_first_five(here: Streets) -> None:
    market = load_market(MARKET)
    for number in range(1, 7):
        here.property(number, "12", "ELM STREET", str(number), city="Orlando" if number == 1 else None)
    with here.rows.connect() as connection:
        assert only_parcel(connection, market, "12 Elm St # 6") == "292228000000006"
        with pytest.raises(WholesalerError, match="at '77 Elm St'"):
            only_parcel(connection, market, "77 Elm St")
        with pytest.raises(UsageError) as several:
            only_parcel(connection, market, "12 Elm St")
        names = [f"29222800000000{number} (12 ELM STREET # {number})" for number in range(1, 6)]
        names[0] = "292228000000001 (12 ELM STREET # 1, Orlando)"
        assert several.value.args[0] == f"'12 Elm St' can mean {', '.join(names)} and 1 more."
        here.rows.execute("DELETE FROM properties WHERE unit = '6'")
        with pytest.raises(UsageError) as five:
            only_parcel(connection, market, "12 Elm St")
        assert five.value.args[0] == f"'12 Elm St' can mean {', '.join(names)}."


def test_a_place_is_one_point_or_what_is_written(here: Streets) -> None:
    market = load_market(MARKET)
    here.property(1, "12", "ELM STREET", "1", location=(-81.3791, 28.5381))
    here.property(2, "12", "ELM STREET", "2", location=(-81.3794, 28.5384))
    here.property(3, "12", "ELM STREET", "3", location=None)
    here.property(4, "14", "ELM STREET", location=None)
    for number, east in ((5, -81.3781), (6, -81.3799), (7, -81.3819), (8, -81.3839), (9, -81.3859)):
        here.property(
            number, "16", "ELM STREET", str(number), location=(east, 28.5), city="Orlando" if number > 5 else None
        )
    # a hundred metres to the north, or to the east
    for number, house, east, north in ((11, "18", 0, 0), (12, "18", 0, 1), (13, "20", 0, 0), (14, "20", 1, 0)):
        here.property(number, house, "ELM STREET", str(number), location=(-81.371 + east / 1000, 28.531 + north / 1000))
    with here.rows.connect() as connection:
        for written in ("28.54,-81.38", " 28.54 , -81.38 ", "28.54 -81.38"):
            assert located(connection, market, written) == (28.54, -81.38)
        assert located(connection, market, "12 Elm St") == (28.5381, -81.3791)
        with pytest.raises(WholesalerError, match="no property of Orange County, Florida and no parcel"):
            located(connection, market, "77 Elm St")
        with pytest.raises(WholesalerError, match="nobody knows where '14 Elm St' is"):
            located(connection, market, "14 Elm St")
        for written in ("18 Elm St", "20 Elm St"):
            with pytest.raises(UsageError, match=f"'{written}' can mean"):
                located(connection, market, written)
        with pytest.raises(UsageError) as several:
            located(connection, market, "16 Elm St")
    first = [f"16 ELM STREET # {number}, Orlando" for number in (6, 7, 8)]
    assert several.value.args[0] == (
        f"--near: '16 Elm St' can mean {' or '.join(['16 ELM STREET # 5, 292228000000005', *first])}."
    )
