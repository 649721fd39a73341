"""Which leads somebody wants, in which order; the same for lists and exports, and saved by name.

Leads that nobody works on (suppressed, closed, dead, do not contact) are left out unless their status is asked for;
what is confidential is never there.
"""

from dataclasses import asdict, dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Subquery,
    and_,
    any_,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import TEXT, array

from wholesaler.db.sql import opaque_value
from wholesaler.errors import UsageError, did_you_mean
from wholesaler.leads.statuses import ENDS, STATUSES
from wholesaler.markets.records import CODE_VIOLATIONS, DISTRESS_EVENTS, DISTRESS_SIGNALS, FORECLOSURES, TAX_SALES
from wholesaler.scoring.features import TIERS, WORDS

SIGNALS = (
    "tax_deed_sale", "lands_available", "foreclosure_auction", "lis_pendens", "open_code_violation", *DISTRESS_SIGNALS
)  # fmt: skip
#: the signals that a kind of list gives, for who asks by the list
SIGNALS_OF_LISTS: dict[str, tuple[str, ...]] = {
    TAX_SALES.table: ("tax_deed_sale", "lands_available"),
    FORECLOSURES.table: ("foreclosure_auction", "lis_pendens"),
    CODE_VIOLATIONS.table: ("open_code_violation",),
    DISTRESS_EVENTS.table: DISTRESS_SIGNALS,
}
#: how a list may be sorted: the column, and whether the highest comes first
SORTS = {
    "score": ("total_score", True),
    "days": ("days_left", False),
    "value": ("value", True),
    "offer": ("offer", True),
    "spread": ("spread", True),
    "next": ("next_date", False),
    "held": ("held_since", False),
    "address": ("address", False),
    "distance": ("miles", False),
}
METRES_A_MILE = 1609.344


@dataclass(frozen=True)
class Filters:
    """What a list is to hold. A lead has one of each of several values, but of ``signals`` one of every entry.

    ``since``: what was not on the list before that day. ``changed``: what is new, back, or in another tier than on the
    last list before ``since``, or before the newest. ``near``: an address, or latitude and longitude, ``within`` miles.
    """

    tiers: tuple[str, ...] = ()
    only_new: bool = False
    only_excluded: bool = False
    signals: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    zips: tuple[str, ...] = ()
    owner_classes: tuple[str, ...] = ()
    absentee: bool = False
    min_value: Decimal | None = None
    max_value: Decimal | None = None
    min_spread: Decimal | None = None
    sale_within: int | None = None
    statuses: tuple[str, ...] = ()
    since: date | None = None
    changed: bool = False
    near: str | None = None
    within: Decimal | None = None
    sort: str | None = None

    def __post_init__(self) -> None:
        for option, given, known in (
            ("--owner-class", self.owner_classes, WORDS["owner_class"]),
            ("--status", self.statuses, STATUSES),
            ("--signal", [word for entry in self.signals for word in entry.split(",")], SIGNALS),
            ("--sort", [self.sort.removeprefix("-")] if self.sort else [], tuple(SORTS)),
        ):
            for word in given:
                if word not in known:
                    expected = f"Expected one of {', '.join(known)}."
                    if option == "--signal":
                        expected += f" A kind of list stands for all that it gives: {', '.join(SIGNALS_OF_LISTS)}."
                    guess = did_you_mean(word, (*known, *SIGNALS_OF_LISTS) if option == "--signal" else known)
                    raise UsageError(f"{option}: '{word}' is none.", " ".join(filter(None, (guess, expected))))
        for tier in self.tiers:
            if tier not in TIERS:
                raise UsageError(f"There is no tier '{tier}'.", "The tiers are A, B, C and D.")
        if self.tiers and self.only_excluded:
            raise UsageError("--excluded: what the profile excludes is in no tier.", "Leave --tier out.")
        if self.within is not None and self.near is None:
            raise UsageError("--within: it is miles around an address.", "Name the address with --near.")
        if self.sort in {"distance", "-distance"} and self.near is None:
            raise UsageError("--sort: distance is from an address.", "Name the address with --near.")

    @property
    def miles(self) -> Decimal:
        """How far around an address; a mile unless something else is asked for."""
        return Decimal(1) if self.within is None else self.within

    def document(self) -> dict[str, Any]:
        """What is asked for, as JSON: what is not is left out."""
        return {name: value for name, value in asdict(self).items() if _is_asked(value)}

    def over(self, saved: "Filters") -> "Filters":
        """These, and where nothing is asked for what was ``saved``."""
        names = [each.name for each in fields(self)]
        asked = {name: _is_asked(getattr(self, name)) for name in names}
        return Filters(**{name: getattr(self if asked[name] else saved, name) for name in names})


def _is_asked(value: Any) -> bool:
    """Whether a value of a filter asks for something, as a sale within 0 days does."""
    return value is not None and value is not False and value != ()


