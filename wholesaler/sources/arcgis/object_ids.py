"""The ways to page an ArcGIS layer by object id, for layers whose offsets do not work or whose rows have moved.

In this order: resume behind the highest id seen; ranges of the sorted list of all ids; ranges between the lowest and
the highest id, from statistics.
"""

from array import array
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from wholesaler.sources.http.endpoint import RequestFailed
from wholesaler.sources.paging.scan import SMALLEST_PAGE, Batch, Scan, smaller_page
from wholesaler.sources.paging.where import conjunction

#: pages without a new record after which a server that says it has more is not believed
_IDLE_PAGES = 3
#: a range of ids whose answer lacks more than this share of them was cut off, not thinned by deletions
_LACKING = 0.1


class ObjectIdLayer(Protocol):
    """What paging by object id needs of a layer."""

    source: str
    page_size: int

    def page(self, where: str, size: int, offset: int | None) -> Batch:
        """The first records that fit, by object id."""

    def identifiers(self, where: str) -> list[int] | None:
        """All object ids that fit, sorted; ``None`` when the layer does not list them."""

    def extent(self, where: str) -> tuple[int, int] | None:
        """The lowest and the highest object id that fit; ``None`` when there is none. Raises ``SourceError``."""


@dataclass(frozen=True)
class Span:
    """Object ids from ``low`` to ``high``; ``ids`` are those that exist, when they are known."""

    low: int
    high: int
    ids: "array[int] | None" = None

    def halves(self) -> "tuple[Span, ...]":
        """Two spans of half the size; none when this one is a single id."""
        if self.low == self.high:
            return ()
        if self.ids is not None:
            middle = len(self.ids) // 2
            return tuple(Span(part[0], part[-1], part) for part in (self.ids[:middle], self.ids[middle:]) if part)
        centre = (self.low + self.high) // 2
        return Span(self.low, centre), Span(centre + 1, self.high)

    def is_truncated(self, batch: Batch) -> bool:
        """Whether the answer is only a part of this span."""
        return batch.more or (self.ids is not None and len(batch.records) < len(self.ids) * (1 - _LACKING))


def resume(layer: ObjectIdLayer, object_id: str, scan: Scan) -> Iterator[Batch]:
    """Pages of ids above the highest one seen, one after the other."""
    size, idle = layer.page_size, 0
    while idle < _IDLE_PAGES:
        count_before, highest = scan.identities.count, scan.identities.highest
        # the page may have ended among rows that share the highest id
        above = ">=" if scan.identities.has_shared_ids else ">"
        where = scan.where if highest is None else conjunction(scan.where, f"{object_id} {above} {highest}")
        try:
            batch = layer.page(where, size, None)
        except RequestFailed as failure:
            if not failure.too_much or size <= SMALLEST_PAGE:
                raise
            size = smaller_page(layer.source, size)
            continue
        yield batch
        progress = scan.identities.count > count_before
        idle = 0 if progress else idle + 1
        if batch.more:
            continue
        if not progress or (scan.expected is None and len(batch.records) < size):
            return
        if scan.expected is not None and scan.received_count >= scan.expected:
            return


def ranges(layer: ObjectIdLayer, object_id: str, scan: Scan) -> Iterator[Batch]:
    """Pages of ``id >= a AND id <= b``: much faster on the server than lists of ids.

    Ranges whose listed ids were all delivered before are not asked again.
    """
    spans_of_ids = _spans_of_ids(layer, scan)
    spans = _spans_of_extent(layer, scan) if spans_of_ids is None else iter(spans_of_ids)
    ask = partial(_ask, layer, object_id, scan.where)
    with closing(scan.prefetch.run(spans, ask)) as answers:
        for span, answer in answers:
            yield from _complete_span(span, answer, ask)


def _spans_of_ids(layer: ObjectIdLayer, scan: Scan) -> list[Span] | None:
    ids = layer.identifiers(scan.where)
    if ids is None:
        return None
    if scan.expected is None:
        scan.expected = len(ids)
    spans = []
    for start in range(0, len(ids), layer.page_size):
        part = array("q", ids[start : start + layer.page_size])
        if scan.identities.holds(part):
            # They are there, since they are listed.
            scan.current.add(part)
        else:
            spans.append(Span(part[0], part[-1], part))
    return spans


def _spans_of_extent(layer: ObjectIdLayer, scan: Scan) -> Iterator[Span]:
    """Spans as wide as the ids are sparse, so that each holds about half a page."""
    extent = layer.extent(scan.where)
    if extent is None:
        return
    low, high = extent
    count = max(1, scan.expected or high - low + 1)
    width = max(layer.page_size, layer.page_size * (high - low + 1) // (2 * count))
    for start in range(low, high + 1, width):
        yield Span(start, min(high, start + width - 1))


def _ask(layer: ObjectIdLayer, object_id: str, where: str, span: Span) -> Batch | RequestFailed:
    clause = f"{object_id} >= {span.low} AND {object_id} <= {span.high}"
    try:
        return layer.page(conjunction(where, clause), layer.page_size, None)
    except RequestFailed as failure:
        if failure.too_much:
            return failure
        raise


def _complete_span(span: Span, answer: Batch | RequestFailed, ask: "partial[Batch | RequestFailed]") -> Iterator[Batch]:
    """All of a span, in halves of halves while it is too much for one answer.

    An answer that was cut off is dropped: its records come again with the halves, and may be edited by then.
    """
    halves = span.halves()
    if isinstance(answer, RequestFailed):
        if not halves:
            raise answer
    elif not halves or not span.is_truncated(answer):
        yield answer
        return
    for half in halves:
        yield from _complete_span(half, ask(half), ask)
