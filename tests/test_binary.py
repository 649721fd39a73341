"""The head of the single file: unpacked once, as a whole or not at all, and then started with nothing changed."""

import json
import os
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from binary.build import one_file
from tests.support import hear_interrupts, open_directory

pytestmark = pytest.mark.skipif(os.uname().sysname != "Linux", reason="the single file is for Linux")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount and act as other users")
#: stands for the program: says how it was started; while `wait` is beside the cache the trial of it says so and waits
PROGRAM = """#!/bin/sh
beside=$(dirname "$0")/../..
if [ "$1" = --version ] && [ -e "$beside/wait" ]; then : >"$beside/waiting"; fi
while [ "$1" = --version ] && [ -e "$beside/wait" ]; do sleep 0.02; done
case $1 in
code) exit "$2" ;;
kill) kill -TERM $$ ;;
esac
printf 'umask %s\\nfile %s\\n' "$(umask)" "$_WHOLESALER_FILE"
printf 'word <%s>\\n' "$@"
cat
"""
NOBODY = 65534


class Machine:
    """A folder with the file, a home beside it, and who calls it."""

    def __init__(self, folder: Path, version: str = "1.2.3") -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()
        self.cache = self.home / ".cache" / "wholesaler"
        self.file = self.build(version)

    def build(self, version: str, program: str = PROGRAM, more: bytes = b"") -> Path:
        """The file of a version."""
        content = self.folder / f"content-{version}"
        (content / "lib").mkdir(parents=True)
        (content / "wholesaler").write_text(program)
        (content / "wholesaler").chmod(0o755)
        (content / "lib" / "more").write_bytes(more)
        file = self.folder / f"wholesaler-{version}"
        file.write_bytes(one_file(content, version, (2, 36)))
        file.chmod(0o755)
        return file

    def line(self, *arguments: str, file: Path | None = None) -> list[str]:
        return [str(file or self.file), *arguments]

    def call(
        self, *arguments: str, file: Path | None = None, given: str = "", umask: int = 0o022, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """What the file says; only the given environment is there."""
        return subprocess.run(
            self.line(*arguments, file=file), env={"HOME": str(self.home), **environment}, umask=umask, input=given,
            cwd="/", capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def begin(self) -> subprocess.Popen[str]:
        """A start that tries what it has unpacked, and has not yet given it its name."""
        (self.cache).mkdir(parents=True, exist_ok=True)
        (self.cache.parent / "waiting").unlink(missing_ok=True)
        (self.cache.parent / "wait").touch()
        process = subprocess.Popen(
            self.line("x"), env={"HOME": str(self.home)}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=hear_interrupts,
        )  # fmt: skip
        until = time.monotonic() + 20
        # one that is ended before would try it all the same, which is short but for this program
        while not (self.cache.parent / "waiting").exists():
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.01)
        return process

    def go_on(self) -> None:
        (self.cache.parent / "wait").unlink()

    def names(self, place: Path | None = None) -> list[str]:
        """What is in the cache, sums left out."""
        return sorted(path.name.partition("-")[0] or path.name for path in (place or self.cache).iterdir())


@pytest.fixture
def machine() -> Iterator[Machine]:
    folder = open_directory()
    yield Machine(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077], ids=oct)
def test_the_program_starts_as_it_would_without_the_file(machine: Machine, umask: int) -> None:
    words = ("a b", "", "*", "--json", "$HOME", "q\"'", "é\n", "-n")
    expected = f"umask {umask:04o}\nfile {machine.file}\n" + "".join(f"word <{word}>\n" for word in words) + "given"
    for _ in ("unpacked", "there already"):
        done = machine.call(*words, given="given", umask=umask)
        assert (done.returncode, done.stdout, done.stderr) == (0, expected, "")
    assert machine.names() == ["1.2.3", "lock"]
    everything = [machine.cache.parent, *machine.cache.parent.rglob("*")]
    assert all(path.stat().st_mode & 0o077 == 0 for path in everything)


