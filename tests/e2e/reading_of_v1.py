"""Scoring profile v1, read from its text a second time, in plain Python, record by record.

Nothing of the program is used here: parcel numbers, dates, distances, features and points are worked out anew.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

RADIUS_MILES = 0.25
METRES_PER_MILE = 1609.344


@dataclass
class Parcel:
    """Everything known about one parcel."""

    number: str
    tax_sales: list[dict[str, Any]] = field(default_factory=list)
    foreclosures: list[dict[str, Any]] = field(default_factory=list)
    roll: dict[str, Any] | None = None
    own_violations: list[Any] = field(default_factory=list)
    points: list[tuple[float, float]] = field(default_factory=list)


def from_dashes(written: str) -> str:
    """29-22-28-8850-02-050 → 282229885002050: section, township and range turned round."""
    section, township, range_, subdivision, block, lot = written.split("-")
    return range_ + township + section + subdivision + block + lot


def day(milliseconds: int | None) -> date | None:
    """A date of the layers."""
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC).date()


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Distance on the WGS 84 ellipsoid of two near points, by the radii of curvature at their middle."""
    middle = math.radians((a[1] + b[1]) / 2)
    eccentricity = 0.00669437999014
    root = math.sqrt(1 - eccentricity * math.sin(middle) ** 2)
    meridian, normal = 6378137 * (1 - eccentricity) / root**3, 6378137 / root
    north = math.radians(b[1] - a[1]) * meridian
    east = math.radians(b[0] - a[0]) * normal * math.cos(middle)
    return math.hypot(north, east)


def parcels(county: Any, matched: dict[str, str]) -> dict[str, Parcel]:
    """The county's records by parcel; ``matched`` names the parcel of foreclosures without number by their address."""
    found: dict[str, Parcel] = {}

    def parcel(number: str) -> Parcel:
        return found.setdefault(number, Parcel(number))

    def point(feature: dict[str, Any]) -> list[tuple[float, float]]:
        return [(feature["geometry"]["x"], feature["geometry"]["y"])] if feature.get("geometry") else []

    for feature in county.features("tax_sales"):
        owner = parcel(from_dashes(feature["attributes"]["USER_PARCEL"]))
        owner.tax_sales.append(feature["attributes"])
        owner.points += point(feature)
    for feature in county.features("foreclosures"):
        attributes = feature["attributes"]
        number = attributes["PARCEL_NUMBER"] or matched.get(attributes["SITUS_ADDRESS"])
        if number:
            owner = parcel(number)
            owner.foreclosures.append(attributes)
            owner.points += point(feature)
    for violation in county.violations:
        if violation.parcel and (violation.is_open or violation.parcel in found):
            parcel(violation.parcel)
    for violation in county.violations:
        if violation.parcel in found:
            found[violation.parcel].own_violations.append(violation)
    for feature in county.features("property_records"):
        attributes = feature["attributes"]
        if attributes["PARCEL"] in found:
            owner = found[attributes["PARCEL"]]
            owner.roll = attributes
            owner.points.append((attributes["LONGITUDE"], attributes["LATITUDE"]))
    for owner in found.values():
        owner.points += [(case.longitude, case.latitude) for case in owner.own_violations]
    return found


def features(parcel: Parcel, violations: Iterable[Any], as_of: date, stale: set[str]) -> dict[str, Any] | None:
    """The features of one parcel on a day; ``None`` when it is no lead."""
    f: dict[str, Any] = dict.fromkeys(
        ("tax_sale_date", "auction_date", "lis_pendens_days", "default_amount", "opening_bid", "own_open_violations",
         "nearby_violations", "nearby_open_violations", "nearest_violation_miles", "total_mkt", "total_assd", "taxes",
         "living_area", "year_built")
    )  # fmt: skip
    sales = [] if "tax_sales" in stale else parcel.tax_sales
    dates = [
        datetime.strptime(sale["USER_Sale_Date"], "%m/%d/%Y").date()
        for sale in sales
        if sale["USER_Deed_Status"] == "Active Sale"
    ]
    f["tax_sale_date"] = min((on for on in dates if on >= as_of), default=None)
    f["on_lands_available"] = any(sale["USER_Deed_Status"] == "Lands Available" for sale in sales)

    notices = [] if "foreclosures" in stale else parcel.foreclosures
    auctions = [notice for notice in notices if notice["AUCTION_DATE"] and day(notice["AUCTION_DATE"]) >= as_of]
    filings = [
        notice
        for notice in notices
        if notice["RECORDING_DATE"] and 0 <= (as_of - day(notice["RECORDING_DATE"])).days <= 730
    ]
    chosen = None
    if auctions:
        chosen = min(auctions, key=lambda notice: notice["AUCTION_DATE"])
        f["auction_date"] = day(chosen["AUCTION_DATE"])
    elif filings:
        chosen = max(filings, key=lambda notice: notice["RECORDING_DATE"])
        f["lis_pendens_days"] = (as_of - day(chosen["RECORDING_DATE"])).days
    if chosen:
        f["default_amount"], f["opening_bid"] = chosen["DEFAULT_AMOUNT"] or None, chosen["OPENING_BID"] or None

    f["has_location"] = bool(parcel.points)
    _count_violations(f, parcel, list(violations), as_of)
    if parcel.roll:
        roll = parcel.roll
        f |= {"total_mkt": roll["TOTAL_MKT"] or None, "total_assd": roll["TOTAL_ASSD"] or None, "taxes": roll["TAXES"]}
        f |= {"living_area": roll["LIVING_AREA"] or None, "year_built": roll["AYB"] or None}
    f["signal_count"] = (
        (f["tax_sale_date"] is not None or f["on_lands_available"])
        + (f["auction_date"] is not None or f["lis_pendens_days"] is not None)
        + bool(f["own_open_violations"])
    )
    return f if f["signal_count"] else None


