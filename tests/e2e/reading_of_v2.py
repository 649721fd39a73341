"""Scoring profile v2, read from its design a second time, in plain Python, property by property.

Nothing of the program is used here: which records count, features, deal and points are worked out anew from rows as
the tables hold them.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Row = Mapping[str, Any]
FORMER_OWNERS = {"probate", "vacancy", "eviction", "bankruptcy"}
HALVED = {"demolition", "unsafe_building", "vacancy", "utility_shutoff", "probate", "eviction", "bankruptcy"}
WEIGHTS = {"distress": Decimal("0.40"), "owner": Decimal("0.25"), "value": Decimal("0.20"), "urgency": Decimal("0.15")}


def features(records: Mapping[str, list[Row]], place: Row, parcel: Row | None, as_of: date) -> dict[str, Any] | None:
    """What is known of one property on a day; ``None`` when it is no lead.

    ``records`` are those of sources that count, ``place`` is the property with its counts of violations.
    """
    f: dict[str, Any] = {"signals": set(), "has_location": place["location"] is not None}
    bought = parcel["held_since"] if parcel else None
    if bought is not None and bought > as_of:
        bought = None
    _parcel(f, parcel, bought, as_of)
    bid = _tax_sales(f, records["tax_sales"], as_of)
    suit_debt, suits = _foreclosures(f, records["foreclosures"], bought, as_of)
    _violations(f, records["code_violations"], place, as_of)
    signals = _events(f, records["distress_events"], bought, as_of)
    if not f["signals"]:
        return None
    f["signal_count"] = (
        bool(f["signals"] & {"tax_deed_sale", "lands_available"})
        + suits
        + ("open_code_violation" in f["signals"])
        + signals
    )
    roll = parcel or {}
    f |= {name: roll.get(name) or None for name in ("total_mkt", "total_assd", "year_built")}
    f["taxes"] = roll.get("taxes")
    area = roll.get("living_area")
    f["living_area"] = area if area is not None and area > 0 else None
    _deal(f, bid, suit_debt)
    dates = [days for days in (f.get("tax_sale_days"), f.get("auction_days")) if days is not None]
    f["next_sale_days"] = min(dates, default=None)
    return f


def _parcel(f: dict[str, Any], parcel: Row | None, bought: date | None, as_of: date) -> None:
    names = (
        "owner_class", "owner_parcels", "homestead", "mail_differs", "is_land", "value_to_median", "comparable_value",
        "comparable_count",
    )  # fmt: skip
    f |= {name: parcel[name] if parcel else None for name in names}
    f["held_since"] = bought
    f["years_held"] = None
    if bought is not None:
        f["years_held"] = as_of.year - bought.year - ((as_of.month, as_of.day) < (bought.month, bought.day))


def _tax_sales(f: dict[str, Any], sales: Iterable[Row], as_of: date) -> Decimal | None:
    """The sale ahead and its bid."""
    ahead = sorted(
        (
            sale
            for sale in sales
            if (sale["deed_status"] or "Active Sale").lower() == "active sale"
            and sale["sale_date"] is not None
            and sale["sale_date"] >= as_of
        ),
        key=lambda sale: (sale["sale_date"], sale["source"], sale["record_key"]),
    )
    f["tax_sale_date"] = ahead[0]["sale_date"] if ahead else None
    f["tax_sale_days"] = (ahead[0]["sale_date"] - as_of).days if ahead else None
    f["on_lands_available"] = any((sale["deed_status"] or "").lower() == "lands available" for sale in sales)
    if ahead:
        f["signals"].add("tax_deed_sale")
    if f["on_lands_available"]:
        f["signals"].add("lands_available")
    return next((sale["opening_bid"] for sale in ahead if (sale["opening_bid"] or 0) > 0), None)


def _foreclosures(
    f: dict[str, Any], notices: Iterable[Row], bought: date | None, as_of: date
) -> tuple[Decimal | None, bool]:
    """The notice that counts: its debt, and whether there is one."""
    f |= {"auction_date": None, "auction_days": None, "lis_pendens_days": None, "default_amount": None}

    def newest(notice: Row) -> int:
        return -notice["recording_date"].toordinal() if notice["recording_date"] else 0

    def key(notice: Row) -> tuple[int, str, str]:
        return newest(notice), notice["source"], notice["record_key"]

    ahead = [notice for notice in notices if notice["auction_date"] is not None and notice["auction_date"] >= as_of]
    filed = [
        notice
        for notice in notices
        if notice["recording_date"] is not None
        and 0 <= (as_of - notice["recording_date"]).days <= 730
        and notice not in ahead
    ]
    chosen: Row | None = None
    if ahead:
        first = min(notice["auction_date"] for notice in ahead)
        chosen = min((notice for notice in ahead if notice["auction_date"] == first), key=key)
        f["auction_date"], f["auction_days"] = first, (first - as_of).days
        f["signals"].add("foreclosure_auction")
    elif filed:
        f["signals"].add("lis_pendens")
        standing = [
            notice
            for notice in filed
            if notice["auction_date"] is None and (bought is None or notice["recording_date"] >= bought)
        ]
        if standing:
            chosen = min(standing, key=key)
            f["lis_pendens_days"] = (as_of - chosen["recording_date"]).days
    if chosen is None:
        return None, False
    f["default_amount"] = chosen["default_amount"] or None
    return chosen["opening_bid"] or chosen["default_amount"] or None, True


def _violations(f: dict[str, Any], cases: Iterable[Row], place: Row, as_of: date) -> None:
    names = ("own_open_violations", "nearby_violations", "nearby_open_violations", "nearest_violation_miles")
    f |= {name: place[name] for name in names}
    began = {
        case["opened_date"]
        for case in cases
        if (case["status"] or "").lower() == "open" and (case["opened_date"] is None or case["opened_date"] <= as_of)
    }
    dated = [day for day in began if day is not None]
    f["oldest_open_violation_days"] = (as_of - min(dated)).days if dated else None
    f["own_violation_days"] = len(began) or (0 if f["own_open_violations"] == 0 else None)
    if began:
        f["signals"].add("open_code_violation")


def _events(f: dict[str, Any], events: Iterable[Row], bought: date | None, as_of: date) -> int:
    """Facts of the open events; the number of signals that count."""
    counted: dict[str, list[Row]] = defaultdict(list)
    for event in events:
        closed = event["closed_date"] is not None and event["closed_date"] <= as_of
        if closed or (event["status"] or "").lower() == "closed":
            continue
        f["signals"].add(event["signal"])
        before = bought is not None and event["event_date"] is not None and event["event_date"] < bought
        if not (before and event["signal"] in FORMER_OWNERS):
            counted[event["signal"]].append(event)
    for signal, given in counted.items():
        dates = [event["event_date"] for event in given if event["event_date"] and event["event_date"] <= as_of]
        amounts = [event["amount"] for event in given if event["amount"] is not None]
        published = [math.trunc(event["years"]) for event in given if event["years"] is not None]
        years = {day.year for event in given if (day := event["event_date"] or event["due_date"]) is not None}
        f[f"{signal}_count"] = len(given)
        f[f"{signal}_days"] = (as_of - max(dates)).days if dates else None
        f[f"{signal}_amount"] = sum(amounts) if amounts else None
        f[f"{signal}_years"] = max(1, max(published) if published else len(years))
    return len(counted)


def _deal(f: dict[str, Any], bid: Decimal | None, suit_debt: Decimal | None) -> None:
    f |= dict.fromkeys(("arv", "repairs", "mao", "debt", "spread"))
    arv = None
    if f["is_land"] is not True:
        if (f["comparable_count"] or 0) >= 3 and (f["comparable_value"] or 0) > 0:
            arv = f["comparable_value"]
        elif f["total_mkt"] is not None:
            arv = f["total_mkt"] / Decimal("0.85")
        if f["living_area"] is not None:
            rate = 25 + (10 if f["year_built"] is not None and f["year_built"] < 1980 else 0)
            rate += 15 if (f["own_open_violations"] or 0) >= 1 else 0
            f["repairs"] = max(Decimal(15_000), f["living_area"] * rate)
    f["arv"] = None if arv is None else _cents(arv)
    mao = None
    if arv is not None and f["repairs"] is not None:
        mao = Decimal("0.70") * arv - f["repairs"] - 15_000
        f["mao"] = _cents(mao)
    debt = suit_debt if suit_debt is not None else bid
    f["debt"] = None if debt is None else _cents(debt)
    if mao is not None and debt is not None:
        spread = _cents(mao - debt)
        if suit_debt is not None or spread < 0:
            f["spread"] = spread


def _cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def excluded(f: Mapping[str, Any]) -> str | None:
    """As what the profile keeps a lead out of the tiers."""
    if f.get("owner_class") in ("government", "bank", "association"):
        return str(f["owner_class"])
    worth = f.get("total_mkt")
    return "worthless" if f.get("is_land") and worth is not None and worth < 5_000 else None


def score(f: Mapping[str, Any]) -> tuple[Decimal, str | None, dict[str, Any]]:
    """Total, tier and the held components of a lead, by the features that are known."""
    known = defaultdict(lambda: None, {name: value for name, value in f.items() if value is not None})
    parts = {"distress": _distress(known), "owner": _owner(known), "value": _value(known), "urgency": _urgency(known)}
    held = {name: max(0, min(100, points)) for name, points in parts.items()}
    total = _cents(sum((WEIGHTS[name] * Decimal(str(points)) for name, points in held.items()), Decimal(0)))
    tier = "A" if total >= 60 else "B" if total >= 50 else "C" if total >= 40 else "D"
    return total, None if excluded(f) else tier, held


def _distress(f: Mapping[str, Any]) -> float:
    def listed(signal: str, points: float) -> float:
        if not f[f"{signal}_count"]:
            return 0
        return points / 2 if signal in HALVED and (f[f"{signal}_days"] or 0) > 730 else points

    years = max(
        (f[f"{signal}_years"] or 1 for signal in ("tax_delinquency", "tax_lien") if f[f"{signal}_count"]), default=0
    )
    suit = f["lis_pendens_days"]
    own = f["own_violation_days"] or 0
    cases = min(30, 20 + 5 * (own - 1)) + (10 if (f["oldest_open_violation_days"] or 0) > 180 else 0) if own else 0
    groups = [
        max(
            60 if f["tax_sale_date"] else 0,
            min(50, 30 + 10 * (years - 1)) if years else 0,
            10 if f["on_lands_available"] else 0,
        ),
        60 if f["auction_date"] else 0 if suit is None else 50 if suit <= 365 else 25,
        max(listed("demolition", 50), listed("unsafe_building", 40), cases),
        max(listed("vacancy", 30), listed("utility_shutoff", 20)),
        listed("probate", 40),
        listed("eviction", 20),
        listed("bankruptcy", 16),
        listed("lien", 16),
    ]
    speaking = sum(points > 0 for points in groups)
    total = sum(groups) + (30 if speaking >= 3 else 20 if speaking == 2 else 0)
    total -= 30 if f["is_land"] else 0
    total -= 40 if f["spread"] is not None and f["spread"] < 0 else 0
    return total


def _owner(f: Mapping[str, Any]) -> int:
    at_home, mail = f["homestead"] is True, f["mail_differs"]
    occupancy = [0]
    if not at_home:
        occupancy.append({"out_of_state": 55, "in_state": 45, "in_county": 35}.get(mail, 0))
    if f["tax_sale_date"] or f["auction_date"] or f["lis_pendens_days"] is not None:
        occupancy.append(35)
    if f["homestead"] is False:
        occupancy.append(25)
    if f["homestead"] is None and mail is None:
        occupancy.append(20)
    years = f["years_held"]
    held = (
        5
        if years is None
        else -40
        if years < 1
        else -10
        if years < 3
        else 25
        if years >= 20
        else 15
        if years >= 10
        else 0
    )
    who = {None: 15, "person": 25, "estate": 40, "trust": 15}.get(f["owner_class"], 0)
    parcels = f["owner_parcels"] or 1
    return max(occupancy) + held + who + (-30 if parcels > 20 else 10 if parcels >= 2 else 0)


def _value(f: Mapping[str, Any]) -> int:
    if f["is_land"]:
        return 0
    ratio, spread, near = f["value_to_median"], f["spread"], f["nearby_violations"]
    points = 30
    if ratio is not None:
        ratio = Decimal(str(ratio))
        points = 25 if ratio < Decimal("0.4") else 40 if ratio <= Decimal("1.5") else 10 if ratio <= 3 else 0
    if spread is not None:
        points += 40 if spread >= 15_000 else -40 if spread < 0 else 0
    points += 10 if (f["living_area"] or 0) >= 800 else 0
    if near is not None:
        points += 10 if near <= 4 else -10 if near >= 50 else 0
    return points


def _urgency(f: Mapping[str, Any]) -> int:
    dates = [0]
    for days in (f["tax_sale_days"], f["auction_days"]):
        if days is not None:
            dates.append(45 if days <= 14 else 70 if days <= 90 else 45 if days <= 180 else 15)
    suit, oldest = f["lis_pendens_days"], f["oldest_open_violation_days"]
    if suit is not None:
        dates.append(65 if suit <= 30 else 30 if suit <= 90 else 0)
    return max(dates) + (15 if oldest is not None and oldest <= 60 else 0)
