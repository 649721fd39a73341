"""``markets validate --online``: a list with a row for each parcel and year, of which nobody counts the years."""

from pathlib import Path

import pytest

from tests.pipeline.test_confirmation import confirmed, findings
from tests.pipeline.test_confirmation_files import OF_FILES, PARCELS

TAXES = """
[sources.taxes]
record = "distress_events"
kind = "file"
url = "taxes.csv"
key = ["parcel", { field = "LEVY" }]
fields = { parcel = "PIN", signal = { const = "tax_delinquency" }, YEARS }
parcel_form = "dashes"
"""
ALONE = 'years = "LEVY"'


@pytest.mark.parametrize(
    ("levies", "years", "warns"),
    [
        (["2023", "2024"], ALONE, True), (["2024"], ALONE, False), (["2021-2023", "2024"], ALONE, False),
        (["2023", "2024"], 'event_date = { date = ["LEVY"] }', False),
        (["2023", "2024"], f'{ALONE}, event_date = {{ date = ["LEVY"] }}', False),
    ],
)  # fmt: skip
def test_years_of_a_record_each_are_not_added_up(home: Path, levies: list[str], years: str, warns: bool) -> None:
    (home / "parcels.csv").write_text(PARCELS.replace(",WVR", ",Y"), "utf-8")
    (home / "taxes.csv").write_text("\n".join(["PIN,LEVY", *(f"07-0001-003,{levy}" for levy in levies)]), "utf-8")
    market = home / "mine.toml"
    market.write_text(OF_FILES.partition("[sources.cases]")[0] + TAXES.replace("YEARS", years), "utf-8")
    told = findings(confirmed(market, 3 * warns)["taxes"])
    assert [kind for kind, *_ in told] == ["fields"] * warns
    if warns:
        assert told[0][1] == "taxes: years names one year a record, and 2 records are of 1 parcel."
        assert 'event_date = { date = ["LEVY"] } in place of years in sources.taxes' in str(told[0][2])
