"""``--as-of``: a day that cannot be read is wrong usage everywhere, and no command shows another day than it says."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.stages.county import AS_OF, County, parcel, run, stages
from tests.support import Outcome

CLI = Callable[..., Outcome]
BEFORE = AS_OF - timedelta(days=10)
#: a day between two that were scored
BETWEEN = AS_OF - timedelta(days=5)
READING = ["stats", "leads list", f"leads show {parcel(1)}", "runs"]
WITHOUT_DAY = ["rejects list", "markets list", "markets show orange-fl", "markets validate x.toml", "db status"]


@pytest.fixture
def market(cli: CLI, tmp_path: Path) -> Path:
    """Two leads on the day, and one ten days before, which is made the list after it."""
    county = County(tmp_path).sale(parcel(1)).roll(parcel(1)).sale(parcel(2)).roll(parcel(2))
    market = county.write()
    stages(cli, market, "ingest", "enrich", "score")
    county.records["tax_sales"].pop()
    stages(cli, county.write(), "ingest", as_of=BEFORE)
    run(cli, market, "score", "--current", as_of=BEFORE)
    return market


@pytest.mark.parametrize("line", [*READING, *WITHOUT_DAY, "db stop", "score", "check", "run-all", "demo"])
def test_a_day_that_cannot_be_read_is_wrong_usage_everywhere(cli: CLI, line: str) -> None:
    outcome = cli(*line.split(), "--as-of", "yesterday")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "wholesaler: --as-of: 'yesterday' is no date; expected YYYY-MM-DD or MM/DD/YYYY.\n"


def test_a_day_that_cannot_be_read_is_said_before_the_database_is_asked(
    cli: CLI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me@127.0.0.1:1/leads")
    for line in READING:
        assert cli(*line.split(), "--as-of", "yesterday").code == 2


@pytest.mark.parametrize("line", WITHOUT_DAY)
def test_a_day_is_refused_where_there_are_none(cli: CLI, line: str) -> None:
    outcome = cli(*line.split(), "--as-of", AS_OF)
    assert (outcome.code, outcome.out) == (2, "")
    named = f"`wholesaler {line.split()[0]}`"
    assert outcome.err == f"wholesaler: --as-of: {named} is about what there is now, not about a day. Leave it out.\n"


@pytest.mark.parametrize("line", READING[:3])
def test_before_anything_was_scored_no_day_is_wrong(cli: CLI, line: str) -> None:
    outcome = cli(*line.split(), "--as-of", AS_OF)
    assert "--as-of" not in outcome.err
    assert outcome.code == (1 if "show" in line else 0)


def test_stats_counts_the_leads_of_any_day_that_was_scored(cli: CLI, market: Path) -> None:
    for day, leads in ((AS_OF, 2), (BEFORE, 1)):
        counted = run(cli, market, "stats", as_of=day)
        assert (counted["as_of"], counted["total_leads"], sum(counted["tier_counts"].values())) == (
            f"{day}",
            leads,
            leads,
        )
        assert sum(counted["tier_percentages"].values()) == 100
        assert f"Scores of {day}." in cli("stats", "--market", market, "--as-of", day).out
    refused = cli("stats", "--market", market, "--as-of", BETWEEN)
    assert (refused.code, refused.out) == (2, "")
    assert f"there are no scores of {BETWEEN}" in refused.err


def test_what_is_shown_says_that_it_is_of_an_earlier_day(cli: CLI, market: Path) -> None:
    assert f"1 of 1 lead of Orange County, Florida on {BEFORE}" in cli("leads", "list", "--market", market).out
    assert f"Scores of {BEFORE}." in cli("stats", "--market", market).out
    assert f" on {BEFORE}, profile" in cli("leads", "show", parcel(1), "--market", market).out
    check = cli("check", "--market", market, "--as-of", AS_OF, "--json").document["stats"]
    assert check["completeness"]["score_day"]["outcome"] == "warning"


def test_leads_are_those_of_the_day_scored_last(cli: CLI, market: Path) -> None:
    assert run(cli, market, "leads", "list", as_of=BEFORE)["total"] == 1
    assert run(cli, market, "leads", "show", parcel(1), as_of=BEFORE)["as_of"] == f"{BEFORE}"
    for line in (("leads", "list"), ("leads", "show", parcel(1))):
        refused = cli(*line, "--market", market, "--as-of", AS_OF)
        assert (refused.code, refused.out) == (2, "")
        assert refused.err.startswith(f"wholesaler: --as-of: the leads are those of {BEFORE}, the day scored last;")
        assert refused.err.count("\n") == 1


def test_runs_are_those_for_the_day(cli: CLI, market: Path) -> None:
    assert {row["as_of"] for row in run(cli, market, "runs", as_of=BEFORE)["runs"]} == {f"{BEFORE}"}
    assert run(cli, market, "runs", as_of=BETWEEN) == {"runs": []}
    assert len({row["as_of"] for row in cli("runs", "--market", market, "--json").document["runs"]}) == 2
