"""What ingest does when servers fail, lie or die."""

import threading
from pathlib import Path
from typing import Any

import pytest

from tests.servers import Reply, Request, on
from tests.servers.arcgis import ArcGISServer, Layer
from tests.servers.socrata import SocrataServer
from tests.stages.county import CLI, DATASET, FIELDS, County, Database, parcel, run

BROKEN = Reply({"error": {"code": 500, "message": "Error performing query operation"}}, 500)


@pytest.fixture
def county(tmp_path: Path) -> County:
    county = County(tmp_path)
    for number in range(1, 11):
        county.sale(parcel(number)).roll(parcel(number)).violation(parcel(number))
    return county.foreclosure(parcel(1), "1 ELM ST").foreclosure(parcel(2), "2 ELM ST")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHOLESALER_HTTP_RETRIES", "0")


def attempts(database: Database) -> list[tuple[Any, ...]]:
    """(source, attempt, status) of the run-tracking table; the stage's own rows have no source."""
    rows = database.rows("SELECT source, attempt, status FROM data_ingestion_runs ORDER BY source NULLS LAST, attempt")
    return [tuple(row.values()) for row in rows]


def test_arcgis_and_socrata_servers_are_loaded_whole(
    cli: CLI, county: County, database: Database, arcgis: ArcGISServer, portal: SocrataServer
) -> None:
    market = county.serve(arcgis, portal)
    county.layer(arcgis, "tax_sales").max_record_count = 3
    document = run(cli, market, "ingest")
    assert {name: document["stats"][name]["inserted"] for name in FIELDS} == {
        "tax_sales": 10,
        "foreclosures": 2,
        "property_records": 10,
        "code_violations": 10,
    }
    assert document["warnings"] == []
    before = database.versions(*FIELDS, "properties")
    run(cli, market, "ingest")
    assert database.versions(*FIELDS, "properties") == before


def test_the_roll_layer_is_asked_by_parcel_number_and_never_scanned(
    cli: CLI, county: County, arcgis: ArcGISServer, portal: SocrataServer
) -> None:
    run(cli, county.serve(arcgis, portal), "ingest")
    asked = [one for one in arcgis.requests if "MapServer/216/query" in one.path and one.kind == "page"]
    wheres = [one.params["where"] for one in asked if one.params.get("resultRecordCount") != "1"]
    assert wheres
    assert all(parcel(1) in where for where in wheres)
    assert "1=1" not in wheres


def test_an_incomplete_fetch_deactivates_nothing_and_is_partial(
    cli: CLI, county: County, database: Database, arcgis: ArcGISServer, portal: SocrataServer
) -> None:
    run(cli, county.serve(arcgis, portal), "ingest")
    del county.records["tax_sales"][8:]
    market = county.serve(arcgis, portal)
    county.layer(arcgis, "tax_sales").faults.append(on("count", Reply({"count": 10})))
    document = run(cli, market, "ingest", code=3)
    assert document["stats"]["tax_sales"]["status"] == "partial"
    assert document["stats"]["tax_sales"]["deactivated"] == 0
    assert any("8 of 10 records received" in warning for warning in document["warnings"])
    assert database.value("SELECT count(*) FROM tax_sales WHERE is_active") == 10
    (row,) = database.rows("SELECT * FROM data_ingestion_runs WHERE source = 'tax_sales' AND status <> 'success'")
    assert (row["status"], row["processed"], row["deactivated"]) == ("partial", 8, 0)


def test_new_records_of_an_incomplete_fetch_are_kept(
    cli: CLI, county: County, database: Database, arcgis: ArcGISServer, portal: SocrataServer
) -> None:
    run(cli, county.serve(arcgis, portal), "ingest")
    market = county.sale(parcel(11)).roll(parcel(11)).serve(arcgis, portal)
    county.layer(arcgis, "tax_sales").faults.append(on("count", Reply({"count": 20})))
    assert run(cli, market, "ingest", code=3)["stats"]["tax_sales"]["inserted"] == 1
    assert database.property(parcel(11))["is_active"]


def test_one_failing_source_stops_no_other_and_keeps_what_was_there(
    cli: CLI, county: County, database: Database, arcgis: ArcGISServer, portal: SocrataServer
) -> None:
    run(cli, county.serve(arcgis, portal), "ingest")
    before = database.versions("foreclosures")
    market = county.sale(parcel(11)).roll(parcel(11)).serve(arcgis, portal)
    county.layer(arcgis, "foreclosures").faults.append(lambda request: BROKEN)
    document = run(cli, market, "ingest", code=3)
    assert document["status"] == "partial"
    assert document["stats"]["foreclosures"]["status"] == "failure"
    assert document["stats"]["tax_sales"]["inserted"] == document["stats"]["property_records"]["inserted"] == 1
    assert any(warning.startswith("foreclosures: not loaded") for warning in document["warnings"])
    assert database.versions("foreclosures") == before
    assert database.value("SELECT count(*) FROM foreclosures WHERE is_active") == 2


def test_a_missing_field_fails_its_source_alone_and_names_the_field(
    cli: CLI, county: County, database: Database, arcgis: ArcGISServer, portal: SocrataServer
) -> None:
    market = county.serve(arcgis, portal)
    del county.layer(arcgis, "foreclosures").fields["AUCTION_DATE"]
    document = run(cli, market, "ingest", code=3)
    assert "no field 'AUCTION_DATE'" in document["stats"]["foreclosures"]["error"]
    assert document["stats"]["tax_sales"]["inserted"] == 10


