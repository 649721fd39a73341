"""What seeks its parcel, what it is sought among, and when it is decided anew: among all that is neither."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from tests.stages.dedupe.test_statements import Dedupe
from tests.stages.desk import HERE, THERE

DAY = "2025-12-01"


@pytest.fixture
def desk(engine: Engine) -> Iterator[Dedupe]:
    with engine.connect() as connection:
        yield Dedupe(connection)


def read(desk: Dedupe, address: str, house_number: str | None, market: str = HERE) -> None:
    """An address whose standard form is known."""
    desk.insert("standard_addresses", market=market, address=address, house_number=house_number, street="ELM STREET")


def fill(desk: Dedupe) -> None:
    """Records, properties and parcels of which one or another thing is not so."""
    for number, values in {
        1: {}, 2: {"is_active": False}, 3: {"parcel_id": "3"}, 4: {"address": None}, 5: {"market": THERE},
    }.items():  # fmt: skip
        desk.record("tax_sales", **{"record_key": str(number), "address": f"{number} ELM ST", **values})
    for number, values in {
        11: {}, 12: {}, 13: {}, 14: {"is_active": False}, 15: {"never_merge": True}, 16: {"address": None},
        17: {"market": THERE}, 18: {},
    }.items():  # fmt: skip
        desk.place(number, **{"address": f"{number} ELM ST", **values})
    for number, market, is_listed in ((12, HERE, True), (20, HERE, True), (13, HERE, False), (18, THERE, True)):
        desk.insert("parcels", market=market, parcel_id=str(number), address=f"{number} ELM ROAD", is_listed=is_listed)


def test_addresses_are_read_once(desk: Dedupe) -> None:
    fill(desk)
    read(desk, "20 ELM ROAD", "20")
    read(desk, "1 ELM ST", "1", THERE)
    desk.run("candidates", "unread_addresses")
    unread = {row[0] for row in desk.rows("SELECT address FROM unread_addresses")}
    assert unread == {"12 ELM ROAD", *(f"{number} ELM ST" for number in (1, 11, 12, 13, 15, 18))}


def test_what_has_no_parcel_of_the_roll_seeks_one(desk: Dedupe) -> None:
    fill(desk)
    for number in range(1, 20):
        read(desk, f"{number} ELM ST", f"{number}A")
        read(desk, f"{number} ELM ST", "99", THERE)
    desk.run("candidates", "seekers", state="FL")
    found = desk.rows("SELECT record, property_id, house_number, digits, is_signal FROM seekers ORDER BY 2 NULLS FIRST")
    assert found == [
        ("tax_sales", None, "1A", "1", True),
        *(("properties", number, f"{number}A", str(number), True) for number in (11, 13, 18)),
    ]


#: address and ZIP as published; the house number and the ZIP that are read
PUBLISHED = (
    ("1 ELM ST, ORLANDO, FL 32801-1234", None, "1", "32801"),
    ("1 ELM ST, ORLANDO, FL 32801", "32802", "1", "32802"),
    ("1 ELM ST, ATLANTA, GA 30301", None, None, None),
    ("1 ELM ST, ORLANDO, XX 32801", None, "1", None),
    ("1 ELM ST ORLANDO FL 32801", None, "1", "32801"),
    ("1 ELM ST", None, "1", None),
    ("2 OAK ST", "32801", None, "32801"),
)


def test_what_ends_in_another_state_is_not_read(desk: Dedupe) -> None:
    for number, (address, zip_code, *_) in enumerate(PUBLISHED):
        desk.record("tax_sales", record_key=str(number), address=address, zip_code=zip_code)
    for address in {address for address, *_ in PUBLISHED if address.startswith("1")}:
        read(desk, address, "1")
    read(desk, "another address", "9")
    desk.run("candidates", "seekers", state="FL")
    found = desk.rows("SELECT house_number, zip_code FROM seekers ORDER BY record_key")
    assert found == [(house_number, zip_code) for *_, house_number, zip_code in PUBLISHED]


def test_parcels_are_those_of_the_roll_and_properties_that_it_does_not_list(desk: Dedupe) -> None:
    fill(desk)
    for number in range(1, 21):
        for kind in ("ST", "ROAD"):
            read(desk, f"{number} ELM {kind}", f"{number} {kind}")
            read(desk, f"{number} ELM {kind}", "99", THERE)
    desk.insert("parcels", parcel_id="21", address="ELM ST", is_listed=True)
    read(desk, "ELM ST", None)
    desk.run("candidates", "parcel_addresses")
    found = desk.rows("SELECT parcel_id, house_number, on_roll FROM parcel_addresses ORDER BY 1")
    assert found == [
        ("11", "11 ST", False), ("12", "12 ROAD", True), ("13", "13 ST", False), ("15", "15 ST", False),
        ("18", "18 ST", False), ("20", "20 ROAD", True),
    ]  # fmt: skip


Run = dict[str, Any]
A, B, LIST = {"source": "a"}, {"source": "b"}, {"source": "tax_sales"}


#: runs of a market with two rolls that list parcels; whether their answers are whole
ANSWERS: tuple[tuple[list[Run], bool], ...] = (
    ([], False), ([A, B], True), ([A], False), ([A, B | {"as_of": "2025-11-30"}], False),
    ([A | {"status": "failure"}, B], False), ([A | {"status": "failure"}, B, A], True),
    ([A, B, A | {"status": "running"}], True), ([A, B | {"stage": "check"}], False), ([LIST, A, B], True),
    ([A, LIST, B], False), ([A, B, LIST | {"status": "partial"}], False), ([A, B, LIST | {"market": THERE}], True),
    ([A, B, LIST | {"status": "failure"}], True), ([A, B, LIST | {"stage": "check"}], True),
    ([A, B, {"source": "other roll"}], True), ([A, B | {"market": THERE}], False),
    ([A, B, A | {"market": THERE, "status": "failure"}], True),
    ([A, B, A | {"stage": "check", "as_of": "2025-11-30"}], True),
)  # fmt: skip


def test_the_answers_of_all_rolls_that_list_parcels_are_whole(desk: Dedupe) -> None:
    asked = {"as_of": DAY, "rolls": ["a", "b", "other roll"]}
    for runs, whole in ANSWERS:
        with desk.connection.begin_nested() as here:
            for one in runs:
                fixed = {"run_id": uuid4(), "attempt": 1, "host": "here", "pid": 1, "version": "0", "as_of": DAY}
                desk.insert("data_ingestion_runs", **{"stage": "ingest", "status": "success", **fixed, **one})
            found = desk.run("candidates", "roll_is_whole", listing_rolls=["a", "b"], **asked).scalar()
            assert found is whole, runs
            assert desk.run("candidates", "roll_is_whole", listing_rolls=[], **asked).scalar() is False
            here.rollback()


def test_the_basis_is_another_when_something_that_decides_is(desk: Dedupe) -> None:
    fill(desk)

    def basis(rules: str = "rules") -> tuple[int, str]:
        return tuple(desk.run("basis", "basis", rules=rules).one())  # type: ignore[return-value]

    seekers, first = basis()
    # a record, and four properties with an address and one without
    assert seekers == 6
    assert basis("others") != (seekers, first)

    def after(command: str) -> tuple[int, str]:
        with desk.connection.begin_nested() as here:
            desk.connection.exec_driver_sql(command)
            found = basis()
            here.rollback()
        return found

    roll = "INSERT INTO merged_rolls (market, sources, merged_at, changed_at) VALUES ('{}', '[]', now(), now())"
    undone = "INSERT INTO undone_matches (market, source, record_key, parcel_id) VALUES ('{}', 'a', 'b', 'c')"
    again = "UPDATE undone_matches SET undone_at = undone_at + interval '1 day' WHERE record_key = 'b'"
    desk.insert("undone_matches", source="a", record_key="a", parcel_id="c", undone_at=DAY)
    _, first = basis()
    for market, is_same in ((HERE, False), (THERE, True)):
        assert (after(roll.format(market)) == (seekers, first)) is is_same
        assert (after(undone.format(market)) == (seekers, first)) is is_same
    desk.connection.exec_driver_sql(undone.format(HERE))
    _, first = basis()
    assert after(again) != (seekers, first)
    for record in ("record_key = '1'", "record_key = '2'", "record_key = '3'", "record_key = '4'", "record_key = '5'"):
        changed = after(f"UPDATE tax_sales SET city = 'APOPKA' WHERE {record}")
        assert (changed == (seekers, first)) is (record != "record_key = '1'")
    for number in range(11, 19):
        changed = after(f"UPDATE properties SET city = 'APOPKA' WHERE id = {number}")
        assert (changed == (seekers, first)) is (number in (12, 14, 17))


def test_what_was_decided_is_remembered_when_it_is_another(desk: Dedupe) -> None:
    def remember(**values: str) -> list[tuple[Any, ...]]:
        desk.run("basis", "remember", **{"basis": "a", "stats": "{}", **values})
        return desk.rows("SELECT basis, stats, ctid::text FROM matched_rolls")

    first = remember()
    assert remember() == first
    assert remember(basis="b")[0][:2] == ("b", {})
    assert remember(basis="b", stats='{"a": 1}')[0][:2] == ("b", {"a": 1})
