"""The HTML of a report: one file that asks nobody for anything.

The data stand in it as JSON of plain ASCII without a character that could end the element they are in, or that another
reader takes for the end of a line. The policy in its head lets only the scripts and styles run that stand in it, by
their digests, and only the tiles load that the settings name.
"""

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from wholesaler.documents import to_json
from wholesaler.notify.messages import ESTIMATE_NOTE
from wholesaler.notify.report import GENERATOR

#: what is not ASCII, and what could end the element, begin another one or a comment, or be read as an entity
_UNSAFE = re.compile(r"[^\x00-\x7f]|[<>&]")
#: the element that the data stand in
_DATA = '<script type="application/json" id="data">'
_SOURCE_MAP = re.compile(r"^//# sourceMappingURL=.*$", re.MULTILINE)
_STYLES = ("leaflet/leaflet.css", "page.css")
_SCRIPTS = ("leaflet/leaflet.js", "words.js", "sheet.js", "places.js", "table.js", "page.js")


def render_page(document: Mapping[str, Any], tiles: str | None = None) -> Iterator[str]:
    """The page of :func:`wholesaler.leads.report.document.read_document`, in parts: it is never whole in memory.

    ``tiles`` is the address of a map's tiles with ``{z}``, ``{x}`` and ``{y}``; without it the map shows points alone.
    """
    html: str = _template().render(
        title=f"Leads of {document['market']['name']}, {document['day']:%-d %b %Y}",
        generator=GENERATOR,
        policy=_policy(tiles),
        styles=[Markup(asset) for asset in map(_asset, _STYLES)],
        scripts=[Markup(asset) for asset in map(_asset, _SCRIPTS)],
        licence=_asset("leaflet/LICENSE"),
    )
    before, after = html.split(_DATA)
    yield before + _DATA
    yield from map(_embedded, _json({**document, "tiles": tiles, "note": ESTIMATE_NOTE}))
    yield after


def _json(document: dict[str, Any]) -> Iterator[str]:
    """A document as JSON: each lead a part, and all else another."""
    leads = document.pop("leads")
    yield to_json(document).removesuffix("}") + ',"leads":['
    for number, lead in enumerate(leads):
        yield ("," if number else "") + to_json(lead)
    yield "]}"


def _embedded(json: str) -> str:
    """JSON that can stand in a script element, whatever its texts are."""
    return _UNSAFE.sub(_escaped, json)


def _escaped(unsafe: re.Match[str]) -> str:
    """A character within a string of JSON by the numbers of its UTF-16 units."""
    units = unsafe[0].encode("utf-16-be")
    return "".join(f"\\u{units[place : place + 2].hex()}" for place in range(0, len(units), 2))


def _policy(tiles: str | None) -> str:
    """What the page may do: run what stands in it; nothing else is loaded but tiles."""
    scripts, styles = (" ".join(map(_digest, map(_asset, names))) for names in (_SCRIPTS, _STYLES))
    images = f"data: {_tile_host(tiles)}" if tiles else "data:"
    return (
        f"default-src 'none'; script-src {scripts}; style-src {styles}; img-src {images}; base-uri 'none'; "
        "form-action 'none'"
    )


def _tile_host(tiles: str) -> str:
    """Where tiles are from; ``{s}`` stands for any of several hosts."""
    address = urlsplit(tiles)
    return f"{address.scheme}://{address.netloc.rpartition('@')[2].replace('{s}', '*')}"


def _digest(asset: str) -> str:
    return f"'sha256-{b64encode(sha256(asset.encode()).digest()).decode()}'"


@lru_cache
def _asset(name: str) -> str:
    """A script or style as it stands in the page; nothing in it may point to a file beside it."""
    text = (files(__package__) / name).read_text("utf-8")
    return _SOURCE_MAP.sub("", text.replace("\r\n", "\n"))


@lru_cache
def _template() -> Any:
    environment = Environment(
        loader=PackageLoader(__package__, "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("page.html.j2")
