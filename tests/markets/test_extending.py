"""A county's file on top of its state's: what merges, what is told of which file, what stands for ``{var.…}``."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import Outcome
from wholesaler.errors import ConfigurationError
from wholesaler.markets import Market, read_effective, read_market

CLI = Callable[..., Outcome]
STATE = """
# what the state has
state = "FL"
time_zone = "America/New_York"

[words]
tax_sale = "Tax sale of the state"
lands_available = "Land of the state"

# the state's roll
[sources.roll]
record = "property_records"
kind = "arcgis"
url = ["https://state.example/{var.number}/{year}"]
where = "COUNTY = '{var.number}' OR A = '{B}'"
only = { CO_NO = "{var.number}", YEAR = { at_least = "{var.since}" } }
key = ["parcel"]
parcel_form = "roll"
location = "geometry"
whole = true
optional = ["address", "city"]

[sources.roll.fields]
parcel = "PARCEL_ID"
address = { join = ["NO", "STREET"], with = " " }
city = "CITY"
homestead = "HX"

[sources.roll.values.homestead]
Y = "yes"
N = "no"

[sources.other]
record = "property_records"
kind = "file"
url = "other.csv"
member = "{var.only_of_other}"
key = ["parcel"]
parcel_form = "roll"
fields = { parcel = "P" }
"""
COUNTY = """
extends = "state.toml"
key = "mill-fl"
name = "Mill County"
bounding_box = { west = -82, south = 28, east = -81, north = 29 }
sources.other = false
vars = { number = 58, since = "2020" }
parcel = { canonical = "{n}", example = "12", parts = { n = { pattern = "[0-9]+" } }, forms = { roll = "{n}" } }

[words]
tax_sale = "Tax sale of the county"

