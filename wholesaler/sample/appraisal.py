"""What the appraiser's roll says of an invented parcel: values, taxes, building, owner."""

from random import Random
from typing import NamedTuple

from wholesaler.sample.vocabulary import COMPANY_ENDINGS, GIVEN_NAMES, TREES

# Market values: log-normal around this median, cut to the range; dollars.
_MEDIAN, _SIGMA, _LOWEST, _HIGHEST = 12.52, 0.48, 60_000, 900_000  # ln 273,000


class Appraisal(NamedTuple):
    """Dollars, square feet, acres and a year, as the roll has them: 0 where there is no building."""

    land: float
    building: float
    extra_features: float
    market: float
    assessed: float
    exemptions: float
    taxable: float
    taxes: float
    living_area: float
    acreage: float
    year_built: int


def appraise(random: Random, unit: bool, newest_year: int) -> Appraisal:
    """Appraise one parcel; ``unit`` for a condominium unit, no building is newer than ``newest_year``."""
    chance = random.random()
    if chance < 0.008:  # a common area: a token value
        return Appraisal(100.0, 0.0, 0.0, 100.0, 100.0, 0.0, 100.0, 1.81, 0.0, round(random.uniform(0.2, 3), 8), 0)
    if chance < 0.07 and not unit:
        return _vacant(random)
    target = random.lognormvariate(_MEDIAN, _SIGMA)
    while not _LOWEST <= target <= _HIGHEST:
        target = random.lognormvariate(_MEDIAN, _SIGMA)
    land = 0.0 if unit else round(target * random.uniform(0.15, 0.35), -3)
    extra = 0.0 if unit or random.random() < 0.35 else random.randrange(1, 40) * 500.0
    building = max(round(target - land - extra, -1), 10_000.0)
    market = land + building + extra
    homestead = random.random() < 0.55
    if homestead:  # the assessed value grows by 3 % a year at most: the longer owned, the lower
        assessed, exemptions = market * random.uniform(0.38, 0.98), random.choice((25_000.0, 25_000.0, 30_000.0))
    else:
        assessed, exemptions = market * min(1.0, random.uniform(0.82, 1.25)), 0.0
    assessed = float(round(assessed))
    taxable = max(assessed - exemptions, 0.0)
    rate = random.uniform(0.01, 0.0155) if homestead else random.uniform(0.0125, 0.022)
    return Appraisal(
        land,
        building,
        extra,
        market,
        assessed,
        exemptions,
        taxable,
        round(market * rate, 2),
        float(round(min(max(market / random.uniform(120, 240), 480), 6500))),
        round(random.uniform(0.02, 0.1) if unit else random.lognormvariate(-1.4, 0.4), 8),
        0 if random.random() < 0.01 else int(random.triangular(1948, newest_year, 1990)),
    )


def _vacant(random: Random) -> Appraisal:
    land = float(round(random.uniform(60_000, 160_000), -3))
    taxes = round(land * random.uniform(0.014, 0.022), 2)
    acreage = round(random.lognormvariate(-1, 0.6), 8)
    return Appraisal(land, 0.0, 0.0, land, land, 0.0, land, taxes, 0.0, acreage, 0)


def owners(random: Random) -> tuple[str, str | None]:
    """Owner and co-owner as the roll writes them: ``GUM SAGE``, or a company."""
    tree = random.choice(TREES).upper()
    if random.random() < 0.16:
        return f"{tree} {random.choice(COMPANY_ENDINGS)}", None
    owner = f"{tree} {random.choice(GIVEN_NAMES).upper()}"
    if random.random() < 0.6:
        return owner, None
    return owner, f"{random.choice(TREES).upper()} {random.choice(GIVEN_NAMES).upper()}"
