"""Taxes and liens of which nothing is due are none: left out, or asked where records without an amount would go too."""

from typing import TYPE_CHECKING

from wholesaler.draft.questions import Question
from wholesaler.plural import counted
from wholesaler.probe.forms import number_of

if TYPE_CHECKING:
    from wholesaler.draft.sources import SourceDraft

#: what is a sign by the money that is owed
_OWED = ("tax_delinquency", "tax_lien", "lien")


def settle_owed(source: "SourceDraft") -> None:
    """A condition that something is due, of a list on which some records owe nothing."""
    name, signal = source.columns.fields.get("amount"), source.columns.fields.get("signal")
    is_owed = isinstance(signal, dict) and signal.get("const") in _OWED
    if source.nature.kind != "distress_events" or not is_owed or not isinstance(name, str) or name in source.only:
        return
    one = source.field_named(name)
    nothing = sum(count for text, count in one.counts.items() if number_of(text) == 0)
    if not 0 < nothing < one.filled:
        return
    seen = f"{counted(nothing, 'record')} of {one.rows:,} {'owes' if nothing == 1 else 'owe'} nothing ({name} is 0)"
    if one.filled == one.rows:
        source.only[name] = {"above": 0}
        source.comment("only", f"{seen}: left out, since what is paid is no sign.")
    else:
        source.ask("only", Question(
            f"{seen}, and are a sign all the same unless their status is Closed.",
            f"Take the line to leave them out, with the {one.rows - one.filled:,} that have no amount.",
            (("only", {name: {"above": 0}}),),
        ))  # fmt: skip
