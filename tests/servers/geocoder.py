"""A batch geocoder like that of the Census: a multipart form in, a headerless CSV in no certain order out.

``with GeocoderServer() as geocoder: geocoder.places["100 N MAIN ST"] = (-81.379, 28.538)``; what is not in ``places``
is no match, what is in ``ties`` is a tie. ``matched`` is what the answer says was found, where that is something else
than what was asked for. Streets in ``unanswered`` have no row in an answer, one in ``fatal`` makes an error of all of
it. ``geocoder.batches`` are the rows of each request that was answered.
"""

import csv
import io
import random
from email import message_from_bytes
from email.message import Message
from typing import Any
from urllib.parse import urlencode

from tests.servers import FakeServer, Fault, Reply, Request

#: the service's own limit for one file
_MOST_ROWS = 10_000


class GeocoderServer(FakeServer):
    """Answers at ``<url>/geocoder/locations/addressbatch``; the one request kind is batch."""

    def __init__(self) -> None:
        super().__init__()
        self.places: dict[str, tuple[float, float]] = {}
        self.matched: dict[str, str] = {}
        self.ties: set[str] = set()
        self.unanswered: set[str] = set()
        self.fatal: set[str] = set()
        self.faults: list[Fault] = []
        self.batches: list[list[list[str]]] = []

    @property
    def address(self) -> str:
        """What to set as the geocoder's URL."""
        return f"{self.url}/geocoder/locations/addressbatch"

    @property
    def asked_for(self) -> list[str]:
        """The streets asked for, over all answered requests, sorted."""
        return sorted(row[1] for batch in self.batches for row in batch)

    def kind(self, request: Request) -> str:
        return "batch" if request.path.endswith("/addressbatch") else "other"

    def answer(self, request: Request) -> Reply:
        for fault in self.faults:
            reply = fault(request)
            if reply is not None:
                return reply
        if request.kind != "batch" or request.method != "POST":
            return Reply(b"<html>Not Found</html>", 404)
        if request.params.get("benchmark") != "Public_AR_Current":
            return Reply(b"Benchmark is required", 400)
        rows = list(csv.reader(io.StringIO(request.params.get("addressFile", ""))))
        if not rows or len(rows) > _MOST_ROWS or any(len(row) != 5 for row in rows):
            return Reply(b"<html>400 Bad Request</html>", 400)
        if any(row[1] in self.fatal for row in rows):
            return Reply(b"<html>500 Internal Server Error</html>", 500)
        self.batches.append(rows)
        answers = [self._answered(row) for row in rows if row[1] not in self.unanswered]
        random.Random(len(rows)).shuffle(answers)
        text = io.StringIO()
        csv.writer(text, quoting=csv.QUOTE_ALL).writerows(answers)
        return Reply(text.getvalue().encode())

    def _answered(self, row: list[str]) -> list[str]:
        number, street, city, state, zip_code = row
        given = f"{street}, {city}, {state}, {zip_code}"
        if street in self.ties:
            return [number, given, "Tie"]
        if street not in self.places:
            return [number, given, "No_Match"]
        longitude, latitude = self.places[street]
        matched = f"{street.upper()}, {city.upper()}, {state}, {zip_code}"
        if street in self.matched:
            return [
                number,
                given,
                "Match",
                "Non_Exact",
                self.matched[street],
                f"{longitude},{latitude}",
                "94416514",
                "L",
            ]
        return [number, given, "Match", "Exact", matched, f"{longitude},{latitude}", "94416514", "L"]

    def _receive(self, method: str, target: str, form: bytes, headers: Any) -> Reply:
        """The parts of a multipart form become parameters, as those of an ordinary form are."""
        return super()._receive(
            method, target, urlencode(_parts(headers.get("content-type", ""), form)).encode(), headers
        )


def _parts(content_type: str, body: bytes) -> dict[str, str]:
    message = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    parts = message.get_payload() if message.is_multipart() else []
    return {
        str(part.get_param("name", header="content-disposition")): _text(part)
        for part in parts
        if isinstance(part, Message)
    }


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode() if isinstance(payload, bytes) else ""
