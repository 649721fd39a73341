"""Addresses as the post wants them, by USPS Publication 28: a delivery line and a last line, in capitals.

What an address says is told by the standard form that addresses are compared in; here its words get the post's
abbreviations, and the unit its place at the end. The form is that of the publication; whether the post delivers there
is not certified, which needs licensed data.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from sqlalchemy import Connection

from wholesaler.db.mailing import mailing_rules
from wholesaler.db.sql import statement
from wholesaler.markets import Market

_FILE = "postal.sql"
#: where the first short form of a word is not the post's, or the post has none
_OWN = {
    "ALLEY": "ALY", "AVENUE": "AVE", "LOOP": "LOOP", "WAY": "WAY", "WALK": "WALK", "PARK": "PARK", "OVAL": "OVAL",
    "VIADUCT": "VIA", "HOLLOWS": "HOLW", "TOWER": "TOWER", "TOWERS": "TOWERS",
}  # fmt: skip
_DIRECTIONS = {
    "NORTH": "N", "SOUTH": "S", "EAST": "E", "WEST": "W", "NORTHEAST": "NE", "NORTHWEST": "NW", "SOUTHEAST": "SE",
    "SOUTHWEST": "SW",
}  # fmt: skip
_UNITS = {
    "BUILDING": "BLDG", "DEPARTMENT": "DEPT", "FLOOR": "FL", "HANGAR": "HNGR", "PENTHOUSE": "PH", "SPACE": "SPC",
    "BASEMENT": "BSMT", "FRONT": "FRNT", "LOBBY": "LBBY", "LOWER": "LOWR", "OFFICE": "OFC", "UPPER": "UPPR",
    "GARAGE": "GARAGE",
}  # fmt: skip
#: what a unit is called, of those that the standard form leaves out
_DESIGNATORS = (
    ("APT", re.compile(r"\b(?:APT|APTS|APARTMENT)\b")),
    ("STE", re.compile(r"\b(?:STE|SUITE)\b[ .#]*[A-Z]*\d|\b(?:STE|SUITE) [A-Z]$")),
    ("UNIT", re.compile(r"\bUNIT\b")),
    ("RM", re.compile(r"\b(?:RM|ROOM)\b")),
    ("TRLR", re.compile(r"\b(?:TRLR|TRAILER)\b")),
)
_BLANKS = re.compile(r"\s+")
_PUNCTUATION = re.compile(r"[^A-Z0-9 /#&'-]+")
_NOT_IN_CITY = re.compile(r"[^A-Z0-9]+")
_CITIES = {"ST": "SAINT", "FT": "FORT", "MT": "MOUNT"}
_RURAL = re.compile(
    r"^(?:(RR|RURAL ROUTE|RURAL RTE|RT|RTE|ROUTE|RFD|HC|HIGHWAY CONTRACT|PSC|CMR|UNIT) ?#? ?)(\d+)[ ,#]*(?:BOX|BX)"
    r" ?#? ?(\w+)"
)
_RURAL_WORDS = {
    **dict.fromkeys(("RURAL ROUTE", "RURAL RTE", "RT", "RTE", "ROUTE", "RFD"), "RR"), "HIGHWAY CONTRACT": "HC",
}  # fmt: skip
_ZIP_5 = re.compile(r"\s*(\d{3,5})(?:\.0*)?(?:\D.*)?\s*")
_ZIP_9 = re.compile(r"\s*(\d{7,9})(?:\.0*)?\s*")
_PLUS_4 = re.compile(r"\s*\d{5}[- ]?(\d{4})\s*")


class Line(NamedTuple):
    """A delivery line: the street, and the unit that stands at its end."""

    street: str
    unit: str = ""

    @property
    def whole(self) -> str:
        """The line as an envelope has it."""
        return f"{self.street} {self.unit}" if self.unit else self.street


@dataclass(frozen=True)
class Mailing:
    """A mailing address in its parts. ``street`` is not in the post's form yet, or is a PO box, which is."""

    street: str = ""
    city: str = ""
    state: str = ""
    zip_code: str = ""
    plus_4: str = ""
    country: str = ""
    care_of: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether the post could deliver there: a street or box, and a place."""
        return bool(self.street) and bool(self.country or self.zip_code or (self.city and self.state))

    @property
    def last_line(self) -> str:
        """City, state and ZIP, or the country."""
        zip_code = f"{self.zip_code}-{self.plus_4}" if self.plus_4 else self.zip_code
        return " ".join(filter(None, (self.city, self.state, zip_code, self.country)))


@dataclass(frozen=True)
class _Expressions:
    care_of: re.Pattern[str]
    begins_delivery: re.Pattern[str]
    delivery: re.Pattern[str]
    unit: re.Pattern[str]
    box: re.Pattern[str]
    last_line: re.Pattern[str]
    tail: re.Pattern[str]
    codes: frozenset[str]
    named: dict[str, str]
    domestic: frozenset[str]
    foreign: frozenset[str]


def read_mailing(
    line_1: str | None,
    line_2: str | None,
    city: str | None,
    state: str | None,
    zip_code: str | None,
    country: str | None,
) -> Mailing:
    """Read a mailing address as a roll writes it, by the rules of ``stages/properties/owners.sql``."""
    rules = _expressions()
    first, first_care = _line(line_1)
    second, second_care = _line(line_2)
    town, region, land = _text(city).strip(" ,"), _words_of(state), _words_of(country)
    street = _street(first, second, town)
    written_zip = _text(zip_code)
    if ("," in street or not (town or region)) and (found := rules.tail.search(street)):
        street, region, written_zip = found[1], region or found[2], written_zip or found[3] or ""
        if not town and "," in street:
            street, _, town = street.rpartition(",")
        else:
            street = street.rpartition(",")[0] or street
        street, town = street.strip(" ,"), town.strip(" ,")
    if (found := rules.tail.search(town)) and region in {"", found[2], rules.named.get(found[2])}:
        town, region, written_zip = found[1].strip(" ,"), found[2], written_zip or found[3] or ""
    code = rules.named.get(region, region)
    known = code if code in rules.codes else ""
    five = five_digits(written_zip)
    is_foreign = land not in rules.domestic and (
        re.fullmatch(r"[A-Z]\d[A-Z] ?\d[A-Z]\d", written_zip) is not None
        or region in rules.foreign
        or (land[:1].isalpha() and not (known and five))
    )
    plus = _PLUS_4.fullmatch(written_zip)
    care_of = first_care or second_care
    if is_foreign:
        name = land or (region if region in rules.foreign and len(region) > 2 else "")
        name = name or ("CANADA" if re.match(r"[A-Z]\d[A-Z]", written_zip) else "")
        region = "" if region == name else region
        town = " ".join(filter(None, (town, region, written_zip)))
        return Mailing(street, town, "", "", "", name or "FOREIGN", care_of)
    return Mailing(street, _city(town), known, five, plus[1] if plus and five else "", "", care_of)


def five_digits(written: str | None) -> str:
    """A ZIP as ``wholesaler_zip_code`` reads it, or nothing."""
    short, long = _ZIP_5.fullmatch(written or ""), _ZIP_9.fullmatch(written or "")
    digits = short[1].zfill(5) if short else long[1].zfill(9)[:5] if long else ""
    return "" if digits in {"00000", "99999"} else digits


def delivery_lines(connection: Connection, market: Market, addresses: Iterable[str]) -> dict[str, Line]:
    """The delivery line of each of the ``addresses``, which are published ones of situs or mail."""
    given = set(addresses) - {""}
    written = {address for address in given if not address.startswith("PO BOX ")}
    parameters = {"market": market.key, "state": market.state, "addresses": sorted(written)}
    rows = connection.execute(statement(__package__, _FILE, "standard_parts"), parameters).mappings() if written else ()
    lines = {row["address"]: _delivery(row) for row in rows}
    return {address: lines.get(address) or Line(plain_line(address)) for address in given}


def plain_line(address: str) -> str:
    """A delivery line of what has no standard form: rural routes in the post's form, others in plain capitals."""
    text = _BLANKS.sub(" ", _PUNCTUATION.sub(" ", address.upper())).strip(" -")
    if found := _RURAL.match(text):
        return f"{_RURAL_WORDS.get(found[1], found[1])} {found[2].lstrip('0') or '0'} BOX {found[3]}"
    return text


