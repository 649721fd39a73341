"""The market files that come with the program, and the vocabulary they are written in."""

import ast
import re
from pathlib import Path

import pytest

import wholesaler
from tests.markets.samples import KEYS, orange_text, records
from wholesaler.db.models import SOURCE_MODELS
from wholesaler.errors import ConfigurationError
from wholesaler.markets import bundled_markets, load_market, market_path, read_market
from wholesaler.markets.records import RECORD_KINDS, Type
from wholesaler.markets.terms import fill_link

PACKAGE = Path(wholesaler.__file__).parent
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def test_the_bundled_markets_are_valid_and_named_by_their_keys() -> None:
    found = {key: read_market(path) for key, path in bundled_markets().items()}
    assert tuple(found) == KEYS
    assert {key: market.doubts for key, market in found.items() if market.doubts} == {}
    assert {key: market.key for key, market in found.items()} == {key: key for key in found}


def test_each_bundled_market_says_where_a_lead_can_be_seen() -> None:
    place = {"latitude": "28.538000", "longitude": "-81.379000"}
    for key in bundled_markets():
        market = load_market(key)
        links = {name: fill_link(template, place, market.parcel) for name, template in market.links.items()}
        assert links["map"] == "https://www.google.com/maps/search/?api=1&query=28.538000%2C-81.379000"
        assert str(links["street_view"]).endswith("&viewpoint=28.538000%2C-81.379000")


def test_a_market_is_found_by_key_or_by_file(tmp_path: Path) -> None:
    assert market_path("orange-fl") == bundled_markets()["orange-fl"]
    copy = tmp_path / "mine.toml"
    copy.write_text(orange_text(), "utf-8")
    assert load_market(str(copy)).path == copy


def test_a_market_that_is_neither_names_the_known_ones() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_market("oragne-fl")
    assert "'oragne-fl'" in str(caught.value)
    assert "miami-dade-fl, orange-fl" in str(caught.value)


def test_the_fields_of_the_orange_file_are_those_of_the_real_layers() -> None:
    market = load_market("orange-fl")
    for name in ("tax_sales", "foreclosures", "property_records"):
        published = set(records(name)[0])
        assert set(market.sources[name].fields.values()) <= published, name


def test_a_day_begins_in_the_time_zone_of_the_market() -> None:
    assert load_market("orange-fl").zone.key == "America/New_York"


def test_a_host_that_the_market_does_not_name_is_asked_with_default_manners() -> None:
    market = read_market(bundled_markets()["hillsborough-fl"])
    assert market.host("maps.hillsboroughcounty.org").requests_per_second == 1
    assert market.host("elsewhere.example").requests_per_second == 2


def test_the_code_names_no_county_but_for_the_default_market() -> None:
    named = []
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, DOCUMENTED) and ast.get_docstring(node) is not None:
                node.body = node.body[1:]
        named += [
            (path.name, word) for word in re.findall(r"(?i)[a-z-]*(?:orange|hillsborough)[a-z-]*", ast.unparse(tree))
        ]
    assert named == [("settings.py", "orange-fl")]


@pytest.mark.parametrize("name", RECORD_KINDS)
def test_every_column_of_a_record_kind_is_a_column_of_its_table(name: str) -> None:
    kind, table = RECORD_KINDS[name], SOURCE_MODELS[name].__table__
    assert set(kind.names) <= set(table.columns.keys())
    expected = {
        Type.TEXT: "TEXT",
        Type.PARCEL: "TEXT",
        Type.DATE: "DATE",
        Type.MONEY: "NUMERIC",
        Type.NUMBER: "NUMERIC",
        Type.INTEGER: "BIGINT",
        Type.YEARS: "NUMERIC",
        Type.FLAG: "BOOLEAN",
    }
    for column in kind.columns:
        assert str(table.columns[column.name].type) == expected[column.type], column.name


def test_every_source_table_has_a_record_kind_and_no_column_is_out_of_reach_of_a_market_file() -> None:
    assert set(RECORD_KINDS) == set(SOURCE_MODELS)
    ours = {
        "market",
        "source",
        "record_key",
        "parcel_id",
        "property_id",
        "match_evidence",
        "location",
        "raw",
        "content_hash",
    }
    ours |= {"issues", "is_open", "is_active", "first_seen_at", "last_seen_at", "updated_at"}
    for name, kind in RECORD_KINDS.items():
        columns = set(SOURCE_MODELS[name].__table__.columns.keys())
        assert columns - ours == set(kind.names), name
