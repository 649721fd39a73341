"""How a publisher's values are read, one odd value at a time; the records come from real files."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.stages.county import DOWNTOWN, County, dashed, parcel
from wholesaler.markets import load_market
from wholesaler.sources.files.source import FileSource, LocalPlace
from wholesaler.sources.interface import FetchRequest
from wholesaler.stages.ingest.convert.identity import wanted_fields, wanted_patterns
from wholesaler.stages.ingest.convert.places import Place
from wholesaler.stages.ingest.convert.records import Converter


class Converted:
    """The rows of a source's records as PostgreSQL would read them, and their issues, counted."""

    def __init__(self, county: County, source: str) -> None:
        market = load_market(str(county.write()))
        definition = market.sources[source]
        file = FileSource(source, places=[LocalPlace(source, county.directory / f"{source}.json")])
        request = FetchRequest(
            wanted_fields(definition), patterns=wanted_patterns(definition), geometry=definition.location == "geometry"
        )
        fetch = file.fetch(request)
        converter = Converter(source, market, fetch)
        self.rows: list[dict[str, str | None]] = []
        self.issues: Counter[str] = Counter()
        self.places: list[Place] = []
        for page in fetch.pages():
            block = converter.identify(page)
            lines = converter.rows(block, range(len(block)), {}, [None] * len(block))
            for line, reason in zip(lines, block.reasons, strict=True):
                row = dict(zip(converter.columns, map(_read, line.split("\t")), strict=True))
                self.rows.append({**row, "reason": _read(reason)})
            self.places += block.places
            self.issues.update(issue for issues in block.issues.values() for issue in issues)

    def column(self, name: str) -> list[str | None]:
        return [row[name] for row in self.rows]


def _read(text: str) -> str | None:
    return None if text == "\\N" else text.replace("\\\\", "\\")


@pytest.fixture
def county(tmp_path: Path) -> County:
    return County(tmp_path)


@pytest.fixture
def date_of(county: County) -> Callable[..., Converted]:
    """The auction dates that these values of a foreclosure become."""

    def convert(*values: Any) -> Converted:
        for number, value in enumerate(values, start=1):
            county.foreclosure(parcel(number)).records["foreclosures"][-1]["attributes"]["AUCTION_DATE"] = value
        return Converted(county, "foreclosures")

    return convert


@pytest.fixture
def amount_of(county: County) -> Callable[..., Converted]:
    """The default amounts that these values of a foreclosure become."""

    def convert(*values: Any) -> Converted:
        for number, value in enumerate(values, start=1):
            county.foreclosure(parcel(number), default_amount=value)
        return Converted(county, "foreclosures")

    return convert


@pytest.fixture
def borrower_of(county: County) -> Callable[..., Converted]:
    """The borrowers' names that these values of a foreclosure become."""

    def convert(*values: Any) -> Converted:
        for number, value in enumerate(values, start=1):
            county.foreclosure(parcel(number), BORROWERS_NAME=value)
        return Converted(county, "foreclosures")

    return convert


def epoch(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    return int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp() * 1000)


def test_midnight_utc_is_a_plain_date_and_any_other_instant_belongs_to_the_countys_day(
    date_of: Callable[..., Converted],
) -> None:
    converted = date_of(epoch(2025, 12, 18), epoch(2025, 12, 18, 3, 30), epoch(2025, 12, 18, 5), epoch(1969, 5, 1))
    assert converted.column("auction_date") == ["2025-12-18", "2025-12-17", "2025-12-18", "1969-05-01"]
    assert converted.issues == {}


def test_written_dates_are_read_in_the_markets_form_and_in_iso_form(county: County) -> None:
    for number, written in enumerate(["12/18/2025", " 1/2/2026 ", "2025-12-18", "2025-12-18T10:00:00.000"], start=1):
        county.sale(parcel(number), written)
    converted = Converted(county, "tax_sales")
    assert converted.column("sale_date") == ["2025-12-18", "2026-01-02", "2025-12-18", "2025-12-18"]
    assert converted.issues == {}


