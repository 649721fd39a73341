"""What only the whole roll of a county tells of a parcel: the median of its kind, and its comparables."""

from sqlalchemy import Connection, text

from wholesaler.db.sql import statement
from wholesaler.stages.interface import Context
from wholesaler.stages.properties.comparables import refresh_comparables
from wholesaler.stages.properties.rolls import merged_rolls

_SQL = "county.sql"
#: what the facts need: a source that gives any of it must have been read whole
_VALUES = {"total_mkt", "building_mkt", "use_code"}
_SALES = {"sale_date", "sale_price", "sale_qualified", "living_area", "use_code", "location"}


def refresh_county_facts(connection: Connection, context: Context) -> int:
    """Compare the parcels with a signal with the rest of the county, as of the day; returns how many rows changed.

    The roll must be merged. Medians are counted anew only when a merge has written something since. Without a whole
    roll nothing is known.
    """
    market = context.market
    parameters = {"market": market.key}
    rolls = merged_rolls(connection, market.key)
    is_counted = text("SELECT coalesce(counted_at >= changed_at, false) FROM merged_rolls WHERE market = :market")
    if connection.scalar(is_counted, parameters) is False:
        connection.execute(statement(__package__, _SQL, "count_medians"), parameters)
    known = {"is_known": rolls.cover(market, _VALUES)}
    changed = connection.execute(statement(__package__, _SQL, "write_facts"), {**parameters, **known}).rowcount
    return changed + refresh_comparables(connection, context, is_known=rolls.cover(market, _SALES))
