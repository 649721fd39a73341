"""What is installed: the wheel holds everything the program reads, and works from where it is unpacked."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy.engine import URL

from tests.db.databases import bare_database
from tests.markets.samples import KEYS
from wholesaler import __version__

ROOT = Path(__file__).parents[1]


def version(text: str) -> list[int]:
    return [int(part) for part in text.split(".")]


def test_no_floor_is_above_the_version_that_the_tests_run_with() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = (ROOT / ".ci" / "constraints.txt").read_text("utf-8").splitlines()
    pinned = {name.lower(): pin for name, _, pin in (line.partition("==") for line in lines)}
    extras = project["optional-dependencies"]
    for needed in (*project["dependencies"], *extras["dev"], *extras["binary"]):
        name, _, floor = needed.partition(">=")
        assert version(pinned[name]) >= version(floor or "0"), needed


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built offline."""
    folder = tmp_path_factory.mktemp("wheel")
    line = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(line, cwd=ROOT, check=True, capture_output=True, timeout=60)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory into which the wheel is unpacked, far from the checkout."""
    folder = tmp_path_factory.mktemp("site-packages")
    with ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run(installed: Path, *arguments: str, **environ: str) -> str:
    """Standard output of Python with the installed package instead of the checkout."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=installed.parent,
        env={**os.environ, "PYTHONPATH": str(installed), **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_file_of_the_package_and_every_migration_is_in_the_wheel(wheel: Path) -> None:
    packed = set(ZipFile(wheel).namelist())
    ours = {
        path.relative_to(ROOT)
        for folder in ("wholesaler", "migrations")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    expected = {str("wholesaler" / path if path.parts[0] == "migrations" else path) for path in ours}
    assert expected == {name for name in packed if ".dist-info/" not in name}
    for needed in (
        "markets/orange-fl.toml",
        "markets/states/fl.toml",
        "scoring/v1.toml",
        "migrations/env.py",
        "migrations/script.py.mako",
    ):
        assert f"wholesaler/{needed}" in expected


def test_the_wheel_has_the_version_and_the_command(wheel: Path) -> None:
    assert wheel.name.startswith(f"wholesaler-{__version__}-py3-none-any")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == __version__
    with ZipFile(wheel) as archive:
        metadata = archive.read(f"wholesaler-{__version__}.dist-info/METADATA").decode()
        assert f"\nVersion: {__version__}\n" in metadata
        assert "\nLicense-Expression: Apache-2.0\n" in metadata
        assert archive.read(f"wholesaler-{__version__}.dist-info/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
        entries = archive.read(f"wholesaler-{__version__}.dist-info/entry_points.txt").decode()
    assert "wholesaler = wholesaler.__main__:main" in entries


def test_the_installed_package_finds_its_own_migrations_and_markets(installed: Path) -> None:
    code = (
        "import wholesaler; print(wholesaler.__file__)\n"
        "from wholesaler.db.migrate import migrations_folder; print(migrations_folder())\n"
        "from wholesaler.markets import bundled_markets, read_market\n"
        "print(*[read_market(path).path for path in bundled_markets().values()], sep='\\n')\n"
        "from wholesaler.scoring.profile import load_profile; print(load_profile().name)\n"
    )
    package = installed / "wholesaler"
    assert run(installed, "-c", code).splitlines() == [
        str(package / "__init__.py"),
        str(package / "migrations"),
        *(str(package / "markets" / f"{key}.toml") for key in KEYS),
        "v2",
    ]


def test_the_installed_package_upgrades_a_bare_database(installed: Path, server: URL, home: Path) -> None:
    with bare_database(server) as url:
        environ = {"DATABASE_URL": url.render_as_string(hide_password=False), "WHOLESALER_HOME": str(home)}
        said = run(installed, "-m", "wholesaler", "db", "upgrade", **environ)
        assert said.startswith("The database upgraded to revision ")