@pytest.mark.parametrize("night", ["first", "second"])
def test_when_every_source_fails_the_run_ends_with_69_and_one_line(
    cli: CLI, county: County, arcgis: ArcGISServer, portal: SocrataServer, night: str
) -> None:
    market = county.serve(arcgis, portal)
    if night == "second":
        run(cli, market, "ingest")
    for source in ("tax_sales", "foreclosures", "property_records"):
        county.layer(arcgis, source).faults.append(lambda request: BROKEN)
    portal.datasets[DATASET].faults.append(lambda request: Reply({"message": "down"}, 503))
    document = run(cli, market, "ingest", code=69)
    assert document["status"] == "failure"
    assert "None of the" in document["error"]["message"]
    assert "\n" not in document["error"]["message"]
    printed = cli("--market", market, "ingest").out
    assert printed.count("error:") == 1


def test_a_retry_loads_only_the_source_that_failed(
    cli: CLI,
    county: County,
    database: Database,
    arcgis: ArcGISServer,
    portal: SocrataServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WHOLESALER_RETRIES", "2")
    market = county.serve(arcgis, portal)
    failing = county.layer(arcgis, "foreclosures")
    failing.faults.append(on("metadata", BROKEN, 1))
    document = run(cli, market, "ingest")
    assert document["attempts"] == 2
    assert document["stats"]["tax_sales"]["inserted"] == 10
    assert document["stats"]["foreclosures"]["inserted"] == 2
    assert attempts(database) == [
        ("code_violations", 1, "success"),
        ("foreclosures", 1, "failure"),
        ("foreclosures", 2, "success"),
        ("property_records", 2, "success"),
        ("tax_sales", 1, "success"),
        (None, 1, "failure"),
        (None, 2, "success"),
    ]
    assert len([one for one in arcgis.requests if "Tax_Sale" in one.path and one.kind == "metadata"]) == 1


def test_a_source_that_fails_in_every_attempt_leaves_a_row_for_each_and_the_others_loaded(
    cli: CLI,
    county: County,
    database: Database,
    arcgis: ArcGISServer,
    portal: SocrataServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WHOLESALER_RETRIES", "2")
    market = county.serve(arcgis, portal)
    county.layer(arcgis, "foreclosures").faults.append(lambda request: BROKEN)
    document = run(cli, market, "ingest", code=3)
    assert document["attempts"] == 3
    rows = attempts(database)
    assert [row for row in rows if row[0] == "foreclosures"] == [
        ("foreclosures", number, "failure") for number in (1, 2, 3)
    ]
    assert [row for row in rows if row[0] == "tax_sales"] == [("tax_sales", 1, "success")]
    assert database.value("SELECT count(*) FROM property_records") == 10


def test_what_retrying_cannot_help_is_not_retried(
    cli: CLI,
    county: County,
    database: Database,
    arcgis: ArcGISServer,
    portal: SocrataServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WHOLESALER_RETRIES", "2")
    market = county.serve(arcgis, portal)
    refusal = Reply({"error": {"code": 499, "message": "Token Required", "details": []}})
    county.layer(arcgis, "foreclosures").faults.append(lambda request: refusal)
    document = run(cli, market, "ingest", code=3)
    assert document["attempts"] == 1
    assert "Token Required" in document["stats"]["foreclosures"]["error"]


def test_a_source_whose_server_dies_in_the_middle_leaves_nothing_of_it(
    cli: CLI, county: County, database: Database, arcgis: ArcGISServer, portal: SocrataServer
) -> None:
    market = county.serve(arcgis, portal)
    layer = county.layer(arcgis, "tax_sales")
    layer.max_record_count = 2
    layer.faults.append(_dies_at_offset(6))
    run(cli, market, "ingest", code=3)
    assert any(one.params.get("resultOffset") == "6" for one in arcgis.requests)
    assert database.value("SELECT count(*) FROM tax_sales") == 0
    assert database.value("SELECT count(*) FROM code_violations") == 10


def test_nothing_of_a_source_is_visible_to_others_before_all_of_it_is_loaded(
    cli: CLI, county: County, database: Database, arcgis: ArcGISServer, portal: SocrataServer
) -> None:
    market = county.serve(arcgis, portal)
    layer = county.layer(arcgis, "tax_sales")
    layer.max_record_count = 2
    seen: list[int] = []

    def look(served: Layer, request: Request) -> None:
        if request.params.get("resultOffset", "0") != "0":
            seen.append(database.value("SELECT count(*) FROM tax_sales"))

    layer.changes.append(look)
    run(cli, market, "ingest")
    assert len(seen) >= 4
    assert set(seen) == {0}
    assert database.value("SELECT count(*) FROM tax_sales") == 10


def _dies_at_offset(offset: int) -> Any:
    dead = threading.Event()

    def fault(request: Request) -> Reply | None:
        if int(request.params.get("resultOffset", 0)) >= offset:
            dead.set()
        return BROKEN if dead.is_set() else None

    return fault


def test_a_statement_that_was_cancelled_is_tried_again(
    cli: CLI, tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOLESALER_RETRIES", "1")
    database.execute("CREATE SEQUENCE tries")
    database.execute(
        "CREATE FUNCTION cancel_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF nextval('tries') = 1 THEN RAISE 'canceling statement' USING ERRCODE = 'query_canceled'; END IF;"
        " RETURN NULL; END $$"
    )
    database.execute(
        "CREATE TRIGGER cancelled AFTER INSERT ON tax_sales FOR EACH STATEMENT EXECUTE FUNCTION cancel_once()"
    )
    document = run(cli, County(tmp_path).sale(parcel(1)).roll(parcel(1)).write(), "ingest")
    assert (document["attempts"], document["stats"]["tax_sales"]["status"]) == (2, "success")
