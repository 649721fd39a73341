"""``markets probe``."""

from datetime import UTC, date, datetime
from textwrap import shorten
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wholesaler.cli.state import State
from wholesaler.plural import counted

if TYPE_CHECKING:
    from wholesaler.probe import Found

#: characters of what a publisher calls a field for people that the table shows
_LONGEST_TITLE = 30


def markets_probe(
    context: typer.Context,
    url: Annotated[
        str,
        typer.Argument(metavar="URL|FILE", help="ArcGIS layer or service, Socrata dataset, CKAN, CARTO, or a file."),
    ],
) -> None:
    """Look at a layer, dataset or file: its fields, what is in them, and which column each may be."""
    state: State = context.obj
    from wholesaler.cli.render import print_json, write
    from wholesaler.probe import probe

    found = probe(url, state.settings, datetime.now(UTC).date())
    if state.json:
        print_json(_document(found))
    else:
        write(*(_choices(found) if found.choices else _report(found)))


def _document(found: "Found") -> dict[str, Any]:
    from wholesaler.probe.masking import samples

    if found.choices or found.target is None or found.sample is None:
        choices = [{"name": one.name, "what": one.what, "url": one.url} for one in found.choices]
        return {"url": found.url, "kind": None, "choices": choices}
    return {
        "url": found.target.url,
        "kind": found.target.kind,
        "choices": [],
        "records_read": len(found.sample.records),
        "all_records": found.sample.whole,
        "box": found.sample.box,
        "newest": _newest(found),
        "fields": [
            {
                "name": field.name,
                "titles": list(field.titles),
                "publisher_type": field.kind or None,
                "type": field.type,
                "filled": round(field.filled_share, 4),
                "distinct": field.distinct,
                "samples": samples(field, guess),
                "oldest": field.days[0] if field.days else None,
                "newest": field.days[1] if field.days else None,
                "beyond": field.beyond,
                "date_formats": list(field.formats),
                "column": guess.column,
                "confidence": guess.confidence if guess.column else None,
                "may_be": list(guess.others),
                "why": guess.why,
            }
            for field, guess in zip(found.fields, found.guesses, strict=True)
        ],
    }


def _choices(found: "Found") -> list[Any]:
    from wholesaler.cli.render import table

    rows = [(one.name, one.what, one.url) for one in found.choices]
    return [f"{found.url} leads to several; probe one of them:", table(None, ("name", "what", "address"), rows)]


def _report(found: "Found") -> list[Any]:
    from wholesaler.cli.render import table
    from wholesaler.probe.masking import samples

    if found.target is None or found.sample is None:
        return []
    number = len(found.sample.records)
    read = f"{'all' if found.sample.whole else 'the first'} {counted(number, 'record')}"
    rows = []
    for field, guess in zip(found.fields, found.guesses, strict=True):
        may_be = guess.column or ("?" if guess.others else "")
        sure = f"{guess.confidence:.0%}" if guess.column else " or ".join(guess.others[:3])
        shown = " · ".join(samples(field, guess))
        name = f'{field.name} "{shorten(field.title, _LONGEST_TITLE)}"' if field.title else field.name
        rows.append((name, field.type, f"{field.filled_share:.0%}", field.distinct, may_be, sure, shown))
    headings = ("field", "type", "filled", "distinct", "column", "how sure", "samples")
    lines = [f"{found.target.url}: {found.target.title}; {read} read, {counted(len(found.fields), 'field')}."]
    if found.sample.box is not None:
        west, south, east, north = found.sample.box
        lines.append(f"Places: west {west:.4f}, south {south:.4f}, east {east:.4f}, north {north:.4f}.")
    newest = _newest(found)
    if newest is not None:
        of = "" if newest["of_all_records"] else ", of the records read"
        lines.append(f"Newest date{of}: {newest['day']} ({newest['field']}).")
    for field in found.fields:
        if field.formats:
            lines.append(f"{field.name}: dates as {', '.join(field.formats)} (date_formats).")
        if field.beyond:
            lines.append(f"{field.name}: {field.beyond:,} different dates before 1800 or more than 400 days ahead.")
    return [table(None, headings, rows, numbers=("filled", "distinct")), *lines, _untold(found)]


def _untold(found: "Found") -> str:
    """What nobody could tell."""
    untold = [
        field.name
        for field, guess in zip(found.fields, found.guesses, strict=True)
        if not guess.column and guess.others
    ]
    told = {guess.column for guess in found.guesses}
    lines = []
    if untold:
        lines.append(f"Could not tell: {', '.join(untold)}.")
    if "parcel" not in told:
        lines.append("No field is clearly the parcel number.")
    if not any(field.days for field in found.fields):
        lines.append("No field has dates: how old the list is cannot be told.")
    return "\n".join(lines) or "Every field that can be one of ours was told."


def _newest(found: "Found") -> dict[str, Any] | None:
    """The newest day that can be meant, its field, and whether it is that of all records.

    It is that of the fields that are columns of ours, as a draft and a night have it, where there are any.
    """
    if found.sample is None:
        return None
    days: list[tuple[bool, date, str, bool]] = []
    for field, guess in zip(found.fields, found.guesses, strict=True):
        told, seen = found.sample.newest.get(field.name), field.days[1] if field.days is not None else None
        day = max(filter(None, (told, seen)), default=None)
        if day is not None:
            of_all = found.sample.whole or (told is not None and day == told)
            days.append((guess.column is not None, day, field.name, of_all))
    if not days:
        return None
    _, day, name, of_all = max(days)
    return {"day": day, "field": name, "of_all_records": of_all}