def _count_violations(f: dict[str, Any], parcel: Parcel, violations: list[Any], as_of: date) -> None:
    own_open = sum(case.is_open and case.opened <= as_of for case in parcel.own_violations)
    if parcel.points:
        here = parcel.points[0]
        distances = [(metres(here, (case.longitude, case.latitude)), case) for case in violations]
        if any(distance <= METRES_PER_MILE for distance, _ in distances):
            near = [
                (distance, case)
                for distance, case in distances
                if distance <= RADIUS_MILES * METRES_PER_MILE
                and case not in parcel.own_violations
                and 0 <= (as_of - case.opened).days <= 730
            ]
            f["own_open_violations"] = own_open
            f["nearby_violations"] = len(near)
            f["nearby_open_violations"] = sum(case.is_open for _, case in near)
            nearest = min((distance for distance, _ in near), default=None)
            f["nearest_violation_miles"] = None if nearest is None else round(nearest / METRES_PER_MILE, 4)
    if own_open:
        f["own_open_violations"] = own_open


def deal(f: dict[str, Any]) -> dict[str, Decimal | None]:
    """The deal estimate, to the cent."""
    found: dict[str, Decimal | None] = dict.fromkeys(("arv", "repairs", "mao", "debt", "spread"))
    if f["total_mkt"] is not None:
        found["arv"] = _cents(Decimal(str(f["total_mkt"])) / Decimal("0.85"))
    if f["living_area"] is not None:
        rate = 25
        rate += 10 if f["year_built"] is not None and f["year_built"] < 1980 else 0
        rate += 15 if (f["own_open_violations"] or 0) >= 1 else 0
        found["repairs"] = _cents(max(Decimal(15000), Decimal(str(f["living_area"])) * rate))
    if found["arv"] is not None and found["repairs"] is not None:
        arv = Decimal(str(f["total_mkt"])) / Decimal("0.85")
        found["mao"] = _cents(Decimal("0.70") * arv - found["repairs"] - 15000)
    debt = f["opening_bid"] or f["default_amount"]
    found["debt"] = None if debt is None else _cents(Decimal(str(debt)))
    if found["mao"] is not None and found["debt"] is not None:
        found["spread"] = found["mao"] - found["debt"]
    return found


def _cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def score(f: dict[str, Any], as_of: date) -> tuple[Decimal, str, dict[str, int]]:
    """Total, tier and the clamped components of a lead."""
    points: dict[str, int] = defaultdict(int)
    own, near, nearest = f["own_open_violations"], f["nearby_violations"], f["nearest_violation_miles"]

    points["distress"] += 45 if f["tax_sale_date"] else 0
    points["distress"] += 10 if f["on_lands_available"] and not f["tax_sale_date"] else 0
    points["distress"] += 45 if f["auction_date"] else 0
    points["distress"] += 30 if f["lis_pendens_days"] is not None else 0
    points["distress"] += 5 if (f["default_amount"] or 0) >= 100_000 else 0
    points["distress"] += min(30, 15 + 5 * (own - 1)) if own else 0
    points["distress"] += 15 if f["signal_count"] >= 2 else 0

    market, assessed = f["total_mkt"], f["total_assd"]
    if market:
        points["value"] += 30 if 100_000 <= market <= 400_000 else 20 if market < 100_000 else 0
        if assessed:
            gap = Decimal(str(market)) / Decimal(str(assessed))
            points["value"] += 20 if gap >= Decimal("1.5") else 10 if gap >= Decimal("1.2") else 0
        if f["taxes"] is not None and Decimal(str(f["taxes"])) / Decimal(str(market)) < Decimal("0.015"):
            points["value"] += 10
    points["value"] += 15 if (f["living_area"] or 0) >= 1000 else 0
    spread = deal(f)["spread"]
    points["value"] += 25 if spread is not None and spread >= 15_000 else 0

    points["location"] += 50 if f["has_location"] else 0
    if near is not None:
        points["location"] += 30 if near == 0 else 20 if near <= 4 else 10 if near <= 19 else 0
        points["location"] -= 10 if near >= 50 else 0
    if nearest is not None:
        points["location"] += 10 if nearest > 0.2 else -10 if nearest < 0.05 else 0

    for on in (f["tax_sale_date"], f["auction_date"]):
        if on:
            days = (on - as_of).days
            points["urgency"] += next((p for most, p in ((14, 60), (30, 50), (60, 40), (120, 25)) if days <= most), 10)
    points["urgency"] += 10 if own else 0

    clamped = {name: max(0, min(100, points[name])) for name in ("distress", "value", "location", "urgency")}
    weights = {"distress": "0.35", "value": "0.30", "location": "0.20", "urgency": "0.15"}
    total = _cents(sum((Decimal(weights[name]) * value for name, value in clamped.items()), Decimal(0)))
    tier = "A" if total >= 70 else "B" if total >= 55 else "C" if total >= 40 else "D"
    return total, tier, clamped
