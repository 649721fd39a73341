"""The appraiser's roll for the parcels with a signal: asked by parcel number, and by address where there is none."""

import re
from dataclasses import replace

from sqlalchemy import Connection, text

from wholesaler.db.sql import statement
from wholesaler.errors import SourceError
from wholesaler.markets.market import Market
from wholesaler.markets.parcel import UnusableParcel
from wholesaler.markets.source import SourceDefinition
from wholesaler.sources.interface import FetchRequest, Selection, Source
from wholesaler.stages.ingest.completeness import Scope
from wholesaler.stages.ingest.load import load, retire_scope_rejects
from wholesaler.stages.ingest.unchanged import is_due, load_whole
from wholesaler.stages.interface import Context, LoadResult

#: Some 75 parcel numbers fit into one request and 2,000 records into one page, so that from here on the whole roll of a
#: county of half a million parcels is fewer requests.
WHOLE_ROLL_FROM = 20_000
#: Some 35 addresses fit into one request, and for each of these the server reads all its records.
WHOLE_ROLL_FROM_ADDRESSES = 5_000
#: none of 0 or 99999, which is land without a number (standard_address.sql)
_HOUSE_NUMBER = re.compile(r"\s*(?!(?:0+|9{5,})(?!\d))([0-9]+)(\S*)\s+(.*)")
_WORD = re.compile(r"[A-Z\d]+")
_DIRECTION = re.compile(r"[NSEW]{1,2}|(?:NORTH|SOUTH)?(?:EAST|WEST)?")


def load_roll(connection: Connection, context: Context, source: Source, request: FetchRequest) -> LoadResult:
    """Load a source of the roll: what it has of the market's active properties, and at the addresses it does not know.

    A file, what cannot be asked for by number, and once a week what the market file calls ``whole`` is read whole. What
    the roll is not asked for might be a second parcel at the same address, so that dedupe relies on the whole answer.
    """
    market, definition = context.market, context.market.sources[source.name]
    if not _can_be_asked(market, definition) or (definition.whole and is_due(connection, context, source.name)):
        return load_whole(connection, context, source, request)
    parameters = {"market": market.key}
    # counted by the server: a million numbers would be a hundred megabytes here
    count = connection.execute(statement(__package__, "roll.sql", "signal_parcels"), parameters).rowcount
    if count > WHOLE_ROLL_FROM:
        return load_whole(connection, context, source, request)
    numbers = []
    for parcel_id in connection.scalars(text("SELECT parcel_id FROM signal_parcels ORDER BY parcel_id")):
        try:
            numbers.append(market.parcel.write(parcel_id, *definition.parcel_forms))
        except UnusableParcel:
            continue
    if numbers:
        request_by_number = _with_selection(request, Selection(str(definition.fields["parcel"]), values=tuple(numbers)))
        scope = Scope(len(numbers), "signal_parcels")
        result = load(connection, market, source.name, source.fetch(request_by_number), context.as_of, scope)
    else:
        result = LoadResult()
    if "address" in definition.fields and source.name in market.listing_rolls:
        _load_by_address(connection, context, source, request, result)
    connection.execute(text("DROP TABLE signal_parcels"))
    if numbers and not definition.whole and not result.doubts:
        retire_scope_rejects(connection, market, source.name)
    return result


def _can_be_asked(market: Market, definition: SourceDefinition) -> bool:
    """Whether a source can be asked for single parcels: a number that is padded is not what the publisher has."""
    return definition.kind != "file" and definition.can_ask_by_parcel(market.parcel)


def _load_by_address(
    connection: Connection, context: Context, source: Source, request: FetchRequest, result: LoadResult
) -> None:
    """Add the roll's records at the addresses that have no parcel on it yet. Not every server can search by text."""
    patterns = _patterns(connection, context, source.name)
    if not patterns:
        return
    field = context.market.sources[source.name].fields["address"]
    # what is put together of several fields cannot be searched for
    whole = len(patterns) > WHOLE_ROLL_FROM_ADDRESSES or not isinstance(field, str)
    by_address = request if whole else _with_selection(request, Selection(str(field), patterns=patterns))
    try:
        # an error between two pages leaves the transaction unusable up to here, and what came by number is kept
        with connection.begin_nested():
            scope = None if whole else Scope()
            addition = load(connection, context.market, source.name, source.fetch(by_address), context.as_of, scope)
    except SourceError as error:
        if error.transient:
            raise
        result.doubts.append(f"cannot be searched by address: {error.message}")
        return
    result.add(addition.counts())
    result.newest = max(filter(None, (result.newest, addition.newest)), default=None)
    result.warnings += [warning for warning in addition.warnings if warning not in result.warnings]
    result.doubts += addition.doubts


def _patterns(connection: Connection, context: Context, source: str) -> tuple[str, ...]:
    addresses = connection.scalars(
        statement(__package__, "roll.sql", "addresses_without_parcel"),
        {"market": context.market.key, "source": source},
    ).all()
    abbreviations = frozenset(connection.scalars(statement(__package__, "roll.sql", "abbreviated_words")))
    return tuple(sorted({pattern for address in addresses if (pattern := _pattern(address, abbreviations))}))


def _with_selection(request: FetchRequest, selection: Selection) -> FetchRequest:
    return replace(request, selection=selection)


def _pattern(address: str, abbreviations: frozenset[str]) -> str | None:
    """``10316 YORKMERE  COURT`` → ``10316 %YORKMERE%``: the number, and the first word if all lists write it alike.

    Where the first two words are numbers or ``abbreviated``, the number is all that can be asked for, since what the
    roll writes otherwise would be missed; a word further behind may be no part of the street.
    """
    parts = _HOUSE_NUMBER.match(address.upper())
    if not parts:
        return None
    number, suffix, rest = parts.groups()
    words = _WORD.findall(rest)
    if words and _DIRECTION.fullmatch(words[0]):
        del words[0]
    keywords = (word for word in words[:2] if len(word) > 2 and word.isalpha() and word not in abbreviations)
    start = f"{number}%" if suffix else f"{number} %"
    word = next(keywords, None)
    return f"{start}{word}%" if word else start
