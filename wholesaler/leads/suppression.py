"""Whom nobody contacts: parcels, owners at a mailing address, telephones. Read, added, lifted.

An owner's name is compared in the standard form of ``parcels.owner_key``; who adds or lifts owners has them brought
to it between :func:`take_in` and :func:`add` (``wholesaler/pipeline/suppression.py``). The caller owns the transaction.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, RowMapping, text

from wholesaler.db.bulk import copy_lines
from wholesaler.db.sql import statement
from wholesaler.documents import to_json
from wholesaler.errors import UsageError, did_you_mean
from wholesaler.markets import Market
from wholesaler.markets.parcel import UnusableParcel

REASONS = ("dnc", "do_not_mail", "litigator", "deceased", "represented", "sold", "other")
KINDS = ("parcel", "owner", "telephone")
#: of what cannot be used so many lines are told of
EXAMPLES = 5
_FILE = "suppression.sql"
_EXTENSION = re.compile(r"\s*(?:x|ext|extension)\.?\s*\d{1,6}$", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """A line of what somebody wants suppressed, as it is written: any of parcel, owner with address, telephones.

    ``with_owner``: the owner that the roll has of the parcel, too.
    """

    line: int
    parcel: str | None = None
    telephones: tuple[str, ...] = ()
    owner_name: str | None = None
    mail_address: str | None = None
    mail_address_2: str | None = None
    mail_city: str | None = None
    mail_state: str | None = None
    mail_zip: str | None = None
    mail_country: str | None = None
    with_owner: bool = False
    reason: str = "other"
    note: str | None = None


@dataclass
class Unusable:
    """What of the lines cannot be used: how many by kind (``line`` for what has nothing), and why the first cannot."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: list[dict[str, Any]] = field(default_factory=list)

    def add(self, kind: str, line: int, why: str) -> None:
        """One more."""
        self.counts[kind] += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append({"line": line, "why": why})


def read_reason(written: str) -> str:
    """A reason as it is written: ``Do not mail`` → ``do_not_mail``. Raises :class:`UsageError` for what is none."""
    reason = "_".join(re.findall(r"[a-z0-9]+", written.casefold()))
    if reason not in REASONS:
        hint = f"{did_you_mean(reason, REASONS)} The reasons are {', '.join(REASONS)}.".strip()
        raise UsageError(f"There is no reason '{written}'.", hint)
    return reason


def standard_telephone(written: str) -> str | None:
    """A telephone as +14075550100, whatever the writing; null for what is none.

    Without a country it is one of North America, whose area codes and exchanges begin with 2 to 9.
    """
    number = _EXTENSION.sub("", written.strip()).removesuffix(".0")
    digits = re.sub(r"[\s().\-/\u2010-\u2015\u00a0]", "", number)
    if re.fullmatch(r"(\+?1)?[2-9]\d{2}[2-9]\d{6}", digits):
        return f"+1{digits[-10:]}"
    if re.fullmatch(r"(\+|00|011)[2-9]\d{7,13}", digits):
        return "+" + re.sub(r"^(\+|00|011)", "", digits)
    return None


def suppressed_telephones(connection: Connection, numbers: Iterable[str]) -> set[str]:
    """Which of these :func:`standard_telephone` numbers are suppressed, in whatever market."""
    return set(connection.scalars(statement(__package__, _FILE, "telephones"), {"numbers": list(numbers)}))


def take_in(connection: Connection, market: Market, entries: Iterable[Entry]) -> tuple[int, Unusable]:
    """Put the entries, read, into the temporary table ``given_suppressions``; returns how many lines they are.

    What cannot be used of them is left out and told. Names and mailing addresses are in the temporary table
    ``merged_parcels``, to be brought to a standard form.
    """
    unusable, counts = Unusable(), Counter[str]()

    def lines() -> Iterator[bytes]:
        for entry in entries:
            counts["lines"] += 1
            if (read := _read(entry, market, unusable)) is not None:
                # JSON has no tabs and line breaks of its own; COPY reads its backslashes once more
                yield f"{to_json(read)}\n".replace("\\", "\\\\").encode()

    connection.execute(statement(__package__, _FILE, "given_lines"))
    copy_lines(connection, "given_lines", ["entry"], lines())
    connection.execute(statement(__package__, _FILE, "given"))
    connection.execute(text("DROP TABLE given_lines; ANALYZE given_suppressions"))
    connection.execute(statement(__package__, _FILE, "resolve_parcels"), {"market": market.key})
    connection.execute(statement(__package__, _FILE, "given_owners"))
    return counts["lines"], unusable


def resolve_owners(connection: Connection, market: str, unusable: Unusable) -> None:
    """Give each line the forms of its owner, by ``derived_owners``; tells what is still not known."""
    connection.execute(statement(__package__, _FILE, "owner_keys"), {"market": market})
    _resolve_parcel_owners(connection, market, unusable)


