"""Leads for people: in a table, or a block each where a table would break what is in it."""

from collections import Counter
from typing import TYPE_CHECKING, Any

from wholesaler.cli.lead_sheet import without_points
from wholesaler.cli.render import UNFOLDED, money, show, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.text import Text

#: where the owner's mail goes, beside the parcel
_LIVES = {"same": "here", "in_county": "in the county", "in_state": "in the state", "out_of_state": "out of state"}
_NUMBERS = ("score", "days left", "miles", "value", "offer", "spread", "amount")
#: what is in the first line of a block, and the others in the words of the second
_HEAD = ("due", "county", "tier", "score", "parcel", "address")
_WORDS = {
    "status": "status {}",
    "days left": "sale in {} days",
    "miles": "{} miles away",
    "offer": "offer {}",
    "spread": "spread {}",
    "value": "value {}",
    "amount": "{}",
    "owner": "{}",
}
#: columns of running text, at the end of a row: characters that they need there, and lines that they may have; lines
#: below the first of a block
_TEXTS = ("why", "note")
_TEXT_WIDTH = 40
_TEXT_LINES = 2
_BLOCK_LINES = 3


def leads_table(page: dict[str, Any], title: str, *, short: bool = False, counties: bool = False) -> "RenderableType":
    """Leads with the first reasons of each; ``short``: only what a first look needs. An empty column is left out.

    ``counties``: each with its county's key. At a terminal that is too narrow for a row without breaking addresses and
    numbers, each lead is a block of a few lines.
    """
    columns: dict[str, list[str]] = {}
    for lead in page["leads"]:
        county = {"county": lead["lead_id"].partition(":")[0]} if counties else {}
        for heading, cell in (county | _cells(lead)).items():
            columns.setdefault(heading, []).append(cell)
    needed = {"county", "tier", "score", "parcel", "address", "why"}
    shown = {name: cells for name, cells in columns.items() if name in needed or (not short and any(cells))}
    return _Leads(title, shown)


def due_table(leads: list[dict[str, Any]], title: str) -> "RenderableType":
    """Leads that are due, in the same way, with the last note of each."""
    rows = [
        {
            "due": show(lead["next_date"]),
            "status": lead["status"].replace("_", " "),
            "parcel": lead["parcel_id"],
            "address": _address(lead),
            "tier": lead["tier"] or "",
            "amount": money(lead["amount"]),
            "note": lead["note"] or "",
        }
        for lead in leads
    ]
    return _Leads(title, {name: [row[name] for row in rows] for name in rows[0]})


class _Leads:
    """Leads by columns, fitted to the width that there is."""

    def __init__(self, title: str, columns: dict[str, list[str]]) -> None:
        self._title = title
        self._columns = columns

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "Iterator[RenderableType]":
        from rich.measure import Measurement

        width, columns = options.max_width, self._columns
        if width < UNFOLDED:
            others = {name: cells for name, cells in columns.items() if name not in _TEXTS}
            endless = options.update(max_width=UNFOLDED)
            taken = Measurement.get(console, endless, _rows(None, others)).maximum
            if width < taken + _TEXT_WIDTH:
                yield from self._blocks(console, width)
                return
            room = width - taken - 3  # and what is between two columns
            texts = {name: cells for name, cells in columns.items() if name in _TEXTS}
            columns = others | {
                name: [_cut(console, text, room, _TEXT_LINES) for text in cells] for name, cells in texts.items()
            }
        yield _rows(self._title, columns)

    def _blocks(self, console: "Console", width: int) -> "Iterator[Text]":
        """A line that names the lead, and below it what is known and why, in at most three."""
        from rich.text import Text

        yield Text(f"{self._title}\n", style="bold")
        wide = {name: max(map(len, self._columns[name])) for name in _HEAD if name in self._columns}
        for place in range(len(self._columns["parcel"])):
            lead = {name: show(cells[place]) for name, cells in self._columns.items()}
            head = "  ".join(lead[name].ljust(wide[name]) for name in wide).rstrip()
            facts = ", ".join(words.format(lead[name]) for name, words in _WORDS.items() if lead.get(name))
            texts = (lead.get(name, "") for name in _TEXTS)
            below = _cut(console, ". ".join(filter(None, (facts, *texts))), width - 2, _BLOCK_LINES)
            yield Text(head, style="bold", overflow="fold")
            yield Text("\n".join(f"  {line}" for line in below.split("\n")))


def _rows(title: str | None, columns: dict[str, list[str]]) -> "RenderableType":
    return table(title, list(columns), zip(*columns.values(), strict=True), _NUMBERS)


def _cut(console: "Console", text: str, width: int, lines: int) -> str:
    """So many lines of ``text``, each of at most ``width``."""
    from rich.text import Text

    wrapped = [line.plain.rstrip() for line in Text(show(text)).wrap(console, width)]
    if len(wrapped) > lines:
        wrapped = wrapped[:lines]
        wrapped[-1] = f"{wrapped[-1][: width - 1].rstrip(' ,;')}…"
    return "\n".join(wrapped)


def signals_line(page: dict[str, Any]) -> str:
    """The signals of the leads in a table, by the words that ``--signal`` takes, the most frequent first."""
    counts = Counter(signal for lead in page["leads"] for signal in lead["signals"])
    return f"--signal: {', '.join(f'{signal} {number:,}' for signal, number in counts.most_common())}" if counts else ""


def _cells(lead: dict[str, Any]) -> dict[str, str]:
    """A lead as a row of the table, by headings."""
    days, miles = lead["days_left"], lead.get("miles")
    lives = _LIVES.get(lead["mail_differs"], "")
    step = lead["status"] if lead["status"] != "open" or lead["next_date"] else ""
    step = "dead, but back" if lead["came_back"] else step
    return {
        "tier": f"{lead['tier'] or lead['excluded']}{' new' if lead['is_new'] else ''}",
        "score": f"{lead['total_score']:.2f}",
        "parcel": lead["parcel_id"],
        "address": _address(lead),
        "miles": "" if miles is None else f"{miles:.2f}",
        "days left": "" if days is None else show(days),
        "value": "" if lead["value"] is None else money(round(lead["value"])),
        "offer": "" if lead["offer"] is None else money(round(lead["offer"])),
        "spread": "" if lead["spread"] is None else money(round(lead["spread"])),
        "owner": ", ".join(filter(None, (lead["owner_class"], f"lives {lives}" if lives else ""))),
        "status": " ".join(filter(None, (step.replace("_", " "), show(lead["next_date"])))),
        "why": "; ".join(without_points(reason) for reason in lead["reasons"][:3]),
    }


def _address(lead: dict[str, Any]) -> str:
    return ", ".join(show(part) for part in (lead["address"], lead["city"]) if part)
