"""Crontab and systemd units by which an installed program runs every night."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

#: when the stages begin that wait for each other, and when the one run does; where clocks change, they do so between
#: 01:00 and 03:00, hours that are skipped or come twice
_STARTS = {
    "ingest": (3, 10),
    "enrich": (3, 40),
    "dedupe": (4, 10),
    "score": (4, 40),
    "alert": (5, 10),
    "check": (5, 40),
    # what `run-all` does at its end
    "prune": (5, 55),
}
#: beside ``--wait`` of the stages: a check that takes long is not disturbed, and nobody is told of it
_WAITS = {"ingest": (), "prune": ("--wait-lock", "1h")}
_START = (4, 10)
_RUN_OPTIONS = ("--quiet", "--log-format", "json")


@dataclass(frozen=True)
class Installation:
    """What is to be run, by whom, and with what.

    ``program`` are the words that call it, ``options`` further ones of each command. ``variables`` are settings that
    only the environment has; of ``secrets`` only it has the value, which is not written down here: they map to the file
    that holds it, empty where there is none. ``directory`` is where it is to run.
    """

    program: Sequence[str]
    user: str
    home: Path
    directory: Path
    name: str = "wholesaler"
    options: Sequence[str] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)

    def words(self, command: str, *options: str) -> list[str]:
        """A command line."""
        return [*self.program, command, *options, *self.options, *_RUN_OPTIONS]


def cron_lines(installation: Installation, *, wait: bool) -> list[str]:
    """The one line of ``run-all``, or one a stage, which ``wait`` for each other, and one that prunes."""
    if not wait:
        return [_cron_line(_START, installation, "run-all")]
    return [
        _cron_line(start, installation, command, *_WAITS.get(command, ("--wait",)))
        for command, start in _STARTS.items()
    ]


def crontab(installation: Installation, *, wait: bool) -> str:
    """A user's crontab."""
    settings = [f"{name}={_cron_value(value)}" for name, value in installation.variables.items()]
    notes = [
        f"# {name} is set in your shell only, and is no matter for a crontab: write it into {installation.home}/.env."
        for name, path in installation.secrets.items()
        if not path
    ]
    files = [f"{name}_FILE={_cron_value(path)}" for name, path in installation.secrets.items() if path]
    lines = [
        f"# {installation.name}, every morning, for the crontab of {installation.user}: `crontab -e`, and paste.",
        "SHELL=/bin/sh",
        "PATH=/usr/bin:/bin",
        '# who gets mail when a run ends with anything but 0; "" for nobody',
        f"MAILTO={_cron_value(installation.user)}",
        "# the log, JSON lines, in a directory that is there",
        f"LOG={_cron_value(str(installation.home / 'run.log'))}",
        *(["# settings of your shell, which cron does not have", *settings, *files] if settings or files else []),
        *notes,
        *cron_lines(installation, wait=wait),
    ]
    return "\n".join(lines) + "\n"


def units(installation: Installation) -> dict[str, str]:
    """A systemd service and its timer, by the names of their files."""
    name = installation.name
    secrets = {secret: path or f"/etc/wholesaler/{secret}" for secret, path in installation.secrets.items()}
    missing = [path for secret, path in secrets.items() if not installation.secrets[secret]]
    service = [
        "[Unit]",
        "Description=wholesaler: which owners in the county are newly under pressure",
        "Wants=network-online.target",
        "After=network-online.target",
        "",
        "[Service]",
        "Type=oneshot",
        f"User={installation.user}",
        f"WorkingDirectory={_specifiers(str(installation.directory))}",
        f"ExecStart={' '.join(_systemd_word(word).replace('$', '$$') for word in installation.words('run-all'))}",
        "# done with warnings, which the log tells",
        "SuccessExitStatus=3",
        *(f"Environment={_systemd_word(f'{name}={value}')}" for name, value in installation.variables.items()),
        *(f"# as root: install -D -m 600 /dev/stdin {path}, and the secret" for path in missing),
        *(f"LoadCredential={secret}:{_specifiers(path)}" for secret, path in secrets.items()),
        "# others come first",
        "Nice=10",
        "IOSchedulingClass=idle",
        "CPUWeight=20",
        "# it writes into its home, which must be there, and temporary files",
        "ProtectSystem=strict",
        "ProtectHome=read-only",
        f"ReadWritePaths={_systemd_word(str(installation.home))} /tmp /var/tmp",
        "ProtectKernelTunables=yes",
        "ProtectKernelModules=yes",
        "ProtectControlGroups=yes",
        "NoNewPrivileges=yes",
        "UMask=0077",
        "# the private database stays, as after any command",
        "KillMode=process",
    ]
    timer = [
        "[Unit]",
        f"Description={name}, every morning",
        "",
        "[Timer]",
        f"OnCalendar=*-*-* {_START[0]:02}:{_START[1]:02}:00",
        "# a night on which the machine was off is made good",
        "Persistent=true",
        "RandomizedDelaySec=10min",
        "",
        "[Install]",
        "WantedBy=timers.target",
    ]
    return {f"{name}.service": "\n".join(service) + "\n", f"{name}.timer": "\n".join(timer) + "\n"}


def _cron_line(start: tuple[int, int], installation: Installation, command: str, *options: str) -> str:
    hour, minute = start
    place = installation.directory
    change = "" if place == installation.home else f"cd {shlex.quote(str(place))} && "
    # cron makes a line break of a percent sign
    words = (change + shlex.join(installation.words(command, *options))).replace("%", "\\%")
    told = f'echo "wholesaler {command} ended with exit code $code; see $LOG"'
    return f'{minute} {hour} * * * {words} 2>>"$LOG"; code=$?; case $code in 0|3) ;; *) {told} ;; esac'


def _cron_value(value: str) -> str:
    """A value in quotes; cron knows no other way to write them than that there is another kind."""
    return f"'{value}'" if '"' in value else f'"{value}"'


def _systemd_word(word: str) -> str:
    escaped = _specifiers(word).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"' if escaped != word or any(letter in word for letter in " \t'") else word


def _specifiers(text: str) -> str:
    return text.replace("%", "%%")
