"""``db upgrade``, ``db start``, ``db stop``, ``db status``, ``db url``."""

from typing import TYPE_CHECKING, Any

import typer

from wholesaler.cli.state import State
from wholesaler.errors import UsageError

if TYPE_CHECKING:
    from wholesaler.server.cluster import Cluster

app = typer.Typer(help="The database: start and stop the private one, upgrade the schema.")


@app.command()
def upgrade(context: typer.Context) -> None:
    """Bring the schema to this version's; runs do so by themselves."""
    state: State = context.obj
    settings = state.settings
    from wholesaler.db.engine import explain_connection_errors, open_engine
    from wholesaler.db.migrate import revisions
    from wholesaler.db.migrate import upgrade as upgrade_schema

    engine = open_engine(settings, migrate=False)
    with explain_connection_errors(engine.url):
        changed = upgrade_schema(engine)
        revision = revisions(engine)[0]
    done = "upgraded to" if changed else "is already at"
    _show(state, {"revision": revision, "upgraded": changed}, f"The database {done} revision {revision}.")


@app.command()
def start(context: typer.Context) -> None:
    """Start the private database; making it first when there is none."""
    state: State = context.obj
    cluster = _cluster(state)
    cluster.ensure_running()
    server = cluster.status()
    _show(state, {"running": True, "pid": server.pid}, f"The private database is running (process {server.pid}).")


@app.command()
def stop(context: typer.Context) -> None:
    """Stop the private database; the next command starts it again."""
    state: State = context.obj
    stopped = _cluster(state).stop()
    text = "The private database has stopped." if stopped else "The private database was not running."
    _show(state, {"running": False, "stopped": stopped}, text)


@app.command()
def status(context: typer.Context) -> None:
    """Where the database is, whether it runs, and the schema's revision."""
    state: State = context.obj
    settings = state.settings
    if settings.database_url is None:
        server = _cluster(state).status()
        facts: dict[str, Any] = {
            "database": "private",
            "running": server.running,
            "pid": server.pid,
            "version": server.version,
            "data_directory": str(server.data_directory),
            "socket_directory": str(server.socket_directory),
            "size_bytes": server.size_bytes,
        }
    else:
        facts = {"database": "DATABASE_URL", "running": True}
    if facts["running"]:
        from wholesaler.db.engine import open_engine
        from wholesaler.db.migrate import revisions

        current, needed = revisions(open_engine(settings, migrate=False))
        facts |= {"revision": current, "needs_upgrade": current != needed}
    words = {True: "yes", False: "no"}
    lines = [
        f"{name.replace('_', ' ')}: {words[value] if isinstance(value, bool) else value}"
        for name, value in facts.items()
        if value is not None
    ]
    _show(state, facts, "\n".join(lines))


@app.command()
def url(context: typer.Context) -> None:
    """The address of the private database for pg_dump and psql; it runs afterwards."""
    state: State = context.obj
    address = _cluster(state).ensure_running().replace("+psycopg2", "", 1)
    _show(state, {"url": address}, address)


def _cluster(state: State) -> "Cluster":
    if state.settings.database_url is not None:
        raise UsageError(
            "DATABASE_URL is set: that server is not ours to start or stop.", "Unset it to use the private one."
        )
    from wholesaler.server.cluster import Cluster

    return Cluster(state.settings.home)


def _show(state: State, facts: dict[str, Any], text: str) -> None:
    from wholesaler.cli.render import print_json, write

    if state.json:
        print_json(facts)
    else:
        write(text)
