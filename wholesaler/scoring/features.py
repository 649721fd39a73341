"""The features a rule can use, as ``features.sql`` computes them, and what kind of value each one is."""

from enum import StrEnum


class Kind(StrEnum):
    """What a feature is; a profile's conditions, points and formats must fit it."""

    DATE = "date"
    NUMBER = "number"
    FLAG = "flag"


#: in the order of the ``features`` JSON of a lead
PUBLISHED = (
    "tax_sale_date",
    "on_lands_available",
    "auction_date",
    "lis_pendens_days",
    "default_amount",
    "own_open_violations",
    "nearby_violations",
    "nearby_open_violations",
    "nearest_violation_miles",
    "signal_count",
    "has_location",
    "total_mkt",
    "total_assd",
    "taxes",
    "living_area",
    "year_built",
)

#: filings and violations of this many days up to the day count, its first day too
PERIOD_DAYS = 730

#: computed from those: days from the day of the score, ratios, and the deal estimate
DERIVED = (
    "tax_sale_days",
    "auction_days",
    "market_to_assessed",
    "tax_rate",
    "arv",
    "repairs",
    "mao",
    "debt",
    "spread",
)

DEAL = ("arv", "repairs", "mao", "debt", "spread")

FEATURES = PUBLISHED + DERIVED

_OTHERS = {
    "tax_sale_date": Kind.DATE,
    "auction_date": Kind.DATE,
    "on_lands_available": Kind.FLAG,
    "has_location": Kind.FLAG,
}

#: of every feature; a test compares them with the columns of ``features.sql``
KINDS = {name: _OTHERS.get(name, Kind.NUMBER) for name in FEATURES}
