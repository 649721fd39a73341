"""Five nights of a county, three of them without network: what everybody is told. ``python -m tests.e2e.nights``.

Writes ``docs/nights.md``. For three nights the program has no network (a network namespace with nothing in it), so that
only the database on the same machine answers. All nights are run at once: between two of them what the database knows
of days and hours is moved back by a day.
"""

import os
import re
import shutil
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL

from tests.e2e.counties import Publishers
from tests.servers.healthcheck import HealthcheckServer
from tests.servers.slack import SlackSink
from tests.servers.smtp import SmtpSink
from tests.support import fresh_database, open_directory, template_server

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "nights.md"
KEY = "wayne-mi"
#: nights after the first for which the network is away
AWAY = range(1, 4)
NIGHTS = 5
_METRICS = re.compile(r"wholesaler_(run_exit_code|leads|alerts_pending|last_success_timestamp_seconds)\b.*")
#: days that are the program's own and no publisher's
_OWN_DAYS = ("as_of", "snapshot_date", "scored_day", "announced_on", "until")


@dataclass
class Night:
    """What one night has said to each who listens."""

    has_network: bool
    exit_code: int = -1
    log: str = ""
    status_code: int = -1
    status: str = ""
    metrics: list[str] = field(default_factory=list)
    signals: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)


def cannot_run() -> str | None:
    """Why the nights cannot be run here."""
    if os.geteuid() != 0 or subprocess.run(["unshare", "--net", "true"], check=False).returncode != 0:
        return "needs root, for a network of its own"
    return None


def nights(url: URL, home: Path) -> list[Night]:
    """Run them in ``home``, on the empty database of ``url``, which is behind a socket of this machine."""
    seen = []
    with ExitStack() as stack:
        publishers = stack.enter_context(Publishers(KEY))
        slack, smtp = stack.enter_context(SlackSink()), stack.enter_context(SmtpSink())
        switch = stack.enter_context(HealthcheckServer())
        settings = {
            "DATABASE_URL": url.render_as_string(hide_password=False),
            "WHOLESALER_HOME": str(home),
            "WHOLESALER_MARKET": str(publishers.market_file(home)),
            "WHOLESALER_RETRY_WAIT": "0",
            "WHOLESALER_HTTP_RETRY_WAIT": "0",
            "WHOLESALER_GEOCODER_ENABLED": "false",
            "ALERT_SLACK_WEBHOOK": slack.url,
            "ALERT_EMAIL": "you@example.com",
            "SMTP_HOST": smtp.host,
            "SMTP_PORT": str(smtp.port),
            "SMTP_FROM_EMAIL": "wholesaler@example.com",
            "SMTP_USE_TLS": "false",
            "HEALTHCHECK_URL": switch.address,
            "METRICS_FILE": str(home / "wholesaler.prom"),
        }
        for number in range(NIGHTS):
            if number:
                move_back(url)
            night = Night(number not in AWAY)
            seen.append(night)
            before = len(slack.payloads), len(smtp.messages), len(switch.signals)
            done = _run(settings, night, "run-all", "--quiet")
            night.exit_code, night.log = done.returncode, done.stderr
            written = Path(settings["METRICS_FILE"]).read_text("utf-8")
            night.metrics = [line for line in written.splitlines() if _METRICS.fullmatch(line)]
            looked = _run(settings, night, "status")
            night.status_code, night.status = looked.returncode, looked.stdout + looked.stderr
            night.signals = switch.signals[before[2] :]
            night.messages = [str(payload["text"]) for payload in slack.payloads[before[0] :]]
            night.mails = [str(mail["Subject"]) for mail in smtp.messages[before[1] :]]
    return seen


