"""Whether a record by itself makes its parcel a lead on a day: what ``features.sql`` asks of records, of one of them.

That statement needs a database with everything loaded; this is for records that are only looked at. A test loads
records at every edge and holds the two together.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from wholesaler.markets.records import CODE_VIOLATIONS, DISTRESS_EVENTS, FORECLOSURES, TAX_SALES, RecordKind
from wholesaler.scoring.features import PERIOD_DAYS


def is_signal(kind: RecordKind, record: Mapping[str, str | None], day: date) -> bool:
    """Whether a record (columns as text, days as ISO dates; what is left out is null) is a signal on a day."""
    today = day.isoformat()
    status = (record.get("status") or "").lower()
    match kind.table:
        case TAX_SALES.table:
            deed = (record.get("deed_status") or "active sale").lower()
            return deed == "lands available" or (deed == "active sale" and (record.get("sale_date") or "") >= today)
        case FORECLOSURES.table:
            first = (day - timedelta(days=PERIOD_DAYS)).isoformat()
            is_ahead = (record.get("auction_date") or "") >= today
            return is_ahead or first <= (record.get("recording_date") or "") <= today
        case CODE_VIOLATIONS.table:
            return status == "open" and (record.get("opened_date") or "") <= today
        case DISTRESS_EVENTS.table:
            closed = record.get("closed_date")
            return status != "closed" and (closed is None or closed > today)
    return False
