"""Files as sources are given them."""

import json
from typing import Any

from tests.sources.helpers import Opener


def written(opener: Opener, content: Any, name: str = "liens.json", encoding: str = "utf-8") -> Any:
    """A file source beside the market file with this content."""
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    (opener.directory / name).write_bytes(text.encode(encoding))
    return opener.open(name, "file")
