"""A roll that is read whole once a week, and one of several tables, some of them missing, stale or in part."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.servers import Reply, on
from tests.servers.arcgis import ArcGISServer
from tests.servers.socrata import SocrataServer
from tests.stages.county import AS_OF, CLI, County, Database, ServedCounty, parcel, run, stages

FIELDS = {
    "owners": {"owner_name": "OWNER", "co_owner_name": "SECOND", "total_mkt": "VALUE"},
    "transfers": {"sale_date": "DAY", "sale_price": "PRICE"},
}


@pytest.fixture
def county(tmp_path: Path, arcgis: ArcGISServer, portal: SocrataServer) -> ServedCounty:
    return ServedCounty(tmp_path, arcgis=arcgis, portal=portal)


def whole(market: Path) -> Path:
    """The roll is to be read whole once a week."""
    market.write_text(
        market.read_text().replace("[sources.property_records]\n", "[sources.property_records]\nwhole = true\n")
    )
    return market


def tables(county: County, **rows: list[str]) -> Path:
    """The county's market file, and beside its roll these tables, as CSV files of parcel and fields."""
    market = county.write()
    text = market.read_text()
    for name, lines in rows.items():
        (county.directory / f"{name}.csv").write_text("\n".join([",".join(["PARCEL", *FIELDS[name].values()]), *lines]))
        fields = "".join(f'{column} = "{field}"\n' for column, field in FIELDS[name].items())
        dated = 'record_date = "sale_date"\nstale_after_days = 365\n' if name == "transfers" else ""
        text += (
            f'\n[sources.{name}]\nrecord = "property_records"\nkind = "file"\nurl = "{name}.csv"\nkey = ["parcel"]\n'
            f'parcel_form = "rts"\nminimum_rows = 1\n{dated}[sources.{name}.fields]\nparcel = "PARCEL"\n{fields}'
        )
    market.write_text(text)
    return market


def merged(database: Database) -> dict[str, dict[str, Any]]:
    return {row["parcel_id"]: row for row in database.rows("SELECT * FROM parcels ORDER BY parcel_id")}


def values(database: Database) -> dict[str, Any]:
    return {number: row["total_mkt"] for number, row in merged(database).items()}


def set_value(county: County, position: int, value: float) -> None:
    county.records["property_records"][position]["attributes"]["TOTAL_MKT"] = value


@pytest.mark.parametrize(("days", "is_seen"), [(0, False), (6, False), (7, True), (-6, False), (-7, True)])
def test_a_whole_roll_is_read_whole_again_after_seven_days(
    cli: CLI, county: ServedCounty, database: Database, days: int, is_seen: bool
) -> None:
    county.sale(parcel(1)).roll(parcel(1), total_mkt=100).roll(parcel(2), total_mkt=100).roll(parcel(3), total_mkt=100)
    run(cli, whole(county.write()), "ingest")
    assert values(database) == {parcel(number): 100 for number in (1, 2, 3)}
    set_value(county, 0, 101)
    set_value(county, 1, 102)
    del county.records["property_records"][2]
    stats = run(cli, whole(county.write()), "ingest", as_of=AS_OF + timedelta(days=days))["stats"]
    if is_seen:
        assert values(database) == {parcel(1): 101, parcel(2): 102}
    else:
        # what was asked for is new, and what was not is as it was
        assert values(database) == {parcel(1): 101, parcel(2): 100, parcel(3): 100}
        assert stats["property_records"]["processed"] == 1


def test_a_whole_reading_that_is_partial_is_made_up_for_on_the_next_day(
    cli: CLI, county: ServedCounty, database: Database, arcgis: ArcGISServer
) -> None:
    county.sale(parcel(1))
    for number in range(1, 4):
        county.roll(parcel(number), total_mkt=100)
    market = whole(county.write())
    layer = county.layer(arcgis, "property_records")
    layer.faults.append(on("count", Reply({"count": 9})))
    assert run(cli, market, "ingest", code=3)["stats"]["property_records"]["status"] == "partial"
    layer.faults.clear()
    set_value(county, 2, 103)
    run(cli, whole(county.write()), "ingest", as_of=AS_OF + timedelta(days=1))
    assert values(database)[parcel(3)] == 103


def test_what_a_signal_parcel_loses_in_between_goes_from_its_parcel(
    cli: CLI, county: ServedCounty, database: Database
) -> None:
    county.sale(parcel(1)).sale(parcel(2)).roll(parcel(1), total_mkt=100).roll(parcel(2), total_mkt=100).roll(parcel(3))
    run(cli, whole(county.write()), "ingest")
    del county.records["property_records"][0]
    document = run(cli, whole(county.write()), "ingest", as_of=AS_OF + timedelta(days=1))
    assert document["stats"]["property_records"]["deactivated"] == 1
    assert list(merged(database)) == [parcel(2), parcel(3)]


def test_a_whole_roll_that_shrank_to_the_size_of_yesterdays_selection_is_doubted(
    cli: CLI, county: ServedCounty, database: Database
) -> None:
    county.sale(parcel(1))
    for number in range(1, 9):
        county.roll(parcel(number))
    run(cli, whole(county.write()), "ingest")
    run(cli, whole(county.write()), "ingest", as_of=AS_OF + timedelta(days=6))
    del county.records["property_records"][1:]
    document = run(cli, whole(county.write()), "ingest", as_of=AS_OF + timedelta(days=7), code=3)
    assert document["stats"]["property_records"]["status"] == "partial"
    assert len(merged(database)) == 8


