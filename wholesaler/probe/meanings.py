"""What a field can be to us: the columns of records and parts of them, the words of their names, how their values look.

Names beside our own columns: ``address.number``, ``address.street``, ``address.unit`` (parts to be joined),
``parcel.part``, ``mail_city_state``, ``lot_area`` (in square feet), ``location.x`` and ``.y``, ``record_date``.
"""

from collections.abc import Callable
from dataclasses import dataclass

from wholesaler.probe.description import MOST, Field

#: a name's word, or one of several
Word = frozenset[str]
Fits = Callable[[Field], bool]

#: columns of the owner's mail and the columns of the place that look the same
MAILING = {"mail_address": "address", "mail_city": "city", "mail_zip": "zip_code"}
PLACES = {place: mail for mail, place in MAILING.items()}
#: several fields may be parts of one
SHARED = frozenset({"address.street", "address.number", "address.unit", "parcel.part", "description", "mail_address_2"})


@dataclass(frozen=True)
class Meaning:
    """A column; ``names`` are the words that its names are made of (all of one row), ``beside`` those that may stand
    there too. ``fits``: whether values can be of it.
    """

    column: str
    names: tuple[tuple[Word, ...], ...]
    beside: frozenset[str]
    fits: Fits


def _text(field: Field) -> bool:
    return field.type == "text"


def _letters(field: Field) -> bool:
    return field.type == "text" and field.share("number", "uuid") < 0.3


def _date(field: Field) -> bool:
    return field.type == "date"


def _recent(field: Field) -> bool:
    """Within some years: sales go back for decades."""
    return field.days is not None and (field.days[1] - field.days[0]).days < 4_000


def _parcel(field: Field) -> bool:
    if field.share("uuid") > 0.1 or field.share("decimals") > 0.2 or field.distinct < 2 < field.filled:
        return False
    whole = field.share("integer") >= MOST and 5 <= field.length <= 24
    return field.type != "date" and (whole or field.share("parcel") >= 0.7) and field.unique_share >= 0.05


def _case(field: Field) -> bool:
    coded = field.share("case") >= MOST and field.length >= 4 and field.words <= 3
    return coded and field.type != "date" and field.unique_share >= 0.3 and field.share("address", "decimals") < 0.3


def _few(most: int, share: float = 0.5) -> Fits:
    """Few different values: at most so many, or in a short sample so much of all."""
    return lambda field: field.distinct <= max(3, min(most, share * field.filled))


def _money(field: Field) -> bool:
    return _amount(field) and (field.numbers is None or field.numbers[2] >= 50 or field.numbers[2] == 0)


def _tax(field: Field) -> bool:
    return _money(field) and field.share("year") < 0.9


def _amount(field: Field) -> bool:
    if field.type != "number" or field.numbers is None:
        return False
    low, _, high = field.numbers
    coordinates = field.share("decimals") > 0.5 and high < 180
    return not coordinates and high < 1e10 and low > -1e7 and not (field.length >= 9 and field.share("integer") == 1)


def _between(low: float, high: float, kind: str = "number") -> Fits:
    def fits(field: Field) -> bool:
        return field.type == kind and field.numbers is not None and low <= field.numbers[1] <= high

    return fits


def _address(field: Field) -> bool:
    return _text(field) and field.share("address") >= 0.5 and field.share("zip") < 0.2


def _street(field: Field) -> bool:
    parts = field.share("street_part") >= 0.6 or (field.share("address") < 0.4 and field.share("number") < 0.4)
    several = field.share("street_part") + field.share("typed_street") >= 0.2 or field.distinct > 20
    return _text(field) and parts and several and field.words < 5 and field.share("case", "company") < 0.6


def _house(field: Field) -> bool:
    return field.share("house") >= 0.8 and field.length <= 6 and field.share("decimals") < 0.1


def _unit(field: Field) -> bool:
    return field.length <= 10 and field.share("address") < 0.3 and field.type != "date"


def _second_line(field: Field) -> bool:
    """Of an address: a text, or the number of a unit."""
    return field.type in {"text", "empty"} or (_unit(field) and field.share("zip") < 0.5)


def _city(field: Field) -> bool:
    named = _text(field) and field.share("place") >= 0.85 and field.share("flag", "state") < 0.5
    # a house name or a street is not the same again and again
    return named and (field.unique_share <= 0.5 or field.filled <= 40) and field.share("typed_street", "company") < 0.4


def _zip(field: Field) -> bool:
    return field.share("zip") >= 0.75 and (
        len({text[:5] for text in field.counts}) <= 0.6 * field.filled or field.filled <= 40
    )


def _mail(field: Field) -> bool:
    return _text(field) and field.share("address") + field.share("box") >= 0.5


def _name(field: Field) -> bool:
    named = field.share("letters") >= 0.6 or field.share("name") >= 0.5
    return _text(field) and named and field.share("address", "zip") < 0.3 and field.share("street_part") < 0.3


def _year(field: Field) -> bool:
    if field.numbers is None or field.type not in {"number", "text"}:
        return False
    zeros = sum(count for text, count in field.counts.items() if text in {"0", "0000"}) / field.filled
    return field.share("year") + zeros >= 0.95 and field.share("year") >= 0.4


def _code(field: Field) -> bool:
    return field.length <= 40 and field.type != "date" and field.share("decimals") < 0.1


def _zone(field: Field) -> bool:
    return _code(field) and _few(400, 0.7)(field) and field.share("number") < 0.7


def _x(field: Field) -> bool:
    if field.numbers is None:
        return False
    middle = abs(field.numbers[1])
    return field.share("number") >= MOST and (64 <= middle <= 180 or 10_000 <= middle <= 2e7)


