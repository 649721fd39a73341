"""Scoring profiles: v1 says what the design says, and whatever is wrong in a file names the file and the key."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

import wholesaler.scoring
from tests.markets.samples import changed
from wholesaler.errors import ConfigurationError, ExitCode
from wholesaler.scoring.profile import (
    Deal,
    Further,
    Halving,
    Profile,
    Rule,
    Step,
    Steps,
    Tiers,
    load_profile,
    points_of,
)

V1, V2 = (Path(wholesaler.scoring.__file__).parent / f"{name}.toml" for name in ("v1", "v2"))
SOON = [("<= 14", 60), ("<= 30", 50), ("<= 60", 40), ("<= 120", 25), ("> 120", 10)]

#: the table of the design, section 8: component, rule, conditions, points
TABLE: list[tuple[str, str, list[str], Any]] = [
    ("distress", "tax_deed_sale", ["tax_sale_date present"], 45),
    ("distress", "lands_available", ["on_lands_available = True", "tax_sale_date absent"], 10),
    ("distress", "foreclosure_auction", ["auction_date present"], 45),
    ("distress", "lis_pendens", ["lis_pendens_days present"], 30),
    ("distress", "large_default", ["default_amount >= 100000"], 5),
    ("distress", "own_violations", ["own_open_violations >= 1"], "15, 5 each beyond 1, at most 30"),
    ("distress", "stacked", ["signal_count >= 2"], 15),
    ("value", "target_price", ["total_mkt >= 100000", "total_mkt <= 400000"], 30),
    ("value", "low_price", ["total_mkt > 0", "total_mkt < 100000"], 20),
    ("value", "assessment_gap", ["market_to_assessed"], [(">= 1.5", 20), (">= 1.2", 10)]),
    ("value", "light_taxes", ["tax_rate < 0.015"], 10),
    ("value", "good_size", ["living_area >= 1000"], 15),
    ("value", "spread", ["spread >= 15000"], 25),
    ("location", "baseline", ["has_location = True"], 50),
    ("location", "quiet", ["nearby_violations"], [("= 0", 30), ("<= 4", 20), ("<= 19", 10)]),
    ("location", "blighted", ["nearby_violations >= 50"], -10),
    ("location", "nearest", ["nearest_violation_miles"], [("> 0.2", 10), ("< 0.05", -10)]),
    ("urgency", "sale_soon", ["tax_sale_days"], SOON),
    ("urgency", "auction_soon", ["auction_days"], SOON),
    ("urgency", "open_violation", ["own_open_violations >= 1"], 10),
]
SIGNS = {"equals": "=", "at_least": ">=", "at_most": "<=", "above": ">", "below": "<"}


def conditions(condition: Any) -> list[str]:
    """A condition in the words of the table."""
    words = []
    if condition.present is not None:
        words.append("present" if condition.present else "absent")
    return words + [
        f"{sign} {getattr(condition, name)}" for name, sign in SIGNS.items() if getattr(condition, name) is not None
    ]


def line(rule: Rule) -> tuple[str, str, list[str], Any]:
    """A rule as a line of the table."""
    when = [f"{feature} {word}" for feature, condition in rule.when.items() for word in conditions(condition)]
    points: Any = rule.points
    if rule.steps is not None:
        when.append(rule.steps.feature)
        points = [(" ".join(conditions(step)), step.points) for step in rule.steps.table]
    if rule.further is not None:
        assert when == [f"{rule.further.feature} >= 1"]
        more = rule.further
        points = f"{rule.points}, {more.points} each beyond {more.beyond}, at most {more.maximum}"
    return rule.component, rule.name, when, points


def test_the_rules_of_v1_are_those_of_the_design() -> None:
    assert [line(rule) for rule in load_profile("v1").rules] == TABLE


def test_the_weights_and_tiers_of_v1_are_those_of_the_design() -> None:
    profile = load_profile("v1")
    assert profile.name == "v1"
    assert profile.weights == {
        "distress": Decimal("0.35"),
        "value": Decimal("0.30"),
        "location": Decimal("0.20"),
        "urgency": Decimal("0.15"),
    }
    assert profile.tiers.model_dump() == {"A": 70, "B": 55, "C": 40}


def test_the_deal_assumptions_of_v1_are_those_of_the_design() -> None:
    assert load_profile("v1").deal.model_dump() == {
        "market_share_of_price": Decimal("0.85"),
        "repair_rate": 25,
        "repair_minimum": 15000,
        "old_before": 1980,
        "old_surcharge": 10,
        "violation_surcharge": 15,
        "purchase_share": Decimal("0.70"),
        "assignment_fee": 15000,
    }


def test_a_copy_of_v1_is_a_profile(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(changed(V1.read_text("utf-8"), 'name = "v1"', 'name = "mine"'), "utf-8")
    assert load_profile(path).name == "mine"


def refusal(path: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_profile(path)
    assert caught.value.exit_code == ExitCode.CONFIGURATION
    said = str(caught.value)
    assert said.startswith(f"{path}: ")
    assert "\n" not in said
    return said.removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("distress = 0.35\n", "", ["weights", "a weight of 0 or more for each component, together 1"]),
        ("distress = 0.35", "distress = 0.36", ["weights", "together 1"]),
        ("distress = 0.35", "distress = -0.35", ["weights", "together 1"]),
        ("distress = 0.35", "stress = 0.35", ["weights", "'distress'", "Did you mean 'stress'?"]),
        ("distress = 0.35", 'distress = "much"', ["weights.distress"]),
        ("B = 55", "B = 75", ["tiers", "100 >= A > B > C > 0"]),
        ("C = 40\n", "", ["tiers.C"]),
        ("repair_rate = 25", "repair_rates = 25", ["deal.repair_rate"]),
        ("purchase_share = 0.70", "purchase_share = 70", ["deal.purchase_share", "expected at most 1"]),
        ("repair_minimum = 15000", "repair_minimum = -1", ["deal.repair_minimum", "expected 0 or more"]),
        ('name = "v1"', 'name = "My Profile"', ["name", "a name of small letters"]),
        ('name = "v1"', 'name = "v1"\ncolour = "red"', ["colour"]),
        ('name = "stacked"', 'name = "lis_pendens"', ["rules", "'lis_pendens' is used twice"]),
        ('name = "stacked"', 'name = "Stacked!"', ["rules.6.name", "a name of small letters"]),
        ('name = "stacked"', f'name = "{"s" * 51}"', ["rules.6.name", "at most 50 characters"]),
        (
            "when.signal_count = { at_least = 2 }",
            "when.signals = { at_least = 2 }",
            ["stacked", "'signals' is no feature", "signal_count"],
        ),
        (
            "when.signal_count = { at_least = 2 }",
            "when.signal_count = {}",
            ["rules.6.when.signal_count", "at least one of present"],
        ),
        (
            "when.signal_count = { at_least = 2 }",
            "when.signal_count = { atleast = 2 }",
            ["rules.6.when.signal_count.atleast"],
        ),
        (
            "when.signal_count = { at_least = 2 }",
            'when.signal_count = { at_least = "two" }',
            ["rules.6.when.signal_count.at_least"],
        ),
        ("when.signal_count = { at_least = 2 }\n", "", ["stacked", "when: at least one condition"]),
        (
            "when.signal_count = { at_least = 2 }\npoints = 15\n",
            "when.signal_count = { at_least = 2 }\n",
            ["stacked", "either points or steps"],
        ),
        (
            "when.spread = { at_least = 15000 }\npoints = 25",
            "when.spread = { at_least = 15000 }\npoints = 250",
            ["rules.12.points", "100"],
        ),
        (
            'feature = "market_to_assessed", table = [',
            'feature = "market_to_assessed", table = [{ points = 1 },',
            ["rules.9.steps.table.0", "at least one of present"],
        ),
        ('feature = "market_to_assessed", table', 'feature = "gap", table', ["assessment_gap", "'gap' is no feature"]),
        (
            'further = { feature = "own_open_violations"',
            'further = { feature = "violations"',
            ["own_violations", "'violations' is no feature"],
        ),
        ("{signal_count:integer} independent", "{signals:integer} independent", ["stacked", "'signals' is no feature"]),
        ("{signal_count:integer} independent", "{signal_count:roman} independent", ["roman", "integer"]),
        ("{signal_count:integer} independent", "{signal_count independent", ["rules.6"]),
        (
            '"{signal_count:integer} independent signals on one parcel"',
            '""',
            ["rules.6.reason", "a text that is not empty"],
        ),
        # what does not fit the kind of a feature
        (
            "when.auction_date = { present = true }",
            "when.auction_date = { at_least = 5 }",
            ["foreclosure_auction", "when.auction_date.at_least", "is a date; expected present"],
        ),
        (
            "when.auction_date = { present = true }",
            "when.auction_date = { equals = true }",
            ["foreclosure_auction", "when.auction_date.equals", "is a date; expected present"],
        ),
        (
            "when.auction_date = { present = true }",
            "when.auction_date = { present = 1 }",
            ["rules.2.when.auction_date.present", "true or false"],
        ),
        (
            "when.has_location = { equals = true }",
            "when.has_location = { equals = 1 }",
            ["baseline", "when.has_location.equals", "is a flag; expected true or false, not 1"],
        ),
        (
            "when.has_location = { equals = true }",
            "when.has_location = { above = 0 }",
            ["baseline", "when.has_location.above", "is a flag; expected present or equals"],
        ),
        (
            "when.default_amount = { at_least = 100000 }",
            "when.default_amount = { equals = true }",
            ["large_default", "when.default_amount.equals", "is a number; expected a number, not true or false"],
        ),
        (
            'feature = "market_to_assessed", table',
            'feature = "tax_sale_date", table',
            ["assessment_gap", "steps.table.0.at_least", "tax_sale_date is a date; expected present"],
        ),
        (
            "{ equals = 0, points = 30 }",
            "{ equals = false, points = 30 }",
            ["quiet", "steps.table.0.equals", "nearby_violations is a number; expected a number, not true or false"],
        ),
        (
            'further = { feature = "own_open_violations"',
            'further = { feature = "has_location"',
            ["own_violations", "further.feature", "has_location is a flag; expected a number"],
        ),
        (
            '{word.foreclosure_auction} on {auction_date:date}"',
            '{word.foreclosure_auction} on {auction_date:money}"',
            ["foreclosure_auction", "reason: {auction_date:money}", "is a date; expected date or no format"],
        ),
        (
            "{signal_count:integer} independent",
            "{signal_count:date} independent",
            ["stacked", "reason: {signal_count:date}", "is a number; expected any format but date"],
        ),
        (
            '"Location known"',
            '"Location known {has_location:integer}"',
            ["baseline", "reason: {has_location:integer}", "is a flag; expected no format"],
        ),
    ],
)
def test_what_is_wrong_names_the_key_and_what_was_expected(
    tmp_path: Path, old: str, new: str, expected: list[str]
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(changed(V1.read_text("utf-8"), old, new), "utf-8")
    said = refusal(path)
    assert [fragment for fragment in expected if fragment not in said] == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("readings = 2", "readings = 3", ["readings", "1 or 2"]),
        ("readings = 2", "readings = 1", ["tax_delinquency", "'tax_delinquency_count'", "readings = 2"]),
        ("owner = 0.25", "owners = 0.25", ["weights", "'owner'", "Did you mean 'owners'?"]),
        ('{ equals = "government" }', '{ equals = "goverment" }', ["exclude.government.owner_class.equals", "person"]),
        ('{ equals = "government" }', "{ equals = 5 }", ["exclude.government.owner_class.equals", "not 5"]),
        ('{ equals = "government" }', "{ at_least = 5 }", ["owner_class.at_least", "present or equals or one_of"]),
        ('{ equals = "government" }', '{ one_of = ["bank", "church"] }', ["owner_class.one_of", "not church"]),
        ('{ equals = "government" }', "{ one_of = [] }", ["owner_class.one_of", "a list that is"]),
        (
            'government.owner_class = { equals = "government" }',
            "government = {}",
            ["exclude.government", "at least one"],
        ),
        ("government.owner_class", "government.owner_clas", ["exclude.government", "Did you mean 'owner_class'?"]),
        ("government.owner_class =", "government.groups_with_points =", ["exclude.government", "is no feature"]),
        ("when.vacancy_count = { at_least = 1 }", "when.vacancies = { at_least = 1 }", ["vacancy", "'vacancies'"]),
        (
            "when.vacancy_count = { at_least = 1 }",
            'when.vacancy_count = { equals = "one" }',
            ["when.vacancy_count.equals", "is a number; expected no text such as 'one'"],
        ),
        (
            "when.vacancy_count = { at_least = 1 }",
            'when.vacancy_count = { one_of = ["one"] }',
            ["when.vacancy_count.one_of", "is a number"],
        ),
        ('group = "empty"', 'group = "Empty"', ["group", "a name of small letters"]),
        ('name = "stacked"', 'name = "stacked"\ngroup = "all"', ["stacked", "group", "can be in none"]),
        ("{ tax_sale_date = { present = true } },", "{ tax_sale_date = { equals = 1 } },", ["any.0.tax_sale_date"]),
        ("{ tax_sale_date = { present = true } },", "{},", ["losing_home", "any: at least one condition"]),
        (
            'halved = { feature = "probate_days"',
            'halved = { feature = "held_since"',
            ["probate", "halved.feature", "held_since is a date; expected a number"],
        ),
        (
            'halved = { feature = "probate_days", beyond',
            'halved = { feature = "probate_days", below',
            ["halved.beyond"],
        ),
        ("table = [{ above = 180, points", "table = [{ present = 1, points", ["extra.table.0.present"]),
        (
            "{word.tax_sale} on {tax_sale_date:date}, ",
            "{word.tax_sail} on {tax_sale_date:date}, ",
            ["word.tax_sail"],
        ),
        ("{word.tax_sale} on {tax_sale_date:date}, ", "{word.tax_sale:date} ", ["word.tax_sale"]),
        ("{vacancy_days:days_ago|on", "{vacancy_days:date|on", ["reason: {vacancy_days:date}", "is a number"]),
        ("unless.homestead = { equals = true }", "unless.homestead = { equals = 1 }", ["unless.homestead.equals"]),
    ],
)
def test_what_is_wrong_in_a_profile_of_the_second_readings_is_named(
    tmp_path: Path, old: str, new: str, expected: list[str]
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(V2.read_text("utf-8").replace(old, new, 1), "utf-8")
    assert path.read_text("utf-8") != V2.read_text("utf-8")
    said = refusal(path)
    assert [fragment for fragment in expected if fragment not in said] == []


def test_a_profile_is_named_or_a_file_and_v2_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [load_profile(named).name for named in (None, "v1", "v2", V1, str(V1))] == ["v2", "v1", "v2", "v1", "v1"]
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match=r"no profile 'v3'.*Known profiles: v1, v2"):
        load_profile("v3")
    (tmp_path / "own").write_text(changed(V1.read_text("utf-8"), 'name = "v1"', 'name = "own"'))
    assert load_profile("own").name == "own"
    with pytest.raises(ConfigurationError, match=r"v3\.toml: cannot be read"):
        load_profile("v3.toml")


@pytest.mark.parametrize("path", [V1, V2])
def test_a_profile_is_the_same_when_it_comes_back_from_the_database(path: Path) -> None:
    profile = load_profile(path)
    definition = json.loads(json.dumps(profile.model_dump(mode="json", exclude_unset=True)))
    assert Profile.model_validate(definition) == profile
    renamed = definition | {"rules": [rule | {"reason": "x"} for rule in definition["rules"]]}
    assert points_of(renamed) == points_of(definition)
    assert points_of(definition | {"tiers": {}}) != points_of(definition)


@pytest.mark.parametrize(
    ("content", "said"), [(b"[weights", "cannot be read as TOML"), (b"\xff\xfe", "as TOML"), (None, "No such file")]
)
def test_a_file_that_cannot_be_read_is_said_so(tmp_path: Path, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / "mine.toml").write_bytes(content)
    assert said in refusal(tmp_path / "mine.toml")


RULE = {"component": "value", "name": "it", "when": {"spread": {"above": 0}}, "points": 1, "reason": "x"}
DEAL = load_profile("v1").deal.model_dump()


@pytest.mark.parametrize(
    ("model", "given", "allowed"),
    [
        *((Rule, RULE | {"points": points}, abs(points) <= 100) for points in (-101, -100, 100, 101)),
        *((Step, {"above": 0, "points": points}, abs(points) <= 100) for points in (-101, -100, 100, 101)),
        *((Rule, RULE | {"name": "a" * length}, length <= 50) for length in (50, 51)),
        *((Rule, RULE | {"reason": reason}, bool(reason)) for reason in ("x", "")),
        *(
            (Further, {"feature": "spread", "points": 1, "maximum": 1, "beyond": beyond}, beyond >= 0)
            for beyond in (-1, 0)
        ),
        *((Halving, {"feature": "spread", "beyond": beyond}, beyond >= 0) for beyond in (-1, 0)),
        (Steps, {"feature": "spread", "table": []}, False),
        (Steps, {"feature": "spread", "table": [{"above": 0, "points": 1}]}, True),
        *(
            (Deal, DEAL | {name: value}, allowed)
            for name in ("market_share_of_price", "purchase_share")
            for value, allowed in ((0, False), ("0.01", True), (1, True), ("1.01", False))
        ),
        *(
            (Deal, DEAL | {name: value}, value == 0)
            for name in ("repair_rate", "repair_minimum", "old_surcharge", "violation_surcharge", "assignment_fee")
            for value in (0, "-0.01")
        ),
        (Tiers, {"A": 100, "B": 99, "C": "0.01"}, True),
        (Tiers, {"A": "100.01", "B": 99, "C": 1}, False),
        (Tiers, {"A": 70, "B": 70, "C": 40}, False),
        (Tiers, {"A": 70, "B": 55, "C": 55}, False),
        (Tiers, {"A": 70, "B": 55, "C": 0}, False),
    ],
)
def test_what_is_allowed_ends_where_it_says(model: type[BaseModel], given: dict[str, Any], allowed: bool) -> None:
    if allowed:
        model.model_validate(given)
    else:
        with pytest.raises(ValidationError):
            model.model_validate(given)
