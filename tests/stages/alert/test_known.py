"""A lead that is announced, as the ledger has it and as it is now."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from tests.markets.samples import orange_market
from wholesaler.stages.alert.known import Known

DAY, SALE = date(2025, 12, 1), date(2025, 12, 18)
WRITTEN: dict[str, Any] = {
    "parcel_id": "1", "address": "1 ELM ST", "city": "Orlando", "zip_code": "32801", "total_score": 70.5, "tier": "A",
    "signals": ["tax_deed_sale"], "reasons": ["then"], "deal": {"arv": 100, "spread": None}, "owner_name": "THEN",
    "snapshot_date": "2025-11-30", "foreclosure": False,
}  # fmt: skip
NOW: dict[str, Any] = {
    "address": "1 ELM STREET", "city": "Orlando", "zip_code": "32801", "owner_name": "NOW", "owner_class": None,
    "mail_differs": None, "mail": "", "status": None, "as_of": DAY, "tier": "B", "total_score": Decimal(60),
    "signals": ["lis_pendens"], "arv": 1, "repairs": 2, "mao": 3, "debt": 4, "spread": 5, "is_land": None,
    "tax_sale_date": None, "auction_date": SALE,
}  # fmt: skip


def lead(**now: Any) -> Any:
    row = SimpleNamespace(**{**NOW, **now})
    return Known(orange_market(), {1: row}, {}, {}).lead(1, WRITTEN)


def test_what_is_none_any_more_is_told_as_it_was() -> None:
    found = Known(orange_market(), {}, {}, {}).lead(1, WRITTEN)
    assert (found.owner_name, found.tier, found.total_score, found.sales) == ("THEN", "A", Decimal("70.5"), ())
    assert (found.deal["arv"], found.deal["spread"], found.is_land) == (100, None, False)
    assert Known(orange_market(), {}, {}, {}).lead(1, WRITTEN | {"is_land": True}).is_land
    # not scored today, or excluded
    for now in ({"as_of": None}, {"tier": None}):
        found = lead(**now)
        assert (found.owner_name, found.tier, found.snapshot_date) == ("NOW", "A", date(2025, 11, 30))


def test_what_is_a_lead_is_told_as_it_is() -> None:
    found, words = lead(), orange_market().words
    assert (found.owner_name, found.tier, found.reasons, found.foreclosure) == ("NOW", "B", ("then",), True)
    assert found.sales == ((words.foreclosure_auction, SALE),)
    assert (found.mail, found.came_back, found.is_land, found.deal["spread"]) == (None, False, False, 5)
    assert lead(tax_sale_date=DAY).sales == ((words.tax_sale, DAY), (words.foreclosure_auction, SALE))
    for signals, foreclosure in ((["foreclosure_auction"], True), (["vacancy"], False)):
        assert lead(signals=signals).foreclosure is foreclosure
    assert (lead(status="dead").came_back, lead(is_land=True).is_land, lead(mail="here").mail) == (True, True, "here")
