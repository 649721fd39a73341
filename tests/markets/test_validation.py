"""Every wrong thing in a market file names the file, the key and what was expected, in one line."""

from pathlib import Path

import pytest

from tests.markets.samples import changed, orange_text
from wholesaler.errors import ConfigurationError
from wholesaler.markets import read_market
from wholesaler.markets.parcel import UnusableParcel

TAX_KEY = 'key = ["tda_number"]'
FORMATS = 'date_formats = ["%m/%d/%Y"]'
ROLL_KEY = 'key = ["parcel"]'
CASES_URL = 'url = "https://data.cityoforlando.net/resource/k6e8-nw6w.json"'
FILE = f'kind = "socrata"\n{CASES_URL}'
A_FILE = 'kind = "file"\nurl = "a.csv"'
SECTION = 'section = { pattern = "[0-9]{2}", minimum = 1, maximum = 36 }'


def refusal(path: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read_market(path)
    said = str(caught.value)
    assert said.startswith(f"{path}: ")
    assert "\n" not in said
    return said.removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # what is missing
        ('name = "Orange County, Florida"\n', "", ["name: is missing"]),
        ('time_zone = "America/New_York"\n', "", ["time_zone: is missing"]),
        (f"{TAX_KEY}\n", "", ["sources.tax_sales.key: is missing"]),
        ('tda_number = "USER_TDA_NUM"\n', "", ["sources.tax_sales", "'tda_number' is used but not in fields"]),
        ('parcel = "USER_PARCEL"\n', "", ["sources.tax_sales", "'parcel' is missing"]),
        # what is unknown
        ('state = "FL"', 'state = "FL"\ncounty = "Orange"', ["county: unknown key"]),
        ("minimum_rows = 5", "minimum_row = 5", ["sources.tax_sales.minimum_row: unknown key"]),
        (
            'deed_status = "USER_Deed_Status"',
            'deed = "USER_Deed_Status"',
            ["'deed' is no column of tax_sales", "opening_bid"],
        ),
        (
            'optional = ["resolved_date"]',
            'optional = ["resolved"]',
            ["sources.code_violations", "'resolved' is no column"],
        ),
        (TAX_KEY, 'key = ["case_number"]', ["sources.tax_sales", "'case_number' is no column"]),
        (TAX_KEY, 'key = ["USER_TDA_NUM"]', ["tax_sales: key: 'USER_TDA_NUM'", '{ field = "USER_TDA_NUM" }']),
        (
            'parcel_form = "str-dashed"',
            'parcel_form = "srt"',
            ["sources.tax_sales", "parcel_form", "str-dashed, str, rts", "'srt'"],
        ),
        ('"America/New_York"', '"America/Orlando"', ["time_zone", "IANA", "'America/Orlando'"]),
        ('"America/New_York"', '"../../etc/passwd"', ["time_zone", "IANA"]),
        (
            'record_date = "sale_date"',
            'record_date = "deed_status"',
            ["record_date", "expected one of sale_date", "'deed_status'"],
        ),
        # what has the wrong type or range
        ("minimum_rows = 5", 'minimum_rows = "few"', ["sources.tax_sales.minimum_rows", "a whole number", "'few'"]),
        (TAX_KEY, 'key = "tda_number"', ["sources.tax_sales.key", "expected a list"]),
        (TAX_KEY, "key = []", ["sources.tax_sales.key", "a list that is not empty"]),
        (
            "stale_after_days = 60",
            "stale_after_days = 0",
            ["sources.tax_sales.stale_after_days", "expected 1 or more"],
        ),
        (
            "minimum_join_rate = 0.3",
            "minimum_join_rate = 30",
            ["sources.code_violations.minimum_join_rate", "expected at most 1"],
        ),
        (
            'kind = "socrata"',
            'kind = "ckan"',
            ["sources.code_violations.kind", "'arcgis', 'socrata' or 'file'", "'ckan'"],
        ),
        ('state = "FL"', 'state = "Florida"', ["state", "a state's two capital letters, such as FL, not 'Florida'"]),
        ('key = "orange-fl"', 'key = "Orange FL"', ["key", "a short key of small letters, digits and dashes"]),
        ("crs = 2236", "crs = 2", ["sources.code_violations.location.crs", "expected 1024 or more"]),
        (
            "https://data.cityoforlando.net",
            "ftp://data.cityoforlando.net",
            ["sources.code_violations", "url", "http or https"],
        ),
        # what is for files only, and what a file's address may be
        (
            'kind = "socrata"',
            'kind = "socrata"\nmember = "*.csv"',
            ["member: is for files only, not for"],
        ),
        ('kind = "socrata"', 'kind = "socrata"\nformat = "csv"', ["format: is for files only"]),
        (CASES_URL, f"url = [{CASES_URL[6:]}]", ["url: one address, not a list, which only files may have"]),
        (CASES_URL, "url = []", ["sources.code_violations.url: expected an address, or a list of addresses"]),
        (CASES_URL, 'url = ["a.csv", 5]', ["sources.code_violations.url: expected an address, or a list"]),
        (CASES_URL, 'url = " "', ["sources.code_violations.url: expected an address"]),
        (CASES_URL, 'url = "a\\u0000b"', ["sources.code_violations.url: expected an address"]),
        (CASES_URL, "url = { a = 1 }", ["sources.code_violations.url: expected an address"]),
        (CASES_URL, 'url = "https://"', ["sources.code_violations", "an http or https address, not 'https://'"]),
        (FILE, f'{A_FILE}\nformat = "xls"', ["sources.code_violations.format", "'csv', 'tsv', 'json'", "'xls'"]),
        (FILE, f'{A_FILE}\nmember = ""', ["sources.code_violations.member", "a text that is not empty"]),
        (FILE, 'kind = "file"\nurl = "ftp://host/a.csv"', ["url: a path, or an http or https address, not 'ftp://"]),
        (FILE, 'kind = "file"\nurl = ["a.csv", "s3://b/a.csv"]', ["a path, or an http or https address, not 's3://"]),
        ("west = -81.7", "west = -80.7", ["bounding_box", "west < east"]),
        ("south = 28.3", "south = 128.3", ["bounding_box.south", "expected at most 90"]),
        # the roll has one record of a parcel, or a score would have two
        (ROLL_KEY, 'key = ["owner_name"]', ['sources.property_records.key: expected ["parcel"]']),
        (ROLL_KEY, 'key = ["parcel", "owner_name"]', ['sources.property_records.key: expected ["parcel"]']),
        # formats that read no date
        *(
            (
                FORMATS,
                f'date_formats = ["%Y%m%d", "{form}"]',
                ["sources.tax_sales.date_formats.1: expected a format", f"'{form}'"],
            )
            for form in ("MM/DD/YYYY", "", "%%Y", "%d.%m.%Q", "%m/%d/%", "%F", "%m/%d", "%H:%M", "%Y %Y")
        ),
        # parcel numbers
        (
            SECTION,
            'section = { pattern = "[0-9", minimum = 1 }',
            ["parcel.parts.section.pattern", "a regular expression"],
        ),
        (SECTION, 'section = { pattern = "([0-9]{2})" }', ["parcel.parts.section.pattern", "without groups"]),
        (SECTION, 'section = { pattern = "[A-Z]{2}" }', ["parcel", "example", "a parcel number of one of the forms"]),
        ('rts = "{range}{township}', 'rts = "{range}{town}', ["parcel", "rts", "'town'"]),
        ('rts = "{range}{township}', 'rts = "{range}', ["parcel", "rts", "exactly once"]),
        ('rts = "{range}{township}', 'rts = "{range}{township', ["parcel", "rts", "a template such as"]),
        (
            'example = "29-22-28-8850-02-050"',
            'example = "29-22"',
            ["parcel", "example", "a parcel number of one of the forms"],
        ),
    ],
)
def test_what_is_wrong_names_the_key_and_what_was_expected(
    tmp_path: Path, old: str, new: str, expected: list[str]
) -> None:
    path = tmp_path / "county.toml"
    path.write_text(changed(orange_text(), old, new), "utf-8")
    said = refusal(path)
    for fragment in expected:
        assert fragment in said


