"""From a profile to one SQL statement that scores every property: features → points of rules → components → total."""

from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Numeric,
    Select,
    Text,
    and_,
    case,
    cast,
    column,
    func,
    literal,
    literal_column,
    null,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, array

from wholesaler.db.sql import statements
from wholesaler.scoring.features import FEATURES, PERIOD_DAYS
from wholesaler.scoring.profile import COMPONENTS, Condition, Profile, Rule
from wholesaler.scoring.reasons import reason

Expression = ColumnElement[Any]
#: An offset that skips nothing keeps the planner from putting a query's expressions in place of its columns, where one
#: that is used again would be worked out again: a total for each tier, with all the rules in it.
_NOTHING_SKIPPED: ColumnElement[int] = literal_column("0")

SIGNALS = {
    "tax_deed_sale": "tax_sale_date",
    "lands_available": "on_lands_available",
    "foreclosure_auction": "auction_date",
    "lis_pendens": "lis_pendens_days",
    "open_code_violation": "own_open_violations",
}


def scores(profile: Profile, market: str, as_of: date, sources: list[str]) -> Select[Any]:
    """From the records of these sources a row for each lead.

    property_id, total_score, tier, components, signals, features.
    """
    features = _features(profile, market, as_of, sources)
    given = (_points(rule, features.c).label(_label(rule)) for rule in profile.rules)
    points = select(features, *given).offset(_NOTHING_SKIPPED).cte("points")
    held = (_component(name, profile, points.c).label(f"{name}_score") for name in COMPONENTS)
    components = select(points, *held).offset(_NOTHING_SKIPPED).cte("components")
    weighted = sum(
        (cast(literal(weight), Numeric) * components.c[f"{name}_score"] for name, weight in profile.weights.items()),
        start=cast(literal(0), Numeric),
    )
    total_score = func.round(weighted, 2).label("total_score")
    totals = select(components, total_score).offset(_NOTHING_SKIPPED).cte("totals")
    total = totals.c.total_score
    tier = case(
        (total >= profile.tiers.A, "A"), (total >= profile.tiers.B, "B"), (total >= profile.tiers.C, "C"), else_="D"
    )
    return select(
        totals.c.property_id,
        total,
        tier.label("tier"),
        *(totals.c[f"{name}_score"].label(name) for name in COMPONENTS),
        _signals(totals.c).label("signals"),
        *(totals.c[name] for name in FEATURES),
    )


def fired_rules(profile: Profile, lead: Any) -> Expression:
    """The rules that fired for a row of ``lead_scores``, as a JSON array in the profile's order, each with its reason.

    Worked out when somebody reads them: written down with every score of every night, the sentences would take more
    time than the scores.
    """
    entries: list[Expression] = []
    for rule in profile.rules:
        given = _points(rule, lead)
        entry = func.jsonb_build_object(
            "component", rule.component, "name", rule.name, "points", given,
            "reason", reason(rule.reason, lead, given, rule.component),
        )  # fmt: skip
        entries.append(case((given.is_not(None), entry), else_=null()))
    return func.to_jsonb(func.array_remove(_array(entries), null()), type_=JSONB)


def _features(profile: Profile, market: str, as_of: date, sources: list[str]) -> Any:
    deal = profile.deal.model_dump()
    query = text(statements(__package__, "features.sql")["features"]).bindparams(
        market=market, as_of=as_of, sources=sources, period_days=PERIOD_DAYS, **deal
    )
    return query.columns(column("property_id"), *(column(name) for name in FEATURES)).cte("features")


def _label(rule: Rule) -> str:
    return f"points_{rule.name}"


def _points(rule: Rule, features: Any) -> Expression:
    """The points of a rule, null where it does not fire."""
    conditions = [_holds(condition, features[name]) for name, condition in rule.when.items()]
    if rule.steps is not None:
        feature = features[rule.steps.feature]
        given: Expression = case(
            *((_holds(step, feature), literal_column(str(step.points))) for step in rule.steps.table), else_=null()
        )
    else:
        given = literal_column(str(rule.points))
    if rule.further is not None:
        more = features[rule.further.feature] - literal_column(str(rule.further.beyond))
        given = func.least(
            literal_column(str(rule.further.maximum)),
            given + literal_column(str(rule.further.points)) * func.greatest(more, literal_column("0")),
        )
    return case((and_(true(), *conditions), given), else_=null())


def _holds(condition: Condition, feature: Expression) -> Expression:
    """A condition on a feature; null and so not true where the feature is unknown."""
    tests: list[Expression] = []
    if condition.present is not None:
        tests.append(feature.is_not(None) if condition.present else feature.is_(None))
    if condition.equals is not None:
        value = condition.equals
        tests.append(feature == (literal_column(str(value).lower()) if isinstance(value, bool) else literal(value)))
    if condition.at_least is not None:
        tests.append(feature >= condition.at_least)
    if condition.at_most is not None:
        tests.append(feature <= condition.at_most)
    if condition.above is not None:
        tests.append(feature > condition.above)
    if condition.below is not None:
        tests.append(feature < condition.below)
    return and_(*tests)


def _component(name: str, profile: Profile, points: Any) -> Expression:
    total = sum(
        (func.coalesce(points[_label(rule)], 0) for rule in profile.rules if rule.component == name),
        start=cast(literal(0), Numeric),
    )
    return func.least(100, func.greatest(0, total))


def _signals(features: Any) -> Expression:
    present: dict[str, Expression] = {name: features[feature].is_not(None) for name, feature in SIGNALS.items()}
    present["lands_available"] = features.on_lands_available
    present["open_code_violation"] = features.own_open_violations > 0
    names: list[Expression] = [
        case((holds, cast(literal(name), Text)), else_=null()) for name, holds in present.items()
    ]
    return func.array_remove(_array(names), null(), type_=ARRAY(Text))


def _array(elements: list[Expression]) -> Expression:
    built: Expression = array(elements)
    return built
