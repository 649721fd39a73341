"""What is printed: one JSON document, or text and tables for people."""

import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wholesaler.plural import counted

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from wholesaler.pipeline.attempt import Report
    from wholesaler.pipeline.run import RunReport

#: characters a line where no terminal folds it: a row stays one line for ``grep`` and ``less -S``
_UNFOLDED = 100_000
#: what stands for the typography of the program where the output knows only ASCII; each as wide as the original
_PLAIN = str.maketrans("×–—…•·−½’“”─", 'x--.*.-?\'""-')
_COUNTS = ("processed", "inserted", "updated", "unchanged", "deactivated", "failed")
_SCOPE_COUNTS = ("out_of_scope", "superseded")
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


def print_json(document: Any) -> None:
    """One document and nothing else."""
    from wholesaler.documents import to_json

    text = to_json(document, indent=True)
    if not _fits(text):
        text = json.dumps(json.loads(text), indent=2)  # other characters escaped
    sys.stdout.write(f"{text}\n")


def write(*parts: "RenderableType") -> None:
    """Text and tables: fitted to the terminal, elsewhere a line each; without control characters of the data."""
    from rich.console import Console
    from rich.text import Text

    terminal = sys.stdout.isatty()
    console = Console(markup=False, highlight=False, emoji=False, width=None if terminal else _UNFOLDED)
    with console.capture() as capture:
        for part in parts:
            console.print(Text("\n".join(map(show, part.split("\n")))) if isinstance(part, str) else part)
    text = capture.get()
    if not terminal:  # the blanks that fill a column up
        text = "".join(f"{line.rstrip()}\n" for line in text.splitlines())
    if not _fits(text):
        encoding = sys.stdout.encoding or "ascii"
        text = text.translate(_PLAIN).encode(encoding, "replace").decode(encoding)
    sys.stdout.write(text)


def _fits(text: str) -> bool:
    """Whether the output knows the characters of ``text``."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def program() -> str:
    """How the user can call the program from where they are."""
    return "wholesaler" if shutil.which("wholesaler") else os.path.relpath(Path(sys.executable).with_name("wholesaler"))


def table(
    title: str | None, headings: Sequence[str], rows: Iterable[Sequence[Any]], numbers: Iterable[str] = ()
) -> "Table":
    """A table; the columns named in ``numbers`` are aligned to the right."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    built = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold", pad_edge=False)
    right = set(numbers)
    for heading in headings:
        built.add_column(heading, justify="right" if heading in right else "left", overflow="fold")
    for row in rows:
        built.add_row(*(Text(show(value)) for value in row))
    return built


