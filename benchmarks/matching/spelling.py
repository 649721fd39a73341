"""Which names of a county are within one letter of a word: what tells a misspelling from another street."""

from collections import defaultdict
from collections.abc import Iterable, Iterator


class Spelling:
    """The names of the streets of a county; ``joined`` are those without spaces, with the names they come from."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = frozenset(names)
        self.joined: defaultdict[str, set[str]] = defaultdict(set)
        self._shorter: defaultdict[str, set[str]] = defaultdict(set)
        for name in self.names:
            self.joined[name.replace(" ", "")].add(name)
            for variant in _variants(name):
                self._shorter[variant].add(name)

    def near(self, name: str) -> set[str]:
        """The names that ``name`` differs from in at most one letter: added, left out, another, or two swapped."""
        candidates = {near for variant in _variants(name) for near in self._shorter.get(variant, ())}
        return {candidate for candidate in candidates if is_near(name, candidate)}


def is_near(one: str, other: str) -> bool:
    """Whether two names differ in at most one letter, or in two neighbours that are swapped."""
    if one == other:
        return True
    if abs(len(one) - len(other)) > 1:
        return False
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    if len(one) == len(other):
        swapped = one[start + 1 : start + 2] + one[start : start + 1] + one[start + 2 :]
        return one[start + 1 :] == other[start + 1 :] or swapped == other[start:]
    short, long = sorted((one, other), key=len)
    return short[start:] == long[start + 1 :]


def _variants(name: str) -> Iterator[str]:
    yield name
    for at in range(len(name)):
        yield name[:at] + name[at + 1 :]
