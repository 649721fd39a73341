"""How many of the parcel numbers of the lists the roll has, asked of the roll itself."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date

from wholesaler.deadline import remaining
from wholesaler.markets import Market
from wholesaler.markets.parcel import UnusableParcel
from wholesaler.markets.values import fields_of
from wholesaler.sources.interface import FetchRequest, Selection, Source
from wholesaler.stages.ingest.convert.evaluate import Table, as_text, evaluate
from wholesaler.stages.ingest.stage import fetch_request

#: parcel numbers of each list that the roll is asked for: they fit into one request
ASKED = 50
#: share of a roll's numbers that may be written otherwise than they are asked for
_MOST_OTHERS = 0.02
#: seconds before its deadline at which a roll is left where it is
_RESERVE = 3.0


@dataclass(frozen=True)
class Join:
    """Of ``asked`` parcel numbers of a list ``found`` are on the roll; ``least``: they may be more.

    ``why`` says why nobody knows it of the others.
    """

    asked: int
    found: int
    least: bool = False
    why: str | None = None

    @property
    def rate(self) -> float:
        """Their share."""
        return self.found / self.asked


def chosen(parcels: Mapping[str, bool]) -> list[str]:
    """The numbers that the roll is asked for; those of signals first, since only these become leads."""
    return sorted(parcels, key=lambda parcel_id: not parcels[parcel_id])[:ASKED]


@dataclass(frozen=True)
class Question:
    """What a roll is asked for some parcels. ``as_a_night``: as a night does, so that these records are its own."""

    request: FetchRequest
    as_a_night: bool


def question(market: Market, roll: str, parcel_ids: Iterable[str], day: date) -> Question | None:
    """What asks a roll for some parcels by their numbers; ``None`` where it cannot be asked so.

    A night asks for no number that is padded or of several forms; here each is asked for in all of its writings.
    """
    definition = market.sources[roll]
    field = definition.fields.get("parcel")
    if definition.kind == "file" or not isinstance(field, str) or definition.parcel_ignore:
        return None
    numbers = [text for parcel_id in sorted(parcel_ids) for text in _writings(market, roll, parcel_id)]
    if not numbers:
        return None
    request = replace(fetch_request(market, roll, day), selection=Selection(field, values=tuple(numbers)))
    return Question(request, definition.can_ask_by_parcel(market.parcel))


def are_written_so(market: Market, roll: str, written: Mapping[str, str]) -> bool:
    """Whether a roll writes its numbers as :func:`question` asks for them: canonical numbers → as they are written."""
    others = sum(text.upper() not in _writings(market, roll, parcel_id) for parcel_id, text in written.items())
    return others <= _MOST_OTHERS * len(written)


def _writings(market: Market, roll: str, parcel_id: str) -> list[str]:
    found: list[str] = []
    for form in market.sources[roll].parcel_forms:
        with suppress(UnusableParcel):
            found += market.parcel.writings(parcel_id, form)
    return found


def search(market: Market, roll: str, source: Source, wanted: set[str]) -> tuple[set[str], bool]:
    """Which of the numbers a roll that is a file has, and whether all of it was read while there was time."""
    value = market.sources[roll].fields["parcel"]
    reader = market.parcel_reader(roll)
    fetch = source.fetch(FetchRequest(fields_of(value), geometry=False, whole_records=False))
    found: set[str] = set()
    for page in fetch.pages():
        columns = {name: [record.get(name) for record in page.records] for name in fetch.names.values()}
        written = [as_text(one) for one in evaluate(value, Table(columns, fetch.names, len(page.records)), _unheard)]
        written = [text for text in written if text]
        numbers = reader.canonicalise_all(written) if written else []
        if numbers is None:
            numbers = []
            for text in written:
                try:
                    numbers.append(reader.canonicalise(text))
                except UnusableParcel:
                    continue
        found |= wanted.intersection(numbers)
        if found == wanted:
            return found, True
        if remaining() < _RESERVE:
            return found, False
    return found, fetch.outcome.complete


def _unheard(position: int, what: str) -> None:
    """What is wrong with a number is said of the records that are shown."""
