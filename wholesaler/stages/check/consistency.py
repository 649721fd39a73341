"""Consistency of the tables with each other: orphans, duplicate parcels, merges that point nowhere."""

from sqlalchemy import Connection, text

from wholesaler.stages.check.registry import Observation, Severity, check, none_of
from wholesaler.stages.interface import Context

GROUP = "consistency"
_FILE = "consistency.sql"
#: nearer than the fronts of two lots: one place
SAME_PLACE_METRES = 10


@check(group=GROUP, severity=Severity.ERROR, hint="Run `wholesaler dedupe`, which links all records anew.")
def orphans(connection: Connection, context: Context) -> Observation:
    """Records that are not at the property of their parcel number."""
    return none_of(connection, context, _FILE, "orphans", "record", "records")


@check(group=GROUP, severity=Severity.ERROR, hint="Run `wholesaler ingest`, which makes a property of every signal.")
def missing_properties(connection: Connection, context: Context) -> Observation:
    """Parcels with a signal and no property."""
    return none_of(connection, context, _FILE, "missing_properties", "parcel", "parcels")


@check(group=GROUP, severity=Severity.WARNING, hint="Run `wholesaler ingest --full`, which merges all of the roll.")
def unmerged_roll(connection: Connection, context: Context) -> Observation:
    """Parcels that are on the roll by its records alone, or by the merged parcels alone."""
    listing = context.market.listing_rolls
    return none_of(connection, context, _FILE, "unmerged_roll", "parcel", "parcels", listing_rolls=listing)


@check(group=GROUP, severity=Severity.WARNING, hint="Run `wholesaler ingest --full`, which merges all of the roll.")
def parcels_of_nothing(connection: Connection, context: Context) -> Observation:
    """Parcels without an active record in any source of the roll."""
    rolls = context.market.rolls
    return none_of(connection, context, _FILE, "parcels_of_nothing", "parcel", "parcels", rolls=rolls)


@check(
    group=GROUP, severity=Severity.ERROR, hint="Run `wholesaler dedupe`, which moves them to the property that stays."
)
def records_of_merged(connection: Connection, context: Context) -> Observation:
    """Records at a merged property."""
    return none_of(connection, context, _FILE, "records_of_merged", "record", "records")


@check(
    group=GROUP, severity=Severity.ERROR, hint="Run `wholesaler dedupe` and `wholesaler score`: these are lost leads."
)
def hidden_signals(connection: Connection, context: Context) -> Observation:
    """Inactive properties with an active signal."""
    return none_of(connection, context, _FILE, "hidden_signals", "property", "properties")


@check(group=GROUP, severity=Severity.WARNING, hint="Run `wholesaler dedupe`, which deactivates them.")
def idle_properties(connection: Connection, context: Context) -> Observation:
    """Active properties without an active signal."""
    return none_of(connection, context, _FILE, "idle_properties", "property", "properties")


@check(
    group=GROUP,
    severity=Severity.ERROR,
    hint="The unique constraint on (market, parcel_id) is missing: restore the schema, then delete one of each.",
)
def duplicate_parcels(connection: Connection, context: Context) -> Observation:
    """Parcel numbers of several properties."""
    return none_of(connection, context, _FILE, "duplicate_parcels", "parcel number", "parcel numbers")


@check(
    group=GROUP,
    severity=Severity.WARNING,
    hint="Run `wholesaler dedupe`; what it leaves fits several parcels of the roll or none, so compare them by hand.",
)
def duplicate_places(connection: Connection, context: Context) -> Observation:
    """Several properties at one address and place.

    Two parcels of the roll are two, however near; a merge that was taken back by hand stays taken back.
    """
    # how many are not on the roll nobody knows before; taken for one, each would be looked for among all properties
    connection.execute(text("SET LOCAL enable_nestloop = off"))
    box = context.market.bounding_box
    return none_of(
        connection,
        context,
        _FILE,
        "duplicate_places",
        "property",
        "properties",
        projection=context.market.projection,
        metres=SAME_PLACE_METRES,
        **box.model_dump(),
    )


@check(
    group=GROUP,
    severity=Severity.ERROR,
    hint="Take the merge back with `wholesaler dedupe --undo PARCEL`.",
)
def merges_nowhere(connection: Connection, context: Context) -> Observation:
    """Merges into a property that does not exist."""
    return none_of(connection, context, _FILE, "merges_nowhere", "merged property", "merged properties")


@check(group=GROUP, severity=Severity.ERROR, hint="Run `wholesaler dedupe`, which takes these merges back.")
def merges_on_roll(connection: Connection, context: Context) -> Observation:
    """Merged properties that are on the roll."""
    return none_of(connection, context, _FILE, "merges_on_roll", "merged property", "merged properties")


@check(
    group=GROUP,
    severity=Severity.ERROR,
    hint="Take the merge back with `wholesaler dedupe --undo PARCEL`, then run `wholesaler dedupe`.",
)
def merge_chains(connection: Connection, context: Context) -> Observation:
    """Merges into a property that is merged itself."""
    return none_of(connection, context, _FILE, "merge_chains", "merged property", "merged properties")


@check(
    group=GROUP,
    severity=Severity.ERROR,
    hint="Take one merge of each circle back with `wholesaler dedupe --undo PARCEL`, then run `wholesaler dedupe`.",
)
def merge_circles(connection: Connection, context: Context) -> Observation:
    """Merges that lead back to where they began."""
    return none_of(connection, context, _FILE, "merge_circles", "merged property", "merged properties")
