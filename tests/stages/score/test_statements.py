"""What it costs to announce new leads: a table that grows meanwhile is not read for each of them."""

from sqlalchemy import Connection, Engine, text

from wholesaler.db.sql import statement

PARAMETERS = {
    "market": "here",
    "as_of": "2025-12-01",
    "again_after": 30,
    "channels": ["report"],
    "is_first": False,
    "zone": "UTC",
}


def blocks_read(connection: Connection, leads: int) -> int:
    """The blocks that announcing so many leads touches; what a statement itself has written are no rows to it."""
    for table in ("alert_deliveries", "lead_scores", "properties"):
        connection.execute(text(f"DELETE FROM {table} WHERE market = 'here'"))
    connection.execute(
        text("INSERT INTO properties (market, parcel_id) SELECT 'here', n::text FROM generate_series(1, :n) AS n"),
        {"n": leads},
    )
    connection.execute(
        text(
            "INSERT INTO lead_scores"
            " (market, property_id, as_of, profile, total_score, tier, components, signals, is_new)"
            " SELECT market, id, '2025-12-01', 'v2', 70, 'A', '{}', '{}', true FROM properties WHERE market = 'here'"
        )
    )
    connection.execute(
        text("CREATE TEMPORARY TABLE lead_rules AS SELECT property_id, '[]'::jsonb AS rules FROM lead_scores")
    )
    connection.execute(text("ANALYZE lead_rules"))
    connection.execute(statement("wholesaler.stages.score", "score.sql", "returns"), PARAMETERS)
    announce = statement("wholesaler.stages.score", "score.sql", "announce")
    (plan,) = connection.scalar(text(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {announce.text}"), PARAMETERS)
    assert connection.scalar(text("SELECT count(*) FROM alert_deliveries WHERE market = 'here'")) == leads
    connection.execute(text("DROP TABLE lead_rules, returns"))
    return int(plan["Plan"]["Shared Hit Blocks"])


def test_twice_as_many_new_leads_are_twice_the_work(engine: Engine) -> None:
    with engine.connect() as connection:
        for table in ("alert_deliveries", "lead_scores", "properties"):
            connection.execute(text(f"ALTER TABLE {table} SET (autovacuum_enabled = false)"))
        connection.commit()
        first, second = (blocks_read(connection, leads) for leads in (1_000, 2_000))
        assert second < 2.5 * first
