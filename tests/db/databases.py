"""Databases that the migrations have not touched."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import URL

from wholesaler.db.migrate import configuration


@contextmanager
def bare_database(server: URL) -> Iterator[URL]:
    """A database as ``CREATE DATABASE`` makes it: no extension, no table."""
    name = f"bare_{uuid4().hex[:12]}"
    administrator = create_engine(server.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with administrator.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield server.set(database=name)
    finally:
        with administrator.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        administrator.dispose()


@contextmanager
def plain_role(server: URL) -> Iterator[str]:
    """A role that may log in and nothing else; its databases have to be gone before it is."""
    name = f"plain_{uuid4().hex[:12]}"
    administrator = create_engine(server.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with administrator.connect() as connection:
        connection.execute(text(f"CREATE ROLE {name} LOGIN"))
    try:
        yield name
    finally:
        with administrator.connect() as connection:
            connection.execute(text(f"DROP ROLE {name}"))
        administrator.dispose()


def alembic(engine: Engine, run: Callable[..., object], *arguments: str) -> None:
    """One of Alembic's own commands on a connection of ``engine``."""
    config = configuration()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        run(config, *arguments)
