"""``markets list``, ``markets show``, ``markets validate``, and ``--market``."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.markets.samples import KEYS, LIVE_DAY, changed, file_market, orange_text
from tests.support import Outcome
from wholesaler.markets import bundled_markets

CLI = Callable[..., Outcome]


def test_the_list_names_every_market_with_its_sources(cli: CLI) -> None:
    outcome = cli("markets", "list")
    assert outcome.code == 0
    for said in ("orange-fl", "Orange County, Florida", "tax_sales, foreclosures", "hillsborough-fl"):
        assert said in outcome.out
    listed = {market["key"]: market for market in cli("markets", "list", "--json").document["markets"]}
    assert set(listed) == set(KEYS)
    sources = ["tax_sales", "foreclosures", "property_records", "state_roll", "code_violations"]
    assert listed["orange-fl"]["sources"] == sources
    assert listed["orange-fl"]["lists"][3] == {"source": "state_roll", "record": "property_records"}
    assert "state_roll (property_records)" in outcome.out
    assert listed["orange-fl"]["checked"] == "2025-11-01"
    assert re.search(r"2025-11-01 \(\d+ months ago\)", outcome.out)
    assert {key for key, market in listed.items() if market["checked"] is None} == {"hillsborough-fl"}
    assert "not known" in outcome.out


def test_a_file_of_the_data_directory_is_found_by_its_key_and_before_one_that_comes_along(cli: CLI, home: Path) -> None:
    folder = home / "markets"
    folder.mkdir()
    shown = cli("markets", "show", "orange-fl").out
    (folder / "orange-fl.toml").write_text(changed(shown, 'Orange County, Florida"', 'My Orange"'), "utf-8")
    (folder / "broken.toml").write_text("key = 1", "utf-8")
    listed = {market["key"]: market for market in cli("markets", "list", "--json").document["markets"]}
    assert listed["orange-fl"]["file"] == str(folder / "orange-fl.toml")
    assert (listed["orange-fl"]["name"], listed["broken"]["valid"]) == ("My Orange", False)
    assert "see `wholesaler markets validate broken`" in cli("markets", "list").out
    assert cli("markets", "show", "orange-fl", "--json").document["name"] == "My Orange"
    assert cli("markets", "validate", "broken").code == 78


def test_show_prints_the_file_as_it_is(cli: CLI) -> None:
    outcome = cli("markets", "show", "wayne-mi")
    assert (outcome.code, outcome.out, outcome.err) == (0, bundled_markets()["wayne-mi"].read_text("utf-8"), "")


def test_a_copy_with_other_addresses_is_valid(cli: CLI, home: Path) -> None:
    shown = cli("markets", "show", "orange-fl").out
    mine = home / "my-county.toml"
    mine.write_text(re.sub(r'url = "[^"]+"', 'url = "https://gis.example/layer"', shown), "utf-8")
    outcome = cli("markets", "validate", mine)
    assert outcome.code == 0
    assert f"{mine}: valid" in outcome.out
    assert "29-22-28-8850-02-050 is 282229885002050" in outcome.out
    assert cli("markets", "validate", mine, "--json").document == {
        "file": str(mine),
        "key": "orange-fl",
        "sources": ["tax_sales", "foreclosures", "property_records", "state_roll", "code_violations"],
        "valid": True,
    }


def test_show_as_json_is_the_market_with_its_defaults(cli: CLI) -> None:
    document = cli("markets", "show", "hillsborough-fl", "--json").document
    assert document["key"] == "hillsborough-fl"
    assert document["bounding_box"] == {"west": -82.83, "south": 27.57, "east": -82.05, "north": 28.18}
    assert document["sources"]["property_records"]["page_size"] == 2000


def test_a_wrong_file_ends_with_78_in_one_line(cli: CLI, home: Path) -> None:
    mine = home / "mine.toml"
    mine.write_text(changed(orange_text(), 'kind = "socrata"', 'kind = "ckan"'), "utf-8")
    for line in (("markets", "validate", mine), ("markets", "show", mine), ("stats", "--market", mine)):
        outcome = cli(*line)
        assert outcome.code == 78
        assert outcome.out == ""
        assert outcome.err.count("\n") == 1
        assert f"{mine}: sources.code_violations.kind: expected 'arcgis', 'socrata' or 'file'" in outcome.err


@pytest.mark.parametrize("line", [("markets", "show", "nowhere"), ("markets", "validate", "nowhere.toml")])
def test_a_market_that_is_not_there_is_wrong_configuration(cli: CLI, line: tuple[str, ...]) -> None:
    outcome = cli(*line)
    assert outcome.code == 78
    assert outcome.err.count("\n") == 1
    assert "nowhere" in outcome.err


def test_markets_need_no_database(cli: CLI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me@127.0.0.1:1/leads")
    for line in (("markets", "list"), ("markets", "show", "orange-fl")):
        assert cli(*line).code == 0


def test_the_market_is_that_of_the_option_else_of_the_settings(
    cli: CLI, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOLESALER_MARKET", str(file_market(home, "from-settings")))
    assert cli("ingest", "--as-of", LIVE_DAY, "--json").document["market"] == "from-settings"
    named = file_market(home, "from-option")
    assert cli("ingest", "--as-of", LIVE_DAY, "--json", "--market", named).document["market"] == "from-option"
    assert cli("stats", "--json", "-m", "orange-fl").document["market"] == "orange-fl"


def test_without_a_name_the_market_of_the_options_or_settings_is_validated(
    cli: CLI, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOLESALER_MARKET", str(file_market(home, "from-settings")))
    assert cli("markets", "validate", "--json").document["key"] == "from-settings"
    named = file_market(home, "from-option")
    assert cli("markets", "validate", "--json", "--market", named).document["key"] == "from-option"
    assert cli("markets", "validate", "orange-fl", "--json", "--market", named).document["key"] == "orange-fl"
    several = cli("markets", "validate", "--market", "orange-fl", "--market", named)
    assert (several.code, "Several markets are asked for. Name the one to validate." in several.err) == (2, True)


def test_the_paths_of_a_market_file_are_relative_to_it(cli: CLI, home: Path) -> None:
    folder = home / "county"
    folder.mkdir()
    market = file_market(folder)
    text = re.sub(r'url = "[^"]+"', 'url = "list.json"', market.read_text("utf-8"))
    market.write_text(text, "utf-8")
    (folder / "list.json").write_bytes(Path(__file__).parents[1].joinpath("data/orange-fl/tax_sales.json").read_bytes())
    outcome = cli("ingest", "--as-of", LIVE_DAY, "--json", "--market", market)
    assert outcome.document["stats"]["tax_sales"]["inserted"] == 32
