"""The first schema: extensions, the address function, all tables."""

import geoalchemy2
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_initial"
down_revision = None
branch_labels = None
depends_on = None


RAW_TABLES = ("tax_sales", "foreclosures", "code_violations", "property_records", "rejected_records")
EXTENSIONS = ("postgis", "address_standardizer", "address_standardizer_data_us", "pg_trgm")

#: An address as published, to the parts that are compared: USPS words in full, unit without its designator.
STANDARD_ADDRESS = """
CREATE FUNCTION wholesaler_standard_address(address text, state text)
RETURNS TABLE (house_number text, street text, unit text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT
    part.house_num,
    nullif(concat_ws(' ', part.predir, part.qual, part.pretype, part.name, part.suftype, part.sufdir), ''),
    nullif(concat_ws(' ', part.building, regexp_replace(
      part.unit, '^(#|APARTMENT|APT|UNIT|SUITE|STE|ROOM|RM|FLOOR|LOT|TRAILER)[ #]*', '')), '')
  FROM standardize_address('us_lex', 'us_gaz', 'us_rules',
    -- The standardiser takes four times as long for each further word of some addresses, and reads leftovers of the
    -- address before where one ends in punctuation. Spelled out, it takes TERRACE for a unit behind GLEN or HEIGHTS.
    CASE WHEN cardinality(regexp_split_to_array(btrim(address), '[^[:alnum:]]+')) <= 11 THEN
      regexp_replace(upper(regexp_replace(regexp_replace(address, '[^[:alnum:]]+$', ''), '\\s+', ' ', 'g')),
        '\\mTERRACE\\M', 'TER', 'g')
    END, state) AS part
  WHERE part.house_num IS NOT NULL AND part.name IS NOT NULL
$$
"""


