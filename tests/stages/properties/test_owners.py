"""Who owns a parcel, from how far away, and how much else: by the truth in ``tests/data/owners``, and at the edges."""

import csv
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.stages.check.rows import MARKET, Rows
from tests.support import DATA
from wholesaler.markets import load_market
from wholesaler.stages.properties.merge import MERGED
from wholesaler.stages.properties.owners import CLASSES
from wholesaler.stages.properties.parcels import write_parcels

with (DATA / "owners" / "names.csv").open() as _file:
    TRUTH = list(csv.DictReader(_file))


@pytest.fixture
def rows(engine: Engine) -> Rows:
    return Rows(engine)


def parcel(rows: Rows, **values: Any) -> str:
    """A parcel of the roll; returns its number."""
    parcel_id = rows.parcel()
    rows.insert("parcels", parcel_id=parcel_id, **{"is_listed": True, **values})
    return parcel_id


def derive(engine: Engine, *numbers: str, whole: bool = True) -> int:
    """As after a merge of the parcels with these ``numbers``, or of all, that left the roll's columns as they are."""
    with engine.begin() as connection:
        for table, columns in (("dirty_parcels", "parcel_id"), ("merged_parcels", ", ".join(("parcel_id", *MERGED)))):
            connection.execute(
                text(
                    f"CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS SELECT {columns} FROM parcels"
                    " WHERE market = :market AND coalesce(parcel_id = ANY(CAST(:numbers AS text[])), true)"
                ),
                {"market": MARKET, "numbers": list(numbers) or None},
            )
        return write_parcels(connection, load_market(MARKET), is_whole=whole)


def column(engine: Engine, name: str, market: str = MARKET) -> dict[str, Any]:
    """One column of the parcels, by their numbers."""
    with engine.connect() as connection:
        query = text(f"SELECT parcel_id, {name} FROM parcels WHERE market = :market")
        return {row[0]: row[1] for row in connection.execute(query, {"market": market})}


def classes(engine: Engine, rows: Rows, names: list[str]) -> list[str | None]:
    numbers = [parcel(rows, owner_name=name) for name in names]
    derive(engine)
    found = column(engine, "owner_class")
    return [found[number] for number in numbers]


def test_the_truth_holds_enough_names_of_every_class() -> None:
    assert len(TRUTH) >= 300
    for name in CLASSES:
        assert sum(row["owner_class"] == name for row in TRUTH) >= 25
    assert sum(row["held_out"] == "yes" for row in TRUTH) >= 100


def test_owners_are_what_a_person_says_they_are(engine: Engine, rows: Rows) -> None:
    found = classes(engine, rows, [row["owner_name"] for row in TRUTH])
    for held_out in ("no", "yes"):
        verdicts = [
            (row["owner_name"], row["owner_class"], is_called)
            for row, is_called in zip(TRUTH, found, strict=True)
            if row["held_out"] == held_out
        ]
        wrong = [verdict for verdict in verdicts if verdict[1] != verdict[2]]
        assert len(wrong) <= 0.03 * len(verdicts), wrong
    assert not [
        row["owner_name"]
        for row, is_called in zip(TRUTH, found, strict=True)
        if row["owner_class"] == "person" and is_called == "government"
    ]