def test_an_unreadable_date_is_null_and_counted(county: County) -> None:
    unreadable = ["soon", "13/45/2025", "2025-02-30", "18.12.2025", "0000-00-00", "12/18/0025", "9999-12-31"]
    for number, written in enumerate([*unreadable, "12/18/2025", None, ""], start=1):
        county.sale(parcel(number), written)
    converted = Converted(county, "tax_sales")
    assert converted.column("sale_date") == [None] * len(unreadable) + ["2025-12-18", None, None]
    assert converted.issues == {"USER_Sale_Date: unreadable date, such as 'soon': see date_formats": len(unreadable)}


def test_numbers_that_are_no_instant_are_no_dates(date_of: Callable[..., Converted]) -> None:
    converted = date_of(1e300, float("nan"), float("inf"), -(10**17), 10**15, epoch(2025, 12, 18))
    assert converted.column("auction_date") == [None] * 5 + ["2025-12-18"]
    assert converted.issues == {"AUCTION_DATE: unreadable date, such as '1e+300': see date_formats": 5}


def test_an_integer_too_large_for_a_float_is_no_date(date_of: Callable[..., Converted]) -> None:
    converted = date_of(10**400, epoch(2025, 12, 18))
    assert converted.column("auction_date") == [None, "2025-12-18"]
    assert list(converted.issues.values()) == [1]
    assert "AUCTION_DATE: unreadable date, such as" in next(iter(converted.issues))


@pytest.mark.parametrize("value", [["12/18/2025"], {"date": "12/18/2025"}, True])
def test_a_list_an_object_or_a_truth_value_is_no_date(date_of: Callable[..., Converted], value: Any) -> None:
    converted = date_of(value, epoch(2025, 12, 18))
    assert converted.column("auction_date") == [None, "2025-12-18"]
    assert list(converted.issues.values()) == [1]
    assert "AUCTION_DATE: unreadable date, such as" in next(iter(converted.issues))


def test_amounts_are_read_from_numbers_and_from_texts(amount_of: Callable[..., Converted]) -> None:
    converted = amount_of(0, 12, 1.5, "1250", "$1,234.50", " 7 ", None, "", "  ")
    amounts = [None if text is None else float(text) for text in converted.column("default_amount")]
    assert amounts == [0, 12, 1.5, 1250, 1234.5, 7, None, None, None]
    assert converted.issues == {}


def test_a_negative_amount_is_null_and_counted(amount_of: Callable[..., Converted]) -> None:
    converted = amount_of(-1, -0.01, "-5", 5.0)
    assert converted.column("default_amount") == [None, None, None, "5.0"]
    assert converted.issues == {"DEFAULT_AMOUNT: negative": 3}


def test_what_is_no_finite_number_is_null_and_counted(amount_of: Callable[..., Converted]) -> None:
    odd = [float("nan"), float("inf"), float("-inf"), "NaN", "Infinity", "1e999", "a lot", 1e15, [5], {"a": 5}]
    converted = amount_of(*odd, 5.0)
    assert converted.column("default_amount") == [None] * len(odd) + ["5.0"]
    assert converted.issues == {"DEFAULT_AMOUNT: not a number": len(odd)}


def test_nan_among_ordinary_numbers_spoils_only_itself(amount_of: Callable[..., Converted]) -> None:
    converted = amount_of(1.0, float("nan"), 2.0)
    assert converted.column("default_amount") == ["1.0", None, "2.0"]


def test_an_integer_too_large_for_a_float_is_no_amount(amount_of: Callable[..., Converted]) -> None:
    converted = amount_of(10**400, 5.0)
    assert converted.column("default_amount") == [None, "5.0"]
    assert converted.issues == {"DEFAULT_AMOUNT: not a number": 1}


def test_an_integer_of_more_than_64_bits_does_not_spoil_the_kept_record(amount_of: Callable[..., Converted]) -> None:
    converted = amount_of(10**30, 5.0)
    assert all(json.loads(raw or "")["PARCEL_NUMBER"] for raw in converted.column("raw"))


