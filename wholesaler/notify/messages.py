"""The words of every announcement: the same for all channels, in plain text, HTML and CSV.

Text from public records is cleaned of control characters here, once; escaping for a channel's own markup is the
channel's (HTML: the templates' autoescape). Names stay out unless the caller says ``show_names``.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from wholesaler.notify.interface import FailureNotice, FindingsNotice, LeadNotice, ProfileChange
from wholesaler.plural import counted

FORECLOSURE_RULES = "foreclosure rules apply (s. 501.1377, F.S.)"
ESTIMATE_NOTE = (
    "Scores and deal figures are estimates from public records and the assumptions of the scoring profile, "
    "not appraisals. Check each record with the county before acting on it."
)
_DEAL_PARTS = {"arv": "ARV", "repairs": "repairs", "mao": "MAO", "debt": "debt", "spread": "spread"}
_NOT_PRINTABLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]+")
#: where a spreadsheet would see a formula begin: at the start of a cell, or behind what another locale takes for the
#: end of one; with a sign in full width too, which some read as the plain one
_FORMULA = re.compile(r"(^|[;|])(?=[\s\"']*[=+\-@\uff1d\uff0b\uff0d\uff20\u2212\ufe62\ufe63\ufe66\ufe6b])")


@dataclass(frozen=True)
class LeadView:
    """A lead in words: every field is finished, clean, unescaped text; ``owner`` is ``None`` when names are hidden."""

    parcel_id: str
    place: str
    tier: str
    score: str
    scored_on: str
    signals: str
    reasons: tuple[str, ...]
    deal: str
    owner: str | None
    foreclosure: str | None


def clean(text: str) -> str:
    """``text`` on one line: runs of white space, control and invisible direction characters become one space."""
    return _NOT_PRINTABLE.sub(" ", text).strip()


def money(amount: Decimal | None) -> str:
    """US dollars without cents: ``$123,456``, ``-$5,000``, or ``unknown``."""
    if amount is None:
        return "unknown"
    dollars = int(amount.quantize(Decimal(1), ROUND_HALF_UP))
    return f"{'-' if dollars < 0 else ''}${abs(dollars):,}"


def day(value: date) -> str:
    """``18 Dec 2025``, whatever the locale."""
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{value.day} {months[value.month - 1]} {value.year}"


def duration(seconds: float) -> str:
    """``42 s``, ``12 min 3 s`` or ``1 h 5 min``."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def place(address: str | None, city: str | None, zip_code: str | None) -> str:
    """``7 W Smith St, Orlando 32804``."""
    town = " ".join(filter(None, (clean(city or ""), clean(zip_code or ""))))
    street = clean(address or "") or "Address not published"
    return f"{street}, {town}" if town else street


def view(lead: LeadNotice, show_names: bool) -> LeadView:
    """Put ``lead`` into words."""
    known = {key: lead.deal.get(key) for key in _DEAL_PARTS}
    parts = ", ".join(f"{_DEAL_PARTS[key]} {money(amount)}" for key, amount in known.items())
    deal = f"Deal estimate: {parts}"
    if lead.is_land:
        deal = "No deal estimate: it is vacant land"
    elif known["arv"] is None:
        deal = "No deal estimate: the market value is unknown"
    return LeadView(
        parcel_id=clean(lead.parcel_id),
        place=place(lead.address, lead.city, lead.zip_code),
        tier=lead.tier,
        score=f"{lead.total_score:.2f}",
        scored_on=day(lead.snapshot_date),
        signals=", ".join(clean(signal).replace("_", " ") for signal in lead.signals),
        reasons=tuple(clean(reason) for reason in lead.reasons),
        deal=deal,
        owner=clean(lead.owner_name) if show_names and lead.owner_name else None,
        foreclosure=clean(lead.foreclosure_note or FORECLOSURE_RULES) if lead.foreclosure else None,
    )


def failure_title(notice: FailureNotice) -> str:
    """``wholesaler: ingest failed for Orange County, Florida``."""
    return f"wholesaler: {clean(notice.stage)} failed for {clean(notice.market_name)}"


def findings_title(notice: FindingsNotice) -> str:
    """``wholesaler: 2 errors and 1 warning in the data of Orange County, Florida (1 Dec 2025)``."""
    numbers = dict.fromkeys(("error", "warning"), 0)
    for finding in notice.findings:
        numbers[finding.severity] += 1
    found = " and ".join(counted(number, severity) for severity, number in numbers.items() if number)
    return f"wholesaler: {found or 'no findings'} in the data of {clean(notice.market_name)} ({day(notice.as_of)})"


def profile_change_title(change: ProfileChange) -> str:
    """``wholesaler: leads of Orange County, Florida are scored by profile v2 now (1 Dec 2025)``."""
    name, edited = clean(change.profile), change.profile == change.profile_before
    by = f"an edited profile {name}" if edited else f"profile {name}"
    return f"wholesaler: leads of {clean(change.market_name)} are scored by {by} now ({day(change.as_of)})"


def tier_line(tier_counts: Mapping[str, int]) -> str:
    """``All leads by tier: A 13, B 29``, or nothing where there are no counts."""
    return f"All leads by tier: {_tiers(tier_counts)}" if tier_counts else ""


