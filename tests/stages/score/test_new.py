"""When a lead is new in tier A: the first time, and again only after it was away for 30 days."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from tests.stages.check.rows import Rows
from tests.stages.county import AS_OF, CLI, DOWNTOWN, FAR, County, Database, parcel, run, stages
from wholesaler.db.sql import statement
from wholesaler.stages.score.stage import NEW_AGAIN_AFTER_DAYS

pytestmark = pytest.mark.usefixtures("by_v1")


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
        market, as_of = self.score(days, value), AS_OF + timedelta(days=days)
        (lead,) = run(self._cli, market, "leads", "list", as_of=as_of)["leads"]
        listed_as_new = run(self._cli, market, "leads", "list", "--new", as_of=as_of)["total"]
        assert lead["is_new"] == bool(listed_as_new)
        return lead["tier"], lead["is_new"]

    def score(self, days: int, value: float | None = 250_000.0) -> Path:
        """Run the stages on that day; returns the market file."""
        (record,) = [one["attributes"] for one in self.county.records["property_records"] if one["attributes"]["TAXES"]]
        record["TOTAL_MKT"] = value
        market = self.county.write()
        stages(self._cli, market, "ingest", "score", as_of=AS_OF + timedelta(days=days))
        return market


@pytest.fixture
def story(cli: CLI, tmp_path: Path) -> Story:
    return Story(cli, tmp_path)


SCORE = ("wholesaler.stages.score", "score.sql")
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
        Database(engine).execute("UPDATE alert_deliveries SET status = 'sent'")
    told = Database(engine).rows("SELECT channel, as_of FROM alert_deliveries WHERE kind = 'new_lead' ORDER BY 1, 2")
    channels = {row["channel"] for row in told}
    assert [row["as_of"] for row in told] == [AS_OF, AS_OF + timedelta(days=40)] * len(channels)
    assert channels


def test_a_suppressed_lead_that_rises_into_tier_a_is_held_back(story: Story, engine: Engine) -> None:
    story.day(0, None)
    database = Database(engine)
    database.execute(
        "INSERT INTO suppressions (market, kind, value, reason, source)"
        " SELECT market, 'parcel', parcel_id, 'dnc', 'by hand' FROM properties WHERE parcel_id = :parcel",
        parcel=parcel(1),
    )
    story.score(1)
    assert database.rows("SELECT tier, is_new FROM lead_scores WHERE tier = 'A'") == [{"tier": "A", "is_new": False}]
    assert database.column("SELECT held FROM lead_score_history WHERE tier = 'A'") == [True]


def prepare(connection: Connection, market: str, day: date) -> None:
    """What the stage asks for before it finds out what is new: dead leads that are back, and who is not heard of."""
    parameters = {"market": market, "as_of": day, "is_list": True}
    for name in ("note_returns", "returns", "held_properties"):
        connection.execute(statement(*SCORE, name), parameters)


class History:
    """Scores of a market, written as the stage writes them, and what it makes of them: ``A`` for a day in tier A."""

    day = date(2025, 11, 29)

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        for first, after in (("2025-10-01", "2025-11-01"), ("2025-11-01", "2025-12-01")):
            rows.execute(
                f"CREATE TABLE IF NOT EXISTS lead_score_history_{first[:7].replace('-', '_')}"
                f" PARTITION OF lead_score_history FOR VALUES FROM ('{first}') TO ('{after}')"
            )

    def lead(self, tiers: Mapping[int, str | None], tier: str | None = "A", **values: object) -> int:
        """A lead of the day in ``tier``, which was in other ``tiers`` so many days ago."""
        number = self.rows.property(**values)
        self.rows.lead(number, snapshot=False, as_of=self.day, tier=tier)
        self.keep(number, {**tiers, 0: tier})
        return number

    def keep(self, number: int, tiers: Mapping[int, str | None], *, held: bool = False) -> None:
        """Snapshots of a property of so many days ago."""
        for days, tier in tiers.items():
            day = self.day - timedelta(days=days)
            excluded = "bank" if tier is None else None
            known: dict[str, object] = {
                "property_id": number,
                "snapshot_date": day,
                "tier": tier,
                "excluded": excluded,
                "profile": "v1",
            }
            known["held"] = held
            self.rows.insert("lead_score_history", **known, total_score=60, components={"distress": 60})

    def new(self, engine: Engine, *, is_other_profile: bool = False) -> set[int]:
        """The leads of all markets that are new after the stage has marked those of this one."""
        parameters = {"market": self.rows.market, "as_of": self.day, "again_after": NEW_AGAIN_AFTER_DAYS}
        parameters |= {"is_other_profile": is_other_profile, "tiers": ["A"]}
        with engine.begin() as connection:
            prepare(connection, self.rows.market, self.day)
            connection.execute(statement(*SCORE, "novelty", table="new_in_a"), parameters)
            connection.execute(statement(*SCORE, "mark_new"), {"market": self.rows.market})
        return set(Database(engine).column("SELECT property_id FROM lead_scores WHERE is_new"))


@pytest.fixture
def history(engine: Engine) -> History:
    return History(Rows(engine))


def test_a_lead_is_new_again_when_the_first_day_after_its_last_in_tier_a_is_30_days_ago(
    history: History, engine: Engine
) -> None:
    never = history.lead({1: "B", 40: "C"})
    back = history.lead({31: "A", 30: "B"})
    soon = history.lead({30: "A", 29: "B"})
    twice = history.lead({45: "A", 31: "B", 20: "A", 19: "B"})
    still = history.lead({1: "A"})
    below = history.lead({31: "A"}, "B")
    assert history.new(engine) == {never, back}
    assert {soon, twice, still, below}.isdisjoint(history.new(engine))


def test_days_excluded_are_no_days_in_a_and_what_is_excluded_is_not_new(history: History, engine: Engine) -> None:
    ended = history.lead({40: "B", 1: None})
    soon = history.lead({29: "A", 28: None})
    long = history.lead({45: "A", 30: None})
    still = history.lead({1: "B"}, None)
    history.rows.execute("UPDATE lead_scores SET is_new = true WHERE property_id = :id", id=still)
    assert history.new(engine) == {ended, long}
    assert {soon, still}.isdisjoint(history.new(engine))


def test_on_the_first_day_of_another_profile_nothing_is_new(history: History, engine: Engine) -> None:
    lead = history.lead({1: "B"})
    assert history.new(engine) == {lead}
    assert history.new(engine, is_other_profile=True) == set()


def test_a_lead_is_new_all_day_and_loses_the_mark_when_it_leaves_tier_a(history: History, engine: Engine) -> None:
    lead = history.lead({})
    assert history.new(engine) == {lead}
    assert history.new(engine) == {lead}
    history.rows.execute("UPDATE lead_scores SET tier = 'B'")
    assert history.new(engine) == set()


def test_what_was_in_tier_a_under_a_merged_number_is_not_new_under_the_other(history: History, engine: Engine) -> None:
    winner, other = history.lead({}), history.lead({})
    loser = history.rows.property(is_active=False, merged_into=winner)
    history.keep(loser, {1: "A"})
    history.keep(history.rows.property(is_active=False, merged_into=other), {1: "B"})
    assert history.new(engine) == {other}


def test_a_lead_is_new_in_several_tiers_when_it_was_in_none_of_them(history: History, engine: Engine) -> None:
    leads = {
        "never": history.lead({1: "C"}, "B"),
        "back": history.lead({31: "A", 30: "C"}, "B"),
        "soon": history.lead({30: "B", 29: "D"}, "A"),
        "risen": history.lead({1: "B"}, "A"),
        "fallen": history.lead({1: "A"}, "B"),
        "below": history.lead({}, "C"),
    }
    parameters = {
        "market": history.rows.market,
        "as_of": history.day,
        "again_after": NEW_AGAIN_AFTER_DAYS,
        "is_other_profile": False,
        "tiers": ["A", "B"],
    }
    with engine.begin() as connection:
        prepare(connection, history.rows.market, history.day)
        connection.execute(statement(*SCORE, "novelty", table="told"), parameters)
        told = set(connection.scalars(text("SELECT property_id FROM told")))
    assert told == {leads["never"], leads["back"]}


def test_days_and_leads_of_another_market_and_of_later_days_change_nothing(history: History, engine: Engine) -> None:
    elsewhere = History(Rows(engine, "other-county"))
    theirs = elsewhere.lead({30: "B"})
    still = history.lead({45: "A", 20: "B"})
    early = history.lead({})
    history.keep(early, {-1: "A"})
    assert history.new(engine) == {early}
    assert {theirs, still}.isdisjoint(history.new(engine))


@pytest.mark.parametrize(("days", "again"), [(30, True), (29, False)])
def test_a_lead_is_announced_again_30_days_after_it_was(
    history: History, engine: Engine, days: int, again: bool
) -> None:
    lead = history.lead({})
    history.new(engine)
    told = {"channel": "slack", "kind": "new_lead", "payload": {}}
    before = history.day - timedelta(days=days)
    history.rows.insert("alert_deliveries", subject=str(lead), as_of=before, **told)
    # none of these is this lead's, on this channel, as a lead
    for values in ({"subject": "0"}, {"kind": "findings"}, {"channel": "email"}):
        history.rows.insert("alert_deliveries", **{"subject": str(lead), "as_of": history.day, **told, **values})
    Rows(engine, "other-county").insert("alert_deliveries", subject=str(lead), as_of=history.day, **told)
    parameters = {
        "market": history.rows.market,
        "as_of": history.day,
        "again_after": NEW_AGAIN_AFTER_DAYS,
        "channels": ["slack"],
        "is_first": False,
        "zone": "America/New_York",
    }
    with engine.begin() as connection:
        prepare(connection, history.rows.market, history.day)
        query = (
            "CREATE TEMPORARY TABLE lead_rules ON COMMIT DROP"
            " AS SELECT property_id, '[]'::jsonb AS rules FROM lead_scores"
        )
        connection.execute(text(query))
        assert connection.execute(statement(*SCORE, "announce"), parameters).rowcount == again


def test_days_on_which_nobody_was_to_hear_of_a_lead_are_no_days_in_a(history: History, engine: Engine) -> None:
    lifted, told = history.lead({40: "B"}), history.lead({9: "A"})
    history.keep(lifted, {2: "A", 1: "A"}, held=True)
    history.keep(told, {2: "A", 1: "A"}, held=True)
    assert history.new(engine) == {lifted}


@pytest.mark.parametrize("status", ["closed", "dead", "dnc"])
def test_a_lead_that_somebody_is_done_with_is_not_new_nor_is_a_suppressed_one(
    history: History, engine: Engine, status: str
) -> None:
    done, suppressed, other = (history.lead({}) for _ in range(3))
    history.rows.insert("lead_status_events", property_id=done, status=status, signals=["tax_sale"])
    parcel_id = history.rows.execute("SELECT parcel_id FROM properties WHERE id = :id", id=suppressed)
    history.rows.insert("suppressions", kind="parcel", value=parcel_id, reason="dnc", source="by hand")
    assert history.new(engine) == {other}


def test_a_dead_lead_that_is_back_is_new_whatever_was_before_it_died(history: History, engine: Engine) -> None:
    back, still_dead = history.lead({9: "A", 3: "A"}), history.lead({9: "A", 3: "A"})
    for number, signals in ((back, ["vacancy"]), (still_dead, ["tax_sale"])):
        history.rows.insert("lead_status_events", property_id=number, status="dead", signals=signals)
    assert history.new(engine) == {back}
    returned = Database(engine).rows("SELECT returned_on, signals FROM returned_leads")
    assert returned == [{"returned_on": history.day, "signals": ["tax_sale"]}]
    # the same day again, and the next
    assert history.new(engine) == {back}
    history.day += timedelta(days=1)
    assert history.new(engine) == set()
    assert Database(engine).rows("SELECT returned_on, signals FROM returned_leads") == returned
