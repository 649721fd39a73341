"""``wholesaler schedule``: crontab and units are what cron and systemd understand, and what they run works."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL

from tests.markets.samples import file_market
from tests.stages.county import County, parcel
from tests.support import Outcome, fresh_database
from wholesaler.cli.render import program
from wholesaler.db.engine import make_engine
from wholesaler.pipeline.run import STAGE_NAMES
from wholesaler.pipeline.schedule import Installation, cron_lines, crontab, units

CLI = Callable[..., Outcome]
ROOT = Path(__file__).parent.parent.parent
EXAMPLE = (ROOT / "crontab.example").read_text("utf-8")


def installation(home: Path = Path("/srv/leads"), **other: object) -> Installation:
    return Installation(["/opt/wholesaler/.venv/bin/wholesaler"], "leads", home, home, **other)  # type: ignore[arg-type]


def parse_crontab(written: str) -> tuple[dict[str, str], list[tuple[list[str], str]]]:
    """The variables and the jobs (five fields, command), as cron reads them."""
    variables: dict[str, str] = {}
    jobs = []
    for line in written.splitlines():
        if not line or line.startswith("#"):
            continue
        if found := re.fullmatch(r"(\w+)=(\"[^\"]*\"|'[^']*'|[^\"']*)", line):
            variables[found[1]] = found[2][1:-1] if found[2][:1] in {'"', "'"} else found[2]
            continue
        *fields, command = line.split(maxsplit=5)
        assert all(re.fullmatch(r"\d+|\*", each) for each in fields)
        assert not re.search(r"(?<!\\)%", command), "cron makes a line break of it"
        jobs.append((fields, command.replace("\\%", "%")))
    return variables, jobs


def parse_unit(written: str) -> dict[str, list[tuple[str, str]]]:
    """The sections of a unit, each with its settings in order."""
    sections: dict[str, list[tuple[str, str]]] = {}
    for line in written.splitlines():
        if found := re.fullmatch(r"\[(\w+)\]", line):
            sections[found[1]] = []
        elif line and not line.startswith("#"):
            name, _, value = line.partition("=")
            sections[list(sections)[-1]].append((name, value))
    return sections


def run_by_cron(written: str, home: Path) -> None:
    """Every job of a crontab, with the environment that cron gives it."""
    variables, jobs = parse_crontab(written)
    environment = {"HOME": str(home), "PYTHONPATH": str(ROOT), **variables}
    for _, command in jobs:
        done = subprocess.run(
            [variables["SHELL"], "-c", command], env=environment, cwd="/", capture_output=True, text=True, timeout=120
        )
        assert "ended with exit code" not in done.stdout, (command, done.stdout, (home / "run.log").read_text())
        assert done.stderr == ""


def tables(url: URL) -> dict[str, list[list[str]]]:
    """What a night has left, but for when it was."""
    engine = make_engine(url)
    found: dict[str, list[list[str]]] = {}
    with engine.connect() as connection:
        for name in ("tax_sales", "properties", "parcels", "lead_scores", "lead_score_history", "alert_deliveries"):
            rows = connection.execute(text(f"SELECT * FROM {name} ORDER BY 1, 2")).mappings()
            found[name] = [[str(value) for column, value in row.items() if column[-3:] != "_at"] for row in rows]
    engine.dispose()
    return found


@pytest.mark.slow
def test_the_two_forms_of_the_crontab_run_and_give_the_same_tables(
    cli: CLI, database_url: URL, server: URL, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    county = County(home)
    for number in range(1, 4):
        county.sale(parcel(number), date.today() + timedelta(days=20)).roll(parcel(number))
    market = county.write()
    monkeypatch.delenv("DATABASE_URL")
    with fresh_database(server) as other:
        for url, place, options in ((database_url, home, []), (other, tmp_path / "50% of it", ["--wait"])):
            place.mkdir(exist_ok=True)
            (place / ".env").write_text(f"DATABASE_URL={url.render_as_string(hide_password=False)}\n")
            monkeypatch.setenv("WHOLESALER_HOME", str(place))
            monkeypatch.chdir(place)
            printed = cli("schedule", "--cron", *options, "--market", market)
            assert printed.code == 0
            run_by_cron(printed.out, place)
        one, six = tables(database_url), tables(other)
    assert {name: len(rows) for name, rows in one.items()} == {name: len(rows) for name, rows in six.items()}
    assert one == six
    assert len(one["lead_scores"]) == 3


def test_the_service_runs_and_systemd_takes_the_units(
    cli: CLI, database_url: URL, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "DATABASE_URL").write_text(database_url.render_as_string(hide_password=False))
    files = cli("schedule", "--systemd", "--market", file_market(home), "--json").document["files"]
    assert list(files) == ["wholesaler-test-county.service", "wholesaler-test-county.timer"]
    service, timer = (parse_unit(written) for written in files.values())
    (command,) = (value for name, value in service["Service"] if name == "ExecStart")
    environment = dict(
        shlex.split(value)[0].split("=", 1) for name, value in service["Service"] if name == "Environment"
    )
    assert environment["WHOLESALER_HOME"] == str(home)
    assert ("LoadCredential", "DATABASE_URL:/etc/wholesaler/DATABASE_URL") in service["Service"]
    assert "hunter2" not in str(files)
    assert database_url.render_as_string(hide_password=False) not in str(files)
    given = {"CREDENTIALS_DIRECTORY": str(credentials), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **environment}
    done = subprocess.run(shlex.split(command), env=given, cwd=home, capture_output=True, text=True, timeout=120)
    assert done.returncode in {0, 3}, done.stderr
    settings = dict(service["Service"])
    assert settings["SuccessExitStatus"] == "3"
    assert settings["ProtectSystem"] == "strict"
    assert str(home) in settings["ReadWritePaths"].split()
    assert int(settings["Nice"]) > 0
    assert {"Persistent", "RandomizedDelaySec", "OnCalendar"} <= dict(timer["Timer"]).keys()
    assert dict(timer["Timer"])["Persistent"] == "true"
    if shutil.which("systemd-analyze"):
        for name, written in files.items():
            # systemd 257 refuses to work below /dev, where the homes of tests lie
            (tmp_path / name).write_text(written.replace(str(home), "/var/lib/wholesaler"))
        paths = [str(tmp_path / name) for name in files]
        done = subprocess.run(["systemd-analyze", "verify", *paths], capture_output=True, text=True, timeout=60)
        assert [line for line in done.stderr.splitlines() if "wholesaler" in line] == []


def test_the_stages_start_in_their_order_outside_of_the_hours_that_clocks_change() -> None:
    _, jobs = parse_crontab("\n".join(cron_lines(installation(), wait=True)))
    assert [re.findall(r"wholesaler (\w+)", command)[0] for _, command in jobs] == [*STAGE_NAMES, "prune"]
    starts = [int(fields[1]) * 60 + int(fields[0]) for fields, _ in jobs]
    assert starts == sorted(set(starts))
    assert 3 * 60 < starts[0] < starts[-1] < 6 * 60
    assert ["--wait " in command for _, command in jobs] == [False, True, True, True, True, True, False]
    # the last one disturbs no check that takes long
    assert ["--wait-lock 1h" in command for _, command in jobs] == [False] * 6 + [True]


def test_the_example_has_both_forms_as_the_command_prints_them() -> None:
    (one,) = cron_lines(installation(), wait=False)
    assert one in EXAMPLE.splitlines()
    commented = [line.removeprefix("# ") for line in EXAMPLE.splitlines() if re.match(r"# \d+ \d+ \* \* \* ", line)]
    assert commented == cron_lines(installation(), wait=True)


def test_settings_of_the_environment_are_taken_over_and_secrets_are_not() -> None:
    given = installation(
        variables={"SMTP_HOST": "mail", "SMTP_FROM_EMAIL": '"Leads" <leads@example.com>'},
        secrets={"SMTP_PASSWORD": "", "SOCRATA_APP_TOKEN": "/etc/token"},
    )
    variables, _ = parse_crontab(crontab(given, wait=False))
    assert variables["SMTP_HOST"] == "mail"
    assert variables["SMTP_FROM_EMAIL"] == '"Leads" <leads@example.com>'
    assert variables["SOCRATA_APP_TOKEN_FILE"] == "/etc/token"
    assert "# SMTP_PASSWORD is set in your shell only" in crontab(given, wait=False)
    service = parse_unit(units(given)["wholesaler.service"])["Service"]
    assert ("LoadCredential", "SOCRATA_APP_TOKEN:/etc/token") in service
    assert ("Environment", r'"SMTP_FROM_EMAIL=\"Leads\" <leads@example.com>"') in service


def test_it_runs_where_the_settings_are(cli: CLI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wholesaler.toml").write_text('smtp_host = "mail"\n')
    _, jobs = parse_crontab(cli("schedule", "--cron").out)
    assert jobs[0][1].startswith(f"cd {tmp_path} && ")
    assert f"WorkingDirectory={tmp_path}\n" in cli("schedule", "--systemd").out


def test_a_single_file_is_called_by_its_own_name(cli: CLI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "wholesaler-0.2.0"
    file.touch(0o755)
    monkeypatch.setattr("sys.argv", [f"./{file.name}"])
    monkeypatch.setattr("sys.frozen", True, raising=False)
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.chdir(tmp_path)
    _, [(_, command)] = parse_crontab(cli("schedule", "--cron").out)
    assert shlex.split(command)[0] == str(file)
    assert program() == file.name


@pytest.mark.parametrize("options", [[], ["--cron", "--systemd"], ["--systemd", "--wait"]])
def test_it_is_one_of_the_two(cli: CLI, options: list[str]) -> None:
    assert cli("schedule", *options).code == 2


def test_crontab_takes_both_forms(tmp_path: Path) -> None:
    if not (program := shutil.which("crontab")):
        pytest.skip("there is no crontab here")
    usage = subprocess.run([program, "-h"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
    option = "-T" if " -T" in usage else "-n" if "dry run" in usage else None
    for wait in (False, True):
        (tmp_path / "crontab").write_text(crontab(installation(variables={"SMTP_HOST": "mail"}), wait=wait))
        assert option is None or subprocess.run([program, option, tmp_path / "crontab"]).returncode == 0
