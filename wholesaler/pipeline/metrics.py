"""Metrics for Prometheus, as a file for the textfile collector of its node exporter; several markets share one file."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from glob import escape
from pathlib import Path
from threading import Lock
from typing import Any

from wholesaler import __version__
from wholesaler.errors import ExitCode

#: name → what it says; all are gauges
FAMILIES = {
    "build_info": "The version of wholesaler that ran last; always 1.",
    "run_start_timestamp_seconds": "When the last command began.",
    "run_end_timestamp_seconds": "When the last command ended; absent while one runs.",
    "run_exit_code": "Exit code of the last command; absent while one runs.",
    "run_running": "Whether a command runs; it stays 1 where one was killed.",
    "last_success_timestamp_seconds": "Since when every stage has done its work; absent until all have.",
    "stage_failed": "Whether the newest attempt of a stage failed.",
    "stage_last_success_timestamp_seconds": "When a stage did its work last.",
    "stage_duration_seconds": "How long the newest attempt of a stage took.",
    "stage_warnings": "Warnings of the newest attempt of a stage.",
    "source_failed": "Whether the newest attempt to load a source failed.",
    "source_last_success_timestamp_seconds": "When a source was loaded last.",
    "source_records": "Records of the newest load of a source, by what became of them.",
    "source_newest_record_timestamp_seconds": "Day of the newest record of a source.",
    "source_stale": "Whether a source is too old to count.",
    "source_join_ratio": "Share of the parcels of a source that are on the roll.",
    "leads": "Leads of the newest scores, by tier.",
    "leads_new": "Leads that are new in tier A.",
    "alerts_pending": "Announcements that a channel has still to take.",
    "alerts_refused": "Announcements that a channel has refused for good.",
    "database_size_bytes": "Size of the database.",
    "disk_free_bytes": "Free space where the data directory is.",
}
_PREFIX = "wholesaler_"
_SAMPLE = re.compile(rf'{_PREFIX}(?P<family>\w+)\{{market="(?P<market>(?:[^"\\]|\\.)*)".*\}} \S+')

#: counties that are run side by side write one after the other
_writing = Lock()

#: family, labels beside the market, value
Sample = tuple[str, Mapping[str, str], float]


@dataclass(frozen=True)
class RunMetrics:
    """The command that a file is written by; without end and exit code it has just begun."""

    began_at: datetime
    ended_at: datetime | None = None
    exit_code: ExitCode | None = None


def write_metrics(path: Path, market: str, run: RunMetrics, status: dict[str, Any] | None) -> str | None:
    """Write what is known of a market into the file, beside what is there of others; returns why it could not be.

    ``status`` is the document of ``wholesaler status``; without one, where the database is what has failed, only the
    times of the last successes stay. A file that cannot be written is removed, so that nobody takes what it says for
    news. Everybody may read it, since the exporter is another user.
    """
    with _writing:
        return _write(path.expanduser(), market, run, status)


def _write(path: Path, market: str, run: RunMetrics, status: dict[str, Any] | None) -> str | None:
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        lines = dict(_kept(path, market, keep_successes=status is None))
        for sample in (*_run_samples(run), *(_status_samples(status) if status else ())):
            lines.setdefault(sample[0], []).append(_line(market, *sample))
        text = "".join(_family(name, lines[name]) for name in FAMILIES if name in lines)
        with open(new, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), 0o644)
            file.write(text)
        os.replace(new, path)
    except (OSError, UnicodeError) as error:
        for stale in (new, path):
            with suppress(OSError):
                stale.unlink()
        return f"METRICS_FILE: {path} could not be written: {getattr(error, 'strerror', None) or error}."
    return None


def unfinished_metrics(path: Path | None) -> list[Path]:
    """What a run that was killed has left of the file it was about to write."""
    if path is None:
        return []
    path = path.expanduser()
    return list(path.parent.glob(f".{escape(path.name)}.*.new"))


def _kept(path: Path, market: str, *, keep_successes: bool) -> Iterator[tuple[str, list[str]]]:
    """The lines of the file that stay, by family."""
    families: dict[str, list[str]] = {}
    text = path.read_text("utf-8") if path.is_file() else ""
    for line in text.splitlines():
        if match := _SAMPLE.fullmatch(line):
            is_success = match["family"].endswith("last_success_timestamp_seconds")
            if match["market"] != _escape(market) or (keep_successes and is_success):
                families.setdefault(match["family"], []).append(line)
    yield from families.items()


def _family(name: str, lines: list[str]) -> str:
    head = f"# HELP {_PREFIX}{name} {FAMILIES[name]}\n# TYPE {_PREFIX}{name} gauge\n"
    return head + "".join(f"{line}\n" for line in lines)


def _line(market: str, family: str, labels: Mapping[str, str], value: float) -> str:
    named = ",".join(f'{name}="{_escape(text)}"' for name, text in {"market": market, **labels}.items())
    return f"{_PREFIX}{family}{{{named}}} {value}"


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _run_samples(run: RunMetrics) -> Iterator[Sample]:
    yield "build_info", {"version": __version__}, 1
    yield "run_start_timestamp_seconds", {}, run.began_at.timestamp()
    yield "run_running", {}, int(run.ended_at is None)
    if run.ended_at is not None:
        yield "run_end_timestamp_seconds", {}, run.ended_at.timestamp()
    if run.exit_code is not None:
        yield "run_exit_code", {}, int(run.exit_code)


def _status_samples(status: dict[str, Any]) -> Iterator[Sample]:
    successes = [stage["last_success_at"] for stage in status["stages"]]
    if all(successes):
        yield "last_success_timestamp_seconds", {}, min(successes).timestamp()
    for stage in status["stages"]:
        if stage["status"] != "never":
            yield from _stage_samples(stage)
    for source in status["sources"]:
        if source["status"] != "never":
            yield from _source_samples(source)
    if status["leads"] is not None:
        for tier, count in status["leads"]["tier_counts"].items():
            yield "leads", {"tier": tier}, count
        yield "leads_new", {}, status["leads"]["new_tier_a"]
    for channel in status["channels"]:
        for state in ("pending", "refused"):
            unsent = status[f"{state}_alerts"].get(channel, {state: 0})
            yield f"alerts_{state}", {"channel": channel}, unsent[state]
    yield "database_size_bytes", {}, status["database"]["size_bytes"]
    yield "disk_free_bytes", {}, status["disk"]["free_bytes"]


def _stage_samples(stage: dict[str, Any]) -> Iterator[Sample]:
    labels = {"stage": stage["stage"]}
    yield "stage_failed", labels, int(stage["status"] == "failure")
    yield "stage_warnings", labels, len(stage["warnings"])
    if stage["seconds"] is not None:
        yield "stage_duration_seconds", labels, stage["seconds"]
    if stage["last_success_at"] is not None:
        yield "stage_last_success_timestamp_seconds", labels, stage["last_success_at"].timestamp()


def _source_samples(source: dict[str, Any]) -> Iterator[Sample]:
    labels = {"source": source["source"]}
    yield "source_failed", labels, int(source["status"] == "failure")
    yield "source_stale", labels, int(source["stale"])
    if source["last_success_at"] is not None:
        yield "source_last_success_timestamp_seconds", labels, source["last_success_at"].timestamp()
    if source["newest_record"] is not None:
        day = datetime.fromisoformat(source["newest_record"]).replace(tzinfo=UTC)
        yield "source_newest_record_timestamp_seconds", labels, day.timestamp()
    if source["join_rate"] is not None:
        yield "source_join_ratio", labels, source["join_rate"]
    for outcome, count in source["counts"].items():
        yield "source_records", {**labels, "outcome": outcome}, count
