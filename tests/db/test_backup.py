"""``db backup`` and ``db restore``: what was there is there again, all of it or nothing."""

import errno
import os
import resource
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import URL

from tests.db.databases import bare_database, plain_role
from tests.db.releases import FIRST_RELEASE, FIRST_REVISION, release_county
from tests.stages.county import Database, run
from tests.support import Outcome
from wholesaler import __version__
from wholesaler.db.backup import archive
from wholesaler.db.base import Base
from wholesaler.db.engine import make_engine
from wholesaler.db.migrate import newest_revision
from wholesaler.locks import database_lock, machine_lock
from wholesaler.server.programs import EXTENSIONS

CLI = Callable[..., Outcome]


def contents(engine: Engine) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    with engine.connect() as connection:
        return {
            name: sorted(connection.scalars(text(f"SELECT whole::text FROM {name} AS whole")))
            for name in [*Base.metadata.tables, "alembic_version"]
        }


def address(url: URL) -> str:
    return url.render_as_string(hide_password=False)


@pytest.fixture
def county(cli: CLI, engine: Engine, tmp_path: Path) -> Path:
    """The market file of a county that was run for two days."""
    market = release_county(tmp_path).write()
    run(cli, market, "run-all", code=3)
    return market


@pytest.fixture
def file(county: Path, cli: CLI, home: Path) -> Path:
    """A backup of it."""
    path = home / "county.backup"
    assert cli("db", "backup", path).code == 0
    return path


@pytest.fixture
def other(server: URL, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Engine]]:
    """``other(url)``: the command line is on that database from now on."""
    engines = []

    def use(url: URL) -> Engine:
        monkeypatch.setenv("DATABASE_URL", address(url))
        engines.append(make_engine(url))
        return engines[-1]

    yield use
    for one in engines:
        one.dispose()


def refused(outcome: Outcome, code: int) -> str:
    assert outcome.code == code, outcome.err
    assert outcome.err.count("\n") == 1
    return outcome.err


def test_all_tables_are_the_same_in_an_empty_database_and_a_run_after_it_writes_nothing_new(
    county: Path, file: Path, cli: CLI, engine: Engine, server: URL, other: Callable[..., Engine]
) -> None:
    before = contents(engine)
    assert sum(map(len, before.values())) > 60
    with bare_database(server) as url:
        restored = other(url)
        said = cli("db", "restore", file, "--json").document
        assert said["revision"] == newest_revision()
        assert (said["markets"], said["replaced"], said["upgraded_from"]) == (["orange-fl"], [], None)
        assert said["rows"]["properties"] == len(before["properties"])
        assert contents(restored) == before
        ids = "SELECT parcel_id, id FROM properties ORDER BY id"
        versions = Database(restored).versions(
            "properties", "tax_sales", "lead_scores", "lead_score_history", "parcels"
        )
        again = run(cli, county, "run-all", code=3)
        tables = ("properties", "tax_sales", "lead_scores", "lead_score_history", "parcels")
        assert Database(restored).versions(*tables) == versions
        assert Database(restored).rows(ids) == Database(engine).rows(ids)
        ingest = again["stages"][0]["stats"]
        assert all(source["inserted"] == source["updated"] == 0 for source in ingest.values())
        assert Database(restored).value("SELECT count(*) FROM alert_deliveries") == len(before["alert_deliveries"])
        # counters go on where they were
        assert Database(restored).value("SELECT min(id) FROM data_ingestion_runs WHERE version <> ''") == 1


def test_what_is_in_a_used_database_is_replaced_and_rights_in_it_stay(
    file: Path, cli: CLI, engine: Engine, server: URL
) -> None:
    before = contents(engine)
    with plain_role(server) as reader:
        database = Database(engine)
        database.execute(f"GRANT SELECT ON properties TO {reader}")
        database.execute("DELETE FROM lead_scores")
        database.execute("INSERT INTO properties (market, parcel_id) VALUES ('orange-fl', 'later'), ('sea-wa', '1')")
        database.execute("INSERT INTO alert_deliveries (market, channel, kind, subject, as_of)"
                         " VALUES ('sea-wa', 'slack', 'new_lead', '1', '2025-12-01')")  # fmt: skip
        said = cli("db", "restore", file)
        assert (said.code, said.err) == (0, "")
        assert "rows of orange-fl" in said.out
        assert contents(engine) == before
        assert database.value(f"SELECT has_table_privilege('{reader}', 'properties', 'SELECT')")
        database.execute(f"REVOKE ALL ON properties FROM {reader}")


