"""The newest scores of a market: their tiers, and the profile they are by, which explains them later."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Connection, column, func, select, table, tuple_
from sqlalchemy.dialects.postgresql import JSONB, insert

from wholesaler.scoring.features import TIERS
from wholesaler.scoring.profile import Profile, points_of

#: the profiles for who reads: the models take a quarter of the time in which a list is shown to be imported
_PROFILES = table("score_profiles", column("market"), column("definition", JSONB))


def keep_profile(connection: Connection, market: str, profile: Profile, as_of: date) -> bool:
    """Write the profile down, unless it is there already.

    Returns whether ``as_of`` is the first day scored by it since it gave other points under the same name.
    """
    from wholesaler.db.scores import ScoreProfile

    definition = profile.model_dump(mode="json", exclude_unset=True)
    query = select(ScoreProfile.name, ScoreProfile.definition, ScoreProfile.changed_on)
    kept = connection.execute(query.where(ScoreProfile.market == market)).one_or_none()
    changed_on = None
    if kept is not None and kept.name == profile.name:
        same = points_of(kept.definition) == points_of(definition)
        changed_on = kept.changed_on if same else as_of
    insertion = insert(ScoreProfile).values(
        market=market, name=profile.name, definition=definition, changed_on=changed_on
    )
    new = insertion.excluded
    differs = tuple_(ScoreProfile.definition, ScoreProfile.changed_on).is_distinct_from(
        tuple_(new.definition, new.changed_on)
    )
    connection.execute(
        insertion.on_conflict_do_update(
            index_elements=["market"],
            set_={
                "name": new.name, "definition": new.definition, "changed_on": new.changed_on, "updated_at": func.now(),
            },
            where=differs,
        )
    )  # fmt: skip
    return changed_on == as_of


def kept_profile(connection: Connection, market: str) -> Profile | None:
    """The profile of the newest scores; none before the first."""
    definition = connection.scalar(select(_PROFILES.c.definition).where(_PROFILES.c.market == market))
    return None if definition is None else Profile.model_validate(definition)


def tier_counts(rows: Iterable[Any]) -> dict[str, Any]:
    """``tier_counts``, ``tier_percentages`` (of all leads, 2 places) and ``total_leads`` of rows of tier and count.

    Leads that the profile excludes are in no tier, and are not counted.
    """
    counted = {tier: int(count) for tier, count in rows}
    counts = {tier: counted.get(tier, 0) for tier in TIERS}
    total = sum(counts.values())
    shares = {tier: round(100 * count / total, 2) if total else 0.0 for tier, count in counts.items()}
    return {"tier_counts": counts, "tier_percentages": shares, "total_leads": total}


def tier_stats(connection: Connection, market: str) -> dict[str, Any]:
    """The :func:`tier_counts` of the newest scores."""
    from wholesaler.db.scores import LeadScore

    rows = connection.execute(
        select(LeadScore.tier, func.count()).where(LeadScore.market == market).group_by(LeadScore.tier)
    )
    return tier_counts(rows)
