"""``db backup``, ``db restore``, ``db upgrade``, ``db start``, ``db stop``, ``db status``, ``db url``."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wholesaler.cli.state import State
from wholesaler.errors import UsageError
from wholesaler.plural import counted

if TYPE_CHECKING:
    from wholesaler.server.cluster import Cluster

app = typer.Typer(help="The database: back it up, bring it back, upgrade it; start and stop the private one.")


@app.command()
def upgrade(context: typer.Context) -> None:
    """Bring the schema to this version's; runs do so by themselves."""
    state: State = context.obj
    settings = state.database_settings
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
def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Replaced only once the new one is whole and checked.")],
) -> None:
    """Write the whole database into one file; runs may go on meanwhile."""
    state: State = context.obj
    from wholesaler.db.backup.write import backup as write_backup
    from wholesaler.db.engine import explain_connection_errors, open_engine
    from wholesaler.pipeline.forgetting import remember_backup

    engine = open_engine(state.database_settings, migrate=False)
    with explain_connection_errors(engine.url):
        manifest = write_backup(engine, file)
    remember_backup(state.settings.home, file)
    size = file.stat().st_size
    facts = {
        "file": str(file.absolute()),
        "size_bytes": size,
        "revision": manifest.revision,
        "markets": list(manifest.markets),
        "rows": {table.name: table.rows for table in manifest.tables},
    }
    text = f"{file} has {counted(manifest.rows, 'row')} of {_named(manifest.markets)}, {size / 1e6:,.1f} MB; checked."
    if state.json or not state.quiet:
        _show(state, facts, text)


@app.command()
def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `wholesaler db backup` has written.")],
) -> None:
    """Put a backup in the place of what is in the database, all of it or nothing."""
    state: State = context.obj
    settings = state.database_settings
    from wholesaler.db.backup.restore import open_backup
    from wholesaler.db.backup.restore import restore as bring_back
    from wholesaler.db.engine import open_engine

    manifest = open_backup(file)  # before a database is made for it
    until = time.monotonic() + state.wait_lock
    restored = bring_back(open_engine(settings, migrate=False), settings.home, file, manifest, until)
    facts = {
        "file": str(file.absolute()),
        "created_at": manifest.created_at,
        "markets": list(manifest.markets),
        "replaced": list(restored.replaced),
        "rows": {table.name: table.rows for table in manifest.tables},
        "revision": restored.revision,
        "upgraded_from": None if restored.revision == manifest.revision else manifest.revision,
    }
    text = f"The database is as it was on {manifest.created_at:%-d %b %Y %H:%M} UTC: "
    text += f"{counted(manifest.rows, 'row')} of {_named(manifest.markets)}"
    if facts["upgraded_from"] is not None:
        text += f", upgraded from revision {manifest.revision} to {restored.revision}"
    if state.json or not state.quiet:
        _show(state, facts, f"{text}.")


def _named(markets: tuple[str, ...]) -> str:
    return ", ".join(markets) or "no county"


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
    settings = state.database_settings
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
        facts = {"database": settings.database_variable, "running": True}
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
    if state.database_settings.database_url is not None:
        raise UsageError(
            f"{state.database_settings.database_variable} is set: that server is not ours to start or stop.",
            "Unset it to use the private one.",
        )
    from wholesaler.server.cluster import Cluster

    return Cluster(state.settings.home)


def _show(state: State, facts: dict[str, Any], text: str) -> None:
    from wholesaler.cli.render import print_json, write

    if state.json:
        print_json(facts)
    else:
        write(text)