def _delivery(row: Any) -> Line | None:
    """The parts of a standard form in the post's words; nothing where there is no such form."""
    if row["street"] is None:
        return None
    words = [
        row["house_number"],
        _DIRECTIONS.get(row["predirection"] or "", ""),
        row["street_name"] or "",
        _abbreviations().get(row["suffix"] or "", row["suffix"] or ""),
        _DIRECTIONS.get(row["postdirection"] or "", ""),
    ]
    return Line(" ".join(filter(None, words)), _unit(row["unit"] or "", row["address"].upper()))


def _unit(unit: str, written: str) -> str:
    """A unit in standard form as the post writes it, by the word that the address has for it."""
    if not unit:
        return ""
    designator = next((word for word, pattern in _DESIGNATORS if pattern.search(written)), "#")
    words = unit.split(" ")
    if words[0] not in _UNITS and words[0] not in {
        "LOT",
        "SLIP",
        "PIER",
        "STOP",
        "KEY",
        "REAR",
        "SIDE",
        "DOCK",
        "WING",
    }:
        return f"{designator} {unit}"
    # behind a building the standard form says UNIT of whatever it was
    return " ".join(designator.replace("#", "UNIT") if word == "UNIT" else _UNITS.get(word, word) for word in words)


def _line(written: str | None) -> tuple[str, str]:
    """A line of an address, and to whose hands it goes where it says that; then what it has of street or box."""
    rules = _expressions()
    text = _text(written)
    if not text or text[0].isdigit():
        return text, ""
    if not (care := rules.care_of.match(text)):
        return text, ""
    delivery = rules.delivery.search(text)
    person = text[care.end() : delivery.start() if delivery else len(text)].strip(" ,:.-#")
    return delivery.group() if delivery else "", person


