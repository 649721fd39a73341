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
        return ""
    return f"{checked} ({counted(days, 'day')} ago)" if days < 60 else f"{checked} ({counted(days // 30, 'month')} ago)"


@app.command("show")
def markets_show(
    context: typer.Context, key: Annotated[str, typer.Argument(metavar="KEY", help="Market key or file.")]
) -> None:
    """Print a market's file, to be copied and changed."""
    state: State = context.obj
    from wholesaler.cli.render import print_json
    from wholesaler.markets import market_path, read_market

    path = market_path(key)
    market = read_market(path)
    if state.json:
        print_json(market.model_dump(mode="json", by_alias=True))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(path.read_bytes())  # as it is, whatever the terminal's encoding


@app.command("validate")
def markets_validate(
    context: typer.Context, market: Annotated[str, typer.Argument(metavar="KEY|FILE", help="Market key or file.")]
) -> None:
    """Validate a market file; says every key that is wrong and what was expected."""
    state: State = context.obj
    from wholesaler.cli.render import print_json, write
    from wholesaler.markets import market_path, read_market

    # what is no key is a file, whose own path says best which
    path = market_path(market)
    valid = read_market(path, strict=True)
    example = valid.parcel.read(valid.parcel.example)[0]
    if state.json:
        print_json({"file": str(path), "key": valid.key, "sources": list(valid.sources), "valid": True})
    else:
        write(
            f"{path}: valid. {valid.name} ({valid.key}); sources: {', '.join(valid.sources)}; "
            f"parcel {valid.parcel.example} is {example}."
        )


app.command("probe")(markets_probe)
app.command("new")(markets_new)
