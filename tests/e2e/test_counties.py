"""Four counties unlike Florida's, from the bundled files, over HTTP: what comes out of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.e2e.agreement import check_scores
from tests.e2e.counties import DAY, Publishers
from tests.stages.county import Database
from tests.support import Outcome

CLI = Callable[..., Outcome]
#: records of each source; tiers by parcel number; what the run warns of
EXPECTED: dict[str, tuple[dict[str, int], dict[str, str], list[str]]] = {
    "wayne-mi": (
        {"blight_tickets": 19, "vacant_registrations": 6, "parcel_file": 12},
        {
            "01000123-5": "A", "12004687.": "B", "16018213.": "C", "22030578.002L": "C", "02000185-6": "C",
            "21045871.": "C", "15004410.": "D", "08006544.": "D", "13011225-7": "D", "17012044.001": "D",
            "19003871.": "D", "20009912.": "D",
        },
        ["unreadable date, such as '8535-09-25'"],
    ),
    "cook-il": (
        # the violations have no parcel number, and find theirs by address and city
        {
            "annual_tax_sale": 5, "chicago_violations": 16, "parcel_addresses": 8, "assessed_values": 8,
            "characteristics": 8,
        },
        {
            "17213210180000": "A", "16012160010000": "A", "20344190110000": "A", "25134000080000": "A",
            "10362040150000": "C", "29081150041003": "C", "07184110250000": "C",
        },
        [],
    ),
    "allegheny-pa": (
        {"tax_delinquency": 5, "foreclosure_filings": 5, "pli_violations": 6, "assessments": 8},
        {
            "0175K00045000000": "A", "0124P00031000A00": "A", "0043H00210000000": "B", "0001G00224000000": "B",
            "0010A00099000200": "C", "0050S00112000000": "D", "0092B00141000000": "D",
        },
        [],
    ),
    "harris-tx": (
        # one list, of taxes of seven years that are not paid: nothing more is known of anybody
        {"tax_delinquent_parcels": 6, "real_acct": 6},
        dict.fromkeys(
            (
                "0010020000013", "0451230000088", "0660640130020", "0902210000041", "1051780000202", "1234560010007",
            ),
            "C",
        ),
        ["(real_acct.txt) is not UTF-8; it was read as Windows-1252"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("key", EXPECTED)
def test_a_county_gives_the_leads_that_its_lists_tell_of(key: str, cli: CLI, home: Path, engine: Engine) -> None:
    counts, tiers, warnings = EXPECTED[key]
    with Publishers(key) as served:
        market = served.market_file(home)
        run = cli("run-all", "--market", market, "--as-of", DAY, "--json")
        assert run.code == 0, run.err
        again = cli("run-all", "--market", market, "--as-of", DAY, "--json").document
    ingest = stages(run.document)["ingest"]
    assert {name: entry["processed"] for name, entry in ingest["stats"].items() if name in counts} == counts
    assert not any(entry["failed"] for entry in ingest["stats"].values() if isinstance(entry, dict))
    said = [warning for stage in run.document["stages"] for warning in stage["warnings"]]
    assert len(said) == len(warnings)
    assert all(expected in warning for expected, warning in zip(warnings, said, strict=True))
    check_scores(Database(engine), DAY)
    leads = cli("leads", "list", "--market", market, "--json").document["leads"]
    assert {lead["parcel_id"]: lead["tier"] for lead in leads} == tiers
    sources = [entry for entry in stages(again)["ingest"]["stats"].values() if isinstance(entry, dict)]
    assert [entry[name] for entry in sources for name in ("inserted", "updated", "deactivated") if entry[name]] == []


def test_cases_of_chicago_find_their_parcels_by_address(cli: CLI, home: Path, engine: Engine) -> None:
    with Publishers("cook-il") as served:
        assert cli("run-all", "--market", served.market_file(home), "--as-of", DAY).code == 0
    rows = Database(engine).rows(
        "SELECT record.address, parcel.address AS situs, record.match_evidence ->> 'rule' AS rule, record.status"
        " FROM code_violations AS record LEFT JOIN properties AS property ON property.id = record.property_id"
        " LEFT JOIN parcels AS parcel ON parcel.parcel_id = property.parcel_id"
    )
    matched = [row for row in rows if row["rule"] is not None]
    assert all((row["address"], "same_address") == (row["situs"], row["rule"]) for row in matched)
    # two closed ones are of a parcel without any signal, which is no property
    assert [(row["address"], row["status"]) for row in rows if row not in matched] == 2 * [
        ("1405 N KIMBALL AVE", "Closed")
    ]
    assert len(matched) == 14


def stages(document: Any) -> dict[str, Any]:
    return {stage["command"]: stage for stage in document["stages"]}
