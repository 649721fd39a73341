"""Whom nobody is to contact, and what somebody is done with, is in nothing that the program writes or sends."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.servers.slack import SlackSink
from tests.stages.county import AS_OF, DOWNTOWN, County, Database, dashed, parcel
from tests.support import Outcome

CLI = Callable[..., Outcome]
pytestmark = pytest.mark.usefixtures("by_v1")
#: how each lead is kept from being heard of, and how that is taken back
WAYS: dict[int, tuple[tuple[str, ...], tuple[str, ...]]] = {
    1: (("suppress", "add", parcel(1)), ("suppress", "remove", parcel(1))),
    2: (("suppress", "add", parcel(2), "--with-owner"), ("suppress", "remove", parcel(2), "--with-owner")),
    3: (("set", parcel(3), "dnc"), ("set", parcel(3), "--undo")),
    4: (("set", parcel(4), "dead", "--reason", "keeps it"), ("set", parcel(4), "--undo")),
    5: (("set", parcel(5), "closed"), ("set", parcel(5), "--undo")),
}
#: has the owner of parcel 2
SAME_OWNER = 6
SHOWN = 0
HIDDEN = [*WAYS, SAME_OWNER]


def street(number: int) -> str:
    return f"77{number} HOLLOW{'ABCDEFGH'[number]} LN"


def marks(number: int) -> set[str]:
    return {parcel(number), dashed(parcel(number)), street(number).removesuffix(" LN")}


@pytest.fixture
def county(home: Path) -> County:
    county = County(home)
    for number in (*HIDDEN, SHOWN):
        county.sale(parcel(number), AS_OF + timedelta(days=40))
        county.foreclosure(parcel(number), street(number), DOWNTOWN, auction=AS_OF + timedelta(days=30))
        county.roll(
            parcel(number), street(number), total_mkt=300_000, total_assd=150_000, taxes=1000.0, living_area=2000,
            year_built=1990, NAME1=f"OWNER {number}",
        )  # fmt: skip
    return county.violation(None, opened=AS_OF)


def test_what_is_suppressed_or_done_with_is_nowhere_and_comes_back_when_that_ends(
    cli: CLI, county: County, home: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(engine)
    market = county.write()
    seen: dict[str, str] = {}

    def call(*arguments: object, days: int = 0) -> str:
        line = ("--market", market, "--as-of", AS_OF + timedelta(days=days), *arguments)
        outcome = cli(*line, *(() if arguments[0] == "leads" and arguments[1] != "list" else ("--json",)))
        assert outcome.code in (0, 3, 4), outcome.err
        seen[" ".join(map(str, arguments))] = outcome.out + outcome.err
        return outcome.out

    def found(number: int) -> list[str]:
        return [where for where, text in seen.items() if any(mark in text for mark in marks(number))]

    with SlackSink() as slack:
        monkeypatch.setenv("ALERT_SLACK_WEBHOOK", slack.url)
        for stage in ("ingest", "enrich", "dedupe"):
            call(stage)
        key = "UPDATE parcels SET owner_key = 'MAPLE DANA|1 ELM STREET|32801' WHERE parcel_id IN (:first, :second)"
        database.execute(key, first=parcel(2), second=parcel(SAME_OWNER))
        for hide, _ in WAYS.values():
            cli("--market", market, "--as-of", AS_OF, "leads", *hide)
        # it died of what it has: nobody had scored it then
        database.execute("UPDATE lead_status_events SET signals = '{tax_deed_sale, foreclosure_auction, lis_pendens}'")
        call("score")
        # something for a check to find, with examples
        database.execute("UPDATE tax_sales SET property_id = NULL")
        for command in (["alert", "--dry-run"], ["alert"], ["check"], ["stats"], ["leads", "list"], ["leads", "due"]):
            call(*command)
        call("leads", "list", "--new")
        call("score", "--compare", "v2")
        seen |= {"slack": slack.text, **{path.name: path.read_text() for path in (home / "reports").iterdir()}}
        outcome = cli("--market", market, "alerts", "list", "--json")
        seen["alerts list"] = outcome.out
        assert {number: found(number) for number in HIDDEN} == {number: [] for number in HIDDEN}
        assert {"slack", "alert --dry-run", "leads list", "leads list --new", "check"} <= set(found(SHOWN))
        assert database.value("SELECT count(*) FROM lead_scores WHERE tier = 'A'") == len(HIDDEN) + 1

        # nobody has heard of them: when that ends, they are new
        for _, back in WAYS.values():
            assert cli("--market", market, "--as-of", AS_OF, "leads", *back).code == 0
        database.execute(
            "UPDATE tax_sales AS sale SET property_id = property.id FROM properties AS property"
            " WHERE property.parcel_id = sale.parcel_id"
        )
        told = slack.text
        call("run-all", "--only", "score", "--only", "alert", days=1)
        news = slack.text.removeprefix(told)
        assert [number for number in (*HIDDEN, SHOWN) if parcel(number) in news] == HIDDEN
        call("leads", "list", days=1)
        assert all("leads list" in found(number) for number in (*HIDDEN, SHOWN))
