"""Columns made of several fields, and that a plain field is read as it always was."""

import json
from hashlib import md5
from pathlib import Path
from random import Random

import pytest

from tests.stages.ingest.values_county import Rows, odd_value
from wholesaler.errors import ConfigurationError
from wholesaler.markets.parcel import ParcelFormat, Part, UnusableParcel

PLAIN = {
    "parcel": "PARCEL", "case_number": "CASE", "borrower_name": "NAME", "recording_date": "DATE",
    "default_amount": "AMOUNT", "address": "ADDRESS",
}  # fmt: skip
KEYS = 'key = ["parcel", "case_number"]\nparcel_form = "dashed"\ndate_formats = ["%m/%d/%Y"]'


def odd_records(count: int) -> list[dict[str, object]]:
    random = Random(9)
    return [{name: odd_value(random) for name in PLAIN.values()} for _ in range(count)]


def digest(text: str) -> str:
    return md5(text.encode()).hexdigest()


def test_plain_fields_become_what_they_became_before_there_were_values(tmp_path: Path) -> None:
    fields = "\n".join(f'{column} = "{name}"' for column, name in PLAIN.items())
    rows = Rows(tmp_path, odd_records(3000), fields, KEYS)
    # of the revision before, but for the source's name and for words in the place of a parcel number
    lines = ["\t".join([line.split("\t")[0], *line.split("\t")[2:]]) for line in rows.lines]
    assert digest("\n".join(lines)) == "1955a88ae1dd28ece59c17d45d8f6f51"
    assert digest(json.dumps(rows.reasons)) == "5b921742ecd3c9ed86e5ca05f347b3c9"
    assert digest(json.dumps(sorted(rows.issues.items()))) == "1517cc2ea489ac5f988d35d299157054"


@pytest.mark.parametrize("wrapped", ['{{ field = "{0}" }}', '{{ first = ["{0}"] }}', '{{ named = "{0}" }}'])
def test_a_value_that_is_one_field_is_read_as_that_field(tmp_path: Path, wrapped: str) -> None:
    records = odd_records(500)
    plain = Rows(tmp_path, records, "\n".join(f'{column} = "{name}"' for column, name in PLAIN.items()), KEYS)
    other = Rows(
        tmp_path, records, "\n".join(f"{column} = {wrapped.format(name)}" for column, name in PLAIN.items()), KEYS
    )
    for column in (*PLAIN, "parcel_id", "record_key"):
        assert other.column(column) == plain.column(column), column
    assert (other.reasons, other.issues) == (plain.reasons, plain.issues)


def test_join_leaves_out_what_is_empty(tmp_path: Path) -> None:
    records = [
        {"ID": 1, "NO": 120, "DIR": "N", "STREET": " ELM ST "},
        {"ID": 2, "NO": 12.0, "DIR": None, "STREET": "OAK AV"},
        {"ID": 3, "NO": None, "DIR": " ", "STREET": ""},
    ]
    rows = Rows(
        tmp_path,
        records,
        'address = { join = ["NO", "DIR", "STREET"] }\nlender_name = { join = ["NO", "STREET"], with = "/" }',
    )
    assert rows.column("address") == ["120 N ELM ST", "12 OAK AV", None]
    assert rows.column("lender_name") == ["120/ELM ST", "12/OAK AV", None]


def test_first_takes_what_is_not_empty_and_nests(tmp_path: Path) -> None:
    records = [
        {"ID": 1, "A": "", "B": "b", "C": "c"},
        {"ID": 2, "A": " ", "B": None, "C": "c"},
        {"ID": 3, "A": 0, "B": "b", "C": "c"},
        {"ID": 4, "A": None, "B": None, "C": None},
    ]
    fields = 'city = { first = ["A", "B", { join = ["C", { const = "!" }], with = "" }] }'
    assert Rows(tmp_path, records, fields).column("city") == ["b", "c!", "0", "!"]


def test_a_sum_is_null_only_where_all_is_empty_and_of_texts_it_is_counted(tmp_path: Path) -> None:
    records = [
        {"ID": 1, "A": 1, "B": "$2,000.50"},
        {"ID": 2, "A": None, "B": 3},
        {"ID": 3, "A": "", "B": None},
        {"ID": 4, "A": "many", "B": 3},
        {"ID": 5, "A": 0.1, "B": 0.2},
        {"ID": 6, "A": -5, "B": 2},
    ]
    rows = Rows(tmp_path, records, 'opening_bid = { sum = ["A", "B"] }')
    assert rows.column("opening_bid") == ["2001.5", "3.0", None, None, "0.3", None]
    assert rows.issues == {"A, B: not a number": 1, "A, B: negative": 1}


