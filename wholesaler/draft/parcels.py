"""How a county writes its parcel numbers, told by the numbers: parts and widths, and each list's form by what it joins.

The order of the parts is never told from the digits, since numbers fit two orders; it is told by how many of a list's
numbers are on the roll in each, and left as a question where that decides nothing.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, product

from wholesaler.draft.layouts import layout_of
from wholesaler.draft.number_parts import Form, Numbers, can_join, put_together
from wholesaler.draft.views import LookUp, Roll, other_views
from wholesaler.draft.ways import (
    MOST_WAYS,
    Way,
    Written,
    bare_way,
    by_signature,
    by_width,
    longer_ways,
    other_ways,
    plain_ways,
    shorter_ways,
)
from wholesaler.draft.whole_numbers import ENOUGH, JOINED, LOOKED_UP, spread, typical, whole_numbers
from wholesaler.markets.parcel import ParcelReader, UnusableParcel

__all__ = ["ENOUGH", "JOINED", "LEAD", "LOOKED_UP", "Form", "LookUp", "Numbers", "draft_numbers"]

#: numbers that are looked up at first, to see which forms are worth more, and how many forms those may be
_AT_FIRST, _WORTH = 16, 12
#: by how much more of a list's numbers must be on the roll than in any other form
LEAD = 0.2
#: forms that are offered where nothing decides
_OFFERED = 6
#: numbers of a list of which it is seen whether the file reads them
_READ_BACK = 600


@dataclass(frozen=True)
class _Score:
    """Which of so many numbers, by their places, a way can read, and which of those are on the roll then."""

    read: frozenset[int] = frozenset()
    there: frozenset[int] = frozenset()
    count: int = 1

    @property
    def rate(self) -> float:
        return len(self.there) / max(1, self.count)

    def rate_among(self, other: "_Score") -> float:
        """The rate of those that another way reads as well."""
        return len(self.there & other.read) / max(1, self.count)


_Ranked = list[tuple[Way, _Score]]


@dataclass
class _Found:
    """What is told of a list: its ways, or those that were tried, the likeliest first, with their join rates."""

    ways: tuple[Way, ...] = ()
    tried: _Ranked = field(default_factory=list)
    numbers: int = 0
    rate: float = 0.0

    @property
    def is_tie(self) -> bool:
        return not self.ways and bool(self.tried) and self.tried[0][1].rate >= JOINED


def draft_numbers(
    roll: tuple[str, Sequence[str]] | None,
    lists: Mapping[str, Sequence[str]],
    look_up: LookUp,
    *,
    is_whole: bool = False,
) -> Numbers:
    """The format of a county by the numbers of its roll (name and numbers) and of its lists, by their names.

    Without a roll, what the largest list writes is canonical, and nothing can be compared. ``is_whole``: the roll's
    numbers are all that it has.
    """
    name, numbers = roll or max(lists.items(), key=lambda one: len(one[1]))
    numbers = [number.upper() for number in numbers]
    others = {one: sorted({number.upper() for number in each}) for one, each in lists.items() if one != name}
    layout = layout_of(numbers) if roll is not None and others else None
    if layout is None or any(not slot.widths for slot in layout.slots):
        return whole_numbers(name, numbers, others, look_up, has_roll=roll is not None)
    view = Roll(layout, numbers, look_up, is_whole)
    view, found = _best_view(view, others)
    if all(_is_same(one, view, others[each]) for each, one in found.items()) and not (
        view.dropped or view.width or view.wider or layout.is_loose
    ):
        return whole_numbers(name, numbers, others, look_up, has_roll=True)
    made = _sound(name, view, found, others)
    if made is None:
        made = whole_numbers(name, numbers, others, look_up, has_roll=True)
        for one, each in found.items():
            if each.is_tie:
                made.lists[one].names = ()  # that it is on the roll as it is does not tell it from another order
    return made


def form_of(roll: Sequence[str], numbers: Sequence[str], look_up: LookUp, *, is_whole: bool) -> Form:
    """The form of a list's numbers, by themselves."""
    return draft_numbers(("roll", roll), {"roll": roll, "list": numbers}, look_up, is_whole=is_whole).lists["list"]


