"""What else in the county has a number, a name, a place: how the generator knows that one parcel fits, or several."""

from collections import defaultdict
from collections.abc import Iterator
from math import hypot

from benchmarks.matching.roll import County, Parcel
from benchmarks.matching.spelling import Spelling
from benchmarks.matching.streets import Street

#: what lies within the limit of 150 m, and 10 m for the error of measuring
NEAR = 160.0


class Lookup:
    """The parcels of a county by number and name of street, and its names by spelling."""

    def __init__(self, county: County) -> None:
        self.county = county
        # of a street without a parcel no roll can tell that there is one
        self.names = Spelling(
            street.name for street, span in zip(county.streets, county.spans, strict=True) if span[0] < span[1]
        )
        self._at: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        self.lots: defaultdict[str, list[int]] = defaultdict(list)
        #: streets by town and by what they are; streets by trait
        self.streets: dict[tuple[int, tuple[str, str, str, str]], int] = {}
        self.traits: defaultdict[str, list[int]] = defaultdict(list)
        for parcel in county.parcels:
            self._at[parcel.number, county.street(parcel).name].append(parcel.key)
            self.lots[parcel.lot if parcel.lot != "condominium" else parcel.unit.kind].append(parcel.key)
        for number, street in enumerate(county.streets):
            self.streets[county.towns[number], street.identity] = number
            if county.spans[number][0] < county.spans[number][1]:
                self.traits[street.trait].append(number)

    def at(self, number: str, name: str) -> Iterator[Parcel]:
        """The parcels with this number at streets of this name, whatever their suffix, direction, unit and town."""
        for key in self._at.get((number, name), ()):
            yield self.county.parcels[key]

    def same_address(self, number: str, street: Street, town: int | None = None) -> list[Parcel]:
        """The parcels at this number of this very street, in this town or in all."""
        return [
            parcel
            for parcel in self.at(number, street.name)
            if self.county.street(parcel).identity == street.identity and town in (None, parcel.town)
        ]

    def near(self, number: str, name: str, x: float, y: float) -> list[Parcel]:
        """The parcels of :meth:`at` that are near to a place, or of which the roll does not say where they lie."""
        return [
            parcel
            for parcel in self.at(number, name)
            if hypot(parcel.x - x, parcel.y - y) <= NEAR or not self.county.shows_place(parcel)
        ]

    def doors(self, parcel: Parcel) -> list[Parcel]:
        """The parcels at the same number of the same street of the same town."""
        return self.same_address(parcel.number, self.county.street(parcel), parcel.town)
