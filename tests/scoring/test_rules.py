"""Rules become one statement: each form of condition, points, steps and reason does in the database what it says."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Connection, Engine, MetaData, select, text

import wholesaler.scoring
from tests.support import fresh_database
from wholesaler.db.base import Base
from wholesaler.db.engine import make_engine
from wholesaler.db.sql import create_temporary_table, statements
from wholesaler.markets.records import RECORD_KINDS
from wholesaler.scoring.features import COLUMNS, DEAL, EVENTS, FEATURES, GROUPS, KINDS, PUBLISHED, WORDS, Kind
from wholesaler.scoring.profile import CONDITIONS, Profile, load_profile
from wholesaler.scoring.rules import fired_rules, scores

V1 = Path(wholesaler.scoring.__file__).parent / "v1.toml"
MARKET, DAY = "test-county", date(2025, 12, 1)
HEAD = V1.read_text("utf-8").partition("[[rules]]")[0]


def property_with_sale(
    connection: Connection, parcel: str, sale: str | None, status: str = "Active Sale", **roll: Any
) -> None:
    """A property with a tax sale and, with ``roll``, a record of the appraiser."""
    values = {"market": MARKET, "parcel": parcel, "sale": sale, "status": status}
    number = connection.scalar(
        text("INSERT INTO properties (market, parcel_id) VALUES (:market, :parcel) RETURNING id"), values
    )
    values |= {"id": number}
    common = "market, source, record_key, parcel_id, property_id, raw, content_hash"
    given = ":market, '{table}', :parcel, :parcel, :id, '{{}}', gen_random_uuid()"
    own = given.format(table="tax_sales")
    connection.execute(
        text(f"INSERT INTO tax_sales ({common}, sale_date, deed_status) VALUES ({own}, :sale, :status)"), values
    )
    if roll:
        names = ", ".join(roll)
        places = ", ".join(f":{name}" for name in roll)
        connection.execute(
            text(
                f"INSERT INTO parcels (market, parcel_id, is_listed, {names}) VALUES (:market, :parcel, true, {places})"
            ),
            {**values, **roll},
        )


@pytest.fixture(scope="module")
def engine(server: URL) -> Iterator[Engine]:
    """One database for all: nothing a test writes stays."""
    with fresh_database(server) as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection
        connection.rollback()


def scored(connection: Connection, profile: Profile) -> dict[str, Any]:
    """The one lead there is, as it is stored and read again."""
    create_temporary_table(connection, "lead", scores(profile, MARKET, DAY, list(RECORD_KINDS)))
    lead = Base.metadata.tables["lead_scores"].to_metadata(MetaData(), name="lead")
    columns = ["property_id", "total_score", "tier", "excluded", "components", "signals", *COLUMNS, "events"]
    query = fired_rules(profile, select(*(lead.c[name] for name in columns)).subquery())
    rows = connection.execute(query).mappings().all()
    connection.execute(text("DROP TABLE lead"))
    assert len(rows) == 1
    row = dict(rows[0])
    return {
        **row,
        "features": {name: row[name] for name in PUBLISHED},
        "deal": {name: row[name] for name in DEAL},
    }


def profile_of(tmp_path: Path, *rules: str, readings: int = 1) -> Profile:
    """v1's weights and deal with other rules."""
    path = tmp_path / "mine.toml"
    path.write_text(
        f"readings = {readings}\n{HEAD}" + "".join(f'\n[[rules]]\ncomponent = "distress"\n{rule}\n' for rule in rules),
        "utf-8",
    )
    return load_profile(path)


