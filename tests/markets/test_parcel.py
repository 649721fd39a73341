"""Parcel numbers: the published examples, the ranges, and that nothing is guessed from digits."""

import re
from collections.abc import Iterator

import pytest

from tests.markets.samples import records
from wholesaler.markets import load_market
from wholesaler.markets.parcel import ParcelFormat, UnusableParcel


@pytest.fixture(scope="module")
def orange() -> ParcelFormat:
    return load_market("orange-fl").parcel


@pytest.fixture(scope="module")
def hillsborough() -> ParcelFormat:
    return load_market("hillsborough-fl").parcel


def real_numbers() -> Iterator[tuple[str, str]]:
    """Every real number that is there, with the form its source declares."""
    sources = load_market("orange-fl").sources
    for name in ("tax_sales", "foreclosures", "property_records"):
        for record in records(name):
            written = record[sources[name].fields["parcel"]]
            if written is not None and written.strip():
                yield written, sources[name].parcel_form


@pytest.mark.parametrize(
    ("written", "form", "canonical"),
    [
        ("29-22-28-8850-02-050", "str-dashed", "282229885002050"),
        ("24-22-32-6214-00-280", "str-dashed", "322224621400280"),
        ("27-24-29-2667-00-460", "str-dashed", "292427266700460"),
        ("322224621400280", "rts", "322224621400280"),
        ("172329221101000", "str", "292317221101000"),
        ("032229262817070", "str", "292203262817070"),
        ("212027278400080", "str", "272021278400080"),
        ("  29-22-28-8850-02-050\n", "str-dashed", "282229885002050"),
    ],
)
def test_the_published_examples_of_orange_county(orange: ParcelFormat, written: str, form: str, canonical: str) -> None:
    assert orange.canonicalise(written, form) == canonical


def test_the_published_example_of_hillsborough_county(hillsborough: ParcelFormat) -> None:
    printed, strap = "A-13-29-18-4XZ-000012-00009.0", "1829134XZ000012000090A"
    assert hillsborough.canonicalise(printed, "printed") == strap
    assert hillsborough.canonicalise(printed.lower(), "printed") == strap
    assert hillsborough.canonicalise(strap, "strap") == strap
    assert hillsborough.write(strap, "printed") == printed
    assert hillsborough.read(printed) == hillsborough.read(strap) == [strap]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("00-22-28-8850-02-050", "section 00 is below 1"),
        ("37-22-28-8850-02-050", "section 37 is above 36"),
        ("29-19-28-8850-02-050", "township 19 is below 20"),
        ("29-26-28-8850-02-050", "township 26 is above 25"),
        ("29-22-26-8850-02-050", "range 26 is below 27"),
        ("29-22-35-8850-02-050", "range 35 is above 34"),
        ("29-22-28-8850-02-05", "is not of the form str-dashed"),
        ("29-22-28-8850-02-0500", "is not of the form str-dashed"),
        ("282229885002050", "is not of the form str-dashed"),
        ("29-22-28-885A-02-050", "is not of the form str-dashed"),
        ("", "is not of the form str-dashed"),
    ],
)
def test_a_number_out_of_range_or_of_another_form_is_refused_with_the_reason(
    orange: ParcelFormat, written: str, said: str
) -> None:
    with pytest.raises(UnusableParcel) as caught:
        orange.canonicalise(written, "str-dashed")
    assert said in str(caught.value)
    assert f"'{written}'" in str(caught.value)


@pytest.mark.parametrize("edge", ["01-20-27-0000-00-000", "36-25-34-9999-99-999"])
def test_the_limits_of_a_range_belong_to_it(orange: ParcelFormat, edge: str) -> None:
    assert orange.write(orange.canonicalise(edge, "str-dashed"), "str-dashed") == edge


def test_digits_that_fit_two_orders_are_read_as_their_source_declares(orange: ParcelFormat) -> None:
    assert orange.canonicalise("282229885002050", "rts") == "282229885002050"
    assert orange.canonicalise("282229885002050", "str") == "292228885002050"


