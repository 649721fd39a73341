"""Rows of features, as the scores keep them, and what a profile makes of them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Subquery, text

from wholesaler.db.base import Base
from wholesaler.documents import to_json
from wholesaler.scoring.features import COLUMNS, EVENTS
from wholesaler.scoring.profile import Profile
from wholesaler.scoring.rules import fired_reasons, fired_rules, scores_of

Known = dict[str, Any]
_ROWS = "SELECT * FROM jsonb_populate_recordset(CAST(NULL AS lead_scores), CAST(:rows AS jsonb))"


def rows_of(given: Sequence[Known]) -> Subquery:
    """A row for each, with the features it names and no other; its property's id is its place."""
    rows = []
    for number, known in enumerate(given):
        assert set(known) <= {*COLUMNS, *EVENTS}
        events = {name: known[name] for name in EVENTS if known.get(name) is not None}
        rows.append({"property_id": number, "signals": [], "events": events or None} | known)
    columns = Base.metadata.tables["lead_scores"].c
    names = ("property_id", "signals", *COLUMNS, "events")
    chosen = text(f"SELECT {', '.join(names)} FROM ({_ROWS}) AS given").bindparams(rows=to_json(rows))
    return chosen.columns(*(columns[name] for name in names)).subquery("given")


def rules_by(connection: Connection, profile: Profile, given: Sequence[Known]) -> list[list[dict[str, Any]]]:
    """For each the rules that fire for these features and nothing else known; their reasons alone are the same."""
    found = {row["property_id"]: row["rules"] for row in rows(connection, fired_rules(profile, rows_of(given)))}
    reasons = {row["property_id"]: row["reasons"] for row in rows(connection, fired_reasons(profile, rows_of(given)))}
    assert reasons == {number: "; ".join(rule["reason"] for rule in rules) for number, rules in found.items()}
    return [found[number] for number in range(len(given))]


def points_by(connection: Connection, profile: Profile, given: Sequence[Known]) -> list[dict[str, float]]:
    """For each the points of those rules."""
    return [{rule["name"]: rule["points"] for rule in rules} for rules in rules_by(connection, profile, given)]


def scores_by(connection: Connection, profile: Profile, given: Sequence[Known]) -> list[dict[str, Any]]:
    """For each its score."""
    found = {row["property_id"]: row for row in rows(connection, scores_of(profile, rows_of(given)))}
    return [found[number] for number in range(len(given))]


def rows(connection: Connection, query: Any) -> list[dict[str, Any]]:
    """The rows of a query."""
    return [dict(row) for row in connection.execute(query).mappings()]
