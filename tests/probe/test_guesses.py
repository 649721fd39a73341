"""What fields are told to be: by name, by values, by what stands beside them; and where it is left open."""

from datetime import date, timedelta
from typing import Any

import pytest

from wholesaler.probe.description import AHEAD, Field, describe
from wholesaler.probe.guesses import Guess, guess
from wholesaler.probe.masking import samples
from wholesaler.probe.names import known_names, seen_names
from wholesaler.probe.words import senses

TODAY = date(2026, 11, 27)
ROWS = 100
KNOWN = known_names(seen_names())


def fields_of(**columns: list[Any]) -> list[Field]:
    length = max(map(len, columns.values()))
    records = [{name: values[number % len(values)] for name, values in columns.items()} for number in range(length)]
    return describe(dict.fromkeys(columns, ""), records, (), TODAY)


def told(**columns: list[Any]) -> dict[str, str | None]:
    fields = fields_of(**columns)
    return {field.name: one.column for field, one in zip(fields, guess(fields, KNOWN), strict=True)}


def zips(foreign: int) -> list[str]:
    """A hundred ZIPs, so many of them of another state each."""
    return [f"{20 + number:02d}101" for number in range(foreign)] + [f"441{n % 30:02d}" for n in range(ROWS - foreign)]


PARCELS = [f"07-{number:04d}-003" for number in range(ROWS)]


def test_values_forbid_what_a_name_says() -> None:
    assert told(PARCEL_ID=["yes", "no"] * 50)["PARCEL_ID"] is None
    assert told(ZIP=["ELM ST"] * ROWS)["ZIP"] is None
    assert told(SALE_DATE=["Q", "U"] * 50)["SALE_DATE"] is None


def test_a_generic_zip_beside_one_of_the_place_is_told_by_how_many_are_from_elsewhere() -> None:
    # one in twenty may be a mistake of the place; more are owners
    assert told(SITUS_ZIP=zips(0), ZIP=zips(6))["ZIP"] == "mail_zip"
    assert told(SITUS_ZIP=zips(0), ZIP=zips(5))["ZIP"] is None
    assert told(ZIP=zips(0))["ZIP"] == "zip_code"


def test_a_state_is_the_owners_where_it_varies() -> None:
    assert told(STATE=["OH"] * 97 + ["NY", "FL", "PA"])["STATE"] == "mail_state"
    assert told(STATE=["OH"] * 99 + ["NY"])["STATE"] is None


def test_a_property_owners_address_is_the_owners() -> None:
    cities = ["ERIE", "MILTON"] * 50
    fields = told(property_city=cities, property_owner_city=cities)
    assert fields == {"property_city": "city", "property_owner_city": "mail_city"}


def test_a_parcel_number_is_told_by_its_look_where_nothing_else_has_it() -> None:
    assert told(ZQJ=PARCELS, KIND=["a", "b"])["ZQJ"] == "parcel"
    assert told(ZQJ=PARCELS, PARCEL_ID=PARCELS)["ZQJ"] is None
    assert told(ZQJ=PARCELS, YKW=[f"{parcel}-1" for parcel in PARCELS])["ZQJ"] is None
    assert told(ZQJ=[f"330-555-{number:04d}" for number in range(ROWS)])["ZQJ"] is None


def test_a_column_is_not_two_fields() -> None:
    assert told(TOTAL_VALUE=["900", "1200"] * 50, MARKET_VALUE=["800", "1000"] * 50) == {
        "TOTAL_VALUE": None,
        "MARKET_VALUE": None,
    }


def test_an_address_without_house_numbers_is_a_street() -> None:
    streets = ["ELM ST", "OAK AVE", "MILL RD", "LAKE DR"] * 25
    assert told(PROPERTYADDRESS=streets, PROPERTYHOUSENUM=[str(n) for n in range(100)]) == {
        "PROPERTYADDRESS": "address.street",
        "PROPERTYHOUSENUM": "address.number",
    }


def test_a_class_is_of_a_case_in_a_list_of_cases_and_of_a_property_elsewhere() -> None:
    classes = ["Housing", "Lot"] * 50
    cases = told(CLASS=classes, CASE_NUMBER=[f"V-{n:05d}" for n in range(100)], CASE_OPENED_DATE=["2026-01-02"] * 100)
    assert cases["CLASS"] == "case_type"
    assert told(CLASS=classes, YEAR_BUILT=["1950"] * 100)["CLASS"] == "use_code"


@pytest.mark.parametrize(("ahead", "beyond"), [(AHEAD, 0), (AHEAD + timedelta(days=1), 1)])
def test_dates_up_to_400_days_ahead_are_meant(ahead: timedelta, beyond: int) -> None:
    (field,) = fields_of(AUCTION_DATE=["2026-11-01", (TODAY + ahead).isoformat()])
    assert field.beyond == beyond
    assert field.days == (date(2026, 11, 1), TODAY + ahead if not beyond else date(2026, 11, 1))
    assert field.newest_past == date(2026, 11, 1)