def test_a_match_is_the_group_and_padded(tmp_path: Path) -> None:
    records = [
        {"ID": 1, "ZIP": 1234.0, "TEXT": "Lot 7, Block 3"},
        {"ID": 2, "ZIP": "32801-1234", "TEXT": "none"},
        {"ID": 3, "ZIP": None, "TEXT": None},
    ]
    rows = Rows(
        tmp_path,
        records,
        """zip_code = { field = "ZIP", match = "^[0-9]+", pad = 5 }
        city = { field = "TEXT", match = "Lot ([0-9]+)" }
        lender_name = { field = { join = ["ZIP", "TEXT"] }, pad = 12 }""",
    )
    assert rows.column("zip_code") == ["01234", "32801", None]
    assert rows.column("city") == ["7", None, None]
    assert rows.column("lender_name") == ["1234 Lot 7, Block 3", "32801-1234 none", None]
    assert rows.issues == {"TEXT: nothing in it matches 'Lot ([0-9]+)'": 1}


def test_what_the_first_part_does_not_match_is_no_issue_where_another_stands_in(tmp_path: Path) -> None:
    records = [{"ID": 1, "A": "x", "B": "9"}, {"ID": 2, "A": "y", "B": None}, {"ID": 3, "A": "5", "B": "x"}]
    fields = 'city = { first = [{ field = "A", match = "[0-9]" }, { field = "B", match = "[0-9]" }] }'
    rows = Rows(tmp_path, records, fields)
    assert (rows.column("city"), rows.issues) == (["9", None, "5"], {})


def test_the_name_of_a_field_is_found_by_an_expression(tmp_path: Path) -> None:
    fields = 'opening_bid = { named = "tax_p_i_[0-9]{4}" }'
    records = [{"ID": 1, "Tax_P_I_0926": 5, "Tax_P_I_note": "x"}]
    assert Rows(tmp_path, records, fields).column("opening_bid") == ["5"]
    with pytest.raises(ConfigurationError, match=r"sources\.listed: several fields have a name that matches") as two:
        Rows(tmp_path, [{**records[0], "TAX_P_I_1026": 6}], fields)
    assert "Tax_P_I_0926, TAX_P_I_1026" in str(two.value)
    with pytest.raises(ConfigurationError, match=r"no field has a name that matches 'tax_p_i_\[0-9\]\{4\}'") as none:
        Rows(tmp_path, [{"ID": 1, "Other": 2}], fields)
    assert "the fields are ID, Other" in str(none.value)


def test_a_day_is_made_of_parts(tmp_path: Path) -> None:
    records = [
        {"ID": 1, "Y": 2024, "M": 3, "D": 31},
        {"ID": 2, "Y": "2024", "M": "12.0", "D": ""},
        {"ID": 3, "Y": 2024, "M": 0, "D": None},
        {"ID": 4, "Y": None, "M": 3, "D": 1},
        {"ID": 5, "Y": 2023, "M": 2, "D": 29},
        {"ID": 6, "Y": "soon", "M": 2, "D": 1},
    ]
    rows = Rows(
        tmp_path,
        records,
        'auction_date = { date = ["Y", "M", "D"] }\nentered_date = { date = ["Y", "M"] }\n'
        'transfer_date = { date = [{ first = ["Y"] }] }',
    )
    assert rows.column("auction_date") == ["2024-03-31", "2024-12-01", "2024-01-01", None, None, None]
    assert rows.column("entered_date") == ["2024-03-01", "2024-12-01", "2024-01-01", None, "2023-02-01", None]
    assert rows.column("transfer_date") == ["2024-01-01"] * 3 + [None, "2023-01-01", None]
    example = "Y, M, D: unreadable date, such as '2023-2-29 (no day)': see date_formats"
    assert rows.issues[example] == 2


def test_constants_and_presence_need_no_mapping(tmp_path: Path) -> None:
    records = [
        {"ID": 1, "PARCEL": "12-345", "EX": "0.00"},
        {"ID": 2, "PARCEL": "12-345", "EX": 5},
        {"ID": 3, "PARCEL": "12-345", "EX": ""},
        {"ID": 4, "PARCEL": "12-345", "EX": "x"},
        {"ID": 5, "PARCEL": "12-345", "EX": False},
    ]
    keys = 'key = ["parcel"]\nparcel_form = "dashed"'
    fields = (
        'parcel = "PARCEL"\nhomestead = { present = "EX" }\nconfidential = { const = true }\n'
        "sale_date = { const = 2024-02-29 }\ntaxes = { const = 7 }"
    )
    rows = Rows(tmp_path, records, fields, keys, "property_records")
    assert rows.column("homestead") == ["f", "t", "f", "t", "f"]
    assert set(rows.column("confidential")) == {"t"}
    assert (rows.column("sale_date")[0], rows.column("taxes")[0]) == ("2024-02-29", "7")
    assert rows.issues == {}


