"""Filters can be saved, contacts imported, and exports know what they told last.

Revision: 20261126_exports, after 20261126_news
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261126_exports"
down_revision = "20261126_news"
branch_labels = None
depends_on = None


def _moment(name: str, *, default: bool = True) -> sa.Column[sa.DateTime]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()") if default else None, nullable=False
    )


def upgrade() -> None:
    """Go one step forward."""
    op.create_table(
        "saved_filters",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("filters", postgresql.JSONB(), nullable=False),
        _moment("saved_at"),
        sa.PrimaryKeyConstraint("market", "name", name=op.f("pk_saved_filters")),
    )
    op.create_table(
        "lead_contacts",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("property_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("tag", sa.Text(), nullable=True),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        _moment("imported_at"),
        _moment("updated_at"),
        sa.CheckConstraint("kind IN ('telephone', 'email', 'result')", name=op.f("ck_lead_contacts_kind")),
        sa.ForeignKeyConstraint(
            ["market", "property_id"],
            ["properties.market", "properties.id"],
            name=op.f("fk_lead_contacts_market_property_id_properties"),
        ),
        sa.PrimaryKeyConstraint("market", "id", name=op.f("pk_lead_contacts")),
        sa.UniqueConstraint(
            "market", "property_id", "kind", "value", name=op.f("uq_lead_contacts_market_property_id_kind_value")
        ),
    )
    op.create_index("ix_lead_contacts_value", "lead_contacts", ["kind", "value"])
    op.create_table(
        "lead_exports",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.Column("leads", sa.BigInteger(), nullable=False),
        _moment("exported_at"),
        sa.PrimaryKeyConstraint("market", "recipient", name=op.f("pk_lead_exports")),
    )
    op.create_table(
        "exported_leads",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("property_id", sa.BigInteger(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        _moment("exported_at", default=False),
        sa.PrimaryKeyConstraint("market", "recipient", "property_id", name=op.f("pk_exported_leads")),
    )


def downgrade() -> None:
    """Go one step back."""
    op.drop_table("exported_leads")
    op.drop_table("lead_exports")
    op.drop_index("ix_lead_contacts_value", "lead_contacts")
    op.drop_table("lead_contacts")
    op.drop_table("saved_filters")
