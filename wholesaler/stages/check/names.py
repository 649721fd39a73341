"""The names of warnings: those of the checks, and of what goes wrong outside of them."""

from collections.abc import Collection
from datetime import date

from wholesaler.days import read_day
from wholesaler.errors import ConfigurationError, UsageError, did_you_mean
from wholesaler.markets import Market
from wholesaler.settings import Settings
from wholesaler.stages.check.registry import TABLE_ROWS, Severity, registered

#: enrich could not ask the geocoder; the log, and whoever watches from outside, could not be told; what is old could
#: not be removed
OTHERS = ("geocoder", "log", "monitors", "prune")
#: kinds of warnings that are about a source, and the one about a channel
_OF_SOURCES = frozenset({"stale_sources", "last_ingest", "rejected_records", "join_rates"})
_OF_CHANNELS = frozenset({"pending_alerts", "refused_alerts"})
#: days for which a finding can be acknowledged: longer is to forget it
LONGEST = 366


def warning_kinds() -> tuple[str, ...]:
    """Every kind of warning there is."""
    checks = [check for check in registered() if check.severity is Severity.WARNING]
    names = (TABLE_ROWS if check.group == "database" else check.name for check in checks)
    return tuple(dict.fromkeys((*names, *OTHERS)))


def read_fail_on(settings: Settings) -> Collection[str] | None:
    """The kinds that ``FAIL_ON`` names, none for ``none``; ``None`` where it is not set.

    Raises :class:`ConfigurationError` for a name that is none.
    """
    if settings.fail_on is None:
        return None
    names = [name.strip() for name in settings.fail_on.split(",") if name.strip()]
    if names == ["none"]:
        return frozenset()
    for name in names:
        if name not in (kinds := warning_kinds()):
            hint = f"{did_you_mean(name, kinds)} The kinds are {', '.join(kinds)}, and none.".strip()
            raise ConfigurationError(f"FAIL_ON: there is no kind of warning '{name}'.", hint)
    return frozenset(names)


def expect_name(name: str, market: Market, settings: Settings) -> None:
    """Raise :class:`UsageError` where no warning can have this name."""
    kind, colon, subject = name.partition(":")
    kinds = warning_kinds()
    if kind not in kinds:
        raise UsageError(
            f"--acknowledge: there is no warning '{kind}'.",
            f"{did_you_mean(kind, kinds)} The kinds are {', '.join(kinds)}.".strip(),
        )
    if not colon:
        return
    subjects: Collection[str] = ()
    if kind in _OF_SOURCES:
        subjects = market.sources
    elif kind in _OF_CHANNELS:
        subjects = settings.channels
    elif kind == TABLE_ROWS:
        subjects = [check.name for check in registered() if check.group == "database"]
    if subject not in subjects:
        known = f"It can be {', '.join(subjects)}." if subjects else f"Write --acknowledge {kind}."
        raise UsageError(f"--acknowledge: {kind} is never about '{subject}'.", known)


def read_until(written: str, today: date) -> date:
    """The last day of an acknowledgement; one that has passed takes it back. Raises :class:`UsageError`."""
    day = read_day(written, "--until", today)
    if (day - today).days > LONGEST:
        raise UsageError(f"--until: {day} is too far away.", f"At most {LONGEST} days: things change.")
    return day
