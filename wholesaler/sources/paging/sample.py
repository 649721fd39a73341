"""A sample of a paged service: its first records and its last, which are its oldest and its newest by their row ids."""

from collections.abc import Iterator
from typing import Any

from wholesaler.sources.http.endpoint import RequestFailed
from wholesaler.sources.interface import Fetch, Outcome, Page
from wholesaler.sources.paging.identities import Identities
from wholesaler.sources.paging.scan import Batch, Service, without_repeats


class SampleFetch(Fetch):
    """At most ``size`` of the first records that fit ``where``, asked for at once, and at most as many of the last.

    The outcome is complete where these are all; it expects as many as the publisher counts.
    """

    def __init__(self, service: Service, where: str, size: int) -> None:
        self._service = service
        self._where = where
        self._size = min(size, service.page_size)
        self._count = service.count(where)
        self._first = service.page(where, self._size, 0 if service.offsets else None)
        self.names = service.names
        self.types = service.types
        self._outcome: Outcome | None = None

    def pages(self) -> Iterator[Page]:
        seen = Identities()
        first = without_repeats(self._first, self._service.types.object_id, seen)
        received = len(first.records)
        if first.records:
            yield Page(first.records, first.points)
        came = len(self._first.records)
        if self._count is not None and came < self._count and came and self._service.offsets:
            # without a row id the order is the server's own, and what comes twice is no other record
            last = without_repeats(self._last(max(came, self._count - self._size)), self._service.types.object_id, seen)
            received += len(last.records)
            if last.records:
                yield Page(last.records, last.points)
        complete = received == self._count or (self._count is None and came < self._size and not self._first.more)
        self._outcome = Outcome(complete, received, self._count, tuple(dict.fromkeys(self._service.warnings)))

    @property
    def outcome(self) -> Outcome:
        if self._outcome is None:
            raise RuntimeError("the pages were not read to their end")
        return self._outcome

    def words(self, field_name: str) -> dict[Any, int] | None:
        return self._service.words(self._where, self.names.get(field_name, field_name))

    def _last(self, offset: int) -> Batch:
        """The last page; nothing where the service has none so deep, as some have not."""
        try:
            return self._service.page(self._where, self._size, offset)
        except RequestFailed:
            return Batch([], [])
