"""The address functions: what is one address however it is written, and what is two however alike it looks."""

from collections.abc import Iterator
from importlib.resources import files
from itertools import pairwise
from random import Random

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Engine, text

from tests.support import DATA, fresh_database
from wholesaler.db.engine import make_engine
from wholesaler.db.migrate import configuration

Parts = tuple[str | None, str | None, str | None]
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#: words that a standardiser is tempted to pass over
LITTLE_WORDS = ("AT", "DE", "EL", "LA", "NO", "OF", "ON", "THE")


@pytest.fixture(scope="module")
def engine(server: URL) -> Iterator[Engine]:
    """One database for all: nothing is written."""
    with fresh_database(server) as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


def standard(engine: Engine, *addresses: str) -> list[Parts]:
    """House number, street and unit of each address, in order; nothing but nulls for what cannot be read."""
    query = """
        SELECT house_number, street, unit
        FROM unnest(CAST(:addresses AS text[])) WITH ORDINALITY AS asked (address, place)
        LEFT JOIN LATERAL wholesaler_standard_address(asked.address, 'FL') ON true
        ORDER BY place
    """
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query), {"addresses": list(addresses)})]


def pairs() -> list[tuple[str, ...]]:
    """The pairs of addresses that are kept as data: what is said of them, and one address or two."""
    lines = (DATA / "addresses" / "pairs.txt").read_text("utf-8").splitlines()
    return [tuple(part.strip() for part in line.split("|")) for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize(
    "written",
    [
        *("1" * 10_000, "A" * 10_000, "12 " + " " * 9_900 + "MAIN ST", "12 " + "A " * 5_000, "12 " + "é" * 900),
        *("12 MAIN ST" + "," * 900, "12 MAIN ST, A" * 70, "1" + "-1" * 480, "12 MAIN ST " + "APT 5 " * 30),
        *(
            "12 " + "MARTIN LUTHER KING " * 9,
            "12 " + "US HIGHWAY " * 16,
            "12 " + "N E " * 45 + "ST",
            "0" * 190 + " MAIN ST",
        ),
        *("12\x01\x07 MAIN\x1b ST", "=HYPERLINK(1)", "12 " + "O'" * 95, "12 MAIN ST " + "BLDG 2 UNIT 5 " * 12),
    ],
)
def test_no_address_is_slow_or_of_a_form_that_another_has(engine: Engine, written: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = '1s'"))  # of a hundred times what one may take
        query = "SELECT street FROM wholesaler_standard_address(:address, 'FL')"
        times = text(f"SELECT count(*) FROM generate_series(1, 50), LATERAL ({query}) AS standard")
        connection.execute(times, {"address": written})
        assert connection.scalar(text(query), {"address": written}) not in {"MAIN STREET", "MARTIN LUTHER KING"}


def _words_at_random(chance: Random, count: int) -> list[str]:
    """Numbers and the words that decide what is a unit, a direction, a street, a highway, in any order."""
    lines = (
        "N S E W NE SW NORTH EAST ST AVE DR RD LN CT CIR WAY PL BLVD TER STREET AVENUE ROAD COURT APT UNIT STE SUITE",
        "BLDG FL FLOOR LOT RM PH TOWER KEY STOP SPACE # #5 #A 5 12 A B 3A A5 5TH 1ST REAR FRONT UPPER OFFICE US SR CR",
        "HWY HIGHWAY STATE COUNTY 50 441 MAIN OAK SAINT MC LA DEL I O NO AND OF TO HIGH FALLS GARAGE DOWN SIDE WING",
        "APARTMENT PENTHOUSE I4 4N FM RR OLD BOX PO BLK LOOP MAPLE HICKORY JOHNS LAKE MAPLE HICKORY JOHNS LAKE",
        "APT210 UNIT5 BLDG2 FL2 PH3 STE5",
    )
    words = [word for line in lines for word in line.split()]
    return [
        " ".join([str(chance.randint(1, 99999)), *chance.choices(words, k=chance.randint(1, 6))]) for _ in range(count)
    ]


def test_plain_addresses_have_the_same_parts_by_either_way(engine: Engine) -> None:
    asked = [address for pair in pairs() for address in pair[1:]]
    asked += [f"{address} {tail}" for address in asked for tail in ("# 5", "#5", "APT B", "UNIT 12C", "N", "NW # 7")]
    asked += [f"{address}, ORLANDO, FL 32801" for address in [*asked, *_words_at_random(Random(7), 4000)]]
    query = """
        SELECT asked.address, plain.house_number, plain.street, plain.unit, parts.house_number, parts.street, parts.unit
        FROM (
          SELECT address, upper(address) AS capitals FROM unnest(CAST(:addresses AS text[])) AS asked (address) OFFSET 0
        ) AS asked
        CROSS JOIN LATERAL wholesaler_plain_address_parts(asked.capitals) AS plain
        LEFT JOIN LATERAL (
          SELECT house_number, street, wholesaler_standard_unit(unit) AS unit
          FROM wholesaler_address_parts(asked.address)
        ) AS parts ON true
        WHERE (plain.house_number, plain.street, wholesaler_standard_unit(plain.unit))
          IS DISTINCT FROM (parts.house_number, parts.street, parts.unit)
          -- what neither takes for a street is of no form, however it is parted
          AND EXISTS (
            SELECT FROM wholesaler_standard_street(plain.street)
            UNION ALL
            SELECT FROM wholesaler_standard_street(parts.street))
    """
    count = """
        SELECT count(*)
        FROM unnest(CAST(:addresses AS text[])) AS asked (address), wholesaler_plain_address_parts(asked.address)
    """
    with engine.connect() as connection:
        assert connection.execute(text(query), {"addresses": asked}).all() == []
        assert int(connection.scalar(text(count), {"addresses": asked}) or 0) > 1000


def test_what_says_the_same_is_one_form_and_nothing_else(engine: Engine) -> None:
    said = pairs()
    first = standard(engine, *(pair[1] for pair in said))
    second = standard(engine, *(pair[-1] for pair in said))
    nothing = (None, None, None)
    wrong = [
        (pair, one, other)
        for pair, one, other in zip(said, first, second, strict=True)
        if {"same": one == other != nothing, "diff": one != other or one == nothing, "none": one == nothing}[pair[0]]
        is not True
    ]
    assert wrong == []
    assert len(said) > 500


@pytest.mark.parametrize(
    "form", ["# {}", "#{}", "APT {}", "UNIT {}", "STE {}", "LOT {}", "BLDG {}", "{}", "BLDG 2 # {}"]
)
def test_no_two_letters_are_one_unit(engine: Engine, form: str) -> None:
    written = [f"100 MAIN ST {form.format(letter)}" for letter in LETTERS]
    found = standard(engine, "100 MAIN ST", *written)
    assert len(set(found)) == len(found)
    assert (None, None, None) not in found


@pytest.mark.parametrize("form", ["# {}", "APT {}", "UNIT {}", "BLDG {}", "{}"])
@pytest.mark.parametrize("street", ["100 MAIN ST", "100 BROADWAY", "100 N VIA ROSA", "100 W 5TH ST N"])
def test_no_two_numbers_with_letters_are_one_unit(engine: Engine, street: str, form: str) -> None:
    units = [f"{number}{letter}" for number in (1, 3, 12) for letter in ("", *LETTERS)]
    units += [f"{letter}{number}" for number in (1, 3, 12) for letter in LETTERS]
    found = standard(engine, street, *(f"{street} {form.format(unit)}" for unit in units))
    readable = [parts for parts in found if parts != (None, None, None)]
    assert len(set(readable)) == len(readable)
    assert len(readable) > len(found) * 0.8


@pytest.mark.parametrize(
    "same",
    [
        ("# A", "#A", "APT A", "UNIT A", "APT. A", "APT # A", "UNIT NO. A", ", UNIT A", "A", "-A", "rm a"),
        ("# D", "APT D", "STE D", "D"),
        ("# 3A", "#3-A", "APT 3-A", "UNIT 3 A", "APT 3A", "UNIT3A", "3A", "3-A", "3 A"),
        ("# A3", "APT A-3", "UNIT A 3", "A-3"),
        ("# 3", "APT 3", "TRLR 3", "STE 3", "APT NO 3", "NO 3", "3"),
        ("# E", "UNIT E", "APT E"),
        ("BLDG 2 APT 3", "BLDG 2 # 3", "# 3 BLDG 2", "BUILDING 2 UNIT 3"),
        ("BLDG A APT 3", "BLDG A # 3", "BUILDING A UNIT 3"),
        ("# PH 2", "APT PH2", "PH 2"),
    ],
)
def test_a_unit_is_the_same_however_it_is_written(engine: Engine, same: tuple[str, ...]) -> None:
    found = standard(engine, *(f"100 MAIN ST {unit}" for unit in same))
    assert set(found) == {found[0]}
    assert found[0][:2] == ("100", "MAIN STREET")
    assert found[0][2] is not None


def test_numbers_that_read_alike_without_their_punctuation_are_different_units(engine: Engine) -> None:
    found = standard(
        engine, *(f"100 MAIN ST # {unit}" for unit in ("3-12", "31-2", "312", "3 A 12", "3 A12", "A B", "AB"))
    )
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("form", ["# {}", "APT {}", "UNIT {}", "APT 3 {}", "{}"])
def test_no_little_word_makes_two_addresses_one(engine: Engine, form: str) -> None:
    bare, *found = standard(engine, "100 MAIN ST", *(f"100 MAIN ST {form.format(word)}" for word in LITTLE_WORDS))
    assert bare not in found
    assert all(one != other or one == (None, None, None) for one, other in pairwise(sorted(found, key=str)))


@pytest.mark.parametrize("address", ["100 MAIN ST UNIT", "100 MAIN ST BOX 3", "100 MAIN ST RR 1"])
def test_an_address_that_would_lose_something_has_no_standard_form(engine: Engine, address: str) -> None:
    assert standard(engine, address) == [(None, None, None)]


@pytest.mark.parametrize(
    ("address", "street", "unit"),
    [
        ("100 AVENUE D", "AVENUE D", None),
        ("100 AVENUE A", "AVENUE A", None),
        ("100 N AVENUE D", "NORTH AVENUE D", None),
        ("100 A ST", "A STREET", None),
        ("100 MAIN ST E", "MAIN STREET EAST", None),
        ("100 COUNTY RD 13A", "COUNTY ROAD 13A", None),
        ("100 STATE ROAD A1A", "STATE ROAD A1A", None),
        ("100 COUNTY RD A", "COUNTY ROAD A", None),
        ("100 AVENUE J A", "AVENUE J A", None),
        ("100 STE MARIE ST", "SAINTE MARIE STREET", None),
        ("100 LOTUS LN # 5", "LOTUS LANE", "5"),
        ("100 CHARLOTTE ST", "CHARLOTTE STREET", None),
        ("100 UNIT RD UNIT 5", "UNIT ROAD", "5"),
        ("100 N RM 620", "NORTH RANCH TO MARKET ROAD 620", None),
        ("100 CALLE DE LA ROSA", "CALLE DE LA ROSA", None),
        ("100 GLEN TERRACE # D", "GLEN TERRACE", "D"),
        ("100 MAIN ST REAR", "MAIN STREET", "REAR"),
        ("100 MAIN ST UNIT REAR", "MAIN STREET", "REAR"),
        ("100 MAIN ST FL 2", "MAIN STREET", "FLOOR 2"),
    ],
)
def test_the_street_keeps_what_is_its_own(engine: Engine, address: str, street: str, unit: str | None) -> None:
    assert standard(engine, address) == [("100", street, unit)]


def test_an_address_that_does_not_begin_with_its_number_keeps_its_unit(engine: Engine) -> None:
    assert standard(engine, "APT 3 100 MAIN ST", "# 5", "UNIT 5", "", "MAIN ST # A")[0] == ("100", "MAIN STREET", "3")


@pytest.mark.parametrize("number", ["0", "00", "00000", "99999", "999999", "0 1/2", "0A", "０"])
def test_a_number_that_stands_for_land_without_one_is_no_house_number(engine: Engine, number: str) -> None:
    assert standard(engine, f"{number} OAK ST") == [(None, None, None)]


@pytest.mark.parametrize("number", ["1", "10", "100", "9", "9999", "99998", "90000"])
def test_other_numbers_with_zeros_and_nines_are_house_numbers(engine: Engine, number: str) -> None:
    assert standard(engine, f"{number} OAK ST") == [(number, "OAK STREET", None)]


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("123 ½ MAIN ST", "123 1/2 MAIN ST"),
        ("123½ MAIN ST", "123 1/2 MAIN ST"),
        ("100 MAIN ST UNIT 5½", "100 MAIN ST UNIT 5 1/2"),
        ("12 PEÑA ST", "12 PENA ST"),
        ("12 PEN\u0303A ST", "12 PENA ST"),
        ("12 café ln", "12 CAFE LN"),
        ("12 O’BRIEN ST", "12 O'BRIEN ST"),
        ("１２ ＭＡＩＮ ST", "12 MAIN ST"),
        ("12\u200b3 MAIN ST", "123 MAIN ST"),
        ("12\u00a0MAIN\u2003ST", "12 MAIN ST"),
        ("12–14 MAIN ST", "12-14 MAIN ST"),
    ],
)
def test_typography_is_read_as_the_letters_it_stands_for(engine: Engine, written: str, plain: str) -> None:
    found, expected = standard(engine, written, plain)
    assert found == expected != (None, None, None)