def _street(line_1: str, line_2: str, city: str) -> str:
    """The line to which the post delivers, with its unit."""
    rules = _expressions()
    if not line_1 or not line_2:
        street = line_1 or line_2
    elif rules.last_line.search(line_2) and not city:
        street = f"{line_1}, {line_2}"
    elif _is_lower_line(line_1, line_2):
        street = line_2
    elif rules.unit.match(line_2):
        street = f"{line_1} {line_2}"
    elif re.fullmatch(r"[0-9A-Z]{1,4}", line_2) and line_1[0].isdigit():
        street = f"{line_1} # {line_2}"
    else:
        street = line_1
    box = rules.box.match(street)
    return f"PO BOX {box[1]}" if box else street


def _is_lower_line(line_1: str, line_2: str) -> bool:
    """Whether the second line is the one to which the post delivers."""
    if not line_1[0].isdigit() and re.match(r"\d+ ?[A-Z0-9]* [A-Z]", line_2):
        return True
    rules = _expressions()
    return not rules.begins_delivery.match(line_1) and rules.begins_delivery.match(line_2) is not None


def _text(written: str | None) -> str:
    return " ".join(written.upper().split()) if written else ""


def _words_of(written: str | None) -> str:
    return _NOT_IN_CITY.sub(" ", written.upper()).strip() if written else ""


def _city(written: str) -> str:
    """A city as the post writes it: SAINT, FORT and MOUNT in full."""
    words = _NOT_IN_CITY.sub(" ", written).split()
    if not words or words[0].startswith("UNINC"):
        return ""
    return " ".join([_CITIES.get(words[0], words[0]), *words[1:]] if words[1:] else words)


def situs_place(city: str | None) -> str:
    """The city of a situs address as the post writes it."""
    return _city(_text(city))


@cache
def _expressions() -> _Expressions:
    rules = mailing_rules()
    names = ("care_of", "begins_delivery", "delivery", "unit", "box", "last_line", "tail")
    compiled = {name: re.compile(rules[name].replace(r"\m", r"\b").replace(r"\M", r"\b")) for name in names}
    named = dict(zip(rules["names"], rules["codes"], strict=True))
    domestic, foreign = frozenset(rules["domestic_names"]), frozenset(rules["foreign_names"])
    return _Expressions(**compiled, codes=frozenset(rules["codes"]), named=named, domestic=domestic, foreign=foreign)


@cache
def _abbreviations() -> dict[str, str]:
    """What ends a street's name → the post's abbreviation: the first short form in the words of the standard form."""
    text = (files("wholesaler.db") / "functions" / "street_words.sql").read_text("utf-8")
    words = json.loads(text[text.index("'{") + 1 : text.rindex("}'") + 1])
    short: dict[str, str] = {}
    for kind in ("type", "place"):
        for written, full in words[kind].items():
            if written != full:
                short.setdefault(full, written)
    return short | _OWN
