"""An address in place of a parcel number: what lies at it, and where that is."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from wholesaler.db.sql import statement
from wholesaler.errors import UsageError, WholesalerError
from wholesaler.markets import Market

_FILE = "addresses.sql"
_PLACE = re.compile(r"\s*(-?\d{1,2}(?:\.\d+)?)\s*[, ]\s*(-?\d{1,3}(?:\.\d+)?)\s*")
_ADDRESS = re.compile(r"\s*[NSEWnsew#]?\d\S*\s+\S*[^\W\d_]{2,}")


def looks_like_address(written: str) -> bool:
    """Whether it has a house number and a word behind it, as no parcel number has."""
    return _ADDRESS.match(written) is not None


def only_parcel(connection: Connection, market: Market, written: str) -> str:
    """The number of the one parcel at an address. Raises as :func:`wholesaler.leads.reading.find_lead` does."""
    found = at_address(connection, market, written)
    if not found:
        raise WholesalerError(
            f"No lead or record of {market.name} ({market.key}) and no parcel of its roll is at '{written}'.",
            "`wholesaler leads list` lists the leads; a parcel number does as well.",
        )
    if len(found) > 1:
        names = [f"{row.parcel_id} ({', '.join(filter(None, (row.address, row.city)))})" for row in found[:5]]
        more = f" and {len(found) - 5} more" if len(found) > 5 else ""
        raise UsageError(f"'{written}' can mean {', '.join(names)}{more}.", "Give the city or unit too, or the parcel.")
    return str(found[0].parcel_id)


def at_address(connection: Connection, market: Market, written: str) -> Sequence[Any]:
    """The properties at an address, else the parcels of the roll; a city or ZIP behind it chooses among several."""
    parameters = {"market": market.key, "written": written, "state": market.state}
    for query in ("at_address", "parcels_at_address"):
        found = connection.execute(statement(__package__, _FILE, query), parameters).all()
        text = written.upper()
        in_zip = [row for row in found if row.zip_code and re.search(rf"\b{re.escape(row.zip_code[:5])}\b", text)]
        in_city = [row for row in found if row.city and re.search(rf"\b{re.escape(row.city.upper())}\b", text)]
        if found:
            return in_zip or in_city or found
    return []


def located(connection: Connection, market: Market, written: str) -> tuple[float, float]:
    """Latitude and longitude of an address, or those that were written."""
    if place := _PLACE.fullmatch(written):
        return float(place[1]), float(place[2])
    found = at_address(connection, market, written)
    known = [row for row in found if row.latitude is not None]
    if not found:
        raise WholesalerError(
            f"--near: no property of {market.name} and no parcel of its roll is at '{written}'.",
            "Give an address as the roll has it, or latitude and longitude: --near 28.54,-81.38.",
        )
    if not known:
        raise WholesalerError(f"--near: nobody knows where '{written}' is.", "Give latitude and longitude.")
    places = {(round(row.latitude, 3), round(row.longitude, 3)) for row in known}
    if len(places) > 1:
        names = sorted({f"{row.address}, {row.city or row.parcel_id}" for row in known})
        raise UsageError(f"--near: '{written}' can mean {' or '.join(names[:4])}.", "Give the city or the ZIP too.")
    return float(known[0].latitude), float(known[0].longitude)
