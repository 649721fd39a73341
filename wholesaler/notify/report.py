"""The report file of a day under ``$WHOLESALER_HOME/reports``, and notices as files beside it.

It is there when neither Slack nor e-mail is, readable by its owner only. Writing it again replaces it. What is in it
(``wholesaler/leads/report``) is read from the database when it is written, so that the channel is given what makes it.
"""

import glob
import os
import re
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from wholesaler.home import make_directory
from wholesaler.notify import messages, morning
from wholesaler.notify.interface import (
    Channel,
    DeliveryError,
    Digest,
    FailureNotice,
    FindingsNotice,
    Message,
    ProfileChange,
)
from wholesaler.settings import Settings

_DIRECTORY = "reports"
_LEADS = "leads"
_CALENDAR = "dates.ics"
#: what a report of the leads calls its maker in its head
GENERATOR = "wholesaler report"


@dataclass(frozen=True)
class Report:
    """One file: its name within the report directory and its HTML in parts, made when it is written for the leads."""

    file_name: str
    html: Iterable[str] | None


class ReportChannel(Channel[Report]):
    """HTML files in ``directory``, which is made when it is first needed.

    ``make`` returns the parts of the page with the leads.
    """

    name = "report"

    def __init__(self, directory: Path, make: Callable[[], Iterable[str]] | None = None, *, show_names: bool) -> None:
        self._directory = directory
        self._make = make
        self._show_names = show_names

    @classmethod
    def from_settings(cls, settings: Settings, make: Callable[[], Iterable[str]] | None = None) -> "ReportChannel":
        """The channel of ``settings``; without ``make`` it only says what it would write of leads."""
        return cls(settings.home / _DIRECTORY, make, show_names=settings.alert_show_names)

    def render(self, digest: Digest) -> list[Message[Report]]:
        """One message: new leads are told of by being in the report of the day, which has all others too."""
        context = morning.report_context(digest, self._show_names)
        file_name = _file_name(digest.market_key, digest.as_of, _LEADS)
        text = f"File: {self._directory / file_name}\n\n{messages.fill('digest.txt', context)}"
        leads = tuple(lead.parcel_id for lead in digest.leads)
        return [Message(self.name, str(context["title"]), text, Report(file_name, None), leads)]

    def render_failure(self, notice: FailureNotice) -> Message[Report]:
        part = f"{notice.stage}-failure"
        return self._message("failure", messages.failure_context(notice), (notice.market_key, notice.as_of, part))

    def render_findings(self, notice: FindingsNotice) -> Message[Report]:
        key = (notice.market_key, notice.as_of, "findings")
        return self._message("findings", messages.findings_context(notice), key)

    def render_profile_change(self, change: ProfileChange) -> Message[Report]:
        key = (change.market_key, change.as_of, "profile-change")
        return self._message("profile_change", messages.profile_change_context(change), key)

    def send(self, message: Message[Report]) -> None:
        self._put(message.payload)

    def write(self, market_key: str, as_of: date) -> None:
        """Write the report of a day, whether there is something new in it or not. Raises :class:`DeliveryError`."""
        self._put(Report(_file_name(market_key, as_of, _LEADS), None))

    def _put(self, report: Report) -> None:
        path = self._directory / report.file_name
        html = report.html
        if html is None:
            assert self._make is not None
            html = self._make()
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_page(path, html)
        except OSError as error:
            raise DeliveryError(
                f"The report {path} could not be written: {error.strerror or error}.",
                "Check the space on the disk and who may write to WHOLESALER_HOME.",
                permanent=False,
            ) from None

    def _message(self, template: str, context: dict[str, object], key: tuple[str, date, str]) -> Message[Report]:
        file_name = _file_name(*key)
        text = f"File: {self._directory / file_name}\n\n{messages.fill(f'{template}.txt', context)}"
        report = Report(file_name, [messages.fill(f"{template}.html", context)])
        return Message(self.name, str(context["title"]), text, report)


def report_file(settings: Settings, market_key: str, as_of: date) -> Path:
    """Where the report of a day is, or would be."""
    return settings.home / _DIRECTORY / _file_name(market_key, as_of, _LEADS)


def report_path(settings: Settings, market_key: str, as_of: date) -> Path | None:
    """The report of a day, if there is one."""
    path = report_file(settings, market_key, as_of)
    return path if path.is_file() else None


def calendar_path(settings: Settings, market_key: str) -> Path:
    """The calendar of a market's leads, which is always the newest: a calendar program can watch it."""
    return settings.home / _DIRECTORY / _safe(f"{market_key}-{_CALENDAR}")


def write_calendar(settings: Settings, market_key: str, content: Iterable[bytes]) -> Path:
    """Replace the calendar of a market; returns where it is. Raises ``OSError`` where it cannot be written."""
    path = calendar_path(settings, market_key)
    make_directory(path.parent)
    _write(path, content)
    return path


def is_report(path: Path) -> bool:
    """Whether a file is a report of the leads, which another one may replace."""
    try:
        with path.open("rb") as file:
            return f'name="generator" content="{GENERATOR}"'.encode() in file.read(8192)
    except OSError:
        return False


def old_reports(settings: Settings, market_key: str, before: date) -> list[Path]:
    """The files of a market that are about a day before another one."""
    named = re.compile(rf"{re.escape(_safe(market_key))}-(\d{{4}}-\d{{2}}-\d{{2}})-[a-z-]+\.html")
    files = ((path, named.fullmatch(path.name)) for path in _entries(settings))
    return [path for path, match in files if match and match[1] < before.isoformat()]


def reports_with(settings: Settings, market_key: str, texts: Iterable[str]) -> list[Path]:
    """The files of a market in which one of ``texts`` stands."""
    begins, wanted = f"{_safe(market_key)}-", [text.encode() for text in texts]
    files = (path for path in _entries(settings) if path.name.startswith(begins) and path.is_file())
    return [path for path in files if any(text in content for content in [path.read_bytes()] for text in wanted)]


def unfinished_reports(settings: Settings) -> list[Path]:
    """What a run that was killed has left of files it was about to write."""
    return [path for path in _entries(settings) if re.fullmatch(r"\..+\.(html|ics)\.\w+", path.name)]


def _entries(settings: Settings) -> list[Path]:
    folder = settings.home / _DIRECTORY
    return list(folder.iterdir()) if folder.is_dir() else []


def _safe(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]+", "-", text).lstrip(".-")


def _file_name(market_key: str, as_of: date, part: str) -> str:
    """A name that cannot lead out of the directory."""
    return _safe(f"{market_key}-{as_of.isoformat()}-{part}.html")


def write_page(path: Path, html: Iterable[str]) -> None:
    """Replace ``path`` in one step, so that a reader never sees half a page; only its owner can read it."""
    _write(path, (part.encode() for part in html))


def _write(path: Path, content: Iterable[bytes]) -> None:
    prefix = f".{path.name}."
    for unfinished in path.parent.glob(f"{glob.escape(prefix)}*"):  # of a run that was killed
        unfinished.unlink(missing_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=prefix, dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
