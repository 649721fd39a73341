"""The newest scores of a market: their tiers, and the profile they are by, which explains them later."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from wholesaler.db.models import TIERS, LeadScore, ScoreProfile
from wholesaler.scoring.profile import Profile


def keep_profile(connection: Connection, market: str, profile: Profile) -> None:
    """Write the profile down, unless it is there already."""
    definition = profile.model_dump(mode="json", exclude_unset=True)
    insertion = insert(ScoreProfile).values(market=market, name=profile.name, definition=definition)
    new = insertion.excluded
    connection.execute(
        insertion.on_conflict_do_update(
            index_elements=["market"],
            set_={"name": new.name, "definition": new.definition, "updated_at": func.now()},
            where=ScoreProfile.definition != new.definition,
        )
    )


def kept_profile(connection: Connection, market: str) -> Profile | None:
    """The profile of the newest scores; none before the first."""
    definition = connection.scalar(select(ScoreProfile.definition).where(ScoreProfile.market == market))
    return None if definition is None else Profile.model_validate(definition)


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