@pytest.mark.parametrize(
    ("owner_class", "names"),
    [
        ("person", ["BANKS JOHN", "CHURCH MARY", "SMITH JOHN A LIFE EST", "smith, john", "JOHN COUNTY"]),
        ("person", ["SMITH JOHN & CHURCH MARY", "SMITH JOHN AND BANK MARY", "NGUYEN HOA", "HOA T NGUYEN", "AUTH JOHN"]),
        ("person", ["JAMES A COUNTY", "COUNTY JAMES", "HUD JAMES", "USA MARY", "STATE ANN", "TOWN OFELIA"]),
        # whatever its number begins with
        ("government", [f"HARRIS MUD {number}5" for number in range(10)]),
        ("trust", [f"{name} {number}5" for name in ("OLD NATIONAL BANK TRUST", "TRUST") for number in range(1, 10)]),
        ("person", ["LEE CHURCH", "LEE A COUNTY", "JAMES CHURCH JR"]),
        ("company", ["COUNTY LINE LLC", "REAL ESTATE LLC", "CITY OF PALMS L.L.C.", "STATE OF THE ART INC", "7-ELEVEN"]),
        ("association", ["SUNSET HOA INC", "FIRST CHRISTIAN CHURCH", "GRACE CHURCH", "CHURCH OF GOD"]),
        ("association", ["MARY IMMACULATE CHURCH", "THOMAS MEMORIAL CHURCH"]),
        ("association", ["VILLAGE OF THE OAKS HOMEOWNERS ASSOCIATION"]),
        ("government", ["LEE COUNTY", "WAYNE COUNTY", "City of Orlando", "STATE OF FLORIDA", "HUD", "U.S.A.", "U S A"]),
        ("government", ["SECRETARY OF VETERANS AFFAIRS", "SCHOOL BOARD OF LEE COUNTY", "LAND BANK AUTHORITY"]),
        ("bank", ["WELLS FARGO BANK NA TR", "FANNIE MAE", "DEUTSCHE BANK NATIONAL TRUST CO AS TRUSTEE"]),
        ("trust", ["SMITH JOHN A TR", "SMITH JOHN TTEE", "JONES REV TRUST", "REAL ESTATE TRUST NO 5"]),
        ("estate", ["EST OF JONES", "JONES MARY EST", "HEIRS OF JONES", "JONES ESTATE C/O REAL ESTATE LLC"]),
        (None, ["UNKNOWN", "CONFIDENTIAL", "OWNER UNKNOWN", "N/A", " . "]),
    ],
)  # fmt: skip
def test_names_that_read_like_another_class(
    engine: Engine, rows: Rows, owner_class: str | None, names: list[str]
) -> None:
    found = classes(engine, rows, names)
    assert dict(zip(names, found, strict=True)) == dict.fromkeys(names, owner_class)


SITUS = {"address": "100 Main St", "city": "Orlando", "zip_code": "32801", "owner_name": "SMITH JOHN"}


