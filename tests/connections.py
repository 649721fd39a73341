"""Connections to the tests' databases that go from one command of a test to the next.

A session of PostgreSQL learns the tables that it meets, which takes as long as most statements of a test do: a quarter
of the server's time. Who closes a connection to a test's database therefore leaves it, as new, to who connects next.
"""

import os
from collections import defaultdict
from typing import Any

import psycopg2
import psycopg2.extensions
from sqlalchemy import Engine, event

#: by what they were opened with, the open connections that nobody uses
_free: dict[str, list["_Kept"]] = defaultdict(list)
os.register_at_fork(after_in_child=_free.clear)


class _Kept(psycopg2.extensions.connection):
    """Goes back to the free ones at its end."""

    opened_with = ""

    def close(self) -> None:
        """As at the end of a session: what is not committed, locked, temporary or set is gone."""
        try:
            self.rollback()
            self.autocommit = True
            with self.cursor() as cursor:
                cursor.execute("DISCARD ALL")
            self.autocommit = False
        except psycopg2.Error:  # closed by the server, or already
            super().close()
        else:
            _free[self.opened_with].append(self)


@event.listens_for(Engine, "do_connect")
def _connect(dialect: Any, record: Any, arguments: list[Any], parameters: dict[str, Any]) -> Any:
    if not str(parameters.get("dbname")).startswith("test_"):
        return None
    opened_with = repr(sorted(parameters.items()))
    while _free[opened_with]:
        if not (connection := _free[opened_with].pop()).closed:
            return connection
    connection = psycopg2.connect(*arguments, connection_factory=_Kept, **parameters)
    connection.opened_with = opened_with
    return connection


def end_connections(database: str) -> None:
    """End those to a database that is about to be dropped."""
    for opened_with in [key for key in _free if f"'{database}'" in key]:
        for connection in _free.pop(opened_with):
            psycopg2.extensions.connection.close(connection)
