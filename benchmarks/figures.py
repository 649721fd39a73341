"""What a measurement is, and the page that shows them all."""

import os
import platform
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median

#: the heading of what :func:`write_growth` writes
GROWTH = "## Growth"
RESULTS = Path(__file__).with_name("RESULTS.md")


@dataclass(frozen=True)
class Figure:
    """One measured figure beside its target and its peer.

    ``best`` and ``worst`` frame ``value``, the median of several runs; ``peer`` is what the plainest equivalent took
    in the same run, in the same ``unit``. ``more`` says that a larger value is better.
    """

    name: str
    unit: str
    values: tuple[float, ...]
    target: float | None = None
    more: bool = False
    peer: str = ""
    peer_values: tuple[float, ...] = ()

    @property
    def value(self) -> float:
        """The median."""
        return median(self.values)

    def row(self) -> str:
        """The figure as a line of the table."""
        met = ""
        if self.target is not None:
            met = "yes" if (self.value >= self.target if self.more else self.value <= self.target) else "**no**"
        sign = "≥" if self.more else "≤"
        target = "" if self.target is None else f"{sign} {self._show(self.target)}"
        span = f" ({self._show(min(self.values))}–{self._show(max(self.values))})" if len(self.values) > 1 else ""
        peer = ratio = ""
        if self.peer_values:
            peer_value = median(self.peer_values)
            peer = f"{self.peer}: {self._show(peer_value)}"
            ratio = f"{self.value / peer_value:.2f}" if peer_value else ""
        return f"| {self.name} | {target} | {self._show(self.value)}{span} | {met} | {peer} | {ratio} |"

    def _show(self, value: float) -> str:
        return f"{value:,.0f} {self.unit}" if value >= 100 or self.unit == "rows" else f"{value:.2f} {self.unit}"


def write(figures: list[Figure], versions: str, size: str) -> None:
    """Write the results with the machine they were measured on."""
    lines = [
        "# Measured",
        "",
        "Written by `make bench`: medians, with the smallest and largest run in brackets where there are several.",
        "A peer ran in the same minutes on the same machine; the ratio is ours to the peer's. Matching, by kind and",
        "rule, with its times, is in [MATCHING.md](MATCHING.md); what is left of kills in [CHAOS.md](CHAOS.md).",
        "",
        *machine(versions),
        f"- {size}",
        "",
        "| figure | target | measured | met | peer | ratio |",
        "|---|---|---|---|---|---|",
        *(figure.row() for figure in figures),
        "",
        "",
    ]
    RESULTS.write_text("\n".join(lines) + _sections(), "utf-8")


def write_section(heading: str, lines: list[str]) -> None:
    """Write a section that has its own command in the place of what it said before, above how the stages grow."""
    text = RESULTS.read_text("utf-8")
    growth = _growth()
    above, mark, rest = text.removesuffix(growth).partition(f"{heading}\n")
    below = rest[rest.index("\n## ") + 1 :] if mark and "\n## " in rest else ""
    RESULTS.write_text("\n".join([above.rstrip("\n"), "", heading, "", *lines, "", below]) + growth, "utf-8")


def machine(versions: str) -> list[str]:
    """Two lines: the day and the machine; the versions of what ran."""
    return [
        f"- {date.today():%-d %B %Y}; {_processor()}, {os.cpu_count()} processors, {_memory():.0f} GiB of memory",
        f"- {platform.system()} {platform.release()}, Python {platform.python_version()}, {versions}",
    ]


def write_growth(lines: list[str], versions: str) -> None:
    """Write how the stages grow, below what else was measured."""
    kept = RESULTS.read_text("utf-8").removesuffix(_growth()).rstrip("\n")
    head = [
        GROWTH,
        "",
        f"Written by `make bench-growth` on {date.today():%-d %B %Y}: {_processor()}, "
        f"{os.cpu_count()} processors, {versions}.",
        "",
    ]
    RESULTS.write_text("\n".join([kept, "", *head, *lines, ""]), "utf-8")


def _growth() -> str:
    """The part of the page that is about growth."""
    _, mark, rest = RESULTS.read_text("utf-8").partition(GROWTH)
    return mark + rest


def _sections() -> str:
    """All parts of the page below its table, of which the first says in words what does not hold of the goals."""
    text = RESULTS.read_text("utf-8")
    return text[text.index("\n## ") + 1 :] if "\n## " in text else ""


def _processor() -> str:
    try:
        info = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(": ")[2] for line in info if line.startswith("model name")), platform.machine())


def _memory() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
