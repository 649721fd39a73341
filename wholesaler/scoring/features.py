"""The features a rule can use, as ``features.sql`` computes them."""

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
