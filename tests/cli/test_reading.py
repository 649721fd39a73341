"""The reading commands over an empty database."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stages.county import County, parcel, stages
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


@pytest.mark.parametrize("line", ["stats", "leads list", "leads show 29-22-28-8850-02-050", "runs", "rejects list"])
def test_what_has_nothing_to_show_names_its_market_and_what_to_run(cli: CLI, tmp_path: Path, line: str) -> None:
    outcome = cli(*line.split())
    text = outcome.out + outcome.err
    assert "Orange County, Florida (orange-fl)" in text
    assert "wholesaler run-all`" in text
    assert "In this database" not in text

    stages(cli, County(tmp_path).sale(parcel(1)).roll(parcel(1)).write(), "ingest", "enrich", "score")
    outcome = cli(*line.split(), "--market", "hillsborough-fl")
    text = outcome.out + outcome.err
    if "show" in line:  # a number of another county's form
        assert outcome.code == 2
    else:
        assert "Hillsborough County, Florida (hillsborough-fl)" in text
        program, named, _ = text.split("`")[1].partition(" run-all --market hillsborough-fl")
        assert named, "not the market of the settings"
        assert f"orange-fl has 1 lead: `{program} {line} --market orange-fl`" in text


def test_leads_that_the_filters_leave_out_are_counted(cli: CLI, tmp_path: Path) -> None:
    county = County(tmp_path).sale(parcel(1)).roll(parcel(1))
    market = county.sale(parcel(2)).roll(parcel(2), city=None).write()
    stages(cli, market, "ingest", "enrich", "score")
    outcome = cli("leads", "list", "--market", market, "--tier", "a", "--new")
    assert outcome.out.startswith("No lead in tier A that is new among the 2 of Orange County, Florida (orange-fl) on ")
    elsewhere = cli("leads", "list", "--market", market, "--city", "Orlan").out
    assert elsewhere.endswith(". Did you mean 'Orlando'? The cities are Orlando.\n")


@pytest.mark.parametrize("tiers", [["a,b,c,d"], ["A", "b, C,D"], ["A,,B", "C,D,"], []])
def test_tiers_may_be_a_list_and_in_lower_case(cli: CLI, tmp_path: Path, tiers: list[str]) -> None:
    market = County(tmp_path).sale(parcel(1)).roll(parcel(1)).write()
    stages(cli, market, "ingest", "enrich", "score")
    options = [word for value in tiers for word in ("--tier", value)]
    assert cli("leads", "list", "--market", market, "--json", *options).document["total"] == 1


@pytest.mark.parametrize("written", ["E", "A,E", ",", ""])
def test_a_list_without_a_tier_is_wrong_usage(cli: CLI, written: str) -> None:
    outcome = cli("leads", "list", "--tier", written)
    assert outcome.code == 2
    assert "A, B, C and D" in outcome.err


def test_rejected_records_are_shown_with_their_reason_and_so_that_they_are_found(cli: CLI, tmp_path: Path) -> None:
    (tmp_path / "cases.csv").write_text(
        "PIN,NO,NOTE\n" + f"A-1,1,{'long ' * 50}\n" + "7,2,x,and,more\n" + "8,3,\n" + "8,3,\n" + "9,,y\n", "utf-8"
    )
    market = tmp_path / "mine.toml"
    market.write_text(
        'key = "mill-oh"\nname = "Mill County"\nstate = "OH"\ntime_zone = "America/New_York"\n'
        "bounding_box = { west = -82.4, south = 41.0, east = -81.9, north = 41.5 }\n"
        '[parcel]\nexample = "1"\ncanonical = "{n}"\nforms.plain = "{n}"\nparts.n.pattern = "[0-9]+"\n'
        '[sources.tax_sales]\nkind = "file"\nurl = "cases.csv"\nkey = ["tda_number"]\nparcel_form = "plain"\n'
        'fields = { parcel = "PIN", tda_number = "NO" }\nignored = ["NOTE"]\n',
        "utf-8",
    )
    assert cli("ingest", "--market", market).code == 0
    lines = [" ".join(line.split()) for line in cli("rejects", "list", "--market", market).out.splitlines()]
    stamp = re.compile(r" \d{4}-\d\d-\d\d \d\d:\d\d:\d\d ")
    shown = dict(stamp.split(line, maxsplit=1) for line in lines if stamp.search(line))
    assert shown == {
        "tax_sales parcel number 'A-1' is not of the form plain": f"NO 1, PIN A-1, NOTE {('long ' * 50)[:60]}…",
        "tax_sales line with more or fewer cells than the header": "(unreadable) 7,2,x,and,more",
        "tax_sales duplicate of 3 in the same fetch": "NO 3, PIN 8",
        "tax_sales no key: NO is empty": "PIN 9, NOTE y",
    }
    assert lines[-1] == "4 of 4 records of Mill County (tax_sales 4). `--json` shows the records whole."
