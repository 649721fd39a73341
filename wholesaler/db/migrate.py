"""Bring the schema to this version's, safely: one upgrade at a time, and never waiting long for a busy table."""

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from wholesaler.db.revisions import current_revision, migrations_folder, newest_revision
from wholesaler.errors import UnavailableError, WholesalerError
from wholesaler.explain import first_line


def configuration() -> Config:
    """Alembic's configuration without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    return config


def upgrade(engine: Engine) -> bool:
    """Upgrade to the newest revision; returns whether there was anything to do.

    Raises :class:`UnavailableError` when the database refuses (no right to create the extensions, a table that stays
    locked), and :class:`WholesalerError` when the database belongs to a newer version of the program.
    """
    current = current_revision(engine)
    if current == newest_revision():
        return False
    known = {script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()}
    if current is not None and current not in known:
        raise WholesalerError(
            f"The database is at revision {current}, which this version of wholesaler does not know.",
            "It was upgraded by a newer version: install that one.",
        )
    config = configuration()
    try:
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except OperationalError as error:
        if getattr(error.orig, "pgcode", None) in {"55P03", "57014"}:  # lock_not_available, query_canceled
            raise UnavailableError(
                f"The database could not be upgraded now: {first_line(error)}.",
                "Another upgrade or a long query is under way: run the command again when it has ended.",
            ) from error
        raise
    except DBAPIError as error:
        raise UnavailableError(
            f"The database could not be upgraded: {first_line(error)}.",
            "The database's role must be allowed to create tables, and the extensions postgis, address_standardizer, "
            "address_standardizer_data_us and pg_trgm unless an administrator has created them.",
        ) from error
    return True
