"""A scoring profile: components and their weights, tiers, the deal's assumptions and the rules, as TOML, validated."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    ValidationError,
    field_validator,
    model_validator,
)

from wholesaler.errors import ConfigurationError, did_you_mean
from wholesaler.markets import Market
from wholesaler.scoring.features import COLUMNS, EVENT_FACTS, FEATURES, GROUPS, KINDS, WORDS, Kind
from wholesaler.scoring.reasons import placeholders, with_words
from wholesaler.toml import expect_text, explain_validation, read_toml

#: the profile that is used where none is asked for
DEFAULT = "v2"
#: the conditions that can be asked of each kind of feature
CONDITIONS = {
    Kind.DATE: ("present",),
    Kind.NUMBER: ("present", "equals", "at_least", "at_most", "above", "below"),
    Kind.FLAG: ("present", "equals"),
    Kind.TEXT: ("present", "equals", "one_of"),
}
#: and the formats it can have in a reason: without one, anything is written as it is
_FORMATS = {
    Kind.DATE: "date or no format",
    Kind.NUMBER: "any format but date",
    Kind.FLAG: "no format",
    Kind.TEXT: "no format",
}
_STRICT = ConfigDict(frozen=True, extra="forbid")
_NAMED = "a name of small letters, digits and underscores that begins with a letter"
#: names become a column's, which 63 bytes can hold
Name = Annotated[str, Field(max_length=50), AfterValidator(expect_text(r"[a-z][a-z0-9_]*", _NAMED))]


class Condition(BaseModel):
    """What must hold of one feature; an unknown feature only satisfies ``present = false``."""

    model_config = _STRICT

    present: StrictBool | None = None
    # a number that is kept as text is a number still
    equals: Annotated[StrictBool | Decimal | str | None, Field(union_mode="left_to_right")] = None
    one_of: tuple[str, ...] | None = Field(None, min_length=1)
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    above: Decimal | None = None
    below: Decimal | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Condition":
        if not self.model_fields_set - {"points"}:
            raise ValueError("at least one of present, equals, one_of, at_least, at_most, above, below")
        return self

    def check(self, feature: str) -> None:
        """Raise ``ValueError`` naming the key when the condition cannot be asked of ``feature``."""
        kind = KINDS[feature]
        for key in sorted(self.model_fields_set - {"points"}):
            if key not in CONDITIONS[kind]:
                raise ValueError(f"{key}: {_expected(feature, ' or '.join(CONDITIONS[kind]))}")
        if kind is Kind.TEXT:
            words = ", ".join(WORDS[feature])
            for key, given in (("equals", [self.equals]), ("one_of", self.one_of or ())):
                for word in given:
                    if word is not None and word not in WORDS[feature]:
                        raise ValueError(f"{key}: {_expected(feature, f'one of {words}, not {word}')}")
        elif isinstance(self.equals, str):
            raise ValueError(f"equals: {_expected(feature, f'no text such as {self.equals!r}')}")
        elif self.equals is not None and isinstance(self.equals, bool) != (kind is Kind.FLAG):
            fitting = f"true or false, not {self.equals}" if kind is Kind.FLAG else "a number, not true or false"
            raise ValueError(f"equals: {_expected(feature, fitting)}")


#: features and what must hold of them, all of it
Conditions = dict[str, Condition]


class Step(Condition):
    """One line of a table of points: the first step that holds gives them."""

    points: int = Field(ge=-100, le=100)


class Steps(BaseModel):
    """A table of points by one feature."""

    model_config = _STRICT

    feature: str
    table: tuple[Step, ...] = Field(min_length=1)


class Further(BaseModel):
    """More points for each one of a feature ``beyond`` a number, up to ``maximum`` for the rule."""

    model_config = _STRICT

    feature: str
    beyond: int = Field(ge=0)
    points: int
    maximum: int


class Halving(BaseModel):
    """Half of the points where a feature is ``beyond`` a number; where it is unknown, all of them."""

    model_config = _STRICT

    feature: str
    beyond: int = Field(ge=0)


class Rule(BaseModel):
    """A component, a name, conditions, points and the reason given to people.

    It fires when all of ``when`` holds, one of the alternatives ``any`` if there are some, and nothing of ``unless``.
    ``extra`` are points that come on top by another feature. Of the rules of one ``group`` only the highest counts.
    """

    model_config = _STRICT

    component: Name
    name: Name
    group: Name | None = None
    when: Conditions = {}
    any: tuple[Conditions, ...] = ()
    unless: Conditions = {}
    points: int | None = Field(None, ge=-100, le=100)
    further: Further | None = None
    steps: Steps | None = None
    extra: Steps | None = None
    halved: Halving | None = None
    reason: str = Field(min_length=1)

    @model_validator(mode="after")
    def _fits(self) -> "Rule":
        if (self.points is None) == (self.steps is None):
            raise ValueError(f"rule {self.name}: either points or steps")
        if self.points is not None and not (self.when or self.any):
            raise ValueError(f"rule {self.name}: when: at least one condition")
        if not all(self.any):
            raise ValueError(f"rule {self.name}: any: at least one condition in each alternative")
        for feature in self.features:
            if feature not in KINDS:
                raise ValueError(f"rule {self.name}: {_no_feature(feature)}")
        if self.counts_groups and self.group is not None:
            raise ValueError(f"rule {self.name}: group: what counts the groups can be in none")
        self._check_kinds()
        return self

    @property
    def features(self) -> list[str]:
        """The features it uses, some of them several times."""
        used = [*self.when, *self.unless, *(feature for alternative in self.any for feature in alternative)]
        used += [name for name, _ in placeholders(self.reason)]
        return used + [part.feature for part in (self.steps, self.further, self.extra, self.halved) if part is not None]

    @property
    def counts_groups(self) -> bool:
        """Whether its points depend on those of other rules."""
        return GROUPS in self.features

    def _check_kinds(self) -> None:
        """Whatever is asked of a feature must fit its kind: the database would refuse it after the night's ingest."""
        for key, feature, condition in self._asked():
            try:
                condition.check(feature)
            except ValueError as error:
                raise ValueError(f"rule {self.name}: {key}.{error}") from None
        for key, part in (("further", self.further), ("halved", self.halved)):
            if part is not None and KINDS[part.feature] is not Kind.NUMBER:
                raise ValueError(f"rule {self.name}: {key}.feature: {_expected(part.feature, 'a number')}")
        for name, form in placeholders(self.reason):
            if form and KINDS[name] is not (Kind.DATE if form == "date" else Kind.NUMBER):
                expected = _expected(name, _FORMATS[KINDS[name]])
                raise ValueError(f"rule {self.name}: reason: {{{name}:{form}}}: {expected}")

    def _asked(self) -> Iterator[tuple[str, str, Condition]]:
        """Every condition with its key and its feature."""
        tables = [("when", self.when), ("unless", self.unless)]
        tables += [(f"any.{number}", alternative) for number, alternative in enumerate(self.any)]
        for key, table in tables:
            yield from ((f"{key}.{feature}", feature, condition) for feature, condition in table.items())
        for key, steps in (("steps", self.steps), ("extra", self.extra)):
            if steps is not None:
                yield from ((f"{key}.table.{n}", steps.feature, step) for n, step in enumerate(steps.table))


