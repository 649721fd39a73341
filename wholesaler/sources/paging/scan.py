"""All records that fit one WHERE clause, page by page, and the proof that they are all.

Pages are asked by offset, a few ahead. The offset advances by the rows that came, since servers send fewer than asked.
Where offsets lead nowhere the service's other ways take over. A scan is complete when the distinct record ids are as
many as the publisher counts before or after it. A row that goes while the pages are read moves those behind it, one of
them out of the next page; so when the counts differ, the records are read once more and that reading is judged. Where
there is no record id, a record is known by its content.
"""

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from wholesaler.logs import log
from wholesaler.plural import counted
from wholesaler.prefetch import Prefetch
from wholesaler.sources.http.endpoint import RequestFailed
from wholesaler.sources.interface import FieldTypes, Place
from wholesaler.sources.paging.identities import Identities
from wholesaler.sources.paging.where import Disjunction

#: a page that is too much for the server is halved until it has this many records
SMALLEST_PAGE = 25
#: pages of a service that does not count its records, or beyond those it counts; more would take hours
MOST_PAGES = 20_000
#: how many answers without a new id, and rows that share one, may come beyond as many as were counted
_SLACK, _LEAST_SLACK = 0.1, 1000


@dataclass(frozen=True)
class Batch:
    """One answer: its records, their points, and whether the server says that it holds some back."""

    records: list[dict[str, Any]]
    points: list[Place]
    more: bool = False


@dataclass
class Service(ABC):
    """A paged service, asked for one request's fields."""

    source: str
    page_size: int
    concurrency: int
    names: dict[str, str]
    warnings: list[str] = field(default_factory=list)
    #: whether pages can be asked by offset
    offsets: bool = True

    @property
    @abstractmethod
    def types(self) -> FieldTypes:
        """The dates and the record id, by their names in the records."""

    @abstractmethod
    def count(self, where: str) -> int | None:
        """How many records fit; ``None`` when the service does not say."""

    @abstractmethod
    def page(self, where: str, size: int, offset: int | None) -> Batch:
        """At most ``size`` records that fit, ordered by id, from ``offset`` on (``None``: the first ones)."""

    @abstractmethod
    def without_offsets(self, scan: "Scan") -> Iterator[Batch]:
        """The records that ``scan`` has not seen yet, without offsets; some may be repeated.

        Raises ``scan.failure`` where there is no other way.
        """

    def words(self, where: str, name: str) -> dict[Any, int] | None:
        """The values of a field of the records that fit, each with its number; ``None`` where the service says none."""
        return None

    def reread(self, scan: "Scan") -> Iterator[Batch]:
        """All records once more, for a ``scan`` during which rows went or came."""
        return scan.by_offset()

    @abstractmethod
    def room(self, where: str) -> int:
        """How many percent-encoded characters a clause may have that is added to ``where``."""

    @abstractmethod
    def selection(self) -> list[Disjunction] | None:
        """What to select, as alternatives; ``None`` when everything is asked for."""


