"""What a run and its stages have done, for people."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from wholesaler.cli.render import table, write
from wholesaler.plural import counted

if TYPE_CHECKING:
    from rich.console import RenderableType

    from wholesaler.pipeline.attempt import Report
    from wholesaler.pipeline.run import RunReport

_COUNTS = ("processed", "inserted", "updated", "unchanged", "deactivated", "failed")
_SCOPE_COUNTS = ("out_of_scope", "superseded")


def print_run(run: "RunReport") -> None:
    """The stages of a run with their outcome, then what to know about each; what several stages say, once."""
    from wholesaler.stages.properties.words import NO_SIGNAL

    rows = [(r.command, r.status, r.attempts, f"{r.seconds:.1f}", headline(r)) for r in run.stages]
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
    summary = f"{report.command}: {report.status} in {report.seconds:.1f} s. {headline(report)}".rstrip()
    write(*_details(report), summary, *_notes(report, report.warnings))


def _notes(report: "Report", warnings: Iterable[str]) -> Iterator[str]:
    for warning in warnings:
        yield f"  warning: {warning}"
    if report.error:
        yield f"  error: {report.error['message']} {report.error.get('hint') or ''}".rstrip()
    for name in ("report", "calendar"):
        if path := report.stats.get(f"{name}_path"):
            yield f"  {name}: {path}"


def headline(report: "Report") -> str:
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
        refused = sum(stats["refused"].values())
        unsent = [(waiting, "pending"), (refused, "refused")]
        return f"sent: {sent}" + "".join(f"; {count:,} {state}" for count, state in unsent if count)
    if report.command == "check":
        return f"{counted(len(stats['errors']), 'error')}, {counted(len(stats['warnings']), 'warning')}"
    names = ("processed", "enriched", "geocoded", "records_attached", "records_matched", "duplicates_found", "merged")
    return ", ".join([*(_outcome(name, stats[name]) for name in names if name in stats), *_unmatched(stats)])


def _unmatched(stats: dict[str, Any]) -> Iterator[str]:
    """How many records without a parcel number stay without a parcel, and of how many nobody can read the address."""
    if unmatched := stats.get("records_unmatched"):
        unreadable = stats.get("records_unreadable", 0)
        yield f"{unmatched:,} unmatched" + (f" ({unreadable:,} of them unreadable)" if unreadable else "")


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
