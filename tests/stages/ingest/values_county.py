"""A county of one source whose records a test writes down, and the rows they become; no database is needed."""

import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

from wholesaler.markets import read_market
from wholesaler.sources.files.source import FileSource, LocalPlace
from wholesaler.sources.interface import FetchRequest
from wholesaler.stages.ingest.convert.identity import wanted_fields, wanted_patterns
from wholesaler.stages.ingest.convert.records import Converter

HEAD = """
key = "values-fl"
name = "Values County"
state = "FL"
time_zone = "America/New_York"
bounding_box = { west = -81.70, south = 25.0, east = -80.0, north = 28.83 }
[parcel]
canonical = "{block}{lot}"
example = "12-345"
[parcel.parts]
block = { pattern = "[0-9]{2}" }
lot = { pattern = "[0-9]{3}" }
[parcel.forms]
dashed = "{block}-{lot}"
digits = "{block}{lot}"
turned = "{lot}-{block}"
"""


#: a market has a source of signals
OTHER = """
[sources.other]
record = "foreclosures"
kind = "file"
url = "none.json"
key = ["city"]
fields = { city = "CITY" }
"""


def write_market(folder: Path, keys: str, fields: str, record: str = "foreclosures", head: str = HEAD) -> Path:
    """The market file of one source named ``listed``, read from ``records.json``."""
    path = folder / "values.toml"
    source = f'[sources.listed]\nrecord = "{record}"\nkind = "file"\nurl = "records.json"\n{keys}\n'
    path.write_text(f"{head}\n{OTHER}{source}[sources.listed.fields]\n{fields}\n", "utf-8")
    return path


class Rows:
    """What records become: ``column(name)`` as PostgreSQL would read it, ``reasons``, counted ``issues``."""

    def __init__(
        self, folder: Path, records: list[dict[str, Any]], fields: str, keys: str = "", record: str = "foreclosures"
    ) -> None:
        (folder / "records.json").write_text(json.dumps(records))
        keys = keys or 'key = [{ field = "ID" }]'
        market = read_market(write_market(folder, keys, fields, record))
        definition = market.sources["listed"]
        request = FetchRequest(wanted_fields(definition), patterns=wanted_patterns(definition))
        fetch = FileSource("listed", places=[LocalPlace("listed", folder / "records.json")]).fetch(request)
        converter = Converter("listed", market, fetch)
        self.issues: Counter[str] = Counter()
        self.lines: list[str] = []
        self.reasons: list[str | None] = []
        self._columns = converter.columns
        for page in fetch.pages():
            block = converter.identify(page)
            self.lines += converter.rows(block, range(len(block)), {}, block.places)
            self.reasons += [None if reason == "\\N" else reason for reason in block.reasons]
            self.issues.update(issue for issues in block.issues.values() for issue in issues)

    def column(self, name: str) -> list[str | None]:
        """A column of all rows."""
        place = self._columns.index(name)
        texts = [line.split("\t")[place] for line in self.lines]
        return [None if text == "\\N" else text.replace("\\\\", "\\") for text in texts]


def odd_value(random: Random) -> Any:
    """Something that a publisher may write."""
    return random.choice(
        [
            None, "", " ", "x", " Elm St ", "a\tb", "back\\slash", "\\N", "12-345", "12/31/2025", "2025-02-28", "1e5",
            "$1,234.50", "-5", 0, 1, -1, 12.0, 12.5, 2.0**60, 10**30, 1764547200000, "1764547200000", True, False,
            ["a"], {"b": 1}, "4.9E+17", "Zoë", "x" * 600, random.randrange(10**6), random.random() * 1000,
        ]
    )  # fmt: skip