@pytest.mark.parametrize(
    "form", ["123{} MAIN ST", "123 {} MAIN ST", "123 MAIN{} ST", "123 MAIN ST UNIT 5{}", "123 MAIN ST {}"]
)
def test_no_character_beyond_ascii_makes_one_address_another(engine: Engine, form: str) -> None:
    characters = ["", *"½¼¾⅓⅔⅛⅜⅝⅞²³¹⁴₂①②ªºßøØŁ×÷§¶†•ⅠⅡ№℅主Жд٣۵Ω"]
    found = standard(engine, *(form.format(character).strip() for character in characters))
    readable = [parts for parts in found if parts != (None, None, None)]
    assert len(readable) >= 9
    assert len(set(readable)) == len(readable)


def test_an_accent_of_a_single_letter_is_not_passed_over(engine: Engine) -> None:
    found = standard(engine, "12 AVENUE Ñ", "12 AVENUE N\u0303", "12 MAIN ST # É", "12 AVENUE N")
    assert found[:3] == [(None, None, None)] * 3
    assert found[3] != (None, None, None)


@pytest.mark.parametrize("form", ["{} MAIN ST UNIT 5{}", "{} MAIN ST # 5{}", "{} MAIN ST APT 5{}", "{} MAIN ST FL 5{}"])
def test_a_fraction_in_a_unit_is_not_two_numbers(engine: Engine, form: str) -> None:
    fractions = ("", "½", " 1/2", "-1/2")
    others = ("-1-2", " 1 2", "-12", "12", "¼", "/2")
    whole, *found = standard(engine, *(form.format(100, unit) for unit in (*fractions, *others)))
    assert len(set(found[:3])) == 1
    assert not {whole, *found[:3]} & set(found[3:])
    assert (None, None, None) not in found[:3]


