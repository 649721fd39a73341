"""The documents tell the truth: settings, commands, exit codes, files and versions are those of the program."""

import inspect
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from wholesaler import __version__
from wholesaler.cli import hoist
from wholesaler.cli.app import app
from wholesaler.errors import ExitCode
from wholesaler.markets import read_market
from wholesaler.markets.market import BoundingBox, Host, Market
from wholesaler.markets.matching import Matching
from wholesaler.markets.parcel import ParcelFormat
from wholesaler.markets.records import RECORD_KINDS
from wholesaler.markets.source import SourceDefinition
from wholesaler.markets.terms import MarketDeal, Words
from wholesaler.markets.values import KINDS
from wholesaler.scoring.profile import Rule
from wholesaler.settings import Settings

ROOT = Path(__file__).parent.parent
NAMES = ("README.md", "ARCHITECTURE.md", "CHANGELOG.md", "docs/install.md", "crontab.example", "Makefile")
README, ARCHITECTURE, CHANGELOG, INSTALL, CRONTAB, MAKEFILE = ((ROOT / name).read_text("utf-8") for name in NAMES)
DOCUMENTS = README + ARCHITECTURE + CHANGELOG
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHELL = [line for language, block in BLOCK.findall(README + INSTALL) if language == "sh" for line in block.splitlines()]
INLINE = re.findall(r"`([^`\n]+)`", BLOCK.sub("", DOCUMENTS + INSTALL))
#: a tree of its own: a command keeps the options of help of the one that asked it first
COMMAND: Any = inspect.unwrap(typer.main.get_command)(app)


def rows(heading: str, text: str = README) -> list[list[str]]:
    """The cells of the table whose first column has this heading."""
    table = text.split(f"\n| {heading} |")[1].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table]


def job() -> list[str]:
    """The five fields and the command of the one line of crontab.example that is a job."""
    (line,) = (line for line in CRONTAB.splitlines() if line and not re.match(r"#|\w+=", line))
    return line.split(maxsplit=5)


def command_lines() -> list[str]:
    cron = re.findall(r"/opt/wholesaler/\.venv/bin/(wholesaler [^>;|&]*?) \d?>", job()[5])
    assert cron
    lines = {re.sub(r"^\.venv/bin/| > \S+$", "", line) for line in [*SHELL, *INLINE, *cron]}
    return sorted(line for line in lines if line.startswith("wholesaler "))


def leaves(command: Any = COMMAND, path: str = "wholesaler") -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield path, command
        return
    for name, child in command.commands.items():
        yield from leaves(child, f"{path} {name}")


@pytest.mark.parametrize("line", command_lines())
def test_every_command_line_in_the_documents_can_be_parsed(line: str) -> None:
    words = hoist(shlex.split(line, comments=True)[1:])
    first = next((index for index, word in enumerate(words) if word in COMMAND.commands), len(words))
    options, rest = words[:first], words[first:]
    COMMAND.make_context("wholesaler", [*options, "stats"])  # raises for an unknown option
    command = COMMAND
    while rest and hasattr(command, "commands"):
        command = command.commands[rest.pop(0)]
    if hasattr(command, "commands"):
        assert options == ["--version"]
    else:
        command.make_context(line, rest)  # raises for an unknown option or a wrong number of arguments


def test_the_readme_names_every_command_and_option() -> None:
    for path, command in [("wholesaler", COMMAND), *leaves()]:
        options = {name for parameter in command.params for name in parameter.opts if name.startswith("--")}
        missing = [name for name in options - {"--help"} if f"`{name}" not in README]
        assert (path in README, missing) == (True, []), path


def test_the_readme_lists_every_setting_with_its_default() -> None:
    def shown(default: Any) -> str:
        known = default is not None and not repr(default).startswith("Pydantic")
        return f"`{str(default).lower() if isinstance(default, bool) else default}`" if known else "–"

    fields = Settings.model_fields.values()
    expected = [[f"`{field.alias}`", f"`{str(field.alias).lower()}`", shown(field.default)] for field in fields]
    assert [row[:3] for row in rows("variable")] == expected


def test_the_readme_lists_the_exit_codes() -> None:
    assert [int(row[0]) for row in rows("code")] == [int(code) for code in ExitCode]


def test_the_readme_explains_every_key_and_column_of_a_market_file() -> None:
    explained = {name for row in rows("key") for name in re.findall(r"`(\w+)`", f"{row[0]} {row[1]}")}
    models = (Market, BoundingBox, ParcelFormat, Host, SourceDefinition, Words, MarketDeal, Matching)
    keys = {name for model in models for name in model.model_fields}
    assert keys - {"hosts", "sources", "parcel", "words", "deal", "links", "matching"} <= explained
    assert [re.findall(r"\w+", row[0])[0] for row in rows("table")] == list(KINDS)
    columns = {row[0].strip("`"): re.findall(r"\w+", row[1]) for row in rows("record")}
    assert columns == {name: list(kind.names) for name, kind in RECORD_KINDS.items()}


def test_the_rule_shown_in_the_readme_is_valid() -> None:
    (shown,) = (block for language, block in BLOCK.findall(README) if block.startswith("[[rules]]"))
    assert [Rule.model_validate(rule).name for rule in tomllib.loads(shown)["rules"]] == ["vacancy"]


