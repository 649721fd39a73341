"""Parcel numbers: the published examples, the ranges, and that nothing is guessed from digits."""

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
