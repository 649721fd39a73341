"""Dedupe: one property per real-world parcel.

Records without a parcel number find theirs by address and place, and properties under a number that the appraiser's
roll does not know are merged into the parcel of the roll that has their address: both by the same rules
(``streets.sql``, ``decide.sql``), which a market file can turn off. Precision before recall: whatever fits more than
one parcel stays as it is and is counted, and nothing is decided anew on a part of the roll. A merge ends when the roll
lists the number. While all that decides is as it was, nothing is decided again.
"""

from hashlib import md5
from typing import Any

import orjson
from sqlalchemy import Connection, text

from wholesaler.db.sql import statement, statements
from wholesaler.markets.matching import RULES
from wholesaler.markets.records import SIGNAL_KINDS
from wholesaler.plural import counted
from wholesaler.stages.interface import Attempt, Context, Result
from wholesaler.stages.properties.addresses import standardise
from wholesaler.stages.properties.link import link_properties
from wholesaler.stages.properties.parcels import refresh_parcels
from wholesaler.stages.properties.rolls import merged_rolls

#: Real foreclosure notices lie 1 to 35 m from the roll's point of their parcel (41 pairs of November 2025).
NEAR_METRES = 150
_SQL = ("candidates.sql", "streets.sql", "decide.sql", "match.sql", "merge.sql")
#: the rules that look for another street than the one that is named, and conclude from what is not on the roll
_STREET_RULES = ("suffix_missing", "space_differs", "one_letter_differs")
_OF_WHOLE_ROLL = (*_STREET_RULES, "unit_at_single_parcel", "only_one_in_county")
_TEMPORARY = (
    "unread_addresses", "seekers", "parcel_addresses", "streets", "bridges", "near_names", "pairs", "rival_suffixes",
    "rival_doors",    "property_decisions", "record_decisions", "duplicates", "matches",
)  # fmt: skip


def run(context: Context, attempt: Attempt) -> Result:
    """Merge and match; every decision is kept with its evidence. Without the roll's whole answer only merges end."""
    with context.engine.begin() as connection:
        if not context.state.parcels_are_fresh:
            refresh_parcels(connection, context.market, context.as_of)
        # within a run, ingest has linked them; by itself, dedupe mends what was left unlinked
        if not context.state.properties_are_linked:
            link_properties(connection, context.market.key)
        work = Dedupe(connection, context)
        unmerged = work.end_merges()
        counts = work.former_counts()
        merged = changed_records = 0
        if counts is None:
            counts, merged, changed_records = work.decide()
            if changed_records or merged:
                link_properties(connection, context.market.key)
            # what is merged is no duplicate any more
            work.remember({**counts, "duplicates_found": 0, "duplicates_by_rule": {}} if merged else counts)
        context.state.properties_are_linked = False
        processed = work.count_properties()
    if changed_records or merged or unmerged:
        context.state.addresses_are_fresh = False
    stats = {
        "processed": processed,
        "merged": merged,
        "unmerged": unmerged,
        "records_changed": changed_records,
        **counts,
    }
    return Result(stats, _warnings(context, stats, roll_is_whole=work.roll_is_whole))


def _warnings(context: Context, stats: dict[str, Any], *, roll_is_whole: bool) -> list[str]:
    warnings = []
    if stats["records_ambiguous"]:
        warnings.append(
            f"{counted(stats['records_ambiguous'], 'record')} without parcel number "
            f"{'fits' if stats['records_ambiguous'] == 1 else 'fit'} several parcels or units, or none without doubt: "
            "left unmatched"
        )
    waiting, duplicates = stats["records_waiting"], stats["duplicates_found"]
    if not roll_is_whole and (waiting or duplicates) and context.market.roll is not None:
        warnings.append(
            f"{counted(waiting, 'record')} without parcel number and {counted(duplicates, 'duplicate')} wait for the "
            "appraiser's roll: its answer of the day is missing or not whole"
        )
    return warnings


