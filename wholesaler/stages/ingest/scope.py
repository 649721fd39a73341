"""Which records of a fetch are wanted: the conditions of ``only``, tested on what came."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

from wholesaler.markets.market import Market
from wholesaler.markets.only import Bounds, Condition
from wholesaler.sources.interface import UNREADABLE, Fetch, Outcome, Page
from wholesaler.stages.ingest.convert.evaluate import as_text
from wholesaler.stages.ingest.convert.values import FLAGS, ValueReader, as_number

Test = Callable[[Any], bool]
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "at_least": lambda value, limit: bool(value >= limit),
    "at_most": lambda value, limit: bool(value <= limit),
    "above": lambda value, limit: bool(value > limit),
    "below": lambda value, limit: bool(value < limit),
}


class ScopedFetch(Fetch):
    """A fetch without the records that the market file does not want; ``out_of_scope`` counts those."""

    def __init__(self, fetch: Fetch, market: Market, source: str, day: date) -> None:
        definition = market.sources[source].on(day)
        self._fetch = fetch
        self.names = fetch.names
        self.types = fetch.types
        self.out_of_scope = 0
        reader = ValueReader(definition.date_formats, market.zone)
        self._tests = [
            (name, _test(condition, reader, epochs=name in fetch.types.epoch_milliseconds))
            for name, condition in ((fetch.names.get(field, field), each) for field, each in definition.only.items())
        ]

    def pages(self) -> Iterator[Page]:
        for page in self._fetch.pages():
            positions = self._wanted(page.records)
            self.out_of_scope += len(page.records) - len(positions)
            if len(positions) == len(page.records):
                yield page
            elif positions:
                yield Page([page.records[i] for i in positions], [page.points[i] for i in positions])

    @property
    def outcome(self) -> Outcome:
        return self._fetch.outcome

    def _wanted(self, records: Sequence[dict[str, Any]]) -> list[int]:
        """Where records are that fulfil all conditions; what is no record is judged by who stores it."""
        positions = list(range(len(records)))
        for name, test in self._tests:
            positions = [i for i in positions if test(records[i].get(name)) or _is_unreadable(records[i])]
        return positions


def _is_unreadable(record: dict[str, Any]) -> bool:
    return not record or UNREADABLE in record


def _test(condition: Condition, reader: ValueReader, *, epochs: bool) -> Test:
    """Whether a value fulfils a condition; null fulfils none but ``present = false``."""
    if not isinstance(condition, Bounds):
        literals = condition if isinstance(condition, tuple) else (condition,)
        tests = [_equals(literal, reader, epochs) for literal in literals]
        return lambda value: as_text(value) != "" and any(test(value) for test in tests)
    tests = [_within(key, limit, reader, epochs) for key, limit in condition.limits.items()]
    present = condition.present is not False
    return lambda value: (as_text(value) != "") is present and all(test(value) for test in tests)


def _equals(literal: Any, reader: ValueReader, epochs: bool) -> Test:
    if isinstance(literal, bool):
        return lambda value: FLAGS.get(as_text(value).casefold()) == ("t" if literal else "f")
    if isinstance(literal, int | float):
        return lambda value: as_number(value) == literal
    if isinstance(literal, date):
        day = literal.isoformat()
        return lambda value: reader.day(value, epochs=epochs) == day
    text = literal.strip()
    if _ISO_DAY.fullmatch(text):
        return lambda value: as_text(value) == text or reader.day(value, epochs=epochs) == text
    number = as_number(text)
    return lambda value: as_text(value) == text or (type(value) in (int, float) and value == number)


def _within(key: str, limit: Any, reader: ValueReader, epochs: bool) -> Test:
    """Days are compared with days, numbers with numbers; any other text with the text as it stands."""
    holds = _ORDERS[key]
    if isinstance(limit, date) or (isinstance(limit, str) and _ISO_DAY.fullmatch(limit.strip())):
        day = limit.isoformat() if isinstance(limit, date) else limit.strip()

        def is_day_within(value: Any) -> bool:
            text = reader.day(value, epochs=epochs)
            return text != "" and holds(text, day)

        return is_day_within
    number = as_number(limit)
    if number == number:
        return lambda value: holds(as_number(value), number)  # which a text that is no number never does
    return lambda value: holds(as_text(value), limit.strip())
