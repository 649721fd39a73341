"""The schema's revision, and how it comes to be this version's, safely.

One upgrade at a time, and never waiting long for a busy table. Every start asks for the revision, so that Alembic is
imported by an upgrade only.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from wholesaler.errors import UnavailableError, WholesalerError
from wholesaler.explain import first_line

if TYPE_CHECKING:
    from alembic.config import Config

_REVISION = re.compile(r'^(revision|down_revision) = "(\w+)"$', re.MULTILINE)


def configuration() -> "Config":
    """Alembic's configuration without an ini file."""
    from alembic.config import Config

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
    if current is not None:
        expect_known(current)
    from alembic import command

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


def upgrade_within(connection: Connection, revision: str) -> None:
    """Upgrade to a revision in the transaction that the caller has begun; it holds the lock of upgrades to its end.

    Raises the driver's errors.
    """
    from alembic import command

    config = configuration()
    config.attributes["connection"] = connection
    config.attributes["is_within"] = True
    command.upgrade(config, revision)


def expect_known(revision: str) -> None:
    """Raise :class:`WholesalerError` for the revision of a newer version of the program."""
    if revision not in _revisions():
        raise WholesalerError(
            f"The database is at revision {revision}, which this version of wholesaler does not know.",
            "It was upgraded by a newer version: install that one.",
        )


def is_known(revision: str) -> bool:
    """Whether this version of the program can make a database of a revision."""
    return revision in _revisions()


def migrations_folder() -> Path:
    """Where the migrations are: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "migrations"
    return inside if inside.is_dir() else package.parent / "migrations"


def newest_revision() -> str:
    """The revision that no other migration comes after."""
    found = _revisions()
    (newest,) = found.keys() - found.values()
    return newest


def _revisions() -> dict[str, str]:
    """Every revision there is → the one before it."""
    texts = (path.read_text("utf-8") for path in (migrations_folder() / "versions").glob("*.py"))
    found = (dict(_REVISION.findall(text)) for text in texts)
    return {one["revision"]: one.get("down_revision", "") for one in found}


def current_revision(engine: Engine) -> str | None:
    """The revision the database is at; none before the first migration."""
    with engine.connect() as connection:
        if connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
            return None
        revision: str | None = connection.scalar(text("SELECT max(version_num) FROM alembic_version"))
        return revision


def revisions(engine: Engine) -> tuple[str | None, str]:
    """The revision the database is at, and the one this version of the program needs."""
    return current_revision(engine), newest_revision()
