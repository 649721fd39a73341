"""The features a rule can use, as ``features.sql`` computes them, and what kind of value each one is.

A profile asks for one of two readings of the records. The second knows what the first does and more; it also judges
some records otherwise (``features.sql`` says which), so that a score by the first stays what it was.
"""

from enum import StrEnum

from wholesaler.markets.records import DISTRESS_SIGNALS


class Kind(StrEnum):
    """What a feature is; a profile's conditions, points and formats must fit it."""

    DATE = "date"
    NUMBER = "number"
    FLAG = "flag"
    TEXT = "text"


TIERS = ("A", "B", "C", "D")

#: of the first readings, in the order of the ``features`` JSON of a lead
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
#: so many comparable sales tell the value after repair
COMPARABLES = 3

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

#: what the second readings know beside them, null in the first
FURTHER = (
    "next_sale_days",
    "own_violation_days",
    "oldest_open_violation_days",
    "owner_class",
    "owner_parcels",
    "homestead",
    "mail_differs",
    "held_since",
    "years_held",
    "is_land",
    "value_to_median",
    "comparable_value",
    "comparable_count",
    "comparable_low",
    "comparable_high",
)
#: and of each signal of distress: how many events are open, days since the newest, the sum of what is due, years
EVENT_FACTS = ("count", "days", "amount", "years")
#: these are in one JSON column of the scores, since of most leads none is known
EVENTS = tuple(f"{signal}_{fact}" for signal in DISTRESS_SIGNALS for fact in EVENT_FACTS)

#: the columns of ``features.sql`` and of the scores
COLUMNS = PUBLISHED + DERIVED + FURTHER
#: by readings, what a profile may ask for
FEATURES = {1: PUBLISHED + DERIVED, 2: COLUMNS + EVENTS}

#: the words of a feature of text
WORDS = {
    "owner_class": ("person", "estate", "trust", "company", "bank", "government", "association"),
    "mail_differs": ("same", "in_county", "in_state", "out_of_state"),
}

#: A profile may also ask how many groups of a rule's component give points. It is no fact of a property, but of its
#: points, and so known to the rules of no group only.
GROUPS = "groups_with_points"

_OTHERS = {
    "tax_sale_date": Kind.DATE,
    "auction_date": Kind.DATE,
    "held_since": Kind.DATE,
    "on_lands_available": Kind.FLAG,
    "has_location": Kind.FLAG,
    "homestead": Kind.FLAG,
    "is_land": Kind.FLAG,
    **dict.fromkeys(WORDS, Kind.TEXT),
}

#: of every feature; a test compares them with the columns of ``features.sql``
KINDS = {name: _OTHERS.get(name, Kind.NUMBER) for name in (*FEATURES[2], GROUPS)}
