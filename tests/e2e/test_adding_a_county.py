"""README's walk 'Adding a county', followed word by word: its files, its commands, what it shows of their output."""

import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.support import Outcome

CLI = Callable[..., Outcome]
ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text("utf-8")
WALK = README.split("\n## Adding a county\n")[1].split("\n| key | meaning |")[0]
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", WALK, re.MULTILINE | re.DOTALL)


def patterns(block: str) -> list[str]:
    """What a line of output must look like: … is whatever is left out, the seconds and the lines of a table too."""
    lines = (" ".join(line.split()) for line in block.splitlines() if line.strip() and "──" not in line)
    return [".*".join(map(re.escape, line.split("…"))) for line in lines]


def shown(printed: Outcome) -> list[str]:
    lines = (" ".join(line.split()) for line in printed.out.splitlines())
    return [line for line in lines if line and "──" not in line]


def amend(file: Path, changes: str) -> None:
    """Put the lines of a block in place of those of the same keys of their tables, or add them."""
    text = file.read_text("utf-8")
    for change in changes.split("\n\n"):
        heading, *lines = change.strip().splitlines()
        before, found, rest = text.partition(f"{heading}\n")
        assert found, heading
        table, following, after = rest.partition("\n[")
        for line in lines:
            key = re.escape(line.split(" = ")[0])
            table, count = re.subn(rf"^{key} = .*$", lambda _, line=line: line, table, flags=re.MULTILINE)
            assert count <= 1
            table = table if count else f"{line}\n{table}"
        text = f"{before}{heading}\n{table}{following}{after}"
    file.write_text(text, "utf-8")


def test_who_follows_the_walk_gets_what_it_shows(cli: CLI, home: Path) -> None:
    market, outcomes, compared = home / "mine.toml", list[Outcome](), 0
    for language, block in BLOCKS:
        if language == "toml" and not market.exists():
            market.write_text(block, "utf-8")
        elif language == "toml":
            amend(market, block)
        elif language == "sh" and block.startswith("cat "):
            subprocess.run(["sh", "-e", "-c", block], check=True, cwd=home)
        elif language == "sh":
            outcomes = [cli(*shlex.split(line)[1:]) for line in block.splitlines()]
            warned = [re.search(r"partial|[1-9] warning", one.out) for one in outcomes]
            assert [outcome.code for outcome in outcomes] == [3 if one else 0 for one in warned]
        elif language == "text":
            lines, expected = shown(outcomes[-1]), patterns(block)
            assert len(lines) == len(expected), lines
            for line, pattern in zip(lines, expected, strict=True):
                assert re.fullmatch(pattern, line), (line, pattern)
            compared += 1
    assert compared == 2
    excluded = cli("leads", "list", "--excluded", "--market", market).out
    assert re.search(r"^ government .* 12-0104-011 ", excluded, re.MULTILINE)
    warnings = [stage["warnings"] for stage in cli("run-all", "--market", market, "--json").document["stages"]]
    assert not any(warnings), "all that the walk mends is mended"
