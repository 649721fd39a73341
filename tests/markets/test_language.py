"""The keys by which a market file says more than names of fields: each wrong one is named, all of them at once."""

import json
import re
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.markets.samples import changed, orange_text
from tests.support import Outcome
from wholesaler.errors import ConfigurationError
from wholesaler.markets import Market, read_market
from wholesaler.markets.days import expand, names_day
from wholesaler.markets.only import Bounds
from wholesaler.markets.parcel import ParcelFormat, Part
from wholesaler.markets.terms import Words, fill_link
from wholesaler.stages.ingest.convert.records import fingerprint

CLI = Callable[..., Outcome]
DAY = date(2026, 1, 31)
SALES = "[sources.tax_sales]\n"
STATUS = 'deed_status = "USER_Deed_Status"'
DATE = 'sale_date = "USER_Sale_Date"'
KEY = 'key = ["tda_number"]'
SECTION = 'section = { pattern = "[0-9]{2}", minimum = 1, maximum = 36 }'


def market(tmp_path: Path, *changes: tuple[str, str]) -> Market:
    text = orange_text()
    for old, new in changes:
        text = changed(text, old, new)
    path = tmp_path / "county.toml"
    path.write_text(text, "utf-8")
    return read_market(path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        # values
        (STATUS, 'deed_status = { joins = ["A"] }', "fields.deed_status: expected a field's name, or a table with one"),
        (STATUS, "deed_status = 5", "fields.deed_status: expected a field's name, or a table with one of join, first"),
        (STATUS, 'deed_status = { join = ["A"], sum = ["B"] }', "fields.deed_status.sum: unknown key"),
        (STATUS, "deed_status = { join = [] }", "fields.deed_status.join: expected a list that is not empty"),
        (STATUS, 'deed_status = { join = "A" }', "fields.deed_status.join: expected a list"),
        (STATUS, 'deed_status = { first = ["A", { field = "" }] }', "deed_status.first.1.field: expected a text that"),
        (STATUS, 'deed_status = { field = "A", match = "(" }', "deed_status.match: expected a regular expression ("),
        (
            STATUS,
            'deed_status = { field = "A", match = "(a)(b)" }',
            "deed_status.match: expected a regular expression w",
        ),
        (STATUS, 'deed_status = { field = "A", pad = 0 }', "deed_status.pad: expected 1 or more"),
        (STATUS, 'deed_status = { named = "[" }', "deed_status.named: expected a regular expression"),
        (STATUS, "deed_status = { const = [1] }", "deed_status.const: expected a text that is not empty, a number"),
        (STATUS, "deed_status = { const = 2026-01-31T10:00:00 }", "deed_status.const: expected a text that is not"),
        (STATUS, 'deed_status = { const = "Sold" }', "fields.deed_status: const: expected one of Active Sale, Lands"),
        (DATE, 'sale_date = { sum = ["A"] }', "fields.sale_date: expected a day, not what sum gives"),
        (DATE, 'sale_date = { present = "A" }', "fields.sale_date: expected a day, not what present gives"),
        (DATE, 'sale_date = { const = "2026-01-31" }', "sale_date: const: expected a day such as 2026-01-31 without"),
        (DATE, 'sale_date = { date = ["A", "B", "C", "D"] }', "sale_date.date: expected at most 3 in the list"),
        (STATUS, f'{STATUS}\nopening_bid = {{ const = "5" }}', "opening_bid: const: expected a number, not '5'"),
        (STATUS, f'{STATUS}\nopening_bid = {{ date = ["Y"] }}', "opening_bid: expected an amount, not what date gives"),
        (KEY, 'key = [{ fields = "A" }]', "tax_sales.key.0: expected a field's name, or a table"),
        # only
        (SALES, SALES + "only = { A = [] }\n", "tax_sales.only.A: expected a list that is not empty"),
        (SALES, SALES + "only = { A = {} }\n", "only.A: at least one of at_least, at_most, above, below, present"),
        (SALES, SALES + "only = { A = { over = 5 } }\n", "only.A.over: unknown key"),
        (
            SALES,
            SALES + "only = { A = { above = true } }\n",
            "only.A.above: expected a number, a day or a text, not true",
        ),
        (
            SALES,
            SALES + "only = { A = { above = nan } }\n",
            "only.A.above: expected a text that is not empty, a number",
        ),
        (SALES, SALES + "only = { A = { above = 1, present = false } }\n", "only.A: either present = false or a limit"),
        (SALES, SALES + 'only = { A = "" }\n', "only.A: expected a text that is not empty"),
        (SALES, SALES + 'only = { A = ["x", 10:30:00] }\n', "only.A.1: expected a text that is not empty"),
        (SALES, SALES + 'only = { A = { above = "{today-90}" } }\n', "only.A.above: expected a day such as {today}"),
        (SALES, SALES + 'only = "A = 5"\n', "tax_sales.only: expected a table"),
        # days
        (SALES, SALES + "where = \"D > '{Today}'\"\n", "tax_sales.where: expected a day such as {today}, {today-90d}"),
        (SALES, SALES + 'where = "Y = {year+1y}"\n', "tax_sales.where: expected a day such as"),
        # parcels
        ('parcel_form = "str-dashed"', "parcel_form = []", "tax_sales.parcel_form"),
        ('parcel_form = "str-dashed"', 'parcel_form = ["str", "srt"]', "parcel_form: expected one of str-dashed"),
        ('parcel_form = "str-dashed"', 'parcel_form = ["str", "str"]', "parcel_form: expected each form once"),
        (SALES, SALES + 'parcel_ignore = "x"\n', "parcel_ignore: expected characters between letters and digits"),
        # places
        (SALES, SALES + "crs = 2236\n", 'tax_sales: crs: expected beside location = "geometry" of a file; services'),
        (SALES, SALES + "crs = 5\n", "tax_sales.crs: expected 1024 or more, not 5"),
        ("[sources.code_violations]\n", "[sources.code_violations]\ncrs = 4326\n", "crs: expected within location, b"),
        # the others
        (SALES, SALES + 'raw = "some"\n', "tax_sales.raw: expected 'mapped' or 'all', not 'some'"),
        (SALES, SALES + "latest_by = 5\n", "tax_sales.latest_by: expected a field's name"),
        ('record_date = "sale_date"', "record_date = { date = 5 }", "record_date.date: expected a list"),
        (STATUS, f'{STATUS}\n[words]\ntax_sail = "x"', "words.tax_sail: unknown key. Did you mean 'tax_sale'?"),
        (
            STATUS,
            f'{STATUS}\n[words]\ntax_sale = "{{x}}"',
            "words.tax_sale: expected a text of one line without braces",
        ),
        (STATUS, f"{STATUS}\n[deal]\nmarket_share_of_price = 0", "deal.market_share_of_price: expected more than 0"),
        (STATUS, f'{STATUS}\n[links]\nmap = "ftp://x"', "links.map: expected an http or https address, not 'ftp://x'"),
        (STATUS, f'{STATUS}\n[links]\nmap = "https://x/{{owner}}"', "links.map: only {parcel}, {latitude}"),
        (STATUS, f'{STATUS}\n[links]\nmap = "https://x/{{parcel"', "links.map: expected a template such as"),
        (STATUS, f'{STATUS}\n[links]\nmap = "https://x/{{parcel:dots}}"', "links.map: expected one of str-dashed, str"),
        (STATUS, f'{STATUS}\n[links]\n"A b" = "https://x/"', "links.A b"),
    ],
)
def test_what_is_wrong_names_the_key_and_what_was_expected(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        market(tmp_path, (old, new))
    assert "\n" not in str(caught.value)
    assert said in str(caught.value)


def test_an_ignored_separator_may_not_make_one_of_two_numbers() -> None:
    parts = {"block": Part(pattern="[0-9]{1,2}"), "lot": Part(pattern="[0-9]{1,2}")}
    parcel = ParcelFormat(canonical="{block}-{lot}", example="1-2", parts=parts, forms={"dashed": "{block}-{lot}"})
    assert parcel.reader(("dashed",)).ambiguities() == []
    (ambiguity,) = parcel.reader(("dashed",), "-").ambiguities()
    assert "two numbers can be written alike" in ambiguity


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("{today}", "2026-01-31"),
        ("d >= '{today-90d}' AND d < '{today+30d}'", "d >= '2025-11-02' AND d < '2026-03-02'"),
        ("{year}/{year-1}/{year+1}", "2026/2025/2027"),
        ("{parcel} {0} {} {{today}} {month}", "{parcel} {0} {} {2026-01-31} {month}"),
    ],
)
def test_days_stand_for_those_of_the_run_and_other_braces_stay(text: str, expanded: str) -> None:
    assert expand(text, DAY) == expanded


