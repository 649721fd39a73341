"""Why a source does not answer as its market file expects: whether it has moved, or its fields have other names."""

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from http import HTTPStatus
from urllib.parse import urlsplit

from wholesaler.errors import ConfigurationError, SourceError, WholesalerError
from wholesaler.markets import Market
from wholesaler.markets.source import Location, SourceDefinition
from wholesaler.markets.values import fields_of
from wholesaler.pipeline.confirmation.findings import Finding
from wholesaler.plural import counted
from wholesaler.probe.address import find_target
from wholesaler.probe.names import columns_of, known_names, seen_names
from wholesaler.sources import Http
from wholesaler.sources.fields import find_field, find_named, unexpected
from wholesaler.sources.files.source import NotThere
from wholesaler.sources.http.answer import AUTHORISATION
from wholesaler.sources.http.endpoint import RequestFailed
from wholesaler.stages.ingest.convert.identity import wanted_fields, wanted_patterns

_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
#: what servers say, under other codes, of what they do not have
_ABSENT = re.compile(r"not found|does not exist|invalid url|inaccessible|describes no layer|web page instead", re.I)
#: names of which less is alike are no guess
_ALIKE = 0.6
#: layers of a service that are named
_MOST_LAYERS = 8
_LAYER_NUMBER = re.compile(r"/\d+(/query)?/?$")


def fault(error: WholesalerError, market: Market, name: str, http: Http, *, described: bool) -> Finding:
    """What an error of a source means. ``described``: it had already said what fields it has, so that it is there."""
    source, path = f"sources.{name}", market.path
    if isinstance(error, ConfigurationError):
        return Finding("misfit", "error", error.message, error.hint)
    status = error.status if isinstance(error, RequestFailed) else None
    elsewhere = error.elsewhere if isinstance(error, RequestFailed) else None
    if elsewhere is not None:
        hint = f"If it has moved there, write {elsewhere} as 'url' of {source} in {path}."
        return Finding("moved", "error", error.message, hint)
    is_transient = isinstance(error, SourceError) and error.transient
    # a description is asked for without anything that could be wrong but the address
    is_refused = status == HTTPStatus.BAD_REQUEST and not is_transient and not described
    is_absent = _ABSENT.search(error.message) is not None and (not is_transient or status not in {None, HTTPStatus.OK})
    if isinstance(error, NotThere) or (not described and (status in _GONE or is_refused or is_absent)):
        return moved(error.message, market, name, http)
    if is_transient:
        return Finding("unanswered", "error", error.message, "Run it again later; nothing was stored.")
    if status in AUTHORISATION:
        return Finding("misfit", "error", error.message, error.hint)
    return Finding("misfit", "error", error.message, error.hint or f"Check {source} in {path}.")


def moved(what: str, market: Market, name: str, http: Http) -> Finding:
    """That something is not where it was, and, of a service, what is there now."""
    where = "in its folder" if _is_local(market.sources[name]) else "at its publisher"
    hint = f"Look for it {where}, and correct 'url' of sources.{name} in {market.path}."
    return Finding("moved", "error", what, " ".join(filter(None, (hint, _layers(market.sources[name], http)))))


def wrong_fields(market: Market, name: str, available: Mapping[str, str], http: Http) -> list[Finding]:
    """Of fields that a market file names and its publisher does not have, which look like them.

    ``available`` are the publisher's, with their types.
    """
    definition = market.sources[name]
    missing, expected = _missing(definition, list(available))
    if not missing:
        return []
    ignored = [known for one in definition.ignored for known in find_field(one, available)]
    new = unexpected({*expected, *ignored}, available)
    users = _users(definition)
    alike = _look_alikes({field: users[field] for field in missing}, new)
    optional = set(fields_of(*(definition.fields[column] for column in definition.optional)))
    needed = [field for field in missing if field not in optional]
    all_needed = [field for field in wanted_fields(definition) if field not in optional]
    if len(needed) * 2 > len(all_needed) and sum(field in alike for field in needed) * 2 < len(needed):
        what = f"{name}: {counted(len(needed), 'field')} of the {len(all_needed)} that the market file names "
        what += (
            f"{'is' if len(needed) == 1 else 'are'} not there: what is at this address now has {_listed(available)}."
        )
        return [moved(what, market, name, http)]
    findings = []
    for field in missing:
        what = f"{name}: the publisher has no field '{field}' ({', '.join(users[field])}) any more"
        if field in alike:
            what += f"; '{alike[field]}' looks like it."
            hint = f"If it is, write it in sources.{name} in {market.path}."
        else:
            what += f"; new are {_listed(new)}." if new else "."
            hint = f"Correct sources.{name} in {market.path}."
        findings.append(Finding("renamed", "warning" if field in optional else "error", what, hint))
    return findings


