"""A lead for people: everything behind it on a page, and what lines say of it."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from wholesaler.cli.render import money, program, show, table

if TYPE_CHECKING:
    from rich.console import RenderableType

_DEAL = {
    "arv": "after-repair value",
    "repairs": "repairs",
    "mao": "maximum allowable offer",
    "debt": "known debt",
    "spread": "spread",
}
#: of columns whose names are short for something
_LABELS = {
    "tda_number": "TDA number",
    "zip_code": "ZIP code",
    "record_key": "key of the record",
    "parcel": "parcel as published",
    "parcel_id": "parcel",
    "land_mkt": "market value, land",
    "building_mkt": "market value, building",
    "extra_features_mkt": "market value, extras",
    "total_mkt": "market value",
    "total_assd": "assessed value",
    "total_exemptions": "exemptions",
    "taxable": "taxable value",
    "is_active": "still published",
    "match_evidence": "matched by",
    "issues": "unusable values",
}
#: what a rule of matching has bridged; nothing where all parts of the address are the same
_MATCH_REASONS = {
    "only_one_in_county": "which no other parcel of the county has",
    "place_over_zip_code": "whose ZIP is {parcel} on the roll, where the place is the same",
    "unit_at_single_parcel": "where the roll has one parcel, without a unit",
    "suffix_missing": "which is {parcel} on the roll: one of the two has no suffix",
    "space_differs": "which is {parcel} on the roll: only a space differs",
    "one_letter_differs": "which is {parcel} on the roll, where no other street is as near in spelling",
}
_MONEY = {
    "default_amount", "total_mkt", "total_assd", "taxes", "comparable_value", "comparable_low", "comparable_high",
}  # fmt: skip
_UNITS = {"living_area": "sq ft", "acreage": "acres", "nearest_violation_miles": "miles", "years_held": "years"}


def without_points(reason: str) -> str:
    """What a reason says, without what it counts."""
    return reason.rpartition(": ")[0] or reason


def lead_sheet(lead: dict[str, Any], scored_day: date | None = None) -> "Iterator[RenderableType]":
    """One lead on a page; ``scored_day`` is the day of the newest scores, if there are any."""
    from wholesaler.markets.records import PROPERTY_RECORDS, RECORD_KINDS

    place = ", ".join(show(part) for part in (lead["address"], lead["city"], lead["zip_code"]) if part)
    yield f"Parcel {lead['parcel_id']}  {place or 'no address known'}"
    yield from _work(lead)
    if lead.get("contacts"):
        names = ("kind", "value", "label", "state", "tag", "source")
        contacts = [tuple(contact[name] for name in names) for contact in lead["contacts"]]
        yield table("Contacts", ("contact", "number or address", "kind", "state", "tag", "from"), contacts)
    if lead["total_score"] is None:
        yield _no_lead(lead, scored_day)
    else:
        parts = ", ".join(f"{name} {show(value)}" for name, value in lead["components"].items())
        score = f"{lead['total_score']:.2f}"
        place = f"Tier {lead['tier']}" if lead["excluded"] is None else f"In no tier, excluded as {lead['excluded']}"
        yield f"{place}, score {score} on {lead['as_of']}, profile {lead['profile']}: {parts}"
        rows: list[tuple[Any, ...]] = [
            (
                rule["component"],
                "covered" if rule.get("covered") else f"{rule['points']:+}",
                without_points(rule["reason"]),
            )
            for rule in lead["rules"]
        ]
        yield table("Why", ("component", "points", "reason"), rows, ("points",))
        if lead["weights"]:
            yield _arithmetic(lead)
        features = [(name, _fact(name, value) or "unknown or none") for name, value in lead["features"].items()]
        yield table("Features", ("feature", "value"), features)
        yield from _deal(lead)
    if lead.get("parcel"):
        amounts = {column.name for column in PROPERTY_RECORDS.columns if column.type == "money"}
        amounts |= {"comparable_value", "comparable_low", "comparable_high"}
        parcel = {**lead["parcel"], "sources": ", ".join(lead["parcel"]["sources"])}
        yield table("Parcel on the roll", ("field", "value"), list(_fields([parcel], amounts, "parcels")))
    for kind, records in lead["records"].items():
        # what the roll's sources say is in the parcel
        if records and RECORD_KINDS[kind].signal:
            amounts = {column.name for column in RECORD_KINDS[kind].columns if column.type == "money"}
            yield table(RECORD_KINDS[kind].title, ("field", "value"), list(_fields(records, amounts, kind)))
    if lead.get("links"):
        yield table("Links", ("name", "address"), list(lead["links"].items()))
    for merge in lead["merged"]:
        yield f"Merged from parcel {merge['parcel_id']}, which is not on the roll: {_evidence(merge)}."
    if lead["history"]:
        rows = [(day["snapshot_date"], f"{day['total_score']:.2f}", day["tier"]) for day in lead["history"][:30]]
        yield table("History", ("day", "score", "tier"), rows, ("score",))


def _work(lead: dict[str, Any]) -> "Iterator[RenderableType]":
    """Whether anybody may be contacted, where somebody has got to, and every step with what was said."""
    if lead["suppressed"]:
        yield f"Suppressed, nobody is to be contacted: {', '.join(map(reason_words, lead['suppressed']))}."
    if lead["status"] is None:
        return
    yield f"Status: {status_words(lead['status'])}"
    if lead["returned"]:
        yield f"It was dead and is back by a new signal: {', '.join(map(reason_words, lead['returned']))}."
    rows = [
        (
            step["changed_at"],
            step["changed_by"],
            "note" if step["status"] is None else step["status"].replace("_", " "),
            step["next_date"],
            money(step["amount"]),
            "; ".join(filter(None, (step["reason"], step["note"], "taken back" if step["undone_at"] else None))),
        )
        for step in lead["steps"]
    ]
    yield table("Work", ("when", "who", "status", "next", "amount", "what was said"), rows, ("amount",))


def place_words(lead: dict[str, Any]) -> str:
    """A parcel with its address, as a line about it begins."""
    return ", ".join(show(part) for part in (f"Parcel {lead['parcel_id']}", lead["address"], lead["city"]) if part)


def status_words(status: dict[str, Any]) -> str:
    """A status with its next date, amount and reason, in a line."""
    parts = [status["status"].replace("_", " ")]
    parts += [f"next {status['next_date']}"] if status.get("next_date") else []
    parts += [money(status["amount"])] if status.get("amount") is not None else []
    parts += [f"({status['reason']})"] if status.get("reason") else []
    return ", ".join(parts)


def reason_words(name: str) -> str:
    """A name of ours as people write it."""
    return "DNC" if name == "dnc" else name.replace("_", " ")


def _no_lead(lead: dict[str, Any], scored_day: date | None) -> str:
    """Why what is on the page is no lead."""
    from wholesaler.markets.records import RECORD_KINDS

    parcel = lead["parcel"]
    if parcel and not any(records for kind, records in lead["records"].items() if RECORD_KINDS[kind].signal):
        place = "on the appraiser's roll" if parcel["is_listed"] else "not on the appraiser's roll now"
        return f"Not a lead: {place}, and on none of the lists of sales, foreclosures, violations or distress."
    if scored_day is None:
        return f"Nothing was scored yet: `{program()} score` tells whether it is a lead."
    return "Not a lead: no tax sale, foreclosure, open violation or event of distress on the day of the newest score."


def _arithmetic(lead: dict[str, Any]) -> "RenderableType":
    """How the points come to the score: of each component their sum, what is held of it, its weight and the product."""
    rows: list[tuple[Any, ...]] = []
    for name, weight in lead["weights"].items():
        points = sum(rule["points"] for rule in lead["rules"] if rule["component"] == name)
        held = Decimal(str(lead["components"][name]))
        rows.append((name, points, held, weight, f"{held * Decimal(str(weight)):.2f}"))
    rows.append(("score", "", "", "", f"{lead['total_score']:.2f}"))
    headings = ("component", "sum of points", "within 0 and 100", "weight", "product")
    return table("Arithmetic", headings, rows, headings[1:])


def _deal(lead: dict[str, Any]) -> "Iterator[RenderableType]":
    from wholesaler.scoring.features import COMPARABLES

    def rounded(amount: Any) -> str:
        return "unknown" if amount is None else money(round(amount))

    rows = [(label, rounded(lead["deal"][name])) for name, label in _DEAL.items()]
    yield table("Deal estimate", ("", "dollars"), rows, ("dollars",))
    known = lead["features"]
    if known.get("is_land"):
        yield "Vacant land has no deal estimate."
    elif deal := lead["assumptions"]:
        source = f"market value / {show(deal['market_share_of_price'])}"
        if (known.get("comparable_count") or 0) >= COMPARABLES:
            spread = f"{rounded(known['comparable_low'])} to {rounded(known['comparable_high'])}"
            source = f"the living area at the median price of {known['comparable_count']} comparable sales ({spread})"
        yield (
            f"Assumptions: after-repair value is {source}; "
            f"repairs {money(deal['repair_rate'])} a square foot, at least {money(deal['repair_minimum'])}, "
            f"{money(deal['old_surcharge'])} more if built before {deal['old_before']}, "
            f"{money(deal['violation_surcharge'])} more with open violations; "
            f"offer {show(deal['purchase_share'] * 100)} % of the value after repair, less repairs and "
            f"{money(deal['assignment_fee'])} fee; known debt is the auction's opening bid, else the amount in "
            "default, else a tax sale's bid: unpaid taxes, liens and mortgages come on top, and off the spread. "
            "An estimate from public records, no appraisal."
        )


def _fields(records: list[dict[str, Any]], amounts: set[str], kind: str) -> Iterator[tuple[str, str]]:
    """The fields that a record fills; the name of its source where that is not that of the ``kind`` of record."""
    for number, record in enumerate(records):
        if number:
            yield "", ""
        for name, value in record.items():
            if value is None or value == [] or (name == "record_key" and value == record.get("parcel_id")):
                continue
            if name == "source" and value == kind:
                continue
            label = _LABELS.get(name, name.replace("_", " "))
            if name == "match_evidence":
                yield label, _evidence(value)
            else:
                yield label, money(value) if name in amounts else _fact(name, value)


def _fact(name: str, value: Any) -> str:
    """The value of a column or feature, with its unit."""
    if value is None:
        return ""
    if name in _MONEY or name.endswith("_amount"):
        return money(value)
    if name.endswith("_days"):
        return f"{show(value)} {'day' if value == 1 else 'days'}"
    if name in _UNITS:
        return f"{show(round(value, 3))} {_UNITS[name]}"
    return show(value)


def _evidence(evidence: dict[str, Any]) -> str:
    """Why a record or a property was found to be of another parcel, in a sentence."""
    names = ("house_number", "street", "unit", "city", "zip_code")
    address = " ".join(show(evidence[name]).upper() for name in names if evidence.get(name))
    rule = str(evidence.get("rule", ""))
    reason = _MATCH_REASONS.get(rule, "")
    bridged = evidence.get("bridged") or {}
    reason = reason.format(record=bridged.get("record"), parcel=bridged.get("parcel") or "none")
    said = ("its address" if reason else "the same address") + f" {address}" if address else ""
    distance = evidence.get("distance_metres")
    away = "" if distance is None else f"{distance * 3.28084:,.0f} feet away"
    named = f"rule {rule}" if reason else ""
    return ", ".join(filter(None, (said, reason, away, named))) or show(rule.replace("_", " "))
