"""A private PostgreSQL of the benchmark's own, with the settings that users get, and fresh databases in it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url

from wholesaler.db.engine import make_engine
from wholesaler.db.migrate import upgrade
from wholesaler.server.cluster import Cluster

_TEMPLATE = "template_wholesaler"


class Databases:
    """Makes databases by name; ``folder`` is a place for files that everybody may read."""

    def __init__(self, url: URL, folder: Path) -> None:
        self.folder = folder
        self._url = url
        self._execute(f"CREATE DATABASE {_TEMPLATE}")
        template = make_engine(url.set(database=_TEMPLATE))
        upgrade(template)
        template.dispose()

    def fresh(self, name: str) -> URL:
        """A migrated, empty database under this name, whatever was there before; nothing is left to be flushed."""
        self._execute(
            f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}", "CHECKPOINT"
        )
        return self._url.set(database=name)

    def versions(self) -> str:
        """PostgreSQL's and PostGIS's version."""
        engine = create_engine(self._url.set(database=_TEMPLATE))
        with engine.connect() as connection:
            postgresql = str(connection.scalar(text("SHOW server_version"))).partition(" ")[0]
            postgis = connection.scalar(text("SELECT extversion FROM pg_extension WHERE extname = 'postgis'"))
        engine.dispose()
        return f"PostgreSQL {postgresql}, PostGIS {postgis}"

    def _execute(self, *statements: str) -> None:
        engine = create_engine(self._url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()


@contextmanager
def private_databases() -> Iterator[Databases]:
    """Start the server in a temporary directory; stop it and remove everything at the end."""
    folder = Path(tempfile.mkdtemp(prefix="wholesaler-benchmark-"))
    folder.chmod(0o755)  # PostgreSQL may run under another account
    cluster = Cluster(folder)
    try:
        yield Databases(make_url(cluster.ensure_running()), folder)
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