def test_a_day_beyond_the_calendar_is_told() -> None:
    with pytest.raises(ValueError, match="a day of the calendar"):
        expand("{today+99999d}", date(9990, 1, 1))
    assert names_day("x{year-1}")
    assert not names_day("{years}")


def test_a_source_is_asked_as_the_day_says(tmp_path: Path) -> None:
    found = market(
        tmp_path,
        (SALES, SALES + 'where = "D > {today-1d}"\nonly = { A = ["{year}", 5], B = { above = "{today}" } }\n'),
        ('kind = "arcgis"\nurl = "https://services1.arcgis.com', 'kind = "arcgis"\nurl = "https://x/{year}'),
    ).sources["tax_sales"]  # fmt: skip
    dated = found.on(DAY)
    assert dated.where == "D > 2026-01-30"
    assert dated.url.startswith("https://x/2026/")
    assert dated.only == {"A": ("2026", 5), "B": Bounds(above="2026-01-31")}
    assert found.has_window
    assert not market(tmp_path).sources["tax_sales"].has_window
    assert not market(tmp_path, (SALES, f'{SALES}where = "D > 5"\n')).sources["tax_sales"].has_window


@pytest.mark.parametrize(
    ("change", "can"),
    [
        (None, True),
        (('parcel = "PARCEL"', 'parcel = { join = ["A", "B"] }'), False),
        (('parcel = "PARCEL"', 'parcel = { named = "PARCEL" }'), False),
        (("[sources.property_records]\n", '[sources.property_records]\nparcel_ignore = "-"\n'), False),
        (('lot = { pattern = "[0-9]{3}" }', 'lot = { pattern = "[0-9]{3}", width = 3 }'), False),
    ],
)
def test_only_a_plain_number_of_one_form_is_asked_for(
    tmp_path: Path, change: tuple[str, str] | None, can: bool
) -> None:
    found = market(tmp_path, *([change] if change else []))
    assert found.sources["property_records"].can_ask_by_parcel(found.parcel) is can


