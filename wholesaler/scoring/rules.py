"""From a profile to one SQL statement that scores every property: features → points of rules → components → total."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Numeric,
    Select,
    Text,
    and_,
    case,
    cast,
    column,
    false,
    func,
    literal,
    literal_column,
    not_,
    null,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from wholesaler.db.sql import statements
from wholesaler.scoring.features import COLUMNS, COMPARABLES, EVENTS, GROUPS, PERIOD_DAYS
from wholesaler.scoring.profile import Condition, Conditions, Profile, Rule, Steps
from wholesaler.scoring.reasons import exact_points, quoted, sentence, whole_points

Expression = ColumnElement[Any]
#: An offset that skips nothing keeps the planner from putting a query's expressions in place of its columns, where one
#: that is used again would be worked out again: a total for each tier, with all the rules in it.
_NOTHING_SKIPPED: ColumnElement[int] = literal_column("0")
_NOTHING: Expression = literal_column("0")
_EVENTS = frozenset(EVENTS)


class Features:
    """The features of a row as SQL, by name; those of the events of distress are in one JSON column.

    ``groups`` is how many groups of a component give points, for the rules that ask.
    """

    def __init__(self, columns: Any, groups: Expression | None = None) -> None:
        self._columns = columns
        self._groups = groups

    def __getitem__(self, name: str) -> Expression:
        if name == GROUPS:
            assert self._groups is not None
            return self._groups
        if name in _EVENTS:
            return cast(self._columns.events[name].astext, Numeric)
        known: Expression = self._columns[name]
        return known


def scores(profile: Profile, market: str, as_of: date, sources: list[str]) -> Select[Any]:
    """From the records of these sources a row for each lead.

    property_id, total_score, tier, excluded, components, signals, features.
    """
    return scores_of(profile, _features(profile, market, as_of, sources))


def scores_of(profile: Profile, features: FromClause) -> Select[Any]:
    """From rows of features their scores: total_score, tier, excluded, components, and what the rows have.

    What is excluded has no tier.
    """
    points = _with_points(profile, features, Features(features.c)).cte("points")
    held = (_component(name, profile, points.c).label(_component_label(name)) for name in profile.weights)
    components = select(points, *held).offset(_NOTHING_SKIPPED).cte("components")
    weighted = sum(
        (
            cast(literal(weight), Numeric) * components.c[_component_label(name)]
            for name, weight in profile.weights.items()
        ),
        start=cast(literal(0), Numeric),
    )
    total_score = func.round(weighted, 2).label("total_score")
    excluded = _excluded(profile, Features(components.c)).label("excluded")
    totals = select(components, total_score, excluded).offset(_NOTHING_SKIPPED).cte("totals")
    total = totals.c.total_score
    tiers = [(total >= profile.tiers.A, "A"), (total >= profile.tiers.B, "B"), (total >= profile.tiers.C, "C")]
    if profile.exclude:
        tiers.insert(0, (totals.c.excluded.is_not(None), null()))  # type: ignore[arg-type]
    named = (part for name in profile.weights for part in (name, totals.c[_component_label(name)]))
    return select(
        total,
        case(*tiers, else_="D").label("tier"),
        totals.c.excluded,
        func.jsonb_build_object(*named, type_=JSONB).label("components"),
        *(totals.c[column.key] for column in features.c),
    )


def fired_rules(profile: Profile, leads: FromClause) -> Select[Any]:
    """The rows of ``leads`` (of ``lead_scores``) with ``rules``: those that fired, as a JSON array in the profile's
    order, each with its reason.

    One that a higher rule of its group covers has no points, and ``covered``; one that counts half has ``halved``.
    Worked out when somebody reads them: written down with every score of every night, the sentences would take more
    time than the scores.
    """
    points = _points_of_rules(profile, leads)
    entries = ", ".join(_entry(rule, profile) for rule in profile.rules)
    rules = literal_column(f"to_jsonb(array_remove(ARRAY[{entries}], NULL))", JSONB)
    return select(*(points.c[column.key] for column in leads.c), rules.label("rules"))


def fired_reasons(profile: Profile, leads: FromClause) -> Select[Any]:
    """The rows of ``leads`` (of ``lead_scores``) with ``reasons``: those of :func:`fired_rules`, as one text."""
    points = _points_of_rules(profile, leads)
    reasons = ", ".join(
        f"CASE WHEN {_own(rule)} IS NOT NULL THEN {_reason(rule, profile)} END" for rule in profile.rules
    )
    whole = literal_column(f"array_to_string(ARRAY[{reasons}], '; ')", Text)
    return select(*(points.c[column.key] for column in leads.c), whole.label("reasons"))


def _points_of_rules(profile: Profile, leads: FromClause) -> FromClause:
    """The rows of ``leads`` with the points of every rule, as ``points``, of which reasons are made as text."""
    counting = [rule for rule in profile.rules if rule.counts_groups]
    points = _with_points(profile, leads, Features(leads.c))
    if not counting:
        return points.subquery("points")
    others = points.subquery("others")
    given = {rule.name: others.c[_label(rule)] for rule in profile.rules if not rule.counts_groups}
    groups = {rule.component: _groups_with_points(rule.component, profile, given) for rule in counting}
    own = (_points(rule, Features(others.c, groups[rule.component])).label(_label(rule)) for rule in counting)
    numbers = (number.label(_groups_label(component)) for component, number in groups.items())
    return select(others, *own, *numbers).offset(_NOTHING_SKIPPED).subquery("points")


def _own(rule: Rule) -> str:
    return f"points.{_label(rule)}"


def _value_of(rule: Rule) -> Callable[[str], str]:
    """The SQL of a feature by its name, for what is said of a rule."""

    def value_of(name: str) -> str:
        if name == GROUPS:
            return f"points.{_groups_label(rule.component)}"
        return f"CAST(points.events ->> '{name}' AS numeric)" if name in _EVENTS else f"points.{name}"

    return value_of


def _reason(rule: Rule, profile: Profile) -> str:
    """The reason of a rule that has fired."""
    pieces = sentence(rule.reason, _value_of(rule))
    ending = _ending(rule)
    if rule.halved is not None:
        half = quoted(f" (half after {rule.halved.beyond} days)")
        pieces.append(f"CASE WHEN {_is_half(rule)} THEN {half} ELSE '' END")
        ending = _points_and_component(exact_points(_own(rule)), rule)
    if rule.group is not None:
        covered = quoted(f": covered, {rule.component}")
        ending = f"CASE WHEN {_is_covered(rule, profile)} THEN {covered} ELSE {ending} END"
    return f"concat({', '.join([*pieces, ending])})"


def _ending(rule: Rule) -> str:
    """How a reason ends. Points that are known are written here, since a number takes the database a microsecond."""
    if rule.further is not None or rule.extra is not None:
        return _points_and_component(whole_points(_own(rule)), rule)
    known = {rule.points} if rule.steps is None else {step.points for step in rule.steps.table}
    endings = [
        (points, quoted(f": {points:+d} {rule.component}"))
        for points in sorted(points for points in known if points is not None)
    ]
    if len(endings) == 1:
        return endings[0][1]
    return f"CASE {_own(rule)} {' '.join(f'WHEN {points} THEN {words}' for points, words in endings)} END"


def _points_and_component(points: str, rule: Rule) -> str:
    return f"concat(': ', {points}, {quoted(f' {rule.component}')})"


def _entry(rule: Rule, profile: Profile) -> str:
    """A rule in the JSON of a lead, null where it did not fire."""
    points, marks = _own(rule), []
    if rule.halved is not None:
        points = f"trim_scale({points})"
        marks.append((_is_half(rule), '{"halved": true}'))
    if rule.group is not None:
        is_covered = _is_covered(rule, profile)
        points = f"CASE WHEN {is_covered} THEN 0 ELSE {points} END"
        marks.append((is_covered, '{"covered": true}'))
    known = f"'component', {quoted(rule.component)}, 'name', {quoted(rule.name)}"
    entry = f"jsonb_build_object({known}, 'points', {points}, 'reason', {_reason(rule, profile)})"
    for holds, mark in marks:
        entry += f" || CAST(CASE WHEN {holds} THEN '{mark}' ELSE '{{}}' END AS jsonb)"
    return f"CASE WHEN {_own(rule)} IS NOT NULL THEN {entry} END"


def _features(profile: Profile, market: str, as_of: date, sources: list[str]) -> Any:
    query = text(statements(__package__, "features.sql")["features"]).bindparams(
        market=market,
        as_of=as_of,
        sources=sources,
        readings=profile.readings,
        period_days=PERIOD_DAYS,
        comparables=COMPARABLES,
        **profile.deal.model_dump(),
    )
    typed: list[Any] = [column("property_id"), column("signals", ARRAY(Text)), *map(column, COLUMNS)]
    return query.columns(*typed, column("events", JSONB)).cte("features")


def _with_points(profile: Profile, leads: FromClause, features: Features) -> Select[Any]:
    """The rows of ``leads`` with the points of every rule that does not depend on those of others."""
    given = (_points(rule, features).label(_label(rule)) for rule in profile.rules if not rule.counts_groups)
    return select(leads, *given).offset(_NOTHING_SKIPPED)


def _label(rule: Rule) -> str:
    return f"points_{rule.name}"


def _component_label(name: str) -> str:
    return f"{name}_score"


def _groups_label(component: str) -> str:
    return f"groups_{component}"


def _points(rule: Rule, features: Features) -> Expression:
    """The points of a rule, null where it does not fire."""
    conditions = _all_hold(rule.when, features)
    if rule.any:
        conditions.append(or_(*(and_(*_all_hold(alternative, features)) for alternative in rule.any)))
    conditions += [not_(_certainly(condition, features[name])) for name, condition in rule.unless.items()]
    given = literal_column(str(rule.points)) if rule.steps is None else _table(rule.steps, features)
    if rule.further is not None:
        more = features[rule.further.feature] - literal_column(str(rule.further.beyond))
        given = func.least(
            literal_column(str(rule.further.maximum)),
            given + literal_column(str(rule.further.points)) * func.greatest(more, _NOTHING),
        )
    if rule.extra is not None:
        given = given + func.coalesce(_table(rule.extra, features), _NOTHING)
    if rule.halved is not None:
        given = case((_is_halved(rule, features), given * literal_column("0.5")), else_=given)
    return case((and_(true(), *conditions), given), else_=null())


def _table(steps: Steps, features: Features) -> Expression:
    """The points of the first step that holds, null where none does."""
    feature = features[steps.feature]
    return case(*((_holds(step, feature), literal_column(str(step.points))) for step in steps.table), else_=null())


def _is_halved(rule: Rule, features: Features) -> Expression:
    assert rule.halved is not None
    return features[rule.halved.feature] > literal_column(str(rule.halved.beyond))


def _all_hold(conditions: Conditions, features: Features) -> list[Expression]:
    return [_holds(condition, features[name]) for name, condition in conditions.items()]


def _certainly(condition: Condition, feature: Expression) -> Expression:
    """A condition on a feature, false where the feature is unknown."""
    return func.coalesce(_holds(condition, feature), false())


def _holds(condition: Condition, feature: Expression) -> Expression:
    """A condition on a feature; null and so not true where the feature is unknown."""
    tests: list[Expression] = []
    if condition.present is not None:
        tests.append(feature.is_not(None) if condition.present else feature.is_(None))
    if condition.equals is not None:
        value = condition.equals
        tests.append(feature == (literal_column(str(value).lower()) if isinstance(value, bool) else literal(value)))
    if condition.one_of is not None:
        tests.append(or_(*(feature == literal(word) for word in condition.one_of)))
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
    """The sum of a component's points, of each group the highest, held within 0 and 100."""
    given = {rule.name: points[_label(rule)] for rule in profile.rules if not rule.counts_groups}
    groups = Features(points, _groups_with_points(name, profile, given))
    total: Expression = cast(literal(0), Numeric)
    for rule in profile.rules:
        if rule.component == name and rule.group is None:
            own = _points(rule, groups) if rule.counts_groups else given[rule.name]
            total = total + func.coalesce(own, 0)
    for highest in _groups(name, profile, given).values():
        total = total + func.coalesce(highest, 0)
    held = func.least(100, func.greatest(0, total))
    return func.trim_scale(held) if any(rule.halved for rule in profile.rules) else held


