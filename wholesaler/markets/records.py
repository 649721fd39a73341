"""The kinds of public record the program knows, and the columns a market's fields can fill.

This is the vocabulary of a market file: ``[sources.<name>.fields]`` maps these column names to the source's own
field names. The database models carry the same columns (a test compares them).
"""

from dataclasses import dataclass
from enum import StrEnum


class Type(StrEnum):
    """How a value is read; see ``wholesaler.stages.ingest.convert.records``."""

    TEXT = "text"
    DATE = "date"
    MONEY = "money"
    NUMBER = "number"
    INTEGER = "integer"
    YEARS = "years"
    PARCEL = "parcel"
    FLAG = "flag"


@dataclass(frozen=True)
class Column:
    """One column of a record: ``limit`` is the longest text kept; a record without a ``required`` value is rejected.

    ``words`` are those that the program understands, compared without case; where one is required, a record with any
    other is rejected.
    """

    name: str
    type: Type
    limit: int = 500
    required: bool = False
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class RecordKind:
    """A table of source records. ``signal`` kinds make a parcel a lead; the appraiser's roll only describes it."""

    table: str
    title: str
    signal: bool
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All column names, in order."""
        return tuple(column.name for column in self.columns)


def _texts(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, Type.TEXT) for name in names)


def _money(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, Type.MONEY) for name in names)


def _flags(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, Type.FLAG) for name in names)


def _dates(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, Type.DATE) for name in names)


_ADDRESS = (Column("address", Type.TEXT, 200), Column("city", Type.TEXT, 100), Column("zip_code", Type.TEXT, 20))

TAX_SALES = RecordKind(
    "tax_sales",
    "Tax deed sales",
    True,
    (
        Column("parcel", Type.PARCEL, required=True),
        Column("tda_number", Type.TEXT, 50),
        Column("sale_date", Type.DATE),
        Column("deed_status", Type.TEXT, 50, words=("Active Sale", "Lands Available")),
        *_money("opening_bid"),
        *_ADDRESS,
    ),
)

FORECLOSURES = RecordKind(
    "foreclosures",
    "Foreclosures",
    True,
    (
        Column("parcel", Type.PARCEL),
        Column("case_number", Type.TEXT, 50),
        *_texts("borrower_name"),
        *_ADDRESS,
        *_texts("record_type", "property_type", "trustee_name", "lender_name"),
        *_dates("recording_date", "entered_date", "auction_date", "transfer_date"),
        *_money("default_amount", "opening_bid", "transfer_amount"),
    ),
)

PROPERTY_RECORDS = RecordKind(
    "property_records",
    "Appraiser's roll",
    False,
    (
        Column("parcel", Type.PARCEL, required=True),
        *_ADDRESS,
        *_texts("owner_name", "co_owner_name"),
        Column("mail_address", Type.TEXT, 200),
        Column("mail_address_2", Type.TEXT, 200),
        *(Column(name, Type.TEXT, 100) for name in ("mail_city", "mail_state")),
        Column("mail_zip", Type.TEXT, 20),
        Column("mail_country", Type.TEXT, 100),
        *_flags("homestead", "confidential"),
        Column("use_code", Type.TEXT, 50),
        *_texts("zoning_code"),
        *_money("land_mkt", "building_mkt", "extra_features_mkt", "total_mkt", "total_assd", "total_exemptions"),
        *_money("taxable", "taxes"),
        Column("living_area", Type.NUMBER),
        Column("acreage", Type.NUMBER),
        Column("year_built", Type.INTEGER),
        *(Column(name, Type.NUMBER) for name in ("beds", "baths")),
        Column("units", Type.INTEGER),
        *_dates("sale_date"),
        *_money("sale_price"),
        *_flags("sale_qualified"),
        *_texts("legal_description"),
    ),
)

#: what a distress event can be a sign of
DISTRESS_SIGNALS = (
    "tax_delinquency", "tax_lien", "lien", "vacancy", "unsafe_building", "demolition", "eviction", "probate",
    "bankruptcy", "utility_shutoff",
)  # fmt: skip

DISTRESS_EVENTS = RecordKind(
    "distress_events",
    "Distress events",
    True,
    (
        Column("parcel", Type.PARCEL),
        Column("signal", Type.TEXT, 50, required=True, words=DISTRESS_SIGNALS),
        Column("case_number", Type.TEXT, 50),
        *_dates("event_date", "due_date", "closed_date"),
        Column("status", Type.TEXT, 50, words=("Open", "Closed")),
        *_money("amount"),
        Column("years", Type.YEARS),
        *_texts("party_name", "description"),
        *_ADDRESS,
    ),
)

CODE_VIOLATIONS = RecordKind(
    "code_violations",
    "Code violations",
    True,
    (
        Column("parcel", Type.PARCEL),
        Column("case_number", Type.TEXT, 50),
        *_dates("opened_date", "resolved_date"),
        Column("status", Type.TEXT, 50, words=("Open", "Closed")),
        *_texts("case_type", "description"),
        *_ADDRESS,
    ),
)

RECORD_KINDS: dict[str, RecordKind] = {
    kind.table: kind for kind in (TAX_SALES, FORECLOSURES, CODE_VIOLATIONS, DISTRESS_EVENTS, PROPERTY_RECORDS)
}

#: kind of record → what one counts as whose word, of those that say how it stands, nobody gave a meaning
UNMAPPED = {"tax_sales": "no sale any more", "code_violations": "closed", "distress_events": "open"}

#: the kinds of which a record can make a parcel a lead
SIGNAL_KINDS = tuple(kind for kind in RECORD_KINDS.values() if kind.signal)
