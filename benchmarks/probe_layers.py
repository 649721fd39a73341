"""Layers as publishers have them, with the truth of each field, for measuring `markets probe`.

Names are drawn from those that publishers were seen to use, by how often they were; values are generated in the forms
that they are written in: parcel numbers of nine looks, dates in six, money as number or text, mail from near and far.
"""

import random
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from wholesaler.probe.names import Seen
from wholesaler.probe.words import normalised

TODAY = date(2026, 11, 27)
STREETS = [
    "MAIN",
    "ELM",
    "OAK",
    "MAPLE",
    "CEDAR",
    "PINE",
    "LAKE",
    "HILL",
    "WASHINGTON",
    "LINCOLN",
    "JEFFERSON",
    "2ND",
    "5TH",
    "18TH",
    "CHURCH",
    "RIVER",
    "PARK",
    "SUNSET",
    "MARTIN LUTHER KING",
    "SHELTER ROCK",
    "ORANGE BLOSSOM",
    "VIA DEL MAR",
    "COUNTY ROAD 12",
    "ASHFORD",
    "PORTOLA",
    "KENWOOD",
    "MEYERS",
]
KINDS = ["ST", "AVE", "RD", "DR", "LN", "CT", "BLVD", "CIR", "PL", "WAY", "TER", "PKWY"]
CITIES = [
    "MILTON",
    "SPRINGFIELD",
    "WINTER PARK",
    "OAK HILL",
    "FAIRVIEW",
    "EAST LIBERTY",
    "GREENVILLE",
    "LAKEWOOD",
    "ST CLOUD",
    "UNION",
]
FAR = [
    "NEW YORK",
    "MIAMI",
    "CHICAGO",
    "BROOKLYN",
    "ATLANTA",
    "DALLAS",
    "LOS ANGELES",
    "TAMPA",
    "PHOENIX",
    "BOSTON",
    "SEATTLE",
    "TORONTO",
    "HOUSTON",
]
STATES = ["NY", "FL", "IL", "CA", "TX", "GA", "NJ", "PA", "MA", "WA", "AZ", "OH", "MI", "NC"]
LAST = [
    "SMITH",
    "JOHNSON",
    "MILLER",
    "GARCIA",
    "NGUYEN",
    "OKAFOR",
    "BROWN",
    "DAVIS",
    "LOPEZ",
    "HARRIS",
    "CLARK",
    "KELLY",
    "WARD",
    "PRICE",
    "COLE",
    "REYES",
]
FIRST = [
    "MARY",
    "JOHN",
    "JAMES",
    "ANA",
    "LINDA",
    "ROBERT",
    "WEI",
    "GRACE",
    "PAUL",
    "RUTH",
    "ADA",
    "SAMUEL",
    "DIANE",
    "CARLOS",
    "TERESA",
]
FIRMS = ["HARBOR", "SUNRISE", "BLUE SKY", "OAKTREE", "FIRST", "UNITED", "SUMMIT", "KEYSTONE", "PELICAN"]
FORMS = ("LLC", "INC", "PROPERTIES LLC", "TRUST", "HOLDINGS LP", "BANK NA", "INVESTMENTS INC")
CASES = ["Housing", "Lot", "Commercial", "Tree", "Abatement", "Sign", "Zoning", "Vacant Building"]
TEXTS = (
    "Failure to maintain the exterior of a dwelling", "High grass and weeds, third notice", "Junk vehicle in the yard",
    "Arrange premise inspection", "Roof is open to the weather", "Unsafe structure, board up", "Fence without a permit",
    "Trash and debris at the curb since May", "Replace broken windows", "Porch in disrepair",
)  # fmt: skip
STATUSES = ("Open|Closed", "OPEN|COMPLIED|NO ENTRY", "IN VIOLATION|IN COURT|READY TO CLOSE|CLOSED",
            "Active|Inactive|Pending",            "Active Sale|Lands Available|Redeemed", "O|C|P")  # fmt: skip
USES = ("0100|0101|0103|0400|1100|0000", "41110|41120|10100", "SINGLE FAMILY|CONDOMINIUM|VACANT|TWO FAMILY|COMMERCIAL",
        "R1|R2|C1|V|E", "101|102|104|111|325", "A1|B1|C2|F1")  # fmt: skip
ZONES = ("R-1|R-2|C-1|PD|A-1|M-2", "ORG-R-3|ORG-R-1A|ORL-PD", "R1|R2|B4|SD2", "RS-3|RM-5|B1-2|PMD 4")

Value = Callable[[], Any]


@dataclass
class Layer:
    """``fields``: name → its Esri type; ``truth``: name → column, ``None`` for what is none of ours."""

    title: str
    records: list[dict[str, Any]]
    fields: dict[str, str]
    truth: dict[str, str | None]
    dates: set[str] = field(default_factory=set)


