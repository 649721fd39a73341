"""What each rule bridges between a notice and the roll, and what none ever does: every case is a county of its own."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from tests.stages.check.rows import AS_OF, DOWNTOWN, MARKET, Rows
from tests.stages.county import Database, shifted
from wholesaler.config import load_settings
from wholesaler.markets import load_market
from wholesaler.markets.matching import RULES, Matching
from wholesaler.stages.dedupe import stage
from wholesaler.stages.interface import Attempt, Context

ROLL = "property_records"
NOWHERE = {"city": None, "zip_code": None, "location": None}
#: where else the county has houses
AWAY = shifted(DOWNTOWN, 9000)


@dataclass
class Case:
    """A notice, the parcels of the roll, the first of which is the one it is of, and the rule that says so."""

    notice: str
    parcels: list[str | dict[str, Any]]
    rule: str | None = None
    #: what the notice says otherwise
    says: dict[str, Any] = field(default_factory=dict)
    matching: Matching = field(default_factory=Matching)
    is_whole: bool = True
    #: properties whose number the roll does not know, and that no rule may merge
    unlisted: list[dict[str, Any]] = field(default_factory=list)


def parcel(address: str, **values: Any) -> dict[str, Any]:
    """A parcel of the roll that says otherwise than the notice."""
    return {"address": address, **values}


def mistakes(cases: list[Case], engine: Engine, tmp_path: Path, *, seeks: str = "record") -> list[Any]:
    """The cases whose notice, or property with a number that is not on the roll, finds something else than it is of."""
    settings = load_settings({"WHOLESALER_HOME": str(tmp_path)}, tmp_path)
    bundled, database = load_market(MARKET), Database(engine)
    known: dict[str, Any] = {"city": "ORLANDO", "zip_code": "32801", "location": DOWNTOWN}
    wrong = []
    for number, case in enumerate(cases):
        market = bundled.model_copy(update={"key": f"county-{number}", "matching": case.matching})
        rows = Rows(engine, market.key)
        numbers = [rows.parcel() for _ in case.parcels]
        for parcel_id, one in zip(numbers, case.parcels, strict=True):
            said = parcel(one) if isinstance(one, str) else one
            rows.record(ROLL, parcel_id, None, **{**known, **said})
        for one in case.unlisted:
            alone = rows.parcel()
            rows.record("tax_sales", alone, rows.property(alone, never_merge=True, **{**known, **one}))
        said = {"address": case.notice, **known, **case.says}
        if seeks == "record":
            rows.record("foreclosures", None, None, **said)
        else:
            unlisted = rows.parcel()
            rows.record("foreclosures", unlisted, rows.property(unlisted, **said), **said)
        rows.run("ingest", ROLL, stats={"whole": case.is_whole})
        context = Context(settings, market, date.fromisoformat(AS_OF), engine, uuid4())
        stats = stage.run(context, Attempt()).stats
        if seeks == "record":
            query = (
                "SELECT property.parcel_id, match_evidence AS evidence FROM foreclosures AS record"
                " LEFT JOIN properties AS property ON property.id = record.property_id WHERE record.market = :market"
            )
            counts = stats["records_matched_by_rule"]
        else:
            query = (
                "SELECT winner.parcel_id, loser.merge_evidence AS evidence FROM properties AS loser"
                " LEFT JOIN properties AS winner ON winner.id = loser.merged_into"
                f" WHERE loser.market = :market AND loser.parcel_id = '{unlisted}'"
            )
            counts = stats["duplicates_by_rule"]
        (row,) = database.rows(query, market=market.key)
        evidence = row["evidence"] or {}
        seen = (row["parcel_id"], evidence.get("rule"), counts)
        expected = (numbers[0], case.rule, {case.rule: 1}) if case.rule else (None, None, {})
        if seen != expected:
            wrong.append((case, seen))
    return wrong


HERE: list[Case] = [
    Case("100 Elm Street", ["100 ELM ST", "102 ELM ST"], "same_address"),
    Case("100 ELM ST", [parcel("100 ELM ST", location=shifted(DOWNTOWN, 149.5))], "same_address"),
    Case("100 ELM ST", [parcel("100 ELM ST", location=shifted(DOWNTOWN, 150.5))]),
    # a roll without city and ZIP, by place
    Case("100 ELM ST", [parcel("100 ELM ST", city=None, zip_code=None)], "same_address"),
    # the very address is the notice's, whatever else a rule would bridge to
    Case("100 ELM ST", ["100 ELM ST", "100 ELM", "100 EL M ST"], "same_address"),
    Case("100 ELM ST # 5", ["100 ELM ST # 5", "100 ELM ST", "100 ELM ST # 6"], "same_address"),
    Case("100 ELM ST", ["100 ELM ST", parcel("100 ELM ST", zip_code="32802")], "same_address"),
    # but one that may lack its suffix is not spelled out
    Case("100 ELM", ["100 ELM", "100 ELM ST"]),
    Case("100 ELM ST", ["100 ELM ST", "100 ELM ST"]),
    Case("0 ELM ST", ["0 ELM ST"]),
    Case("99999 ELM ST", ["99999 ELM ST"]),
    Case("ELM ST", ["100 ELM ST"]),
    # what stands behind tells the ZIP and the state
    Case("100 ELM ST, ORLANDO FL 32801", ["100 ELM ST"], "same_address", NOWHERE),
    Case("100 ELM ST, ORLANDO FL 32801", ["100 ELM ST"], "same_address"),
    Case("100 ELM ST, APOPKA FL 32712", ["100 ELM ST"], None, NOWHERE),
    Case("100 ELM ST HOUSTON TX 77002", ["100 ELM ST"], None, NOWHERE),
    Case("100 Elm St, Houston, TX 77002", ["100 ELM ST"], None, NOWHERE),
    Case("100 ELM ST, CHICAGO IL", ["100 ELM ST"], None, NOWHERE),
]

BY_PLACE_OR_COUNTY: list[Case] = [
    Case("100 ELM ST", ["100 ELM ST"], "place_over_zip_code", {"zip_code": "32802"}),
    Case("100 ELM ST", ["100 ELM ST"], "place_over_zip_code", {"zip_code": "32802", "city": "APOPKA"}),
    Case("100 ELM ST", ["100 ELM ST"], None, {"zip_code": "32802", "location": shifted(DOWNTOWN, 150.5)}),
    Case("100 ELM ST", ["100 ELM ST"], None, {"zip_code": "32802", "city": "APOPKA", "location": None}),
    Case("100 ELM ST", ["100 ELM ST"], None, {"zip_code": "32802", "city": None, "location": None}),
    # the ZIP says otherwise and the city the same: one in the county
    Case("100 ELM ST", ["100 ELM ST"], "only_one_in_county", {"zip_code": "32802", "location": None}),
    Case(
        "100 ELM ST", ["100 ELM ST", parcel("100 ELM ST", zip_code="32712", location=AWAY)], None,
        {"zip_code": "32802", "location": None},
    ),
    # the same address where the ZIP says: a geocoder that knew only the town gave the place
    Case(
        "100 ELM ST", ["100 ELM ST", parcel("100 ELM ST", zip_code="32712", location=AWAY)], None,
        {"zip_code": "32712"},
    ),
    Case(
        "100 ELM ST", ["100 ELM ST", parcel("100 ELM ST", zip_code=None, location=AWAY)], None, {"zip_code": "32712"}
    ),
    # the same address in a third town is another one
    Case(
        "100 ELM ST", ["100 ELM ST", parcel("100 ELM ST", zip_code="32703", city="APOPKA", location=AWAY)],
        "place_over_zip_code",
        {"zip_code": "32712"},
    ),
    Case("100 ELM ST", ["100 ELM ST"], "only_one_in_county", NOWHERE),
    Case("100 ELM ST", [parcel("100 ELM ST", **NOWHERE)], "only_one_in_county"),
    Case("100 ELM ST", ["100 ELM ST"], None, NOWHERE, is_whole=False),
    Case("100 ELM ST", ["100 ELM ST", parcel("100 ELM ST", zip_code="32712", location=AWAY)], None, NOWHERE),
    Case("100 ELM ST", [parcel("100 ELM ST", **NOWHERE), parcel("100 ELM ST", zip_code="32712", location=AWAY)]),
    Case("100 ELM ST", ["100 ELM ST", "100 ELM ST # 2"], None, NOWHERE),
    Case("100 ELM ST", ["100 ELM ST"], None, {**NOWHERE, "city": "APOPKA"}),
    # the ZIP tells which of two
    Case(
        "100 ELM ST", ["100 ELM ST", parcel("100 ELM ST", zip_code="32712", location=AWAY)], "same_address",
        {"location": None},
    ),
]  # fmt: skip

UNITS: list[Case] = [
    Case("100 ELM ST APT 5", ["100 ELM ST", "102 ELM ST"], "unit_at_single_parcel"),
    Case("100 ELM ST B", ["100 ELM ST"], "unit_at_single_parcel"),
    Case("100 ELM ST # 5", ["100 ELM ST"], "unit_at_single_parcel", {"location": None}),
    Case("100 ELM ST # 5", ["100 ELM ST"], "unit_at_single_parcel", NOWHERE),
    Case("100 ELM ST # 5", ["100 ELM ST", "100 ELM ST"]),
    Case("100 ELM ST # 5", ["100 ELM ST", "100 ELM ST # 6"]),
    Case("100 ELM ST # A", ["100 ELM ST", "100 ELM ST # B"]),
    Case("100 ELM ST # 5", ["100 ELM ST # 6"]),
    Case("100 ELM ST # 5", ["100 ELM ST # 50"]),
    Case("100 ELM ST # PH 3", ["100 ELM ST"], "unit_at_single_parcel"),
    Case("100 ELM ST REAR", ["100 ELM ST"]),
    Case("100 ELM ST BLDG 2 UNIT 5", ["100 ELM ST"], "unit_at_single_parcel"),
    Case("100 ELM ST SLIP 4", ["100 ELM ST"]),
    Case("100 ELM CT 32801", ["100 ELM CT"]),
    Case("100 ELM ST / 102 ELM ST", ["100 ELM ST"]),
    Case("100 ELM ST # 2", ["100 ELM ST", "100-102 ELM ST"]),
    Case("100 ELM ST # 2", ["100 ELM ST", "100 1/2 ELM ST"]),
    Case("100 ELM ST", ["100 ELM ST # 5"]),
    Case("100 ELM ST", ["100 ELM ST # 5"], None, NOWHERE),
    Case("100 ELM ST", ["100 ELM ST", "100 ELM ST # 5"]),
    Case("100 ELM ST # 5", ["100 ELM ST"], None, is_whole=False),
    # the unit is on the roll, elsewhere
    Case(
        "100 ELM ST # 5", ["100 ELM ST", parcel("100 ELM ST # 5", location=AWAY)], None, {"zip_code": None},
    ),
]  # fmt: skip

SUFFIXES: list[Case] = [
    Case("100 ELM", ["100 ELM ST", "102 ELM ST"], "suffix_missing"),
    Case("100 ELM ST", ["100 ELM", "102 ELM"], "suffix_missing"),
    Case("100 ELM ST", ["100 ELM", "102 ELM ST"], "suffix_missing"),
    Case("100 N ELM", ["100 N ELM ST"], "suffix_missing"),
    Case("100 ELM E", ["100 ELM ST E"], "suffix_missing"),
    Case("100 OAK GROVE", ["100 OAK GROVE AVE"], "suffix_missing"),
    Case("100 ELM", ["100 ELM ST"], "suffix_missing", {"zip_code": None, "city": None}),
    Case("100 ELM", ["100 ELM ST"], "suffix_missing", NOWHERE),
    Case("100 ELM", ["100 ELM ST", parcel("200 ELM AVE", location=AWAY)], "suffix_missing"),
    # several suffixes near, at this number or others of the hundred
    Case("100 ELM", ["100 ELM ST", "100 ELM AVE"]),
    Case("100 ELM", ["100 ELM ST", "198 ELM AVE"]),
    Case("100 ELM", ["100 ELM ST", "200 ELM AVE"], "suffix_missing"),
    Case("100 ELM", ["100 ELM ST", parcel("198 ELM AVE", location=shifted(DOWNTOWN, 149.5))]),
    Case("100 ELM", ["100 ELM ST", parcel("198 ELM AVE", location=shifted(DOWNTOWN, 150.5))], "suffix_missing"),
    Case("100 ELM", ["100 ELM ST", parcel("198 ELM AVE", location=None)]),
    Case("100 ELM", ["100 ELM ST", parcel("198 ELM AVE", location=None, zip_code="32802")], "suffix_missing"),
    Case("100 ELM ST", ["100 ELM", "198 ELM AVE"]),
    Case("100 ELM", ["100 ELM ST", parcel("198 ELM AVE", location=AWAY)], None, NOWHERE),
    Case(
        "100 ELM",
        ["100 ELM ST", parcel("198 ELM AVE", zip_code="32802", location=AWAY)],
        "suffix_missing",
        {"location": None},
    ),
    Case("100 ELM", ["100 ELM ST", parcel("100 ELM ST", location=AWAY)], None, NOWHERE),
    Case("100 ELM", [parcel("100 ELM ST", location=AWAY)]),
    Case("100 ELM", ["100 ELM ST"], None, {"zip_code": "32802"}),
    Case("100 ELM # 5", ["100 ELM ST # 5", "100 ELM ST # 6", "100 ELM ST"], "suffix_missing"),
    Case("100 ELM # 5", ["100 ELM ST"]),
    Case("100 ELM", ["100 ELM ST # 5"]),
    Case("100 ELM", ["100 ELM ST"], None, is_whole=False),
    # the notice's very address is elsewhere
    Case("100 ELM", ["100 ELM ST", parcel("100 ELM", location=AWAY)]),
    Case("100 ELM AVE", ["100 ELM ST"]),
    Case("100 ELM", ["102 ELM ST"]),
    Case("100 ELM", ["100 N ELM ST"]),
    Case("100 ELM", ["100 ELM ST E"]),
    Case("100 E ELM", ["100 ELM ST E"]),
    Case("100 N ELM", ["100 S ELM ST"]),
    Case("100 E", ["100 E ST"]),
]

SPACES: list[Case] = [
    Case("100 MACARTHUR BLVD", ["100 MAC ARTHUR BLVD"], "space_differs"),
    Case("100 MAC ARTHUR BLVD", ["100 MACARTHUR BLVD"], "space_differs"),
    Case("100 DELEON ST", ["100 DE LEON ST"], "space_differs", NOWHERE),
    # a street of the name that is sought is on the roll, wherever
    Case("100 DELEON ST", ["100 DE LEON ST", "200 DELEON ST"]),
    Case("100 DELEON ST", ["100 DE LEON ST", parcel("200 DELEON ST", location=AWAY)]),
    Case("100 DELEON ST", ["100 DE LEON ST", parcel("200 DELEON AVE", location=AWAY)]),
    Case("100 DELEON ST", ["100 DE LEON ST", parcel("100 DELEON ST", location=AWAY)], None),
    Case("100 DELEON ST", [parcel("100 DE LEON ST", location=AWAY)]),
    Case("100 DELEON ST", ["100 DE LEON AVE"]),
    Case("100 DELEON", ["100 DE LEON ST"]),
    Case("100 N DELEON ST", ["100 DE LEON ST"]),
    Case("100 DELEON ST", ["102 DE LEON ST"]),
    Case("100 DELEON ST # 5", ["100 DE LEON ST"]),
    Case("100 DELEON ST", ["100 DE LEON ST"], None, {"zip_code": "32802"}),
    Case("100 DELEON ST", ["100 DE LEON ST"], None, is_whole=False),
    Case("100 COUNTY ROAD D D", ["100 COUNTY ROAD DD"]),
]

LETTERS: list[Case] = [
    Case("100 MAPEL ST", ["100 MAPLE ST"], "one_letter_differs"),  # swapped
    Case("100 MAPPLE ST", ["100 MAPLE ST"], "one_letter_differs"),  # more
    Case("100 MAPL ST", ["100 MAPLE ST"], "one_letter_differs"),  # less
    Case("100 MOPLE ST", ["100 MAPLE ST"], "one_letter_differs"),  # other
    Case("100 MAPLE ST", ["100 MAPEL ST"], "one_letter_differs"),
    Case("100 WINDCRAST LAKE CIR", ["100 WINDCREST LAKE CIR"], "one_letter_differs"),
    Case("100 N MAPEL ST", ["100 N MAPLE ST"], "one_letter_differs"),
    Case("100 MAPEL ST # 5", ["100 MAPLE ST # 5", "100 MAPLE ST # 6", "100 MAPLE ST"], "one_letter_differs"),
    Case("100 MAPEL ST", ["100 MAPLE ST"], "one_letter_differs", NOWHERE),
    Case("100 MAPEL ST", ["100 MAPLE ST", parcel("200 MAPLE AVE", location=AWAY)], "one_letter_differs"),
    # a street of the name that is sought, on which no parcel of the roll lies
    Case("100 MAPEL ST", ["100 MAPLE ST"], "one_letter_differs", unlisted=[parcel("200 MAPEL AVE", location=AWAY)]),
    # a letter at the other end of a word is a matter of spaces
    Case("100 MAPLEA BROOK ST", ["100 MAPLE ABROOK ST"], "space_differs"),
    Case("100 MAPLEA BROOK ST", ["100 MAPLE ABROOK ST"], None, matching=Matching(space_differs=False)),
    # four letters are too few
    Case("100 PNIE ST", ["100 PINE ST"]),
    Case("100 PINNE ST", ["100 PINE ST"]),
    # another street of the county is as near, or is the one that is named
    Case("100 MAPEL ST", ["100 MAPLE ST", parcel("200 MAPES ST", location=AWAY)]),
    Case("100 MAPLE ST", ["100 MAPEL ST", parcel("200 MAPLE ST", location=AWAY)]),
    Case("100 MAPLE ST", ["100 MAPEL ST", parcel("200 MAPLE AVE", location=AWAY)]),
    # two letters
    Case("100 MPALEE ST", ["100 MAPLE ST"]),
    Case("100 MPLEA ST", ["100 MAPLE ST"]),
    # not in numbers, in letters that stand alone, in short words, and no S at the end
    Case("100 11TH ST", ["100 12TH ST"]),
    Case("100 STATE ROAD 436", ["100 STATE ROAD 434"]),
    Case("100 STATE ROAD 43", ["100 STATE ROAD 434"]),
    Case("100 AVENUE E", ["100 AVENUE N"]),
    Case("100 COUNTY ROAD D", ["100 COUNTY ROAD DD"]),
    Case("100 COUNTY ROAD DB", ["100 COUNTY ROAD DD"]),
    Case("100 EL PRADO AVE", ["100 DEL PRADO AVE"]),
    Case("100 LAKES SHORE DR", ["100 LAKE SHORE DR"]),
    Case("100 WILLIAM ST", ["100 WILLIAMS ST"]),
    Case("100 PINE LAKES", ["100 PINE LAKE"]),
    Case("100 PINE SPG", ["100 PINE SPGS"]),
    # never a second thing beside
    Case("100 MAPEL ST", ["100 MAPLE AVE"]),
    Case("100 MAPEL", ["100 MAPLE ST"]),
    Case("100 N MAPEL ST", ["100 S MAPLE ST"]),
    Case("100 MAPEL ST", ["100 N MAPLE ST"]),
    Case("100 MAPEL ST", ["101 MAPLE ST"]),
    Case("100 MAPEL ST", ["100 MAPLE ST"], None, {"zip_code": "32802"}),
    Case("100 MAPEL ST # 5", ["100 MAPLE ST"]),
    Case("100 MAPEL ST", ["100 MAPLE ST # 5"]),
    Case("100 MAPEL ST", ["100 MAPLE ST", "100 MAPLE ST"]),
    Case("100 MAPEL ST", [parcel("100 MAPLE ST", location=shifted(DOWNTOWN, 150.5))]),
    Case("100 MAPEL ST", ["100 MAPLE ST"], None, is_whole=False),
]  # fmt: skip

NEVER: list[Case] = [
    Case("100 ELM ST", ["102 ELM ST"]),
    Case("100 ELM ST", ["1000 ELM ST"]),
    Case("100-102 ELM ST", ["100 ELM ST"]),
    Case("100 ELM ST", ["100-102 ELM ST"]),
    Case("100-102 ELM ST", ["100-104 ELM ST"]),
    Case("100 1/2 ELM ST", ["100 ELM ST"]),
    Case("100 N MAIN ST", ["100 S MAIN ST"]),
    Case("100 MAIN ST", ["100 N MAIN ST"]),
    Case("100 E MAIN ST", ["100 MAIN ST E"]),
    Case("100 NE MAIN ST", ["100 N MAIN ST"]),
    Case("100 MAIN ST", ["100 MAIN AVE"]),
    Case("100 N ST", ["100 NORTH ST"]),
    Case("100 PINE LK", ["100 PINE LKS"]),
    Case("123 MAIN ST # 4-12", ["123 MAIN ST # 41-2"]),
    # two rules that lead to two parcels
    Case("100 ELM ST", ["100 ELM", parcel("100 ELM ST", zip_code="32802")]),
    Case("100 ELM", ["100 ELM ST", parcel("100 ELM", zip_code="32802")]),
]


@pytest.mark.parametrize(
    "cases",
    [HERE, BY_PLACE_OR_COUNTY, UNITS, SUFFIXES, SPACES, LETTERS, NEVER],
    ids=["here", "by place or county", "units", "suffixes", "spaces", "letters", "never"],
)
def test_a_notice_finds_the_one_parcel_that_a_rule_leads_to(cases: list[Case], engine: Engine, tmp_path: Path) -> None:
    assert mistakes(cases, engine, tmp_path) == []


def test_the_same_rules_find_what_a_property_is_whose_number_is_not_on_the_roll(engine: Engine, tmp_path: Path) -> None:
    cases = [*BY_PLACE_OR_COUNTY, *UNITS, *SUFFIXES[:14], *SPACES, *LETTERS[:14]][::2]
    assert mistakes(cases, engine, tmp_path, seeks="property") == []


def test_each_rule_is_off_where_the_market_file_says_so(engine: Engine, tmp_path: Path) -> None:
    positive = [*HERE, *BY_PLACE_OR_COUNTY, *UNITS, *SUFFIXES, *SPACES, *LETTERS]
    first = {rule: next(case for case in positive if case.rule == rule) for rule in RULES}
    off = [Case(one.notice, one.parcels, None, one.says, Matching(**{rule: False})) for rule, one in first.items()]
    none_but = dict.fromkeys(RULES, False)
    on = [
        Case(one.notice, one.parcels, rule, one.says, Matching(**{**none_but, rule: True}))
        for rule, one in first.items()
    ]
    assert mistakes([*off, *on], engine, tmp_path) == []
