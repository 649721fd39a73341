"""Rows of the ledger of deliveries for the tests of the alert stage, as score and announcements write them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Engine, text

from tests.markets.samples import LIVE_DAY
from wholesaler.documents import to_json

MARKET = "test-county"
_INSERT = """
INSERT INTO alert_deliveries (market, channel, kind, subject, as_of, payload)
VALUES (:market, :channel, :kind, :subject, :as_of, CAST(:payload AS jsonb))
"""


def parcel(number: int) -> str:
    """The parcel number of a lead."""
    return f"282229885{number:06d}"


@dataclass(frozen=True)
class Ledger:
    """The ledger of one database; a row is pending on one channel."""

    engine: Engine

    def lead(self, channel: str, number: int = 1, as_of: str = LIVE_DAY, **changes: Any) -> None:
        """A lead that is new on a day."""
        payload = {
            "parcel_id": parcel(number),
            "address": f"{number} W Smith St",
            "city": "Orlando",
            "zip_code": "32804",
            "total_score": 78.5,
            "tier": "A",
            "signals": ["tax_sale"],
            "reasons": ["Tax deed sale on 18 Dec 2025, in 17 days: +50 urgency"],
            "deal": {"arv": 310000.0, "repairs": 45000, "mao": 157000, "debt": None, "spread": None},
            "owner_name": None,
            "snapshot_date": as_of,
            "foreclosure": False,
        }
        self._insert(channel, "new_lead", str(number), as_of, payload | changes)

    def news(self, channel: str, number: int = 1, as_of: str = LIVE_DAY, **now: Any) -> None:
        """What is another today of a lead that people know; as it stands here, nothing."""
        known = {"in_tiers": True, "tier": "A", "signals": [], "tax_sale_date": None, "auction_date": None}
        known |= {"follow_up": None, "sale_ahead": None}
        payload = {"before": known, "now": known | now, "fates": {}, "excluded": None, "total_score": 60}
        place = {"parcel_id": parcel(number), "address": f"{number} W Smith St", "city": None, "zip_code": None}
        self._insert(channel, "lead_news", f"{number} {as_of}", as_of, payload | place)

    def findings(self, channel: str, title: str = "something odd", as_of: str = LIVE_DAY) -> None:
        """What the check found."""
        found = [{"severity": "warning", "title": title, "hint": None}]
        self._insert(channel, "findings", "check", as_of, self._market(as_of) | {"findings": found})

    def failure(self, channel: str, stage: str = "ingest", as_of: str = LIVE_DAY) -> None:
        """A stage that failed."""
        payload = {"stage": stage, "error": "It broke.", "hint": None, "run_seconds": 1.5}
        self._insert(channel, "stage_failure", stage, as_of, self._market(as_of) | payload)

    def pending(self) -> list[tuple[str, str, str]]:
        """Channel, kind and subject of what is pending."""
        return self._in("pending")

    def refused(self) -> list[tuple[str, str, str]]:
        """The same of what was refused for good."""
        return self._in("refused")

    def age(self, days: float) -> None:
        """What is there is so many days older."""
        query = "UPDATE alert_deliveries SET created_at = created_at - :days * interval '1 day'"
        with self.engine.begin() as connection:
            connection.execute(text(query), {"days": days})

    def _in(self, status: str) -> list[tuple[str, str, str]]:
        query = "SELECT channel, kind, subject FROM alert_deliveries WHERE status = :status ORDER BY 1, 2, 3"
        with self.engine.connect() as connection:
            return [(row.channel, row.kind, row.subject) for row in connection.execute(text(query), {"status": status})]

    def _insert(self, channel: str, kind: str, subject: str, as_of: str, payload: dict[str, Any]) -> None:
        values = {"market": MARKET, "channel": channel, "kind": kind, "subject": subject, "payload": to_json(payload)}
        with self.engine.begin() as connection:
            connection.execute(text(_INSERT), values | {"as_of": date.fromisoformat(as_of)})

    @staticmethod
    def _market(as_of: str) -> dict[str, str]:
        return {"market_key": MARKET, "market_name": "Test County", "as_of": as_of}