class County:
    """The look of one county's values, by a seed."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.parcel_look = rng.choice(
            ("##-##-##-####-##-###", "###############", "##-##-###-###-####", "##############", "#############",
             "########.",              "####@#####@#@###", "##-####-###", "@-##-##-##-#@@-######-#####.#", "###-###-##")
        )  # fmt: skip
        self.lower = rng.random() < 0.3
        self.date_look = rng.choice(("epoch", "epoch", "iso", "iso-time", "slash", "dash", "digits"))
        self.texts = rng.random() < 0.35
        self.zips = [f"{rng.randrange(100, 990)}{n:02d}" for n in range(5)]
        first = self.zips[0][:3]
        self.zips = [first + zip_code[3:] if rng.random() < 0.8 else zip_code for zip_code in self.zips]
        self.degrees = rng.random() < 0.8
        self.at = (rng.uniform(-120, -75), rng.uniform(27, 46))
        self.pieces = rng.random() < 0.35
        self.status = rng.choice(STATUSES).split("|")
        self.uses, self.zones = rng.choice(USES).split("|"), rng.choice(ZONES).split("|")
        self.state = rng.choice(STATES)
        self.case_look = rng.choice(
            ("20##-#####@@@", "CF-PLI-20##-0#####", "#######", "##0#####DAH", "V-####", "CE20######")
        )
        self.zip_look = rng.choice(("5", "5", "9", "5-", "number"))

    def look(self, look: str) -> str:
        rng = self.rng
        return "".join(
            str(rng.randrange(10)) if one == "#" else rng.choice(string.ascii_uppercase) if one == "@" else one
            for one in look
        )

    def case(self, text: str) -> str:
        return text.title() if self.lower else text

    def number(self, value: float) -> Any:
        return str(value) if self.texts else value

    def day(self, first: int, last: int) -> Any:
        """A day from so many days ago to so many."""
        day = TODAY - timedelta(days=self.rng.randint(min(first, last), max(first, last)))
        match self.date_look:
            case "epoch":
                return int(datetime(day.year, day.month, day.day, 5, tzinfo=UTC).timestamp() * 1000)
            case "iso":
                return day.isoformat()
            case "iso-time":
                return f"{day.isoformat()}T00:00:00.000"
            case "slash":
                return f"{day:%m/%d/%Y}"
            case "dash":
                return f"{day:%m-%d-%Y}"
        return f"{day:%Y%m%d}"

    def street(self) -> str:
        return self.case(f"{self.rng.choice(STREETS)} {self.rng.choice(KINDS)}")

    def address(self) -> str:
        unit = f" UNIT {self.rng.randrange(1, 90)}" if self.rng.random() < 0.08 else ""
        direction = self.rng.choice(("", "", "N ", "S ", "E ", "W "))
        return f"{self.rng.randrange(1, 9999)} {direction}{self.street()}{unit}"

    def mail_address(self) -> str:
        return f"PO BOX {self.rng.randrange(1, 9999)}" if self.rng.random() < 0.12 else self.address()

    def zip_code(self, value: str | None = None) -> Any:
        text = value or self.rng.choice(self.zips)
        if self.zip_look == "number":
            return int(text)
        return text + {"9": f"-{self.rng.randrange(1, 9999):04d}", "5-": "-"}.get(self.zip_look, "")

    def owner(self) -> str:
        rng = self.rng
        if rng.random() < 0.25:
            return f"{rng.choice(FIRMS)} {rng.choice(FORMS)}"
        name = f"{rng.choice(LAST)} {rng.choice(FIRST)}"
        return self.case(f"{name} & {rng.choice(FIRST)}" if rng.random() < 0.3 else f"{name} {rng.choice('ABCDEJ')}")

    def far(self) -> bool:
        return self.rng.random() < 0.22

    def amount(self, low: float, high: float) -> Any:
        value = round(self.rng.uniform(low, high), self.rng.choice((0, 2)))
        return f"{value:.2f}" if self.texts else value


def make_layer(seed: int, names: Sequence[Seen], rows: int = 400) -> Layer:
    """A roll, a list of cases or a list of debts, by a seed, with names of ``names``."""
    rng = random.Random(seed)
    county = County(rng)
    kind = ("roll", "cases", "debts")[seed % 3]
    by_column: dict[str, list[tuple[str, int]]] = {}
    for column, name, count in names:
        by_column.setdefault(column, []).append((name, count))
    truth: dict[str, str | None] = {}
    values: dict[str, Value] = {}
    taken: set[str] = set()
    for column, chance in _columns(kind, county).items():
        choices = [one for one in by_column.get(column, ()) if normalised(one[0]) not in taken]
        if not choices or rng.random() > chance:
            continue
        name = rng.choices([one[0] for one in choices], [one[1] for one in choices])[0]
        taken.add(normalised(name))
        truth[name], values[name] = column, _value(column, county, kind)
    for name, value in _others(county).items():
        if normalised(name) not in taken and rng.random() < 0.35:
            taken.add(normalised(name))
            truth[name], values[name] = None, value
    order = list(values)
    kinds = dict.fromkeys(order, "esriFieldTypeString")
    dates = (
        {name for name in order if (truth[name] or "").endswith("_date") or (truth[name] is None and "DATE" in name)}
        if county.date_look == "epoch"
        else set()
    )
    kinds.update(dict.fromkeys(dates, "esriFieldTypeDate"))
    kinds["OBJECTID"] = "esriFieldTypeOID"
    blanks = {name: _blank(truth[name]) for name in order}
    records = [
        {"OBJECTID": number, **{name: None if rng.random() < blanks[name] else values[name]() for name in order}}
        for number in range(1, rows + 1)
    ]
    return Layer(f"{kind} {seed}", records, kinds, {**truth, "OBJECTID": None}, dates)


def _blank(column: str | None) -> float:
    return {"co_owner_name": 0.7, "address.unit": 0.85, "resolved_date": 0.4, "mail_address_2": 0.9, "homestead": 0.4,
            "sale_price": 0.1, "auction_date": 0.3}.get(column or "", 0.02)  # fmt: skip


def _columns(kind: str, county: County) -> dict[str, float]:
    """The columns of a list, and how often it has them."""
    place = (
        dict.fromkeys(("address.number", "address.street", "address.unit"), 0.9) if county.pieces else {"address": 0.95}
    )
    place |= {"parcel": 0.95, "city": 0.6, "zip_code": 0.7, "location.x": 0.4}
    place["location.y"] = place["location.x"]
    mail = {"mail_address": 0.8, "mail_city": 0.8, "mail_state": 0.8, "mail_zip": 0.8, "mail_address_2": 0.3}
    if kind == "roll":
        roll = ("land_mkt", "building_mkt", "total_mkt", "total_assd", "taxable", "use_code", "year_built",
                "living_area", "sale_date", "sale_price")  # fmt: skip
        rest = {"acreage": 0.5, "lot_area": 0.4, "taxes": 0.5, "total_exemptions": 0.3, "homestead": 0.4,
                "zoning_code": 0.5, "co_owner_name": 0.5, "owner_name": 0.9,
                "legal_description": 0.3}  # fmt: skip
        return place | mail | dict.fromkeys(roll, 0.75) | rest
    if kind == "cases":
        return place | {"case_number": 0.95, "opened_date": 0.95, "resolved_date": 0.6, "status": 0.9, "case_type": 0.8,
                        "description": 0.7, "owner_name": 0.3, "record_date": 0.4}  # fmt: skip
    return place | mail | {"owner_name": 0.8, "amount": 0.9, "case_number": 0.4, "status": 0.4, "total_mkt": 0.4,
                           "recording_date": 0.4, "auction_date": 0.4, "use_code": 0.3}  # fmt: skip


def _value(column: str, county: County, kind: str) -> Value:
    rng = county.rng
    age = {"opened_date": (0, 1500), "resolved_date": (0, 1200), "record_date": (0, 300), "recording_date": (0, 900),
           "auction_date": (-90, 400), "sale_date": (20, 12000) if kind == "roll" else (-60, 500)}  # fmt: skip
    flags = rng.choice(("Y|N", "HOM|", "1|0", "Yes|No", "100|0")).split("|")
    parcels = [county.look(county.parcel_look) for _ in range(400 if kind == "roll" else 300)]
    unsold = rng.random() * 0.3
    table: dict[str, Value] = {
        "parcel": lambda: rng.choice(parcels) if kind != "roll" else county.look(county.parcel_look),
        "case_number": lambda: county.look(county.case_look),
        "status": lambda: rng.choice(county.status),
        "case_type": lambda: rng.choice(CASES),
        "description": lambda: rng.choice(TEXTS) + rng.choice(("", ".", f", unit {rng.randrange(9)}", " (2nd notice)")),
        "address": county.address,
        "address.number": lambda: county.number(rng.randrange(1, 9999)),
        "address.street": county.street,
        "address.unit": lambda: rng.choice(("#", "APT ", "")) + str(rng.randrange(1, 300)),
        "city": lambda: county.case(rng.choice(CITIES)),
        "zip_code": county.zip_code,
        "owner_name": county.owner,
        "co_owner_name": county.owner,
        "mail_address": county.mail_address,
        "mail_address_2": lambda: rng.choice((f"APT {rng.randrange(50)}", f"C/O {county.owner()}", "STE 9")),
        "mail_city": lambda: county.case(rng.choice(FAR) if county.far() else rng.choice(CITIES)),
        "mail_state": lambda: rng.choice(STATES) if rng.random() < 0.12 else county.state,
        "mail_zip": lambda: county.zip_code(f"{rng.randrange(10001, 99950)}" if county.far() else None),
        "land_mkt": lambda: county.amount(2_000, 200_000),
        "building_mkt": lambda: county.amount(0, 900_000) if rng.random() < 0.9 else county.number(0),
        "total_mkt": lambda: county.amount(5_000, 1_200_000),
        "total_assd": lambda: county.amount(5_000, 900_000),
        "taxable": lambda: county.amount(0, 850_000),
        "taxes": lambda: county.amount(100, 15_000),
        "total_exemptions": lambda: county.number(rng.choice((0, 0, 25_000, 50_000))),
        "amount": lambda: county.amount(50, 40_000),
        "use_code": lambda: rng.choice(county.uses),
        "zoning_code": lambda: rng.choice(county.zones),
        "living_area": lambda: county.number(rng.randrange(500, 5_200)),
        "lot_area": lambda: county.number(rng.randrange(2_000, 60_000)),
        "acreage": lambda: county.number(round(rng.lognormvariate(-1.2, 0.8), 4)),
        "year_built": lambda: county.number(rng.randrange(1895, 2026) if rng.random() < 0.95 else 0),
        "sale_price": lambda: county.number(0) if rng.random() < unsold else county.amount(100, 900_000),
        "homestead": lambda: rng.choice(flags),
        "legal_description": lambda: f"LOT {rng.randrange(40)} BLK {rng.randrange(20)} {rng.choice(STREETS)} ADD",
        "location.x": lambda: county.number(round(county.at[0] + rng.uniform(-0.3, 0.3), 6))
        if county.degrees else county.number(round(rng.uniform(400_000, 700_000), 3)),
        "location.y": lambda: county.number(round(county.at[1] + rng.uniform(-0.3, 0.3), 6))
        if county.degrees else county.number(round(rng.uniform(1_400_000, 1_700_000), 3)),
    }  # fmt: skip
    if column in age:
        return lambda: county.day(*age[column])
    return table[column]


def _others(county: County) -> dict[str, Value]:
    """What publishers have beside it, and we have no column for."""
    rng = county.rng
    return {
        "GlobalID": lambda: "{" + f"{rng.getrandbits(32):08X}-AB12-4CD3-9EF0-{rng.getrandbits(48):012X}" + "}",
        "Shape__Area": lambda: round(rng.uniform(1e3, 1e6), 8),
        "SITUS_STATE": lambda: county.state,
        "NEIGHBORHOOD": lambda: rng.choice(("Midtown", "Hill District", "Old Town", "Riverside", "North End")),
        "council_district": lambda: rng.randrange(1, 9),
        "SCHOOL_DIST": lambda: rng.choice(("Pittsburgh", "Union", "Northern Local")),
        "SUBDIVISION": lambda: f"{rng.choice(STREETS)} {rng.choice(('ESTATES', 'PARK', 'HEIGHTS'))}",
        "BOOK": lambda: f"{rng.randrange(1000, 9999)}",
        "PAGE": lambda: f"{rng.randrange(1, 999):04d}",
        "OWNER_PHONE": lambda: f"{rng.randrange(200, 999)}-555-{rng.randrange(10_000):04d}",
        "TAX_DISTRICT": lambda: rng.choice(("01", "02", "14A")),
        "TAX_YEAR": lambda: 2026,
        "last_edited_user": lambda: rng.choice(("jdoe", "gisadmin", "SDE")),
        "PREV_SALE_DATE": lambda: county.day(3_000, 15_000),
        "PREV_SALE_PRICE": lambda: county.amount(100, 500_000),
        "INSPECTOR": lambda: f"{rng.choice(FIRST)} {rng.choice(LAST)}".title(),
        "CENSUS_TRACT": lambda: f"{rng.randrange(100, 999)}.{rng.randrange(1, 9):02d}",
        "NBHD_CODE": lambda: f"{rng.randrange(1000, 9999)}",
        "NUM_STORIES": lambda: rng.choice((1, 1.5, 2, 3)),
        "ROLL_YEAR": lambda: "2026",
        "FIRE_ZONE": lambda: f"{rng.randrange(1, 9)}-{rng.randrange(1, 20)}",
        "ward": lambda: rng.randrange(1, 30),
        "QUAL_CODE": lambda: rng.choice(("Q", "U", "01", "11")),
    }
