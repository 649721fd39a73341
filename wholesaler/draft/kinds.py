"""What kind of record a list holds: by what it is called, and by which columns its fields may be."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote, urlsplit

from wholesaler.draft.publisher import Looked

#: points by which the likeliest kind must lead, or nobody can tell
LEAD = 1.0
#: fewer points than this say nothing
_LEAST = 2.0
_CALLED = 4.0

Kind = Literal["tax_sales", "foreclosures", "code_violations", "distress_events", "property_records"]

_ROLL: Kind = "property_records"
#: what lists are called, the more particular first → their kind, and the signal of events
_NAMES: tuple[tuple[str, Kind, str], ...] = (
    (r"tax (title|forfeit|foreclos)|treasurer'?s? (deed|sale|auction)|tax.* foreclos|\bin rem\b", "tax_sales", ""),
    (r"foreclos|lis pendens|notices? of default|trustee'?s? sale|plaintiff|mortgag", "foreclosures", ""),
    (r"\b(?:nts|nots|nod)\b", "foreclosures", ""),
    (r"tax (deed|sale)|deed sale|\btda\b|upset sale|sheriff'?s? sale", "tax_sales", ""),
    (r"tax (lien|certificate)|certificate sale|lien sale", "distress_events", "tax_lien"),
    (r"delinq|\bdelq|unpaid tax|back tax|tax arrear", "distress_events", "tax_delinquency"),
    (r"evict|unlawful detainer", "distress_events", "eviction"),
    (r"probate", "distress_events", "probate"),
    (r"bankrupt", "distress_events", "bankruptcy"),
    (r"shut ?off|disconnect|water off", "distress_events", "utility_shutoff"),
    (r"demoli|raze", "distress_events", "demolition"),
    (r"vacan|abandon|boarded", "distress_events", "vacancy"),
    (r"unsafe|dangerous|condemn|unfit", "distress_events", "unsafe_building"),
    (r"\bliens?\b", "distress_events", "lien"),
    (r"violation|code (enf|case|compl|viol)|enforcement|blight|nuisance|housing case|complaint", "code_violations", ""),
)
_ROLL_NAMES = re.compile(
    r"parcel|assess|apprais|\bcama\b|tax roll|real (prop|acct|est)|ownership|cadast|property rec|\broll\b"
)
#: fields that only a suit of a lender has, and what says that it is the county that wants its taxes
_LENDERS = re.compile(r"lender|mortgag|plaintiff|benefic|trustee|borrower|grantor|holder|\bbank|loan|servicer")
#: the two sides of a deed of trust or mortgage, and what says that it is not only recorded but to be sold
_BORROWERS = re.compile(r"trustor|mortgagor|borrower")
_CREDITORS = re.compile(r"trustee|benefic|mortgagee|lender|servicer")
_TO_BE_SOLD = re.compile(r"\bt ?s (?:date|no|num|number|id)\b|\bsale\b|auction|default|\b(?:nts|nots|nod)\b")
_PARTIES = 3.0
_TAXES = re.compile(r"\btax(es|payer)?\b|treasur|delinq|\bd[e]?lq\b|collector|unpaid")
#: points of columns, by kind
_COLUMNS: dict[Kind, dict[str, float]] = {
    "tax_sales": {"opening_bid": 1.5, "sale_date": 0.5},
    "foreclosures": {
        "borrower_name": 2.5, "lender_name": 2.5, "trustee_name": 1, "recording_date": 0.5, "auction_date": 1,
        "default_amount": 1,
    },
    "code_violations": {
        "case_number": 1, "opened_date": 1, "resolved_date": 1, "case_type": 0.5, "description": 0.5, "status": 0.5,
    },
    "distress_events": {"amount": 1},
    _ROLL: dict.fromkeys(
        ("owner_name", "co_owner_name", "mail_address", "mail_city", "mail_state", "mail_zip", "mail_city_state",
         "land_mkt", "building_mkt", "total_mkt", "total_assd", "taxable", "taxes", "year_built", "living_area",
         "acreage", "lot_area", "use_code", "zoning_code", "homestead", "sale_price", "legal_description", "beds"),
        0.6,
    ),
}  # fmt: skip
_MOST_OF_ROLL = 3.6


@dataclass(frozen=True)
class Nature:
    """What a list holds. ``signal`` is that of distress events; ``others`` are kinds that it may be as well."""

    kind: Kind
    signal: str = ""
    others: tuple[str, ...] = ()


def nature_of(looked: Looked) -> Nature:
    """The likeliest kind; ``others`` is not empty where it is not clear."""
    title, called = _spaced(looked.title), _spaced(_address(looked.target.url))
    fields = " | ".join(_spaced(name) for name in looked.sample.fields)
    columns = {guess.column for guess in looked.found.guesses if guess.column}
    points: dict[Kind, float] = dict.fromkeys(_COLUMNS, 0.0)
    signals: dict[str, float] = {}
    for text, weight in ((title, _CALLED), (called, _CALLED), (fields, _CALLED / 4)):
        for pattern, kind, signal in _NAMES:
            if re.search(pattern, text):
                points[kind] = max(points[kind], weight)
                if signal:
                    signals[signal] = max(signals.get(signal, 0.0), weight)
                if text is not fields:
                    break
    is_named = any(points[kind] >= _CALLED for kind in points)
    if not is_named and (_ROLL_NAMES.search(title) or _ROLL_NAMES.search(called)):
        points[_ROLL] = 2.0
    for kind, weights in _COLUMNS.items():
        told = sum(weight for column, weight in weights.items() if column in columns)
        points[kind] += min(told, _MOST_OF_ROLL)
    if _BORROWERS.search(fields) and _CREDITORS.search(fields) and _TO_BE_SOLD.search(f"{title} | {called} | {fields}"):
        points["foreclosures"] += _PARTIES
    _tell_taxes(points, f"{title} | {called} | {fields}", fields, columns)
    if max(points.values()) < 1 and "parcel" in columns:
        points[_ROLL] += 1.0  # facts of parcels, such as values and buildings, are published without a name for them
    return _decide(points, signals, columns)


def _tell_taxes(points: dict[Kind, float], text: str, fields: str, columns: set[str]) -> None:
    """A foreclosure for taxes is a tax sale, a sheriff's sale for a lender a foreclosure: the fields tell which."""
    of_lender = {"lender_name", "trustee_name"} & columns or _LENDERS.search(fields)
    suit, sale = points["foreclosures"], points["tax_sales"]
    if not of_lender and _TAXES.search(text) and suit >= _CALLED and suit > sale - LEAD:
        points["foreclosures"], points["tax_sales"] = 0.0, max(suit, sale)
    elif of_lender and "sheriff" in text and not _TAXES.search(text) and sale > suit:
        points["foreclosures"], points["tax_sales"] = sale, 0.0