@pytest.mark.parametrize(
    "form",
    [
        "%m/%d/%Y",
        "%m/%d/%y",
        "%Y%m%d",
        "%d %B %Y",
        "%b %d, %Y %I:%M %p",
        "%Y-%m-%dT%H:%M:%S%z",
        "%Y-%j",
        "%x",
        "100%% %Y",
    ],
)
def test_a_format_that_reads_days_is_taken(tmp_path: Path, form: str) -> None:
    path = tmp_path / "county.toml"
    path.write_text(changed(orange_text(), FORMATS, f'date_formats = ["{form}"]'), "utf-8")
    assert read_market(path).sources["tax_sales"].date_formats == [form]


@pytest.mark.parametrize(
    "url", ['"cases.csv"', '"https://host/cases.zip"', '["https://host/2026F.zip", "http://host/2026P.zip", "old.csv"]']
)
@pytest.mark.parametrize("form", ["csv", "tsv", "json", "geojson", "esri-json"])
def test_a_file_may_be_a_path_or_an_address_or_several_of_them(tmp_path: Path, url: str, form: str) -> None:
    path = tmp_path / "county.toml"
    new = f'kind = "file"\nurl = {url}\nmember = "*.csv"\nformat = "{form}"'
    path.write_text(changed(orange_text(), FILE, new), "utf-8")
    market = read_market(path)
    assert f"{market.sources['code_violations'].urls}".replace("'", '"') == (url if url[0] == "[" else f"[{url}]")
    assert market.web_files == (["code_violations"] if "://" in url else [])


