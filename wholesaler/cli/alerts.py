"""``alerts list``, ``alerts retry``, and ``alert --test``."""

from typing import Annotated, Any

import typer

from wholesaler.cli.state import State
from wholesaler.errors import ExitCode, UsageError, did_you_mean

alerts_app = typer.Typer(help="What was to be announced, and what the channels made of it.")

_HEADINGS = ("channel", "state", "kind", "about", "day", "attempts", "since", "last error")


@alerts_app.command("list")
def alerts_list(
    context: typer.Context,
    state: Annotated[
        list[str] | None,
        typer.Option("--state", metavar="pending|sent|refused", help="Only these, or several: pending,refused."),
    ] = None,
    channel: Annotated[str | None, typer.Option("--channel", metavar="NAME", help="Only those for a channel.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1_000_000, help="At most so many.")] = 50,
) -> None:
    """The announcements: refused ones first, then those that wait, then those that were sent, the newest first."""
    options: State = context.obj
    market, settings = options.market, options.settings
    from wholesaler.cli.render import print_json, table, write
    from wholesaler.redaction import redact_document
    from wholesaler.stages.alert.reading import STATES, deliveries

    names = [name.strip().lower() for value in state or [] for name in value.split(",") if name.strip()]
    for name in names:
        if name not in STATES:
            hint = f"{did_you_mean(name, STATES)} The states are {', '.join(STATES)}.".strip()
            raise UsageError(f"--state: there is no state '{name}'.", hint)
    with options.engine().connect() as connection:
        page = deliveries(connection, market.key, names or STATES, channel, limit)
    page = redact_document(page, settings.secrets())
    if options.json:
        print_json(page)
        return
    counts = [
        f"{name}: {', '.join(f'{count:,} {state}' for state, count in of.items() if count)}"
        for name, of in page["counts"].items()
    ]
    if page["deliveries"]:
        title = f"{len(page['deliveries']):,} of {page['total']:,} announcements of {market.name}"
        write(table(title, _HEADINGS, map(_cells, page["deliveries"]), ("attempts",)), *counts)
    else:
        write("No announcement is in the ledger that is asked for.", *counts)


@alerts_app.command("retry")
def alerts_retry(context: typer.Context) -> int:
    """Send what waits and what was refused for good, now.

    Ends with 3 where a channel still refuses.
    """
    from wholesaler.cli.stages import run_one

    return run_one(context.obj, "alert", None, again=True)


def try_channels(state: State) -> int:
    """Send a sample to every channel and show what each answered; ends with 3 where one refused."""
    settings, market, day = state.settings, state.market, state.as_of
    from wholesaler.cli.render import print_json, table, write
    from wholesaler.notify.trial import try_channels

    answers = try_channels(settings, (market.key, market.name), day)
    code = ExitCode.OK if all(answer.taken for _, answer in answers) else ExitCode.WARNINGS
    if state.json:
        channels = [{"channel": name, **vars(answer)} for name, answer in answers]
        print_json({"command": "alert --test", "market": market.key, "exit_code": int(code), "channels": channels})
    elif not (state.quiet and code is ExitCode.OK):
        rows = [
            (name, answer.recipient, "took it" if answer.taken else "refused", f"{answer.words} {answer.hint or ''}")
            for name, answer in answers
        ]
        write(table("A test message to every channel", ("channel", "recipient", "result", "answer"), rows))
    return int(code)


def _cells(delivery: dict[str, Any]) -> tuple[Any, ...]:
    about = delivery["subject"]
    if delivery["kind"] in {"new_lead", "lead_news"}:
        about = ", ".join(filter(None, (delivery["parcel_id"], delivery["address"])))
    return (
        delivery["channel"],
        delivery["state"],
        delivery["kind"].replace("_", " "),
        about,
        delivery["as_of"],
        delivery["attempts"],
        delivery["refused_at"] or delivery["sent_at"] or delivery["created_at"],
        delivery["last_error"],
    )