def test_a_backup_of_an_earlier_revision_replaces_a_newer_database_and_is_upgraded(cli: CLI, engine: Engine) -> None:
    Database(engine).execute("INSERT INTO properties (market, parcel_id) VALUES ('orange-fl', 'later')")
    said = cli("db", "restore", FIRST_RELEASE, "--json").document
    assert (said["upgraded_from"], said["revision"]) == (FIRST_REVISION, newest_revision())
    assert Database(engine).value("SELECT count(*) FROM properties") == 9
    assert cli("db", "status", "--json").document["needs_upgrade"] is False


def test_a_database_is_backed_up_at_the_revision_it_is_at(
    cli: CLI, home: Path, server: URL, other: Callable[..., Engine]
) -> None:
    with bare_database(server) as url:
        former = other(url)
        assert "empty" in refused(cli("db", "backup", home / "nothing"), 1)
        assert not list(home.glob("*nothing*"))
        from alembic import command

        from tests.db.databases import alembic

        alembic(former, command.upgrade, FIRST_REVISION)
        Database(former).execute("INSERT INTO properties (market, parcel_id) VALUES ('m', '1')")
        assert cli("db", "backup", home / "former", "--json").document["revision"] == FIRST_REVISION
        assert cli("db", "status", "--json").document["needs_upgrade"] is True
        assert cli("db", "restore", home / "former", "--json").document["upgraded_from"] == FIRST_REVISION
        assert Database(former).column("SELECT parcel_id FROM properties") == ["1"]


def test_a_role_that_may_not_create_extensions_gets_its_backup_where_they_are_there_in_another_schema(
    file: Path, cli: CLI, engine: Engine, server: URL, other: Callable[..., Engine]
) -> None:
    before = contents(engine)
    with plain_role(server) as role, bare_database(server) as url:
        administrator = create_engine(url, isolation_level="AUTOCOMMIT")
        with administrator.connect() as connection:
            for statement in (
                "CREATE SCHEMA extensions",
                f"ALTER DATABASE {url.database} SET search_path = public, extensions",
                f"GRANT USAGE ON SCHEMA extensions TO {role}",
                f"GRANT CREATE ON SCHEMA public TO {role}",
                *(f"CREATE EXTENSION {name} SCHEMA extensions" for name in EXTENSIONS),
                f"GRANT SELECT ON extensions.us_lex, extensions.us_gaz, extensions.us_rules TO {role}",
            ):
                connection.execute(text(statement))
        restored = other(url.set(username=role))
        assert cli("db", "restore", file).code == 0
        assert contents(restored) == before
        restored.dispose()
        with administrator.connect() as connection:
            connection.execute(text(f"DROP OWNED BY {role}"))
        administrator.dispose()


def test_a_backup_is_its_owners_alone_whatever_the_umask_and_takes_the_place_of_the_one_before(
    county: Path, cli: CLI, home: Path
) -> None:
    path = home / "county.backup"
    path.write_text("the one before")
    path.chmod(0o644)
    umask = os.umask(0)
    try:
        said = cli("db", "backup", path)
    finally:
        os.umask(umask)
    assert (said.code, said.err) == (0, "")
    assert "rows of orange-fl" in said.out
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    # beside it where backups were written, for `leads forget` to name them
    assert sorted(each.name for each in home.iterdir() if "backup" in each.name) == ["backups", "county.backup"]
    assert stat.S_IMODE((home / "backups").stat().st_mode) == 0o600
    assert archive.read_manifest(path).markets == ("orange-fl",)


