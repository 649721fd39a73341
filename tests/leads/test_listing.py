"""The list of leads: what each filter leaves, in which order, and who is in none."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.leads.world import World
from tests.stages.check.rows import DOWNTOWN, MARKET, Rows
from tests.stages.county import shifted
from tests.support import Outcome
from wholesaler.errors import UsageError, WholesalerError
from wholesaler.leads.filters import SIGNALS, SIGNALS_OF_LISTS, Filters, expand_signals, from_document
from wholesaler.leads.listing import COLUMNS, cities, leads, merge_pages, select_leads
from wholesaler.leads.saved import read_saved, save_filters
from wholesaler.markets import load_market
from wholesaler.markets.records import DISTRESS_SIGNALS

CLI = Callable[..., Outcome]


@pytest.fixture
def rows(engine: Engine) -> Rows:
    """Rows of the market, beside another one that has a parcel of the same number as the first one here."""
    other = Rows(engine, "other-county")
    other.lead(other.property("292228000000555", city="THEIRS"))
    other.describe("292228000000001", owner_class="bank", mail_differs="same", owner_name="THEIRS")
    return Rows(engine)


@pytest.fixture
def world(engine: Engine, rows: Rows) -> World:
    return World(engine, rows)


def test_filters_leave_what_fits_at_their_edges(world: World) -> None:
    world.lead("1 ELM ST", {"owner_class": "person", "mail_differs": "same"}, city="Orlando", zip_code="32801-1234",
               total_mkt=100_000, spread=15_000, next_sale_days=30, signals=["tax_deed_sale", "lien"])  # fmt: skip
    world.lead(
        "2 ELM ST",
        {"owner_class": "company", "mail_differs": "out_of_state"},
        city="ST. CLOUD",
        zip_code="34769",
        total_mkt=100_001,
        spread=14_999,
        next_sale_days=31,
        signals=["lis_pendens"],
    )
    world.lead("3 ELM ST", total_score=50, is_new=True)
    for filters, numbers in (
        ({}, "123"),
        ({"cities": ("orlando", "Saint Cloud")}, "12"),
        ({"cities": ("ORLANDO",)}, "1"),
        ({"zips": ("32801",)}, "1"),
        ({"zips": ("32801-9999", "34769")}, "12"),
        ({"owner_classes": ("person", "trust")}, "1"),
        ({"absentee": True}, "2"),
        ({"min_value": Decimal(100_001)}, "2"),
        ({"max_value": Decimal(100_000)}, "1"),
        ({"min_spread": Decimal(15_000)}, "1"),
        ({"sale_within": 30}, "1"),
        ({"sale_within": 29}, ""),
        ({"sale_within": 31}, "12"),
        ({"signals": ("lien,lis_pendens",)}, "12"),
        ({"signals": ("lien", "tax_deed_sale")}, "1"),
        ({"signals": ("lien", "lis_pendens")}, ""),
        ({"tiers": ("A",)}, ""),
        ({"only_new": True}, "3"),
    ):
        assert "".join(address[0] for address in world.listed(**filters)) == numbers, filters


def test_an_owner_is_what_the_score_says_before_what_the_roll_says(world: World) -> None:
    roll = {"owner_class": "trust", "mail_differs": "in_state"}
    world.lead("1 ELM ST", roll)
    world.lead("2 ELM ST", roll, owner_class="person", mail_differs="same")
    assert world.listed(owner_classes=("trust",)) == world.listed(absentee=True) == ["1 ELM ST"]
    assert world.listed(owner_classes=("person",)) == ["2 ELM ST"]


def test_what_the_score_says_of_a_parcel_goes_before_what_the_roll_says(world: World, engine: Engine) -> None:
    roll = {"homestead": True, "owner_parcels": 2, "held_since": date(2001, 2, 3), "is_land": False}
    world.lead("1 ELM ST", roll, homestead=False, owner_parcels=5, held_since=date(1999, 1, 1), is_land=True)
    world.lead("2 ELM ST", roll)
    with engine.connect() as connection:
        found = {lead["address"]: lead for lead in leads(connection, load_market(MARKET), Filters(), 9)["leads"]}
    assert [found["1 ELM ST"][name] for name in roll] == [False, 5, date(1999, 1, 1), True]
    assert [found["2 ELM ST"][name] for name in roll] == list(roll.values())


def test_the_cities_are_those_of_leads_that_may_be_known_the_most_frequent_first(world: World, engine: Engine) -> None:
    for place, city in enumerate(("Apopka", "St. Cloud", "SAINT CLOUD", None), 1):
        world.lead(f"{place} ELM ST", city=city)
    world.lead("5 ELM ST", {"confidential": True}, city="Secret")
    world.rows.property(city="No lead")
    with engine.connect() as connection:
        assert cities(connection, MARKET) == ["St. Cloud", "Apopka"]


def test_days_left_are_those_of_the_nearer_date_whatever_the_profile(world: World, engine: Engine) -> None:
    world.lead("1 ELM ST", tax_sale_days=20, auction_days=9, next_sale_days=None, tax_sale_date="2025-12-10")
    world.lead("2 ELM ST", tax_sale_days=-1, auction_days=-1)
    world.lead("3 ELM ST", tax_sale_days=0)
    world.lead("4 ELM ST", auction_days=0)
    world.lead("5 ELM ST", next_sale_days=-1)
    assert sorted(world.listed(sale_within=0)) == ["3 ELM ST", "4 ELM ST"]
    with engine.connect() as connection:
        found = {lead["address"]: lead for lead in leads(connection, load_market(MARKET), Filters(), 9)["leads"]}
    assert (found["1 ELM ST"]["days_left"], found["1 ELM ST"]["next_sale_date"]) == (9, date(2025, 11, 29))
    assert found["2 ELM ST"]["days_left"] is None
    for address in ("3 ELM ST", "4 ELM ST"):
        assert (found[address]["days_left"], found[address]["next_sale_date"]) == (0, date(2025, 11, 20))
    inner = {"property_id", "location", "owner_key", "market"}
    assert set(COLUMNS) - inner <= set(found["1 ELM ST"])
    assert found["1 ELM ST"].keys() & inner == set()


def test_a_list_is_sorted_as_asked_and_what_is_unknown_comes_last(world: World) -> None:
    for number, (days, value) in enumerate([(30, None), (5, 70), (None, 90)], 1):
        known = {"next_sale_days": days, "total_mkt": value, "mao": value, "spread": value}
        world.lead(f"{number} ELM ST", total_score=60 + number, held_since=date(2000 + number, 1, 1), **known)
        step = {"status": "contacted", "signals": ["x"], "next_date": date(2026, 1, 9 - number)}
        world.rows.insert("lead_status_events", property_id=world.ids[f"{number} ELM ST"], **step)
    for sort, numbers in (
        (None, "321"), ("score", "321"), ("-score", "123"), ("days", "213"), ("-days", "123"), ("value", "321"),
        ("-value", "231"), ("address", "123"), ("-address", "321"), ("offer", "321"), ("spread", "321"),
        ("held", "123"), ("next", "321"),
    ):  # fmt: skip
        assert "".join(address[0] for address in world.listed(sort=sort)) == numbers, sort
    assert world.listed(limit=1) == ["3 ELM ST"]


def test_of_leads_with_the_same_score_those_with_the_first_parcels_are_shown(world: World) -> None:
    for number in "1234":
        world.lead(f"{number} ELM ST", total_score=80)
    world.rows.execute("UPDATE properties SET parcel_id = 1000 - id WHERE market = :market")
    by_parcel = sorted(world.ids, key=world.number)
    assert by_parcel == ["4 ELM ST", "3 ELM ST", "2 ELM ST", "1 ELM ST"]
    for limit in (1, 2, 4):
        assert world.listed(limit=limit) == by_parcel[:limit]


def test_who_is_not_worked_on_is_in_no_list_unless_asked_for(world: World, rows: Rows) -> None:
    for place, status in enumerate(("contacted", "closed", "dead", "dnc"), 1):
        world.lead(f"{place} ELM ST")
        step = {"signals": ["tax_deed_sale"], "status": status}
        rows.insert("lead_status_events", property_id=world.ids[f"{place} ELM ST"], **step)
    parcels = {
        name: world.lead(f"{place} ELM ST", {"owner_class": "person"})
        for place, name in ((5, "suppressed"), (6, "confidential"))
    }
    rows.insert("suppressions", kind="parcel", value=parcels["suppressed"], reason="dnc", source="user")
    rows.describe(parcels["confidential"], confidential=True)
    world.lead("7 ELM ST", tier=None, excluded="bank")
    assert world.listed() == ["1 ELM ST"]
    assert world.listed(statuses=("contacted", "dead")) == ["1 ELM ST", "3 ELM ST"]
    assert world.listed(statuses=("closed",)) == ["2 ELM ST"]
    assert world.listed(statuses=("dnc", "open")) == ["4 ELM ST"]
    assert world.listed(only_excluded=True) == ["7 ELM ST"]
    rows.execute(
        "UPDATE lead_scores SET signals = '{tax_deed_sale,lien}' WHERE property_id = :id", id=world.ids["3 ELM ST"]
    )
    assert world.listed() == ["1 ELM ST", "3 ELM ST"]


def test_what_is_new_since_a_day_or_has_changed(world: World, rows: Rows) -> None:
    for number in "1234":
        world.lead(f"{number} ELM ST", tier="B")
    parts = {"total_score": 60, "components": {"distress": 60}, "profile": "v1"}
    for number, day, tier, backfilled in (
        ("1", "2025-11-18", "B", False), ("1", "2025-11-19", "B", False), ("2", "2025-11-19", "C", False),
        ("3", "2025-11-18", "B", False), ("4", "2025-11-17", "B", True),
    ):  # fmt: skip
        rows.insert("lead_score_history", property_id=world.ids[f"{number} ELM ST"], snapshot_date=day, tier=tier,
                    backfilled=backfilled, **parts)  # fmt: skip
    for filters, numbers in (
        ({"since": date(2025, 11, 20)}, "34"),
        ({"since": date(2025, 11, 19)}, "24"),
        ({"since": date(2025, 11, 18)}, "1234"),
        ({"changed": True}, "234"),
        ({"changed": True, "since": date(2025, 11, 19)}, "24"),
    ):
        assert "".join(sorted(address[0] for address in world.listed(**filters))) == numbers, filters


def test_near_an_address_the_nearest_comes_first(world: World, rows: Rows, engine: Engine) -> None:
    for number, metres in ((1, 0), (2, 1600), (3, 1615), (4, 300)):
        world.lead(f"{number} ELM ST", place=shifted(DOWNTOWN, east=metres), city="Orlando")
    assert world.listed(near="1 Elm Street, Orlando") == ["1 ELM ST", "4 ELM ST", "2 ELM ST"]
    assert world.listed(near="1 ELM ST", within=Decimal("1.01")) == ["1 ELM ST", "4 ELM ST", "2 ELM ST", "3 ELM ST"]
    assert world.listed(near="28.538, -81.379", within=Decimal("0.2")) == ["1 ELM ST", "4 ELM ST"]
    assert world.listed(near="1 ELM ST", within=Decimal(0)) == ["1 ELM ST"]
    with engine.connect() as connection:
        query = select_leads(connection, load_market(MARKET), Filters(near="1 ELM ST"), shows_suppressed=True)
        places = {row.property_id: row.place for row in connection.execute(query)}
    assert places == {world.ids[f"{number} ELM ST"]: place for place, number in enumerate("142", 1)}
    assert world.listed(near="1 ELM ST", sort="-distance") == ["2 ELM ST", "4 ELM ST", "1 ELM ST"]
    with pytest.raises(WholesalerError, match="no property of Orange County"):
        world.listed(near="9 NOWHERE LN")
    rows.property(address="1 ELM ST", city="Apopka", house_number="1", street="ELM STREET", location=(-81.5, 28.7))
    with pytest.raises(UsageError, match=r"can mean 1 ELM ST, Apopka or 1 ELM ST, Orlando"):
        world.listed(near="1 ELM ST")
    assert world.listed(near="1 ELM ST, APOPKA", within=Decimal("0.1")) == []


def test_filters_are_saved_and_what_is_asked_for_now_wins(engine: Engine) -> None:
    kept = Filters(tiers=("A",), min_value=Decimal("1.5"), since=date(2025, 1, 2), absentee=True, signals=("lien",))
    assert from_document(kept.document()) == kept
    with engine.begin() as connection:
        save_filters(connection, MARKET, "my list", Filters(sort="days"))
        save_filters(connection, MARKET, "my list", kept)
        save_filters(connection, "other-county", "theirs", kept)
        assert read_saved(connection, MARKET, "my list") == kept
        assert Filters(tiers=("B",), sort="days").over(kept).document() == {
            **kept.document(), "tiers": ("B",), "sort": "days",
        }  # fmt: skip
        with pytest.raises(UsageError, match=r"no filters are saved as 'mylist' .* Did you mean 'my list'"):
            read_saved(connection, MARKET, "mylist")
        with pytest.raises(UsageError, match="is no name"):
            save_filters(connection, MARKET, "a\nb", kept)


def test_lists_of_several_markets_are_merged_in_the_order_that_is_asked_for() -> None:
    first, second = (
        {
            "leads": [{"lead_id": name, "total_score": score, "days_left": days} for name, score, days in leads],
            "total": 9,
        }
        for leads in ((("a", 50, 3), ("b", 40, None)), (("c", 60, None), ("d", 50, 7)))
    )
    for sort, limit, names in (("score", 9, "cadb"), ("-score", 9, "badc"), ("days", 9, "adcb"), ("days", 3, "adc")):
        merged = merge_pages([first, second], Filters(sort=sort), limit)
        assert ("".join(lead["lead_id"] for lead in merged["leads"]), merged["total"]) == (names, 18)


@pytest.mark.parametrize(
    ("given", "message"),
    [({"tiers": ("A", "E")}, "no tier 'E'"), ({"tiers": ("A",), "only_excluded": True}, "is in no tier"),
     ({"sort": "-distance"}, "from an address"), ({"within": Decimal(2)}, "miles around an address")],
)  # fmt: skip
def test_what_cannot_be_together_is_said(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Filters(**given)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--owner-class=persn", "Did you mean 'person'"), ("--status=xyz", "Expected one of open, contacted"),
        ("--status=tax_sale", "'tax_sale' is none. Expected one of open"),
        ("--signal=lein", "Did you mean 'lien'? Expected one of tax_deed_sale, lands_available, "),
        ("--signal=code_violation", "Did you mean 'code_violations'"),
        ("--signal=cases", "A kind of list stands for all that it gives: tax_sales, foreclosures, code_violations, "),
        ("--sort=worth", "Expected one of score"),
        ("--min-value=much", "--min-value: 'much' is no amount"), ("--max-value=-1", "--max-value: expected an amount"),
        ("--since=someday", "--since: 'someday' is no date"), ("--within=2", "--within: it is miles around"),
        ("--sort=distance", "distance is from an address"), ("--zip=,", "--zip: nothing is named"),
        ("--saved=mine", "`--save NAME` saves some"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for_is_wrong_usage(cli: CLI, option: str, message: str) -> None:
    outcome = cli("leads", "list", option)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert message in outcome.err


def test_a_kind_of_list_stands_for_the_signals_that_it_gives() -> None:
    assert {signal for each in SIGNALS_OF_LISTS.values() for signal in each} == set(SIGNALS)
    assert expand_signals("foreclosures,lien") == "foreclosure_auction,lis_pendens,lien"
    assert expand_signals("lis_pendens,foreclosures") == "lis_pendens,foreclosure_auction"
    assert Filters(signals=(expand_signals("distress_events"),)).signals == (",".join(DISTRESS_SIGNALS),)


def test_the_signals_of_a_list_stand_under_it(cli: CLI, world: World) -> None:
    world.lead("1 ELM ST", signals=["open_code_violation", "lien"])
    world.lead("2 ELM ST", signals=["lien"])
    world.rows.run("score")
    assert cli("leads", "list").out.splitlines()[-1] == "--signal: lien 2, open_code_violation 1"


def test_the_list_of_a_command_line(cli: CLI, world: World) -> None:
    parcel = world.lead("1 ELM ST", {"owner_name": "SMITH JOHN", "owner_class": "person", "mail_differs": "in_state"},
                        next_sale_days=12, total_mkt=200_000)  # fmt: skip
    other = world.lead("2 ELM ST")
    world.rows.run("score")
    outcome = cli("leads", "list", "--sale-within", "20", "--min-value", "$100,000", "--save", "soon")
    assert (outcome.code, "1 ELM ST" in outcome.out, "2 ELM ST" in outcome.out) == (0, True, False)
    assert "12" in outcome.out
    assert "person, lives in the state" in outcome.out
    assert "SMITH" not in outcome.out
    (lead,) = cli("leads", "list", "--saved", "soon", "--json").document["leads"]
    assert (lead["parcel_id"], lead["owner_name"], lead["status"], lead["deal"]["mao"]) == (
        parcel,
        "SMITH JOHN",
        "open",
        None,
    )
    shown = cli("leads", "show", "1 Elm St", other, "--json").document["leads"]
    assert [one["parcel_id"] for one in shown] == [parcel, other]
    assert cli("leads", "show", "2 elm street", "--json").document["parcel_id"] == other
    assert cli("leads", "show", "7 NOWHERE LN").code == 1
    assert "No lead that fits --sale-within among the 2" in cli("leads", "list", "--sale-within", "0").out
    assert "the 2 of" in cli("leads", "list", "--saved", "soon", "--sale-within", "0").out
