"""A market file as it comes to with what it extends, as TOML that stands by itself."""

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from wholesaler.markets.extending import Effective, read_effective

_WIDTH = 120
#: the tables of a market, in the order in which a file has them
_ORDER = ("parcel", "links", "words", "deal", "matching", "hosts", "sources")
#: tables that have a heading of their own; others stand on a line
_HEADED = r"words|deal|matching|links|parcel(\.(parts|forms))?|hosts\.[^.]+|sources\.[^.]+(\.(fields|values\.[^.]+))?"
#: tables that hold nothing but such
_HOLDERS = r"hosts|sources|sources\.[^.]+\.values"
_HEADING = re.compile(r"\s*\[([^\[\]]+)\]\s*(#.*)?")
_KEY = re.compile(r"\s*([\w.\"'-]+)\s*=")
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def effective_text(path: Path) -> str:
    """The market file as a text: as it is where it extends nothing, else with all that it comes to.

    The comments above headings and keys come along, the market's own before those of what it extends; ``[vars]`` are
    in their places. Raises :class:`ConfigurationError` as ``read_effective`` does.
    """
    effective = read_effective(path)
    if not effective.extends:
        return path.read_text("utf-8-sig")
    data = {key: value for key, value in effective.data.items() if key not in ("extends", "vars")}
    return "\n".join(_lines(data, _comments(effective))).strip("\n") + "\n"


def _lines(data: dict[str, Any], comments: dict[str, list[str]]) -> Iterator[str]:
    yield from [*comments.get("", []), ""]
    tables = {key: value for key, value in data.items() if _is_table((key,), value)}
    yield from _settings((), {key: value for key, value in data.items() if key not in tables}, comments)
    for key in sorted(tables, key=_ORDER.index):
        yield from _table((key,), tables[key], comments)


def _table(path: tuple[str, ...], table: dict[str, Any], comments: dict[str, list[str]]) -> Iterator[str]:
    tables = {key: value for key, value in table.items() if _is_table((*path, key), value)}
    heading = ".".join(map(_name, path))
    if not _fits(_HOLDERS, path):
        yield ""
        yield from comments.get(heading, [])
        yield f"[{heading}]"
        yield from _settings(path, {key: value for key, value in table.items() if key not in tables}, comments)
    for key, value in tables.items():
        yield from _table((*path, key), value, comments)


def _is_table(path: tuple[str, ...], value: Any) -> bool:
    return isinstance(value, dict) and (_fits(_HEADED, path) or _fits(_HOLDERS, path))


def _fits(patterns: str, path: tuple[str, ...]) -> bool:
    return re.fullmatch(patterns, ".".join(part.replace(".", "_") for part in path)) is not None


def _settings(path: tuple[str, ...], values: dict[str, Any], comments: dict[str, list[str]]) -> Iterator[str]:
    heading = ".".join(map(_name, path))
    for key, value in values.items():
        name = _name(key)
        yield from comments.get(f"{heading}|{name}", [])
        line = f"{name} = {_toml(value)}"
        if isinstance(value, list) and len(line) > _WIDTH:
            line = "\n".join([f"{name} = [", *(f"  {_toml(one)}," for one in value), "]"])
        yield line


def _name(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        pairs = ", ".join(f"{_name(key)} = {_toml(one)}" for key, one in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, str):
        return _text(value)
    return value.isoformat() if isinstance(value, date) else repr(value)


def _text(value: str) -> str:
    """A text in quotes; what JSON escapes is escaped so in TOML too, but for DEL, which JSON leaves."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comments(effective: Effective) -> dict[str, list[str]]:
    """The comments of the files: above a heading (``sources.x``), a key (``sources.x|url``), at the file's head."""
    comments: dict[str, list[str]] = {}
    for file in reversed(effective.files):
        heading, pending = "", list[str]()
        place: str | None
        for number, line in enumerate(file.read_text("utf-8-sig").splitlines()):
            if line.lstrip().startswith("#"):
                pending.append(line.strip())
                continue
            if found := _HEADING.fullmatch(line):
                heading = ".".join(part.strip() for part in found[1].split("."))
                place = heading
            elif found := _KEY.match(line):
                place = f"{heading}|{found[1]}"
            else:
                place = "" if pending and number == len(pending) else None  # the file's own, with a blank line behind
            if pending and place is not None and (place or file == effective.files[0]):
                comments[place] = pending
            pending = []
    return comments