def test_v1_gives_every_lead_its_points_reasons_features_and_deal(connection: Connection) -> None:
    property_with_sale(
        connection, "282229885002050", "2025-12-18",
        total_mkt=255000, total_assd=170000, taxes=2550, living_area=1000, year_built=1979,
    )  # fmt: skip
    lead = scored(connection, load_profile("v1"))
    assert {rule["name"]: rule["points"] for rule in lead["rules"]} == {
        "tax_deed_sale": 45,
        "target_price": 30,
        "assessment_gap": 20,
        "light_taxes": 10,
        "good_size": 15,
        "sale_soon": 50,
    }
    reasons = {rule["name"]: rule["reason"] for rule in lead["rules"]}
    assert reasons["sale_soon"] == "Tax deed sale on 18 Dec 2025, in 17 days: +50 urgency"
    assert reasons["target_price"] == "Market value $255,000, in the target range: +30 value"
    assert reasons["light_taxes"] == "Taxes of $2,550, 1.0 % of the market value: +10 value"
    assert lead["components"] == {"distress": 45, "value": 75, "location": 0, "urgency": 50}
    assert float(lead["total_score"]) == 45.75  # 0.35 × 45 + 0.30 × 75 + 0.15 × 50
    assert lead["tier"] == "C"
    assert lead["signals"] == ["tax_deed_sale"]
    assert set(lead["features"]) == set(PUBLISHED)
    # ARV 255,000 / 0.85; repairs 1,000 × (25 + 10); MAO 0.70 × ARV − repairs − 15,000; no debt is known
    assert lead["deal"] == {"arv": 300000, "repairs": 35000, "mao": 160000, "debt": None, "spread": None}
    assert set(lead["deal"]) == set(DEAL)


def test_what_is_not_known_fires_no_rule_but_that_of_its_absence(connection: Connection) -> None:
    property_with_sale(connection, "282229885002050", None, status="Lands Available")
    lead = scored(connection, load_profile("v1"))
    assert [rule["name"] for rule in lead["rules"]] == ["lands_available"]
    assert lead["tier"] == "D"


def test_a_stale_source_gives_no_feature_and_so_no_lead(connection: Connection) -> None:
    property_with_sale(connection, "282229885002050", "2025-12-18")
    assert connection.execute(scores(load_profile("v1"), MARKET, DAY, ["foreclosures", "code_violations"])).all() == []


@pytest.mark.parametrize(
    ("condition", "fires"),
    [
        ("at_least = 17", True), ("at_least = 18", False),
        ("at_most = 17", True), ("at_most = 16", False),
        ("above = 16.5", True), ("above = 17", False),
        ("below = 17.5", True), ("below = 17", False),
        ("equals = 17", True), ("equals = 18", False),
        ("present = true", True), ("present = false", False),
        ("at_least = 10, below = 20", True), ("at_least = 10, below = 17", False),
    ],
)  # fmt: skip
def test_each_condition_holds_exactly_where_it_says(
    connection: Connection, tmp_path: Path, condition: str, fires: bool
) -> None:
    property_with_sale(connection, "282229885002050", "2025-12-18")
    rule = f'name = "it"\nwhen.tax_sale_days = {{ {condition} }}\npoints = 1\nreason = "x"'
    assert bool(scored(connection, profile_of(tmp_path, rule))["rules"]) is fires


@pytest.mark.parametrize(
    ("points", "component"), [([60, 60], 100), ([-60, 20], 0), ([100, 100, -100], 100), ([55], 55), ([0], 0)]
)
def test_a_component_adds_its_points_up_and_is_clamped(
    connection: Connection, tmp_path: Path, points: list[int], component: int
) -> None:
    property_with_sale(connection, "282229885002050", "2025-12-18")
    rules = [
        f'name = "rule_{number}"\nwhen.signal_count = {{ at_least = 1 }}\npoints = {value}\nreason = "x"'
        for number, value in enumerate(points)
    ]
    lead = scored(connection, profile_of(tmp_path, *rules))
    assert lead["components"]["distress"] == component
    assert [rule["points"] for rule in lead["rules"]] == points


def test_the_first_step_that_holds_gives_the_points_and_further_ones_add_up_to_a_maximum(
    connection: Connection, tmp_path: Path
) -> None:
    property_with_sale(connection, "282229885002050", "2025-12-18")
    steps = "table = [{ at_most = 10, points = 1 }, { at_most = 20, points = 2 }, { at_most = 30, points = 3 }]"
    further = 'further = {{ feature = "tax_sale_days", beyond = {}, points = 5, maximum = 30 }}'
    when = "when.tax_sale_days = { at_least = 1 }\npoints = 10"
    lead = scored(
        connection,
        profile_of(
            tmp_path,
            f'name = "steps"\nsteps = {{ feature = "tax_sale_days", {steps} }}\nreason = "x"',
            f'name = "two"\n{when}\n{further.format(15)}\nreason = "x"',
            f'name = "most"\n{when}\n{further.format(2)}\nreason = "x"',
            f'name = "none"\n{when}\n{further.format(20)}\nreason = "x"',
        ),
    )
    assert {rule["name"]: rule["points"] for rule in lead["rules"]} == {"steps": 2, "two": 20, "most": 30, "none": 10}


