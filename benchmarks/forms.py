"""``python -m benchmarks.forms``: how many owners' names and mailing addresses are as a person would write them."""

import csv
from pathlib import Path

from benchmarks.databases import private_databases
from wholesaler.db.engine import make_engine
from wholesaler.leads.names import split_owner
from wholesaler.leads.postal import delivery_lines, read_mailing
from wholesaler.markets import load_market

DATA = Path(__file__).parent.parent / "tests" / "data"


def names(held_out: str) -> tuple[int, int]:
    """How many names of the truth are split right, and how many there are."""
    with (DATA / "owners" / "splits.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["held_out"] == held_out]
    right = 0
    for row in rows:
        owner = split_owner(row["owner_name"], row["owner_class"])
        persons = " + ".join("/".join([one.first, one.last, one.suffix]).rstrip("/") for one in owner.persons)
        right += (persons, owner.company, owner.care_of) == (row["persons"], row["company"], row["care_of"])
    return right, len(rows)


def addresses() -> tuple[int, int]:
    """The same of mailing addresses."""
    lines = (DATA / "addresses" / "postal.txt").read_text("utf-8").splitlines()
    rows = [line.split("|") for line in lines if not line.startswith("#")]
    read = [read_mailing(*row[:6]) for row in rows]
    with private_databases() as databases:
        engine = make_engine(databases.fresh("forms"))
        with engine.connect() as connection:
            forms = delivery_lines(connection, load_market("orange-fl"), [mailing.street for mailing in read])
        engine.dispose()
    found = [[forms[mailing.street].whole if mailing.street else "", mailing.last_line] for mailing in read]
    return sum(row[6:] == form for row, form in zip(rows, found, strict=True)), len(rows)


def main() -> None:
    """Print a line for each."""
    measured = (
        ("owners' names, seen when the rules were made", names("no")),
        ("owners' names, held out", names("yes")),
        ("mailing addresses", addresses()),
    )
    for what, (right, number) in measured:
        print(f"{what}: {right} of {number} right, {right / number:.1%}")


if __name__ == "__main__":
    main()
