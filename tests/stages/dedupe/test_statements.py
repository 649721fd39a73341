"""What the statements of dedupe decide and write, each among rows that it must leave alone."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.stages.desk import HERE, THERE, Desk

EVIDENCE = '{"parcel_id": "%s"}'


class Dedupe(Desk):
    """Properties by number, and the statements of the stage."""

    def place(self, number: int, market: str = HERE, **values: Any) -> int:
        """A property with this id, and with the id as its parcel number."""
        active = {"is_active": False} if values.get("merged_into") else {}
        return int(
            self.insert("properties", market=market, id=number, **{"parcel_id": str(number), **active, **values})
        )

    def listed(self, number: int, market: str = HERE, is_listed: bool = True) -> None:
        """A parcel of the roll."""
        self.insert("parcels", market=market, parcel_id=str(number), is_listed=is_listed)

    def run(self, file: str, name: str, table: str = "", **parameters: Any) -> Any:
        return self.ask("dedupe", f"{file}.sql", name, table, **parameters)

    def merged(self) -> dict[int, int | None]:
        """What each property is merged into."""
        return dict(self.rows("SELECT id, merged_into FROM properties ORDER BY id"))  # type: ignore[arg-type]

    def records(self, table: str = "tax_sales") -> dict[str, tuple[Any, ...]]:
        """Property and parcel of the evidence of each record, by market, source and key."""
        rows = self.rows(
            "SELECT concat_ws(' ', nullif(market, 'here'), source, record_key), property_id,"
            f" match_evidence ->> 'parcel_id' FROM {table}"
        )
        return {row[0]: row[1:] for row in rows}


@pytest.fixture
def desk(engine: Engine) -> Iterator[Dedupe]:
    with engine.connect() as connection:
        # the numbers below are the tests' own
        connection.exec_driver_sql("ALTER TABLE properties ALTER COLUMN id RESTART WITH 1000")
        yield Dedupe(connection)


MATCHES = "record, source, record_key, is_signal, verdict, rule, parcel_id, evidence"


def match(key: str, parcel_id: str, *, record: str = "tax_sales", verdict: str = "matched", signal: bool = True) -> str:
    evidence = EVIDENCE % parcel_id
    return f"('{record}', 'list', '{key}', {signal}, '{verdict}', 'rule', '{parcel_id}', '{evidence}'::jsonb)"


@pytest.mark.parametrize(("roll_is_whole", "fits"), [(True, "matched"), (False, "waiting")])
def test_what_becomes_of_a_record(desk: Dedupe, roll_is_whole: bool, fits: str) -> None:
    kept = "matched" if roll_is_whole else "kept"
    seekers = {
        "fits": (1, "NULL", "'1'", fits), "pointed": (2, "7", "'1'", kept),
        "unreadable": (3, "NULL", "NULL", "unreadable"),
        "undone": (4, "NULL", "'1'", "undone"), "undone of another parcel": (5, "NULL", "'1'", fits),
        "undone of another source": (6, "NULL", "'1'", fits), "undone elsewhere": (7, "NULL", "'1'", fits),
        "ambiguous": (8, "NULL", "'1'", "ambiguous"), "unknown": (9, "NULL", "'1'", "unknown"),
        "unlisted": (10, "NULL", "'1'", "unknown"),
    }  # fmt: skip
    desk.temporary(
        "seekers", "seeker, record, source, record_key, is_signal, property_id, house_number",
        *(f"({number}, 'tax_sales', 'list', '{key}', true, {of}::bigint, {house})"
          for key, (number, of, house, _) in seekers.items()),
        "(11, 'properties', NULL, NULL, true, 11, '1')",
    )  # fmt: skip
    decided = [one[0] for key, one in seekers.items() if key not in ("ambiguous", "unknown", "unlisted")]
    desk.temporary(
        "record_decisions", "seeker, parcel_id, rule, evidence", *(f"({one}, 'p', 'r', 'e')" for one in decided)
    )
    desk.temporary("pairs", "seeker, is_possible", "(8, true)", "(8, true)", "(9, false)", "(1, true)")
    for key, values in {
        "undone": {}, "undone of another parcel": {"parcel_id": "q"}, "undone of another source": {"source": "other"},
        "undone elsewhere": {"market": THERE}, "fits or not": {},
    }.items():  # fmt: skip
        desk.insert("undone_matches", **{"source": "list", "record_key": key, "parcel_id": "p", **values})
    desk.run("match", "matches", roll_is_whole=roll_is_whole)
    found = {row[0]: row[1:] for row in desk.rows("SELECT record_key, verdict, parcel_id, evidence FROM matches")}
    has = {"matched": ("p", "e"), "waiting": ("p", "e")}
    assert found == {key: (one[3], *has.get(one[3], (None, None))) for key, one in seekers.items()}


def test_a_matched_signal_makes_a_property_where_there_is_none(desk: Dedupe) -> None:
    desk.place(1)
    desk.place(2, THERE)
    rows = [match("a", "1"), match("b", "2"), match("c", "2"), match("d", "3", verdict="waiting")]
    desk.temporary("matches", MATCHES, *rows, match("e", "4", signal=False))
    assert desk.run("match", "create_matched_properties").rowcount == 1
    assert desk.rows("SELECT parcel_id FROM properties WHERE market = 'here' ORDER BY 1") == [("1",), ("2",)]


def test_records_point_to_the_property_of_their_match_or_to_none(desk: Dedupe) -> None:
    for number in (1, 2, 5):
        desk.place(number)
    desk.place(3, merged_into=2)
    desk.place(4, THERE, parcel_id="1")
    keys = ("found", "merged", "waits", "same", "lost", "unasked", "of another list", "nowhere")
    for key in keys:
        at = {"property_id": 1, "match_evidence": EVIDENCE % 1} if key in ("same", "lost", "of another list") else {}
        desk.record("tax_sales", **{"source": "list", "record_key": key, **at})
    desk.record("tax_sales", source="other list", record_key="found")
    desk.record("tax_sales", source="list", record_key="found", market=THERE)
    before = desk.rows("SELECT ctid::text FROM tax_sales WHERE record_key = 'same'")
    desk.temporary(
        "matches", MATCHES, match("found", "1"), match("merged", "3"), match("waits", "1", verdict="waiting"),
        match("same", "1"), match("lost", "5", verdict="ambiguous"), match("unasked", "1", record="foreclosures"),
        match("nowhere", "9"),
    )  # fmt: skip
    desk.run("match", "point_records", "tax_sales")
    none = (None, None)
    assert desk.records() == {
        "list found": (1, "1"), "list merged": (2, "3"), "list waits": none, "list same": (1, "1"), "list lost": none,
        "list unasked": none, "list of another list": (1, "1"), "list nowhere": none, "other list found": none,
        "there list found": none,
    }  # fmt: skip
    assert desk.rows("SELECT ctid::text FROM tax_sales WHERE record_key = 'same'") == before


@pytest.mark.parametrize(
    ("asked", "undone"),
    [
        ({"source": "list", "record_key": "a", "parcel_ids": []}, ["list a"]),
        ({"source": None, "record_key": None, "parcel_ids": ["1"]}, ["list a", "other b"]),
    ],
)
def test_what_was_matched_is_undone_for_good(desk: Dedupe, asked: dict[str, Any], undone: list[str]) -> None:
    desk.place(1)
    desk.place(2, THERE)
    for source, key, parcel_id in (("list", "a", 1), ("other", "a", 3), ("list", "b", 3), ("other", "b", 1)):
        desk.record("tax_sales", 1, source=source, record_key=key, match_evidence=EVIDENCE % parcel_id)
    desk.record("tax_sales", 1, source="list", record_key="c")
    desk.record("tax_sales", 2, source="list", record_key="a", match_evidence=EVIDENCE % 1, market=THERE)
    before = desk.records()
    found = desk.run("match", "undo_matches", "tax_sales", **asked).all()
    assert sorted(f"{row.source} {row.record_key}" for row in found) == undone
    assert {row.parcel_id for row in found} == {"1"}
    assert desk.records() == before | dict.fromkeys(undone, (None, None))
    noted = desk.rows("SELECT concat_ws(' ', source, record_key), parcel_id FROM undone_matches ORDER BY 1")
    assert noted == [(one, "1") for one in undone]


def test_a_merge_ends_when_the_roll_lists_the_number(desk: Dedupe) -> None:
    desk.place(1)
    desk.place(9, THERE)
    for number in (2, 3, 4):
        desk.place(number, merged_into=1)
    desk.place(5, THERE, merged_into=9)
    desk.listed(1)
    desk.listed(2)
    desk.listed(3, is_listed=False)
    desk.listed(4, THERE)
    desk.listed(5)
    desk.run("merge", "unmerge")
    assert desk.merged() == {1: None, 2: None, 3: 1, 4: 1, 5: 9, 9: None}


def test_what_was_merged_follows_who_stands_alone_and_who_is_merged(desk: Dedupe) -> None:
    into = '{"merged_into": "%s"}'
    for number in (1, 2, 20):
        desk.place(number)
    for market, number in ((THERE, 8), (THERE, 9)):
        desk.place(number, market)
    desk.place(3, merged_into=1, merge_evidence=into % 2)
    desk.place(4, merged_into=1, merge_evidence=into % 1)
    desk.place(5, merged_into=1, merge_evidence=into % 3)
    desk.place(6, merged_into=1)
    desk.place(7, THERE, merged_into=8, merge_evidence=into % 9)
    desk.run("merge", "unflatten")
    alone = {1: None, 2: None, 8: None, 9: None, 20: None}
    assert desk.merged() == alone | {3: 2, 4: 1, 5: 1, 6: 1, 7: 8}
    desk.place(10, merged_into=3)
    desk.place(11, merged_into=20)
    desk.place(12, THERE, merged_into=7)
    desk.run("merge", "flatten")
    assert desk.merged() == alone | {3: 2, 4: 1, 5: 1, 6: 1, 7: 8, 10: 2, 11: 20, 12: 7}


def test_duplicates_are_merged_into_the_parcel_of_the_roll(desk: Dedupe) -> None:
    for number in (1, 2, 3, 5, 6):
        desk.place(number)
    desk.place(4, merged_into=3)
    desk.place(7, THERE, parcel_id="1")
    desk.place(8, THERE, parcel_id="80")
    rows = [(2, 1), (5, 4), (6, 6), (8, 1), (3, 90), (1, 80)]
    desk.temporary("duplicates", "id, winner_parcel_id, evidence", *(
        f"({loser}, '{winner}', '{EVIDENCE % loser}'::jsonb)" for loser, winner in rows))  # fmt: skip
    assert desk.run("merge", "create_winners").rowcount == 2
    made = dict(desk.rows("SELECT parcel_id, id FROM properties WHERE market = 'here'"))
    desk.run("merge", "merge")
    assert desk.merged() == {
        1: made["80"], 2: 1, 3: made["90"], 4: 3, **dict.fromkeys((5, 6, 7, 8, made["80"], made["90"])),
    }  # fmt: skip
    active = desk.rows("SELECT id FROM properties WHERE NOT is_active ORDER BY 1")
    assert active == [(1,), (2,), (3,), (4,)]


def test_what_is_merged_is_no_candidate_unless_the_roll_lists_it(desk: Dedupe) -> None:
    desk.place(1)
    desk.place(9, THERE)
    for number in (2, 3):
        desk.place(number, merged_into=1)
    desk.place(4, THERE, merged_into=9)
    desk.place(5)
    rows = ("('1', false)", "('2', false)", "('3', true)", "('4', false)", "('5', false)")
    desk.temporary("pairs", "parcel_id, on_roll", *rows)
    desk.run("merge", "drop_merged")
    assert desk.rows("SELECT parcel_id FROM pairs ORDER BY 1") == [("1",), ("3",), ("4",), ("5",)]


def test_records_matched_by_address_follow_their_parcel(desk: Dedupe) -> None:
    for number in (1, 2):
        desk.place(number)
    desk.place(3, merged_into=2)
    desk.place(4, THERE)
    desk.place(5, THERE, parcel_id="1")
    for key, number, parcel_id in (
        ("stays", 1, 1),
        ("moves", 1, 2),
        ("follows", 1, 3),
        ("unknown", 1, 9),
        ("own", 1, 0),
    ):
        evidence = {"match_evidence": EVIDENCE % parcel_id} if parcel_id else {}
        desk.record("tax_sales", number, source="list", record_key=key, **evidence)
    desk.record("tax_sales", 4, source="list", record_key="a", market=THERE, match_evidence=EVIDENCE % 1)
    before = desk.records()
    assert desk.run("merge", "repoint_records", "tax_sales").rowcount == 2
    assert desk.records() == before | {"list moves": (2, "2"), "list follows": (2, "3")}


def test_only_merged_properties_that_are_named_stand_alone_again(desk: Dedupe) -> None:
    desk.place(1)
    desk.place(9, THERE)
    for number in (2, 3):
        desk.place(number, merged_into=1)
    desk.place(4, THERE, merged_into=9, parcel_id="2")
    assert desk.run("merge", "undo", parcel_ids=["1", "2"]).scalars().all() == ["2"]
    assert desk.merged() == {1: None, 2: None, 3: 1, 4: 9, 9: None}
    assert desk.rows("SELECT id FROM properties WHERE never_merge AND is_active") == [(2,)]
