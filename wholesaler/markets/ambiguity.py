"""Whether a text that is put together from parts can be taken apart in one way only.

A template such as ``{block}{lot}`` makes one text of two numbers when blocks and lots are of varying length: 1 and 23,
12 and 3. Whether that can be is decided for all texts at once: two automata read the same text, each free to end its
parts where it likes, and are looked for in all pairs of places that they can come to.
"""

import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

#: what can stand in a written number, which is read in capitals; the last stands for all that is not ASCII
_ALPHABET = frozenset(map(chr, range(0x20, 0x7F))) - frozenset("abcdefghijklmnopqrstuvwxyz") | {"\u00bf"}
_DIGITS = frozenset("0123456789")
_CATEGORIES = {
    "CATEGORY_DIGIT": _DIGITS,
    "CATEGORY_NOT_DIGIT": _ALPHABET - _DIGITS,
    "CATEGORY_SPACE": frozenset(" "),
    "CATEGORY_NOT_SPACE": _ALPHABET - {" "},
    "CATEGORY_WORD": frozenset(c for c in _ALPHABET if c.isascii() and (c.isalnum() or c == "_")),
}
_CATEGORIES["CATEGORY_NOT_WORD"] = _ALPHABET - _CATEGORIES["CATEGORY_WORD"]
#: more repetitions than this are taken for any number of them: that proves less, and nothing that is not so
_MOST_COPIES = 64


class Unprovable(Exception):
    """A pattern is written with what is not understood here."""


@dataclass(frozen=True)
class Element:
    """A piece of a template: the part ``name``, or fixed characters.

    ``pattern`` is what it matches. With ``width`` it is padded to that many characters.
    """

    name: str | None
    pattern: str
    width: int | None = None


#: a text's parts in the order of the template
Reading = tuple[tuple[str, str], ...]


@dataclass
class _Fragment:
    """Part of an automaton: whether it takes the empty text, and the places where a text can begin and end."""

    empty: bool = True
    first: frozenset[int] = frozenset()
    last: frozenset[int] = frozenset()


@dataclass
class _Automaton:
    """Each place takes one character of ``taken`` for the element ``owners``; ``following`` are the places after it."""

    taken: list[frozenset[str]] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)
    following: list[set[int]] = field(default_factory=list)

    def place(self, characters: Iterable[str], owner: int) -> _Fragment:
        number = len(self.taken)
        self.taken.append(frozenset(characters))
        self.owners.append(owner)
        self.following.append(set())
        return _Fragment(False, frozenset({number}), frozenset({number}))

    def chain(self, before: _Fragment, after: _Fragment) -> _Fragment:
        for place in before.last:
            self.following[place] |= after.first
        return _Fragment(
            before.empty and after.empty,
            before.first | after.first if before.empty else before.first,
            before.last | after.last if after.empty else after.last,
        )

    def pattern(self, nodes: Iterable[tuple[Any, Any]], owner: int) -> _Fragment:
        """The nodes of a regular expression as Python's own parser gives them."""
        whole = _Fragment()
        for operator, argument in nodes:
            whole = self.chain(whole, self._node(str(operator), argument, owner))
        return whole

    def _node(self, operator: str, argument: Any, owner: int) -> _Fragment:
        match operator:
            case "LITERAL" | "NOT_LITERAL" | "ANY" | "IN":
                return self.place(_characters(operator, argument), owner)
            case "BRANCH":
                return _either([self.pattern(branch, owner) for branch in argument[1]])
            case "SUBPATTERN":
                return self.pattern(argument[3], owner)
            case "ATOMIC_GROUP":
                return self.pattern(argument, owner)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                least, most, nodes = argument
                return self._repeated(least, most, nodes, owner)
            case "AT" | "ASSERT" | "ASSERT_NOT":
                return _Fragment()  # a condition leaves texts out, which can only make readings fewer
        raise Unprovable(operator.lower())

    def _repeated(self, least: int, most: int, nodes: Any, owner: int) -> _Fragment:
        whole = _Fragment()
        for _ in range(min(least, _MOST_COPIES)):
            whole = self.chain(whole, self.pattern(nodes, owner))
        if most > _MOST_COPIES:
            again = self.pattern(nodes, owner)
            for place in again.last:
                self.following[place] |= again.first
            return self.chain(whole, _Fragment(True, again.first, again.last))
        optional = _Fragment()
        for _ in range(most - least):
            copy = self.chain(self.pattern(nodes, owner), optional)
            optional = _Fragment(True, copy.first, copy.last)
        return self.chain(whole, optional)