def show(value: Any) -> str:
    """A value for a person: nothing for null, yes or no, numbers with separators, no control characters."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)  # a year is no amount
    if isinstance(value, datetime):
        return f"{value.astimezone():%Y-%m-%d %H:%M:%S}"
    if isinstance(value, float | Decimal):
        return f"{value:,.6f}".rstrip("0").rstrip(".")
    if isinstance(value, list | tuple):
        return ", ".join(map(show, value))
    return "".join(character if character.isprintable() else " " for character in str(value))


def money(value: Any) -> str:
    """US dollars, with cents where there are some; nothing where unknown."""
    if value is None:
        return ""
    amount = f"{abs(value):,.2f}".removesuffix(".00")
    return f"-${amount}" if value < 0 else f"${amount}"


def leads_table(page: dict[str, Any], title: str) -> "RenderableType":
    """Leads, best first, with the first reasons of each."""
    rows = [
        (
            f"{lead['tier'] or lead['excluded']}{' new' if lead['is_new'] else ''}",
            f"{lead['total_score']:.2f}",
            lead["parcel_id"],
            ", ".join(show(part) for part in (lead["address"], lead["city"]) if part),
            "; ".join(_without_points(reason) for reason in lead["reasons"][:3]),
        )
        for lead in page["leads"]
    ]
    return table(title, ("tier", "score", "parcel", "address", "why"), rows, ("score",))


def _without_points(reason: str) -> str:
    return reason.rpartition(": ")[0] or reason


def lead_sheet(lead: dict[str, Any], scored_day: date | None = None) -> "Iterator[RenderableType]":
    """One lead on a page; ``scored_day`` is the day of the newest scores, if there are any."""
    from wholesaler.markets.records import PROPERTY_RECORDS, RECORD_KINDS

    place = ", ".join(show(part) for part in (lead["address"], lead["city"], lead["zip_code"]) if part)
    yield f"Parcel {lead['parcel_id']}  {place or 'no address known'}"
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
                _without_points(rule["reason"]),
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
            f"{money(deal['assignment_fee'])} fee. An estimate from public records, no appraisal."
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


def print_run(run: "RunReport") -> None:
    """The stages of a run with their outcome, then what to know about each; what several stages say, once."""
    from wholesaler.stages.properties.words import NO_SIGNAL

    rows = [(r.command, r.status, r.attempts, f"{r.seconds:.1f}", _headline(r)) for r in run.stages]
    title = f"{run.task.market.name}, {run.task.as_of}"
    write(table(title, ("stage", "status", "attempts", "seconds", "result"), rows, ("attempts", "seconds")))
    said: set[str] = set()
    # why there is no lead is said in the end, once
    explained = any(warning.startswith("0 leads: ") for report in run.stages for warning in report.warnings)
    for report in run.stages:
        warnings = [warning for warning in report.warnings if warning not in said]
        said.update(warnings)
        write(*_notes(report, [one for one in warnings if not (explained and f": {NO_SIGNAL}: " in one)]))


def print_stage(report: "Report") -> None:
    """One stage with its details."""
    if "preview" in report.stats:
        write(report.stats["preview"].removesuffix("\n"))
        return
    summary = f"{report.command}: {report.status} in {report.seconds:.1f} s. {_headline(report)}".rstrip()
    write(*_details(report), summary, *_notes(report, report.warnings))


def _notes(report: "Report", warnings: Iterable[str]) -> Iterator[str]:
    for warning in warnings:
        yield f"  warning: {warning}"
    if report.error:
        yield f"  error: {report.error['message']} {report.error.get('hint') or ''}".rstrip()
    if path := report.stats.get("report_path"):
        yield f"  report: {path}"


def _headline(report: "Report") -> str:
    """One line of the numbers that matter."""
    stats = report.stats
    if not stats:
        return ""
    if report.command == "ingest":
        sums = {name: sum(source.get(name, 0) for source in stats.values()) for name in (*_COUNTS, *_SCOPE_COUNTS)}
        return ", ".join(_outcome(name, count) for name, count in sums.items() if count)
    if report.command == "score":
        tiers = ", ".join(f"{tier} {count:,}" for tier, count in stats["tier_counts"].items())
        excluded = f"; {stats['excluded']:,} excluded" if stats["excluded"] else ""
        leads = f"{counted(stats['total_leads'], 'lead')}: {tiers}{excluded}"
        if stats["profile_before"] is not None:
            return f"{leads}; the first day by this profile: none is new"
        return f"{leads}; {stats['new_tier_a']:,} new in A" if stats["current"] else f"{leads}; history only"
    if report.command == "alert":
        sent = ", ".join(f"{channel} {count:,}" for channel, count in stats["sent"].items())
        waiting = sum(stats["pending"].values())
        return f"sent: {sent}" + (f"; {waiting:,} pending" if waiting else "")
    if report.command == "check":
        return f"{counted(len(stats['errors']), 'error')}, {counted(len(stats['warnings']), 'warning')}"
    names = ("processed", "enriched", "geocoded", "records_attached", "records_matched", "duplicates_found", "merged")
    return ", ".join(_outcome(name, stats[name]) for name in names if name in stats)


def _outcome(name: str, count: int) -> str:
    """A count by its name in JSON: ``1 record matched``, ``3 duplicates found``."""
    noun, _, participle = name.partition("_")
    return f"{counted(count, noun[:-1])} {participle}" if noun.endswith("s") else f"{count:,} {name.replace('_', ' ')}"


def _details(report: "Report") -> "list[RenderableType]":
    if not report.stats:
        return []
    if report.command == "ingest":
        headings = ("source", "status", *_COUNTS, "newest", "join rate")
        rows: list[tuple[Any, ...]] = [
            (
                name,
                stats["status"],
                *(f"{stats[count]:,}" for count in _COUNTS),
                f"{stats['newest_record'] or ''}{' (stale)' if stats['stale'] else ''}",
                "" if stats["join_rate"] is None else f"{stats['join_rate']:.0%}",
            )
            for name, stats in report.stats.items()
        ]
        return [table(None, headings, rows, (*_COUNTS, "join rate"))]
    if report.command == "score":
        return [tier_table(report.stats)]
    if report.command == "check":
        return [_check_table(report.stats)]
    if report.command == "dedupe" and (rules := _match_rules(report.stats)):
        return [table("By rule", ("rule", "records", "duplicates"), rules, ("records", "duplicates"))]
    return []


def _match_rules(stats: dict[str, Any]) -> list[tuple[str, str, str]]:
    """How many records and duplicates each rule has matched."""
    from wholesaler.markets.matching import RULES

    records, duplicates = stats.get("records_matched_by_rule", {}), stats.get("duplicates_by_rule", {})
    names = [rule for rule in RULES if rule in records or rule in duplicates]
    return [(name, f"{records.get(name, 0):,}", f"{duplicates.get(name, 0):,}") for name in names]


def tier_table(stats: dict[str, Any]) -> "RenderableType":
    """Leads by tier, with their share."""
    shares = stats["tier_percentages"]
    rows = [(tier, f"{count:,}", f"{shares[tier]:.1f} %") for tier, count in stats["tier_counts"].items()]
    rows.append(("all", f"{stats['total_leads']:,}", ""))
    return table("Leads by tier", ("tier", "leads", "share"), rows, ("leads", "share"))


def _check_table(stats: dict[str, Any]) -> "RenderableType":
    rows: list[tuple[Any, ...]] = []
    for name, found in stats["database_stats"].items():
        growth = found["growth"]
        result = found["message"] if found["rows"] is None else counted(found["rows"], "row")
        shown = result + (f" ({growth:+,})" if growth else "")
        rows.append(("database", name, found["outcome"], shown, found["names"]))
    for group in ("completeness", "consistency", "postgis"):
        for finding in stats[group].values():
            rows.append((group, finding["title"], finding["outcome"], finding["message"], finding["names"]))
    return table(None, ("group", "check", "outcome", "result", "name, to acknowledge"), rows)