def test_a_year_is_an_integer_however_it_is_written(county: County) -> None:
    for number, year in enumerate([1987, 1987.0, "1987", None, 0, -3, "old"], start=1):
        county.roll(parcel(number), year_built=year)
    converted = Converted(county, "property_records")
    assert converted.column("year_built") == ["1987", "1987", "1987", None, "0", None, None]
    assert converted.issues == {"AYB: negative": 1, "AYB: not a number": 1}


def test_texts_are_trimmed_and_blank_ones_are_null(borrower_of: Callable[..., Converted]) -> None:
    assert borrower_of("  Ann  Lee ", "   ", "", None).column("borrower_name") == ["Ann  Lee", None, None, None]


def test_control_characters_and_nul_are_taken_out_and_counted(borrower_of: Callable[..., Converted]) -> None:
    converted = borrower_of("A\x00nn", "B\tob\nLee\r", "C\x1b[31m", "D\x85", "E\x1ef", "F‮txt", "G​", "Plain")
    names = converted.column("borrower_name")
    assert names == ["A nn", "B ob Lee", "C [31m", "D", "E f", "F txt", "G", "Plain"]
    assert converted.issues == {"BORROWERS_NAME: control characters removed": 6}


def test_lone_surrogates_are_taken_out_of_the_value_and_of_the_kept_record(
    borrower_of: Callable[..., Converted],
) -> None:
    converted = borrower_of("Ann\ud800 Lee", "Zoë \U0001f3e0")
    assert converted.column("borrower_name") == ["Ann  Lee", "Zoë \U0001f3e0"]
    assert json.loads(converted.column("raw")[0] or "")["BORROWERS_NAME"] == "Ann? Lee"


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", '=HYPERLINK("http://x")', "'; DROP TABLE properties; --", "a\\tb\\N\\.", "{0}%s"],
)
def test_html_formulas_and_escapes_are_kept_as_they_are(borrower_of: Callable[..., Converted], name: str) -> None:
    converted = borrower_of(name)
    assert converted.column("borrower_name") == [name]
    assert json.loads(converted.column("raw")[0] or "")["BORROWERS_NAME"] == name
    assert converted.issues == {}


def test_a_text_longer_than_its_column_is_null_and_counted(borrower_of: Callable[..., Converted]) -> None:
    converted = borrower_of("x" * 501, "y" * 500)
    assert converted.column("borrower_name") == [None, "y" * 500]
    assert converted.issues == {"BORROWERS_NAME: text longer than 500 characters": 1}


def test_of_a_text_of_10_megabytes_little_is_kept(borrower_of: Callable[..., Converted]) -> None:
    converted = borrower_of("x" * 10_000_000, "Ann Lee")
    assert converted.column("borrower_name") == [None, "Ann Lee"]
    assert len(converted.column("raw")[0] or "") < 20_000
    assert converted.issues == {
        "BORROWERS_NAME: text longer than 500 characters": 1,
        "raw: cut to 10000 characters in the kept record": 1,
    }


def test_a_number_where_text_is_expected_is_written_without_a_fraction(borrower_of: Callable[..., Converted]) -> None:
    assert borrower_of(12, 12.0, True, ["a", 1]).column("borrower_name") == ["12", "12", "True", '["a",1]']


def test_a_parcel_number_published_as_a_number_is_read(county: County) -> None:
    county.roll("292228885002050").roll("282228885002050")
    for record, kind in zip(county.records["property_records"], (int, float), strict=True):
        record["attributes"]["PARCEL"] = kind(record["attributes"]["PARCEL"])
    assert Converted(county, "property_records").column("parcel_id") == ["292228885002050", "282228885002050"]


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("292228885002050", "parcel number '292228885002050' is not of the form str-dashed"),
        ("28-22-29-8850-02-05", "parcel number '28-22-29-8850-02-05' is not of the form str-dashed"),
        ("37-22-29-8850-02-050", "parcel number '37-22-29-8850-02-050': section 37 is above 36"),
        ("00-22-29-8850-02-050", "parcel number '00-22-29-8850-02-050': section 00 is below 1"),
        ("28-26-29-8850-02-050", "parcel number '28-26-29-8850-02-050': township 26 is above 25"),
        ("28-22-26-8850-02-050", "parcel number '28-22-26-8850-02-050': range 26 is below 27"),
        ("", "no parcel number"),
        (None, "no parcel number"),
        ("Unknown", "no parcel number"),
        ("\\N", "parcel number '\\N' is not of the form str-dashed"),
    ],
)
def test_a_parcel_number_that_does_not_fit_is_no_guess_but_a_rejection(
    county: County, written: str | None, reason: str
) -> None:
    county.sale(parcel(1)).sale(parcel(2))
    county.records["tax_sales"][0]["attributes"]["USER_PARCEL"] = written
    converted = Converted(county, "tax_sales")
    assert converted.column("reason") == [reason, None]
    assert converted.column("parcel_id") == [None, parcel(2)]


