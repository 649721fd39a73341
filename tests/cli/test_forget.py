"""``leads forget``: nobody's name is anywhere afterwards, but where it cannot be reached, and that is said."""

import gzip
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.servers.slack import SlackSink
from tests.stages.county import AS_OF, CLI, DOWNTOWN, County, Database, dashed, parcel, run
from wholesaler.db.base import Base

pytestmark = pytest.mark.usefixtures("by_v1")


def traces(home: Path, engine: Engine, *names: str) -> list[str]:
    """Where one of the names stands: tables of the database, files of the home."""
    database = Database(engine)
    found = []
    for table in Base.metadata.tables:
        rows = database.column(f"SELECT CAST(t AS text) FROM {table} AS t")
        found += [table for row in rows for name in names if name in row.upper()]
    for path in home.rglob("*"):
        if path.is_file() and path.suffix != ".toml" and "locks" not in path.parts:
            content = path.read_bytes()
            text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode(errors="replace").upper()
            place = f"{path.parent.name}.gz" if path.suffix == ".gz" else path.name
            found += [place for name in names if name in text]
    return sorted(set(found))


def test_names_are_cleared_wherever_they_are_and_nothing_else_changes(
    cli: CLI, home: Path, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    county = County(tmp_path)
    for number, name in ((1, "ZYXWERT JOHN"), (2, "SMITH MARY")):
        county.sale(parcel(number), AS_OF + timedelta(days=40)).violation(
            parcel(number), opened=AS_OF - timedelta(days=3), comments=f"OWNER {name} ABSENT"
        ).roll(
            parcel(number), f"{number} ELM ST", total_mkt=250_000.0, total_assd=150_000.0, taxes=2_500.0,
            living_area=1_500.0, NAME1=name, NAME2=f"{name} JR",
        )  # fmt: skip
        county.foreclosure(parcel(number), f"{number} ELM ST", DOWNTOWN, BORROWERS_NAME=f"{name} AKA OTHER")
    county.sale("nothing", number=f"bad {dashed(parcel(1))}", USER_PARCEL=f"X{parcel(1)}", USER_NAME="ZYXWERT")
    market = county.write()
    monkeypatch.setenv("ALERT_SHOW_NAMES", "true")
    with SlackSink() as sink:
        monkeypatch.setenv("ALERT_SLACK_WEBHOOK", sink.url)
        run(cli, market, "run-all", code=3)
        monkeypatch.delenv("ALERT_SLACK_WEBHOOK")
    run(cli, market, "leads", "set", parcel(1), "dead", "--reason", "Zyxwert said no", "--note", "Zyxwert is rude")
    run(cli, market, "leads", "suppress", "add", parcel(1), "--note", "Mr Zyxwert")
    backup = tmp_path / "county.backup"
    assert cli("db", "backup", backup).code == 0
    assert set(traces(home, engine, "ZYXWERT")) > {"alert_deliveries", "foreclosures", "parcels", "property_records"}
    before = traces(home, engine, "SMITH MARY")
    scores = Database(engine).rows("SELECT * FROM lead_scores ORDER BY property_id")

    outcome = cli("--market", market, "leads", "forget", dashed(parcel(1)))
    assert outcome.code == 0, outcome.err
    assert f"the backup {backup} of " in outcome.out
    lines = outcome.out.splitlines()
    assert lines[0].startswith(
        f"Parcel {parcel(1)}: people were cleared from 1 note or reason, 1 suppression, 2 announ"
    )
    assert lines[1].endswith("in which it stood: `wholesaler report` makes them anew.")
    found = traces(home, engine, "ZYXWERT")
    assert not found, found
    left = traces(home, engine, "SMITH MARY")
    assert [one for one in before if one not in left] == [one for one in before if one.endswith(".html")]
    assert Database(engine).rows("SELECT * FROM lead_scores ORDER BY property_id") == scores
    lead = run(cli, market, "leads", "show", parcel(1))
    assert (lead["status"]["status"], lead["suppressed"]) == ("dead", ["dnc"])
    # a night that reads the same records anew brings nothing back but a snapshot of them
    county.write()
    run(cli, market, "run-all", as_of=AS_OF + timedelta(days=1), code=3)
    rest = [one for one in traces(home, engine, "ZYXWERT") if not one.endswith(".gz")]
    assert rest == []
    again = run(cli, market, "leads", "forget", parcel(1))
    assert again["cleared"]["property_records"] == 0


def test_who_is_left_alone_as_an_owner_stays_so(cli: CLI, engine: Engine, tmp_path: Path) -> None:
    county = County(tmp_path).sale(parcel(1)).roll(parcel(1), "1 ELM ST", NAME1="ZYXWERT JOHN").violation(None)
    market = county.foreclosure(None, "9 OAK ST", DOWNTOWN, recorded=AS_OF).write()
    run(cli, market, "run-all", "--only", "ingest", "--only", "score")
    database = Database(engine)
    database.execute("UPDATE parcels SET owner_key = 'ZYXWERT JOHN|1 OAK STREET|32801'")
    run(cli, market, "leads", "suppress", "add", "--owner", "John Zyxwert", "--mail", "1 Oak St, Orlando, FL 32801")
    cleared = run(cli, market, "leads", "forget", parcel(1))["cleared"]
    assert (cleared["keep_suppressed"], cleared["parcels"]) == (1, 1)
    assert database.column("SELECT owner_key FROM parcels") == [None]
    assert run(cli, market, "leads", "show", parcel(1))["suppressed"] == ["dnc"]
    assert database.column("SELECT owner_name FROM suppressions WHERE kind = 'owner'") == [None]


@pytest.mark.parametrize(
    ("answer", "options", "code", "left"), [("n", (), 1, 1), ("y", (), 0, 0), ("", ("--yes",), 0, 0)]
)
def test_a_terminal_is_asked_first(
    cli: CLI, engine: Engine, tmp_path: Path, answer: str, options: tuple[str, ...], code: int, left: int
) -> None:
    market = County(tmp_path).sale(parcel(1)).roll(parcel(1), "1 ELM ST", NAME1="ZYXWERT JOHN").write()
    run(cli, market, "run-all", "--only", "ingest")
    line = [sys.executable, "-m", "wholesaler", "--market", market, "leads", "forget", parcel(1), *options]
    ours, theirs = os.openpty()
    with subprocess.Popen(line, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.write(ours, f"{answer}\n".encode())
        assert process.wait(60) == code
    os.close(theirs)
    asked = os.read(ours, 65536).decode()
    os.close(ours)
    assert ("It cannot be taken back [y/N]" in asked, "Nothing was forgotten." in asked) == (not options, code == 1)
    assert Database(engine).value("SELECT count(*) FROM parcels WHERE owner_name IS NOT NULL") == left


def test_what_cannot_be_forgotten_is_one_line(cli: CLI) -> None:
    for words, code, said in ((("12345",), 2, "is not a parcel number"), ((parcel(9),), 1, "No lead or record")):
        outcome = cli("leads", "forget", *words)
        assert (outcome.code, outcome.err.count("\n")) == (code, 1)
        assert said in outcome.err
