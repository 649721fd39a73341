"""What released versions of the program have left, for those that come after them.

``tests/data/releases/0.1.0.zip`` is a backup of a database in which version 0.1.0 itself, at the first revision of the
schema there was, has run over :func:`release_county` on 30 November and 1 December 2025, while Slack could not be
reached; somebody has contacted one lead. Names of hosts and paths were replaced.
"""

from datetime import timedelta
from pathlib import Path

from tests.stages.county import AS_OF, DOWNTOWN, FAR, County, parcel, shifted
from tests.support import DATA

FIRST_RELEASE = DATA / "releases" / "0.1.0.zip"
FIRST_REVISION = "20261123_initial"
#: parcel → what 0.1.0 gave it on 1 December
SCORES = {1: 69.75, 2: 59.75, 3: 58.25, 4: 71.75, 5: 67.25, 6: 47.00, 7: 59.00, 8: 71.75}
CONTACTED = parcel(1)
#: known to 0.1.0 as a property of its own, and merged into parcel 8
MERGED = parcel(900)


def release_county(directory: Path) -> County:
    """The records that version 0.1.0 was given."""
    county = County(directory)
    for number in range(1, 9):
        county.roll(
            parcel(number),
            f"{number} OAK ST",
            shifted(DOWNTOWN, east=90 * number),
            total_mkt=200_000,
            total_assd=120_000,
            taxes=2_500,
            living_area=1_200,
            year_built=1975,
        )
    county.sale(parcel(1)).violation(parcel(1))
    county.sale(parcel(2), point=shifted(DOWNTOWN, east=180)).violation(parcel(2), status="Closed")
    county.sale(parcel(3), AS_OF + timedelta(days=60), point=None)
    county.sale(parcel(4), point=None).violation(parcel(4), shifted(DOWNTOWN, east=360))
    county.foreclosure(parcel(5), "5 OAK ST", auction=AS_OF + timedelta(days=25), default_amount=90_000.0)
    county.foreclosure(None, "6 OAK STREET", shifted(DOWNTOWN, east=540))
    county.foreclosure("no number", "7 OAK ST")
    county.foreclosure(MERGED, "8 OAK ST", shifted(DOWNTOWN, east=720))
    county.violation(parcel(7), shifted(DOWNTOWN, east=630), address="7 OAK ST")
    county.violation(None, FAR, address="1 FAR AWAY RD")
    county.sale(parcel(8), AS_OF + timedelta(days=100), shifted(DOWNTOWN, east=720))
    county.sale(parcel(9))
    county.records["tax_sales"][-1]["attributes"]["USER_PARCEL"] = "withdrawn"
    return county
