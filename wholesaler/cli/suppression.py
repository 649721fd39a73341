"""``leads suppress``: whom nobody contacts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wholesaler.cli.parcels import expect_quoted
from wholesaler.cli.state import State
from wholesaler.cli.working import UNKNOWN_OWNER, As, said, who
from wholesaler.errors import ExitCode, UsageError, did_you_mean
from wholesaler.plural import counted

if TYPE_CHECKING:
    from wholesaler.leads.suppression import Entry

suppress_app = typer.Typer(help="Whom nobody contacts: parcels, owners, telephones.")

_HEADINGS = ("kind", "who", "reason", "since", "by", "source", "note")

#: behind a parcel, by whether its owner is known; none where it was not asked for
_OWNERS = {
    None: "; its owner's other parcels are not, without --with-owner",
    True: ", and its owner on whatever parcel",
    False: f". {UNKNOWN_OWNER}: other houses of the same owner are not",
}

Parcels = Annotated[list[str] | None, typer.Argument(metavar="[PARCEL]...", help="Parcel numbers, or addresses.")]
WithOwner = Annotated[bool, typer.Option("--with-owner", help="And the owners of these parcels, on whatever they own.")]
Owner = Annotated[str | None, typer.Option("--owner", metavar="NAME", help="An owner, together with --mail.")]
Mail = Annotated[
    str | None,
    typer.Option("--mail", metavar="ADDRESS", help="The mailing address, as '12 Oak St, Orlando, FL 32801'."),
]
Telephones = Annotated[list[str] | None, typer.Option("--telephone", metavar="NUMBER", help="A telephone.")]
Reason = Annotated[str, typer.Option("--reason", metavar="REASON", help="dnc, do_not_mail, litigator, …")]


@suppress_app.command("add")
def suppress_add(
    context: typer.Context,
    parcels: Parcels = None,
    with_owner: WithOwner = False,
    owner: Owner = None,
    mail: Mail = None,
    telephone: Telephones = None,
    reason: Reason = "dnc",
    note: Annotated[str | None, typer.Option("--note", metavar="TEXT", help="What was said.")] = None,
    name: As = None,
) -> None:
    """Have a parcel, an owner at a mailing address, or a telephone left alone.

    Owners and telephones are in every county; a parcel may be one that is no lead yet.
    """
    state: State = context.obj
    from wholesaler.cli.render import print_json, write
    from wholesaler.leads.suppression import read_reason
    from wholesaler.pipeline.suppression import suppress

    marks = {"reason": read_reason(reason), "note": said("--note", note)}
    entries = _entries(parcels, with_owner, owner, mail, telephone, marks)
    market, by = state.market, who(name)
    outcome = suppress(state.engine(), market, entries, by)
    if state.json:
        print_json({"command": "leads suppress add", "market": market.key, **outcome})
    else:
        write("\n".join(suppression_lines(outcome, market.name)))


@suppress_app.command("remove")
def suppress_remove(
    context: typer.Context,
    parcels: Parcels = None,
    with_owner: WithOwner = False,
    owner: Owner = None,
    mail: Mail = None,
    telephone: Telephones = None,
) -> None:
    """Let a parcel, an owner or a telephone be contacted again; the status of a lead stays as it is."""
    state: State = context.obj
    from wholesaler.cli.lead_sheet import place_words, reason_words
    from wholesaler.cli.render import print_json, write
    from wholesaler.pipeline.suppression import lift

    market = state.market
    outcome = lift(state.engine(), market, _entries(parcels, with_owner, owner, mail, telephone, {}))
    if state.json:
        print_json({"command": "leads suppress remove", "market": market.key, **outcome})
        return
    for one in outcome["lifted"]:
        write(f"No longer suppressed: {one['kind']} {_name(one)} ({reason_words(one['reason'])}).")
    for one in outcome["unlifted"]:
        number = one["parcel_id"]
        if one["by"] == "owner":
            why = f"its owner is suppressed: `wholesaler leads suppress remove {number} --with-owner` lifts that"
        else:
            why = f"its status is {one['by']}: `wholesaler leads set {number} open` begins anew"
        write(f"{place_words(one)}: on no list all the same, since {why}.")


@suppress_app.command("list")
def suppress_list(
    context: typer.Context,
    kind: Annotated[str | None, typer.Option("--kind", metavar="parcel|owner|telephone", help="Only these.")] = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="REASON", help="Only for this reason.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1_000_000, help="At most so many.")] = 50,
) -> None:
    """What is suppressed, the newest first."""
    state: State = context.obj
    from wholesaler.cli.lead_sheet import reason_words
    from wholesaler.cli.render import print_json, table, write
    from wholesaler.leads.suppression import KINDS, read_reason, suppressions

    if kind is not None and kind not in KINDS:
        hint = f"{did_you_mean(kind, KINDS)} They are {', '.join(KINDS)}.".strip()
        raise UsageError(f"--kind: nothing of the kind '{kind}' is suppressed.", hint)
    market, wanted = state.market, None if reason is None else read_reason(reason)
    with state.engine().connect() as connection:
        page = suppressions(connection, market.key, kind=kind, reason=wanted, limit=limit)
    if state.json:
        print_json({"command": "leads suppress list", "market": market.key, **page})
        return
    counts = ", ".join(counted(number, kind) for kind, number in page["counts"].items())
    rows = [
        (
            one["kind"],
            _name(one),
            reason_words(one["reason"]),
            one["suppressed_at"],
            one["suppressed_by"],
            one["source"],
            one["note"],
        )
        for one in page["suppressions"]
    ]
    if rows:
        write(table(f"Suppressed in {market.name}: {counts}", _HEADINGS, rows))
    else:
        write(f"Nothing that is asked for is suppressed in {market.name}.")


@suppress_app.command("import")
def suppress_import(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or Excel workbook (.xlsx) with headings.")],
    reason: Annotated[
        str, typer.Option("--reason", metavar="REASON", help="Of the lines that give none. Default: do_not_mail.")
    ] = "do_not_mail",
    name: As = None,
) -> int:
    """Suppress what a do-not-mail or do-not-call list has: parcel numbers, telephones, names with mailing addresses.

    Ends with 3 where something of it could not be used.
    """
    state: State = context.obj
    from wholesaler.cli.render import print_json, write
    from wholesaler.leads.suppression import read_reason
    from wholesaler.pipeline.suppression import import_list

    market = state.market
    outcome = import_list(state.engine(), market, file, read_reason(reason), who(name))
    if state.json:
        print_json({"command": "leads suppress import", "market": market.key, **outcome})
    else:
        lines = [f"{outcome['file']}: {counted(outcome['lines'], 'line')}.", *suppression_lines(outcome, market.name)]
        if outcome["unusable"]:
            kinds = ", ".join(f"{number:,} × {kind}" for kind, number in outcome["unusable"].items())
            lines.append(f"Not usable: {kinds}.")
        lines += [f"  line {example['line']}: {example['why']}" for example in outcome["examples"]]
        write("\n".join(lines))
    return int(ExitCode.WARNINGS if outcome["unusable"] else ExitCode.OK)


def _entries(
    parcels: list[str] | None,
    with_owner: bool,
    owner: str | None,
    mail: str | None,
    telephones: list[str] | None,
    marks: dict[str, Any],
) -> "list[Entry]":
    """What a command line names; raises :class:`UsageError` for nothing, or half an owner."""
    from wholesaler.leads.suppression import Entry

    if (owner is None) != (mail is None):
        raise UsageError("--owner and --mail go together.", "An owner is suppressed at a mailing address.")
    if with_owner and not parcels:
        raise UsageError("--with-owner: no parcel is named.", "Name the parcel of the owner, or --owner and --mail.")
    expect_quoted(parcels or ())
    entries = [
        Entry(line, parcel=parcel, with_owner=with_owner, **marks) for line, parcel in enumerate(parcels or (), 1)
    ]
    if owner is not None:
        name, address = said("--owner", owner), said("--mail", mail)
        entries.append(Entry(len(entries) + 1, owner_name=name, mail_address=address, **marks))
    if telephones:
        entries.append(Entry(len(entries) + 1, telephones=tuple(telephones), **marks))
    if not entries:
        raise UsageError("Nothing is named.", "Name parcels, --telephone, or --owner with --mail.")
    return entries


def suppression_lines(outcome: dict[str, Any], market: str) -> list[str]:
    """What was suppressed, what was already, and what is nobody's."""

    def listed(counts: dict[str, int]) -> str:
        return ", ".join(counted(number, kind) for kind, number in counts.items() if number)

    from wholesaler.cli.lead_sheet import place_words

    lines = [f"{place_words(one)}: suppressed{_OWNERS[one['owner']]}." for one in outcome.get("parcels", ())]
    if added := listed(outcome["added"]):
        lines.append(f"Suppressed: {added}; {counted(outcome['leads'], 'lead')} of {market} less to work on.")
    if known := listed(outcome["known"]):
        lines.append(f"Suppressed before: {known}.")
    if unmatched := listed(outcome["unmatched"]):
        lines.append(f"Not known in {market}: {unmatched}. That holds as soon as one is.")
    return lines


def _name(one: dict[str, Any]) -> str:
    """Who is suppressed, in words; an owner's key is name, street and ZIP."""
    if one["kind"] == "owner" and one.get("owner_name"):
        return ", ".join(filter(None, (one["owner_name"], one["mail_address"])))
    if one["kind"] == "parcel":
        return ", ".join(filter(None, (one["value"], one.get("address"), one.get("city"))))
    return str(one["value"]).replace("|", ", ")
