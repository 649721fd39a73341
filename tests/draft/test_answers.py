"""Answering a draft's questions by the first line that each offers gives a valid file, whatever the county is like."""

import csv
import random
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from wholesaler.draft import Draft, draft
from wholesaler.markets import read_market
from wholesaler.settings import Settings

TODAY = date(2026, 11, 27)
OWNERS = ("MILLER RUTH", "OKAFOR JOHN", "GREEN LLC", "SMITH ANN")


def answered(text: str) -> str:
    """A file with the first line that each of its questions offers taken, and the lists that were left out in it."""
    lines, wants = [], ""
    is_in, was_choice, before = False, False, ""
    for line in text.splitlines():
        # a question ends right above a list that is left out
        is_in = line.startswith("#") and (is_in or (before.startswith("#   ") and line.startswith("# [sources.")))
        before = line
        if is_in:
            line = line[2:]
            is_choice = bool(re.match(r"# (?:\w|-)+ = ", line))
            if is_choice and not was_choice and not wants:
                line = line[2:]  # what the question above the list offers
            was_choice = is_choice
        if line.startswith("# ? "):
            wants = "record" if "# away before record" in line else "any"
        elif wants and line.startswith("#   ") and "# away before record" in line:
            wants = "record"
        elif wants and (match := re.match(r"# ((?:\w|-)+|\".*?\") = ", line)):
            if wants == "any" or match[1] == "record":
                line, wants = line[2:], ""
        elif wants == "any" and not line.startswith("#   "):
            wants = ""
        lines.append(line)
    return "\n".join(lines) + "\n"


def write(path: Path, columns: dict[str, list[Any]]) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(columns)
        rows.writerows(zip(*columns.values(), strict=True))
    return str(path)


def made_county(folder: Path, chance: random.Random) -> tuple[str, list[str]]:
    """A county of which much or little can be told: key and addresses."""
    count = chance.choice([30, 120])
    parcels = [
        (f"{chance.randint(1, 30):02d}", f"{chance.randint(1, 30):02d}", f"{place:04d}") for place in range(count)
    ]
    plain, dashed = ["".join(one) for one in parcels], ["-".join(one) for one in parcels]
    turned = [f"{two}-{one}-{three}" for one, two, three in parcels]
    forms = [plain, dashed, turned, [one.lstrip("0") for one in plain], [f"41-{one}" for one in dashed],
             [f"X{chance.randint(1, 10**6)}" for _ in parcels]]  # fmt: skip
    roll = {
        "OWNER_NAME": [chance.choice(OWNERS) for _ in parcels],
        "SITUS_ADDRESS": [f"{place + 1} ELM ST" for place in range(count)],
        "TOTAL_VALUE": [50_000 + place for place in range(count)],
        "YEAR_BUILT": [1900 + place for place in range(count)],
    }
    numbers = chance.choice([{"PIN": 0}, {"PARCEL_ID": 1}, {"ACCOUNT": 5, "PARCELNB": 0, "PARCEL": 3}, {"ZQ": 0}, {}])
    roll |= {name: forms[form] for name, form in numbers.items()}
    if chance.random() < 0.4:
        roll |= {"XCoord": [1_718_161 + 9 * place for place in range(count)],
                 "YCoord": [519_932 + 7 * place for place in range(count)]}  # fmt: skip
    cases: dict[str, list[Any]] = {
        "OPENED_DATE": [f"2026-{place % 11 + 1:02d}-05" for place in range(count)],
        "STATUS": [chance.choice(["OPEN", "CLOSED", "QX", "BY COUNSEL"]) for _ in parcels],
        "ADDRESS": [f"{place + 1} ELM ST" for place in range(count)],
    }
    if chance.random() < 0.7:
        cases["CASE_NUMBER"] = [f"V-{place:05d}" for place in range(count)]
    cases |= {name: forms[form] for name, form in chance.choice([{"PIN": 1}, {"PARCEL": 2}, {"PIN": 3}, {"APN": 4},
              {"PARCEL_NO": 5}, {"PARCEL": 0, "PARCEL_NO": 2, "ACCOUNT": 5}, {}]).items()}  # fmt: skip
    lists = [write(folder / f"{chance.choice(['code_violations', 'list', 'tax_sale', 'foreclosures'])}.csv", cases)]
    if chance.random() < 0.85:
        lists.append(write(folder / "parcels.csv", roll))
    return chance.choice(["mill-oh", "harpeth-tn", "somewhere"]), lists


@pytest.mark.parametrize("seed", range(30))
def test_the_first_lines_offered_give_a_valid_file(seed: int, tmp_path: Path) -> None:
    key, lists = made_county(tmp_path, random.Random(seed))
    made: Draft = draft(key, lists, Settings.model_validate({"WHOLESALER_HOME": tmp_path}), TODAY)
    file = tmp_path / f"{key}.toml"
    file.write_text(answered(made.text), "utf-8")
    market = read_market(file, strict=True)
    for name, source in market.sources.items():
        assert bool(source.parcel_forms) or "parcel" not in source.fields, name


def test_of_several_fields_the_parcel_number_is_the_one_that_lists_have(tmp_path: Path) -> None:
    numbers = [f"0{4600 + place % 90}{place:07d}" for place in range(300)]
    # improvements on leased land stand under the number of the land
    roll = {
        "account": [f"R{10_000 + place:07d}" for place in range(303)],
        "parcelnb": [*numbers, *numbers[:3]],
        "owner_name": [OWNERS[place % 4] for place in range(303)],
        "situs_address": [f"{place + 1} ELM ST" for place in range(303)],
        "total_value": [50_000 + place for place in range(303)],
        "year_built": [1900 + place % 120 for place in range(303)],
    }
    cases = {"case_number": [f"V-{place:05d}" for place in range(150)],
             "parcel": [int(number) for number in numbers[::2]],
             "opened_date": ["2026-11-05"] * 150, "status": ["OPEN", "CLOSED"] * 75}  # fmt: skip
    lists = [write(tmp_path / "code_violations.csv", cases), write(tmp_path / "assessor_accounts.csv", roll)]
    made = draft("mill-oh", lists, Settings.model_validate({"WHOLESALER_HOME": tmp_path}), TODAY)
    file = tmp_path / "mill-oh.toml"
    file.write_text(made.text, "utf-8")
    market = read_market(file, strict=True)
    parcels = {name: source.fields.get("parcel") for name, source in market.sources.items()}
    assert parcels == {"code_violations": "parcel", "assessor_accounts": "parcelnb"}
    assert market.parcel.parts["number"].width == 12
    assert market.parcel_reader("code_violations").canonicalise(numbers[4].lstrip("0")) == numbers[4]