def test_a_roll_of_three_tables_is_merged_and_each_goes_its_own_way(
    cli: CLI, tmp_path: Path, database: Database
) -> None:
    county = County(tmp_path).sale(parcel(1)).roll(parcel(1), "1 ELM ST", total_mkt=100).roll(parcel(2), total_mkt=50)
    owners = [f"{parcel(1)},SMITH JOHN,SMITH MARY,7", f"{parcel(2)},DOE ANN,,7", f"{parcel(3)},NOBODY,,7"]
    transfers = [f"{parcel(1)},2025-11-01,90000", f"{parcel(2)},2025-10-01,100"]
    stages(cli, tables(county, owners=owners, transfers=transfers), "ingest", "enrich", "dedupe", "score")
    found = merged(database)
    assert [(row["owner_name"], row["total_mkt"], row["is_listed"]) for row in found.values()] == [
        ("SMITH JOHN", 100, True), ("DOE ANN", 50, True), ("NOBODY", 7, False),
    ]  # fmt: skip
    assert [row["sale_price"] for row in found.values()] == [90_000, 100, None]
    assert database.value("SELECT address_source FROM properties") == "property_records"
    shown = run(cli, county.write(), "leads", "show", parcel(1))["parcel"]
    assert (shown["owner_name"], shown["sale_price"], shown["held_since"]) == ("SMITH JOHN", 90_000, "2025-11-01")
    # the owners fail and stay, a transfer goes and its sale with it
    market = tables(county, owners=owners, transfers=transfers[1:])
    (county.directory / "owners.csv").unlink()
    run(cli, market, "ingest", code=3)
    found = merged(database)
    assert [row["owner_name"] for row in found.values()] == ["SMITH JOHN", "DOE ANN", "NOBODY"]
    assert [row["sale_price"] for row in found.values()] == [None, 100, None]
    assert found[parcel(1)]["held_since"] is None


def test_a_table_in_part_changes_what_came_and_takes_nothing_away(cli: CLI, tmp_path: Path, database: Database) -> None:
    county = County(tmp_path).sale(parcel(1))
    for number in range(1, 7):
        county.roll(parcel(number))
    owners = [f"{parcel(number)},OWNER {number},," for number in range(1, 7)]
    run(cli, tables(county, owners=owners), "ingest")
    document = run(cli, tables(county, owners=[f"{parcel(1)},OTHER,,"]), "ingest", code=3)
    assert document["stats"]["owners"]["status"] == "partial"
    assert [row["owner_name"] for row in merged(database).values()] == ["OTHER", *(f"OWNER {n}" for n in range(2, 7))]


@pytest.mark.parametrize(("days", "price"), [(341, 90_000), (342, None)])
def test_a_stale_table_gives_nothing_from_the_day_on_whatever_stage_runs_first(
    cli: CLI, tmp_path: Path, database: Database, days: int, price: int | None
) -> None:
    county = County(tmp_path).sale(parcel(1), AS_OF + timedelta(days=500)).roll(parcel(1), total_mkt=100)
    market = tables(county, transfers=[f"{parcel(1)},2025-11-07,90000"])
    run(cli, market, "ingest")
    for stage in ("enrich", "dedupe", "score"):
        run(cli, market, stage, as_of=AS_OF)
        run(cli, market, stage, as_of=AS_OF + timedelta(days=days))
        assert [row["sale_price"] for row in merged(database).values()] == [price]


def test_a_database_of_before_is_merged_by_whatever_stage_runs_first(
    cli: CLI, tmp_path: Path, database: Database
) -> None:
    county = County(tmp_path).sale(parcel(1)).roll(parcel(1), total_mkt=100, total_assd=50)
    market = county.write()
    stages(cli, market, "ingest", "enrich", "dedupe", "score")
    before = database.rows("SELECT * FROM lead_scores")
    for stage in ("enrich", "dedupe", "score"):
        database.execute("DELETE FROM parcels")
        database.execute("DELETE FROM merged_rolls")
        run(cli, market, stage)
        assert values(database) == {parcel(1): 100}
    assert database.rows("SELECT * FROM lead_scores") == before


def test_a_second_night_without_a_change_writes_no_parcel(cli: CLI, tmp_path: Path, database: Database) -> None:
    county = County(tmp_path)
    for number in range(1, 5):
        county.sale(parcel(number)).roll(parcel(number), f"{number} ELM ST", total_mkt=100, living_area=900)
    owners = [f"{parcel(number)},OWNER {number},," for number in range(1, 5)]
    tables_of_parcels = ("parcels", "property_records", "counted_sales", "properties")
    for _ in range(2):
        stages(cli, tables(county, owners=owners), "ingest", "enrich", "dedupe", "score")
    before = database.versions(*tables_of_parcels)
    stages(cli, tables(county, owners=owners), "ingest", "enrich", "dedupe", "score")
    assert database.versions(*tables_of_parcels) == before
