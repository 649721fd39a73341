"""The profile that a market's newest scores are by, kept beside them: it explains them later, whatever is set then."""

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from wholesaler.db.models import ScoreProfile
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