def test_coordinates_may_be_values(tmp_path: Path) -> None:
    records = [{"ID": 1, "XY": "28.5,-81.4"}, {"ID": 2, "XY": None}]
    keys = (
        'key = [{ field = "ID" }]\n'
        'location = { x = { field = "XY", match = ",(.*)" }, y = { field = "XY", match = "^[^,]*" } }'
    )
    located, lost = Rows(tmp_path, records, 'city = "XY"', keys).column("location")
    assert located is not None
    assert located.startswith("0101000020E6100000")
    assert lost is None


def test_a_key_may_be_any_value(tmp_path: Path) -> None:
    records = [
        {"YEAR": 2024, "NO": 7, "N": "x"},
        {"YEAR": 2024, "NO": None, "N": "x"},
        {"YEAR": None, "NO": None, "N": None},
        {"YEAR": None, "NO": 2.0**60, "N": None},
    ]
    keys = 'key = [{ join = ["YEAR", "NO"], with = "-" }, "city"]'
    rows = Rows(tmp_path, records, 'city = "N"', keys)
    assert rows.column("record_key")[:3] == ["2024-7|x", "2024|x", None]
    assert rows.reasons[2] == "no key: YEAR, NO, N is empty"
    alone = Rows(tmp_path, records[3:], 'city = "N"', 'key = [{ field = "NO" }]')
    assert alone.reasons == ["NO: 1.152921504606847e+18 has lost digits as a floating point number"]


def test_of_an_identifier_put_together_no_part_may_have_lost_its_digits(tmp_path: Path) -> None:
    records = [{"A": 12, "B": "345"}, {"A": "4.9E+17", "B": "345"}, {"A": None, "B": "12345"}]
    keys = 'key = ["parcel"]\nparcel_form = "digits"'
    rows = Rows(tmp_path, records, 'parcel = { join = ["A", "B"], with = "" }', keys, "tax_sales")
    assert rows.column("parcel_id") == ["12345", None, "12345"]
    assert rows.reasons[1] == "A, B: 4.9E+17 has lost digits as a floating point number"


@pytest.mark.parametrize(
    ("written", "parcel_id", "reason"),
    [
        ("12-345", "12345", None),
        ("345-12", "12345", None),
        ("12345", None, "parcel number '12345' is of none of the forms dashed, turned"),
    ],
)
def test_a_number_may_be_of_several_forms(
    tmp_path: Path, written: str, parcel_id: str | None, reason: str | None
) -> None:
    keys = 'key = ["parcel"]\nparcel_form = ["dashed", "turned"]'
    for records in ([{"P": written}], [{"P": written}, {"P": "12-345"}, {"P": "345-12"}]):
        rows = Rows(tmp_path, records, 'parcel = "P"', keys, "tax_sales")
        assert (rows.column("parcel_id")[0], rows.reasons[0]) == (parcel_id, reason)


def test_characters_that_are_ignored_are_taken_out_of_number_and_form(tmp_path: Path) -> None:
    keys = 'key = ["parcel"]\nparcel_form = "dashed"\nparcel_ignore = " .-"'
    records = [{"P": written} for written in ("12-345", "12 345", "1.2-3.45", "12345", "12/345")]
    rows = Rows(tmp_path, records, 'parcel = "P"', keys, "tax_sales")
    assert rows.column("parcel_id") == ["12345"] * 4 + [None]
    alone = Rows(tmp_path, records[:4], 'parcel = "P"', keys, "tax_sales")
    assert alone.column("parcel_id") == ["12345"] * 4


def test_of_a_number_that_fits_two_forms_differently_nobody_knows_which_is_meant() -> None:
    parcel = ParcelFormat(
        canonical="{block}{lot}",
        example="12345",
        parts={"block": Part(pattern="[0-9]{2}"), "lot": Part(pattern="[0-9]{3}")},
        forms={"digits": "{block}{lot}", "reversed": "{lot}{block}"},
    )
    reader = parcel.reader(("digits", "reversed"))
    with pytest.raises(UnusableParcel, match="fits several forms with different results: digits 12345, reversed 45123"):
        reader.canonicalise("12345")
    assert reader.canonicalise_all(["12345"]) is None
    assert reader.canonicalise("11111") == "11111"


