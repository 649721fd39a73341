"""When a source is stale, by its newest record: each limit at its edge, on both sides."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from tests.stages.check.rows import MARKET, Rows
from wholesaler.markets import load_market
from wholesaler.stages.properties.freshness import freshness, stale_sources

DAY = date(2025, 11, 20)
LIMITS = {
    "tax_sales": ("sale_date", 60),
    "foreclosures": ("recording_date", 45),
    "code_violations": ("opened_date", 14),
}


@pytest.mark.parametrize("source", LIMITS)
@pytest.mark.parametrize(("older", "stale"), [(0, False), (1, True)])
def test_a_source_is_stale_a_day_after_what_the_market_file_allows(
    engine: Engine, source: str, older: int, stale: bool
) -> None:
    column, limit = LIMITS[source]
    rows = Rows(engine)
    newest = DAY - timedelta(days=limit + older)
    for day in (newest - timedelta(days=1), newest, None):
        rows.record(source, None, None, **{column: day})
    # what does not count, however new it is
    rows.record(source, None, None, is_active=False, **{column: DAY})
    rows.record(source, None, None, source="former", **{column: DAY})
    Rows(engine, "other-county").record(source, None, None, **{column: DAY})
    with engine.connect() as connection:
        market = load_market(MARKET)
        found = freshness(connection, market, DAY)[source]
        assert (found.newest, found.stale, found.stale_after_days) == (newest, stale, limit)
        assert stale_sources(connection, market, DAY) == ([source] if stale else [])


@pytest.mark.parametrize(("ahead", "counts"), [(400, True), (401, False)])
def test_a_date_more_than_400_days_ahead_tells_nothing_unless_there_is_no_other(
    engine: Engine, ahead: int, counts: bool
) -> None:
    rows, far = Rows(engine), DAY + timedelta(days=ahead)
    rows.record("tax_sales", None, None, sale_date=far)
    with engine.connect() as connection:
        assert freshness(connection, load_market(MARKET), DAY)["tax_sales"].newest == far
    rows.record("tax_sales", None, None, sale_date=DAY)
    with engine.connect() as connection:
        assert freshness(connection, load_market(MARKET), DAY)["tax_sales"].newest == (far if counts else DAY)


def test_a_source_without_records_is_not_stale(engine: Engine) -> None:
    with engine.connect() as connection:
        found = freshness(connection, load_market(MARKET), DAY)
    assert {name: (one.newest, one.stale) for name, one in found.items()} == dict.fromkeys(LIMITS, (None, False))


def test_the_newest_day_of_a_date_of_several_fields_is_what_the_last_load_found(engine: Engine) -> None:
    market = load_market(MARKET)
    dated = market.sources["tax_sales"].model_copy(update={"record_date": ("YEAR", "MONTH")})
    market = market.model_copy(update={"sources": {**market.sources, "tax_sales": dated}})

    def newest() -> dict[str, date | None]:
        with engine.connect() as connection:
            found = freshness(connection, market, DAY, ["tax_sales"])
        return {name: one.newest for name, one in found.items()}

    rows = Rows(engine)
    rows.run("enrich", "tax_sales", stats={"newest": "2025-11-03"})
    rows.run("ingest", "foreclosures", stats={"newest": "2025-11-04"})
    Rows(engine, "other-county").run("ingest", "tax_sales", stats={"newest": "2025-11-05"})
    assert newest() == {"tax_sales": None}
    for day in ("2025-11-01", "2025-11-02", "2025-10-31", None):
        rows.run("ingest", "tax_sales", stats={"newest": day})
    # what has no column of ours is remembered by the load, and a failed one has found nothing
    assert newest() == {"tax_sales": date(2025, 10, 31)}
