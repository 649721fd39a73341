"""Look at one source: its fields, a sample of its records, the newest of them, its words; of the roll, some parcels."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date

from wholesaler.errors import DeadlineError, SourceError, WholesalerError
from wholesaler.markets import Market
from wholesaler.markets.values import Piece
from wholesaler.pipeline.confirmation.faults import fault, wrong_fields
from wholesaler.pipeline.confirmation.findings import Finding
from wholesaler.pipeline.confirmation.join import are_written_so, question, search
from wholesaler.pipeline.confirmation.outcomes import named_like_outcome, tells_outcome
from wholesaler.pipeline.confirmation.records import Beginning, Reader, Reading
from wholesaler.settings import Settings
from wholesaler.sources import Http, open_source
from wholesaler.sources.fields import find_field
from wholesaler.sources.interface import Fetch, FetchRequest, Source
from wholesaler.stages.ingest.stage import fetch_request
from wholesaler.stages.properties.freshness import SENTINEL_AFTER

#: records of a service that are read at its beginning, and as many at its end
SAMPLE = 250
#: records of a file
OF_A_FILE = 20_000


@dataclass
class Sighting:
    """What was seen of a source. ``by_number``: it was read for some parcels, as a night reads it.

    ``newest`` is the newest day of all its records where ``newest_is_of_all``, else of those read; ``words`` those of
    all records, by column, where the publisher counts them. Of the roll, ``found`` are parcels that it was asked for,
    and ``untold`` says why it may have others.
    """

    reading: Reading = field(default_factory=Reading)
    by_number: bool = False
    findings: list[Finding] = field(default_factory=list)
    newest: date | None = None
    newest_is_of_all: bool = False
    words: dict[str, Counter[str]] = field(default_factory=dict)
    found: set[str] = field(default_factory=set)
    untold: str | None = None


def look(market: Market, name: str, day: date, http: Http, settings: Settings, wanted: Collection[str]) -> Sighting:
    """Look at a source on a day; ``wanted`` are canonical parcel numbers, for the roll.

    Whatever is wrong with it is a finding; raises ``DeadlineError`` when there is no more time.
    """
    definition = market.sources[name].on(day).model_copy(update={"page_size": SAMPLE})
    sighting, described = Sighting(), False
    try:
        source = open_source(name, definition, market.path, http, settings, market.key)
        fields = source.field_types()
        described = True
        sighting.findings = wrong_fields(market, name, fields, http) if fields else []
        if any(finding.outcome == "error" for finding in sighting.findings):
            sighting.untold = "has other fields now"
            return sighting
        _read(market, name, day, source, sighting, wanted, fields)
    except DeadlineError:
        raise
    except WholesalerError as error:
        sighting.findings.append(fault(error, market, name, http, described=described))
        sighting.untold = "did not answer"
    return sighting


def _read(
    market: Market,
    name: str,
    day: date,
    source: Source,
    sighting: Sighting,
    wanted: Collection[str],
    available: Collection[str],
) -> None:
    until = day + SENTINEL_AFTER
    request = fetch_request(market, name, day)
    further = _outcome_fields(market, name, request, available)
    sample = replace(request, fields=(*request.fields, *further), sample=SAMPLE)
    asked = _ask(market, name, day, source, sighting, wanted)
    if sighting.by_number:
        return
    fetch = _sampled(source, sample, is_file=market.sources[name].kind == "file")
    reader = Reader(market, name, fetch, day)
    sighting.reading = reader.read(until)
    if new := [field for field in further if not any(find_field(one, [field]) for one in request.ignored)]:
        said = f"Fields that the market file neither uses nor ignores: {', '.join(new)}."
        sighting.reading.warnings = (*sighting.reading.warnings, said)
    if asked:
        sighting.found |= set(wanted).intersection(sighting.reading.parcels)
        if sighting.untold is None and not are_written_so(market, name, sighting.reading.written):
            sighting.untold = "has numbers with some of their zeros, which cannot be asked for"
    elif wanted:
        _search(market, name, source, sighting, set(wanted))
    sighting.newest, sighting.newest_is_of_all = _newest(market, name, source, reader, sighting.reading, until)
    for column in market.record(name).columns:
        if column.words and column.name in market.sources[name].fields and not sighting.reading.whole:
            words = reader.words(column)
            if words is not None:
                sighting.words[column.name] = words


def _ask(market: Market, name: str, day: date, source: Source, sighting: Sighting, wanted: Collection[str]) -> bool:
    """Ask a roll for some parcels by their numbers; returns whether it can be asked so.

    Where a night asks as well, the whole records of these are those that it would store.
    """
    asked = question(market, name, wanted, day)
    if asked is None:
        return False
    try:
        numbered = Reader(market, name, source.fetch(asked.request), day).read(day + SENTINEL_AFTER)
    except SourceError:
        if asked.as_a_night:
            raise
        return False
    sighting.found = set(wanted).intersection(numbered.parcels)
    if not numbered.whole:
        sighting.untold = "did not answer for all numbers"
    if asked.as_a_night and numbered.usable:
        sighting.reading, sighting.by_number = numbered, True
    return True


def _outcome_fields(market: Market, name: str, request: FetchRequest, available: Collection[str]) -> list[str]:
    """The fields of a service to ask for beside those that a night asks for: they may say what became of a record."""
    definition = market.sources[name]
    if definition.kind == "file" or not market.record(name).signal or tells_outcome(definition):
        return []
    used = {found for field in request.fields for found in find_field(field, available)}
    return [field for field in available if named_like_outcome(field) and field not in used]


def _sampled(source: Source, request: FetchRequest, *, is_file: bool) -> Fetch:
    fetch = source.fetch(request)
    return Beginning(fetch, OF_A_FILE) if is_file else fetch


def _search(market: Market, name: str, source: Source, sighting: Sighting, wanted: set[str]) -> None:
    """Which parcels a roll has that cannot be asked for them."""
    reading = sighting.reading
    sighting.found = wanted.intersection(reading.parcels)
    if reading.whole or sighting.found == wanted:
        return
    if market.sources[name].kind != "file":
        sighting.untold = "cannot be asked for single parcels, and is too long to be read here"
        return
    further, whole = search(market, name, source, wanted)
    sighting.found |= further
    if not whole:
        sighting.untold = "is too long to be read whole here"


def _newest(
    market: Market, name: str, source: Source, reader: Reader, reading: Reading, until: date
) -> tuple[date | None, bool]:
    """The newest day of a source, and whether it is that of all its records."""
    definition = market.sources[name]
    value = definition.record_date
    if isinstance(value, str):
        value = definition.fields[value]
    if isinstance(value, Piece) and value.match is None and value.pad is None:
        value = value.field
    if reading.whole or not isinstance(value, str):
        return reading.newest, reading.whole
    columns = reader.converter.reading
    try:
        told = source.newest(columns.names[value], until)
    except SourceError:  # many a layer has no statistics; the sample tells something
        return reading.newest, False
    text = columns.reader.day(told, epochs=columns.are_epochs(value))
    if not text:
        return reading.newest, False
    newest = date.fromisoformat(text)
    return max(newest, reading.newest) if reading.newest is not None else newest, True