def _expected(feature: str, expected: str) -> str:
    return f"{feature} is a {KINDS[feature]}; expected {expected}"


def _no_feature(name: str) -> str:
    facts = ", ".join(f"SIGNAL_{fact}" for fact in EVENT_FACTS)
    known = f"Expected one of {', '.join(COLUMNS)}, {facts}, {GROUPS}"
    return f"'{name}' is no feature. {did_you_mean(name, KINDS)} {known}".replace("  ", " ")


class Deal(BaseModel):
    """The assumptions of the deal estimate; money in dollars, rates in dollars a square foot."""

    model_config = _STRICT

    market_share_of_price: Decimal = Field(gt=0, le=1)
    repair_rate: Decimal = Field(ge=0)
    repair_minimum: Decimal = Field(ge=0)
    old_before: int
    old_surcharge: Decimal = Field(ge=0)
    violation_surcharge: Decimal = Field(ge=0)
    purchase_share: Decimal = Field(gt=0, le=1)
    assignment_fee: Decimal = Field(ge=0)


class Tiers(BaseModel):
    """The lowest total of tiers A, B and C."""

    model_config = _STRICT

    A: Decimal
    B: Decimal
    C: Decimal

    @model_validator(mode="after")
    def _descending(self) -> "Tiers":
        if not 100 >= self.A > self.B > self.C > 0:
            raise ValueError("100 >= A > B > C > 0")
        return self


