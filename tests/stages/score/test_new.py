"""When a lead is new in tier A: the first time, and again only after it was away for 30 days."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.stages.county import AS_OF, CLI, DOWNTOWN, FAR, County, Database, parcel, run, stages


class Story:
    """One parcel that is in tier A while the roll knows its value, followed over the days."""

    def __init__(self, cli: CLI, directory: Path) -> None:
        self._cli = cli
        self.county = County(directory)
        # the sources stay fresh, whatever the day
        self.county.violation(None, FAR, opened=AS_OF + timedelta(days=300))
        self.county.foreclosure(parcel(9), "9 OAK ST", FAR, recorded=AS_OF + timedelta(days=300)).roll(parcel(9))
        self.county.sale(parcel(1), AS_OF + timedelta(days=390)).violation(parcel(1), opened=AS_OF - timedelta(days=3))
        self.county.foreclosure(parcel(1), "1 ELM ST", DOWNTOWN).roll(
            parcel(1), "1 ELM ST", total_assd=150_000.0, taxes=2_500.0, living_area=1_500.0
        )

    def day(self, days: int, value: float | None = 250_000.0) -> tuple[str, bool]:
        """Run the stages on that day; returns the lead's tier and whether it is new."""
        (record,) = [one["attributes"] for one in self.county.records["property_records"] if one["attributes"]["TAXES"]]
        record["TOTAL_MKT"] = value
        market = self.county.write()
        as_of = AS_OF + timedelta(days=days)
        stages(self._cli, market, "ingest", "score", as_of=as_of)
        (lead,) = run(self._cli, market, "leads", "list", as_of=as_of)["leads"]
        listed_as_new = run(self._cli, market, "leads", "list", "--new", as_of=as_of)["total"]
        assert lead["is_new"] == bool(listed_as_new)
        return lead["tier"], lead["is_new"]


@pytest.fixture
def story(cli: CLI, tmp_path: Path) -> Story:
    return Story(cli, tmp_path)


NEW, STILL, AWAY = ("A", True), ("A", False), ("B", False)


def test_a_lead_is_new_on_its_first_day_in_tier_a_only(story: Story) -> None:
    assert [story.day(0), story.day(0), story.day(1), story.day(2)] == [NEW, NEW, STILL, STILL]


def test_a_lead_that_rises_into_tier_a_is_new_on_that_day(story: Story) -> None:
    assert [story.day(0, None), story.day(1), story.day(2)] == [AWAY, NEW, STILL]


def test_a_lead_back_after_less_than_30_days_is_not_new(story: Story) -> None:
    assert [story.day(0), story.day(1, None), story.day(30)] == [NEW, AWAY, STILL]


def test_a_lead_back_after_30_days_is_new_again(story: Story) -> None:
    assert [story.day(0), story.day(1, None), story.day(20, None), story.day(31)] == [NEW, AWAY, AWAY, NEW]


def test_days_on_which_nothing_was_scored_are_no_days_away(story: Story) -> None:
    assert [story.day(0), story.day(60)] == [NEW, STILL]


def test_the_days_away_are_counted_from_the_last_day_in_tier_a(story: Story) -> None:
    days = [story.day(0), story.day(1, None), story.day(15), story.day(16, None), story.day(40), story.day(41, None)]
    assert days == [NEW, AWAY, STILL, AWAY, STILL, AWAY]
    assert story.day(71) == NEW


def test_each_new_lead_is_written_down_for_announcement_once_for_each_time_it_is_new(
    story: Story, engine: Engine
) -> None:
    for days, value in ((0, 250_000.0), (0, 250_000.0), (1, None), (2, 250_000.0), (3, None), (40, 250_000.0)):
        story.day(days, value)
    told = Database(engine).rows("SELECT channel, as_of FROM alert_deliveries WHERE kind = 'new_lead' ORDER BY 1, 2")
    channels = {row["channel"] for row in told}
    assert [row["as_of"] for row in told] == [AS_OF, AS_OF + timedelta(days=40)] * len(channels)
    assert channels
