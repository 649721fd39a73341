"""Score: every lead's features, points and tier in one statement, a snapshot of the day, and what to announce."""

from datetime import date

from sqlalchemy import Connection, MetaData, Text, and_, cast, func, insert, literal, select, text, tuple_, update

from wholesaler.db.base import Base
from wholesaler.db.models import LeadScore
from wholesaler.db.sql import statement
from wholesaler.db.statistics import refresh_statistics
from wholesaler.scoring.features import FEATURES
from wholesaler.scoring.profile import COMPONENTS, Profile, load_profile
from wholesaler.scoring.rules import fired_rules, scores
from wholesaler.scoring.stored import keep_profile, tier_stats
from wholesaler.stages.interface import Attempt, Context, Result
from wholesaler.stages.properties.addresses import refresh_addresses
from wholesaler.stages.properties.county import refresh_county_facts
from wholesaler.stages.properties.freshness import current_sources, freshness
from wholesaler.stages.properties.parcels import refresh_parcels
from wholesaler.stages.properties.violations import count_violations

#: a lead is new in tier A again only when it had left it for this long
NEW_AGAIN_AFTER_DAYS = 30
_SCORE_COLUMNS = ("total_score", "tier", *COMPONENTS, "signals", *FEATURES)


def run(context: Context, attempt: Attempt) -> Result:
    """Score the market's leads as of the day; raises :class:`ConfigurationError` for a wrong profile."""
    from wholesaler.notify import enabled_channels

    profile = load_profile(context.profile or context.settings.profile)
    channels = [channel.name for channel in enabled_channels(context.settings)]
    with context.engine.begin() as connection:
        if not context.state.parcels_are_fresh:
            refresh_parcels(connection, context.market, context.as_of)
        # within a run, enrich has done this unless dedupe found further records
        if not context.state.addresses_are_fresh:
            refresh_addresses(connection, context.market)
        context.state.addresses_are_fresh = False
        refresh_county_facts(connection, context)
        count_violations(connection, context)
        by_source = freshness(connection, context.market, context.as_of)
        changed = _score(connection, context, profile, current_sources(context.market, by_source))
        keep_profile(connection, context.market.key, profile)
        snapshots = _snapshot(connection, context)
        new = _mark_new(connection, context)
        _announce(connection, context, profile, channels)
        stats = tier_stats(connection, context.market.key)
        without_score = _count_without_score(connection, context)
    stats = {
        "processed": stats["total_leads"] + without_score,
        "scored": stats["total_leads"],
        "failed": 0,
        "changed": changed,
        "snapshots_created": snapshots,
        "new_tier_a": new,
        **stats,
        "profile": profile.name,
    }
    return Result(stats, [source.warning for source in by_source.values() if source.stale])


def _score(connection: Connection, context: Context, profile: Profile, sources: list[str]) -> int:
    """Write the scores that are different, and drop those of properties that are no leads any more."""
    market = context.market.key
    day_scores = scores(profile, market, context.as_of, sources).cte("day_scores")
    names = ["market", "as_of", "profile", "property_id", *_SCORE_COLUMNS]
    values = (cast(literal(market), Text), literal(context.as_of), cast(literal(profile.name), Text), *day_scores.c)
    query = select(*(value.label(name) for name, value in zip(names, values, strict=True))).compile(
        dialect=connection.dialect
    )
    # CREATE TABLE AS may use all processors, INSERT may not
    connection.exec_driver_sql(f"CREATE TEMPORARY TABLE day_scores ON COMMIT DROP AS {query}", query.construct_params())
    connection.execute(text("ANALYZE day_scores (property_id)"))
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
    new = select(*(temporary.c[name] for name in names)).where(~select(literal(1)).where(same).exists())
    changed += connection.execute(insert(old).from_select(names, new, include_defaults=False)).rowcount
    refresh_statistics(connection, "lead_scores", changed, ("market", "property_id", "as_of", "tier", "is_new"))
    connection.execute(statement(__package__, "score.sql", "drop_former_leads"), {"market": market})
    return changed


def _snapshot(connection: Connection, context: Context) -> int:
    """Keep the day's scores; returns how many snapshots are new or different."""
    partition = _ensure_partition(connection, context.as_of)
    parameters = {"market": context.market.key, "as_of": context.as_of}
    connection.execute(statement(__package__, "score.sql", "drop_snapshots"), parameters)
    snapshots = connection.execute(statement(__package__, "score.sql", "update_snapshots"), parameters).rowcount
    snapshots += connection.execute(statement(__package__, "score.sql", "insert_snapshots"), parameters).rowcount
    refresh_statistics(connection, partition, snapshots)
    return snapshots


def _ensure_partition(connection: Connection, day: date) -> str:
    """The partition of the history for the month of ``day``, made by whoever needs it first; returns its name."""
    first = day.replace(day=1)
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    name = f"lead_score_history_{first:%Y_%m}"
    if connection.scalar(text("SELECT to_regclass(:name) IS NULL"), {"name": name}):
        connection.execute(
            text(
                f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF lead_score_history"
                f" FOR VALUES FROM ('{first}') TO ('{after}')"
            )
        )
    return name


def _mark_new(connection: Connection, context: Context) -> int:
    parameters = {"market": context.market.key, "as_of": context.as_of, "again_after": NEW_AGAIN_AFTER_DAYS}
    connection.execute(statement(__package__, "score.sql", "mark_new"), parameters)
    query = select(func.count()).where(LeadScore.market == context.market.key, LeadScore.is_new)
    return int(connection.scalar(query) or 0)


def _announce(connection: Connection, context: Context, profile: Profile, channels: list[str]) -> None:
    """Write what is to be announced, in the scores' own transaction: a crash cannot lose it."""
    lead = Base.metadata.tables["lead_scores"].c
    query = (
        select(lead.property_id, fired_rules(profile, lead).label("rules"))
        .where(lead.market == context.market.key, lead.is_new)
        .compile(dialect=connection.dialect)
    )
    connection.exec_driver_sql(f"CREATE TEMPORARY TABLE lead_rules ON COMMIT DROP AS {query}", query.construct_params())
    connection.execute(text("ANALYZE lead_rules"))
    parameters = {
        "market": context.market.key,
        "as_of": context.as_of,
        "again_after": NEW_AGAIN_AFTER_DAYS,
        "channels": channels,
    }
    deliveries = connection.execute(statement(__package__, "score.sql", "announce"), parameters).rowcount
    refresh_statistics(connection, "alert_deliveries", deliveries, ("market", "channel", "kind", "subject", "as_of"))


def _count_without_score(connection: Connection, context: Context) -> int:
    """Active properties without a score: those whose only signal lies before the day or is stale."""
    parameters = {"market": context.market.key}
    return int(connection.scalar(statement(__package__, "score.sql", "count_without_score"), parameters) or 0)
