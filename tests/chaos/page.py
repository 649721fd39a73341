"""The page of what chaos has found: how many kills fell where, and what came of them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from statistics import median

from tests.chaos.beginnings import BEGINNINGS
from tests.chaos.night import PARTS
from tests.chaos.points import VICTIMS, Outcome

_HEAD = """# Chaos, measured

Written by `make chaos`: `kill -9` at random moments of `run-all`, over all its stages, for the program with its process
group, for the first process of the private PostgreSQL server, for one that works for a client, or for program and
server at once. After it a rerun, begun at once, has to give the tables, files, metrics and monitors' signals of an
undisturbed night, and each announcement on Slack and by e-mail at least once. A rerun that ends with 69 or 75 says that
it has to be run again, and is, once. What a point is, is in `tests/chaos/`."""
_COLUMNS = "points | mended | a second rerun | the night went on by itself | messages that came again"


def page(seed: int, day: date, outcomes: Sequence[Outcome], machine: Iterable[str]) -> list[str]:
    """The lines of the page."""
    seconds = [one.seconds for one in outcomes]
    lost = sum(fault.count("never announced") for one in outcomes for fault in one.judgement.faults)
    announcements = sum(one.judgement.announcements for one in outcomes)
    lines = [
        _HEAD,
        "",
        *machine,
        f"- seed {seed}, nights of {day:%-d %B %Y}: {len(outcomes)} points, {_kills(outcomes)} kills,"
        f" {median(seconds):.1f} s a point ({min(seconds):.1f}–{max(seconds):.1f})",
        f"- {_mended(outcomes)} of {len(outcomes)} points mended; {lost} of {announcements:,} announcements lost",
        "",
    ]
    parts: dict[str, Callable[[Outcome], bool]] = {name: lambda one, name=name: name in one.hit for name in PARTS}
    victims: dict[str, Callable[[Outcome], bool]] = {
        name: lambda one, name=name: name in {kill.victim for kill in one.point.kills} for name in VICTIMS
    }
    beginnings: dict[str, Callable[[Outcome], bool]] = {
        name: lambda one, name=name: name == one.point.beginning for name in BEGINNINGS
    }
    for title, rows in (("where it fell", parts), ("who was killed", victims), ("what was there", beginnings)):
        lines += [f"| {title} | {_COLUMNS} |", "|---|---|---|---|---|---|"]
        lines += [_row(name, [one for one in outcomes if belongs(one)]) for name, belongs in rows.items()]
        lines.append("")
    lines += [
        "A point with two kills counts in both rows of its parts and victims. A message comes again where the kill",
        "fell between its arrival and the program's knowing of it: one a kill and channel at most.",
    ]
    faults = [f"- {one.point.describe()}: {fault}" for one in outcomes for fault in one.judgement.faults]
    return [*lines, *(["", "## Not mended", "", *faults] if faults else [])]


def _row(name: str, outcomes: Sequence[Outcome]) -> str:
    again = sum(len(one.reruns) > 1 for one in outcomes)
    by_itself = sum(one.mended_itself for one in outcomes)
    repeats = sum(one.judgement.repeats for one in outcomes)
    figures = (len(outcomes), _mended(outcomes), again, by_itself, repeats)
    return f"| {name} | {' | '.join(map(str, figures))} |"


def _kills(outcomes: Sequence[Outcome]) -> int:
    return sum(len(one.hit) for one in outcomes)


def _mended(outcomes: Sequence[Outcome]) -> int:
    return sum(not one.judgement.faults for one in outcomes)