def test_nine_values_in_ten_make_a_date() -> None:
    dates, words = ["05/12/2026"], ["unknown"]
    assert fields_of(OPENED=dates * 9 + words)[0].type == "date"
    assert fields_of(OPENED=dates * 8 + words * 2)[0].type == "text"


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("OWNER", "MILLER RUTH A", "M••••• R••• A"),
        ("OWNER", "HARBOR HOLDINGS LLC", "HARBOR HOLDINGS LLC"),
        ("BORROWERS_NAME", "Dana Dogwood", "D••• D••••••"),
        ("INSPECTOR", "Ruth Miller", "R••• M•••••"),
        ("MAIL_ADDR2", "C/O RUTH MILLER", "C/O R••• M•••••"),
        ("COMMENTS", "spoke to Ruth Miller about the high grass", "(texts of about 8 words)"),
        ("SITE_ADDR", "14 MILLER RD", "14 MILLER RD"),
    ],
)
def test_names_of_people_are_masked(name: str, value: str, shown: str) -> None:
    (field,) = fields_of(**{name: [value]})
    (one,) = guess([field], KNOWN)
    assert samples(field, one) == [shown]


def test_an_unknown_field_with_nothing_in_it_is_left_alone() -> None:
    fields = fields_of(ZQJ=[None], PARCEL=["07-0012-003"])
    assert guess(fields, KNOWN)[0] == Guess(None, 0.0, "no record has a value")


def test_values_of_any_kind_are_described() -> None:
    odd: list[Any] = ["1e999", float("nan"), float("inf"), 10**400, "\x00\ud800", True, b"x", "long " * 100_000]
    (field,) = fields_of(ANYTHING=odd * 5)
    assert field.filled == 40
    assert guess([field], KNOWN)[0].column is None


def test_codes_say_what_the_publisher_calls_them() -> None:
    names = {"1": "Received", "2": "Closed"}
    records = [{"CASE_STAT": code} for code in (1, 2, 2)] * 30
    (field,) = describe({"CASE_STAT": ""}, records, (), TODAY, {"CASE_STAT": names})
    (one,) = guess([field], KNOWN)
    assert (field.type, field.word("2"), one.column) == ("text", "Closed", "status")
    assert samples(field, one) == ["2 = Closed", "1 = Received"]


@pytest.mark.parametrize(("strange", "kind"), [(10, "text"), (11, "number")])
def test_numbers_of_which_too_many_have_no_name_are_numbers(strange: int, kind: str) -> None:
    records = [{"STAGE": 7}] * strange + [{"STAGE": 1}] * (ROWS - strange)
    (field,) = describe({"STAGE": ""}, records, (), TODAY, {"STAGE": {"1": "Received"}})
    assert (field.type, bool(field.codes)) == (kind, kind == "text")


def test_the_point_behind_a_short_word_parts_no_name() -> None:
    assert senses("Parcel No.") == senses("Parcel No")
    assert senses("dbo.CASES.CASE_NO") == senses("CASE_NO")
    assert told(**{"Case No.": [f"V-{number:05d}" for number in range(ROWS)]})["Case No."] == "case_number"


CITIES = ["ERIE", "MILTON"] * 50
DAYS = [f"2026-{1 + number % 9:02d}-{1 + number % 27:02d}" for number in range(ROWS)]


@pytest.mark.parametrize(
    ("name", "title", "values", "column"),
    [
        ("ZQ_17", "Date Filed", DAYS, "opened_date"), ("ZQ_17", " ".join(["Date Filed"] * 5), DAYS, None),
        ("CLOSED_DT", "Date Filed", DAYS, None), ("STRT_YR", "Year Constructed", ["1950", "1981"] * 50, "year_built"),
        ("PSTCTY", "Mailing City", CITIES, "mail_city"), ("CITY2", "Mailing City", CITIES, "mail_city"),
        ("YEAR_BUILT", "Year Built", ["ELM"] * 9, None),
    ],
)  # fmt: skip
def test_a_title_says_what_a_name_does_not(name: str, title: str, values: list[str], column: str | None) -> None:
    fields = describe({name: ""}, [{name: value} for value in values], (), TODAY, titles={name: (title,)})
    assert guess(fields, KNOWN)[0].column == column


def test_of_two_alike_the_one_is_told_whose_title_says_it_too() -> None:
    records = [{"FILED_DT": day, "OPENED_ON": day} for day in DAYS]
    titles = {"FILED_DT": ("Date Filed",)}
    guesses = guess(describe(dict.fromkeys(records[0], ""), records, (), TODAY, titles=titles), KNOWN)
    assert [one.column for one in guesses] == ["opened_date", None]
    plain = guess(describe(dict.fromkeys(records[0], ""), records, (), TODAY), KNOWN)
    assert [one.column for one in plain] == [None, None]


@pytest.mark.parametrize(("title", "use"), [("Land use code", "ZQ_LU"), ("District", "CLASS")])
def test_a_class_is_no_use_where_another_says_that_it_is(title: str, use: str) -> None:
    records = [{"CLASS": "RC"[number % 2], "ZQ_LU": str(510 + number % 5)} for number in range(ROWS)]
    fields = describe({"CLASS": "", "ZQ_LU": ""}, records, (), TODAY, titles={"ZQ_LU": (title,)})
    assert [
        field.name for field, one in zip(fields, guess(fields, KNOWN), strict=True) if one.column == "use_code"
    ] == [use]
