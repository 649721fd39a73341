"""Files that people write: TOML read, and what is wrong with it said in one line with the key and the expected."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from wholesaler.errors import ConfigurationError, did_you_mean

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

#: problems that are named in one message
PROBLEMS = 3
#: what pydantic's kinds of error expect, in the words of TOML; their numbers stand in the error's context
_EXPECTED = {
    "string_type": "a text", "bool_type": "true or false", "bool_parsing": "true or false",
    "finite_number": "a finite number",
    **dict.fromkeys(("int_type", "int_parsing", "int_parsing_size", "int_from_float"), "a whole number"),
    **dict.fromkeys(("float_type", "float_parsing", "decimal_type", "decimal_parsing"), "a number"),
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type"), "a list"),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "a table"),
    "greater_than_equal": "{ge:g} or more", "greater_than": "more than {gt:g}",
    "less_than_equal": "at most {le:g}", "less_than": "less than {lt:g}",
    "too_short": "at least {min_length} in the list", "too_long": "at most {max_length} in the list",
    "string_too_short": "at least {min_length} characters", "string_too_long": "at most {max_length} characters",
    "literal_error": "{expected}", "enum": "{expected}",
}  # fmt: skip
_NOT_EMPTY = {"too_short": "a list that is not empty", "string_too_short": "a text that is not empty"}
#: how a validator's own text begins that says what is expected; others say it in a sentence of their own
_EXPECTATION = re.compile(r"(an?|one of) |[\w ]+ [<>]")


def read_toml(path: Path, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """What the file holds, its fractions read by ``parse_float``; raises :class:`ConfigurationError`.

    A byte order mark, with which some editors begin a file, is no part of it.
    """
    try:
        return tomllib.loads(path.read_text("utf-8-sig"), parse_float=parse_float)
    except OSError as error:
        wrong, hint = f"{error.strerror}", "Give the path of a file that this account can read."
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        wrong, hint = f"line {line} is not UTF-8", "Save the file as UTF-8."
    except (ValueError, ArithmeticError, RecursionError) as error:  # beside wrong syntax: what no number or stack holds
        wrong, hint = f"{error}".rstrip("."), "https://toml.io describes the form."
    raise ConfigurationError(f"{path}: cannot be read as TOML: {wrong}.", hint)


def explain_validation(error: "ValidationError", data: Mapping[str, Any], model: "type[BaseModel]") -> str:
    """The first few problems of a file's ``data``, each as ``key: what was expected``; ``model`` is what it should be.

    The values are repeated: for files without secrets only.
    """
    lines = validation_problems(error, data, model)
    more = f"; and {len(lines) - PROBLEMS} more" if len(lines) > PROBLEMS else ""
    text = f"{'; '.join(lines[:PROBLEMS])}{more}"
    return text if text.endswith("?") else f"{text}."


def validation_problems(error: "ValidationError", data: Mapping[str, Any], model: "type[BaseModel]") -> list[str]:
    """All problems of a file's ``data``. A validator's text of several lines is as many problems."""
    lines, whole = _lines(error, data, model)
    return lines + [line for line in whole if line not in lines]


def _lines(error: "ValidationError", data: Mapping[str, Any], model: "type[BaseModel]") -> tuple[list[str], list[str]]:
    """The problems of single keys, and those that keys have with each other."""
    problems: dict[str, list[str]] = {}
    whole: list[str] = []
    for detail in error.errors(include_url=False):
        path = list(_path(detail["loc"], data, missing=detail["type"] == "missing"))
        if not path:
            whole += map(_sentence, detail["msg"].removeprefix("Value error, ").split("\n"))
            continue
        problem = expectation(detail)
        if detail["type"] == "extra_forbidden":
            known = [key for key in _keys(model, path[:-1]) if key != path[-1]]
            problem = f"unknown key. {did_you_mean(str(path[-1]), known)}".strip(". ")
        elif detail["type"] == "missing":
            problem = "is missing"
        elif detail["type"] != "value_error":
            problem += f", not {_short(detail['input'])}"
        problems.setdefault(".".join(map(str, path)), []).append(problem)
    lines = [
        f"{key}: {' or '.join(wrong)}"
        for key, wrong in problems.items()
        if not any(other.startswith(f"{key}.") for other in problems)  # one form of several; that one is nearer
    ]
    return lines, whole


def all_problems(data: Mapping[str, Any], model: "type[BaseModel]", stand_ins: Mapping[str, Any]) -> list[str]:
    """What is wrong with ``data``, also what only shows when other wrong values are left out.

    ``stand_ins`` are taken for wrong and missing values without which nothing can be looked at: by their paths, in
    which ``*`` is any key.
    """
    from copy import deepcopy

    from pydantic import ValidationError

    remaining = deepcopy(dict(data))
    problems: list[str] = []
    replaced: set[str] = set()
    while True:
        try:
            model.model_validate(remaining)
            return problems
        except ValidationError as error:
            lines, whole = _lines(error, remaining, model)
            lines = [line for line in lines if not _lacks_part(line, replaced)] + whole
            problems += [line for line in lines if line not in problems and not _follows(line, replaced)]
            new = {}
            for detail in error.errors(include_url=False):
                missing = detail["type"] == "missing"
                path = list(_path(detail["loc"], remaining, missing=missing))
                stand_in = _stand_in(path, stand_ins)
                if path and (stand_in is not None or not missing):
                    new[".".join(map(str, path))] = (path, stand_in)
                elif len(path) > 1:  # what lacks a part is left out
                    new[".".join(map(str, path[:-1]))] = (path[:-1], None)
            if new.keys() <= replaced:
                return problems
            replaced |= new.keys()
            for path, stand_in in new.values():
                _replace(remaining, path, stand_in)


def _follows(line: str, replaced: set[str]) -> bool:
    """Whether a problem may only be one because something wrong was left out or replaced."""
    key = line.partition(": ")[0]
    return bool(replaced) and ("." not in key or key in replaced or line.endswith(": is missing"))


def _lacks_part(line: str, replaced: set[str]) -> bool:
    key = line.partition(": ")[0]
    return any(path.startswith(f"{key}.") for path in replaced)


def _stand_in(path: Sequence[int | str], stand_ins: Mapping[str, Any]) -> Any:
    for pattern, value in stand_ins.items():
        parts = pattern.split(".")
        if len(parts) == len(path) and all(part in ("*", given) for part, given in zip(parts, path, strict=True)):
            return value
    return None


def _replace(data: Any, path: Sequence[int | str], stand_in: Any) -> None:
    """Put ``stand_in`` for the value at ``path``, or nothing; of a list all goes, whose members would move."""
    for number, part in enumerate(path):
        if not isinstance(data, dict):
            return
        last = number == len(path) - 1
        if last and stand_in is not None:
            data[part] = stand_in
        elif last or not isinstance(data.get(part), dict):
            data.pop(part, None)
            return
        else:
            data = data[part]


def expect_text(pattern: str, words: str) -> Callable[[str], str]:
    """A validator of texts that fit a regular expression as a whole; ``words`` is what is expected."""
    compiled = re.compile(pattern)

    def fits(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(f"{words}, not {_short(value)}")
        return value

    return fits


def expectation(detail: "ErrorDetails") -> str:
    """What pydantic or a validator of ours says of one value, as ``expected …`` where it says what should be there."""
    kind, context = detail["type"], detail.get("ctx", {})
    words = _NOT_EMPTY.get(kind) if context.get("min_length") == 1 else _EXPECTED.get(kind)
    if words is not None:
        return f"expected {words.format_map(context)}"
    return _sentence(detail["msg"].removeprefix("Value error, "))


def _sentence(text: str) -> str:
    return f"expected {text}" if _EXPECTATION.match(text) else text


def _path(location: Sequence[int | str], data: Any, *, missing: bool) -> Iterator[int | str]:
    """The keys of the file in a location of pydantic's, which names the members of a union as well."""
    for number, part in enumerate(location):
        if isinstance(part, int) or (isinstance(data, Mapping) and part in data):
            yield part
            try:
                data = data[part]
            except (LookupError, TypeError):
                data = None
        elif missing and number == len(location) - 1:
            yield part


def _keys(model: Any, path: Sequence[int | str]) -> list[str]:
    """The keys that may stand at ``path`` within ``model``."""
    models = [model]
    for part in path:
        within: list[Any] = []
        for known in models:
            if part in known.model_fields:
                within += _members(known.model_fields[str(part)].annotation)
            else:  # a table of whatever keys, or a list, of which it is the value
                within.append(known)
        models = within
    return [name for known in models for name in known.model_fields]


def _members(annotation: Any) -> Iterator[Any]:
    """The models in an annotation: of an optional, a union, the values of a dictionary or a sequence."""
    if hasattr(annotation, "model_fields"):
        yield annotation
    for argument in get_args(annotation):
        yield from _members(argument)


def _short(value: Any) -> str:
    text = _as_toml(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _as_toml(value: Any) -> str:
    """A value about as it stands in a file."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        pairs = ", ".join(f"{key} = {_as_toml(one)}" for key, one in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_as_toml, value))}]"
    return str(value) if isinstance(value, date | Decimal) else repr(value)
