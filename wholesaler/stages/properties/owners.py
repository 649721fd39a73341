"""What follows from an owner's name and mailing address: who owns a parcel, how much else, and from how far away.

The rules are data: ``owner_classes.toml`` says what an owner is, ``wholesaler.db.mailing`` how mailing addresses are
written. Names and mailing addresses are looked at once each, however many parcels have them.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy import Connection, text

from wholesaler.db.mailing import mailing_rules
from wholesaler.db.sql import statement
from wholesaler.documents import to_json
from wholesaler.markets import Market
from wholesaler.stages.properties.addresses import standardise

_SQL = "owners.sql"
#: the classes that rules may give; none for whose name says that the owner is unknown
CLASSES = ("person", "estate", "trust", "company", "bank", "government", "association")
_TEMPORARY = ("owner_names", "situs_places", "mailing_addresses", "situs_addresses")
#: in a phrase of the rules: one of several, which may be optional, or an optional letter; and a word that is whole
_CHOICE = re.compile(r"\(([^()]*)\)(\?)?|(\w)\?")
_WHOLE_WORD = re.compile(r"(?<![^ ^])[A-Z0-9&]+(?![^ $])")


def derive_owners(connection: Connection, market: Market, *, is_whole: bool) -> None:
    """What follows from the owners of ``merged_parcels``, before these are written.

    In the temporary table ``derived_owners``: ``parcel_id``, ``owner_class``, ``owner_key`` and ``mail_differs`` of
    each; in ``portfolios``: ``owner_parcels`` by ``owner_key``. ``is_whole``: with these, the market's rows of
    ``parcels`` are all of its roll; without that nobody knows how many parcels somebody owns: no portfolios.
    """
    parameters: dict[str, Any] = {
        "market": market.key,
        "state": market.state,
        "is_whole": is_whole,
        **_class_rules(),
        **mailing_rules(),
    }

    def execute(name: str, *columns: str) -> None:
        connection.execute(statement(__package__, _SQL, name), parameters)
        connection.execute(text(f"ANALYZE {name} ({', '.join(columns)})" if columns else f"ANALYZE {name}"))

    for name in ("owner_names", "situs_places", "mailing_addresses"):
        execute(name)
    standardise(connection, market, "mailing_addresses")
    execute("situs_addresses")
    standardise(connection, market, "situs_addresses")
    execute("derived_owners", "parcel_id", "owner_key")
    execute("portfolios")
    connection.execute(text(f"DROP TABLE {', '.join(_TEMPORARY)}"))


def derive_owner_keys(connection: Connection, market: Market) -> None:
    """The ``owner_key`` of names and mailing addresses that somebody else than the roll has given.

    They are rows of the temporary table ``merged_parcels``, without a place; the keys come, by ``parcel_id``, in
    ``derived_owners``.
    """
    parameters: dict[str, Any] = {"market": market.key, "state": market.state, **_class_rules(), **mailing_rules()}
    for name in ("owner_names", "no_situs_places", "mailing_addresses"):
        connection.execute(statement(__package__, _SQL, name), parameters)
    connection.execute(text("ANALYZE owner_names; ANALYZE mailing_addresses"))
    standardise(connection, market, "mailing_addresses")
    connection.execute(statement(__package__, _SQL, "derived_owners"), parameters)
    connection.execute(text("DROP TABLE owner_names, situs_places, mailing_addresses"))


def count_portfolios(connection: Connection, market: Market) -> int:
    """Refresh ``owner_parcels`` where no record of the parcel changed, but of another of the owner's; how many."""
    return connection.execute(statement(__package__, _SQL, "count_portfolios"), {"market": market.key}).rowcount


@cache
def _class_rules() -> dict[str, Any]:
    """The rules of owners' names: a pattern of LIKE for every way in which a phrase may be written, in their order."""
    data = tomllib.loads((files(__package__) / "owner_classes.toml").read_text("utf-8"))
    lists = {name: words.split() for name, words in data.items() if isinstance(words, str)}
    patterns = []
    for place, rule in enumerate(data["rules"], start=1):
        exceptions = [_like(phrase) for written in rule.get("except", []) for phrase in _phrases(written)]
        for key, begins in (("anywhere", "% "), ("later", "_% ")):
            for phrase in dict.fromkeys(phrase for written in rule.get(key, []) for phrase in _phrases(written)):
                patterns.append(
                    {
                        "place": place,
                        "word": max(_WHOLE_WORD.findall(phrase), key=len),
                        "pattern": _like(phrase, begins),
                        "behind_and": _like(phrase, "%& ") if key == "later" else None,
                        "exceptions": exceptions,
                    }
                )
    return {"rules": to_json(patterns), "classes": [rule["class"] for rule in data["rules"]], **lists}


def _phrases(written: str) -> list[str]:
    """Every way in which a phrase with ``(A|B)`` and ``?`` may be written."""
    choice = _CHOICE.search(written)
    if choice is None:
        return [" ".join(written.split())]
    inner, optional, letter = choice.groups()
    choices = [*(inner.split("|") if letter is None else [letter]), *([""] if optional or letter else [])]
    return [
        phrase
        for choice_made in choices
        for phrase in _phrases(written[: choice.start()] + choice_made + written[choice.end() :])
    ]


def _like(phrase: str, begins: str = "% ") -> str:
    """A phrase as a pattern for names with a blank on either side."""
    before = " " if phrase.startswith("^") else begins
    words = phrase.strip("^$").strip().replace("*", "%")
    return before + words + (" " if phrase.endswith("$") else "%" if words.endswith("%") else " %")
