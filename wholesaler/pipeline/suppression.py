"""Suppress what somebody gives, or lift it: one entry or a list of 100,000, all of it or nothing."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from wholesaler.errors import UsageError, WholesalerError
from wholesaler.leads import suppression
from wholesaler.leads.addresses import looks_like_address, only_parcel
from wholesaler.leads.suppression import Entry, Unusable
from wholesaler.leads.suppression_file import read_list
from wholesaler.markets import Market
from wholesaler.stages.properties.owners import derive_owner_keys


def suppress(engine: Engine, market: Market, entries: list[Entry], by: str) -> dict[str, Any]:
    """Suppress what somebody has typed, an address in place of a parcel too; returns what came of it, JSON-ready.

    Raises :class:`UsageError` where any of it cannot be used; then nothing is suppressed.
    """
    with engine.begin() as connection:
        _take_in_all(connection, market, entries)
        outcome = suppression.add(connection, market.key, source="by hand", by=by)
        return {**outcome, "parcels": suppression.given_parcels(connection, market.key)}


def lift(engine: Engine, market: Market, entries: list[Entry]) -> dict[str, Any]:
    """Suppress no more what somebody has typed; raises :class:`WholesalerError` where nothing of it was."""
    with engine.begin() as connection:
        _take_in_all(connection, market, entries)
        lifted = suppression.lift(connection, market.key)
        if not lifted:
            raise WholesalerError("None of it is suppressed.", "`wholesaler leads suppress list` lists what is.")
        return {"lifted": lifted, "unlifted": suppression.unlifted(connection, market.key)}


def import_list(engine: Engine, market: Market, path: Path, reason: str, by: str) -> dict[str, Any]:
    """Suppress what a file lists; what of it cannot be used is told, and stops nothing else.

    Returns, JSON-ready, ``lines`` and what came of them, ``unusable`` by kind, and ``examples`` of these. Raises
    :class:`UsageError` for a file that cannot be read, :class:`WholesalerError` where nothing of it can be used.
    """
    unread = Unusable()
    with engine.begin() as connection:
        lines, unusable = _take_in(connection, market, read_list(path, reason, unread))
        outcome = suppression.add(connection, market.key, source=path.name, by=by)
        counts = unread.counts + unusable.counts
        examples = sorted(unread.examples + unusable.examples, key=lambda example: int(example["line"]))
        if not any(outcome["added"].values()) and not any(outcome["known"].values()):
            why = f" Line {examples[0]['line']}: {examples[0]['why']}." if examples else ""
            raise WholesalerError(f"Nothing in {path} can be suppressed.{why}", "Nothing was changed.")
    return {
        "file": str(path),
        "lines": lines + unread.counts["line"],
        **outcome,
        "unusable": dict(counts),
        "examples": examples[: suppression.EXAMPLES],
    }


def _take_in(connection: Connection, market: Market, entries: Iterable[Entry]) -> tuple[int, Unusable]:
    """Entries into the temporary table that they are suppressed and lifted by, owners in their standard form."""
    lines, unusable = suppression.take_in(connection, market, entries)
    derive_owner_keys(connection, market)
    suppression.resolve_owners(connection, market.key, unusable)
    return lines, unusable


def _take_in_all(connection: Connection, market: Market, entries: list[Entry]) -> None:
    named = [
        replace(one, parcel=only_parcel(connection, market, one.parcel))
        if one.parcel is not None and looks_like_address(one.parcel)
        else one
        for one in entries
    ]
    _, unusable = _take_in(connection, market, named)
    if unusable.examples:
        why = str(unusable.examples[0]["why"])
        raise UsageError(f"{why[0].upper()}{why[1:]}.", f"`{market.key}:NUMBER` is our own form of a parcel number.")
