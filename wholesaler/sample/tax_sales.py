"""The tax deed list: applications with sale dates, old ones left on 'Lands Available', and their dirt."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from wholesaler.sample.dirt import close_to, flaw_for
from wholesaler.sample.numbering import ParcelNumbers
from wholesaler.sample.plan import Plan
from wholesaler.sample.records import Fault, Record, by_date
from wholesaler.sample.survey import Parcel

ACTIVE = "Active Sale"
LANDS_AVAILABLE = "Lands Available"
# Between the numbers of two applications.
_WIDEST_STEP = 40
_UNREADABLE = ("13/45/2025", "TBD", "00/00/0000", "2025-02-30")


def tax_sales(
    random: Random, as_of: date, plan: Plan, parcels: Sequence[Parcel], numbers: ParcelNumbers, form: str, part: int = 0
) -> list[Record]:
    """One row for each of ``parcels`` and the extra rows of the plan, newest sale first.

    ``form`` is the parcel form the list is printed in; a malformed number is malformed in that form.
    """
    serial = 100 + part * plan.tax_rows * _WIDEST_STEP
    rows: list[Record] = []

    def application(parcel: Parcel, sold: date, status: str = ACTIVE) -> Record:
        nonlocal serial
        serial += random.randrange(1, _WIDEST_STEP)
        return Record(
            {
                "parcel": parcel.parcel_id,
                "tda_number": f"{sold.year - 2}-{serial}",
                "sale_date": sold,
                "deed_status": status,
            },
            close_to(random, (parcel.longitude, parcel.latitude)),
            parcel.parcel_id,
            flaw=flaw_for(random),
        )

    for index, parcel in enumerate(parcels):
        if index % 12 == 5:
            sold = as_of - timedelta(random.randrange(120, 401))
            rows.append(application(parcel, sold, LANDS_AVAILABLE))
        else:
            row = application(parcel, _sale_date(random, as_of))
            row.vanishes = random.random() < 0.04
            rows.append(row)
    extras = plan.tax_extras
    active = [row for row in rows if row.values["deed_status"] == ACTIVE and row.values["sale_date"] >= as_of]
    at = {parcel.parcel_id: parcel for parcel in parcels}
    chosen = [at[str(row.parcel_id)] for row in random.sample(active, extras["second"] + extras["unreadable"])]
    for parcel in chosen[: extras["second"]]:
        rows.append(application(parcel, as_of + timedelta(random.randrange(111, 140))))
    for index, parcel in enumerate(chosen[extras["second"] :]):
        row = application(parcel, as_of)
        row.values["sale_date"] = _UNREADABLE[index % len(_UNREADABLE)]
        row.fault = Fault.UNREADABLE_DATE
        rows.append(row)
    rows += [row.copy() for row in random.sample(active, extras["duplicate"])]
    for index in range(extras["malformed"] + extras["missing"]):
        parcel = random.choice(parcels)
        row = application(parcel, _sale_date(random, as_of))
        row.parcel_id = None
        if index < extras["missing"]:
            row.values["parcel"], row.fault = None, Fault.MISSING_PARCEL
        else:
            wrong = numbers.malformed(parcel.plat.index, form)
            row.written_parcel, row.fault = wrong[index % len(wrong)][1], Fault.MALFORMED_PARCEL
        rows.append(row)
    rows.sort(key=lambda row: (by_date(row, "sale_date"), row.values["tda_number"]), reverse=True)
    return rows


def _sale_date(random: Random, as_of: date) -> date:
    """Mostly within the next 110 days, on a Thursday; some are past and not yet off the list."""
    if random.random() < 0.04:
        return as_of - timedelta(random.randrange(1, 20))
    day = as_of + timedelta(1 + int(110 * random.random() ** 1.4))
    thursday = day - timedelta((day.weekday() - 3) % 7)
    return thursday if thursday >= as_of else day