def _missing(definition: SourceDefinition, available: list[str]) -> tuple[list[str], set[str]]:
    """The fields that a market file names and nobody has, and the names of those that somebody has."""
    missing: list[str] = []
    expected: set[str] = set()
    patterns = wanted_patterns(definition)
    for field in wanted_fields(definition):
        found = find_named(field, available) if field in patterns else find_field(field, available)
        expected.update(found)
        if not found:
            missing.append(field)
    return missing, expected


def _users(definition: SourceDefinition) -> dict[str, list[str]]:
    """What each field is for: columns of ours, and keys of the source."""
    users: dict[str, list[str]] = {field: [] for field in wanted_fields(definition)}
    values = [*definition.fields.items(), ("latest_by", definition.latest_by)]
    values += [("key", one) for one in definition.key if not isinstance(one, str)]
    if not isinstance(definition.record_date, str):
        values.append(("record_date", definition.record_date))
    if isinstance(definition.location, Location):
        values += [("location", definition.location.x), ("location", definition.location.y)]
    values += [("only", field) for field in definition.only]
    for user, value in values:
        for field in fields_of(value) if value is not None else ():
            if user not in users[field]:
                users[field].append(user)
    return users


def _look_alikes(missing: Mapping[str, list[str]], new: list[str]) -> dict[str, str]:
    """field → the new one that looks like it, each once, the likeliest first."""
    known = known_names(seen_names())
    scored = []
    for field, columns in missing.items():
        for candidate in new:
            votes = columns_of(candidate, known)
            said = max((votes.get(column, 0.0) for column in columns), default=0.0)
            likeness = max(SequenceMatcher(None, _plain(field), _plain(candidate)).ratio(), said)
            if likeness >= _ALIKE:
                scored.append((likeness, field, candidate))
    found: dict[str, str] = {}
    for _, field, candidate in sorted(scored, key=lambda one: -one[0]):
        if field not in found and candidate not in found.values():
            found[field] = candidate
    return found


def _plain(name: str) -> str:
    return name.rpartition(".")[2].casefold().replace("_", "")


def _listed(names: Mapping[str, str] | list[str]) -> str:
    shown = list(names)[:12]
    return ", ".join(shown) + (f" and {len(names) - len(shown)} more" if len(names) > len(shown) else "")


def _is_local(definition: SourceDefinition) -> bool:
    return definition.kind == "file" and not any("://" in url for url in definition.urls)


def _layers(definition: SourceDefinition, http: Http) -> str:
    """What the service of a layer has now, as a sentence; nothing where it does not say."""
    if definition.kind != "arcgis" or not _LAYER_NUMBER.search(urlsplit(definition.urls[0]).path):
        return ""
    parts = urlsplit(definition.urls[0])
    service = parts._replace(path=_LAYER_NUMBER.sub("", parts.path), query="", fragment="").geturl()
    try:
        found = find_target(service, http, 0)
    except WholesalerError:
        return ""
    layers = [(one.name, one.url) for one in found] if isinstance(found, list) else [(found.title, found.url)]
    named = [f"{title} ({url})" for title, url in layers[:_MOST_LAYERS]]
    further = f" and {len(layers) - len(named)} more" if len(layers) > len(named) else ""
    return f"Its service has now: {', '.join(named)}{further}."
