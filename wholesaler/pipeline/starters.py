"""What starts the nights: lines of a crontab and timers, as far as this user may see them."""

import os
import subprocess
from contextlib import suppress
from pathlib import Path

_CRONTABS = (Path("/etc/crontab"), Path("/etc/cron.d"))
_TIMERS = (Path("/etc/systemd/system"), Path("/usr/lib/systemd/system"), Path.home() / ".config/systemd/user")


def starters() -> list[str]:
    """Each line and timer that starts the program at some time, in words."""
    tables = {f"crontab of user {os.geteuid()}": _own_crontab()}
    for place in _CRONTABS:
        with suppress(OSError):
            for path in sorted(place.iterdir()) if place.is_dir() else [place]:
                with suppress(OSError, UnicodeDecodeError):
                    tables[str(path)] = path.read_text("utf-8").splitlines()
    jobs = [(name, job) for name, lines in tables.items() for job in lines if _is_job(job)]
    timers = [path for folder in _TIMERS if folder.is_dir() for path in folder.glob("wholesaler*.timer")]
    return [
        *(f"{name}: {' '.join(job.split()[:5])} …" for name, job in jobs),
        *(f"{timer}; `systemctl list-timers` tells when it is due" for timer in timers),
    ]


def _is_job(line: str) -> bool:
    """Whether a line of a crontab starts the program at some time."""
    return "wholesaler" in line and line.strip()[:1] in set("0123456789*@")


def _own_crontab() -> list[str]:
    try:
        line = ["crontab", "-l"]
        done = subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return []
    return done.stdout.splitlines()