def _decide(points: dict[Kind, float], signals: dict[str, float], columns: set[str]) -> Nature:
    ranked: Sequence[Kind] = sorted(points, key=lambda kind: -points[kind])
    best, second = ranked[0], ranked[1]
    signal = max(signals, key=lambda one: signals[one], default="")
    others: tuple[str, ...] = ()
    if points[best] < _LEAST or points[best] - points[second] < LEAD:
        near = tuple(kind for kind in ranked[1:] if points[kind] > max(0.0, points[best] - LEAD))
        others = near or tuple(kind for kind in ranked[1:] if points[kind])
        others = others or tuple(kind for kind in ranked[1:])
    if best == "tax_sales" and not {"sale_date", "auction_date"} & columns:
        # a sale without its day is no sale to prepare for; that it is listed says that taxes are owed
        rest = tuple(kind for kind in others if kind != "distress_events")
        return Nature("distress_events", signal or "tax_delinquency", rest)
    return Nature(best, signal if best == "distress_events" else "", others)


def _address(url: str) -> str:
    """The words of an address that are the list's own: its last parts, without what all addresses have."""
    parts = [unquote(part) for part in urlsplit(url).path.split("/") if part]
    if not urlsplit(url).scheme:
        parts = parts[-1:]
    generic = re.compile(
        r"\d+|featureserver|mapserver|rest|services|arcgis|resource|datastore|dump|query", re.IGNORECASE
    )
    return " ".join(part for part in parts[-4:] if not generic.fullmatch(part))


def _spaced(text: str) -> str:
    """Words with a blank between them: ``Tax_SaleData`` is ``tax sale data``."""
    return re.sub(r"[^a-z0-9']+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower()).strip()