def test_the_county_of_ten_lines_in_the_readme_is_valid(tmp_path: Path) -> None:
    (shown,) = (block for language, block in BLOCK.findall(README) if block.startswith("extends"))
    assert len(shown.splitlines()) <= 10
    path = tmp_path / "lake.toml"
    path.write_text(shown, "utf-8")
    assert read_market(path, strict=True).key == "lake-fl"


def test_make_targets_in_the_documents_exist() -> None:
    named = {found[1] for text in [*SHELL, *INLINE] if (found := re.match(r"make ([a-z-]+)", text))}
    assert set() < named <= set(re.findall(r"^([a-z-]+):.*##", MAKEFILE, re.MULTILINE))


def test_every_file_and_link_in_the_documents_exists() -> None:
    paths = {text for text in INLINE if re.fullmatch(r"[\w./-]+\.(py|sql)|[\w.-]+/[\w./-]*(/|\.toml)", text)}
    paths |= {text for text in INLINE if re.match(r"(wholesaler|migrations|tests|\.ci)/[\w./-]*$", text)}
    assert len(paths) > 60
    assert {path for path in paths if not any((ROOT / room / path).exists() for room in ("", "wholesaler"))} == set()
    links = set(re.findall(r"\]\(([^)#:]+)\)", DOCUMENTS))
    assert {link for link in links if not (ROOT / link).exists()} == set()
    links = set(re.findall(r"\]\(([^)#:]+)\)", INSTALL))
    assert {link for link in links if not (ROOT / "docs" / link).exists()} == set()


def test_every_statement_that_the_architecture_names_is_in_its_file() -> None:
    named = re.findall(r"`([\w/]+\.sql)`\s\(((?:`\w+`(?:, )?)+)\)", ARCHITECTURE)
    assert len(named) >= 10
    for file, statements in named:
        written = (ROOT / "wholesaler" / file).read_text("utf-8")
        for name in re.findall(r"\w+", statements):
            assert f"-- name: {name}\n" in written, (file, name)


def test_every_name_in_the_architecture_is_in_the_program() -> None:
    inline = re.findall(r"`([^`\n]+)`", BLOCK.sub("", ARCHITECTURE))
    dotted = [text for text in inline if re.fullmatch(r"\w+(\.\w+)?", text) and re.search(r"_|[a-z][A-Z]|\.", text)]
    names = {name for text in dotted for name in text.split(".") if not (ROOT / "wholesaler" / text).exists()}
    files = [path for path in (ROOT / "wholesaler").rglob("*") if path.suffix in {".py", ".sql", ".toml"}]
    program = "\n".join(path.read_text("utf-8") for path in [*files, ROOT / "pyproject.toml"])
    assert len(names) > 50
    assert {name for name in names if not re.search(rf"\b{name}\b", program)} == set()


def tree() -> Iterator[tuple[str, bool]]:
    """The files and folders that the tree in ARCHITECTURE.md names, and whether a folder stands for what is in it."""
    lines = architecture_block("wholesaler/\n").splitlines()
    indents = [len(line) - len(line.lstrip()) for line in lines]
    folders: list[str] = []
    for line, indent, following in zip(lines, indents, [*indents[1:], 0], strict=True):
        names = re.split(r" {2,}", line.strip())[0].split()
        del folders[indent // 2 :]
        if names[0].endswith("/"):
            folders.append(names[0])
            yield "".join(folders), following <= indent
            continue
        for name in names:
            yield "".join(folders) + (f"{Path(names[0]).stem}{name}" if name.startswith(".") else name), False


def architecture_block(start: str) -> str:
    (block,) = (text for _, text in BLOCK.findall(ARCHITECTURE) if text.startswith(start))
    return block


def test_the_tree_in_the_architecture_is_the_tree() -> None:
    named = list(tree())
    whole = tuple(name for name, is_whole in named if is_whole)
    assert whole == ("wholesaler/leads/report/leaflet/", "wholesaler/notify/templates/", "wholesaler/sample/")
    files = [name for name, _ in named if not name.endswith("/")]
    assert len(files) == len(set(files))
    there = (path.relative_to(ROOT).as_posix() for path in (ROOT / "wholesaler").rglob("[!.]*.*") if path.is_file())
    kept = {name for name in there if not name.endswith((".pyc", "/__init__.py")) and not name.startswith(whole)}
    assert set(files) == kept


def test_the_layers_in_the_architecture_are_those_that_are_held() -> None:
    rooms, stages = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    assert architecture_block("__main__").splitlines() == rooms["layers"]
    upper, *lower = stages["layers"]
    assert all(f"`{layer}`" in ARCHITECTURE for layer in (upper, *lower))


def test_crontab_example_is_a_crontab() -> None:
    *fields, command = job()
    assert all(re.fullmatch(r"[\d*,/-]+", field) for field in fields)
    assert int(fields[1]) not in {1, 2, 3}, "hours that a change of clocks skips or repeats"
    assert "%" not in command, "cron makes a line break of it"
    assert subprocess.run(["sh", "-n", "-c", command]).returncode == 0
    if crontab := shutil.which("crontab"):
        usage = subprocess.run([crontab, "-h"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
        option = "-T" if " -T" in usage else "-n" if "dry run" in usage else None  # -n: Debian 12
        assert option is None or subprocess.run([crontab, option, ROOT / "crontab.example"]).returncode == 0


def test_the_newest_version_in_the_changelog_is_the_programs() -> None:
    assert re.findall(r"^## \[([^]]+)\] - \d{4}-\d\d-\d\d$", CHANGELOG, re.MULTILINE)[0] == __version__
