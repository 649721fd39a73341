"""``leads set``, ``leads note``, ``leads due``: what was done with a lead, and what is to be done today."""

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wholesaler.cli.dollars import dollars_of
from wholesaler.cli.parcels import Parcel, expect_quoted, has_digit
from wholesaler.cli.state import State
from wholesaler.days import read_day
from wholesaler.errors import UsageError
from wholesaler.plural import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

#: characters of a note, a reason or a name
_LONGEST = 4000

UNKNOWN_OWNER = "The roll does not say the name and mailing address of its owner"
#: in the place of a date
_NO_DATE = ("none", "never", "no")
As = Annotated[str | None, typer.Option("--as", metavar="NAME", help="Who does so. Default: your user name.")]


def register(leads: typer.Typer) -> None:
    """Add the commands to ``leads``."""
    leads.command("set")(leads_set)
    leads.command("note")(leads_note)
    leads.command("due")(leads_due)


def leads_set(
    context: typer.Context,
    parcels: Annotated[
        list[str],
        typer.Argument(
            metavar="PARCEL|ADDRESS... [STATUS]",
            help="Parcel numbers or addresses, and what came of it: open, contacted, follow_up, offer, contract, "
            "closed, dead or dnc (do not contact).",
        ),
    ],
    next_date: Annotated[
        str | None,
        typer.Option(
            "--next", metavar="DATE", help="The day it is due again: 2026-12-01, today, tomorrow, friday; or none."
        ),
    ] = None,
    note: Annotated[str | None, typer.Option("--note", metavar="TEXT", help="What was said.")] = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why; a dead lead needs one.")] = None,
    amount: Annotated[str | None, typer.Option("--amount", metavar="N", help="Dollars offered or agreed.")] = None,
    name: As = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take the last step back.")] = False,
) -> None:
    """Write down where you have got to with a lead, or with several at once.

    closed, dead and dnc take it out of lists, exports and alerts; dnc suppresses parcel and owner as well. A next date
    that is still ahead stays until another one is given, or none. With --next alone the status stays.
    """
    state: State = context.obj
    from wholesaler.leads.working import Step, read_status, take_back, take_step

    named, status = _parted(parcels)
    market = state.market
    if undo:
        if any(option is not None for option in (status, next_date, note, reason, amount)):
            raise UsageError(
                "--undo takes the last step back; it goes with nothing but --as.", "Leave the status and the rest out."
            )
        by = who(name)
        _write(state, "leads set", named, lambda connection, parcel: take_back(connection, market, parcel, by))
        return
    if status is None and next_date is None:
        raise UsageError(
            "No status is named.",
            "`wholesaler leads set PARCEL contacted`; --next DATE; or --undo; `wholesaler leads note` keeps a note.",
        )
    drops_date = next_date is not None and next_date.strip().casefold() in _NO_DATE
    step = Step(
        by=who(name),
        status=None if status is None else read_status(status),
        next_date=None if next_date is None or drops_date else read_day(next_date, "--next", state.as_of),
        amount=None if amount is None else _dollars(amount),
        reason=said("--reason", reason),
        note=said("--note", note),
        drops_date=drops_date,
    )
    _write(
        state, "leads set", named, lambda connection, parcel: take_step(connection, market, parcel, step, state.as_of)
    )


def leads_note(
    context: typer.Context,
    parcel: Parcel,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What is to be remembered.")],
    name: As = None,
) -> None:
    """Write something down about a lead; its status stays as it is."""
    state: State = context.obj
    from wholesaler.leads.working import Step, take_step

    step = Step(by=who(name), note=said("TEXT", text))
    _write(
        state,
        "leads note",
        [parcel],
        lambda connection, parcel: take_step(connection, state.market, parcel, step, state.as_of),
    )


def leads_due(
    context: typer.Context,
    within: Annotated[int, typer.Option("--within", min=0, max=3650, help="Those of the next so many days too.")] = 0,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1_000_000, help="At most so many.")] = 1000,
) -> None:
    """The leads whose next date has come, the one that waits longest first."""
    state: State = context.obj
    from wholesaler.cli.lead_table import due_table
    from wholesaler.cli.render import print_json, write
    from wholesaler.leads.statuses import due

    market = state.market
    with state.engine().connect() as connection:
        found = due(connection, market.key, state.as_of, within=within, limit=limit)
    if state.json:
        print_json({"command": "leads due", "market": market.key, **found})
        return
    until = f"by {state.as_of + timedelta(days=within)}" if within else f"on {state.as_of}"
    if found["leads"]:
        title = f"{counted(len(found['leads']), 'lead')} of {market.name} due {until}"
        write(due_table(found["leads"], title))
    else:
        write(f"No lead of {market.name} is due {until}.")


