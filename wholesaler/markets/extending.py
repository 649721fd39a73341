"""Files that extend others: a county's file on top of its state's template, and what stands for ``{var.…}``.

Tables merge, of which the county's keys win. What is one value stays one: lists, a value that makes a column, a
location, the parts and the forms of a parcel number.
"""

import os
import re
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from wholesaler.errors import ConfigurationError, did_you_mean
from wholesaler.toml import read_toml

#: tables that merge, by their paths, in which ``*`` is any key
_TABLES = {
    ("vars",), ("words",), ("deal",), ("matching",), ("links",), ("hosts",), ("hosts", "*"), ("parcel",), ("sources",),
    ("sources", "*"), ("sources", "*", "fields"), ("sources", "*", "only"), ("sources", "*", "values"),
    ("sources", "*", "values", "*"),
}  # fmt: skip
#: what a file says of itself alone: two counties of one key would share their records
_OWN = ("extends", "key", "name")
#: the keys of a source in which ``{var.…}`` may stand
_TEXTS = ("url", "member", "where", "only")
_VARIABLE = re.compile(r"\{var\.([a-z][a-z0-9_]*)\}")
#: what somebody means who writes it, and what it is not
_NEARLY = re.compile(r"\{\s*var\b[^{}]*\}", re.IGNORECASE)
_STATE = re.compile(r"[A-Za-z0-9_-]+")
#: the keys at the head of a problem: ``sources.roll.url: …`` and ``sources.roll: fields.city: …``
_HEAD = re.compile(r"([^\s:]+): (?:([^\s:]+): )?")
_QUOTED = re.compile(r"'(\w+)'")

HINT = "See the README, 'Adding a county'."


@dataclass(frozen=True)
class Effective:
    """What a market file comes to. ``files``: itself, then what it extends, each the one before; a template last.

    ``problems`` are of the merge itself, a line each; ``origins`` says of each key of the tables that merge, by its
    path with dots, from which file it is.
    """

    data: dict[str, Any]
    files: tuple[Path, ...]
    origins: dict[str, Path] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def extends(self) -> bool:
        """Whether anything in it may be of another file."""
        return len(self.files) > 1

    def origin(self, problem: str) -> Path:
        """The file in which a problem is to be mended: of the key that its line begins with."""
        head = _HEAD.match(problem)
        if head is None:
            return self.files[0]
        key, within = head.groups()
        column = _QUOTED.search(problem)
        nearer = [f"{key}.{within}"] if within else []
        nearer += [f"{key}.{part}.{column[1]}" for part in ("fields", "values") if column is not None]
        for named in (*nearer, key):
            known = [path for path in self.origins if named == path or named.startswith(f"{path}.")]
            if known and (named == key or max(map(len, known)) > len(key)):
                return self.origins[max(known, key=len)]
        return self.files[0]

    def tell(self, problems: list[str], count: str = "") -> str:
        """The problems in one line, those of each file behind its name."""
        groups: dict[Path, list[str]] = {}
        for problem in problems:
            groups.setdefault(self.origin(problem), []).append(problem)
        pieces: list[str] = []
        for file in sorted(groups, key=self.files.index):
            by = "" if file == self.files[0] else f" (extended by {self.files[0].name})"
            pieces.append(f"{file}{by}: {'' if pieces else count}{'; '.join(groups[file])}")
        return "; ".join(pieces)


def states() -> dict[str, Path]:
    """The templates that come with the program: the state's letters → file."""
    folder = Path(str(files(__package__))) / "states"
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def read_effective(path: Path) -> Effective:
    """Read a market file and what it extends; raises :class:`ConfigurationError` where one cannot be found or read."""
    chain = [path]
    contents = [read_toml(path)]
    while "extends" in contents[-1]:
        extended = _extended(chain[-1], contents[-1]["extends"])
        chain.append(extended)
        if os.path.realpath(extended) in map(os.path.realpath, chain[:-1]):
            circle = " → ".join(str(file) for file in chain)
            raise ConfigurationError(f"{chain[-2]}: extends: goes round in a circle: {circle}.", HINT)
        contents.append(read_toml(extended))
    if len(chain) == 1:
        effective = Effective(contents[0], (path,))
    else:
        origins: dict[str, Path] = {}
        problems: list[str] = []
        data: dict[str, Any] = {}
        for file, content in zip(reversed(chain), reversed(contents), strict=True):
            for key in _OWN:
                data.pop(key, None)
                origins.pop(key, None)
            data = _Merge(file, origins, problems).tables(data, content, ())
        effective = Effective(data, tuple(chain), origins, problems)
    _put_variables(effective)
    return effective


