"""Which of the parcels at an address is decided for: each seeker with the pairs that were found for it."""

from typing import Any

from sqlalchemy import Engine

from tests.stages.dedupe.test_statements import Dedupe

PAIR: dict[str, Any] = {
    "record": "foreclosures", "house_number": "1", "street": "ELM STREET", "unit": None, "city": None,
    "zip_code": "32801", "parcel_street": "ELMS STREET", "parcel_zip_code": "32802", "parcel_id": "p", "on_roll": True,
    "rule": None, "is_shorter": False, "door": "same", "town": "same", "metres": 5.0, "bridges": 0, "is_possible": True,
    "is_candidate": True,
}  # fmt: skip
COLUMNS = ", ".join(("seeker", *PAIR))
Pair = dict[str, Any]

FAR: Pair = {"parcel_id": "far", "is_possible": False}
NO_PLACE: Pair = {"metres": None}
SUFFIX: Pair = {"bridges": 1, "rule": "suffix_missing"}
SHORTER: Pair = {**SUFFIX, "is_shorter": True, "parcel_id": "q"}
LETTER: Pair = {"bridges": 4, "rule": "one_letter_differs"}
DOOR: Pair = {"bridges": 16, "door": "none", "unit": "5"}
ZIP: Pair = {"bridges": 8}

#: the pairs of a seeker, and the rule by which it is of the parcel p; none where it is of none
DECISIONS: tuple[tuple[list[Pair], str | None], ...] = (
    ([{}], "same_address"),
    ([{}, {"parcel_id": "q"}], None),
    ([FAR], None),
    ([{"is_candidate": False}], None),
    ([{}, FAR], "same_address"),
    ([{}, {"parcel_id": "q", "is_candidate": False}], "same_address"),
    # of the parcels the one that needs least, of what all the others need
    ([{}, {"parcel_id": "q", **LETTER}], "same_address"),
    ([LETTER, {"parcel_id": "q", "bridges": 12}], "one_letter_differs"),
    ([LETTER, {"parcel_id": "q", **ZIP}], None),
    ([LETTER, {"parcel_id": "q", "is_possible": False, **ZIP, "town": "other"}], "one_letter_differs"),
    ([LETTER, {"parcel_id": "q", "is_candidate": False, **ZIP}], "one_letter_differs"),
    ([{"bridges": 2}], "space_differs"),
    ([{"bridges": 3}], None),
    ([ZIP], "place_over_zip_code"),
    ([{**ZIP, **NO_PLACE}], "only_one_in_county"),
    # a street that lacks its suffix may be another
    ([SUFFIX], "suffix_missing"),
    ([{}, SHORTER], None),
    ([{}, SHORTER | {"is_possible": False}], "same_address"),
    ([{}, SHORTER | {"is_candidate": False}], "same_address"),
    # a building of several units
    ([{}, {"parcel_id": "q", "door": "inside", "is_candidate": False}], None),
    ([{}, {"parcel_id": "q", "door": "inside", "is_candidate": False, "is_possible": False}], "same_address"),
    # the very address is known elsewhere
    ([LETTER, FAR], None),
    ([LETTER, FAR | {"door": "none"}], "one_letter_differs"),
    ([LETTER, FAR | {"rule": "space_differs"}], "one_letter_differs"),
    ([LETTER, FAR | {"town": "other"}], "one_letter_differs"),
    ([LETTER, FAR | {"is_possible": True, "is_candidate": False}], "one_letter_differs"),
    ([LETTER | {"on_roll": False}], None),
    ([{"on_roll": False}], "same_address"),
    # without places
    ([NO_PLACE], "same_address"),
    ([NO_PLACE | {"town": "unknown"}], "only_one_in_county"),
    ([NO_PLACE | {"town": "unknown", "on_roll": False}], None),
    ([NO_PLACE | {"town": "unknown"}, FAR | {"town": "other"}], None),
    ([NO_PLACE | {"town": "unknown"}, FAR | {"town": "other", "door": "none"}], "only_one_in_county"),
    ([NO_PLACE, FAR | {"town": "other"}], "same_address"),
    ([NO_PLACE | LETTER], "one_letter_differs"),
    ([NO_PLACE | LETTER, FAR | {"town": "other"}], None),
    # a door of a parcel that has none
    ([DOOR], "unit_at_single_parcel"),
    ([DOOR | NO_PLACE], "unit_at_single_parcel"),
    ([DOOR | NO_PLACE, FAR | {"town": "other", "door": "none"}], None),
)


def row(seeker: int, pair: Pair) -> str:
    types = {"metres": "float", "unit": "text", "city": "text", "rule": "text"}
    values = {**PAIR, "zip_code": "32801", **pair}
    said = (
        f"{'NULL' if value is None else repr(value)}::{types.get(name, 'text')}"
        if name in types or isinstance(value, str) else str(value)
        for name, value in values.items()
    )  # fmt: skip
    return f"({seeker}, {', '.join(said)})"


def test_one_parcel_is_decided_for_or_none(engine: Engine) -> None:
    cases = [*DECISIONS, ([SUFFIX], None), ([DOOR], None)]
    with engine.connect() as connection:
        desk = Dedupe(connection)
        pairs = [row(number, pair) for number, (found, _) in enumerate(cases) for pair in found]
        of_property = len(cases)
        desk.temporary("pairs", COLUMNS, *pairs, row(of_property, {"record": "properties"}))
        # there are streets of other suffixes, and other doors
        last = len(DECISIONS)
        desk.temporary("rival_suffixes", "seeker", f"({last})", "(0)")
        desk.temporary("rival_doors", "seeker", f"({last + 1})", "(0)")
        rules = sorted({rule for _, rule in DECISIONS if rule})
        desk.run("decide", "decisions", "record_decisions", of_properties=False, rules=rules)
        found = {one[0]: one[1:] for one in desk.rows("SELECT seeker, parcel_id, rule FROM record_decisions")}
        wrong = [
            (pairs, rule, found.get(number))
            for number, (pairs, rule) in enumerate(cases)
            if found.get(number) != (rule and ("p", rule))
        ]
        assert wrong == []
        assert of_property not in found
        desk.run("decide", "decisions", "property_decisions", of_properties=True, rules=rules)
        assert desk.rows("SELECT seeker FROM property_decisions") == [(of_property,)]
        desk.run("decide", "decisions", "others", of_properties=False, rules=["space_differs"])
        assert {one[0] for one in desk.rows("SELECT rule FROM others")} == {"space_differs"}
        bridged = dict(desk.rows("SELECT rule, evidence -> 'bridged' FROM record_decisions WHERE evidence ? 'bridged'"))
        streets = {"record": "ELM STREET", "parcel": "ELMS STREET"}
        assert bridged == {
            "suffix_missing": streets, "space_differs": streets, "one_letter_differs": streets,
            "place_over_zip_code": {"record": "32801", "parcel": "32802"}, "unit_at_single_parcel": {"record": "5"},
            "only_one_in_county": {"record": "32801", "parcel": "32802"},
        }  # fmt: skip
        counted = desk.rows("SELECT evidence ->> 'candidates', evidence ->> 'distance_metres' FROM record_decisions"
                            " WHERE seeker IN (0, 4) ORDER BY seeker")  # fmt: skip
        assert counted == [("1", "5.0"), ("2", "5.0")]