def _y(field: Field) -> bool:
    if field.numbers is None:
        return False
    return field.share("number") >= MOST and (17 <= field.numbers[1] <= 72 or 10_000 <= field.numbers[1] <= 2e7)


def _flag(field: Field) -> bool:
    return field.type in {"text", "number"} and field.distinct <= 12 and field.length <= 20


def _rows(text: str) -> tuple[tuple[Word, ...], ...]:
    """``a b|c, d``: the words a and (b or c), or the word d."""
    return tuple(tuple(frozenset(word.split("|")) for word in row.split()) for row in text.split(","))


def _all(*tests: Fits) -> Fits:
    return lambda field: all(test(field) for test in tests)


def _meaning(column: str, names: str, beside: str, fits: Fits) -> Meaning:
    return Meaning(column, _rows(names), frozenset(beside.split()), fits)


MEANINGS: tuple[Meaning, ...] = (
    _meaning("parcel", "parcel, parcel number, account number, account, tax number, tax account, tax parcel",
             "number account tax site state county owner", _parcel),
    _meaning("parcel.part", "block, lot", "parcel number", lambda field: _unit(field) and field.distinct > 1),
    _meaning("case_number", "case number, case", "case number site tax", _case),
    _meaning("opened_date", "opened date, case date, opened, case opened date", "case site", _date),
    _meaning("resolved_date", "closed date, closed, case closed date", "case status", _date),
    _meaning("record_date", "updated date, status date, updated, status updated date", "case status", _date),
    _meaning("recording_date", "recording date", "case", _recent),
    _meaning("auction_date", "auction date", "case", _date),
    _meaning("sale_date", "sale date, recording date", "tax first", _date),
    _meaning("sale_price", "sale price, sale value, price", "market sale value", _money),
    _meaning("status", "status, case status", "case text closed number opened tax sale",
             _all(_few(40), lambda field: field.type == "text" and field.share("year", "state") < 0.5)),
    _meaning("case_type", "type, case type", "case text number", _all(_few(300), _text)),
    _meaning("description", "text, case text", "case type number site", _letters),
    _meaning("legal_description", "legal text, legal", "number first second", _letters),
    _meaning("address", "site address, site street, address, street address, site",
             "street site first text mail", _address),
    _meaning("address.number", "house number, address number, street number, site street|address|house number, house",
             "street address first site direction", _house),
    _meaning("address.street",
             "street name, street, street type, direction, street direction, site street name, site street, "
             "address direction, direction type, site address name", "first site address type", _street),
    _meaning("address.unit", "unit, site unit", "number type site address building", _unit),
    _meaning("city", "city, site city, postal city", "name site address postal parcel", _city),
    _meaning("zip_code", "zip, site zip, postal zip", "number site address postal parcel street", _zip),
    _meaning("mail_address", "mail|owner address, mail street, mail|owner street address",
             "mail owner address street first", _mail),
    _meaning("mail_address_2",
             "mail|owner address second, mail|owner street second, attention, mail attention, mail|owner unit",
             "mail owner address number type", _second_line),
    _meaning("mail_city", "mail|owner city", "mail owner name address", _city),
    _meaning("mail_state", "mail|owner state", "mail owner number address name",
             lambda field: field.share("state") >= 0.8),
    _meaning("mail_zip", "mail|owner zip", "mail owner number address", _zip),
    _meaning("mail_city_state", "mail|owner city state, city state", "mail owner address zip tax",
             lambda field: field.share("place_and_state") >= 0.7),
    _meaning("owner_name", "owner, owner name, name, account name, mail name, mail address name",
             "first name site parcel mail", _name),
    _meaning("co_owner_name", "owner second, owner name second, name second", "name owner site", _name),
    _meaning("borrower_name", "borrower", "name first", _name),
    _meaning("lender_name", "lender", "name first", _name),
    _meaning("trustee_name", "trustee", "name first", _name),
    _meaning("land_mkt", "land value, land market, land", "market total value tax", _money),
    _meaning("building_mkt", "building value, building market, building", "market total value tax", _money),
    _meaning("total_mkt", "market, total value, market value, total market, total market value",
             "value total tax site", _money),
    _meaning("total_assd", "assessed, assessed value, total assessed", "value total tax county", _money),
    _meaning("extra_features_mkt", "extra market, extra value, extra", "market value extra x", _amount),
    _meaning("taxable", "taxable", "value total county tax", _money),
    _meaning("taxes", "tax, total tax, tax value", "total value county city", _tax),
    _meaning("total_exemptions", "exempt, total exempt", "value total", _amount),
    _meaning("amount", "due, total due, due value, tax due, total tax due", "total value tax closed case", _money),
    _meaning("default_amount", "judgment value", "total", _money),
    _meaning("opening_bid", "bid, bid value", "bid value sale", _money),
    _meaning("use_code", "use, site use, site type, land use, building type",
             "number type text site land tax building",
             _all(_few(400, 0.7), _code)),
    _meaning("zoning_code", "zoning",
             "number type text district school", _zone),
    _meaning("living_area", "living area, living, building area", "area total building", _between(300, 20_000)),
    _meaning("lot_area", "lot area, land area, lot", "area total land site", _between(800, 5_000_000)),
    _meaning("acreage", "acre", "total legal land number lot", _between(0.005, 100)),
    _meaning("year_built", "year built, built, year building", "year building site", _year),
    _meaning("beds", "beds", "number total building", _between(1, 12)),
    _meaning("baths", "baths", "number total building", _between(1, 12)),
    _meaning("homestead", "homestead", "exempt owner site number year", _flag),
    _meaning("location.x", "x", "site address", _x),
    _meaning("location.y", "y", "site address", _y),
)  # fmt: skip
BY_COLUMN = {meaning.column: meaning for meaning in MEANINGS}