def test_digits_that_a_person_types_are_given_in_both_readings_the_canonical_first(orange: ParcelFormat) -> None:
    assert orange.read("282229885002050") == ["282229885002050", "292228885002050"]
    assert orange.read("032229262817070") == ["292203262817070"]
    assert orange.read("29-22-28-8850-02-050") == ["282229885002050"]


def test_what_is_no_number_in_any_form_names_the_forms(orange: ParcelFormat) -> None:
    with pytest.raises(UnusableParcel) as caught:
        orange.read("12345")
    assert "canonical, str-dashed, str, rts" in str(caught.value)


def test_only_a_canonical_number_can_be_written(orange: ParcelFormat) -> None:
    with pytest.raises(UnusableParcel):
        orange.write("29-22-28-8850-02-050", "rts")


def test_the_real_numbers_come_back_as_they_were_published(orange: ParcelFormat) -> None:
    seen = 0
    for written, form in real_numbers():
        parcel_id = orange.canonicalise(written, form)
        assert orange.write(parcel_id, form) == written
        assert orange.canonicalise(parcel_id, "canonical") == parcel_id == orange.write(parcel_id, "canonical")
        assert parcel_id in orange.read(written)
        seen += 1
    assert seen > 100


def test_the_declared_orders_join_the_real_foreclosures_to_the_real_roll(orange: ParcelFormat) -> None:
    roll = {orange.canonicalise(record["PARCEL"], "rts") for record in records("property_records")}
    listed = [record["PARCEL_NUMBER"] for record in records("foreclosures") if record["PARCEL_NUMBER"]]
    joined = sum(orange.canonicalise(written, "rts") in roll for written in listed)
    assert joined / len(listed) > 0.7


def format_of(canonical: str, example: str, parts: dict[str, dict[str, object]], **forms: str) -> ParcelFormat:
    return ParcelFormat.model_validate(
        {"canonical": canonical, "example": example, "parts": parts, "forms": forms or {"printed": canonical}}
    )


def test_a_number_of_one_part_is_read_alone_and_in_a_column() -> None:
    folio = format_of("{folio}", "3059010010200", {"folio": {"pattern": "[0-9]{13}"}})
    assert folio.canonicalise("3059010010200", "printed") == "3059010010200"
    numbers = ["3059010010200", "3059010010210"]
    assert folio.canonicalise_all(numbers, "printed") == numbers
    assert folio.canonicalise_all([*numbers, "305901001021"], "printed") is None
    assert folio.write(numbers[0], "printed") == numbers[0]
    assert folio.ambiguities() == []


def test_a_part_with_a_width_gets_its_zeros_back() -> None:
    parts = {"map": {"pattern": "[1-9][0-9]*", "width": 3}, "lot": {"pattern": "[0-9]{1,4}[A-Z]?", "width": 5}}
    padded = format_of("{map}{lot}", "1-2A", parts, printed="{map}-{lot}")
    assert padded.canonicalise("1-2a", "printed") == "0010002A"
    assert padded.canonicalise_all(["1-2", "999-9999A"], "printed") == ["00100002", "9999999A"]
    assert padded.canonicalise("00100002", "canonical") == "00100002"
    assert padded.read("1-2") == padded.read("00100002") == ["00100002"]
    assert padded.write("00100002", "printed") == "001-00002"
    assert padded.ambiguities() == []
    assert padded.canonicalise_all(["1-2", "1234-1"], "printed") is None
    for written, form, said in (
        ("1234-1", "printed", "map 1234 is longer than 3"),
        ("0A100002", "canonical", "is not of the form canonical"),
    ):
        with pytest.raises(UnusableParcel, match=said):
            padded.canonicalise(written, form)


