"""The report file: every new lead of a day in one HTML page under ``$WHOLESALER_HOME/reports``.

It is there when neither Slack nor e-mail is, readable by its owner only. Writing it again replaces it.
"""

import os
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from wholesaler.notify import messages
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
_DIGEST = "new-leads"


@dataclass(frozen=True)
class Report:
    """One file: its name within the report directory and the whole HTML page."""

    file_name: str
    html: str


class ReportChannel(Channel[Report]):
    """HTML files in ``directory``, which is made when it is first needed."""

    name = "report"

    def __init__(self, directory: Path, *, show_names: bool) -> None:
        self._directory = directory
        self._show_names = show_names

    @classmethod
    def from_settings(cls, settings: Settings) -> "ReportChannel":
        """The channel of ``settings``."""
        return cls(settings.home / _DIRECTORY, show_names=settings.alert_show_names)

    def render(self, digest: Digest) -> list[Message[Report]]:
        context = messages.digest_context(digest, self._show_names)
        leads = tuple(lead.parcel_id for lead in digest.leads)
        return [self._message("digest", context, (digest.market_key, digest.as_of, _DIGEST), leads)]

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
        path = self._directory / message.payload.file_name
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(path, message.payload.html)
        except OSError as error:
            raise DeliveryError(
                f"The report {path} could not be written: {error.strerror or error}.",
                "Check the space on the disk and who may write to WHOLESALER_HOME.",
                permanent=False,
            ) from None

    def _message(
        self, template: str, context: dict[str, object], key: tuple[str, date, str], leads: tuple[str, ...] = ()
    ) -> Message[Report]:
        file_name = _file_name(*key)
        text = f"File: {self._directory / file_name}\n\n{messages.fill(f'{template}.txt', context)}"
        report = Report(file_name, messages.fill(f"{template}.html", context))
        return Message(self.name, str(context["title"]), text, report, leads)


def report_path(settings: Settings, market_key: str, as_of: date) -> Path | None:
    """The file with the new leads of a day, if there were any."""
    path = settings.home / _DIRECTORY / _file_name(market_key, as_of, _DIGEST)
    return path if path.is_file() else None


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
    return [path for path in _entries(settings) if re.fullmatch(r"\..+\.html\.\w+", path.name)]


def _entries(settings: Settings) -> list[Path]:
    folder = settings.home / _DIRECTORY
    return list(folder.iterdir()) if folder.is_dir() else []


def _safe(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]+", "-", text).lstrip(".-")


def _file_name(market_key: str, as_of: date, part: str) -> str:
    """A name that cannot lead out of the directory."""
    return _safe(f"{market_key}-{as_of.isoformat()}-{part}.html")


def _write(path: Path, html: str) -> None:
    """Replace ``path`` in one step, so that a reader never sees half a page."""
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(html)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
