"""Events of distress: unpaid taxes, empty and unsafe buildings and the like, in one list that says which."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from wholesaler.sample.plan import Plan
from wholesaler.sample.records import Fault, Record, by_date
from wholesaler.sample.survey import Parcel

#: the publisher's word, and ours, in the order of how often the list has them
WORDS = {
    "TAXES UNPAID": "tax_delinquency",
    "TAX CERTIFICATE": "tax_lien",
    "VACANT REGISTRY": "vacancy",
    "UNSAFE STRUCTURE": "unsafe_building",
    "UTILITY LIEN": "lien",
    "ESTATE": "probate",
    "WATER SHUT OFF": "utility_shutoff",
    "DEMOLITION ORDER": "demolition",
}
#: no signal of ours; the records are rejected
_UNKNOWN = ("GRAFFITI", "LOST PET")
CLOSED = "Closed"

#: what the sample adds to a market's file, which has no such list itself
SECTION = """
# Events of distress, a list that only the sample county has.
[sources.{name}]
record = "distress_events"
kind = "file"
url = "{file}"
key = ["case_number"]
parcel_form = "{form}"
date_formats = ["%m/%d/%Y"]
minimum_join_rate = 0.3

[sources.{name}.fields]
parcel = "PARCEL"
signal = "LIST"
case_number = "FILE_NO"
event_date = "SINCE"
closed_date = "CLOSED_ON"
status = "STATUS"
amount = "AMOUNT"
years = "YEARS"
description = "NOTE"
address = "SITE"

[sources.{name}.values]
signal = {{ {words} }}
"""


def section(name: str, file: str, form: str) -> str:
    """The source's tables of the market file."""
    words = ", ".join(f'"{word}" = "{signal}"' for word, signal in WORDS.items())
    return SECTION.format(name=name, file=file, form=form, words=words)


def events(
    random: Random, as_of: date, plan: Plan, listed: Sequence[Parcel], unlisted: Sequence[Parcel], part: int = 0
) -> list[Record]:
    """The list, newest first: most on parcels that are ``listed`` anyway, some on parcels of the roll alone.

    What is closed, or has a word that is no signal, lies on the former, so that it makes nothing a lead.
    """
    rows: list[Record] = []
    counts = plan.event_rows
    words = list(WORDS)

    def event(parcel: Parcel, word: str | None = None, **values: Any) -> Record:
        kind = word or words[int(len(words) * random.random() ** 1.6)]
        owed = WORDS.get(kind) in {"tax_delinquency", "tax_lien", "lien"}
        since = as_of - timedelta(1 + int(1400 * random.random() ** 1.5))
        return Record(
            {
                "parcel": parcel.parcel_id,
                "signal": kind,
                "case_number": f"{since.year}-{part:03d}{len(rows) + 1:06d}",
                "event_date": since,
                "closed_date": None,
                "status": "Open",
                "amount": round(random.uniform(300, 30_000), 2) if owed else None,
                "years": random.randrange(1, 6) if owed else None,
                "description": None,
                "address": parcel.address.on_roll(),
                **values,
            },
            None,
            parcel.parcel_id,
        )

    for _ in range(counts["stacked"]):
        rows.append(event(random.choice(listed)))
    for parcel in random.sample(unlisted, min(counts["alone"], len(unlisted))):
        rows.append(event(parcel))
    for index in range(counts["closed"]):
        rows.append(event(random.choice(listed), status=CLOSED if index % 2 else CLOSED.upper()))
    for _ in range(counts["closed_by_date"]):
        rows.append(event(random.choice(listed), closed_date=as_of - timedelta(random.randrange(0, 90))))
    for index in range(counts["unknown"]):
        row = event(random.choice(listed), _UNKNOWN[index % len(_UNKNOWN)])
        row.fault = Fault.UNKNOWN_SIGNAL
        rows.append(row)
    rows += [row.copy() for row in random.sample(rows[: counts["stacked"]], min(counts["duplicate"], len(rows)))]
    rows.sort(key=lambda row: (by_date(row, "event_date"), row.values["case_number"]), reverse=True)
    return rows