def _extended(path: Path, named: Any) -> Path:
    """The file that ``extends`` names: a state's by its letters, or one by its path, relative to who extends it."""
    known = states()
    if not isinstance(named, str) or not named.strip() or not named.isprintable():
        expected = f"expected a state, one of {', '.join(known)}, or the path of a file, not {named!r}"
        raise ConfigurationError(f"{path}: extends: {expected}.", HINT)
    if named in known:
        return known[named]
    if _STATE.fullmatch(named):
        hint = did_you_mean(named, known)
        raise ConfigurationError(
            f"{path}: extends: there is no state '{named}'; expected one of {', '.join(known)}, or the path of a file "
            f"such as ./{named}.toml.{f' {hint}' if hint else ''}",
            HINT,
        )
    try:
        extended = Path(os.path.normpath(path.parent / Path(named).expanduser()))
        if extended.exists():
            return extended
    except (OSError, RuntimeError):  # no such home; what cannot be looked at is told by its reader
        return path.parent / named
    raise ConfigurationError(f"{path}: extends: there is no file {extended}.", HINT)


@dataclass
class _Merge:
    """Puts what ``file`` says on top of what it extends."""

    file: Path
    origins: dict[str, Path]
    problems: list[str]

    def tables(self, base: dict[str, Any], own: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
        """The keys of both tables at ``path``. Sources are in an order: those of ``own`` first, as all of the file."""
        merged: dict[str, Any] = {}
        for key, value in own.items():
            here = (*path, key)
            inherited = base.get(key)
            if value is False and path == ("sources",) and self._leaves_out(key, base):
                continue
            if isinstance(value, dict) and _merges(here):
                if not isinstance(inherited, dict):
                    self._forget(here)
                self.origins[".".join(here)] = self.file
                merged[key] = self.tables(inherited if isinstance(inherited, dict) else {}, value, here)
            else:
                self._forget(here)
                self.origins[".".join(here)] = self.file
                merged[key] = value
        kept = {key: value for key, value in base.items() if key not in own}
        return merged | kept if len(path) < 2 else {key: merged.get(key, kept.get(key)) for key in base | merged}

    def _leaves_out(self, name: str, base: dict[str, Any]) -> bool:
        """Whether ``false`` in place of a source is dealt with."""
        self._forget(("sources", name))
        if name in base or not base:  # with nothing to leave out it is no source at all
            return name in base
        self.origins[f"sources.{name}"] = self.file
        has = ", ".join(base)
        self.problems.append(f"sources.{name}: false leaves out a source of the file that is extended, which has {has}")
        return True

    def _forget(self, path: tuple[str, ...]) -> None:
        start = ".".join(path)
        for known in [one for one in self.origins if one == start or one.startswith(f"{start}.")]:
            del self.origins[known]


def _merges(path: tuple[str, ...]) -> bool:
    return any(
        len(table) == len(path) and all(part in ("*", given) for part, given in zip(table, path, strict=True))
        for table in _TABLES
    )


def _put_variables(effective: Effective) -> None:
    """Put the market's ``[vars]`` in place of ``{var.…}``; what cannot be is a problem."""
    values, sources = effective.data.get("vars", {}), effective.data.get("sources")
    if not isinstance(sources, dict) or not isinstance(values, dict):
        return  # told as what it is
    missing: set[str] = set()
    for name, source in sources.items():
        for key in _TEXTS if isinstance(source, dict) else ():
            place = f"sources.{name}.{key}"

            def put(text: str, place: str = place) -> str:
                for wrong in _NEARLY.finditer(_VARIABLE.sub("", text)):
                    effective.problems.append(f"{place}: expected {{var.name}}, not '{wrong[0]}'")
                for asked in _VARIABLE.findall(text):
                    if asked not in values and asked not in missing:
                        missing.add(asked)
                        by = effective.origin(f"{place}: ")
                        file = "" if by == effective.files[0] else f" of {by}"
                        effective.problems.append(f"vars.{asked}: is missing; {place}{file} has {{var.{asked}}}")
                return _VARIABLE.sub(lambda match: str(values.get(match[1], match[0])), text)

            if key in source:
                source[key] = _in_texts(source[key], put)


def _in_texts(value: Any, put: Any) -> Any:
    if isinstance(value, str):
        return put(value)
    if isinstance(value, list):
        return [_in_texts(one, put) for one in value]
    if isinstance(value, dict):
        return {key: _in_texts(one, put) for key, one in value.items()}
    return value
