"""What ingest keeps of each list of signals: files from which the same records can be loaded."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.stages.county import AS_OF, CLI, County, Database, parcel, stages
from wholesaler.markets import load_market
from wholesaler.sources.snapshots import Snapshots, StoredFetch
from wholesaler.stages.ingest.load import load

SIGNALS = ("code_violations", "foreclosures", "tax_sales")
RECORDS = "SELECT record_key, parcel, parcel_id, content_hash, is_active FROM {} ORDER BY 1"


@pytest.fixture
def county(tmp_path: Path) -> County:
    return County(tmp_path).sale(parcel(1)).foreclosure(parcel(1)).violation(parcel(1)).roll(parcel(1))


def kept(home: Path) -> dict[str, list[tuple[int, int]]]:
    """First and last day of each source's snapshots, counted from the day."""

    def days(source: str) -> list[tuple[int, int]]:
        shelf = Snapshots(home, "orange-fl", source, AS_OF)
        return [((one.first - AS_OF).days, (one.last - AS_OF).days) for one in shelf.all()]

    return {path.name: days(path.name) for path in sorted((home / "snapshots" / "orange-fl").glob("*"))}


def ingest(cli: CLI, market: Path, days: int = 0, **how: int) -> list[str]:
    ran = stages(cli, market, "ingest", as_of=AS_OF + timedelta(days), **how)
    return [one for one in ran["ingest"]["warnings"] if "snapshot" in one]


def test_each_list_of_signals_is_kept_where_it_differs_and_the_roll_is_not(
    cli: CLI, county: County, home: Path
) -> None:
    assert ingest(cli, county.write()) == []
    assert kept(home) == {source: [(0, 0)] for source in SIGNALS}
    county.sale(parcel(1))
    assert ingest(cli, county.write(), 1) == []
    market = county.write()
    assert ingest(cli, market, 2) == []
    same = [(0, 2)]
    assert kept(home) == {"code_violations": same, "foreclosures": same, "tax_sales": [(0, 0), (1, 2)]}
    # files of the same content are not read
    assert ingest(cli, market, 3) == []
    assert [days[-1][1] for days in kept(home).values()] == [3, 3, 3]


def test_the_same_is_loaded_from_what_was_kept(cli: CLI, county: County, home: Path, engine: Engine) -> None:
    market_file = county.violation(parcel(1), opened=None).sale("29222800000", number="x").write()
    ingest(cli, market_file)
    database, market = Database(engine), load_market(str(market_file))
    for source in SIGNALS:
        before = database.rows(RECORDS.format(source))
        with engine.begin() as connection:
            connection.execute(text(f"DELETE FROM {source}"))
            snapshot = Snapshots(home, "orange-fl", source, AS_OF).of(AS_OF)
            assert snapshot is not None
            result = load(connection, market, source, StoredFetch(snapshot), AS_OF)
        assert (result.inserted, result.complete, result.doubts) == (len(before), True, [])
        assert database.rows(RECORDS.format(source)) == before


def test_a_fetch_that_is_not_complete_is_not_kept(cli: CLI, county: County, home: Path) -> None:
    market = county.write()
    (market.parent / "tax_sales.json").write_text('{"features": [')
    ingest(cli, market, code=3)
    assert "tax_sales" not in kept(home)


def test_what_cannot_be_kept_is_a_warning_and_no_worse(cli: CLI, county: County, home: Path) -> None:
    (home / "snapshots").write_text("in the way")
    warnings = ingest(cli, county.write())
    assert sorted(one.partition(":")[0] for one in warnings) == list(SIGNALS)


def test_none_is_kept_where_none_is_wanted(
    cli: CLI, county: County, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(cli, county.write())
    monkeypatch.setenv("WHOLESALER_SNAPSHOT_DAYS", "0")
    ingest(cli, county.write(), 1)
    assert set(map(len, kept(home).values())) == {0}


def test_the_oldest_go_where_they_are_too_large(
    cli: CLI, county: County, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in range(4):
        county.sale(parcel(1), number=f"{day}")
        ingest(cli, county.write(), day)
    sources = [path.name for path in (home / "snapshots" / "orange-fl").iterdir()]
    newest = {name: Snapshots(home, "orange-fl", name, date.today()).all()[-1].path.stat().st_size for name in sources}
    (first, *_) = Snapshots(home, "orange-fl", "tax_sales", date.today()).all()
    # the lists are read side by side: which of the newest is the oldest is chance
    monkeypatch.setenv("WHOLESALER_SNAPSHOTS_SIZE", str((sum(newest.values()) + 1) / 1e9))
    ingest(cli, county.write(), 4)
    assert {name: len(days) for name, days in kept(home).items()} == dict.fromkeys(sources, 1)
    assert not first.path.exists()
