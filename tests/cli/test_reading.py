"""The reading commands over an empty database."""

from collections.abc import Callable

from tests.support import Outcome

CLI = Callable[..., Outcome]


def test_stats_of_an_empty_database_are_zero(cli: CLI) -> None:
    outcome = cli("stats", "--json")
    assert outcome.code == 0
    assert outcome.document["tier_counts"] == {"A": 0, "B": 0, "C": 0, "D": 0}
    assert outcome.document["total_leads"] == 0


def test_leads_list_of_an_empty_database_is_empty(cli: CLI) -> None:
    assert cli("leads", "list", "--json").document == {"leads": [], "total": 0}


def test_an_unknown_tier_is_wrong_usage(cli: CLI) -> None:
    outcome = cli("leads", "list", "--tier", "E")
    assert outcome.code == 2
    assert "no tier 'E'" in outcome.err


def test_a_parcel_nobody_knows_is_said_so(cli: CLI) -> None:
    outcome = cli("leads", "show", "29-22-28-8850-02-050")
    assert outcome.code == 1
    assert outcome.err.count("\n") == 1


def test_what_is_no_parcel_number_is_wrong_usage_with_an_example(cli: CLI) -> None:
    outcome = cli("leads", "show", "12345")
    assert outcome.code == 2
    assert "29-22-28-8850-02-050" in outcome.err


def test_runs_and_rejects_of_an_empty_database_are_empty(cli: CLI) -> None:
    assert cli("runs", "--json").document == {"runs": []}
    assert cli("rejects", "list", "--json").document == {"rejects": [], "total": 0}
