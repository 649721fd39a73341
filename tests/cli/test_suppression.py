"""Suppression by the command line: added, listed, imported, removed; and what cannot be."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.stages.county import AS_OF, CLI, FAR, County, Database, parcel, stages
from tests.support import Outcome
from wholesaler.leads.suppression import suppressed_telephones

pytestmark = pytest.mark.usefixtures("by_v1")
#: leads and what the roll says of their owners; the market file of the tests has no mailing columns
OWNERS = {
    1: "SMITH JOHN A & MARY B|12 OAK STREET|32801",
    2: "SMITH JOHN A & MARY B|12 OAK STREET|32801",
    3: "OAK HOMES LLC|PO BOX 7|30301",
    4: "JONES RUTH|4 ELM STREET|32801",
    5: "SMITH JOHN A|99 PINE AVENUE|32801",
}


class Desk:
    """A county of five leads."""

    def __init__(self, cli: CLI, directory: Path, engine: Engine) -> None:
        self._cli = cli
        self.database = Database(engine)
        county = County(directory)
        for number in OWNERS:
            county.sale(parcel(number), AS_OF + timedelta(days=40)).roll(parcel(number), f"{number} ELM ST")
        county.foreclosure(None, "9 OAK ST", FAR, recorded=AS_OF).violation(None, FAR, opened=AS_OF)
        self.market = county.write()
        stages(cli, self.market, "ingest", "enrich", "score")
        for number, key in OWNERS.items():
            update = "UPDATE parcels SET owner_key = :key WHERE parcel_id = :parcel"
            self.database.execute(update, key=key, parcel=parcel(number))

    def __call__(self, *words: object) -> Outcome:
        return self._cli("--market", self.market, "leads", *words)

    def document(self, *words: object, code: int = 0) -> Any:
        outcome = self("suppress", *words, "--json")
        assert outcome.code == code, outcome.err
        return outcome.document

    def stats(self) -> str:
        return self._cli("--market", self.market, "stats").out

    def hidden(self) -> set[int]:
        shown = {lead["parcel_id"] for lead in self("list", "--json").document["leads"]}
        return {number for number in OWNERS if parcel(number) not in shown}


@pytest.fixture
def desk(cli: CLI, tmp_path: Path, engine: Engine) -> Desk:
    return Desk(cli, tmp_path, engine)


def test_an_address_does_where_a_parcel_number_does(desk: Desk) -> None:
    assert desk.document("add", "3 Elm Street", "5 ELM ST")["added"]["parcel"] == 2
    assert desk.hidden() == {3, 5}
    lifted = desk.document("remove", "3 elm st")["lifted"]
    assert [one["value"] for one in lifted] == [parcel(3)]
    assert desk.hidden() == {5}
    nowhere = desk("suppress", "add", "77 Elm St", parcel(1))
    assert nowhere.code == 1
    assert "is at '77 Elm St'" in nowhere.err
    assert desk.hidden() == {5}


def test_a_parcel_and_its_owner_are_suppressed_listed_and_lifted(desk: Desk) -> None:
    first = desk.document("add", parcel(3), "--note", "lawyer called", "--as", "ann")
    assert (first["added"], first["leads"]) == ({"parcel": 1, "owner": 0, "telephone": 0}, 1)
    assert desk.hidden() == {3}
    again = desk.document("add", parcel(3), parcel(1), "--with-owner", "--reason", "represented")
    assert (again["added"]["parcel"], again["added"]["owner"], again["known"]["parcel"]) == (1, 2, 1)
    assert desk.hidden() == {1, 2, 3}
    assert "3 of them in no list: suppressed, closed, dead or dnc.\n" in desk.stats()
    page = desk.document("list")
    assert page["counts"] == {"parcel": 2, "owner": 2, "telephone": 0}
    assert sorted((one["kind"], one["reason"]) for one in page["suppressions"]) == [
        ("owner", "represented"), ("owner", "represented"), ("parcel", "dnc"), ("parcel", "represented"),
    ]  # fmt: skip
    (only,) = desk.document("list", "--kind", "parcel", "--reason", "represented")["suppressions"]
    assert (only["value"], only["address"]) == (parcel(1), "1 ELM ST")
    said = desk("suppress", "list", "--kind", "parcel").out
    assert "lawyer called" in said
    assert f"{parcel(3)}, 3 ELM ST, Orlando" in said
    assert "ann" in said
    assert "2 parcels, 2 owners, 0 telephones" in said
    left = desk("suppress", "remove", parcel(1)).out.splitlines()
    assert left[1] == (
        f"Parcel {parcel(1)}, 1 ELM ST, Orlando: on no list all the same, since its owner is suppressed: "
        f"`wholesaler leads suppress remove {parcel(1)} --with-owner` lifts that."
    )
    assert desk.hidden() == {1, 2, 3}
    assert desk.document("remove", parcel(1), "--with-owner")["unlifted"] == []
    assert desk.hidden() == {3}
    assert desk("show", parcel(3), "--json").document["suppressed"] == ["dnc", "represented"]
    # of what is confidential neither the parcel nor the owner is listed
    desk("set", parcel(4), "dnc")
    assert [one["kind"] for one in desk.document("list")["suppressions"]].count("owner") == 2
    desk.database.execute("UPDATE parcels SET confidential = true WHERE parcel_id = :parcel", parcel=parcel(4))
    held = sorted((one["kind"], one["reason"], one["value"]) for one in desk.document("list")["suppressions"])
    assert held == [("owner", "represented", "OAK HOMES LLC|PO BOX 7|30301"), ("parcel", "dnc", parcel(3))]


SPELLINGS = [
    ("John Smith", "12 Oak St, Orlando, FL 32801", {1, 2}),
    ("SMITH, JOHN A & MARY B", "12 OAK STREET, Orlando FL 32801", {1, 2}),
    ("Mary Smith", "12 Oak St., Orlando, FL 32801-1234", {1, 2}),
    ("Oak Homes, L.L.C.", "P.O. Box 7, Atlanta, GA 30301", {3}),
    ("Ruth Jones", "4 Elm Street, Orlando, FL 32801", {4}),
    ("Ruth Jones Jr", "4 Elm Street, Orlando, FL 32801", {4}),
    ("John Smith", "13 Oak St, Orlando, FL 32801", set()),
    ("Peter Smith", "12 Oak St, Orlando, FL 32801", set()),
    ("Smith", "12 Oak St, Orlando, FL 32801", set()),
]


def test_an_owner_is_found_however_the_name_and_the_address_are_written(desk: Desk) -> None:
    for name, address, hidden in SPELLINGS:
        outcome = desk.document("add", "--owner", name, "--mail", address)
        assert outcome["added"]["owner"] == 1
        assert outcome["unmatched"]["owner"] == (0 if hidden else 1)
        assert (name, desk.hidden()) == (name, hidden)
        desk.document("remove", "--owner", name, "--mail", address)
        assert desk.hidden() == set()


def test_what_matches_nothing_yet_is_said_and_holds_later(desk: Desk) -> None:
    twice = desk("suppress", "add", parcel(88))
    assert (twice.code, twice.err.count("\n")) == (2, 1)
    assert "The number can mean 292228000000088 or 282229000000088." in twice.err
    outcome = desk("suppress", "add", f"orange-fl:{parcel(88)}", "--telephone", "407-555-0100")
    assert outcome.code == 0
    assert "Suppressed: 1 parcel, 1 telephone; 0 leads" in outcome.out
    assert "Not known in Orange County, Florida: 1 parcel. That holds as soon as one is." in outcome.out


LIST = """Lead ID,Owner Name,Mailing Address,Mailing City,Mailing State,Mailing Zip,Phone 1,Phone 2,Reason
orange-fl:{0},,,,,,(407) 555-0100,407.555.0100,
,José Núñez,1 Café St,Orlando,FL,32801,=HYPERLINK(1),'+1 407 555 0101,litigator
,John Smith,12 Oak St,Orlando,FL,="32801",,,Do not mail
wayne-mi:123,,,,,,,,
,,,,,,,,
,Somebody,,,,,,,
12345,,,,,,,,
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_list_is_read_in_whatever_encoding_and_what_is_wrong_in_it_stops_nothing(
    desk: Desk, tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "do not mail.csv"
    path.write_bytes(LIST.format(parcel(4)).replace("\n", "\r\n").encode(encoding))
    outcome = desk.document("import", path, code=3)
    assert outcome["lines"] == 7
    assert outcome["added"] == {"parcel": 1, "owner": 2, "telephone": 2}
    assert outcome["unusable"] == {"telephone": 1, "parcel": 2, "line": 2}
    assert [example["line"] for example in outcome["examples"]] == [3, 5, 6, 7, 8]
    assert "of another market" in outcome["examples"][1]["why"]
    assert desk.hidden() == {1, 2, 4}
    rows = desk.database.rows("SELECT kind, value, owner_name, reason, source FROM suppressions ORDER BY kind, value")
    assert {row["source"] for row in rows} == {"do not mail.csv"}
    owners = {row["owner_name"]: row["reason"] for row in rows if row["kind"] == "owner"}
    assert owners == {"José Núñez": "litigator", "John Smith": "do_not_mail"}
    assert [row["value"] for row in rows if row["kind"] == "telephone"] == ["+14075550100", "+14075550101"]
    again = desk.document("import", path, code=3)
    assert (sum(again["added"].values()), sum(again["known"].values())) == (0, 5)


def test_an_owner_whom_the_roll_does_not_say_is_not_suppressed_and_that_is_said(desk: Desk) -> None:
    desk.database.execute("UPDATE parcels SET owner_key = NULL WHERE parcel_id = :parcel", parcel=parcel(4))
    said = desk("suppress", "add", parcel(4), parcel(5), "--with-owner").out.splitlines()
    assert said[0].startswith(f"Parcel {parcel(4)}, 4 ELM ST, Orlando: suppressed. The roll does not say the name and")
    assert said[1] == f"Parcel {parcel(5)}, 5 ELM ST, Orlando: suppressed, and its owner on whatever parcel."
    assert "without --with-owner" in desk("suppress", "add", parcel(1)).out
    assert desk("set", parcel(4), "dnc", "--json").document["suppression"] == {"owner": False, "further_leads": 0}
    assert (
        desk("suppress", "remove", parcel(4))
        .out.splitlines()[-1]
        .endswith("leads set " + parcel(4) + " open` begins anew.")
    )


def test_telephones_are_suppressed_in_every_market_and_asked_for(desk: Desk, engine: Engine) -> None:
    desk.document("add", "--telephone", "(407) 555-0100", "--telephone", "+1 407 555 0100")
    with engine.connect() as connection:
        assert suppressed_telephones(connection, ["+14075550100", "+14075550102"]) == {"+14075550100"}
        assert suppressed_telephones(connection, []) == set()
    desk.document("remove", "--telephone", "4075550100")
    with engine.connect() as connection:
        assert suppressed_telephones(connection, ["+14075550100"]) == set()


@pytest.mark.slow
def test_a_list_of_100_000_lines_is_taken_in_at_once(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    with path.open("w") as file:
        file.write("Owner,Address,City,State,Zip,Phone\n")
        for number in range(100_000):
            file.write(
                f"Person {number % 90_000},{number % 90_000} Oak St,Orlando,FL,32801,407555{number % 10_000:04d}\n"
            )
    outcome = desk.document("import", path)
    assert outcome["lines"] == 100_000
    assert outcome["added"] == {"parcel": 0, "owner": 90_000, "telephone": 10_000}


MISTAKES: list[tuple[tuple[object, ...], int, str]] = [
    (("add",), 2, "Nothing is named."),
    (("add", "12345"), 2, "'12345' is not a parcel number"),
    (("add", "wayne-mi:12345"), 2, "is of another market than orange-fl"),
    (("add", parcel(1), "--reason", "dnd"), 2, "There is no reason 'dnd'. Did you mean 'dnc'?"),
    (("add", "--telephone", "555-0100"), 2, "'555-0100' is no telephone number."),
    (("add", parcel(1), "--telephone", "x"), 2, "'x' is no telephone number."),
    (("add", "--owner", "JOHN"), 2, "--owner and --mail go together."),
    (("add", "--owner", "???", "--mail", "12 OAK ST"), 2, "none that can be compared"),
    (("add", "--with-owner"), 2, "--with-owner: no parcel is named."),
    (("remove", parcel(1)), 1, "None of it is suppressed."),
    (("list", "--kind", "phone"), 2, "nothing of the kind 'phone'"),
    (("import", "none.csv"), 2, "none.csv cannot be read: No such file or directory."),
    (("import", "."), 2, ". cannot be read: Is a directory."),
    (("import", "headings.csv"), 2, "headings.csv has the headings Colour, Size: none of them"),
    (("import", "empty.csv"), 2, "empty.csv cannot be used: it has no header row"),
    (("import", "useless.csv"), 1, "Nothing in useless.csv can be suppressed. Line 2: '999' is not a parcel number"),
    (("import", "useless.csv", "--reason", "no"), 2, "There is no reason 'no'."),
]


def test_what_cannot_be_is_one_line_and_suppresses_nothing(desk: Desk, home: Path) -> None:
    for name, content in {"headings": "Colour,Size\n1,2\n", "empty": "", "useless": "APN\n999\n"}.items():
        (home / f"{name}.csv").write_text(content)
    for words, code, said in MISTAKES:
        outcome = desk("suppress", *words)
        assert (outcome.code, outcome.err.count("\n")) == (code, 1), (words, outcome.err)
        assert said in outcome.err, outcome.err
    assert desk.database.value("SELECT count(*) FROM suppressions") == 0


def test_a_list_that_is_cut_by_an_error_leaves_nothing(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(b"PK\x03\x04 no archive")
    assert desk("suppress", "import", path).code == 2
    assert desk.database.value("SELECT count(*) FROM suppressions") == 0