def test_a_reason_is_text_whatever_is_in_it(connection: Connection, tmp_path: Path) -> None:
    property_with_sale(connection, "282229885002050", "2025-12-18")
    reason = "100 % 'sure' :id {{x}} {tax_sale_days:integer} {tax_sale_date:date} {signal_count:ratio} {has_location}"
    rule = f'name = "it"\nwhen.signal_count = {{ at_least = 1 }}\npoints = -7\nreason = "{reason}"'
    lead = scored(connection, profile_of(tmp_path, rule))
    assert lead["rules"][0]["reason"] == "100 % 'sure' :id {x} 17 18 Dec 2025 1.00 false: -7 distress"


@pytest.mark.parametrize(
    ("day", "said"), [("2025-12-01", "today"), ("2025-12-02", "tomorrow"), ("2025-12-03", "in 2 days")]
)
def test_days_are_said_as_people_say_them(connection: Connection, day: str, said: str) -> None:
    property_with_sale(connection, "282229885002050", day)
    reasons = [
        rule["reason"] for rule in scored(connection, load_profile("v1"))["rules"] if rule["name"] == "sale_soon"
    ]
    assert reasons[0].endswith(f", {said}: +60 urgency")


def features(connection: Connection) -> dict[str, Any]:
    """The names of the types of the columns of ``features.sql``."""
    query = text(statements("wholesaler.scoring", "features.sql")["features"])
    given = {
        "market": MARKET,
        "as_of": DAY,
        "sources": list(RECORD_KINDS),
        "period_days": 730,
        "comparables": 3,
        "readings": 2,
        **load_profile("v1").deal.model_dump(),
    }
    kinds = ", ".join(f"pg_typeof({name})::text AS {name}" for name in (*COLUMNS, "events"))
    property_with_sale(connection, "282229885002050", "2025-12-18")
    rows = connection.execute(text(f"SELECT {kinds} FROM ({query.text}) AS features"), given).mappings()
    return dict(rows.one())


def test_the_kind_of_every_feature_is_that_of_its_column(connection: Connection) -> None:
    kinds = {"date": Kind.DATE, "boolean": Kind.FLAG, "integer": Kind.NUMBER, "bigint": Kind.NUMBER}
    kinds |= {"numeric": Kind.NUMBER, "double precision": Kind.NUMBER, "real": Kind.NUMBER, "text": Kind.TEXT}
    columns = features(connection)
    assert columns.pop("events") == "jsonb"
    assert {name: kinds[column] for name, column in columns.items()} == {name: KINDS[name] for name in COLUMNS}
    assert set(KINDS) == {*COLUMNS, *EVENTS, GROUPS}
    assert set(FEATURES[1]) < set(FEATURES[2]) == {*COLUMNS, *EVENTS}


def formats(name: str) -> str:
    """A reason with the feature in every format that it can have."""
    known = ["date"] if KINDS[name] is Kind.DATE else ["integer", "money", "ratio", "percent", "miles", "days", "years"]
    known += [] if KINDS[name] is Kind.DATE else ["in_days", "days_ago"]
    named = "".join(f" {{{name}:{form}}}" for form in known) if KINDS[name] in {Kind.DATE, Kind.NUMBER} else ""
    return f"{{{name}}}{named}"


def test_what_a_profile_may_ask_of_a_feature_the_database_can_answer(connection: Connection, tmp_path: Path) -> None:
    property_with_sale(connection, "282229885002050", "2025-12-18", total_mkt=255000, total_assd=170000, taxes=2550)
    rules = []
    for name, kind in KINDS.items():
        word = f'"{WORDS[name][0]}"' if kind is Kind.TEXT else "1"
        values = {"present": "true", "equals": "true" if kind is Kind.FLAG else word, "one_of": f"[{word}]"}
        for condition in CONDITIONS[kind]:
            asked = f"{{ {condition} = {values.get(condition, '1')} }}"
            rule = f'name = "{name}_{condition}"\nwhen.{name} = {asked}\npoints = 1\nreason = "{formats(name)}"'
            rules.append(rule)
        if kind is Kind.NUMBER:
            further = f'further = {{ feature = "{name}", beyond = 1, points = 1, maximum = 3 }}'
            rules.append(f'name = "{name}_more"\nwhen.{name} = {{ above = 0 }}\npoints = 1\n{further}\nreason = "x"')
    assert scored(connection, profile_of(tmp_path, *rules, readings=2))["rules"]


