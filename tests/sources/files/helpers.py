"""Files as sources are given them."""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.sources.helpers import Opener, drain
from wholesaler.errors import ConfigurationError, SourceError
from wholesaler.sources.interface import FetchRequest

FORMATS = Path(__file__).parents[2] / "data" / "formats"
ALL = FetchRequest(())


def written(opener: Opener, content: Any, name: str = "liens.json", encoding: str = "utf-8") -> Any:
    """A file source beside the market file with this content."""
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    (opener.directory / name).write_bytes(text.encode(encoding))
    return opener.open(name, "file")


def read(opener: Opener, raw: bytes, name: str, request: FetchRequest = ALL, **definition: Any) -> Any:
    """The records, points and outcome of a file with these bytes."""
    (opener.directory / name).write_bytes(raw)
    return drain(opener.open(name, "file", **definition).fetch(request))


def refused(opener: Opener, raw: bytes, name: str, request: FetchRequest = ALL, **definition: Any) -> str:
    """The one line, and the exit code, by which a file with these bytes is refused."""
    with pytest.raises((SourceError, ConfigurationError)) as caught:
        read(opener, raw, name, request, **definition)
    said = str(caught.value)
    assert said.isprintable(), "one line, with nothing in it that a terminal obeys"
    assert len(said) < 1000
    return f"{caught.value.exit_code:d} {said}"


def made(name: str) -> dict[str, bytes]:
    """The members of an archive of tests/data/formats."""
    with zipfile.ZipFile(FORMATS / name) as archive:
        return {member: archive.read(member) for member in archive.namelist() if not member.endswith("/")}


def zipped(members: Mapping[str, bytes]) -> bytes:
    """An archive of these."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)
    return target.getvalue()
