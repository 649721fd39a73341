"""The land: plats of invented parcels inside a market's bounding box, and the city that publishes its code cases."""

from dataclasses import dataclass
from enum import StrEnum
from math import cos, pi, radians, sin, sqrt
from random import Random

from wholesaler.markets import Market
from wholesaler.sample.address import Address, Street, street
from wholesaler.sample.appraisal import Appraisal, appraise, owners
from wholesaler.sample.numbering import LOTS, SPARE_LOTS, ParcelNumbers
from wholesaler.sample.records import LocationFlaw
from wholesaler.sample.vocabulary import CITIES, ZONING

_MILES_PER_DEGREE = 69.05
_HOUSES_PER_STREET = 7
_UNITS_PER_BUILDING = 8


class Zone(StrEnum):
    """Where a plat lies: code cases are published for the city only, and there they come in heaps."""

    OUTSIDE = "outside"
    QUIET = "quiet"
    BUSY = "busy"
    HOT = "hot"


@dataclass(slots=True, eq=False)
class Plat:
    """A neighbourhood; ``lots`` counts the parcels it has."""

    index: int
    zone: Zone
    longitude: float
    latitude: float
    city: int
    zip_code: str
    zoning: str | None
    streets: list[Street]
    lots: int = 0

    def next_lot(self) -> int:
        """A lot that no parcel has; there are :data:`LOTS` in a plat."""
        if self.lots >= LOTS - SPARE_LOTS:
            raise ValueError(f"plat {self.index} has no lot left")
        self.lots += 1
        return self.lots - 1


@dataclass(slots=True, eq=False)
class Parcel:
    """One parcel: its canonical number, where it is in degrees, and what the roll says of it."""

    parcel_id: str
    plat: Plat
    address: Address
    longitude: float
    latitude: float
    owner: str
    co_owner: str | None
    appraisal: Appraisal
    on_roll: bool = True
    location_flaw: LocationFlaw | None = None


class Surveyor:
    """Makes plats and parcels, one after the other, from one stream of random numbers.

    ``first_plat`` and ``first_street`` are where it starts, so that its parcels are not those of another one.
    ``city_radius`` is in miles.
    """

    def __init__(
        self,
        market: Market,
        random: Random,
        newest_year: int,
        city_radius: float,
        first_plat: int = 0,
        first_street: int = 0,
    ) -> None:
        box = market.bounding_box
        self._box, self._random, self._newest_year = box, random, newest_year
        self.numbers = ParcelNumbers(market)
        self._next_plat = first_plat
        self._next_street = first_street
        self._longitude_scale = cos(radians((box.south + box.north) / 2)) * _MILES_PER_DEGREE
        self._centre = (box.west + (box.east - box.west) * 0.46, box.south + (box.north - box.south) * 0.48)
        width = (box.east - box.west) * self._longitude_scale
        height = (box.north - box.south) * _MILES_PER_DEGREE
        self._radius = min(city_radius, 0.45 * width, 0.45 * height)

    def in_city(self) -> tuple[float, float]:
        """A point anywhere in the city, in degrees."""
        distance, angle = self._radius * sqrt(self._random.random()), self._random.random() * 2 * pi
        return self.moved(self._centre, distance * cos(angle), distance * sin(angle))

    def moved(self, point: tuple[float, float], east: float, north: float) -> tuple[float, float]:
        """The point so many miles away; degrees, to a millimetre."""
        return (
            round(point[0] + east / self._longitude_scale, 8),
            round(point[1] + north / _MILES_PER_DEGREE, 8),
        )

    def plat(self, zone: Zone, size: int) -> list[Parcel]:
        """A new plat of ``size`` parcels, at most :data:`LOTS`: houses along streets, or a condominium."""
        condominium = self._next_plat % 11 == 5
        streets = -(-size // (_UNITS_PER_BUILDING if condominium else _HOUSES_PER_STREET))
        plat = self._new_plat(zone, streets)
        parcels: list[Parcel] = []
        for row, along in enumerate(plat.streets):
            here = min(_UNITS_PER_BUILDING if condominium else _HOUSES_PER_STREET, size - len(parcels))
            number = self._random.randrange(100, 9800)
            start = (plat.longitude, plat.latitude)
            if condominium:
                point = self.moved(start, 0.04 * row, 0.0)
                for i in range(here):
                    unit = f"{number}{'ABCDEFGH'[i]}" if row % 2 else str(101 + i % 4 + i // 4 * 100)
                    parcels.append(self._parcel(plat, along.address(number, unit), point))
                continue
            for house in range(here):
                point = self.moved(start, 0.022 * (house - 3), 0.045 * (row - streets / 2))
                parcels.append(self._parcel(plat, along.address(number + house * 6 + house % 2), point))
        return parcels

    def beside(self, parcel: Parcel, address: Address, plat: Plat | None = None) -> Parcel:
        """One more parcel in the same plat, or in ``plat``: a neighbour with the given address."""
        if plat is None:
            return self._parcel(parcel.plat, address, self.moved((parcel.longitude, parcel.latitude), 0.05, 0.02))
        return self._parcel(plat, address, self.moved((plat.longitude, plat.latitude), 0.03, 0.07))

    def new_address(self) -> Address:
        """An address on a street that no parcel is on."""
        self._next_street += 1
        return street(self._next_street - 1).address(self._random.randrange(100, 9800))

    def _new_plat(self, zone: Zone, streets: int) -> Plat:
        longitude, latitude = self._outside() if zone is Zone.OUTSIDE else self.in_city()
        city = self._random.randrange(1, len(CITIES)) if zone is Zone.OUTSIDE else 0
        _, zip_codes, prefix = CITIES[city]
        plat = Plat(
            self._next_plat,
            zone,
            longitude,
            latitude,
            city,
            self._random.choice(zip_codes),
            None if self._random.random() < 0.03 else f"{prefix}-{self._random.choice(ZONING)}",
            [street(serial) for serial in range(self._next_street, self._next_street + streets)],
        )
        self._next_plat += 1
        self._next_street += streets
        return plat

    def _outside(self) -> tuple[float, float]:
        """A point in the bounding box, well inside of it, and not in the city."""
        box, random = self._box, self._random
        while True:
            longitude = box.west + (box.east - box.west) * random.uniform(0.04, 0.96)
            latitude = box.south + (box.north - box.south) * random.uniform(0.04, 0.96)
            east = (longitude - self._centre[0]) * self._longitude_scale
            north = (latitude - self._centre[1]) * _MILES_PER_DEGREE
            if east * east + north * north > self._radius * self._radius:
                return round(longitude, 8), round(latitude, 8)

    def _parcel(self, plat: Plat, address: Address, point: tuple[float, float]) -> Parcel:
        return Parcel(
            self.numbers.canonical(plat.index, plat.next_lot()),
            plat,
            address,
            *point,
            *owners(self._random),
            appraise(self._random, bool(address.unit), self._newest_year),
        )
