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
    ca_bundle = str(directory / definition.ca_bundle) if definition.ca_bundle else None
    if definition.kind == "file":
        if definition.where is not None:
            raise ConfigurationError(
                f"{market_path}: sources.{name}.where: a file cannot be searched.", "Remove it, or filter the file."
            )

        def place(url: str) -> Place:
            if is_web(url):
                return WebPlace(http.download(name, url, ca_bundle=ca_bundle), shelf(settings.home, market, name))
            return LocalPlace(name, directory / url)

        return FileSource(
            name,
            places=[place(url) for url in definition.urls],
            member=definition.member,
            form=definition.format,
            largest=int(settings.largest_file * GIGABYTE),
        )
    if definition.kind == "arcgis":
        url = definition.urls[0].rstrip("/").removesuffix("/query")
        endpoint = http.endpoint(name, url, ca_bundle=ca_bundle)
        return ArcGISSource(name, endpoint=endpoint, where=definition.where, page_size=definition.page_size)
    token = settings.socrata_app_token.get_secret_value() if settings.socrata_app_token else None
    return socrata_source(name, definition, http, ca_bundle, token)
