"""``markets list``, ``markets show``, ``markets validate``; ``markets probe`` is a module of its own."""

import sys
from datetime import datetime
from typing import Annotated

import typer

from wholesaler.cli.probe import markets_probe
from wholesaler.cli.state import State

app = typer.Typer(help="The counties: list, show, or validate a file of your own; probe a list.")


@app.command("list")
def markets_list(context: typer.Context) -> None:
    """The markets that come with the program."""
    state: State = context.obj
    from wholesaler.cli.render import print_json, table, write
    from wholesaler.markets import bundled_markets, read_market

    bundled = [read_market(path) for path in bundled_markets().values()]
    if state.json:
        rows = [{"key": market.key, "name": market.name, "sources": list(market.sources)} for market in bundled]
        print_json({"markets": rows})
    else:
        lines = [(market.key, market.name, ", ".join(market.sources)) for market in bundled]
        write(table(None, ("key", "name", "sources"), lines))


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
    market: Annotated[str, typer.Argument(metavar="KEY|FILE", help="Market key or file.")],
    online: Annotated[
        bool,
        typer.Option("--online", help="Ask its publishers too: five records of each list as they would be stored."),
    ] = False,
) -> int:
    """Validate a market file; says every key that is wrong and what was expected.

    With --online whether its publishers still have what it says, storing nothing: ends with 0, with 3 for warnings,
    with 78 where the file no longer fits, with 69 where nobody answers.
    """
    state: State = context.obj
    from wholesaler.cli.render import print_json, write
    from wholesaler.markets import market_path, read_effective, read_market

    # what is no key is a file, whose own path says best which
    path = market_path(market)
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
        write(said, "", *report(found))
    return int(found.exit_code)


app.command("probe")(markets_probe)
