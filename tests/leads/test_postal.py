"""Addresses in the post's form: by the truth in ``tests/data/addresses/postal.txt``, and at the edges."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, text

from tests.support import DATA
from wholesaler.leads.postal import Mailing, delivery_lines, five_digits, read_mailing, situs_place
from wholesaler.markets import load_market

#: those that are written otherwise than a person would
MISSED = {"77 EAST WEST EXPRESSWAY": "77 E WEST EXPY"}
_LINES = (DATA / "addresses" / "postal.txt").read_text("utf-8").splitlines()
TRUTH = [line.split("|") for line in _LINES if not line.startswith("#")]


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection


def written(connection: Connection, mailing: Mailing) -> tuple[str, str]:
    lines = delivery_lines(connection, load_market("orange-fl"), [mailing.street])
    return lines[mailing.street].whole if mailing.street else "", mailing.last_line


def test_mailing_addresses_are_as_the_post_wants_them(connection: Connection) -> None:
    assert len(TRUTH) >= 120
    read = [(row, written(connection, read_mailing(*row[:6]))) for row in TRUTH]
    wrong = {row[0]: street for row, (street, last_line) in read if [street, last_line] != row[6:]}
    assert wrong == MISSED


def test_what_is_known_of_an_address_is_not_found_out_again(connection: Connection) -> None:
    market = load_market("orange-fl")
    connection.execute(
        text(
            "INSERT INTO standard_addresses (market, address, house_number, street_name, street)"
            " VALUES ('orange-fl', '1 Elm St', '7', 'KNOWN', 'KNOWN'),"
            " ('other', '2 Elm Street', '8', 'OTHER', 'OTHER'),"
            " ('orange-fl', 'somewhere', NULL, NULL, NULL)"
        )
    )
    lines = delivery_lines(connection, market, ["1 Elm St", "2 Elm Street", "somewhere", "no address", "PO BOX 5", ""])
    assert {address: line.whole for address, line in lines.items()} == {
        "1 Elm St": "7 KNOWN", "2 Elm Street": "2 ELM ST", "somewhere": "SOMEWHERE", "no address": "NO ADDRESS",
        "PO BOX 5": "PO BOX 5",
    }  # fmt: skip
    assert delivery_lines(connection, market, ["1 Elm St"])["1 Elm St"].whole == "7 KNOWN"
    assert delivery_lines(connection, market, []) == {}


def test_who_gets_the_mail_of_somebody_else_is_kept() -> None:
    assert read_mailing("C/O JONES LAW FIRM", "12 ELM ST", "ORLANDO", "FL", "32801", None).care_of == "JONES LAW FIRM"
    assert read_mailing("% MARY SMITH", "12 ELM ST", None, None, None, None).care_of == "MARY SMITH"
    assert read_mailing("12 ELM ST", "ATTN: TAX DEPT", None, None, None, None).care_of == "TAX DEPT"
    assert read_mailing("12 ELM ST", None, None, None, None, None).care_of == ""


@pytest.mark.parametrize(
    ("street", "line_2", "city", "state", "zip_code", "country", "expected"),
    [
        # a city, state or ZIP at the end of the street is taken from there where it is known nowhere else
        ("12 OCEAN AVE NE 12345", None, "ORLANDO", "FL", "32801", None, "12 OCEAN AVE NE 12345|ORLANDO FL 32801"),
        ("12 ELM ST NE", None, "ORLANDO", None, "32801", None, "12 ELM ST NE|ORLANDO 32801"),
        ("12 ELM ST FL 32801", None, None, None, None, None, "12 ELM ST|FL 32801"),
        ("12 ELM ST, ORLANDO FL 32801", None, "ORLANDO", "FL", "32801", None, "12 ELM ST|ORLANDO FL 32801"),
        ("1 ELM ST, APT 4, ORLANDO FL 32801", None, "ORLANDO", None, None, None, "1 ELM ST, APT 4|ORLANDO FL 32801"),
        ("12 ELM ST", None, "ORLANDO FLORIDA 32801", "FL", None, None, "12 ELM ST|ORLANDO FL 32801"),
        ("12 ELM ST", None, "ORLANDO FL", "", None, None, "12 ELM ST|ORLANDO FL"),
        ("12 ELM ST", None, "ORLANDO FL 32801", "GA", None, None, "12 ELM ST|ORLANDO FL 32801 GA"),
        ("12 ELM ST", None, "ORLANDO", "XX", "32801", None, "12 ELM ST|ORLANDO 32801"),
        ("12 ELM ST", None, "ORANGE UNINC", "FL", "32801", None, "12 ELM ST|ORANGE UNINC FL 32801"),
        # another country, by its name, its provinces or the form of its codes
        ("12 ELM ST", None, "ORLANDO", "FL", "32801", "ORANGE", "12 ELM ST|ORLANDO FL 32801"),
        ("12 ELM ST", None, "ORLANDO", "FL", None, "FRANCE", "12 ELM ST|ORLANDO FL FRANCE"),
        ("12 ELM ST", None, "ORLANDO", None, "32801", "FRANCE", "12 ELM ST|ORLANDO 32801 FRANCE"),
        ("12 RUE X", None, "PARIS", "FRANCE", "75001", None, "12 RUE X|PARIS 75001 FRANCE"),
        ("HAUPTSTR 1", None, "MUNCHEN", None, "80331", "D-80331", "HAUPTSTR 1|MUNCHEN 80331 D 80331"),
        ("12 KING ST", None, "TORONTO", "ON", None, None, "12 KING ST|TORONTO ON FOREIGN"),
        ("12 KING ST", None, "TORONTO", "CAN", "M5H 1A1", None, "12 KING ST|TORONTO CAN M5H 1A1 CANADA"),
        ("12 KING ST", None, "LONDON", "ENGLAND", None, None, "12 KING ST|LONDON ENGLAND"),
        # of two lines that to which the post delivers
        ("C/O JONES LAW 12 ELM ST", None, "ORLANDO", "FL", "32801", None, "12 ELM ST|ORLANDO FL 32801|JONES LAW"),
        ("C/O JONES PO BOX 12", None, "ORLANDO", "FL", "32801", None, "PO BOX 12|ORLANDO FL 32801|JONES"),
        ("12 ELM ST", "APT 4", None, None, "32801", None, "12 ELM ST APT 4|32801"),
        ("12 ELM ST", "MAIL STOP", None, None, "32801", None, "12 ELM ST|32801"),
        ("1 ELM ST", "12", "ORLANDO", "FL", "32801", None, "1 ELM ST # 12|ORLANDO FL 32801"),
        ("1 ELM ST", "34 OAK AVE", "ORLANDO", "FL", "32801", None, "1 ELM ST|ORLANDO FL 32801"),
        ("12 ELM ST", "34 OAK AVE", "ORLANDO", "FL", "32801", None, "12 ELM ST|ORLANDO FL 32801"),
        ("PO BOX 5", "12 OAK ST", "ORLANDO", "FL", "32801", None, "12 OAK ST|ORLANDO FL 32801"),
    ],
)
def test_what_a_roll_wrote_elsewhere_is_found(
    street: str, line_2: str, city: str, state: str, zip_code: str, country: str, expected: str
) -> None:
    read = read_mailing(street, line_2, city, state, zip_code, country)
    assert "|".join(filter(None, (read.street, read.last_line, read.care_of))) == expected


def test_an_address_is_complete_with_a_street_and_a_place() -> None:
    assert read_mailing("12 ELM ST", None, None, None, "32801", None).is_complete
    assert read_mailing("12 ELM ST", None, "ORLANDO", "FL", None, None).is_complete
    assert read_mailing("12 RUE X", None, "PARIS", None, "75001", "FRANCE").is_complete
    for lines in (("", None, "ORLANDO", "FL", "32801", None), ("12 ELM ST", None, "ORLANDO", None, None, None)):
        assert not read_mailing(*lines).is_complete
    assert read_mailing(None, None, None, None, None, None) == Mailing()


@pytest.mark.parametrize(
    "zip_code",
    [
        "32801",
        "32801-1234",
        "328011234",
        " 32801 ",
        " 328011234 ",
        "32801.0",
        "2801",
        "0",
        "12",
        "99999",
        "00000",
        "ABCDE",
        "123456",
        "",
    ],
)
def test_zips_are_read_as_the_database_reads_them(connection: Connection, zip_code: str) -> None:
    known = connection.scalar(text("SELECT wholesaler_zip_code(:written)"), {"written": zip_code})
    assert five_digits(zip_code) == (known or "")


def test_the_city_of_a_situs_address() -> None:
    assert [situs_place(city) for city in ("St. Cloud", "UNINCORPORATED", None, "Ft Lauderdale", "ST")] == [
        "SAINT CLOUD", "", "", "FORT LAUDERDALE", "ST",
    ]  # fmt: skip