def _best_view(view: Roll, others: Mapping[str, Sequence[str]]) -> tuple[Roll, dict[str, _Found]]:
    """The roll's numbers in the way in which most lists are told: as they are, else with a little taken away."""
    best, found = view, _find_all(view, others)
    for other in other_views(view, others) if not all(one.ways or one.is_tie for one in found.values()) else ():
        again = _find_all(other, others)
        is_more = sum(bool(one.ways) for one in again.values()) > sum(bool(one.ways) for one in found.values())
        if is_more and all(again[name].ways or not one.ways for name, one in found.items()):
            best, found = other, again
    return best, found


def _find_all(view: Roll, others: Mapping[str, Sequence[str]]) -> dict[str, _Found]:
    """What is told of each list; what has no separators is tried again where others have them."""
    found = {name: _find(view, numbers, ()) for name, numbers in others.items()}
    cuts = {
        tuple(sorted({edge for run in way.runs for edge in run})): None for one in found.values() for way in one.ways
    }
    if cuts:
        for name, one in found.items():
            if not one.ways and not one.is_tie:
                found[name] = _find(view, others[name], tuple(cuts))
    return found


def _find(view: Roll, numbers: Sequence[str], cuts: Sequence[tuple[int, ...]]) -> _Found:
    """The way of a list: that in which most of its numbers, and far more than in any other, are on the roll."""
    chosen = spread(numbers, LOOKED_UP)
    written = by_signature(chosen)
    bare = bare_way(view.layout)
    first = [*plain_ways(view.layout, written[0], cuts), bare] if written else [bare]
    tried = _rated(view, first, chosen)
    found = _decided(tried, chosen)
    for further in (other_ways, shorter_ways, longer_ways):
        if found.ways or found.is_tie or not written:
            break
        more = _rated(view, list(further(view.layout, written[0], view.endings)), chosen)
        found = _decided(_ranked([*more, *tried]), chosen)
    unread = [number for number in numbers if not any(way.read(number) for way in found.ways)]
    if len(unread) < ENOUGH:
        return found
    if any(way.is_bare for way in found.ways):
        # separators that stand anywhere are ignored, unless each way of writing is told by itself and more are read
        several = _several(view, replace(found, ways=(), rate=0.0), numbers, numbers, cuts)
        return several if several.ways and several.rate > found.rate else found
    return _several(view, found, numbers, unread, cuts)


def _several(
    view: Roll, found: _Found, numbers: Sequence[str], unread: Sequence[str], cuts: Sequence[tuple[int, ...]]
) -> _Found:
    """The ways of a list that writes its numbers in several, each told by its own numbers; else what was found.

    No way reads what another one does as another number.
    """
    ways = list(found.ways)
    groups: list[tuple[Sequence[str], list[Way]]] = []
    for one in (each for written in by_signature(unread) for each in by_width(written)):
        if len(one.numbers) >= ENOUGH:
            written = Written(spread(one.numbers, LOOKED_UP), one.signs)
            width = 0 if one.signs else len(one.numbers[0])
            able = [*plain_ways(view.layout, written, cuts), *shorter_ways(view.layout, written, view.endings)]
            groups.append((written.numbers, [replace(way, width=width) for way in able][:MOST_WAYS]))
    # all that is looked up at first is asked for at once
    first = {way.read(number) for chosen, able in groups for number in spread(chosen, _AT_FIRST) for way in able}
    view.has(first - {""})
    for chosen, able in groups:
        own = _decided(_rated(view, able, chosen), chosen)
        if own.is_tie and not found.ways:
            return found
        for way in own.ways:
            widths = sorted({len(number) for number in chosen if way.read(number)})
            # one that reads what another way does, and as another number, is that of numbers of its own widths
            for able_way in (way, *(replace(way, width=width) for width in widths)):
                if way not in ways and not any(_differ(able_way, other, numbers) for other in ways):
                    ways.append(able_way)
    chosen = spread(numbers, LOOKED_UP)
    texts = [{way.read(number) for way in ways} - {""} for number in chosen]
    there = view.has({text for several in texts for text in several})
    rate = sum(bool(several & there) for several in texts) / len(chosen)
    if rate < JOINED or len(ways) == len(found.ways):
        return found
    return _Found(tuple(dict.fromkeys(ways)), found.tried, found.numbers, rate)