[sources.tax_sales]
kind = "file"
url = "sales.csv"
key = ["parcel"]
parcel_form = "roll"
fields = { parcel = "P", sale_date = "D" }
"""


@pytest.fixture
def county(tmp_path: Path) -> Path:
    (tmp_path / "state.toml").write_text(STATE.replace('url = ["https', 'url = "https').replace('{year}"]', '{year}"'))
    path = tmp_path / "mill.toml"
    path.write_text(COUNTY)
    return path


def refused(path: Path, *, strict: bool = False) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read_market(path, strict=strict)
    assert "\n" not in caught.value.message
    return caught.value.message


def said(market: Market) -> dict[str, Any]:
    """All that a market file says, whatever file it is from."""
    return market.model_dump(exclude={"extends", "vars"})


def add(path: Path, text: str, before: str = "[words]") -> None:
    """Put a text in front of a heading."""
    written = path.read_text()
    assert written.count(before) == 1
    path.write_text(written.replace(before, f"{text}\n{before}"))


def test_tables_merge_and_the_county_wins(county: Path) -> None:
    market = read_market(county, strict=True)
    assert (market.key, market.state, market.extends, market.path) == ("mill-fl", "FL", "state.toml", county)
    assert (market.words.tax_sale, market.words.lands_available) == ("Tax sale of the county", "Land of the state")
    assert list(market.sources) == ["tax_sales", "roll"]


def test_sources_of_the_county_come_first(county: Path) -> None:
    text = (
        county.read_text()
        .replace("sources.other = false\n", "")
        .replace("vars = { ", 'vars = { only_of_other = "a.csv", ')
    )
    county.write_text(f'{text}\n[sources.own]\nrecord = "property_records"\nkind = "file"\nurl = "a.csv"\n')
    with county.open("a") as file:
        file.write(
            'key = ["parcel"]\nparcel_form = "roll"\nfields = { parcel = "P" }\n\n[sources.roll]\nwhole = false\n'
        )
    market = read_market(county)
    assert market.rolls == ["own", "roll", "other"]
    assert market.sources["roll"].whole is False


def test_lists_and_values_replace(county: Path) -> None:
    add(
        county,
        '[sources.roll]\nurl = "https://mine.example"\noptional = ["city"]\nlocation = { x = "X", y = "Y" }\n'
        'only = { YEAR = "2026" }\n[sources.roll.fields]\naddress = { field = "SITUS" }\n'
        '[sources.roll.values.homestead]\nN = "yes"\nX = "no"',
    )
    roll = read_market(county).sources["roll"].model_dump(by_alias=True)
    assert (roll["url"], roll["optional"]) == ("https://mine.example", ["city"])
    assert roll["location"] == {"x": "X", "y": "Y", "crs": 4326}
    assert roll["only"] == {"CO_NO": "58", "YEAR": "2026"}
    assert roll["fields"]["address"] == {"field": "SITUS", "match": None, "pad": None}
    assert roll["fields"]["city"] == "CITY"
    assert roll["values"] == {"homestead": {"Y": "yes", "N": "yes", "X": "no"}}


def test_parts_and_forms_of_a_parcel_number_replace(county: Path) -> None:
    state = county.parent / "state.toml"
    parts = 'parcel = { canonical = "{a}{b}", parts = { a = {}, b = {} }, forms = { old = "{a}-{b}" } }\n'
    state.write_text(parts + state.read_text())
    parcel = read_market(county).parcel
    assert (list(parcel.parts), parcel.forms) == (["n"], {"roll": "{n}"})


def test_variables_stand_in_url_member_where_and_only(county: Path) -> None:
    source = read_market(county).sources["roll"]
    assert source.url == "https://state.example/58/{year}"
    assert source.where == "COUNTY = '58' OR A = '{B}'"
    assert source.model_dump()["only"]["YEAR"]["at_least"] == "2020"
    text = (
        county.read_text()
        .replace("sources.other = false\n", "")
        .replace("vars = { ", 'vars = { only_of_other = "b*", ')
    )
    county.write_text(text)
    assert read_market(county).sources["other"].member == "b*"


def test_variables_need_no_template(county: Path) -> None:
    text = re.sub(r"extends.*\n|sources\.other.*\n", "", county.read_text()).replace("sales.csv", "{var.number}.csv")
    county.write_text(f'state = "FL"\ntime_zone = "UTC"\n{text}')
    assert read_market(county).sources["tax_sales"].url == "58.csv"


def test_a_chain_of_files_ends_with_a_state(county: Path) -> None:
    metro = county.parent / "shared" / "metro.toml"
    metro.parent.mkdir()
    metro.write_text(
        'extends = "../state.toml"\nkey = "metro"\nname = "Metro"\nsources.other = false\n'
        '[vars]\nnumber = "1"\nsince = "2000"\n'
        '[words]\ntax_sale = "Tax sale of the metro"\nforeclosure_filing = "Filed in the metro"\n'
    )
    county.write_text(
        county.read_text()
        .replace('"state.toml"', '"./shared/metro.toml"')
        .replace("sources.other = false\n", "")
        .replace(', since = "2020"', "")
    )
    market = read_market(county, strict=True)
    words = market.words
    assert (words.tax_sale, words.foreclosure_filing) == ("Tax sale of the county", "Filed in the metro")
    assert words.lands_available == "Land of the state"
    assert market.vars == {"number": "58", "since": "2000"}
    assert read_effective(county).files == (county, metro, county.parent / "state.toml")


def test_key_and_name_are_not_inherited(county: Path) -> None:
    other = county.parent / "other.toml"
    other.write_text('extends = "mill.toml"\n')
    assert refused(other) == f"{other}: key: is missing; name: is missing."
    other.write_text('extends = "mill.toml"\nkey = "other-fl"\nname = "Other County"\n')
    assert read_market(other).key == "other-fl"


def test_a_circle_is_refused(county: Path) -> None:
    (county.parent / "state.toml").write_text('extends = "./mill.toml"\n')
    said = refused(county)
    assert said.startswith(f"{county.parent / 'state.toml'}: extends: goes round in a circle: {county} → ")
    county.write_text('extends = "mill.toml"\n')
    assert refused(county) == f"{county}: extends: goes round in a circle: {county} → {county}."


def test_a_circle_through_a_link_is_refused(county: Path) -> None:
    (county.parent / "link.toml").symlink_to(county)
    county.write_text('extends = "link.toml"\n')
    assert "goes round in a circle" in refused(county)


@pytest.mark.parametrize(
    ("extends", "said"),
    [
        ('"xx"', "there is no state 'xx'; expected one of fl, nc, or the path of a file such as ./xx.toml"),
        (
            '"FL"',
            "there is no state 'FL'; expected one of fl, nc, or the path of a file such as ./FL.toml. Did you mean",
        ),
        ('"orange-fl"', "there is no state 'orange-fl'; expected one of fl, nc"),
        ('"./nothing.toml"', "there is no file {folder}/nothing.toml"),
        ('"~nobody/nothing.toml"', "there is no file "),
        ('""', "expected a state, one of fl, nc, or the path of a file, not ''"),
        ("5", "expected a state, one of fl, nc, or the path of a file, not 5"),
        ('["fl"]', "expected a state, one of fl, nc, or the path of a file, not ['fl']"),
        ("false", "expected a state, one of fl, nc, or the path of a file, not False"),
    ],
)
def test_what_cannot_be_extended_is_told_in_one_line(county: Path, extends: str, said: str) -> None:
    county.write_text(county.read_text().replace('"state.toml"', extends))
    assert refused(county).startswith(f"{county}: extends: {said.format(folder=county.parent)}")


def test_a_template_that_cannot_be_read_is_named(county: Path) -> None:
    state = county.parent / "state.toml"
    state.write_text("state = FL\n")
    assert refused(county).startswith(f"{state}: cannot be read as TOML: ")
    state.unlink()
    state.mkdir()
    assert refused(county).startswith(f"{state}: cannot be read as TOML: Is a directory")


def test_a_wrong_key_names_the_file_that_has_it(county: Path) -> None:
    state = county.parent / "state.toml"
    state.write_text(state.read_text().replace("whole = true", "whole = 5"))
    by = f"{state} (extended by mill.toml): "
    assert refused(county) == f"{by}sources.roll.whole: expected true or false, not 5."
    add(county, "[deal]\nshare = 1")
    assert refused(county) == (
        f"{county}: deal.share: unknown key; {by}sources.roll.whole: expected true or false, not 5."
    )
    assert refused(county, strict=True) == (
        f"{county}: 2 errors: deal.share: unknown key; {by}sources.roll.whole: expected true or false, not 5."
    )
    # what the county says in place of it is the county's
    add(county, "[sources.roll]\nwhole = 6")
    assert f"{county}: " in refused(county)
    assert "extended by" not in refused(county)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('homestead = "HX"', 'homesteads = "HX"', "sources.roll: 'homesteads' is no column of property_records"),
        ('city = "CITY"', "city = { pad = 5 }", "sources.roll.fields.city: expected a field's name"),
        ('parcel = "PARCEL_ID"\n', "", "sources.roll: 'parcel' is used but not in fields"),
        (
            'parcel_form = "roll"\nlocation',
            'parcel_form = "rts"\nlocation',
            "sources.roll: parcel_form: expected one of roll, not 'rts'",
        ),
        ('state = "FL"', 'state = "Florida"', "state: expected a state's two capital letters"),
        (
            "[words]",
            '[hosts."a.example.org"]\nconcurrency = 0\n[words]',
            "hosts.a.example.org.concurrency: expected 1 or more",
        ),
    ],
)
def test_what_is_wrong_with_a_template_is_told_of_it(county: Path, old: str, new: str, said: str) -> None:
    state = county.parent / "state.toml"
    assert state.read_text().count(old) == 1
    state.write_text(state.read_text().replace(old, new))
    add(county, '[hosts."b.example.org"]\nconcurrency = 1')
    add(county, "[sources.roll]\nminimum_rows = 5")
    assert f"{state} (extended by mill.toml): {said}" in refused(county)
    assert f"{county}:" not in refused(county)


def test_what_the_county_adds_to_a_table_of_the_template_is_the_countys(county: Path) -> None:
    add(county, '[sources.roll.fields]\nzip = "Z"')
    assert refused(county).startswith(f"{county}: sources.roll: 'zip' is no column of property_records")


def test_a_variable_that_is_not_given_is_told_once(county: Path) -> None:
    county.write_text(county.read_text().replace("number = 58, ", ""))
    state = county.parent / "state.toml"
    said = f"vars.number: is missing; sources.roll.url of {state} has {{var.number}}"
    assert refused(county) == f"{county}: {said}."
    assert refused(county, strict=True) == f"{county}: {said}."
    county.write_text(county.read_text().replace("sources.other = false\n", ""))
    assert refused(county, strict=True).startswith(f"{county}: 2 errors: {said}; vars.only_of_other: is missing; ")


@pytest.mark.parametrize("wrong", ["{var.Number}", "{ var.number }", "{var}", "{VAR.number}", "{var.number-1}"])
def test_what_is_meant_for_a_variable_and_is_none_is_refused(county: Path, wrong: str) -> None:
    county.write_text(county.read_text().replace("sales.csv", f"{wrong}.csv"))
    assert refused(county) == f"{county}: sources.tax_sales.url: expected {{var.name}}, not '{wrong}'."


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ("5", "vars: expected a table, not 5"),
        (
            '{ number = true, since = "" }',
            "vars.number: expected a text, not true; vars.since: expected a text that is not",
        ),
        ('{ number = "{year}", since = "1" }', "vars.number: expected a text of one line without braces"),
        ('{ Number = "1", number = 1, since = 1 }', "vars.Number: expected a name of small letters"),
    ],
)
def test_a_wrong_variable_is_refused(county: Path, variables: str, said: str) -> None:
    county.write_text(county.read_text().replace('{ number = 58, since = "2020" }', variables))
    assert refused(county).startswith(f"{county}: {said}")


def test_false_leaves_out_only_what_there_is(county: Path) -> None:
    add(county, "[sources]\nrolls = false", before="[sources.tax_sales]")
    county.write_text(county.read_text().replace("sources.other = false\n", ""))
    said = "sources.rolls: false leaves out a source of the file that is extended, which has roll, other"
    assert refused(county).startswith(f"{county}: {said}; vars.only_of_other: is missing")
    alone = county.parent / "alone.toml"
    alone.write_text(re.sub("extends.*\n", 'state = "FL"\ntime_zone = "UTC"\n', COUNTY))
    assert refused(alone) == f"{alone}: sources.other: expected a table, not false."


def test_paths_are_relative_to_the_market_file(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "state.toml").write_text(STATE)
    path = tmp_path / "mill.toml"
    path.write_text(
        COUNTY.replace('"state.toml"', f'"{tmp_path}/templates/state.toml"')
        + "\n[sources.roll]\n"
        + 'url = "https://a"\n'
    )
    assert read_market(path).path.parent == tmp_path