def who(name: str | None) -> str:
    """Who writes something down: the name given, else that of the account."""
    if name is not None:
        return str(said("--as", name))
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name
        import os

        return str(os.getuid())


def said(option: str, text: str | None) -> str | None:
    """What somebody has written; raises :class:`UsageError` for nothing, too much, or what is no text."""
    if text is None:
        return None
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{option}: it is not written in UTF-8.", "Set LANG to a UTF-8 locale.") from None
    words = text.strip()
    if not words:
        raise UsageError(f"{option}: there is nothing in it.", "Write something, or leave it out.")
    if len(words) > _LONGEST:
        raise UsageError(f"{option}: it has {len(words):,} characters; {_LONGEST:,} fit.", "Write less.")
    return words


def _parted(words: list[str]) -> tuple[list[str], str | None]:
    """The parcels that are named, and the status behind them, which has no digit as each parcel has."""
    last = words[-1]
    parcels, status = (words, None) if has_digit(last) or not words[:-1] else (words[:-1], last)
    if not has_digit(parcels[0]):
        raise UsageError(f"'{parcels[0]}': no parcel is named.", "`wholesaler leads set PARCEL contacted`.")
    expect_quoted(parcels)
    return list(dict.fromkeys(parcels)), status


def _dollars(written: str) -> Decimal:
    amount = dollars_of("--amount", written)
    if not 0 < amount < 1_000_000_000:
        raise UsageError(f"--amount: '{written}' is no amount of dollars.", "Write 120000 or '$120,000'.")
    return amount.quantize(Decimal("0.01"))


def _write(state: State, command: str, parcels: list[str], take: "Callable[[Connection, str], dict[str, Any]]") -> None:
    """Write a step of each lead, all or none, and say what they are now."""
    from wholesaler.cli.render import print_json, write

    outcomes: list[dict[str, Any]] = []
    with state.engine().begin() as connection:
        for parcel in parcels:
            outcome = take(connection, parcel)
            if outcome["parcel_id"] in {other["parcel_id"] for other in outcomes}:
                raise UsageError(f"The parcel {outcome['parcel_id']} is named twice.", "Name it once.")
            outcomes.append(outcome)
    if state.json:
        print_json({"command": command, **(outcomes[0] if len(outcomes) == 1 else {"leads": outcomes})})
        return
    write("\n".join(line for outcome in outcomes for line in _outcome_lines(state, command, outcome)))


def _outcome_lines(state: State, command: str, outcome: dict[str, Any]) -> list[str]:
    """What a lead is after a step or a note, and what has become of its date and its owner."""
    from wholesaler.cli.lead_sheet import place_words, reason_words, status_words

    place = place_words(outcome)
    if command == "leads note":
        lines = [f"{place}: the note is kept. Its status is {status_words(outcome)}."]
    else:
        was = "" if outcome["before"] == outcome["status"] else f" It was {outcome['before'].replace('_', ' ')}."
        date_before, date_now = outcome["next_date_before"], outcome["next_date"]
        is_gone = date_now is None and date_before is not None and date_before > state.as_of
        was += f" The next date {date_before} is gone." if is_gone else ""
        was += f" The next date {date_now} stays." if date_now and date_now == date_before else ""
        lines = [f"{place}: {status_words(outcome)}.{was}"]
    if outcome["merged_from"]:
        lines.append(f"{outcome['merged_from']} was merged into it.")
    if outcome["suppressed"]:
        lines.append(f"Suppressed, nobody is to be contacted: {', '.join(map(reason_words, outcome['suppressed']))}.")
    if done := outcome["suppression"]:
        lines.append(owner_words(done["owner"], done["further_leads"]))
    return lines


def owner_words(is_known: bool, further: int) -> str:
    """What a suppression of a parcel and its owner has done beside the parcel."""
    if not is_known:
        return f"{UNKNOWN_OWNER}: other houses of the same owner are not suppressed."
    others = counted(further, "further house") if further else "no further house"
    return f"Its owner is suppressed too, on whatever parcel: {others} of the same owner left the lists."