def _differ(one: Way, other: Way, numbers: Sequence[str]) -> bool:
    """Whether two ways read a number as two."""
    return any((text := one.read(number)) and (rival := other.read(number)) and text != rival for number in numbers)


def _rated(view: Roll, ways: Sequence[Way], numbers: Sequence[str]) -> _Ranked:
    """The ways with what they read, the highest join rate first; at first by a few numbers."""
    several = list(dict.fromkeys(ways))
    several = several[:MOST_WAYS]
    scores = _scores(view, several, spread(numbers, _AT_FIRST))
    worth = [way for way, score in _ranked(list(scores.items())) if score.there][:_WORTH]
    exact = _scores(view, worth, numbers)
    return _ranked([(way, exact.get(way, _Score())) for way in several])


def _ranked(scores: _Ranked) -> _Ranked:
    return sorted(scores, key=lambda one: -one[1].rate)


def _scores(view: Roll, ways: Sequence[Way], numbers: Sequence[str]) -> dict[Way, _Score]:
    written = {way: [way.read(number) for number in numbers] for way in ways}
    there = view.has({text for texts in written.values() for text in texts if text})
    return {
        way: _Score(
            frozenset(place for place, text in enumerate(texts) if text),
            frozenset(place for place, text in enumerate(texts) if text in there),
            len(numbers),
        )
        for way, texts in written.items()
    }


def _decided(ranked: _Ranked, numbers: Sequence[str]) -> _Found:
    """The one way that joins, if it does so far better than any other joins the same numbers."""
    found = _Found((), ranked, len(numbers), ranked[0][1].rate if ranked else 0.0)
    exact = [one for one in ranked if not one[0].is_bare]
    bare = next((score for way, score in ranked if way.is_bare), _Score())
    # what leaves separators out reads what the roll's own order does, and more that is written carelessly
    pool = ranked if not exact or bare.rate - exact[0][1].rate >= LEAD else exact
    if not pool or len(numbers) < ENOUGH or pool[0][1].rate < JOINED:
        return found
    best, score = pool[0]
    rivals = [other.rate_among(score) for way, other in pool[1:] if not way.is_bare]
    if best.order:
        rivals.append(bare.rate_among(score))
    if rivals and round(score.rate - max(rivals), 9) < LEAD:
        return found
    return _Found((best,), ranked, len(numbers), score.rate)


def _is_same(found: _Found, view: Roll, numbers: Sequence[str]) -> bool:
    """Whether a list writes numbers as the roll does."""
    if len(found.ways) != 1 or found.ways[0].order or found.ways[0].is_bare or found.ways[0].dropped:
        return False
    way = found.ways[0]
    whole = (0, *view.layout.bounds, len(view.layout.slots))
    return way.runs == tuple(pairwise(whole)) and not way.after and not way.lost(numbers) and way.before == (
        view.layout.before[0], *(view.layout.before[place] for place in view.layout.bounds)
    )  # fmt: skip


def _sound(name: str, view: Roll, found: Mapping[str, _Found], others: Mapping[str, Sequence[str]]) -> Numbers | None:
    """The format with as many lists told as can be said side by side; ``None`` where not even the roll can."""
    told = {one: each.ways for one, each in found.items() if each.ways}
    offers = {one: _offered(each, others[one]) for one, each in found.items() if not each.ways}
    # of what a file cannot say the offers go first, and then the list that joins least
    order = sorted(told, key=lambda one: found[one].rate)
    for left_out in range(len(order) + 1):
        kept = {one: told[one] for one in told if one not in order[:left_out]}
        left = {one: offers.get(one, ()) for one in found if one not in kept}
        for offering in (left, {one: ways[:1] for one, ways in left.items()}, dict.fromkeys(left, ())):
            best = max(_sayings(name, view, found, others, kept, offering), key=lambda each: each[0], default=None)
            if best is not None and best[0] > 0:
                return best[1]
    return None


