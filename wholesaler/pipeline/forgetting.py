"""Forget the people of a lead wherever the program has them, and say what it cannot reach."""

import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from wholesaler.errors import SourceError, WholesalerError
from wholesaler.home import open_private
from wholesaler.leads.forgetting import PERSONAL, Forgotten
from wholesaler.leads.forgetting import forget as forget_in_database
from wholesaler.markets import Market
from wholesaler.markets.source import SourceDefinition
from wholesaler.markets.values import fields_of
from wholesaler.notify.report import reports_with
from wholesaler.settings import Settings
from wholesaler.sources.snapshots import Snapshots, clear_records

#: where backups were written, a path a line
_BACKUPS = "backups"


def forget(engine: Engine, settings: Settings, market: Market, named: str) -> dict[str, Any]:
    """Clear the people of a lead from the database, the snapshots of its lists and the reports; JSON-ready.

    ``cleared`` says how many rows and files of which kind, ``unreachable`` what may still have them. Raises
    :class:`WholesalerError` where a file cannot be cleared; the database is as it was then.
    """
    with engine.begin() as connection:
        forgotten = forget_in_database(connection, market, named)
        try:
            snapshots = _clear_snapshots(settings.home, market, forgotten)
            reports = reports_with(settings, market.key, forgotten.written)
            for path in reports:
                path.unlink()
        except (OSError, SourceError) as error:
            raise WholesalerError(
                f"Not all files could be cleared: {error}.",
                "Mend that and run the command again; nothing is lost by it.",
            ) from None
    return {
        "parcel_id": forgotten.parcel_id,
        "cleared": {**forgotten.counts, "snapshots": snapshots, "reports": len(reports)},
        "unreachable": _unreachable(settings.home, market),
    }


def remember_backup(home: Path, path: Path) -> None:
    """Note down where a backup was written, so that ``forget`` can name it; a backup does not fail by that."""
    known = [str(path) for path in known_backups(home)]
    written = os.path.realpath(path)
    with suppress(OSError), open_private(home / _BACKUPS, "wb") as file:
        file.write("".join(f"{name}\n" for name in dict.fromkeys([*known, written])).encode(errors="surrogateescape"))


def known_backups(home: Path) -> list[Path]:
    """The backups that were written and are still there."""
    try:
        names = (home / _BACKUPS).read_bytes().decode(errors="surrogateescape").splitlines()
    except OSError:
        return []
    return [path for path in map(Path, names) if path.is_file()]


def _clear_snapshots(home: Path, market: Market, forgotten: Forgotten) -> int:
    number = 0
    for name, source in market.sources.items():
        kept = _harmless_fields(source)
        for snapshot in Snapshots(home, market.key, name, datetime.now(market.zone).date()).all():
            number += clear_records(snapshot, forgotten.written, kept)
    return number


def _harmless_fields(source: SourceDefinition) -> set[str]:
    """The publisher's fields that are read and name nobody."""
    read = [value for column, value in source.fields.items() if column not in PERSONAL]
    read += [value for value in source.key if not isinstance(value, str) or value not in source.fields]
    read += [source.fields[value] for value in source.key if isinstance(value, str) and value in source.fields]
    read += [value for value in (source.latest_by, source.record_date) if value is not None]
    place = source.location if isinstance(source.location, str) else source.location.model_dump()
    names = {str(part) for part in place.values()} if isinstance(place, dict) else set()
    personal = {name for column in PERSONAL & source.fields.keys() for name in fields_of(source.fields[column])}
    return ({*fields_of(*read), *source.only, *names}) - personal


def _unreachable(home: Path, market: Market) -> list[str]:
    downloads = home / "downloads" / market.key
    return [
        *(
            f"the backup {path} of {datetime.fromtimestamp(path.stat().st_mtime):%Y-%m-%d}"
            for path in known_backups(home)
        ),
        *([f"copies of the publishers' files in {downloads}, until they send new ones"] if downloads.is_dir() else []),
        "backups that were moved or made by other programs",
        "messages that were sent, files that were exported, and what publishers will send anew",
    ]