def test_a_market_without_any_signal_source_names_those_there_are(tmp_path: Path) -> None:
    path = tmp_path / "county.toml"
    head, _, _ = orange_text().partition("# Tax deed applications")
    roll = orange_text().partition("# The property appraiser's roll")[2].partition("\n")[2]
    roll, _, _ = roll.partition("# Code enforcement cases")
    path.write_text(head + roll, "utf-8")
    said = refusal(path)
    assert "sources: at least one of tax_sales, foreclosures, code_violations, distress_events" in said


def test_a_source_of_an_unknown_kind_of_record_names_those_there_are(tmp_path: Path) -> None:
    path = tmp_path / "county.toml"
    path.write_text(orange_text().replace("[sources.tax_sales", "[sources.tax_liens"), "utf-8")
    said = refusal(path)
    assert "sources.tax_liens.record: is missing" in said
    assert "expected one of tax_sales, foreclosures, code_violations, distress_events, property_records" in said


CASES = "[sources.code_violations]"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            CASES,
            f'{CASES}\nrecord = "code_violation"',
            "sources.code_violations.record: expected one of tax_sales, foreclosures, code_violations, "
            "distress_events, property_records, not 'code_violation'.",
        ),
        (
            CASES,
            f'{CASES}\nrecord = "foreclosures"',
            "sources.code_violations.record: expected code_violations, or another name for a source of foreclosures",
        ),
        (CASES, f"{CASES}\nrecord = 3", "sources.code_violations.record: expected a text, not 3."),
        (
            CASES,
            f'{CASES}\nwas = "code_violations"',
            "sources.code_violations.was: expected a name that no source has now, not 'code_violations', which is its "
            "own.",
        ),
        (
            CASES,
            f'{CASES}\nwas = "tax_sales"',
            "sources.code_violations.was: expected a name that no source has now, not 'tax_sales', which is the name "
            "of another.",
        ),
        (CASES, f"{CASES}\nwas = true", "sources.code_violations.was: expected a text, not true."),
        (CASES, f"{CASES}\nwhole = true", "sources.code_violations.whole: expected in a source of property_records"),
        (CASES, f"{CASES}\nlists = false", "sources.code_violations.lists: expected in a source of property_records"),
        (CASES, f'{CASES}\nstale_is_known = "maybe"', "sources.code_violations.stale_is_known: expected true or false"),
        (
            "[sources.property_records]",
            '[sources.property_records]\nwhole = "weekly"',
            "sources.property_records.whole: expected true or false",
        ),
    ],
)
def test_what_is_wrong_with_the_keys_of_a_source_among_others_is_said(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    path = tmp_path / "county.toml"
    path.write_text(changed(orange_text(), old, new), "utf-8")
    assert said in refusal(path)


@pytest.mark.parametrize("name", ["Cases", "1cases", "orlando-cases", "_cases", "census_geocoder", "x" * 64])
def test_a_name_that_no_source_can_have_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "county.toml"
    path.write_text(orange_text().replace("[sources.code_violations", f"[sources.{name}"), "utf-8")
    assert f"sources.{name}: expected a name of small letters, digits and underscores" in refusal(path)


def test_a_former_name_can_be_one_source_s_only(tmp_path: Path) -> None:
    path = tmp_path / "county.toml"
    text = orange_text()
    for table in (CASES, "[sources.tax_sales]"):
        text = changed(text, table, f'{table}\nwas = "list"')
    path.write_text(text, "utf-8")
    said = refusal(path)
    assert "sources.code_violations.was: expected the former name of this source alone, not 'list'" in said
    assert "which sources.tax_sales was too" in said


def test_a_source_with_a_name_of_its_own_says_what_its_records_are(tmp_path: Path) -> None:
    path = tmp_path / "county.toml"
    text = orange_text().replace("[sources.code_violations", "[sources.orlando_cases")
    path.write_text(text, "utf-8")
    assert "sources.orlando_cases.record: is missing, since 'orlando_cases' is no kind of record itself" in refusal(
        path
    )
    named = '[sources.orlando_cases]\nrecord = "code_violations"\nwas = "code_violations"'
    path.write_text(changed(text, "[sources.orlando_cases]", named), "utf-8")
    market = read_market(path)
    assert market.record("orlando_cases").table == "code_violations"
    assert market.rolls == ["property_records"]


def test_a_part_with_a_range_that_can_be_more_than_digits_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "county.toml"
    path.write_text(changed(orange_text(), SECTION, SECTION.replace("[0-9]", "[0-9A-Z]")), "utf-8")
    with pytest.raises((ConfigurationError, UnusableParcel)):
        read_market(path).parcel.canonicalise("A9-22-28-8850-02-050", "str-dashed")


@pytest.mark.parametrize("content", [b'key = "orange', b"\xff\xfe\x00", b'name = "\xe9"'])
def test_a_file_that_is_not_toml_is_said_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "county.toml"
    path.write_bytes(content)
    assert "cannot be read as TOML" in refusal(path)


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "none.toml")


