"""Text files as publishers write them: UTF-8, or what Windows makes of an accent."""

import codecs
from pathlib import Path
from typing import TextIO

#: decodes bytes that are no UTF-8 as Windows-1252, and leaves what is UTF-8 as it is
ODD_BYTES = "wholesaler.windows-1252"
_CHUNK = 1 << 20


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end


codecs.register_error(ODD_BYTES, _as_windows_1252)


def opened(path: Path) -> TextIO:
    """The file as text, with its line ends as they are and without a byte order mark. Raises ``OSError``."""
    return path.open(encoding="utf-8-sig", errors=ODD_BYTES, newline="")


def encoding_warning(path: Path) -> str | None:
    """What to say when the file is not UTF-8; a character that the end of the file cuts in two is no reason."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while piece := file.read(_CHUNK):
                decoder.decode(piece)
    except UnicodeDecodeError:
        return f"{path} is not UTF-8; it was read as Windows-1252: look at its accents, or save it as UTF-8."
    return None


def ends_with_a_line(path: Path) -> bool:
    """Whether the last line of a file that is not empty is whole."""
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1) in b"\r\n"