def test_an_unusable_parcel_number_is_null_and_counted_where_none_is_needed(county: County) -> None:
    county.foreclosure("99-9999", "1 ELM ST").foreclosure(None, "2 ELM ST")
    converted = Converted(county, "foreclosures")
    assert converted.column("parcel_id") == [None, None]
    assert converted.column("reason") == [None, None]
    assert converted.issues == {"PARCEL_NUMBER: unusable parcel number, such as '99-9999': see parcel_form": 1}


def test_a_word_in_place_of_a_parcel_number_is_told_as_such(county: County) -> None:
    county.foreclosure("ROW", "1 ELM ST").foreclosure("unknown", "2 ELM ST").foreclosure("ROWS", "3 ELM ST")
    county.foreclosure("00-00-00-0000-00-000", "4 ELM ST")
    assert (converted := Converted(county, "foreclosures")).column("parcel_id") == [None, None, None, None]
    assert converted.issues == {
        "PARCEL_NUMBER: no parcel number but a word, such as 'ROW'": 3,
        "PARCEL_NUMBER: unusable parcel number, such as 'ROWS': see parcel_form": 1,
    }


def test_a_record_whose_key_fields_are_all_empty_is_rejected_with_their_names(county: County) -> None:
    county.foreclosure(None, None, recorded=None, kind="")
    (reason,) = Converted(county, "foreclosures").column("reason")
    assert reason == ("no key: PARCEL_NUMBER, SITUS_ADDRESS, RECORDING_DATE, RECORD_TYPE_DESCRIPTION is empty")


def test_records_differ_by_any_part_of_their_key(county: County) -> None:
    county.foreclosure(parcel(1), "1 ELM ST").foreclosure(parcel(1), "2 ELM ST").foreclosure(None, "1 ELM ST")
    keys = Converted(county, "foreclosures").column("record_key")
    assert len(set(keys)) == 3


def test_the_publishers_row_number_is_kept_and_does_not_make_a_record_different(county: County) -> None:
    first = Converted(county.sale(parcel(1)).sale(parcel(2)), "tax_sales")
    county.records["tax_sales"].reverse()
    second = Converted(county, "tax_sales")
    assert first.column("content_hash") == second.column("content_hash")[::-1]
    assert json.loads(second.column("raw")[0] or "")["OBJECTID"] == 1


def test_the_order_of_the_fields_does_not_make_a_record_different(county: County) -> None:
    first = Converted(county.sale(parcel(1)).sale(parcel(2)), "tax_sales")
    turned, _ = county.records["tax_sales"]
    turned["attributes"] = dict(reversed(turned["attributes"].items()))
    second = Converted(county, "tax_sales")
    assert first.column("content_hash") == second.column("content_hash")
    turned["attributes"]["EXTRA"] = 1
    assert Converted(county, "tax_sales").column("content_hash") != first.column("content_hash")


def test_a_moved_point_makes_a_record_different(county: County) -> None:
    first = Converted(county.sale(parcel(1)), "tax_sales").column("content_hash")
    county.records["tax_sales"][0]["geometry"]["x"] += 1e-6
    assert Converted(county, "tax_sales").column("content_hash") != first


def test_coordinates_that_are_no_numbers_are_no_location_and_counted(county: County) -> None:
    for x, y in (("NaN", "1500000"), ("", None), ("here", "there"), ("530000", None), (float("inf"), 1.0)):
        county.violation(gpsx=x, gpsy=y)
    converted = Converted(county.violation(point=DOWNTOWN), "code_violations")
    assert converted.places[:5] == [None] * 5
    assert converted.places[5] is not None
    assert converted.issues == {"location: not a number": 4}