def test_words_are_compared_without_case_and_the_same_spelling_comes_first(tmp_path: Path) -> None:
    keys = (
        'key = [{ field = "ID" }]\n[sources.listed.values.status]\nactive = "Open"\nACTIVE = "Closed"\nDone = "Closed"'
    )
    records = [{"ID": n, "S": word} for n, word in enumerate(["active", "ACTIVE", "Active", "DONE", "open", "?", None])]
    rows = Rows(tmp_path, records, 'status = "S"', keys, "code_violations")
    assert rows.column("status") == ["Open", "Closed", "Open", "Closed", "open", "?", None]


def test_confidential_may_be_told_by_an_expression(tmp_path: Path) -> None:
    keys = (
        'key = ["parcel"]\nparcel_form = "dashed"\n'
        '[sources.listed.values.confidential]\nmatch = "confidential|^exempt"\n"EXEMPT CHURCH" = "no"'
    )
    words = ["CONFIDENTIAL", "Exempt 119.07", "NOT EXEMPT", "EXEMPT CHURCH", None]
    records = [{"P": "12-345", "NAME": word} for word in words]
    rows = Rows(tmp_path, records, 'parcel = "P"\nconfidential = "NAME"', keys, "property_records")
    assert rows.column("confidential") == ["t", "t", "f", "f", None]
    assert rows.issues == {}


def test_a_flag_of_unknown_words_is_null_and_each_is_counted(tmp_path: Path) -> None:
    keys = 'key = ["parcel"]\nparcel_form = "dashed"\n[sources.listed.values]\nhomestead = { H = "yes" }'
    records = [{"P": "12-345", "F": word} for word in ("h", "N", "maybe", "maybe", "1", None)]
    rows = Rows(tmp_path, records, 'parcel = "P"\nhomestead = "F"', keys, "property_records")
    assert rows.column("homestead") == ["t", "f", None, None, "t", None]
    assert rows.issues == {"F: 'maybe' is neither yes nor no": 2}


def test_what_nobody_understands_is_confidential(tmp_path: Path) -> None:
    keys = 'key = ["parcel"]\nparcel_form = "dashed"'
    records = [{"P": "12-345", "F": word} for word in ("no", "redacted", None, "yes")]
    rows = Rows(tmp_path, records, 'parcel = "P"\nconfidential = "F"', keys, "property_records")
    # and what has no mark is not marked
    assert rows.column("confidential") == ["f", "t", "f", "t"]
    assert rows.issues == {"F: 'redacted' is neither yes nor no, taken for yes": 1}


def test_a_signal_is_one_of_ours_or_the_record_is_rejected(tmp_path: Path) -> None:
    keys = 'key = [{ field = "ID" }]\n[sources.listed.values.signal]\nT = "tax_lien"'
    records = [{"ID": n, "S": word} for n, word in enumerate(["t", "Probate", "divorce", None])]
    rows = Rows(tmp_path, records, 'signal = "S"', keys, "distress_events")
    assert rows.column("signal")[:2] == ["tax_lien", "probate"]
    assert rows.reasons[:2] == [None, None]
    assert rows.reasons[2] is not None
    assert rows.reasons[2].startswith("S: 'divorce' is no signal; expected one of tax_delinquency, tax_lien")
    assert rows.reasons[3] == "no signal: S is empty"


def test_of_a_roll_only_the_fields_that_are_used_are_kept_unless_asked(tmp_path: Path) -> None:
    records = [{"P": "12-345", "A": 1, "LONG": "x"}, {"P": "12-346", "LONG": "x"}]
    keys = 'key = ["parcel"]\nparcel_form = "dashed"\nlatest_by = "A"'
    fields = 'parcel = "P"'
    kept = Rows(tmp_path, records, fields, keys, "property_records").column("raw")
    assert [json.loads(raw or "") for raw in kept] == [{"A": 1, "P": "12-345"}, {"P": "12-346"}]
    whole = Rows(tmp_path, records, fields, f'{keys}\nraw = "all"', "property_records").column("raw")
    assert [json.loads(raw or "") for raw in whole] == records
    signal = Rows(tmp_path, records, fields, keys, "tax_sales")
    assert json.loads(signal.column("raw")[0] or "") == records[0]
    mapped = Rows(tmp_path, records, fields, f'{keys}\nraw = "mapped"', "tax_sales")
    assert json.loads(mapped.column("raw")[0] or "") == {"A": 1, "P": "12-345"}