def upgrade() -> None:
    """Go one step forward."""
    for extension in EXTENSIONS:
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    op.execute(STANDARD_ADDRESS)
    op.create_table(
        "alert_deliveries",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('new_lead', 'stage_failure', 'findings')", name=op.f("ck_alert_deliveries_kind")),
        sa.CheckConstraint("status IN ('pending', 'sent')", name=op.f("ck_alert_deliveries_status")),
        sa.PrimaryKeyConstraint("market", "id", name=op.f("pk_alert_deliveries")),
        sa.UniqueConstraint(
            "market",
            "channel",
            "kind",
            "subject",
            "as_of",
            name=op.f("uq_alert_deliveries_market_channel_kind_subject_as_of"),
        ),
    )
    op.create_index(
        "ix_alert_deliveries_pending",
        "alert_deliveries",
        ["market", "channel", "kind"],
        unique=False,
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_table(
        "data_ingestion_runs",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("processed", sa.BigInteger(), nullable=True),
        sa.Column("inserted", sa.BigInteger(), nullable=True),
        sa.Column("updated", sa.BigInteger(), nullable=True),
        sa.Column("unchanged", sa.BigInteger(), nullable=True),
        sa.Column("deactivated", sa.BigInteger(), nullable=True),
        sa.Column("failed", sa.BigInteger(), nullable=True),
        sa.Column("stats", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("warnings", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("error", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "status IN ('running', 'success', 'partial', 'failure', 'skipped')",
            name=op.f("ck_data_ingestion_runs_status"),
        ),
        sa.PrimaryKeyConstraint("market", "id", name=op.f("pk_data_ingestion_runs")),
    )
    op.create_index(
        "ix_data_ingestion_runs_stage", "data_ingestion_runs", ["market", "stage", "source", "as_of"], unique=False
    )
    op.create_index(
        "ix_data_ingestion_runs_started",
        "data_ingestion_runs",
        ["market", sa.literal_column("started_at DESC")],
        unique=False,
    )
    op.create_table(
        "geocode_cache",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("match", sa.Text(), nullable=False),
        sa.Column("match_type", sa.Text(), nullable=True),
        sa.Column("matched_address", sa.Text(), nullable=True),
        sa.Column(
            "location",
            geoalchemy2.types.Geography(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeogFromText",
                name="geography",
            ),
            nullable=True,
        ),
        sa.Column("geocoded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("market", "address_key", name=op.f("pk_geocode_cache")),
    )
    op.create_table(
        "properties",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("parcel_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("zip_code", sa.Text(), nullable=True),
        sa.Column("address_source", sa.Text(), nullable=True),
        sa.Column("house_number", sa.Text(), nullable=True),
        sa.Column("street", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column(
            "location",
            geoalchemy2.types.Geography(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeogFromText",
                name="geography",
            ),
            nullable=True,
        ),
        sa.Column("location_source", sa.Text(), nullable=True),
        sa.Column("own_open_violations", sa.BigInteger(), nullable=True),
        sa.Column("nearby_violations", sa.BigInteger(), nullable=True),
        sa.Column("nearby_open_violations", sa.BigInteger(), nullable=True),
        sa.Column("nearest_violation_miles", sa.Numeric(), nullable=True),
        sa.Column(
            "counted_location",
            geoalchemy2.types.Geography(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeogFromText",
                name="geography",
            ),
            nullable=True,
        ),
        sa.Column("counted_radius_miles", sa.Numeric(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("merged_into", sa.BigInteger(), nullable=True),
        sa.Column("merge_evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("merge_barred", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("merged_into IS NULL OR NOT is_active", name=op.f("ck_properties_merged_is_inactive")),
        sa.ForeignKeyConstraint(
            ["market", "merged_into"],
            ["properties.market", "properties.id"],
            name=op.f("fk_properties_market_merged_into"),
        ),
        sa.PrimaryKeyConstraint("market", "id", name=op.f("pk_properties")),
        sa.UniqueConstraint("market", "parcel_id", name=op.f("uq_properties_market_parcel_id")),
    )
    op.create_index("ix_properties_location", "properties", ["location"], unique=False, postgresql_using="gist")
    op.create_index(
        "ix_properties_market_house_number", "properties", ["market", "house_number", "street"], unique=False
    )
    op.create_index(
        "ix_properties_merged_into",
        "properties",
        ["market", "merged_into"],
        unique=False,
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.create_table(
        "rejected_records",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raw", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("market", "id", name=op.f("pk_rejected_records")),
        sa.UniqueConstraint(
            "market",
            "source",
            "content_hash",
            "reason",
            name=op.f("uq_rejected_records_market_source_content_hash_reason"),
        ),
    )
    op.create_table(
        "code_violations",
        sa.Column("case_number", sa.Text(), nullable=True),
        sa.Column("opened_date", sa.Date(), nullable=True),
        sa.Column("resolved_date", sa.Date(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("case_type", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("counted_state", sa.SmallInteger(), nullable=True),
        sa.Column(
            "counted_location",
            geoalchemy2.types.Geography(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeogFromText",
                name="geography",
            ),
            nullable=True,
        ),
        sa.Column("counted_property_id", sa.BigInteger(), nullable=True),
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("record_key", sa.Text(), nullable=False),
        sa.Column("parcel", sa.Text(), nullable=True),
        sa.Column("parcel_id", sa.Text(), nullable=True),
        sa.Column("property_id", sa.BigInteger(), nullable=True),
        sa.Column("match_evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("zip_code", sa.Text(), nullable=True),
        sa.Column(
            "location",
            geoalchemy2.types.Geography(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeogFromText",
                name="geography",
            ),
            nullable=True,
        ),
        sa.Column("raw", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content_hash", sa.Uuid(), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["market", "property_id"],
            ["properties.market", "properties.id"],
            name=op.f("fk_code_violations_market_property_id"),
        ),
        sa.PrimaryKeyConstraint("market", "record_key", name=op.f("pk_code_violations")),
    )
    op.create_index("ix_code_violations_parcel_id", "code_violations", ["market", "parcel_id"], unique=False)
    op.create_index("ix_code_violations_property_id", "code_violations", ["market", "property_id"], unique=False)
    op.create_table(
        "foreclosures",
        sa.Column("borrower_name", sa.Text(), nullable=True),
        sa.Column("record_type", sa.Text(), nullable=True),
        sa.Column("property_type", sa.Text(), nullable=True),
        sa.Column("trustee_name", sa.Text(), nullable=True),
        sa.Column("lender_name", sa.Text(), nullable=True),
        sa.Column("recording_date", sa.Date(), nullable=True),
        sa.Column("entered_date", sa.Date(), nullable=True),
        sa.Column("auction_date", sa.Date(), nullable=True),
        sa.Column("transfer_date", sa.Date(), nullable=True),
        sa.Column("default_amount", sa.Numeric(), nullable=True),
        sa.Column("opening_bid", sa.Numeric(), nullable=True),
        sa.Column("transfer_amount", sa.Numeric(), nullable=True),
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("record_key", sa.Text(), nullable=False),
        sa.Column("parcel", sa.Text(), nullable=True),
        sa.Column("parcel_id", sa.Text(), nullable=True),
        sa.Column("property_id", sa.BigInteger(), nullable=True),
        sa.Column("match_evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("zip_code", sa.Text(), nullable=True),
        sa.Column(
            "location",
            geoalchemy2.types.Geography(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeogFromText",
                name="geography",
            ),
            nullable=True,
        ),
        sa.Column("raw", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content_hash", sa.Uuid(), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["market", "property_id"],
            ["properties.market", "properties.id"],
            name=op.f("fk_foreclosures_market_property_id"),
        ),
        sa.PrimaryKeyConstraint("market", "record_key", name=op.f("pk_foreclosures")),
    )
    op.create_index("ix_foreclosures_parcel_id", "foreclosures", ["market", "parcel_id"], unique=False)
    op.create_index("ix_foreclosures_property_id", "foreclosures", ["market", "property_id"], unique=False)
    op.create_table(
        "lead_score_history",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("property_id", sa.BigInteger(), nullable=False),
        sa.Column("snapshot_date", sa.Date(), nullable=False),
        sa.Column("total_score", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("distress", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("value", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("location", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("urgency", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["market", "property_id"],
            ["properties.market", "properties.id"],
            name=op.f("fk_lead_score_history_market_property_id"),
        ),
        sa.PrimaryKeyConstraint("market", "property_id", "snapshot_date", name=op.f("pk_lead_score_history")),
        postgresql_partition_by="RANGE (snapshot_date)",
    )
    op.create_index(
        "ix_lead_score_history_day", "lead_score_history", ["market", "snapshot_date", "tier"], unique=False
    )
    op.create_table(
        "lead_scores",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("property_id", sa.BigInteger(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("total_score", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("distress", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("value", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("location", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("urgency", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("signals", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("features", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("deal", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_new", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("tier IN ('A', 'B', 'C', 'D')", name=op.f("ck_lead_scores_tier")),
        sa.CheckConstraint("total_score BETWEEN 0 AND 100", name=op.f("ck_lead_scores_total_score")),
        sa.ForeignKeyConstraint(
            ["market", "property_id"],
            ["properties.market", "properties.id"],
            name=op.f("fk_lead_scores_market_property_id"),
        ),
        sa.PrimaryKeyConstraint("market", "property_id", name=op.f("pk_lead_scores")),
    )
    op.create_index(
        "ix_lead_scores_rank", "lead_scores", ["market", "tier", sa.literal_column("total_score DESC")], unique=False
    )
    op.create_table(
        "lead_status_events",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("property_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["market", "property_id"],
            ["properties.market", "properties.id"],
            name=op.f("fk_lead_status_events_market_property_id"),
        ),
        sa.PrimaryKeyConstraint("market", "id", name=op.f("pk_lead_status_events")),
    )
    op.create_index(
        "ix_lead_status_events_property",
        "lead_status_events",
        ["market", "property_id", sa.literal_column("changed_at DESC")],
        unique=False,
    )
    op.create_table(
        "property_records",
        sa.Column("owner_name", sa.Text(), nullable=True),
        sa.Column("co_owner_name", sa.Text(), nullable=True),
        sa.Column("zoning_code", sa.Text(), nullable=True),
        sa.Column("land_mkt", sa.Numeric(), nullable=True),
        sa.Column("building_mkt", sa.Numeric(), nullable=True),
        sa.Column("extra_features_mkt", sa.Numeric(), nullable=True),
        sa.Column("total_mkt", sa.Numeric(), nullable=True),
        sa.Column("total_assd", sa.Numeric(), nullable=True),
        sa.Column("total_exemptions", sa.Numeric(), nullable=True),
        sa.Column("taxable", sa.Numeric(), nullable=True),
        sa.Column("taxes", sa.Numeric(), nullable=True),
        sa.Column("living_area", sa.Numeric(), nullable=True),
        sa.Column("acreage", sa.Numeric(), nullable=True),
        sa.Column("year_built", sa.BigInteger(), nullable=True),
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("record_key", sa.Text(), nullable=False),
        sa.Column("parcel", sa.Text(), nullable=True),
        sa.Column("parcel_id", sa.Text(), nullable=True),
        sa.Column("property_id", sa.BigInteger(), nullable=True),
        sa.Column("match_evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("zip_code", sa.Text(), nullable=True),
        sa.Column(
            "location",
            geoalchemy2.types.Geography(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeogFromText",
                name="geography",
            ),
            nullable=True,
        ),
        sa.Column("raw", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content_hash", sa.Uuid(), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["market", "property_id"],
            ["properties.market", "properties.id"],
            name=op.f("fk_property_records_market_property_id"),
        ),
        sa.PrimaryKeyConstraint("market", "record_key", name=op.f("pk_property_records")),
    )
    op.create_index("ix_property_records_parcel_id", "property_records", ["market", "parcel_id"], unique=False)
    op.create_index("ix_property_records_property_id", "property_records", ["market", "property_id"], unique=False)
    op.create_table(
        "tax_sales",
        sa.Column("tda_number", sa.Text(), nullable=True),
        sa.Column("sale_date", sa.Date(), nullable=True),
        sa.Column("deed_status", sa.Text(), nullable=True),
        sa.Column("opening_bid", sa.Numeric(), nullable=True),
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("record_key", sa.Text(), nullable=False),
        sa.Column("parcel", sa.Text(), nullable=True),
        sa.Column("parcel_id", sa.Text(), nullable=True),
        sa.Column("property_id", sa.BigInteger(), nullable=True),
        sa.Column("match_evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("zip_code", sa.Text(), nullable=True),
        sa.Column(
            "location",
            geoalchemy2.types.Geography(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeogFromText",
                name="geography",
            ),
            nullable=True,
        ),
        sa.Column("raw", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content_hash", sa.Uuid(), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["market", "property_id"],
            ["properties.market", "properties.id"],
            name=op.f("fk_tax_sales_market_property_id"),
        ),
        sa.PrimaryKeyConstraint("market", "record_key", name=op.f("pk_tax_sales")),
    )
    op.create_index("ix_tax_sales_parcel_id", "tax_sales", ["market", "parcel_id"], unique=False)
    op.create_index("ix_tax_sales_property_id", "tax_sales", ["market", "property_id"], unique=False)

    for table in RAW_TABLES:
        # nobody searches in the kept records, and their statistics are dear
        op.execute(f"ALTER TABLE {table} ALTER COLUMN raw SET STATISTICS 0")
    # a new property is soon updated: with its address, then its counts; there it finds room beside itself
    op.execute("ALTER TABLE properties SET (fillfactor = 45)")
    # a score is read and written whole: compressing its two kilobytes costs more than it saves
    op.execute("ALTER TABLE lead_scores SET (toast_tuple_target = 8160)")


def downgrade() -> None:
    """Go one step back; the extensions stay, others may use them."""
    op.drop_index("ix_tax_sales_property_id", table_name="tax_sales")
    op.drop_index("ix_tax_sales_parcel_id", table_name="tax_sales")
    op.drop_table("tax_sales")
    op.drop_index("ix_property_records_property_id", table_name="property_records")
    op.drop_index("ix_property_records_parcel_id", table_name="property_records")
    op.drop_table("property_records")
    op.drop_index("ix_lead_status_events_property", table_name="lead_status_events")
    op.drop_table("lead_status_events")
    op.drop_index("ix_lead_scores_rank", table_name="lead_scores")
    op.drop_table("lead_scores")
    op.drop_index("ix_lead_score_history_day", table_name="lead_score_history")
    op.drop_table("lead_score_history")
    op.drop_index("ix_foreclosures_property_id", table_name="foreclosures")
    op.drop_index("ix_foreclosures_parcel_id", table_name="foreclosures")
    op.drop_table("foreclosures")
    op.drop_index("ix_code_violations_property_id", table_name="code_violations")
    op.drop_index("ix_code_violations_parcel_id", table_name="code_violations")
    op.drop_table("code_violations")
    op.drop_table("rejected_records")
    op.drop_index(
        "ix_properties_merged_into", table_name="properties", postgresql_where=sa.text("merged_into IS NOT NULL")
    )
    op.drop_index("ix_properties_market_house_number", table_name="properties")
    op.drop_index("ix_properties_location", table_name="properties", postgresql_using="gist")
    op.drop_table("properties")
    op.drop_table("geocode_cache")
    op.drop_index("ix_data_ingestion_runs_started", table_name="data_ingestion_runs")
    op.drop_index("ix_data_ingestion_runs_stage", table_name="data_ingestion_runs")
    op.drop_table("data_ingestion_runs")
    op.drop_index(
        "ix_alert_deliveries_pending", table_name="alert_deliveries", postgresql_where=sa.text("status = 'pending'")
    )
    op.drop_table("alert_deliveries")
    op.execute("DROP FUNCTION wholesaler_standard_address(text, text)")
