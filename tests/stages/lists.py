"""Lists of a county, any number of each kind of record, as CSV files whose headings are our columns.

``Lists(directory).put("cases", "code_violations", {"parcel": parcel(1)}).write()`` writes the files and market file.
"""

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tests.markets.samples import orange_text

Row = dict[str, Any]
COLUMNS = {
    "tax_sales": ("parcel", "tda_number", "sale_date", "deed_status"),
    "foreclosures": ("parcel", "case_number", "recording_date", "auction_date", "address", "city", "zip_code"),
    "code_violations": ("parcel", "case_number", "opened_date", "status", "address"),
    "distress_events": (
        "parcel", "signal", "case_number", "event_date", "closed_date", "status", "amount", "years", "party_name",
        "address", "city", "zip_code",
    ),
    "property_records": ("parcel", "address", "city", "zip_code", "owner_name", "total_mkt"),
}  # fmt: skip
KEYS = {"tax_sales": "tda_number", "property_records": "parcel"}


@dataclass
class Lists:
    """The sources by their names: kind of record, rows, and keys of the market file that differ from the defaults."""

    directory: Path
    sources: dict[str, tuple[str, list[Row], Row]] = field(default_factory=dict)

    def put(self, name: str, record: str, *rows: Row, **keys: Any) -> Self:
        """A source, in place of one of the same name; ``x`` and ``y`` of a row are degrees."""
        self.sources[name] = (record, list(rows), keys)
        return self

    def rename(self, name: str, new: str, **keys: Any) -> Self:
        """The source under another name, in its place."""
        self.sources = {
            (new if one == name else one): (record, rows, {**other, **keys} if one == name else other)
            for one, (record, rows, other) in self.sources.items()
        }
        return self

    def write(self, only: tuple[str, ...] | None = None) -> Path:
        """The files (``only`` some of them, the others are as they were) and the market file."""
        head = orange_text().partition("# How politely")[0]
        sections = []
        for name, (record, rows, keys) in self.sources.items():
            url = keys.get("url", f"{name}.csv")
            if only is None or name in only:
                self._write_rows(self.directory / url, record, rows)
            values = {
                "record": record,
                "kind": "file",
                "url": url,
                "key": [KEYS.get(record, "case_number")],
                "parcel_form": "rts",
                **keys,
            }
            lines = [f"{key} = {json.dumps(value)}" for key, value in values.items() if value is not None]
            fields = [f'{column} = "{column}"' for column in COLUMNS[record]]
            place = 'location = { x = "x", y = "y" }'
            sections += [f"[sources.{name}]", *lines, place, f"[sources.{name}.fields]", *fields, ""]
        path = self.directory / "lists.toml"
        path.write_text(head + "\n".join(sections), "utf-8")
        return path

    def _write_rows(self, path: Path, record: str, rows: list[Row]) -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, (*COLUMNS[record], "x", "y"))
            writer.writeheader()
            writer.writerows(rows)
