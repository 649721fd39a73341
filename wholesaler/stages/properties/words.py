"""The words of a source in columns that have words of ours: those that nobody has given a meaning, and all of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, FromClause, and_, func, or_, select

from wholesaler.db.models import SOURCE_MODELS
from wholesaler.markets import Market
from wholesaler.markets.fitting import MATCH
from wholesaler.markets.records import CODE_VIOLATIONS, FORECLOSURES, TAX_SALES, UNMAPPED, Column, RecordKind
from wholesaler.plural import counted

#: how a source is told of that makes no lead
NO_SIGNAL = "none of its records is a signal"
#: words that are named; of more only the number is
_MOST = 20
_LONGEST = 60
#: the column that says whether a record is a signal, which of its words do, and whether no word at all does
_SIGNAL_WORDS: dict[str, tuple[str, tuple[str, ...], bool]] = {
    TAX_SALES.table: ("deed_status", ("Active Sale", "Lands Available"), True),
    CODE_VIOLATIONS.table: ("status", ("Open",), False),
}
#: the columns that say how a record stands
_STANDING = frozenset({"deed_status", "status"})
#: the dates without any of which a record is no signal
_DATES = {TAX_SALES.table: ("sale_date",), FORECLOSURES.table: ("auction_date", "recording_date")}


@dataclass(frozen=True)
class WordCount:
    """A word of a column, and how many active records have it."""

    word: str
    count: int

    def __str__(self) -> str:
        return f"'{self.word[:_LONGEST]}'"


def word_warnings(connection: Connection, market: Market, source: str) -> list[str]:
    """What to say of a source's words: each that is neither mapped nor ours; once for all where none is a signal."""
    warnings = []
    kind, definition = market.record(source), market.sources[source]
    none = without_signal(connection, market, source)
    told = _SIGNAL_WORDS[kind.table][0] if none is not None else None
    for column in kind.columns:
        if not column.words or column.name not in definition.fields or column.name == told:
            continue
        unknown = unknown_words(connection, market, source, column)
        expected = expected_words(kind, column)
        warnings += [f"{source}: {each.count:,} × {column.name} {each} is {expected}" for each in unknown[:_MOST]]
        if len(unknown) > _MOST:
            warnings.append(f"{source}: further words of {column.name} are {expected}")
    return warnings + ([f"{source}: {none}"] if none is not None else [])


def unknown_words(connection: Connection, market: Market, source: str, column: Column) -> list[WordCount]:
    """The words of a column that are neither mapped nor ours, the most frequent first; one more than are named."""
    return _words(connection, market, source, column.name, known_words(market, source, column))


def expected_words(kind: RecordKind, column: Column) -> str:
    """What a word is that nobody gave a meaning, and what its records count as until somebody does."""
    counts = f", and counts as {UNMAPPED[kind.table]}" if column.name in _STANDING else ""
    return f"neither mapped nor one of {', '.join(column.words)}{counts}: see values"


def known_words(market: Market, source: str, column: Column) -> set[str]:
    """What a column can hold that has a meaning, in small letters: our words, and those that the publisher's become."""
    mapped = market.sources[source].values.get(column.name, {})
    return {word.casefold() for word in (*column.words, *(ours for key, ours in mapped.items() if key != MATCH))}


def without_signal(connection: Connection, market: Market, source: str) -> str | None:
    """That none of the active records of a source is a signal, with its words; nothing where one is."""
    kind = market.record(source)
    if kind.table not in _SIGNAL_WORDS or not _has_records(connection, market, source):
        return None
    name, signals, none_is_one = _SIGNAL_WORDS[kind.table]
    table = SOURCE_MODELS[kind.table].__table__
    is_signal: ColumnElement[bool] = func.lower(table.c[name]).in_([word.casefold() for word in signals])
    if none_is_one:
        is_signal = or_(is_signal, table.c[name].is_(None))
    if _has_records(connection, market, source, is_signal):
        return None
    column = _column(kind, name)
    unknown = unknown_words(connection, market, source, column)
    known = [word for word in _words(connection, market, source, name, set()) if word not in unknown]
    wanted = f"{NO_SIGNAL}: expected {name} {' or '.join(signals)}"
    if not unknown:
        return f"{wanted}, {f'its words are {_listed(known)}' if known else 'it has no word'}: see values"
    met = f"{wanted}; {_listed(known)} is none, " if known else f"{NO_SIGNAL}: {name} "
    return f"{met}{_listed(unknown)} is {expected_words(kind, column)}"