def test_a_fraction_is_a_buildings_and_no_street(engine: Engine) -> None:
    found = standard(engine, "100 MAIN ST BLDG 5 1/2", "100 MAIN ST BLDG 5½")
    assert found == [("100", "MAIN STREET", "BUILDING 5 1/2")] * 2


@pytest.mark.parametrize("kind", ["ST", "AVE", "PL", "LN", "ST N"])
@pytest.mark.parametrize(("letter", "direction"), [("N", "NORTH"), ("S", "SOUTH"), ("E", "EAST"), ("W", "WEST")])
@pytest.mark.parametrize("number", ["100", "100 1/2"])
def test_a_street_of_one_letter_is_no_direction(
    engine: Engine, number: str, letter: str, direction: str, kind: str
) -> None:
    of_letter, dotted, of_direction = standard(
        engine, f"{number} {letter} {kind}", f"{number} {letter}. {kind}", f"{number} {direction} {kind}"
    )
    assert of_letter == dotted != of_direction
    assert (None, None, None) not in (of_letter, of_direction)


def test_a_direction_may_stand_before_the_letter_or_another_direction(engine: Engine) -> None:
    letter, same, direction, again = standard(
        engine, "100 E E ST", "100 EAST E ST", "100 E EAST ST", "100 EAST EAST ST"
    )
    assert letter == same == ("100", "EAST E STREET", None)
    assert direction == again == ("100", "EAST EAST STREET", None)
    assert standard(engine, "12-14 E ST", "12-14 EAST ST") == [
        ("12-14", "E STREET", None),
        ("12-14", "EAST STREET", None),
    ]


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("12 N. Main St NW # 5", ("12", "NORTH", "MAIN", "STREET", "NORTHWEST", "NORTH MAIN STREET NORTHWEST", "5")),
        ("12 SR 50 W", ("12", "WEST", "STATE ROAD 50", None, None, "WEST STATE ROAD 50", None)),
        ("12 AVE DEL SOL", ("12", None, "AVENIDA DEL SOL", None, None, "AVENIDA DEL SOL", None)),
        ("12 AVE J", ("12", None, "AVENUE J", None, None, "AVENUE J", None)),
        ("12 MLK BLVD", ("12", None, "MARTIN LUTHER KING", "BOULEVARD", None, "MARTIN LUTHER KING BOULEVARD", None)),
        ("12 BROADWAY", ("12", None, "BROADWAY", None, None, "BROADWAY", None)),
        ("12 PINE LK", ("12", None, "PINE", "LAKE", None, "PINE LAKE", None)),
    ],
)
def test_the_parts_are_words_in_full_in_capitals(engine: Engine, address: str, parts: tuple[str | None, ...]) -> None:
    query = """
        SELECT house_number, predirection, street_name, suffix, postdirection, street, unit
        FROM wholesaler_standard_address(:address, 'FL')
    """
    with engine.connect() as connection:
        assert tuple(connection.execute(text(query), {"address": address}).one()) == parts