class Scan:
    """The records that fit ``where``. Iterate :meth:`batches` to the end, then :meth:`verify`."""

    def __init__(self, service: Service, where: str, prefetch: Prefetch) -> None:
        self.where = where
        self.prefetch = prefetch
        #: all that were delivered
        self.identities = Identities()
        #: those of the present reading, which is judged by them: what an earlier one saw may be gone
        self.current = self.identities
        #: those of a reading that may meet again what was delivered; ``None`` while there was only one
        self._reading: Identities | None = None
        self.expected: int | None = None
        #: why offsets lead nowhere, where the service said so
        self.failure: RequestFailed | None = None
        self._service = service
        self._pages = 0
        self._rows = 0
        self._answer_count = 0
        #: answers that came when there were more records than counts, and answers without a new id
        self._beyond = self._idle = 0
        #: whether the service went on without end
        self.is_endless = False

    @property
    def received_count(self) -> int:
        """How many of the publisher's records have come, at best."""
        return self._rows if self._service.types.object_id is None else self.current.count + self.current.nameless

    def batches(self) -> Iterator[Batch]:
        """Each record once; raises ``SourceError``."""
        before = self.expected = self._service.count(self.where)
        yield from self._deduplicate(self._answers())
        if self.verify() or self.is_endless:
            return
        self.expected = self._service.count(self.where)
        if before is None or self.expected is None or before == self.expected:
            return
        log.info("read_again", source=self._service.source, before=before, after=self.expected)
        self.current, self._pages, self._rows, self._answer_count = Identities(), 0, 0, 0
        self._reading, self._beyond, self._idle = self.current, 0, 0
        try:
            yield from self._deduplicate(self._service.reread(self))
        except RequestFailed as failure:
            if failure.hopeless:
                raise
            log.warning("reading_again_failed", source=self._service.source, reason=failure.message)
        if not self.verify():
            self.expected = self._service.count(self.where)

    def verify(self) -> bool:
        """Whether as many records came as the publisher counts.

        Without record ids the pages have no order: one may repeat rows of another in the place of rows that then never
        come. So only records of different content prove anything, and a layer of several pages that has equal rows
        stays in doubt; a single page repeats nothing, and there the number is enough.
        """
        if self.is_endless or self.identities.lost:
            return False
        if self._service.types.object_id is None and self._pages == 1:
            return self.expected == self._rows
        if self._service.types.object_id is not None and self.expected == self.current.count + self.current.twins:
            return True
        return self.expected == self.current.count

    def _deduplicate(self, answers: Iterator[Batch]) -> Iterator[Batch]:
        """What was not delivered yet."""
        for batch in answers:
            self._answer_count += 1
            self._pages += bool(batch.records)
            self._rows += len(batch.records)
            object_id = self._service.types.object_id
            known = self.current.different
            fresh = without_repeats(batch, object_id, self.identities, self._reading)
            if fresh.records:
                yield fresh
            self._idle += self.current.different == known
            self._beyond += self.expected is None or self.received_count > self.expected
            if self._exceeds_bounds():
                self.is_endless = True
                self._service.warnings.append(self._endless_warning())
                return

    def _exceeds_bounds(self) -> bool:
        """Counts are capped or old, so new ids are read up to the ceiling, whatever was counted."""
        if self._beyond >= MOST_PAGES:
            return True
        if self.expected is None:
            return False
        slack = max(_LEAST_SLACK, int(self.expected * _SLACK))
        sharing = self.current.count - self.current.different
        return self._idle > 2 * self.expected + slack or sharing > self.expected + slack

    def _endless_warning(self) -> str:
        counts = "does not count its records" if self.expected is None else f"counts {counted(self.expected, 'record')}"
        return (
            f"The publisher {counts} and goes on sending: "
            f"stopped after {self._rows:,} in {counted(self._answer_count, 'answer')}. These may not be all."
        )

    def _answers(self) -> Iterator[Batch]:
        if self._service.offsets:
            at_end = yield from self.by_offset()
            if at_end:
                return
            log.info("offsets_abandoned", source=self._service.source, received=self.identities.count)
        self.begin_anew()
        yield from self._service.without_offsets(self)

    def begin_anew(self) -> None:
        """From here on records may come that came before, in another way and perhaps edited since."""
        if self.current is self.identities:
            self._reading = Identities()

    def by_offset(self) -> Generator[Batch, None, bool]:
        """Pages by offset; returns whether the end was reached."""
        offset, size = 0, self._service.page_size
        while True:
            starts = range(offset, max(self.expected or 0, offset + 1), size)
            try:
                with closing(self.prefetch.run(starts, partial(self._service.page, self.where, size))) as answers:
                    for start, batch in answers:
                        progress = self._progress()
                        yield batch
                        offset = start + len(batch.records)
                        if len(batch.records) < size or self._progress() == progress:
                            # What was asked ahead began at the wrong offsets.
                            break
            except RequestFailed as failure:
                if failure.too_much and size > SMALLEST_PAGE:
                    size = smaller_page(self._service.source, size)
                    continue
                if failure.hopeless or (offset == 0 and self.expected is None):
                    raise
                self.failure = failure
                return False
            short = len(batch.records) < size
            if self._is_last(batch, short, has_new=self._progress() > progress):
                return True
            if self._progress() == progress:
                return False
            if short:
                size = max(len(batch.records), size // 2, 1)

    def _progress(self) -> int:
        """Grows with every record that is not known to be a repetition; without end only where ids prove it."""
        return self.current.count + min(self.current.nameless, self.expected or 0)

    def _is_last(self, batch: Batch, short: bool, has_new: bool) -> bool:
        """Whether ``batch`` is the last one by offset."""
        if self.expected is None:
            return short and not batch.more
        if self.received_count < self.expected:
            return False
        # A server that claims more than it counts is believed while ids show that it sends something new.
        return not batch.more or not has_new or self._service.types.object_id is None


def record_ids(batch: Batch, object_id: str | None) -> list[Any]:
    """What tells the records apart: their ids, or all they say where there is no such field; ``None`` for no content.

    Equal rows of a table without ids are taken for one.
    """
    if object_id is not None:
        ids = [record.get(object_id) for record in batch.records]
        return [one if one.__class__ is int or one is None else str(one) for one in ids]
    whole = zip(batch.records, batch.points, strict=True)
    return [str(one) if one[0] else None for one in whole]


def marks(batch: Batch, object_id: str | None) -> list[int] | None:
    """A number for what each record says, by which records that share an id differ."""
    if object_id is None:
        return None
    try:
        contents = [hash((*record.values(), point)) for record, point in zip(batch.records, batch.points, strict=True)]
    except TypeError:
        contents = [hash(str(one)) for one in zip(batch.records, batch.points, strict=True)]
    return [content or 1 for content in contents]


def without_repeats(batch: Batch, object_id: str | None, seen: Identities, reading: Identities | None = None) -> Batch:
    """``batch`` without the records that were seen already; marks the others, also in a ``reading`` that is not first.

    In a later reading a record that was edited since the first is the same record.
    """
    ids, contents = record_ids(batch, object_id), marks(batch, object_id)
    repeated = set(seen.add(ids, contents) if reading is None else seen.add_again(ids, contents, reading))
    if not repeated:
        return batch
    positions = [position for position in range(len(batch.records)) if position not in repeated]
    return Batch([batch.records[i] for i in positions], [batch.points[i] for i in positions], batch.more)


def smaller_page(source: str, size: int) -> int:
    """Half the page size, logged."""
    half = max(SMALLEST_PAGE, size // 2)
    log.info("page_halved", source=source, size=half)
    return half