def _tiers(tier_counts: Mapping[str, int]) -> str:
    return ", ".join(f"{tier} {number:,}" for tier, number in sorted(tier_counts.items()))


def stale_line(stale_sources: Iterable[str]) -> str:
    """Which sources are too old to count, or nothing where all are fresh."""
    names = ", ".join(clean(source) for source in stale_sources)
    return f"Stale sources, not counted in the scores: {names}" if names else ""


def repeat_line(repeat: bool) -> str:
    """That this may have arrived before, or nothing."""
    return "This is possibly a repeat: no answer came when it was sent before." if repeat else ""


def late_line(earlier_days: Iterable[date]) -> str:
    """That a notice stands for those of earlier days too, which nobody could be told."""
    days = ", ".join(map(day, earlier_days))
    return f"Also on {days}, when this channel could not be reached." if days else ""


def standing_line(told_before: int) -> str:
    """That more is found than is told here, or nothing."""
    if not told_before:
        return ""
    are = "that was told before is" if told_before == 1 else "that were told before are"
    return f"{counted(told_before, 'finding')} {are} still there; `wholesaler check` lists all."


def failure_context(notice: FailureNotice) -> dict[str, Any]:
    """What the ``failure`` templates need."""
    return {
        "title": failure_title(notice),
        "remark": repeat_line(notice.repeat) or late_line(notice.earlier_days),
        "error": clean(notice.error),
        "hint": clean(notice.hint or ""),
        "stage": clean(notice.stage),
        "day": day(notice.as_of),
        "duration": duration(notice.run_seconds),
    }


def findings_context(notice: FindingsNotice) -> dict[str, Any]:
    """What the ``findings`` templates need."""
    return {
        "title": findings_title(notice),
        "remark": repeat_line(notice.repeat) or late_line(notice.earlier_days),
        "findings": [
            {"severity": found.severity, "title": clean(found.title), "hint": clean(found.hint or "")}
            for found in notice.findings
        ],
        "standing": standing_line(notice.told_before),
    }


def profile_change_context(change: ProfileChange) -> dict[str, Any]:
    """What the ``profile_change`` templates need."""
    told = sum(change.tier_counts.get(tier, 0) for tier in change.tiers)
    return {
        "title": profile_change_title(change),
        "remark": repeat_line(change.repeat),
        "lines": [
            f"Until now they were scored by profile {clean(change.profile_before)}. Tiers of the two cannot be "
            "compared, so nothing is called new today.",
            f"By tier today: {_tiers(change.tier_counts)}. On {day(change.day_before)}: "
            f"{_tiers(change.tier_counts_before)}.",
            f"What is in tier {'/'.join(change.tiers)} now ({counted(told, 'lead')}) counts as told and will not be "
            "announced; leads that enter it from the next day on are announced as ever.",
        ],
        "command": f"wholesaler leads list --tier {','.join(change.tiers)}",
    }


def fill(template: str, context: Mapping[str, Any]) -> str:
    """Fill ``templates/<template>.j2``; data in a ``.html`` template is escaped, a missing value is an error."""
    return _environment().get_template(f"{template}.j2").render(context)


def leads_csv(leads: Iterable[LeadNotice], show_names: bool) -> bytes:
    """All ``leads`` as CSV for a spreadsheet: UTF-8 with BOM, amounts as plain numbers in US dollars, no text cell
    that a spreadsheet would run as a formula."""
    deal_columns = list(_DEAL_PARTS)
    names = ["owner_name", "mailing_address"] if show_names else []
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    columns = ["parcel_id", "address", "city", "zip_code", "tier", "total_score", "signals", "reasons"]
    further = ["next_sale", "next_sale_date", "owner_class", "mail_differs"]
    writer.writerow([*columns, *deal_columns, "foreclosure_rules", "snapshot_date", *names, *further])
    for lead in leads:
        text = [lead.parcel_id, lead.address, lead.city, lead.zip_code, lead.tier]
        lists = ["; ".join(lead.signals), "; ".join(lead.reasons)]
        amounts = [lead.deal.get(column) for column in deal_columns]
        sale, when = min(lead.sales, key=lambda one: one[1], default=(None, None))
        writer.writerow(
            [*map(safe_cell, text), f"{lead.total_score:.2f}", *map(safe_cell, lists)]
            + ["" if amount is None else f"{amount:.2f}" for amount in amounts]
            + ["yes" if lead.foreclosure else "no", lead.snapshot_date.isoformat()]
            + [safe_cell(text) for text in (lead.owner_name, lead.mail)[: len(names)]]
            + [
                safe_cell(sale),
                "" if when is None else when.isoformat(),
                safe_cell(lead.owner_class),
                safe_cell(lead.mail_differs),
            ]
        )
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def safe_cell(text: str | None) -> str:
    """``text`` as a cell that no spreadsheet runs as a formula."""
    if text is None:
        return ""
    cell = _FORMULA.sub(r"\1'", clean(text))
    return f"'{cell}" if text[:1] in {"\t", "\r", "\n"} and cell[:1] != "'" else cell


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("wholesaler.notify", "templates"),
        autoescape=lambda name: name is not None and name.endswith(".html.j2"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
