"""Events of distress, from a list to a property with its address, and to what is shown of it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.stages.county import AS_OF, CLI, DOWNTOWN, FAR, Database, parcel, run, shifted, stages
from tests.stages.lists import Lists, Row
from wholesaler.markets.records import DISTRESS_SIGNALS

TOMORROW = AS_OF + timedelta(days=1)


def event(number: int, signal: str = "vacancy", **other: Any) -> Row:
    """An event on parcel ``number``, without a date."""
    return {"case_number": f"E{number}", "signal": signal, "parcel": parcel(number), **other}


def on_roll(number: int, **other: Any) -> Row:
    """Parcel ``number`` on the roll, with an address of its own."""
    row = {"parcel": parcel(number), "address": f"{number} ELM ST", "city": "Orlando", "zip_code": "32801"}
    return {**row, "x": DOWNTOWN[0], "y": DOWNTOWN[1], **other}


@pytest.fixture
def lists(tmp_path: Path) -> Lists:
    return Lists(tmp_path).put("roll", "property_records", *(on_roll(number) for number in range(1, 9)))


def properties(database: Database) -> list[str]:
    """The parcels of the active properties."""
    return [str(one) for one in database.column("SELECT parcel_id FROM properties WHERE is_active ORDER BY parcel_id")]


def test_a_record_whose_word_is_no_signal_is_rejected_and_names_it(lists: Lists, cli: CLI, database: Database) -> None:
    rows = [event(1, "Vacancy"), event(2, "TAX_LIEN"), event(3, "graffiti"), event(4, ""), event(5, "EMPTY")]
    market = lists.put("events", "distress_events", *rows).write()
    text = market.read_text("utf-8") + '\n[sources.events.values]\nsignal = { "EMPTY" = "vacancy" }\n'
    market.write_text(text, "utf-8")
    stats = stages(cli, market, "ingest")["ingest"]["stats"]["events"]
    assert (stats["processed"], stats["inserted"], stats["failed"]) == (5, 3, 2)
    assert database.rows("SELECT record_key, signal FROM distress_events ORDER BY record_key") == [
        {"record_key": "E1", "signal": "vacancy"},
        {"record_key": "E2", "signal": "tax_lien"},
        {"record_key": "E5", "signal": "vacancy"},
    ]
    reasons = [one["reason"] for one in run(cli, market, "rejects", "list")["rejects"]]
    assert reasons == [
        "no signal: signal is empty",
        f"signal: 'graffiti' is no signal; expected one of {', '.join(DISTRESS_SIGNALS)}: see values",
    ]


@pytest.mark.parametrize("signal", DISTRESS_SIGNALS)
def test_every_signal_is_taken(lists: Lists, cli: CLI, database: Database, signal: str) -> None:
    stages(cli, lists.put("events", "distress_events", event(1, signal)).write(), "ingest")
    assert database.column("SELECT signal FROM distress_events") == [signal]


def test_a_signal_can_be_part_of_the_key(lists: Lists, cli: CLI, database: Database) -> None:
    rows = (event(1, "Vacancy"), event(1, "PROBATE"))
    stages(cli, lists.put("events", "distress_events", *rows, key=["parcel", "signal"]).write(), "ingest")
    keys = database.column("SELECT record_key FROM distress_events ORDER BY record_key")
    assert keys == [f"{parcel(1)}|probate", f"{parcel(1)}|vacancy"]


def test_an_event_makes_a_property_until_its_status_is_closed_or_it_is_gone(
    lists: Lists, cli: CLI, database: Database
) -> None:
    rows = [
        event(1),
        event(2, status="CLOSED"),
        event(3, status="Settled"),
        # on which days an event was open is the score's matter
        event(4, closed_date=AS_OF + timedelta(days=1)),
        event(5, closed_date=AS_OF - timedelta(days=1)),
    ]
    market = lists.put("events", "distress_events", *rows).write()
    stages(cli, market, "ingest", "enrich", "dedupe", "score", "check")
    assert properties(database) == [parcel(1), parcel(3), parcel(4), parcel(5)]
    rows[0] |= {"status": "closed"}
    del rows[2]
    lists.put("events", "distress_events", *rows).write()
    done = stages(cli, market, "ingest", "enrich", "dedupe", "score", "check", as_of=TOMORROW)
    assert done["ingest"]["stats"]["events"]["deactivated"] == 1
    assert properties(database) == [parcel(4), parcel(5)]
    # it is not closed any more
    rows[0] |= {"status": None}
    lists.put("events", "distress_events", *rows).write()
    stages(cli, market, "ingest", as_of=TOMORROW)
    assert properties(database) == [parcel(1), parcel(4), parcel(5)]


def test_an_event_without_a_number_finds_the_parcel_of_its_address(lists: Lists, cli: CLI, database: Database) -> None:
    place = {"address": "3 Elm Street", "city": "Orlando", "zip_code": "32801", "parcel": None}
    lists.put("events", "distress_events", event(3, **place), event(9, **{**place, "address": "99 Oak Ave"}))
    market = lists.put("cases", "code_violations").write()
    done = stages(cli, market, "ingest", "enrich", "dedupe", "check", code=3)
    assert (done["dedupe"]["stats"]["records_matched"], done["dedupe"]["stats"]["records_unmatched"]) == (1, 1)
    assert properties(database) == [parcel(3)]
    assert database.column("SELECT match_evidence ->> 'parcel_id' FROM distress_events ORDER BY record_key") == [
        parcel(3),
        None,
    ]
    assert done["check"]["stats"]["errors"] == []


def test_the_roll_s_address_and_place_are_better_than_an_event_s_and_that_better_than_a_case_s(
    lists: Lists, cli: CLI, database: Database
) -> None:
    near = shifted(DOWNTOWN, 20, 0)
    where = {"address": "1 Elm", "x": near[0], "y": near[1]}
    elsewhere = {"address": "77 Elm", "x": FAR[0], "y": FAR[1]}
    case = {"opened_date": AS_OF, "status": "Open"}
    lists.put("events", "distress_events", event(1, **where), event(9, **where))
    lists.put(
        "cases",
        "code_violations",
        {"case_number": "C1", "parcel": parcel(1), **case, **elsewhere},
        {"case_number": "C9", "parcel": parcel(9), **case, **elsewhere},
    )
    stages(cli, lists.write(), "ingest", "enrich")
    found = {number: database.property(parcel(number)) for number in (1, 9)}
    assert [(one["address_source"], one["location_source"]) for one in found.values()] == [
        ("roll", "roll"),
        ("events", "events"),
    ]
    assert found[9]["address"] == "1 Elm"
    assert found[9]["longitude"] == pytest.approx(near[0])


def test_of_several_lists_the_first_of_the_file_gives_the_address(lists: Lists, cli: CLI, database: Database) -> None:
    for name in ("zoning", "assessor"):
        lists.put(name, "distress_events", event(9, address=f"9 {name}"), minimum_join_rate=0)
    market = lists.write()
    stages(cli, market, "ingest", "enrich")
    assert database.property(parcel(9))["address"] == "9 zoning"
    lists.rename("zoning", "the_zoning", was="zoning", url="zoning.csv").write(only=())
    assert stages(cli, market, "ingest", "enrich")["enrich"]["stats"]["enriched"] == 0


def test_what_is_shown_of_an_event(lists: Lists, cli: CLI) -> None:
    row = event(1, "tax_delinquency", amount="1234.50", years="2.5", event_date="2025-10-01", party_name="SMITH JOHN")
    market = lists.put("unpaid_taxes", "distress_events", row).write()
    stages(cli, market, "ingest", "enrich", "dedupe", "score")
    records = run(cli, market, "leads", "show", parcel(1))["records"]
    assert list(records) == ["tax_sales", "foreclosures", "code_violations", "distress_events", "property_records"]
    (shown,) = records["distress_events"]
    assert (shown["source"], shown["signal"], shown["amount"], shown["years"], shown["event_date"]) == (
        "unpaid_taxes",
        "tax_delinquency",
        1234.5,
        2.5,
        "2025-10-01",
    )
    out = cli("--market", market, "leads", "show", parcel(1)).out
    for part in ("Distress events", "unpaid_taxes", "tax_delinquency", "$1,234.50"):
        assert part in out


def test_the_join_rate_of_events_is_told(lists: Lists, cli: CLI) -> None:
    market = lists.put("events", "distress_events", event(1), event(2), event(50)).write()
    done = stages(cli, market, "ingest", "check", code=3)
    assert done["ingest"]["stats"]["events"]["join_rate"] == 0.6667
    assert done["check"]["stats"]["completeness"]["join_rates"]["value"] == {"events": 0.6667}
    assert done["check"]["stats"]["database_stats"]["distress_events"]["rows"] == 3
