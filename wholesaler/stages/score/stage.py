"""Score: every lead's features, points and tier in one statement, a snapshot of the day, and what to announce.

A day older than the list there is becomes history and nothing else: no list, nothing new, nothing to announce.
"""

from datetime import date
from typing import Any

from sqlalchemy import (
    Connection,
    MetaData,
    Row,
    Text,
    and_,
    cast,
    column,
    func,
    insert,
    literal,
    select,
    table,
    text,
    tuple_,
    update,
)

from wholesaler.db.base import Base
from wholesaler.db.history import ensure_partition
from wholesaler.db.scores import LeadScore
from wholesaler.db.sql import create_temporary_table, statement
from wholesaler.db.statistics import refresh_statistics
from wholesaler.documents import to_json
from wholesaler.leads.reading import later_list
from wholesaler.scoring.features import COLUMNS
from wholesaler.scoring.profile import Profile, load_profile, of_market
from wholesaler.scoring.rules import fired_rules, scores
from wholesaler.scoring.stored import keep_profile, tier_counts, tier_stats
from wholesaler.stages.interface import Attempt, Context, Result
from wholesaler.stages.properties.addresses import refresh_addresses
from wholesaler.stages.properties.county import refresh_county_facts
from wholesaler.stages.properties.freshness import Freshness, current_sources, freshness
from wholesaler.stages.properties.parcels import refresh_parcels
from wholesaler.stages.properties.violations import count_violations
from wholesaler.stages.properties.words import explain_no_leads
from wholesaler.stages.score.news import announce_news, keep_dates

#: a lead is new in tier A again only when it had left it for this long
NEW_AGAIN_AFTER_DAYS = 30
_SCORE_COLUMNS = ("total_score", "tier", "excluded", "components", "signals", *COLUMNS, "events")


def run(context: Context, attempt: Attempt) -> Result:
    """Score the market's leads as of the day; raises :class:`ConfigurationError` for a wrong profile.

    With ``current`` a day older than the list becomes the list all the same.
    """
    from wholesaler.notify import enabled_channels

    profile = of_market(load_profile(context.profile or context.settings.profile), context.market)
    channels = [channel.name for channel in enabled_channels(context.settings)]
    with context.engine.begin() as connection:  # its own, so that no county holds what another one waits for
        ensure_partition(connection, context.as_of)
    with context.engine.begin() as connection:
        listed = None if context.options.current else later_list(connection, context.market, context.as_of)
        by_source = _score_day(connection, context, profile)
        if listed is not None:
            return _keep_history(connection, context, profile, listed)
        changed = _list(connection, context)
        for name in ("note_returns", "returns"):
            connection.execute(statement(__package__, "score.sql", name), _key(context))
        _hold(connection, context)
        connection.execute(statement(__package__, "score.sql", "drop_held_deliveries"), _key(context))
        is_edited = keep_profile(connection, context.market.key, profile, context.as_of)
        snapshots = _snapshot(connection, context)
        before = _day_before(connection, context)
        is_other_profile = before is not None and (is_edited or before.profile != profile.name)
        new = _mark_new(connection, context, is_other_profile)
        told = _new_to_tell(connection, context, is_other_profile)
        _announce(connection, context, profile, channels, told, is_first=before is None)
        sources = current_sources(context.market, by_source)
        keep_dates(connection, context, sources)
        announce_news(connection, context, channels, sources, told, is_other_profile=is_other_profile)
        stats = tier_stats(connection, context.market.key)
        parameters = _key(context) | {"profile": profile.name}
        connection.execute(statement(__package__, "score.sql", "withdraw_profile"), parameters)
        if before is not None and is_other_profile:
            _announce_profile(connection, context, profile, before, stats["tier_counts"], channels)
        excluded = _count_excluded(connection, context)
        without_score = _count_without_score(connection, context)
        warnings = [source.warning for source in by_source.values() if source.stale]
        if not stats["total_leads"]:
            stale = {name for name, source in by_source.items() if source.stale}
            warnings.append(explain_no_leads(connection, context.market, stale))
    scored = stats["total_leads"] + excluded
    stats = {
        "processed": scored + without_score,
        "scored": scored,
        "failed": 0,
        "changed": changed,
        "snapshots_created": snapshots,
        "new_tier_a": new,
        **stats,
        "excluded": excluded,
        "profile": profile.name,
        "profile_before": before.profile if before is not None and is_other_profile else None,
        "current": True,
    }
    return Result(stats, warnings)


def keep_day(connection: Connection, context: Context) -> int:
    """Score a day that was never the list for the history alone, in the caller's transaction.

    Its partition must be there (:func:`ensure_partition`). Returns how many leads it had in all tiers.
    """
    profile = of_market(load_profile(context.profile or context.settings.profile), context.market)
    _score_day(connection, context, profile)
    _hold(connection, context, is_list=False)
    _snapshot(connection, context, backfilled=True)
    counts = tier_counts(connection.execute(statement(__package__, "score.sql", "day_tiers")))
    return int(counts["total_leads"])