def _groups(component: str, profile: Profile, given: Mapping[str, Expression]) -> dict[str, Expression]:
    """The highest points of each group of a component, null where none of its rules fires."""
    members: dict[str, list[Expression]] = {}
    for rule in profile.rules:
        if rule.component == component and rule.group is not None:
            members.setdefault(rule.group, []).append(given[rule.name])
    return {group: func.greatest(*points) for group, points in members.items()}


def _groups_with_points(component: str, profile: Profile, given: Mapping[str, Expression]) -> Expression:
    """How many groups of a component give points."""
    total: Expression = _NOTHING
    for highest in _groups(component, profile, given).values():
        total = total + case((highest > _NOTHING, literal_column("1")), else_=_NOTHING)
    return total


def _is_covered(rule: Rule, profile: Profile) -> str:
    """Whether another rule of the group gives more points, or as many and stands before it."""
    is_before, higher = True, []
    for other in profile.rules:
        if other.name == rule.name:
            is_before = False
        elif (other.component, other.group) == (rule.component, rule.group):
            higher.append(f"coalesce({_own(other)} {'>=' if is_before else '>'} {_own(rule)}, false)")
    return " OR ".join(higher) or "false"


def _is_half(rule: Rule) -> str:
    assert rule.halved is not None
    return f"{_value_of(rule)(rule.halved.feature)} > {rule.halved.beyond}"


def _excluded(profile: Profile, features: Features) -> Expression:
    """The first name of the profile's ``exclude`` of which all conditions hold."""
    whens = [(and_(*_all_hold(conditions, features)), name) for name, conditions in profile.exclude.items()]
    return cast(case(*whens, else_=null()) if whens else null(), Text)
