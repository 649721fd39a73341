"""The days of somebody who works from the list: message, steps, files for others, and what the next morning says."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import icalendar
import pytest

from tests.servers.slack import SlackSink
from tests.stages import county as records
from tests.stages.county import AS_OF, DOWNTOWN, FAR, County, parcel, run
from tests.support import Outcome

CLI = Callable[..., Outcome]
pytestmark = pytest.mark.usefixtures("by_v1")
CONTACTED, OFFER, FOLLOW_UP, DEAD, CLOSED, UNWANTED, OWNER, UNTOUCHED, LATER = range(1, 10)
HIDDEN = {DEAD, CLOSED, UNWANTED, OWNER}
SALE = AS_OF + timedelta(days=45)
TELEPHONE = "4075550143"


class Week:
    """A county whose roll has mailing addresses, and the one who works in it."""

    def __init__(self, cli: CLI, directory: Path, home: Path, slack: SlackSink) -> None:
        self.cli, self.home, self.slack, self.days = cli, home, slack, 0
        self.county = County(directory)
        self.county.violation(None, FAR, opened=AS_OF)
        for number in range(CONTACTED, UNTOUCHED + 1):
            self.lead(number)

    def lead(self, number: int) -> None:
        address = f"{number} ELM ST"
        self.county.sale(parcel(number), SALE, number=f"TDA-{number}")
        self.county.foreclosure(parcel(number), address, DOWNTOWN, recorded=AS_OF - timedelta(days=20))
        self.county.violation(parcel(number), opened=AS_OF - timedelta(days=3), number=f"CASE-{number}")
        self.county.roll(
            parcel(number), address, total_mkt=250_000.0, total_assd=150_000.0, taxes=2_500.0, living_area=1_500.0,
            NAME1=f"PERSON{'ABCDEFGHIJ'[number]} MARY", MAIL1=f"{number} BIRCH AVENUE", MAIL_CITY="BOSTON",
            MAIL_STATE="MA", MAIL_ZIP="02108",
        )  # fmt: skip

    def night(self) -> str:
        """Run it; returns what Slack was told."""
        self.slack.payloads.clear()
        market = self.county.write()
        text = market.read_text("utf-8")
        mail = {"mail_address": "MAIL1", "mail_city": "MAIL_CITY", "mail_state": "MAIL_STATE", "mail_zip": "MAIL_ZIP"}
        mapped = "".join(f'{column} = "{field}"\n' for column, field in mail.items())
        market.write_text(text.replace('owner_name = "NAME1"\n', f'owner_name = "NAME1"\n{mapped}', 1), "utf-8")
        done = self("run-all", "--json")
        assert done.code in {0, 3}, done.out + done.err
        return self.slack.text

    def __call__(self, *words: object) -> Outcome:
        day = AS_OF + timedelta(days=self.days)
        return self.cli("--market", self.county.directory / "county.toml", "--as-of", day, *words)

    def leads(self, *words: object) -> Outcome:
        done = self("leads", *words)
        assert done.code == 0, done.err
        return done

    def listed(self) -> set[str]:
        market = self.county.directory / "county.toml"
        shown = run(self.cli, market, "leads", "list", as_of=AS_OF + timedelta(days=self.days))
        return {lead["parcel_id"] for lead in shown["leads"]}

    def exported(self, preset: str, *options: str) -> list[dict[str, str]]:
        file = self.home / f"{preset}.csv"
        self.leads("export", "--for", preset, "--output", file, "--overwrite", *options)
        return list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"))))

    def report(self) -> str:
        day = AS_OF + timedelta(days=self.days)
        return (self.home / "reports" / f"orange-fl-{day}-leads.html").read_text("utf-8")

    def calendar(self) -> dict[str, icalendar.Event]:
        content = (self.home / "reports" / "orange-fl-dates.ics").read_bytes()
        events = icalendar.Calendar.from_ical(content).events
        return {".".join(str(event["UID"]).split(".")[:2]): event for event in events}


@pytest.fixture
def week(cli: CLI, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Week]:
    fields = records.FIELDS["property_records"]
    mail = dict.fromkeys(("MAIL1", "MAIL_CITY", "MAIL_STATE", "MAIL_ZIP"), fields["NAME1"])
    monkeypatch.setitem(records.FIELDS, "property_records", {**fields, **mail})
    with SlackSink() as slack:
        monkeypatch.setenv("ALERT_SLACK_WEBHOOK", slack.url)
        yield Week(cli, tmp_path, home, slack)


def test_what_was_done_is_known_the_next_morning(week: Week) -> None:
    assert "8 new tier A leads" in week.night()

    # the day's work
    week.leads("set", parcel(CONTACTED), "contacted", "--note", "left a message")
    week.leads("set", parcel(OFFER), "offer", "--amount", "120,000")
    week.leads("set", parcel(FOLLOW_UP), "follow_up", "--next", AS_OF + timedelta(days=1))
    week.leads("set", parcel(DEAD), "dead", "--reason", "keeps it")
    week.leads("set", parcel(CLOSED), "closed", "--amount", "9000")
    week.leads("suppress", "add", parcel(UNWANTED))
    week.leads("suppress", "add", "--owner", "Mary Personh", "--mail", f"{OWNER} Birch Ave, Boston, MA 02108")
    working = {CONTACTED, OFFER, FOLLOW_UP, UNTOUCHED}
    assert week.listed() == set(map(parcel, working))

    # files for others, and what comes back
    letters = week.exported("mail")
    assert {row["Parcels"] for row in letters} == {"1"}
    assert {row["Address1"] for row in letters} == {f"{number} BIRCH AVE" for number in working}
    assert (letters[0]["City"], letters[0]["State"], letters[0]["Zip"]) == ("BOSTON", "MA", "02108")
    asked = week.exported("skiptrace", "--to", "tracer")
    assert {row["lead_id"] for row in asked} == {f"orange-fl:{parcel(number)}" for number in working}
    answers = week.home / "answers.csv"
    lines = [f"{row['lead_id']},{TELEPHONE[:-1]}{place},mobile" for place, row in enumerate(asked)]
    answers.write_text("\n".join(["lead_id,Phone 1,Phone Type 1", *lines]), "utf-8")
    assert "4 leads" in week.leads("import", answers).out
    assert TELEPHONE[:6] in week.leads("show", parcel(UNTOUCHED)).out.replace("-", "").replace(" ", "")

    # the next morning: one sale redeemed, one moved, one new
    week.days = 1
    moved = SALE + timedelta(days=14)
    sales = week.county.records["tax_sales"]
    by_number = {sale["attributes"]["USER_TDA_NUM"]: sale for sale in sales}
    sales.remove(by_number[f"TDA-{CONTACTED}"])
    by_number[f"TDA-{OFFER}"]["attributes"]["USER_Sale_Date"] = f"{moved:%m/%d/%Y}"
    week.lead(LATER)
    told = week.night()
    assert "1 new tier A lead" in told
    assert f"{LATER} ELM ST" in told
    assert f"*{CONTACTED} ELM ST, Orlando 32801*\nTax deed sale: gone from the list" in told
    assert f"*{OFFER} ELM ST, Orlando 32801*" in told
    assert f"{moved:%-d %b %Y}" in told
    assert f"{FOLLOW_UP} ELM ST" in told
    assert "due today" in told
    assert TELEPHONE[:-1] not in told
    assert [number for number in HIDDEN if f"{number} ELM ST" in told or parcel(number) in told] == []

    assert week.listed() == set(map(parcel, {*working, LATER}))
    changes = {row["LeadId"].split(":")[1]: row for row in week.exported("mail", "--since-last-export")}
    assert set(changes) == {parcel(CONTACTED), parcel(OFFER), parcel(LATER)}
    known = [week.exported("crm", "--to", "desk")][0]
    assert {row["lead_id"].split(":")[1] for row in known if row["Phone 1"]} == set(map(parcel, working))

    events = week.calendar()
    assert str(events[f"tax_sale.{parcel(CONTACTED)}"]["STATUS"]) == "CANCELLED"
    sale = events[f"tax_sale.{parcel(OFFER)}"]
    assert (sale.start, int(sale["SEQUENCE"])) == (moved, 1)
    assert events[f"follow_up.{parcel(FOLLOW_UP)}"].start == AS_OF + timedelta(days=1)
    report = week.report()
    assert parcel(LATER) in report
    assert [number for number in HIDDEN if parcel(number) in report or f"{number} ELM ST" in report] == []
    assert [number for number in HIDDEN if any(parcel(number) in name for name in events)] == []