def test_keys_that_came_later_change_nothing_where_they_are_left_out(tmp_path: Path) -> None:
    plain = tomllib.loads(PLAIN)
    found = Market.model_validate(plain)
    # as the revision before had it
    assert fingerprint(found.sources["tax_sales"], found).hex() == "7c81a846d16500ed1eb37a31c9878ecc"
    for key, value in (("parcel_ignore", "-"), ("raw", "mapped"), ("parcel_form", ["dashed"])):
        source = {**plain["sources"]["tax_sales"], key: value}
        other = Market.model_validate({**plain, "sources": {"tax_sales": source}})
        assert fingerprint(other.sources["tax_sales"], other) != fingerprint(found.sources["tax_sales"], found)
    for key, value in (("only", {"A": 5}), ("latest_by", "A"), ("where", "1=1"), ("minimum_rows", 3)):
        source = {**plain["sources"]["tax_sales"], key: value}
        other = Market.model_validate({**plain, "sources": {"tax_sales": source}})
        assert fingerprint(other.sources["tax_sales"], other) == fingerprint(found.sources["tax_sales"], found)


PLAIN = """
key = "plain-fl"
name = "Plain County"
state = "FL"
time_zone = "America/New_York"
bounding_box = { west = -81.70, south = 25.0, east = -80.0, north = 28.83 }
[parcel]
canonical = "{block}{lot}"
example = "12-345"
[parcel.parts]
block = { pattern = "[0-9]{2}" }
lot = { pattern = "[0-9]{3}" }
[parcel.forms]
dashed = "{block}-{lot}"
[sources.tax_sales]
kind = "arcgis"
url = "https://gis.example/0"
key = ["parcel", "tda_number"]
parcel_form = "dashed"
location = { x = "X", y = "Y", crs = 2236 }
date_formats = ["%m/%d/%Y"]
[sources.tax_sales.values.deed_status]
A = "Active Sale"
[sources.tax_sales.fields]
parcel = "PARCEL"
tda_number = "NO"
deed_status = "STATUS"
"""


