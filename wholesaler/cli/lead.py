"""How leads are shown to people."""

from collections.abc import Iterator
from typing import Any

from rich.console import RenderableType

from wholesaler.cli.output import money, show, table
from wholesaler.markets.records import RECORD_KINDS

_DEAL = {
    "arv": "after-repair value",
    "repairs": "repairs",
    "mao": "maximum allowable offer",
    "debt": "known debt",
    "spread": "spread",
}


def leads_table(found: dict[str, Any], title: str | None = None) -> RenderableType:
    """Leads, best first, with the first reasons of each."""
    rows = [
        (
            f"{lead['tier']}{' new' if lead['is_new'] else ''}",
            lead["total_score"],
            lead["parcel_id"],
            ", ".join(show(part) for part in (lead["address"], lead["city"]) if part),
            "; ".join(_short(reason) for reason in lead["reasons"][:3]),
        )
        for lead in found["leads"]
    ]
    day = f" on {found['leads'][0]['as_of']}" if rows else ""
    title = title or f"{len(rows):,} of {found['total']:,} leads{day}, best first"
    return table(title, ("tier", "score", "parcel", "address", "why"), rows, ("score",))


def _short(reason: str) -> str:
    """A reason without its points."""
    return reason.rpartition(": ")[0] or reason


def lead_sheet(lead: dict[str, Any]) -> Iterator[RenderableType]:
    """One lead on a page."""
    place = ", ".join(show(part) for part in (lead["address"], lead["city"], lead["zip_code"]) if part)
    yield f"Parcel {lead['parcel_id']}  {place or 'no address known'}"
    if lead["total_score"] is None:
        yield "Not a lead: no tax sale, foreclosure or open violation on the day of the newest score."
    else:
        parts = ", ".join(f"{name} {value}" for name, value in lead["components"].items())
        yield f"Tier {lead['tier']}, score {lead['total_score']} on {lead['as_of']}, profile {lead['profile']}: {parts}"
        rows = [
            (rule["component"], f"{rule['points']:+}", rule["reason"].rpartition(": ")[0]) for rule in lead["rules"]
        ]
        yield table("Why", ("component", "points", "reason"), rows, ("points",))
        yield table("Features", ("feature", "value"), [(name, show(value)) for name, value in lead["features"].items()])
        yield from _deal(lead)
    for name, records in lead["records"].items():
        if records:
            yield table(RECORD_KINDS[name].title, ("field", "value"), list(_fields(records)))
    for merge in lead["merged"]:
        yield f"Merged from parcel {merge['parcel_id']}: {show(merge)}"
    if lead["history"]:
        rows = [
            (snapshot["snapshot_date"], snapshot["total_score"], snapshot["tier"]) for snapshot in lead["history"][:30]
        ]
        yield table("History", ("day", "score", "tier"), rows, ("score",))


def _deal(lead: dict[str, Any]) -> Iterator[RenderableType]:
    rows = [(label, money(lead["deal"][name]) or "unknown") for name, label in _DEAL.items()]
    yield table("Deal estimate", ("", "dollars"), rows, ("dollars",))
    if lead["assumptions"]:
        said = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in lead["assumptions"].items())
        yield f"Assumptions: {said}. An estimate from public records, no appraisal."


def _fields(records: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for number, record in enumerate(records):
        if number:
            yield "", ""
        for name, value in record.items():
            if value is not None:
                yield name, show(value)