@pytest.mark.parametrize(
    ("mail", "differs"),
    [
        ({"mail_address": "100 MAIN STREET", "mail_city": "ORLANDO", "mail_state": "FL", "mail_zip": "32801"}, "same"),
        ({"mail_address": "100 Main St.", "mail_state": "FLORIDA", "mail_zip": "328011234"}, "same"),
        ({"mail_address": "100 MAIN ST, ORLANDO, FL 32801"}, "same"),
        ({"mail_address": "100 MAIN ST, ORLANDO, FLORIDA 32801-1234"}, "same"),
        ({"mail_address": "100 MAIN ST", "mail_address_2": "ORLANDO FL 32801"}, "same"),
        ({"mail_address": "C/O JONES MARY", "mail_address_2": "100 MAIN ST", "mail_zip": "32801"}, "same"),
        ({"mail_address": "100 MAIN ST", "mail_address_2": "C/O JONES", "mail_zip": "32801"}, "same"),
        ({"mail_address": "C/O JONES MARY 100 MAIN ST", "mail_zip": "32801"}, "same"),
        ({"mail_address": "% JONES MARY", "mail_address_2": "100 MAIN ST", "mail_zip": "32801"}, "same"),
        ({"mail_address": "100 MAIN ST", "mail_city": "ORLANDO FL"}, "same"),
        ({"mail_address": "100 MAIN ST"}, "same"),
        # one of city and ZIP says the same: the other is a slip
        ({"mail_address": "100 MAIN ST", "mail_city": "ORLANDO", "mail_zip": "32899"}, "same"),
        ({"mail_address": "100 MAIN ST", "mail_city": "WINTER PARK", "mail_zip": "32801"}, "same"),
        ({"mail_address": "100 MAIN ST", "mail_city": "TAMPA", "mail_state": "FL", "mail_zip": "33602"}, "in_state"),
        (
            {"mail_address": "100 MAIN ST", "mail_city": "ORLANDO", "mail_state": "GA", "mail_zip": "30301"},
            "out_of_state",
        ),
        ({"mail_address": "9 ELM ST", "mail_state": "GA", "mail_zip": "32801"}, "out_of_state"),
        # a unit that one list leaves out is no other house, another one is
        ({"mail_address": "100 MAIN ST APT 2", "mail_zip": "32801"}, "same"),
        ({"mail_address": "101 MAIN ST", "mail_zip": "32801"}, "in_county"),
        ({"mail_address": "100 MAIN AVE", "mail_zip": "32801"}, "in_county"),
        ({"mail_address": "9 ELM ST", "mail_city": "APOPKA", "mail_state": "FL", "mail_zip": "32703"}, "in_county"),
        ({"mail_address": "9 ELM ST", "mail_city": "APOPKA", "mail_state": "FL"}, "in_county"),
        ({"mail_address": "PO BOX 5", "mail_city": "ORLANDO", "mail_state": "FL", "mail_zip": "32801"}, "in_county"),
        # box of a ZIP at which nothing lies
        ({"mail_address": "P.O. Box 5", "mail_city": "ORLANDO", "mail_state": "FL", "mail_zip": "32802"}, "in_county"),
        ({"mail_address": "9 ELM ST", "mail_city": "ORLANDO", "mail_state": "FL", "mail_zip": "32802"}, "in_state"),
        ({"mail_address": "PO BOX 5", "mail_city": "MIAMI", "mail_state": "FL", "mail_zip": "33101"}, "in_state"),
        ({"mail_address": "9 ELM ST", "mail_city": "MIAMI", "mail_state": "FLORIDA", "mail_zip": "33101"}, "in_state"),
        ({"mail_address": "9 ELM ST, MIAMI, FL"}, "in_state"),
        ({"mail_address": "PO BOX 5", "mail_city": "NEW YORK NY", "mail_zip": "10001"}, "out_of_state"),
        (
            {"mail_address": "9 ELM ST", "mail_city": "BOSTON", "mail_state": "MASSACHUSETTS", "mail_zip": "2108"},
            "out_of_state",
        ),
        ({"mail_address": "9 ELM ST, BOSTON, MA 02108"}, "out_of_state"),
        ({"mail_city": "SAN JUAN", "mail_state": "PR"}, "out_of_state"),
        (
            {"mail_address": "9 KING ST W", "mail_city": "TORONTO", "mail_state": "ON", "mail_zip": "M5H 1A1"},
            "out_of_state",
        ),
        ({"mail_address": "9 KING ST W", "mail_city": "TORONTO", "mail_country": "CANADA"}, "out_of_state"),
        (
            {"mail_address": "9 HIGH ST", "mail_city": "LONDON", "mail_zip": "SW1A 1AA", "mail_country": "UK"},
            "out_of_state",
        ),
        ({"mail_address": "9 HIGH ST", "mail_state": "ONTARIO"}, "out_of_state"),
        ({"mail_address": "9 ELM ST", "mail_state": "FL", "mail_zip": "32703", "mail_country": "USA"}, "in_county"),
        ({}, None),
        ({"mail_address": "9 ELM ST"}, None),
        ({"mail_address": "9 ELM ST", "mail_zip": "33101"}, None),
        ({"mail_address": "9 ELM ST", "mail_state": "FL"}, None),
        ({"mail_city": "ORLANDO", "mail_state": "FL", "mail_zip": "32801"}, None),
        ({"mail_city": "MIAMI", "mail_state": "FL", "mail_zip": "33101"}, "in_state"),
    ],
)  # fmt: skip
def test_how_the_mailing_address_differs(engine: Engine, rows: Rows, mail: dict[str, str], differs: str | None) -> None:
    number = parcel(rows, **SITUS, **mail)
    parcel(rows, address="1 ASH ST", city="APOPKA", zip_code="32703-1234")
    derive(engine)
    assert column(engine, "mail_differs")[number] == differs


@pytest.mark.parametrize(
    ("situs", "mail", "differs"),
    [
        ("100 MAIN ST UNIT 5", "100 MAIN ST # 5", "same"),
        ("100 MAIN ST UNIT 5", "100 MAIN ST # 6", "in_county"),
        ("100 MAIN ST UNIT 5", "100 MAIN ST", "same"),
        # what has no standard form is the same when it is written alike
        ("0 MAIN ST", "0 Main St", "same"),
        ("MAIN ST", "MAIN  ST", "same"),
        ("MAIN ST", "100 MAIN ST", "in_county"),
        (None, "100 MAIN ST", None),
    ],
)
def test_units_and_addresses_without_a_standard_form(
    engine: Engine, rows: Rows, situs: str | None, mail: str, differs: str | None
) -> None:
    number = parcel(rows, address=situs, zip_code="32801", mail_address=mail, mail_zip="32801", mail_state="FL")
    derive(engine)
    assert column(engine, "mail_differs")[number] == differs


def test_without_zips_on_the_roll_the_city_tells(engine: Engine, rows: Rows) -> None:
    mail = {"mail_address": "9 ELM ST", "mail_state": "FL"}
    situs = {"address": "100 MAIN ST", "city": "St. Cloud"}
    near = parcel(rows, **situs, **mail, mail_city="SAINT CLOUD", mail_zip="34769")
    far = parcel(rows, **situs, **mail, mail_city="MIAMI", mail_zip="33101")
    nowhere = parcel(rows, address="1 ASH ST", city="UNINCORPORATED", **mail, mail_city="UNINCORPORATED")
    derive(engine)
    assert [column(engine, "mail_differs")[number] for number in (near, far, nowhere)] == [
        "in_county",
        "in_state",
        None,
    ]


