"""Leads by the addresses that a test gives them."""

from typing import Any

from sqlalchemy import Engine

from tests.stages.check.rows import DOWNTOWN, MARKET, Rows
from wholesaler.leads.filters import Filters
from wholesaler.leads.listing import leads
from wholesaler.markets import load_market


class World:
    """Leads by the addresses that a test gives them."""

    def __init__(self, engine: Engine, rows: Rows) -> None:
        self.engine, self.rows = engine, rows
        self.ids: dict[str, int] = {}

    def lead(self, address: str, parcel: dict[str, Any] | None = None, place: Any = None, **values: Any) -> str:
        number = self.rows.parcel()
        known = {name: values.pop(name) for name in ("city", "zip_code") if name in values}
        parts = dict(zip(("house_number", "street"), address.replace("ST", "STREET").split(" ", 1), strict=True))
        self.ids[address] = self.rows.property(number, address=address, location=place or DOWNTOWN, **known, **parts)
        if parcel is not None:
            self.rows.describe(number, **parcel)
        self.rows.lead(self.ids[address], **{"signals": ["tax_deed_sale"], **values})
        return number

    def number(self, address: str) -> str:
        """The parcel number at an address."""
        query = "SELECT parcel_id FROM properties WHERE market = :market AND id = :id"
        return str(self.rows.execute(query, id=self.ids[address]))

    def listed(self, limit: int = 50, **filters: Any) -> list[str]:
        with self.engine.connect() as connection:
            page = leads(connection, load_market(MARKET), Filters(**filters), limit)
        shown = len(page["leads"])
        assert page["total"] == shown or (page["total"] > shown == limit)
        return [lead["address"] for lead in page["leads"]]