def two_readings(elements: Sequence[Element]) -> tuple[str, Reading, Reading] | None:
    """A text that can be taken apart in two ways, with both; ``None`` where there is provably none.

    Raises :class:`Unprovable`, naming what the patterns use, where that cannot be decided.
    """
    automaton = _Automaton()
    whole = _Fragment()
    for owner, element in enumerate(elements):
        whole = automaton.chain(whole, _of_element(automaton, element, owner))
    # a pair of places, and whether their texts so far were taken apart differently → the step that led to it
    steps: dict[tuple[int, int, bool], tuple[tuple[int, int, bool] | None, str]] = {}
    waiting: deque[tuple[int, int, bool]] = deque()

    def go(before: tuple[int, int, bool] | None, lefts: Iterable[int], rights: Iterable[int]) -> None:
        for left in lefts:
            for right in rights:
                differs = automaton.owners[left] != automaton.owners[right] or (before is not None and before[2])
                pair = (left, right, differs)
                common = automaton.taken[left] & automaton.taken[right]
                if common and pair not in steps:
                    steps[pair] = (before, min(common))
                    waiting.append(pair)

    go(None, whole.first, whole.first)
    while waiting:
        pair = waiting.popleft()
        if pair[2] and pair[0] in whole.last and pair[1] in whole.last:
            return _readings(pair, steps, automaton.owners, elements)
        go(pair, automaton.following[pair[0]], automaton.following[pair[1]])
    return None


def touching(pieces: Iterable[tuple[str, str | None]], patterns: Mapping[str, str]) -> list[list[Element]]:
    """The parts of a template, each with those that it touches: nothing stands between them that neither can hold.

    ``pieces`` are parts, each with the characters in front of it. None are told where that cannot be decided.
    """
    groups: list[list[Element]] = []
    held: frozenset[str] = frozenset()
    for literal, name in pieces:
        if name is None:
            continue
        try:
            own = characters_of(patterns[name])
        except Unprovable:
            return []
        if not groups or not held.union(own).issuperset(literal.upper()):
            groups.append([])
        elif literal:
            groups[-1].append(Element(None, re.escape(literal.upper())))
        groups[-1].append(Element(name, patterns[name]))
        held = own
    return [group for group in groups if len(group) > 1]


def characters_of(pattern: str) -> frozenset[str]:
    """The characters that can stand in what a pattern matches; raises :class:`Unprovable` where nobody can tell."""
    own = _Automaton()
    own.pattern(_parsed(pattern), 0)
    return frozenset().union(*own.taken)


def _parsed(pattern: str) -> Any:
    # Python's parser has no public name; what is taken from it is the same in all versions that there are
    return import_module("re._parser").parse(pattern)


def _of_element(automaton: _Automaton, element: Element, owner: int) -> _Fragment:
    if element.width is None:
        return automaton.pattern(_parsed(element.pattern), owner)
    characters = characters_of(element.pattern) | {"0"}
    whole = _Fragment()
    for _ in range(element.width):
        whole = automaton.chain(whole, automaton.place(characters, owner))
    return whole


def _either(fragments: Sequence[_Fragment]) -> _Fragment:
    return _Fragment(
        any(one.empty for one in fragments),
        frozenset().union(*(one.first for one in fragments)),
        frozenset().union(*(one.last for one in fragments)),
    )


def _characters(operator: str, argument: Any) -> frozenset[str]:
    match operator:
        case "LITERAL":
            return frozenset({chr(argument)})
        case "NOT_LITERAL":
            return _ALPHABET - {chr(argument)}
        case "ANY":
            return _ALPHABET
    members: set[str] = set()
    negated = False
    for kind, value in argument:
        match str(kind):
            case "NEGATE":
                negated = True
            case "LITERAL":
                members.add(chr(value))
            case "RANGE":
                members |= {character for character in _ALPHABET if value[0] <= ord(character) <= value[1]}
            case "CATEGORY":
                members |= _CATEGORIES[str(value)]
            case other:
                raise Unprovable(other.lower())
    return _ALPHABET - members if negated else frozenset(members)


def _readings(
    pair: tuple[int, int, bool],
    steps: dict[tuple[int, int, bool], tuple[tuple[int, int, bool] | None, str]],
    owners: Sequence[int],
    elements: Sequence[Element],
) -> tuple[str, Reading, Reading]:
    way: list[tuple[int, int, str]] = []
    at: tuple[int, int, bool] | None = pair
    while at is not None:
        before, character = steps[at]
        way.append((owners[at[0]], owners[at[1]], character))
        at = before
    way.reverse()

    def reading(side: int) -> Reading:
        return tuple(
            (element.name, "".join(step[2] for step in way if step[side] == owner))
            for owner, element in enumerate(elements)
            if element.name is not None
        )

    return "".join(step[2] for step in way), reading(0), reading(1)
