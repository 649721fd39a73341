"""The console script, and ``python -m wholesaler``."""

import gc
import os
import signal
import sys
from types import FrameType

#: so many new objects, a few megabytes, make Python look for those that only each other still know
_GARBAGE = 50_000


def main() -> None:
    """Listen for signals, then import the program: a signal in between would end it with a code of its own."""
    listen()
    # what imports make stays, and is not to be looked through for garbage again and again: a tenth of a short command
    gc.set_threshold(_GARBAGE)
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
