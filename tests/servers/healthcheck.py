"""A dead-man's switch on 127.0.0.1 that keeps the signals it was given."""

from tests.servers import FakeServer, Fault, Reply, Request

PATH = "/ping/5f2d3b1c-7a90-4e0f-9c1b-0d5a7e6f4b21"


class HealthcheckServer(FakeServer):
    """``with HealthcheckServer() as switch: ...``: ``switch.address`` is the check's, ``switch.signals`` what came."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[Fault] = []

    @property
    def address(self) -> str:
        """The address that is called after a success."""
        return self.url + PATH

    @property
    def signals(self) -> list[str]:
        """What was told, in order: start, success, fail."""
        return [request.kind for request in self.requests]

    @property
    def summary(self) -> str:
        """What the last signal said."""
        return self.requests[-1].body.decode()

    def kind(self, request: Request) -> str:
        """The signal; anything but the check's address is none."""
        return {PATH: "success", f"{PATH}/start": "start", f"{PATH}/fail": "fail"}.get(request.path, request.path)

    def answer(self, request: Request) -> Reply:
        """As Healthchecks.io answers."""
        for fault in self.faults:
            if reply := fault(request):
                return reply
        known = request.kind in {"start", "success", "fail"}
        return Reply(b"OK") if known else Reply(b"not found", 404)