def test_validation_tells_all_that_is_wrong_at_once(cli: CLI, home: Path) -> None:
    text = orange_text()
    for old, new in (
        ('state = "FL"', 'state = "Florida"'),
        ("minimum_rows = 5", 'minimum_rows = "few"'),
        (STATUS, 'deed_status = { const = "Sold" }'),
        ('kind = "socrata"', 'kind = "ckan"'),
        ('optional = ["resolved_date"]', 'optional = ["resolved"]'),
        ("[sources.property_records.fields]\n", '[sources.property_records.fields]\ntaxes = { present = "A" }\n'),
    ):
        text = text.replace(old, new, 1)
    text = text.replace('taxes = "TAXES"\n', "")
    mine = home / "mine.toml"
    mine.write_text(text, "utf-8")
    outcome = cli("markets", "validate", mine)
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (78, "", 1)
    for said in (
        f"{mine}: 6 errors: state: ",
        "sources.tax_sales.minimum_rows: expected a whole number",
        "sources.tax_sales: fields.deed_status: const: expected one of Active Sale",
        "sources.code_violations.kind: expected 'arcgis', 'socrata' or 'file', not 'ckan'",
        "sources.property_records: fields.taxes: expected an amount, not what present gives",
    ):
        assert said in outcome.err, said
    assert json.loads(cli("markets", "validate", mine, "--json").out)["exit_code"] == 78


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (SECTION, SECTION.replace("[0-9]", "[0-9"), "parcel.parts.section.pattern: expected a regular expression"),
        (SECTION, "section = 5", "parcel.parts.section: expected a table, not 5"),
        ('rts = "{range}{township}', 'rts = "{range}', "parcel: rts: each of the parts"),
        ('example = "29-22-28-8850-02-050"\n', "", "parcel.example: is missing"),
        ('example = "29-22-28-8850-02-050"', 'example = "12"', "parcel: example: a parcel number of one of the forms"),
        ("[parcel.forms]", "[parcel.form]", "parcel.forms: is missing"),
        ("[parcel.forms]", "[parcel.parts.form]", "parcel.parts.form.pattern: is missing"),
        (None, "", "parcel: is missing"),
        (None, "parcel = 5\n", "parcel: expected a table, not 5"),
    ],
)
def test_a_broken_parcel_number_hides_nothing_else(cli: CLI, home: Path, old: str | None, new: str, said: str) -> None:
    text = orange_text().replace('state = "FL"', 'state = "Florida"')
    if old is None:
        before, _, rest = text.partition("[parcel]")
        text = f"{new}{before}[hosts{rest.partition('[hosts')[2]}"
        assert "[parcel" not in text
    else:
        assert old in text
        text = text.replace(old, new, 1)
    text += '\n[links]\nhere = "https://x/{parcel:str-dashed}"\n'
    text = text.replace("minimum_rows = 5", 'minimum_rows = "few"').replace('kind = "socrata"', 'kind = "ckan"')
    (home / "mine.toml").write_text(text, "utf-8")
    outcome = cli("markets", "validate", home / "mine.toml")
    assert (outcome.code, outcome.err.count("\n")) == (78, 1)
    assert said in outcome.err
    for beside in (
        "state: expected a state's two capital letters, such as FL, not 'Florida'",
        "sources.tax_sales.minimum_rows: expected a whole number, not 'few'",
        "sources.code_violations.kind: expected 'arcgis', 'socrata' or 'file', not 'ckan'",
    ):
        assert beside in outcome.err
    # and invents nothing
    others = outcome.err.replace("parcel.form: unknown key", "").replace("parcel.parts.form: unknown key", "")
    assert "parcel_form" not in others
    assert "here" not in others