def _resolve_parcel_owners(connection: Connection, market: str, unusable: Unusable) -> None:
    connection.execute(statement(__package__, _FILE, "parcel_owners"), {"market": market})
    for row in connection.execute(statement(__package__, _FILE, "unresolved")):
        if row.is_ambiguous:
            unusable.add("parcel", row.line, f"the number can mean {' or '.join(row.readings)}")
        else:
            unusable.add("owner", row.line, "the name or the mailing address is none that can be compared")


def add(connection: Connection, market: str, *, source: str, by: str) -> dict[str, Any]:
    """Suppress what was taken in; returns what came of it.

    ``added`` and ``known`` (it was suppressed already) by kind, ``unmatched`` (no parcel of the market is such),
    ``leads``: how many leads are shown no more.
    """
    count = statement(__package__, _FILE, "count_workable")
    before = connection.execute(count, {"market": market}).scalar_one()
    parameters = {"market": market, "source": source, "by": by}
    rows = connection.execute(statement(__package__, _FILE, "suppress"), parameters).all()
    unmatched = connection.execute(statement(__package__, _FILE, "unmatched"), {"market": market}).mappings().one()
    connection.execute(text("ANALYZE suppressions"))
    after = connection.execute(count, {"market": market}).scalar_one()
    return {
        "added": {row.kind: row.added for row in rows},
        "known": {row.kind: row.given - row.added for row in rows},
        "unmatched": dict(unmatched),
        "leads": before - after,
    }


def add_of_leads(
    connection: Connection, market: Market, entries: Sequence[Entry], unusable: Unusable, *, source: str, by: str
) -> dict[str, Any]:
    """Suppress telephones and parcels with the owners that the roll has of them; returns what :func:`add` does.

    Their names and addresses need no standard form, being the roll's own. ``unusable`` is told of the line of each.
    """
    if not entries:
        nothing = dict.fromkeys(KINDS, 0)
        return {"added": nothing, "known": nothing, "unmatched": {"parcel": 0, "owner": 0}, "leads": 0}
    # several entries can be of one line, and each is resolved by its own number
    numbered = (replace(entry, line=number) for number, entry in enumerate(entries))
    _, unread = take_in(connection, market, numbered)
    _resolve_parcel_owners(connection, market.key, unread)
    unusable.counts.update(unread.counts)
    unusable.examples += [{**one, "line": entries[int(one["line"])].line} for one in unread.examples]
    return add(connection, market.key, source=source, by=by)


def lift(connection: Connection, market: str) -> list[dict[str, Any]]:
    """Suppress no more what was taken in, whoever suppressed it; returns what was lifted."""
    rows = connection.execute(statement(__package__, _FILE, "lift"), {"market": market}).mappings()
    return [dict(row) for row in rows]


def given_parcels(connection: Connection, market: str) -> list[dict[str, Any]]:
    """The parcels that were taken in: ``parcel_id``, ``address``, ``city``, and whether the roll says the ``owner``.

    That is null where nobody asks for it.
    """
    return [dict(row) for row in _given(connection, "given_parcels", market)]


def unlifted(connection: Connection, market: str) -> list[dict[str, Any]]:
    """The parcels that were taken in and are on no list all the same, ``by`` their ``owner`` or by their status."""
    return [dict(row) for row in _given(connection, "unlifted", market)]


def _given(connection: Connection, name: str, market: str) -> Iterable[RowMapping]:
    connection.execute(statement(__package__, _FILE, "given_places"), {"market": market})
    return connection.execute(statement(__package__, _FILE, name), {"market": market}).mappings()


def suppressions(
    connection: Connection, market: str, *, kind: str | None = None, reason: str | None = None, limit: int = 50
) -> dict[str, Any]:
    """The suppressions that hold in a market, newest first, and how many of each kind there are."""
    parameters = {"named": market, "kind": kind, "reason": reason, "limit": limit}
    rows = connection.execute(statement(__package__, _FILE, "list"), parameters).mappings()
    counts = dict.fromkeys(KINDS, 0)
    for row in connection.execute(statement(__package__, _FILE, "counts"), parameters):
        counts[row.kind] = row.suppressions
    return {"suppressions": [dict(row) for row in rows], "counts": counts}


def _read(entry: Entry, market: Market, unusable: Unusable) -> dict[str, Any] | None:
    """What a line means, as data; none where nothing can be suppressed by it."""
    readings: list[str] = []
    is_told = False
    if entry.parcel is not None:
        try:
            readings = market.read_parcel(entry.parcel)
        except UnusableParcel as error:
            unusable.add("parcel", entry.line, str(error))
            is_told = True
    telephones = {written: standard_telephone(written) for written in entry.telephones}
    for written, number in telephones.items():
        if number is None:
            unusable.add("telephone", entry.line, f"'{written[:40]}' is no telephone number")
            is_told = True
    numbers = list(dict.fromkeys(number for number in telephones.values() if number is not None))
    if not readings and not numbers and not (entry.owner_name and entry.mail_address):
        if not is_told:
            why = "neither a parcel number, nor a telephone, nor a name with a mailing address"
            unusable.add("line", entry.line, why)
        return None
    given = {name: value for name, value in vars(entry).items() if name != "parcel"}
    return {**given, "readings": readings, "telephones": numbers}
