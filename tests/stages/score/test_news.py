"""What has changed about leads that people know: once, on the day after, and nothing on doubt."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest

from tests.servers.slack import SlackSink
from tests.stages.county import AS_OF, CLI, DOWNTOWN, FAR, County, Database, milliseconds, parcel, run, stages
from wholesaler.stages.alert.pending import FIRST_LEADS

pytestmark = pytest.mark.usefixtures("by_v1")

FIRST, SECOND, CITED = parcel(1), parcel(2), parcel(3)
LATE = timedelta(days=300)
FAR_SALE = AS_OF + timedelta(days=45)


class Story:
    """Two leads in tier A, one in another, and a channel; followed over the days."""

    def __init__(self, cli: CLI, directory: Path, home: Path, database: Database, slack: SlackSink) -> None:
        self.cli, self.home, self.database, self.slack = cli, home, database, slack
        self.county = County(directory)
        # the sources stay fresh, whatever the day
        self.county.violation(None, FAR, opened=AS_OF + LATE)
        self.county.foreclosure(parcel(9), "9 OAK ST", FAR, recorded=AS_OF + LATE).roll(parcel(9))
        self.county.sale(parcel(8), AS_OF + timedelta(days=390), FAR, number="TDA-8").roll(parcel(8))
        for number in (1, 2):
            self.county.sale(parcel(number), FAR_SALE, number=f"TDA-{number}")
            self.county.foreclosure(parcel(number), f"{number} ELM ST", DOWNTOWN, recorded=AS_OF - timedelta(days=200))
            self.county.violation(parcel(number), opened=AS_OF - timedelta(days=3), number=f"CASE-{number}")
            self.county.roll(
                parcel(number), f"{number} ELM ST", total_mkt=250_000.0, total_assd=150_000.0, taxes=2_500.0,
                living_area=1_500.0,
            )  # fmt: skip
        self.county.violation(CITED, opened=AS_OF - timedelta(days=3)).roll(CITED, "3 ELM ST")

    def record(self, source: str, **having: Any) -> dict[str, Any]:
        """The record of a source with these values."""
        records = self.county.records[source]
        rows = [one.get("attributes", one) for one in records]
        (found,) = [row for row in rows if all(row.get(name) == value for name, value in having.items())]
        return found

    def remove(self, source: str, **having: Any) -> None:
        found = self.record(source, **having)
        self.county.records[source] = [
            one for one in self.county.records[source] if one.get("attributes", one) is not found
        ]

    def move(self, number: int, day: date) -> None:
        """The tax sale of a lead is on another day."""
        self.record("tax_sales", USER_TDA_NUM=f"TDA-{number}")["USER_Sale_Date"] = f"{day:%m/%d/%Y}"

    def day(self, days: int, *more: str) -> str:
        """Run the night of that day; returns what Slack was told."""
        self.slack.payloads.clear()
        market = self.county.write()
        stages(self.cli, market, "ingest", "enrich", "dedupe", "score", as_of=AS_OF + timedelta(days=days))
        return self.alert(days)

    def alert(self, days: int, code: int = 0) -> str:
        market = self.county.directory / "county.toml"
        outcome = self.cli("alert", "--market", market, "--as-of", AS_OF + timedelta(days=days), "--json")
        assert outcome.code == code, outcome.err
        return self.slack.text

    def set(self, parcel_id: str, status: str, day: date | None = None) -> None:
        """Somebody has taken a step."""
        self.database.execute(
            "INSERT INTO lead_status_events (market, property_id, status, next_date, signals)"
            " SELECT market, id, :status, :day, '{}' FROM properties WHERE parcel_id = :parcel",
            status=status, day=day, parcel=parcel_id,
        )  # fmt: skip

    def calendar(self) -> dict[str, Any]:
        content = (self.home / "reports" / "orange-fl-dates.ics").read_bytes()
        events = icalendar.Calendar.from_ical(content).walk("VEVENT")
        return {str(event["UID"]).split(".orange")[0]: event for event in events}


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackSink]:
    with SlackSink() as sink:
        monkeypatch.setenv("ALERT_SLACK_WEBHOOK", sink.url)
        monkeypatch.setenv("WHOLESALER_HTTP_RETRIES", "0")
        yield sink


@pytest.fixture
def story(cli: CLI, tmp_path: Path, home: Path, database: Database, slack: SlackSink) -> Story:
    return Story(cli, tmp_path, home, database, slack)


def test_a_sale_that_is_gone_or_moved_is_told_once(story: Story) -> None:
    told = story.day(0)
    assert ("2 new tier A leads" in told, "What changed" in told) == (True, False)
    assert "Tax deed sale in 45 days (15 Jan 2026)" in told
    assert story.day(1) == ""
    story.remove("tax_sales", USER_TDA_NUM="TDA-1")
    story.move(2, FAR_SALE + timedelta(days=14))
    told = story.day(2)
    assert "2 changes in Orange County" in told
    assert (
        "*1 ELM ST, Orlando 32801*\nTax deed sale: gone from the list: sold, redeemed or cancelled; left A: now" in told
    )
    assert "Tax deed sale moved from 15 Jan 2026, now in 57 days (29 Jan 2026)" in told
    # a rerun tells nothing again, nor does the next night
    assert (story.day(2), story.day(3)) == ("", "")
    found = story.calendar()
    first, second = found[f"tax_sale.{FIRST}"], found[f"tax_sale.{SECOND}"]
    assert (first["STATUS"], int(first["SEQUENCE"])) == ("CANCELLED", 1)
    assert (second["STATUS"], int(second["SEQUENCE"])) == ("CONFIRMED", 1)
    assert second.decoded("DTSTART") == FAR_SALE + timedelta(days=14)
    # it is back
    story.county.sale(FIRST, FAR_SALE, number="TDA-1")
    told = story.day(4)
    assert "new: Tax deed sale in 41 days (15 Jan 2026); back in A" in told
    again = story.calendar()[f"tax_sale.{FIRST}"]
    assert (again["STATUS"], int(again["SEQUENCE"]), again["UID"]) == ("CONFIRMED", 2, first["UID"])


def test_news_that_wait_are_told_as_of_the_day_that_is_told(story: Story) -> None:
    story.day(0)
    story.slack.answers = [503] * 9
    story.move(1, FAR_SALE + timedelta(days=7))
    story.move(2, FAR_SALE + timedelta(days=7))
    market = story.county.write()
    stages(story.cli, market, "ingest", "score", as_of=AS_OF + timedelta(days=1))
    story.alert(1, code=3)
    story.move(1, FAR_SALE + timedelta(days=14))
    story.move(2, FAR_SALE)
    market = story.county.write()
    stages(story.cli, market, "ingest", "score", as_of=AS_OF + timedelta(days=2))
    story.slack.answers.clear()
    story.slack.payloads.clear()
    told = story.alert(3)
    assert "1 change in" in told
    assert "Tax deed sale moved from 15 Jan 2026, now in 56 days (29 Jan 2026)" in told
    assert "2 ELM ST" not in told  # it is where it was
    assert story.database.column("SELECT DISTINCT status FROM alert_deliveries WHERE channel = 'slack'") == ["sent"]
    story.slack.payloads.clear()
    assert story.alert(3) == ""


def test_what_comes_to_nothing_is_no_message(story: Story) -> None:
    story.day(0)
    for day, sale in ((1, FAR_SALE + timedelta(days=7)), (2, FAR_SALE)):
        story.move(2, sale)
        stages(story.cli, story.county.write(), "ingest", "score", as_of=AS_OF + timedelta(days=day))
    story.slack.payloads.clear()
    assert story.alert(2) == ""
    assert story.database.value("SELECT count(*) FROM alert_deliveries WHERE status = 'pending'") == 0


@pytest.mark.parametrize(("days", "said"), [(8, False), (7, True)])
def test_a_sale_is_this_weeks_from_seven_days_on_and_told_once(story: Story, days: int, said: bool) -> None:
    story.move(1, AS_OF + timedelta(days=12))
    assert "Sales within" not in story.day(0)
    told = story.day(12 - days)
    assert ("1 sale this week" in told) is said
    assert ("*Sales within 7 days (1)*" in told) is said
    assert ("Tax deed sale in 7 days (13 Dec 2025)" in told) is said
    # it comes within the seven days on the next day, or was told
    assert ("1 sale this week" in story.day(13 - days)) is not said


def test_a_sale_that_has_passed_is_called_so(story: Story) -> None:
    story.move(1, AS_OF + timedelta(days=1))
    assert "Tax deed sale tomorrow (2 Dec 2025)" in story.day(0)
    told = story.day(2)
    assert "Tax deed sale was yesterday (2 Dec 2025)" in told
    assert "sold, redeemed" not in told
    assert story.calendar()[f"tax_sale.{FIRST}"]["STATUS"] == "CONFIRMED"


def test_a_list_that_is_stale_tells_nothing_of_its_leads(story: Story) -> None:
    story.day(0)
    for record in story.county.records["foreclosures"]:
        if record["attributes"]["PARCEL_NUMBER"] == parcel(9):
            record["attributes"]["RECORDING_DATE"] = milliseconds(AS_OF - timedelta(days=200))
    told = story.day(1)
    assert told == ""
    assert story.database.value("SELECT count(*) FROM lead_scores WHERE 'lis_pendens' = ANY(signals)") == 0
    assert story.database.value("SELECT count(*) FROM told_leads WHERE 'lis_pendens' = ANY(signals)") == 2
    # fresh again, without one of the two
    story.record("foreclosures", PARCEL_NUMBER=parcel(9))["RECORDING_DATE"] = milliseconds(AS_OF)
    story.remove("foreclosures", PARCEL_NUMBER=SECOND)
    told = story.day(2)
    assert ("1 ELM ST" in told, "2 ELM ST" in told) == (False, True)
    assert "Foreclosure filed: gone from the list: sold, redeemed or cancelled" in told


def test_a_new_signal_and_a_closed_case_are_told(story: Story) -> None:
    story.day(0)
    story.record("foreclosures", PARCEL_NUMBER=FIRST)["AUCTION_DATE"] = milliseconds(AS_OF + timedelta(days=31))
    story.record("code_violations", apno="CASE-2")["caseinfostatus"] = "Closed"
    told = story.day(1)
    assert "*1 ELM ST, Orlando 32801*\nnew: Foreclosure auction in 30 days (1 Jan 2026)" in told
    assert "gone from the list" not in told
    assert "Open code violation: closed" in told
    assert story.day(2) == ""


def test_leads_that_were_in_no_message_are_told_of_when_somebody_works_with_them(story: Story) -> None:
    story.day(0)
    story.set(CITED, "contacted")
    assert story.day(1) == ""
    story.county.foreclosure(CITED, "3 ELM ST", DOWNTOWN)
    assert "*3 ELM ST, Orlando 32801*\nnew: Foreclosure filed" in story.day(2)


@pytest.mark.parametrize(("days", "said"), [(3, None), (2, "due today"), (1, "due for 1 day")])
def test_a_follow_up_is_told_on_its_day_and_once(story: Story, days: int, said: str | None) -> None:
    story.day(0)
    story.set(FIRST, "follow_up", AS_OF + timedelta(days=days))
    told = story.day(2)
    assert ("1 follow-up due in Orange" in told) is (said is not None)
    assert said is None or f"*1 ELM ST, Orlando 32801*\nfollow up, {said}" in told
    assert ("follow-up" in story.day(3)) is (said is None)
    event = story.calendar()[f"follow_up.{FIRST}"]
    assert (event.decoded("DTSTART"), int(event["SEQUENCE"])) == (AS_OF + timedelta(days=days), 0)
    story.set(FIRST, "follow_up", AS_OF + timedelta(days=9))
    story.alert(3)
    event = story.calendar()[f"follow_up.{FIRST}"]
    assert (event.decoded("DTSTART"), int(event["SEQUENCE"])) == (AS_OF + timedelta(days=9), 1)
    story.set(FIRST, "contacted")
    story.alert(3)
    event = story.calendar()[f"follow_up.{FIRST}"]
    assert (event["STATUS"], int(event["SEQUENCE"])) == ("CANCELLED", 2)


def test_another_day_that_was_set_meanwhile_is_respected(story: Story) -> None:
    story.day(0)
    story.set(FIRST, "follow_up", AS_OF + timedelta(days=1))
    stages(story.cli, story.county.write(), "score", as_of=AS_OF + timedelta(days=1))
    story.set(FIRST, "follow_up", AS_OF + timedelta(days=5))
    story.slack.payloads.clear()
    assert story.alert(1) == ""


@pytest.mark.parametrize("status", ["closed", "dnc"])
def test_who_is_done_with_a_lead_hears_nothing_of_it(story: Story, status: str) -> None:
    story.day(0)
    story.move(1, FAR_SALE + timedelta(days=7))
    stages(story.cli, story.county.write(), "ingest", "score", as_of=AS_OF + timedelta(days=1))
    story.set(FIRST, status)
    story.slack.payloads.clear()
    assert story.alert(1) == ""
    assert f"tax_sale.{FIRST}" not in story.calendar()
    story.move(1, FAR_SALE)
    assert story.day(2) == ""


def test_the_first_night_after_the_upgrade_tells_what_is_new_and_no_more(story: Story) -> None:
    story.day(0)
    for table in ("told_leads", "sale_dates"):
        story.database.execute(f"DELETE FROM {table}")
    story.move(1, FAR_SALE + timedelta(days=7))
    assert story.day(1) == ""
    story.move(1, FAR_SALE)
    assert "1 change in" in story.day(2)


def test_a_lead_that_left_before_a_channel_heard_of_it_is_not_new_there(story: Story) -> None:
    story.slack.answers = [503] * 99
    market = story.county.write()
    stages(story.cli, market, "ingest", "score")
    story.alert(0, code=3)
    story.slack.answers.clear()
    story.remove("tax_sales", USER_TDA_NUM="TDA-1")
    told = story.day(1)
    assert ("1 new tier A lead in" in told, "1 ELM ST" in told, "2 ELM ST" in told) == (True, False, True)


@pytest.mark.parametrize(("days", "said"), [(6, False), (7, True)])
def test_a_sign_of_life_after_a_week(story: Story, days: int, said: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERT_SIGN_OF_LIFE", "true")
    story.day(0)
    told = story.day(days)
    assert ("Nothing new in Orange County" in told) is said
    assert ("there was nothing to tell since 1 Dec 2025" in told) is said
    assert story.day(days) == ""
    assert ("Nothing new" in story.day(7 + days)) is said or days == 6


def test_without_the_setting_nothing_is_sent_where_there_is_nothing_to_say(story: Story) -> None:
    story.day(0)
    assert story.day(30) == ""


def test_a_crash_between_score_and_message_loses_and_repeats_nothing(story: Story) -> None:
    assert FIRST_LEADS > 2
    story.day(0)
    story.move(1, FAR_SALE + timedelta(days=7))
    for _ in range(2):  # scored, killed, scored again
        stages(story.cli, story.county.write(), "ingest", "score", as_of=AS_OF + timedelta(days=1))
    assert story.alert(1).count("Tax deed sale moved") == 1
    assert run(story.cli, story.county.directory / "county.toml", "alert", as_of=AS_OF + timedelta(days=1))
    assert story.slack.text.count("Tax deed sale moved") == 1
