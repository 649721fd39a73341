"""Which leads another profile puts into another tier: both score the same records, and nothing is written."""

from collections import Counter
from datetime import date
from typing import Any

from sqlalchemy import Connection

from wholesaler.db.sql import create_temporary_table, statement
from wholesaler.markets import Market
from wholesaler.scoring.profile import Profile, of_market
from wholesaler.scoring.rules import scores
from wholesaler.scoring.stored import kept_profile, tier_counts
from wholesaler.stages.properties.freshness import current_sources, freshness

_FILE = "comparison.sql"


def compare(
    connection: Connection, market: Market, as_of: date, profile: Profile, before: Profile | None
) -> dict[str, Any]:
    """What is another by ``profile`` than by the profile ``before``, or than the scores there are when it is none.

    Violations are as they were counted last. The caller rolls back what is left: two temporary tables.
    """
    parameters = {"market": market.key}
    sources = current_sources(market, freshness(connection, market, as_of))
    if before is None:
        connection.execute(statement(__package__, _FILE, "stored"), parameters)
        kept = kept_profile(connection, market.key)
        name_before = None if kept is None else kept.name
    else:
        name_before = before.name
        create_temporary_table(connection, "before", scores(of_market(before, market), market.key, as_of, sources))
    create_temporary_table(connection, "after", scores(of_market(profile, market), market.key, as_of, sources))
    for table in ("before", "after"):
        connection.execute(statement(__package__, _FILE, "drop_unworkable", table=table), parameters)
    moves = connection.execute(statement(__package__, _FILE, "tier_moves")).mappings().all()
    changed = connection.execute(statement(__package__, _FILE, "changed_leads"), parameters).mappings().all()
    counts, counts_before = Counter[str | None](), Counter[str | None]()
    for move in moves:
        counts[move["tier"]] += move["leads"]
        counts_before[move["tier_before"]] += move["leads"]
    return {
        "market": market.key,
        "as_of": as_of,
        "profile": profile.name,
        "tier_counts": tier_counts(counts.items())["tier_counts"],
        "profile_before": name_before,
        "tier_counts_before": tier_counts(counts_before.items())["tier_counts"],
        "moves": [dict(move) for move in moves],
        "changed": len(changed),
        "leads": [dict(row) for row in changed],
    }
