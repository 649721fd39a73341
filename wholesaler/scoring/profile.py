"""A scoring profile: weights, tiers, the deal's assumptions and the rules, read from TOML and validated."""

from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError, field_validator, model_validator

from wholesaler.errors import ConfigurationError, did_you_mean
from wholesaler.markets import Market
from wholesaler.scoring.features import FEATURES, KINDS, Kind
from wholesaler.scoring.reasons import placeholders, with_words
from wholesaler.toml import explain_validation, read_toml

COMPONENTS = ("distress", "value", "location", "urgency")
#: the conditions that can be asked of each kind of feature
CONDITIONS = {
    Kind.DATE: ("present",),
    Kind.NUMBER: ("present", "equals", "at_least", "at_most", "above", "below"),
    Kind.FLAG: ("present", "equals"),
}
#: and the formats it can have in a reason: without one, anything is written as it is
_FORMATS = {Kind.DATE: "date or no format", Kind.NUMBER: "any format but date", Kind.FLAG: "no format"}
_STRICT = ConfigDict(frozen=True, extra="forbid")


class Condition(BaseModel):
    """What must hold of one feature; an unknown feature only satisfies ``present = false``."""

    model_config = _STRICT

    present: StrictBool | None = None
    equals: StrictBool | Decimal | None = None
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    above: Decimal | None = None
    below: Decimal | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Condition":
        if not self.model_fields_set - {"points"}:
            raise ValueError("at least one of present, equals, at_least, at_most, above, below")
        return self

    def check(self, feature: str) -> None:
        """Raise ``ValueError`` naming the key when the condition cannot be asked of ``feature``."""
        kind = KINDS[feature]
        for key in sorted(self.model_fields_set - {"points"}):
            if key not in CONDITIONS[kind]:
                raise ValueError(f"{key}: {_expected(feature, ' or '.join(CONDITIONS[kind]))}")
        if self.equals is not None and isinstance(self.equals, bool) != (kind is Kind.FLAG):
            fitting = f"true or false, not {self.equals}" if kind is Kind.FLAG else "a number, not true or false"
            raise ValueError(f"equals: {_expected(feature, fitting)}")


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


class Rule(BaseModel):
    """A component, a name, conditions, points and the reason given to people."""

    model_config = _STRICT

    component: Literal["distress", "value", "location", "urgency"]
    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=50)  # it becomes a column's, which 63 bytes can hold
    when: dict[str, Condition] = {}
    points: int | None = Field(None, ge=-100, le=100)
    further: Further | None = None
    steps: Steps | None = None
    reason: str = Field(min_length=1)

    @model_validator(mode="after")
    def _fits(self) -> "Rule":
        if (self.points is None) == (self.steps is None):
            raise ValueError(f"rule {self.name}: either points or steps")
        if self.points is not None and not self.when:
            raise ValueError(f"rule {self.name}: when: at least one condition")
        used = [*self.when, *placeholders(self.reason)]
        used += [part.feature for part in (self.steps, self.further) if part is not None]
        for feature in used:
            if feature not in FEATURES:
                meant = f"{did_you_mean(feature, FEATURES)} " if did_you_mean(feature, FEATURES) else ""
                known = f"{meant}Expected one of {', '.join(FEATURES)}"
                raise ValueError(f"rule {self.name}: '{feature}' is no feature. {known}")
        self._check_kinds()
        return self

    def _check_kinds(self) -> None:
        """Whatever is asked of a feature must fit its kind: the database would refuse it after the night's ingest."""
        asked = [(f"when.{feature}", feature, condition) for feature, condition in self.when.items()]
        if self.steps is not None:
            asked += [(f"steps.table.{n}", self.steps.feature, step) for n, step in enumerate(self.steps.table)]
        for key, feature, condition in asked:
            try:
                condition.check(feature)
            except ValueError as error:
                raise ValueError(f"rule {self.name}: {key}.{error}") from None
        if self.further is not None and KINDS[self.further.feature] is not Kind.NUMBER:
            raise ValueError(f"rule {self.name}: further.feature: {_expected(self.further.feature, 'a number')}")
        for _, name, form, _ in Formatter().parse(self.reason):
            if name and form and KINDS[name] is not (Kind.DATE if form == "date" else Kind.NUMBER):
                expected = _expected(name, _FORMATS[KINDS[name]])
                raise ValueError(f"rule {self.name}: reason: {{{name}:{form}}}: {expected}")


def _expected(feature: str, expected: str) -> str:
    return f"{feature} is a {KINDS[feature]}; expected {expected}"


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
    """Everything that turns features into a score."""

    model_config = _STRICT

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    weights: dict[Literal["distress", "value", "location", "urgency"], Decimal]
    tiers: Tiers
    deal: Deal
    rules: tuple[Rule, ...] = Field(min_length=1)

    @field_validator("weights")
    @classmethod
    def _sums_to_one(cls, value: dict[str, Decimal]) -> dict[str, Decimal]:
        if set(value) != set(COMPONENTS) or sum(value.values()) != 1 or min(value.values()) < 0:
            raise ValueError(f"a weight for each of {', '.join(COMPONENTS)}, together 1")
        return value

    @model_validator(mode="after")
    def _unique_names(self) -> "Profile":
        names = [rule.name for rule in self.rules]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"rules: the name '{name}' is used twice")
        return self


def of_market(profile: Profile, market: Market) -> Profile:
    """The profile with a market's own words and its appraisers' share of the price, as it is scored and kept by."""
    rules = [
        rule.model_copy(update={"reason": with_words(rule.reason, market.terms)}) if "{word." in rule.reason else rule
        for rule in profile.rules
    ]
    share = market.deal.market_share_of_price
    deal = profile.deal if share is None else profile.deal.model_copy(update={"market_share_of_price": share})
    return profile.model_copy(update={"rules": tuple(rules), "deal": deal})


def load_profile(path: Path | None = None) -> Profile:
    """Read and validate a profile, v1 by default; raises :class:`ConfigurationError` naming the file and the key."""
    source = path if path is not None else Path(str(files(__package__) / "v1.toml"))
    data = read_toml(source, parse_float=Decimal)
    try:
        return Profile.model_validate(data)
    except ValidationError as error:
        raise ConfigurationError(
            f"{source}: {explain_validation(error, data, Profile)}", "The bundled profile v1 shows the form."
        ) from None
