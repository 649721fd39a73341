"""The console script, and ``python -m wholesaler``."""

import os
import signal
import sys
from types import FrameType


def main() -> None:
    """Listen for signals, then import the program: a signal in between would end it with a code of its own."""
    listen()
    from wholesaler.cli import main as command_line

    command_line()


def listen() -> None:
    """From here on a signal ends the process as it ends commands, until a run takes care of it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) not in {signal.SIG_IGN, None}:
            signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> None:
    """End at once: outside a run nothing is to be put in order, and what imports raise Python may swallow."""
    as_json = "json" in sys.argv or "--log-format=json" in sys.argv
    fields = '"type": "KeyboardInterrupt", "message": "Interrupted.", "exit_code": 1'
    line = f'{{"event": "command_failed", "level": "error", {fields}}}\n' if as_json else "wholesaler: Interrupted.\n"
    try:
        os.write(2, line.encode())
    finally:
        os._exit(1)


if __name__ == "__main__":
    main()
