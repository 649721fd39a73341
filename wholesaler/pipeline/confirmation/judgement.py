"""What a sample of a source says of its market file: new words, a frozen list, dates and numbers nobody can read."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date

from wholesaler.markets import Market
from wholesaler.markets.records import UNMAPPED, Column
from wholesaler.markets.values import fields_of
from wholesaler.pipeline.confirmation.findings import Finding
from wholesaler.pipeline.confirmation.join import Join
from wholesaler.pipeline.confirmation.leads import judge_leads
from wholesaler.pipeline.confirmation.records import NO_NUMBER
from wholesaler.pipeline.confirmation.sighting import Sighting
from wholesaler.plural import counted
from wholesaler.stages.ingest.convert.values import NO_FLAG
from wholesaler.stages.properties.freshness import judge as judge_freshness
from wholesaler.stages.properties.words import expected_words, known_words

#: share from which on what cannot be read is no accident of single records
_HALF = 0.5
#: records to a parcel from which on a list has several for one
_REPEATED = 1.02
_LOST_PLACE = re.compile(r"location (?!0,).*, dropped")
#: words that are named; of more only the number is
_MOST = 20
#: different things that are said of values
_MOST_ISSUES = 12
#: columns without which a roll says little, and what is missing then
_NEEDED = {
    "owner_name": "the owner's name", "mail_address": "the owner's mailing address, so that no lead can be written to",
    "address": "the address of the house", "total_mkt": "the market value, so that no deal is estimated",
}  # fmt: skip


def judge(market: Market, name: str, day: date, sighting: Sighting) -> Iterator[Finding]:
    """All there is to say of what was seen of a source, its parcels and its fields apart."""
    if any(finding.outcome == "error" for finding in sighting.findings):
        return
    yield from _rows(market, name, sighting)
    yield from _words(market, name, sighting)
    yield from _columns(market, name)
    yield from _years(market, name, sighting)
    frozen = list(_freshness(market, name, day, sighting))
    yield from frozen
    yield from _values(market, name, sighting)
    if market.record(name).signal:
        yield from judge_leads(market, name, sighting, is_frozen=bool(frozen))
    for warning in sighting.reading.warnings if sighting.reading.whole else ():
        if warning.startswith("Fields that"):
            yield Finding("fields", "note", f"{name}: {warning}")


def unmapped(market: Market, name: str, sighting: Sighting) -> Iterator[tuple[Column, Counter[str], bool]]:
    """Of each column with words of ours those that nobody gave a meaning, and whether all records were counted."""
    for column in market.record(name).columns:
        if not column.words or column.name not in market.sources[name].fields:
            continue
        words = sighting.words.get(column.name)
        told = words if words is not None else sighting.reading.words.get(column.name, Counter())
        known = known_words(market, name, column)
        unknown = Counter({word: times for word, times in told.items() if word.casefold() not in known})
        if unknown:
            yield column, unknown, words is not None or sighting.reading.whole


def judge_join(market: Market, name: str, join: Join) -> Iterator[Finding]:
    """Whether fewer parcels of a list are on the roll than its file expects."""
    minimum = market.sources[name].minimum_join_rate
    if join.rate >= minimum or join.least:
        return  # of those that were not found nobody knows, where not all of the roll answered
    what = f"{name}: {join.found} of {join.asked} parcels are on the appraiser's roll, at least {minimum:.0%} expected."
    yield Finding("join", "warning", what, f"Check parcel_form of sources.{name} in {market.path}.")


def _rows(market: Market, name: str, sighting: Sighting) -> Iterator[Finding]:
    reading, minimum = sighting.reading, market.sources[name].minimum_rows
    there = reading.expected if reading.expected is not None else reading.read if reading.whole else None
    if there is not None and there < minimum and name not in market.rolls:
        what = f"{name}: {counted(there, 'record')}, at least {minimum:,} expected (minimum_rows)."
        yield Finding("rows", "warning", what, "See at the publisher whether the list is complete.")
    elif not reading.read:
        yield Finding("rows", "note", f"{name}: it has no record that fits at the moment.")


def _columns(market: Market, name: str) -> Iterator[Finding]:
    """What no roll of the market says; told once, of the first of them."""
    if not market.rolls or name != next(iter(market.rolls)):
        return
    there = {column for roll in market.rolls for column in market.sources[roll].fields}
    missing = [what for column, what in _NEEDED.items() if column not in there]
    if missing:
        hint = f"Name the fields that have them in sources.{name}.fields in {market.path}, where there are any."
        yield Finding("fields", "note", f"{name}: the market file names no field for {'; '.join(missing)}.", hint)


def _words(market: Market, name: str, sighting: Sighting) -> Iterator[Finding]:
    for column, unknown, _ in unmapped(market, name, sighting):
        hint = f"Write what it means in sources.{name}.values.{column.name} in {market.path}."
        for word, times in unknown.most_common(_MOST):
            what = f"{name}: {times:,} × {column.name} '{word[:60]}' is {expected_words(market.record(name), column)}."
            yield Finding("word", "warning", what, hint)
        if len(unknown) > _MOST:
            more = len(unknown) - _MOST
            yield Finding("word", "warning", f"{name}: {more:,} further words of {column.name} have no meaning.", hint)

    if sighting.reading.without_status:
        number = f"{sighting.reading.without_status:,} of {counted(sighting.reading.usable, 'usable record')}"
        what = f"{name}: {number} have no status, and count as {UNMAPPED[market.record(name).table]}"
        hint = f'Where they are not, map "" in sources.{name}.values.status in {market.path}.'
        yield Finding("word", "note", what, hint)


def _years(market: Market, name: str, sighting: Sighting) -> Iterator[Finding]:
    """A list with a row for each parcel and year, of which each row says one year: nobody adds them up."""
    reading, fields = sighting.reading, market.sources[name].fields
    rows, parcels = reading.years.total(), len(reading.parcels)
    if set(reading.years) != {"1"} or "event_date" in fields or rows <= parcels * _REPEATED:
        return
    what = f"{name}: years names one year a record, and {counted(rows, 'record')} are of {counted(parcels, 'parcel')}."
    field_names = ", ".join(f'"{one}"' for one in fields_of(fields["years"]))
    hint = (
        f"Where each is of a year of its own, write event_date = {{ date = [{field_names}] }} in place of years in "
        f"sources.{name} in {market.path}, so that distinct years are counted."
    )
    yield Finding("fields", "warning", what, hint)


def _freshness(market: Market, name: str, day: date, sighting: Sighting) -> Iterator[Finding]:
    fresh = judge_freshness(name, market.sources[name], sighting.newest, day)
    if fresh is None or not fresh.stale or fresh.newest is None:
        return
    if fresh.is_known:
        yield Finding("frozen", "note", f"{fresh.warning}.")
        return
    age = counted((day - fresh.newest).days, "day")
    of = "" if sighting.newest_is_of_all else f" of the {sighting.reading.read:,} read"
    what = (
        f"{name}: frozen: the newest record{of} is of {fresh.newest:%-d %b %Y}, {age} ago "
        f"(stale after {fresh.stale_after_days})."
    )
    hint = f"See whether its publisher goes on elsewhere; if that is known, stale_is_known in sources.{name}."
    yield Finding("frozen", "warning", what, hint)


def _values(market: Market, name: str, sighting: Sighting) -> Iterator[Finding]:
    reading, where = sighting.reading, f"sources.{name} in {market.path}"
    for reason, times in reading.rejected.most_common(_MOST_ISSUES):
        address = f" ({reading.addressed:,} have an address)" if reason == NO_NUMBER and reading.addressed else ""
        yield Finding("rejected", "note", f"{name}: {times:,} of {reading.read:,} cannot be used: {reason}{address}")
    if reading.rejected and reading.unusable_share >= _HALF:
        what = f"{name}: {reading.rejected.total():,} of {counted(reading.read, 'record')} cannot be used."
        yield Finding("rejected", "warning", what, f"Check parcel_form and key of {where}.")
    if reading.unusable_number in reading.issues and reading.numbers_unusable * 2 > reading.numbers_given:
        numbers = f"{reading.numbers_unusable:,} of {counted(reading.numbers_given, 'parcel number')} cannot be read"
        what = f"{name}: {numbers}: {reading.unusable_number}."
        hint = f"Take another form as parcel_form of {where}, or write it into parcel.forms."
        yield Finding("numbers", "warning", what, hint)
    if reading.repeated:
        same = f", {reading.doubles:,} of them the same in all fields" if reading.doubles else ""
        what = (
            f"{name}: {reading.repeated:,} of {reading.read:,} have the key of another record, and are rejected{same}"
        )
        yield Finding("rejected", "note", what)
    for what, times in reading.issues.most_common(_MOST_ISSUES):
        if NO_FLAG in what:
            hint = f"Write what it means in the values of {where}."
            yield Finding("word", "warning", f"{name}: {times:,} × {what}.", hint)
            continue
        if what != reading.unusable_number or times * 2 <= reading.numbers_given:  # else it is a warning
            yield Finding("dates" if "unreadable date" in what else "rejected", "note", f"{name}: {times:,} × {what}")
    # a place of 0 is none; one that is elsewhere says that box or reference system are not the list's
    lost = Counter({what: times for what, times in reading.issues.items() if _LOST_PLACE.fullmatch(what)})
    if lost and lost.total() >= _HALF * reading.usable:
        places = f"{lost.total():,} places of {counted(reading.usable, 'usable record')} are dropped"
        what = f"{name}: {places}, as {next(what for what, _ in lost.most_common()).removesuffix(', dropped')}."
        hint = f"Check the location (x, y, crs) of {where}, and bounding_box."
        yield Finding("places", "warning", what, hint)
    for column, (readable, unreadable) in reading.dates.items():
        if unreadable and unreadable >= _HALF * (readable + unreadable):
            what = f"{name}: {unreadable:,} of {readable + unreadable:,} dates of {column} cannot be read."
            yield Finding("dates", "warning", what, f"Write how they are written in date_formats of {where}.")
