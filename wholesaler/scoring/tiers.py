"""Leads by tier, as every command and report counts them."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, func, select

from wholesaler.db.models import TIERS, LeadScore


def tier_counts(rows: Iterable[Any]) -> dict[str, Any]:
    """``tier_counts``, ``tier_percentages`` (of all leads, 2 places) and ``total_leads`` of rows of tier and count."""
    counted = {tier: int(count) for tier, count in rows}
    counts = {tier: counted.get(tier, 0) for tier in TIERS}
    total = sum(counts.values())
    shares = {tier: round(100 * count / total, 2) if total else 0.0 for tier, count in counts.items()}
    return {"tier_counts": counts, "tier_percentages": shares, "total_leads": total}


def tier_stats(connection: Connection, market: str) -> dict[str, Any]:
    """The :func:`tier_counts` of the newest scores."""
    rows = connection.execute(
        select(LeadScore.tier, func.count()).where(LeadScore.market == market).group_by(LeadScore.tier)
    )
    return tier_counts(rows)
