"""Units of condominiums, and the lines below the first of the owner's mail."""

from typing import Any

import pytest

from tests.draft.lists import ROLL, ROWS, TODAY, looked
from wholesaler.draft.sources import draft_source

#: ten houses of which the first holds ten parcels
HOUSES = ["12 OAK CT"] * 10 + [f"{number} ELM ST" for number in range(10, ROWS)]
UNITS = [f"{number + 101}" for number in range(10)] + [""] * (ROWS - 10)


def fields_of(**columns: list[Any]) -> dict[str, Any]:
    return draft_source(looked(ROLL | columns, "Parcels"), (), TODAY).columns.fields


@pytest.mark.parametrize(
    ("houses", "units", "joined"),
    [
        (HOUSES, UNITS, True),
        (HOUSES, ["101"] * 10 + UNITS[10:], False),
        ([f"{number} OAK CT" for number in range(ROWS)], UNITS, False),
        (HOUSES, [""] * ROWS, False),
        ([f"{house} {unit}".strip() for house, unit in zip(HOUSES, UNITS, strict=True)], UNITS, False),
    ],
)
@pytest.mark.parametrize("name", ["SITUS_UNIT_NO", "STR_UNI", "APT", "SiteUnit"])
def test_a_unit_tells_apart_the_parcels_of_an_address(
    houses: list[str], units: list[str], joined: bool, name: str
) -> None:
    told = fields_of(SITUS_ADDRESS=houses, **{name: units})["address"]
    assert told == ({"join": ["SITUS_ADDRESS", name], "with": " "} if joined else "SITUS_ADDRESS")


def test_no_other_field_is_a_unit() -> None:
    assert fields_of(SITUS_ADDRESS=HOUSES, BLDG_COMMUNITY=UNITS)["address"] == "SITUS_ADDRESS"


def test_the_lines_below_the_first_of_the_mail_are_taken() -> None:
    streets = [f"{number} FAR AVE" for number in range(ROWS)]
    mail: dict[str, list[Any]] = {
        "MAIL_ADDR1": ["C/O RUTH MILLER"] * 30 + streets[30:], "MAIL_ADDR2": streets[:30] + [""] * 70,
        "MAIL_ADDR3": [""] * 99 + ["SUITE 4"], "MAIL_ADDR4": ["ERIE, PA 16501"] * ROWS,
    }  # fmt: skip
    told = fields_of(**mail)
    assert told["mail_address"] == "MAIL_ADDR1"
    assert told["mail_address_2"] == {"join": ["MAIL_ADDR2", "MAIL_ADDR3"], "with": " "}
    assert {told[name]["field"] for name in ("mail_city", "mail_state", "mail_zip")} == {"MAIL_ADDR4"}


def test_a_line_of_cities_is_no_second_where_there_is_a_city() -> None:
    told = fields_of(
        OWNER_ADDRESS=[f"{number} FAR AVE" for number in range(ROWS)], OWNER_ADDRESS2=["", "APT 4"] * 50,
        OWNER_CITY=["ERIE", "MILTON"] * 50, OWNER_STATE=["PA", "OH"] * 50,
    )  # fmt: skip
    assert (told["mail_address_2"], told["mail_city"]) == ("OWNER_ADDRESS2", "OWNER_CITY")
