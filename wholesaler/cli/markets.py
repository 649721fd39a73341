"""``markets list``, ``markets show``, ``markets validate``; ``probe`` and ``new`` are modules of their own."""

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wholesaler.cli.new_market import markets_new
from wholesaler.cli.probe import markets_probe
from wholesaler.cli.state import State
from wholesaler.plural import counted

if TYPE_CHECKING:
    from wholesaler.markets import Market

app = typer.Typer(help="The counties: list, show, or validate a file of your own; probe a list; write a new one.")


@app.command("list")
def markets_list(context: typer.Context) -> None:
    """The counties: those of the data directory and those that come along, their lists, how old their facts are."""
    state: State = context.obj
    from wholesaler.cli.render import print_json, table, write
    from wholesaler.errors import ConfigurationError
    from wholesaler.markets import bundled_markets, own_markets, read_market

    today = datetime.now(UTC).date()
    rows: list[dict[str, Any]] = []
    for key, path in (bundled_markets() | own_markets(state.settings.home)).items():
        try:
            rows.append(_row(read_market(path), path, today))
        except ConfigurationError as error:  # the others are to be seen all the same
            rows.append({"key": key, "file": str(path), "valid": False, "error": error.message})
    if state.json:
        print_json({"markets": rows})
        return
    lines = [
        (row["key"], row["name"], _age(row["checked"], row["age_days"]), ", ".join(map(_list_name, row["lists"])))
        if row["valid"]
        else (row["key"], "(not valid)", "", f"see `wholesaler markets validate {row['key']}`")
        for row in rows
    ]
    write(table(None, ("key", "name", "facts of", "lists"), lines))


def _row(market: "Market", path: Path, today: date) -> dict[str, Any]:
    """A county with its lists, and when its facts were last seen to be so."""
    return {
        "key": market.key,
        "name": market.name,
        "file": str(path),
        "valid": True,
        "checked": market.checked,
        "age_days": None if market.checked is None else (today - market.checked).days,
        "sources": list(market.sources),
        "lists": [{"source": name, "record": market.record(name).table} for name in market.sources],
    }


def _list_name(one: dict[str, str]) -> str:
    """A list, with what its records are where its name does not say that."""
    return one["source"] if one["source"] == one["record"] else f"{one['source']} ({one['record']})"


def _age(checked: date | None, days: int | None) -> str:
    if checked is None or days is None:
        return "not known"
    return f"{checked} ({counted(days, 'day')} ago)" if days < 60 else f"{checked} ({counted(days // 30, 'month')} ago)"


@app.command("show")
def markets_show(
    context: typer.Context, key: Annotated[str, typer.Argument(metavar="KEY", help="Market key or file.")]
) -> None:
    """Print a market's file, to be copied and changed; with what it extends, where it does."""
    state: State = context.obj
    from wholesaler.cli.render import print_json
    from wholesaler.markets import market_path, read_effective, read_market

    path = market_path(key)
    market = read_market(path)
    files = read_effective(path).files
    if state.json:
        document = market.model_dump(mode="json", by_alias=True)
        print_json(document | {"files": [str(file) for file in files]})
        return
    if len(files) > 1:
        from wholesaler.markets.writing import effective_text

        extended = ", which extends ".join(map(str, files[1:]))
        head = f"# {path} extends {extended}.\n# This is what they come to together.\n\n"
        written = (head + effective_text(path)).encode()
    else:
        written = path.read_bytes()  # as it is
    sys.stdout.flush()
    sys.stdout.buffer.write(written)  # whatever the terminal's encoding


@app.command("validate")
def markets_validate(
    context: typer.Context,
    market: Annotated[
        str | None,
        typer.Argument(metavar="[KEY|FILE]", help="Market key or file; default: --market, else the settings'."),
    ] = None,
    online: Annotated[
        bool,
        typer.Option("--online", help="Ask its publishers too: five records of each list as they would be stored."),
    ] = False,
) -> int:
    """Validate a market file; says every key that is wrong and what was expected.

    With --online whether its publishers still have what it says, storing nothing: ends with 0, with 3 for warnings,
    with 78 where the file no longer fits, with 69 where nobody answers. With --verbose the records have all columns.
    """
    state: State = context.obj
    from wholesaler.cli.render import print_json, write
    from wholesaler.markets import market_path, read_effective, read_market

    # what is no key is a file, whose own path says best which
    path = market_path(market or _asked_market(state))
    valid = read_market(path, strict=True)
    example = valid.parcel.read(valid.parcel.example)[0]
    extended = "".join(f"; extends {file}" for file in read_effective(path).files[1:])
    said = (
        f"{path}: valid. {valid.name} ({valid.key}); sources: {', '.join(valid.sources)}; "
        f"parcel {valid.parcel.example} is {example}{extended}."
    )
    shape = {"file": str(path), "key": valid.key, "sources": list(valid.sources), "valid": True}
    if not online:
        print_json(shape) if state.json else write(said)
        return 0
    from wholesaler.cli.confirmation import document, report
    from wholesaler.pipeline.confirmation import confirm

    found = confirm(valid, state.settings, datetime.now(valid.zone).date())
    if state.json:
        print_json(shape | {"online": document(found)})
    elif not (state.quiet and found.exit_code == 0):
        write(said, "", *report(found, verbose=state.verbose))
    return int(found.exit_code)


def _asked_market(state: State) -> str:
    """The one market that the options or the settings name."""
    from wholesaler.errors import UsageError

    if len(state.counties) > 1:
        raise UsageError("Several markets are asked for.", "Name the one to validate.")
    return state.counties[0].named_market or state.settings.market


app.command("probe")(markets_probe)
app.command("new")(markets_new)
