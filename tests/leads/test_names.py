"""Owners' names, split: by the truth in ``tests/data/owners/splits.csv``, and at the edges."""

import csv

import pytest

from tests.support import DATA
from wholesaler.leads.names import Owner, Person, split_owner

with (DATA / "owners" / "splits.csv").open() as _file:
    TRUTH = list(csv.DictReader(_file))
#: those that are split otherwise than a person would, of fewer than one in a hundred
MISSED = {
    "BEN DAVID YAEL": "BEN DAVID/YAEL",
    "PIERRE LOUIS WISLINE": "PIERRE LOUIS/WISLINE",
    "TERRENCE & YOLANDA BUCKNER": "/TERRENCE + YOLANDA/BUCKNER",
}


def shown(owner: Owner) -> tuple[str, str, str]:
    """An owner as the truth writes one: persons as FIRST/LAST/SUFFIX."""
    persons = (
        "/".join([person.first, person.last, *([person.suffix] if person.suffix else [])]) for person in owner.persons
    )
    return " + ".join(persons), owner.company, owner.care_of


def kind(row: dict[str, str]) -> str:
    """What kind of owner the truth says that one is."""
    if row["owner_class"] in {"estate", "trust"}:
        return row["owner_class"]
    return ("couple" if " + " in row["persons"] else "person") if row["persons"] else "company"


def test_the_truth_holds_enough_names_of_every_kind() -> None:
    assert sum(bool(row["persons"]) for row in TRUTH) >= 300
    for kind in ("person", "estate", "trust", "company", "bank", "government", "association"):
        assert sum(row["owner_class"] == kind for row in TRUTH) >= 30
    assert sum(" + " in row["persons"] for row in TRUTH) >= 50
    assert sum(row["held_out"] == "yes" for row in TRUTH) >= 50


def test_names_are_split_as_a_person_would_but_for_those_that_are_known() -> None:
    split = {row["owner_name"]: split_owner(row["owner_name"], row["owner_class"]) for row in TRUTH}
    missed = {
        row["owner_name"]: shown(split[row["owner_name"]])
        for row in TRUTH
        if shown(split[row["owner_name"]]) != (row["persons"], row["company"], row["care_of"])
    }
    assert missed == {name: (persons, "", "") for name, persons in MISSED.items()}
    assert {name: owner.kind for name, owner in split.items()} == {row["owner_name"]: kind(row) for row in TRUTH}


@pytest.mark.parametrize(
    ("name", "owner_class", "addressee"),
    [
        ("SMITH JOHN A JR", "person", "JOHN A SMITH JR"),
        ("SMITH JOHN A JR & MARY B", "person", "JOHN A JR & MARY B SMITH"),
        ("SMITH JOHN & JONES MARY", "person", "JOHN SMITH & MARY JONES"),
        ("SMITH JOHN & MARY & PAUL", "person", "JOHN & MARY SMITH"),
        ("LIMA & SANTOS", "person", "LIMA & SANTOS"),
        ("SMITH JOHN A EST", "estate", "ESTATE OF JOHN A SMITH"),
        ("SMITH JOHN A TR", "trust", "JOHN A SMITH TRUSTEE"),
        ("SMITH JOHN & MARY TRS", "trust", "JOHN & MARY SMITH TRUSTEES"),
        ("SMITH FAMILY TRUST", "trust", "SMITH FAMILY TRUST"),
        ("acme  homes llc", "company", "ACME HOMES LLC"),
        ("", "person", ""),
        (None, None, ""),
        ("OWNER UNKNOWN", None, ""),
    ],
)
def test_an_envelope_says_whom_it_is_for(name: str | None, owner_class: str | None, addressee: str) -> None:
    assert split_owner(name, owner_class).addressee == addressee


def test_a_second_column_has_a_second_owner_or_nothing() -> None:
    john, mary = Person("JOHN", "SMITH"), Person("MARY B", "SMITH")
    for second in ("SMITH MARY B", "MARY B", "& MARY B", "SMITH MARY B TR"):
        assert split_owner("SMITH JOHN", "person", second).persons == (john, mary)
    assert split_owner("SMITH JOHN", "person", "JONES MARY").persons == (john, Person("MARY", "JONES"))
    for second in ("SMITH JOHN", "", "ET AL", "ACME HOMES LLC", "SMITH FAMILY TRUST", None):
        assert split_owner("SMITH JOHN", "person", second).persons == (john,)
    assert split_owner("SMITH JOHN", "person", "C/O JONES LAW").care_of == "JONES LAW"


@pytest.mark.parametrize(
    "name", ["&", "&&&", ",", "JR", "% ", "C/O", "1/2 INT", "\u202eSMITH JOHN", "😀 😀", "TRUSTEE", "A" * 5000]
)
@pytest.mark.parametrize("owner_class", ["person", "estate", "trust", "company"])
def test_no_name_is_too_strange(name: str, owner_class: str) -> None:
    owner = split_owner(name, owner_class)
    assert owner.persons or owner.company or owner.care_of == "" or owner.care_of