@pytest.mark.parametrize(
    "form", ["100 PINE {}", "100 {} PINE ST", "100 PINE {} DR", "100 N PINE {} # 5", "100 PINE {} LA"]
)
@pytest.mark.parametrize(
    "places",
    [
        (("SPG", "SPRING"), ("SPGS", "SPRINGS")),
        (("LAKE",), ("LKS", "LAKES")),
        (("LNDG", "LANDING"), ("LAND",), ("LANDINGS",)),
        (("TRL", "TRAIL"), ("TRAILS",)),
        (("BRG", "BRIDGE"), ("BRIDGES",)),
        (("MNR", "MANOR"), ("MNRS", "MANORS")),
        (("MTN", "MOUNTAIN"), ("MTNS", "MOUNTAINS")),
        (("MILE",), ("MILES",)),
        (("PLN", "PLAIN"), ("PLNS", "PLAINS")),
        (("EST", "ESTATE"), ("ESTS", "ESTATES")),
        (("COMMON",), ("CMNS", "COMMONS")),
        (("TOWER",), ("TWRS", "TOWERS")),
        (("AIRPORT",), ("AIRPARK",), ("AIRFIELD",), ("AIRSTRIP",)),
        (("TURN",), ("TPKE", "TURNPIKE")),
    ],
)
def test_words_that_the_lexicon_takes_for_one_are_different_streets(
    engine: Engine, form: str, places: tuple[tuple[str, ...], ...]
) -> None:
    parts = [set(standard(engine, *(form.format(word) for word in words))) - {(None, None, None)} for words in places]
    assert len(set().union(*parts)) == sum(map(len, parts))


def test_words_in_their_own_form_are_abbreviated_in_several_ways(engine: Engine) -> None:
    written = ("100 PINE SPGS DR", "100 Pine Springs Drive", "100 PINE SPRINGS, DR")
    assert set(standard(engine, *written)) == {("100", "PINE SPRINGS DRIVE", None)}


@pytest.mark.parametrize(
    "function",
    [
        "standard_address",
        "address_parts",
        "plain_address_parts",
        "standard_street",
        "standard_unit",
        "street_words",
        "zip_code",
        "city",
    ],
)
def test_the_newest_migration_of_a_function_installs_the_file(function: str) -> None:
    written = (files("wholesaler.db") / "functions" / f"{function}.sql").read_text("utf-8")
    assert written.isascii()
    scripts = ScriptDirectory.from_config(configuration()).walk_revisions()
    newest = next(script.module for script in scripts if hasattr(script.module, function.upper()))
    assert getattr(newest, function.upper()).strip() == written.strip()
