"""Whether as many records of a list are leads as can be: none, or those that are over too, are a fault of the file."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from wholesaler.markets import Market
from wholesaler.markets.records import CODE_VIOLATIONS, DISTRESS_EVENTS, FORECLOSURES, TAX_SALES
from wholesaler.pipeline.confirmation.findings import Finding
from wholesaler.pipeline.confirmation.outcomes import MOST_WORDS, is_over, named_like_outcome
from wholesaler.pipeline.confirmation.records import Reading
from wholesaler.pipeline.confirmation.sighting import Sighting
from wholesaler.plural import counted

#: the column that says whether a record is a signal, and its words that do
_WORDS = {
    TAX_SALES.table: ("deed_status", ("active sale", "lands available")),
    CODE_VIOLATIONS.table: ("status", ("open",)),
}
#: the days without which, or with past ones, a record is no signal
_DATES = {TAX_SALES.table: ("sale_date",), FORECLOSURES.table: ("auction_date", "recording_date")}
#: records from which on it is no accident that all of them are leads
_ENOUGH = 20
#: words that are named
_MOST = 6


def judge_leads(market: Market, name: str, sighting: Sighting, *, is_frozen: bool) -> Iterator[Finding]:
    """That no record of a list of signals is a lead, or that some are that seem to be over, or cannot be found.

    Of a list that ``is_frozen`` none is expected.
    """
    reading, where = sighting.reading, f"sources.{name} in {market.path}"
    if not reading.usable:
        return
    if reading.past_sales:
        (day,) = (one for one in _DATES[market.record(name).table] if one in {"sale_date", "auction_date"})
        what = f"{name}: {reading.past_sales:,} of {counted(reading.usable, 'usable record')} are listed as though the "
        leads = f"; {reading.past_leads:,} of them are leads by recording_date" if reading.past_leads else ""
        yield Finding("leads", "note", f"{what}sale were to come, but their {day} is past{leads}")
    if reading.owe_nothing:
        what = f"{name}: {reading.owe_nothing:,} of {counted(reading.signals, 'lead')} owe nothing: their amount is 0."
        amount = market.sources[name].fields["amount"]
        key = _key(amount) if isinstance(amount, str) else "FIELD"
        hint = f"only = {{ {key} = {{ above = 0 }} }} in {where} leaves them out."
        yield Finding("leads", "warning", what, hint)
    if not reading.signals:
        if not is_frozen and (why := _why_none(market, name, sighting)):
            what = f"{name}: none of {counted(reading.usable, 'usable record')} is a lead today: {why}."
            yield Finding("leads", "warning", what, f"Check fields and values of {where}.")
        return
    if reading.unplaced * 2 > reading.signals:
        what = f"{name}: {reading.unplaced:,} of {counted(reading.signals, 'lead')} have neither a parcel number that "
        hint = f"Check parcel_form of {where}, or map address and city among its fields."
        yield Finding("leads", "warning", f"{what}can be read nor an address: nobody can tell where they are.", hint)
    for field, words in reading.outcomes.items():
        over = {word: times for word, times in words.items() if is_over(word)}
        if _tells(field, words, over, reading):
            what = (
                f"{name}: {reading.signals:,} of {reading.usable:,} usable records are leads, and the market file does "
                f"not ask {field} what became of them: {_listed(words)}."
            )
            hint = f'Name the words of what still goes on: only = {{ {_key(field)} = ["…"] }} in {where}'
            status = any(column.name == "status" for column in market.record(name).columns)
            yield Finding("leads", "warning", what, f"{hint}{', or map it as status' if status else ''}.")


def _tells(field: str, words: Counter[str], over: Mapping[str, int], reading: Reading) -> bool:
    """Whether a field of the leads says of some that they are over, or may say it where every record is a lead."""
    if not words or len(words) > MOST_WORDS:
        return False
    if over:
        return True
    all_are = reading.signals == reading.usable - reading.repeated >= _ENOUGH
    return all_are and len(words) > 1 and named_like_outcome(field)


def _why_none(market: Market, name: str, sighting: Sighting) -> str | None:
    """Why no record is a lead; ``None`` where some beyond those that were read are."""
    reading, table = sighting.reading, market.record(name).table
    fields = market.sources[name].fields
    column, signals = _WORDS.get(table, ("status", ()))
    if column in fields and signals:
        words = sighting.words.get(column, reading.words.get(column, Counter()))
        if not any(word.casefold() in signals for word in words):
            met = f"; it has {_listed(words)}" if words else ", it is empty"
            return f"no {column} is {' or '.join(signals).title()}{met}"
        if table == CODE_VIOLATIONS.table:
            return None if column in sighting.words else "none that is open has begun"
    elif table == CODE_VIOLATIONS.table:
        return "its fields have no status, and a case is a lead while that is Open"
    if table == DISTRESS_EVENTS.table:
        return "all are closed"
    dates = _DATES[table]
    if not any(reading.dates.get(one, (0, 0))[0] for one in dates):
        return f"none has a day ({' or '.join(dates)})"
    return f"their days ({', '.join(one for one in dates if one in fields)}) are past"


def _listed(words: Mapping[str, int]) -> str:
    shown = Counter(words).most_common(_MOST)
    more = f" and {len(words) - len(shown)} more" if len(words) > len(shown) else ""
    return ", ".join(f"'{word}' ({times:,})" for word, times in shown) + more


def _key(field: str) -> str:
    """A field's name as a key of TOML."""
    return field if re.fullmatch(r"[A-Za-z0-9_-]+", field) else f'"{field}"'