def test_a_padded_number_has_several_writings(orange: ParcelFormat) -> None:
    assert orange.writings("282229885002050", "str-dashed") == ["29-22-28-8850-02-050"]
    parts = {"map": {"pattern": "[0-9]{1,3}", "width": 3}, "lot": {"pattern": "[0-9]{1,2}[A-Z]?", "width": 3}}
    padded = format_of("{map}-{lot}", "1.2A", parts, printed="{map}.{lot}")
    assert padded.writings("012-100", "canonical") == []  # the lot is of two digits at most
    assert padded.writings("012-02A", "canonical") == ["012-02A"]
    assert padded.writings("012-02A", "printed") == ["012.02A", "012.2A", "12.02A", "12.2A"]
    assert padded.writings("000-00A", "printed") == ["000.00A", "000.0A", "0.00A", "0.0A"]
    # what the pattern does not take with all its zeros is written without them
    parts["map"]["pattern"] = "[1-9][0-9]*"
    assert format_of("{map}{lot}", "1-2A", parts, printed="{map}-{lot}").writings("01202A", "printed") == [
        "12-02A", "12-2A",
    ]  # fmt: skip
    with pytest.raises(UnusableParcel, match="is not a canonical parcel number"):
        padded.writings("1.2", "printed")


VARYING = {"pattern": "[0-9]+"}


@pytest.mark.parametrize(
    ("canonical", "example", "block", "lot"),
    [
        ("{block}-{lot}", "1-2", VARYING, VARYING),
        ("{block}{lot}", "123", {"pattern": "[0-9]{2}"}, VARYING),
        ("{block}{lot}", "123", VARYING, {"pattern": "[0-9]{2}"}),
        ("{block}{lot}", "12A", VARYING, {"pattern": "[A-Z]{0,2}"}),
        ("{block}-{lot}", "A-222", {"pattern": "[A-Z-]+"}, {"pattern": "[0-9-]{3}"}),
        ("{block}{lot}", "01123", {"pattern": "[0-9]{1,3}", "width": 3}, VARYING),
        ("{block}{lot}", "123", {"pattern": r"(?:\d{2}|[A-Z])"}, {"pattern": r"\d"}),
    ],
)
def test_fixed_widths_separators_and_different_characters_prove_that_no_two_numbers_are_one(
    canonical: str, example: str, block: dict[str, object], lot: dict[str, object]
) -> None:
    parts = {"block": block, "lot": lot}
    assert format_of(canonical, example, parts, dashed="{block}/{lot}").ambiguities() == []


@pytest.mark.parametrize(
    ("canonical", "example", "block", "lot"),
    [
        ("{block}{lot}", "123", VARYING, VARYING),
        ("{block}{lot}", "123", {"pattern": "[0-9]{1,2}"}, {"pattern": "[0-9]{1,2}"}),
        ("{block}{lot}", "123", {"pattern": "[0-9]{1,2}?"}, {"pattern": "(?:[0-9]|[0-9][0-9A-Z])"}),
        ("{block}-{lot}", "1-2", {"pattern": "[0-9-]+"}, {"pattern": "[0-9-]+"}),
        ("{block}0{lot}", "102", VARYING, VARYING),
    ],
)
def test_two_numbers_that_come_to_one_form_are_shown(
    canonical: str, example: str, block: dict[str, object], lot: dict[str, object]
) -> None:
    shown = format_of(canonical, example, {"block": block, "lot": lot}, dashed="{block}/{lot}").ambiguities()
    assert len(shown) == 1
    text, one, other = re.findall(r"'(.*)' is block (.*), and also block (.*);", shown[0])[0]
    readings = [re.split(", lot ", each) for each in (one, other)]
    assert readings[0] != readings[1]
    for reading in readings:
        assert canonical.format(block=reading[0], lot=reading[1]) == text
        assert re.fullmatch(str(block["pattern"]), reading[0])
        assert re.fullmatch(str(lot["pattern"]), reading[1])


def test_what_cannot_be_proven_is_said() -> None:
    shown = format_of("{block:0>4}{lot}", "123", {"block": {"pattern": "[0-9]"}, "lot": {"pattern": "[0-9]{2}"}})
    assert "names of parts only" in shown.ambiguities()[0]


def test_the_bundled_counties_are_proven(orange: ParcelFormat, hillsborough: ParcelFormat) -> None:
    assert orange.ambiguities() == hillsborough.ambiguities() == []


