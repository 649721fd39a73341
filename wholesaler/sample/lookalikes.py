"""Addresses that are easily taken for each other, and the notices that must not be matched because of them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from random import Random

from wholesaler.sample.address import Address
from wholesaler.sample.foreclosures import Clerk
from wholesaler.sample.records import LocationFlaw, Record, Unmatched
from wholesaler.sample.survey import Parcel, Plat, Surveyor

_OPPOSITE = {"N": "S", "S": "N", "E": "W", "W": "E"}


class Lookalikes:
    """Adds neighbours to the roll whose addresses resemble those of other parcels; never two parcels alike by accident.

    ``neighbours`` are the parcels added; they are on the roll and nowhere else.
    """

    def __init__(self, surveyor: Surveyor, random: Random, parcels: Iterable[Parcel], plats: Sequence[Plat]) -> None:
        self._surveyor, self._random, self._plats = surveyor, random, plats
        self._taken = {parcel.address for parcel in parcels}
        self.neighbours: list[Parcel] = []

    def beside(self, parcel: Parcel) -> None:
        """A neighbour across town, on the avenue of the same name, next door, or in the next unit."""
        address = parcel.address
        if address.unit:
            other = replace(address, unit=f"{address.unit}0")
        elif address.direction:
            other = replace(address, direction=_OPPOSITE[address.direction])
        elif address.type and self._random.random() < 0.7:
            other = _other_type(address)
        else:
            other = replace(address, number=address.number + 1)
        self._add(parcel, other)

    def unmatched(self, parcels: Sequence[Parcel], clerk: Clerk, count: int) -> list[Record]:
        """``count`` notices without a parcel number that nobody can match, of every reason in turn.

        ``parcels`` are candidates, each used once at most; a reason for which none fits is replaced by an address that
        is not on the roll.
        """
        left = list(parcels)
        self._random.shuffle(left)
        reasons = list(Unmatched)
        return [self._notice(reasons[index % len(reasons)], left, clerk) for index in range(count)]

    def _notice(self, reason: Unmatched, left: list[Parcel], clerk: Clerk) -> Record:
        base = next((parcel for parcel in left if _suits(parcel.address, reason)), None)
        if base is None:
            base, reason = left[-1], Unmatched.NOT_ON_ROLL
        left.remove(base)
        row = clerk.notice(base)
        row.values["parcel"], row.parcel_id, row.unmatched, row.flaw = None, None, reason, None
        address, written = base.address, None
        if reason is Unmatched.DIRECTION:
            self._add(base, replace(address, direction=_OPPOSITE[address.direction]))
            written = replace(address, direction="")
        elif reason is Unmatched.STREET_TYPE:
            self._add(base, _other_type(address))
            written = replace(address, type="")
        elif reason is Unmatched.CITY:
            elsewhere = self._random.choice([plat for plat in self._plats if plat.city != base.plat.city])
            self.neighbours.append(self._surveyor.beside(base, address, elsewhere))
            written = address
        elif reason is Unmatched.UNIT:
            self._add(base, replace(address, unit=f"{address.unit}0"))
            written = replace(address, unit="")
        elif reason is Unmatched.NOT_ON_ROLL:
            written = self._surveyor.new_address()
        if written is None:
            row.values["address"] = address.street(self._random)
        else:
            row.values["address"] = written.on_notice(self._random)
        if reason in {Unmatched.DIRECTION, Unmatched.STREET_TYPE, Unmatched.CITY}:
            row.flaw = LocationFlaw.MISSING  # nor does the map say which of the two it is
        return row

    def _add(self, parcel: Parcel, address: Address) -> None:
        if address not in self._taken:
            self._taken.add(address)
            self.neighbours.append(self._surveyor.beside(parcel, address))


def _suits(address: Address, reason: Unmatched) -> bool:
    if reason is Unmatched.UNIT:
        return bool(address.unit)
    if reason is Unmatched.DIRECTION:
        return bool(address.direction) and not address.unit
    if reason is Unmatched.STREET_TYPE:
        return bool(address.type) and not address.unit and not address.direction
    return not address.unit


def _other_type(address: Address) -> Address:
    return replace(address, type="AVE" if address.type != "AVE" else "ST")