def _listed(words: Sequence[WordCount]) -> str:
    further = ["others"] if len(words) > _MOST else []
    return ", ".join([f"{each} ({each.count:,})" for each in words[:_MOST]] + further)


def _column(kind: RecordKind, name: str) -> Column:
    return next(column for column in kind.columns if column.name == name)


def _own(table: FromClause, market: Market, source: str) -> ColumnElement[bool]:
    return and_(table.c.market == market.key, table.c.source == source, table.c.is_active)


def _has_records(connection: Connection, market: Market, source: str, which: ColumnElement[bool] | None = None) -> bool:
    table = SOURCE_MODELS[market.record(source).table].__table__
    condition = _own(table, market, source) if which is None else and_(_own(table, market, source), which)
    return bool(connection.scalar(select(select(table.c.record_key).where(condition).exists())))


def _words(connection: Connection, market: Market, source: str, name: str, known: set[str]) -> list[WordCount]:
    table = SOURCE_MODELS[market.record(source).table].__table__
    word, count = table.c[name], func.count()
    query = (
        select(word, count)
        .where(_own(table, market, source), word.is_not(None), func.lower(word).not_in(sorted(known)))
        .group_by(word)
        .order_by(count.desc(), word)
        .limit(_MOST + 1)
    )
    return [WordCount(row[0], int(row[1])) for row in connection.execute(query)]


def explain_no_leads(connection: Connection, market: Market, stale: Collection[str]) -> str:
    """Why there is no lead: what each source of signals lacks. ``stale`` are those that are too old to count."""
    reasons: list[str] = []
    for source in market.sources:
        kind = market.record(source)
        if kind.signal:
            reasons += [f"{source} is stale"] if source in stale else _why_none(connection, market, source, kind)
    return f"0 leads: {'; '.join(reasons)}"


def _why_none(connection: Connection, market: Market, source: str, kind: RecordKind) -> list[str]:
    table = SOURCE_MODELS[kind.table].__table__
    counts = select(func.count(), func.count(table.c.property_id)).where(_own(table, market, source))
    records, located = connection.execute(counts).one()
    if not records:
        return [f"{source} has no record"]
    if without_signal(connection, market, source) is not None:
        name = _SIGNAL_WORDS[kind.table][0]
        unknown = unknown_words(connection, market, source, _column(kind, name))
        words = unknown or _words(connection, market, source, name, set())
        end = ", which is not mapped: see values" if unknown else ""
        thing = kind.table.removesuffix("s").replace("_", " ")
        return [f"{_have(each.count, thing)} the status {each}{end}" for each in words[:3]] or [
            f"{_have(records, thing)} no status"
        ]
    if not located:
        return [f"none of the {counted(records, 'record')} of {source} is on a parcel that is known"]
    dates = _DATES.get(kind.table, ())
    if dates and not _has_records(connection, market, source, or_(*(table.c[name].is_not(None) for name in dates))):
        is_mapped = any(name in market.sources[source].fields for name in dates)
        end = "" if is_mapped else ", which its fields do not name"
        return [f"no record of {source} has any {' or '.join(dates)}{end}"]
    return [f"the dates of the {counted(records, 'record')} of {source} are past"]


def _have(number: int, thing: str) -> str:
    return f"{counted(number, thing)} {'has' if number == 1 else 'have'}"
