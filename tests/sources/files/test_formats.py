"""Formats: told by the market file, by the beginning of the file, or by its name."""

import json

import pytest

from tests.sources.files.helpers import written
from tests.sources.helpers import Opener, drain
from wholesaler.errors import SourceError
from wholesaler.sources.interface import FetchRequest

REQUEST = FetchRequest(("A", "B"))
CSV = "A,B\n1,2\n"
ESRI = {"features": [{"attributes": {"A": "1", "B": "2"}, "geometry": {"x": -81.5, "y": 28.5}}]}
GEOJSON = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"A": "1", "B": "2"},
            "geometry": {"type": "Point", "coordinates": [-81.5, 28.5]},
        }
    ],
}
ROWS = [{"A": "1", "B": "2"}]
CONTENTS = {"csv": CSV, "json": json.dumps(ROWS), "geojson": json.dumps(GEOJSON), "esri-json": json.dumps(ESRI)}


@pytest.mark.parametrize("name", ["download", "export.php", "data.csv", "query"])
@pytest.mark.parametrize("form", CONTENTS)
def test_the_beginning_tells_the_format_where_the_name_does_not(opener: Opener, name: str, form: str) -> None:
    for start in ("", "\ufeff", "\n  "):
        if start == "\n  " and form == "csv":
            continue
        records, _, outcome = drain(written(opener, start + CONTENTS[form], name).fetch(REQUEST))
        assert (records, outcome.complete) == (ROWS, True)


@pytest.mark.parametrize("form", CONTENTS)
def test_the_format_that_is_named_is_read_whatever_the_name(opener: Opener, form: str) -> None:
    (opener.directory / "x.dat").write_text(CONTENTS[form])
    records, points, _ = drain(opener.open("x.dat", "file", format=form).fetch(REQUEST))
    assert records == ROWS
    assert points == [(-81.5, 28.5) if form in {"geojson", "esri-json"} else None]


def test_a_tsv_that_is_named_so_has_tabs_and_no_other_delimiter(opener: Opener) -> None:
    (opener.directory / "x.txt").write_text("A\tB;C;D\n1\t2\n")
    records, _, _ = drain(opener.open("x.txt", "file", format="tsv").fetch(FetchRequest(("A", "B;C;D"))))
    assert records == [{"A": "1", "B;C;D": "2"}]


@pytest.mark.parametrize(("form", "content"), [("geojson", "esri-json"), ("esri-json", "geojson"), ("geojson", "json")])
def test_a_format_that_the_file_has_not_is_refused(opener: Opener, form: str, content: str) -> None:
    (opener.directory / "x").write_text(CONTENTS[content])
    with pytest.raises(SourceError, match="so that it is not of the format named"):
        opener.open("x", "file", format=form).fetch(REQUEST)


@pytest.mark.parametrize("name", ["x", "x.csv", "x.json"])
@pytest.mark.parametrize(
    ("start", "what"),
    [
        ("<!DOCTYPE html><html>", "a web page instead of data"),
        ("\n <HTML lang=en>", "a web page instead of data"),
        ("<?xml version='1.0'?><Error>", "XML"),
    ],
)
def test_a_web_page_in_place_of_data_is_called_that(opener: Opener, name: str, start: str, what: str) -> None:
    for form in (None, "csv", "json"):
        (opener.directory / name).write_text(start)
        with pytest.raises(SourceError, match=f"cannot be used: it is {what}"):
            opener.open(name, "file", format=form).fetch(REQUEST)


@pytest.mark.parametrize("heading", ["[A],B", "{A},B", "<A>,B"])
def test_a_heading_in_brackets_is_no_json(opener: Opener, heading: str) -> None:
    field = heading.split(",")[0]
    records, _, _ = drain(written(opener, f"{heading}\n1,2\n", "x").fetch(FetchRequest((field, "B"))))
    assert records == [{field: "1", "B": "2"}]


@pytest.mark.parametrize("form", CONTENTS)
def test_only_the_fields_that_are_asked_for_come_where_no_others_are_wanted(opener: Opener, form: str) -> None:
    content = CONTENTS[form].replace('"A": "1"', '"A": "1", "MORE": "3"').replace("A,B\n1,2", "MORE,A,B\n3,1,2")
    for fields in (("A", "B"), ("B",)):
        fetch = written(opener, content, "x").fetch(FetchRequest(fields, whole_records=False))
        records, points, outcome = drain(fetch)
        assert records == [{name: ROWS[0][name] for name in fields}]
        assert points == [(-81.5, 28.5) if form in {"geojson", "esri-json"} else None]
        assert "MORE" in outcome.warnings[0]
    whole = drain(written(opener, content, "x").fetch(REQUEST))[0]
    assert whole == [{"A": "1", "B": "2", "MORE": "3"}]


def test_a_place_in_a_field_and_a_selection_need_not_be_asked_for(opener: Opener) -> None:
    from wholesaler.sources.interface import Selection

    text = 'A,KIND,WHERE\n1,x,"(28.5, -81.5)"\n2,y,\n3,x\n'
    request = FetchRequest(("A",), selection=Selection("kind", ("x",)), geometry_field="where", whole_records=False)
    records, points, _ = drain(written(opener, text, "x.csv").fetch(request))
    assert [record.get("A") for record in records] == ["1", None]
    assert points[0] == (-81.5, 28.5)
