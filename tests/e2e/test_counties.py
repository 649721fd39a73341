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
#: records of each source; tiers by the end of the parcel number; what the run warns of
EXPECTED: dict[str, tuple[dict[str, int], dict[str, str], list[str]]] = {
    "wayne-mi": (
        {"blight_tickets": 19, "vacant_registrations": 6, "parcel_file": 12},
        {},
        ["unreadable date, such as '8535-09-25'"],
    ),
}


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
    for name in ("inserted", "updated", "deactivated"):
        assert stages(again)["ingest"]["stats"][name] == 0


def stages(document: Any) -> dict[str, Any]:
    return {stage["command"]: stage for stage in document["stages"]}
