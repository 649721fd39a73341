"""An Http whose waits take no time, and the servers."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.arcgis import ArcGISServer
from tests.servers.files import FileServer
from tests.servers.socrata import SocrataServer
from tests.sources.helpers import Opener


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 and localhost, and its key, in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    subprocess.run([*command, "-days", "2", *subject, *files], check=True, capture_output=True)
    return folder


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    return context


@pytest.fixture
def opener(tmp_path: Path) -> Iterator[Opener]:
    with Opener(tmp_path) as opener:
        yield opener


@pytest.fixture
def server(opener: Opener) -> Iterator[ArcGISServer]:
    with ArcGISServer() as server:
        yield server
        opener.close()


@pytest.fixture
def portal(opener: Opener) -> Iterator[SocrataServer]:
    with SocrataServer() as server:
        yield server
        opener.close()


@pytest.fixture
def web(opener: Opener) -> Iterator[FileServer]:
    with FileServer() as server:
        yield server
        opener.close()
