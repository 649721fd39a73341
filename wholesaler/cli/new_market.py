"""``markets new``."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wholesaler.cli.state import State
from wholesaler.errors import StartError
from wholesaler.plural import counted

if TYPE_CHECKING:
    from wholesaler.draft import Draft, SeveralError


def markets_new(
    context: typer.Context,
    key: Annotated[str, typer.Argument(metavar="KEY", help="Its key, with the state last: mill-oh.")],
    urls: Annotated[
        list[str],
        typer.Option(
            "--from", metavar="URL", help="A list of the county; several may follow, each with --from or not."
        ),
    ],
    further: Annotated[list[str] | None, typer.Argument(metavar="[URL]...", hidden=True)] = None,
) -> None:
    """Write a county's file from the addresses of its lists, with what nobody could tell left as questions.

    It is written to $WHOLESALER_HOME/markets/KEY.toml, where every command finds it by its key.
    """
    state: State = context.obj
    from wholesaler.cli.render import print_json, write
    from wholesaler.draft import SeveralError, draft
    from wholesaler.draft.file import place_for, write_market

    place_for(state.settings.home, key)
    try:
        made = draft(key, [*urls, *(further or ())], state.settings, datetime.now(UTC).date())
    except SeveralError as several:
        if not state.json:
            _show_choices(several)
        raise StartError(several, several.document) from None
    path = write_market(made, state.settings.home)
    if state.json:
        print_json(_document(made, path))
    elif not state.quiet:
        write(*_report(made, path))


def _show_choices(several: "SeveralError") -> None:
    """What an address leads to, a line each, to be copied."""
    lines = [f"--from {one.url}  # {one.what}: {' '.join(one.name.split())}" for one in several.found.choices]
    sys.stderr.write("".join(f"  {line}\n" for line in lines))


def _document(made: "Draft", path: Path) -> dict[str, Any]:
    from wholesaler.draft import questions_of

    return {
        "file": str(path),
        "key": made.key,
        "name": made.name,
        "state": made.state,
        "time_zone": made.time_zone,
        "checked": made.checked,
        "valid": made.problem is None,
        "problem": made.problem,
        "sources": [
            {
                "name": source.name,
                "record": source.nature.kind,
                "kind": source.looked.target.kind,
                "url": source.url,
                "records": source.looked.records,
                "read": len(source.looked.sample.records),
                "newest": source.newest,
                "join_rate": source.join_rate,
                "left_out": source.is_left_out,
                "parcel_form": source.parcel_form,
                "columns": list(source.columns.fields),
                "questions": len(questions_of(source)),
            }
            for source in made.sources
        ],
        "questions": [
            {"line": line, "seen": one.seen, "do": one.do, "blocks": one in made.needed()} for line, one in made.lines()
        ],
        "next": [*_next(made)],
    }


def _report(made: "Draft", path: Path) -> list[Any]:
    from wholesaler.cli.render import table
    from wholesaler.draft import questions_of

    rows = [
        (
            source.name,
            source.nature.kind,
            source.looked.records,
            source.newest,
            None if source.join_rate is None else f"{source.join_rate:.0%}",
            len(source.columns.fields),
            len(questions_of(source)),
        )
        for source in made.sources
    ]
    headings = ("source", "record", "records", "newest", "join rate", "columns", "questions")
    several = made.lines()
    lines = [f"{path}: written. {made.name}; {counted(len(several), 'question')} left."]
    if several:
        needed = [line for line, one in several if one in made.needed()]
        waiting = [line for line, one in several if one.of_list]
        left_out = [source.name for source in made.sources if source.is_left_out]
        said = "it can be used as it is."
        if needed:
            said = f"before it can be used, that of {_lines(needed)}."
        elif waiting:
            said = f"it can be used as it is, without {', '.join(left_out)}, which needs that of {_lines(waiting)}."
        lines.append(f"Answer them in the file, where '# ?' stands; {said}")
    numbers = ("records", "join rate", "columns", "questions")
    return [table(None, headings, rows, numbers=numbers), *lines, "Then:", *(f"  {line}" for line in _next(made))]


def _lines(numbers: list[int]) -> str:
    return f"{'line' if len(numbers) == 1 else 'lines'} {', '.join(map(str, numbers))}"


def _next(made: "Draft") -> Iterator[str]:
    yield f"wholesaler markets validate {made.key} --online"
    yield f"wholesaler run-all --market {made.key}"
