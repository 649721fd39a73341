"""Working leads by the command line: steps, notes, what is due, what is taken back, and what cannot be."""

import getpass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.stages.county import AS_OF, CLI, DOWNTOWN, FAR, County, Database, dashed, parcel, run, stages
from tests.support import Outcome

pytestmark = pytest.mark.usefixtures("by_v1")
#: of parcel 1 and 2, whose owner has the same mailing address
OWNER = {"NAME1": "SMITH JOHN A"}


class Desk:
    """A county of three leads, and one parcel that is on the roll and no lead."""

    def __init__(self, cli: CLI, directory: Path) -> None:
        self.cli = cli
        self.county = County(directory)
        for number in (1, 2, 3):
            self.county.sale(parcel(number), AS_OF + timedelta(days=40)).roll(
                parcel(number), f"{number} ELM ST", total_mkt=250_000.0, total_assd=150_000.0, taxes=2_500.0,
                living_area=1_500.0, **OWNER,
            )  # fmt: skip
        self.county.roll(parcel(4), "4 ELM ST").foreclosure(None, "9 OAK ST", FAR, recorded=AS_OF)
        self.county.violation(None, FAR, opened=AS_OF)
        self.market = self.county.write()
        self.night()

    def night(self, days: int = 0, *names: str) -> None:
        self.market = self.county.write()
        stages(self.cli, self.market, *(names or ("ingest", "enrich", "dedupe", "score")), as_of=self.day(days))

    def day(self, days: int = 0) -> Any:
        return AS_OF + timedelta(days=days)

    def __call__(self, *words: object, days: int = 0) -> Outcome:
        return self.cli("--market", self.market, "--as-of", self.day(days), "leads", *words)

    def document(self, *words: object, days: int = 0) -> Any:
        return run(self.cli, self.market, "leads", *words, as_of=self.day(days))

    def listed(self, days: int = 0) -> list[str]:
        return sorted(lead["parcel_id"] for lead in self.document("list", days=days)["leads"])


@pytest.fixture
def desk(cli: CLI, tmp_path: Path) -> Desk:
    return Desk(cli, tmp_path)


ALL = [parcel(1), parcel(2), parcel(3)]


def test_steps_are_kept_shown_and_taken_back_one_by_one(desk: Desk, engine: Engine) -> None:
    set_to = desk.document("set", dashed(parcel(1)), "Contacted", "--note", "left a message", "--as", "ann")
    assert (set_to["parcel_id"], set_to["status"], set_to["before"]) == (parcel(1), "contacted", "open")
    assert (set_to["changed_by"], set_to["note"]) == ("ann", "left a message")
    step = ("set", parcel(1), "offer", "--amount", "$120,500", "--next", desk.day(7))
    offer = desk.document(*step)
    assert (offer["status"], offer["amount"], offer["next_date"]) == ("offer", 120_500, desk.day(7).isoformat())
    assert offer["changed_by"] == getpass.getuser()
    note = desk.document("note", parcel(1), "wife decides")
    assert (note["status"], note["note"], note["next_date"]) == ("offer", "wife decides", desk.day(7).isoformat())
    sheet = desk("show", parcel(1)).out
    for words in ("Status: offer, next 2025-12-08, $120,500", "left a message", "wife decides", "ann"):
        assert words in sheet
    shown = desk.document("show", parcel(1))
    assert [step["status"] for step in shown["steps"]] == [None, "offer", "contacted"]
    assert shown["steps"][1]["signals"] == shown["signals"]
    back = desk.document("set", parcel(1), "--undo", "--as", "bob")
    assert (back["status"], back["before"], back["note"]) == ("contacted", "offer", "wife decides")
    assert desk.document("set", parcel(1), "--undo")["status"] == "open"
    nothing = desk("set", parcel(1), "--undo")
    assert (nothing.code, nothing.err.count("\n")) == (2, 1)
    assert "no step that could be taken back" in nothing.err
    kept = Database(engine).rows("SELECT status, undone_by, tier, rules FROM lead_status_events ORDER BY id")
    assert [row["status"] for row in kept] == ["contacted", "offer", None]
    assert [row["undone_by"] for row in kept] == [getpass.getuser(), "bob", None]
    assert kept[0]["tier"] == shown["tier"]
    assert "tax_deed_sale" in kept[0]["rules"]


