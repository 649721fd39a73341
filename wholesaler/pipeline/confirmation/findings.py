"""What a publisher's answer says of a market file: whether it still fits, and what to do where it does not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from wholesaler.errors import ExitCode

Kind = Literal[
    "moved",
    "renamed",
    "misfit",
    "unanswered",
    "failed",
    "word",
    "frozen",
    "join",
    "dates",
    "rejected",
    "rows",
    "fields",
    "numbers",
    "leads",
    "places",
]
#: with these the market file, as it is, brings nothing of a source any more
_MISFITS = frozenset({"moved", "renamed", "misfit"})


@dataclass(frozen=True)
class Finding:
    """One thing about one source. ``kind``: what has happened to it.

    ``moved``: there is nothing at its address any more, or something else; ``renamed``: fields have other names;
    ``misfit``: the publisher refuses what the file asks for; ``unanswered``: nobody can tell at the moment; ``word``: a
    word without a meaning; ``frozen``: nothing new in it; ``join``: its parcels are not on the roll; ``rows``: fewer
    records than the file expects; ``numbers``: most parcel numbers cannot be read; ``leads``: none of its records is
    one, or too many are; ``places``: most are elsewhere. A note needs nobody to do anything.
    """

    kind: Kind
    outcome: Literal["note", "warning", "error"]
    message: str
    hint: str | None = None


def exit_code(sources: Sequence[Iterable[Finding]]) -> ExitCode:
    """What all findings come to, by source.

    78: the file no longer fits a source; 69: none of them answered; 3: something is to be looked at; 1: a bug.
    """
    findings = [finding for source in sources for finding in source if finding.outcome != "note"]
    kinds = {finding.kind for finding in findings if finding.outcome == "error"}
    if "failed" in kinds:
        return ExitCode.FAILED
    if kinds & _MISFITS:
        return ExitCode.CONFIGURATION
    if sources and all(any(finding.kind == "unanswered" for finding in source) for source in sources):
        return ExitCode.UNAVAILABLE
    return ExitCode.WARNINGS if findings else ExitCode.OK
