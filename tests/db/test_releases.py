"""Databases of released versions, with what those versions have left in them, go on under this one."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine
from sqlalchemy.engine import URL

from tests.db.databases import alembic, bare_database
from tests.db.releases import CONTACTED, FIRST_RELEASE, FIRST_REVISION, MERGED, SCORES, release_county
from tests.servers.slack import SlackSink
from tests.stages.county import AS_OF, Database, parcel, run
from tests.support import Outcome
from wholesaler.db.backup.restore import _load, open_backup, restore
from wholesaler.db.engine import make_engine
from wholesaler.db.migrate import newest_revision, revisions, upgrade, upgrade_within

CLI = Callable[..., Outcome]
TOMORROW = AS_OF + timedelta(days=1)


@pytest.fixture(params=["restored", "upgraded"])
def former(
    request: pytest.FixtureRequest, server: URL, cli: CLI, home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    """The database of the first release, brought back by this version, or upgraded as any command does it.

    The command line is on it.
    """
    with bare_database(server) as url:
        monkeypatch.setenv("DATABASE_URL", url.render_as_string(hide_password=False))
        engine = make_engine(url)
        manifest = open_backup(FIRST_RELEASE)
        if request.param == "restored":
            assert restore(engine, home, FIRST_RELEASE, manifest).revision == newest_revision()
        else:
            with engine.begin() as connection:
                upgrade_within(connection, FIRST_REVISION)
                _load(connection, FIRST_RELEASE, manifest)
            assert revisions(engine)[0] == FIRST_REVISION
            assert upgrade(engine)
        yield engine
        engine.dispose()


def test_the_backup_is_of_the_first_revision(former: Engine) -> None:
    assert open_backup(FIRST_RELEASE).revision == FIRST_REVISION
    assert revisions(former) == (newest_revision(), newest_revision())
    alembic(former, command.check)


def test_all_that_a_person_or_a_later_night_needs_is_there_after_the_upgrade(former: Engine) -> None:
    database = Database(former)
    scored = database.rows(
        "SELECT parcel_id, total_score, components FROM lead_scores AS score"
        " JOIN properties AS property ON property.id = score.property_id"
    )
    assert {row["parcel_id"]: float(row["total_score"]) for row in scored} == {
        parcel(number): score for number, score in SCORES.items()
    }
    assert all(set(row["components"]) == {"distress", "value", "location", "urgency"} for row in scored)
    days = database.rows("SELECT snapshot_date, count(*) AS leads FROM lead_score_history GROUP BY 1 ORDER BY 1")
    assert [(row["snapshot_date"], row["leads"]) for row in days] == [(AS_OF - timedelta(days=1), 8), (AS_OF, 8)]
    (note,) = database.rows(
        "SELECT parcel_id, status, note FROM lead_status_events JOIN properties ON properties.id = property_id"
    )
    assert (note["parcel_id"], note["status"], note["note"]) == (CONTACTED, "contacted", "left a message")
    (merged,) = database.rows(
        "SELECT winner.parcel_id FROM properties AS loser JOIN properties AS winner ON winner.id = loser.merged_into"
        " WHERE loser.parcel_id = :parcel",
        parcel=MERGED,
    )
    assert merged["parcel_id"] == parcel(8)
    ledger = database.rows("SELECT channel, kind, status, count(*) AS n FROM alert_deliveries GROUP BY 1, 2, 3")
    assert {(row["channel"], row["kind"], row["status"]): row["n"] for row in ledger} == {
        ("report", "new_lead", "sent"): 2,
        ("slack", "new_lead", "pending"): 2,
        ("slack", "findings", "pending"): 2,
    }
    assert database.value("SELECT count(*) FROM data_ingestion_runs WHERE version = '0.1.0'") == 20
    assert database.column("SELECT source FROM tax_sales GROUP BY source") == ["tax_sales"]


@pytest.mark.usefixtures("by_v1")
def test_the_next_night_goes_on_where_the_release_has_ended(
    former: Engine, cli: CLI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(former)
    identities = "SELECT parcel_id, id FROM properties ORDER BY id"
    before = database.rows(identities)
    with SlackSink() as slack:
        monkeypatch.setenv("ALERT_SLACK_WEBHOOK", slack.url)
        market = release_county(tmp_path).write()
        again = run(cli, market, "run-all", as_of=AS_OF, code=3)
        assert "failure" not in {stage["status"] for stage in again["stages"]}
        # what Slack could not be told is told once; what the report has, it has
        assert len([one for one in slack.payloads if "2 new tier A leads" in str(one)]) == 1
        told = len(slack.payloads)
        night = run(cli, market, "run-all", as_of=TOMORROW, code=3)
        assert not [one for one in slack.payloads[told:] if "new tier A" in str(one)]
    assert database.rows(identities)[: len(before)] == before
    same_day = database.rows(
        "SELECT parcel_id, total_score FROM lead_score_history JOIN properties ON properties.id = property_id"
        " WHERE snapshot_date = :day",
        day=AS_OF,
    )
    assert {row["parcel_id"]: float(row["total_score"]) for row in same_day} == {
        parcel(number): score for number, score in SCORES.items()
    }
    score = next(stage for stage in night["stages"] if stage["command"] == "score")
    assert score["stats"]["new_tier_a"] == 0
    assert database.value("SELECT count(*) FROM lead_status_events") == 1
    assert database.column("SELECT reason FROM rejected_records") == [
        "parcel number 'withdrawn' is not of the form str-dashed"
    ]
