"""How many of the parcel numbers of the lists the roll has, asked of the roll itself."""

from collections.abc import Iterable, Mapping
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


def selection(market: Market, roll: str, parcel_ids: Iterable[str], day: date) -> FetchRequest | None:
    """What asks a roll for some parcels by their numbers; ``None`` where it cannot be asked so."""
    definition = market.sources[roll]
    if definition.kind == "file" or not definition.can_ask_by_parcel(market.parcel):
        return None
    numbers = []
    for parcel_id in sorted(parcel_ids):
        try:
            numbers.append(market.parcel.write(parcel_id, *definition.parcel_forms))
        except UnusableParcel:
            continue
    if not numbers:
        return None
    asked = Selection(str(definition.fields["parcel"]), values=tuple(numbers))
    return replace(fetch_request(market, roll, day), selection=asked)


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
