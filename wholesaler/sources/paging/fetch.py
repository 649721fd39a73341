"""The fetch of a paged service: one scan of everything, or a short query for each part of a long selection.

A part is proven by one record for each value asked for, or else by the publisher's count: servers with a lower limit
than they claim, or with a bad day, send less than there is without a word.
"""

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass

from wholesaler.prefetch import Prefetch
from wholesaler.sources.http.endpoint import PostRefused, RequestFailed
from wholesaler.sources.interface import Fetch, Outcome, Page
from wholesaler.sources.paging.identities import Identities
from wholesaler.sources.paging.scan import Batch, Scan, Service, marks, record_ids, without_repeats
from wholesaler.sources.paging.where import ClausePart, Disjunction, conjunction

#: values in one query, where its length is no matter
MOST_VALUES = 500
#: statuses with which front ends refuse an address line that is too long for them
_TOO_LONG = frozenset({403, 404, 413, 414})
_SMALLEST_SHARE = 1 / 16


@dataclass(frozen=True)
class _PartAnswer:
    """The answer to a part of a selection; ``whole``: nothing is missing, ``None`` where nothing tells."""

    batch: Batch
    whole: bool | None


class ServiceFetch(Fetch):
    """Asks for the first page at once, so that a query that does not work fails here and the names are the answer's."""

    def __init__(self, service: Service, where: str) -> None:
        self._service = service
        self._where = where
        self._identities = Identities()
        self._empty_records = 0
        self._outcome: Outcome | None = None
        self._batches = self._read()
        self._first = next(self._batches, None)
        self.names = service.names
        self.types = service.types

    def pages(self) -> Iterator[Page]:
        first, self._first = self._first, None
        with closing(self._batches):
            if first is not None:
                yield self._page(first)
                del first
            for batch in self._batches:
                yield self._page(batch)

    @property
    def outcome(self) -> Outcome:
        if self._outcome is None:
            raise RuntimeError("the pages were not read to their end")
        return self._outcome

    def _page(self, batch: Batch) -> Page:
        self._empty_records += sum(not record for record in batch.records)
        return Page(batch.records, batch.points)

    def _read(self) -> Generator[Batch, None, None]:
        prefetch = Prefetch(self._service.concurrency)
        try:
            selection = self._service.selection()
            if selection is None:
                scan = Scan(self._service, self._where, prefetch)
                yield from scan.batches()
                self._conclude(scan.verify(), scan.identities.count, scan.expected, explained=scan.is_endless)
            else:
                complete = True
                for disjunction in selection:
                    complete = (yield from self._select(disjunction, prefetch)) and complete
                self._conclude(complete, self._identities.count, None)
        finally:
            prefetch.close()

    def _select(self, disjunction: Disjunction, prefetch: Prefetch) -> Generator[Batch, None, bool]:
        """The records of a selection; returns whether every part was answered wholly."""
        service, position, share, complete = self._service, 0, 1.0, True
        while position < len(disjunction.items):
            room = int(service.room(self._where) * share)
            parts = disjunction.parts(position, max(1, int(MOST_VALUES * share)), room)
            try:
                with closing(prefetch.run(parts, self._ask)) as answers:
                    for part, answer in answers:
                        if answer.whole is False:
                            complete = (yield from self._scan(part, prefetch)) and complete
                        else:
                            yield from self._fresh(answer.batch)
                            complete = answer.whole is True and complete
                        position = part.end
            except PostRefused:
                continue
            except RequestFailed as failure:
                if not (failure.too_much or failure.status in _TOO_LONG) or share <= _SMALLEST_SHARE:
                    raise
                share /= 2
        return complete

    def _ask(self, part: ClausePart) -> _PartAnswer:
        """The first page of a part, and what proves it; in one go, so that the counting is done ahead, too."""
        service, where = self._service, conjunction(self._where, part.clause)
        batch = service.page(where, service.page_size, None)
        if batch.more or len(batch.records) >= service.page_size:
            return _PartAnswer(batch, whole=False)
        answer_ids = Identities()
        answer_ids.add(record_ids(batch, service.types.object_id), marks(batch, service.types.object_id))
        distinct = answer_ids.count
        if distinct == part.values:
            return _PartAnswer(batch, whole=True)
        count = service.count(where)
        return _PartAnswer(batch, None if count is None else count in {distinct, distinct + answer_ids.twins})

    def _scan(self, part: ClausePart, prefetch: Prefetch) -> Generator[Batch, None, bool]:
        """A part of a selection that is more than its first page; returns whether it was complete."""
        scan = Scan(self._service, conjunction(self._where, part.clause), prefetch)
        for batch in scan.batches():
            yield from self._fresh(batch)
        return scan.verify()

    def _fresh(self, batch: Batch) -> Iterator[Batch]:
        fresh = without_repeats(batch, self._service.types.object_id, self._identities)
        if fresh.records:
            yield fresh

    def _conclude(self, complete: bool, received: int, expected: int | None, *, explained: bool = False) -> None:
        warnings = list(dict.fromkeys(self._service.warnings))
        if self._empty_records:
            warnings.append(f"{self._empty_records:,} × record without content, rejected.")
        if complete or explained:
            pass
        elif expected is None:
            warnings.append("These may not be all: the publisher's own count is missing or differs.")
        elif received >= expected:
            warnings.append("Records changed while they were read: these may not be all.")
        else:
            warnings.append(f"{received} different records came, the publisher counts {expected}: these are not all.")
        self._outcome = Outcome(complete, received, expected, tuple(warnings))
