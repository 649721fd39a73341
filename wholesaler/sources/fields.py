"""Match the field names of a market file to those a publisher has."""

import re
from collections.abc import Collection, Iterable, Sequence

from wholesaler.errors import ConfigurationError
from wholesaler.sources.interface import FetchRequest

#: fields that the publisher's software makes itself; names of joined layers are dotted
_SYSTEM = re.compile(
    r"(.*\.)?(shape([._].*)?|st_(area|length|perimeter)\(.*|objectid(_\d+)?|fid|globalid)", re.IGNORECASE
)
_SHOWN = 25
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def find_field(asked: str, available: Iterable[str]) -> list[str]:
    """The available names that ``asked`` means: the same, else without regard to case, else by last dotted segment."""
    names = list(available)
    if asked in names:
        return [asked]
    folded = asked.casefold()
    same = [name for name in names if name.casefold() == folded]
    return same or [name for name in names if _last_segment(name) == _last_segment(asked)]


def match_fields(
    source: str, request: FetchRequest, available: Sequence[str], system: Collection[str] = ()
) -> tuple[dict[str, str], list[str]]:
    """What each asked field is called by the publisher, and warnings.

    A missing optional field is warned of and keeps its own name; so are all fields that are neither asked for nor
    ignored nor of the publisher's software (``system`` names more of these), in one warning. Raises
    ``ConfigurationError`` naming a missing field and those there are.
    """
    names: dict[str, str] = {}
    warnings = []
    for asked in request.fields:
        if asked in request.optional and not find_field(asked, available):
            warnings.append(f"The optional field {asked} does not exist (any more).")
            names[asked] = asked
        else:
            names[asked] = the_field(source, asked, available)
    known = {*names.values(), *system}
    for ignored in (*request.ignored, *filter(None, [request.geometry_field])):
        known.update(find_field(ignored, available))
    new = [name for name in available if name not in known and not _SYSTEM.fullmatch(name)]
    if new:
        warnings.append(f"Fields that the market file neither uses nor ignores: {_listed(new)}.")
    return names, warnings


def the_field(source: str, asked: str, available: Sequence[str]) -> str:
    """The one available name that ``asked`` means; raises ``ConfigurationError`` when there is none or several."""
    found = find_field(asked, available)
    if not found:
        raise ConfigurationError(
            f"sources.{source}: the publisher has no field '{asked}'.",
            f"Correct it in the market file; the fields are {_listed(available)}.",
        )
    if len(found) > 1:
        raise ConfigurationError(
            f"sources.{source}: the field '{asked}' can be any of {_listed(found)}.", "Write the whole name."
        )
    return found[0]


def _last_segment(name: str) -> str:
    return name.rpartition(".")[2].casefold()


def _listed(names: Sequence[str]) -> str:
    shown = _UNPRINTABLE.sub("\ufffd", ", ".join(names[:_SHOWN]))
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown
