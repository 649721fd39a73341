"""Where the mail of the demo's owners goes: a second list of the roll; the appraiser's has no addresses."""

import csv
from pathlib import Path
from random import Random

from wholesaler.markets import Market
from wholesaler.sample.county import County, sources_by_kind
from wholesaler.sample.survey import Parcel
from wholesaler.sample.vocabulary import CITIES

_NAME = "mailings"
_HEADINGS = ("PARCEL", "OWNER", "OWNER_2", "MAIL_STREET", "MAIL_CITY", "MAIL_STATE", "MAIL_ZIP", "HOMESTEAD")
#: invented streets in towns that are there, some with ZIPs that begin with a zero
_AWAY = (("Boston", "MA", "02108"), ("Newark", "NJ", "07102"), ("Atlanta", "GA", "30303"), ("Chicago", "IL", "60601"))


def add_mailings(county: County, path: Path, market: Market, seed: int) -> None:
    """Write the list beside the sample's market file at ``path``, and name it in it."""
    random = Random(f"{seed}/{_NAME}")
    with (path.parent / f"{_NAME}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_HEADINGS)
        for parcel in county.parcels:
            writer.writerow(_row(parcel, random))
    form = market.sources[sources_by_kind(market)["property_records"]].parcel_forms[0]
    fields = (
        "parcel",
        "owner_name",
        "co_owner_name",
        "mail_address",
        "mail_city",
        "mail_state",
        "mail_zip",
        "homestead",
    )
    lines = [
        "", "# Where the owners' mail goes, a list that only the demo's county has.", f"[sources.{_NAME}]",
        'record = "property_records"', 'kind = "file"', f'url = "{_NAME}.csv"', 'key = ["parcel"]',
        f'parcel_form = "{form}"', "", f"[sources.{_NAME}.fields]",
        *(f'{field} = "{heading}"' for field, heading in zip(fields, _HEADINGS, strict=True)),
    ]  # fmt: skip
    path.write_text(path.read_text("utf-8").rstrip("\n") + "\n" + "\n".join(lines) + "\n", "utf-8")


def _row(parcel: Parcel, random: Random) -> tuple[str | None, ...]:
    """A parcel's: most owners live there, some in another town; of a few nothing is known."""
    names = parcel.parcel_id, parcel.owner, parcel.co_owner
    chance = random.random()
    if chance < 0.04:
        return *names, None, None, None, None, None
    if chance < 0.45:
        city, state, zip_code = random.choice(_AWAY)
        return *names, f"{random.randrange(1, 4000)} Invented Street", city, state, zip_code, "N"
    city = CITIES[parcel.plat.city][0]
    return *names, parcel.address.on_roll(), city, "FL", parcel.plat.zip_code, "Y" if chance < 0.8 else "N"