def move_back(url: URL) -> None:
    """What the database knows of days and hours happened a day earlier."""
    engine = create_engine(url)
    with engine.begin() as connection:
        columns = connection.execute(
            text(
                "SELECT table_name, array_agg(CAST(column_name AS text)) AS names FROM information_schema.columns"
                " JOIN information_schema.tables USING (table_schema, table_name)"
                " WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name !~ '_[0-9]{4}_[0-9]{2}$'"
                " AND (data_type = 'timestamp with time zone' OR data_type = 'date' AND column_name = ANY(:own))"
                " GROUP BY table_name"
            ),
            {"own": list(_OWN_DAYS)},
        ).all()
        for table, names in columns:
            if table == "lead_score_history":
                continue
            # far away first: no key is met twice on the way
            for days in (-10_001, 10_000):
                changes = ", ".join(f"{name} = {name} + interval '{days} days'" for name in names)
                connection.execute(text(f"UPDATE {table} SET {changes}"))
        days = connection.scalars(text("SELECT DISTINCT snapshot_date FROM lead_score_history ORDER BY 1")).all()
        for day in days:
            month = (day - timedelta(days=1)).replace(day=1)
            following = (month + timedelta(days=31)).replace(day=1)
            connection.execute(
                text(
                    f"CREATE TABLE IF NOT EXISTS lead_score_history_{month:%Y_%m} PARTITION OF lead_score_history"
                    f" FOR VALUES FROM ('{month}') TO ('{following}')"
                )
            )
            connection.execute(
                text("UPDATE lead_score_history SET snapshot_date = snapshot_date - 1 WHERE snapshot_date = :day"),
                {"day": day},
            )
    engine.dispose()


def _run(settings: dict[str, str], night: Night, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": settings["WHOLESALER_HOME"], "PYTHONPATH": str(ROOT), **settings}
    apart = [] if night.has_network else ["unshare", "--net"]
    return subprocess.run(
        [*apart, sys.executable, "-m", "wholesaler", *words],
        cwd=settings["WHOLESALER_HOME"], env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def page(seen: list[Night]) -> str:
    """The nights as a page of the documents."""
    lines = [*_HEAD]
    for number, night in enumerate(seen, 1):
        away = "" if night.has_network else ", without network"
        lines += ["", f"## Night {number}{away}", ""]
        lines += [f"- `wholesaler run-all` ended with {night.exit_code}, `wholesaler status` with {night.status_code}."]
        cron = f"wholesaler run-all ended with exit code {night.exit_code}; see /var/log/wholesaler/run.log"
        lines += [f"- Mail of cron: {'none' if night.exit_code in {0, 3} else f'`{cron}`'}."]
        lines += [f"- The dead-man's switch heard: {_listed(night.signals, 'nothing')}."]
        lines += [f"- Slack: {_listed(night.messages, 'nothing')}. E-mail: {_listed(night.mails, 'nothing')}."]
        lines += ["", "`wholesaler status`:", "", "```text", *_readable(night.status), "```"]
        lines += ["", "`METRICS_FILE`, in part:", "", "```text", *night.metrics, "```"]
    return "\n".join(lines) + "\n"


_HEAD = (
    "# Three nights without network",
    "",
    "What everybody is told, as it was printed. Written by `python -m tests.e2e.nights` over Detroit's lists, with the",
    "network taken away for nights 2 to 4: county servers, Slack, mail server and dead-man's switch cannot be reached,",
    "the database can. All five nights were run on one day; between two of them what the database knows was moved back",
    'by a day, so that "2 days ago" is true and the dates are not.',
    "",
    "In short: who is away hears of it from outside, by the dead-man's switch that was not called (night 2) and by",
    "cron's mail, if the machine can deliver it. `status` ends with 1 while something is overdue. The lists of",
    "the last good night stay as they were. When the network is back, one message a channel tells that ingest had",
    "failed, on which days, and one what the check had found meanwhile; nothing is repeated, nothing is lost.",
)


def _listed(said: list[str], none: str) -> str:
    return ", ".join(f"`{one}`" for one in said) or none


def _readable(status: str) -> list[str]:
    """Without what is of this machine alone, and with long lines cut."""
    lines = [re.sub(r"free at \S+;", "free at /var/lib/wholesaler;", line) for line in status.rstrip().splitlines()]
    return [line if len(line) <= _WIDTH else f"{line[:_WIDTH]}…" for line in lines]


#: characters a line of what is printed
_WIDTH = 150


if __name__ == "__main__":
    folder = open_directory()
    with template_server() as server, fresh_database(server) as database:
        PAGE.write_text(page(nights(database, folder)), "utf-8")
    shutil.rmtree(folder, ignore_errors=True)
