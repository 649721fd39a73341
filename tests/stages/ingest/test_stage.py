"""What ingest does with the records it gets, night after night."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.servers.arcgis import ArcGISServer
from tests.servers.socrata import SocrataServer
from tests.stages.county import AS_OF, CLI, DOWNTOWN, FIELDS, County, Database, dashed, parcel, run
from wholesaler.db.base import Base

TABLES = tuple(name for name in Base.metadata.tables if name != "data_ingestion_runs")


@pytest.fixture
def county(tmp_path: Path) -> County:
    return County(tmp_path)


def full_county(county: County) -> County:
    """A few records of every source, one parcel with all signals."""
    for number in range(1, 5):
        county.sale(parcel(number)).roll(parcel(number), f"{number}00 N MAIN ST")
    county.foreclosure(parcel(1), "100 N MAIN ST", DOWNTOWN).violation(parcel(1)).violation(parcel(2), status="Closed")
    return county


def test_every_record_is_loaded_or_in_rejected_records_and_the_counts_add_up(
    cli: CLI, county: County, database: Database
) -> None:
    full_county(county)
    county.add("tax_sales", USER_PARCEL="no parcel", USER_TDA_NUM="2023-90")
    county.add("tax_sales", USER_PARCEL=None, USER_TDA_NUM="2023-91")
    county.sale(parcel(5), number="2023-1")
    county.add("property_records", PARCEL="", SITUS="1 ELM ST")
    county.violation(parcel(1), number="2025-00001LOT")
    stats = run(cli, county.write(), "ingest", "--full")["stats"]
    for source, records in county.records.items():
        counts = stats[source]
        loaded = database.value(f"SELECT count(*) FROM {source}")
        rejected = database.value("SELECT count(*) FROM rejected_records WHERE source = :source", source=source)
        assert counts["processed"] == len(records)
        assert counts["inserted"] == loaded
        assert counts["failed"] == rejected
        assert loaded + rejected == len(records)
    assert {source: stats[source]["failed"] for source in FIELDS} == {
        "tax_sales": 3,
        "foreclosures": 0,
        "property_records": 1,
        "code_violations": 1,
    }


def test_a_rejected_record_keeps_its_reason_and_its_raw_form(cli: CLI, county: County, database: Database) -> None:
    full_county(county).add("tax_sales", USER_PARCEL="99-22-29-0001-00-001", USER_TDA_NUM="2023-90")
    market = county.write()
    run(cli, market, "ingest")
    (rejected,) = run(cli, market, "rejects", "list")["rejects"]
    assert rejected["source"] == "tax_sales"
    assert rejected["reason"] == "parcel number '99-22-29-0001-00-001': section 99 is above 36"
    assert rejected["raw"]["USER_TDA_NUM"] == "2023-90"


def test_a_rejected_record_that_is_corrected_is_no_longer_listed(cli: CLI, county: County, database: Database) -> None:
    full_county(county).add("tax_sales", USER_PARCEL="?", USER_TDA_NUM="2023-90")
    run(cli, county.write(), "ingest")
    county.records["tax_sales"][-1]["attributes"]["USER_PARCEL"] = dashed(parcel(9))
    market = county.write()
    assert run(cli, market, "ingest")["stats"]["tax_sales"]["inserted"] == 1
    assert run(cli, market, "rejects", "list")["total"] == 0
    assert database.value("SELECT last_seen_at IS NOT NULL FROM rejected_records")


def test_both_orders_of_a_parcel_number_become_one_canonical_number_and_one_property(
    cli: CLI, county: County, database: Database
) -> None:
    county.sale("292228885002050").foreclosure("292228885002050").roll("292228885002050").violation("292228885002050")
    assert county.records["tax_sales"][0]["attributes"]["USER_PARCEL"] == "28-22-29-8850-02-050"
    run(cli, county.write(), "ingest")
    for source in FIELDS:
        assert database.column(f"SELECT parcel_id FROM {source}") == ["292228885002050"]
    assert database.column("SELECT parcel_id FROM properties") == ["292228885002050"]
    assert (
        database.value("SELECT count(DISTINCT property_id) FROM tax_sales JOIN foreclosures USING (property_id)") == 1
    )


def test_a_second_run_changes_no_row(cli: CLI, county: County, database: Database) -> None:
    full_county(county).add("tax_sales", USER_PARCEL="no parcel", USER_TDA_NUM="2023-90")
    market = county.write()
    run(cli, market, "ingest")
    before = database.versions(*TABLES)
    stats = run(cli, market, "ingest")["stats"]
    assert database.versions(*TABLES) == before
    for source in FIELDS:
        assert stats[source]["inserted"] == stats[source]["updated"] == stats[source]["deactivated"] == 0
        assert stats[source]["unchanged"] == stats[source]["processed"] - stats[source]["failed"]


def test_a_layer_republished_with_other_row_numbers_in_another_order_changes_no_row(
    cli: CLI, county: County, database: Database
) -> None:
    run(cli, full_county(county).write(), "ingest")
    before = database.versions(*TABLES)
    for records in county.records.values():
        records.reverse()
    run(cli, county.write(), "ingest")
    assert database.versions(*TABLES) == before


def test_a_changed_record_is_updated_once(cli: CLI, county: County, database: Database) -> None:
    run(cli, full_county(county).write(), "ingest")
    untouched = database.versions("foreclosures", "code_violations", "property_records", "properties")
    county.records["tax_sales"][1]["attributes"]["USER_Sale_Date"] = "01/15/2026"
    market = county.write()
    first = run(cli, market, "ingest")["stats"]["tax_sales"]
    second = run(cli, market, "ingest")["stats"]["tax_sales"]
    assert (first["updated"], first["unchanged"], first["inserted"]) == (1, 3, 0)
    assert (second["updated"], second["unchanged"]) == (0, 4)
    assert database.value("SELECT sale_date FROM tax_sales WHERE tda_number = '2023-2'") == date(2026, 1, 15)
    assert database.versions("foreclosures", "code_violations", "property_records", "properties") == untouched


def test_a_record_gone_from_a_complete_fetch_is_deactivated_with_the_time_it_was_last_seen(
    cli: CLI, county: County, database: Database
) -> None:
    run(cli, full_county(county).write(), "ingest")
    seen = database.value("SELECT finished_at FROM data_ingestion_runs WHERE source = 'tax_sales'")
    del county.records["tax_sales"][3]
    document = run(cli, county.write(), "ingest")
    assert document["stats"]["tax_sales"]["deactivated"] == 1
    (gone,) = database.rows("SELECT parcel_id, last_seen_at FROM tax_sales WHERE NOT is_active")
    assert gone == {"parcel_id": parcel(4), "last_seen_at": seen}
    (inactive,) = database.rows("SELECT parcel_id, last_seen_at FROM properties WHERE NOT is_active")
    assert inactive["parcel_id"] == parcel(4)
    assert inactive["last_seen_at"] is not None


def test_a_property_stays_active_while_another_signal_is_left(cli: CLI, county: County, database: Database) -> None:
    run(cli, full_county(county).write(), "ingest")
    del county.records["tax_sales"][0]
    run(cli, county.write(), "ingest")
    assert database.property(parcel(1))["is_active"]


def test_a_record_that_comes_back_is_active_again_and_so_is_its_property(
    cli: CLI, county: County, database: Database
) -> None:
    run(cli, full_county(county).write(), "ingest")
    gone = county.records["tax_sales"].pop()
    run(cli, county.write(), "ingest")
    county.records["tax_sales"].append(gone)
    stats = run(cli, county.write(), "ingest")["stats"]["tax_sales"]
    assert (stats["inserted"], stats["updated"], stats["unchanged"]) == (0, 1, 3)
    assert database.value("SELECT count(*) FROM tax_sales WHERE is_active AND last_seen_at IS NULL") == 4
    property_row = database.property(parcel(4))
    assert property_row["is_active"]
    assert property_row["last_seen_at"] is None


def test_a_closed_violation_alone_makes_no_property_and_one_that_is_closed_ends_it(
    cli: CLI, county: County, database: Database
) -> None:
    county.violation(parcel(1)).violation(parcel(2), status="Closed").roll(parcel(1))
    run(cli, county.write(), "ingest")
    assert database.column("SELECT parcel_id FROM properties WHERE is_active") == [parcel(1)]
    county.records["code_violations"][0]["caseinfostatus"] = "Closed"
    run(cli, county.write(), "ingest")
    assert database.column("SELECT parcel_id FROM properties WHERE is_active") == []


def test_a_fetch_that_shrank_by_more_than_half_deactivates_nothing_and_is_partial(
    cli: CLI, county: County, database: Database
) -> None:
    run(cli, full_county(county).write(), "ingest")
    del county.records["tax_sales"][1:]
    document = run(cli, county.write(), "ingest", code=3)
    assert document["status"] == "partial"
    assert document["stats"]["tax_sales"]["status"] == "partial"
    assert document["stats"]["tax_sales"]["deactivated"] == 0
    assert any("shrunk from 4 to 1 record;" in warning for warning in document["warnings"])
    assert database.value("SELECT count(*) FROM tax_sales WHERE is_active") == 4


def test_a_fetch_that_shrank_to_half_is_believed(cli: CLI, county: County, database: Database) -> None:
    run(cli, full_county(county).write(), "ingest")
    del county.records["tax_sales"][2:]
    assert run(cli, county.write(), "ingest")["stats"]["tax_sales"]["deactivated"] == 2


def test_an_empty_fetch_deactivates_nothing(cli: CLI, county: County, database: Database) -> None:
    run(cli, full_county(county).write(), "ingest")
    county.records["tax_sales"].clear()
    assert run(cli, county.write(), "ingest", code=3)["stats"]["tax_sales"]["deactivated"] == 0
    assert database.value("SELECT count(*) FROM tax_sales WHERE is_active") == 4


def test_fewer_usable_records_than_the_market_expects_are_partial(cli: CLI, county: County, database: Database) -> None:
    run(cli, full_county(county).write(), "ingest")
    del county.records["tax_sales"][3]
    county.minimum_rows = {"tax_sales": 4}
    document = run(cli, county.write(), "ingest", code=3)
    assert any("3 usable records, at least 4 expected" in warning for warning in document["warnings"])
    assert database.value("SELECT count(*) FROM tax_sales WHERE is_active") == 4


def test_only_the_sources_asked_for_are_loaded(cli: CLI, county: County, database: Database) -> None:
    document = run(cli, full_county(county).write(), "ingest", "--source", "tax_sales", "--source", "property_records")
    assert set(document["stats"]) == {"tax_sales", "property_records"}
    assert database.value("SELECT count(*) FROM tax_sales") == 4
    assert database.value("SELECT count(*) FROM code_violations") == 0


def test_an_unknown_source_is_wrong_usage_that_names_the_known_ones(cli: CLI, county: County) -> None:
    outcome = cli("--market", full_county(county).write(), "ingest", "--source", "liens")
    assert outcome.code == 2
    assert "no source 'liens'" in outcome.out + outcome.err
    assert "foreclosures" in outcome.out + outcome.err


def test_the_roll_is_asked_only_for_parcels_with_a_signal(
    cli: CLI, county: County, database: Database, arcgis: ArcGISServer, portal: SocrataServer
) -> None:
    full_county(county).roll(parcel(70), "70 ELM ST")
    run(cli, county.serve(arcgis, portal), "ingest")
    loaded = database.column("SELECT parcel_id FROM property_records ORDER BY 1")
    assert loaded == [parcel(number) for number in range(1, 5)]


def test_full_loads_the_whole_roll(cli: CLI, county: County, database: Database) -> None:
    full_county(county).roll(parcel(70), "70 ELM ST")
    run(cli, county.write(), "ingest", "--full")
    assert parcel(70) in database.column("SELECT parcel_id FROM property_records WHERE is_active")
    assert parcel(70) not in database.column("SELECT parcel_id FROM properties")


def test_a_run_for_the_signal_parcels_leaves_the_rest_of_a_fully_loaded_roll_active(
    cli: CLI, county: County, database: Database
) -> None:
    full_county(county).roll(parcel(70), "70 ELM ST")
    market = county.write()
    run(cli, market, "ingest", "--full")
    assert run(cli, market, "ingest")["stats"]["property_records"]["deactivated"] == 0
    assert database.value("SELECT is_active FROM property_records WHERE parcel_id = :id", id=parcel(70))


def test_a_signal_parcel_gone_from_the_roll_is_deactivated_there(cli: CLI, county: County, database: Database) -> None:
    run(cli, full_county(county).write(), "ingest")
    del county.records["property_records"][3]
    assert run(cli, county.write(), "ingest")["stats"]["property_records"]["deactivated"] == 1
    assert database.column("SELECT parcel_id FROM property_records WHERE NOT is_active") == [parcel(4)]


def test_the_roll_is_searched_by_address_for_a_foreclosure_without_parcel_number(
    cli: CLI, county: County, database: Database, arcgis: ArcGISServer, portal: SocrataServer
) -> None:
    county.foreclosure(None, "806 ERROL  PKWY", DOWNTOWN).roll(parcel(3), "806 ERROL PKWY").roll(parcel(4), "9 ELM ST")
    run(cli, county.serve(arcgis, portal), "ingest")
    assert database.column("SELECT parcel_id FROM property_records") == [parcel(3)]


def test_a_join_rate_below_the_threshold_warns_and_says_where_to_look(cli: CLI, county: County) -> None:
    for number in range(1, 6):
        county.sale(parcel(number))
    county.roll(parcel(1)).roll(parcel(2))
    document = run(cli, county.write(), "ingest", code=3)
    assert document["status"] == "partial"
    assert document["stats"]["tax_sales"]["join_rate"] == 0.4
    (warning,) = [warning for warning in document["warnings"] if "roll" in warning]
    assert warning.startswith("tax_sales: 40%")
    assert "parcel_form" in warning


def test_the_order_of_a_parcel_number_told_wrongly_is_seen_on_the_first_morning(cli: CLI, county: County) -> None:
    market = full_county(county).write()
    head, tail = market.read_text().split("[sources.property_records]")
    market.write_text(head + "[sources.property_records]" + tail.replace('"rts"', '"str"', 1))
    document = run(cli, market, "ingest", code=3)
    assert document["stats"]["tax_sales"]["join_rate"] == 0
    assert any("tax_sales: 0% of its parcels" in warning for warning in document["warnings"])


def test_a_stale_source_warns_every_time_and_is_no_failure(cli: CLI, county: County) -> None:
    full_county(county)
    market = county.write()
    for _ in range(2):
        document = run(cli, market, "ingest", as_of=AS_OF + timedelta(days=30))
        assert document["status"] == "success"
        assert document["stats"]["code_violations"]["stale"]
        assert not document["stats"]["tax_sales"]["stale"]
        assert "code_violations: stale, its newest record is of 26 Nov 2025" in " ".join(document["warnings"])


def test_dates_years_ahead_do_not_make_a_source_fresh(cli: CLI, county: County) -> None:
    county.sale(parcel(1), date(2025, 6, 1)).sale(parcel(2), date(2031, 1, 1)).roll(parcel(1)).roll(parcel(2))
    stats = run(cli, county.write(), "ingest")["stats"]
    assert stats["tax_sales"]["newest_record"] == "2025-06-01"
    assert stats["tax_sales"]["stale"]


def test_before_the_roll_was_ever_asked_for_nothing_is_said_of_join_rates(cli: CLI, county: County) -> None:
    county.sale(parcel(1))
    alone = run(cli, county.write(), "ingest", "--source", "tax_sales")
    assert alone["stats"]["tax_sales"]["join_rate"] is None
    assert alone["warnings"] == []
