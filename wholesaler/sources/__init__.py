"""Where records come from: ArcGIS layers, Socrata datasets, and files.

``with Http(settings, market.host) as http:`` holds the connections of a run; :func:`open_source` makes one source.
"""

from pathlib import Path

from wholesaler.errors import ConfigurationError
from wholesaler.markets.source import SourceDefinition, is_web
from wholesaler.settings import Settings
from wholesaler.sources.arcgis.source import ArcGISSource
from wholesaler.sources.files.source import FileSource, LocalPlace, Place
from wholesaler.sources.files.web import WebPlace, remove_leftovers, shelf
from wholesaler.sources.http.client import Http
from wholesaler.sources.http.download import GIGABYTE
from wholesaler.sources.interface import Source
from wholesaler.sources.socrata import socrata_source

__all__ = ["Http", "open_source", "remove_leftovers"]


def open_source(
    name: str, definition: SourceDefinition, market_path: Path, http: Http, settings: Settings, market: str
) -> Source:
    """The source that a market file defines as ``name``; paths in it are relative to the market file's directory.

    ``market`` is the market's key, for the copies of files from the web. Nothing is asked yet. Raises
    ``ConfigurationError`` when the definition contradicts itself.
    """
    directory = market_path.parent
    token = _token(name, definition, market_path, settings)
    ca_bundle = str(directory / definition.ca_bundle) if definition.ca_bundle else None
    if definition.kind == "file":
        if definition.where is not None:
            raise ConfigurationError(
                f"{market_path}: sources.{name}.where: a file cannot be searched.", "Remove it, or filter the file."
            )

        def place(url: str) -> Place:
            if is_web(url):
                download = http.download(name, url, ca_bundle=ca_bundle, token=token)
                return WebPlace(download, shelf(settings.home, market, name))
            return LocalPlace(name, directory / url)

        return FileSource(
            name,
            places=[place(url) for url in definition.urls],
            member=definition.member,
            form=definition.format,
            largest=int(settings.largest_file * GIGABYTE),
            # no source is called so, and what an interrupted run leaves there goes with the next
            scratch=shelf(settings.home, market, "(unpacked)"),
        )
    if definition.kind == "arcgis":
        url = definition.urls[0].rstrip("/").removesuffix("/query")
        endpoint = http.endpoint(name, url, ca_bundle=ca_bundle, params={"token": token} if token else None)
        return ArcGISSource(name, endpoint=endpoint, where=definition.where, page_size=definition.page_size)
    if token is None and settings.socrata_app_token:
        token = settings.socrata_app_token.get_secret_value()
    return socrata_source(name, definition, http, ca_bundle, token)


def _token(name: str, definition: SourceDefinition, market_path: Path, settings: Settings) -> str | None:
    """The token that a source names; raises ``ConfigurationError`` where the settings have none of that name."""
    if definition.token is None:
        return None
    if definition.token not in settings.tokens:
        known = ", ".join(settings.tokens) or "none"
        raise ConfigurationError(
            f"{market_path}: sources.{name}.token: SOURCE_TOKENS has no '{definition.token}' (it has {known}).",
            f"Set SOURCE_TOKENS='{definition.token}=…' in .env, or in the file that SOURCE_TOKENS_FILE names.",
        )
    return settings.tokens[definition.token]
