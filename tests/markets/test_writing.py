"""What a market and the files that it extends come to, as one text, and what commands say of it."""

import tomllib
from pathlib import Path

import pytest

from tests.markets.test_extending import CLI, add, county, said
from wholesaler.markets import bundled_markets, load_market, read_market
from wholesaler.markets.writing import effective_text

__all__ = ["county"]


def test_the_effective_text_stands_by_itself(county: Path) -> None:
    text = effective_text(county)
    assert "extends" not in text
    assert "vars" not in text
    assert "# the state's roll\n[sources.roll]\n" in text
    copy = county.parent / "elsewhere" / "copy.toml"
    copy.parent.mkdir()
    copy.write_text(text)
    assert said(read_market(copy, strict=True)) == said(read_market(county))


@pytest.mark.parametrize("key", [*bundled_markets()])
def test_the_effective_text_of_each_bundled_market_is_what_it_comes_to(key: str, tmp_path: Path) -> None:
    market = load_market(key)
    path = tmp_path / "copy.toml"
    path.write_text(effective_text(market.path), "utf-8")
    assert said(read_market(path, strict=True)) == said(market)
    assert list(read_market(path).sources) == list(market.sources)


def test_texts_of_any_kind_are_written_so_that_they_can_be_read(county: Path) -> None:
    match = "a\\\\b'\\\"\\u007f\\n\\té€"
    add(county, f'[sources.roll.fields]\n"city" = {{ field = "é \\"x\\"", match = "{match}" }}')
    add(county, '[links]\nhere = "https://x/{parcel}"\n[matching]\n')
    path = county.parent / "copy.toml"
    path.write_text(effective_text(county))
    assert read_market(path).sources == read_market(county).sources
    assert tomllib.loads(path.read_text())["bounding_box"] == {"west": -82, "south": 28, "east": -81, "north": 29}


def test_show_prints_what_a_market_comes_to_and_says_what_it_extends(cli: CLI, county: Path) -> None:
    outcome = cli("markets", "show", county)
    head = f"# {county} extends {county.parent / 'state.toml'}.\n# This is what they come to together.\n\n"
    assert (outcome.code, outcome.out, outcome.err) == (0, head + effective_text(county), "")
    document = cli("markets", "show", county, "--json").document
    assert document["extends"] == "state.toml"
    assert document["vars"] == {"number": "58", "since": "2020"}
    assert document["files"] == [str(county), str(county.parent / "state.toml")]
    assert cli("markets", "show", "wayne-mi", "--json").document["extends"] is None


def test_validate_says_what_a_market_extends_and_names_the_wrong_file(cli: CLI, county: Path) -> None:
    state = county.parent / "state.toml"
    assert cli("markets", "validate", county).out.endswith(f"; parcel 12 is 12; extends {state}.\n")
    state.write_text(state.read_text().replace("whole = true", "hole = true"))
    outcome = cli("markets", "validate", county)
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (78, "", 1)
    assert f"{state} (extended by mill.toml): sources.roll.hole: unknown key. Did you mean 'whole'?" in outcome.err