@pytest.mark.parametrize("step", [("closed",), ("dead", "--reason", "sold to a neighbour"), ("dnc",)])
def test_what_ends_the_work_is_out_of_lists_until_it_is_taken_back(desk: Desk, step: tuple[str, ...]) -> None:
    desk.document("set", parcel(2), *step)
    assert desk.listed() == [parcel(1), parcel(3)]
    desk.night(1)
    assert desk.listed(1) == [parcel(1), parcel(3)]
    desk.document("set", parcel(2), "--undo")
    assert desk.listed(1) == ALL


def test_dnc_suppresses_parcel_and_owner_and_taking_it_back_lifts_that_alone(desk: Desk, engine: Engine) -> None:
    database = Database(engine)
    key = "SMITH JOHN A|12 OAK STREET|32801"
    database.execute("UPDATE parcels SET owner_key = :key WHERE parcel_id <> :other", key=key, other=parcel(3))
    insert = (
        "INSERT INTO suppressions (market, kind, value, reason, source) VALUES ('orange-fl', 'parcel', :parcel,"
        " 'litigator', 'a list')"
    )
    database.execute(insert, parcel=parcel(3))
    done = desk.document("set", parcel(1), "dnc")
    assert (done["suppressed"], done["suppression"]) == (["dnc"], {"owner": True, "further_leads": 1})
    assert desk.listed() == []
    assert desk.document("show", parcel(2))["suppressed"] == ["dnc"]
    assert "Suppressed, nobody is to be contacted: DNC." in desk("show", parcel(2)).out
    assert desk.document("show", parcel(4))["suppressed"] == ["dnc"]
    # a further step lifts nothing, and is itself taken back without
    assert desk.document("set", parcel(1), "contacted")["suppressed"] == ["dnc"]
    assert desk.document("set", parcel(1), "--undo")["suppressed"] == ["dnc"]
    assert desk.document("set", parcel(1), "--undo")["suppressed"] == []
    assert desk.listed() == [parcel(1), parcel(2)]
    assert database.column("SELECT reason FROM suppressions") == ["litigator"]


def test_outcomes_are_shown_by_tier_signal_and_rule(desk: Desk) -> None:
    assert "No lead of Orange County, Florida was worked on" in desk.cli("stats", "--outcomes").out
    desk.document("set", parcel(1), "closed", "--amount", "95000")
    found = desk.cli("--market", desk.market, "stats", "--outcomes", "--json").document
    assert found["all"] == {"contacted": 1, "offers": 1, "contracts": 1, "closed": 1, "lost": 0, "amount": 95_000}
    assert "tax_deed_sale" in found["rule"]
    said = desk.cli("stats", "--outcomes").out
    assert "$95,000" in said
    assert "tax_deed_sale" in said


def test_due_is_what_has_come_the_oldest_first_and_nothing_that_is_done_with(desk: Desk) -> None:
    desk.document("set", parcel(1), "follow-up", "--next", desk.day(2), "--note", "call at nine")
    contract = desk.document("set", parcel(2), "contract", "--next", "tomorrow", "--amount", "99000")
    assert contract["next_date"] == desk.day(1).isoformat()
    desk.document("set", parcel(3), "contacted", "--next", desk.day(3))

    def due(days: int, *options: object) -> list[tuple[str, int]]:
        leads = desk.document("due", *options, days=days)["leads"]
        return [(lead["parcel_id"], lead["days_over"]) for lead in leads]

    assert due(0) == []
    assert "No lead of Orange County, Florida is due on 2025-12-01." in desk("due").out
    assert due(1) == [(parcel(2), 0)]
    assert due(2) == [(parcel(2), 1), (parcel(1), 0)]
    assert due(2, "--within", 1) == [(parcel(2), 1), (parcel(1), 0), (parcel(3), -1)]
    said = desk("due", days=2).out
    assert "call at nine" in said
    assert "$99,000" in said
    assert "3 leads of Orange County, Florida due by 2025-12-04" in desk("due", "--within", 1, days=2).out
    desk.document("set", parcel(2), "closed")
    desk.document("set", parcel(1), "contacted", days=2)
    assert due(9) == [(parcel(3), 6)]
    desk.document("suppress", "add", parcel(3))
    assert due(9) == []


