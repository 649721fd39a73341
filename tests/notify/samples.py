"""Leads, digests and settings for the tests of the channels."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from wholesaler.notify import Digest, FailureNotice, Finding, FindingsNotice, LeadNews, LeadNotice, ProfileChange
from wholesaler.settings import Settings

OWNER = "DOE JANE Q"
HOSTILE = '<!channel> *bold* _it_ ~no~ `code` & <b>x</b> <https://evil.example|click> @here "q" \\ ' + "&<>" * 300


def lead(number: int = 1, **changes: Any) -> LeadNotice:
    """A lead whose parcel id ends in ``number``."""
    values: dict[str, Any] = {
        "parcel_id": f"282229885{number:06d}",
        "address": f"{number} W Smith St",
        "city": "Orlando",
        "zip_code": "32804",
        "total_score": Decimal("78.5"),
        "tier": "A",
        "signals": ("tax_sale", "code_violation"),
        "reasons": ("Tax deed sale on 18 Dec 2025, in 17 days: +50 urgency", "2 open code cases: +20 distress"),
        "deal": {
            "arv": Decimal("310000.00"),
            "repairs": Decimal("45000"),
            "mao": Decimal("157000"),
            "debt": Decimal("12345.50"),
            "spread": Decimal("144654.5"),
        },
        "owner_name": OWNER,
        "snapshot_date": date(2025, 12, 1),
        "foreclosure": False,
        "sales": (("Tax deed sale", date(2025, 12, 18)),),
        "owner_class": "company",
        "mail_differs": "out_of_state",
        "mail": "9 Far Rd, Reno, NV 89501",
        "links": {"parcel": f"https://county.example/{number}?a=1&b=2", "street_view": "https://maps.example/1,2"},
    }
    return LeadNotice(**(values | changes))


def digest(*leads: LeadNotice, **changes: Any) -> Digest:
    """A digest of Orange County on 1 Dec 2025."""
    values: dict[str, Any] = {
        "market_key": "orange-fl",
        "market_name": "Orange County, Florida",
        "as_of": date(2025, 12, 1),
        "leads": leads or (lead(),),
        "tier_counts": {"A": 13, "B": 29, "C": 134, "D": 1010},
        "stale_sources": ("foreclosures",),
    }
    return Digest(**(values | changes))


def news(number: int = 1, *words: str, **changes: Any) -> LeadNews:
    """News of the lead of that number."""
    one = lead(number)
    values: dict[str, Any] = {
        "parcel_id": one.parcel_id,
        "address": one.address,
        "city": one.city,
        "zip_code": one.zip_code,
        "words": words or ("Tax deed sale: gone from the list",),
        "links": one.links,
    }
    return LeadNews(**(values | changes))


def failure(**changes: Any) -> FailureNotice:
    """A failed ingest."""
    values: dict[str, Any] = {
        "market_key": "orange-fl",
        "market_name": "Orange County, Florida",
        "stage": "ingest",
        "as_of": date(2025, 12, 1),
        "error": "tax_sales: the server answered 503.",
        "hint": "Look at the server's status page.",
        "run_seconds": 923.4,
    }
    return FailureNotice(**(values | changes))


def findings(**changes: Any) -> FindingsNotice:
    """One warning of the check."""
    values: dict[str, Any] = {
        "market_key": "orange-fl",
        "market_name": "Orange County, Florida",
        "as_of": date(2025, 12, 1),
        "findings": (Finding("warning", "Freshness of the sources: foreclosures: too old", "Look for a newer layer."),),
    }
    return FindingsNotice(**(values | changes))


def profile_change(**changes: Any) -> ProfileChange:
    """The first day by v2."""
    values: dict[str, Any] = {
        "market_key": "orange-fl",
        "market_name": "Orange County, Florida",
        "as_of": date(2025, 12, 1),
        "profile": "v2",
        "tier_counts": {"A": 13, "B": 29, "C": 134, "D": 1010},
        "profile_before": "v1",
        "day_before": date(2025, 11, 30),
        "tier_counts_before": {"A": 1, "B": 30, "C": 145, "D": 1000},
    }
    return ProfileChange(**(values | changes))


#: what every channel says of it
PROFILE_CHANGE = (
    "Until now they were scored by profile v1.",
    "By tier today: A 13, B 29, C 134, D 1,010. On 30 Nov 2025: A 1, B 30, C 145, D 1,000.",
    "What is in tier A now (13 leads) counts as told",
    "wholesaler leads list --tier A",
)


def settings(home: Path, **variables: Any) -> Settings:
    """Settings from environment variable names, with no wait between attempts."""
    return Settings.model_validate({"WHOLESALER_HOME": home, "WHOLESALER_HTTP_RETRY_WAIT": 0, **variables})