def expand_signals(entry: str) -> str:
    """Signals separated by commas; a kind of list (``foreclosures``) stands for those that it gives."""
    words = (SIGNALS_OF_LISTS.get(word, (word,)) for word in entry.split(","))
    return ",".join(dict.fromkeys(signal for each in words for signal in each))


def from_document(document: dict[str, Any]) -> Filters:
    """The filters of :meth:`Filters.document`."""
    read: dict[str, Any] = {}
    for name, value in document.items():
        if name == "since":
            read[name] = date.fromisoformat(str(value))
        elif name in {"min_value", "max_value", "min_spread", "within"}:
            read[name] = Decimal(str(value))
        else:
            read[name] = tuple(value) if isinstance(value, list) else value
    return Filters(**read)


def conditions(
    lead: Subquery, filters: Filters, market: str, *, before: Subquery | None, shows_suppressed: bool
) -> ColumnElement[bool]:
    """What a lead must be like. ``before`` are the leads of the day compared with; ``miles`` is a column with --near.

    ``shows_suppressed``: those of who must not be contacted are there where that status is asked for.
    """
    known = lead.c
    terms = [_workable(lead, filters, market, shows_suppressed)]
    if filters.tiers:
        terms.append(known.tier.in_(filters.tiers))
    if filters.only_new:
        terms.append(known.is_new)
    # of each entry one: two lists or more are entries of their own
    terms += [known.signals.op("&&")(array(entry.split(","), type_=TEXT)) for entry in filters.signals]
    if filters.cities:
        terms.append(func.wholesaler_city(known.city) == any_(_each("wholesaler_city", filters.cities)))
    if filters.zips:
        terms.append(func.wholesaler_zip_code(known.zip_code) == any_(_each("wholesaler_zip_code", filters.zips)))
    if filters.owner_classes:
        terms.append(known.owner_class.in_(filters.owner_classes))
    if filters.absentee:
        terms.append(known.mail_differs.in_(["in_county", "in_state", "out_of_state"]))
    if filters.min_value is not None:
        terms.append(known.value >= filters.min_value)
    if filters.max_value is not None:
        terms.append(known.value <= filters.max_value)
    if filters.min_spread is not None:
        terms.append(known.spread >= filters.min_spread)
    if filters.sale_within is not None:
        terms.append(known.days_left.between(0, filters.sale_within))
    if filters.near is not None:
        terms.append(known.miles <= filters.miles)
    if before is not None:
        is_there = select(literal(1)).where(before.c.property_id == known.property_id)
        if filters.changed:
            is_there = is_there.where(before.c.tier.is_not_distinct_from(known.tier))
        terms.append(~exists(is_there))
    return and_(*terms)


def _workable(lead: Subquery, filters: Filters, market: str, shows_suppressed: bool) -> ColumnElement[bool]:
    known = lead.c
    suppressed = table("suppressed_properties", column("market"), column("property_id"), column("reason"))
    is_suppressed = exists(
        select(literal(1)).where(
            suppressed.c.market == opaque_value(market), suppressed.c.property_id == known.property_id
        )
    )
    is_listed = known.excluded.is_not(None) if filters.only_excluded else known.tier.is_not(None)
    if not filters.statuses:
        # as of workable_leads, which would read all scores and statuses once more
        return and_(is_listed, or_(known.status.not_in(ENDS), known.came_back), ~is_suppressed)
    confidential = table("confidential_properties", column("market"), column("property_id"))
    is_confidential = exists(
        select(literal(1)).where(
            confidential.c.market == opaque_value(market), confidential.c.property_id == known.property_id
        )
    )
    is_hidden: ColumnElement[bool] = is_suppressed
    if shows_suppressed:
        is_hidden = or_(is_confidential, and_(is_suppressed, known.status != "dnc"))
    return and_(is_listed, known.status.in_(filters.statuses), ~is_hidden)


def _each(function: str, written: tuple[str, ...]) -> ColumnElement[Any]:
    """A function of the database of each of several texts, as an array."""
    return array([getattr(func, function)(text) for text in written], type_=TEXT)


def order(lead: FromClause, filters: Filters) -> list[ColumnElement[Any]]:
    """How the leads are sorted: by what is asked for, then by the score. The parcel's number decides of the same."""
    name, descends = sort_key(filters)
    key = lead.c[name]
    first = key.desc() if descends else key.asc()
    return [first.nulls_last(), lead.c.total_score.desc()]


def sort_key(filters: Filters) -> tuple[str, bool]:
    """The column that leads are sorted by, and whether the highest comes first; who has none comes last."""
    named = filters.sort or ("distance" if filters.near else "score")
    name, highest_first = SORTS[named.removeprefix("-")]
    return name, highest_first != named.startswith("-")


def day_bound(filters: Filters, listed: date | None) -> date:
    """The day before which the list must lie that this one is compared with."""
    return filters.since or listed or date.max
