"""Properties without a location, and where they are placed."""

from tests.stages.county import County, Database, parcel


def addresses(county: County, *written: str, first: int = 1, **roll: str | None) -> County:
    """Tax sales with an address and no location."""
    for number, address in enumerate(written, start=first):
        county.sale(parcel(number), point=None).roll(parcel(number), address, None, **roll)
    return county


def place(database: Database, number: int) -> tuple[float, float] | None:
    found = database.property(parcel(number))
    return None if found["longitude"] is None else (found["longitude"], found["latitude"])
