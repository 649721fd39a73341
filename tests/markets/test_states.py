"""The templates of states that come with the program, and what the counties that extend them come to."""

import re
import tomllib

import pytest

from wholesaler.markets import Market, load_market, states
from wholesaler.markets.parcel import ParcelFormat


def test_florida_has_the_roll_of_each_county() -> None:
    text = states()["fl"].read_text("utf-8")
    (listed,) = re.findall(r"number behind county:\n((?:#   .*\n)+)", text)
    counties = dict(reversed(entry.split()[:2]) for entry in re.sub(r"[#\n]", "", listed).split(",") if entry.strip())
    assert [int(number) for number in counties] == list(range(11, 78))
    assert {counties["58"], counties["39"], counties["23"]} == {"Orange", "Hillsborough", "Dade"}


def test_the_forms_of_florida_that_can_be_copied_are_valid() -> None:
    text = states()["fl"].read_text("utf-8")
    lines = re.findall(r"^#   [A-Z][\w -]+ \d\d +(parcel = \{.*\})$", text, re.MULTILINE)
    assert len(lines) == 4
    for line in lines:
        parcel = ParcelFormat.model_validate(tomllib.loads(line)["parcel"])
        assert parcel.ambiguities() == []
        assert parcel.canonicalise(parcel.example, "roll") == parcel.example


@pytest.mark.parametrize("key", ["orange-fl", "hillsborough-fl"])
def test_the_state_asks_for_the_roll_of_the_county(key: str) -> None:
    market = load_market(key)
    county, number = {"orange-fl": ("Orange", 58), "hillsborough-fl": ("Hillsborough", 39)}[key]
    folder = (
        "https://floridarevenue.com/property/dataportal/Documents/PTO%20Data%20Portal/Tax%20Roll%20Data%20Files/NAL"
    )
    assert market.sources["state_roll"].urls == [
        f"{folder}/{{year}}F/{county}%20{number}%20Final%20NAL%20{{year}}.zip",
        f"{folder}/{{year}}P/{county}%20{number}%20Preliminary%20NAL%20{{year}}.zip",
        f"{folder}/{{year-1}}F/{county}%20{number}%20Final%20NAL%20{{year-1}}.zip",
    ]
    assert market.rolls == ["property_records", "state_roll"]
    assert market.terms.foreclosure_note == "foreclosure rules apply (s. 501.1377, F.S.)"


def test_a_market_knows_what_was_in_no_file_of_its_own() -> None:
    market: Market = load_market("mecklenburg-nc")
    assert (market.state, market.sources["state_roll"].where) == ("NC", "cntyfips = '119'")
