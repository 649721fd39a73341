"""A webhook on 127.0.0.1 that takes JSON and keeps it, for the channels of ALERT_URLS."""

import json
from typing import Any

from tests.servers.slack import Answer, SlackSink


class WebhookSink(SlackSink):
    """``sink.hook`` is its address for ALERT_URLS; ``sink.payloads`` are what it took, ``title`` and ``message``.

    ``answers`` and ``refused`` are as Slack's.
    """

    path = "/hooks/secret-token-9f8e7d6c"

    @property
    def hook(self) -> str:
        return f"json://{self.url.removeprefix('http://')}"

    @property
    def text(self) -> str:
        return "\n".join(f"{payload['title']}\n{payload['message']}" for payload in self.payloads)

    def answer(self, path: str, body: bytes) -> Answer:
        self.requests += 1
        if self.answers:
            scripted = self.answers.pop(0)
            return Answer(scripted) if isinstance(scripted, int) else scripted
        payload: dict[str, Any] = json.loads(body)
        for text, answer in self.refused.items():
            if text in json.dumps(payload):
                return answer
        self.payloads.append(payload)
        return Answer(200)
