"""Lists for drafts, as though a publisher had sent them."""

from datetime import date
from typing import Any

from wholesaler.draft.publisher import Looked
from wholesaler.probe import described
from wholesaler.probe.address import Target
from wholesaler.probe.reading import Sample
from wholesaler.settings import Settings

TODAY = date(2026, 11, 27)
ROWS = 100
PARCELS = [f"07-{number:04d}-003" for number in range(ROWS)]
OWNERS = [f"MILLER RUTH {letter}" for letter in "ABCDEFGHIJ"] * 10
ROLL: dict[str, list[Any]] = {
    "PIN": PARCELS, "OWNER_NAME": OWNERS, "SITUS_ADDRESS": [f"{n} ELM ST" for n in range(1, ROWS + 1)],
    "TOTAL_VALUE": [str(50_000 + n) for n in range(ROWS)], "YEAR_BUILT": [str(1900 + n) for n in range(ROWS)],
    "LAND_VALUE": [str(9_000 + n) for n in range(ROWS)], "ACREAGE": ["0.25", "0.31"] * 50,
}  # fmt: skip


def cases(opened: date = date(2026, 11, 1)) -> dict[str, list[Any]]:
    return {
        "CASE_NUMBER": [f"V-{number:05d}" for number in range(ROWS)],
        "PIN": PARCELS,
        "OPENED_DATE": [opened.isoformat()] * ROWS,
        "STATUS": ["OPEN", "COMPLIED"] * 50,
    }


def looked(
    columns: dict[str, list[Any]], title: str, records: int | None = None, *, whole: bool = True,
    codes: dict[str, dict[str, str]] | None = None, titles: dict[str, str] | None = None, **types: str,
) -> Looked:  # fmt: skip
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    sample = Sample(rows, dict.fromkeys(columns, "") | types, frozenset(), whole, None, {}, codes or {},
                    {name: (title,) for name, title in (titles or {}).items()})  # fmt: skip
    url = "https://gis.mill.example/arcgis/rest/services/List/FeatureServer/0"
    target = Target("arcgis", url, url, "an ArcGIS layer")
    settings = Settings.model_validate({"WHOLESALER_HOME": "/nowhere"})
    return Looked(described(url, target, sample, TODAY), target, sample, title, records or len(rows), settings)