@pytest.mark.parametrize("value", [["530000"], {"x": 1}])
def test_coordinates_that_are_lists_or_objects_are_no_location(county: County, value: Any) -> None:
    converted = Converted(county.violation(gpsx=value).violation(point=DOWNTOWN), "code_violations")
    assert [place is None for place in converted.places] == [True, False]


def test_a_field_name_that_json_text_cannot_hold_does_not_spoil_the_kept_record(county: County) -> None:
    county.sale(parcel(1), **{"odd\ud800\x00": "x"}).sale(parcel(2))
    converted = Converted(county, "tax_sales")
    assert converted.column("parcel_id") == [parcel(1), parcel(2)]
    assert "\\u0000" not in (converted.column("raw")[0] or "")


def test_a_deeply_nested_value_does_not_spoil_the_kept_record(county: County) -> None:
    nested: Any = "x"
    for _ in range(300):
        nested = [nested]
    converted = Converted(county.sale(parcel(1), USER_EXTRA=nested), "tax_sales")
    assert json.loads(converted.column("raw")[0] or "")["USER_PARCEL"] == dashed(parcel(1))


def test_a_record_without_any_of_its_fields_is_rejected_and_the_others_are_not(county: County) -> None:
    county.sale(parcel(1)).records["tax_sales"].insert(0, {"attributes": {}})
    assert Converted(county, "tax_sales").column("reason") == ["no parcel number", None]


def test_an_identifier_that_lost_digits_as_a_floating_point_number_is_rejected_and_becomes_no_other(
    county: County,
) -> None:
    county.sale(parcel(1), number="1").sale(parcel(2)).sale(parcel(3)).sale(parcel(4), number="4")
    first, second, third, _ = (record["attributes"] for record in county.records["tax_sales"])
    first["USER_PARCEL"] = 490636107047000123.0
    second["USER_TDA_NUM"] = 2.0**53
    third["USER_TDA_NUM"] = " 3.02228E+14 "
    converted = Converted(county, "tax_sales")
    assert converted.column("reason") == [
        "USER_PARCEL: 4.906361070470001e+17 has lost digits as a floating point number",
        "USER_TDA_NUM: 9007199254740992.0 has lost digits as a floating point number",
        "USER_TDA_NUM: 3.02228E+14 has lost digits as a floating point number",
        None,
    ]
    assert converted.column("parcel_id")[0] is None
    assert json.loads(converted.column("raw")[2] or "")["USER_TDA_NUM"] == " 3.02228E+14 "


def test_identifiers_keep_their_digits_up_to_where_every_number_is_exact(county: County) -> None:
    for number in (2.0**53 - 1, 2**53, 490636107047000123, "9007199254740993", "2E10", "1+1"):
        county.sale(parcel(1)).records["tax_sales"][-1]["attributes"]["USER_TDA_NUM"] = number
    converted = Converted(county, "tax_sales")
    assert converted.column("tda_number") == [
        "9007199254740991", "9007199254740992", "490636107047000123", "9007199254740993", "2E10", "1+1",
    ]  # fmt: skip
    assert converted.column("reason") == [None] * 6


def test_a_parcel_number_that_lost_digits_is_null_where_none_is_needed_and_it_is_no_key(county: County) -> None:
    county.violation(parcel(1), number="1").violation(parcel(2), number="2")
    county.records["code_violations"][0]["parcel_id"] = "4.90636E+17"
    converted = Converted(county, "code_violations")
    assert converted.column("parcel_id") == [None, parcel(2)]
    assert converted.column("reason") == [None, None]
    assert converted.issues == {"parcel_id: has lost digits as a floating point number": 1}


def test_a_text_that_is_a_number_without_its_digits_is_null_and_counted(borrower_of: Callable[..., Converted]) -> None:
    converted = borrower_of(1e300, 12.0)
    assert converted.column("borrower_name") == [None, "12"]
    assert converted.issues == {"BORROWERS_NAME: has lost digits as a floating point number": 1}
