"""Notices of foreclosure and lis pendens: amounts, people, and addresses a little unlike the roll's."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from wholesaler.sample.address import Address
from wholesaler.sample.dirt import close_to, flaw_for
from wholesaler.sample.numbering import ParcelNumbers
from wholesaler.sample.plan import Plan
from wholesaler.sample.records import Fault, Record, by_date
from wholesaler.sample.survey import Parcel
from wholesaler.sample.vocabulary import CITIES, GIVEN_NAMES, HOSTILE_NAMES, LENDERS, TREES, TRUSTEES

NOTICE = "Notice of Foreclosure"
LIS_PENDENS = "Lis Pendens"


class Clerk:
    """Writes the rows of the foreclosure list; ``state`` is the market's."""

    def __init__(self, random: Random, as_of: date, state: str) -> None:
        self._random, self._as_of, self._state = random, as_of, state

    def first(self, parcel: Parcel) -> Record:
        """What brings a parcel on the list: three in four a notice with an auction, the others a lis pendens."""
        if self._random.random() < 0.77:
            return self.notice(parcel)
        return self.lis_pendens(parcel, self._random.randrange(5, 901))

    def notice(self, parcel: Parcel) -> Record:
        """A notice with an auction date from 60 days ago to 100 days ahead, mostly ahead."""
        random = self._random
        past = random.random() < 0.1
        auction = self._as_of + timedelta(random.randrange(-60, 0) if past else 1 + int(100 * random.random() ** 1.4))
        recorded = min(auction - timedelta(random.randrange(60, 200)), self._as_of - timedelta(5))
        return self._filing(parcel, NOTICE, recorded, auction)

    def lis_pendens(self, parcel: Parcel, days: int) -> Record:
        """A suit recorded ``days`` ago, without an auction."""
        return self._filing(parcel, LIS_PENDENS, self._as_of - timedelta(days), None)

    def _filing(self, parcel: Parcel, kind: str, recorded: date, auction: date | None) -> Record:
        random = self._random
        default = opening = 0.0
        if random.random() < 0.52:
            default = round(parcel.appraisal.market * random.uniform(0.15, 0.95) + 1000, 2)
            if auction and random.random() < 0.6:
                opening = round(default * random.uniform(0.5, 1), 2)
        return Record(
            {
                "parcel": parcel.parcel_id,
                "borrower_name": self._borrower(),
                "address": parcel.address.on_notice(random),
                "city": CITIES[parcel.plat.city][0],
                "zip_code": parcel.plat.zip_code,
                "record_type": kind,
                "property_type": "Condominium" if parcel.address.unit else "Single Family Residence",
                "trustee_name": None if random.random() < 0.05 else random.choice(TRUSTEES),
                "lender_name": None if kind == LIS_PENDENS or random.random() < 0.04 else random.choice(LENDERS),
                "recording_date": recorded,
                "entered_date": recorded + timedelta(random.randrange(2, 5)),
                "auction_date": auction,
                "transfer_date": None,
                "default_amount": default,
                "opening_bid": opening,
                "transfer_amount": 0.0,
                "situs_state": self._state,
                "situs_county": "Sample",
                "year": recorded.year,
            },
            close_to(random, (parcel.longitude, parcel.latitude)),
            parcel.parcel_id,
            flaw=flaw_for(random),
        )

    def _borrower(self) -> str:
        chance = self._random.random()
        if chance < 0.01:
            return self._random.choice(HOSTILE_NAMES)
        if chance < 0.08:
            return "PRIVATE FAMILY TRUST"
        return f"{self._random.choice(GIVEN_NAMES)} {self._random.choice(TREES)}"


def foreclosures(
    clerk: Clerk,
    random: Random,
    plan: Plan,
    parcels: Sequence[Parcel],
    unmatched: Sequence[Record],
    numbers: ParcelNumbers,
    form: str,
) -> list[Record]:
    """One row for each of ``parcels``, ``unmatched``, and the extra rows of the plan, latest auction first.

    The first :attr:`Plan.parcel_less` parcels' rows come without the parcel number.
    """
    extras = plan.foreclosure_extras
    rows = [clerk.first(parcel) for parcel in parcels]
    for row in rows:
        row.vanishes = random.random() < 0.03
    for row in rows[: plan.parcel_less]:
        row.values["parcel"] = row.flaw = None
    with_number = list(zip(parcels, rows, strict=True))[plan.parcel_less :]
    for parcel, row in random.sample(with_number, plan.share(0.05, len(rows))):
        row.values["address"] = _misspelt(parcel.address, random).on_notice(random)
        row.roll_address = parcel.address.on_roll()
    on_roll = [pair for pair in with_number if pair[0].on_roll and pair[0].location_flaw is None]
    found = random.sample(on_roll, extras["twin"] + extras["superseded"])
    chosen = iter(random.sample(with_number, sum(extras.values()) - extras["unmatched"] - len(found)))
    extra: list[Record] = list(unmatched)
    for parcel, row in found[: extras["twin"]]:
        twin = row.copy()
        twin.flaw = None
        twin.values = {**row.values, "parcel": None, "address": parcel.address.on_notice(random, "UNIT ")}
        extra.append(twin)
    for parcel, _ in found[extras["twin"] :]:
        older_number = clerk.lis_pendens(parcel, random.randrange(200, 700))
        older_number.values["parcel"] = numbers.canonical(parcel.plat.index, parcel.plat.next_lot())
        older_number.flaw = None
        extra.append(older_number)
    for _ in range(extras["second"]):
        parcel, row = next(chosen)
        older = row.values["record_type"] == NOTICE
        extra.append(clerk.lis_pendens(parcel, random.randrange(300, 700)) if older else clerk.notice(parcel))
    for index in range(extras["unreadable"] + extras["negative"]):
        parcel, row = next(chosen)
        row_beside = clerk.lis_pendens(parcel, random.randrange(901, 1200))
        if index < extras["unreadable"]:
            row_beside.values["recording_date"] = (99_999_999_999_999_999, -99_999_999_999_999_999)[index % 2]
            row_beside.fault = Fault.UNREADABLE_DATE
        else:
            row_beside.values["default_amount"] = -round(random.uniform(1, 90_000), 2)
            row_beside.fault = Fault.NEGATIVE_AMOUNT
        extra.append(row_beside)
    extra += [next(chosen)[1].copy() for _ in range(extras["duplicate"])]
    for index in range(extras["malformed"]):
        parcel, _ = next(chosen)
        row = clerk.lis_pendens(parcel, random.randrange(901, 1200))
        wrong = numbers.malformed(parcel.plat.index, form)
        row.written_parcel, row.fault = wrong[index % len(wrong)][1], Fault.MALFORMED_PARCEL
        row.parcel_id = None
        extra.append(row)
    rows += extra
    rows.sort(key=lambda row: (by_date(row, "auction_date"), by_date(row, "recording_date")), reverse=True)
    return rows


def _misspelt(address: Address, random: Random) -> Address:
    """An address that is not quite this one: another number, a letter short, another type, no direction."""
    chance = random.random()
    if address.direction and chance < 0.5:
        return replace(address, direction="")
    if chance < 0.6:
        return replace(address, number=address.number + random.choice((-50, -10, 2, 20)))
    if chance < 0.8 or not address.type:
        return replace(address, name=address.name[:-2] + address.name[-1])
    return replace(address, type="CT" if address.type != "CT" else "CIR")