class Dedupe:
    """The steps of dedupe in one transaction, in the order they are called."""

    def __init__(self, connection: Connection, context: Context) -> None:
        self._connection = connection
        self._market = market = context.market
        self._parameters: dict[str, Any] = {
            "market": market.key,
            "state": market.state,
            "as_of": context.as_of,
            "rolls": market.rolls,
            "listing_rolls": market.listing_rolls,
            "near_metres": NEAR_METRES,
        }
        #: whether the roll's newest answer is whole and of the day
        self.roll_is_whole = bool(
            connection.scalar(statement(__package__, "candidates.sql", "roll_is_whole"), self._parameters)
        )
        self._parameters["roll_is_whole"] = self.roll_is_whole
        # what is not on the roll says something only where all of it was read once
        is_whole = merged_rolls(connection, market.key).cover(market, {"address"})
        self._rules = [rule for rule in market.matching.rules if is_whole or rule not in _OF_WHOLE_ROLL]
        self._parameters["rules"] = self._rules
        #: how many records and properties may seek a parcel
        self._seekers = 0

    def end_merges(self) -> int:
        """Take back the merges of properties whose number is on the roll now; returns how many."""
        unmerged = self._execute("merge.sql", "unmerge")
        self.follow_merges()
        if unmerged:
            link_properties(self._connection, self._market.key)
        return unmerged

    def follow_merges(self) -> None:
        """What came to a property by one that stands alone now, back to that one; the rest is a matter of links."""
        self._execute("merge.sql", "unflatten")
        self._execute_each("merge.sql", "repoint_records")

    def former_counts(self) -> dict[str, Any] | None:
        """What the last decisions came to, while all that decides is as it was then; else nothing."""
        query = text("SELECT stats FROM matched_rolls WHERE market = :market AND basis = :basis")
        basis, self._seekers = self._basis()
        counts: dict[str, Any] | None = self._connection.scalar(query, {**self._parameters, "basis": basis})
        return counts

    def remember(self, counts: dict[str, Any]) -> None:
        """Keep the counts beside what they were made of."""
        parameters = {**self._parameters, "basis": self._basis()[0], "stats": orjson.dumps(counts).decode()}
        self._connection.execute(statement(__package__, "basis.sql", "remember"), parameters)

    def decide(self) -> tuple[dict[str, Any], int, int]:
        """Decide for every seeker, where :meth:`former_counts` knows nothing.

        Returns the counts, how many properties were merged, how many records changed.
        """
        if not self._seekers:
            return _counts(0, {}, []), 0, 0
        self._find_candidates()
        self._find_streets()
        self._execute("decide.sql", "pairs")
        self._connection.execute(text("ANALYZE pairs (seeker, parcel_id)"))
        for rivals in ("rival_suffixes", "rival_doors"):
            self._execute("decide.sql", rivals)
        duplicates, by_rule, merged = self._merge()
        changed_records = self._match()
        verdicts = self._connection.execute(statement(__package__, "match.sql", "verdicts")).all()
        self._connection.execute(text(f"DROP TABLE {', '.join(_TEMPORARY)}"))
        return _counts(duplicates, by_rule, verdicts), merged, changed_records

    def count_properties(self) -> int:
        """How many properties are active."""
        query = text("SELECT count(*) FROM properties WHERE market = :market AND is_active")
        return int(self._connection.scalar(query, self._parameters) or 0)

    def _basis(self) -> tuple[str, int]:
        """A hash of all that decides, and how many records and properties may seek a parcel."""
        program = "".join(query for file in _SQL for query in statements(str(__package__), file).values())
        rules = f"{self._rules} {self.roll_is_whole} {NEAR_METRES} {md5(program.encode()).hexdigest()}"
        query = statement(__package__, "basis.sql", "basis")
        row = self._connection.execute(query, {"market": self._market.key, "rules": rules}).one()
        return str(row.basis), int(row.seekers)

    def _find_candidates(self) -> None:
        """What seeks a parcel, and every parcel's address, in the standard form."""
        self._execute("candidates.sql", "unread_addresses")
        standardise(self._connection, self._market, "unread_addresses")
        for table in ("seekers", "parcel_addresses"):
            self._execute("candidates.sql", table)
            self._connection.execute(
                text(f"ANALYZE {table} (street, digits{', seeker' if table == 'seekers' else ''})")
            )

    def _find_streets(self) -> None:
        """The distinct streets, and those that the rules take for one another."""
        self._execute("streets.sql", "streets")
        self._connection.execute(text("ANALYZE streets (street, stem, name, frame, compact)"))
        self._execute("streets.sql", "bridges")
        self._execute("streets.sql", "near_names")
        self._connection.execute(text("ANALYZE near_names"))
        for rule in _STREET_RULES:
            if rule in self._rules:
                self._execute("streets.sql", rule)
        self._connection.execute(text("ANALYZE bridges"))

    def _merge(self) -> tuple[int, dict[str, int], int]:
        """How many duplicate properties there are, also by rule, and how many of them were merged."""
        self._decide("property_decisions", of_properties=True)
        self._execute("merge.sql", "duplicates")
        rows = self._connection.execute(text("SELECT rule, count(*) AS number FROM duplicates GROUP BY rule"))
        by_rule = {row.rule: int(row.number) for row in rows}
        merged = 0
        if by_rule and self.roll_is_whole:
            self._execute("merge.sql", "create_winners")
            merged = self._execute("merge.sql", "merge")
            self._execute("merge.sql", "flatten")
            self._execute_each("merge.sql", "repoint_records")
            self._execute("merge.sql", "drop_merged")
        return sum(by_rule.values()), by_rule, merged

    def _match(self) -> int:
        """Point the records without a parcel to the property of theirs; returns how many point elsewhere now."""
        self._decide("record_decisions", of_properties=False)
        self._execute("match.sql", "matches")
        if not self.roll_is_whole:
            return 0
        self._execute("match.sql", "create_matched_properties")
        return self._execute_each("match.sql", "point_records")

    def _decide(self, table: str, *, of_properties: bool) -> None:
        query = statement(__package__, "decide.sql", "decisions", table=table)
        self._connection.execute(query, {**self._parameters, "of_properties": of_properties})

    def _execute(self, file: str, name: str) -> int:
        return self._connection.execute(statement(__package__, file, name), self._parameters).rowcount

    def _execute_each(self, file: str, name: str) -> int:
        """Execute a statement on each table of signals; returns the number of rows in all."""
        queries = [statement(__package__, file, name, table=kind.table) for kind in SIGNAL_KINDS]
        return sum(self._connection.execute(query, self._parameters).rowcount for query in queries)


def _counts(duplicates: int, duplicates_by_rule: dict[str, int], verdicts: Any) -> dict[str, Any]:
    """The counts under the names of the stage's JSON; ``verdicts`` are rows of verdict, rule and number."""
    records: dict[str, int] = {}
    by_rule: dict[str, int] = {}
    for row in verdicts:
        records[row.verdict] = records.get(row.verdict, 0) + int(row.records)
        if row.rule is not None:
            by_rule[row.rule] = int(row.records)
    return {
        "duplicates_found": duplicates,
        "duplicates_by_rule": {rule: duplicates_by_rule[rule] for rule in RULES if rule in duplicates_by_rule},
        "records_matched": records.get("matched", 0) + records.get("kept", 0),
        "records_matched_by_rule": {rule: by_rule[rule] for rule in RULES if rule in by_rule},
        "records_waiting": records.get("waiting", 0),
        "records_ambiguous": records.get("ambiguous", 0),
        "records_undone": records.get("undone", 0),
        "records_unreadable": records.get("unreadable", 0),
        "records_unmatched": sum(records.get(name, 0) for name in ("unknown", "unreadable", "undone")),
    }
