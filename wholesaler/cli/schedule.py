"""``wholesaler schedule``: what has cron or systemd run the program every night, for this installation."""

import os
import pwd
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from wholesaler.cli.state import State
from wholesaler.errors import UsageError


def schedule(
    context: typer.Context,
    cron: Annotated[bool, typer.Option("--cron", help="A crontab, for `crontab -e`.")] = False,
    systemd: Annotated[bool, typer.Option("--systemd", help="A service and a timer.")] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="A crontab of a line a stage, which wait for each other.")
    ] = False,
) -> None:
    """Print a crontab or systemd units for this program, user and settings.

    Nothing is installed. Settings of the environment are taken over, secrets are not.
    """
    if cron == systemd:
        raise UsageError("Give --cron or --systemd.", "--cron prints lines for `crontab -e`, on Linux as on macOS.")
    if wait and not cron:
        raise UsageError("--wait is for --cron.")
    state: State = context.obj
    settings = state.settings
    from wholesaler.cli.render import print_json, write
    from wholesaler.config import CONFIGURATION_FILE, settings_in
    from wholesaler.pipeline.schedule import Installation, crontab, units

    variables, secrets = settings_in(os.environ)
    if "WHOLESALER_HOME" in variables or systemd:
        variables["WHOLESALER_HOME"] = str(settings.home)
    options = []
    for named in state.asked_markets:
        options += ["--market", _absolute(named)]
    if state.jobs > 1:
        options += ["--jobs", str(state.jobs)]
    if state.profile is not None:
        options += ["--profile", _absolute(state.profile)]
    here = Path.cwd()
    has_settings = any((here / name).is_file() for name in (".env", CONFIGURATION_FILE))
    installation = Installation(
        _program(),
        pwd.getpwuid(os.geteuid()).pw_name,
        settings.home,
        here if has_settings else settings.home,
        _name(state),
        options,
        {name: _absolute(value) for name, value in variables.items()},
        {name: path and _absolute(path) for name, path in secrets.items()},
    )
    if cron:
        files = {"crontab": crontab(installation, wait=wait)}
        text = files["crontab"]
    else:
        files = units(installation)
        text = "\n".join(f"# /etc/systemd/system/{name}\n{unit}" for name, unit in files.items())
    if state.json:
        print_json({"command": "schedule", "files": files})
    else:
        write(text.rstrip("\n"))


def _name(state: State) -> str:
    """What the service is called: by itself where the counties are those of the settings."""
    if not state.asked_markets:
        return "wholesaler"
    from wholesaler.markets.choice import ALL

    keys = ["all"] if ALL in state.asked_markets else [county.market.key for county in state.counties]
    return "-".join(("wholesaler", *keys))


def _program() -> list[str]:
    """The words that call this program from anywhere."""
    named = shutil.which(sys.argv[0])
    if named is not None and (Path(named).name == "wholesaler" or getattr(sys, "frozen", False)):
        return [os.path.abspath(named)]
    beside = Path(sys.executable).with_name("wholesaler")
    return [str(beside)] if beside.is_file() else [sys.executable, "-m", "wholesaler"]


def _absolute(value: str) -> str:
    """A file that is named from here, or several, so that it is found from elsewhere; any other value as it is."""
    if Path(value).is_file():
        return os.path.abspath(value)
    return ",".join(os.path.abspath(part) if Path(part).is_file() else part for part in value.split(","))
