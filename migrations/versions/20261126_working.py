"""Working leads: the steps of a lead in full, suppressions, and the views of what may be worked on.

Revision: 20261126_working, after 20261126_plain_addresses
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261126_working"
down_revision = "20261126_plain_addresses"
branch_labels = None
depends_on = None

#: ``wholesaler/db/views/lead_statuses.sql`` of that time
LEAD_STATUSES = """
-- Purpose: where a user has got to with each lead that was ever touched: its last step that was not taken back, and the
-- last note. What was done with a property follows it into the one it is merged into, and comes back with it; the later
-- of two steps counts. ``signals``: those of the lead when it was taken. ``event_id``: the step.
CREATE VIEW lead_statuses AS
WITH newest AS (
  SELECT
    event.market, coalesce(property.merged_into, property.id) AS property_id,
    max(event.id) FILTER (WHERE event.status IS NOT NULL) AS step_id,
    max(event.id) FILTER (WHERE event.note IS NOT NULL) AS note_id,
    max(event.changed_at) AS changed_at
  FROM lead_status_events AS event
  JOIN properties AS property ON property.market = event.market AND property.id = event.property_id
  WHERE event.undone_at IS NULL
  GROUP BY event.market, coalesce(property.merged_into, property.id)
)
SELECT
  newest.market, newest.property_id, property.parcel_id, coalesce(step.status, 'open') AS status, step.next_date,
  step.amount, step.reason, note.note, coalesce(step.changed_at, newest.changed_at) AS changed_at,
  coalesce(step.changed_by, note.changed_by) AS changed_by, step.signals, step.id AS event_id
FROM newest
JOIN properties AS property ON property.market = newest.market AND property.id = newest.property_id
LEFT JOIN lead_status_events AS step ON step.market = newest.market AND step.id = newest.step_id
LEFT JOIN lead_status_events AS note ON note.market = newest.market AND note.id = newest.note_id;
"""
#: ``wholesaler/db/views/suppressed_properties.sql`` of that time
SUPPRESSED_PROPERTIES = """
-- Purpose: the properties that nobody is contacted about, each once, with a reason: by their parcel, by their owner and
-- mailing address, or since the roll calls their parcel confidential; those merged into them too, and those they were
-- merged into. The number of the owner's key is what is indexed.
CREATE VIEW suppressed_properties AS
WITH held AS (
  SELECT property.market, coalesce(property.merged_into, property.id) AS property_id, suppression.reason
  FROM suppressions AS suppression
  JOIN properties AS property ON property.market = suppression.market AND property.parcel_id = suppression.value
  WHERE suppression.kind = 'parcel'
  UNION ALL
  SELECT property.market, coalesce(property.merged_into, property.id), suppression.reason
  FROM suppressions AS suppression
  CROSS JOIN LATERAL unnest(suppression.owner_keys) AS owner (owner_key)
  JOIN parcels AS parcel
    ON hashtextextended(parcel.owner_key, 0) = hashtextextended(owner.owner_key, 0)
    AND parcel.owner_key = owner.owner_key
  JOIN properties AS property ON property.market = parcel.market AND property.parcel_id = parcel.parcel_id
  WHERE suppression.kind = 'owner'
  UNION ALL
  SELECT market, property_id, 'confidential' FROM confidential_properties
)
SELECT held.market, member.id AS property_id, member.parcel_id, min(held.reason) AS reason
FROM held
CROSS JOIN LATERAL (
  SELECT id, parcel_id FROM properties WHERE market = held.market AND id = held.property_id
  UNION ALL
  SELECT id, parcel_id FROM properties WHERE market = held.market AND merged_into = held.property_id
) AS member
GROUP BY held.market, member.id, member.parcel_id;
"""
#: ``wholesaler/db/views/unworkable_properties.sql`` of that time
UNWORKABLE_PROPERTIES = """
-- Purpose: the properties that nobody works on, with the reason: suppressed ones, and those with a status that ends the
-- work. A dead lead is none of them while it has a signal that it did not have when it died.
CREATE VIEW unworkable_properties AS
SELECT market, property_id, parcel_id, reason FROM suppressed_properties
UNION ALL
SELECT status.market, member.id, member.parcel_id, status.status
FROM lead_statuses AS status
LEFT JOIN lead_scores AS score ON score.market = status.market AND score.property_id = status.property_id
CROSS JOIN LATERAL (
  SELECT id, parcel_id FROM properties WHERE market = status.market AND id = status.property_id
  UNION ALL
  SELECT id, parcel_id FROM properties WHERE market = status.market AND merged_into = status.property_id
) AS member
WHERE status.status IN ('closed', 'dnc')
  OR (status.status = 'dead' AND coalesce(score.signals <@ status.signals, true));
