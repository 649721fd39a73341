"""``markets validate --online``: that a list gives no leads, too many, or such that nobody can find."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.test_confirmation import CLI, confirmed, findings
from tests.pipeline.test_confirmation_files import OF_FILES, PARCELS
from tests.servers.arcgis import ArcGISServer
from tests.servers.socrata import SocrataServer
from tests.stages.county import AS_OF, ServedCounty, parcel
from wholesaler.pipeline.confirmation.outcomes import is_over

HEAD = OF_FILES.partition("[sources.cases]")[0]
SUITS = """
[sources.suits]
record = "foreclosures"
kind = "file"
url = "suits.csv"
key = ["case_number"]
fields = { case_number = "NO", parcel = "PIN", address = "PLACE", recording_date = "FILED" }
parcel_form = "dashes"
"""
RECENT, OLD = AS_OF - timedelta(days=20), AS_OF - timedelta(days=900)


def suits(home: Path, rows: list[str], code: int, more: str = "") -> dict[str, Any]:
    """What is said of a list of suits: number, parcel, address, day of filing, how it goes, its status."""
    (home / "parcels.csv").write_text(PARCELS.replace(",WVR", ",Y"), "utf-8")
    (home / "suits.csv").write_text("\n".join(["NO,PIN,PLACE,FILED,HOW_IT_GOES,CASE_STATUS", *rows]), "utf-8")
    market = home / "mine.toml"
    market.write_text(HEAD + SUITS + more, "utf-8")
    return confirmed(market, code)["suits"]


@pytest.mark.parametrize(("unusable", "warns"), [(2, False), (3, True)])
def test_a_form_that_fits_less_than_half_of_the_numbers_is_a_warning(
    cli: CLI, home: Path, unusable: int, warns: bool
) -> None:
    rows = [f"{n},{'07-0001-003' if n > unusable else '003-0001-07'},,{RECENT},," for n in range(1, 5)]
    found = suits(home, rows, 3 if warns else 0)
    said = f"{unusable} of 4 parcel numbers cannot be read: PIN: unusable parcel number, such as '003-0001-07'"
    assert [kind for kind, *_ in findings(found)] == (["numbers", "leads"] if warns else [])
    if warns:
        (_, message, hint), (_, lost, _) = findings(found)
        assert message == f"suits: {said}: see parcel_form."
        assert hint is not None
        assert hint.startswith("Take another form as parcel_form of sources.suits in ")
        assert lost.startswith("suits: 3 of 4 leads have neither a parcel number that can be read nor an address: ")
        shown = cli("markets", "validate", str(home / "mine.toml"), "--online").out
        assert "1 of 1 parcels asked for; 3 of 4 numbers cannot be read, and were not." in " ".join(shown.split())


@pytest.mark.parametrize(("unplaced", "warns"), [(2, False), (3, True)])
def test_leads_that_nobody_can_find_are_a_warning(home: Path, unplaced: int, warns: bool) -> None:
    found = suits(home, [f"{n},,{'' if n <= unplaced else '12 ELM ST'},{RECENT},," for n in range(1, 5)], 3 * warns)
    assert [kind for kind, *_ in findings(found)] == ["leads"] * warns
    assert found["leads"] == 4


def test_rows_that_are_the_same_in_all_fields_are_told_from_others_of_their_key(home: Path) -> None:
    rows = [f"1,07-0001-003,,{RECENT},,", f"1,07-0001-003,,{RECENT},,", f"1,07-0001-003,12 ELM ST,{RECENT},,"]
    notes = [message for _, message, _ in findings(suits(home, rows, 0), "note")]
    said = "suits: 2 of 3 have the key of another record, and are rejected, 1 of them the same in all fields"
    assert said in notes


def test_a_list_without_leads_says_why(home: Path) -> None:
    ((kind, message, hint),) = findings(suits(home, [f"1,07-0001-003,,{OLD},,"], 3))
    assert kind == "leads"
    assert message == "suits: none of 1 usable record is a lead today: their days (recording_date) are past."
    assert hint is not None
    assert hint.startswith("Check fields and values of sources.suits in ")
    ((_, message, _),) = findings(suits(home, ["1,07-0001-003,,,,"], 3))
    assert message.endswith("is a lead today: none has a day (auction_date or recording_date).")
    # of one that is known to be frozen nobody expects any
    frozen = "record_date = 'recording_date'\nstale_after_days = 30\nstale_is_known = true\n"
    assert findings(suits(home, [f"1,07-0001-003,,{OLD},,"], 0, frozen)) == []
    assert findings(suits(home, [], 0)) == []


def test_leads_that_are_over_by_a_field_that_nobody_reads_are_a_warning(home: Path) -> None:
    rows = [f"{n},07-0001-003,,{RECENT},{'Cured' if n < 3 else 'Notice filed'}," for n in range(1, 6)]
    ((kind, message, hint),) = findings(suits(home, [*rows, f"9,07-0001-003,,{OLD},Sold,"], 3))
    assert kind == "leads"
    assert message == (
        "suits: 5 of 6 usable records are leads, and the market file does not ask HOW_IT_GOES what became of them: "
        "'Notice filed' (3), 'Cured' (2)."
    )
    assert hint is not None
    assert 'only = { HOW_IT_GOES = ["…"] } in sources.suits in ' in hint
    # what the file reads, or leaves out, was decided
    assert findings(suits(home, rows, 0, 'only = { HOW_IT_GOES = ["Notice filed", "Cured"] }\n')) == []


@pytest.mark.parametrize(
    ("number", "words", "warns"), [(20, 2, True), (19, 2, False), (20, 1, False), (40, 25, True), (40, 26, False)]
)
def test_where_every_record_is_a_lead_a_status_is_asked_for(home: Path, number: int, words: int, warns: bool) -> None:
    rows = [f"{n},07-0001-003,,{RECENT},,S{n % words}" for n in range(number)]
    found = suits(home, rows, 3 * warns)
    assert [(kind, "does not ask CASE_STATUS" in message) for kind, message, _ in findings(found)] == (
        [("leads", True)] * warns
    )
    # one that is none tells that something is asked of them
    assert findings(suits(home, [*rows, f"x,07-0001-003,,{OLD},,S1"], 0)) == []
    # what is rejected as the same once more says nothing
    assert len(findings(suits(home, [*rows, rows[0]], 3 * warns))) == warns


@pytest.fixture
def county(home: Path) -> Iterator[ServedCounty]:
    with ArcGISServer() as arcgis, SocrataServer() as portal:
        served = ServedCounty(home, arcgis=arcgis, portal=portal)
        served.sale(parcel(1)).roll(parcel(1)).roll(parcel(2)).violation(parcel(1))
        served.foreclosure(parcel(1), CASE_STAT="Withdrawn").foreclosure(parcel(2), CASE_STAT="Filed")
        yield served


def test_a_service_is_asked_for_a_status_that_the_file_does_not_name(county: ServedCounty) -> None:
    county.write()
    county.layer(county.arcgis, "foreclosures").fields["CASE_STAT"] = "esriFieldTypeString"
    suits = confirmed(county.directory / "county.toml", 3)["foreclosures"]
    ((kind, message, _),) = findings(suits)
    assert kind == "leads"
    assert message.endswith("does not ask CASE_STAT what became of them: 'Withdrawn' (1), 'Filed' (1).")
    assert "CASE_STAT" not in str(suits["sample"])
    notes = [message for kind, message, _ in findings(suits, "note") if kind == "fields"]
    assert notes == ["foreclosures: Fields that the market file neither uses nor ignores: CASE_STAT."]


def test_cases_that_are_not_open_say_which_words_there_are(county: ServedCounty) -> None:
    county.records["code_violations"] = []
    county.violation(parcel(1), status="Closed").violation(parcel(1), status="In Limbo")
    ((word, *_), (kind, message, _)) = findings(confirmed(county.write(), 3)["code_violations"])
    assert (word, kind) == ("word", "leads")
    assert message.endswith("is a lead today: no status is Open; it has 'Closed' (1), 'In Limbo' (1).")
    for row in county.records["code_violations"]:
        row["caseinfostatus"] = None
    cases = confirmed(county.write(), 3)["code_violations"]
    ((_, message, _),) = findings(cases)
    assert message.endswith("is a lead today: no status is Open, it is empty.")
    ((kind, message, hint),) = findings(cases, "note")
    assert (kind, message) == ("word", "code_violations: 2 of 2 usable records have no status, and count as closed")
    assert hint is not None
    assert hint.startswith('Where they are not, map "" in sources.code_violations.values.status in ')


def test_words_of_what_is_over() -> None:
    over = (
        "Closed",
        "Closed - Unfounded",
        "Sold",
        "Redeemed",
        "Cured",
        "Deeded",
        "Withdrawn",
        "Paid in full",
        "Discharged",
    )
    assert all(map(is_over, over))
    assert not any(
        map(is_over, ("Active Sale", "Scheduled", "NED Recorded", "Open", "Continued", "12", "Lands Available"))
    )


def test_sales_without_a_number_are_told_with_their_addresses(home: Path) -> None:
    (home / "sales.csv").write_text(
        f"NO,PIN,PLACE,DAY\n1,,1 ELM ST,{RECENT}\n2,,,{RECENT}\n3,07-0001-003,,2026-01-05\n"
    )
    (home / "parcels.csv").write_text(PARCELS.replace(",WVR", ",Y"), "utf-8")
    market = home / "mine.toml"
    text = SUITS.replace("suits", "sales").replace("foreclosures", "tax_sales").replace("case_number", "tda_number")
    market.write_text(HEAD + text.replace('recording_date = "FILED"', 'sale_date = "DAY"'), "utf-8")
    notes = [message for _, message, _ in findings(confirmed(market, 3)["sales"], "note")]
    assert notes == ["sales: 2 of 3 cannot be used: no parcel number (1 have an address)"]


def test_sales_that_are_over_and_still_listed_are_counted(home: Path) -> None:
    kept = 'only = { CASE_STATUS = ["Active"] }\n'
    rows = [f"1,07-0001-003,,{RECENT},,Active", f"2,07-0001-003,,{RECENT},,Active", f"3,07-0001-003,,{OLD},,Active"]
    said = [message for _, message, _ in findings(suits(home, rows, 0, kept), "note")]
    assert not any("is past" in message for message in said)
    day = 'auction_date = "HOW_IT_GOES", recording_date'
    market = home / "mine.toml"
    ahead = AS_OF + timedelta(days=9)
    dated = [f"{row.rpartition(',,')[0]},{sale},Active" for row, sale in zip(rows, (OLD, ahead, RECENT), strict=True)]
    suits(home, dated, 0, kept)
    market.write_text(market.read_text("utf-8").replace("recording_date", day), "utf-8")
    notes = [message for _, message, _ in findings(confirmed(market, 0)["suits"], "note")]
    assert notes == [
        "suits: 2 of 3 usable records are listed as though the sale were to come, but their auction_date is past; "
        "1 of them are leads by recording_date"
    ]


@pytest.mark.parametrize(("amount", "warns"), [("0.00", True), ("0.01", False), ("", False)])
def test_taxes_of_which_nothing_is_due_are_a_warning(home: Path, amount: str, warns: bool) -> None:
    (home / "parcels.csv").write_text(PARCELS.replace(",WVR", ",Y"), "utf-8")
    (home / "taxes.csv").write_text(f"PIN,DUE\n07-0001-003,{amount}\n07-0002-003,14.20\n", "utf-8")
    market = home / "mine.toml"
    fields = '{ parcel = "PIN", signal = { const = "tax_delinquency" }, amount = "DUE" }'
    market.write_text(
        f'{HEAD}[sources.taxes]\nrecord = "distress_events"\nkind = "file"\nurl = "taxes.csv"\nkey = ["parcel"]\n'
        f'parcel_form = "dashes"\nfields = {fields}\n', "utf-8",
    )  # fmt: skip
    found = findings(confirmed(market, 3 * warns)["taxes"])
    assert [message for _, message, _ in found] == ["taxes: 1 of 2 leads owe nothing: their amount is 0."] * warns
    assert all(hint is not None and hint.startswith("only = { DUE = { above = 0 } } in ") for *_, hint in found)