def rule(name: str, points: int, *lines: str) -> str:
    """A rule that fires for the property with a sale in 17 days, unless ``lines`` say otherwise."""
    when = [] if any(line.startswith(("when", "any")) for line in lines) else ["when.signal_count = { present = true }"]
    return "\n".join([f'name = "{name}"', f"points = {points}", f'reason = "{name}"', *when, *lines])


def points(lead: dict[str, Any]) -> dict[str, Any]:
    return {rule["name"]: rule["points"] for rule in lead["rules"]}


@pytest.mark.parametrize(
    ("lines", "fires"),
    [
        (["any = [{ auction_days = { present = true } }, { tax_sale_days = { equals = 17 } }]"], True),
        (["any = [{ auction_days = { present = true } }, { tax_sale_days = { equals = 18 } }]"], False),
        (["any = [{ tax_sale_days = { equals = 17 }, signal_count = { equals = 2 } }]"], False),
        (["any = [{ tax_sale_days = { equals = 17 } }]", "when.signal_count = { equals = 1 }"], True),
        (["any = [{ tax_sale_days = { equals = 17 } }]", "when.signal_count = { equals = 2 }"], False),
        (["unless.tax_sale_days = { equals = 17 }"], False),
        (["unless.tax_sale_days = { equals = 18 }"], True),
        (["unless.auction_days = { equals = 17 }"], True),
        (["unless.auction_days = { present = false }"], False),
        (["unless.tax_sale_days = { equals = 18 }", "unless.signal_count = { equals = 1 }"], False),
    ],
)
def test_alternatives_and_exceptions_hold_where_they_say(
    connection: Connection, tmp_path: Path, lines: list[str], fires: bool
) -> None:
    property_with_sale(connection, "282229885002050", "2025-12-18")
    assert bool(scored(connection, profile_of(tmp_path, rule("it", 1, *lines)))["rules"]) is fires


def test_of_a_group_only_the_highest_counts_and_the_others_are_covered(connection: Connection, tmp_path: Path) -> None:
    property_with_sale(connection, "282229885002050", "2025-12-18")
    lead = scored(
        connection,
        profile_of(
            tmp_path,
            rule("low", 10, 'group = "one"'), rule("first", 30, 'group = "one"'), rule("second", 30, 'group = "one"'),
            rule("silent", 90, 'group = "one"', "when.auction_days = { present = true }"),
            rule("other", 5, 'group = "two"'), rule("nothing", 0, 'group = "three"'), rule("alone", 7),
        ),
    )  # fmt: skip
    assert points(lead) == {"low": 0, "first": 30, "second": 0, "other": 5, "nothing": 0, "alone": 7}
    assert lead["components"]["distress"] == 42
    assert [one["name"] for one in lead["rules"] if one.get("covered")] == ["low", "second"]
    assert {one["name"]: one["reason"] for one in lead["rules"]} == {
        "low": "low: covered, distress", "first": "first: +30 distress", "second": "second: covered, distress",
        "other": "other: +5 distress", "nothing": "nothing: +0 distress", "alone": "alone: +7 distress",
    }  # fmt: skip


def test_groups_are_those_of_a_component(connection: Connection, tmp_path: Path) -> None:
    property_with_sale(connection, "282229885002050", "2025-12-18")
    path = tmp_path / "mine.toml"
    table = "[{ equals = 1, points = 20 }, { at_least = 2, points = 9 }]"
    count = f'steps = {{ feature = "groups_with_points", table = {table} }}'
    rules = [
        ("distress", rule("one", 10, 'group = "same"')),
        ("value", rule("two", 30, 'group = "same"')),
        ("value", rule("three", -5, 'group = "less"')),
        ("distress", f'name = "stacked"\n{count}\nreason = "{{groups_with_points}} together"'),
        ("location", f'name = "none"\n{count}\nreason = "x"'),
    ]
    text_of = "".join(f'\n[[rules]]\ncomponent = "{component}"\n{written}\n' for component, written in rules)
    path.write_text(HEAD + text_of, "utf-8")
    lead = scored(connection, load_profile(path))
    assert lead["components"] == {"distress": 30, "value": 25, "location": 0, "urgency": 0}
    assert points(lead) == {"one": 10, "two": 30, "three": -5, "stacked": 20}
    assert lead["rules"][-1]["reason"] == "1 together: +20 distress"


