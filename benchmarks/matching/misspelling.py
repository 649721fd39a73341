"""How names are misspelt: glued, split, or with one letter wrong, and still no other street's of the county."""

from random import Random

from benchmarks.matching import words
from benchmarks.matching.dirt import Dirt
from benchmarks.matching.roll import County, Parcel
from benchmarks.matching.spelling import Spelling
from benchmarks.matching.writing import Draft


def glued(chance: Random, county: County, parcel: Parcel, draft: Draft, names: Spelling) -> bool:
    """All words of the name in one."""
    if draft.name.count(" ") < 1:
        return False
    return _space(draft, draft.name.replace(" ", ""), names)


def space(chance: Random, county: County, parcel: Parcel, draft: Draft, names: Spelling) -> bool:
    """LAKE VIEW for LAKEVIEW, and the other way."""
    parts = draft.name.split()
    if len(parts) > 1 and chance.random() < 0.5:
        place = chance.randrange(len(parts) - 1)
        return _space(draft, " ".join([*parts[:place], parts[place] + parts[place + 1], *parts[place + 2 :]]), names)
    for place, word in enumerate(parts):
        for end in words.ENDINGS:
            begin = word.removesuffix(end)
            if begin != word and len(begin) >= 3 and begin not in words.RESERVED:
                return _space(draft, " ".join([*parts[:place], begin, end, *parts[place + 1 :]]), names)
    return False


def _space(draft: Draft, name: str, names: Spelling) -> bool:
    draft.name, former = name, draft.name
    return name not in names.names and names.joined[name.replace(" ", "")] == {former}


def letter(operation: str) -> Dirt:
    """One letter of the name is added, left out, another, or in the place of its neighbour."""

    def dirt(chance: Random, county: County, parcel: Parcel, draft: Draft, names: Spelling) -> bool:
        name = draft.name
        if name != county.street(parcel).name or not name.replace(" ", "").isalpha() or len(name.replace(" ", "")) < 5:
            return False
        for _ in range(8):
            changed = _misspell(chance, name, operation)
            if changed is not None and _is_readable(changed, name) and names.near(changed) == {name}:
                draft.name = changed
                return True
        return False

    return dirt


def _misspell(chance: Random, name: str, operation: str) -> str | None:
    at = chance.randrange(len(name))
    if name[at] == " ":
        return None
    other = chance.choice("ABCDEFGHIJKLMNOPRSTUVWY")
    if operation == "insert":
        return name[:at] + other + name[at:]
    if operation == "delete":
        return name[:at] + name[at + 1 :]
    if operation == "substitute":
        return name[:at] + other + name[at + 1 :]
    if at + 1 == len(name) or name[at + 1] == " ":
        return None
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def _is_readable(changed: str, name: str) -> bool:
    """Whether the words are still no words of other meaning: a plural is another street's name, N no typing error."""
    before, after = name.split(), changed.split()
    different = [(a, b) for a, b in zip(before, after, strict=False) if a != b]
    return (
        changed != name
        and len(before) == len(after)
        and all(len(b) >= 3 and b not in words.RESERVED and a + "S" != b and b + "S" != a for a, b in different)
        and bool(different)
    )