def _sayings(
    name: str, view: Roll, found: Mapping[str, _Found], others: Mapping[str, Sequence[str]],
    kept: Mapping[str, tuple[Way, ...]], offering: Mapping[str, tuple[tuple[Way, float], ...]],
) -> Iterator[tuple[float, Numbers]]:  # fmt: skip
    """What a file may say of the ways, with the share of the numbers that it reads then; until all of them are."""
    lossy = frozenset(one for one, ways in kept.items() if any(map(can_join, ways)))
    for is_tight, joins in product((False, True), dict.fromkeys((frozenset[str](), lossy))):
        short = view.wider.short if view.wider is not None else {}
        made = put_together(view.layout, kept, offering, others, joins=joins, short=short, is_tight=is_tight)
        _finish(made, name, view, found, others)
        if made.example and made.is_sound():
            rate = _reads(made, name, view, kept, others)
            yield rate, made
            if rate == 1:
                return


def _offered(found: _Found, numbers: Sequence[str]) -> tuple[tuple[Way, float], ...]:
    """Ways that a list's numbers may be of, with their join rates, of which somebody is asked."""
    some = spread(numbers, _AT_FIRST)
    able = [
        (way, score.rate)
        for way, score in found.tried
        if not way.is_bare and not way.dropped and sum(bool(way.read(number)) for number in some) >= len(some) / 2
    ]
    return tuple(able[:_OFFERED])


def _finish(
    made: Numbers, name: str, view: Roll, found: Mapping[str, _Found], others: Mapping[str, Sequence[str]]
) -> None:
    """The roll's own form, an example, and the rates."""
    first = next(iter(made.forms))
    roll = Form((first,), " .-/_," if view.layout.is_loose else "", numbers=len(view.numbers))
    if view.dropped:
        roll.pieces = ((f"^(.*?)[^0-9A-Za-z]*[0-9A-Za-z]{{{view.dropped}}}$", None),)
    if view.width:
        roll.pieces = ((None, view.width),)
    made.lists[name] = roll
    for one, each in found.items():
        form = made.lists[one]
        form.numbers = each.numbers
        if form.is_told:
            form.rates = {form.names[0]: each.rate}
        else:
            form.offered, form.tried = form.offered or (first,), sum(not way.is_bare for way, _ in each.tried)
            form.unsaid = each.rate if each.ways else 0.0
            asked = [way.read(number) for number in typical(others[one]) for way, _ in each.tried]
            form.asked = tuple(dict.fromkeys(filter(None, asked)))
    common = Counter(len(number) for number in view.numbers).most_common(1)[0][0]
    examples = [number for number in view.numbers if len(number) == common]
    for number in examples[:20]:
        if texts := view.layout.read(view.as_compared(number)):
            made.example = _canonical(made, view, texts)
            return


def _canonical(made: Numbers, view: Roll, texts: Sequence[str]) -> str:
    """A number in the roll's slots as it is stored."""
    loose = view.layout.is_loose
    return "".join(
        ("" if loose and slot.widths[0] == 0 else before) + text
        for text, slot, before in zip(texts, view.layout.slots, view.layout.before, strict=True)
    )


def _reads(
    made: Numbers, name: str, view: Roll, ways: Mapping[str, tuple[Way, ...]], others: Mapping[str, Sequence[str]]
) -> float:
    """The share of the lists' numbers that the file reads as they were compared; 0 where it is too few, or where not
    every number of the roll is another one.
    """
    roll = spread(sorted(set(view.numbers)), 5000)
    reader = made.reader(made.lists[name])
    stored = [_stored(reader, made.lists[name], number) for number in roll]
    told = [one for one in stored if one]
    if len(told) < 0.98 * len(roll) or len(set(told)) < len(told):
        return 0.0
    rates = [1.0]
    for one, several in ways.items():
        numbers = spread(others[one], _READ_BACK)
        reader = made.reader(made.lists[one])
        expected = {number: {way.slots(number) for way in several} - {None} for number in numbers}
        right = sum(
            _stored(reader, made.lists[one], number) in {_canonical(made, view, texts) for texts in each if texts}
            for number, each in expected.items()
        )
        readable = sum(bool(each) for each in expected.values())
        if right < 0.9 * readable:
            return 0.0
        rates.append(right / max(1, readable))
    return sum(rates) / len(rates)


def _stored(reader: ParcelReader, form: Form, number: str) -> str:
    """A publisher's number as a run would store it; an empty text where it would be refused."""
    try:
        return reader.canonicalise(form.taken(number))
    except UnusableParcel:
        return ""