def test_a_full_disk_leaves_the_backup_before_as_it_is(county: Path, cli: CLI, home: Path) -> None:
    path = home / "county.backup"
    path.write_text("the one before")
    line = [sys.executable, "-m", "wholesaler", "db", "backup", str(path)]
    # the file system of a test is not full; a process that may write no more than 4,096 bytes into a file is told
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))  # noqa: E731
    done = subprocess.run(line, capture_output=True, text=True, preexec_fn=limit, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert os.strerror(errno.EFBIG) in done.stderr
    assert path.read_text() == "the one before"
    assert not list(home.glob(".county*"))


def test_a_kill_leaves_nothing_that_looks_like_a_backup_and_the_next_one_clears_up(
    county: Path, cli: CLI, home: Path, engine: Engine
) -> None:
    path = home / "county.backup"
    with engine.begin() as connection:
        # the backup waits for a table that somebody has locked
        connection.execute(text("LOCK TABLE tax_sales IN ACCESS EXCLUSIVE MODE"))
        process = subprocess.Popen([sys.executable, "-m", "wholesaler", "db", "backup", str(path)])
        part = home / ".county.backup.part"
        deadline = time.monotonic() + 30
        while not part.exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert "Another backup" in refused(cli("db", "backup", path), 75)
        process.kill()
        process.wait()
    assert not path.exists()
    assert refused(cli("db", "restore", part), 78)
    assert cli("db", "backup", path).code == 0
    assert not part.exists()


@pytest.mark.parametrize(
    ("name", "code", "says"), [("", 2, "is a directory"), ("missing/county", 2, "There is no directory")]
)
def test_a_place_where_there_can_be_no_backup_is_wrong_usage(
    cli: CLI, home: Path, name: str, code: int, says: str
) -> None:
    assert says in refused(cli("db", "backup", home / name), code)


def test_a_file_that_is_no_backup_is_refused_before_anything_is_touched(
    county: Path, file: Path, cli: CLI, home: Path, engine: Engine
) -> None:
    before = contents(engine)
    whole = file.read_bytes()
    text_file, cut_off, damaged, foreign = (home / name for name in ("text", "cut-off", "damaged", "foreign"))
    text_file.write_text("-- PostgreSQL database dump\n")
    cut_off.write_bytes(whole[: len(whole) // 2])
    with zipfile.ZipFile(file) as archive_of_it:
        largest = max(archive_of_it.infolist(), key=lambda member: member.compress_size)
    # in its data: what only says when it was written is no loss
    middle = largest.header_offset + 30 + len(largest.filename) + largest.compress_size // 2
    damaged.write_bytes(whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :])
    with zipfile.ZipFile(foreign, "w") as other_archive:
        other_archive.writestr("manifest.json", "{}")
    for path in (text_file, cut_off, foreign):
        assert "is no backup of wholesaler, or not all of it" in refused(cli("db", "restore", path), 78)
    assert "is damaged" in refused(cli("db", "restore", damaged), 78)
    assert "No such file" in refused(cli("db", "restore", home / "nowhere"), 78)
    assert contents(engine) == before


def rewrite(file: Path, path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """A copy of a backup with its members changed."""
    with zipfile.ZipFile(file) as former:
        members = {name: former.read(name) for name in former.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as changed:
        for name, content in members.items():
            changed.writestr(name, content)
    return path


def test_a_backup_of_a_newer_version_is_refused_and_says_which_to_install(
    file: Path, cli: CLI, home: Path, engine: Engine
) -> None:
    def later(old: str, new: str) -> Callable[[dict[str, bytes]], None]:
        def change(members: dict[str, bytes]) -> None:
            manifest = members["manifest.json"].decode().replace(f'"version": "{__version__}"', '"version": "9.0.0"')
            members["manifest.json"] = manifest.replace(old, new).encode()

        return change

    before = contents(engine)
    schema = rewrite(file, home / "schema", later(newest_revision(), "29991231_future"))
    said = refused(cli("db", "restore", schema), 78)
    assert "29991231_future, which this version of wholesaler does not know. Install version 9.0.0" in said
    form = rewrite(file, home / "form", later('"form": 1', '"form": 2'))
    assert "version 9.0.0" in refused(cli("db", "restore", form), 78)
    assert contents(engine) == before


def test_rows_that_are_missing_or_do_not_fit_leave_the_database_as_it_is(
    file: Path, cli: CLI, home: Path, engine: Engine
) -> None:
    before = contents(engine)

    def lose(members: dict[str, bytes]) -> None:
        members["tables/properties.copy"] = b"".join(members["tables/properties.copy"].splitlines(keepends=True)[1:])

    def spoil(members: dict[str, bytes]) -> None:
        members["tables/tax_sales.copy"] = members["tables/tax_sales.copy"].replace(b"2025-12-18", b"2025-12-99")

    def strange(members: dict[str, bytes]) -> None:
        members["manifest.json"] = members["manifest.json"].replace(b'"tax_sales"', b'"tax_sales_2"')
        members["tables/tax_sales_2.copy"] = members.pop("tables/tax_sales.copy")

    assert "properties has 8 rows of 9" in refused(cli("db", "restore", rewrite(file, home / "a", lose)), 78)
    assert "2025-12-99" in refused(cli("db", "restore", rewrite(file, home / "b", spoil)), 78)
    assert "has not the tables of revision" in refused(cli("db", "restore", rewrite(file, home / "c", strange)), 78)
    assert contents(engine) == before


def test_a_county_that_is_run_here_or_elsewhere_keeps_its_database(
    county: Path, file: Path, cli: CLI, home: Path, engine: Engine
) -> None:
    before = contents(engine)
    with machine_lock(home, "orange-fl"):
        assert "under way on this machine" in refused(cli("db", "restore", file), 75)
        assert cli("db", "backup", home / "meanwhile").code == 0
    with database_lock(engine, "orange-fl"):
        assert "under way on another machine" in refused(cli("db", "restore", file), 75)
    assert contents(engine) == before
    assert cli("db", "restore", file).code == 0


def test_what_others_have_built_upon_a_table_is_named_and_nothing_is_changed(
    cli: CLI, engine: Engine, file: Path
) -> None:
    Database(engine).execute("CREATE VIEW my_leads AS SELECT parcel_id FROM properties")
    before = contents(engine)
    # of the same revision the tables stay, and so does the view
    assert cli("db", "restore", file).code == 0
    said = refused(cli("db", "restore", FIRST_RELEASE), 1)
    assert "Something that is not wholesaler's depends on its tables" in said
    assert contents(engine) == before


def test_a_table_that_somebody_reads_for_long_is_said_to_be_in_use(
    cli: CLI, engine: Engine, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wholesaler.db.backup.restore._LOCK_TIMEOUT", "100ms")
    with engine.connect() as reader:
        reader.execute(text("SELECT count(*) FROM properties"))
        assert "The tables are in use" in refused(cli("db", "restore", file), 69)


def test_tables_of_others_in_the_same_schema_are_left_alone(file: Path, cli: CLI, engine: Engine) -> None:
    database = Database(engine)
    database.execute("CREATE TABLE my_notes AS SELECT 'call again' AS note")
    assert cli("db", "backup", file).code == 0
    assert "my_notes" not in {table.name for table in archive.read_manifest(file).tables}
    assert cli("db", "restore", FIRST_RELEASE).code == 0
    assert database.column("SELECT note FROM my_notes") == ["call again"]


def test_a_restore_that_is_killed_changes_nothing(
    county: Path, file: Path, cli: CLI, engine: Engine, server: URL
) -> None:
    before = contents(engine)
    with engine.connect() as reader:
        reader.execute(text("LOCK TABLE properties IN ACCESS SHARE MODE"))
        process = subprocess.Popen([sys.executable, "-m", "wholesaler", "db", "restore", str(file)])
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
        deadline = time.monotonic() + 30
        with engine.connect() as watcher:
            while watcher.scalar(text(waiting)) == 0:
                assert time.monotonic() < deadline
                time.sleep(0.02)
        process.kill()
        process.wait()
    assert contents(engine) == before
    assert cli("db", "restore", file).code == 0
    assert contents(engine) == before


def test_a_database_of_a_newer_version_is_not_overwritten(file: Path, cli: CLI, engine: Engine) -> None:
    Database(engine).execute("UPDATE alembic_version SET version_num = '29991231_future'")
    before = contents(engine)
    said = refused(cli("db", "restore", file), 78)
    assert "29991231_future" in said
    assert "Restore into an empty database" in said
    assert contents(engine) == before
    assert "29991231_future" in refused(cli("db", "backup", file), 1)
