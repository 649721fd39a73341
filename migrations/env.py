"""Run migrations under an advisory lock, with timeouts, each in a transaction of its own."""

import re

from alembic import context
from sqlalchemy import Connection, text

from wholesaler.db import exports, ledgers, models, scores
from wholesaler.db.base import Base

#: one upgrade at a time on a database; the number is arbitrary and ours
LOCK = 7305941022
LOCK_WAIT = "60s"
#: a migration that must wait longer than this for a table gives up instead of blocking everybody behind it
LOCK_TIMEOUT = "5s"
STATEMENT_TIMEOUT = "10min"

EXTENSION_TABLES = {"spatial_ref_sys", "us_gaz", "us_lex", "us_rules"}
PARTITION = re.compile(r"lead_score_history_\d{4}_\d{2}")

target_metadata = Base.metadata
assert models
assert scores
assert exports
assert ledgers


def include_name(name: str | None, kind: str, parents: object) -> bool:
    """Leave out the tables of extensions and the partitions, which the score stage makes on demand."""
    return kind != "table" or not (name in EXTENSION_TABLES or PARTITION.fullmatch(name or ""))


def include_object(item: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    """Leave out the indexes that come with a partition's foreign keys."""
    return include_name(name, kind, None)


def run(connection: Connection) -> None:
    """Take the lock, then upgrade."""
    connection.execute(text(f"SET statement_timeout = '{LOCK_WAIT}'"))
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
    try:
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
        connection.commit()
        migrate(connection)
        connection.commit()
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK})
        connection.execute(text("RESET lock_timeout"))
        connection.execute(text("RESET statement_timeout"))
        connection.commit()


def migrate(connection: Connection) -> None:
    """Each migration in a transaction of its own, or all in the one that has begun."""
    context.configure(
        connection=connection,
        target_metadata=target_metadata,
        include_name=include_name,
        include_object=include_object,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def main() -> None:
    """Use the caller's connection, or open the configured database when ``alembic`` itself was called."""
    connection = context.config.attributes.get("connection")
    if connection is not None and context.config.attributes.get("is_within"):
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        migrate(connection)
        return
    if connection is not None:
        run(connection)
        return
    from wholesaler.config import load_settings
    from wholesaler.db.engine import open_engine

    with open_engine(load_settings(), migrate=False).connect() as own:
        run(own)


main()