def test_an_empty_file_names_the_first_missing_keys_and_counts_the_others(tmp_path: Path) -> None:
    path = tmp_path / "county.toml"
    path.write_text("", "utf-8")
    said = refusal(path)
    assert "key: is missing; name: is missing; state: is missing" in said
    assert "and 4 more" in said
    assert "README" in said


VARYING = changed(orange_text(), 'block = { pattern = "[0-9]{2}" }', 'block = { pattern = "[0-9]{1,2}" }').replace(
    'lot = { pattern = "[0-9]{3}" }', 'lot = { pattern = "[0-9]{2,3}" }'
)


def test_parcel_numbers_that_can_become_one_are_refused_by_validation_and_warned_of_by_runs(tmp_path: Path) -> None:
    path = tmp_path / "county.toml"
    path.write_text(VARYING, "utf-8")
    assert "parcel.canonical: two numbers can be written alike" in read_market(path).doubts[0]
    with pytest.raises(ConfigurationError, match=r"parcel\.canonical: two numbers can be written alike"):
        read_market(path, strict=True)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (SECTION, 'section = { pattern = "(?i)[0-9]{2}" }', "parts: regular expressions that can stand side"),
        (SECTION, 'section = { pattern = "[0-9]{2}", width = 0 }', "parcel.parts.section.width: expected 1 or more"),
        (
            'location = "geometry"\ndate_formats',
            'location = { field = "" }\ndate_formats',
            "sources.tax_sales.location.field",
        ),
        ('parcel_form = "str-dashed"\n', "", "sources.tax_sales: parcel_form: is missing; expected one of str-dashed"),
    ],
)
def test_what_is_wrong_with_the_newer_keys_is_said_too(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "county.toml"
    path.write_text(changed(orange_text(), old, new), "utf-8")
    assert said in refusal(path)


def test_a_byte_order_mark_is_no_part_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "county.toml"
    path.write_text(orange_text(), "utf-8-sig")
    assert read_market(path).key == "orange-fl"


def test_only_a_source_with_parcel_numbers_needs_their_form(tmp_path: Path) -> None:
    path = tmp_path / "county.toml"
    text = changed(orange_text(), 'parcel = "parcel_id"\n', "")
    head, _, cases = text.partition("[sources.code_violations]")
    cases = cases.replace('parcel_form = "rts"\n', "")
    path.write_text(f"{head}[sources.code_violations]{cases}", "utf-8")
    assert read_market(path).sources["code_violations"].parcel_form == ""