"""
#: ``wholesaler/db/views/workable_leads.sql`` of that time
WORKABLE_LEADS = """
-- Purpose: the leads that lists, exports, reports and messages show unless asked for others: of a tier, not suppressed,
-- and with a status that does not end the work. ``came_back``: it was dead, and has a signal now that it did not have
-- then.
CREATE VIEW workable_leads AS
SELECT score.market, score.property_id, coalesce(status.status = 'dead', false) AS came_back
FROM lead_scores AS score
LEFT JOIN lead_statuses AS status ON status.market = score.market AND status.property_id = score.property_id
WHERE score.tier IS NOT NULL AND coalesce(
  status.status NOT IN ('closed', 'dnc', 'dead') OR (status.status = 'dead' AND NOT score.signals <@ status.signals),
  true
) AND NOT EXISTS (
  SELECT FROM suppressed_properties AS suppressed
  WHERE suppressed.market = score.market AND suppressed.property_id = score.property_id
);
"""
#: What somebody has written by hand while no command did; a status that is none becomes a note.
FORMER_STATUSES = """
UPDATE lead_status_events
SET status = known.status, note = CASE WHEN known.status IS NULL
  THEN concat_ws(': ', event.status, nullif(event.note, '')) ELSE event.note END
FROM lead_status_events AS event
LEFT JOIN (VALUES ('open', 'open'), ('new', 'open'), ('contacted', 'contacted'), ('follow up', 'follow_up'),
  ('follow_up', 'follow_up'), ('offer', 'offer'), ('contract', 'contract'), ('closed', 'closed'), ('dead', 'dead'),
  ('dnc', 'dnc'), ('do not contact', 'dnc')) AS known (written, status)
  ON known.written = lower(btrim(event.status))
WHERE event.market = lead_status_events.market AND event.id = lead_status_events.id
"""
STATUSES = "status IN ('open', 'contacted', 'follow_up', 'offer', 'contract', 'closed', 'dead', 'dnc')"
REASONS = "reason IN ('dnc', 'do_not_mail', 'litigator', 'deceased', 'represented', 'sold', 'other')"


def upgrade() -> None:
    """Go one step forward."""
    op.alter_column("lead_status_events", "status", nullable=True)
    for name, kind in (
        ("changed_by", sa.Text()),
        ("next_date", sa.Date()),
        ("amount", sa.Numeric()),
        ("reason", sa.Text()),
        ("tier", sa.Text()),
        ("total_score", sa.Numeric()),
        ("profile", sa.Text()),
        ("undone_at", sa.DateTime(timezone=True)),
        ("undone_by", sa.Text()),
    ):
        op.add_column("lead_status_events", sa.Column(name, kind, nullable=True))
    for name in ("signals", "rules"):
        column = sa.Column(name, postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False)
        op.add_column("lead_status_events", column)
    op.execute(sa.text(FORMER_STATUSES.replace(": ", r"\: ")))
    op.create_check_constraint(op.f("ck_lead_status_events_status"), "lead_status_events", STATUSES)
    op.create_table(
        "returned_leads",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("returned_on", sa.Date(), nullable=False),
        sa.Column("signals", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("market", "event_id", name="pk_returned_leads"),
    )
    op.create_table(
        "suppressions",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("owner_keys", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("owner_name", sa.Text(), nullable=True),
        sa.Column("mail_address", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("suppressed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("suppressed_by", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('parcel', 'owner', 'telephone')", name=op.f("ck_suppressions_kind")),
        sa.CheckConstraint("(kind = 'parcel') = (market <> '*')", name=op.f("ck_suppressions_market")),
        sa.CheckConstraint(REASONS, name=op.f("ck_suppressions_reason")),
        sa.PrimaryKeyConstraint("market", "id", name="pk_suppressions"),
        sa.UniqueConstraint(
            "market", "kind", "value", "event_id", name=op.f("uq_suppressions_market_kind_value_event_id")
        ),
    )
    op.create_index("ix_parcels_owner", "parcels", ["market", sa.text("hashtextextended(owner_key, 0)")])
    for view in (LEAD_STATUSES, SUPPRESSED_PROPERTIES, UNWORKABLE_PROPERTIES, WORKABLE_LEADS):
        op.execute(view)


def downgrade() -> None:
    """Go one step back."""
    for view in ("workable_leads", "unworkable_properties", "suppressed_properties", "lead_statuses"):
        op.execute(f"DROP VIEW {view}")
    op.drop_index("ix_parcels_owner", "parcels")
    op.drop_table("suppressions")
    op.drop_table("returned_leads")
    op.drop_constraint(op.f("ck_lead_status_events_status"), "lead_status_events")
    op.execute("DELETE FROM lead_status_events WHERE undone_at IS NOT NULL")
    op.execute("UPDATE lead_status_events SET status = 'note' WHERE status IS NULL")
    for name in (
        "changed_by",
        "next_date",
        "amount",
        "reason",
        "tier",
        "total_score",
        "profile",
        "undone_at",
        "undone_by",
        "signals",
        "rules",
    ):
        op.drop_column("lead_status_events", name)
    op.alter_column("lead_status_events", "status", nullable=False)
