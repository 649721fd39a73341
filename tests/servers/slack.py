"""An incoming webhook on 127.0.0.1 that refuses what Slack refuses and keeps what it takes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from threading import Thread
from types import TracebackType
from typing import Any

from tests.servers import QuietServer

Payload = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """A scripted answer; without ``body`` Slack's ``ok`` or a made-up word."""

    status: int
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class SlackSink:
    """``with SlackSink() as sink: ...`` serves ``sink.url``; ``sink.payloads`` are the messages it took, in order.

    ``answers`` scripts the next answers, one a request: a status or an :class:`Answer`; a message answered so is not
    kept. ``refused`` maps a text to the answer that every message with it gets. Else it answers as Slack does: 200
    ``ok``, or 400 and a word for a message over the limits.
    """

    path = "/services/T0000TEST/B0000TEST/secrettoken"

    def __init__(self) -> None:
        self.payloads: list[Payload] = []
        self.answers: list[int | Answer] = []
        self.refused: dict[str, Answer] = {}
        self.requests = 0
        self._server = QuietServer(("127.0.0.1", 0), self._handler())
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{self.path}"

    @property
    def text(self) -> str:
        """Everything that people would read in the channel."""
        return "\n".join(map(text_of, self.payloads))

    def __enter__(self) -> "SlackSink":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, path: str, body: bytes) -> Answer:
        """Take one request and say what to answer."""
        self.requests += 1
        if self.answers:
            scripted = self.answers.pop(0)
            return Answer(scripted) if isinstance(scripted, int) else scripted
        if path != self.path:
            return Answer(404, "no_service")
        try:
            payload = json.loads(body)
        except ValueError:
            return Answer(400, "invalid_payload")
        for text, answer in self.refused.items():
            if text in json.dumps(payload):
                return answer
        refusal = _refusal(payload)
        if refusal:
            return Answer(400, refusal)
        self.payloads.append(payload)
        return Answer(200)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                answer = sink.answer(self.path, body)
                word = "ok" if answer.status == 200 else f"error_{answer.status}"
                content = (word if answer.body is None else answer.body).encode()
                self.send_response(answer.status)
                self.send_header("Content-Length", str(len(content)))
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing: the base class writes every request to stderr."""

        return Handler


def text_of(payload: Payload) -> str:
    """Everything that people read of one message."""
    return "\n".join(map(_texts, payload.get("blocks", [])))


def _texts(block: Payload) -> str:
    parts = [block["text"], *block.get("fields", [])] if "text" in block else block.get("elements", [])
    return "\n".join(part["text"] for part in parts)


def _refusal(payload: object) -> str | None:
    """Slack's word for what it would not take, by its limits: 50 blocks, 3,000 characters a section, some 13,200
    in all."""
    if not isinstance(payload, dict):
        return "invalid_payload"
    if not payload.get("text"):
        return "no_text"
    blocks = payload.get("blocks", [])
    if len(blocks) > 50 or any(len(_texts(block)) > 3_000 or not _texts(block) for block in blocks):
        return "invalid_blocks"
    if len(json.dumps(payload, ensure_ascii=False)) > 13_000:
        return "msg_blocks_too_long"
    return None
