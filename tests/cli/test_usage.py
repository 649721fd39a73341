"""The command line itself: options anywhere, and wrong ones said in one line with the right exit code."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text

from tests.markets.samples import LIVE_DAY, file_market
from tests.support import CommandLine, Outcome
from wholesaler import __version__
from wholesaler.cli import hoist
from wholesaler.markets import bundled_markets
from wholesaler.settings import Settings

CLI = Callable[..., Outcome]
HEAVY = (
    "sqlalchemy", "httpx", "pydantic", "alembic", "psycopg2", "structlog", "geoalchemy2", "logging",
    "concurrent.futures", "html.entities", "wholesaler.config",
)  # fmt: skip
#: what takes its time to be imported and is of no use to who shows what is in the database
NOT_TO_SHOW = (
    "structlog", "httpx", "tenacity", "alembic", "geoalchemy2", "filelock", "dotenv", "jinja2", "xlsxwriter",
    "sqlalchemy.orm", "wholesaler.pipeline.run",
)  # fmt: skip
COMMANDS = [
    ("ingest", "--source"),
    ("enrich",),
    ("dedupe",),
    ("score",),
    ("alert", "--dry-run"),
    ("check", "--acknowledge", "--until"),
    ("run-all", "--from", "--only"),
    ("stats",),
    ("leads list", "--tier", "--new", "--limit"),
    ("leads show", "PARCEL"),
    ("status", "--max-age"),
    ("doctor",),
    ("config show",),
    ("runs", "--limit"),
    ("markets list",),
    ("markets show", "KEY"),
    ("markets validate", "FILE"),
    ("markets probe", "URL"),
    ("markets new", "KEY"),
    ("db upgrade",),
    ("db start",),
    ("db stop",),
    ("db status",),
    ("db url",),
    ("rejects list",),
    ("demo",),
]


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> CLI:
    """The command line without a database."""
    return CommandLine(capsys).run


def process(*arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    line = [sys.executable, "-m", "wholesaler", *arguments]
    return subprocess.run(line, env={**os.environ, **environ}, capture_output=True, text=True, timeout=60, check=False)


def imports_of(*arguments: str) -> tuple[int, set[str]]:
    """The exit code of a command line, and the modules that it has imported."""
    code = f"import sys; from wholesaler.cli import run; code = run({arguments}); print(); print(code, *sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    ended, *imported = done.stdout.splitlines()[-1].split()
    return int(ended), set(imported)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_every_command_exists_and_explains_its_options(shell: CLI, command: tuple[str, ...]) -> None:
    name, *options = command
    outcome = shell(*name.split(), "--help")
    assert outcome.code == 0
    assert f"wholesaler {name}" in outcome.out
    for option in (*options, "--market", "--json", "--as-of"):
        assert option in outcome.out
    assert shell(*name.split(), "-h") == outcome


def test_help_and_no_argument_at_all_show_commands_and_exit_codes(shell: CLI) -> None:
    helped = shell("--help")
    assert helped.code == 0
    assert shell() == helped
    for said in ("run-all", "--as-of", "75 another run", "78 configuration"):
        assert said in " ".join(helped.out.split())


@pytest.mark.parametrize("arguments", [("--version",), ("stats", "--version"), ("--json", "--version")])
def test_the_version_is_one_line(shell: CLI, arguments: tuple[str, ...]) -> None:
    outcome = shell(*arguments)
    assert (outcome.code, outcome.out, outcome.err) == (0, f"wholesaler {__version__}\n", "")


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_version_and_help_import_nothing_heavy(option: str) -> None:
    code, imported = imports_of(option)
    assert code == 0
    assert "wholesaler.cli" in imported
    assert imported & set(HEAVY) == set()


@pytest.mark.usefixtures("cli")
@pytest.mark.parametrize(
    "line",
    [
        "stats",
        "leads list",
        "leads list --json --near 28.5,-81.4",
        "runs",
        "status --json",
        "rejects list",
        "leads due",
    ],
)
def test_what_shows_something_imports_nothing_that_it_does_not_use(line: str, home: Path) -> None:
    code, imported = imports_of(*line.split(), "--market", str(file_market(home)))
    assert code in {0, 1}  # nothing was ever scored, which `status` calls a failure
    assert "sqlalchemy" in imported
    assert imported & set(NOT_TO_SHOW) == set()


@pytest.mark.parametrize(
    ("written", "hoisted"),
    [
        ("stats --json", "--json stats"),
        ("leads list --tier A --as-of 2025-12-01 -q", "--as-of 2025-12-01 -q leads list --tier A"),
        ("leads list --market=x --limit 3 -v", "--market=x -v leads list --limit 3"),
        ("-m x --profile p score --log-format json", "-m x --profile p --log-format json score"),
        ("markets list -vq", "-v -q markets list"),
        ("stats -qm orange-fl", "-q -m orange-fl stats"),
        ("-qvmorange-fl stats", "-q -v -m orange-fl stats"),
        ("stats -vx", "-v stats -x"),
        ("leads show -- --json", "leads show -- --json"),
        ("leads show 1 --market", "leads show 1 --market"),
    ],
)
def test_global_options_may_stand_anywhere(written: str, hoisted: str) -> None:
    assert hoist(written.split()) == hoisted.split()


def test_global_options_mean_the_same_before_and_after_the_command(cli: CLI, home: Path) -> None:
    market = str(file_market(home))
    options = ("--json", "--market", market, "--as-of", LIVE_DAY)
    before, after = cli(*options, "ingest").document, cli("ingest", *options).document
    assert before["market"] == after["market"] == "test-county"
    assert before["as_of"] == after["as_of"] == LIVE_DAY


@pytest.mark.parametrize("line", ["-vq markets list", "markets list -vq", "stats -qm orange-fl", "stats -qmorange-fl"])
def test_short_options_may_be_written_together(cli: CLI, line: str) -> None:
    outcome = cli(*line.split())
    assert (outcome.code, outcome.err) == (0, "")


def test_the_day_is_today_in_the_market_unless_it_is_given(cli: CLI, home: Path) -> None:
    before = datetime.now(ZoneInfo("America/New_York")).date().isoformat()
    day = cli("enrich", "--market", file_market(home), "--json").document["as_of"]
    assert before <= day <= datetime.now(ZoneInfo("America/New_York")).date().isoformat()


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("scrape", 2, "No such command 'scrape'"),
        ("scoree", 2, "Did you mean 'score'? See"),
        ("stats --frobnicate", 2, "No such option: --frobnicate"),
        ("leads", 2, ""),
        ("leads list --limit many", 2, "'--limit': expected a whole number, not 'many'. See"),
        ("leads list --limit 0", 2, "'--limit': expected 1 or more, not '0'. See"),
        ("leads show", 2, "PARCEL"),
        ("score --as-of yesterday", 2, "--as-of: 'yesterday' is no date; expected YYYY-MM-DD"),
        ("score --as-of 2025-02-30", 2, "--as-of: '2025-02-30' is no date"),
        ("score --as-of 13/01/2025", 2, "--as-of: '13/01/2025' is no date"),
        ("score --as-of 0001-01-01", 2, "between 1950 and 2150"),
        ("score --as-of", 2, "--as-of"),
        ("run-all --from scrape", 2, "There is no stage 'scrape'. Did you mean 'score'? The stages are ingest, enrich"),
        ("run-all --only scrape", 2, "There is no stage 'scrape'"),
        ("run-all --from score --only check", 2, "--from and --only cannot be used together"),
        ("run-all --from scor", 2, "Did you mean 'score'?"),
        ("stats --market orange", 78, "Did you mean 'orange-fl'?"),
        ("stats --jsn", 2, "No such option: --jsn. Did you mean '--json'? See"),
        ("stats -m", 2, "Option '-m' requires an argument."),
        ("stats --market", 2, "Option '--market' requires an argument."),
        ("leads list --teir A", 2, "Did you mean '--tier'?"),
        ("leads lisst", 2, "Did you mean 'list'?"),
        ("export", 2, "No such command 'export'. Did you mean 'wholesaler leads export'?"),
        ("validate", 2, "Did you mean 'wholesaler markets validate'?"),
        ("leads list --min-spread 0,000", 2, "--min-spread: '0,000' is no amount of dollars. Write 120000, 120k or"),
        ("leads list --min-value 1,00", 2, "is no amount of dollars"),
        ("leads list --since soon", 2, "or MM/DD/YYYY, or yesterday, or a weekday"),
        ("stats --market nowhere", 78, "There is no market 'nowhere'"),
        ("score --profile none.toml", 78, "none.toml: cannot be read as TOML"),
    ],
)
def test_what_is_wrong_is_one_line_on_stderr_with_the_right_exit_code(
    cli: CLI, line: str, code: int, said: str
) -> None:
    outcome = cli(*line.split())
    assert outcome.code == code
    assert said in outcome.err + (outcome.out if line == "leads" else "")
    assert "Traceback" not in outcome.err
    if line != "leads":
        assert outcome.out == ""
        assert outcome.err.count("\n") == 1
        assert outcome.last_word.startswith("wholesaler: ")


def test_an_error_of_the_database_is_one_line_and_with_verbose_a_traceback(cli: CLI, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE lead_scores CASCADE"))
    outcome = cli("stats")
    assert outcome.code == 1
    assert outcome.err.splitlines() == [
        'wholesaler: The database said: relation "lead_scores" does not exist. '
        "This is a bug in wholesaler; run the command again with --verbose for the details."
    ]
    for written in ("--verbose", "-qv"):
        verbose = process("stats", written)
        assert verbose.returncode == 1
        assert "Traceback" in verbose.stderr


@pytest.mark.parametrize("verbose", [(), ("--verbose",)])
@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("postgresql://me:hun[qz9x7@127.0.0.1:port/leads", 78),
        ("postgresql://me:hun[qz9x7@[::1/leads", 78),
        ("postgresql://me:x@hun[qz9x7@127.0.0.1/leads", 78),
        ("postgresql://me:hun%5Bqz9x7@127.0.0.1:1/leads?no_such_option=hun[qz9x7", 78),
        ("postgresql://me:hun[qz9x7@127.0.0.1:1/leads", 69),
    ],
)
def test_an_address_of_the_database_with_a_bracket_is_explained_without_its_password(
    cli: CLI, monkeypatch: pytest.MonkeyPatch, address: str, code: int, verbose: tuple[str, ...]
) -> None:
    monkeypatch.setenv("DATABASE_URL", address)
    outcome = cli("stats", "--json", *verbose)
    assert outcome.code == code
    *above, line = outcome.err.splitlines()
    assert line.startswith("wholesaler: ")
    assert "DATABASE_URL" in line
    assert bool(above) is bool(verbose)
    assert "qz9x7" not in outcome.err + outcome.out


def test_an_error_is_explained_even_when_the_secrets_cannot_be_told(cli: CLI, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(settings: Settings) -> list[str]:
        raise ValueError("Invalid IPv6 URL")

    monkeypatch.setattr(Settings, "secrets", broken)
    outcome = cli("stats")
    assert outcome.code == 1
    assert outcome.err.count("\n") == 1
    assert outcome.err.startswith("wholesaler: ValueError: Invalid IPv6 URL.")


def broken_installation(folder: Path) -> str:
    """A PYTHONPATH on which a library of the program raises what nobody expects."""
    (folder / "orjson.py").write_text('raise RuntimeError("the library\\nis broken")\n')
    return str(folder)


@pytest.mark.usefixtures("cli")
def test_what_nobody_expected_is_one_line_and_with_verbose_a_traceback(tmp_path: Path) -> None:
    path = broken_installation(tmp_path)
    done = process("markets", "list", "--json", PYTHONPATH=path)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "wholesaler: RuntimeError: the library is broken. "
        "This is a bug in wholesaler; run the command again with --verbose for the details."
    ]
    verbose = process("markets", "list", "--json", "--verbose", PYTHONPATH=path)
    assert verbose.returncode == 1
    assert "Traceback" in verbose.stderr
    assert "RuntimeError: the library" in verbose.stderr


@pytest.mark.usefixtures("cli")
@pytest.mark.parametrize(("line", "code"), [("stats --market nowhere", 78), ("score --as-of yesterday", 2)])
def test_verbose_does_not_change_the_exit_code(line: str, code: int) -> None:
    done = process(*line.split(), "--verbose")
    assert done.returncode == code
    assert done.stderr.splitlines()[-1].startswith("wholesaler: ")


@pytest.mark.parametrize("arguments", [("show", "orange-fl"), ("list", "--json")])
def test_a_reader_that_goes_away_is_no_error(arguments: tuple[str, ...]) -> None:
    line = [sys.executable, "-m", "wholesaler", "markets", *arguments]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        said = running.stderr.read()
        assert running.wait(timeout=30) == 0
    assert said == b""


@pytest.mark.parametrize(
    ("words", "completions"),
    [
        ("wholesaler le", {"leads"}),
        ("wholesaler leads ", {"due", "export", "forget", "import", "list", "note", "set", "show", "suppress"}),
        ("wholesaler --json leads sh", {"show"}),
        ("wholesaler leads list --mar", {"--market"}),
        ("wholesaler leads list --ti", {"--tier"}),
        ("wholesaler leads list -m o", {"orange-fl"}),
        ("wholesaler stats --market ", {*bundled_markets()}),
        ("wholesaler stats -m orange-fl --j", {"--jobs", "--json"}),
    ],
)
def test_a_shell_completes_commands_and_options(words: str, completions: set[str]) -> None:
    split = words.split(" ")
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(len(split) - 1), "_WHOLESALER_COMPLETE": "complete_bash"}
    done = process(**asked)
    assert (done.returncode, done.stderr) == (0, "")
    assert set(done.stdout.split()) == completions


def test_a_shell_completes_the_sources_of_the_market(tmp_path: Path) -> None:
    mine, broken = tmp_path / "mine.toml", tmp_path / "broken.toml"
    mine.write_text("[sources.cases]\n[sources.cars]\n[sources.roll]\n", "utf-8")
    broken.write_text("sources = 5", "utf-8")
    for words, completions in (
        (f"wholesaler --market {mine} ingest --source ca", {"cases", "cars"}),
        (f"wholesaler ingest --market {mine} --source r", {"roll"}),
        ("wholesaler ingest --market wayne-mi --source p", {"parcel_file"}),
        (f"wholesaler ingest --market {broken} --source c", set()),
        (f"wholesaler ingest --market {tmp_path / 'none.toml'} --source c", set()),
    ):
        asked = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
        done = process(_WHOLESALER_COMPLETE="complete_bash", **asked)
        assert (set(done.stdout.split()), done.stderr) == (completions, ""), words


def test_the_script_of_the_completion_is_one_that_bash_reads() -> None:
    done = process("--show-completion", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert done.returncode == 2  # a shell has to be named where it cannot be seen
    script = process("--show-completion", "bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1").stdout
    assert "complete -o default -F _wholesaler_completion wholesaler" in script
    assert subprocess.run(["bash", "-n", "-c", script], check=False).returncode == 0