def was_listed(connection: Connection, market: str, day: date) -> bool:
    """Whether a day was the list once: then its history is what people were told."""
    parameters = {"market": market, "as_of": day}
    return bool(connection.scalar(statement(__package__, "score.sql", "was_listed"), parameters))


def _score_day(connection: Connection, context: Context, profile: Profile) -> dict[str, Freshness]:
    """Bring up to date what belongs to a day, and score it into ``day_scores``; returns how fresh the sources are."""
    if not context.state.parcels_are_fresh:
        refresh_parcels(connection, context.market, context.as_of)
    # within a run, enrich has done this unless dedupe found further records
    if not context.state.addresses_are_fresh:
        refresh_addresses(connection, context.market)
    context.state.addresses_are_fresh = False
    refresh_county_facts(connection, context)
    count_violations(connection, context)
    by_source = freshness(connection, context.market, context.as_of)
    _score(connection, context, profile, current_sources(context.market, by_source))
    return by_source


def _keep_history(connection: Connection, context: Context, profile: Profile, listed: date) -> Result:
    """Keep the scores of a day older than the list of the day ``listed`` as history.

    What the day left as history when it was the list itself stays, since that is what people were told.
    """
    day = f"{context.as_of:%-d %b %Y}"
    stays = was_listed(connection, context.market.key, context.as_of)
    _hold(connection, context, is_list=False)
    snapshots = 0 if stays else _snapshot(connection, context, backfilled=True)
    counts = tier_counts(connection.execute(statement(__package__, "score.sql", "day_tiers")))
    excluded = int(connection.scalar(text("SELECT count(*) FROM day_scores WHERE excluded IS NOT NULL")) or 0)
    scored = counts["total_leads"] + excluded
    stats = {
        "processed": scored + _count_without_score(connection, context),
        "scored": scored,
        "failed": 0,
        "changed": 0,
        "snapshots_created": snapshots,
        "new_tier_a": 0,
        **counts,
        "excluded": excluded,
        "profile": profile.name,
        "profile_before": None,
        "current": False,
    }
    kept = "its history stays as it was told then" if stays else "it is history only"
    return Result(
        stats,
        [
            f"{day} is older than the list of {listed:%-d %b %Y}, which stays: {kept}, and nothing is announced. "
            f"`wholesaler score --as-of {context.as_of} --current` makes it the list."
        ],
    )


def _key(context: Context) -> dict[str, Any]:
    return {"market": context.market.key, "as_of": context.as_of}


def _score(connection: Connection, context: Context, profile: Profile, sources: list[str]) -> None:
    """The scores of the day, in the temporary table ``day_scores``."""
    market = context.market.key
    day_scores = scores(profile, market, context.as_of, sources).cte("day_scores")
    names = ["market", "as_of", "profile", "property_id", *_SCORE_COLUMNS]
    query = select(
        cast(literal(market), Text).label("market"),
        literal(context.as_of).label("as_of"),
        cast(literal(profile.name), Text).label("profile"),
        *(day_scores.c[name] for name in names[3:]),
    )
    create_temporary_table(connection, "day_scores", query)
    connection.execute(statement(__package__, "score.sql", "drop_confidential"), {"market": market})
    connection.execute(text("ANALYZE day_scores (property_id)"))


def _list(connection: Connection, context: Context) -> int:
    """Write the scores that are different, and drop those of properties that are no leads any more."""
    market = context.market.key
    temporary = Base.metadata.tables["lead_scores"].to_metadata(MetaData(), name="day_scores")
    columns = ("as_of", "profile", *_SCORE_COLUMNS)
    old = Base.metadata.tables["lead_scores"]
    same = and_(old.c.market == market, old.c.property_id == temporary.c.property_id)
    # only what differs is written, and what is new by a plain INSERT, which an upsert is not
    differs = tuple_(*(old.c[name] for name in columns)).is_distinct_from(
        tuple_(*(temporary.c[name] for name in columns))
    )
    assignments = {name: temporary.c[name] for name in columns} | {"updated_at": func.now()}
    changed = connection.execute(update(old).values(assignments).where(same, differs)).rowcount
    names = ["market", "property_id", *columns]
    new = select(*(temporary.c[name] for name in names)).where(~select(literal(1)).where(same).exists())
    changed += connection.execute(insert(old).from_select(names, new)).rowcount
    refresh_statistics(connection, "lead_scores", changed, ("market", "property_id", "as_of", "tier", "is_new"))
    connection.execute(statement(__package__, "score.sql", "drop_former_leads"), {"market": market})
    return changed


def _hold(connection: Connection, context: Context, *, is_list: bool = True) -> None:
    """The properties that nobody is to hear of, in the temporary table ``held_properties``.

    Of a day that is no list nobody hears anyway: none.
    """
    parameters = {"market": context.market.key, "is_list": is_list}
    connection.execute(statement(__package__, "score.sql", "held_properties"), parameters)
    connection.execute(text("ANALYZE held_properties"))


