"""How runs and stages are shown to people."""

from typing import Any

from rich.console import Console, RenderableType

from wholesaler.cli.output import console, show, table
from wholesaler.markets.records import RECORD_KINDS
from wholesaler.pipeline.attempt import Report
from wholesaler.pipeline.run import RunReport

_COUNTS = ("processed", "inserted", "updated", "unchanged", "deactivated", "failed")


def print_run(run: RunReport) -> None:
    """The stages of a run with their outcome, then what to know about each."""
    out = console()
    rows = [(r.command, r.status, r.attempts, f"{r.seconds:.1f}", _headline(r)) for r in run.stages]
    title = f"{run.task.market.name}, {run.task.as_of}"
    out.print(table(title, ("stage", "status", "attempts", "seconds", "result"), rows, ("attempts", "seconds")))
    for report in run.stages:
        _print_notes(out, report)


def print_stage(report: Report) -> None:
    """One stage with its details."""
    out = console()
    if "preview" in report.stats:
        out.print(report.stats["preview"], end="")
        return
    for renderable in _details(report):
        out.print(renderable)
    out.print(f"{report.command}: {report.status} in {report.seconds:.1f} s. {_headline(report)}".rstrip())
    _print_notes(out, report)


def _print_notes(out: Console, report: Report) -> None:
    for warning in report.warnings:
        out.print(f"  warning: {show(warning)}")
    if report.error:
        out.print(f"  error: {show(report.error['message'])} {show(report.error.get('hint'))}".rstrip())


def _headline(report: Report) -> str:
    """One line of the numbers that matter."""
    stats = report.stats
    if not stats:
        return ""
    if report.command == "ingest":
        sums = {name: sum(source[name] for source in stats.values()) for name in _COUNTS}
        return ", ".join(f"{sums[name]:,} {name}" for name in _COUNTS if sums[name])
    if report.command == "score":
        tiers = ", ".join(f"{tier} {count:,}" for tier, count in stats["tier_counts"].items())
        return f"{stats['total_leads']:,} leads: {tiers}; {stats['new_tier_a']:,} new in A"
    if report.command == "alert":
        sent = ", ".join(f"{channel} {count:,}" for channel, count in stats["sent"].items())
        waiting = sum(stats["pending"].values())
        return f"sent: {sent}" + (f"; {waiting:,} pending" if waiting else "")
    if report.command == "check":
        return f"{len(stats['errors']):,} errors, {len(stats['warnings']):,} warnings"
    names = ("processed", "enriched", "geocoded", "records_attached", "records_matched", "duplicates_found", "merged")
    return ", ".join(f"{stats[name]:,} {name.replace('_', ' ')}" for name in names if name in stats)


def _details(report: Report) -> list[RenderableType]:
    if not report.stats:
        return []
    if report.command == "ingest":
        headings = ("source", "status", *_COUNTS, "newest", "join rate")
        rows: list[tuple[Any, ...]] = [
            (
                RECORD_KINDS[name].title,
                stats["status"],
                *(stats[count] for count in _COUNTS),
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
    return []


def tier_table(stats: dict[str, Any]) -> RenderableType:
    """Leads by tier, with their share."""
    rows = [(tier, count, f"{stats['tier_percentages'][tier]:.1f} %") for tier, count in stats["tier_counts"].items()]
    rows.append(("all", stats["total_leads"], ""))
    return table("Leads by tier", ("tier", "leads", "share"), rows, ("leads", "share"))


def _check_table(stats: dict[str, Any]) -> RenderableType:
    rows: list[tuple[Any, ...]] = []
    for name, counted in stats["database_stats"].items():
        growth = counted["growth"]
        found = counted["message"] if counted["rows"] is None else f"{counted['rows']:,} rows"
        rows.append(("database", name, counted["outcome"], found + (f" ({growth:+,})" if growth else "")))
    for group in ("completeness", "consistency", "postgis"):
        for finding in stats[group].values():
            rows.append((group, finding["title"], finding["outcome"], finding["message"]))
    return table(None, ("group", "check", "outcome", "found"), rows)
