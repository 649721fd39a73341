"""The appraiser's roll for the parcels with a signal: asked by parcel number, and by address where there is none."""

import re

from sqlalchemy import Connection, text

from wholesaler.db.sql import statement
from wholesaler.errors import SourceError
from wholesaler.markets.parcel import UnusableParcel
from wholesaler.sources.interface import FetchRequest, Selection, Source
from wholesaler.stages.interface import Context
from wholesaler.stages.load import load
from wholesaler.stages.loaded import Asked, Loaded

#: Some 75 parcel numbers fit into one request and 2,000 records into one page, so that from here on the whole roll of a
#: county of half a million parcels is fewer requests.
WHOLE_ROLL_FROM = 20_000
_HOUSE_NUMBER = re.compile(r"\s*(\d+)\s+(.*)")
_WORD = re.compile(r"\b[A-Z]{3,}\b")
#: words that do not tell one street from another
_COMMON = {"NORTH", "SOUTH", "EAST", "WEST", "UNIT", "APT", "STE", "SUITE", "BLDG", "LOT"}


def load_roll(connection: Connection, context: Context, source: Source, request: FetchRequest) -> Loaded:
    """Load the roll's records for the market's active properties and for the addresses of records without parcel."""
    market, definition = context.market, context.market.sources[source.name]
    parameters = {"market": market.key}
    connection.execute(statement(__package__, "link.sql", "asked_parcels"), parameters)
    parcels = list(connection.scalars(text("SELECT parcel_id FROM asked_parcels ORDER BY parcel_id")))
    if len(parcels) > WHOLE_ROLL_FROM:
        return load(connection, market, source.name, source.fetch(request), context.as_of)
    written = []
    for parcel_id in parcels:
        try:
            written.append(market.parcel.write(parcel_id, definition.parcel_form))
        except UnusableParcel:
            continue
    asked = _selecting(request, Selection(definition.fields["parcel"], values=tuple(written)))
    if written:
        scope = Asked(len(written), "asked_parcels")
        loaded = load(connection, market, source.name, source.fetch(asked), context.as_of, scope)
    else:
        loaded = Loaded()
    if "address" in definition.fields:
        _load_by_address(connection, context, source, request, loaded)
    connection.execute(text("DROP TABLE asked_parcels"))
    return loaded


def _load_by_address(
    connection: Connection, context: Context, source: Source, request: FetchRequest, loaded: Loaded
) -> None:
    """Add the roll's records at the addresses of records without parcel number. Not every server can search by text."""
    addresses = connection.scalars(
        statement(__package__, "link.sql", "addresses_without_parcel"), {"market": context.market.key}
    )
    patterns = tuple(sorted({pattern for address in addresses if (pattern := _pattern(address))}))
    if not patterns:
        return
    field = context.market.sources[source.name].fields["address"]
    asked = _selecting(request, Selection(field, patterns=patterns))
    try:
        # an error between two pages leaves the transaction unusable up to here, and what came by number is kept
        with connection.begin_nested():
            found = load(connection, context.market, source.name, source.fetch(asked), context.as_of, Asked())
    except SourceError as error:
        if error.transient:
            raise
        loaded.doubts.append(f"cannot be searched by address: {error.message}")
        return
    loaded.add(found.counts())
    loaded.warnings += found.warnings
    loaded.doubts += found.doubts


def _selecting(request: FetchRequest, selection: Selection) -> FetchRequest:
    return FetchRequest(request.fields, request.optional, request.ignored, selection, request.geometry)


def _pattern(address: str) -> str | None:
    """``10316 YORKMERE  COURT`` → ``10316 %YORKMERE%``: the number and the longest telling word of the street.

    The last word of several is left out: it is the street's type most of the time, which lists abbreviate at will.
    """
    found = _HOUSE_NUMBER.match(address.upper())
    if not found:
        return None
    words = [word for word in _WORD.findall(found[2]) if word not in _COMMON]
    telling = words[:-1] or words
    return f"{found[1]} %{max(telling, key=len)}%" if telling else None
