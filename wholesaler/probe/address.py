"""What an address is the address of: a layer, a dataset, a file, or something that has several of them."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, quote, urlencode, urlsplit, urlunsplit

from wholesaler.errors import SourceError, UsageError
from wholesaler.sources import Http

#: the name under which messages of the sources speak of what is probed
PROBED = "probe"
_LAYER = re.compile(r"(?P<service>.*/(?:Feature|Map)Server)/(?P<number>\d+)(?:/query)?", re.IGNORECASE)
_SERVICE = re.compile(r".*/(?:Feature|Map)Server", re.IGNORECASE)
_CATALOGUE = re.compile(r".*/rest/services(?:/.*)?", re.IGNORECASE)
_DATASET = re.compile(r"[a-z0-9]{4}-[a-z0-9]{4}")
_SOCRATA = re.compile(r"/(?:resource|d|api/views|api/v3/views|api/odata/v4)/([a-z0-9]{4}-[a-z0-9]{4})(?=[./]|$)")
_CKAN_DUMP = re.compile(r"/datastore/dump/([0-9a-f-]{36})", re.IGNORECASE)
_CKAN_RESOURCE = re.compile(r"(.*)/dataset/[^/]+/resource/([0-9a-f-]{36})(?:/.*)?", re.IGNORECASE)
_CKAN_PACKAGE = re.compile(r"(.*)/dataset/([^/]+)/?")
_CARTO = re.compile(r"/(?:user/[^/]+/)?api/v2/sql")
_CARTO_TABLE = re.compile(r"/tables?/([a-z_][a-z0-9_]*)(?:/.*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Target:
    """What is read. ``url`` is what a market file needs, ``sample_url`` where a part of it can be had."""

    kind: Literal["arcgis", "socrata", "file"]
    url: str
    sample_url: str
    title: str


@dataclass(frozen=True)
class Choice:
    """One of several things that an address leads to."""

    name: str
    what: str
    url: str


def find_target(address: str, http: Http, rows: int) -> Target | list[Choice]:
    """What is at an address or path; several, where it leads to a service, a catalogue or a package.

    Raises ``UsageError`` for what is neither, ``SourceError`` when the publisher cannot be asked.
    """
    try:
        parts = urlsplit(address.strip())
        is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        raise UsageError(f"'{address}' is no address.", "Give one that begins with https://, or a file.") from None
    if not is_web:
        return _local(address)
    path = parts.path.rstrip("/")

    def at(path: str, query: str = "") -> str:
        return urlunsplit((parts.scheme, parts.netloc, path, query, ""))

    if layer := _LAYER.fullmatch(path):
        url = at(f"{layer['service']}/{layer['number']}", _token(parts.query))
        return Target("arcgis", url, url, "an ArcGIS layer")
    if _SERVICE.fullmatch(path) or _CATALOGUE.fullmatch(path):
        return _of_service(at(path, _token(parts.query)), http)
    segments = [segment for segment in path.split("/") if segment]
    dataset = _SOCRATA.search(path)
    named = next((one for one in segments[-2:] if _DATASET.fullmatch(one)), None) if len(segments) >= 3 else None
    if dataset or named:
        url = at(f"/resource/{dataset[1] if dataset else named}.json")
        return Target("socrata", url, url, "a Socrata dataset")
    if dump := _CKAN_DUMP.search(path):
        return _of_dump(at(path[: dump.end()]), rows)
    if resource := _CKAN_RESOURCE.fullmatch(path):
        return _of_resource(at(resource[1]), resource[2], http, rows)
    if package := _CKAN_PACKAGE.fullmatch(path):
        return _of_package(at(package[1]), package[2], http)
    if _CARTO.fullmatch(path):
        return _of_carto(at(path), " ".join(parse_qs(parts.query).get("q", [""])[0].split()), rows)
    if (table := _CARTO_TABLE.fullmatch(path)) and (parts.hostname or "").endswith("carto.com"):
        return _of_carto(at("/api/v2/sql"), f"SELECT * FROM {table[1]}", rows)
    return Target("file", address.strip(), address.strip(), "a file")


def _local(address: str) -> Target:
    if "://" in address:
        raise UsageError(
            f"'{address}' is no address of the web.", "Give one that begins with http:// or https://, or a file."
        )
    try:
        path = Path(address).expanduser().absolute()
        found = path.is_file()
    except (OSError, RuntimeError, ValueError):
        found = False
    if not found:
        raise UsageError(
            f"'{address}' is neither an address nor a file.", "An address begins with https://; a path leads to a file."
        )
    return Target("file", address, str(path), "a file")


def _of_service(url: str, http: Http) -> Target | list[Choice]:
    """The only layer of a service, or all there are; of a catalogue its services and folders."""
    body = http.endpoint(PROBED, url).get({"f": "json"}, valid=lambda body: isinstance(body, dict)).body
    base = urlsplit(url)

    def below(*steps: Any) -> str:
        return urlunsplit(base._replace(path="/".join([base.path, *map(str, steps)])))

    layers = [one for name in ("layers", "tables") for one in _dicts(body.get(name)) if not one.get("subLayerIds")]
    choices = [
        Choice(str(one.get("name", "")), _kind(one.get("geometryType"), "layer"), below(one["id"]))
        for one in layers
        if isinstance(one.get("id"), int)
    ]
    root = base.path[: base.path.lower().index("/rest/services") + len("/rest/services")]
    for one in _dicts(body.get("services")):
        if one.get("type") in {"FeatureServer", "MapServer"}:
            path = f"{root}/{one.get('name')}/{one['type']}"
            choices.append(Choice(str(one.get("name")), one["type"], urlunsplit(base._replace(path=path))))
    folders = [one for one in body.get("folders") or () if isinstance(one, str)]
    choices += [Choice(one, "folder", urlunsplit(base._replace(path=f"{root}/{one}"))) for one in folders]
    if not choices:
        raise SourceError(
            f"{base.hostname} has no layers at this address.", "Give the address of a layer: it ends in its number.",
            transient=False,
        )  # fmt: skip
    if len(choices) == 1 and layers:
        return Target("arcgis", choices[0].url, choices[0].url, f"an ArcGIS layer ({choices[0].name})")
    return choices


def _of_dump(url: str, rows: int) -> Target:
    return Target("file", url, f"{url}?{urlencode({'format': 'csv', 'limit': rows})}", "a table of a CKAN datastore")


def _of_resource(site: str, identifier: str, http: Http, rows: int) -> Target:
    """A resource of CKAN: its table where it has one, else its file."""
    body = _ckan(site, "resource_show", identifier, http)
    if body.get("datastore_active") is True:
        return _of_dump(f"{site}/datastore/dump/{identifier}", rows)
    url = body.get("url")
    if not isinstance(url, str) or not url:
        raise SourceError(f"{urlsplit(site).hostname} names no file of this resource.", transient=False)
    target = find_target(url, http, rows)
    return target if isinstance(target, Target) else Target("file", url, url, "a file")


def _of_package(site: str, name: str, http: Http) -> list[Choice]:
    """The resources of a package of CKAN."""
    resources = _dicts(_ckan(site, "package_show", name, http).get("resources"))
    if not resources:
        raise SourceError(f"{urlsplit(site).hostname} has no resources in '{name}'.", transient=False)
    return [
        Choice(
            str(one.get("name") or one.get("id")),
            str(one.get("format") or "file"),
            f"{site}/datastore/dump/{one.get('id')}" if one.get("datastore_active") else str(one.get("url")),
        )
        for one in resources
    ]


def _ckan(site: str, action: str, identifier: str, http: Http) -> dict[str, Any]:
    endpoint = http.endpoint(PROBED, f"{site}/api/3/action/{action}")
    body = endpoint.get({"id": identifier}, valid=lambda body: isinstance(body, dict) and "result" in body).body
    return body["result"] if isinstance(body["result"], dict) else {}


def _of_carto(url: str, query: str, rows: int) -> Target:
    """A query of CARTO, and the same of a part."""
    if not query:
        raise UsageError("The address has no query (q=…) for CARTO.", "Add ?format=csv&q=SELECT%20*%20FROM%20table.")

    def address(query: str) -> str:
        return f"{url}?{urlencode({'format': 'csv', 'q': query}, quote_via=quote, safe='*,')}"

    part = f"SELECT * FROM ({query.rstrip('; ')}) AS probed LIMIT {rows}"
    return Target("file", address(query), address(part), "a table of CARTO")


def _token(query: str) -> str:
    """What of a query string belongs to the address: a token; the rest asked for something."""
    return urlencode({"token": token[0]}) if (token := parse_qs(query).get("token")) else ""


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _kind(value: Any, otherwise: str) -> str:
    return value.removeprefix("esriGeometry").lower() if isinstance(value, str) and value else otherwise
