"""JSON files are read piece by piece: wherever a piece ends, the features are the same."""

import io
import json
from typing import Any

import pytest

from wholesaler.sources.files import json_stream
from wholesaler.sources.files.json_stream import JsonFeatures, TruncatedJson

ODD = [
    {"attributes": {"NAME": "a },{ b", "NOTE": '"},{"'}, "geometry": {"x": 1.5, "y": -2}},
    {"attributes": {"NAME": "\\", "LIST": [{"a": 1}, {"b": {"c": [{}, {}]}}]}},
    {"attributes": {}},
    {"attributes": {"LONG": "x" * 300}, "rings": [[[0, 1], [2, 3]]]},
    {"attributes": {"NAME": "José 地"}},
]


def read(text: str) -> list[Any]:
    return list(JsonFeatures(io.StringIO(text)).features())


@pytest.mark.parametrize("piece", [1, 7, 64, 1 << 18])
@pytest.mark.parametrize("indent", [None, 0, 2])
@pytest.mark.parametrize("bare", [True, False])
def test_features_are_the_same_wherever_a_piece_ends(
    monkeypatch: pytest.MonkeyPatch, piece: int, indent: int | None, bare: bool
) -> None:
    monkeypatch.setattr(json_stream, "_CHUNK", piece)
    features = ODD * 3
    members = features if bare else {"features": features, "fields": [{"name": "A"}, {"name": "B"}]}
    for ascii_only in (True, False):
        assert read(json.dumps(members, indent=indent, ensure_ascii=ascii_only)) == features


@pytest.mark.parametrize("odd", ['{"x": NaN}', '{"a": "tab\there"}', '{"a": "\\ud800"}', "7", "null", '[{"a": 1}, {}]'])
def test_what_only_the_patient_decoder_takes_costs_no_other_feature(odd: str) -> None:
    one = '{"attributes": {"A": 1}}'
    values = read(f"[{one}, {one}, {odd}, {one}, {one}]")
    assert len(values) == 5
    assert values[:2] == values[3:] == [json.loads(one)] * 2


def test_long_numbers_keep_their_digits_and_others_are_whole_wherever_a_piece_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    features = [{"A": 123456789012345678901 + number} for number in range(4)]
    assert read(json.dumps(features)) == features
    for text in ('{"features": [{"A": 1}], "scale": 1.5}', '{"scale": -12e+3, "features": [{"A": 1}]}'):
        for piece in range(1, len(text)):
            monkeypatch.setattr(json_stream, "_CHUNK", piece)
            stream = JsonFeatures(io.StringIO(text), {"scale"})
            assert list(stream.features()) == [{"A": 1}]
            assert stream.members == {"scale": json.loads(text)["scale"]}


def test_what_stands_before_the_damage_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "_CHUNK", 40)
    stream = JsonFeatures(io.StringIO('[{"A": 1}, {"A": 2}, {"A": 3}, {"A": 4}; {"A": 5}, {"A": 6}]'))
    features = stream.features()
    assert [next(features)["A"] for _ in range(4)] == [1, 2, 3, 4]
    with pytest.raises(TruncatedJson):
        next(features)


def test_what_is_nested_without_end_is_damage() -> None:
    features = JsonFeatures(io.StringIO('[{"A": 1}, {"A": ' + "[" * 100_000 + "]" * 100_000 + "}]")).features()
    assert next(features) == {"A": 1}
    with pytest.raises(TruncatedJson):
        next(features)