def test_exit_codes_and_signals_are_the_programs(machine: Machine) -> None:
    assert machine.call("code", "75").returncode == 75
    assert machine.call("kill").returncode == -signal.SIGTERM


def test_one_that_was_killed_while_it_unpacked_leaves_nothing_to_the_next(machine: Machine) -> None:
    process = machine.begin()
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=20)
    assert [name for name in machine.names() if not name.startswith(".new")] == ["lock"]
    assert len(machine.names()) == 2
    machine.go_on()
    assert machine.call("x").returncode == 0
    assert machine.names() == ["1.2.3", "lock"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_one_that_is_ended_while_it_unpacks_says_so(machine: Machine, number: signal.Signals) -> None:
    process = machine.begin()
    os.killpg(process.pid, number)
    out, said = process.communicate(timeout=20)
    assert (process.returncode, out, said) == (1, "", "wholesaler: Interrupted.\n")
    assert machine.names() == ["lock"]


def test_of_several_that_start_at_once_one_unpacks(machine: Machine) -> None:
    first = machine.begin()
    others = [
        subprocess.Popen(
            machine.line("x"), env={"HOME": str(machine.home)}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        )
        for _ in range(4)
    ]
    time.sleep(0.3)
    assert len(list(machine.cache.glob(".new-*"))) == 1
    machine.go_on()
    assert [process.wait(30) for process in (first, *others)] == [0] * 5
    for process in (first, *others):
        process.communicate()
    assert machine.names() == ["1.2.3", "lock"]


def test_a_version_that_nobody_starts_any_more_goes_with_the_next(machine: Machine) -> None:
    machine.call("x")
    second = machine.build("1.2.4", PROGRAM + "# 1.2.4\n")
    machine.call("x", file=second)
    assert machine.names() == ["1.2.3", "1.2.4", "lock"]
    for path in machine.cache.glob("1.2.*/used"):  # 1.2.3 for eight days, 1.2.4 for six
        age = 8 if "1.2.3" in str(path) else 6
        os.utime(path, (time.time() - age * 86400 - 60,) * 2)
    machine.call("x", file=machine.build("1.2.5", PROGRAM + "# 1.2.5\n"))
    assert machine.names() == ["1.2.4", "1.2.5", "lock"]
    # the former file is as good as before, and a start is what keeps it
    assert machine.call("x").returncode == 0
    (used,) = machine.cache.glob("1.2.3-*/used")
    os.utime(used, (0, 0))
    machine.call("x")
    assert time.time() - used.stat().st_mtime < 60


def test_a_version_that_runs_stays(machine: Machine) -> None:
    program = machine.folder / "content-1.2.3" / "wholesaler"
    shutil.copy(os.path.realpath("/bin/sleep"), program)
    machine.file.write_bytes(one_file(program.parent, "1.2.3", (2, 36)))
    with subprocess.Popen(machine.line("60"), env={"HOME": str(machine.home)}) as process:
        until = time.monotonic() + 20
        while not os.readlink(f"/proc/{process.pid}/exe").endswith("/wholesaler"):
            assert time.monotonic() < until
            time.sleep(0.01)
        (used,) = machine.cache.glob("1.2.3-*/used")
        os.utime(used, (0, 0))
        machine.call("x", file=machine.build("1.2.4"))
        assert machine.names() == ["1.2.3", "1.2.4", "lock"]
        process.kill()
    machine.call("x", file=machine.build("1.2.5", PROGRAM + "# 1.2.5\n"))
    assert machine.names() == ["1.2.4", "1.2.5", "lock"]


def test_one_whose_program_was_deleted_is_unpacked_again(machine: Machine) -> None:
    machine.call("x")
    (program,) = machine.cache.glob("1.2.3-*/wholesaler")
    program.unlink()
    assert machine.call("x").returncode == 0
    assert machine.names() == ["1.2.3", "lock"]


@pytest.mark.parametrize("size", [-1, -200], ids=["without its last byte", "without its end"])
def test_a_file_of_which_a_part_is_missing_says_so(machine: Machine, size: int) -> None:
    whole = machine.file.read_bytes()
    machine.file.write_bytes(whole[:size])
    done = machine.call("run-all", "--json", "--log-format", "json")
    message, hint = f"{machine.file} is damaged, or not all of it has come.", "Copy it again."
    error = {"type": "ConfigurationError", "message": message, "hint": hint}
    assert done.returncode == 78
    assert json.loads(done.stdout) == {"status": "failure", "exit_code": 78, "error": error}
    assert json.loads(done.stderr) == {"event": "command_failed", "level": "error", "exit_code": 78, **error}
    assert machine.call("stats").stderr == f"wholesaler: {message} {hint}\n"
    machine.file.write_bytes(whole)
    machine.call("x")
    machine.file.write_bytes(whole[:size])  # what is unpacked was whole
    assert machine.call("x").returncode == 0


def test_the_cache_is_where_the_user_has_caches(machine: Machine) -> None:
    cache = machine.folder / "a cache"
    assert machine.call("x", XDG_CACHE_HOME=str(cache)).returncode == 0
    assert machine.names(cache / "wholesaler") == ["1.2.3", "lock"]
    assert machine.call("x", XDG_CACHE_HOME="relative").returncode == 0  # means nothing, says the specification
    assert machine.names() == ["1.2.3", "lock"]


@needs_root
class TestUsers:
    """What an ordinary user meets; the tests run as root."""

    @pytest.fixture
    def call(self, machine: Machine) -> Callable[..., subprocess.CompletedProcess[str]]:
        def call(*setup: str, user: int = NOBODY, **environment: str) -> subprocess.CompletedProcess[str]:
            """In mounts of its own, which the lines of ``setup`` make, as a user."""
            words = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "env", "-i"]
            words += [*(f"{name}={value}" for name, value in environment.items()), str(machine.file), "x"]
            script = "\n".join(["set -e", *setup, 'exec "$@"'])
            return subprocess.run(
                ["unshare", "--mount", "sh", "-c", script, "sh", *words],
                capture_output=True, text=True, timeout=60, check=False, input="", cwd="/",
            )  # fmt: skip

        if subprocess.run(["unshare", "--mount", "true"], check=False).returncode:
            pytest.skip("needs mounts of its own")
        os.chown(machine.home, NOBODY, NOBODY)
        return call

    def test_a_home_that_cannot_be_written_leaves_the_data_directory(self, machine: Machine, call: Sequence) -> None:
        data = machine.folder / "data"
        data.mkdir(0o700)
        os.chown(data, NOBODY, NOBODY)
        closed = f"mount --bind -o ro {machine.home} {machine.home}"
        done = call(closed, HOME=str(machine.home), WHOLESALER_HOME=str(data))
        assert (done.returncode, done.stderr) == (0, "")
        assert machine.names(data / "program") == ["1.2.3", "lock"]
        assert {path.stat().st_uid for path in data.rglob("*")} == {NOBODY}

    def test_where_nothing_can_be_written_the_places_are_named(self, machine: Machine, call: Sequence) -> None:
        done = call(f"mount --bind -o ro {machine.home} {machine.home}", HOME=str(machine.home))
        assert done.returncode == 78
        assert done.stderr == (
            f"wholesaler: The program, which is unpacked once, cannot be: {machine.cache}: Read-only file system; "
            f"{machine.home}/.local/share/wholesaler/program: No such file or directory. Let XDG_CACHE_HOME name a "
            "directory with 100 MB to spare in which this user may write and start programs.\n"
        )

    def test_a_user_without_a_home(self, machine: Machine, call: Sequence) -> None:
        done = call(user=64999)
        assert done.returncode == 78
        assert "cannot be: there is no home directory; /.local/share/wholesaler/program: " in done.stderr
        assert call(user=64999, XDG_CACHE_HOME="/nonexistent").returncode == 78

    def test_cron_may_give_no_home(self, machine: Machine, call: Sequence) -> None:
        known = f"cp -a /etc {machine.folder}/etc; mount --bind {machine.folder}/etc /etc; " + (
            f"sed -i 's|^nobody:.*|nobody:x:{NOBODY}:{NOBODY}::{machine.home}:/bin/sh|' /etc/passwd"
        )
        done = call(known)
        assert (done.returncode, done.stderr) == (0, "")
        assert machine.names() == ["1.2.3", "lock"]

    def test_a_full_disk_is_left_as_it_was(self, machine: Machine, call: Sequence) -> None:
        machine.file = machine.build("2.0.0", more=os.urandom(300_000))
        small = f"mkdir -p {machine.folder}/s; mount -t tmpfs -o size=256k,mode=1777 tmpfs {machine.folder}/s"
        left = f"trap 'ls -A {machine.folder}/s/wholesaler >&2' EXIT"
        cache = {"HOME": "/nonexistent", "XDG_CACHE_HOME": f"{machine.folder}/s"}
        done = call(small, **cache)
        assert done.returncode == 1, done.stderr
        assert f"{machine.folder}/s/wholesaler: No space left on device; " in done.stderr
        script = f'{small}; {left}; setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups "$@"'
        words = ["env", "-i", *(f"{name}={value}" for name, value in cache.items()), str(machine.file)]
        again = subprocess.run(
            ["unshare", "--mount", "sh", "-c", script, "sh", *words], capture_output=True, text=True, check=False
        )
        assert again.stderr.splitlines()[1:] == ["lock"]

    def test_where_nothing_may_be_started_another_place_does(self, machine: Machine, call: Sequence) -> None:
        fixed = f"mount -t tmpfs -o noexec,mode=700,uid={NOBODY} tmpfs {machine.home}"
        data = machine.folder / "data"
        data.mkdir(0o700)
        os.chown(data, NOBODY, NOBODY)
        assert call(fixed, HOME=str(machine.home), WHOLESALER_HOME=str(data)).returncode == 0
        done = call(fixed, HOME=str(machine.home))
        assert (done.returncode, f"{machine.cache}: Permission denied; " in done.stderr) == (78, True)

    def test_root_starts_nothing_that_another_user_has_put_there(self, machine: Machine, call: Sequence) -> None:
        assert call(HOME=str(machine.home)).returncode == 0
        for path in machine.cache.glob("*/wholesaler"):
            path.write_text("#!/bin/sh\necho theirs\n")
        own = machine.folder / "root"
        own.mkdir()
        for names in ({"HOME": str(machine.home)}, {"XDG_CACHE_HOME": str(machine.home / ".cache")}):
            done = call(user=0, WHOLESALER_HOME=str(own), **names)
            assert (done.returncode, "theirs" in done.stdout) == (0, False)
        assert machine.names(own / "program") == ["1.2.3", "lock"]
        assert {path.stat().st_uid for path in machine.home.rglob("*")} == {NOBODY}

    def test_what_does_not_start_here_says_what_it_needs(self, machine: Machine, call: Sequence) -> None:
        broken = "#!/bin/sh\necho \"libm.so.6: version 'GLIBC_2.36' not found\" >&2; exit 255\n"
        machine.file = machine.build("3.0.0", broken)
        done = call(HOME=str(machine.home))
        assert done.returncode == 78
        needs = f"it does not start there, and needs {os.uname().machine} with glibc 2.36 or newer"
        assert f"{machine.cache}: {needs} (libm.so.6: version 'GLIBC_2.36' not found); " in done.stderr


def test_the_head_is_plain_shell() -> None:
    head = Path(__file__).parents[1] / "binary" / "head.sh"
    for shell in ("dash", "bash"):
        if shutil.which(shell):
            assert subprocess.run([shell, "-n", head], check=False).returncode == 0
    assert stat.S_ISREG(head.stat().st_mode)