@pytest.mark.parametrize(("others", "differs"), [(9_999, "in_county"), (10_000, "in_state")])
@pytest.mark.parametrize(("place", "theirs", "ours"), [("zip_code", "33101", "32801"), ("city", "MIAMI", "ORLANDO")])
def test_a_place_of_one_parcel_in_ten_thousand_of_the_whole_roll_is_the_rolls(
    engine: Engine, rows: Rows, place: str, theirs: str, ours: str, others: int, differs: str
) -> None:
    rows.execute(
        f"INSERT INTO parcels (market, parcel_id, is_listed, {place})"
        " SELECT :market, 'other ' || n, true, :ours FROM generate_series(1, :others) AS n",
        ours=ours, others=others,
    )  # fmt: skip
    mail = {"mail_address": "9 ELM ST", "mail_state": "FL", f"mail_{place.removesuffix('_code')}": theirs}
    number = parcel(rows, address="100 MAIN ST", owner_name="SMITH JOHN", **{place: theirs}, **mail)
    # neither a parcel that is not listed nor one of another market says where the county is
    parcel(rows, **{place: theirs}, is_listed=False)
    parcel(Rows(engine, "other-county"), **{place: ours})
    # only this one has changed
    derive(engine, number)
    assert column(engine, "mail_differs")[number] == differs


def test_parcels_that_are_not_listed_make_no_place_the_rolls(engine: Engine, rows: Rows) -> None:
    mail = {"mail_address": "9 ELM ST", "mail_state": "FL", "mail_city": "ORLANDO"}
    by_city, by_zip = (parcel(rows, **SITUS, is_listed=False, **mail, mail_zip=code) for code in (None, "32801"))
    derive(engine)
    found = column(engine, "mail_differs")
    assert (found[by_city], found[by_zip]) == ("in_state", "in_state")


def keys(engine: Engine, rows: Rows, *owners: tuple[str | None, str | None, str | None]) -> list[str | None]:
    """The keys of owners, each a name, a mailing street and a ZIP."""
    numbers = [
        parcel(rows, owner_name=name, mail_address=street, mail_zip=zip_code, mail_state="FL")
        for name, street, zip_code in owners
    ]
    derive(engine)
    found = column(engine, "owner_key")
    return [found[number] for number in numbers]


@pytest.mark.parametrize(
    "same",
    [
        [
            ("SMITH JOHN A & MARY B", "100 MAIN ST", "32801"),
            ("Smith, John A. and Mary B.", "100 Main Street", "32801-1234"),
        ],
        [
            ("OAK HOMES LLC", "PO BOX 5", "32801"),
            ("OAK HOMES, L.L.C.", "P.O. Box 5", "32801"),
            ("OAK HOMES L L C", "POST OFFICE BOX 5", "32801"),
        ],
        [("OAK CORPORATION", "100 MAIN ST APT 5", "2108"), ("OAK CORP", "100 MAIN ST # 5", "02108")],
        [("O'BRIEN PAT TRUSTEE", "100 MAIN ST", "32801"), ("OBRIEN PAT TR", "100 MAIN ST", "32801")],
        [("SMITH JOHN", "MAIN ST BEHIND THE MILL", "32801"), ("SMITH JOHN", "Main St. Behind the Mill", "32801")],
        [("SMITH JOHN C/O JONES", "100 MAIN ST", "32801"), ("SMITH JOHN", "100 MAIN ST", "32801")],
    ],
)  # fmt: skip
def test_an_owner_is_the_same_however_written(engine: Engine, rows: Rows, same: list[tuple[str, str, str]]) -> None:
    found = keys(engine, rows, *same)
    assert None not in found
    assert set(found) == {found[0]}


def test_owners_who_are_not_the_same(engine: Engine, rows: Rows) -> None:
    known = keys(
        engine,
        rows,
        ("SMITH JOHN", "100 MAIN ST", "32801"),
        ("SMITH JOHN A", "100 MAIN ST", "32801"),
        ("SMITH JOHN", "101 MAIN ST", "32801"),
        ("SMITH JOHN", "100 MAIN ST # 5", "32801"),
        ("SMITH JOHN", "100 MAIN ST", "32802"),
        ("SMITH JOHN", "PO BOX 100", "32801"),
    )
    assert len(set(known)) == len(known)
    unknown = [("SMITH JOHN", None, "32801"), (None, "100 MAIN ST", "32801"), ("UNKNOWN", "100 MAIN ST", "32801")]
    assert keys(engine, rows, *unknown) == [None, None, None]


