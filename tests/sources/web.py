"""A file to serve, and what becomes of it."""

from pathlib import Path
from typing import Any

import pytest

from tests.sources.helpers import Opener, drain
from wholesaler.errors import SourceError
from wholesaler.sources.interface import FetchRequest

BODY = b"PARCEL,AMOUNT\n" + b"".join(b"%d,%d\n" % (number, number * 2) for number in range(1, 2001))
CHANGED = BODY.replace(b"1,2\n", b"1,3\n", 1)
REQUEST = FetchRequest(("PARCEL", "AMOUNT"))
ETAG, OTHER_ETAG = '"one"', '"two"'
MODIFIED = "Wed, 25 Nov 2026 04:00:00 GMT"


def amounts(opener: Opener, url: Any, **definition: Any) -> list[str]:
    """The amounts of the file, which must be whole."""
    records, _, outcome = drain(opener.open(url, "file", **definition).fetch(REQUEST))
    assert outcome.complete, outcome.warnings
    return [record["AMOUNT"] for record in records]


def folder(opener: Opener) -> Path:
    (found,) = (opener.directory / "downloads" / "test-county" / "liens").iterdir()
    return found


def refusal(opener: Opener, url: Any, **definition: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        opener.open(url, "file", **definition).fetch(REQUEST)
    assert "\n" not in str(caught.value)
    return caught.value
