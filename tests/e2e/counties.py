"""Counties unlike Florida's, served in their wire form: the bundled market files with only their addresses changed.

The layers' fields and forms are as published in 2026, the rows invented (``tests/data/counties``).
"""

import io
import json
import re
import zipfile
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.servers.arcgis import ArcGISServer
from tests.servers.files import FileServer, Served
from tests.servers.socrata import SocrataServer
from tests.support import DATA
from wholesaler.markets import market_path
from wholesaler.markets.days import expand
from wholesaler.toml import read_toml

DAY = date(2026, 11, 26)
#: what the one file of a source is called in its archive
_MEMBERS = {"Real_acct_owner.zip": "real_acct.txt"}
#: files that are not called like the end of their address
_NAMES = {"859bccfd-0e12-4161-a348-313d734f25fd": "foreclosure-filings"}
#: what the portals call their datasets
_TITLES = {
    "55ju-2fs9": "Treasurer - Annual Tax Sale",
    "22u3-xenr": "Building Violations",
    "3723-97qp": "Assessor - Parcel Addresses",
    "uzyt-m557": "Assessor - Assessed Values",
    "x54s-btds": "Assessor - Single and Multi-Family Improvement Characteristics",
}


class Publishers:
    """The servers of one county; ``with Publishers("wayne-mi") as served: served.market_file(folder)``."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.arcgis, self.socrata, self.files = ArcGISServer(), SocrataServer(), FileServer()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        for server in (self.arcgis, self.socrata, self.files):
            self._stack.enter_context(server)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def market_file(self, folder: Path) -> Path:
        """The county's bundled file, asking these servers."""
        path = market_path(self.key)
        text = path.read_text("utf-8")
        for source in read_toml(path)["sources"].values():
            urls = source["url"] if isinstance(source["url"], list) else [source["url"]]
            for url in urls:
                text = text.replace(f'"{url}"', f'"{self._serve(source["kind"], expand(url, DAY))}"')
        # the tests' own servers need no manners
        text = re.sub(r"(?m)^\[hosts\..*\]\n(?:[a-z_]+ = .*\n)+", "", text)
        text += '\n[hosts."127.0.0.1"]\nrequests_per_second = 1000\nconcurrency = 2\n'
        written = folder / f"{self.key}.toml"
        written.write_text(text, "utf-8")
        return written

    def urls(self) -> list[str]:
        """The addresses of the county's lists on these servers, in the order of its bundled file."""
        sources = read_toml(market_path(self.key))["sources"].values()
        first = [source["url"] if isinstance(source["url"], str) else source["url"][0] for source in sources]
        return [self._serve(source["kind"], expand(url, DAY)) for source, url in zip(sources, first, strict=True)]

    def _serve(self, kind: str, url: str) -> str:
        if kind == "arcgis":
            layer = url.removesuffix("/FeatureServer/0").rpartition("/")[2]
            content = self._read(f"{layer}.json")
            return self.arcgis.add_layer(
                f"{layer}/FeatureServer/0",
                {field["name"]: field["type"] for field in content["fields"]},
                content["features"],
                geometry_type=content["geometryType"],
                wkid=content["spatialReference"]["wkid"],
            )
        if kind == "socrata":
            dataset = url.removesuffix(".json").rpartition("/")[2]
            types, rows = self._read(f"{dataset}.types.json"), self._read(f"{dataset}.json")
            return self.socrata.add_dataset(dataset, types, rows, name=_TITLES[dataset])
        return self.files.serve(f"/{url.partition('://')[2].partition('/')[2]}", Served(self._content(url)))

    def _content(self, url: str) -> bytes:
        name = url.rpartition("/")[2]
        if name in _MEMBERS:
            archive = io.BytesIO()
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
                packed.write(self._path(_MEMBERS[name]), _MEMBERS[name])
                packed.writestr("owners.txt", "acct\tln_num\tname\n")
            return archive.getvalue()
        return self._path(f"{_NAMES.get(name, name)}.csv").read_bytes()

    def _read(self, name: str) -> Any:
        return json.loads(self._path(name).read_text("utf-8"))

    def _path(self, name: str) -> Path:
        return DATA / "counties" / self.key / name
