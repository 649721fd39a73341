"""``python -m benchmarks.leads``: lists and exports over 100,000 leads in a county of 500,000 parcels."""

import sys
from datetime import date
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import URL

from benchmarks.command import wholesaler
from benchmarks.databases import private_databases
from benchmarks.figures import Figure
from wholesaler.db.engine import make_engine
from wholesaler.markets import bundled_markets, load_market
from wholesaler.scoring.profile import load_profile
from wholesaler.scoring.stored import keep_profile

DAY = date(2026, 1, 15)
_MARKET = "orange-fl"
#: leads at every fifth parcel; owners of one to three parcels each
_COUNTY = (
    """
    INSERT INTO parcels (market, parcel_id, address, city, zip_code, is_listed, owner_name, owner_class, owner_key,
      mail_differs, mail_address, mail_address_2, mail_city, mail_state, mail_zip, total_mkt, living_area, beds, baths,
      year_built, acreage, use_code, sale_date, sale_price, homestead, location)
    SELECT :market, lpad(n::text, 15, '0'), n % 9000 + 1 || ' ' || (ARRAY['N ', 'E ', ''])[n % 3 + 1]
        || (ARRAY['OAK', 'PINE RIDGE', 'LAKE SHORE', 'HARBOR', 'SUNSET'])[n % 5 + 1]
        || (ARRAY[' ST', ' AVENUE', ' DR', ' BLVD'])[n % 4 + 1] || CASE n % 7 WHEN 0 THEN ' APT ' || n % 90 ELSE '' END,
      (ARRAY['Orlando', 'Apopka', 'St. Cloud'])[n % 3 + 1], 32801 + n % 40, true,
      (ARRAY['SMITH', 'GARCIA LOPEZ', 'O''BRIEN', 'NGUYEN', 'VAN DER BERG'])[n % 5 + 1] || ' ' || n / 3 % 5000 || 'X '
        || (ARRAY['JOHN A & MARY B', 'ROBERT E JR', 'MARIA', 'LUIS TR', 'KAREN L ET AL'])[n % 5 + 1],
      (ARRAY['person', 'person', 'estate', 'trust', 'company'])[n % 5 + 1], 'owner ' || n / 3,
      (ARRAY['same', 'in_county', 'in_state', 'out_of_state'])[n % 4 + 1], n % 8000 + 1 || ' Elm Street',
      CASE n % 6 WHEN 0 THEN 'Suite ' || n % 300 END, 'Boston', 'MA', '2108', 100000 + n % 400000, 900 + n % 2000, 3, 2,
      1950 + n % 70, 0.25, '0100', DATE '2010-01-01' + n % 4000, 90000 + n % 100000, n % 2 = 0,
      ST_SetSRID(ST_MakePoint(-81.5 + n % 1000 * 0.0003, 28.4 + n / 1000 % 500 * 0.0006), 4326)::geography
    FROM generate_series(1, :parcels) AS parcel (n)
    """,
    """
    INSERT INTO properties (market, parcel_id, address, city, zip_code, location, is_active)
    SELECT market, parcel_id, address, city, zip_code, location, true
    FROM parcels WHERE market = :market AND parcel_id::bigint % 5 = 0
    """,
    """
    INSERT INTO standard_addresses
      (market, address, house_number, predirection, street_name, suffix, postdirection, street, unit)
    SELECT :market, written.address, standard.*
    FROM (
      SELECT address FROM properties WHERE market = :market
      UNION SELECT upper(mail_address) || coalesce(' ' || upper(mail_address_2), '') FROM parcels
    ) AS written
    CROSS JOIN LATERAL wholesaler_standard_address(written.address, 'FL') AS standard
    """,
    """
    UPDATE properties SET house_number = standard.house_number, street = standard.street, unit = standard.unit
    FROM standard_addresses AS standard
    WHERE standard.market = properties.market AND standard.address = properties.address
    """,
    """
    INSERT INTO lead_scores (market, property_id, as_of, profile, total_score, tier, components, signals, signal_count,
      tax_sale_date, tax_sale_days, next_sale_days, own_open_violations, own_violation_days, total_mkt, living_area,
      owner_class, mail_differs, homestead, years_held, arv, repairs, mao, debt, spread, is_land, has_location)
    SELECT :market, id, :day, 'v2', score, CASE WHEN score >= 80 THEN 'A' WHEN score >= 60 THEN 'B' ELSE 'C' END,
      '{"distress": 60, "owner": 50, "value": 40, "urgency": 30}', ARRAY['tax_deed_sale', 'open_code_violation'], 2,
      CAST(:day AS date) + (id % 90)::int, id % 90, id % 90, 2, 2, 100000 + id % 400000, 1200, 'person', 'in_state',
      false, 12, 200000, 30000, 95000 + id % 1000, 50000, 45000 - id % 60000, false, true
    FROM (SELECT id, (id * 7919 % 6000) / 100.0 + 30 AS score FROM properties WHERE market = :market) AS lead
    """,
    """
    INSERT INTO lead_status_events (market, property_id, status, signals)
    SELECT market, property_id, (ARRAY['contacted', 'follow_up', 'dead', 'closed'])[property_id % 4 + 1], signals
    FROM lead_scores WHERE market = :market AND property_id % 20 = 0
    """,
    """
    INSERT INTO suppressions (market, kind, value, reason, source)
    SELECT market, 'parcel', parcel_id, 'dnc', 'user' FROM properties WHERE market = :market AND id % 100 = 0
    """,
    "ANALYZE",
)


def make_leads(database: URL, parcels: int) -> None:
    """The county, scored."""
    engine = make_engine(database)
    with engine.begin() as connection:
        for query in _COUNTY:
            connection.execute(text(query), {"market": _MARKET, "parcels": parcels, "day": DAY})
        keep_profile(connection, _MARKET, load_profile("v2"), DAY)
    engine.dispose()


def measure(database: URL, folder: Path) -> list[Figure]:
    """The seconds and megabytes of the commands."""
    market = bundled_markets()[_MARKET]
    figures = []
    lists = (
        ("leads list", ()), ("leads list --sort days --absentee", ("--sort", "days", "--absentee")),
        ("leads list --near, 1 mile", ("--near", "28.5,-81.4")),
        ("leads list --city, --min-value", ("--city", "Orlando", "--min-value", "200000")),
    )  # fmt: skip
    for name, options in lists:
        seconds = tuple(wholesaler(database, folder, market, DAY, "leads", "list", *options).seconds for _ in range(3))
        figures.append(Figure(f"`{name}`", "s", seconds, 0.5))
    for preset, form, target in (
        ("plain", "csv", 5.0), ("mail", "csv", 5.0), ("skiptrace", "csv", 5.0), ("plain", "xlsx", 30.0),
        ("plain", "geojson", None),
    ):  # fmt: skip
        file = folder / f"{preset}.{form}"
        done = wholesaler(
            database, folder, market, DAY, "leads", "export", "--for", preset, "--output", str(file), "--overwrite"
        )
        rows = done.document["rows"]
        figures.append(Figure(f"`leads export` {preset}, {form}, {rows:,} rows", "s", (done.seconds,), target))
        figures.append(Figure("its peak of memory", "MB", (done.peak / 1e6,), 250))
    return figures


def main() -> None:
    """Measure and print."""
    parcels = int(sys.argv[1]) if sys.argv[1:] else 500_000
    load_market(_MARKET)
    with private_databases() as databases:
        database = databases.fresh("leads")
        make_leads(database, parcels)
        for figure in measure(database, databases.folder):
            print(figure.row(), flush=True)


if __name__ == "__main__":
    main()
