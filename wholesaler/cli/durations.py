"""Durations as they are written on the command line: ``90s``, ``10m``, ``1h``, ``1h30m``, or seconds."""

import re

from wholesaler.errors import UsageError

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds_of(option: str, written: str) -> float:
    """The seconds of a duration; raises :class:`UsageError`, which names ``option``, for what is none."""
    if written.isascii() and written.isdigit():
        return float(written)
    if not re.fullmatch(r"(\d+[smhd])+", written, re.ASCII):
        raise UsageError(f"{option}: '{written}' is no duration; expected one such as 90s, 10m or 1h30m.")
    return float(sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)([smhd])", written)))