def test_parcels_of_an_owner_are_counted_on_a_whole_roll_alone(engine: Engine, rows: Rows) -> None:
    owner = {"owner_name": "OAK LLC", "mail_address": "1 ELM ST", "mail_zip": "32801"}
    several = [parcel(rows, **owner) for _ in range(3)]
    gone = parcel(rows, **owner, is_listed=False)
    unknown = parcel(rows, owner_name="OAK LLC")
    theirs = Rows(engine, "other-county")
    theirs.insert("parcels", parcel_id="1", is_listed=True, **owner)
    assert derive(engine, whole=False) == 5
    assert set(column(engine, "owner_parcels").values()) == {None}
    assert derive(engine) == 4
    counted = column(engine, "owner_parcels")
    assert [counted[number] for number in (*several, gone, unknown)] == [3, 3, 3, 3, None]
    assert column(engine, "owner_class", "other-county") == {"1": None}
    assert derive(engine) == 0
    assert derive(engine, whole=False) == 4


def test_only_what_changed_is_looked_at_and_only_what_differs_is_written(engine: Engine, rows: Rows) -> None:
    # of situs addresses only those with the number of the mailing address are taken apart
    owner = {"owner_name": "OAK LLC", "mail_address": "1 ELM ST", "mail_zip": "32801", "address": "2 ASH ST"}
    first, second, third = (parcel(rows, **owner) for _ in range(3))
    assert derive(engine) == 3
    rows.execute("UPDATE parcels SET owner_name = 'SMITH JOHN' WHERE parcel_id IN (:a, :b)", a=first, b=second)
    # the first has another owner, and the others of that owner are fewer
    assert derive(engine, first) == 3
    assert derive(engine, first) == 0
    assert column(engine, "owner_class") == {first: "person", second: "company", third: "company"}
    assert column(engine, "owner_parcels") == {first: 1, second: 2, third: 2}
    assert derive(engine) == 3
    with engine.connect() as connection:
        held = connection.execute(text("SELECT address, house_number FROM standard_addresses")).all()
    assert [tuple(row) for row in held] == [("1 ELM ST", "1")]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("32801", "32801"), ("2108", "02108"), ("501", "00501"), ("32801-1234", "32801"), ("328011234", "32801"),
        ("10011234", "01001"), ("5011234", "00501"), ("32801.0", "32801"), ("2108.0", "02108"), ("2108-1234", "02108"),
        (" 32801 ", "32801"), ("32801 1234", "32801"), ("0", None), ("00000", None), ("99999", None), ("", None),
        ("12", None), ("123456", None), ("M5H 1A1", None), ("ABC", None), (None, None), ("000000000", None),
    ],
)  # fmt: skip
def test_a_zip_has_five_digits(engine: Engine, written: str | None, expected: str | None) -> None:
    with engine.connect() as connection:
        query = text("SELECT wholesaler_zip_code(CAST(:written AS text))")
        assert connection.scalar(query, {"written": written}) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Orlando", "ORLANDO"), (" winter  garden ", "WINTER GARDEN"), ("ST. CLOUD", "SAINT CLOUD"),
        ("Ft Myers", "FORT MYERS"), ("MT DORA", "MOUNT DORA"), ("STUART", "STUART"), ("UNINCORPORATED", None),
        ("Uninc. County", None), ("", None), (" - ", None), (None, None),
    ],
)  # fmt: skip
def test_cities_compare(engine: Engine, written: str | None, expected: str | None) -> None:
    with engine.connect() as connection:
        query = text("SELECT wholesaler_city(CAST(:written AS text))")
        assert connection.scalar(query, {"written": written}) == expected


@pytest.mark.parametrize("function", ["wholesaler_city", "wholesaler_zip_code"])
def test_a_form_is_put_in_place_by_the_planner(engine: Engine, function: str) -> None:
    # a function that is called for each row costs four times as much
    query = text(f"EXPLAIN (VERBOSE) SELECT {function}(city) FROM (SELECT max(city) AS city FROM properties) AS one")
    with engine.connect() as connection:
        assert function not in "\n".join(connection.scalars(query))