def test_a_promised_date_stays_until_it_has_come_or_is_taken_away(desk: Desk) -> None:
    desk.document("set", parcel(1), "contacted", "--next", desk.day(3), "--amount", "90000")
    offer = desk("set", parcel(1), "offer").out
    assert "offer, next 2025-12-04. It was contacted. The next date 2025-12-04 stays." in offer
    desk.document("set", parcel(1), "offer", "--amount", "95000")
    moved = desk.document("set", parcel(1), "--next", "12/8/2025")
    assert (moved["status"], moved["next_date"], moved["amount"]) == ("offer", "2025-12-08", 95_000)
    assert "offer, $95,000. The next date 2025-12-08 is gone." in desk("set", parcel(1), "--next", "none").out
    desk.document("set", parcel(2), "contacted", "--next", "today")
    assert desk.document("set", parcel(2), "contacted")["next_date"] is None
    assert desk.document("set", parcel(3), "--next", "tomorrow")["status"] == "open"
    assert "contacted" not in desk("set", parcel(3), "open").out
    assert desk.document("due", "--within", 9)["leads"] == []


def test_several_leads_are_set_at_once_or_none_of_them(desk: Desk, engine: Engine) -> None:
    for wrong, code in ((parcel(77), 1), ("1 Elm Street", 2)):
        assert desk("set", parcel(1), parcel(2), wrong, "contacted").code == code
    assert Database(engine).value("SELECT count(*) FROM lead_status_events") == 0
    done = desk.document("set", "1 Elm St", parcel(2), parcel(2), "contacted", "--next", "fri")["leads"]
    assert [(lead["parcel_id"], lead["address"], lead["next_date"]) for lead in done] == [
        (parcel(1), "1 ELM ST", "2025-12-05"), (parcel(2), "2 ELM ST", "2025-12-05"),
    ]  # fmt: skip
    assert len(desk("set", parcel(1), parcel(2), "--undo").out.splitlines()) == 2
    assert f"Parcel {parcel(1)}, 1 ELM ST, Orlando: the note is kept. Its" in desk("note", "1 elm st", "loud dog").out


def test_a_lead_that_has_no_signal_any_more_keeps_its_status_and_is_due(desk: Desk) -> None:
    desk.document("set", parcel(1), "contract", "--next", desk.day(5))
    del desk.county.records["tax_sales"][0]
    desk.county.foreclosure(parcel(2), "2 ELM ST", DOWNTOWN)
    desk.night(1)
    assert parcel(1) not in desk.listed(1)
    assert [lead["parcel_id"] for lead in desk.document("due", days=5)["leads"]] == [parcel(1)]
    assert desk.document("set", parcel(1), "closed", days=5)["status"] == "closed"


def test_a_dead_lead_comes_back_by_a_new_signal_is_told_and_says_so(desk: Desk, engine: Engine) -> None:
    database = Database(engine)
    told = "SELECT as_of, payload -> 'reasons' ->> 0 AS first FROM alert_deliveries WHERE subject = :id ORDER BY as_of"
    number = str(desk and database.value("SELECT id FROM properties WHERE parcel_id = :p", p=parcel(1)))
    database.execute("UPDATE lead_score_history SET tier = 'A'")
    database.execute("DELETE FROM alert_deliveries")
    desk.document("set", parcel(1), "dead", "--reason", "keeps it", "--note", "angry")
    desk.night(1)
    assert parcel(1) not in desk.listed(1)
    desk.county.foreclosure(parcel(1), "1 ELM ST", DOWNTOWN, auction=desk.day(30)).violation(parcel(1))
    desk.night(2)
    assert parcel(1) in desk.listed(2)
    lead = desk.document("show", parcel(1), days=2)
    assert lead["returned"]
    assert "It was dead and is back by a new signal: " in desk("show", parcel(1), days=2).out
    assert (lead["tier"], lead["is_new"]) == ("A", True)
    rows = database.rows(told, id=number)
    assert {row["as_of"] for row in rows} == {desk.day(2)}
    assert all(row["first"].startswith("Dead since ") and "angry" not in row["first"] for row in rows)
    desk.night(2)
    desk.night(3)
    assert database.rows(told, id=number) == rows
    assert desk.document("show", parcel(1), days=3)["is_new"] is False