def test_what_is_read_alone_and_in_a_column_is_the_same() -> None:
    lots = format_of("lot {lot}", "LOT 5a", {"lot": {"pattern": "[0-9A-Z]{2}", "maximum": None}})
    assert lots.canonicalise("Lot 5a", "printed") == "lot 5A"
    assert lots.canonicalise_all(["Lot 5a", "LOT 5B"], "printed") == ["lot 5A", "lot 5B"]
    zero = format_of("{lot}", "0", {"lot": {"pattern": "[0-9]", "maximum": 0}})
    assert zero.canonicalise_all(["0", "1"], "printed") is None
    assert zero.canonicalise_all(["0"], "printed") == ["0"]
    assert zero.canonicalise_all(["\u0663"], "printed") is None


TOUCHING = {
    "map": {"pattern": "[0-9]{1,3}", "width": 3}, "town": {"pattern": "[A-Z]?"},
    "lot": {"pattern": "[0-9]{1,2}[A-Z]?", "width": 3}, "unit": {"pattern": "[0-9]?", "width": 1},
}  # fmt: skip


def test_a_part_with_a_width_that_touches_others_stands_in_its_whole_width_where_its_end_would_not_be_clear() -> None:
    form = format_of("{map}{town}-{lot}-{unit}", "7-12-1", TOUCHING, digits="{map}{town}{lot}{unit}",
                     dashes="{map}{town}-{lot}-{unit}", half="{map}{town}-{lot}{unit}")  # fmt: skip
    assert form.ambiguities() == []
    numbers = {"dashes": ["7B-2A-", "012-12-3"], "digits": ["007B02A0", "0120123"], "half": ["7B-02A0", "12-0123"]}
    for name, written in numbers.items():
        assert [form.canonicalise(each, name) for each in written] == ["007B-02A-0", "012-012-3"], name
        assert form.canonicalise_all(written, name) == ["007B-02A-0", "012-012-3"], name
        assert form.writings("007B-02A-0", name)[0] == form.write("007B-02A-0", name)
    assert form.writings("007B-02A-0", "digits") == ["007B02A0"]
    # a part whose zeros are missing, and what a part's pattern does not take
    for written, name in (("07B02A0", "digits"), ("7B2A0", "half"), ("0120A23", "digits"), ("0123453", "digits")):
        assert form.canonicalise_all([written], name) is None
        with pytest.raises(UnusableParcel, match=f"is not of the form {name}"):
            form.canonicalise(written, name)


@pytest.mark.parametrize(
    ("template", "part", "said"),
    [
        ("{block}{lot}", VARYING, "; give block and lot a width, or put a separator between the parts that"),
        ("{block}{lot}", {"pattern": "[0-9]{1,4}", "width": 4}, None),
        ("{block}0{lot}", {"pattern": "[0-9]{1,4}", "width": 4}, None),
        ("{block}-{lot}", {"pattern": "[0-9-]{1,4}", "width": 4}, None),
    ],
)
def test_what_is_said_of_parts_that_nobody_could_take_apart_is_true(
    template: str, part: dict[str, object], said: str | None
) -> None:
    made = format_of("{block}/{lot}", "1/2", {"block": part, "lot": part}, form=template, printed="{block}/{lot}")
    problems = [each for each in made.ambiguities() if "forms.form" in each]
    assert (said is None and not problems) or (said is not None and said in problems[0])


def test_what_is_written_without_separators_is_read_where_those_are_ignored() -> None:
    parts = {"book": {"pattern": "[0-9]{1,3}", "width": 3}, "lot": {"pattern": "[0-9]{1,2}", "width": 2}}
    reader = format_of("{book}-{lot}", "1-2", parts).reader(["printed"], " -")
    assert reader.ambiguities() == []
    assert [reader.canonicalise(each) for each in ("012-03", "01203", "012 03")] == ["012-03"] * 3
    with pytest.raises(UnusableParcel):
        reader.canonicalise("12-3")  # 1203 could as well be book 120