def test_validation_takes_a_key(cli: CLI) -> None:
    assert "orange-fl.toml: valid. Orange County" in cli("markets", "validate", "orange-fl").out
    assert cli("markets", "validate", "orange-fi").code == 78


def test_validation_tells_what_a_run_only_warns_of(cli: CLI, home: Path) -> None:
    text = PLAIN.replace('kind = "arcgis"', 'kind = "file"\nwhere = "A > 5"').replace(
        'A = "Active Sale"', 'A = "Active Sale"\na = "Lands Available"'
    )
    mine = home / "mine.toml"
    mine.write_text(text, "utf-8")
    outcome = cli("markets", "validate", mine)
    assert outcome.code == 78
    assert (
        "2 errors: sources.tax_sales: values.deed_status: 'a' is given 2 meanings that differ by its case"
        in outcome.err
    )
    assert "sources.tax_sales: where: a file cannot be searched; only = { FIELD = … } filters one" in outcome.err


@pytest.mark.parametrize(
    ("keys", "is_refused"),
    [
        ('url = "a.csv"', True), ('url = "https://x/a.TSV.gz?year=5"', True), ('url = "a.zip"\nmember = "*.csv"', True),
        ('url = ["a.zip", "b.csv"]', True), ('url = "https://x/download"\nformat = "csv"', True),
        ('url = "a.geojson"', False), ('url = "https://x/download?file=a.csv"', False),
        ('url = "a.csv"\nformat = "geojson"', False), ('url = "a.zip"', False),
    ],
)  # fmt: skip
def test_a_file_of_text_has_no_geometry(cli: CLI, home: Path, keys: str, is_refused: bool) -> None:
    mine = home / "mine.toml"
    for location in ('"geometry"', '{ field = "PLACE" }', '{ x = "X", y = "Y" }', '"none"'):
        text = re.sub("location = .*\n", "", PLAIN).replace('kind = "arcgis"', f'kind = "file"\nlocation = {location}')
        head, _, rest = text.partition('url = "')
        mine.write_text(f"{head}{keys}\n{rest.partition(chr(10))[2]}", "utf-8")
        outcome = cli("markets", "validate", mine)
        refused = is_refused and location == '"geometry"'
        assert outcome.code == (78 if refused else 0), outcome.err
        said = "sources.tax_sales: location: a file of text has no geometry; expected { x = "
        assert (said in outcome.err) == refused
        assert read_market(mine).doubts == [] or refused


def test_the_note_of_law_is_floridas_only_there(tmp_path: Path) -> None:
    assert market(tmp_path).terms.foreclosure_note == "foreclosure rules apply (s. 501.1377, F.S.)"
    assert Words().of_state("MI").foreclosure_note == "the state's foreclosure rules apply"
    assert Words(foreclosure_note="ask a lawyer").of_state("FL").foreclosure_note == "ask a lawyer"


def test_a_link_is_filled_with_what_is_known(tmp_path: Path) -> None:
    parcel = market(tmp_path).parcel
    facts: dict[str, Any] = {"parcel": "292228885002050", "latitude": "28.5", "longitude": None, "case_number": "A/1 b"}
    assert fill_link("https://x/{parcel}?at={latitude}", facts, parcel) == "https://x/292228885002050?at=28.5"
    assert fill_link("https://x/{parcel:str-dashed}", facts, parcel) == "https://x/28-22-29-8850-02-050"
    assert fill_link("https://x/{case_number}", facts, parcel) == "https://x/A%2F1%20b"
    assert fill_link("https://x/{longitude}", facts, parcel) is None