def test_a_merge_carries_the_work_along_and_its_undo_gives_it_back(desk: Desk, engine: Engine) -> None:
    desk.document("set", parcel(2), "contacted", "--note", "their note")
    desk.document("set", parcel(1), "offer")
    database = Database(engine)
    merge = (
        "UPDATE properties SET is_active = false, merged_into = (SELECT id FROM properties WHERE parcel_id = :winner),"
        " merge_evidence = jsonb_build_object('merged_into', CAST(:winner AS text)) WHERE parcel_id = :loser"
    )
    database.execute(merge, winner=parcel(1), loser=parcel(2))
    outcome = desk("set", parcel(2), "contract")
    assert outcome.out.splitlines() == [
        f"Parcel {parcel(1)}, 1 ELM ST, Orlando: contract. It was offer.",
        f"{parcel(2)} was merged into it.",
    ]
    steps = desk.document("show", parcel(1))["steps"]
    assert [(step["status"], step["parcel_id"]) for step in steps] == [
        ("contract", parcel(1)), ("offer", parcel(1)), ("contacted", parcel(2)),
    ]  # fmt: skip
    run(desk.cli, desk.market, "dedupe", "--undo", parcel(2))
    assert desk.document("show", parcel(2))["status"]["status"] == "contacted"
    assert desk.document("show", parcel(1))["status"]["status"] == "contract"


MISTAKES: list[tuple[tuple[object, ...], int, str]] = [
    (("set", parcel(1), "contactd"), 2, "There is no status 'contactd'. Did you mean 'contacted'?"),
    (("set", parcel(1), "🏚"), 2, "The statuses are open, contacted, follow_up"),
    (("set", parcel(1)), 2, "No status is named."),
    (("set", parcel(1), "contacted", "--next", "2025-11-30"), 2, "--next: 2025-11-30 has passed. Name today"),
    (("set", parcel(1), "called"), 2, "There is no status 'called'. Did you mean 'contacted'?"),
    (("set", parcel(1), "Not interested"), 2, "Did you mean 'dead'?"),
    (("set", "contacted"), 2, "'contacted': no parcel is named."),
    (("set", "1", "Elm", "St", "contacted"), 2, 'Write an address in quotes: "1 Elm St".'),
    (("show", "1", "Elm", "St"), 2, 'Write an address in quotes: "1 Elm St".'),
    (("note", "1", "Elm", "St", "loud"), 2, "Write an address, and a note, in quotes"),
    (("suppress", "add", "1", "Elm", "St"), 2, 'Write an address in quotes: "1 Elm St".'),
    (("set", parcel(1), "contacted", "--next", "soon"), 2, "YYYY-MM-DD or MM/DD/YYYY, or tomorrow, or a weekday."),
    (("set", parcel(1), "closed", "--next", "2025-12-05"), 2, "--next: closed ends the work"),
    (("set", parcel(1), "dead"), 2, "A lead is dead for a reason."),
    (("set", parcel(1), "offer", "--amount", "lots"), 2, "--amount: 'lots' is no amount of dollars."),
    (("set", parcel(1), "offer", "--amount", "0"), 2, "is no amount"),
    (("set", parcel(1), "offer", "--amount", "nan"), 2, "is no amount"),
    (("set", parcel(1), "offer", "--note", "  "), 2, "--note: there is nothing in it."),
    (("set", parcel(1), "offer", "--note", "x" * 4001), 2, "--note: it has 4,001 characters"),
    (("set", parcel(1), "offer", "--undo"), 2, "--undo takes the last step back"),
    (("set", parcel(1), "offer", "--as", ""), 2, "--as: there is nothing in it."),
    (("set", parcel(4), "contacted"), 1, "never was a lead"),
    (("set", parcel(77), "contacted"), 1, "No lead or record"),
    (("set", "12345", "contacted"), 2, "is not a parcel number"),
    (("note", parcel(1), " "), 2, "TEXT: there is nothing in it."),
    (("note", parcel(1), "\udcff"), 2, "TEXT: it is not written in UTF-8."),
]


def test_what_cannot_be_is_one_line_and_writes_nothing(desk: Desk, engine: Engine) -> None:
    for words, code, said in MISTAKES:
        outcome = desk(*words)
        assert (outcome.code, outcome.err.count("\n")) == (code, 1), (words, outcome.err)
        assert said in outcome.err
    assert Database(engine).value("SELECT count(*) FROM lead_status_events") == 0


def test_a_date_that_is_today_and_any_text_is_taken(desk: Desk) -> None:
    text = "=HYPERLINK(1) \u202eevil\u202c 🏚 O'Brien; DROP TABLE leads"
    done = desk.document("set", parcel(1), "contacted", "--next", AS_OF, "--note", text)
    assert (done["next_date"], done["note"]) == (AS_OF.isoformat(), text)
    assert "\u202e" not in desk("show", parcel(1)).out