def _snapshot(connection: Connection, context: Context, *, backfilled: bool = False) -> int:
    """Keep the day's scores; returns how many snapshots are new or different."""
    partition = ensure_partition(connection, context.as_of)
    parameters = _key(context) | {"backfilled": backfilled}
    connection.execute(statement(__package__, "score.sql", "drop_snapshots"), parameters)
    snapshots = connection.execute(statement(__package__, "score.sql", "update_snapshots"), parameters).rowcount
    snapshots += connection.execute(statement(__package__, "score.sql", "insert_snapshots"), parameters).rowcount
    refresh_statistics(connection, partition, snapshots)
    return snapshots


def _day_before(connection: Connection, context: Context) -> Row[Any] | None:
    """The day scored last before this one, its profile and its leads by tier; none on the first."""
    return connection.execute(statement(__package__, "score.sql", "day_before"), _key(context)).one_or_none()


def _mark_new(connection: Connection, context: Context, is_other_profile: bool) -> int:
    _find_new(connection, context, is_other_profile, ["A"], "new_in_a")
    connection.execute(statement(__package__, "score.sql", "mark_new"), {"market": context.market.key})
    query = select(func.count()).where(LeadScore.market == context.market.key, LeadScore.is_new)
    return int(connection.scalar(query) or 0)


def _new_to_tell(connection: Connection, context: Context, is_other_profile: bool) -> str:
    """The temporary table with the leads that are new in the tiers that are announced."""
    tiers = context.settings.told_tiers
    if tiers == ["A"]:
        return "new_in_a"
    _find_new(connection, context, is_other_profile, tiers, "new_to_tell")
    return "new_to_tell"


def _find_new(connection: Connection, context: Context, is_other_profile: bool, tiers: list[str], name: str) -> None:
    parameters = {
        "market": context.market.key,
        "as_of": context.as_of,
        "tiers": tiers,
        "again_after": NEW_AGAIN_AFTER_DAYS,
        "is_other_profile": is_other_profile,
    }
    connection.execute(statement(__package__, "score.sql", "novelty", table=name), parameters)


def _announce_profile(
    connection: Connection,
    context: Context,
    profile: Profile,
    before: Row[Any],
    tier_counts: dict[str, int],
    channels: list[str],
) -> None:
    """Write down that people are to be told of the other profile, in the scores' own transaction too."""
    payload = {
        "market_key": context.market.key,
        "market_name": context.market.name,
        "as_of": context.as_of.isoformat(),
        "profile": profile.name,
        "tier_counts": tier_counts,
        "profile_before": before.profile,
        "day_before": before.as_of.isoformat(),
        "tier_counts_before": {"A": before.a, "B": before.b, "C": before.c, "D": before.d},
        "tiers": context.settings.told_tiers,
    }
    parameters = {
        "market": context.market.key,
        "as_of": context.as_of,
        "profile": profile.name,
        "payload": to_json(payload),
        "channels": channels,
    }
    connection.execute(statement(__package__, "score.sql", "announce_profile"), parameters)


def _announce(
    connection: Connection, context: Context, profile: Profile, channels: list[str], told: str, *, is_first: bool
) -> None:
    """Write what is to be announced, in the scores' own transaction: a crash cannot lose it.

    ``told`` is the table of the leads, ``is_first`` says that nothing was scored before.
    """
    lead, to_tell = Base.metadata.tables["lead_scores"], table(told, column("property_id"))
    is_told = lead.c.property_id.in_(select(to_tell.c.property_id))
    new = select(lead).where(lead.c.market == context.market.key, is_told).subquery("lead")
    rules = fired_rules(profile, new).subquery()
    create_temporary_table(connection, "lead_rules", select(rules.c.property_id, rules.c.rules))
    connection.execute(text("ANALYZE lead_rules"))
    parameters = {
        "market": context.market.key,
        "as_of": context.as_of,
        "again_after": NEW_AGAIN_AFTER_DAYS,
        "channels": channels,
        "is_first": is_first,
        "zone": str(context.market.zone),
    }
    deliveries = connection.execute(statement(__package__, "score.sql", "announce"), parameters).rowcount
    refresh_statistics(connection, "alert_deliveries", deliveries, ("market", "channel", "kind", "subject", "as_of"))


def _count_excluded(connection: Connection, context: Context) -> int:
    query = select(func.count()).where(LeadScore.market == context.market.key, LeadScore.excluded.is_not(None))
    return int(connection.scalar(query) or 0)


def _count_without_score(connection: Connection, context: Context) -> int:
    """Active properties without a score: those whose only signal lies before the day or is stale."""
    parameters = {"market": context.market.key}
    return int(connection.scalar(statement(__package__, "score.sql", "count_without_score"), parameters) or 0)
