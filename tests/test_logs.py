"""Logs: on stderr, for people or as JSON lines, and never with a secret in them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from tests.markets.samples import LIVE_DAY, file_market
from tests.support import Outcome
from wholesaler.logs import LogFormat, configure_logs, log
from wholesaler.redaction import HIDDEN

CLI = Callable[..., Outcome]
SECRET = 'hunter2"quoted'
FORMATS: list[LogFormat] = ["json", "console"]


@pytest.fixture(autouse=True)
def _default_logs_afterwards() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def logged(
    capsys: pytest.CaptureFixture[str],
    log_format: LogFormat,
    *,
    quiet: bool = False,
    verbose: bool = False,
    **facts: Any,
) -> str:
    """What one event of each level leaves on stderr."""
    configure_logs(log_format, quiet=quiet, verbose=verbose, secrets=[f"postgresql://me:{SECRET}@db", SECRET])
    log.debug("detail")
    log.info("progress")
    log.warning("doubt")
    try:
        raise ValueError("broken")
    except ValueError:
        log.error("failure", exc_info=True, **facts)
    printed = capsys.readouterr()
    assert printed.out == ""
    return printed.err


@pytest.mark.parametrize("log_format", FORMATS)
@pytest.mark.parametrize(
    "facts",
    [
        {"error": f"no access with {SECRET}"},
        {"tried": ["a", f"b {SECRET}"]},
        {"tried": ("a", (SECRET,))},
        {"details": {"url": f"postgresql://me:{SECRET}@db"}},
        {"details": {"urls": [{"url": SECRET}]}},
        {"error": RuntimeError(f"no access with {SECRET}")},
    ],
    ids=["text", "list", "nested-tuple", "mapping", "nested-mapping", "exception"],
)
def test_a_secret_is_hidden_wherever_in_an_event_it_is(
    capsys: pytest.CaptureFixture[str], log_format: LogFormat, facts: dict[str, Any]
) -> None:
    said = logged(capsys, log_format, **facts)
    assert "hunter2" not in said
    assert HIDDEN in said or HIDDEN.encode("unicode_escape").decode() in said


@pytest.mark.parametrize("log_format", FORMATS)
def test_a_secret_in_a_traceback_is_hidden(capsys: pytest.CaptureFixture[str], log_format: LogFormat) -> None:
    configure_logs(log_format, quiet=False, verbose=True, secrets=[SECRET])
    try:
        raise ValueError(f"no access with {SECRET}")
    except ValueError:
        log.error("failure", exc_info=True)
    said = capsys.readouterr().err
    assert "ValueError: no access with" in said.replace("\\n", "\n")
    assert "hunter2" not in said


@pytest.mark.parametrize("log_format", FORMATS)
@pytest.mark.parametrize(
    ("quiet", "verbose", "events"),
    [
        (True, False, {"doubt", "failure"}),
        (False, False, {"progress", "doubt", "failure"}),
        (False, True, {"detail", "progress", "doubt", "failure"}),
    ],
)
def test_quiet_says_warnings_and_verbose_says_details(
    capsys: pytest.CaptureFixture[str], log_format: LogFormat, quiet: bool, verbose: bool, events: set[str]
) -> None:
    said = logged(capsys, log_format, quiet=quiet, verbose=verbose)
    assert {name for name in ("detail", "progress", "doubt", "failure") if name in said} == events
    assert ("Traceback" in said) is verbose


def test_json_logs_are_a_document_a_line_with_level_and_time(capsys: pytest.CaptureFixture[str]) -> None:
    events = [json.loads(line) for line in logged(capsys, "json", where=Path("/x")).splitlines()]
    assert [(event["event"], event["level"]) for event in events] == [
        ("progress", "info"),
        ("doubt", "warning"),
        ("failure", "error"),
    ]
    assert events[0]["timestamp"].endswith("Z")
    assert events[2]["where"] == "/x"


def test_logs_that_go_to_no_terminal_are_json_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(logged(capsys, "auto").splitlines()[0])["event"] == "progress"


def test_a_stage_logs_json_lines_that_name_the_stage(cli: CLI, home: Path) -> None:
    outcome = cli("ingest", "--market", file_market(home), "--as-of", LIVE_DAY, "--log-format", "json", "--json")
    events = [json.loads(line) for line in outcome.err.splitlines()]
    assert {"stage_started", "source_loaded", "stage_finished"} <= {event["event"] for event in events}
    assert {event.get("stage") for event in events[:-1]} == {"ingest"}
    assert (events[-1]["event"], events[-1]["exit_code"], events[-1]["stages"]) == (
        "run_finished",
        outcome.code,
        {"ingest": "success"},
    )
    assert events[-1]["counts"]["ingest"]["inserted"] == 32


def test_a_quiet_run_that_goes_well_leaves_one_line_in_a_json_log_and_says_nothing_to_people(
    cli: CLI, home: Path
) -> None:
    line = ("ingest", "--market", file_market(home), "--as-of", LIVE_DAY, "--quiet")
    outcome = cli(*line)
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (0, "", 1)
    assert json.loads(outcome.err)["event"] == "run_finished"
    outcome = cli(*line, "--log-format", "console")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    said = cli(*line[:-1], "--log-format", "console").err
    assert ("stage_finished" in said, "run_finished" in said) == (True, False)


def test_an_unknown_log_format_is_wrong_usage(cli: CLI) -> None:
    outcome = cli("stats", "--log-format", "xml")
    assert outcome.code == 2
    assert "auto, console or json" in outcome.err


def test_a_mistyped_setting_is_a_warning_of_the_run_and_of_its_log_once(
    cli: CLI, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALERT_EMIAL", "me@example.org")
    outcome = cli("run-all", "--only", "ingest", "--market", file_market(home), "--as-of", LIVE_DAY, "--json")
    warning = "environment variable ALERT_EMIAL is no setting and is ignored. Did you mean ALERT_EMAIL?"
    assert warning in outcome.document["stages"][0]["warnings"]
    assert outcome.err.count("ALERT_EMIAL") == 1
    assert "ALERT_EMIAL" not in cli("stats", "--market", file_market(home)).err
