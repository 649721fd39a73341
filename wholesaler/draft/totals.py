"""The line of the sums of a sheet, which is no record: left out by a field that only records have."""

import re
from typing import TYPE_CHECKING

from wholesaler.probe.description import text_of

if TYPE_CHECKING:
    from wholesaler.draft.sources import SourceDraft

#: the columns that a record has most surely, tomorrow too
_SUREST = ("parcel", "status", "event_date", "opened_date", "sale_date", "recording_date", "owner_name", "case_number")
#: more lines than this are not those of sums
MOST = 3
_SUM = re.compile(r"(?:grand|sub|report|county)?[ -]?totals?:?", re.IGNORECASE)


def settle_totals(source: "SourceDraft") -> None:
    """Leave the lines of sums of a file out, where a column that is used is empty there and there alone."""
    records = source.looked.sample.records
    sums = [
        record
        for record in records
        if any(isinstance(one, str) and _SUM.fullmatch(one.strip()) for one in record.values())
    ]
    if not 0 < len(sums) <= MOST or source.looked.target.kind != "file":
        return
    empty = {name for name in source.columns.used() if not any(text_of(record.get(name)) for record in sums)}
    count = len(records) - len(sums)
    names = [source.columns.fields.get(column) for column in _SUREST]
    able = [one.name for one in source.looked.found.fields if one.name in empty and one.filled == count]
    name = next((one for one in [*names, *able] if one in able), None)
    if name is not None and name not in source.only:
        source.only[name] = {"present": True}
        source.comment("only", f"A line of sums is no record; {name} is empty there alone.")
