"""Match the field names of a market file to those a publisher has."""

import re
from collections.abc import Collection, Iterable, Sequence

from wholesaler.errors import ConfigurationError
from wholesaler.sources.interface import FetchRequest

#: fields that the publisher's software makes itself; names of joined layers are dotted
_SYSTEM = re.compile(
    r"(.*\.)?(shape([._].*)?|st_(area|length|perimeter)\(.*|objectid(_\d+)?|fid|globalid)", re.IGNORECASE
)
_LIST_LIMIT = 25
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def told_titles(name: str, *texts: object) -> tuple[str, ...]:
    """What a publisher calls a field for people, without what only repeats its name."""
    bare = [" ".join(text.split()) for text in texts if isinstance(text, str)]
    return tuple(text for text in dict.fromkeys(bare) if text and _letters(text) != _letters(name))


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text.casefold())


def find_field(field_name: str, available: Iterable[str]) -> list[str]:
    """Available names that ``field_name`` means: the same, else without case, else by last dotted segment."""
    names = list(available)
    if field_name in names:
        return [field_name]
    folded_name = field_name.casefold()
    same = [name for name in names if name.casefold() == folded_name]
    return same or [name for name in names if _last_segment(name) == _last_segment(field_name)]


def find_named(pattern: str, available: Iterable[str]) -> list[str]:
    """Available names that a regular expression matches, whole or by their last dotted segment, without case."""
    compiled = re.compile(pattern, re.IGNORECASE)
    return [
        name
        for name in available
        if not _SYSTEM.fullmatch(name) and (compiled.fullmatch(name) or compiled.fullmatch(name.rpartition(".")[2]))
    ]


def match_fields(
    source: str, request: FetchRequest, available: Sequence[str], system: Iterable[str] = ()
) -> tuple[dict[str, str], list[str]]:
    """What each asked field is called by the publisher, and warnings.

    A missing optional field is warned of and keeps its own name; so are all fields that are neither asked for nor
    ignored nor of the publisher's software (``system`` names more of these, and the place), in one warning. Raises
    ``ConfigurationError`` naming a missing field and those there are.
    """
    names: dict[str, str] = {}
    warnings = []
    for field_name in request.fields:
        if field_name in request.patterns:
            matches = [name for name in find_named(field_name, available) if name not in system]
            if len(matches) > 1 or not (matches or field_name in request.optional):
                raise ConfigurationError(
                    f"sources.{source}: {'several fields have' if matches else 'no field has'} a name that matches "
                    f"'{field_name}'{f': {_list_names(matches)}' if matches else ''}.",
                    "Write an expression that one name matches"
                    + ("." if matches else f"; the fields are {_list_names(available)}."),
                )
            if matches:
                names[field_name] = matches[0]
                continue
        if field_name in request.optional and not find_field(field_name, available):
            warnings.append(f"The optional field {field_name} does not exist (any more).")
            names[field_name] = field_name
        else:
            names[field_name] = resolve_field(source, field_name, available)
    expected_names = {*names.values(), *system}
    for ignored_field in (*request.ignored, *filter(None, [request.geometry_field])):
        expected_names.update(find_field(ignored_field, available))
    new = unexpected(expected_names, available)
    if new:
        warnings.append(f"Fields that the market file neither uses nor ignores: {_list_names(new)}.")
    return names, warnings


def unexpected(expected: Collection[str], available: Iterable[str]) -> list[str]:
    """The available names that are none of those expected, without those that the publisher's software makes itself."""
    return [name for name in available if name not in expected and not _SYSTEM.fullmatch(name)]


def resolve_field(source: str, field_name: str, available: Sequence[str]) -> str:
    """The one available name that ``field_name`` means; raises ``ConfigurationError`` when there is none or several."""
    matches = find_field(field_name, available)
    if not matches:
        raise ConfigurationError(
            f"sources.{source}: the publisher has no field '{field_name}'.",
            f"Correct it in the market file; the fields are {_list_names(available)}.",
        )
    if len(matches) > 1:
        raise ConfigurationError(
            f"sources.{source}: the field '{field_name}' can be any of {_list_names(matches)}.", "Write the whole name."
        )
    return matches[0]


def _last_segment(name: str) -> str:
    return name.rpartition(".")[2].casefold()


def _list_names(names: Sequence[str]) -> str:
    text = _UNPRINTABLE.sub("\ufffd", ", ".join(names[:_LIST_LIMIT]))
    return f"{text} and {len(names) - _LIST_LIMIT} more" if len(names) > _LIST_LIMIT else text