@pytest.mark.parametrize(
    ("line", "given", "said"),
    [
        ('halved = { feature = "tax_sale_days", beyond = 16 }', 17.5, "it (half after 16 days): +17.5 distress"),
        ('halved = { feature = "tax_sale_days", beyond = 17 }', 35, "it: +35 distress"),
        ('halved = { feature = "auction_days", beyond = 0 }', 35, "it: +35 distress"),
        ('extra = { feature = "tax_sale_days", table = [{ above = 16, points = 5 }] }', 40, "it: +40 distress"),
        ('extra = { feature = "tax_sale_days", table = [{ above = 17, points = 5 }] }', 35, "it: +35 distress"),
        ('extra = { feature = "auction_days", table = [{ above = 0, points = 5 }] }', 35, "it: +35 distress"),
    ],
)
def test_points_halve_with_age_and_grow_by_another_feature(
    connection: Connection, tmp_path: Path, line: str, given: float, said: str
) -> None:
    property_with_sale(connection, "282229885002050", "2025-12-18")
    lead = scored(connection, profile_of(tmp_path, rule("it", 35, line)))
    assert lead["components"]["distress"] == given
    assert (lead["rules"][0]["points"], lead["rules"][0]["reason"]) == (given, said)
    assert lead["rules"][0].get("halved") is (True if given == 17.5 else None)


def test_what_is_further_and_what_comes_on_top_are_added_and_then_halved(
    connection: Connection, tmp_path: Path
) -> None:
    property_with_sale(connection, "282229885002050", "2025-12-18")
    lines = (
        'further = { feature = "tax_sale_days", beyond = 1, points = 10, maximum = 50 }',
        'extra = { feature = "tax_sale_days", table = [{ above = 1, points = 8 }] }',
        'halved = { feature = "tax_sale_days", beyond = 1 }',
    )
    assert points(scored(connection, profile_of(tmp_path, rule("it", 30, *lines)))) == {"it": 29}


def test_what_is_unknown_is_said_in_other_words(connection: Connection, tmp_path: Path) -> None:
    property_with_sale(connection, "282229885002050", "2025-12-18")
    written = rule("it", 1).replace('reason = "it"', 'reason = "{word.tax_sale} on {auction_date:date|no day}"')
    profile = profile_of(tmp_path, written)
    assert scored(connection, profile)["rules"][0]["reason"] == "Tax deed sale on no day: +1 distress"


@pytest.mark.parametrize(
    ("conditions", "excluded"),
    [
        ("here = { tax_sale_days = { equals = 17 } }", "here"),
        ("here = { tax_sale_days = { equals = 17 }, auction_days = { present = true } }", None),
        ("here = { auction_days = { below = 17 } }", None),
        ("one = { auction_days = { below = 1 } }\ntwo = { tax_sale_days = { above = 1 } }", "two"),
        ("one = { signal_count = { equals = 1 } }\ntwo = { tax_sale_days = { above = 1 } }", "one"),
    ],
)
def test_what_is_excluded_has_score_and_reasons_and_no_tier(
    connection: Connection, tmp_path: Path, conditions: str, excluded: str | None
) -> None:
    property_with_sale(connection, "282229885002050", "2025-12-18")
    path = tmp_path / "mine.toml"
    path.write_text(f'{HEAD}\n[exclude]\n{conditions}\n[[rules]]\ncomponent = "distress"\n{rule("it", 100)}\n')
    lead = scored(connection, load_profile(path))
    assert (lead["excluded"], lead["tier"]) == (excluded, "D" if excluded is None else None)
    assert lead["total_score"] == 35
    assert points(lead) == {"it": 100}