class Profile(BaseModel):
    """Everything that turns features into a score.

    ``weights`` name the components. ``exclude`` are names and conditions: a lead of which all conditions of a name
    hold is in no tier.
    """

    model_config = _STRICT

    name: Annotated[str, AfterValidator(expect_text(r"[a-z0-9][a-z0-9_-]*", "a name of small letters and digits"))]
    readings: Literal[1, 2] = 1
    weights: dict[Name, Decimal]
    tiers: Tiers
    deal: Deal
    exclude: dict[Name, Conditions] = {}
    rules: tuple[Rule, ...] = Field(min_length=1)

    @field_validator("weights")
    @classmethod
    def _sums_to_one(cls, value: dict[str, Decimal]) -> dict[str, Decimal]:
        if not value or sum(value.values()) != 1 or min(value.values()) < 0:
            raise ValueError("a weight of 0 or more for each component, together 1")
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> "Profile":
        names = [rule.name for rule in self.rules]
        for rule in self.rules:
            if names.count(rule.name) > 1:
                raise ValueError(f"rules: the name '{rule.name}' is used twice")
            if rule.component not in self.weights:
                raise ValueError(
                    f"weights: rule {rule.name} is of the component '{rule.component}', which has no weight. "
                    f"{did_you_mean(rule.component, self.weights)} Expected one of {', '.join(self.weights)}"
                )
            self._check_features(f"rule {rule.name}", rule.features)
        for name, conditions in self.exclude.items():
            if not conditions:
                raise ValueError(f"exclude.{name}: at least one condition")
            for feature, condition in conditions.items():
                if feature not in KINDS or feature == GROUPS:
                    raise ValueError(f"exclude.{name}: {_no_feature(feature)}")
                try:
                    condition.check(feature)
                except ValueError as error:
                    raise ValueError(f"exclude.{name}.{feature}.{error}") from None
            self._check_features(f"exclude.{name}", conditions)
        return self

    def _check_features(self, place: str, features: Iterator[str] | list[str] | Conditions) -> None:
        known = {*FEATURES[self.readings], GROUPS}
        for feature in features:
            if feature not in known:
                raise ValueError(f"{place}: '{feature}' is known to profiles with readings = 2 only")

    @property
    def components(self) -> tuple[str, ...]:
        """The components in the order of the rules, which the database keeps; that of ``weights`` it does not."""
        return tuple(dict.fromkeys([*(rule.component for rule in self.rules), *self.weights]))


def of_market(profile: Profile, market: Market) -> Profile:
    """The profile with a market's own words and its appraisers' share of the price, as it is scored and kept by."""
    rules = [
        rule.model_copy(update={"reason": with_words(rule.reason, market.terms)}) if "{word." in rule.reason else rule
        for rule in profile.rules
    ]
    share = market.deal.market_share_of_price
    deal = profile.deal if share is None else profile.deal.model_copy(update={"market_share_of_price": share})
    return profile.model_copy(update={"rules": tuple(rules), "deal": deal})


def bundled_profiles() -> dict[str, Path]:
    """The profiles that come with the program: name → file."""
    return {path.stem: path for path in sorted(Path(str(files(__package__))).glob("*.toml"))}


def load_profile(named: str | Path | None = None) -> Profile:
    """Read and validate a profile by its name or file, by default that of :data:`DEFAULT`.

    Raises :class:`ConfigurationError` naming the file and the key.
    """
    path = named if isinstance(named, Path) else _profile_path(named or DEFAULT)
    data = read_toml(path, parse_float=Decimal)
    try:
        return Profile.model_validate(data)
    except ValidationError as error:
        raise ConfigurationError(
            f"{path}: {explain_validation(error, data, Profile)}", "The bundled profiles v1 and v2 show the form."
        ) from None


def _profile_path(named: str) -> Path:
    bundled = bundled_profiles()
    if named in bundled:
        return bundled[named]
    path = Path(named).expanduser()
    if re.fullmatch(r"[\w-]+", named):  # what looks like a name
        try:
            path.stat()
        except FileNotFoundError:
            raise ConfigurationError(
                f"There is no profile '{named}', neither as a name nor as a file.",
                f"{did_you_mean(named, bundled)} Known profiles: {', '.join(bundled)}.".strip(),
            ) from None
        except OSError:
            pass  # reading it tells why
    return path


def points_of(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Of a profile's definition what scores depend on: all but the reasons."""
    rules = [{key: value for key, value in rule.items() if key != "reason"} for rule in definition["rules"]]
    return {**definition, "rules": rules}
