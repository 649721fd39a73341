"""Code enforcement cases: heaps of them in a few places, a few everywhere else in the city, none outside of it."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import accumulate
from random import Random

from wholesaler.sample.dirt import flaw_for
from wholesaler.sample.numbering import ParcelNumbers
from wholesaler.sample.plan import Plan
from wholesaler.sample.records import Fault, Point, Record, by_date
from wholesaler.sample.survey import Parcel, Plat, Surveyor, Zone
from wholesaler.sample.vocabulary import CASE_TYPES, CITIES

OPEN, CLOSED = "Open", "Closed"
_DAYS = 1500
_OPEN_SHARE = 0.3
_WEIGHTS = {Zone.OUTSIDE: 0.0, Zone.QUIET: 0.1, Zone.BUSY: 3.0, Zone.HOT: 40.0}
_STRAY_SHARE = 0.06
# Of the parcels outside the hot spots, one in so many has cases again and again.
_CHRONIC_EVERY = 15
_UNREADABLE = ("0000-00-00T00:00:00.000", "not entered", "2024-13-01T00:00:00.000")


class Inspector:
    """Writes cases; ``state`` is the market's, ``first`` the number before that of the first case."""

    def __init__(self, random: Random, as_of: date, surveyor: Surveyor, state: str, first: int = 10_000) -> None:
        self._random, self._as_of, self._surveyor, self._state = random, as_of, surveyor, state
        self._serial = first

    def on(self, parcel: Parcel, status: str | None = None) -> Record:
        """A case on a parcel, at a point some metres from the roll's."""
        random = self._random
        offset = random.uniform(-0.006, 0.006), random.uniform(-0.006, 0.006)
        point = self._surveyor.moved((parcel.longitude, parcel.latitude), *offset)
        row = self._case(parcel.plat, parcel.address.on_case(random), point, status)
        row.values["parcel"], row.parcel_id = parcel.parcel_id, parcel.parcel_id
        row.values["parassdvalue"] = parcel.appraisal.assessed
        return row

    def near(self, plat: Plat) -> Record:
        """A case somewhere in a plat, without a parcel number."""
        random = self._random
        point = self._surveyor.moved((plat.longitude, plat.latitude), random.gauss(0, 0.08), random.gauss(0, 0.08))
        number = random.randrange(10_000, 12_000)  # no parcel has such a one
        address = random.choice(plat.streets).address(number)
        return self._case(plat, address.on_case(random), point, None)

    def stray(self) -> Record:
        """A case anywhere in the city, without a parcel number."""
        address = self._surveyor.new_address().on_case(self._random)
        return self._case(None, address, self._surveyor.in_city(), None)

    def _case(self, plat: Plat | None, address: str, point: Point, status: str | None) -> Record:
        random = self._random
        if status is None:
            status = OPEN if random.random() < _OPEN_SHARE else CLOSED
        age = 1 + int(_DAYS * random.random() ** (1.9 if status == OPEN else 1.1))
        opened = self._as_of - timedelta(min(age, _DAYS))
        resolved = None if status == OPEN else min(opened + timedelta(random.randrange(1, 240)), self._as_of)
        code, label, comment = random.choice(CASE_TYPES)
        self._serial += random.randrange(1, 4)
        city = CITIES[plat.city if plat else 0][0]
        return Record(
            {
                "parcel": None,
                "case_number": f"{opened.year}-{self._serial}{code}",
                "opened_date": opened,
                "resolved_date": resolved,
                "status": status,
                "case_type": label,
                "address": address,
                "city": city,
                "derived_address": f"{address} {city.upper()} {self._state}",
                "casetype": code,
                "code": "OPEN" if resolved is None else "CLSD",
                "days_to_resolve": (resolved - opened).days if resolved else None,
                "case_comments": comment,
            },
            point,
            None,
            flaw=flaw_for(random, 0.02),
        )


def violations(
    inspector: Inspector,
    random: Random,
    plan: Plan,
    cited_only: Sequence[Parcel],
    listed: Sequence[Parcel],
    plats: Sequence[Plat],
    numbers: ParcelNumbers,
    form: str,
) -> list[Record]:
    """``plan.violations`` cases, newest first.

    One on each parcel of ``cited_only`` (open, save for one in 40), :attr:`Plan.cases_on_listed` on some of ``listed``
    (the city's parcels that are on a list), and the others on the former again and about the city's ``plats``.
    """
    rows = [inspector.on(parcel, CLOSED if index % 40 == 7 else OPEN) for index, parcel in enumerate(cited_only)]
    rows += _on_listed(inspector, random, plan, listed)
    extras = plan.violation_extras
    clean = max(plan.violations - sum(extras.values()), 0)
    weights = list(accumulate(_WEIGHTS[plat.zone] for plat in plats))
    chronic = [
        parcel for index, parcel in enumerate(cited_only) if parcel.plat.zone is Zone.HOT or index % _CHRONIC_EVERY == 0
    ]
    while len(rows) < clean:
        chance = random.random()
        if chance < _STRAY_SHARE or not plats:
            rows.append(inspector.stray())
        elif chance < 0.48 and chronic:
            rows.append(inspector.on(random.choice(chronic)))
        else:
            rows.append(inspector.near(random.choices(plats, cum_weights=weights)[0]))
    rows += [row.copy() for row in random.sample(rows, min(extras["duplicate"], len(rows)))]
    for index in range(extras["malformed"]):
        row = inspector.stray()
        wrong = numbers.malformed(index, form)
        row.written_parcel, row.fault = wrong[index % len(wrong)][1], Fault.MALFORMED_PARCEL
        rows.append(row)
    for index in range(extras["unreadable"]):
        row = inspector.stray()
        row.values["opened_date"], row.fault = _UNREADABLE[index % len(_UNREADABLE)], Fault.UNREADABLE_DATE
        rows.append(row)
    for _ in range(extras["future"]):  # a date of the far future must not make the list look fresh
        row = inspector.stray()
        row.values.update(opened_date=date(2099, 12, 31), resolved_date=None, days_to_resolve=None, status=CLOSED)
        rows.append(row)
    rows.sort(key=lambda row: (by_date(row, "opened_date"), row.values["case_number"]), reverse=True)
    return rows


def _on_listed(inspector: Inspector, random: Random, plan: Plan, listed: Sequence[Parcel]) -> list[Record]:
    """Cases on parcels of the two lists: many on few, a third of these still open."""
    carriers = random.sample(listed, min(len(listed), plan.share(0.1, plan.properties), plan.cases_on_listed))
    if not carriers:
        return []
    open_ones = round(len(carriers) * 0.7)
    rows = [inspector.on(parcel, OPEN if index < open_ones else CLOSED) for index, parcel in enumerate(carriers)]
    for _ in range(plan.cases_on_listed - len(rows)):
        index = int(len(carriers) * random.random())
        rows.append(inspector.on(carriers[index], None if index < open_ones else CLOSED))
    return rows
