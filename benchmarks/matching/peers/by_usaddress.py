"""usaddress: both addresses parsed into parts by its trained model, and compared part by part, abbreviated."""

import usaddress

from benchmarks.matching.peers.parts import Row, abbreviate, match_equal

_PARTS = (
    "AddressNumber", "AddressNumberSuffix", "StreetNamePreDirectional", "StreetNamePreModifier", "StreetNamePreType",
    "StreetName", "StreetNamePostType", "StreetNamePostDirectional",
)  # fmt: skip
_UNITS = ("OccupancyIdentifier", "SubaddressIdentifier")


def form(row: Row) -> tuple[str, ...] | None:
    """The parts of an address; none for what is no street address with a number."""
    try:
        parts, kind = usaddress.tag(row.address)
    except usaddress.RepeatedLabelError:
        return None
    if kind != "Street Address" or "AddressNumber" not in parts or "StreetName" not in parts:
        return None
    street = tuple(abbreviate(parts.get(name, "")) for name in _PARTS)
    unit = " ".join(abbreviate(parts[name]) for name in _UNITS if name in parts)
    return (*street, unit)


if __name__ == "__main__":
    match_equal(form)
